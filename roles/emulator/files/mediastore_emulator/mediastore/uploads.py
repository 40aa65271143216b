# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads: which of them are accepted, and content that is read while it arrives.

Sources: the User Guide, "Uploading an object", and PutObject in the API Reference,
https://docs.aws.amazon.com/mediastore/latest/apireference/API_objstore_PutObject.html
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConnectionCutError, InvalidRequestError, ServiceError
from ..memory import Memory

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

STANDARD, STREAMING = "STANDARD", "STREAMING"
# 25 MB, and 10 MB with streaming. AWS does not say whether an MB is 1,000,000 or 1,048,576 bytes; the larger reading
# refuses no object that the service accepts.
_MAX_MEGABYTES = {STANDARD: 25, STREAMING: 10}
_BYTES_IN_MB = 1024**2
_MAX_UNFINISHED_MEGABYTES = 256
MAX_UNFINISHED_BYTES = _MAX_UNFINISHED_MEGABYTES * _BYTES_IN_MB
_PIECE_BYTES = 1024**2


def check_head(environ: WSGIEnvironment, availability: str) -> None:
    """Raise InvalidRequestError (400) for an upload that is refused whatever its body contains.

    A server that does not support partial PUT should refuse Content-Range (RFC 9110, 14.5): it would replace an object
    by a part of it.
    """
    if "HTTP_CONTENT_RANGE" in environ:
        raise InvalidRequestError(
            "The request has the header Content-Range, as that of curl -C or of GStreamer's souphttpclientsink, but an "
            "object cannot be uploaded in parts: upload the whole object in one request."
        )
    if availability == STREAMING and "HTTP_TRANSFER_ENCODING" not in environ:
        raise InvalidRequestError(
            "An upload with the upload availability STREAMING must have the header Transfer-Encoding: chunked, and no "
            "Content-Length: SDKs send it for a body of unknown length."
        )
    check_length(int(environ.get("CONTENT_LENGTH") or 0), availability)


def check_length(length: int, availability: str) -> None:
    """Raise InvalidRequestError (400) if an object of `length` bytes is too large."""
    limit = _MAX_MEGABYTES[availability]
    if length > limit * _BYTES_IN_MB:
        raise InvalidRequestError(f"An object can have at most {limit} MB with upload availability {availability}.")


class Upload:
    """The content of an upload, as far as it has arrived: `length` bytes."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._buffer = io.BytesIO()
        self.length = 0

    def append(self, piece: bytes) -> None:
        """Add bytes at the end; raises ServiceError (503) if all uploads together are too large."""
        if not self._memory.take(len(piece)):
            message = f"Unfinished uploads have more than {_MAX_UNFINISHED_MEGABYTES} MB together: try again later."
            raise ServiceError("ServiceUnavailable", message, 503)
        self._buffer.write(piece)
        self.length += len(piece)

    @property
    def body(self) -> bytes:
        """What has arrived, without a copy once all of it has."""
        return self._buffer.getvalue()

    def end(self, is_complete: bool) -> None:
        """End the upload, only once; it `is_complete`, or has failed."""
        self._memory.give_back(self.length)


class ReadableUpload(Upload):
    """An upload that one thread appends to and others read meanwhile."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self._changed = threading.Condition()
        self._is_ended = False
        self._is_complete = False

    def append(self, piece: bytes) -> None:
        """Add bytes as Upload does, and let readers have them."""
        with self._changed:
            super().append(piece)
            self._changed.notify_all()

    def end(self, is_complete: bool) -> None:
        """End the upload, and let readers end: where the content ends if it `is_complete`, otherwise with an error."""
        with self._changed:
            self._is_complete = is_complete
            self._is_ended = True
            self._changed.notify_all()
        super().end(is_complete)

    def pieces(self) -> Iterator[bytes]:
        """Yield the content from its start to its end, each piece when it has arrived.

        Raises ConnectionCutError if the upload fails.
        """
        position = 0
        while piece := self._next(position):
            yield piece
            position += len(piece)

    def _next(self, position: int) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._is_ended or self.length > position)
            piece = bytes(self._buffer.getbuffer()[position : position + _PIECE_BYTES])
            if not piece and not self._is_complete:
                raise ConnectionCutError("The upload of the object failed, so the content is cut off.")
            return piece


@dataclass(frozen=True)
class ArrivingObject:
    """An object that is readable while it is uploaded."""

    content: ReadableUpload
    content_type: str
    cache_control: str | None
