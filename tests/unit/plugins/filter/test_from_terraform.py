# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""from_terraform: containers of state files, and of states and plans as `terraform show -json` writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule

FILES = Path(__file__).resolve().parents[3] / "integration" / "targets" / "filters" / "files"
CONTAINER = "aws_media_store_container"
POLICY = "aws_media_store_container_policy"
from_terraform = FilterModule().filters()["from_terraform"]


def arn(name, region="eu-west-1", account="123456789012"):
    return f"arn:aws:mediastore:{region}:{account}:container/{name}"


def policy_text(name, region="eu-west-1"):
    return json.dumps({"Statement": [{"Resource": f"{arn(name, region)}/*"}]})


def policy(name, region="eu-west-1"):
    return {"Statement": [{"Resource": f"{arn(name, region)}/*"}]}


def stored(kind, attributes, name="live", **more):
    """Return a resource of a state file with one instance."""
    instance = {"schema_version": 0, "attributes": attributes, **more.pop("instance", {})}
    return {"mode": "managed", "type": kind, "name": name, "provider": "p", "instances": [instance], **more}


def state(*resources):
    return {"version": 4, "terraform_version": "1.9.8", "serial": 1, "outputs": {}, "resources": list(resources)}


def shown(kind, values, name="live", **more):
    """Return a resource in the output of `terraform show -json`."""
    address = f"{kind}.{name}"
    return {"address": address, "mode": "managed", "type": kind, "name": name, "values": values, **more}


def output(*resources, children=(), key="values", **more):
    module = {"resources": list(resources), "child_modules": list(children)}
    return {"format_version": "1.0", key: {"root_module": module}, **more}


def change(kind, after_unknown, name="live"):
    change = {"actions": ["create"], "after_unknown": after_unknown}
    return {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "change": change}


def message(source, *arguments, **options):
    with pytest.raises(AnsibleFilterError) as caught:
        from_terraform(source, *arguments, **options)
    return str(caught.value)


def test_the_case_of_a_state_with_a_module_and_for_each():
    news = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "MediaStoreFullAccess",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": ["mediastore:*"],
                "Resource": "arn:aws:mediastore:eu-west-1:123456789012:container/channel_news/*",
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            }
        ],
    }
    assert from_terraform((FILES / "terraform-state.json").read_text()) == [
        {"name": "channel_news", "tags": {"Channel": "news", "Owner": "playout"}, "policy": news},
        {"name": "channel_sports", "tags": {"Owner": "playout"}},
    ]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"tags": {"a": "b"}, "tags_all": {"a": "b", "c": "d"}}, {"tags": {"a": "b", "c": "d"}}),
        ({"tags": {"a": "b"}}, {"tags": {"a": "b"}}),
        ({"tags": None, "tags_all": {}}, {"tags": {}}),
        ({"tags": None, "tags_all": None}, {}),
        ({}, {}),
    ],
)
def test_tags_are_those_of_resource_and_provider(attributes, expected):
    container = {"name": "live", "arn": arn("live"), **attributes}
    assert from_terraform(state(stored(CONTAINER, container))) == [{"name": "live", **expected}]
    assert from_terraform(output(shown(CONTAINER, container))) == [{"name": "live", **expected}]


@pytest.mark.parametrize("key", ["values", "planned_values"])
def test_shown_states_and_plans_with_modules(key):
    child = {
        "address": "module.a",
        "resources": [shown(CONTAINER, {"name": "one"})],
        "child_modules": [{"resources": [shown(POLICY, {"container_name": "one", "policy": policy_text("one")})]}],
    }
    source = output(shown(CONTAINER, {"name": "two"}), children=[child], key=key)
    assert from_terraform(json.dumps(source)) == [{"name": "two"}, {"name": "one", "policy": policy("one")}]


