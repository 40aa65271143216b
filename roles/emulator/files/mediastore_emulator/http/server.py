# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 (RFC 9112) for a WSGI application: h11 reads the requests, and one thread serves each connection.

The application receives only complete requests.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import socketserver
import sys
import tempfile
import time
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import h11

from ..faults import ConnectionCutError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)
_MAX_HEAD_BYTES = 65_536
# The largest object that S3 accepts in one request.
_MAX_BODY_BYTES = 5 * 1024**3
_MAX_BODY_BYTES_IN_MEMORY = 32 * 1024**2
_MAX_IDLE_SECONDS = 300
_LINGER_SECONDS = 2
_READ_BYTES = 65_536
_WITHOUT_CONTENT = ("1", "204", "304")
# In the WSGI environment: the spelling of the headers with S3 metadata that have an underscore in their name.
SPELLINGS = "mediastore_emulator.spellings"
_METADATA = "x-amz-meta-"
# Origin-form and absolute-form (RFC 9112, 3.2).
_TARGET = re.compile(r"(?:https?://(?P<host>[^/?]*))?(?P<path>/[^?]*)?(?:\?(?P<query>.*))?")
_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")


class Connection(socketserver.BaseRequestHandler):
    """The connection of one client: each request is followed by its reply."""

    server: HttpServer
    request: socket.socket

    def setup(self) -> None:
        """Prepare the socket."""
        # Otherwise the last packet of a reply would wait for an acknowledgement (Nagle's algorithm).
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request.settimeout(_MAX_IDLE_SECONDS)

    def handle(self) -> None:
        """Serve requests until one side ends the connection."""
        received = b""
        try:
            while (rest := self._serve_next(received)) is not None:
                received = rest
        except h11.RemoteProtocolError as error:
            self._refuse(error)
        except (ConnectionCutError, OSError):
            # The caller closes the connection.
            return

    def _serve_next(self, received: bytes) -> bytes | None:
        """Serve the request that starts with `received`; return the bytes after it, None if the connection ends."""
        self._reader = h11.Connection(h11.SERVER, _MAX_HEAD_BYTES)
        if received:
            self._reader.receive_data(received)
        head = self._next_event()
        if not isinstance(head, h11.Request):
            return None
        environ = self._environ(head)
        with tempfile.SpooledTemporaryFile(_MAX_BODY_BYTES_IN_MEMORY) as body:
            length = 0
            while isinstance(event := self._next_event(), h11.Data):
                length += len(event.data)
                if length > _MAX_BODY_BYTES:
                    raise _too_large()
                body.write(event.data)
            body.seek(0)
            if environ.pop("HTTP_TRANSFER_ENCODING", None):
                environ["CONTENT_LENGTH"] = str(length)
            status, headers, content = self._call({**environ, "wsgi.input": body})
        if self.server.verbose:
            print(self.client_address[0], environ["REQUEST_METHOD"], environ["RAW_URI"], status, file=sys.stderr)
        is_last = head.http_version == b"1.0" or "close" in environ.get("HTTP_CONNECTION", "").lower()
        self._send(status, [*headers, ("Connection", "close")] if is_last else headers, content, head.method)
        return None if is_last else self._reader.trailing_data[0]

    def _next_event(self) -> Any:
        """Return the next event of the client; reads from the socket until the event is complete."""
        while (event := self._reader.next_event()) is h11.NEED_DATA:
            if self._reader.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=HTTPStatus.CONTINUE, headers=[], reason="Continue")
                self.request.sendall(self._reader.send(go_on) or b"")
            self._reader.receive_data(self.request.recv(_READ_BYTES))
        return event

    def _environ(self, head: h11.Request) -> WSGIEnvironment:
        """Return the WSGI environment of a request without its body; refuses a head that RFC 9112 forbids."""
        target = head.target.decode("latin-1")
        parts = _TARGET.fullmatch(target)
        if not parts or not (parts["host"] or parts["path"]):
            raise h11.RemoteProtocolError("The request target must be a path or an HTTP URL.")
        environ = _header_variables(head.headers.raw_items())
        _check_head(head.http_version, environ)
        if parts["host"]:
            environ["HTTP_HOST"] = parts["host"]
        host, port = self.server.server_address[:2]
        return environ | {
            "REQUEST_METHOD": head.method.decode("ascii"),
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(parts["path"] or "/").decode("latin-1"),
            "QUERY_STRING": parts["query"] or "",
            "RAW_URI": target,
            "REQUEST_URI": target,
            "REMOTE_ADDR": self.client_address[0],
            "REMOTE_PORT": str(self.client_address[1]),
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": f"HTTP/{head.http_version.decode('ascii')}",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def _call(self, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and content of the application's reply; 500 if the application fails, as moto can."""
        started: list[Any] = []
        chunks: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            return chunks.append

        try:
            with contextlib.ExitStack() as stack:
                result = self.server.application(environ, start_response)
                stack.callback(getattr(result, "close", lambda: None))
                chunks.extend(result)
            return started[0], started[1], b"".join(chunks)
        except ConnectionCutError:
            raise
        except Exception:
            _LOG.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            return "500 Internal Server Error", [], b""

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes, method: bytes = b"GET") -> None:
        has_content = method != b"HEAD" and not status.startswith(_WITHOUT_CONTENT)
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        given = {name.lower() for name, _value in headers}
        if "date" not in given:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        if has_content and "content-length" not in given:
            lines.append(f"Content-Length: {len(content)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.request.sendall(head + content if has_content else head)

    def _refuse(self, error: h11.RemoteProtocolError) -> None:
        """Reply with the status of an invalid HTTP request, and end the connection."""
        # h11 suggests 501 for an unknown transfer coding, but clients retry after a 5xx status.
        hint = HTTPStatus(error.error_status_hint)
        status = hint if hint < HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatus.BAD_REQUEST
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]
        with contextlib.suppress(OSError):
            self._send(f"{status.value} {status.phrase}", headers, f"{error}\n".encode())
            # Closing with unread bytes resets the connection, and the client can lose the reply (RFC 9112, 9.6).
            self.request.shutdown(socket.SHUT_WR)
            self.request.settimeout(_LINGER_SECONDS)
            deadline = time.monotonic() + _LINGER_SECONDS
            while time.monotonic() < deadline and self.request.recv(_READ_BYTES):
                continue


