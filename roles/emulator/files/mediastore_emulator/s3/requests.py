# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request for an operation on a bucket, read: its bucket and its document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.s3.models import FakeBucket

from ..call import Call
from ..iam.authorization import Resource
from ..partitions import get_partition
from .errors import S3Error, no_such_bucket, too_large
from .operations import Operation
from .state import bucket_policy, find_bucket
from .xml_documents import parse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CREATE, LIST = "CreateBucket", "ListBuckets"
# The model does not require their body, but S3 does.
_WITH_DOCUMENT = {"PutBucketLifecycleConfiguration"}
_MAX_BODY_BYTES = 1024**2


@dataclass(frozen=True)
class BucketRequest:
    """A request for an operation on the bucket `name`, "" for ListBuckets.

    `found` is the bucket, None for ListBuckets and for CreateBucket of a new one. `document` is the body, parsed: None
    without one. `has_rules` is whether Amazon S3's rules apply, beside those of moto.
    """

    environ: WSGIEnvironment
    call: Call
    operation: Operation
    name: str
    found: FakeBucket | None
    document: Any
    has_rules: bool

    @property
    def bucket(self) -> FakeBucket:
        """The bucket; raises NoSuchBucket (404) for an operation that needs none."""
        if self.found is None:
            raise no_such_bucket(self.name)
        return self.found

    @property
    def resource(self) -> Resource:
        """What a policy must allow the operation on."""
        if self.operation.name == LIST:
            return Resource("*", self.call.account)
        if self.operation.name == CREATE:
            return Resource(f"arn:{get_partition(self.call.region)}:s3:::{self.name}", self.call.account)
        return Resource(self.bucket.arn, self.bucket.account_id, bucket_policy(self.bucket), "bucket")


def read_request(
    environ: WSGIEnvironment, call: Call, operation: Operation, name: str, *, has_rules: bool
) -> BucketRequest:
    """Return the request for an operation on the bucket `name`; its document is added to the parameters of the call.

    Raises NoSuchBucket (404), MissingRequestBodyError, MaxMessageLengthExceeded and MalformedXML.
    """
    found = find_bucket(name)
    if found is None and operation.name not in (CREATE, LIST):
        raise no_such_bucket(name)
    return BucketRequest(environ, call, operation, name, found, _document(environ, operation, call), has_rules)


def _document(environ: WSGIEnvironment, operation: Operation, call: Call) -> Any:
    """Return the body as the payload of the operation, and add it to the parameters of the call; None without one.

    Raises MissingRequestBodyError, MaxMessageLengthExceeded and MalformedXML.
    """
    shape = operation.model.input_shape
    payload = shape.serialization.get("payload")
    if payload is None:
        return None
    source = environ["wsgi.input"]
    body = source.read(_MAX_BODY_BYTES + 1)
    source.seek(0)
    if len(body) > _MAX_BODY_BYTES:
        raise too_large()
    if not body:
        if payload in shape.required_members or operation.name in _WITH_DOCUMENT:
            raise S3Error("MissingRequestBodyError", "Request Body is empty")
        return None
    member = shape.members[payload]
    if member.type_name != "structure":
        call.parameters[payload] = body.decode("utf-8", "replace")
        return body
    document = parse(member.serialization.get("name", payload), member, body)
    call.parameters[payload] = document
    return document