def test_other_objects_are_ignored():
    source = state(
        stored("aws_s3_bucket", {"name": "bucket"}),
        stored(CONTAINER, {"name": "read"}, mode="data"),
        stored(CONTAINER, {"name": "old"}, instance={"deposed": "00000000"}),
        stored(CONTAINER, {"name": "live"}),
    )
    assert from_terraform(source) == [{"name": "live"}]
    source = output(
        shown("aws_s3_bucket", {"name": "bucket"}),
        shown(CONTAINER, {"name": "read"}, mode="data"),
        shown(CONTAINER, {"name": "old"}, deposed_key="00000000"),
        shown(CONTAINER, {"name": "live"}),
    )
    assert from_terraform(source) == [{"name": "live"}]


def test_empty_states():
    assert from_terraform(state()) == []
    assert from_terraform(output()) == []
    assert from_terraform({"version": 3, "modules": []}) == []


def test_a_policy_of_a_container_outside_the_state_is_an_entry():
    source = state(stored(POLICY, {"container_name": "live", "policy": policy_text("live")}))
    assert from_terraform(source) == [{"name": "live", "policy": policy("live")}]


def test_a_region_selects_containers_and_their_policies():
    regions = ("eu-west-1", "us-east-1")
    source = state(
        *(stored(CONTAINER, {"name": "live", "arn": arn("live", region)}) for region in regions),
        stored(POLICY, {"container_name": "live", "policy": policy_text("live", "us-east-1")}),
        stored(POLICY, {"container_name": "live", "region": "eu-west-1", "policy": '{"Statement": []}'}),
    )
    assert from_terraform(source, region="us-east-1") == [{"name": "live", "policy": policy("live", "us-east-1")}]
    assert from_terraform(source, region="eu-west-1") == [{"name": "live", "policy": {"Statement": []}}]


MARKED = state(
    stored(CONTAINER, {"name": "live", "tags_all": {}}),
    stored(
        POLICY,
        {"container_name": "live", "policy": '{"Id": "secret-word"}'},
        instance={"sensitive_attributes": [[{"type": "get_attr", "value": "policy"}]]},
    ),
)
SHOWN_MARKED = output(
    shown(CONTAINER, {"name": "live", "tags_all": {}}, sensitive_values={"tags_all": {}}),
    shown(POLICY, {"container_name": "live", "policy": '{"Id": "secret-word"}'}, sensitive_values={"policy": True}),
)


@pytest.mark.parametrize("source", [MARKED, SHOWN_MARKED], ids=["state file", "shown"])
def test_sensitive_values_are_refused_unless_included(source):
    said = message(source)
    assert said.startswith(f"{POLICY}.live: policy is sensitive")
    assert "include_sensitive=true" in said
    assert "secret-word" not in said
    expected = [{"name": "live", "tags": {}, "policy": {"Id": "secret-word"}}]
    assert from_terraform(source, include_sensitive=True) == expected


def test_one_sensitive_tag_makes_the_tags_sensitive():
    source = output(shown(CONTAINER, {"name": "a", "tags_all": {"k": "v"}}, sensitive_values={"tags_all": {"k": True}}))
    assert f"{CONTAINER}.live: tags_all is sensitive" in message(source)


def test_an_invalid_sensitive_policy_is_not_printed():
    marked = shown(POLICY, {"container_name": "a", "policy": '"secret-word"'}, sensitive_values={"policy": True})
    assert "secret-word" not in message(output(marked), include_sensitive=True)


TAG = [{"type": "get_attr", "value": "tags"}, {"type": "index", "value": {"value": "s", "type": "string"}}]


@pytest.mark.parametrize("marks", [{}, {"sensitive_values": {}}, {"sensitive_values": {"tags_all": {}}}])
@pytest.mark.parametrize("after_sensitive", [{"tags": {"s": True}}, {"tags_all": True}, True])
def test_the_marks_of_a_change_are_marks_as_well(marks, after_sensitive):
    """Terraform before 1.0.1 wrote no sensitive_values."""
    values = {"name": "live", "tags": {"s": "secret-word"}, "tags_all": {"s": "secret-word"}}
    changed = change(CONTAINER, {})
    changed["change"]["after_sensitive"] = after_sensitive
    source = output(shown(CONTAINER, values, **marks), key="planned_values", resource_changes=[changed])
    said = message({**source, "format_version": "0.1"})
    assert " is sensitive: use include_sensitive=true" in said
    assert "secret-word" not in said
    assert from_terraform(source, include_sensitive=True) == [{"name": "live", "tags": {"s": "secret-word"}}]


