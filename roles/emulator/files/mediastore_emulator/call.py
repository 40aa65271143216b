# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request, as the planes see it, and its reply."""

from __future__ import annotations

import itertools
import os
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .errors import ServiceError
from .faults import Fault
from .iam.authorization import find_client
from .iam.directory import DEFAULT_ACCOUNT, Client, Directory
from .iam.signatures import Signature, read_signature

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# In the WSGI environment: time.monotonic() when the head of the request had arrived.
ARRIVED = "mediastore_emulator.arrived"
# In the form of a UUID, which takes longer to make.
_REQUEST_IDS = map((str(uuid.uuid4())[:24] + "{:012x}").format, itertools.count(1))


@dataclass
class Reply:
    """One reply: HTTP status, headers, body, the error code if it refuses the request, and its request ID.

    `chunks` are content that is sent piece by piece, in place of `body`: `headers` have its Content-Length, or a
    Transfer-Encoding.
    """

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    error: str | None = None
    chunks: Iterable[bytes] | None = None
    request_id: str = field(default_factory=lambda: next(_REQUEST_IDS))

    @property
    def length(self) -> int:
        """The number of bytes of the content, 0 if it is not known."""
        return len(self.body) if self.chunks is None else int(self.headers.get("Content-Length", 0))


@dataclass
class Call:
    """One request. `base_url` is the SCHEME://HOST:PORT with which the client reached the emulator.

    `directory` knows who owns an access key. `access_key` is the id of the key that signed the request, None if it is
    unsigned, and `caller` is the account of that key. `account` is that of the caller or, at the endpoint of a
    container, that of its owner.

    `client` is the address of the client. `method`, `path` and `user_agent` are None if they could not be read; `path`
    is encoded as in the request, without the query. `received` counts the bytes of the body. `reasons` are sentences
    about why the request has its reply, and `is_kept_from_page` is whether a browser withholds the reply from a page.
    `arrived` and `started` are readings of time.monotonic(): the head of the request had arrived, the call was made.
    """

    base_url: str
    directory: Directory
    client: str
    method: str | None = None
    path: str | None = None
    user_agent: str | None = None
    received: int = 0
    caller: str = DEFAULT_ACCOUNT
    account: str = DEFAULT_ACCOUNT
    region: str = "us-east-1"
    access_key: str | None = None
    signature: Signature | None = None
    operation: str = "Unknown"
    parameters: dict[str, Any] = field(default_factory=dict)
    container: str | None = None
    fault: Fault | None = None
    reasons: list[str] = field(default_factory=list)
    is_kept_from_page: bool = False
    arrived: float = 0.0
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def from_environ(cls, environ: WSGIEnvironment, directory: Directory) -> Call:
        """Return the call of a request, before its signature is read."""
        # HTTP/1.0 has no Host header.
        host = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}"
        return cls(
            f"{environ.get('wsgi.url_scheme')}://{host}",
            directory,
            environ["REMOTE_ADDR"],
            environ.get("REQUEST_METHOD"),
            str(environ.get("RAW_URI", environ.get("PATH_INFO", ""))).partition("?")[0] or None,
            environ.get("HTTP_USER_AGENT"),
            # A body that is read as it arrives has this attribute.
            getattr(environ.get("wsgi.input"), "received", int(environ.get("CONTENT_LENGTH") or 0)),
            arrived=environ.get(ARRIVED) or time.monotonic(),
        )

    @cached_property
    def sender(self) -> Client:
        """The owner of the access key, an anonymous client for an unsigned request."""
        return find_client(self.directory, self.access_key, self.caller, self.region)

    def note_cors(self, reason: str, *, is_allowed: bool) -> None:
        """Note why a page can read the reply to a cross-origin request, or cannot."""
        self.is_kept_from_page = not is_allowed
        kept = f"A browser keeps the reply from the page: {reason[:1].lower()}{reason[1:]}"
        self.reasons.append(reason if is_allowed else kept)

    def read_signature(self, environ: WSGIEnvironment) -> None:
        """Read account and region from the Signature Version 4 in a header or in the query of a presigned URL.

        Plane.check_signature verifies it. A request with an invalid X-Amz-Credential is unsigned. Raises
        IncompleteSignature for an invalid Authorization header.
        """
        try:
            self.signature = read_signature(environ)
        except ValueError as problem:
            raise ServiceError("IncompleteSignature", str(problem)) from None
        if self.signature:
            self.region = self.signature.region
            self.note_key(environ, self.signature.access_key)

    def note_key(self, environ: WSGIEnvironment, access_key: str) -> None:
        """Note the access key of a request and its account, or the one that moto's environment or header sets."""
        account = os.environ.get("MOTO_ACCOUNT_ID") or environ.get("HTTP_X_MOTO_ACCOUNT_ID")
        self.access_key = access_key
        self.account = self.caller = account or self.directory.find_account(access_key)
