# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources with random changes are converted or refused in one sentence, never with another exception."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule
from ansible_collections.elemental.mediastore.plugins.plugin_utils._tool import load_text

FILES = Path(__file__).resolve().parents[3] / "integration" / "targets" / "filters" / "files"
TEMPLATES = [(FILES / f"cloudformation-{name}").read_text() for name in ("cdn-secret.json", "short-forms.template")]
STATE = json.loads((FILES / "terraform-state.json").read_text())
PLAN = {
    "format_version": "1.0",
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_media_store_container.a",
                    "mode": "managed",
                    "type": "aws_media_store_container",
                    "values": {"name": "a", "tags_all": {"a": "b"}},
                    "sensitive_values": {"tags_all": {}},
                }
            ],
            "child_modules": [
                {
                    "resources": [
                        {
                            "address": "aws_media_store_container_policy.a",
                            "mode": "managed",
                            "type": "aws_media_store_container_policy",
                            "values": {"container_name": "a", "policy": "{}"},
                        }
                    ]
                }
            ],
        }
    },
    "resource_changes": [
        {
            "address": "aws_media_store_container.a",
            "mode": "managed",
            "type": "aws_media_store_container",
            "change": {"after_unknown": {"arn": True}},
        }
    ],
}
ANSWERS = [
    {"path": str(path), "answer": json.loads(path.read_text())} for path in sorted((FILES / "answers").rglob("*.json"))
]
SOURCES = [
    *(("from_cloudformation", load_text(text, "The template", is_yaml=True)) for text in TEMPLATES),
    ("from_terraform", STATE),
    ("from_terraform", PLAN),
    ("from_aws_cli", ANSWERS),
]
VALUES = [
    *(None, True, 5, 1.5, float("nan"), "", "text", "a.b", "${a}", "\x00\n", "AWS::MediaStore::Container", [], {}),
    *(["a"], [[]], [None], {"": None}, {"a": 1}),
    *({"Ref": "AWS::NoValue"}, {"Ref": "x"}, {"Fn::GetAtt": ["a"]}, {"Fn::Sub": []}, {"Fn::If": ["Logged", 1, 2]}),
]
PSEUDO = {"AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012", "AWS::StackName": "news"}


def places(value, container=None, key=None):
    """Yield each list or dictionary in a value with each of its keys."""
    if container is not None:
        yield container, key
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for inner, item in list(items):
        yield from places(item, value, inner)


def changed(source, choices):
    """Return a copy of a source in which one or two values are removed, renamed or replaced."""
    result = copy.deepcopy(source)
    for _change in range(choices.choice([1, 2])):
        container, key = choices.choice([*places(result), (None, None)])
        if container is None:
            continue
        action = choices.choice(["remove", "rename", "replace", "replace", "replace"])
        if action == "remove":
            del container[key]
        elif action == "rename" and isinstance(container, dict):
            container[choices.choice(["Fn::Sub", "Ref", "x", ""])] = container.pop(key)
        else:
            container[key] = copy.deepcopy(choices.choice(VALUES))
    return result


def outcome(name, source):
    """Return the names of the containers, or the message of the error in a list."""
    arguments = [PSEUDO] if name == "from_cloudformation" else []
    try:
        return [container["name"] for container in FilterModule().filters()[name](source, *arguments)]
    except AnsibleFilterError as error:
        return [str(error).replace("\n", "LINE BREAK")]


def assert_converts_or_refuses(name, source):
    for said in outcome(name, source):
        assert isinstance(said, str)
        assert "LINE BREAK" not in said


@pytest.mark.parametrize(("name", "source"), SOURCES, ids=["json", "yaml", "state", "plan", "answers"])
def test_changes_of_values(name, source):
    choices = random.Random(name)
    for _attempt in range(300):
        assert_converts_or_refuses(name, changed(source, choices))


@pytest.mark.parametrize("text", TEMPLATES, ids=["json", "yaml"])
def test_changes_of_text(text):
    choices = random.Random(text)
    for _attempt in range(30):
        start = choices.randrange(len(text))
        inserted = choices.choice(["", "[", "}", "!", "&a ", "*a", ": ", "\t", '"', "'", "\x07", "%", "- ", "\n", "|"])
        assert_converts_or_refuses(
            "from_cloudformation", text[:start] + inserted + text[start + choices.randrange(9) :]
        )
