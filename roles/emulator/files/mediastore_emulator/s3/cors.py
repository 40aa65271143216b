# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CORS as Amazon S3 decides it: the headers of replies by the rules of the bucket, and the refusal of a preflight.

What the documentation of S3 leaves open is as recorded replies of S3 have it: texts, elements of errors, and names of
headers in lower case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cors import SWITCHED_OFF, CorsRequest, response_headers
from .errors import S3Error
from .state import cors_rules, find_bucket

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_NOT_ALLOWED = (
    "This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)


def headers_for(environ: WSGIEnvironment, name: str) -> dict[str, str]:
    """Return the headers of the reply to a request for the bucket `name`; none if no rule allows the request."""
    request, bucket = CorsRequest.from_environ(environ), find_bucket(name)
    if request is None or bucket is None:
        return {}
    return response_headers(cors_rules(bucket), request._replace(headers=tuple(map(str.lower, request.headers))))


def check_preflight(environ: WSGIEnvironment, name: str, key: str, *, is_on: bool) -> None:
    """Check that a rule of the bucket `name` allows what a preflight for `key`, "" for the bucket, announces.

    Raises BadRequest without an Origin header, and AccessForbidden (403). `is_on` is the setting `cors`.
    """
    request, bucket = CorsRequest.from_environ(environ), find_bucket(name)
    if request is None:
        raise S3Error("BadRequest", "Insufficient information. Origin request header needed.")
    if not is_on:
        raise _refusal(SWITCHED_OFF, request, "")
    if bucket is None:
        raise _refusal("Bucket not found", request, "")
    if not bucket.cors:
        raise _refusal("CORS is not enabled for this bucket.", request, "")
    if not headers_for(environ, name):
        raise _refusal(_NOT_ALLOWED, request, key)


def _refusal(reason: str, request: CorsRequest, key: str) -> S3Error:
    elements = {"Method": request.method, "ResourceType": "OBJECT" if key else "BUCKET"}
    return S3Error("AccessForbidden", f"CORSResponse: {reason}", 403, elements=elements)
