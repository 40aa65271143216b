# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the head of a request, as h11 reads it, to a WSGI environment."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import h11

from ..call import ARRIVED

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# The largest object that S3 accepts in one request.
MAX_BODY_BYTES = 5 * 1024**3
# In the WSGI environment: the spelling of the headers with S3 metadata that have an underscore in their name.
SPELLINGS = "mediastore_emulator.spellings"
_METADATA = "x-amz-meta-"
# Origin-form and absolute-form (RFC 9112, 3.2).
_TARGET = re.compile(r"(?:https?://(?P<host>[^/?]*))?(?P<path>/[^?]*)?(?:\?(?P<query>.*))?")
_QUOTED_LINE = re.compile(r"bytearray\(b(['\"])([^:]{0,80}).*\1\)", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")


def read_head(head: h11.Request, server: Any, client: Any) -> WSGIEnvironment:
    """Return the WSGI environment of a request without its body; refuses a head that RFC 9112 forbids.

    `server` and `client` are addresses of sockets. Raises RemoteProtocolError.
    """
    target = head.target.decode("latin-1")
    parts = _TARGET.fullmatch(target)
    if not parts or not (parts["host"] or parts["path"]):
        raise h11.RemoteProtocolError("The request target must be a path or an HTTP URL.")
    environ = _header_variables(head.headers.raw_items())
    _check_head(head.http_version, environ)
    if parts["host"]:
        environ["HTTP_HOST"] = parts["host"]
    return environ | {
        "REQUEST_METHOD": head.method.decode("ascii"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts["path"] or "/").decode("latin-1"),
        "QUERY_STRING": parts["query"] or "",
        "RAW_URI": target,
        "REQUEST_URI": target,
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{head.http_version.decode('ascii')}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        ARRIVED: time.monotonic(),
    }


def _check_head(version: bytes, environ: WSGIEnvironment) -> None:
    """Refuse what h11 accepts and RFC 9112 forbids in its sections 2.3, 3.2 and 6.1."""
    if not version.startswith(b"1."):
        raise h11.RemoteProtocolError("The HTTP version must be 1.1 or 1.0.")
    if not _HOST.fullmatch(environ.get("HTTP_HOST", "")):
        raise h11.RemoteProtocolError("The Host header is not a valid host.")
    if "HTTP_TRANSFER_ENCODING" in environ and ("CONTENT_LENGTH" in environ or version == b"1.0"):
        raise h11.RemoteProtocolError("Transfer-Encoding cannot be combined with Content-Length or HTTP/1.0.")
    if int(environ.get("CONTENT_LENGTH", 0)) > MAX_BODY_BYTES:
        raise too_large()


def in_words(error: h11.RemoteProtocolError) -> str:
    """Return what h11 says about an invalid request, without values of headers, because these can be credentials."""
    return _QUOTED_LINE.sub(r"\2", str(error))


def why_refused(error: h11.RemoteProtocolError) -> str:
    """Return a sentence about a head that is not accepted; what h11 says is none."""
    words = in_words(error)
    return words if words.endswith(".") else f"The request is not valid HTTP: {words}."


def too_large() -> h11.RemoteProtocolError:
    """Return the error for a body of more than MAX_BODY_BYTES."""
    message = f"A request body can have at most {MAX_BODY_BYTES} bytes."
    return h11.RemoteProtocolError(message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _header_variables(headers: Iterable[tuple[bytes, bytes]]) -> WSGIEnvironment:
    """Return headers as WSGI variables, repeated ones joined by a comma.

    In WSGI, a_b and a-b are the same name, so names with an underscore are omitted, except S3 metadata: their spelling
    is in the variable SPELLINGS.
    """
    spellings: dict[str, str] = {}
    variables: WSGIEnvironment = {SPELLINGS: spellings}
    underscored = []
    for raw_name, raw_value in headers:
        if b"_" in raw_name:
            underscored.append((raw_name, raw_value))
            continue
        key, value = _variable(raw_name), raw_value.decode("latin-1")
        variables[key] = f"{variables[key]},{value}" if key in variables else value
    # They come last, so that none of them can replace a name with a dash.
    for raw_name, raw_value in underscored:
        name, key, value = raw_name.decode("ascii"), _variable(raw_name), raw_value.decode("latin-1")
        if name.lower().startswith(_METADATA) and (key not in variables or key in spellings):
            spellings.setdefault(key, name)
            variables[key] = f"{variables[key]},{value}" if key in variables else value
    return variables


@lru_cache(maxsize=256)
def _variable(name: bytes) -> str:
    """Return the variable of a header. Clients send the same names with each request."""
    key = name.decode("ascii").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
