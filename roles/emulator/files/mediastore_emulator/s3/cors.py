# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CORS as Amazon S3 decides it: the headers of replies by the rules of the bucket, and the refusal of a preflight.

What the documentation of S3 leaves open is as recorded replies of S3 have it: texts, elements of errors, and names of
headers in lower case.
"""

from __future__ import annotations

from typing import NamedTuple

from ..cors import SWITCHED_OFF, CorsRequest
from ..cors import decide as decide_by_rules
from .errors import S3Error
from .state import cors_rules, find_bucket

_NOT_ALLOWED = (
    "This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)


class Decision(NamedTuple):
    """The headers of the reply to a cross-origin request, none if it is refused; why; and the message of S3 then."""

    headers: dict[str, str]
    reason: str
    message: str = ""

    def refusal(self, request: CorsRequest, key: str) -> S3Error:
        """Return the error for a preflight that is refused, for the object `key` of a bucket, "" for the bucket."""
        elements = {
            "Method": request.method,
            "ResourceType": "OBJECT" if key and self.message == _NOT_ALLOWED else "BUCKET",
        }
        return S3Error("AccessForbidden", f"CORSResponse: {self.message}", 403, elements=elements)


def decide(request: CorsRequest, name: str, *, is_on: bool) -> Decision:
    """Return the decision on a request for the bucket `name`; `is_on` is the setting `cors`."""
    bucket = find_bucket(name)
    if not is_on:
        return Decision({}, SWITCHED_OFF, SWITCHED_OFF)
    if bucket is None:
        reason = f"The bucket {name} does not exist." if name else "The request is not for a bucket."
        return Decision({}, reason, "Bucket not found")
    rules = cors_rules(bucket)
    found = decide_by_rules(rules, request.for_bucket())
    message = _NOT_ALLOWED if rules else "CORS is not enabled for this bucket."
    return Decision(found.headers, found.sentence(f"bucket {name}", "CORS configuration"), message)
