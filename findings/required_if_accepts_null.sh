#!/bin/sh
# What: Ansible refuses null for a dictionary with required: true, and accepts it for one that required_if requires.
# Versions: ansible-core 2.17.14 and 2.19.11; Python 3.11 or 3.12, which PYTHON can name.
# Seen: with both versions, the first task gets None, as if the option were omitted, and the second fails. A module that takes None
# for "remove this" then removes what a playbook declares, if a variable is null.
# Exits with 0 while this is so, and with 1 if it changes.
set -eu

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

mkdir library
cat >library/conditional.py <<'EOF'
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(
    argument_spec={"state": {"default": "present"}, "policy": {"type": "dict"}},
    required_if=[("state", "present", ["policy"])],
)
module.exit_json(policy=module.params["policy"])
EOF
cat >library/unconditional.py <<'EOF'
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={"policy": {"type": "dict", "required": True}})
module.exit_json(policy=module.params["policy"])
EOF
cat >playbook.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  tasks:
    - conditional: {policy: null}
    - unconditional: {policy: null}
EOF
export HOME="$directory"
for version in 2.17.14 2.19.11; do
    "${PYTHON:-python3}" -m venv "$version"
    "$version/bin/pip" install --quiet "ansible-core==$version"
    "$version/bin/ansible-playbook" -v playbook.yml >"$version.log" 2>&1 || true
    grep 'ok: \[localhost\] => {"changed": false, "policy": null}' "$version.log"
    grep "FAILED! => .*argument 'policy' is of type .*NoneType.* and we were unable to convert to dict" "$version.log"
done
