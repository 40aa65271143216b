# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same container as each version of a tool writes it, from the documentation and the code of the tools."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule

CONTAINER = "aws_media_store_container"
ARN = "arn:aws:mediastore:eu-west-1:123456789012:container/live"
VALUES = {"name": "live", "arn": ARN, "tags": {"a": "b"}, "tags_all": {"a": "b"}}
LIVE = {"name": "live", "tags": {"a": "b"}}
from_files = FilterModule().filters()["from_files"]


def read(content):
    return from_files([{"path": "a", "content": content}])["containers"]


def message(content):
    with pytest.raises(AnsibleFilterError) as caught:
        read(content)
    return str(caught.value)


def state(values=None, **instance):
    resource = {"mode": "managed", "type": CONTAINER, "name": "live"}
    return {
        "version": 4,
        "resources": [{**resource, "instances": [{"attributes": VALUES if values is None else values, **instance}]}],
    }


def shown(version, key="values", **more):
    resource = {"address": f"{CONTAINER}.live", "mode": "managed", "type": CONTAINER, "name": "live", "values": VALUES}
    return {"format_version": version, key: {"root_module": {"resources": [resource]}}, **more}


def configuration(container=None, **more):
    container = VALUES if container is None else container
    known = {name: container[name] for name in container if name in ("name", "tags", "provider")}
    return {"resource": {CONTAINER: {"live": known}}, **more}


def manifest(version="v1beta1", group="mediastore.aws.upbound.io", **spec):
    declared = {"forProvider": {"region": "eu-west-1", "tags": {"a": "b"}}, **spec}
    return {
        "apiVersion": f"{group}/{version}",
        "kind": "Container",
        "metadata": {"name": "live"},
        "spec": declared,
    }


def stack(**resource):
    kind = "aws:mediastore/container:Container"
    outputs = {"name": "live", "arn": ARN, "tags": {"a": "b"}}
    known = {"urn": f"urn:pulumi:prod::media::{kind}::live", "type": kind, "outputs": outputs, **resource}
    return {"manifest": {}, "resources": [known]}


DESCRIPTION = {"Name": "live", "ARN": ARN, "Status": "ACTIVE"}
ROW = {"name": "live", "title": "live", "arn": ARN, "status": "ACTIVE", "tags": {"a": "b"}}
PROPERTIES = {"ContainerName": "live", "Tags": [{"Key": "a", "Value": "b"}]}
TEMPLATE = {"Resources": {"Live": {"Type": "AWS::MediaStore::Container", "Properties": PROPERTIES}}}

