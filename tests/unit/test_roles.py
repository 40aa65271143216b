# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The defaults of roles are as documented, and the emulator listens only on loopback by default."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
PLAYBOOKS = ROLES.parent / "playbooks"
# A playbook can set the options of a role, and Ansible's own.
OWN = re.compile(r"(__)?(awx|emulator|move_to_s3|provision|quickstart)_\w+|ansible_\w+")


def load(role, file):
    return yaml.safe_load((ROLES / role / file).read_text())


@pytest.mark.parametrize("role", ["emulator", "move_to_s3", "provision"])
def test_documented_defaults(role):
    options = load(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    assert load(role, "defaults/main.yml") == documented


def variables(node):
    """Yield the variables that tasks or plays set: vars, set_fact, register and loop_var; `item` for a loop without."""
    for entry in node if isinstance(node, list) else [node]:
        if isinstance(entry, dict):
            yield from entry.get("vars") or {}
            facts = entry.get("ansible.builtin.set_fact", {})
            yield from (name for name in facts if name != "cacheable")
            yield from [entry["register"]] if "register" in entry else []
            yield from [entry.get("loop_control", {}).get("loop_var", "item")] if "loop" in entry else []
            for part in ("tasks", "block", "rescue", "always"):
                yield from variables(entry.get(part, []))


TASKS = [*ROLES.glob("*/tasks/*.yml"), *PLAYBOOKS.glob("*.yml"), *PLAYBOOKS.glob("tasks/*.yml")]


@pytest.mark.parametrize("path", TASKS, ids=lambda path: path.name)
def test_roles_and_playbooks_set_only_variables_that_begin_with_their_name(path):
    """AWX passes extra variables, which win over all others: an ordinary name can be one of them."""
    names = list(variables(yaml.safe_load(path.read_text())))
    others = [name for name in names if not OWN.fullmatch(name)]
    assert others == []


@pytest.mark.parametrize("path", [*ROLES.glob("*/vars/*.yml"), *PLAYBOOKS.glob("vars/*.yml")], ids=str)
def test_variables_of_roles_and_playbooks_begin_with_their_name(path):
    names = re.findall(r"^(\w+):", path.read_text(), re.MULTILINE)
    assert [name for name in names if not OWN.fullmatch(name)] == []


def test_the_emulator_listens_on_loopback_by_default():
    assert ipaddress.ip_address(load("emulator", "defaults/main.yml")["emulator_host"]).is_loopback
