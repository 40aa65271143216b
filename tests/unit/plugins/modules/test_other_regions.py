# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks in regions of every partition: ARNs, names and locations are those of the region."""

from __future__ import annotations

import json

import pytest

from ansible_collections.elemental.mediastore.tests.unit.partial_s3 import SUB_RESOURCES, PartialS3

# The regions and partitions of botocore's partitions.json.
PARTITIONS = {
    "us-east-1": "aws",
    "us-west-2": "aws",
    "ap-southeast-2": "aws",
    "us-gov-west-1": "aws-us-gov",
    "us-gov-east-1": "aws-us-gov",
    "cn-north-1": "aws-cn",
    "cn-northwest-1": "aws-cn",
    "us-iso-east-1": "aws-iso",
    "us-isob-east-1": "aws-iso-b",
    "eu-isoe-west-1": "aws-iso-e",
    "us-isof-south-1": "aws-iso-f",
    "eusc-de-east-1": "aws-eusc",
}
ACCOUNT = "123456789012"
each_region = pytest.mark.parametrize(("region", "partition"), PARTITIONS.items(), ids=PARTITIONS)


def policy(partition, region, account=ACCOUNT):
    resource = f"arn:{partition}:mediastore:{region}:{account}:container/live/*"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "mediastore:GetObject", "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


@each_region
@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
def test_a_container_with_a_policy(run, region, partition, check):
    """A policy for another partition is refused, also that of a container that does not exist yet."""
    fine = {"name": "live", "policy": policy(partition, region)}
    for other in set(PARTITIONS.values()) - {partition}:
        wrong = {"name": "live", "policy": policy(other, region)}
        refused = run("mediastore_containers", region=region, check=check, containers=[wrong])
        assert f"its partition is '{other}'; it must be '{partition}'" in refused["msg"]
    made = run("mediastore_containers", region=region, check=check, containers=[fine])
    assert (made["changed"], made.get("failed", False)) == (True, False)
    if not check:
        assert made["containers"][0]["container"]["arn"].startswith(f"arn:{partition}:mediastore:{region}:{ACCOUNT}:")
        assert not run("mediastore_containers", region=region, containers=[fine])["changed"]


@each_region
def test_an_account_and_its_root_are_equal_in_the_partition(run, region, partition):
    def allowed(principal):
        [statement] = policy(partition, region)["Statement"]
        return {"Version": "2012-10-17", "Statement": {**statement, "Principal": {"AWS": principal}}}

    run("mediastore_container", region=region, name="live")
    for principal, changed in (
        ("111122223333", True),
        (f"arn:{partition}:iam::111122223333:root", False),
        (f"arn:{'aws' if partition == 'aws-cn' else 'aws-cn'}:iam::111122223333:root", True),
    ):
        result = run("mediastore_container_policy", region=region, name="live", policy=allowed(principal))
        assert result["changed"] is changed


class RecordingS3(PartialS3):
    """A server that keeps the bodies of requests that create buckets."""

    def __init__(self, *implemented):
        super().__init__(*implemented)
        self.created = {}

    def reply(self, method, bucket, query, body):
        """Keep the body, and return the reply."""
        if method == "PUT" and not set(query) & set(SUB_RESOURCES.values()):
            self.created[bucket] = body
        return super().reply(method, bucket, query, body)


@pytest.fixture
def buckets(run):
    """A function that runs the module for one container in a region; the server implements all aspects."""

    def buckets(server, region, check=False, **options):
        containers = options.pop("containers", None) or [{"name": "live", **options.pop("declared", {})}]
        return run(
            "mediastore_s3_buckets",
            check=check,
            endpoint_url=server.url,
            region=region,
            account=ACCOUNT,
            containers=containers,
            **options,
        )

    return buckets


@each_region
def test_a_bucket_is_created_in_the_region(buckets, region, partition):
    """Only the default region of S3 has no constraint."""
    with RecordingS3() as server:
        assert buckets(server, region, bucket="example-new")["changed"]
    location = f"<LocationConstraint>{region}</LocationConstraint>"
    assert (location in server.created["example-new"]) == (region != "us-east-1")
    assert ("LocationConstraint" in server.created["example-new"]) == (region != "us-east-1")


@each_region
@pytest.mark.parametrize("template", ["live-{account}-{region}-an", "live-" + ACCOUNT + "-{region}-an"])
def test_a_name_in_the_namespace_of_the_account(buckets, region, partition, template):
    with RecordingS3() as server:
        made = buckets(server, region, bucket=template)
        assert [one["bucket"] for one in made["containers"]] == [f"live-{ACCOUNT}-{region}-an"]
        # The suffix has 18 characters and the region, the name at most 63.
        left = 63 - len(f"-{ACCOUNT}-{region}-an")
        for length, is_refused in ((left, False), (left + 1, True)):
            name = "n" * length
            result = buckets(server, region, bucket=f"{name}-{ACCOUNT}-{region}-an", check=True)
            assert (f"leaves {left} characters for the name" in result.get("msg", "")) == is_refused
    other = "eu-west-3" if region != "eu-west-3" else "eu-west-1"
    with PartialS3() as server:
        refused = buckets(server, region, bucket=f"live-{ACCOUNT}-{other}-an", check=True)
    assert f"end it with -{ACCOUNT}-{region}-an" in refused["msg"]


@each_region
def test_the_arns_of_a_bucket(buckets, region, partition):
    distribution = f"arn:{partition}:cloudfront::{ACCOUNT}:distribution/EXAMPLE"
    declared = {"policy": policy(partition, region), "bucket": "example-live", "access_logging_enabled": True}
    with PartialS3(*SUB_RESOURCES) as server:
        result = buckets(
            server,
            region,
            check=True,
            declared=declared,
            cloudfront_distribution=distribution,
            log_bucket="example-logs",
        )
    [container] = result["containers"]
    [statement] = container["policy"]["Statement"]
    assert statement["Resource"] == f"arn:{partition}:s3:::example-live/*"
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceArn": distribution}}
    [message] = [one["message"] for one in result["containers"][0]["findings"] if one["code"] == "logging.permission"]
    permission = json.loads(message[message.index("{") :])
    assert permission["Resource"] == f"arn:{partition}:s3:::example-logs/example-live/*"
    assert permission["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:{partition}:s3:::example-live"}


@each_region
@pytest.mark.parametrize("has_policy", [True, False])
def test_the_partition_that_no_arn_names(buckets, region, partition, has_policy):
    """A policy can leave the partition open, and access logging can be declared without a policy."""
    declared = {"bucket": "example-live", "access_logging_enabled": True}
    with PartialS3(*SUB_RESOURCES) as server:
        if has_policy:
            text = json.dumps(policy("PARTITION", region, "*")).replace("arn:PARTITION:", "arn:*:")
            declared["policy"] = json.loads(text)
        result = buckets(server, region, check=True, declared=declared, log_bucket="example-logs", public=True)
    [message] = [one["message"] for one in result["containers"][0]["findings"] if one["code"] == "logging.permission"]
    assert f'"arn:{partition}:s3:::example-logs/example-live/*"' in message
