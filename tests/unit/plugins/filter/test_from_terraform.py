# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""from_terraform: containers of state files, and of states and plans as `terraform show -json` writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
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


@pytest.mark.parametrize(
    ("kind", "values", "unknown", "name"),
    [
        (POLICY, {"container_name": "live"}, {"policy": True, "id": True}, "policy"),
        (POLICY, {"policy": "{}"}, {"container_name": True}, "container_name"),
        (CONTAINER, {}, {"name": True}, "name"),
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
