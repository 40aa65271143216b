# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of planes whose operations moto runs, behind the record of requests and the faults."""

from __future__ import annotations

import logging
import re
import uuid
from typing import TYPE_CHECKING

from werkzeug.test import run_wsgi_app

from .errors import ServiceError
from .faults import Faults
from .mediastore.models import Store
from .plane import Plane, Reply
from .record import RequestRecord
from .s3.xml_documents import write_error

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)
_ERROR_CODE = re.compile(rb"<Code>([^<]*)</Code>")
_OWN_HEADERS = ("content-length", "date")


class MotoPlane(Plane):
    """A service that `moto` runs, its WSGI application. Errors are XML."""

    content_type = "application/xml"

    def __init__(self, store: Store, record: RequestRecord, faults: Faults, moto: WSGIApplication) -> None:
        super().__init__(store, record, faults)
        self.moto = moto

    def run(self, environ: WSGIEnvironment, operation: str) -> Reply:
        """Return moto's reply; raises InvalidRequest if moto fails, because it checks little."""
        try:
            content, status, headers = run_wsgi_app(self.moto, environ, buffered=True)
            body, code = b"".join(content), int(status.split()[0])
        except Exception:
            _LOG.exception("moto failed to run %s", operation)
            code = 500
        if code >= 500:
            raise ServiceError("InvalidRequest", f"moto failed to run {operation}: see the log of the emulator.")
        kept_headers = {name.title(): value for name, value in headers.items() if name.lower() not in _OWN_HEADERS}
        found = _ERROR_CODE.search(body) if code >= 400 else None
        return Reply(body, kept_headers, code, found[1].decode("utf-8", "replace") if found else None)

    def error_reply(self, error: ServiceError) -> Reply:
        """Return an error as XML, with the same request ID in body and header."""
        request_id = str(uuid.uuid4())
        headers = {self.request_id_header: request_id, **getattr(error, "headers", {})}
        return Reply(self.error_body(error, request_id), headers, error.status, error.code)

    def error_body(self, error: ServiceError, request_id: str) -> bytes:
        """Return the XML document of an error."""
        return write_error(error, request_id)
