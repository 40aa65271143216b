# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of mediastore_s3_buckets for all containers against those of one container."""

from __future__ import annotations

import pytest

MINE, OURS = (f"arn:aws:cloudfront::123456789012:distribution/{name}" for name in ("MINE", "OURS"))
POLICY = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["mediastore:GetObject", "mediastore:DescribeObject"],
        "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/example-live/*",
    },
}
RULES = [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "expose_headers": ["*"]}]
EVERYBODY, REFUSED = "everybody", "refused"


@pytest.fixture
def declare(run):
    """A function that returns the result for a container with options of its own, in a task with options for all."""

    def declare(own, for_all, **aspects):
        container = {"name": "example-live", **aspects, **own}
        options = {"account": "123456789012", "accept": ["cors.expose_headers"], **for_all}
        return run("mediastore_s3_buckets", check=True, containers=[container], **options)

    return declare


@pytest.mark.parametrize(
    ("for_all", "own", "expected"),
    [
        ({}, {}, REFUSED),
        ({"public": True}, {}, EVERYBODY),
        ({"cloudfront_distribution": OURS}, {}, OURS),
        ({"public": True, "cloudfront_distribution": OURS}, {}, OURS),
        ({}, {"public": True}, EVERYBODY),
        ({}, {"cloudfront_distribution": MINE}, MINE),
        ({}, {"public": True, "cloudfront_distribution": MINE}, MINE),
        ({"public": True}, {"public": False}, REFUSED),
        ({"public": True}, {"cloudfront_distribution": MINE}, MINE),
        ({"public": True}, {"public": False, "cloudfront_distribution": MINE}, MINE),
        ({"cloudfront_distribution": OURS}, {"public": True}, EVERYBODY),
        ({"cloudfront_distribution": OURS}, {"public": False}, OURS),
        ({"cloudfront_distribution": OURS}, {"cloudfront_distribution": MINE}, MINE),
        ({"cloudfront_distribution": OURS}, {"public": True, "cloudfront_distribution": MINE}, MINE),
        ({"public": True, "cloudfront_distribution": OURS}, {"public": True}, EVERYBODY),
        ({"public": True, "cloudfront_distribution": OURS}, {"public": False}, OURS),
        ({"public": True, "cloudfront_distribution": OURS}, {"cloudfront_distribution": MINE}, MINE),
    ],
    ids=str,
)
def test_who_gets_the_access_of_everybody(declare, for_all, own, expected):
    """A distribution has precedence, except one for all over public=true of the container."""
    result = declare(own, for_all, policy=POLICY)
    [container] = result["containers"]
    if expected is REFUSED:
        assert (result["failed"], container["action"]) == (True, "not_started")
        return
    [statement] = container["policy"]["Statement"]
    if expected is EVERYBODY:
        assert statement["Principal"] == "*"
    else:
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"AWS:SourceArn": expected}}
    assert container["public_access_block"]["BlockPublicPolicy"] is (expected is not EVERYBODY)


LOGS = {"log_bucket": "example-logs"}
WITH_PREFIX = {**LOGS, "log_prefix": "a/"}


@pytest.mark.parametrize(
    ("for_all", "own", "key", "expected"),
    [
        ({"bucket": "ours-{name}"}, {}, "bucket", "ours-example-live"),
        ({"bucket": "ours-{name}"}, {"bucket": "mine"}, "bucket", "mine"),
        (LOGS, {}, "logging", {"TargetBucket": "example-logs", "TargetPrefix": "example-live/"}),
        (LOGS, {"log_bucket": "my-logs"}, "logging", {"TargetBucket": "my-logs", "TargetPrefix": "example-live/"}),
        (WITH_PREFIX, {}, "logging", {"TargetBucket": "example-logs", "TargetPrefix": "a/"}),
        (
            {**LOGS, "log_prefix": "a/"},
            {"log_prefix": "b/"},
            "logging",
            {"TargetBucket": "example-logs", "TargetPrefix": "b/"},
        ),
        (
            {**LOGS, "log_prefix": "a/"},
            {"log_prefix": ""},
            "logging",
            {"TargetBucket": "example-logs", "TargetPrefix": ""},
        ),
    ],
    ids=str,
)
def test_the_option_of_the_container_wins(declare, for_all, own, key, expected):
    [container] = declare(own, for_all, access_logging_enabled="log_bucket" in for_all)["containers"]
    assert container[key] == expected


@pytest.mark.parametrize(
    ("for_all", "own", "exposed"),
    [(["ETag"], None, ["ETag"]), (["ETag"], ["Date"], ["Date"]), (["ETag"], [], None), (None, ["Date"], ["Date"])],
    ids=str,
)
def test_names_of_headers(declare, for_all, own, exposed):
    [container] = declare({"expose_headers": own}, {"expose_headers": for_all}, cors_policy=RULES)["containers"]
    assert container["cors"][0].get("ExposeHeaders") == exposed


@pytest.mark.parametrize(
    ("for_all", "own", "lists"), [(404, None, True), (404, 403, False), (403, 404, True), (403, None, False)]
)
def test_the_status_of_a_missing_object(declare, for_all, own, lists):
    choices = {"missing_objects": for_all, "cloudfront_distribution": OURS}
    [container] = declare({"missing_objects": own} if own else {}, choices, policy=POLICY)["containers"]
    assert [statement["Action"] for statement in container["policy"]["Statement"]][1:] == ["s3:ListBucket"] * lists


def test_findings_are_said_once(declare):
    """A finding is in the result for its container, which has the name of the container already."""
    result = declare({}, {}, cors_policy=RULES)
    assert "findings" not in result
    [finding] = result["containers"][0]["findings"]
    assert finding.keys() == {"where", "code", "level", "message"}
    assert finding["message"].startswith("Container example-live, CORS rule 1: ")


def test_failures_name_buckets(run, other_account):
    """A declared container that is absent has no bucket, so that it is not counted."""
    other_account.create_bucket(Bucket="example-1")
    containers = [
        {"name": "Left", "state": "absent"},
        {"name": "One", "bucket": "example-1"},
        {"name": "Two", "bucket": "example-2"},
    ]
    result = run("mediastore_s3_buckets", containers=containers)
    assert result["msg"].startswith("1 of 2 buckets failed: Failed to look for bucket example-1 (")
    assert [one["action"] for one in result["containers"]] == ["unchanged", "failed", "created"]


def test_failures_name_buckets_that_were_not_started(run, emulator):
    emulator.faults({"operation": "PutBucketTagging", "kind": "expired_token", "count": None})
    containers = [{"name": name, "bucket": f"example-{name}", "tags": {"a": "1"}} for name in ("1", "2", "3")]
    result = run("mediastore_s3_buckets", containers=containers, max_concurrency=1)
    assert result["msg"].startswith("3 of 3 buckets failed: Failed to set the tags of bucket example-1: ")
    assert result["msg"].endswith("; not started: example-2, example-3")