@pytest.mark.parametrize("key", ["values", "planned_values"])
@pytest.mark.parametrize("form", ["state file", "shown"])
def test_a_sensitive_tag_that_tags_all_shows(form, key):
    values = {"name": "live", "tags": {"s": "secret-word"}, "tags_all": {"s": "secret-word"}}
    source = {
        "state file": state(stored(CONTAINER, values, instance={"sensitive_attributes": [TAG]})),
        "shown": output(shown(CONTAINER, values, sensitive_values={"tags": {"s": True}, "tags_all": {}}), key=key),
    }[form]
    said = message(source)
    assert said.startswith(f"{CONTAINER}.live: tags_all is sensitive: use include_sensitive=true")
    assert "secret-word" not in said
    assert from_terraform(source, include_sensitive=True) == [{"name": "live", "tags": {"s": "secret-word"}}]


DELETED = {**change(CONTAINER, {}), "change": {"actions": ["delete"]}}
FORGOTTEN = {**change(CONTAINER, {}), "change": {"actions": ["forget"]}}
REPLACED = {**change(CONTAINER, {}), "change": {"actions": ["delete", "create"]}}
OTHER = {"address": "aws_s3_bucket.a", "mode": "managed", "type": "aws_s3_bucket", "change": {"actions": ["delete"]}}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"format_version": "1.0", "valid": True, "error_count": 0, "diagnostics": []}, ["terraform validate -json"]),
        ({"format_version": "1.0", "provider_schemas": {}}, ["terraform providers schema -json"]),
        ({"format_version": "1.0", "function_signatures": {}}, ["terraform metadata functions -json"]),
        (output(key="planned_values", errored=True), ["ended with an error"]),
        (output(key="planned_values", complete=False), ["a partial plan"]),
        (output(key="planned_values", resource_changes=[DELETED]), [f"{CONTAINER}.live: the plan destroys it"]),
        (output(key="planned_values", resource_changes=[FORGOTTEN]), [f"{CONTAINER}.live: the plan forgets it"]),
        (output(key="planned_values", resource_changes=[OTHER]), ["only destroys or forgets"]),
        ({"version": 4, "lineage": "x"}, ["a state of version 4 without resources"]),
        ('{"@level":"info","@message":"Terraform 1.9"}\n{"type":"planned_change"}\n', ["log", "terraform show -json"]),
        ('resource "aws_media_store_container" "a" {\n  name = "a"\n}\n', ["HCL", "terraform show -json"]),
        ("terraform {\n}\n", ["HCL"]),
        ("\udcff\udcfe{\x00}\x00", ["UTF-16", "PowerShell"]),
        ({"Resources": {}}, ["a CloudFormation template", "from_cloudformation"]),
    ],
)
def test_sources_that_know_nothing_are_errors(source, words):
    said = message(source)
    for word in [*words, ": "]:
        assert word in said
    assert "state" in said or "terraform show -json" in said or "from_cloudformation" in said or "PowerShell" in said


def test_plans_that_replace_and_destroy_are_read():
    source = output(
        shown(CONTAINER, {"name": "live"}),
        key="planned_values",
        resource_changes=[REPLACED, OTHER],
        errored=False,
        complete=True,
    )
    assert from_terraform(source) == [{"name": "live"}]


def test_a_plan_that_removes_only_the_policy():
    removed = {**DELETED, "address": f"{POLICY}.live", "type": POLICY}
    kept = {**change(CONTAINER, {}), "change": {"actions": ["no-op"]}}
    source = output(shown(CONTAINER, {"name": "live"}), key="planned_values", resource_changes=[removed, kept])
    assert from_terraform(source) == [{"name": "live"}]


