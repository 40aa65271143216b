# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon S3 Control, which moto runs: it also tags buckets, and must keep the tags that belong to AWS."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from xml.etree import ElementTree

from ..call import Call, Reply
from ..errors import ServiceError
from ..moto_plane import MotoPlane
from ..s3.errors import FAULT_ERRORS
from ..s3.rules import is_system_tag
from .operations import operation_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_MAX_BODY_BYTES = 64 * 1024
_RESERVED = (
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your '
    "tag keys and try again."
)


class S3Control(MotoPlane):
    """Amazon S3 Control without faults."""

    service = "s3control"
    failure = "InternalError"
    fault_errors = FAULT_ERRORS
    error_root = "ErrorResponse"

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Run a request; raises InvalidTag to tag or untag a resource with a key that belongs to AWS."""
        call.operation = operation_of(environ, self.service)
        with contextlib.suppress(ServiceError):
            call.read_signature(environ)
        if self.shared.settings.s3_rules and any(map(is_system_tag, _tag_keys(environ, call.operation))):
            raise ServiceError("InvalidTag", _RESERVED)
        return self.run(environ, call)


def _tag_keys(environ: WSGIEnvironment, operation: str) -> Iterable[str]:
    """Return the keys that a request tags or untags, none for other requests."""
    if operation == "UntagResource":
        return parse_qs(environ["QUERY_STRING"]).get("tagKeys", [])
    if operation != "TagResource":
        return []
    source = environ["wsgi.input"]
    body = source.read(_MAX_BODY_BYTES)
    source.seek(0)
    try:
        return [key.text or "" for key in ElementTree.fromstring(body).iterfind(".//{*}Key")]
    except (ElementTree.ParseError, LookupError, ValueError):
        raise ServiceError("MalformedXML", "The XML you provided was not well-formed.") from None
