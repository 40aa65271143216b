# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS STS, which moto runs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ..call import Call, Reply
from ..errors import ServiceError
from ..iam.signatures import CHANGED_BODY, EXPIRED, INCOMPLETE, MISMATCH, SKEWED, UNKNOWN_KEY
from ..moto_plane import MotoPlane
from .operations import operation_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

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
    """AWS STS: GetCallerIdentity can have faults, moto runs all other operations as they are."""

    service = "sts"
    failure = "InternalFailure"
    fault_errors = _FAULT_ERRORS
    signature_errors = _SIGNATURE_ERRORS
    # As in the query protocol.
    error_root = "ErrorResponse"

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Run a request; raises IncompleteSignature for GetCallerIdentity with an invalid Authorization header."""
        call.operation = operation_of(environ, self.service)
        if call.operation == "GetCallerIdentity":
            call.read_signature(environ)
            self.check_signature(call)
            self.inject_fault(call)
        else:
            with contextlib.suppress(ServiceError):
                call.read_signature(environ)
        return self.run(environ, call)
