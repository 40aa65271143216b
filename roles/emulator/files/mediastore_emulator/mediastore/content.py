# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects and their content."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import FileIO
from typing import Protocol

from ..errors import ServiceError

_PIECE_BYTES = 256 * 1024


class Content(Protocol):
    """The content of an object."""

    @property
    def length(self) -> int:
        """The number of bytes."""

    @property
    def sha256(self) -> str:
        """The SHA-256 in hex."""

    def pieces(self, start: int, end: int) -> Iterable[bytes]:
        """Return the bytes from `start` to before `end`, which remain readable after the content is discarded."""

    def discard(self) -> None:
        """Free what keeps the content, once no object has it."""


class MemoryContent:
    """A content in memory."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.length = len(body)
        self.sha256 = hashlib.sha256(body).hexdigest()

    def pieces(self, start: int, end: int) -> Iterable[bytes]:
        """Return the bytes from `start` to before `end`, in one piece."""
        return [self._body[start:end]]

    def discard(self) -> None:
        """Do nothing: Python frees the memory."""


@dataclass(frozen=True)
class FileContent:
    """A content in the file `path`."""

    path: str
    length: int
    sha256: str

    def pieces(self, start: int, end: int) -> Iterable[bytes]:
        """Open the file, and return an iterable that reads the bytes from `start` to before `end` from it.

        Raises ServiceError (500) if the file is missing or incomplete.
        """
        try:
            file = FileIO(self.path)
            found = os.fstat(file.fileno()).st_size
        except OSError as error:
            raise _unreadable(self.path, str(error.strerror)) from error
        if found != self.length:
            file.close()
            raise _unreadable(self.path, f"it has {found} bytes in place of {self.length}")
        return _Pieces(file, start, end)

    def discard(self) -> None:
        """Remove the file. One that cannot be removed is removed at the next start."""
        with contextlib.suppress(OSError):
            os.unlink(self.path)


class _Pieces:
    """Bytes of an open file in pieces; closes the file."""

    def __init__(self, file: FileIO, start: int, end: int) -> None:
        self._file = file
        self._start = start
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._start)
        rest = self._end - self._start
        while rest > 0:
            piece = self._file.read(min(rest, _PIECE_BYTES))
            if not piece:
                raise OSError(f"{self._file.name!r} was truncated while it was read")
            rest -= len(piece)
            yield piece

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True)
class MediaObject:
    """One stored object. `modified` and `added` are readings of the clock: a Unix timestamp, and a monotonic one."""

    content: Content
    content_type: str
    cache_control: str | None
    modified: float
    added: float
    is_archived: bool = False

    @property
    def etag(self) -> str:
        """The SHA-256 of the content in hex, which the service returns as ETag and as ContentSHA256."""
        return self.content.sha256


def _unreadable(path: str, reason: str) -> ServiceError:
    message = f"The emulator cannot read the content of the object, the file {path}: {reason}. Put the object again."
    return ServiceError("InternalServerError", message, 500)
