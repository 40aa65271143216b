# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon S3 in front of moto's: refuses what S3 refuses, keeps what moto lacks, and records operations on buckets.

Requests for objects pass to moto, except for one whose checksum is wrong.
"""

from __future__ import annotations

import hashlib
import re
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.s3.models import FakeBucket, PublicAccessBlock, s3_backends

from .. import strict_json
from ..errors import InvalidRequestError, S3Error, ServiceError
from ..faults import S3_ERRORS, Faults
from ..iam.access import ALLOWED, EXPLICITLY_DENIED, Principal, Request, decide
from ..iam.authorization import find_client, request_keys
from ..iam.directory import Client
from ..mediastore.models import Store
from ..model_check import service_model
from ..moto_plane import MotoPlane
from ..paging import page
from ..partitions import get_partition
from ..plane import Call, Reply
from ..record import RequestRecord
from . import rules as s3_rules
from .operations import SERVICE, Operation, address, find_operation, is_for_objects, parameters
from .policy import is_public, parse_policy
from .state import blocks, find_bucket, keep_document, kept, kept_document
from .xml_documents import parse, write

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MAX_BODY_BYTES = 1024**2
_READ_BYTES = 1024**2
_METRICS_PAGE = 100
# moto takes a request for one of these as CreateBucket, DeleteBucket or ListObjects.
_WITHOUT_MOTO = re.compile(
    "Abac|Analytics|IntelligentTiering|Metadata|RequestPayment|CreateSession|DeleteBucketInventory"
)
_POLICY_OPERATIONS = ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy")
# Condition keys of listings, by the parameter of the request.
_LISTING_KEYS = {"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys"}
_LOGGING_SERVICE = "logging.s3.amazonaws.com"


@dataclass(frozen=True)
class _Asked:
    """A request for an operation on `bucket`, None for ListBuckets and for CreateBucket of a new one.

    `document` is the body, parsed: None without one.
    """

    environ: WSGIEnvironment
    call: Call
    operation: Operation
    bucket: FakeBucket | None
    document: Any

    @property
    def bucket_name(self) -> str:
        return str(self.call.parameters.get("Bucket", ""))


class S3Front(MotoPlane):
    """The operations on buckets, which `moto` runs, moto's WSGI application for S3."""

    service = SERVICE
    failure = "InternalError"
    request_id_header = "x-amz-request-id"
    fault_errors = S3_ERRORS

    def __init__(self, store: Store, record: RequestRecord, faults: Faults, moto: WSGIApplication) -> None:
        super().__init__(store, record, faults, moto)
        self._lock = threading.RLock()
        self._operations: dict[str, Callable[[_Asked, Any], Reply]] = {
            "GetBucketTagging": self._get_tags,
            "PutBucketPolicy": self._put_policy,
            "PutBucketCors": self._put_cors,
            "PutBucketLifecycleConfiguration": self._put_lifecycle,
            "GetBucketLifecycleConfiguration": partial(self._get_document, "rules", "LifecycleConfiguration"),
            "PutBucketLogging": self._put_logging,
            "GetBucketLogging": partial(self._get_document, "logging", "BucketLoggingStatus"),
            "PutBucketMetricsConfiguration": self._put_metrics,
            "GetBucketMetricsConfiguration": self._get_metrics,
            "ListBucketMetricsConfigurations": self._list_metrics,
            "DeleteBucketMetricsConfiguration": self._delete_metrics,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request: record it if it is for a bucket, or for the list of buckets, else pass it to moto."""
        _bucket, key = address(environ)
        if is_for_objects(environ, key):
            return self._serve_objects(environ, start_response)
        return super().__call__(environ, start_response)

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Check and run the operation of a request that is not for objects; raises S3Error."""
        try:
            call.read_signature(environ)
        except ServiceError:
            message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
            raise S3Error("InvalidRequest", message) from None
        name, _key = address(environ)
        operation = find_operation(environ, name)
        call.operation, call.parameters = operation.name, parameters(operation, environ, name)
        self.inject_fault(call)
        if _WITHOUT_MOTO.search(operation.name):
            raise S3Error("NotImplemented", f"The emulator's S3 does not implement {operation.name}.", 501)
        with self._lock:
            bucket = find_bucket(name)
            if bucket is None and operation.name not in ("CreateBucket", "ListBuckets"):
                raise _no_such_bucket(name)
            return self._run(_Asked(environ, call, operation, bucket, _document(environ, operation, call)))

    def _run(self, asked: _Asked) -> Reply:
        if asked.operation.name == "CreateBucket":
            return self._create_bucket(asked)
        if asked.bucket is None:
            self._check_access(asked, _client(asked.call), "*", None, asked.call.account)
            return self._pass(asked)
        if self._has_rules:
            _check_region(asked, asked.bucket)
            s3_rules.check_expected_owner(asked.call.parameters.get("ExpectedBucketOwner"), asked.bucket.account_id)
        self._check_bucket_access(asked, asked.bucket)
        operation = self._operations.get(asked.operation.name)
        return operation(asked, asked.bucket) if operation else self._pass(asked)

    @property
    def _has_rules(self) -> bool:
        return self.store.settings.s3_rules

    def _pass(self, asked: _Asked) -> Reply:
        return self.run(asked.environ, asked.operation.name)

    def _serve_objects(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            if self._has_rules:
                _check_object(environ)
            if environ["REQUEST_METHOD"] == "POST":
                # moto fails without the fields of a form, or without XML.
                return self.send(environ, start_response, self.run(environ, "a POST request"))
        except ServiceError as refused:
            return self.send(environ, start_response, self.error_reply(refused))
        return self.moto(environ, start_response)

    def _check_access(self, asked: _Asked, client: Client, resource: str, policy: Any, account: str) -> None:
        """Refuse what neither the policies of the client nor `policy`, of a bucket of `account`, allow."""
        settings, call = self.store.settings, asked.call
        keys = request_keys(asked.environ, self.store.clock.time(), call.region, settings.secure_transport)
        listing = {key: call.parameters[name] for key, name in _LISTING_KEYS.items() if name in call.parameters}
        request = Request(client.principal, asked.operation.action, resource, {**keys, **listing, **client.keys})
        decision = decide(request, policy, account).decision
        if decision == ALLOWED or not (settings.access and settings.s3_rules):
            return
        reason = "with an explicit deny in a policy" if decision == EXPLICITLY_DENIED else "because no policy allows it"
        who = client.principal.arn or "anonymous"
        message = f"User: {who} is not authorized to perform: {request.action} on resource: {resource} {reason}"
        raise S3Error("AccessDenied", message, 403)

    def _check_bucket_access(self, asked: _Asked, bucket: FakeBucket) -> None:
        """Check access, and that only the owner's account manages the policy (MethodNotAllowed, 405).

        API Reference, "PutBucketPolicy": the root user of the owner can do so even if the policy denies it.
        """
        client, policy = _client(asked.call), _stored_policy(bucket)
        is_policy = asked.operation.name in _POLICY_OPERATIONS
        if is_policy and client.principal.arn == f"arn:{bucket.partition}:iam::{bucket.account_id}:root":
            policy = None
        self._check_access(asked, client, bucket.arn, policy, bucket.account_id)
        is_owner = f"::{bucket.account_id}:" in (client.principal.arn or "")
        if is_policy and not is_owner and self._has_rules:
            raise S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)

    def _create_bucket(self, asked: _Asked) -> Reply:
        call, name = asked.call, asked.bucket_name
        configuration = asked.document or {}
        location = configuration.get("LocationConstraint")
        if self._has_rules:
            s3_rules.check_bucket_name(name)
            s3_rules.check_location(location, call.region, _locations())
            # Models of botocore before 1.42.67 lack this parameter.
            namespace = asked.environ.get("HTTP_X_AMZ_BUCKET_NAMESPACE")
            s3_rules.check_namespace(name, namespace, call.account, location or "us-east-1")
        partition = get_partition(call.region)
        self._check_access(asked, _client(call), f"arn:{partition}:s3:::{name}", None, call.account)
        reply = self._pass(asked)
        created = find_bucket(name)
        if asked.bucket is None and created is not None:
            if self._has_rules:
                # "Blocking public access to your Amazon S3 storage": all four settings are on in new buckets.
                created.public_access_block = PublicAccessBlock(True, True, True, True)
            tags = {tag["Key"]: tag["Value"] for tag in configuration.get("Tags", [])}
            if tags:
                s3_backends[created.account_id][created.partition].put_bucket_tagging(name, tags)
        return reply

    def _get_tags(self, asked: _Asked, bucket: FakeBucket) -> Reply:
        """Return the tags of a bucket: moto leaves out a value that is empty."""
        tags = s3_backends[bucket.account_id][bucket.partition].get_bucket_tagging(bucket.name)["Tags"]
        if not tags:
            return self._pass(asked)
        tag_set = {"TagSet": [{"Key": tag["Key"], "Value": tag["Value"] or ""} for tag in tags]}
        return Reply(write("Tagging", asked.operation.model.output_shape, tag_set))

    def _put_policy(self, asked: _Asked, bucket: FakeBucket) -> Reply:
        if self._has_rules:
            policy = parse_policy(asked.document, bucket.name, bucket.partition)
            if is_public(policy) and blocks(bucket, "block_public_policy"):
                message = (
                    f"The policy of {bucket.name} is public, and public policies are prevented by the "
                    "BlockPublicPolicy setting in S3 Block Public Access."
                )
                raise S3Error("AccessDenied", message, 403)
        reply = self._pass(asked)
        return Reply(status=204) if reply.status == 200 else reply

    def _put_cors(self, asked: _Asked, _bucket: FakeBucket) -> Reply:
        if self._has_rules:
            if int(asked.environ.get("CONTENT_LENGTH") or 0) > s3_rules.MAX_CONFIGURATION_BYTES:
                raise _too_large()
            s3_rules.check_cors(asked.document)
        return self._pass(asked)

    def _put_lifecycle(self, asked: _Asked, bucket: FakeBucket) -> Reply:
        if self._has_rules:
            s3_rules.check_lifecycle(asked.document)
        reply = self._pass(asked)
        if reply.status == 200:
            rules = [{"ID": str(uuid.uuid4()), **rule} for rule in asked.document["Rules"]]
            keep_document(bucket, "rules", {"Rules": rules})
        return reply

    def _put_logging(self, asked: _Asked, bucket: FakeBucket) -> Reply:
        """Set access logging, unless moto has to: it reads only some forms of policies, and no conditions."""
        enabled = asked.document.get("LoggingEnabled")
        if not enabled or not self._has_rules:
            return self._pass(asked)
        _check_logging(bucket, enabled["TargetBucket"], enabled["TargetPrefix"])
        if "TargetGrants" in enabled:
            return self._pass(asked)
        bucket.logging = {name: enabled[name] for name in ("TargetBucket", "TargetPrefix")}
        keep_document(bucket, "logging", asked.document)
        return Reply()

    def _get_document(self, attribute: str, root: str, asked: _Asked, bucket: FakeBucket) -> Reply:
        document = kept_document(bucket, attribute)
        if document is None:
            return self._pass(asked)
        return Reply(write(root, asked.operation.model.output_shape, document))

    def _put_metrics(self, asked: _Asked, bucket: FakeBucket) -> Reply:
        configurations, given_id = kept(bucket).metrics, asked.call.parameters["Id"]
        s3_rules.check_metrics(asked.document, given_id, configurations)
        configurations[given_id] = asked.document
        return Reply()

    def _get_metrics(self, asked: _Asked, bucket: FakeBucket) -> Reply:
        configuration = kept(bucket).metrics.get(asked.call.parameters["Id"])
        if configuration is None:
            raise _no_such_configuration()
        shape = asked.operation.model.output_shape.members["MetricsConfiguration"]
        return Reply(write("MetricsConfiguration", shape, configuration))

    def _list_metrics(self, asked: _Asked, bucket: FakeBucket) -> Reply:
        configurations, token = kept(bucket).metrics, asked.call.parameters.get("ContinuationToken")
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
        return Reply(write("ListMetricsConfigurationsResult", asked.operation.model.output_shape, result))

    def _delete_metrics(self, asked: _Asked, bucket: FakeBucket) -> Reply:
        if kept(bucket).metrics.pop(asked.call.parameters["Id"], None) is None:
            raise _no_such_configuration()
        return Reply(status=204)


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
        raise _too_large()
    if not body:
        if payload in shape.required_members:
            raise S3Error("MissingRequestBodyError", "Request Body is empty")
        return None
    member = shape.members[payload]
    if member.type_name != "structure":
        call.parameters[payload] = body.decode("utf-8", "replace")
        return body
    document = parse(member.serialization.get("name", payload), member, body)
    call.parameters[payload] = document
    return document


def _client(call: Call) -> Client:
    return find_client(call.directory, call.access_key, call.account, call.region)


def _check_object(environ: WSGIEnvironment) -> None:
    """Check the checksum of PutObject if a header has it; raises BadDigest and InvalidRequest."""
    given = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
    is_framed = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "").startswith("STREAMING-")
    if not given or environ["REQUEST_METHOD"] != "PUT" or is_framed:
        return
    digest, source = hashlib.sha256(), environ["wsgi.input"]
    while chunk := source.read(_READ_BYTES):
        digest.update(chunk)
    source.seek(0)
    s3_rules.check_checksum(given, digest.digest())
    # Without it, moto does not keep the checksum.
    environ.setdefault("HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM", "SHA256")


