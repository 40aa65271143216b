# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control plane and the data plane share: from a WSGI request to a recorded answer."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import os
import re
import threading
import uuid
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.iam.models import get_account_id_from

from .errors import InvalidRequestError, ServiceError
from .faults import ConnectionCutError, Fault, Faults
from .models import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LOG = logging.getLogger(__name__)
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/")
_READING = ("Describe", "Get", "List")


@dataclass
class Reply:
    """One answer: HTTP status, headers, body."""

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass
class Call:
    """What one request asks for. `base_url` is the SCHEME://HOST:PORT by which the client reached the emulator."""

    account: str
    region: str
    base_url: str
    operation: str = "Unknown"
    parameters: dict[str, Any] = field(default_factory=dict)
    container: str | None = None
    fault: Fault | None = None

    @classmethod
    def of(cls, environ: WSGIEnvironment) -> Call:
        """Read account and region from the request: its signature, or moto's ways to name an account."""
        signature = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        access_key, region = signature.groups() if signature else ("", "us-east-1")
        # HTTP/1.0 has no Host header.
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        account = os.environ.get("MOTO_ACCOUNT_ID") or environ.get("HTTP_X_MOTO_ACCOUNT_ID")
        return cls(
            account=account or get_account_id_from(access_key),
            region=region,
            base_url=f"{environ['wsgi.url_scheme']}://{host}",
        )


class RequestRecord:
    """The last `limit` MediaStore requests in the order of their answers. Holds no headers, credentials or bodies."""

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=limit)

    def add(self, service: str, call: Call, status: int | None, error: str | None) -> None:
        """Append one request with its answer; `status` is None for one that was not carried out nor answered."""
        entry = {
            "operation": call.operation,
            "service": service,
            "parameters": call.parameters,
            "mutating": not call.operation.startswith(_READING),
            "container": call.container,
            "region": call.region,
            "account": call.account,
            "status": status,
            "error": error,
        }
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        """Return the requests, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._entries.clear()

    def limit(self, limit: int) -> None:
        """Keep the last `limit` requests from now on."""
        with self._lock:
            self._entries = deque(self._entries, maxlen=limit)


class Plane(ABC):
    """A WSGI application for one of the two MediaStore services."""

    service: str
    content_type: str

    def __init__(self, store: Store, record: RequestRecord, faults: Faults) -> None:
        self.store = store
        self.record = record
        self.faults = faults

    @abstractmethod
    def answer(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Carry out the request and note in `call` what it was; raises ServiceError to refuse it."""

    def strike(self, call: Call) -> None:
        """Let the fault that was asked for befall a request, now that it is known what it is and before it acts."""
        call.fault = self.faults.take(call.operation)
        if call.fault:
            call.fault.strike()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request and record it; raises ConnectionCutError for one that is to stay without an answer."""
        call = Call.of(environ)
        error = None
        try:
            reply = self.answer(environ, call)
        except ServiceError as refusal:
            error, reply = refusal.code, _refused(refusal)
        except ConnectionCutError:
            self.record.add(self.service, call, None, "ConnectionCut")
            raise
        except Exception:
            _LOG.exception("%s failed", call.operation)
            error = "InternalServerError"
            reply = _refused(ServiceError(error, "The emulator failed; its log says why.", 500))
        self.record.add(self.service, call, reply.status, error)
        if call.fault:
            reply.body = call.fault.spoil(reply.body)
        headers = {
            "Content-Type": self.content_type,
            "Content-Length": str(len(reply.body)),
            "x-amzn-RequestId": str(uuid.uuid4()),
            **reply.headers,
        }
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]


def json_reply(document: dict[str, Any]) -> Reply:
    """Return a 200 with a JSON body."""
    return Reply(json.dumps(document).encode())


def _refused(refusal: ServiceError) -> Reply:
    """Return an error as AWS's JSON protocols spell it: the code in body and header, for a HEAD has no body."""
    body = {"__type": refusal.code, "message": refusal.message, "Message": refusal.message}
    return Reply(json.dumps(body).encode(), {"x-amzn-ErrorType": refusal.code}, refusal.status)


def page(keys: Iterable[str], token: str | None, size: int) -> tuple[list[str], str | None]:
    """Return one page of the sorted `keys` and the token of the next page, None when this is the last.

    A token holds the last key of its page, so that pages neither repeat nor skip what stays while other keys come and
    go. Raises InvalidRequestError for a token that this function did not make.
    """
    after = _token_key(token) if token else None
    rest: Sequence[str] = sorted(key for key in keys if after is None or key > after)
    if len(rest) <= size:
        return list(rest), None
    return list(rest[:size]), base64.b64encode(f"after:{rest[size - 1]}".encode()).decode()


def _token_key(token: str) -> str:
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    if not text.startswith("after:"):
        raise InvalidRequestError("The NextToken is not one that this operation answered.")
    return text.removeprefix("after:")
