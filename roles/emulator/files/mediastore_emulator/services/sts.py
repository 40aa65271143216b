# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS STS, which moto runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from ..call import Call, Reply
from ..iam.signatures import CHANGED_BODY, EXPIRED, INCOMPLETE, MISMATCH, SKEWED, UNKNOWN_KEY
from ..moto_plane import MotoPlane

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_FORM_BYTES = 64 * 1024
# By the kind of a fault.
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html. STS has no state in which it is in use.
_FAULT_ERRORS = {
    "throttled": ("Throttling", "Rate exceeded", 400),
    "too_many_requests": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "internal_error": ("InternalFailure", "The request processing has failed.", 500),
    "unavailable": ("ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503),
    "in_use": ("ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503),
    "access_denied": ("AccessDenied", "You are not authorized to perform this operation.", 403),
    "expired_token": ("ExpiredToken", "The security token included in the request is expired", 403),
}
# The same page, and "Common Error Types".
_SIGNATURE_ERRORS = {
    UNKNOWN_KEY: ("InvalidClientTokenId", 403),
    MISMATCH: ("SignatureDoesNotMatch", 403),
    CHANGED_BODY: ("SignatureDoesNotMatch", 403),
    SKEWED: ("RequestExpired", 400),
    EXPIRED: ("RequestExpired", 400),
    INCOMPLETE: ("IncompleteSignature", 400),
}


class Sts(MotoPlane):
    """AWS STS: GetCallerIdentity is recorded and can have faults, all other operations pass to moto."""

    service = "sts"
    failure = "InternalFailure"
    fault_errors = _FAULT_ERRORS
    signature_errors = _SIGNATURE_ERRORS
    # As in the query protocol.
    error_root = "ErrorResponse"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request: record it if it is for GetCallerIdentity, else pass it to moto."""
        source = environ["wsgi.input"]
        form = parse_qs(source.read(_FORM_BYTES).decode("latin-1"))
        source.seek(0)
        is_recorded = form.get("Action") == ["GetCallerIdentity"]
        return super().__call__(environ, start_response) if is_recorded else self.moto(environ, start_response)

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Run GetCallerIdentity; raises IncompleteSignature for an invalid Authorization header."""
        call.operation = "GetCallerIdentity"
        call.read_signature(environ)
        self.check_signature(call)
        self.inject_fault(call)
        return self.run(environ, call.operation)
