# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of all planes: WSGI applications for one service each, which read, run and record requests."""

from __future__ import annotations

import logging
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from .call import Call, Reply
from .errors import ConnectionCutError, ServiceError, TransferError
from .iam.authorization import Authorization, Resource, authorize, request_keys
from .shared import Shared

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LOG = logging.getLogger(__name__)


class Plane(ABC):
    """A WSGI application for one service, or for one plane of it.

    `fault_errors` are the errors of the service by the kind of a fault (code, message, HTTP status), `failure` is its
    code for a failure of the emulator.
    """

    service: str
    content_type: str
    failure = "InternalServerError"
    request_id_header = "x-amzn-RequestId"
    fault_errors: Mapping[str, tuple[str, str, int]]

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    @abstractmethod
    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Read the signature of a request, run its operation and describe it in `call`.

        Raises ServiceError to refuse the request.
        """

    def reply_headers(self, environ: WSGIEnvironment, call: Call) -> dict[str, str]:
        """Return headers that the reply to a request has, whether the request is refused or not."""
        return {}

    @abstractmethod
    def error_reply(self, error: ServiceError) -> Reply:
        """Return an error in the protocol of the service."""

    def authorize(
        self, environ: WSGIEnvironment, call: Call, action: str, resource: Resource, keys: Mapping[str, str]
    ) -> Authorization:
        """Return the decision on a request of the client that signed it, whether access is enforced or not.

        `keys` are condition keys that only the service has.
        """
        known = request_keys(environ, self.shared.clock.time(), call.region, self.shared.settings.secure_transport)
        return authorize(call.sender, action, resource, {**known, **keys})

    def inject_fault(self, call: Call) -> None:
        """Inject the next fault for the operation of a request, before the operation runs."""
        call.fault = self.shared.faults.take(call.operation)
        if call.fault:
            call.reasons.append(f"A fault of the kind {call.fault.kind} was injected.")
            call.fault.inject_before(self.fault_errors)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request and record it, one with a reply in chunks when the reply ends.

        Raises ConnectionCutError if a fault prevents the reply.
        """
        call = Call.from_environ(environ, self.shared.directory)
        try:
            reply = self.handle(environ, call)
        except ServiceError as refused:
            call.reasons.append(refused.message)
            reply = self.error_reply(refused)
        except ConnectionCutError:
            self.shared.record.add(self.service, call, None, "ConnectionCut", 0)
            raise
        except TransferError as error:
            self.shared.record.add_transfer_error(self.service, call, error)
            raise
        except Exception:
            _LOG.exception("%s failed", call.operation)
            call.reasons.append("The emulator failed, see its log.")
            reply = self.error_reply(ServiceError(self.failure, call.reasons[-1], 500))
        reply.headers |= self.reply_headers(environ, call)
        is_sized = "Content-Length" in reply.headers or environ["REQUEST_METHOD"] == "HEAD"
        if reply.chunks is None or is_sized or call.fault:
            self.shared.record.add(self.service, call, reply.status, reply.error, reply.length)
        else:
            reply.chunks = self._recorded(reply.chunks, call, reply)
        if call.fault:
            reply.body = call.fault.inject_after(reply.body)
        return self.send(environ, start_response, reply)

    def _recorded(self, chunks: Iterable[bytes], call: Call, reply: Reply) -> Iterator[bytes]:
        """Yield the content of a reply, and record the request when it ends or the client is gone."""
        sent = 0
        try:
            for piece in chunks:
                sent += len(piece)
                yield piece
        except ConnectionCutError as error:
            call.reasons.append(str(error))
            raise
        finally:
            self.shared.record.add(self.service, call, reply.status, reply.error, sent)

    def send(self, environ: WSGIEnvironment, start_response: StartResponse, reply: Reply) -> Iterable[bytes]:
        """Start a response and return its content, which a reply to HEAD does not have."""
        headers = {
            "Content-Type": self.content_type,
            "Date": formatdate(self.shared.clock.time(), usegmt=True),
            self.request_id_header: str(uuid.uuid4()),
            **({"Content-Length": str(len(reply.body))} if reply.chunks is None else {}),
            **reply.headers,
        }
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(headers.items()))
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [reply.body] if reply.chunks is None else reply.chunks
