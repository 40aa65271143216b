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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    lacks: list[tuple[str, ...]] = []
    for number, rule in enumerate(rules, 1):
        lacks.append(_lacks(rule, request))
        if not lacks[-1]:
            return CorsDecision(number, _headers(rule, request), f"CORS rule {number} is the first that allows it")
    if not rules:
        return CorsDecision(None, {}, _NO_RULES)
    nearest = min(range(len(rules)), key=lambda index: len(lacks[index]))
    words = " and ".join(_WORDS[what](rules[nearest], request) for what in lacks[nearest])
    return CorsDecision(None, {}, f"no CORS rule allows it: rule {nearest + 1} comes nearest, {words}")


def _lacks(rule: Mapping[str, Any], request: CorsRequest) -> tuple[str, ...]:
    """Return what a rule does not allow of a request, as keys of _WORDS."""
    if len(request.headers) > _MAX_HEADERS:
        return ("number of headers",)
    is_met = {
        "origin": bool(_matching_origins(rule, request.origin)),
        "method": request.method in rule["AllowedMethods"],
        "headers": not request.headers or next(_missing_headers(rule, request), None) is None,
    }
    return tuple(what for what, met in is_met.items() if not met)


def _matching_origins(rule: Mapping[str, Any], origin: str) -> set[str]:
    return {wildcard for wildcard in rule["AllowedOrigins"] if _fits([wildcard.partition("*")], origin)}


def _missing_headers(rule: Mapping[str, Any], request: CorsRequest) -> Iterator[str]:
    # Names of headers ignore case (RFC 9110, 5.1), origins do not.
    allowed = [wildcard.lower().partition("*") for wildcard in rule.get("AllowedHeaders", [])]
    return (name for name in request.headers if not _fits(allowed, name.lower()))


def _fits(wildcards: Iterable[tuple[str, str, str]], text: str) -> bool:
    """Return whether a text fits one of the wildcards, which are their texts before and after `*`, any characters."""
    for start, star, end in wildcards:
        if text == start if not star else text.startswith(start) and text[len(start) :].endswith(end):
            return True
    return False


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


def _without_headers(rule: Mapping[str, Any], request: CorsRequest) -> str:
    missing = shown_all(list(_missing_headers(rule, request)))
    if not rule.get("AllowedHeaders"):
        return f"it has no AllowedHeaders for {missing}"
    return f"its AllowedHeaders {shown_all(rule['AllowedHeaders'])} do not match {missing}"


# Why a rule does not allow a request, by what it lacks.
_WORDS: dict[str, Callable[[Mapping[str, Any], CorsRequest], str]] = {
    "number of headers": lambda _rule, request: (
        f"which allows at most {_MAX_HEADERS} headers, and the request has {len(request.headers)}"
    ),
    "origin": lambda rule, request: (
        f"its AllowedOrigins {shown_all(rule['AllowedOrigins'])} do not match {shown(request.origin)}"
    ),
    "method": lambda rule, request: (
        f"its AllowedMethods {shown_all(rule['AllowedMethods'])} do not contain {shown(request.method)}"
    ),
    "headers": _without_headers,
}
