# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module does with each aspect on each server: check mode, run, and both once more; then the removal.

Whatever a server makes of the requests, the bucket and its object are there afterwards, and a failure is a sentence.
"""

from __future__ import annotations

import itertools
import re
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from ansible_collections.elemental.mediastore.tests.s3_servers.proxy import FAULTS

DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE"
READ = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": ["mediastore:GetObject", "mediastore:DescribeObject"],
    "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/example-live/*",
    "Condition": {"Bool": {"aws:SecureTransport": True}},
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Sid": "Read", **READ}]}
RULES = [
    {
        "allowed_origins": ["https://b.example", "https://a.example"],
        "allowed_methods": ["HEAD", "GET", "PUT"],
        "allowed_headers": ["X-Second", "X-First"],
        "expose_headers": ["ETag"],
        "max_age_seconds": 600,
    },
    {"allowed_origins": ["*"], "allowed_methods": ["GET"]},
]


def lifecycle(action: str, *paths: dict[str, str]) -> dict[str, Any]:
    """A lifecycle policy with a rule for each path, of 30 days."""
    age = [{"numeric": [">=", 30]}]
    return {"rules": [{"definition": {"path": [path], "days_since_create": age}, "action": action} for path in paths]}


class Case(NamedTuple):
    """Rows of the table and the aspects that decide about them; what is declared, and how it is removed."""

    rows: dict[str, str]
    declared: dict[str, Any]
    removed: dict[str, Any]
    choices: dict[str, Any]


DECLARED = {
    "policy": POLICY,
    "tags": {"channel": "news", "empty": ""},
    "cors_policy": RULES,
    "lifecycle_policy": lifecycle("EXPIRE", {"prefix": "old/"}, {"wildcard": "*"}),
    "metric_policy": {
        "container_level_metrics": True,
        "rules": [{"object_group": "sports/*", "object_group_name": "sports"}],
    },
    "access_logging_enabled": True,
}
REMOVED = {
    "policy": {},
    "tags": {},
    "cors_policy": [],
    "lifecycle_policy": {},
    "metric_policy": {},
    "access_logging_enabled": False,
}
PUBLIC, LOGGED = {"public": True}, {"log_bucket": "example-logs"}


def one(option: str, *rows: str, value: Any = None, **choices: Any) -> Case:
    """A case for one option, whose aspects have the names of their rows."""
    declared = {option: DECLARED[option] if value is None else value}
    return Case({row: row for row in rows}, declared, {option: REMOVED[option]}, choices)


CASES = [
    one("policy", "public_access_block", "policy", cloudfront_distribution=DISTRIBUTION),
    one("policy", "public_access_block", "policy", public=True)._replace(rows={"public_policy": "policy"}),
    one("tags", "tags"),
    one("cors_policy", "cors"),
    one("lifecycle_policy", "lifecycle"),
    one("lifecycle_policy", value=lifecycle("ARCHIVE", {"prefix": "old/"}))._replace(rows={"archive": "lifecycle"}),
    one("metric_policy", "metrics"),
    one("access_logging_enabled", "logging", log_bucket="example-logs"),
]
ASPECTS = ["public_access_block", "policy", "tags", "cors", "lifecycle", "metrics", "logging"]
EVERYTHING: dict[str, Any] = {**PUBLIC, **LOGGED, "skip_unsupported": ASPECTS}


@pytest.fixture(autouse=True)
def logs(s3):
    """A log bucket, with the statement that S3 asks for where the server knows policies."""
    s3.create_bucket(Bucket="example-logs")
    with suppress(ClientError):
        s3.put_bucket_policy(
            Bucket="example-logs",
            Policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource":'
            ' "arn:aws:s3:::example-logs/*", "Principal": {"Service": "logging.s3.amazonaws.com"}}]}',
        )


def server_findings(result):
    """Return the aspects that the server lacks, by the findings of a result."""
    codes = [finding["code"] for one in result["containers"] for finding in one["findings"]]
    return {code.partition(".")[2] for code in codes if code.startswith("server.")}


def is_sentence(message, *names):
    """Return whether a failure names these, and shows nothing of Python."""
    return all(name in message for name in names) and not re.search(r"\bNone\b|Traceback|Error\(|<\w", message)


def works(module, case, **options):
    """Return whether check mode predicts the run, a second run changes nothing, and a removal works likewise."""
    for step in (case.declared, case.removed):
        predicted, done = (module(step, check=check, diff=True, **case.choices, **options) for check in (True, False))
        if step is case.declared and done.get("failed"):
            return False
        assert (predicted["changed"], predicted["diff"]) == (done["changed"], done["diff"]) == (True, done["diff"])
        for check in (True, False):
            assert not module(step, check=check, **case.choices, **options)["changed"]
    return True


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case.rows))
def test_aspect(module, bucket, record, case):
    lacking, lack = set(), "works"
    if not (done := works(module, case)):
        lacking, lack = what_the_server_lacks(module, case)
        module(case.removed, **case.choices, skip_unsupported=ASPECTS)
        if lacking and set(case.rows.values()) - lacking:
            done = works(module, case, skip_unsupported=sorted(lacking))
    for row, aspect in case.rows.items():
        record(row, lack if aspect in lacking else "works" if done else "refused")


def what_the_server_lacks(module, case):
    """Return the aspects that the server lacks, and how the table says so."""
    failed, skipped = (module(case.declared, **case.choices, skip_unsupported=skip) for skip in ([], ASPECTS))
    assert is_sentence(failed["msg"], "example-live")
    if skipped.get("failed"):
        assert "skip_unsupported" not in failed["msg"]
        return set(), ""
    lacking = server_findings(skipped)
    assert lacking
    assert is_sentence(failed["msg"], "skip_unsupported", *lacking)
    for aspect in lacking:
        assert any(f"(server.{aspect})" in warning for warning in skipped["warnings"])
    predicted = module(case.declared, check=True, **case.choices)
    if not predicted.get("failed"):
        return lacking, "not implemented, shown by a run"
    assert (predicted["msg"], predicted["changed"]) == (failed["msg"], False)
    again = module(case.declared, check=True, **case.choices, skip_unsupported=ASPECTS)
    assert (again["changed"], again["warnings"]) == (False, skipped["warnings"])
    assert [one["findings"] for one in again["containers"]] == [one["findings"] for one in skipped["containers"]]
    return lacking, "not implemented"


def test_new_bucket(module, s3, record):
    for check, changed in ((True, True), (False, True), (True, False), (False, False)):
        assert module({}, check=check)["changed"] is changed
    assert "example-live" in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    record("bucket", "works")


def test_everything_on_a_new_bucket(module, s3):
    predicted, made = (module(DECLARED, check=check, **EVERYTHING) for check in (True, False))
    assert (predicted["changed"], made["containers"][0]["action"]) == (True, "created")
    s3.put_object(Bucket="example-live", Key="a.ts", Body=b"example")
    again = module(DECLARED, **EVERYTHING)
    assert not again["changed"]
    assert module(REMOVED, **EVERYTHING)["changed"] is (server_findings(again) != set(ASPECTS))
    assert not module(REMOVED, **EVERYTHING)["changed"]
    assert s3.get_object(Bucket="example-live", Key="a.ts")["Body"].read() == b"example"


def test_other_aspects_are_set_where_one_is_missing(module, bucket):
    lacking = server_findings(module(DECLARED, **EVERYTHING))
    module(REMOVED, **EVERYTHING)
    done = module(DECLARED, **{**EVERYTHING, "skip_unsupported": []})
    assert done.get("failed", False) is bool(lacking)
    assert not module(DECLARED, **EVERYTHING)["changed"]


def test_account(module, bucket, record):
    done = module({}, account=None)
    if done.get("failed"):
        assert is_sentence(done["msg"], "account")
    record("account", "no STS" if done.get("failed") else "works")


def test_region(module, s3, record):
    done = module({}, region="eu-west-1")
    if done.get("failed"):
        assert is_sentence(done["msg"], "eu-west-1", "set region")
    record("region", "one region" if done.get("failed") else "works")


READS = [
    "head_bucket",
    "get_public_access_block",
    "get_bucket_policy",
    "get_bucket_tagging",
    "get_bucket_cors",
    "get_bucket_lifecycle_configuration",
    "list_bucket_metrics_configurations",
    "get_bucket_logging",
]


def test_expected_owner(s3, bucket, record):
    """S3 refuses each request that names another account as the owner of the bucket."""
    refusals = []
    for operation in READS:
        try:
            getattr(s3, operation)(Bucket=bucket, ExpectedBucketOwner="999999999999")
        except ClientError as error:
            refusals.append(error.response["ResponseMetadata"]["HTTPStatusCode"] == 403)
        else:
            refusals.append(False)
    record("owner", "checked" if all(refusals) else "checked by some operations" if any(refusals) else "not checked")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_at_each_request(module, proxy, s3, bucket, record, fault):
    for number in itertools.count():
        reached = False
        for declared in (DECLARED, REMOVED):
            proxy.clear(number, fault)
            done = module(declared, **EVERYTHING)
            reached |= len(proxy.seen) > number
            assert not done.get("failed"), done["msg"]
            assert not module(declared, **EVERYTHING)["changed"]
        if not reached:
            break
    record("faults", "works")


def test_no_request_of_the_module_is_one_about_the_bucket(module, proxy, bucket):
    for declared in (DECLARED, REMOVED):
        module(declared, **EVERYTHING)
        module(declared, **{**EVERYTHING, "skip_unsupported": []})
    sent = {(request.method, request.query) for request in proxy.seen}
    assert sent
    assert sent.isdisjoint({("DELETE", ""), ("PUT", "")})
