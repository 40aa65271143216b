# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both planes of MediaStore have in common: their state, and errors as JSON."""

from __future__ import annotations

import json
from typing import Any

from ..call import Reply
from ..errors import ServiceError
from ..iam.signatures import CHANGED_BODY, EXPIRED, INCOMPLETE, MISMATCH, SKEWED, UNKNOWN_KEY
from ..plane import Plane
from ..shared import Shared
from .models import Store
from .monitoring import Monitoring

# By the kind of a fault.
# Error codes of the model, or AWS's common ones where the model has none:
# https://docs.aws.amazon.com/mediastore/latest/apireference/CommonErrors.html
_FAULT_ERRORS = {
    "throttled": ("ThrottlingException", "Rate exceeded", 400),
    "too_many_requests": ("TooManyRequestsException", "Too many requests", 429),
    "internal_error": ("InternalServerError", "The service failed.", 500),
    "unavailable": ("ServiceUnavailable", "The service is busy.", 503),
    "in_use": ("ContainerInUseException", "The container is being updated.", 400),
    "access_denied": ("AccessDeniedException", "You are not allowed to do that.", 400),
    "expired_token": ("ExpiredTokenException", "The security token in the request is expired.", 400),
}
# The common errors of AWS, at the same address, and the codes of the services with the protocol AWS JSON.
_SIGNATURE_ERRORS = {
    UNKNOWN_KEY: ("UnrecognizedClientException", 400),
    MISMATCH: ("InvalidSignatureException", 400),
    CHANGED_BODY: ("InvalidSignatureException", 400),
    SKEWED: ("RequestExpired", 400),
    EXPIRED: ("AccessDenied", 403),
    INCOMPLETE: ("IncompleteSignature", 400),
}


class MediaStorePlane(Plane):
    """The control plane or the data plane."""

    fault_errors = _FAULT_ERRORS
    signature_errors = _SIGNATURE_ERRORS

    def __init__(self, shared: Shared, store: Store) -> None:
        super().__init__(shared)
        self.store = store
        self.monitoring = Monitoring(shared, store)

    def error_reply(self, error: ServiceError) -> Reply:
        """Return an error as in AWS's JSON protocols: the code is in body and header, because HEAD has no body."""
        body = {"__type": error.code, "message": error.message, "Message": error.message}
        headers = {"x-amzn-ErrorType": error.code, **error.headers}
        return Reply(json.dumps(body).encode(), headers, error.status, error.code)


def json_reply(document: dict[str, Any]) -> Reply:
    """Return a 200 with a JSON body."""
    return Reply(json.dumps(document).encode())
