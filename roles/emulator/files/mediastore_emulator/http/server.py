# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 (RFC 9112) for a WSGI application: h11 reads the requests, and one thread serves each connection.

The application receives only complete requests, except for those whose body it wants to read as it arrives.
"""

from __future__ import annotations

import contextlib
import logging
import re
import resource
import socket
import socketserver
import struct
import tempfile
import time
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

import h11

from ..errors import ConnectionCutError, TransferError
from ..memory import Memory
from .body import MAX_ALL_BYTES_IN_MEMORY, ArrivingBody, ChunkedFraming, SizedFraming, StoredBody
from .environ import read_head, why_refused

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LOG = logging.getLogger(__name__)
_MAX_HEAD_BYTES = 65_536
_MAX_IDLE_SECONDS = 300
_MAX_HEAD_SECONDS = 60
# Of a body that the application does not read as it arrives: the seconds, and how many bytes add one.
_MAX_BODY_SECONDS = 60
_BYTES_A_SECOND = 65_536
_MAX_CONNECTIONS = 1000
# Refusing a connection takes a thread for some seconds, too.
_MAX_SURPLUS = 50
_OTHER_FILES = 100
_LINGER_SECONDS = 2
_READ_BYTES = 65_536
# Linux sends what follows in the same packet.
_MORE_FOLLOWS = getattr(socket, "MSG_MORE", 0)
_WITHOUT_CONTENT = ("1", "204", "304")
_CHUNKED = ("transfer-encoding", "chunked")
_REQUEST_LINE = re.compile(rb"([!-~]{1,100}) ([^\s?]{1,2048})")
_USER_AGENT = re.compile(rb"^user-agent:[ \t]*([^\r\n]{1,2048})", re.IGNORECASE | re.MULTILINE)


class Application(Protocol):
    """A WSGI application, which also decides about bodies and learns about requests that the server refuses."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""

    def body_timeout(self, environ: WSGIEnvironment) -> float | None:
        """Return in how many seconds the body of a request must arrive, if `wsgi.input` is to be an ArrivingBody.

        None if it is to be a file with the whole body.
        """

    def refused(self, environ: WSGIEnvironment, error: TransferError) -> None:
        """Learn about a request that is not valid HTTP, or whose body is not; `environ` has what could be read."""


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
            self._check_capacity()
            while (rest := self._serve_next(received)) is not None:
                received = rest
        except TransferError as error:
            self._refuse(error)
        except (ConnectionCutError, OSError):
            # The caller closes the connection.
            return

    def _check_capacity(self) -> None:
        """Refuse to serve this connection (503) if all others are busy."""
        if self.request in self.server.surplus:
            limit = self.server.max_connections
            message = f"The emulator serves at most {limit} connections, and all of them are busy: try again later."
            problem = TransferError(message, status=HTTPStatus.SERVICE_UNAVAILABLE)
            self.server.application.refused({"REMOTE_ADDR": self.client_address[0]}, problem)
            raise problem

    def _wait_for_request(self) -> bytes:
        """Return the first bytes of a request, none if one side ends the connection."""
        self.server.waiting[self.request] = None
        try:
            return self.request.recv(_READ_BYTES)
        finally:
            self.server.waiting.pop(self.request, None)

    def _serve_next(self, received: bytes) -> bytes | None:
        """Serve the request that starts with `received`; return the bytes after it, None if the connection ends."""
        self._reader = h11.Connection(h11.SERVER, _MAX_HEAD_BYTES)
        self._start = received or self._wait_for_request()
        if not self._start:
            return None
        self._reader.receive_data(self._start)
        try:
            head = self._next_head()
            if not isinstance(head, h11.Request):
                return None
            environ = read_head(head, self.server.server_address, self.client_address)
        except h11.RemoteProtocolError as error:
            # h11 suggests 501 for an unknown transfer coding, but clients retry after a 5xx status.
            hint = error.error_status_hint
            problem = TransferError(why_refused(error), status=hint if hint < HTTPStatus.INTERNAL_SERVER_ERROR else 400)
            self.server.application.refused(self._readable_part(), problem)
            raise problem from None
        timeout = self.server.application.body_timeout(environ)
        framing = self._framing(environ)
        limits = (_MAX_BODY_SECONDS, _BYTES_A_SECOND) if timeout is None else (timeout,)
        arriving = ArrivingBody(framing, *limits)
        stored = self._store(environ, arriving) if timeout is None else None
        try:
            environ["wsgi.input"] = stored.file if stored else arriving
            is_last = head.http_version == b"1.0" or "close" in environ.get("HTTP_CONNECTION", "").lower()
            with self._call(environ) as (status, headers, content):
                is_last = is_last or not arriving.is_complete
                self._send(status, [*headers, ("Connection", "close")] if is_last else headers, content, head)
        finally:
            if stored:
                stored.close()
        if not arriving.is_complete:
            self._linger()
        return None if is_last else framing.rest

    def _framing(self, environ: WSGIEnvironment) -> SizedFraming | ChunkedFraming:
        if "HTTP_TRANSFER_ENCODING" in environ:
            return ChunkedFraming(self._reader, self._next_event)
        return SizedFraming(int(environ.get("CONTENT_LENGTH", 0)), self._reader.trailing_data[0], self._receive)

    def _store(self, environ: WSGIEnvironment, arriving: ArrivingBody) -> StoredBody:
        """Return the whole body of a request, and set the length of one in chunks."""
        stored = StoredBody(self.server.memory, tempfile.TemporaryFile)
        try:
            while piece := arriving.read(_READ_BYTES):
                stored.write(piece)
        except TransferError as error:
            stored.close()
            self.server.application.refused(environ, error)
            raise
        except OSError:  # such as a full disk
            stored.close()
            raise
        stored.file.seek(0)
        if environ.pop("HTTP_TRANSFER_ENCODING", None):
            environ["CONTENT_LENGTH"] = str(arriving.received)
        return stored

    def _next_head(self) -> Any:
        """Return the next event of the client, which is the head of a request if it is valid; 408 if it is slow."""
        deadline = time.monotonic() + _MAX_HEAD_SECONDS
        try:
            return self._next_event(deadline)
        except OSError:
            if time.monotonic() < deadline:
                raise
        message = f"The head of a request can take at most {_MAX_HEAD_SECONDS} seconds."
        raise h11.RemoteProtocolError(message, HTTPStatus.REQUEST_TIMEOUT)

    def _next_event(self, deadline: float) -> Any:
        """Return the next event of the client; reads from the socket until the event is complete, as _receive does."""
        while (event := self._reader.next_event()) is h11.NEED_DATA:
            received = self._receive(deadline)
            if len(self._start) < _READ_BYTES:
                self._start += received
            self._reader.receive_data(received)
        return event

    def _receive(self, deadline: float) -> bytes:
        """Return the next bytes of the client, none if it ends the connection.

        Raises OSError if the client is silent for too long, or at `deadline`, a reading of time.monotonic.
        """
        if self._reader.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=HTTPStatus.CONTINUE, headers=[], reason="Continue")
            self.request.sendall(self._reader.send(go_on) or b"")
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        self.request.settimeout(min(seconds, _MAX_IDLE_SECONDS))
        try:
            return self.request.recv(_READ_BYTES)
        finally:
            self.request.settimeout(_MAX_IDLE_SECONDS)

    @contextlib.contextmanager
    def _call(self, environ: WSGIEnvironment) -> Iterator[tuple[str, list[tuple[str, str]], Iterable[bytes]]]:
        """Yield status, headers and content of the application's reply; 500 if the application fails, as moto can.

        Content that is neither sent in chunks nor has a Content-Length is complete, because its length is needed.
        """
        started: list[Any] = []
        written: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            return written.append

        reply: Iterable[bytes] = []
        try:
            try:
                reply = self.server.application(environ, start_response)
                content: Iterable[bytes] = chain(written, reply)
                if not _is_framed(started[1]):
                    content = list(content)
            except (TransferError, ConnectionCutError):
                raise
            except Exception:
                _LOG.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
                started, content = ["500 Internal Server Error", []], []
            yield started[0], started[1], content
        finally:
            getattr(reply, "close", lambda: None)()

    def _send(self, status: str, headers: list[tuple[str, str]], content: Iterable[bytes], head: h11.Request) -> None:
        """Send a reply, each piece of its content as soon as the application yields it.

        HTTP/1.0 has no chunks (RFC 9112, 6.1): the end of the connection ends the content, and a reset cuts it off.
        """
        has_content = head.method != b"HEAD" and not status.startswith(_WITHOUT_CONTENT)
        given = {name.lower(): value for name, value in headers}
        is_sized, is_chunked = "content-length" in given, _CHUNKED in given.items()
        if has_content and not is_sized and not is_chunked:
            content = [b"".join(content)]
            headers = [*headers, ("Content-Length", str(len(content[0])))]
        if is_chunked and head.http_version == b"1.0":
            is_chunked = False
            headers = [(name, value) for name, value in headers if (name.lower(), value) != _CHUNKED]
        if "date" not in given:
            headers = [*headers, ("Date", formatdate(usegmt=True))]
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        start = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if not has_content:
            self.request.sendall(start)
            return
        try:
            for piece in filter(None, content):
                framed = b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece
                if start and len(framed) > _READ_BYTES:
                    # Joining them would copy the content.
                    self.request.sendall(start, _MORE_FOLLOWS)
                    start = b""
                self.request.sendall(start + framed)
                start = b""
        except ConnectionCutError:
            if not is_sized and not is_chunked:
                self._reset()
            raise
        start += b"0\r\n\r\n" if is_chunked else b""
        if start:
            self.request.sendall(start)

    def _reset(self) -> None:
        """Close the connection so that the client reads an error and not an end."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()

    def _readable_part(self) -> WSGIEnvironment:
        """Return the variables of a request whose head h11 cannot read."""
        line, agent = _REQUEST_LINE.match(self._start), _USER_AGENT.search(self._start)
        found = {
            "REQUEST_METHOD": line and line[1],
            "PATH_INFO": line and line[2],
            "HTTP_USER_AGENT": agent and agent[1],
        }
        known = {name: value.decode("latin-1") for name, value in found.items() if value}
        return {"REMOTE_ADDR": self.client_address[0], **known}

    def _refuse(self, error: TransferError) -> None:
        """Reply that a request is not valid HTTP, and end the connection."""
        status, content = HTTPStatus(error.status), f"{error}\n".encode()
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", f"Date: {formatdate(usegmt=True)}", "Connection: close"]
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            lines.append("Retry-After: 1")
        lines += ["Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(content)}", "", ""]
        with contextlib.suppress(OSError):
            self.request.sendall("\r\n".join(lines).encode("latin-1") + content)
            self._linger()

    def _linger(self) -> None:
        """Read what the client still sends, for a short time.

        Closing with unread bytes resets the connection, and the client can lose the reply (RFC 9112, 9.6).
        """
        with contextlib.suppress(OSError):
            self.request.shutdown(socket.SHUT_WR)
            self.request.settimeout(_LINGER_SECONDS)
            deadline = time.monotonic() + _LINGER_SECONDS
            while time.monotonic() < deadline and self.request.recv(_READ_BYTES):
                continue


def _is_framed(headers: Iterable[tuple[str, str]]) -> bool:
    """Return whether the headers say where the content ends."""
    return any(name.lower() == "content-length" or (name.lower(), value) == _CHUNKED for name, value in headers)


class HttpServer(socketserver.ThreadingTCPServer):
    """A listening socket that serves `application`. Raises OSError when the address cannot be used.

    Each connection has a thread, so it serves at most `max_connections`, by default as many as there can be files.
    Above that, it ends the connection that has waited longest for a request, or else refuses the new one.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    # How long handle_request waits for a connection. It bounds `stop`, should its connection fail.
    timeout = 0.5

    def __init__(self, address: tuple[str, int], application: Application, max_connections: int | None = None) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.application = application
        self.max_connections = max_connections or _default_max_connections()
        self.memory = Memory(MAX_ALL_BYTES_IN_MEMORY)
        self._connections: set[socket.socket] = set()
        # Those that it refuses, and those that wait for a request, in the order in which they began to.
        self.surplus: set[socket.socket] = set()
        self.waiting: dict[socket.socket, None] = {}
        self._host = address[0]
        self._is_stopping = False
        super().__init__(address, Connection)

    def serve(self) -> None:
        """Accept connections until `stop` is called."""
        while not self._is_stopping:
            self.handle_request()

    def stop(self) -> None:
        """Let `serve` return at once; serve_forever would notice this only when it polls."""
        self._is_stopping = True
        with contextlib.suppress(OSError):
            socket.create_connection((self._host, self.server_address[1]), self.timeout).close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection in a separate thread."""
        if len(self.surplus) >= _MAX_SURPLUS:
            self.shutdown_request(request)
            return
        if len(self._connections) - len(self.surplus) >= self.max_connections and not self._end_longest_wait():
            self.surplus.add(request)
        self._connections.add(request)
        super().process_request(request, client_address)

    def _end_longest_wait(self) -> bool:
        """End the connection that has waited longest for a request, and return whether one waited.

        If a request has arrived on it meanwhile, its thread still serves that one.
        """
        for connection in list(self.waiting):
            if self.waiting.pop(connection, True) is None:
                self._connections.discard(connection)
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
                return True
        return False

    def shutdown_request(self, request: Any) -> None:
        """Close one connection."""
        self._connections.discard(request)
        self.surplus.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening and end all connections."""
        super().server_close()
        for connection in list(self._connections):
            # The client may have closed the connection already.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _default_max_connections() -> int:
    """Return how many connections a server can have, each with a file for a body."""
    files, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MAX_CONNECTIONS if files < 0 else min(_MAX_CONNECTIONS, max(1, (files - _OTHER_FILES) // 2))
