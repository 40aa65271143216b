#!/bin/sh
# What: before ansible-core 2.19, each task evaluates all module_defaults of its play, also those of modules that it does not use.
# Versions: ansible-core 2.18.12 and 2.19.4; Python 3.11, 3.12 or 3.13, which PYTHON can name.
# Seen: with 2.18, the task that sets the variable fails, because module_defaults of another module contain it. With 2.19, it sets
# the variable, and the next task uses it.
# Exits with 0 while this is so, and with 1 if it changes.
set -eu

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

cat >playbook.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  module_defaults:
    ansible.builtin.debug:
      msg: "the endpoint is {{ endpoint }}"
  tasks:
    - ansible.builtin.set_fact:
        endpoint: http://127.0.0.1:5111
    - ansible.builtin.debug:
EOF
export HOME="$directory"
for version in 2.18.12 2.19.4; do
    "${PYTHON:-python3}" -m venv "$version"
    "$version/bin/pip" install --quiet "ansible-core==$version"
    "$version/bin/ansible-playbook" playbook.yml >"$version.log" 2>&1 || true
done
grep "'module_defaults' has an invalid value, which includes an undefined variable" 2.18.12.log
grep 'the endpoint is http://127.0.0.1:5111' 2.19.4.log
