# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers and buckets in the partitions beside the commercial one: ARNs, policies and refusals."""

from __future__ import annotations

import json

import pytest

ACCOUNT = "123456789012"


@pytest.fixture(params=[("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")], ids=lambda pair: pair[1])
def place(request):
    """A region, and its partition."""
    return request.param


def policy(effect, action, resource, principal="*"):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource},
        }
    )


def test_a_container(connect, refusal, place):
    region, partition = place
    client = connect(region=region)
    arn = client.create_container(ContainerName="movies")["Container"]["ARN"]
    assert arn == f"arn:{partition}:mediastore:{region}:{ACCOUNT}:container/movies"
    endpoint = client.describe_container(ContainerName="movies")["Container"]["Endpoint"]
    media = connect("mediastore-data", region=region, endpoint=endpoint)
    root = {"AWS": f"arn:{partition}:iam::{ACCOUNT}:root"}

    client.put_container_policy(ContainerName="movies", Policy=policy("Deny", "mediastore:GetObject", f"{arn}/*", root))
    code, status, message = refusal(media.get_object, Path="a.ts")
    assert (code, status) == ("AccessDenied", 403)
    assert message.startswith(f"{root['AWS']} cannot perform mediastore:GetObject on {arn}/a.ts because ")
    assert media.list_items()["Items"] == []

    client.tag_resource(Resource=arn, Tags=[{"Key": "channel", "Value": "news"}])
    assert client.list_tags_for_resource(Resource=arn)["Tags"] == [{"Key": "channel", "Value": "news"}]
    of_another = policy("Deny", "mediastore:GetObject", f"{arn}/*".replace(partition, "aws", 1))
    code, _status, message = refusal(client.put_container_policy, ContainerName="movies", Policy=of_another)
    assert code == "ValidationException"
    assert arn in message


def test_a_bucket(s3, connect, refusal, place):
    region, partition = place
    client = connect("s3", region=region)
    client.create_bucket(Bucket="films", CreateBucketConfiguration={"LocationConstraint": region})
    arn, root = f"arn:{partition}:s3:::films", f"arn:{partition}:iam::{ACCOUNT}:root"

    client.put_bucket_policy(Bucket="films", Policy=policy("Allow", "s3:GetObject", f"{arn}/*", {"AWS": root}))
    of_another = policy("Allow", "s3:GetObject", "arn:aws:s3:::films/*", {"AWS": root})
    assert refusal(client.put_bucket_policy, Bucket="films", Policy=of_another)[0] == "MalformedPolicy"

    client.put_bucket_policy(Bucket="films", Policy=policy("Deny", "s3:*", arn))
    code, status, message = refusal(client.get_bucket_cors, Bucket="films")
    assert (code, status) == ("AccessDenied", 403)
    assert f"User: {root} is not authorized to perform: s3:GetBucketCORS on resource: {arn}" in message
    # The root user of the account that owns the bucket manages its policy nevertheless.
    client.delete_bucket_policy(Bucket="films")
    assert refusal(client.get_bucket_cors, Bucket="films")[0] == "NoSuchCORSConfiguration"


def test_questions_about_a_container(emulator, connect, place):
    region, partition = place
    connect(region=region).create_container(ContainerName="movies")
    principals = [f"arn:{name}:iam::{ACCOUNT}:root" for name in (partition, "aws")]
    question = {"container": "movies", "action": "mediastore:GetObject", "resource": "a.ts", "identity": []}
    context = {"aws:SecureTransport": "true"}
    answers = emulator.decisions(*({**question, "principal": name, "context": context} for name in principals))
    # The default policy names the root user in the partition of the container.
    assert [found["decision"] for found in answers] == ["Allowed", "ImplicitlyDenied"]
