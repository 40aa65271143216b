# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of requests to S3: what is retried, what is read again, and what a message says."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from ansible_collections.elemental.mediastore.plugins.module_utils._s3.api import S3Api
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.bucket import converge_buckets
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.documents import CORS, TAGS
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.plan import DesiredBucket
from ansible_collections.elemental.mediastore.plugins.module_utils._sender import Budget

ACCOUNT = "123456789012"
NAME = "example-live"
RULE = {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"]}
DESIRED = DesiredBucket("live", NAME, {TAGS: {"a": "1"}, CORS: [RULE]})
WRITES = ["create_bucket", "put_bucket_tagging", "put_bucket_cors"]


@pytest.fixture
def converge(s3, interfering):
    """A function that converges the bucket with hooks in the client, and returns the outcome and what was sent."""

    def converge(desired=DESIRED, check_mode=False, seconds=60, **hooks):
        sent = []

        def recorded(name):
            def hook(send, **arguments):
                sent.append(name)
                return hooks[name](send, **arguments) if name in hooks else send(**arguments)

            return hook

        operations = [*WRITES, "get_bucket_tagging", "get_bucket_cors", "head_bucket"]
        client = interfering(s3, **{name: recorded(name) for name in operations})
        api = S3Api.of(client, ACCOUNT, Budget(seconds))
        [outcome] = converge_buckets(api, [desired], 1, check_mode=check_mode, warn=pytest.fail)
        return outcome, sent

    return converge


def error(code, status=400, region=None, message="", operation="Operation"):
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {"x-amz-bucket-region": region} if region else {}}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, operation)


def fails(times, raised):
    """Return a hook that fails some times before it sends."""
    left = [raised] * times

    def hook(send, **arguments):
        if left:
            raise left.pop()
        return send(**arguments)

    return hook


def loses(times):
    """Return a hook that sends, and loses some replies."""
    left = [ReadTimeoutError(endpoint_url="https://example.com")] * times

    def hook(send, **arguments):
        reply = send(**arguments)
        if left:
            raise left.pop()
        return reply

    return hook


def test_new_bucket_is_read_once_and_not_after_it_was_created(converge):
    outcome, sent = converge()
    assert (outcome.action, outcome.error) == ("created", None)
    assert sent == ["get_bucket_tagging", *WRITES]
    outcome, sent = converge()
    assert (outcome.action, sent) == ("unchanged", ["get_bucket_tagging", "get_bucket_cors"])


def test_bucket_without_aspects_is_looked_for(converge):
    bare = DesiredBucket("live", NAME)
    assert converge(bare, check_mode=True)[0].action == "created"
    assert converge(bare)[1] == ["head_bucket", "create_bucket"]
    outcome, sent = converge(bare)
    assert (outcome.action, sent) == ("unchanged", ["head_bucket"])


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("code", ["OperationAborted", "NoSuchBucket", "SlowDown"])
@pytest.mark.parametrize("operation", WRITES[1:])
def test_change_of_a_new_bucket_is_sent_again(converge, operation, code):
    outcome, sent = converge(**{operation: fails(3, error(code, 503 if code == "SlowDown" else 409))})
    assert (outcome.action, outcome.error) == ("created", None)
    assert sent.count(operation) == 4
    assert sent.count("create_bucket") == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("operation", WRITES)
def test_lost_reply_is_read_again(converge, operation):
    outcome, sent = converge(**{operation: loses(1)})
    assert (outcome.action, outcome.error) == ("created", None)
    assert sent.count(operation) == 1
    assert converge()[0].action == "unchanged"


@pytest.mark.usefixtures("clock")
def test_another_task_creates_the_bucket_first(converge, s3):
    def create(send, **arguments):
        s3.create_bucket(Bucket=NAME)
        raise error("BucketAlreadyOwnedByYou", 409)

    outcome, sent = converge(create_bucket=create)
    assert (outcome.action, outcome.error) == ("changed", None)
    assert sent.count("create_bucket") == 1


@pytest.mark.usefixtures("clock")
def test_bucket_deleted_during_the_task_is_created_again(converge, s3):
    converge(DesiredBucket("live", NAME))

    def delete(send, **arguments):
        if not deleted:
            deleted.append(s3.delete_bucket(Bucket=NAME))
        return send(**arguments)

    deleted = []
    only_rules = DesiredBucket("live", NAME, {CORS: [RULE]})
    outcome, sent = converge(only_rules, put_bucket_cors=delete)
    assert (outcome.action, outcome.error) == ("created", None)
    assert sent == ["get_bucket_cors", "put_bucket_cors", "get_bucket_cors", "create_bucket", "put_bucket_cors"]
    assert converge(only_rules)[0].action == "unchanged"


