# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions with which the emulator refuses a request, or closes its connection."""

from __future__ import annotations

from collections.abc import Mapping


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


class ConnectionCutError(Exception):
    """The server must close the connection without a reply."""
