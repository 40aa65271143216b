# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that speaks the protocol of MediaStore, with the replies of a test."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StubMediaStore:
    """A server whose operations return their replies one after the other, and the last one again.

    A reply is the JSON of the operation's output, or the code of an error with status 404.

    - requests: the operations and the JSON of their inputs, in their order
    """

    def __init__(self, **replies: list[Any]) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._replies = replies
        handler = type("Handler", (_Handler,), {"stub": self, "do_POST": _Handler.serve, "do_GET": _Handler.serve})
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
        replies = self._replies[operation]
        return replies.pop(0) if len(replies) > 1 else replies[0]


class _Handler(BaseHTTPRequestHandler):
    stub: StubMediaStore
    protocol_version = "HTTP/1.1"

    def serve(self) -> None:
        """Serve one request: the target names an operation of the control plane, and GET / is ListItems."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "MediaStore.ListItems").partition(".")[2]
        reply = self.stub.reply(operation, json.loads(body or "{}"))
        status, answer = (404, {"__type": reply}) if isinstance(reply, str) else (200, reply)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *text: object) -> None:
        """Write nothing."""
