# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which replies are those of an operation: other servers than AWS's may take a sub-resource for the bucket itself.

Such a server answers GET ?policy with the list of the objects in the bucket, and DELETE ?policy deletes the bucket.
botocore does not compare the root element of a reply with that of the operation. Pure functions.
"""

from __future__ import annotations

import json
from typing import NamedTuple
from xml.etree import ElementTree

from .._errors import OtherReplyError, UnreadableReplyError


class _Reply(NamedTuple):
    """The root elements of replies to an operation, none for JSON, and what a server lacks that answers otherwise."""

    roots: tuple[str, ...]
    lacking: str


# The root elements are in "Response Syntax" of each page of https://docs.aws.amazon.com/AmazonS3/latest/API/.
_REPLIES = {
    "GetPublicAccessBlock": _Reply(("PublicAccessBlockConfiguration",), "public_access_block"),
    "GetBucketPolicy": _Reply((), "policy"),
    "GetBucketTagging": _Reply(("Tagging",), "tags"),
    "GetBucketCors": _Reply(("CORSConfiguration",), "cors"),
    "GetBucketLifecycleConfiguration": _Reply(("LifecycleConfiguration",), "lifecycle"),
    "ListBucketMetricsConfigurations": _Reply(("ListMetricsConfigurationsResult",), "metrics"),
    "GetBucketLogging": _Reply(("BucketLoggingStatus",), "logging"),
    "GetCallerIdentity": _Reply(("GetCallerIdentityResponse", "ErrorResponse"), "AWS STS"),
}
# Errors of S3 have another root than errors of STS: .../STS/latest/APIReference/CommonErrors.html
_WITH_ERRORS = ("GetCallerIdentity",)


def check_reply(operation: str, status: int, content: bytes) -> None:
    """Raise OtherReplyError if a reply is not one of the operation. A server error can come from a proxy.

    Raises UnreadableReplyError for a policy that is not JSON, for example because it was truncated.
    """
    expected = _REPLIES.get(operation)
    if expected is None or (status >= 300 and operation not in _WITH_ERRORS) or (status >= 500 and status != 501):
        return
    root = _root(content)
    # Some servers name the element after the shape of the reply.
    if root in (*expected.roots, *(f"{operation}{kind}" for kind in ("Output", "Result", "Response"))):
        return
    if not expected.roots and content and not root and _is_object(content):
        return
    raise other_reply(operation, root or ("an unknown document" if content else "no content"))


def other_reply(operation: str, reply: str) -> OtherReplyError:
    """Return the error for a reply that is not one of the operation."""
    return OtherReplyError(operation, reply, _REPLIES[operation].lacking)


def _root(content: bytes) -> str:
    """Return the name of the root element without its namespace, "" if the content is not XML."""
    try:
        return ElementTree.fromstring(content).tag.rpartition("}")[2]
    except (ElementTree.ParseError, LookupError, ValueError):
        # ElementTree raises LookupError and ValueError for the encoding that a document names.
        return ""


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except ValueError as error:
        raise UnreadableReplyError(f"it is not JSON: {error}") from error