@pytest.mark.parametrize(
    ("operation", "raised", "words"),
    [
        pytest.param(
            "get_bucket_tagging",
            error("PermanentRedirect", 301, region="eu-west-1"),
            ["tags of bucket example-live", "is in eu-west-1", "set region"],
            id="another region",
        ),
        pytest.param(
            "get_bucket_cors",
            error("AccessDenied", 403),
            ["CORS configuration of bucket example-live", "does not belong to account 123456789012", "permission"],
            id="another account",
        ),
        pytest.param(
            "create_bucket",
            error("BucketAlreadyExists", 409),
            ["create bucket example-live", "another account", "choose another bucket"],
            id="name is taken",
        ),
        pytest.param(
            "put_bucket_cors",
            error("MalformedPolicy", message="Invalid principal in policy"),
            ["names a user or role that does not exist", "correct its statement"],
            id="A1 unknown principal",
        ),
        pytest.param(
            "put_bucket_tagging",
            error("MethodNotAllowed", 405, operation="PutBucketTagging"),
            ["set the tags of bucket example-live", "if ABAC is enabled", "s3control tag-resource", "omit tags"],
            id="T4 bucket with ABAC",
        ),
        pytest.param("put_bucket_cors", error("MalformedXML"), ["set the CORS configuration"], id="refused"),
    ],
)
def test_failure_names_the_bucket_and_the_way_out(converge, s3, operation, raised, words):
    if operation == "get_bucket_cors":
        s3.create_bucket(Bucket=NAME)
    outcome, _sent = converge(**{operation: fails(1, raised)})
    assert outcome.action == "failed"
    for word in words:
        assert word in str(outcome.error)


@pytest.mark.parametrize(
    ("operation", "code", "has_advice"),
    [
        ("DeleteBucketTagging", "MethodNotAllowed", True),
        ("PutBucketTagging", "ExpiredToken", False),
        ("PutBucketTagging", "InternalError", False),
        ("PutBucketCors", "MethodNotAllowed", False),
    ],
)
def test_advice_about_abac_is_for_refused_changes_of_tags(converge, operation, code, has_advice):
    raised = error(code, 500 if code == "InternalError" else 400, operation=operation)
    outcome, _sent = converge(seconds=0, put_bucket_tagging=fails(1, raised))
    assert outcome.action == "failed"
    assert ("ABAC" in str(outcome.error)) == has_advice


def test_failure_reports_what_was_changed(converge):
    outcome, _sent = converge(put_bucket_cors=fails(1, error("AccessDenied", 403)))
    assert (outcome.action, outcome.changed) == ("failed", True)
    assert outcome.diff == {"before": {}, "after": {"name": NAME, "tags": {"a": "1"}}}


@pytest.mark.usefixtures("clock")
def test_reads_are_retried_until_the_budget_ends(converge):
    outcome, sent = converge(get_bucket_tagging=fails(10, error("InternalError", 500)))
    assert (outcome.action, sent.count("get_bucket_tagging")) == ("created", 11)
    outcome, _sent = converge(get_bucket_tagging=fails(11, error("InternalError", 500)))
    assert "tried 11 times" in str(outcome.error)


def test_name_in_the_namespace_of_the_account_needs_a_new_botocore(converge, s3, monkeypatch):
    shape = s3.meta.service_model.operation_model("CreateBucket").input_shape
    members = {name: member for name, member in shape.members.items() if name != "BucketNamespace"}
    monkeypatch.setattr(shape, "members", members, raising=False)
    name = "live-123456789012-us-east-1-an"
    outcome, sent = converge(DesiredBucket("live", name))
    assert "needs botocore 1.42.67" in str(outcome.error)
    assert sent == ["head_bucket"]


@pytest.mark.parametrize("name", ["live-111122223333-us-east-1-an", "live-123456789012-eu-west-1-an"])
def test_name_in_another_namespace_is_refused_before_the_bucket_is_created(converge, name):
    outcome, sent = converge(DesiredBucket("live", name))
    assert (str(outcome.error), sent) == (
        (
            f"Bucket {name} cannot be created: its name is in the namespace of another account or region; end it with"
            " -123456789012-us-east-1-an, or without -an"
        ),
        ["head_bucket"],
    )
