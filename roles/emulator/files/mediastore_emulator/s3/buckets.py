# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on buckets that the emulator runs in place of moto, or around it.

Each function takes the request and a function that has moto run it, and is named after its operation. Some do what moto
does, on moto's state, without the time that moto takes to find and to run an operation.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.s3.models import PublicAccessBlock

from ..call import Reply
from ..errors import InvalidRequestError
from ..paging import page
from . import rules
from .errors import S3Error
from .requests import BucketRequest
from .state import (
    bucket_tags,
    cors_rules,
    find_bucket,
    keep_document,
    kept,
    kept_document,
    put_bucket_tags,
    put_cors_rules,
)
from .xml_documents import write

_METRICS_PAGE = 100
# moto's attributes, in the order of the parameters of PublicAccessBlock.
_BLOCKS = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}
Moto = Callable[[], Reply]


def run(request: BucketRequest, moto: Moto) -> Reply:
    """Run a request that is allowed and valid."""
    operation = _OPERATIONS.get(request.operation.name)
    return operation(request, moto) if operation else moto()


def _create_bucket(request: BucketRequest, moto: Moto) -> Reply:
    reply = moto()
    created = find_bucket(request.name)
    if request.found is None and created is not None:
        if request.has_rules:
            # "Blocking public access to your Amazon S3 storage": all four settings are on in new buckets.
            created.public_access_block = PublicAccessBlock(True, True, True, True)
        tags = (request.document or {}).get("Tags", [])
        if tags:
            put_bucket_tags(created, _tags(tags))
    return reply


def _head_bucket(request: BucketRequest, _moto: Moto) -> Reply:
    return Reply(headers={"x-amz-bucket-region": request.bucket.region_name})


def _put_bucket_tagging(request: BucketRequest, _moto: Moto) -> Reply:
    """Replace the tags of a bucket: moto loses a value that is empty, and refuses the tags that belong to AWS."""
    put_bucket_tags(request.bucket, _tags(request.document["TagSet"]))
    return Reply(status=204)


def _tags(tag_set: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tag_set}


def _get_bucket_tagging(request: BucketRequest, _moto: Moto) -> Reply:
    tags = bucket_tags(request.bucket)
    if not tags:
        raise _missing(request, "NoSuchTagSet", "The TagSet does not exist")
    return _reply(request, "Tagging", {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]})


def _delete_bucket_tagging(request: BucketRequest, _moto: Moto) -> Reply:
    """Remove the tags of a bucket, except for those that belong to AWS."""
    put_bucket_tags(request.bucket, rules.system_tags(bucket_tags(request.bucket)) if request.has_rules else {})
    return Reply(status=204)


def _put_bucket_policy(request: BucketRequest, _moto: Moto) -> Reply:
    request.bucket.policy = request.document
    return Reply(status=204)


def _get_bucket_policy(request: BucketRequest, _moto: Moto) -> Reply:
    policy = request.bucket.policy
    if not policy:
        raise _missing(request, "NoSuchBucketPolicy", "The bucket policy does not exist")
    return Reply(policy)


def _delete_bucket_policy(request: BucketRequest, _moto: Moto) -> Reply:
    request.bucket.policy = None
    return Reply(status=204)


def _put_public_access_block(request: BucketRequest, _moto: Moto) -> Reply:
    if not request.document:
        raise S3Error("InvalidRequest", "Must specify at least one configuration.")
    request.bucket.public_access_block = PublicAccessBlock(*(request.document.get(name) for name in _BLOCKS))
    return Reply()


def _get_public_access_block(request: BucketRequest, _moto: Moto) -> Reply:
    block = request.bucket.public_access_block
    if not block:
        message = "The public access block configuration was not found"
        raise _missing(request, "NoSuchPublicAccessBlockConfiguration", message)
    settings = {name: getattr(block, attribute) for name, attribute in _BLOCKS.items()}
    return _reply(request, "PublicAccessBlockConfiguration", settings)


def _delete_public_access_block(request: BucketRequest, _moto: Moto) -> Reply:
    request.bucket.public_access_block = None
    return Reply(status=204)


def _put_bucket_cors(request: BucketRequest, moto: Moto) -> Reply:
    if not request.has_rules:
        return moto()
    put_cors_rules(request.bucket, request.document["CORSRules"])
    return Reply()


def _get_bucket_cors(request: BucketRequest, _moto: Moto) -> Reply:
    stored = cors_rules(request.bucket)
    if not stored:
        raise _missing(request, "NoSuchCORSConfiguration", "The CORS configuration does not exist")
    return _reply(request, "CORSConfiguration", {"CORSRules": stored})


def _delete_bucket_cors(request: BucketRequest, _moto: Moto) -> Reply:
    request.bucket.delete_cors()
    return Reply(status=204)


def _put_bucket_lifecycle_configuration(request: BucketRequest, moto: Moto) -> Reply:
    reply = moto()
    if reply.status == 200:
        with_ids = [{"ID": str(uuid.uuid4()), **rule} for rule in request.document["Rules"]]
        keep_document(request.bucket, "rules", {"Rules": with_ids})
    return reply