def _check_head(version: bytes, environ: WSGIEnvironment) -> None:
    """Refuse what h11 accepts and RFC 9112 forbids in its sections 2.3, 3.2 and 6.1."""
    if not version.startswith(b"1."):
        raise h11.RemoteProtocolError("The HTTP version must be 1.1 or 1.0.")
    if not _HOST.fullmatch(environ.get("HTTP_HOST", "")):
        raise h11.RemoteProtocolError("The Host header is not a valid host.")
    if "HTTP_TRANSFER_ENCODING" in environ and ("CONTENT_LENGTH" in environ or version == b"1.0"):
        raise h11.RemoteProtocolError("Transfer-Encoding cannot be combined with Content-Length or HTTP/1.0.")
    if int(environ.get("CONTENT_LENGTH", 0)) > _MAX_BODY_BYTES:
        raise _too_large()


def _too_large() -> h11.RemoteProtocolError:
    message = f"A request body can have at most {_MAX_BODY_BYTES} bytes."
    return h11.RemoteProtocolError(message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _header_variables(headers: Iterable[tuple[bytes, bytes]]) -> WSGIEnvironment:
    """Return headers as WSGI variables, repeated ones joined by a comma.

    In WSGI, a_b and a-b are the same name, so names with an underscore are omitted, except S3 metadata: their spelling
    is in the variable SPELLINGS.
    """
    spellings: dict[str, str] = {}
    variables: WSGIEnvironment = {SPELLINGS: spellings}
    # Names with a dash come first, so that a name with an underscore cannot replace one of them.
    for raw_name, raw_value in sorted(headers, key=lambda header: b"_" in header[0]):
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        if "_" in name:
            if not name.lower().startswith(_METADATA) or (key in variables and key not in spellings):
                continue
            spellings.setdefault(key, name)
        variables[key] = f"{variables[key]},{value}" if key in variables else value
    return variables


class HttpServer(socketserver.ThreadingTCPServer):
    """A listening socket that serves `application`. Raises OSError when the address cannot be used."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: WSGIApplication, verbose: bool) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.application = application
        self.verbose = verbose
        self._connections: set[socket.socket] = set()
        super().__init__(address, Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection in a separate thread."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close one connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening and end all connections."""
        super().server_close()
        for connection in list(self._connections):
            # The client may have closed the connection already.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
