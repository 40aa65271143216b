# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small sources that ask the filters for much work, and a program that measures one of them.

`python hostile_sources.py NAME` prints the seconds of the processor and the MiB that the filter used, and what it said.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
import types
from pathlib import Path

CONTAINER = "AWS::MediaStore::Container"
PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
MEMORY = 300 * 1024 * 1024
ARN = "arn:aws:mediastore:eu-west-1:123456789012:container/live/*"
POLICY = json.dumps({"Statement": [{"Resource": ARN, "Sid": "a" * 1_000_000}]})


def with_tag(value, **sections):
    properties = {"ContainerName": "live", "Tags": [{"Key": "a", "Value": value}]}
    return {"Resources": {"Live": {"Type": CONTAINER, "Properties": properties}}, **sections}


def nested(function, start, levels):
    value = start
    for _level in range(levels):
        value = function(value)
    return value


def shared(levels):
    """Return data in which each list contains the next ten times, as the same object."""
    return nested(lambda inner: [inner] * 10, "a", levels)


def shared_modules(levels):
    return nested(lambda inner: {"child_modules": [inner] * 10}, {}, levels)


def state(kind, number, **attributes):
    instance = [{"attributes": attributes}]
    return [{"mode": "managed", "type": kind, "name": f"n{n}", "instances": instance} for n in range(number)]


def region(number):
    return f"r{number}"


def many_regions():
    kinds = (
        ("aws_media_store_container", {"name": "a"}),
        ("aws_media_store_container_policy", {"container_name": "a", "policy": "{}"}),
    )
    resources = [
        {
            "mode": "managed",
            "type": kind,
            "name": f"n{n}",
            "instances": [{"attributes": {**known, "region": region(n)}}],
        }
        for kind, known in kinds
        for n in range(10_000)
    ]
    return {"version": 4, "resources": resources}


def references(number):
    """Return a configuration in which each name contains the next twice."""
    names = {f"n{n}": {"name": f"${{aws_media_store_container.n{n + 1}.name}}" * 2} for n in range(number)}
    return {"resource": {"aws_media_store_container": {**names, f"n{number}": {"name": "a"}}}}


def refs(number):
    resources = {
        f"C{n}": {"Type": CONTAINER, "Properties": {"ContainerName": {"Fn::Sub": f"${{C{n + 1}}}" * 2}}}
        for n in range(number)
    }
    resources[f"C{number}"] = {"Type": CONTAINER, "Properties": {"ContainerName": "a"}}
    return {"Resources": resources}


def manifests(number):
    metadata = {"name": "a", "labels": {"a": "b", "c": "d"}}
    container = {
        "apiVersion": "mediastore.aws.upbound.io/v1beta1",
        "kind": "Container",
        "metadata": metadata,
        "spec": {},
    }
    selector = {"forProvider": {"containerNameSelector": {"matchLabels": {"a": "b", "c": "x"}}}}
    return [container] * number + [{**container, "kind": "ContainerPolicy", "spec": selector}] * number


def bomb():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(lines)


def pattern(text):
    return with_tag({"Ref": "P"}, Parameters={"P": {"Type": "String", "AllowedPattern": text, "Default": "a" * 4000}})


def pattern_of_list(text, number):
    parameter = {"Type": "CommaDelimitedList", "AllowedPattern": text, "Default": ",".join(["a"] * number)}
    return with_tag({"Fn::Length": {"Ref": "P"}}, Parameters={"P": parameter})


def long_instances(length, number):
    """Return a state with many instances of a resource that has a long name."""
    instances = [{"index_key": n, "attributes": {"name": f"a{n}"}} for n in range(number)]
    return {
        "version": 4,
        "resources": [{**state("aws_media_store_container", 1)[0], "name": "n" * length, "instances": instances}],
    }


def long_modules(length, number):
    resources = {
        f"aws_media_store_container.a{n}": {
            "type": "aws_media_store_container",
            "primary": {"attributes": {"name": f"a{n}"}},
        }
        for n in range(number)
    }
    return {"version": 3, "modules": [{"path": ["root", "m" * length], "resources": resources}]}


