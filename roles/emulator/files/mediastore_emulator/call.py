# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request, as the planes see it, and its reply."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from .errors import ServiceError
from .faults import Fault
from .iam.directory import DEFAULT_ACCOUNT, Directory

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

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
    unsigned, and `caller` is the account of that key. `account` is that of the caller or, at the endpoint of a
    container, that of its owner.
    """

    base_url: str
    directory: Directory
    caller: str = DEFAULT_ACCOUNT
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
            self.account = self.caller = self._owner(environ, match[1])

    def _owner(self, environ: WSGIEnvironment, access_key: str) -> str:
        """Return the account of an access key, or the one that moto's environment variable or header sets."""
        account = os.environ.get("MOTO_ACCOUNT_ID") or environ.get("HTTP_X_MOTO_ACCOUNT_ID")
        return account or self.directory.find_account(access_key)
