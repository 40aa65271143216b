# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of planes whose operations moto runs, behind the record of requests and the faults."""

from __future__ import annotations

import logging
import re
import uuid
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from .call import Call, Reply
from .error_documents import read_error
from .errors import ServiceError
from .plane import Plane
from .shared import Shared
from .wsgi import run_application

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)
# Whose value is the emulator's.
_OWN_HEADERS = ("date", "vary")
_CORS_HEADERS = "access-control-"
_REQUEST_ID = "x-amzn-requestid"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class MotoPlane(Plane):
    """A service that `moto` runs, its WSGI application. Errors are XML, in a document with the element `error_root`."""

    content_type = "application/xml"
    error_root = "Error"

    def __init__(self, shared: Shared, moto: WSGIApplication) -> None:
        super().__init__(shared)
        self.moto = moto
        self._spellings = {"content-type": "Content-Type", "content-length": "Content-Length"}
        self._spellings[_REQUEST_ID] = self.request_id_header

    def run(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Return moto's reply; raises InvalidRequest if moto fails, because it checks little."""
        try:
            reply = run_application(self.moto, environ)
        except Exception:
            _LOG.exception("moto failed to run %s", call.operation)
            reply = None
        if reply is None or reply.code >= 500:
            raise ServiceError("InvalidRequest", f"moto failed to run {call.operation}: see the log of the emulator.")
        kept_headers = {
            self._spellings.get(name.lower(), name): value
            for name, value in reply.headers
            if name.lower() not in _OWN_HEADERS and not name.lower().startswith(_CORS_HEADERS)
        }
        if environ["REQUEST_METHOD"] != "HEAD":
            # Faults change the size.
            kept_headers.pop("Content-Length", None)
        error = read_error(reply.code, reply.body)
        if error:
            call.reasons.append(error.reason)
        return Reply(reply.body, kept_headers, reply.code, error and error.code)

    def error_reply(self, error: ServiceError) -> Reply:
        """Return an error as XML, with the same request ID in body and header.

        Characters that XML does not permit become question marks.
        """
        request_id = str(uuid.uuid4())
        root = ElementTree.Element(self.error_root)
        inner = root if self.error_root == "Error" else ElementTree.SubElement(root, "Error")
        for name, text in {"Code": error.code, "Message": error.message, **error.elements}.items():
            ElementTree.SubElement(inner, name).text = _NOT_XML.sub("?", text)
        ElementTree.SubElement(root, "RequestId").text = request_id
        headers = {self.request_id_header: request_id, **error.headers}
        return Reply(xml_text(root), headers, error.status, error.code)


def xml_text(root: ElementTree.Element) -> bytes:
    """Return the XML document of an element."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root)
