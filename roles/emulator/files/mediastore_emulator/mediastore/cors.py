# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-origin resource sharing (CORS): the headers of replies by the CORS policy of a container. Pure functions.

The first rule that matches a request decides. Where the MediaStore User Guide is silent, the headers are those of
Amazon S3, from which MediaStore took its rules:
https://docs.aws.amazon.com/mediastore/latest/ug/cors-policy-troubleshooting.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"

# Of a preflight request. Each is compared with up to 100 wildcards of up to 100 rules.
_MAX_HEADERS = 100


class CorsRequest(NamedTuple):
    """What the rules of a policy are compared with: a cross-origin request, or the one that a preflight announces.

    `headers` are the names in Access-Control-Request-Headers of a preflight, and empty for other requests.
    """

    origin: str
    method: str
    headers: tuple[str, ...] = ()
    is_preflight: bool = False

    @classmethod
    def from_environ(cls, environ: WSGIEnvironment) -> CorsRequest | None:
        """Return the cross-origin request of a WSGI environment, None if it has no Origin header."""
        origin, method = environ.get("HTTP_ORIGIN"), environ["REQUEST_METHOD"]
        if not origin:
            return None
        announced = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
        if method != "OPTIONS" or not announced:
            return cls(origin, method)
        names = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "").split(",")
        return cls(origin, announced, tuple(name.strip() for name in names if name.strip()), True)


def response_headers(rules: Iterable[Mapping[str, Any]], request: CorsRequest) -> dict[str, str]:
    """Return the headers by the first of the CorsRule shapes that matches a request; no rule, no headers."""
    rule = next((rule for rule in rules if _matches(rule, request)), None)
    return {} if rule is None else _headers(rule, request)


def _matches(rule: Mapping[str, Any], request: CorsRequest) -> bool:
    # Names of headers ignore case (RFC 9110, 5.1), origins do not.
    allowed = [wildcard.lower() for wildcard in rule["AllowedHeaders"]]
    return (
        len(request.headers) <= _MAX_HEADERS
        and request.method in rule["AllowedMethods"]
        and bool(_matching_origins(rule, request.origin))
        and all(any(_fits(wildcard, name.lower()) for wildcard in allowed) for name in request.headers)
    )


def _matching_origins(rule: Mapping[str, Any], origin: str) -> set[str]:
    return {wildcard for wildcard in rule["AllowedOrigins"] if _fits(wildcard, origin)}


def _fits(wildcard: str, text: str) -> bool:
    """Return whether a text fits a wildcard, which has at most one `*`, for any characters."""
    start, star, end = wildcard.partition("*")
    if not star:
        return text == wildcard
    return len(text) >= len(start + end) and text.startswith(start) and text.endswith(end)


def _headers(rule: Mapping[str, Any], request: CorsRequest) -> dict[str, str]:
    is_public = _matching_origins(rule, request.origin) == {"*"}
    headers = {
        "Access-Control-Allow-Origin": "*" if is_public else request.origin,
        "Access-Control-Allow-Methods": ", ".join(rule["AllowedMethods"]),
        "Vary": _VARY,
    }
    if not is_public:
        # S3 sends it, although its documentation does not say so. With "*", the Fetch standard does not permit it.
        headers["Access-Control-Allow-Credentials"] = "true"
    if request.headers:
        headers["Access-Control-Allow-Headers"] = ", ".join(request.headers)
    if rule.get("ExposeHeaders"):
        # A name can contain line breaks, by the model's pattern.
        headers["Access-Control-Expose-Headers"] = ", ".join(" ".join(name.split()) for name in rule["ExposeHeaders"])
    if "MaxAgeSeconds" in rule:
        headers["Access-Control-Max-Age"] = str(rule["MaxAgeSeconds"])
    return headers
