#!/bin/sh
# What: `molecule test` remembers that it has prepared a scenario whose test_sequence does not contain destroy.
# Versions: molecule 26.10.0, ansible-core 2.19.14; Python 3.11 or newer, which PYTHON can name.
# Seen: the first run runs prepare.yml; the second one skips it, and succeeds.
# Exits with 0 while this is so, and with 1 if it changes.
set -eu

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet 'molecule==26.10.0' 'ansible-core==2.19.14'

mkdir -p molecule/default
cat >molecule/default/molecule.yml <<'EOF'
prerun: false
driver: {name: default, options: {managed: false}}
platforms: [{name: localhost}]
provisioner: {name: ansible, inventory: {group_vars: {all: {ansible_connection: local}}}}
scenario: {test_sequence: [prepare, converge]}
EOF
cat >molecule/default/prepare.yml <<'EOF'
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: prepare.yml runs
EOF
sed 's/prepare/converge/' molecule/default/prepare.yml >molecule/default/converge.yml
PATH="$directory/venv/bin:$PATH" HOME="$directory" NO_COLOR=1
export PATH HOME NO_COLOR
molecule test >first.log 2>&1 || { cat first.log; exit 1; }
grep 'prepare.yml runs' first.log
molecule test >second.log 2>&1 || { cat second.log; exit 1; }
grep 'converge.yml runs' second.log
grep 'instances already prepared' second.log
