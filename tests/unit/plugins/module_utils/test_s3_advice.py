# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about a failed request for a bucket, as a table: the failure, what is known, the advice."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError, Failure
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.advice import Circumstances, advice

ACCOUNT, HERE, THERE = "123456789012", "us-east-1", "eu-west-1"
AWS, OTHER = Circumstances(ACCOUNT, HERE, is_aws=True), Circumstances(ACCOUNT, HERE)
ELSEWHERE = Circumstances(ACCOUNT, "RegionOne")
UNKNOWN_OWNER = Circumstances(ACCOUNT, HERE, is_owner_checked=False)
IN_THERE = "the bucket is in eu-west-1: set region to it, or choose another bucket"
NO_PERMISSION = "the credentials lack the permission; grant it, or choose another bucket"
NOT_OURS = (
    "either the bucket does not belong to account 123456789012, or the credentials lack the permission; choose another"
    " bucket, or grant it"
)
NO_LOCATION = (
    "the endpoint does not accept LocationConstraint RegionOne; set region to the name of its region, or to us-east-1,"
    " for which none is sent"
)
LOG_BUCKET = (
    "example-logs must be a bucket of account 123456789012 in us-east-1 whose policy has the statement of the finding"
    " logging.permission"
)
ABAC = (
    "if ABAC is enabled for the bucket, tag it with aws s3control tag-resource, or disable ABAC; omit tags in the"
    " declaration to leave them alone"
)


def refused(code, operation="PutBucketCors", *, status=400, message="text", header=None, **members):
    """Return an error of an operation, with the region of the bucket in a header."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {"x-amz-bucket-region": header} if header else {}}
    details = {"Code": code, "Message": message, **members}
    return ClientError({"Error": details, "ResponseMetadata": metadata}, operation)


def on(is_blocked, is_aws=False):
    return Circumstances(ACCOUNT, HERE, is_aws=is_aws, is_blocked=is_blocked)


DENIED_POLICY = refused("AccessDenied", "PutBucketPolicy", status=403)
BLOCKED = refused("AccessDenied", "PutBucketPolicy", status=403, message="by the BlockPublicPolicy setting")
CASES = {
    # Regions: one is only named if it is in the reply, and is another one.
    "a region in a header": (refused("PermanentRedirect", status=301, header=THERE), AWS, IN_THERE),
    "a region without a body": (refused("301", "HeadBucket", status=301, header=THERE), AWS, IN_THERE),
    "a region in the error": (refused("AuthorizationHeaderMalformed", Region=THERE), OTHER, IN_THERE),
    "no region": (refused("PermanentRedirect", status=301), AWS, ""),
    "no region elsewhere": (refused("AuthorizationHeaderMalformed"), OTHER, ""),
    "an empty region": (refused("AuthorizationHeaderMalformed", Region=""), AWS, ""),
    "the same region": (refused("AuthorizationHeaderMalformed", Region=HERE), AWS, ""),
    "a region with another error": (refused("MalformedXML", header=THERE), AWS, ""),
    "no region in the reply to HeadBucket": (refused("400", "HeadBucket"), AWS, ""),
    "a region that the endpoint may not know": (
        refused("400", "HeadBucket"),
        OTHER,
        "the endpoint may not know the region us-east-1: set region to the name that it uses",
    ),
    # The location of a new bucket.
    "a location": (
        refused("InvalidLocationConstraint", "CreateBucket"),
        ELSEWHERE,
        NO_LOCATION,
    ),
    "no location": (
        refused("IllegalLocationConstraintException", "CreateBucket"),
        OTHER,
        "no LocationConstraint is sent for us-east-1; set region to the name of the endpoint's region",
    ),
    "a location at AWS": (refused("InvalidLocationConstraint", "CreateBucket"), AWS, ""),
    # Public policies.
    "a public policy": (
        BLOCKED,
        on(True, is_aws=True),
        "S3 treats the policy as public; name its principals, or set public to true",
    ),
    "a public policy that the account blocks": (
        BLOCKED,
        on(False, is_aws=True),
        "account 123456789012 or its organization blocks public policies; allow them there, or set public to false",
    ),
    "a policy at AWS": (DENIED_POLICY, on(True, is_aws=True), NOT_OURS),
    "a policy without a block": (DENIED_POLICY, on(False), NOT_OURS),
    "another request with a block": (refused("AccessDenied", status=403), on(True), NOT_OURS),
    # Principals and the log bucket.
    "a principal": (
        refused("MalformedPolicy", "PutBucketPolicy", message="Invalid principal in policy"),
        AWS,
        "the policy names a user or role that does not exist; correct its statement, or create the principal",
    ),
    "another malformed policy": (refused("MalformedPolicy", "PutBucketPolicy"), AWS, ""),
    "a log bucket": (
        refused("InvalidTargetBucketForLogging", "PutBucketLogging", TargetBucket="example-logs"),
        AWS,
        LOG_BUCKET,
    ),
    # Access.
    "access": (refused("AccessDenied", status=403), AWS, NOT_OURS),
    "access without a body": (refused("403", "HeadBucket", status=403), AWS, NOT_OURS),
    "access to a new bucket": (refused("AccessDenied", "CreateBucket", status=403), AWS, NO_PERMISSION),
    "access where no owner is known": (refused("AccessDenied", status=403), UNKNOWN_OWNER, NO_PERMISSION),
    # Names and tags.
    "a name": (
        refused("BucketAlreadyExists", "CreateBucket", status=409),
        AWS,
        "another account has a bucket of this name: choose another bucket",
    ),
    "tags": (
        refused("MethodNotAllowed", "PutBucketTagging", status=405),
        AWS,
        ABAC,
    ),
    "tags elsewhere": (refused("MethodNotAllowed", "PutBucketTagging", status=405), OTHER, ""),
    "invalid tags": (refused("InvalidTag", "PutBucketTagging"), AWS, ""),
    "tags with expired credentials": (refused("ExpiredToken", "PutBucketTagging"), AWS, ""),
    "tags and an error of the server": (refused("InternalError", "PutBucketTagging", status=500), AWS, ""),
    # Failures without a reply.
    "no reply": (EndpointConnectionError(endpoint_url="https://example.com"), AWS, ""),
    "no exception": (None, AWS, ""),
}


@pytest.mark.parametrize(("exception", "known", "expected"), CASES.values(), ids=CASES)
def test_advice(exception, known, expected):
    failure = Failure.of(exception) if exception else None
    assert advice(ApiError("Failed to do something", exception, failure), known) == expected


@pytest.mark.parametrize(("is_blocked", "state"), [(True, "are"), (None, "may be")])
def test_advice_about_a_policy_that_another_server_refuses(is_blocked, state):
    error = ApiError("Failed to do something", DENIED_POLICY, Failure.of(DENIED_POLICY))
    expected = (
        f"the Block Public Access settings of the bucket {state} enabled, so the endpoint may reject this policy; "
    )
    assert advice(error, on(is_blocked)).startswith(expected)