def marked(kind, values, *names, number=1):
    paths = [[{"type": "get_attr", "value": name}] for name in names]
    instance = {"attributes": values, "sensitive_attributes": paths}
    return state({**stored(kind, {}), "instances": [{**instance, "index_key": n} for n in range(number)]})


@pytest.mark.parametrize(
    "source",
    [
        marked(CONTAINER, {"name": "secret-word"}, "name", number=2),
        marked(POLICY, {"container_name": "secret-word", "policy": "{}"}, "container_name", number=2),
        marked(POLICY, {"container_name": "a", "policy": '{"secret-word":1,"secret-word":2}'}, "policy"),
        marked(POLICY, {"container_name": "a", "policy": '{"secret-word":"\\ud800"}'}, "policy"),
        marked(CONTAINER, {"name": "a", "tags": {"secret-word": []}}, "tags"),
        state(
            *(
                {**marked(CONTAINER, {"name": n, "region": f"secret-word{n}"}, "region")["resources"][0], "name": n}
                for n in "ab"
            )
        ),
    ],
)
def test_messages_never_contain_sensitive_values(source):
    for options in ({"include_sensitive": True}, {}, {"include_sensitive": True, "region": "eu-west-1"}):
        assert "secret-word" not in message(source, **options)


def flat(kind, attributes):
    return state({**stored(kind, {}), "instances": [{"schema_version": 0, "attributes_flat": attributes}]})


def version_3(*resources, path=("root",)):
    known = {key: {"type": key.split(".")[0], "primary": primary} for key, primary in resources}
    return {"version": 3, "terraform_version": "0.11.15", "modules": [{"path": list(path), "resources": known}]}


FLAT = {"id": "live", "name": "live", "arn": arn("live"), "tags.%": "2", "tags.a": "1", "tags.b.c": "%"}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (FLAT, {"tags": {"a": "1", "b.c": "%"}}),
        ({"name": "live", "tags.%": "0"}, {"tags": {}}),
        ({"name": "live"}, {}),
        ({"name": "live", "tags.a": "1"}, {"tags": {"a": "1"}}),
        ({**FLAT, "tags_all.%": "1", "tags_all.d": "e"}, {"tags": {"d": "e"}}),
    ],
)
def test_flat_attributes_of_versions_3_and_4(attributes, expected):
    assert from_terraform(flat(CONTAINER, attributes)) == [{"name": "live", **expected}]
    assert from_terraform(version_3((f"{CONTAINER}.live", {"attributes": attributes}))) == [
        {"name": "live", **expected}
    ]


def test_states_of_version_3():
    source = version_3(
        (f"{CONTAINER}.live.0", {"attributes": FLAT}),
        (f"{POLICY}.live", {"attributes": {"container_name": "live", "policy": policy_text("live")}}),
        (f"data.{CONTAINER}.read", {"attributes": {"name": "read"}}),
        (f"{CONTAINER}.deposed", None),
        ("aws_s3_bucket.a", {"attributes": None}),
    )
    source["modules"][0]["resources"][f"data.{CONTAINER}.read"]["type"] = CONTAINER
    assert from_terraform(json.dumps(source)) == [{"name": "live", "tags": FLAT_TAGS, "policy": policy("live")}]


FLAT_TAGS = {"a": "1", "b.c": "%"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            version_3((f"{CONTAINER}.a", {"attributes": []}), path=("root", "x")),
            f"module.x.{CONTAINER}.a: attributes must be",
        ),
        (
            version_3((f"{CONTAINER}.a", {"attributes": {"name": []}})),
            f"{CONTAINER}.a: name must be text, but it is a list",
        ),
        (
            version_3((f"{CONTAINER}.a", {"attributes": {"name": "74D93920-ED26-11E3-AC10-0800200C9A66"}})),
            f"{CONTAINER}.a: name is not known: run `terraform refresh`",
        ),
        ({"version": 3, "modules": [[]]}, "A module must be an object"),
        (flat(CONTAINER, {"name": "\ud800"}), f"{CONTAINER}.live, name contains a surrogate"),
        (
            state(stored(CONTAINER, {"name": {"a": 1}})),
            f"{CONTAINER}.live: name must be text, but it is an object: correct it",
        ),
        (
            state(stored(CONTAINER, {"name": "a", "region": []})),
            f"{CONTAINER}.live: region must be text, but it is a list",
        ),
        (
            state(stored(CONTAINER, {"name": "a", "number": 10**50})),
            f"{CONTAINER}.live, number is a number of more than",
        ),
    ],
)
def test_bad_attributes_are_named(source, words):
    assert words in message(source)


