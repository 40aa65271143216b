# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error in a reply, as clients of AWS read it. Pure functions."""

from __future__ import annotations

import json
import re
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape, unescape

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_CODE, _MESSAGE = (re.compile(rb"<%b>([^<]*)</%b>" % (name, name)) for name in (b"Code", b"Message"))


class ErrorDocument(NamedTuple):
    """The code and the message of an error, None without a message."""

    code: str
    message: str | None

    @property
    def reason(self) -> str:
        """The message; a sentence that it is missing, as in replies to HEAD, if moto sends none."""
        return self.message or f"moto replied {self.code} without a message."


def read_error(status: int, body: bytes) -> ErrorDocument | None:
    """Return the error of a reply, None for a status below 400.

    Its code is in a body in XML, as of S3 and of the query protocol, or in JSON. Without one, as for HEAD, the code is
    the phrase of the status as one word, "NotFound".
    """
    if status < HTTPStatus.BAD_REQUEST:
        return None
    phrase = HTTPStatus(status).phrase.title().replace(" ", "")
    code, message = _CODE.search(body), _MESSAGE.search(body)
    if code:
        return ErrorDocument(_text(code), message and _text(message))
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return ErrorDocument(phrase, None)
    kind, text = document.get("__type"), document.get("message", document.get("Message"))
    # The code can follow the name of the service: "com.amazon.service#Code".
    return ErrorDocument(
        kind.rpartition("#")[2] if isinstance(kind, str) else phrase, text if isinstance(text, str) else None
    )


def write_error(environ: WSGIEnvironment, service: str, code: str, message: str) -> tuple[str, bytes]:
    """Return content type and content of an error of a service: CBOR, JSON, or the XML of S3 or the query protocol."""
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        texts = [text.encode() for text in ("__type", code, "message", message)]
        # A map of two pairs of texts, each with a length of two bytes (RFC 8949, 3).
        return "application/cbor", b"\xa2" + b"".join(struct.pack(">BH", 0x79, len(text)) + text for text in texts)
    if "HTTP_X_AMZ_TARGET" in environ:
        return "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return "application/xml", (error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>").encode()


def _text(found: re.Match[bytes]) -> str:
    return unescape(found[1].decode("utf-8", "replace"))
