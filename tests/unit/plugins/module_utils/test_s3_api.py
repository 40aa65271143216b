# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of requests to S3: what is retried, what is read again, and what a message says."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from ansible_collections.elemental.mediastore.plugins.module_utils._converge import converge_all
from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError, Failure, InvalidReplyError
from ansible_collections.elemental.mediastore.plugins.module_utils._s3 import api
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.advice import Circumstances, advice
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.api import S3Api
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.bucket import Bucket
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.documents import (
    CORS,
    LIFECYCLE,
    LOGGING,
    POLICY,
    PUBLIC_ACCESS_BLOCK,
    TAGS,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.plan import DesiredBucket
from ansible_collections.elemental.mediastore.plugins.module_utils._sender import Budget

ACCOUNT = "123456789012"
NAME = "example-live"
RULE = {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"]}
DESIRED = DesiredBucket(NAME, {TAGS: {"a": "1"}, CORS: [RULE]})
WRITES = ["create_bucket", "put_bucket_tagging", "put_bucket_cors"]


@pytest.fixture(autouse=True)
def at_aws(monkeypatch):
    """The emulator in place of AWS's endpoint; a function that makes it another one."""
    monkeypatch.setattr(api, "is_of_aws", lambda client: True)
    return lambda: monkeypatch.setattr(api, "is_of_aws", lambda client: False)


@pytest.fixture
def elsewhere(at_aws):
    """The emulator as an endpoint that is not AWS's."""
    at_aws()


@pytest.fixture
def converge(s3, interfering):
    """A function that converges the bucket with hooks in the client, and returns the outcome and what was sent."""

    def converge(desired=DESIRED, check_mode=False, seconds=60, is_owner_checked=True, **hooks):
        sent = []

        def recorded(name):
            def hook(send, **arguments):
                sent.append(name)
                return hooks[name](send, **arguments) if name in hooks else send(**arguments)

            return hook

        operations = [*WRITES, "get_bucket_tagging", "get_bucket_cors", "head_bucket", "put_bucket_policy"]
        client = interfering(s3, **{name: recorded(name) for name in operations})
        s3_api = S3Api(client, ACCOUNT, Budget(seconds), is_owner_checked)
        [outcome] = converge_all(s3_api, [desired], Bucket, 1, check_mode=check_mode, warn=pytest.fail)
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
    bare = DesiredBucket(NAME)
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
    converge(DesiredBucket(NAME))

    def delete(send, **arguments):
        if not deleted:
            deleted.append(s3.delete_bucket(Bucket=NAME))
        return send(**arguments)

    deleted = []
    only_rules = DesiredBucket(NAME, {CORS: [RULE]})
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
        ("PutBucketTagging", "InvalidTag", False),
        ("PutBucketTagging", "MalformedXML", False),
        ("PutBucketTagging", "NotImplemented", False),
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
    outcome, sent = converge(DesiredBucket(name))
    assert "needs botocore 1.42.67" in str(outcome.error)
    assert sent == ["head_bucket"]


@pytest.mark.parametrize("name", ["live-111122223333-us-east-1-an", "live-123456789012-eu-west-1-an"])
def test_name_in_another_namespace_is_refused_before_the_bucket_is_created(converge, name):
    outcome, sent = converge(DesiredBucket(name))
    assert (str(outcome.error), sent) == (
        (
            f"Bucket {name} cannot be created: its name is in the namespace of another account or region; end it with"
            " -123456789012-us-east-1-an, or without -an"
        ),
        ["head_bucket"],
    )


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("operation", "raised", "is_owner_checked", "said", "unsaid"),
    [
        pytest.param(
            "put_bucket_tagging",
            error("AccessDenied", 403, operation="PutBucketTagging"),
            False,
            "the credentials lack the permission; grant it, or choose another bucket",
            "does not belong",
            id="the owner is not checked",
        ),
        pytest.param(
            "put_bucket_tagging",
            error("AccessDenied", 403, operation="PutBucketTagging"),
            True,
            "either the bucket does not belong to account 123456789012",
            "ABAC",
            id="the owner is checked",
        ),
        pytest.param(
            "create_bucket",
            error("AccessDenied", 403, operation="CreateBucket"),
            True,
            "the credentials lack the permission; grant it, or choose another bucket",
            "does not belong",
            id="the owner of a new bucket",
        ),
        pytest.param(
            "create_bucket",
            error("IllegalLocationConstraintException", operation="CreateBucket"),
            True,
            "no LocationConstraint is sent for us-east-1; set region to the name of the endpoint's region",
            "permission",
            id="the default region",
        ),
        pytest.param(
            "get_bucket_tagging",
            ClientError({"Error": {"Code": "AuthorizationHeaderMalformed", "Region": "RegionOne"}}, "GetBucketTagging"),
            True,
            "the bucket is in RegionOne: set region to it",
            "permission",
            id="the region in the body of an error",
        ),
        pytest.param(
            "get_bucket_tagging",
            error("400", operation="HeadBucket"),
            True,
            "the endpoint may not know the region us-east-1: set region to the name that it uses",
            "permission",
            id="a region without a body",
        ),
        pytest.param(
            "put_bucket_tagging",
            error("InvalidArgument", operation="PutBucketTagging"),
            True,
            "InvalidArgument",
            "ABAC",
            id="other servers have no ABAC",
        ),
    ],
)
def test_advice_is_only_given_where_it_is_true(converge, operation, raised, is_owner_checked, said, unsaid):
    outcome, _sent = converge(is_owner_checked=is_owner_checked, **{operation: fails(1, raised)})
    assert outcome.action == "failed"
    assert said in str(outcome.error)
    assert unsaid not in str(outcome.error)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("is_blocked", "said"),
    [(True, "settings of the bucket are enabled"), (None, "settings of the bucket may be enabled"), (False, "")],
)
def test_a_policy_that_is_refused_while_the_block_is_on(converge, is_blocked, said):
    refusal = error("AccessDenied", 403, operation="PutBucketPolicy")
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    policy = {"Version": "2012-10-17", "Statement": []}
    documents = {PUBLIC_ACCESS_BLOCK: {**block, "BlockPublicPolicy": is_blocked}, POLICY: policy}
    if is_blocked is None:
        del documents[PUBLIC_ACCESS_BLOCK]
    outcome, _sent = converge(DesiredBucket(NAME, documents), put_bucket_policy=fails(1, refusal))
    assert said in str(outcome.error)
    assert ("Block Public Access" in str(outcome.error)) == bool(said)
    assert "permission" in str(outcome.error)


