# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of all planes: each is the WSGI application for one service, which reads, runs and records requests."""

from __future__ import annotations

import json
import logging
import os
import re
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from .errors import ServiceError
from .faults import MEDIASTORE_ERRORS, ConnectionCutError, Fault, Faults
from .iam.directory import DEFAULT_ACCOUNT, Directory
from .mediastore.models import Store
from .record import RequestRecord

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LOG = logging.getLogger(__name__)
_SCOPE = r"([^/,\s]+)/\d{8}/([A-Za-z0-9-]{1,63})/[^/,\s]+/aws4_request"
_SIGNED_HEADER = re.compile(rf"AWS4-HMAC-SHA256\s(?:.*?[,\s])?Credential={_SCOPE}(?:[,\s].*)?")
_SIGNED_QUERY = re.compile(_SCOPE)


@dataclass
class Reply:
    """One reply: HTTP status, headers, body, and the error code if it refuses the request."""

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    error: str | None = None


@dataclass
class Call:
    """One request. `base_url` is the SCHEME://HOST:PORT with which the client reached the emulator.

    `directory` knows who owns an access key. `access_key` is the id of the key that signed the request, None if it is
    unsigned.
    """

    base_url: str
    directory: Directory
    account: str = DEFAULT_ACCOUNT
    region: str = "us-east-1"
    access_key: str | None = None
    operation: str = "Unknown"
    parameters: dict[str, Any] = field(default_factory=dict)
    container: str | None = None
    fault: Fault | None = None

    @classmethod
    def from_environ(cls, environ: WSGIEnvironment, directory: Directory) -> Call:
        """Return the call of a request, before its signature is read."""
        # HTTP/1.0 has no Host header.
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        return cls(f"{environ['wsgi.url_scheme']}://{host}", directory)

    def read_signature(self, environ: WSGIEnvironment) -> None:
        """Read account and region from the Signature Version 4 in a header or in the query of a presigned URL.

        Signatures are not verified. A request with an invalid X-Amz-Credential is unsigned. Raises IncompleteSignature
        for an invalid Authorization header.
        """
        header = environ.get("HTTP_AUTHORIZATION")
        if header is not None:
            match = _SIGNED_HEADER.fullmatch(header)
            if match is None:
                raise ServiceError("IncompleteSignature", "The Authorization header is not an AWS Signature Version 4.")
        else:
            [credential] = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[:1]
            match = _SIGNED_QUERY.fullmatch(credential)
        if match:
            self.access_key, self.region = match.groups()
            self.account = self._owner(environ, match[1])

    def _owner(self, environ: WSGIEnvironment, access_key: str) -> str:
        """Return the account of an access key, or the one that moto's environment variable or header sets."""
        account = os.environ.get("MOTO_ACCOUNT_ID") or environ.get("HTTP_X_MOTO_ACCOUNT_ID")
        return account or self.directory.find_account(access_key)


class Plane(ABC):
    """A WSGI application for one service: the control plane or the data plane of MediaStore, or Amazon S3.

    `fault_errors` are the errors of the service by the kind of a fault, `failure` is its code for a failure of its own.
    """

    service: str
    content_type: str
    failure = "InternalServerError"
    request_id_header = "x-amzn-RequestId"
    fault_errors: Mapping[str, tuple[str, str, int]] = MEDIASTORE_ERRORS

    def __init__(self, store: Store, record: RequestRecord, faults: Faults) -> None:
        self.store = store
        self.record = record
        self.faults = faults

    @abstractmethod
    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Read the signature of a request, run its operation and describe it in `call`.

        Raises ServiceError to refuse the request.
        """

    def reply_headers(self, environ: WSGIEnvironment) -> dict[str, str]:
        """Return headers that the reply to a request has, whether the request is refused or not."""
        return {}

    def error_reply(self, error: ServiceError) -> Reply:
        """Return an error as in AWS's JSON protocols: the code is in body and header, because HEAD has no body."""
        body = {"__type": error.code, "message": error.message, "Message": error.message}
        return Reply(json.dumps(body).encode(), {"x-amzn-ErrorType": error.code}, error.status, error.code)

    def inject_fault(self, call: Call) -> None:
        """Inject the next fault for the operation of a request, before the operation runs."""
        call.fault = self.faults.take(call.operation)
        if call.fault:
            call.fault.inject_before(self.fault_errors)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request and record it; raises ConnectionCutError if a fault prevents the reply."""
        call = Call.from_environ(environ, self.store.directory)
        try:
            reply = self.handle(environ, call)
        except ServiceError as refused:
            reply = self.error_reply(refused)
        except ConnectionCutError:
            self.record.add(self.service, call, None, "ConnectionCut")
            raise
        except Exception:
            _LOG.exception("%s failed", call.operation)
            reply = self.error_reply(ServiceError(self.failure, "The emulator failed, see its log.", 500))
        self.record.add(self.service, call, reply.status, reply.error)
        if call.fault:
            reply.body = call.fault.inject_after(reply.body)
        return self.send(environ, start_response, reply)

    def send(self, environ: WSGIEnvironment, start_response: StartResponse, reply: Reply) -> Iterable[bytes]:
        """Start a response and return its content, which a reply to HEAD does not have."""
        headers = {
            "Content-Type": self.content_type,
            "Content-Length": str(len(reply.body)),
            "Date": formatdate(self.store.clock.time(), usegmt=True),
            self.request_id_header: str(uuid.uuid4()),
            **reply.headers,
            **self.reply_headers(environ),
        }
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]


def json_reply(document: dict[str, Any]) -> Reply:
    """Return a 200 with a JSON body."""
    return Reply(json.dumps(document).encode())
