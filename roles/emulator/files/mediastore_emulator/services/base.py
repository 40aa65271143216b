# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services beside MediaStore on the same port: none here, those of moto in moto.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ..call import Call
from ..cloudwatch import CloudWatch
from ..error_documents import write_error
from ..errors import code_of
from ..iam.authorization import Resource
from ..iam.directory import Directory
from ..shared import Shared
from .operations import operation_of, service_of
from .recorded import Recorded

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Those that the role can add, by the names that moto has for them.
SERVICES = ("s3", "iam", "sts", "cloudwatch", "logs")


class Services:
    """The WSGI application for all requests that are not for MediaStore: it refuses them.

    `directory` knows who owns an access key.
    """

    directory = Directory()

    def __init__(self, names: Collection[str] | None, shared: Shared) -> None:
        """Serve none of `names`."""
        self._shared = shared

    @classmethod
    def cloudwatch(cls, names: Collection[str] | None) -> CloudWatch:
        """Return the services that take metrics and logs, of those that are in `names`."""
        return CloudWatch()

    @property
    def names(self) -> list[str]:
        """The services of SERVICES that are served."""
        return []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        return self._not_served(environ, start_response)

    def find_bucket(self, name: Any) -> Resource:
        """Return a bucket as a resource of IAM; raises ValueError if it does not exist, and without S3."""
        raise ValueError(f"the bucket {name} needs the service s3, which the emulator does not serve")

    def find_bucket_cors_rules(self, name: Any) -> Sequence[Mapping[str, Any]]:
        """Return the CORS rules of a bucket; raises ValueError as find_bucket."""
        self.find_bucket(name)
        return []

    def identify(self, environ: WSGIEnvironment, call: Call) -> str | None:
        """Describe the operation of a request that is not run in `call`; return its service if it is known."""
        if "HTTP_AUTHORIZATION" not in environ:
            return None
        service = service_of(environ)
        call.operation = operation_of(environ, service)
        return service

    def decides_on_page(self, environ: WSGIEnvironment) -> bool:
        """Return whether a request of a page of another origin is for a service that decides on it by CORS rules."""
        return False

    def reset(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Remove the data of the services, and reply as moto does."""
        return _reply(start_response, HTTPStatus.OK, "application/json", b'{"status": "ok"}')

    def _not_served(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Reply that a service is not served (501)."""
        message = (
            f"The emulator does not serve {service_of(environ)}: the variable emulator_services of its role, or the "
            f"option --services, adds {', '.join(SERVICES[:-1])} and {SERVICES[-1]} to MediaStore."
        )
        return self._refuse(environ, start_response, HTTPStatus.NOT_IMPLEMENTED, message)

    def _refuse(
        self, environ: WSGIEnvironment, start_response: StartResponse, status: HTTPStatus, message: str
    ) -> Iterable[bytes]:
        """Refuse a request in the form that the clients of its service read, and record it."""
        service = service_of(environ)

        def refuse(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            code = code_of(status)
            content_type, body = write_error(environ, service, code, message)
            return _reply(start_response, status, content_type, body, ("x-amzn-ErrorType", code))

        return Recorded(self._shared, service, refuse)(environ, start_response)


def _reply(
    start_response: StartResponse, status: HTTPStatus, content_type: str, body: bytes, *headers: tuple[str, str]
) -> Iterable[bytes]:
    own = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("x-amzn-RequestId", str(uuid.uuid4()))]
    start_response(f"{status.value} {status.phrase}", [*own, *headers])
    return [body]
