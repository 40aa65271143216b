# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plane of Amazon S3, which moto runs: an operation on buckets goes one way, read, authorize, check, run.

moto runs requests for objects as they are, except for one whose checksum is wrong. CORS rules decide on preflights.
"""

from __future__ import annotations

import contextlib
import re
import threading
from functools import partial
from typing import TYPE_CHECKING

from ..call import Call, Reply
from ..cors import CorsRequest
from ..errors import ServiceError
from ..iam.access import EXPLICITLY_DENIED
from ..iam.authorization import Authorization
from ..moto_plane import MotoPlane
from ..plane import SANDBOX
from ..shared import Shared
from .buckets import run
from .checks import check_document, check_place
from .cors import decide
from .errors import FAULT_ERRORS, SIGNATURE_ERRORS, S3Error, method_not_allowed
from .objects import check_object, put_object_tagging
from .operations import (
    SERVICE,
    Operation,
    address,
    find_object_operation,
    find_operation,
    is_for_objects,
    parameters,
    query_of,
)
from .requests import BucketRequest, read_request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

# moto takes a request for one of these as CreateBucket, DeleteBucket or ListObjects.
_WITHOUT_MOTO = re.compile(
    "Abac|Analytics|IntelligentTiering|Metadata|RequestPayment|CreateSession|DeleteBucketInventory"
)
_SECONDS = re.compile("[0-9]{1,12}")
_POLICY_OPERATIONS = ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy")
# Condition keys of listings, by the parameter of the request.
_LISTING_KEYS = {"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys"}


class S3Plane(MotoPlane):
    """The operations of S3, which `moto` runs, moto's WSGI application for S3."""

    service = SERVICE
    failure = "InternalError"
    request_id_header = "x-amz-request-id"
    fault_errors = FAULT_ERRORS
    signature_errors = SIGNATURE_ERRORS

    def __init__(self, shared: Shared, moto: WSGIApplication) -> None:
        super().__init__(shared, moto)
        self._lock = threading.RLock()

    def decides_on_page(self, environ: WSGIEnvironment) -> bool:
        """Return whether the CORS rules of a bucket decide on a request of a page of another origin.

        A page sends a POST without a preflight, so here the rules must allow it. S3 accepts forms of any page. This
        server does not, because it knows no secrets that a page would need for the form.
        """
        name, request = address(environ)[0], CorsRequest.from_environ(environ)
        if not name or environ["REQUEST_METHOD"] != "POST":
            return bool(name)
        return request is not None and bool(decide(request, name, is_on=self.shared.settings.cors).headers)

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Read, authorize, check and run a request; raises S3Error."""
        name, key = address(environ)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return self._preflight(environ, call, name, key)
        try:
            _read_signature(environ, call)
            self.check_signature(call)
            self._check_version_2(environ, call)
        except ServiceError:
            self.identify(environ, call)
            raise
        if is_for_objects(environ, key):
            return self._run_for_objects(environ, call, name, key)
        operation = _select(environ, call, name)
        self.inject_fault(call)
        if _WITHOUT_MOTO.search(operation.name):
            raise S3Error("NotImplemented", f"The emulator's S3 does not implement {operation.name}.", 501)
        with self._lock:
            request = read_request(environ, call, operation, name, has_rules=self.shared.settings.s3_rules)
            if request.has_rules:
                check_place(request)
                self._check_access(request)
                check_document(request)
            return run(request, partial(self.run, environ, call))

    def identify(self, environ: WSGIEnvironment, call: Call) -> None:
        """Describe the operation of a request that is not run in `call`, if the request selects one."""
        # The host of a request that the emulator does not serve can be none.
        with contextlib.suppress(S3Error, ValueError):
            name, key = address(environ)
            if is_for_objects(environ, key):
                _select_for_objects(environ, call, name, key)
            else:
                _select(environ, call, name)

    def _check_version_2(self, environ: WSGIEnvironment, call: Call) -> None:
        """Read the presigned URL of Signature Version 2, which boto3 makes in us-east-1 unless configured otherwise.

        It expires by the clock. It is refused where signatures are verified, because those of Version 2 cannot be.
        """
        query = query_of(environ) if "AWSAccessKeyId=" in environ.get("QUERY_STRING", "") else {}
        if "AWSAccessKeyId" not in query or call.signature:
            return
        if self.shared.settings.signatures:
            raise _not_supported()
        call.note_key(environ, query["AWSAccessKeyId"][0])
        expires = query.get("Expires", [""])[0]
        if _SECONDS.fullmatch(expires) and self.shared.clock.time() > int(expires):
            raise S3Error("AccessDenied", "Request has expired", 403)

    def _check_access(self, request: BucketRequest) -> None:
        """Refuse what the policies do not allow, and to manage the policy of another account's bucket.

        API Reference, "PutBucketPolicy": the root user of the owner can do so even if the policy denies it, and other
        accounts cannot (MethodNotAllowed, 405).
        """
        given = request.call.parameters
        listing = {key: given[name] for key, name in _LISTING_KEYS.items() if name in given}
        found = self.authorize(request.environ, request.call, request.operation.action, request.resource, listing)
        is_policy = request.operation.name in _POLICY_OPERATIONS
        is_exempt = is_policy and found.is_owner and found.request.principal.is_root
        if self.shared.settings.access and not (found.is_allowed or is_exempt):
            request.call.reasons.append(f"Access is denied because {found.reason}.")
            raise _access_denied(found)
        if is_policy and not found.is_owner:
            raise method_not_allowed()

    def reply_headers(self, environ: WSGIEnvironment, call: Call) -> dict[str, str]:
        """Return the headers by the CORS rules of the bucket if the request has an Origin header, and SANDBOX."""
        request = CorsRequest.from_environ(environ)
        if request is None:
            return SANDBOX
        found = decide(request, address(environ)[0], is_on=self.shared.settings.cors)
        if environ["REQUEST_METHOD"] != "OPTIONS":
            call.note_cors(found.reason, is_allowed=bool(found.headers))
        return SANDBOX | found.headers

    def _preflight(self, environ: WSGIEnvironment, call: Call, name: str, key: str) -> Reply:
        """Return an empty reply, to which the CORS headers are added.

        Raises BadRequest without an Origin header, and AccessForbidden (403) without a rule.
        """
        call.operation, call.parameters = "Preflight", {"Bucket": name, "Key": key}
        request = CorsRequest.from_environ(environ)
        if request is None:
            raise S3Error("BadRequest", "Insufficient information. Origin request header needed.")
        call.parameters |= {"Origin": request.origin, "Method": request.method}
        found = decide(request, name, is_on=self.shared.settings.cors)
        call.reasons.append(found.reason)
        if not found.headers:
            raise found.refusal(request, key)
        return Reply()

    def _run_for_objects(self, environ: WSGIEnvironment, call: Call, name: str, key: str) -> Reply:
        _select_for_objects(environ, call, name, key)
        self.inject_fault(call)
        if self.shared.settings.s3_rules:
            check_object(environ)
        if call.operation == "PutObjectTagging":
            return put_object_tagging(environ, partial(self.run, call=call))
        return self.run(environ, call)


def _select(environ: WSGIEnvironment, call: Call, name: str) -> Operation:
    """Return the operation of a request that is not for objects, and describe it in `call`; raises S3Error for none."""
    operation = find_operation(environ, name)
    call.operation, call.parameters = operation.name, parameters(operation, environ, name)
    return operation


def _select_for_objects(environ: WSGIEnvironment, call: Call, name: str, key: str) -> None:
    """Describe the operation of a request for objects in `call`; raises MethodNotAllowed (405) for none."""
    operation = find_object_operation(environ)
    if operation:
        call.operation, call.parameters = operation.name, parameters(operation, environ, name, key)
    elif environ["REQUEST_METHOD"] == "POST":
        # The form of a browser, which the model lacks: API Reference, "POST Object".
        call.operation, call.parameters = "PostObject", {"Bucket": name}
    else:
        raise method_not_allowed()


def _read_signature(environ: WSGIEnvironment, call: Call) -> None:
    try:
        call.read_signature(environ)
    except ServiceError:
        raise _not_supported() from None


def _not_supported() -> S3Error:
    message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    return S3Error("InvalidRequest", message)


def _access_denied(found: Authorization) -> S3Error:
    is_explicit = found.decision.decision == EXPLICITLY_DENIED
    reason = "with an explicit deny in a policy" if is_explicit else "because no policy allows it"
    who, request = found.request.principal.arn or "anonymous", found.request
    message = f"User: {who} is not authorized to perform: {request.action} on resource: {request.resource} {reason}"
    return S3Error("AccessDenied", message, 403)
