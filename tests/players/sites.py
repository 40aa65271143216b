# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers beside the emulator: the site of the players, and one that hands out what has arrived of an object."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

_PLAYERS = Path(os.environ["MEDIASTORE_PLAYERS"], "node_modules")
_FILES = {
    "/": ("text/html", Path(__file__).with_name("page.html")),
    "/hls.js": ("text/javascript", _PLAYERS / "hls.js" / "dist" / "hls.min.js"),
    "/dash.js": ("text/javascript", _PLAYERS / "dashjs" / "dist" / "modern" / "umd" / "dash.all.min.js"),
    "/shaka.js": ("text/javascript", _PLAYERS / "shaka-player" / "dist" / "shaka-player.compiled-es2021.js"),
}


class QuietHandler(BaseHTTPRequestHandler):
    """A handler of persistent connections that prints nothing."""

    protocol_version = "HTTP/1.1"

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a complete reply."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


class QuietServer(ThreadingHTTPServer):
    """A server that prints nothing when a client ends a connection early: ffmpeg does not read the replies."""

    def handle_error(self, *_arguments: object) -> None:
        """Print nothing."""


class PlayersSite(QuietHandler):
    """The page and the players."""

    def do_GET(self) -> None:
        """Send a file."""
        kind, path = _FILES[self.path]
        self.reply(200, path.read_bytes(), Content_Type=kind)


class Arriving:
    """An object of which GET sends what has arrived, until it is complete."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._chunks: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        """Append a chunk; an empty one ends the object."""
        with self._changed:
            self._chunks.append(chunk)
            self._changed.notify_all()

    def chunks(self) -> Iterator[bytes]:
        """Return the chunks, each when it arrives; the last one is empty."""
        for number in itertools.count():
            with self._changed:
                while number == len(self._chunks):
                    self._changed.wait()
                chunk = self._chunks[number]
            yield chunk
            if not chunk:
                return


class PlainServer(QuietHandler):
    """Objects by path, for pages of all origins. Uploads are chunked, as those of ffmpeg are."""

    objects: ClassVar[dict[str, Arriving]] = {}
    not_found: ClassVar[list[str]] = []

    def do_PUT(self) -> None:
        """Keep each chunk when it arrives."""
        arriving = Arriving()
        self.objects[self.path] = arriving
        while True:
            chunk = self.rfile.read(int(self.rfile.readline(), 16))
            self.rfile.readline()
            arriving.add(chunk)
            if not chunk:
                break
        self.reply(200)

    def do_DELETE(self) -> None:
        """Remove an object."""
        self.objects.pop(self.path, None)
        self.reply(200)

    def do_GET(self) -> None:
        """Send each chunk when it arrives."""
        arriving = self.objects.get(self.path)
        if arriving is None:
            self.not_found.append(self.path)
            self.reply(404, Access_Control_Allow_Origin="*")
            return
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in arriving.chunks():
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))


@contextlib.contextmanager
def serving(handler: type[QuietHandler]) -> Iterator[int]:
    """Serve on a free port of loopback; returns the port."""
    with QuietServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
