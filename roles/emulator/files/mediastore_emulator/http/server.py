# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 (RFC 9112) for a WSGI application: h11 reads the requests, and one thread serves each connection.

The application receives only complete requests.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import sys
import tempfile
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import h11

from ..errors import ConnectionCutError
from .environ import MAX_BODY_BYTES, read_head, too_large

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)
_MAX_HEAD_BYTES = 65_536
_MAX_BODY_BYTES_IN_MEMORY = 32 * 1024**2
_MAX_IDLE_SECONDS = 300
_LINGER_SECONDS = 2
_READ_BYTES = 65_536
_WITHOUT_CONTENT = ("1", "204", "304")


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
        environ = read_head(head, self.server.server_address, self.client_address)
        with tempfile.SpooledTemporaryFile(_MAX_BODY_BYTES_IN_MEMORY) as body:
            length = 0
            while isinstance(event := self._next_event(), h11.Data):
                length += len(event.data)
                if length > MAX_BODY_BYTES:
                    raise too_large()
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
