# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS STS, which moto runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from ..errors import ServiceError
from ..faults import STS_ERRORS
from ..moto_plane import MotoPlane
from ..plane import Call, Reply
from ..s3.xml_documents import write_error

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_FORM_BYTES = 64 * 1024


class Sts(MotoPlane):
    """AWS STS: GetCallerIdentity is recorded and can have faults, all other operations pass to moto."""

    service = "sts"
    failure = "InternalFailure"
    fault_errors = STS_ERRORS

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request: record it if it is for GetCallerIdentity, else pass it to moto."""
        source = environ["wsgi.input"]
        form = parse_qs(source.read(_FORM_BYTES).decode("latin-1"))
        source.seek(0)
        is_recorded = form.get("Action") == ["GetCallerIdentity"]
        return super().__call__(environ, start_response) if is_recorded else self.moto(environ, start_response)

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Run GetCallerIdentity; raises IncompleteSignature for an invalid Authorization header."""
        call.operation = "GetCallerIdentity"
        call.read_signature(environ)
        self.inject_fault(call)
        return self.run(environ, call.operation)

    def error_body(self, error: ServiceError, request_id: str) -> bytes:
        """Return an error as in the query protocol, inside an ErrorResponse."""
        return write_error(error, request_id, "ErrorResponse")
