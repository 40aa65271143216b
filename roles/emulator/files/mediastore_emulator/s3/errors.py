# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of Amazon S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html."""

from __future__ import annotations

from ..errors import ServiceError
from ..iam.signatures import CHANGED_BODY, EXPIRED, INCOMPLETE, MISMATCH, SKEWED, UNKNOWN_KEY

# By the kind of a fault.
FAULT_ERRORS = {
    "throttled": ("SlowDown", "Please reduce your request rate.", 503),
    "too_many_requests": ("TooManyRequests", "Please reduce your request rate.", 429),
    "internal_error": ("InternalError", "We encountered an internal error. Please try again.", 500),
    "unavailable": ("ServiceUnavailable", "Service is unable to handle request.", 503),
    "in_use": ("OperationAborted", "A conflicting conditional operation is in progress. Try again.", 409),
    "access_denied": ("AccessDenied", "Access Denied", 403),
    "expired_token": ("ExpiredToken", "The provided token has expired.", 400),
}
SIGNATURE_ERRORS = {
    UNKNOWN_KEY: ("InvalidAccessKeyId", 403),
    MISMATCH: ("SignatureDoesNotMatch", 403),
    CHANGED_BODY: ("XAmzContentSHA256Mismatch", 400),
    SKEWED: ("RequestTimeTooSkewed", 403),
    EXPIRED: ("AccessDenied", 403),
    INCOMPLETE: ("AuthorizationQueryParametersError", 400),
}


class S3Error(ServiceError):
    """An error of Amazon S3."""


def malformed_xml() -> S3Error:
    """Return the error for a document that is not XML, or that violates the schema."""
    return S3Error(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    )


def method_not_allowed() -> S3Error:
    """Return the error for a method that a bucket does not have, or not for the client."""
    return S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)


def no_such_bucket(name: str) -> S3Error:
    """Return the error for a bucket that does not exist."""
    return S3Error("NoSuchBucket", "The specified bucket does not exist", 404, elements={"BucketName": name})


def too_large() -> S3Error:
    """Return the error for a document that is too large."""
    return S3Error("MaxMessageLengthExceeded", "Your request was too large.")
