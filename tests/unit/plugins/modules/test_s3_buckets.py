# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module for buckets: requests, findings, and every fault at every operation."""

from __future__ import annotations

import contextlib
import json

import pytest
from botocore.exceptions import ClientError
from moto.s3control.models import s3control_backends

from ansible_collections.elemental.mediastore.plugins.module_utils._s3 import api, runner
from ansible_collections.elemental.mediastore.tests.unit import samples

DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["mediastore:GetObject", "mediastore:DescribeObject"],
            "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/example-live/*",
        }
    ],
}
LIFECYCLE = samples.lifecycle([{"prefix": "old/"}], ("days", ">=", 30))
TRANSIENT = samples.lifecycle([{"wildcard": "live/*"}], ("seconds", ">", 60))
METRICS = {
    "container_level_metrics": True,
    "rules": [{"object_group": "sports/*", "object_group_name": "sports"}],
}
RULES = [{"allowed_origins": ["https://a.example"], "allowed_methods": ["GET"]}]
# Each aspect with its operations: read, write, removal.
ASPECTS = [
    pytest.param(
        {"policy": POLICY},
        ["GetPublicAccessBlock", "GetBucketPolicy"],
        ["PutPublicAccessBlock", "PutBucketPolicy"],
        ({"policy": {}}, ["DeleteBucketPolicy"]),
        id="policy",
    ),
    pytest.param(
        {"tags": {"a": "1"}},
        ["GetBucketTagging"],
        ["PutBucketTagging"],
        ({"tags": {}}, ["DeleteBucketTagging"]),
        id="tags",
    ),
    pytest.param(
        {"cors_policy": RULES},
        ["GetBucketCors"],
        ["PutBucketCors"],
        ({"cors_policy": []}, ["DeleteBucketCors"]),
        id="cors",
    ),
    pytest.param(
        {"lifecycle_policy": LIFECYCLE},
        ["GetBucketLifecycleConfiguration"],
        ["PutBucketLifecycleConfiguration"],
        ({"lifecycle_policy": {}}, ["DeleteBucketLifecycle"]),
        id="lifecycle",
    ),
    pytest.param(
        {"metric_policy": METRICS},
        ["ListBucketMetricsConfigurations"],
        ["PutBucketMetricsConfiguration"] * 2,
        ({"metric_policy": {}}, ["DeleteBucketMetricsConfiguration"] * 2),
        id="metrics",
    ),
    pytest.param(
        {"access_logging_enabled": True},
        ["GetBucketLogging"],
        ["PutBucketLogging"],
        ({"access_logging_enabled": False}, ["PutBucketLogging"]),
        id="logging",
    ),
    pytest.param({}, ["HeadBucket"], [], ({}, []), id="bucket"),
]
EVERYTHING = {
    "policy": POLICY,
    "tags": {"a": "1"},
    "cors_policy": RULES,
    "lifecycle_policy": LIFECYCLE,
    "metric_policy": METRICS,
    "access_logging_enabled": True,
}


