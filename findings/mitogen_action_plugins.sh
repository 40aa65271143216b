#!/bin/sh
# What: under Mitogen, an action plugin that overrides a method of ActionBase does not get its own method.
# Versions: mitogen 0.3.54, ansible-core 2.21.5; Python 3.12 or newer, which PYTHON can name.
# Plain Ansible: the action plugin of the example runs no module, because it overrides _execute_module.
# Seen: with the strategy mitogen_linear, the same task calls Mitogen's _execute_module, which runs the module.
# Output: "linear: its own method" and "mitogen_linear: the module".
# Exits with 0 while this is so, and with 1 if it changes.
set -eu

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet 'mitogen==0.3.54' 'ansible-core==2.21.5'

mkdir action_plugins library
cat >action_plugins/example.py <<'EOF'
from ansible.plugins.action.normal import ActionModule as NormalActionModule


class ActionModule(NormalActionModule):
    def _execute_module(self, *args, **kwargs):
        return {"msg": "its own method"}
EOF
cat >library/example.py <<'EOF'
from ansible.module_utils.basic import AnsibleModule

AnsibleModule({}).exit_json(msg="the module")
EOF
cat >playbook.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  tasks:
    - example:
      register: result
    - copy:
        content: "{{ lookup('config', 'DEFAULT_STRATEGY') }}: {{ result.msg }}\n"
        dest: "{{ playbook_dir }}/{{ lookup('config', 'DEFAULT_STRATEGY') }}"
EOF
strategies=$(venv/bin/python -c 'import ansible_mitogen, os; print(os.path.dirname(ansible_mitogen.__file__))')
export ANSIBLE_STRATEGY_PLUGINS="$strategies/plugins/strategy" HOME="$directory"
for strategy in linear mitogen_linear; do
  ANSIBLE_STRATEGY=$strategy venv/bin/ansible-playbook playbook.yml >log 2>&1 || { cat log; exit 1; }
done
cat linear mitogen_linear
grep -q 'linear: its own method' linear && grep -q 'mitogen_linear: the module' mitogen_linear
