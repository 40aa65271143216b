# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to run a WSGI application for its whole reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


class WsgiReply(NamedTuple):
    """The reply of an application: the status as "404 NOT FOUND", the headers and the body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def code(self) -> int:
        """The HTTP status."""
        return int(self.status.split()[0])


def run_application(application: WSGIApplication, environ: WSGIEnvironment) -> WsgiReply:
    """Run an application for one request; raises what it raises."""
    started: list[Any] = []
    pieces: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
        started[:] = [status, headers]
        return pieces.append

    content = application(environ, start_response)
    try:
        pieces += content
    finally:
        getattr(content, "close", lambda: None)()
    return WsgiReply(started[0], started[1], b"".join(pieces))
