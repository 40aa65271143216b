# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of mediastore_s3_buckets for all containers, and of one of them: every combination, at a server in memory."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.elemental.mediastore.plugins.modules import mediastore_s3_buckets
from ansible_collections.elemental.mediastore.tests.unit.partial_s3 import SUB_RESOURCES, PartialS3

ACCOUNT = "123456789012"
POLICY = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "mediastore:GetObject",
        "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/example-live/*",
    },
}
DECLARED = {
    "name": "example-live",
    "policy": POLICY,
    "access_logging_enabled": True,
    "cors_policy": [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "expose_headers": ["*"]}],
}
OURS, THEIRS = (f"arn:aws:cloudfront::{ACCOUNT}:distribution/{name}" for name in ("OURS", "THEIRS"))
# What a container is without a choice is only done if these are accepted.
ACCEPTED = ["policy.public", "logging.no_bucket", "cors.expose_headers"]


@pytest.fixture(scope="module")
def server():
    """A server that implements all aspects, and to which check mode sends only reads."""
    with PartialS3(*SUB_RESOURCES) as server:
        yield server


@pytest.fixture
def made(run, server):
    """A function that returns the predicted bucket of a container, with options for all and of this container."""

    def made(for_all, of_one):
        result = run(
            "mediastore_s3_buckets",
            check=True,
            endpoint_url=server.url,
            account=ACCOUNT,
            accept=ACCEPTED,
            containers=[{**DECLARED, **of_one}],
            **for_all,
        )
        assert not result.get("failed"), result["msg"]
        return result["containers"][0]

    return made


def access(bucket):
    """Return who can read the objects of a bucket, and whether public policies are blocked."""
    block = bucket["public_access_block"]["BlockPublicPolicy"]
    if bucket["policy"] is None:
        return "no one", block
    statement = bucket["policy"]["Statement"][0]
    condition = statement.get("Condition", {}).get("StringEquals", {})
    return condition.get("AWS:SourceArn", statement["Principal"]), block


# From the documentation of the options: the distribution of the container has precedence, then public of the container,
# then the distribution for all, and public for all comes last. Each row: public and the distribution of the container,
# public and the distribution for all, and who has access.
ACCESS = [
    *(
        (public, THEIRS, *for_all, THEIRS)
        for public in (None, False, True)
        for for_all in ((False, None), (True, OURS))
    ),
    *((True, None, public, distribution, "*") for public in (False, True) for distribution in (None, OURS)),
    *((public, None, for_all, OURS, OURS) for public in (None, False) for for_all in (False, True)),
    (False, None, False, None, "no one"),
    (False, None, True, None, "no one"),
    (None, None, False, None, "no one"),
    (None, None, True, None, "*"),
]


@pytest.mark.parametrize(("public", "distribution", "public_for_all", "distribution_for_all", "expected"), ACCESS)
def test_who_has_access(made, public, distribution, public_for_all, distribution_for_all, expected):
    bucket = made(
        {"public": public_for_all, "cloudfront_distribution": distribution_for_all},
        {"public": public, "cloudfront_distribution": distribution},
    )
    assert access(bucket) == (expected, expected != "*")


def name_of(bucket):
    return bucket["bucket"]


def logs_of(bucket):
    return bucket.get("logging", {}).get("TargetBucket")


def prefix_of(bucket):
    return bucket["logging"]["TargetPrefix"]


def exposed_by(bucket):
    return bucket["cors"][0].get("ExposeHeaders", [])


def is_listed(bucket):
    return [statement["Action"] for statement in bucket["policy"]["Statement"]] == ["s3:GetObject", "s3:ListBucket"]


WITH_LOGS = {"log_bucket": "example-logs"}
PUBLIC = {"public": True}
# Each other option: what it needs beside it, how it shows in the bucket, what shows without it, and two values with
# what each of them shows. The second is of a kind that is easily taken for none.
OTHERS = {
    "bucket": ({}, name_of, "example-live", [("example-a", "example-a"), ("x-{name}", "x-example-live")]),
    "log_bucket": ({}, logs_of, None, [("example-logs", "example-logs"), ("example-more", "example-more")]),
    "log_prefix": (WITH_LOGS, prefix_of, "example-live/", [("logs/", "logs/"), ("", "")]),
    "expose_headers": ({}, exposed_by, [], [(["ETag"], ["ETag"]), ([], [])]),
    "missing_objects": (PUBLIC, is_listed, False, [(404, True), (403, False)]),
}


@pytest.mark.parametrize("option", OTHERS)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_option_of_a_container_wins_over_that_for_all(made, option, order):
    needed, shown, without, values = OTHERS[option]
    (value, expected), (other, other_expected) = (values[number] for number in order)
    assert shown(made(needed, {})) == without
    assert shown(made({**needed, option: value}, {})) == expected
    assert shown(made(needed, {option: value})) == expected
    assert shown(made({**needed, option: value}, {option: other})) == other_expected


def test_every_option_is_here():
    options = yaml.safe_load(mediastore_s3_buckets.DOCUMENTATION)["options"]
    shared = set(options) & set(options["containers"]["suboptions"])
    assert shared == {"public", "cloudfront_distribution", *OTHERS}


@pytest.mark.parametrize(
    ("for_all", "of_one", "of_other"),
    [
        ("{name}-{account}", None, "plain"),
        (None, "a-{account}", "plain"),
        (None, "plain", "a-{account}"),
        ("{name}-plain", None, "a-{account}"),
    ],
)
def test_the_account_is_known_wherever_a_name_needs_it(run, server, for_all, of_one, of_other):
    containers = [{"name": "a", "bucket": of_one}, {"name": "b", "bucket": of_other}]
    result = run("mediastore_s3_buckets", check=True, endpoint_url=server.url, bucket=for_all, containers=containers)
    assert f"a-{ACCOUNT}" in [one["bucket"] for one in result["containers"]]


def codes(result):
    return [finding["code"] for one in result["containers"] for finding in one["findings"]]


@pytest.mark.parametrize(
    ("other", "is_refused"),
    [
        ({"name": "example-other"}, False),
        ({"name": "example-other", "bucket": "example-logs"}, True),
        ({"name": "example-other", "bucket": "example-logs", "state": "absent"}, False),
        ({"name": "example-logs"}, True),
        ({"name": "example-logs", "bucket": "example-other"}, False),
    ],
)
def test_logs_in_the_bucket_of_another_container(run, server, other, is_refused):
    """Readers of a container could read the logs in its bucket; one that is declared absent has no bucket."""
    result = run(
        "mediastore_s3_buckets",
        check=True,
        endpoint_url=server.url,
        account=ACCOUNT,
        log_bucket="example-logs",
        containers=[{"name": "example-live", "access_logging_enabled": True}, other],
    )
    assert ("logging.same_bucket" in codes(result)) is is_refused
