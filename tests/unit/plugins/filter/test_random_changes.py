# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources with random changes are converted or refused in one sentence, never with another exception."""

from __future__ import annotations

import copy
import json
import random
import time
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule
from ansible_collections.elemental.mediastore.plugins.plugin_utils._data import Budget
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
PSEUDO = {"AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012", "AWS::StackName": "news"}
NESTED = {
    "Parameters": {"Days": {"Type": "Number", "MinValue": 1, "Default": 5}, "Names": {"Type": "CommaDelimitedList"}},
    "Resources": {
        "Stack": {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"Name": {"Ref": "Role"}}}},
        "Live": {
            "Type": "AWS::MediaStore::Container",
            "Properties": {
                "ContainerName": {"Fn::Select": [0, {"Ref": "Names"}]},
                "Tags": [{"Key": {"Fn::ImportValue": "key"}, "Value": {"Ref": "Days"}}],
            },
        },
    },
}
INNER = {
    "Parameters": {"Name": {"Type": "String", "AllowedPattern": "[a-z]+"}},
    "Resources": {"A": {"Type": "AWS::MediaStore::Container", "Properties": {"ContainerName": {"Ref": "Name"}}}},
}


def data_of(name):
    return load_text((FILES / name).read_text(), name, Budget())


# The filter, and its arguments, all of which change.
SOURCES = {
    "json": ("from_cloudformation", [load_text(TEMPLATES[0], "json", Budget()), PSEUDO]),
    "yaml": ("from_cloudformation", [load_text(TEMPLATES[1], "yaml", Budget(), is_yaml=True), PSEUDO]),
    "nested": (
        "from_cloudformation",
        [NESTED, {**PSEUDO, "Names": "a,b", "Days": 7}, {"key": "days"}, {"Role": "role"}, {"Stack": INNER}],
    ),
    "envelope": ("from_cloudformation", [data_of("get-template.json")]),
    "state": ("from_terraform", [STATE, False, "eu-west-1"]),
    "plan": ("from_terraform", [PLAN]),
    "state 3": ("from_terraform", [data_of("terraform-0.11.tfstate")]),
    "configuration": ("from_terraform", [data_of("cdk.tf.json")]),
    "manifests": ("from_terraform", [data_of("crossplane.manifests")]),
    "stack": ("from_pulumi", [data_of("stack.json"), False, "eu-west-1"]),
    "answers": ("from_aws_cli", [ANSWERS]),
    "resource": ("from_aws_cli", [[data_of("get-resource.json")]]),
    "rows": ("from_aws_cli", [[data_of("steampipe.json")]]),
    "files": (
        "from_files",
        [
            [{"path": name, "content": data_of(name)} for name in ("stack.json", "cdk.tf.json", "get-template.json")],
            *({"AWS::Region": "eu-west-1"}, {}, {}, {}, False, "eu-west-1"),
        ],
    ),
}
VALUES = [
    *(None, True, 5, 1.5, float("nan"), "", "text", "a.b", "${a}", "\x00\n", "AWS::MediaStore::Container", [], {}),
    *(["a"], [[]], [None], {"": None}, {"a": 1}, {1: "a", "1": "b"}, (), set(), b"", object(), 10**5000, "\ud800"),
    *({"Ref": "AWS::NoValue"}, {"Ref": "x"}, {"Fn::GetAtt": ["a"]}, {"Fn::Sub": []}, {"Fn::If": ["Logged", 1, 2]}),
    *({"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "{"}, "$${", "%{"),
]
MAX_SECONDS = 2


def places(value, depth=0):
    """Yield each list or dictionary in a value with each of its keys; shared values can contain themselves."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items if depth < 20 else ()):
        yield value, key
        yield from places(item, depth + 1)


def changed(source, choices):
    """Return a copy of arguments in which one or two values are removed, renamed, replaced, or shared with a place."""
    result = copy.deepcopy(source)
    for _change in range(choices.choice([1, 2])):
        if not result:
            break
        container, key = choices.choice(list(places(result)))
        action = choices.choice(["remove", "rename", "share", "replace", "replace", "replace"])
        if action == "remove":
            del container[key]
        elif action == "share":
            other, at = choices.choice(list(places(result)))
            container[key] = other[at]
        elif action == "rename" and isinstance(container, dict):
            container[choices.choice(["Fn::Sub", "Ref", "x", ""])] = container.pop(key)
        else:
            container[key] = choices.choice(VALUES)
    return result


def assert_converts_or_refuses(name, arguments):
    """Convert a source: the result is containers or a format, or an error in one sentence that can be printed."""
    start = time.monotonic()
    try:
        result = FilterModule().filters()[name](*arguments)
    except AnsibleFilterError as error:
        said = str(error)
        assert "\n" not in said.encode().decode()
        assert ": " in said
    else:
        containers = result["containers"] if name == "from_files" else result
        assert all(isinstance(container["name"], str) for container in containers)
    assert time.monotonic() - start < MAX_SECONDS


@pytest.mark.parametrize("kind", SOURCES)
def test_changes_of_values(kind):
    name, arguments = SOURCES[kind]
    assert_converts_or_refuses(name, arguments)
    choices = random.Random(kind)
    for _attempt in range(300):
        # A filter without arguments cannot be called.
        assert_converts_or_refuses(name, changed(arguments, choices) or [None])


@pytest.mark.parametrize("text", TEMPLATES, ids=["json", "yaml"])
def test_changes_of_text(text):
    choices = random.Random(text)
    for _attempt in range(30):
        start = choices.randrange(len(text))
        inserted = choices.choice(["", "[", "}", "!", "&a ", "*a", ": ", "\t", '"', "'", "\x07", "%", "- ", "\n", "|"])
        source = text[:start] + inserted + text[start + choices.randrange(9) :]
        assert_converts_or_refuses("from_cloudformation", [source, PSEUDO])
