# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Amazon S3 refuses in requests for buckets, and moto accepts: where the bucket is, and its configurations.

Each function reads the request and the buckets, and applies the rules of rules.py and policy.py. Each raises S3Error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ..iam.access import Principal
from ..iam.authorization import Resource, authorize
from ..iam.directory import Client
from ..model_check import service_model
from . import rules
from .errors import S3Error, too_large
from .operations import SERVICE
from .policy import is_public, parse_policy
from .requests import CREATE, BucketRequest
from .state import blocks, bucket_policy, bucket_tags, find_bucket

_LOGGING_SERVICE = "logging.s3.amazonaws.com"


def check_place(request: BucketRequest) -> None:
    """Check the name and the region of a new bucket, or the region and the expected owner of one that exists."""
    if request.operation.name == CREATE:
        _create_bucket(request)
    elif request.found is not None:
        _check_region(request)
        rules.check_expected_owner(request.call.parameters.get("ExpectedBucketOwner"), request.bucket.account_id)


def check_document(request: BucketRequest) -> None:
    """Check the configuration that a request puts."""
    check = _CHECKS.get(request.operation.name)
    if check:
        check(request)


def _create_bucket(request: BucketRequest) -> None:
    location = (request.document or {}).get("LocationConstraint")
    known = service_model(SERVICE).shape_for("BucketLocationConstraint").metadata["enum"]
    rules.check_bucket_name(request.name)
    rules.check_location(location, request.call.region, known)
    # Models of botocore before 1.42.67 lack this parameter.
    namespace = request.environ.get("HTTP_X_AMZ_BUCKET_NAMESPACE")
    rules.check_namespace(request.name, namespace, request.call.account, location or "us-east-1")
    rules.check_bucket_tags((request.document or {}).get("Tags", []), {})


def _check_region(request: BucketRequest) -> None:
    """Refuse a request that is signed for another region than that of the bucket.

    User Guide, "Making requests": S3 redirects it to the region of the bucket. A host that names the bucket leads to
    the right region, where only the signature is wrong. GetBucketLocation is answered in all regions.
    """
    call, bucket = request.call, request.bucket
    if call.access_key is None or call.region == bucket.region_name or call.operation == "GetBucketLocation":
        return
    headers = {"x-amz-bucket-region": bucket.region_name}
    path = request.environ["PATH_INFO"].strip("/")
    if path:
        message = "The bucket you are attempting to access must be addressed using the specified endpoint."
        elements = {"Bucket": bucket.name, "Endpoint": f"s3.{bucket.region_name}.amazonaws.com"}
        raise S3Error("PermanentRedirect", message, 301, elements=elements, headers=headers)
    message = (
        f"The authorization header is malformed; the region '{call.region}' is wrong; expecting '{bucket.region_name}'"
    )
    elements = {"Region": bucket.region_name}
    raise S3Error("AuthorizationHeaderMalformed", message, elements=elements, headers=headers)


def _put_bucket_policy(request: BucketRequest) -> None:
    bucket = request.bucket
    policy = parse_policy(request.document, bucket.name, bucket.partition)
    if is_public(policy) and blocks(bucket, "block_public_policy"):
        message = (
            f"The policy of {bucket.name} is public, and public policies are prevented by the "
            "BlockPublicPolicy setting in S3 Block Public Access."
        )
        raise S3Error("AccessDenied", message, 403)


def _put_bucket_tagging(request: BucketRequest) -> None:
    rules.check_bucket_tags(request.document["TagSet"], bucket_tags(request.bucket))


def _put_bucket_cors(request: BucketRequest) -> None:
    if int(request.environ.get("CONTENT_LENGTH") or 0) > rules.MAX_CONFIGURATION_BYTES:
        raise too_large()
    rules.check_cors(request.document)


def _put_bucket_lifecycle_configuration(request: BucketRequest) -> None:
    rules.check_lifecycle(request.document)


def _put_bucket_logging(request: BucketRequest) -> None:
    """Check that a bucket can write its access logs to a target, the bucket of a name.

    User Guide, "Enabling Amazon S3 server access logging": both have the same owner and region, and the policy of the
    target allows it. Grants to the log delivery group do not count, because new buckets disable access control lists.
    Raises InvalidTargetBucketForLogging, and CrossLocationLoggingProhibited (403).
    """
    enabled = request.document.get("LoggingEnabled")
    if not enabled:
        return
    bucket, name, prefix = request.bucket, enabled["TargetBucket"], enabled["TargetPrefix"]
    refused = partial(S3Error, "InvalidTargetBucketForLogging", elements={"TargetBucket": name})
    target = find_bucket(name)
    if target is None:
        raise refused("The target bucket for logging does not exist")
    if target.account_id != bucket.account_id:
        raise refused("The owner for the bucket to be logged and the target bucket must be the same.")
    if target.region_name != bucket.region_name:
        raise S3Error("CrossLocationLoggingProhibited", "Cross S3 location logging not allowed.", 403)
    context = {"aws:SourceArn": bucket.arn, "aws:SourceAccount": bucket.account_id, "aws:SecureTransport": "true"}
    log = Resource(f"{target.arn}/{prefix}log", target.account_id, bucket_policy(target))
    if not authorize(Client(Principal(_LOGGING_SERVICE)), "s3:PutObject", log, context).is_allowed:
        message = f"The policy of {target.name} must allow {_LOGGING_SERVICE} s3:PutObject on {target.arn}/{prefix}*."
        raise refused(message)


_CHECKS: Mapping[str, Callable[[BucketRequest], None]] = {
    "PutBucketPolicy": _put_bucket_policy,
    "PutBucketTagging": _put_bucket_tagging,
    "PutBucketCors": _put_bucket_cors,
    "PutBucketLifecycleConfiguration": _put_bucket_lifecycle_configuration,
    "PutBucketLogging": _put_bucket_logging,
}
