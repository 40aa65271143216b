# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP proxy between the module and a server: it records the requests, and makes one of them fail."""

from __future__ import annotations

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

# The connection ends before the server gets the request, or before the client gets the reply; or the reply is 503.
FAULTS = ("cut", "lost", "unavailable")
# Headers about one connection, and those that the proxy sets itself.
_OWN_HEADERS = frozenset(["connection", "content-length", "keep-alive", "transfer-encoding"])


class Seen(NamedTuple):
    """A request of the client."""

    method: str
    path: str
    query: str


class Proxy(ThreadingHTTPServer):
    """Sends each request unchanged to the loopback port `target`, so that its signature remains valid."""

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.seen: list[Seen] = []
        self._fault: tuple[int, str] | None = None
        self._lock = threading.Lock()

    @classmethod
    @contextlib.contextmanager
    def before(cls, target: int) -> Iterator[Proxy]:
        """Serve in a thread."""
        with cls(target) as proxy:
            thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield proxy
            finally:
                proxy.shutdown()
                thread.join()

    def clear(self, number: int = 0, fault: str = "") -> None:
        """Forget all requests; let request `number` from now, counted from 0, fail in one of the ways of FAULTS."""
        self.seen.clear()
        self._fault = (number, fault) if fault else None

    def take(self, request: Seen) -> str:
        """Record a request, and return how it has to fail, if it has to."""
        with self._lock:
            self.seen.append(request)
            number, fault = self._fault or (-1, "")
            return fault if number == len(self.seen) - 1 else ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def forward(self) -> None:
        """Answer a request of any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        fault = self.server.take(Seen(self.command, parts.path, parts.query))
        if fault == "unavailable":
            self._reply(503, {}, b"")
        elif fault == "cut":
            self.close_connection = True
        else:
            status, headers, content = self._ask(body)
            if fault == "lost":
                self.close_connection = True
            else:
                self._reply(status, headers, content)

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target)
        with contextlib.closing(connection):
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            reply = connection.getresponse()
            headers = {name: value for name, value in reply.getheaders() if name.lower() not in _OWN_HEADERS}
            return reply.status, headers, reply.read()

    def _reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


for method in ("DELETE", "GET", "HEAD", "POST", "PUT"):
    setattr(_Handler, f"do_{method}", _Handler.forward)