def test_a_location_that_the_endpoint_does_not_know():
    refused = ApiError("Failed", error("InvalidLocationConstraint"), Failure("InvalidLocationConstraint"))
    assert advice(refused, Circumstances(ACCOUNT, "eu-west-1")) == (
        "the endpoint does not accept LocationConstraint eu-west-1; set region to the name of its region, or to"
        " us-east-1, for which none is sent"
    )
    assert advice(refused, Circumstances(ACCOUNT, "eu-west-1", is_aws=True)) == ""


@pytest.mark.usefixtures("clock", "elsewhere")
def test_status_501_is_final(converge):
    outcome, sent = converge(create_bucket=fails(1, error("NotImplemented", 501)))
    assert (outcome.action, outcome.changed) == ("failed", False)
    assert sent.count("create_bucket") == 1


@pytest.mark.parametrize(
    ("host", "is_aws"),
    [
        ("s3.us-east-1.amazonaws.com", True),
        ("s3.amazonaws.com", True),
        ("s3-fips.dualstack.us-gov-west-1.amazonaws.com", True),
        ("s3.cn-north-1.amazonaws.com.cn", True),
        ("s3.eusc-de-east-1.amazonaws.eu", True),
        ("bucket.vpce-1a2b3c-4d5e.s3.us-east-1.vpce.amazonaws.com", True),
        ("s3.us-iso-east-1.c2s.ic.gov", True),
        ("127.0.0.1", False),
        ("s3.example.com", False),
        ("sts.us-east-1.amazonaws.com", True),
        ("sts.amazonaws.com", True),
        ("ceph-1234567890.us-east-1.elb.amazonaws.com", False),
        ("s3-gateway-1234567890.eu-west-1.elb.amazonaws.com", False),
        ("nlb.s3-rgw.elb.us-east-1.amazonaws.com", False),
        ("s3-1.abc.execute-api.us-east-1.amazonaws.com", False),
        ("s3-ap-1.us-east-1.es.amazonaws.com", False),
        ("s3.us-east-1.amazonaws.com.example.com", False),
        ("mys3.us-east-1.elb.amazonaws.com", False),
    ],
)
def test_endpoints_of_aws(host, is_aws, monkeypatch):
    monkeypatch.undo()
    client = SimpleNamespace(meta=SimpleNamespace(endpoint_url=f"https://{host}:443"))
    assert api.is_of_aws(client) is is_aws


@pytest.mark.parametrize("document", [PUBLIC_ACCESS_BLOCK, POLICY, TAGS, CORS, LIFECYCLE, LOGGING])
def test_configurations_have_a_checksum_other_than_md5(s3, document):
    """In FIPS mode, Python has no MD5, which botocore 1.35 adds to requests without a checksum."""
    sent = {}
    s3.meta.events.register("before-send.s3", lambda request, **event: sent.update(request.headers))
    s3.create_bucket(Bucket=NAME)
    s3_api = S3Api(s3, ACCOUNT, Budget(0))
    contents = {
        PUBLIC_ACCESS_BLOCK: {"BlockPublicAcls": True},
        POLICY: '{"Version":"2012-10-17","Statement":[]}',
        TAGS: [{"Key": "a", "Value": "1"}],
        CORS: [RULE],
        LIFECYCLE: [{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}],
        LOGGING: None,
    }
    with contextlib.suppress(ApiError):
        if document is LOGGING:
            s3_api.delete_document(NAME, LOGGING)
        else:
            s3_api.put_document(NAME, document, contents[document])
    assert "x-amz-checksum-crc32" in sent
    assert "Content-MD5" not in sent


@pytest.mark.parametrize("tags", [[{"Key": "a"}], [{"Key": "a", "Value": None}], [{"Key": "a", "Value": ""}]])
def test_a_tag_without_a_value_is_empty(tags):
    assert TAGS.load(tags) == {"a": ""}


@pytest.mark.parametrize("tags", [[{}], ["a"], [{"Key": 1}], [{"Key": "a", "Value": 1}]])
def test_a_tag_that_is_none(tags):
    with pytest.raises(InvalidReplyError):
        TAGS.load(tags)


@pytest.mark.parametrize("code", ["NoSuchTagSet", "NoSuchTagSetError"])
def test_no_tags(converge, code):
    outcome, _sent = converge(DesiredBucket(NAME, {TAGS: {}}), get_bucket_tagging=fails(1, error(code, 404)))
    assert (outcome.action, outcome.error) == ("unchanged", None)
