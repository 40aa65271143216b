# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to permissions names the actions that each module needs: all of them, and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ansible_collections.elemental.mediastore.tests.unit import policy_cases

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "docsite" / "rst" / "guide_permissions.rst"
SECTION = re.compile(r"^(mediastore_\w+)\n-+\n\n\.\. code-block:: json\n\n((?:  .*\n)+)", re.MULTILINE)
POLICIES = {module: json.loads(policy) for module, policy in SECTION.findall(GUIDE.read_text())}

POLICY = policy_cases.policy()
RULES = [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]
LIFECYCLE = {
    "rules": [
        {
            "definition": {"path": [{"prefix": "a"}], "days_since_create": [{"numeric": [">", 1]}]},
            "action": "EXPIRE",
        }
    ]
}
DOCUMENTS = {
    "mediastore_container_policy": {"policy": POLICY},
    "mediastore_cors_policy": {"rules": RULES},
    "mediastore_lifecycle_policy": {"policy": LIFECYCLE},
    "mediastore_metric_policy": {"container_level_metrics": True},
}
TAGS = [{"tags": {"a": "1"}, "access_logging_enabled": True}, {"tags": {"b": "1"}, "access_logging_enabled": False}]
ABSENT = {"state": "absent"}
ENTRIES = [
    {"policy": POLICY, "cors_policy": RULES, "lifecycle_policy": LIFECYCLE},
    {"metric_policy": {"container_level_metrics": True}},
    {"policy": {}, "cors_policy": [], "lifecycle_policy": {}, "metric_policy": {}},
]


def named(options):
    return {"name": "live", **options}


# Tasks that, one after another, do all that a module can do.
TASKS = {
    "mediastore_container": [named(options) for options in (*TAGS, ABSENT)],
    **{module: [named(options), named(ABSENT)] for module, options in DOCUMENTS.items()},
    "mediastore_containers": [
        {"containers": [named(entry)], "max_concurrency": concurrency}
        for entry, concurrency in zip([*TAGS, *ENTRIES, ABSENT], [1, 2, 2, 2, 2, 2], strict=True)
    ],
    "mediastore_container_info": [{"include": ["all"]}, {"names": ["live"]}],
}


def test_every_module_has_its_policy():
    modules = Path(__file__).resolve().parents[4] / "plugins" / "modules"
    assert POLICIES.keys() == TASKS.keys() == {path.stem for path in modules.glob("*.py")}


@pytest.mark.parametrize("module", TASKS)
def test_documented_policy_allows_exactly_what_the_module_sends(run, client, emulator, calls, module):
    if module not in ("mediastore_container", "mediastore_containers"):
        client.create_container(ContainerName="live")
    read, changed = set(), set()
    for options in TASKS[module]:
        calls()
        assert not run(module, check=True, **options).get("failed")
        read |= set(calls().names)
        emulator.faults({"operation": "DeleteContainer", "kind": "in_use"})
        assert not run(module, **options).get("failed")
        changed |= set(calls().names)
    actions = {"List": set(), "Read": set(), "Change": set()}
    for statement in POLICIES[module]["Statement"]:
        assert statement["Effect"] == "Allow"
        actions[statement["Sid"]] = {action.removeprefix("mediastore:") for action in statement["Action"]}
    assert actions["List"] | actions["Read"] == read
    assert actions["Change"] == changed - read
