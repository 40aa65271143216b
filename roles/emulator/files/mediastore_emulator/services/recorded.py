# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application of WSGI for a service, behind the record of requests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..call import Call
from ..error_documents import read_error
from ..errors import ServiceError
from ..shared import Shared
from .operations import operation_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FIRST_ERROR = 400
# moto's server adds them to every reply, and so allows all origins.
_CORS_HEADERS = "access-control-"


class Recorded:
    """The application `served`, whose requests are recorded for a service. Its replies have no CORS headers."""

    def __init__(self, shared: Shared, service: str, served: WSGIApplication) -> None:
        self._shared = shared
        self._service = service
        self._served = served

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, and record it."""
        call = Call.from_environ(environ, self._shared.directory)
        call.operation = operation_of(environ, self._service)
        with contextlib.suppress(ServiceError):
            call.read_signature(environ)
        started: list[Any] = []
        pieces: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            started[:] = [status, headers]
            return pieces.append

        try:
            pieces += self._served(environ, start)
        except Exception:
            call.reasons.append("The service failed, see the log of the emulator.")
            self._shared.record.add(self._service, call, 500, "InternalFailure", 0)
            raise
        (status, headers), body = started, b"".join(pieces)
        code = int(status.split()[0])
        error = read_error(body) if code >= _FIRST_ERROR else None
        if error and error.message:
            call.reasons.append(error.message)
        self._shared.record.add(self._service, call, code, error and error.code, len(body))
        start_response(status, [header for header in headers if not header[0].lower().startswith(_CORS_HEADERS)])
        return [body]
