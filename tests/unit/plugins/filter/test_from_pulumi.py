# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""from_pulumi: containers of stacks, in the types of Pulumi's sdk/go/common/apitype/core.go."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule

CONTAINER = "aws:mediastore/container:Container"
POLICY = "aws:mediastore/containerPolicy:ContainerPolicy"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
from_pulumi = FilterModule().filters()["from_pulumi"]


def arn(name, region="eu-west-1"):
    return f"arn:aws:mediastore:{region}:123456789012:container/{name}"


def urn(kind, name="live"):
    return f"urn:pulumi:prod::media::{kind}::{name}"


def resource(kind, outputs, name="live", **more):
    return {"urn": urn(kind, name), "custom": True, "id": name, "type": kind, "inputs": {}, "outputs": outputs, **more}


def stack(*resources, **more):
    return {"version": 3, "deployment": {"manifest": {}, "resources": list(resources), **more}}


def secret(value):
    return {SIGNATURE: SECRET, "plaintext": json.dumps(value)}


ENCRYPTED = {SIGNATURE: SECRET, "ciphertext": "v1:vxrvEyXPojSBgyCZ:4z"}


def message(source, **options):
    with pytest.raises(AnsibleFilterError) as caught:
        from_pulumi(source, **options)
    return str(caught.value)


DOCUMENT = {"Statement": [{"Resource": f"{arn('live')}/*"}]}
LIVE = resource(CONTAINER, {"name": "live", "arn": arn("live"), "tags": {"a": "b"}, "tagsAll": {"a": "b", "c": "d"}})
OF_LIVE = resource(POLICY, {"containerName": "live", "policy": json.dumps(DOCUMENT)})
EXPECTED = [{"name": "live", "tags": {"a": "b", "c": "d"}, "policy": DOCUMENT}]


def test_containers_and_policies_of_a_stack():
    other = {"urn": urn("pulumi:pulumi:Stack"), "custom": False, "type": "pulumi:pulumi:Stack"}
    source = stack(other, LIVE, OF_LIVE, resource("aws:s3/bucket:Bucket", {"tags": secret({"a": "b"})}))
    assert from_pulumi(source) == EXPECTED
    assert from_pulumi(json.dumps(source)) == EXPECTED


def test_the_file_of_a_backend():
    latest = stack(LIVE, OF_LIVE)["deployment"]
    assert from_pulumi({"version": 3, "checkpoint": {"stack": "prod", "latest": latest}}) == EXPECTED


def test_resources_that_are_read_or_to_be_deleted_are_ignored():
    assert from_pulumi(stack({**LIVE, "delete": True}, {**LIVE, "external": True})) == []
    assert from_pulumi(stack()) == []


def test_a_region_selects_containers():
    other = resource(CONTAINER, {"name": "other", "arn": arn("other", "us-east-1"), "tags": None}, "other")
    assert from_pulumi(stack(LIVE, other, OF_LIVE), region="us-east-1") == [{"name": "other"}]
    assert "regions eu-west-1" in message(stack(LIVE, other))


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"outputs": {**LIVE["outputs"], "tagsAll": secret({"a": "b", "c": "d"})}}, "tagsAll"),
        ({"outputs": {**LIVE["outputs"], "tagsAll": {"a": secret("b"), "c": "d"}}}, "tagsAll"),
        ({"outputs": {**LIVE["outputs"], "tags": {"a": secret("b")}}}, "tagsAll"),
        ({"inputs": {"tags": {"a": secret("b")}}}, "tagsAll"),
        ({"outputs": {**LIVE["outputs"], "name": secret("live")}}, "name"),
        ({"additionalSecretOutputs": ["tags"]}, "tagsAll"),
    ],
)
def test_secrets_are_refused_unless_included(changed, name):
    source = stack({**LIVE, **changed}, OF_LIVE)
    said = message(source)
    assert said.startswith(f"{urn(CONTAINER)}: {name} is sensitive: use include_sensitive=true")
    assert from_pulumi(source, include_sensitive=True) == EXPECTED


@pytest.mark.parametrize("include_sensitive", [True, False])
@pytest.mark.parametrize("value", [ENCRYPTED, {"Id": ENCRYPTED}])
def test_encrypted_secrets_are_refused(value, include_sensitive):
    source = stack(LIVE, resource(POLICY, {"containerName": "live", "policy": value}))
    said = message(source, include_sensitive=include_sensitive)
    assert said.startswith(f"{urn(POLICY)}: policy is an encrypted secret")
    assert "--show-secrets" in said


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", ["not valid JSON"]),
        ([], ["must be an object, but it is a list", "pulumi stack export"]),
        ({}, ["not an exported stack of Pulumi", "pulumi stack export"]),
        ({"config": {}, "steps": []}, ["not an exported stack of Pulumi"]),
        ({"version": 3, "deployment": None}, ["no deployment", "pulumi up"]),
        ({"version": 3, "checkpoint": {"stack": "prod"}}, ["no deployment"]),
        (stack(pending_operations=[{"resource": LIVE, "type": "creating"}]), [urn(CONTAINER), "pulumi refresh"]),
        (stack({**LIVE, "outputs": None}), [f"{urn(CONTAINER)}: outputs must be an object"]),
        (stack(resource(CONTAINER, {"name": 10**50})), [f"{urn(CONTAINER)}, name is a number of more than 40 digits"]),
        (stack(resource(CONTAINER, {"name": ["a"]})), [f"{urn(CONTAINER)}: name must be text, but it is a list"]),
        (stack(resource(CONTAINER, {"name": "\ud800"})), [f"{urn(CONTAINER)}, name contains a surrogate"]),
        (
            stack(resource(CONTAINER, {"name": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"})),
            [f"{urn(CONTAINER)}: name is known only after an update", "pulumi up"],
        ),
        (stack(["a"]), ["A resource must be an object"]),
        (
            stack({**LIVE, "pendingReplacement": True}),
            [f"{urn(CONTAINER)} is deleted until it is replaced", "pulumi up"],
        ),
        (stack({**LIVE, "additionalSecretOutputs": 5}), ["additionalSecretOutputs must be a list, but it is a number"]),
        (stack({**LIVE, "additionalSecretOutputs": "xnamex"}), ["additionalSecretOutputs must be a list"]),
        (stack(resource(POLICY, {"containerName": ["a"]})), [f"{urn(POLICY)}: containerName must be text"]),
        ({"version": 4, "resources": [], "lineage": "a"}, ["a Terraform state of version 4", "from_terraform"]),
    ],
)
def test_bad_stacks_are_one_sentence(source, words):
    said = message(source)
    assert "\n" not in said
    for word in words:
        assert word in said


def test_secrets_are_not_printed():
    repeated = {SIGNATURE: SECRET, "plaintext": '{"secret-word": 1, "secret-word": 2}'}
    source = stack(resource(POLICY, {"containerName": "a", "policy": repeated}))
    assert "secret-word" not in message(source)
    assert "secret-word" not in message(source, include_sensitive=True)
    source = stack(resource(POLICY, {"containerName": "a", "policy": secret("secret-word")}))
    assert "secret-word" not in message(source)
    assert "secret-word" not in message(source, include_sensitive=True)