def test_a_number_of_5000_digits_outside_the_containers_is_ignored():
    text = json.dumps(state(stored("aws_s3_bucket", {"a": 1}), stored(CONTAINER, {"name": "live"})))
    assert from_terraform(text.replace('"a": 1', '"a": ' + "9" * 5000)) == [{"name": "live"}]
    said = message(json.dumps(state(stored(CONTAINER, {"name": 1}))).replace('"name": 1', '"name": ' + "9" * 5000))
    assert said.startswith(f"{CONTAINER}.live, name is a number of more than 40 digits")


def configuration(container, policy=None, **more):
    resources = {CONTAINER: {"live": container}, **({POLICY: {"live": policy}} if policy else {})}
    return {"//": {"metadata": {"version": "0.21.0"}}, "resource": resources, **more}


NAME = f"${{{CONTAINER}.live.name}}"


def test_a_configuration_of_cdktf():
    source = configuration(
        {"name": "${aws_s3_bucket.a.bucket}-$${x}", "tags": {"a": "b"}, "lifecycle": {"prevent_destroy": True}},
        {"container_name": f"${{{CONTAINER}.live.id}}", "policy": json.dumps({"Id": NAME})},
        provider={"aws": [{"region": "eu-west-1"}, {"alias": "other", "region": "${var.region}"}]},
        output={"a": {"value": "${aws_s3_bucket.a.arn}"}},
    )
    source["resource"]["aws_s3_bucket"] = {"a": {"bucket": "media"}}
    name = "media-${x}"
    assert from_terraform(json.dumps(source)) == [{"name": name, "tags": {"a": "b"}, "policy": {"Id": name}}]
    assert "regions" not in message(source, region="us-east-1")


def test_the_default_tags_of_the_provider_of_a_resource():
    providers = [
        {"default_tags": [{"tags": {"a": "default", "b": "default"}}]},
        {"alias": "west", "default_tags": {"tags": {"c": "west"}}},
    ]
    source = configuration({"name": "live", "tags": {"b": "own"}}, provider={"aws": providers})
    assert from_terraform(source) == [{"name": "live", "tags": {"a": "default", "b": "own"}}]
    for reference in ("aws.west", "${aws.west}"):
        source["resource"][CONTAINER]["live"]["provider"] = reference
        assert from_terraform(source) == [{"name": "live", "tags": {"c": "west", "b": "own"}}]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            configuration({"name": "${var.name}"}),
            [f"{CONTAINER}.live: name contains ${{var.name}}, which only Terraform"],
        ),
        (configuration({"name": "a", "tags": {"a": "${jsonencode({})}"}}), [f"{CONTAINER}.live: tags contains"]),
        (configuration({"name": "%{ if true }a%{ endif }"}), ["contains %{"]),
        (
            configuration({"name": "a", "tags": {"${var.env}": "x"}}),
            [f"{CONTAINER}.live: tags contains ${{var.env}}, which only Terraform"],
        ),
        (
            configuration({"name": "a"}, provider={"aws": {"default_tags": {"tags": {"${var.key}": "x"}}}}),
            ["default_tags of the provider contains ${var.key}"],
        ),
        (configuration({"name": "a", "tags": {"a": "x", NAME: "y"}}), ["tags has the key a twice"]),
        (configuration({"name": "${aws_s3_bucket.b.id}"}), ["contains ${aws_s3_bucket.b.id}"]),
        (configuration({"name": f"${{{CONTAINER}.live.arn}}"}), [f"{CONTAINER}.live.arn is known only after apply"]),
        (configuration({"name": NAME}), [f"{CONTAINER}.live.name depends on itself"]),
        (configuration({"name": "a", "for_each": {}}), [f"{CONTAINER}.live has for_each"]),
        (configuration({"name": "a", "count": 2}), [f"{CONTAINER}.live has count"]),
        (configuration({"name": "a"}, module={"origin": {"source": "./origin"}}), ["the modules origin"]),
        ({"module": {"origin": {"source": "./origin"}}}, ["the modules origin"]),
        (configuration([]), [f"{CONTAINER}.live must be an object"]),
        (configuration({"name": "a"}, provider=[]), ["provider must be an object"]),
        (configuration({"name": "a", "provider": "aws.nope"}), [f"{CONTAINER}.live: provider aws.nope is not in the"]),
        (configuration({"name": "a", "provider": "google"}), [f"{CONTAINER}.live: provider google is not in the file"]),
    ],
)
def test_configurations_that_only_terraform_can_evaluate(source, words):
    said = message(source)
    for word in words:
        assert word in said