@pytest.fixture
def buckets(run, emulator, s3):
    """A function that runs the module for one container, and a log bucket that it can use."""
    s3.create_bucket(Bucket="example-logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::example-logs/*",
    }
    s3.put_bucket_policy(Bucket="example-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    emulator.clear_requests()
    choices = {"cloudfront_distribution": DISTRIBUTION, "log_bucket": "example-logs"}

    def buckets(aspects=None, check=False, diff=False, **options):
        containers = options.pop("containers", [{"name": "example-live", **(aspects or {})}])
        return run("mediastore_s3_buckets", containers=containers, check=check, diff=diff, **{**choices, **options})

    return buckets


@pytest.fixture
def at_aws(monkeypatch):
    """The emulator in place of AWS's endpoint, which needs no proof that it implements an aspect."""
    monkeypatch.setattr(api, "is_of_aws", lambda client: True)


@pytest.fixture
def sent(emulator):
    """A function that returns the operations of S3 since it was last called."""

    def sent():
        operations = [request["operation"] for request in emulator.requests() if request["service"] == "s3"]
        emulator.clear_requests()
        return operations

    return sent


@pytest.mark.usefixtures("at_aws")
@pytest.mark.parametrize(("aspects", "reads", "writes", "removal"), ASPECTS)
def test_requests_of_one_aspect(buckets, sent, aspects, reads, writes, removal):
    predicted = buckets(aspects, check=True, diff=True)
    assert (predicted["changed"], sent()) == (True, reads[:1])
    made = buckets(aspects, diff=True)
    assert (made["containers"][0]["action"], sent()) == ("created", [*reads[:1], "CreateBucket", *writes])
    assert made["diff"] == predicted["diff"]
    for check in (True, False):
        assert (buckets(aspects, check=check)["changed"], sent()) == (False, reads)
    empty, deletions = removal
    predicted = buckets(empty, check=True, diff=True)
    assert (predicted["changed"], sent()) == (bool(deletions), reads)
    removed = buckets(empty, diff=True)
    assert (removed["changed"], sent()) == (bool(deletions), [*reads, *deletions])
    assert removed.get("diff") == predicted.get("diff")
    assert (buckets(empty)["changed"], sent()) == (False, reads)


def test_changes_name_what_differs(buckets):
    """In check mode as in the run, and then nothing."""
    made = buckets(EVERYTHING)["containers"][0]
    assert made["changes"] == [
        "created",
        "Block Public Access settings added",
        "policy added",
        "tags: a",
        "CORS configuration added",
        "lifecycle configuration added",
        "server access logging added",
        "metrics configuration EntireBucket added",
        "metrics configuration sports added",
    ]
    changed = {**EVERYTHING, "tags": {"a": "2"}, "cors_policy": []}
    for check in (True, False):
        assert buckets(changed, check=check)["containers"][0]["changes"] == ["tags: a", "CORS configuration removed"]
    assert buckets(changed)["containers"][0]["changes"] == []


@pytest.mark.usefixtures("at_aws")
def test_requests_of_a_bucket_with_everything(buckets, sent):
    buckets(EVERYTHING)
    assert sent() == [
        "GetPublicAccessBlock",
        "CreateBucket",
        "PutPublicAccessBlock",
        "PutBucketPolicy",
        "PutBucketTagging",
        "PutBucketCors",
        "PutBucketLifecycleConfiguration",
        "PutBucketMetricsConfiguration",
        "PutBucketMetricsConfiguration",
        "PutBucketLogging",
    ]
    assert not buckets(EVERYTHING)["changed"]
    assert len(sent()) == 7


def test_requests_of_new_buckets_elsewhere(buckets, sent):
    """The first write of each aspect follows a read; every bucket that is read is a proof for all of them."""
    buckets(
        containers=[{"name": name, **EVERYTHING, "policy": {}} for name in ("example-a", "example-b")],
        max_concurrency=1,
    )
    assert sent() == [
        "GetPublicAccessBlock",
        "CreateBucket",
        *("GetPublicAccessBlock", "PutPublicAccessBlock"),
        *("GetBucketTagging", "PutBucketTagging"),
        *("GetBucketCors", "PutBucketCors"),
        *("GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration"),
        *("ListBucketMetricsConfigurations", "PutBucketMetricsConfiguration", "PutBucketMetricsConfiguration"),
        *("GetBucketLogging", "PutBucketLogging"),
        "GetPublicAccessBlock",
        "CreateBucket",
        "PutPublicAccessBlock",
        "PutBucketTagging",
        "PutBucketCors",
        "PutBucketLifecycleConfiguration",
        *("PutBucketMetricsConfiguration", "PutBucketMetricsConfiguration"),
        "PutBucketLogging",
    ]


@pytest.mark.parametrize("check", [False, True])
def test_the_account_is_asked_for_once(buckets, calls, check):
    calls()
    buckets(containers=[{"name": "example-a"}, {"name": "example-b"}], check=check)
    assert calls().names.count("GetCallerIdentity") == 1


@pytest.mark.parametrize("check", [False, True])
def test_what_is_impossible_fails_before_the_first_request(buckets, emulator, check):
    refused = buckets({"lifecycle_policy": TRANSIENT}, check=check)
    assert refused["failed"] is True
    assert refused["changed"] is False
    [result] = refused["containers"]
    assert [finding["code"] for finding in result["findings"] if finding["level"] == "impossible"] == [
        "lifecycle.seconds"
    ]
    assert "lifecycle rule 1" in refused["msg"]
    assert "add to accept: lifecycle.seconds" in refused["msg"]
    assert emulator.requests() == []
    accepted = buckets({"lifecycle_policy": TRANSIENT}, check=check, accept=["lifecycle.seconds"])
    assert accepted["containers"][0]["lifecycle"] is None


def test_code_that_is_not_impossible_cannot_be_accepted(buckets):
    assert "lifecycle.more_than" in buckets({}, accept=["lifecycle.more_than"])["msg"]


def test_two_containers_with_one_bucket_are_refused(buckets, emulator):
    refused = buckets(containers=[{"name": "a_1", "bucket": "example-a"}, {"name": "a_2", "bucket": "example-a"}])
    assert "a_1 and a_2" in refused["msg"]
    assert emulator.requests() == []


def test_name_that_is_no_bucket_name_needs_a_bucket(buckets, emulator):
    assert (
        "Live_1: set bucket, because Live_1 is not a valid bucket name"
        in buckets(containers=[{"name": "Live_1"}])["msg"]
    )
    assert emulator.requests() == []


def test_absent_container_is_left_alone(buckets, emulator):
    [result] = (done := buckets(containers=[{"name": "Live_1", "state": "absent"}]))["containers"]
    assert (done["changed"], result["bucket"], result["action"]) == (False, None, "unchanged")
    assert [finding["code"] for finding in result["findings"]] == ["container.absent"]
    assert emulator.requests() == []


def test_choices_of_a_container_win_over_those_of_the_task(buckets):
    mine = "arn:aws:cloudfront::123456789012:distribution/MINE"
    [one, other] = buckets(
        containers=[
            {"name": "example-live", "policy": POLICY, "cloudfront_distribution": mine, "missing_objects": 404},
            {"name": "example-other", "access_logging_enabled": True, "log_prefix": "other/"},
        ]
    )["containers"]
    assert one["policy"]["Statement"][0]["Condition"] == {"StringEquals": {"AWS:SourceArn": mine}}
    assert one["policy"]["Statement"][1]["Action"] == "s3:ListBucket"
    assert other["logging"] == {"TargetBucket": "example-logs", "TargetPrefix": "other/"}


def test_warnings_are_given_once_for_each_code(buckets, monkeypatch):
    warned = []
    monkeypatch.setattr(runner, "warn", warned.append)
    buckets(containers=[{"name": name, "lifecycle_policy": LIFECYCLE} for name in ("example-a", "example-b")])
    assert [warning for warning in warned if "lifecycle.age" in warning] == [
        (
            "Container example-a: Object age restarts when an object is copied, so lifecycle rules count from the time"
            " of the copy. (lifecycle.age) 1 more finding is of this kind."
        )
    ]


def test_bucket_of_another_account_is_not_touched(buckets, emulator, sent, other_account):
    other_account.create_bucket(Bucket="example-live")
    failed = buckets({"tags": {"a": "1"}})
    assert failed["changed"] is False
    assert "does not belong to account 123456789012" in failed["msg"]
    assert other_account.get_bucket_location(Bucket="example-live")["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_public_policy_needs_the_option(buckets, sent):
    [result] = buckets({"policy": POLICY}, cloudfront_distribution=None, public=True)["containers"]
    assert result["public_access_block"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
    assert result["policy"]["Statement"][0]["Principal"] == "*"


def test_public_policy_that_the_account_blocks(buckets, s3):
    """In S3, the settings of the account apply to all of its buckets."""
    blocked = {"BlockPublicPolicy": True}
    s3control_backends["123456789012"]["aws"].put_public_access_block("123456789012", blocked)
    failed = buckets({"policy": POLICY}, cloudfront_distribution=None, public=True)
    assert "account 123456789012 or its organization blocks public policies; allow them there" in failed["msg"]
    assert "does not belong to account" not in failed["msg"]


@pytest.mark.parametrize("check", [True, False])
def test_tags_are_not_purged(buckets, s3, check):
    buckets({"tags": {"a": "1"}})
    result = buckets({"tags": {}, "purge_tags": False}, check=check)
    assert (result["changed"], result["containers"][0]["tags"]) == (False, {"a": "1"})
    assert s3.get_bucket_tagging(Bucket="example-live")["TagSet"] == [{"Key": "a", "Value": "1"}]


def test_a_container_that_is_public_does_not_take_the_distribution_for_all(buckets):
    [result] = buckets({"policy": POLICY, "public": True})["containers"]
    assert result["policy"]["Statement"][0]["Principal"] == "*"
    other = "arn:aws:cloudfront::123456789012:distribution/OTHER"
    [result] = buckets({"policy": POLICY, "public": True, "cloudfront_distribution": other})["containers"]
    assert result["policy"]["Statement"][0]["Condition"] == {"StringEquals": {"AWS:SourceArn": other}}


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        ({"cloudfront_distribution": "nope"}, "cloudfront_distribution 'nope' is not the ARN"),
        ({"log_bucket": "No"}, "log_bucket 'No' is not a valid bucket name: it contains 'N'"),
        ({"expose_headers": ["*"]}, "expose_headers contains '*'"),
    ],
)
def test_a_choice_of_a_container_that_is_refused_names_the_container(buckets, emulator, choice, problem):
    failed = buckets(containers=[{"name": "example-live"}, {"name": "example-other", **choice}])
    assert failed["msg"].startswith(f"Container example-other: {problem}")
    assert buckets({}, **choice)["msg"].startswith(problem)
    assert emulator.requests() == []


def test_a_log_bucket_that_does_not_exist(buckets):
    failed = buckets({"access_logging_enabled": True}, log_bucket="example-nothing")
    assert (
        "example-nothing must be a bucket of account 123456789012 in us-east-1 whose policy has the statement of the"
        " finding logging.permission" in failed["msg"]
    )


def test_buckets_that_were_not_started_say_so(buckets, emulator):
    emulator.faults({"operation": "GetBucketTagging", "kind": "expired_token", "count": None})
    containers = [{"name": name, "tags": {}} for name in ("example-live", "example-other")]
    failed = buckets(containers=containers, max_concurrency=1)
    emulator.faults()
    assert [one["action"] for one in failed["containers"]] == ["failed", "not_started"]


CHANGED = {
    "policy": {**POLICY, "Id": "other"},
    "tags": {"b": "2"},
    "cors_policy": [],
    "lifecycle_policy": {},
    "metric_policy": {"container_level_metrics": False, "rules": [{"object_group": "*", "object_group_name": "news"}]},
    "access_logging_enabled": False,
}
OF_A_NEW_BUCKET = [
    "CreateBucket",
    "PutPublicAccessBlock",
    "PutBucketPolicy",
    "PutBucketTagging",
    "PutBucketCors",
    "PutBucketLifecycleConfiguration",
    "PutBucketMetricsConfiguration",
    "PutBucketLogging",
]
OF_AN_OLD_BUCKET = [
    "GetPublicAccessBlock",
    "GetBucketPolicy",
    "GetBucketTagging",
    "GetBucketCors",
    "GetBucketLifecycleConfiguration",
    "ListBucketMetricsConfigurations",
    "GetBucketLogging",
    "PutBucketPolicy",
    "PutBucketTagging",
    "DeleteBucketCors",
    "DeleteBucketLifecycle",
    "PutBucketMetricsConfiguration",
    "DeleteBucketMetricsConfiguration",
    "PutBucketLogging",
]
CASES = [
    *[pytest.param(None, EVERYTHING, "created", operation, id=f"new-{operation}") for operation in OF_A_NEW_BUCKET],
    *[pytest.param(EVERYTHING, CHANGED, "changed", operation, id=f"old-{operation}") for operation in OF_AN_OLD_BUCKET],
]
TRANSIENT_FAULTS = ["throttled", "internal_error", "in_use", "cut_before", "cut_after", "slow", "malformed"]


def stored(s3):
    """Return everything that the bucket has, None if it does not exist."""
    if "example-live" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        return None
    state = {}
    for operation in (
        "get_public_access_block",
        "get_bucket_policy",
        "get_bucket_tagging",
        "get_bucket_cors",
        "get_bucket_lifecycle_configuration",
        "list_bucket_metrics_configurations",
        "get_bucket_logging",
    ):
        with contextlib.suppress(ClientError):
            state[operation] = getattr(s3, operation)(Bucket="example-live")
            del state[operation]["ResponseMetadata"]
    return state


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("kind", TRANSIENT_FAULTS)
@pytest.mark.parametrize(("before", "after", "action", "operation"), CASES)
def test_a_fault_that_passes(buckets, emulator, sent, before, after, action, operation, kind):
    if before:
        buckets(before)
    emulator.faults({"operation": operation, "kind": kind, "count": 1, "seconds": 0.01})
    result = buckets(after)
    assert emulator.faults_left() == []
    assert not result.get("failed"), result["msg"]
    assert result["containers"][0]["action"] == action
    assert not buckets(after)["changed"]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("kind", ["access_denied", "throttled", "expired_token"])
@pytest.mark.parametrize(("before", "after", "action", "operation"), CASES)
def test_a_fault_that_lasts(buckets, emulator, s3, before, after, action, operation, kind):
    if before:
        buckets(before)
    was = stored(s3)
    emulator.faults({"operation": operation, "kind": kind, "count": None})
    failed = buckets(after, wait_timeout=5)
    emulator.faults()
    assert failed["failed"] is True
    assert "example-live" in failed["msg"]
    assert "Traceback" not in failed["msg"]
    if stored(s3) != was:
        assert failed["changed"] is True
    assert buckets(after)["containers"][0]["error"] is None
    assert not buckets(after)["changed"]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("operation", OF_A_NEW_BUCKET)
def test_changes_whose_replies_are_all_lost(buckets, emulator, operation):
    emulator.faults({"operation": operation, "kind": "cut_after", "count": None})
    made = buckets(EVERYTHING)
    emulator.faults()
    assert (made["changed"], made["containers"][0]["action"]) == (True, "created")
    assert not buckets(EVERYTHING)["changed"]