def _get_bucket_lifecycle_configuration(request: BucketRequest, moto: Moto) -> Reply:
    if not request.bucket.rules:
        raise _missing(request, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
    return _kept_document(request, "rules", "LifecycleConfiguration") or moto()


def _delete_bucket_lifecycle(request: BucketRequest, _moto: Moto) -> Reply:
    request.bucket.delete_lifecycle()
    return Reply(status=204)


def _put_bucket_logging(request: BucketRequest, moto: Moto) -> Reply:
    """Set access logging, unless moto has to: it reads only some forms of policies, and no conditions."""
    enabled = request.document.get("LoggingEnabled")
    if not enabled or not request.has_rules or "TargetGrants" in enabled:
        return moto()
    request.bucket.logging = {name: enabled[name] for name in ("TargetBucket", "TargetPrefix")}
    keep_document(request.bucket, "logging", request.document)
    return Reply()


def _get_bucket_logging(request: BucketRequest, moto: Moto) -> Reply:
    if not request.bucket.logging:
        return _reply(request, "BucketLoggingStatus", {})
    return _kept_document(request, "logging", "BucketLoggingStatus") or moto()


def _kept_document(request: BucketRequest, attribute: str, root: str) -> Reply | None:
    document = kept_document(request.bucket, attribute)
    return None if document is None else _reply(request, root, document)


def _put_bucket_metrics_configuration(request: BucketRequest, _moto: Moto) -> Reply:
    configurations, given_id = kept(request.bucket).metrics, request.call.parameters["Id"]
    rules.check_metrics(request.document, given_id, configurations)
    configurations[given_id] = request.document
    return Reply()


def _get_bucket_metrics_configuration(request: BucketRequest, _moto: Moto) -> Reply:
    configuration = kept(request.bucket).metrics.get(request.call.parameters["Id"])
    if configuration is None:
        raise _no_such_configuration()
    return _reply(request, "MetricsConfiguration", configuration)


def _list_bucket_metrics_configurations(request: BucketRequest, _moto: Moto) -> Reply:
    configurations, token = kept(request.bucket).metrics, request.call.parameters.get("ContinuationToken")
    try:
        ids, next_token = page(configurations, token, _METRICS_PAGE)
    except InvalidRequestError:
        raise S3Error("InvalidArgument", "The continuation token provided is incorrect") from None
    result = {
        "IsTruncated": next_token is not None,
        "ContinuationToken": token,
        "NextContinuationToken": next_token,
        "MetricsConfigurationList": [configurations[item] for item in ids],
    }
    return _reply(request, "ListMetricsConfigurationsResult", result)


def _delete_bucket_metrics_configuration(request: BucketRequest, _moto: Moto) -> Reply:
    if kept(request.bucket).metrics.pop(request.call.parameters["Id"], None) is None:
        raise _no_such_configuration()
    return Reply(status=204)


def _reply(request: BucketRequest, root: str, value: Mapping[str, Any]) -> Reply:
    """Return the output of an operation, or its member that is the body, as a document with the element `root`."""
    shape = request.operation.model.output_shape
    payload = shape.serialization.get("payload")
    return Reply(write(root, shape.members[payload] if payload else shape, value))


def _missing(request: BucketRequest, code: str, message: str) -> S3Error:
    return S3Error(code, message, 404, elements={"BucketName": request.name})


def _no_such_configuration() -> S3Error:
    return S3Error("NoSuchConfiguration", "The specified configuration does not exist.", 404)


_OPERATIONS: Mapping[str, Callable[[BucketRequest, Moto], Reply]] = {
    "CreateBucket": _create_bucket,
    "HeadBucket": _head_bucket,
    "PutBucketTagging": _put_bucket_tagging,
    "GetBucketTagging": _get_bucket_tagging,
    "DeleteBucketTagging": _delete_bucket_tagging,
    "PutBucketPolicy": _put_bucket_policy,
    "GetBucketPolicy": _get_bucket_policy,
    "DeleteBucketPolicy": _delete_bucket_policy,
    "PutPublicAccessBlock": _put_public_access_block,
    "GetPublicAccessBlock": _get_public_access_block,
    "DeletePublicAccessBlock": _delete_public_access_block,
    "PutBucketCors": _put_bucket_cors,
    "GetBucketCors": _get_bucket_cors,
    "DeleteBucketCors": _delete_bucket_cors,
    "PutBucketLifecycleConfiguration": _put_bucket_lifecycle_configuration,
    "GetBucketLifecycleConfiguration": _get_bucket_lifecycle_configuration,
    "DeleteBucketLifecycle": _delete_bucket_lifecycle,
    "PutBucketLogging": _put_bucket_logging,
    "GetBucketLogging": _get_bucket_logging,
    "PutBucketMetricsConfiguration": _put_bucket_metrics_configuration,
    "GetBucketMetricsConfiguration": _get_bucket_metrics_configuration,
    "ListBucketMetricsConfigurations": _list_bucket_metrics_configurations,
    "DeleteBucketMetricsConfiguration": _delete_bucket_metrics_configuration,
}