def manifest(kind, name, spec, annotations=None, labels=None, **more):
    metadata = {"name": name, "annotations": annotations or {}, "labels": labels or {}, **more.pop("metadata", {})}
    return {
        "apiVersion": "mediastore.aws.upbound.io/v1beta1",
        "kind": kind,
        "metadata": metadata,
        "spec": {"forProvider": {"region": "eu-west-1", **spec}},
        **more,
    }


EXTERNAL = {"crossplane.io/external-name": "live"}
LIVE = manifest("Container", "a", {"tags": {"a": "b"}}, EXTERNAL, {"channel": "news"})
OF_LIVE = {"policy": policy_text("live")}


@pytest.mark.parametrize(
    "spec",
    [
        {"containerName": "live"},
        {"containerNameRef": {"name": "a"}},
        {"containerNameSelector": {"matchLabels": {"channel": "news"}}},
    ],
)
def test_manifests_of_crossplane(spec):
    manifests = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}},
        LIVE,
        manifest("ContainerPolicy", "p", {**spec, **OF_LIVE}),
        manifest("Container", "b", {}),
    ]
    expected = [{"name": "live", "tags": {"a": "b"}, "policy": policy("live")}, {"name": "b"}]
    assert from_terraform(yaml.safe_dump_all(manifests)) == expected
    assert from_terraform(manifests) == expected
    assert from_terraform(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})) == expected
    assert from_terraform(manifests, region="eu-west-1") == expected


def test_other_manifests_of_crossplane():
    observed = manifest("Container", "c", {})
    observed["spec"]["managementPolicies"] = ["Observe"]
    initial = manifest("Container", "d", {})
    initial["spec"]["initProvider"] = {"tags": {"e": "f"}}
    manifests = [
        observed,
        manifest("Container", "gone", {}, metadata={"deletionTimestamp": "2024-05-01T10:00:00Z"}),
        {**initial, "apiVersion": "mediastore.aws.m.upbound.io/v1beta1"},
        None,
    ]
    assert from_terraform(manifests) == [{"name": "d", "tags": {"e": "f"}}]