def _check_region(asked: _Asked, bucket: FakeBucket) -> None:
    """Refuse a request that is signed for another region than that of the bucket.

    User Guide, "Making requests": S3 redirects it to the region of the bucket. A host that names the bucket leads to
    the right region, where only the signature is wrong. GetBucketLocation is answered in all regions.
    """
    call = asked.call
    if call.access_key is None or call.region == bucket.region_name or call.operation == "GetBucketLocation":
        return
    headers = {"x-amz-bucket-region": bucket.region_name}
    path = asked.environ["PATH_INFO"].strip("/")
    if path:
        message = "The bucket you are attempting to access must be addressed using the specified endpoint."
        elements = {"Bucket": bucket.name, "Endpoint": f"s3.{bucket.region_name}.amazonaws.com"}
        raise S3Error("PermanentRedirect", message, 301, elements=elements, headers=headers)
    message = (
        f"The authorization header is malformed; the region '{call.region}' is wrong; expecting '{bucket.region_name}'"
    )
    elements = {"Region": bucket.region_name}
    raise S3Error("AuthorizationHeaderMalformed", message, elements=elements, headers=headers)


def _stored_policy(bucket: FakeBucket) -> Any:
    """Return the policy of a bucket; None without one, or if it is not JSON, which moto accepts without the rules."""
    try:
        return strict_json.parse(bucket.policy) if bucket.policy else None
    except ValueError:
        return None


