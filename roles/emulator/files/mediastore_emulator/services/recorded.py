# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application of WSGI for a service, behind the record of requests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..call import Call
from ..error_documents import read_error
from ..errors import ServiceError
from ..shared import Shared
from ..wsgi import run_application
from .operations import operation_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Recorded:
    """The application `served`, whose requests are recorded for a service."""

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
        try:
            reply = run_application(self._served, environ)
        except Exception:
            call.reasons.append("The service failed, see the log of the emulator.")
            self._shared.record.add(self._service, call, 500, "InternalFailure", 0)
            raise
        error = read_error(reply.code, reply.body)
        if error:
            call.reasons.append(error.reason)
        self._shared.record.add(self._service, call, reply.code, error and error.code, len(reply.body))
        start_response(reply.status, reply.headers)
        return [reply.body]