FORMS = {
    # Terraform's internal/states/statefile/version4.go: empty members are omitted, OpenTofu writes null.
    "state": state(),
    "state, no sensitive attributes": state(sensitive_attributes=[]),
    "state, null sensitive attributes": state(sensitive_attributes=None),
    "state, checks": {**state(), "terraform_version": "1.13.0", "check_results": None, "lineage": "a"},
    "state, an index of a count": state(index_key=0),
    "state, an empty index": state(index_key=""),
    # https://developer.hashicorp.com/terraform/internals/json-format: a new minor version only adds.
    **{f"show {version}": shown(version) for version in ("0.1", "0.2", "1.0", "1.2", "1.9", "1.10", "1.12")},
    **{f"plan {version}": shown(version, "planned_values") for version in ("0.1", "1.0", "1.2", "1.10")},
    "plan with the state before": shown("1.2", "planned_values", prior_state={"values": {}}, complete=True),
    # https://developer.hashicorp.com/terraform/language/syntax/json: one block, or a list of blocks.
    "configuration, one provider": configuration(provider={"aws": {"region": "eu-west-1"}}),
    "configuration, providers": configuration(provider={"aws": [{"region": "eu-west-1"}]}),
    "configuration, 0.11": configuration({**VALUES, "provider": "aws"}),
    "configuration, interpolation": configuration({**VALUES, "provider": "${aws}"}, provider={"aws": [{}]}),
    # The versions and groups of provider-upjet-aws, and lists as kubectl prints and the API server returns them.
    **{f"manifest {version}": manifest(version) for version in ("v1alpha1", "v1beta1", "v1beta2", "v1")},
    "manifest with a namespace": manifest(group="mediastore.aws.m.upbound.io"),
    "list of manifests": {"apiVersion": "v1", "kind": "List", "items": [manifest()]},
    "list of a kind": {
        "apiVersion": "mediastore.aws.upbound.io/v1beta1",
        "kind": "ContainerList",
        "items": [manifest()],
    },
    "manifest in YAML": yaml.safe_dump(manifest()),
    "manifests in YAML": f"---\n{yaml.safe_dump(manifest())}---\n",
    # forProvider wins over initProvider: https://docs.crossplane.io/latest/managed-resources/managed-resources/
    "manifest with both": manifest(initProvider={"tags": {"a": "first"}}),
    "manifest of the first value": manifest(forProvider={"region": "eu-west-1"}, initProvider={"tags": {"a": "b"}}),
    # Versions of the deployment in Pulumi's sdk/go/common/apitype/core.go, and the file of a backend.
    **{f"stack {version}": {"version": version, "deployment": stack()} for version in (1, 2, 3, 4)},
    "stack of a backend": {"version": 3, "checkpoint": {"stack": "prod", "latest": stack()}},
    "stack, null inputs": {"version": 3, "deployment": stack(inputs=None, additionalSecretOutputs=None)},
    "stack, pending operations": {"version": 3, "deployment": {**stack(), "pending_operations": None}},
    # AWS CLI 1 prints times as numbers, AWS CLI 2 as text.
    "cloud control": {"ResourceDescription": {"Identifier": "live", "Properties": json.dumps(PROPERTIES)}},
    "cloud control, an object": {"ResourceDescription": {"Identifier": "live", "Properties": PROPERTIES}},
    # Steampipe 0.24 prints an object, see https://steampipe.io/changelog.
    "rows": [ROW],
    "rows and columns": {"columns": [{"name": "name"}], "rows": [ROW]},
    "row without a name": [{name: value for name, value in ROW.items() if name != "name"}],
    "row with another title": [{**ROW, "title": "Live"}],
    "template": TEMPLATE,
    "template with a version": {"AWSTemplateFormatVersion": "2010-09-09", **TEMPLATE},
    "template in an answer": {"TemplateBody": TEMPLATE, "StagesAvailable": ["Original"]},
    "template as text in an answer": {"TemplateBody": json.dumps(TEMPLATE), "ResponseMetadata": {}},
    "template in YAML": yaml.safe_dump(TEMPLATE),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_all_forms_declare_the_same_container(content):
    assert read(content) == [LIVE]
    if not isinstance(content, str):
        assert read(json.dumps(content)) == [LIVE]


ANSWERS = {
    "AWS CLI 1": {"CreationTime": 1714557600.0},
    "AWS CLI 2": {"CreationTime": "2024-05-01T10:00:00+00:00"},
    "a new member": {"Tier": "STANDARD"},
    "no optional member": {},
}


@pytest.mark.parametrize("more", ANSWERS.values(), ids=ANSWERS)
def test_all_answers_describe_the_same_container(more):
    for answer in ({"Container": {**DESCRIPTION, **more}}, {"Containers": [{**DESCRIPTION, **more}]}):
        assert read(answer) == read(json.dumps(answer)) == read(yaml.safe_dump(answer)) == [{"name": "live"}]


EMPTY = {
    "state": {"version": 4, "resources": []},
    "state of version 3": {"version": 3, "modules": []},
    "show without resources": {"format_version": "1.0", "values": {"root_module": {}}},
    "show without a module": {"format_version": "1.0", "values": {}},
    "stack": {"version": 3, "deployment": {"resources": None}},
    "containers": {"Containers": []},
    "null containers": {"Containers": None},
    "resources": {"ResourceDescriptions": []},
    "null resources": {"ResourceDescriptions": None},
    "rows": {"columns": [], "rows": []},
    "template": {"Resources": {}},
}


@pytest.mark.parametrize("content", EMPTY.values(), ids=EMPTY)
def test_all_forms_without_containers(content):
    assert read(content) == []


@pytest.mark.parametrize("version", ["1", "2.0", "10.0", "1.", "1.x", ".1", "-1.0"])
def test_other_versions_of_the_format_are_refused(version):
    assert f"The format_version {version} is not supported" in message(shown(version))


@pytest.mark.parametrize("version", [1, 2, 5, 44])
def test_other_versions_of_states_are_refused(version):
    assert f"a state of version {version}, but only versions 3 and 4" in message(
        {"version": version, "lineage": "a", "resources": []}
    )


CODES = {
    "AWS CLI": "An error occurred ({}) when calling the GetCorsPolicy operation: none",
    "AWS CLI 2": "aws: [ERROR]: An error occurred ({}) when calling the GetCorsPolicy operation: none",
    "AWS CLI as JSON": '{{"Code": "{}", "Message": "none"}}',
    "Python": '{{"Error": {{"Code": "{}", "Message": "none"}}, "ResponseMetadata": {{}}}}',
    "JavaScript": '{{"name": "{}", "$fault": "client", "$metadata": {{}}, "message": "none"}}',
    "the service": '{{"__type": "{}", "Message": "none"}}',
    "the service with a name space": '{{"__type": "com.amazonaws.mediastore#{}"}}',
    "Go": "operation error MediaStore: GetCorsPolicy, https response error StatusCode: 404, {}: none",
}


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        *(
            (f"{what}NotFoundException", ", so the configuration does not exist: remove it")
            for what in ("Policy", "CorsPolicy", "Container", "Resource")
        ),
        ("AccessDeniedException", " and not an answer: run the command again, or remove it"),
        ("ThrottlingException", " and not an answer: run the command again, or remove it"),
    ],
)
def test_all_forms_of_an_error_are_named(code, advice):
    for tool, form in CODES.items():
        assert message(form.format(code)).endswith(f" is the error {code}{advice}"), tool


@pytest.mark.parametrize("index", [0, 1, "", "key", "0"])
def test_the_index_of_an_instance_is_in_its_address(index):
    shown_index = f'["{index}"]' if isinstance(index, str) else f"[{index}]"
    assert message(state({"name": []}, index_key=index)).startswith(f"a: {CONTAINER}.live{shown_index}: name must be")


@pytest.mark.parametrize(
    ("values", "region"),
    [
        ({**VALUES, "region": "us-east-1"}, "us-east-1"),
        ({**VALUES, "region": None}, "eu-west-1"),
        (VALUES, "eu-west-1"),
    ],
)
def test_the_region_of_a_resource_wins_over_that_of_its_arn(values, region):
    """A region is in each resource since version 6 of the provider, and an ARN can be that of a replaced object."""
    files = [{"path": "a", "content": state(values)}]
    assert from_files(files, region=region)["containers"] == [LIVE]
    with pytest.raises(AnsibleFilterError, match=f"^No container is in the region us-west-2: .* in {region} "):
        from_files(files, region="us-west-2")
