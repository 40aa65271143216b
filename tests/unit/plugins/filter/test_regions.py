# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers in regions of every partition, in each source that names a region."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html, and the regions of these partitions.
PARTITIONS = {
    "eu-west-1": "aws",
    "ap-southeast-2": "aws",
    "mx-central-1": "aws",
    "us-gov-west-1": "aws-us-gov",
    "cn-north-1": "aws-cn",
    "cn-northwest-1": "aws-cn",
    "us-iso-east-1": "aws-iso",
    "us-isob-east-1": "aws-iso-b",
    "eusc-de-east-1": "aws-eusc",
}
each_region = pytest.mark.parametrize(("region", "partition"), PARTITIONS.items(), ids=PARTITIONS)
OTHER = "us-west-2"
FILTERS = FilterModule().filters()


def arn(name, region):
    partition = PARTITIONS.get(region, "aws")
    return f"arn:{partition}:mediastore:{region}:123456789012:container/{name}"


def state(name, region):
    attributes = {"name": name, "arn": arn(name, region)}
    instances = {"instances": [{"attributes": attributes}]}
    return {"mode": "managed", "type": "aws_media_store_container", "name": name, **instances}


def resource(name, region):
    outputs = {"name": name, "arn": arn(name, region)}
    kind = "aws:mediastore/container:Container"
    return {"urn": f"urn:pulumi:prod::media::{kind}::{name}", "type": kind, "outputs": outputs}


def manifest(name, region):
    spec = {"forProvider": {"region": region}}
    metadata = {"name": name}
    return {"apiVersion": "mediastore.aws.upbound.io/v1beta1", "kind": "Container", "metadata": metadata, "spec": spec}


# For each source: its content with two containers, by their names and regions.
SOURCES = {
    "state": lambda *known: {"version": 4, "resources": [state(*one) for one in known]},
    "manifests": lambda *known: [manifest(*one) for one in known],
    "stack": lambda *known: {"version": 3, "deployment": {"resources": [resource(*one) for one in known]}},
    "answer": lambda *known: {"Containers": [{"Name": name, "ARN": arn(name, region)} for name, region in known]},
    "rows": lambda *known: [{"name": name, "arn": arn(name, region), "status": "ACTIVE"} for name, region in known],
}


@each_region
@pytest.mark.parametrize("content", SOURCES.values(), ids=SOURCES)
def test_a_region_selects_its_container(content, region, partition):
    files = [{"path": "a", "content": content(("one", region), ("two", OTHER))}]
    assert FILTERS["from_files"](files, region=region)["containers"] == [{"name": "one"}]
    with pytest.raises(AnsibleFilterError, match=f"^The containers are in the regions {region} .* and {OTHER} "):
        FILTERS["from_files"](files)


@each_region
def test_a_policy_names_its_container(region, partition):
    policy = {"Statement": [{"Resource": f"{arn('two', region)}/*"}]}
    answers = [{"Containers": [{"Name": name} for name in ("one", "two")]}, {"Policy": json.dumps(policy)}]
    assert FILTERS["from_aws_cli"](answers) == [{"name": "one"}, {"name": "two", "policy": policy}]


def template(value, **sections):
    tags = [{"Key": "tag", "Value": value}]
    properties = {"ContainerName": "live", "Tags": tags}
    return {"Resources": {"Live": {"Type": "AWS::MediaStore::Container", "Properties": properties}}, **sections}


# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
SUFFIXES = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}


@each_region
@pytest.mark.parametrize("is_nested", [False, True], ids=["template", "nested stack"])
def test_a_template_is_in_the_region_of_its_pseudo_parameters(region, partition, is_nested):
    parameters = {"AWS::Region": region, "AWS::AccountId": "123456789012", "AWS::Partition": partition}

    def resolved(expression):
        source, stacks = template(expression), {}
        if is_nested:
            source, stacks = {"Resources": {"S": {"Type": "AWS::CloudFormation::Stack"}}}, {"S": source}
        [container] = FILTERS["from_cloudformation"](source, parameters, {}, {}, stacks)
        return container["tags"]["tag"]

    assert resolved({"Ref": "AWS::Partition"}) == partition
    assert resolved({"Fn::GetAtt": ["Live", "Arn"]}) == arn("live", region)
    assert resolved({"Fn::Sub": "${Live.Arn}/*"}) == f"{arn('live', region)}/*"
    if partition in SUFFIXES:
        assert resolved({"Fn::Sub": "s3.${AWS::URLSuffix}"}) == f"s3.{SUFFIXES[partition]}"
    else:
        with pytest.raises(AnsibleFilterError, match=r"Ref AWS::URLSuffix has no value: give it in parameters"):
            resolved({"Ref": "AWS::URLSuffix"})
