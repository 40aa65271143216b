# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signature Version 4: what a request is signed with, and whether the signature is right.

Sources: the IAM User Guide, "Elements of an AWS API request signature", and the Amazon S3 API Reference,
"Authenticating Requests: Using Query Parameters". botocore.auth computes the signatures. Those of chunks are not
verified.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from botocore.auth import UNSIGNED_PAYLOAD, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Why a signature is refused. Each service has its own code for it.
UNKNOWN_KEY, MISMATCH, SKEWED, EXPIRED = "unknown key", "mismatch", "skewed", "expired"
INCOMPLETE, CHANGED_BODY = "incomplete", "changed body"
# Common errors of AWS, "RequestExpired": a date may differ by so much from the time of the service.
_MAX_SKEW = 15 * 60
# S3 API Reference, "Authenticating Requests: Using Query Parameters".
_LONGEST = 7 * 86_400
# botocore searches all headers for each of them.
_MAX_HEADERS = 100
# More than the largest object of MediaStore. A longer body is not hashed, because no operation takes it.
_MAX_BODY = 32 * 1024**2
_PIECE = 1024**2
_SCOPE = r"([^/,\s]+)/(\d{8})/([A-Za-z0-9-]{1,63})/([^/,\s]+)/aws4_request"
_HEADER = re.compile(rf"AWS4-HMAC-SHA256\s(?:.*?[,\s])?Credential={_SCOPE}(?:[,\s].*)?")
_CREDENTIAL = re.compile(_SCOPE)
_ELEMENT = re.compile(r"(SignedHeaders|Signature)=([^,\s]*)")
_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_SECONDS = re.compile(r"[0-9]{1,6}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class RefusedSignature(NamedTuple):
    """Why a signature is refused: one of the kinds of this module, and a sentence without secrets."""

    kind: str
    message: str


@dataclass(eq=False)
class Signature:
    """The Signature Version 4 of a request, in the Authorization header or in the query of a presigned URL.

    `parameters` are those of the query, empty for a header.
    """

    environ: WSGIEnvironment
    parameters: Mapping[str, str]
    access_key: str
    date: str
    region: str
    service: str

    @property
    def is_presigned(self) -> bool:
        """Whether the signature is in the query."""
        return bool(self.parameters)

    @cached_property
    def timestamp(self) -> datetime | None:
        """When the request was signed, None if the date is missing or invalid."""
        given = self.parameters.get("X-Amz-Date") if self.is_presigned else self.environ.get("HTTP_X_AMZ_DATE")
        return _http_date(self.environ.get("HTTP_DATE", "")) if given is None else _timestamp(given)

    @property
    def expires(self) -> int | None:
        """The seconds for which a presigned URL is valid, None if that is missing or invalid, and for a header."""
        given = self.parameters.get("X-Amz-Expires", "")
        return int(given) if _SECONDS.fullmatch(given) else None

    @cached_property
    def headers(self) -> list[str]:
        """The names of the signed headers, in lower case."""
        return self._element("SignedHeaders").lower().split(";")

    @property
    def value(self) -> str:
        """The signature in hex."""
        return self._element("Signature")

    def _element(self, name: str) -> str:
        if self.is_presigned:
            return self.parameters.get(f"X-Amz-{name}", "")
        elements: dict[str, str] = dict(_ELEMENT.findall(self.environ["HTTP_AUTHORIZATION"]))
        return elements.get(name, "")


def read_signature(environ: WSGIEnvironment) -> Signature | None:
    """Return the signature of a request, None if it is unsigned, or if X-Amz-Credential is invalid.

    Raises ValueError for an Authorization header that is no Signature Version 4.
    """
    header = environ.get("HTTP_AUTHORIZATION")
    if header is not None:
        match = _HEADER.fullmatch(header)
        if match is None:
            raise ValueError("The Authorization header is not an AWS Signature Version 4.")
        return Signature(environ, {}, *match.groups())
    query = environ.get("QUERY_STRING", "")
    # Most requests without a header are unsigned.
    parameters = {name: values[0] for name, values in parse_qs(query).items()} if "X-Amz-Credential" in query else {}
    match = _CREDENTIAL.fullmatch(parameters.get("X-Amz-Credential", ""))
    return Signature(environ, parameters, *match.groups()) if match else None


def check_expiration(signature: Signature, now: float) -> RefusedSignature | None:
    """Return why a presigned URL is not valid at `now`, a Unix timestamp; None if it is."""
    if not signature.is_presigned or signature.expires is None or signature.timestamp is None:
        return None
    if now <= signature.timestamp.timestamp() + signature.expires:
        return None
    return RefusedSignature(EXPIRED, "Request has expired")


def check_signature(signature: Signature, secret: str, now: float | None) -> RefusedSignature | None:
    """Return why a request is not signed with `secret`; None if it is.

    `now` is the time of the service, with which the date of the request is compared; None to compare it with no time.
    The body is read if its hash is signed, and can be read again.
    """
    if signature.timestamp is None or signature.date != signature.timestamp.strftime("%Y%m%d"):
        return RefusedSignature(INCOMPLETE, "The request must have the date of its signature in X-Amz-Date.")
    if "host" not in signature.headers:
        return RefusedSignature(INCOMPLETE, "The header host must be signed.")
    if len(signature.headers) > _MAX_HEADERS:
        return RefusedSignature(INCOMPLETE, f"At most {_MAX_HEADERS} headers can be signed.")
    if signature.is_presigned and not (signature.expires and signature.expires <= _LONGEST):
        return RefusedSignature(INCOMPLETE, f"X-Amz-Expires must be a number of seconds from 1 to {_LONGEST}.")
    skew = 0.0 if now is None else signature.timestamp.timestamp() - now
    if skew > _MAX_SKEW or (skew < -_MAX_SKEW and not signature.is_presigned):
        return RefusedSignature(
            SKEWED, f"The date of the request differs from the time of the service by {skew:.0f} s."
        )
    if not any(hmac.compare_digest(_sign(signature, secret, each), signature.value) for each in _hashes(signature)):
        return RefusedSignature(
            MISMATCH,
            "The signature does not match: the request was changed after it was signed, or it was signed with another "
            f"secret than that of the access key {signature.access_key}.",
        )
    stated = signature.environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
    if _SHA256.fullmatch(stated) and _hash_body(signature.environ) not in (None, stated):
        return RefusedSignature(CHANGED_BODY, "The body of the request does not have the hash in x-amz-content-sha256.")
    return None


def _hashes(signature: Signature) -> Iterator[str]:
    """Yield what a client can have signed as the hash of the body."""
    stated = signature.environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if stated is not None:
        yield stated
        return
    if signature.is_presigned:
        yield UNSIGNED_PAYLOAD
    actual = _hash_body(signature.environ)
    if actual is not None:
        yield actual


def _sign(signature: Signature, secret: str, body_hash: str) -> str:
    """Return the signature that a request should have."""
    environ = signature.environ
    signer_type = S3SigV4Auth if signature.service == "s3" else SigV4Auth
    signer = signer_type(Credentials(signature.access_key, secret), signature.service, signature.region)
    # botocore would choose the headers itself.
    signer.headers_to_sign = lambda request: request.headers
    path, _question_mark, query = _target(environ).partition("?")
    unsigned = "&".join(pair for pair in query.split("&") if not pair.startswith("X-Amz-Signature="))
    request = AWSRequest(environ["REQUEST_METHOD"], f"http://host{path}?{unsigned}")
    request.context["timestamp"] = signature.timestamp and signature.timestamp.strftime(_TIMESTAMP)
    for name in signature.headers:
        key = name.upper().replace("-", "_")
        request.headers[name] = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", "")
    *canonical, _hash = signer.canonical_request(request).split("\n")
    text = signer.string_to_sign(request, "\n".join([*canonical, body_hash]))
    return str(signer.signature(text, request))


def _target(environ: WSGIEnvironment) -> str:
    """Return path and query as the client has encoded them."""
    target = str(environ["RAW_URI"])
    return target if target.startswith("/") else "/" + target.partition("://")[2].partition("/")[2]


def _hash_body(environ: WSGIEnvironment) -> str | None:
    """Return the SHA-256 of the body in hex, None if it is too long; it can be read again."""
    source = environ["wsgi.input"]
    pieces, size = [], 0
    for piece in iter(lambda: source.read(_PIECE), b""):
        pieces.append(piece)
        size += len(piece)
        if size > _MAX_BODY:
            break
    body = b"".join(pieces)
    if hasattr(source, "unread"):
        source.unread(body)
    else:
        source.seek(0)
    return hashlib.sha256(body).hexdigest() if size <= _MAX_BODY else None


def _timestamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _TIMESTAMP).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None
