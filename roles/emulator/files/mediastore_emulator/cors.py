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

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .iam.explanation import shown, shown_all

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SWITCHED_OFF = "The setting cors of the emulator is false, so no CORS rules apply: set it to true."
# Of a preflight request. Each is compared with up to 100 wildcards of up to 100 rules.
_MAX_HEADERS = 100
_NO_RULES = "no CORS rules are set"
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
# For a reply of a container with rules that has no other CORS headers: a cache must not use it for another origin.
VARY_BY_ORIGIN = {"Vary": "Origin"}


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

    def for_bucket(self) -> CorsRequest:
        """Return the request as Amazon S3 reads it: it replies with the names of headers in lower case."""
        return self._replace(headers=tuple(map(str.lower, self.headers)))


class CorsDecision(NamedTuple):
    """The decision on a request: the number of the rule that answers it, from 1, or None; the headers; and why."""

    rule: int | None
    headers: dict[str, str]
    reason: str

    def sentence(self, owner: str, document: str) -> str:
        """Return the reason for an `owner`, such as "container movies", and its `document`, such as "CORS policy"."""
        if self.rule is not None:
            return f"CORS rule {self.rule} of the {owner} answers the request."
        if self.reason == _NO_RULES:
            return f"The {owner} has no {document}: put one that has a rule for the request."
        return f"In the {document} of the {owner}, {self.reason}."


def decide(rules: Sequence[Mapping[str, Any]], request: CorsRequest) -> CorsDecision:
    """Return the decision of rules on a request: the first one that matches answers it.

    If no rule matches, the reason names the rule that came nearest: that which lacks the fewest of the origin, the
    method and the headers; of these the first.
    """
    for number, rule in enumerate(rules, 1):
        if _matches(rule, request):
            return CorsDecision(number, _headers(rule, request), f"CORS rule {number} is the first that allows it")
    if not rules:
        return CorsDecision(None, {}, _NO_RULES)
    lacks = {number: _lacks(rule, request) for number, rule in enumerate(rules, 1)}
    nearest = min(lacks, key=lambda number: len(lacks[number]))
    reason = f"no CORS rule allows it: rule {nearest} comes nearest, {' and '.join(lacks[nearest])}"
    return CorsDecision(None, {}, reason)


def _matches(rule: Mapping[str, Any], request: CorsRequest) -> bool:
    # Names of headers ignore case (RFC 9110, 5.1), origins do not.
    allowed = [wildcard.lower() for wildcard in rule.get("AllowedHeaders", [])]
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


def _lacks(rule: Mapping[str, Any], request: CorsRequest) -> list[str]:
    """Return which of origin, method and headers a rule does not allow, in words."""
    if len(request.headers) > _MAX_HEADERS:
        return [f"which allows at most {_MAX_HEADERS} headers, and the request has {len(request.headers)}"]
    found = []
    if not _matching_origins(rule, request.origin):
        found.append(f"its AllowedOrigins {shown_all(rule['AllowedOrigins'])} do not match {shown(request.origin)}")
    if request.method not in rule["AllowedMethods"]:
        found.append(f"its AllowedMethods {shown_all(rule['AllowedMethods'])} do not contain {shown(request.method)}")
    allowed = [wildcard.lower() for wildcard in rule.get("AllowedHeaders", [])]
    missing = [name for name in request.headers if not any(_fits(wildcard, name.lower()) for wildcard in allowed)]
    if missing and allowed:
        found.append(f"its AllowedHeaders {shown_all(rule['AllowedHeaders'])} do not match {shown_all(missing)}")
    elif missing:
        found.append(f"it has no AllowedHeaders for {shown_all(missing)}")
    return found