def containers(number):
    return {f"C{n}": {"Type": CONTAINER, "Properties": {"ContainerName": f"c{n}"}} for n in range(number)}


def patterns(text):
    """Return a template with many parameters of one pattern, and their values."""
    names = [f"P{n}" for n in range(1000)]
    parameter = {"Type": "String", "AllowedPattern": text}
    return with_tag("a", Parameters=dict.fromkeys(names, parameter)), dict.fromkeys(names, "a" * 250)


LONG = "K" * 1_000_000
LIST = {"Parameters": {"L": {"Type": "CommaDelimitedList", "Default": ",".join(["a" * 10] * 370)}}}
# By name: the filter, and a function that returns its arguments.
CASES = {
    "Fn::Sub of nothing": (
        "from_cloudformation",
        lambda: [with_tag(nested(lambda inner: {"Fn::Sub": ["${a}" * 10, {"a": inner}]}, "", 30))],
    ),
    "Fn::Sub that grows": (
        "from_cloudformation",
        lambda: [with_tag(nested(lambda inner: {"Fn::Sub": ["${a}" * 10, {"a": inner}]}, "a" * 100, 30))],
    ),
    "Fn::Join with a long delimiter": (
        "from_cloudformation",
        lambda: [with_tag({"Fn::Join": ["d" * 1_000_000, ["a"] * 3000]})],
    ),
    "Fn::Join in Fn::Join": (
        "from_cloudformation",
        lambda: [with_tag(nested(lambda inner: {"Fn::Join": ["d" * 100, [inner] * 3]}, "a", 9))],
    ),
    "Fn::Sub without an end": ("from_cloudformation", lambda: [with_tag({"Fn::Sub": "${" * 500_000})]),
    "Fn::Sub with literals": ("from_cloudformation", lambda: [with_tag({"Fn::Sub": "${!}" * 250_000})]),
    "Fn::Split of long text": (
        "from_cloudformation",
        lambda: [
            with_tag(
                {"Fn::Join": ["", [{"Fn::Length": {"Fn::Split": [",", {"Fn::FindInMap": ["M", "a", "b"]}]}}] * 10]},
                Mappings={"M": {"a": {"b": "\u03b1," * 490_000}}},
            )
        ],
    ),
    "lists that are used often": (
        "from_cloudformation",
        lambda: [with_tag({"Fn::Join": ["", [{"Fn::Join": ["", {"Ref": "L"}]}] * 5_000]}, **LIST)],
    ),
    "containers that refer to each other": ("from_cloudformation", lambda: [refs(100)]),
    "lines of YAML": (
        "from_cloudformation",
        lambda: ["Resources:\n" + "".join(f"  k{n}: v\n" for n in range(200_000))],
    ),
    "aliases of YAML": ("from_cloudformation", lambda: [bomb()]),
    "empty lines of YAML": ("from_cloudformation", lambda: ["\n" * 1_000_000 + "a: b"]),
    "stages after a template": (
        "from_cloudformation",
        lambda: ["Resources: {}\n" + "STAGESAVAILABLE\tOriginal\n" * 100_000 + "x"],
    ),
    "levels of JSON": ("from_cloudformation", lambda: ['{"Resources":' * 100_000]),
    "values of JSON": ("from_cloudformation", lambda: ["[" + "[]," * 3_000_000 + "[]]"]),
    "objects of JSON": ("from_cloudformation", lambda: ["[" + '{"a":1},' * 400_000 + "{}]"]),
    "an integer": ("from_cloudformation", lambda: ['{"Resources": ' + "9" * 1_000_000 + "}"]),
    "a pattern that backtracks": ("from_cloudformation", lambda: [pattern("(a+)+b")]),
    "a pattern that repeats": ("from_cloudformation", lambda: [pattern("((a{9999}){9999}){9999}")]),
    "a pattern of alternatives": ("from_cloudformation", lambda: [pattern("(" + "|" * 100_000 + "){9999}")]),
    "a pattern of anchors": ("from_cloudformation", lambda: [pattern("(" + "^" * 100_000 + "){9999}")]),
    "a pattern in levels": ("from_cloudformation", lambda: [pattern("(" * 100_000)]),
    "a pattern of anchors that repeat": ("from_cloudformation", lambda: [pattern("(^{9999}){9999}")]),
    "a pattern of empty groups": ("from_cloudformation", lambda: [pattern("((){9999}){9999}")]),
    "a pattern of empty alternatives": ("from_cloudformation", lambda: [pattern("(.*(" + "|" * 900 + "))*")]),
    "a pattern that looks ahead": ("from_cloudformation", lambda: [pattern("((?=a*b)?a)*")]),
    "a long pattern": ("from_cloudformation", lambda: [pattern("a" * 1_000_000)]),
    "classes in a pattern": (
        "from_cloudformation",
        lambda: [pattern("".join(f"[a{chr(0x4E00 + n)}]" for n in range(1000)))],
    ),
    "a pattern of a list": ("from_cloudformation", lambda: [pattern_of_list("(a?){9000}" * 4, 1000)]),
    "many patterns": ("from_cloudformation", lambda: [*patterns("(a?){300}")]),
    "many classes in patterns": (
        "from_cloudformation",
        lambda: [*patterns("".join(f"[a{chr(0x4E00 + n)}]?" for n in range(800)))],
    ),
    "a list of values": (
        "from_cloudformation",
        lambda: [
            with_tag(
                "a",
                Parameters={"P": {"Type": "CommaDelimitedList", "AllowedValues": [*map(str, range(49_999)), "a"]}},
            ),
            {"P": ["a"] * 2000},
        ],
    ),
    "a long list": (
        "from_cloudformation",
        lambda: [with_tag("a", Parameters={"P": {"Type": "CommaDelimitedList"}}), {"P": "," * 10_000_000}],
    ),
    "a long name of a parameter": (
        "from_cloudformation",
        lambda: [with_tag("a", Parameters={LONG: {"Type": "CommaDelimitedList"}}), {LONG: [5] * 50_000}],
    ),
    "a long key": ("from_cloudformation", lambda: [json.dumps({"Resources": {LONG * 6: [1] * 90_000}})]),
    "keys that are numbers": ("from_cloudformation", lambda: [{LONG: dict.fromkeys(range(40000), 1), "Resources": {}}]),
    "a long name of a resource": (
        "from_cloudformation",
        lambda: [
            {
                "Resources": {
                    LONG: {
                        "Type": CONTAINER,
                        "Properties": {
                            "ContainerName": "a",
                            "Tags": [{"Key": f"{n}", "Value": "v"} for n in range(20_000)],
                        },
                    }
                }
            }
        ],
    ),
    "a long name of a nested stack": (
        "from_cloudformation",
        lambda: [
            {"Resources": {LONG: {"Type": "AWS::CloudFormation::Stack"}}},
            *({}, {}, {}),
            {LONG: {"Resources": containers(5000)}},
        ],
    ),
    "nested stacks": (
        "from_cloudformation",
        lambda: [
            {"Resources": {f"S{n}": {"Type": "AWS::CloudFormation::Stack"} for n in range(15_000)}},
            *({}, {}),
            {f"A{n}.B": "a" for n in range(10_000)},
            {f"S{n}": {"Resources": {}} for n in range(15_000)},
        ],
    ),
    "a long name of a condition": (
        "from_cloudformation",
        lambda: [
            with_tag({"Fn::Join": ["", [{"Fn::If": [LONG, "a", "b"]}] * 90]}, Conditions={LONG: {"Fn::Equals": [1, 1]}})
        ],
    ),
    "a text of JSON": ("from_cloudformation", lambda: ['"' + "a" * 10_000_000 + '"']),
    "escapes in a text of JSON": ("from_cloudformation", lambda: ['"' + "\\n" * 5_000_000 + '"']),
    "a text of JSON without an end": ("from_cloudformation", lambda: ['"' + "a" * 10_000_000]),
    "tags of YAML": (
        "from_cloudformation",
        lambda: ["".join(f"%TAG !a{n}! x\n" for n in range(3)) + "---\na: b\n"],
    ),
    "tags of YAML after a document": (
        "from_cloudformation",
        lambda: ["a: b\r...\r" + "".join(f"%TAG !a{n}! x\r" for n in range(3)) + "---\ra: b\r"],
    ),
    "shared data": ("from_cloudformation", lambda: [{"Resources": {"A": shared(20)}}]),
    "shared parameters": ("from_cloudformation", lambda: [with_tag("a"), {"A": shared(20)}]),
    "shared imports": ("from_cloudformation", lambda: [with_tag("a"), {}, {"A": shared(20)}]),
    "shared resources": ("from_cloudformation", lambda: [with_tag("a"), {}, {}, {"A": shared(20)}]),
    "a shared policy": (
        "from_cloudformation",
        lambda: [
            {
                "Resources": {
                    f"C{n}": {"Type": CONTAINER, "Properties": {"ContainerName": f"c{n}", "Policy": POLICY}}
                    for n in range(5000)
                }
            }
        ],
    ),
    "a shared nested stack": (
        "from_cloudformation",
        lambda: [
            {"Resources": {f"S{n}": {"Type": "AWS::CloudFormation::Stack"} for n in range(5000)}},
            *({}, {}, {}),
            dict.fromkeys(
                (f"S{n}" for n in range(5000)), json.dumps({"Resources": {}, "Description": "a" * 1_000_000})
            ),
        ],
    ),
    "shared modules": (
        "from_terraform",
        lambda: [{"format_version": "1.0", "values": {"root_module": shared_modules(90)}}],
    ),
    "a shared list of resources": (
        "from_terraform",
        lambda: [{"version": 4, "resources": state("aws_s3_bucket", 1) * 10_000_000}],
    ),
    "containers of one name": ("from_terraform", lambda: [many_regions()]),
    "policies in a state": (
        "from_terraform",
        lambda: [
            {
                "version": 4,
                "resources": state("aws_media_store_container_policy", 1, container_name="a", policy=POLICY) * 5000,
            }
        ],
    ),
    "flat attributes": (
        "from_terraform",
        lambda: [
            {
                "version": 3,
                "modules": [
                    {
                        "resources": {
                            "aws_media_store_container.a": {
                                "type": "aws_media_store_container",
                                "primary": {"attributes": {f"a{n}.%": "1" for n in range(50_000)}},
                            }
                        }
                    }
                ],
            }
        ],
    ),
    "a long name of instances": ("from_terraform", lambda: [long_instances(1_000_000, 5000)]),
    "a long name of a module": ("from_terraform", lambda: [long_modules(1_000_000, 5000)]),
    "a long address": (
        "from_terraform",
        lambda: [
            {
                "format_version": "1.0",
                "values": {
                    "root_module": {
                        "resources": [
                            {
                                "address": LONG,
                                "mode": "managed",
                                "type": "aws_media_store_container",
                                "values": {"name": "a", "tags": {f"{n}": "" for n in range(40_000)}},
                            }
                        ]
                    }
                },
            }
        ],
    ),
    "references in a configuration": ("from_terraform", lambda: [references(100)]),
    "manifests": ("from_terraform", lambda: [manifests(5000)]),
    "operations of Pulumi": (
        "from_pulumi",
        lambda: [{"deployment": {"pending_operations": [{"resource": {}}] * 10_000_000}}],
    ),
    "secrets of Pulumi": (
        "from_pulumi",
        lambda: [
            {
                "deployment": {
                    "resources": [
                        {
                            "urn": "a",
                            "type": "aws:mediastore/container:Container",
                            "outputs": {
                                "name": {
                                    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                                    "plaintext": json.dumps("a" * 1_000_000),
                                }
                            },
                        }
                    ]
                    * 5000
                }
            },
            True,
        ],
    ),
    "answers": ("from_aws_cli", lambda: [[{"Policy": POLICY}] * 5000]),
    "answers as text": ("from_aws_cli", lambda: [[json.dumps({"Containers": [], "a": "a" * 1_000_000})] * 5000]),
    "empty answers": ("from_aws_cli", lambda: [[""] * 10_000_000]),
    "shared answers": ("from_aws_cli", lambda: [[{"Tags": shared(20)}]]),
    "pages of answers": ("from_aws_cli", lambda: [[[{"Containers": []}] * 10_000_000]]),
    "a long path": (
        "from_aws_cli",
        lambda: [[{"path": f"{LONG}/x", "answer": [{"name": f"n{n}", "tags": {}} for n in range(8000)]}]],
    ),
    "policies that are almost empty": (
        "from_aws_cli",
        lambda: [
            [
                {"Containers": [{"Name": "a"}]},
                {"name": "a", "answer": {"Policy": json.dumps({f"{n}": [] for n in range(40_000)})}},
                *[{"name": "a", "answer": {"Policy": "{}"}}] * 15_000,
            ]
        ],
    ),
    "rows": ("from_aws_cli", lambda: [[[{"name": "a", "policy": POLICY}] * 5000]]),
    "a file of unknown format": (
        "from_files",
        lambda: [[{"path": "a", "content": "\n" * 1_000_000 + " " * 1_000_000 + "x"}]],
    ),
    "templates and parameters": (
        "from_files",
        lambda: [
            [
                {"path": f"{n}", "content": {"Parameters": {f"P{n}": {"Type": "String"}}, "Resources": {}}}
                for n in range(10_000)
            ],
            *({f"P{n}": "a" for n in range(10_000)}, {}, {f"A{n}.B": "a" for n in range(10_000)}),
        ],
    ),
    "files in YAML": ("from_files", lambda: [[{"path": "d/f", "content": "Tags:\n" + "- a\n" * 90_000}] * 250]),
    "files in JSON": (
        "from_files",
        lambda: [
            [{"path": "d/f", "content": '{"version":4,"resources":[],"a":[' + '{"a":1},' * 400_000 + "{}]}"}] * 25
        ],
    ),
    "empty files": ("from_files", lambda: [[{"path": "a", "content": ""}] * 10_000_000]),
    "a long path of a file": (
        "from_files",
        lambda: [[{"path": LONG, "content": {"Resources": containers(5000)}}]],
    ),
    "files": (
        "from_files",
        lambda: [[{"path": "a", "content": json.dumps({"Resources": {}, "Description": "a" * 1_000_000})}] * 50_000],
    ),
}
MODULES = {
    "from_cloudformation": "_cloudformation",
    "from_terraform": "_terraform",
    "from_pulumi": "_terraform",
    "from_aws_cli": "_aws_cli",
    "from_files": "_files",
}