@pytest.mark.parametrize(
    ("manifests", "words"),
    [
        ([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}], ["no MediaStore", "kubectl get"]),
        (
            [{"apiVersion": "apiextensions.crossplane.io/v1", "kind": "Composition", "spec": {"a": "mediastore"}}],
            ["a composition of MediaStore", "kubectl get"],
        ),
        (
            [
                LIVE,
                {"apiVersion": "apiextensions.crossplane.io/v1", "kind": "Composition", "spec": {"a": "mediastore"}},
            ],
            ["a composition of MediaStore", "kubectl get"],
        ),
        ([LIVE, {"a": "b"}], ["A document in addition to a manifest has no apiVersion"]),
        ([manifest("ContainerPolicy", "p", OF_LIVE)], ["ContainerPolicy p: containerName refers to 0 containers"]),
        (
            [LIVE, LIVE, manifest("ContainerPolicy", "p", {**OF_LIVE, "containerNameRef": {"name": "a"}})],
            ["ContainerPolicy p: containerName refers to 2 containers"],
        ),
        (
            [manifest("ContainerPolicy", "p", {"containerName": "a"})],
            ["ContainerPolicy p: policy must be a JSON object"],
        ),
        ([{**LIVE, "metadata": {}}], ["Container: metadata.name must be text, but it is null"]),
        ([{**LIVE, "spec": "a"}], ["Container a: spec must be an object"]),
    ],
)
def test_manifests_that_cannot_be_read(manifests, words):
    said = message(manifests)
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("kind", "values", "unknown", "name"),
    [
        (POLICY, {"container_name": "live"}, {"policy": True, "id": True}, "policy"),
        (POLICY, {"policy": "{}"}, {"container_name": True}, "container_name"),
        (CONTAINER, {}, {"name": True}, "name"),
        (CONTAINER, {}, True, "name"),
        (CONTAINER, {"name": "live"}, {"tags_all": {"Owner": True}}, "tags_all"),
        (CONTAINER, {"name": "live"}, {"tags_all": [False, True]}, "tags_all"),
    ],
)
def test_values_that_are_known_after_apply_are_named(kind, values, unknown, name):
    source = output(shown(kind, values), key="planned_values", resource_changes=[change(kind, unknown)])
    said = message(source)
    assert said.startswith(f"{kind}.live: {name} is known only after apply")
    assert "state" in said


