# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that speaks the protocol of MediaStore, with the replies of a test."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class StubMediaStore:
    """A server whose operations return their replies one after the other, and the last one again.

    A reply is the JSON of the operation's output, the code of an error with status 404, or a tuple of the status, the
    headers and the content. After content that is shorter than its header says, the connection is closed.

    - replies: the rest of the replies, by operation
    - requests: the operations and the JSON of their inputs, in their order
    """

    def __init__(self, **replies: list[Any]) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.replies = replies
        methods = {f"do_{method}": _Handler.serve for method in ("POST", *_OPERATIONS)}
        handler = type("Handler", (_Handler,), {"stub": self, **methods})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> StubMediaStore:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reply(self, operation: str, given: dict[str, Any]) -> Any:
        """Return the next reply of an operation."""
        self.requests.append((operation, given))
        replies = self.replies[operation]
        return replies.pop(0) if len(replies) > 1 else replies[0]


# Of the data plane, by the method of HTTP. GET / is ListItems.
_OPERATIONS = {"GET": "GetObject", "HEAD": "DescribeObject", "PUT": "PutObject", "DELETE": "DeleteObject"}


class _Handler(BaseHTTPRequestHandler):
    stub: StubMediaStore
    protocol_version = "HTTP/1.1"

    def serve(self) -> None:
        """Serve one request. The header X-Amz-Target names an operation of the control plane."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target")
        if target:
            reply = self.stub.reply(target.partition(".")[2], json.loads(body or "{}"))
        else:
            path = urlsplit(self.path).path
            operation = "ListItems" if (self.command, path) == ("GET", "/") else _OPERATIONS[self.command]
            reply = self.stub.reply(operation, {"Path": path} if path != "/" else {})
        if isinstance(reply, tuple):
            status, headers, content = reply
        else:
            status, answer = (404, {"__type": reply}) if isinstance(reply, str) else (200, reply)
            headers, content = {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()
        if "Transfer-Encoding" not in headers:
            headers = {"Content-Length": str(len(content)), **headers}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
            is_complete = content.endswith(b"0\r\n\r\n") or headers.get("Content-Length") == str(len(content))
            self.close_connection = not is_complete

    def log_message(self, *text: object) -> None:
        """Write nothing."""