def load(name):
    """Return the function of a filter, without Ansible, which would take more time than the filter."""
    package = types.ModuleType("plugins")
    package.__path__ = [str(PLUGINS)]
    sys.modules["plugins"] = package
    function = getattr(importlib.import_module(f"plugins.plugin_utils.{MODULES[name]}"), name)
    none = importlib.import_module("plugins.plugin_utils._cloudformation").Arguments({}, {}, {}, {})
    budget = importlib.import_module("plugins.plugin_utils._data").Budget()
    return {
        "from_cloudformation": lambda template, *given: function(
            template, type(none)(*given, *[{}] * (4 - len(given))), budget
        ),
        "from_terraform": lambda source: function(source, False, None, budget),
        "from_pulumi": lambda source, include_sensitive=False: function(source, include_sensitive, None, budget),
        "from_aws_cli": lambda answers: function(answers, budget),
        "from_files": lambda files, *given: function(
            files, type(none)(*given, *[{}] * (4 - len(given))), False, None, budget
        ),
    }[name]


def measure(name):
    """Convert one source in an address space with little room, and print what it took."""
    filter_name, make = CASES[name]
    convert = load(filter_name)
    arguments = make()
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    try:
        said = f"{len(convert(*arguments))} containers"
    except ValueError as error:
        said = str(error)[:300]
    except RecursionError:
        said = "nested too deeply"
    seconds = time.process_time() - start
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"seconds": round(seconds, 2), "MiB": round(used), "said": said}))


if __name__ == "__main__":
    measure(sys.argv[1])