def test_a_plan_whose_unknown_values_are_not_needed():
    unknown = {"arn": True, "endpoint": True, "id": True, "tags_all": {}}
    source = output(
        shown(CONTAINER, {"name": "live", "tags_all": {"a": "b"}}),
        key="planned_values",
        resource_changes=[change(CONTAINER, unknown), change("aws_s3_bucket", {"name": True})],
    )
    assert from_terraform(source) == [{"name": "live", "tags": {"a": "b"}}]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", ["not valid JSON"]),
        ("null", ["must be an object", "null"]),
        ("[]", ["must be an object", "a list"]),
        (5, ["must be an object", "a number"]),
        ({}, ["neither a state nor a plan", "terraform show -json"]),
        ({"version": 2, "lineage": "a"}, ["state of version 2", "terraform show -json"]),
        ({"format_version": "1.0"}, ["no values", "terraform show -json"]),
        ({"format_version": "2.0"}, ["format_version 2.0", "not supported"]),
        ({"lineage": "a", "encrypted_data": "b"}, ["encrypted", "terraform show -json"]),
        ('{"version": 4, "version": 4}', ["'version' occurs twice"]),
        ('{"a":' * 1_000_000, ["nested too deeply"]),
        ({"version": 4, "resources": {}}, ["resources must be a list"]),
        ({"version": 4, "resources": ["a"]}, ["A resource must be an object"]),
        (state({**stored(CONTAINER, {}), "instances": None}), [f"{CONTAINER}.live: instances must be a list"]),
        (state({**stored(CONTAINER, {}), "instances": ["a"]}), [f"{CONTAINER}.live must be an object"]),
        (state(stored(CONTAINER, None)), [f"{CONTAINER}.live has no attributes", "refresh-only"]),
        (state(stored(CONTAINER, {"name": "a"}, instance={"sensitive_attributes": ["b"]})), ["sensitive_attributes"]),
        (state(stored(CONTAINER, {}, module="module.a", instance={"index_key": 0})), [f"module.a.{CONTAINER}.live[0]"]),
        (state(stored(CONTAINER, {}, instance={"index_key": "k"})), [f'{CONTAINER}.live["k"]: name', "null"]),
        (state(stored(CONTAINER, {"name": "a", "tags": "b"})), ["tags must be an object"]),
        (state(stored(CONTAINER, {"name": "a", "tags": {"b": []}})), ["tag b must be text"]),
        (state(stored(POLICY, {"container_name": "a"})), [f"{POLICY}.live: policy must be a JSON object", "null"]),
        (state(stored(POLICY, {"container_name": "a", "policy": "{"})), [f"{POLICY}.live: policy", "not valid JSON"]),
        ({"format_version": "1.0", "values": []}, ["values must be an object"]),
        ({"format_version": "1.0", "values": {"root_module": {"resources": 5}}}, ["resources must be a list"]),
        ({"format_version": "1.0", "values": {"root_module": {"child_modules": [5]}}}, ["A module must be an object"]),
        ({"format_version": "1.0", "resource_changes": 5}, ["resource_changes must be a list"]),
        (
            output(deferred_changes=[{"reason": "a", "resource_change": change(CONTAINER, {})}]),
            [f"{CONTAINER}.live is deferred", "state"],
        ),
        (output(deferred_changes=["a"]), ["deferred_changes must be an object"]),
        (output(shown(CONTAINER, None)), [f"{CONTAINER}.live must be an object"]),
        (output({**shown(CONTAINER, {}), "address": None}), ["address must be text"]),
        (output(shown(CONTAINER, {"name": "a", "b": [0] * 100_001})), [f"{CONTAINER}.live", "100,000 values"]),
        (
            state(*(stored(CONTAINER, {"name": "a", "arn": arn(n)}, name=n) for n in ("one", "two"))),
            [f"{CONTAINER}.one and {CONTAINER}.two", "container a"],
        ),
        (
            state(*(stored(CONTAINER, {"name": r, "arn": arn(r, r)}, name=r) for r in ("eu-west-1", "us-east-1"))),
            [f"regions eu-west-1 ({CONTAINER}.eu-west-1) and us-east-1 ({CONTAINER}.us-east-1)"],
        ),
        (
            state(*(stored(CONTAINER, {"name": n, "arn": arn(n, account=n * 12)}, name=n) for n in ("1", "2"))),
            ["accounts 111111111111", "222222222222"],
        ),
        (
            state(*(stored(POLICY, {"container_name": "a", "policy": "{}"}, name=n) for n in ("one", "two"))),
            [f"{POLICY}.two", "container a has a policy already"],
        ),
        (
            state(
                *(stored(CONTAINER, {"name": "a", "arn": arn("a")}, name=n) for n in ("one", "two")),
                stored(POLICY, {"container_name": "a", "policy": policy_text("a")}),
            ),
            [f"{POLICY}.live", f"{CONTAINER}.one and {CONTAINER}.two"],
        ),
    ],
)
def test_bad_sources_are_one_sentence(source, words):
    said = message(source)
    assert "\n" not in said
    for word in words:
        assert word in said


def test_modules_that_are_nested_too_deeply():
    module = {}
    for _level in range(200):
        module = {"child_modules": [module]}
    assert "levels of modules" in message({"format_version": "1.0", "values": {"root_module": module}})


def test_a_region_that_is_not_known_is_an_error():
    source = output(shown(CONTAINER, {"name": "live"}), key="planned_values")
    assert f"region of {CONTAINER}.live is not known" in message(source, region="eu-west-1")


def test_an_empty_region_is_none():
    source = state(stored(CONTAINER, {"name": "live", "arn": arn("live")}))
    assert from_terraform(source, region="") == from_terraform(source, region=None) == [{"name": "live"}]
    assert "region must be text, but it is a list" in message(source, region=["eu-west-1"])


def test_a_region_without_containers_is_an_error():
    source = state(stored(CONTAINER, {"name": "live", "arn": arn("live")}))
    assert "No container is in the region eu-west-2: the source has containers in eu-west-1" in message(
        source, region="eu-west-2"
    )


def test_include_sensitive_is_a_boolean():
    assert from_terraform(state(), include_sensitive="true") == []
    assert "include_sensitive must be true or false" in message(state(), include_sensitive="maybe")


def test_large_states_of_other_resources_are_read():
    source = state(stored("aws_s3_bucket", {"a": [0] * 200_000}), stored(CONTAINER, {"name": "live"}))
    assert from_terraform(json.dumps(source)) == [{"name": "live"}]
