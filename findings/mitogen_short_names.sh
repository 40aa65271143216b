#!/bin/sh
# What: Mitogen does not find a module by its short name in the collections of a play.
# Versions: mitogen 0.3.54, ansible-core 2.21.5; Python 3.12 or newer, which PYTHON can name.
# Plain Ansible: looks for the module in the collections that the keyword `collections` lists.
# Seen: with the strategy mitogen_linear, the task fails: "The module example was not found in configured module paths".
# Exits with 0 while this is so, and with 1 if it changes.
set -eu

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet 'mitogen==0.3.54' 'ansible-core==2.21.5'

modules=collections/ansible_collections/acme/tools/plugins/modules
mkdir -p "$modules"
cat >"$modules/example.py" <<'EOF'
from ansible.module_utils.basic import AnsibleModule


def main():
    AnsibleModule({}).exit_json(msg="the module")


if __name__ == "__main__":
    main()
EOF
cat >playbook.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  collections: [acme.tools]
  tasks:
    - example:
EOF
strategies=$(venv/bin/python -c 'import ansible_mitogen, os; print(os.path.dirname(ansible_mitogen.__file__))')
export ANSIBLE_STRATEGY_PLUGINS="$strategies/plugins/strategy" HOME="$directory"
ANSIBLE_STRATEGY=linear venv/bin/ansible-playbook playbook.yml >plain.log 2>&1 || { cat plain.log; exit 1; }
ANSIBLE_STRATEGY=mitogen_linear venv/bin/ansible-playbook playbook.yml >mitogen.log 2>&1 && exit 1
grep 'The module example was not found in configured module paths' mitogen.log
