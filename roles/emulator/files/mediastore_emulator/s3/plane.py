# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plane of Amazon S3, which moto runs: an operation on buckets goes one way, read, authorize, check, run.

Requests for objects pass to moto, except for one whose checksum is wrong.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from ..call import Call, Reply
from ..errors import ServiceError
from ..iam.access import EXPLICITLY_DENIED
from ..iam.authorization import Authorization
from ..moto_plane import MotoPlane
from ..shared import Shared
from .buckets import run
from .checks import check_document, check_place
from .errors import FAULT_ERRORS, S3Error, method_not_allowed
from .objects import check_object
from .operations import SERVICE, address, find_operation, is_for_objects, parameters
from .requests import BucketRequest, read_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# moto takes a request for one of these as CreateBucket, DeleteBucket or ListObjects.
_WITHOUT_MOTO = re.compile(
    "Abac|Analytics|IntelligentTiering|Metadata|RequestPayment|CreateSession|DeleteBucketInventory"
)
_POLICY_OPERATIONS = ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy")
# Condition keys of listings, by the parameter of the request.
_LISTING_KEYS = {"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys"}


class S3Plane(MotoPlane):
    """The operations on buckets, which `moto` runs, moto's WSGI application for S3."""

    service = SERVICE
    failure = "InternalError"
    request_id_header = "x-amz-request-id"
    fault_errors = FAULT_ERRORS

    def __init__(self, shared: Shared, moto: WSGIApplication) -> None:
        super().__init__(shared, moto)
        self._lock = threading.RLock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request: record it if it is for a bucket, or for the list of buckets, else pass it to moto."""
        _bucket, key = address(environ)
        if is_for_objects(environ, key):
            return self._serve_objects(environ, start_response)
        return super().__call__(environ, start_response)

    def decides_on_page(self, environ: WSGIEnvironment) -> bool:
        """Return whether the CORS rules of a bucket decide on a request of a page of another origin.

        They do not decide on a POST, which a page sends without a preflight. S3 accepts forms of any page. This server
        does not, because it knows no secrets that a page would need for the form.
        """
        return bool(address(environ)[0]) and environ["REQUEST_METHOD"] != "POST"

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Read, authorize, check and run a request that is not for objects; raises S3Error."""
        _read_signature(environ, call)
        name, _key = address(environ)
        operation = find_operation(environ, name)
        call.operation, call.parameters = operation.name, parameters(operation, environ, name)
        self.inject_fault(call)
        if _WITHOUT_MOTO.search(operation.name):
            raise S3Error("NotImplemented", f"The emulator's S3 does not implement {operation.name}.", 501)
        with self._lock:
            request = read_request(environ, call, operation, name, has_rules=self.shared.settings.s3_rules)
            if request.has_rules:
                check_place(request)
                self._check_access(request)
                check_document(request)
            return run(request, partial(self.run, environ, operation.name))

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
            raise _access_denied(found)
        if is_policy and not found.is_owner:
            raise method_not_allowed()

    def _serve_objects(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            if self.shared.settings.s3_rules:
                check_object(environ)
            if environ["REQUEST_METHOD"] == "POST":
                # moto fails without the fields of a form, or without XML.
                return self.send(environ, start_response, self.run(environ, "a POST request"))
        except ServiceError as refused:
            return self.send(environ, start_response, self.error_reply(refused))
        return self.moto(environ, start_response)


def _read_signature(environ: WSGIEnvironment, call: Call) -> None:
    try:
        call.read_signature(environ)
    except ServiceError:
        message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        raise S3Error("InvalidRequest", message) from None


def _access_denied(found: Authorization) -> S3Error:
    is_explicit = found.decision.decision == EXPLICITLY_DENIED
    reason = "with an explicit deny in a policy" if is_explicit else "because no policy allows it"
    who, request = found.request.principal.arn or "anonymous", found.request
    message = f"User: {who} is not authorized to perform: {request.action} on resource: {request.resource} {reason}"
    return S3Error("AccessDenied", message, 403)
