# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which replies are those of an operation: other servers than AWS's may take a sub-resource for the bucket itself.

Such a server answers GET ?policy with the list of the objects in the bucket, and DELETE ?policy deletes the bucket.
botocore does not compare the root element of a reply with that of the operation. Pure functions.
"""

from __future__ import annotations

import json
from xml.etree import ElementTree

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule reports the missing library

from .._errors import OtherReplyError, UnreadableReplyError

_POLICY = "GetBucketPolicy"
# What a server lacks that answers an operation otherwise: an aspect, or buckets.
_LACKING = {
    "CreateBucket": "buckets",
    **{f"{verb}PublicAccessBlock": "public_access_block" for verb in ("Get", "Put", "Delete")},
    **{f"{verb}BucketPolicy": "policy" for verb in ("Get", "Put", "Delete")},
    **{f"{verb}BucketTagging": "tags" for verb in ("Get", "Put", "Delete")},
    **{f"{verb}BucketCors": "cors" for verb in ("Get", "Put", "Delete")},
    **{f"{verb}BucketLifecycleConfiguration": "lifecycle" for verb in ("Get", "Put")},
    "DeleteBucketLifecycle": "lifecycle",
    "ListBucketMetricsConfigurations": "metrics",
    **{f"{verb}BucketMetricsConfiguration": "metrics" for verb in ("Put", "Delete")},
    **{f"{verb}BucketLogging": "logging" for verb in ("Get", "Put")},
}
# The root elements of replies: "Response Syntax" of each page of https://docs.aws.amazon.com/AmazonS3/latest/API/. The
# other operations have a reply without a body, except that of a policy, which is JSON.
_ROOTS = {
    "GetPublicAccessBlock": "PublicAccessBlockConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "GetBucketLogging": "BucketLoggingStatus",
}


def check_reply(operation: str, status: int, content: bytes) -> None:
    """Raise OtherReplyError for a successful reply that is not one of the operation.

    Raises ClientError for an error with a successful status, and UnreadableReplyError for a policy that is not JSON,
    for example because it was truncated.
    """
    if operation not in _LACKING or status >= 300:
        return
    check_content(operation, status, content)
    root = _root(content)
    if root is None:
        if operation == _POLICY and content.strip():
            if _is_policy(content):
                return
        elif operation not in _ROOTS and operation != _POLICY:
            return
        raise _other(operation, "an unknown document" if content.strip() else "no content")
    name = _local(root.tag)
    if name == "Error":
        error = {_local(child.tag): child.text or "" for child in root}
        raise ClientError(
            {"Error": {"Code": str(status), **error}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
        )
    # Some servers name the element after the shape of the reply.
    if name not in (_ROOTS.get(operation), *(f"{operation}{kind}" for kind in ("Output", "Result", "Response"))):
        raise _other(operation, name)


def check_content(operation: str, status: int, content: bytes) -> None:
    """Raise OtherReplyError for HTML, which is rarely well-formed XML, so that botocore repeats the request."""
    if (
        operation in _LACKING
        and status < 300
        and content.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))
    ):
        raise _other(operation, "HTML")


def _other(operation: str, reply: str) -> OtherReplyError:
    return OtherReplyError(operation, reply, _LACKING[operation])


def _root(content: bytes) -> ElementTree.Element | None:
    """Return the root element, None if the content is not XML."""
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, LookupError, ValueError):
        # ElementTree raises LookupError and ValueError for the encoding that a document names.
        return None


def _local(tag: str) -> str:
    """Return the name of an element without its namespace."""
    return tag.rpartition("}")[2]


def _is_policy(content: bytes) -> bool:
    """Return whether the content is a JSON object with the element that each policy has."""
    try:
        value = json.loads(content)
    except ValueError as error:
        raise UnreadableReplyError(f"it is not JSON: {error}") from error
    return isinstance(value, dict) and "Statement" in value
