# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which advice a failure has, and that it has no other, at AWS and at other endpoints.

A proxy stands for AWS's endpoints, so that requests have their host names.
"""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.tests.unit.partial_s3 import SUB_RESOURCES, PartialS3
from ansible_collections.elemental.mediastore.tests.unit.stub_mediastore import StubMediaStore

# Words that only one kind of advice has.
ADVICE = {
    "region": "the bucket is in ",
    "unknown region": "may not know the region",
    "is public": "treats the policy as public",
    "account blocks": "or its organization blocks public policies",
    "block": "so the endpoint may reject this policy",
    "principal": "names a user or role that does not exist",
    "log bucket": "must be a bucket of account 123456789012",
    "location": "set region to the name of the endpoint's region",
    "owner": "the bucket does not belong to account 123456789012",
    "permission": "the credentials lack the permission",
    "name": "another account has a bucket of this name",
    "ABAC": "if ABAC is enabled",
    "STS": "set account to the ID of the account",
    "skip": "to skip_unsupported",
}
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::444455556666:role/reader"},
    "Action": "mediastore:GetObject",
    "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/example-live/*",
}
TAGS = {"tags": {"a": "1"}}
LOGS = {"access_logging_enabled": True, "log_bucket": "example-logs"}
POLICY = {"policy": {"Version": "2012-10-17", "Statement": STATEMENT}}
PUBLIC = {"policy": {"Version": "2012-10-17", "Statement": {**STATEMENT, "Principal": "*"}}, "public": True}
NEW = {"bucket": "example-new"}
BLOCKED = "User is not authorized because public policies are blocked by the BlockPublicPolicy setting"


def error(code, more="", message="text"):
    return f"<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"


# The declaration, the request that fails, its status and body, and the advice at AWS and elsewhere.
CASES = {
    "a region in the reply": (
        TAGS,
        "GET tagging",
        301,
        error("PermanentRedirect", "<Region>eu-west-1</Region>"),
        "region",
    ),
    "no region in the reply": (TAGS, "GET tagging", 301, error("PermanentRedirect"), ""),
    "the region of the task": (
        TAGS,
        "GET tagging",
        400,
        error("AuthorizationHeaderMalformed", "<Region>us-east-1</Region>"),
        "",
    ),
    "a header that names no region": (TAGS, "GET tagging", 400, error("AuthorizationHeaderMalformed"), ""),
    "301 without a body": ({}, "HEAD ", 301, "", ""),
    "400 without a body": ({}, "HEAD ", 400, "", ("", "unknown region")),
    "403 without a body": ({}, "HEAD ", 403, "", "owner, permission"),
    "a read that is denied": (TAGS, "GET tagging", 403, error("AccessDenied"), "owner, permission"),
    "a write that is denied": (TAGS, "PUT tagging", 403, error("AccessDenied"), "owner, permission"),
    "a bucket that is denied": (NEW, "PUT ", 403, error("AccessDenied"), "permission"),
    "a name that is taken": (NEW, "PUT ", 409, error("BucketAlreadyExists"), "name"),
    "a location": (NEW, "PUT ", 400, error("IllegalLocationConstraintException"), ("", "location")),
    "another location": (NEW, "PUT ", 400, error("InvalidLocationConstraint"), ("", "location")),
    "a policy that is denied": (POLICY, "PUT policy", 403, error("AccessDenied"), ("owner, permission", "block")),
    "a public policy that is denied": (PUBLIC, "PUT policy", 403, error("AccessDenied"), "owner, permission"),
    "a policy that is public": (POLICY, "PUT policy", 403, error("AccessDenied", message=BLOCKED), "is public"),
    "a public policy": (PUBLIC, "PUT policy", 403, error("AccessDenied", message=BLOCKED), "account blocks"),
    "a principal": (
        POLICY,
        "PUT policy",
        400,
        error("MalformedPolicy", message="Invalid principal in policy"),
        "principal",
    ),
    "a policy": (POLICY, "PUT policy", 400, error("MalformedPolicy", message="Policy has invalid action"), ""),
    "a principal of something else": (TAGS, "PUT tagging", 400, error("InvalidTag", message="Invalid principal"), ""),
    "a log bucket": (LOGS, "PUT logging", 400, error("InvalidTargetBucketForLogging"), "log bucket"),
    "logging": (LOGS, "PUT logging", 400, error("MalformedXML"), ""),
    "ABAC": (TAGS, "PUT tagging", 400, error("InvalidRequest"), ("ABAC", "")),
    "a tag": (TAGS, "PUT tagging", 400, error("InvalidTag"), ""),
    "tags while another change is made": (TAGS, "PUT tagging", 409, error("OperationAborted"), ""),
    "tags of a server that fails": (TAGS, "PUT tagging", 500, error("InternalError"), ""),
    "tags that are throttled": (TAGS, "PUT tagging", 503, error("SlowDown"), ""),
    "tags with old credentials": (TAGS, "PUT tagging", 400, error("ExpiredToken"), ""),
    "reads of tags": (TAGS, "GET tagging", 400, error("InvalidRequest"), ""),
    "405": (TAGS, "GET tagging", 405, error("MethodNotAllowed"), ("", "skip")),
    "501": (TAGS, "GET tagging", 501, error("NotImplemented"), "skip"),
    "STS": ({}, "POST ", 403, error("AccessDenied"), ("", "STS")),
    "STS with unknown credentials": ({}, "POST ", 403, error("InvalidClientTokenId"), ""),
}


def advice_in(message):
    return {name for name, words in ADVICE.items() if words in message}


def expected_advice(listed):
    return set(filter(None, listed.split(", ")))


@pytest.fixture(params=[0, 1], ids=["AWS", "elsewhere"])
def place(request):
    """Where the endpoint is: the index of its advice."""
    return request.param


@pytest.fixture
def failed(run, monkeypatch, place):
    """A function that returns the message of a task at a server that fails one request."""

    def failed(declared, fails, status, body, **options):
        with PartialS3(*SUB_RESOURCES) as server:
            url = server.url
            if place == 0:
                url = "http://sts.us-east-1.amazonaws.com" if fails == "POST " else "http://s3.us-east-1.amazonaws.com"
                monkeypatch.setenv("http_proxy", server.url)
            server.replies[tuple(fails.split(" "))] = (status, body)
            containers = [{"name": "example-live", **declared}]
            result = run("mediastore_s3_buckets", endpoint_url=url, containers=containers, wait_timeout=0, **options)
        assert result["failed"]
        return result["msg"]

    return failed


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_advice(failed, place, case):
    *how, advice = case
    expected = advice[place] if isinstance(advice, tuple) else advice
    assert advice_in(failed(*how)) == expected_advice(expected)


def test_no_owner_is_known_without_sts(failed, place):
    """An endpoint for which the account has to be given knows no accounts, AWS's always do."""
    said = failed(TAGS, "GET tagging", 403, error("AccessDenied"), account="123456789012")
    assert advice_in(said) == ({"owner", "permission"} if place == 0 else {"permission"})


