# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions with which the emulator refuses a request, or closes its connection."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus


class ServiceError(Exception):
    """An error that the client receives as the service would send it.

    `code` is an error code of botocore's model or one of AWS's common errors. `status` is the HTTP status, 400 unless
    the model defines another. `elements` are further elements of a body in XML, `headers` those of the reply.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        elements: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.elements = dict(elements or {})
        self.headers = dict(headers or {})


class InvalidRequestError(ServiceError):
    """HTTP 400 ValidationException: the request breaks a rule of the model or of the documentation."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


def code_of(status: int) -> str:
    """Return an error code for an HTTP status: its phrase in RFC 9110 as one word, such as BadRequest."""
    # Python before 3.13 has the phrase of RFC 2616.
    phrase = "Content Too Large" if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else HTTPStatus(status).phrase
    return phrase.title().replace(" ", "")


class TransferError(Exception):
    """A request is not valid HTTP, or its body is cut off; `received` bytes of the body have arrived.

    Reading a body as it arrives raises it. The server replies with `status`, and closes the connection.
    """

    def __init__(self, message: str, received: int = 0, status: int = 400) -> None:
        super().__init__(message)
        self.received = received
        self.status = status

    @property
    def code(self) -> str:
        """An error code for the record, see code_of."""
        return code_of(self.status)


class ConnectionCutError(Exception):
    """The server must close the connection without a reply, or without the rest of one."""
