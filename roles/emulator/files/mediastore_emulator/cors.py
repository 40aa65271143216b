# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-origin resource sharing (CORS): the headers of replies by the rules of a container or bucket. Pure functions.

The first rule that matches a request decides. A rule is a CorsRule of MediaStore or a CORSRule of Amazon S3: both
models have the same names for what counts here. Where the MediaStore User Guide is silent, the headers are those of
S3, from which MediaStore took its rules:
https://docs.aws.amazon.com/mediastore/latest/ug/cors-policy-troubleshooting.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SWITCHED_OFF = "The setting cors of the emulator is false, so no CORS rules apply: set it to true."
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


class CorsRequest(NamedTuple):
    """What rules are compared with: a cross-origin request, or the one that it announces, as a preflight does.

    `headers` are the names in Access-Control-Request-Headers. S3 also reads what a request announces that is no
    preflight, although browsers do not send one.
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
        names = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "").split(",")
        headers = tuple(name.strip() for name in names if name.strip())
        return cls(origin, announced or method, headers, method == "OPTIONS" and bool(announced))


def response_headers(rules: Iterable[Mapping[str, Any]], request: CorsRequest) -> dict[str, str]:
    """Return the headers by the first of the rules that matches a request; no rule, no headers."""
    rule = next((rule for rule in rules if _matches(rule, request)), None)
    return {} if rule is None else _headers(rule, request)


def why_refused(owner: str, document: str, rules: Sequence[Mapping[str, Any]], request: CorsRequest) -> str:
    """Return why no rule allows a request, for an `owner`, "container movies", and its `document`, "CORS policy"."""
    if not rules:
        return f"The {owner} has no {document}: put one that has a rule for the request."
    headers = f" and headers {', '.join(request.headers)}" if request.headers else ""
    return (
        f"The {document} of the {owner} must have one rule that allows origin {request.origin}, method "
        f"{request.method}{headers}."
    )


def _matches(rule: Mapping[str, Any], request: CorsRequest) -> bool:
    # Names of headers ignore case (RFC 9110, 5.1), origins do not.
    allowed = [wildcard.lower() for wildcard in rule.get("AllowedHeaders", [])]
    return (
        request.method in rule["AllowedMethods"]
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