@pytest.mark.usefixtures("clock")
def test_no_advice_about_sts_without_a_reply(run, emulator, closed_endpoint):
    """An endpoint that is not reached, and one that closes the connection, may implement AWS STS."""
    emulator.faults({"operation": "GetCallerIdentity", "kind": "cut_before", "count": None})
    for url in (closed_endpoint, emulator.url):
        result = run("mediastore_s3_buckets", endpoint_url=url, containers=[{"name": "example-live"}])
        assert result["failed"]
        assert advice_in(result["msg"]) == set()


@pytest.mark.parametrize(
    ("host", "is_aws"),
    [
        # The endpoint rules of the service in botocore.
        ("mediastore.us-east-1.amazonaws.com", True),
        ("mediastore.ap-northeast-1.amazonaws.com", True),
        ("mediastore-fips.us-west-2.amazonaws.com", True),
        ("mediastore.us-gov-west-1.amazonaws.com", True),
        ("mediastore.cn-north-1.amazonaws.com.cn", True),
        ("mediastore.eusc-de-east-1.amazonaws.eu", True),
        ("mediastore.us-iso-east-1.c2s.ic.gov", True),
        ("mediastore.us-isob-east-1.sc2s.sgov.gov", True),
        ("mediastore.eu-isoe-west-1.cloud.adc-e.uk", True),
        ("mediastore.us-isof-south-1.csp.hci.ic.gov", True),
        ("mediastore.us-east-1.api.aws", True),
        ("mediastore-fips.us-east-1.api.aws", True),
        ("mediastore.cn-north-1.api.amazonwebservices.com.cn", True),
        ("mediastore.us-iso-east-1.api.aws.ic.gov", True),
        # Hosts of others, of which some are in domains of AWS.
        ("mediastore.example.com", False),
        ("mediastore.us-east-1.amazonaws.com.example.com", False),
        ("mediastore-1234567890.us-east-1.elb.amazonaws.com", False),
        ("mediastore.us-east-1.elb.amazonaws.com", False),
        ("mediastore.abc.execute-api.us-east-1.amazonaws.com", False),
        ("my-mediastore.us-east-1.amazonaws.com", False),
        ("s3.us-east-1.amazonaws.com", False),
        ("mediastoreXus-east-1.amazonaws.com", False),
    ],
)
def test_the_end_of_the_service_is_only_of_aws(run, monkeypatch, host, is_aws):
    refused = ["AccessDeniedException"]
    with StubMediaStore(DescribeContainer=refused) as server:
        monkeypatch.setenv("http_proxy", server.url)
        result = run("mediastore_container", endpoint_url=f"http://{host}", name="live")
    assert "(AccessDeniedException)" in result["msg"]
    assert ("AWS ended MediaStore on 13 November 2025" in result["msg"]) == is_aws