def _check_logging(bucket: FakeBucket, name: str, prefix: str) -> None:
    """Check that a bucket can write its access logs to a target, the bucket of a name.

    User Guide, "Enabling Amazon S3 server access logging": both have the same owner and region, and the policy of the
    target allows it. Grants to the log delivery group do not count, because new buckets disable access control lists.
    Raises InvalidTargetBucketForLogging, and CrossLocationLoggingProhibited (403).
    """
    refused = partial(S3Error, "InvalidTargetBucketForLogging", elements={"TargetBucket": name})
    target = find_bucket(name)
    if target is None:
        raise refused("The target bucket for logging does not exist")
    if target.account_id != bucket.account_id:
        raise refused("The owner for the bucket to be logged and the target bucket must be the same.")
    if target.region_name != bucket.region_name:
        raise S3Error("CrossLocationLoggingProhibited", "Cross S3 location logging not allowed.", 403)
    context = {"aws:SourceArn": bucket.arn, "aws:SourceAccount": bucket.account_id, "aws:SecureTransport": "true"}
    request = Request(Principal(_LOGGING_SERVICE), "s3:PutObject", f"{target.arn}/{prefix}log", context)
    if decide(request, _stored_policy(target), target.account_id).decision != ALLOWED:
        message = f"The policy of {target.name} must allow {_LOGGING_SERVICE} s3:PutObject on {target.arn}/{prefix}*."
        raise refused(message)


def _locations() -> list[str]:
    values: list[str] = service_model(SERVICE).shape_for("BucketLocationConstraint").metadata["enum"]
    return values


def _no_such_bucket(name: str) -> S3Error:
    return S3Error("NoSuchBucket", "The specified bucket does not exist", 404, elements={"BucketName": name})


def _no_such_configuration() -> S3Error:
    return S3Error("NoSuchConfiguration", "The specified configuration does not exist.", 404)


def _too_large() -> S3Error:
    return S3Error("MaxMessageLengthExceeded", "Your request was too large.")
