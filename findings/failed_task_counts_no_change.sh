#!/bin/sh
# What: Ansible does not count a task as changed if an item of its loop fails, although other items have changed something.
# Versions: ansible-core 2.21.5; Python 3.12 or newer, which PYTHON can name.
# Seen: the item creates its file and is reported as changed; the recap has changed=0 and failed=1.
# Exits with 0 while this is so, and with 1 if it changes.
set -eu

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet 'ansible-core==2.21.5'

cat >playbook.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: text
        dest: "{{ playbook_dir }}/{{ item }}"
      loop: [written, missing/written]
EOF
export HOME="$directory"
venv/bin/ansible-playbook playbook.yml >output.log 2>&1 && exit 1
test -f written
grep 'changed: .localhost. => (item=written)' output.log
grep 'changed=0 .*failed=1' output.log