@pytest.mark.parametrize(
    ("host", "is_aws"),
    [
        # Of the reply to DescribeContainer, in the API Reference; the domains as above.
        ("abcdefghijklmn.data.mediastore.us-east-1.amazonaws.com", True),
        ("abcdefghijklmn.data.mediastore.cn-north-1.amazonaws.com.cn", True),
        ("abcdefghijklmn.data.mediastore.us-east-1.amazonaws.com.example.com", False),
        ("abcdefghijklmn.data.mediastore.example.com", False),
        ("abcdefghijklmn.data.example.com", False),
        ("data.mediastore.us-east-1.amazonaws.com", False),
        ("abcdefghijklmnXdata.mediastore.us-east-1.amazonaws.com", False),
    ],
)
@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("mediastore_object", {"path": "a.txt", "content": "text"}),
        ("mediastore_objects", {"path": "/", "state": "absent"}),
        ("mediastore_object_info", {}),
    ],
)
def test_the_end_of_the_service_at_the_endpoint_of_a_container(run, monkeypatch, host, is_aws, module, options):
    """The endpoint that describes the container can be another one, for example one that has recorded AWS's replies."""
    described = {"Name": "live", "Status": "ACTIVE", "Endpoint": f"http://{host}"}
    denied = (403, {"x-amzn-ErrorType": "AccessDeniedException"}, b"")
    replies = {"DescribeContainer": [{"Container": described}], "DescribeObject": [denied], "ListItems": [denied]}
    with StubMediaStore(**replies) as server:
        monkeypatch.setenv("http_proxy", server.url)
        result = run(module, endpoint_url=server.url, container="live", **options)
    assert "(AccessDeniedException)" in result["msg"]
    assert ("AWS ended MediaStore on 13 November 2025" in result["msg"]) == is_aws
