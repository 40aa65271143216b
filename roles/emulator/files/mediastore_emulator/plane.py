# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of all planes: WSGI applications for one service each, which read, run and record requests."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from .call import Call, Reply
from .clock import http_date
from .errors import ConnectionCutError, ServiceError, TransferError
from .iam.authorization import Authorization, Resource, authorize, request_keys
from .iam.signatures import UNKNOWN_KEY, RefusedSignature, check_expiration, check_signature
from .record import CUT
from .shared import Shared

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# RFC 9110, 8.6 and 15.4.5: without headers of content.
_WITHOUT_CONTENT = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
# For replies with objects: a script in one that a browser opens has an origin without rights, not that of the emulator.
SANDBOX = {"Content-Security-Policy": "sandbox allow-scripts"}
_LOG = logging.getLogger(__name__)


class Plane(ABC):
    """A WSGI application for one service, or for one plane of it.

    `fault_errors` are the errors of the service by the kind of a fault (code, message, HTTP status), `signature_errors`
    those by the kind of iam.signatures (code, HTTP status), `failure` is its code for a failure of the emulator.
    """

    service: str
    content_type: str
    failure = "InternalServerError"
    request_id_header = "x-amzn-RequestId"
    fault_errors: Mapping[str, tuple[str, str, int]]
    signature_errors: Mapping[str, tuple[str, int]]

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.observers: list[Callable[[Call, Reply, int], None]] = []

    @abstractmethod
    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Read the signature of a request, run its operation and describe it in `call`.

        Raises ServiceError to refuse the request.
        """

    def reply_headers(self, environ: WSGIEnvironment, call: Call) -> dict[str, str]:
        """Return headers that the reply to a request has, whether the request is refused or not."""
        return {}

    def observe(self, call: Call, reply: Reply, sent: int = 0) -> None:
        """Show a request and its reply, whose content has `sent` bytes, to the observers, after they are recorded."""
        for observer in self.observers:
            observer(call, reply, sent)

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

    def check_signature(self, call: Call) -> None:
        """Refuse a presigned URL that has expired, and a signature that is wrong, if the setting is true.

        A key that neither the credentials nor the directory know is refused if credentials were given. The date of a
        request is compared only with a clock that has the time of the machine, which clients sign with.
        """
        shared, signature = self.shared, call.signature
        if signature is None:
            return
        refused = check_expiration(signature, shared.clock.time())
        if refused is None and shared.settings.signatures:
            secret = shared.credentials.get(signature.access_key) or shared.directory.find_secret(signature.access_key)
            if secret is not None:
                now = None if shared.clock.is_moved else shared.clock.time()
                refused = check_signature(signature, secret, now)
            elif shared.credentials:
                message = f"The emulator's credentials do not have the access key {signature.access_key}."
                refused = RefusedSignature(UNKNOWN_KEY, message)
        if refused:
            code, status = self.signature_errors[refused.kind]
            raise ServiceError(code, refused.message, status)

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
            self.shared.record.add(self.service, call, None, CUT, 0)
            raise
        except TransferError as error:
            self.shared.record.add_transfer_error(self.service, call, error)
            self.observe(call, Reply(status=error.status, error=error.code))
            raise
        except Exception:
            _LOG.exception("%s failed", call.operation)
            call.reasons.append("The emulator failed, see its log.")
            reply = self.error_reply(ServiceError(self.failure, call.reasons[-1], 500))
        reply.headers |= self.reply_headers(environ, call)
        if call.fault:
            try:
                reply.body = call.fault.inject_after(reply.body)
            except ConnectionCutError:
                call.reasons.append("The operation ran, and the connection was closed without the reply.")
                reply.error = CUT
                self._record(call, reply, 0)
                raise
        is_sized = "Content-Length" in reply.headers or environ["REQUEST_METHOD"] == "HEAD"
        if reply.chunks is None or is_sized:
            self._record(call, reply, reply.length)
        else:
            reply.chunks = self._recorded(reply.chunks, call, reply)
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
            self._record(call, reply, sent)

    def _record(self, call: Call, reply: Reply, sent: int) -> None:
        self.shared.record.add(self.service, call, reply.status, reply.error, sent)
        self.observe(call, reply, sent)

    def send(self, environ: WSGIEnvironment, start_response: StartResponse, reply: Reply) -> Iterable[bytes]:
        """Start a response and return its content, which a reply to HEAD does not have."""
        has_content = reply.status not in _WITHOUT_CONTENT
        headers = {
            **({"Content-Type": self.content_type} if has_content else {}),
            "Date": http_date(int(self.shared.clock.time())),
            **({} if self.request_id_header in reply.headers else {self.request_id_header: reply.request_id}),
            **({"Content-Length": str(len(reply.body))} if has_content and reply.chunks is None else {}),
            **reply.headers,
        }
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(headers.items()))
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [reply.body] if reply.chunks is None else reply.chunks
