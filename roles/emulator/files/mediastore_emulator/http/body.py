# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a request as it arrives on a connection."""

from __future__ import annotations

import io
import math
import shutil
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import IO, Any, Protocol

import h11

from ..errors import TransferError
from ..memory import Memory
from .environ import MAX_BODY_BYTES, in_words

# Of one body, and of all.
_MAX_BYTES_IN_MEMORY = 32 * 1024**2
MAX_ALL_BYTES_IN_MEMORY = 128 * 1024**2


class Framing(Protocol):
    """How a body is sent, and where it ends (RFC 9112, 6).

    `rest` are the bytes that have arrived behind a body that has ended.
    """

    @property
    def rest(self) -> bytes:
        """The bytes that have arrived behind the body."""

    def next_piece(self, deadline: float) -> bytes:
        """Return the next bytes of the body, none at its end.

        Raises OSError at `deadline`, a reading of time.monotonic, and RemoteProtocolError.
        """


class SizedFraming:
    """A body of `length` bytes, which `received` starts with; `receive` returns more, none when the client ends.

    h11 would copy it several times.
    """

    def __init__(self, length: int, received: bytes, receive: Callable[[float], bytes]) -> None:
        self._missing = length
        self.rest = received
        self._receive = receive

    def next_piece(self, deadline: float) -> bytes:
        """Return the next bytes of the body, as Framing has it."""
        if not self._missing:
            return b""
        received = self.rest or self._receive(deadline)
        if not received:
            raise h11.RemoteProtocolError(f"peer closed connection, {self._missing} bytes are missing")
        piece, self.rest = received[: self._missing], received[self._missing :]
        self._missing -= len(piece)
        return piece


class ChunkedFraming:
    """A body in chunks, which `reader` decodes; `next_event` returns its next event, and receives what it needs."""

    def __init__(self, reader: h11.Connection, next_event: Callable[[float], Any]) -> None:
        self._reader = reader
        self._next_event = next_event

    @property
    def rest(self) -> bytes:
        """The bytes that have arrived behind the body."""
        return self._reader.trailing_data[0]

    def next_piece(self, deadline: float) -> bytes:
        """Return the next bytes of the body, as Framing has it."""
        event = self._next_event(deadline)
        return bytes(event.data) if isinstance(event, h11.Data) else b""


class ArrivingBody:
    """A body that is read from its connection, as `wsgi.input`.

    It must arrive within `seconds`, and a further second for each `rate` bytes. `received` counts the bytes of the body
    that have arrived.
    """

    def __init__(self, framing: Framing, seconds: float, rate: float = math.inf) -> None:
        self._framing = framing
        self._seconds = seconds
        self._rate = rate
        self._started = time.monotonic()
        self._pending = b""
        self.received = 0
        self.is_complete = False

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes as soon as some have arrived, and b"" at the end; -1 returns the whole rest.

        Raises TransferError if the body is cut off, invalid, too slow or larger than MAX_BODY_BYTES.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(MAX_BODY_BYTES), b""))
        if not self._pending and not self.is_complete:
            self._pending = self._receive()
        piece, self._pending = self._pending[:size], self._pending[size:]
        return piece

    def unread(self, data: bytes) -> None:
        """Return these bytes, which have been read, when the body is read again."""
        self._pending = data + self._pending

    def _receive(self) -> bytes:
        seconds = self._seconds + self.received / self._rate
        deadline = self._started + seconds
        try:
            piece = self._framing.next_piece(deadline)
        except h11.RemoteProtocolError as error:
            raise TransferError(f"The request body is invalid: {in_words(error)}.", self.received) from None
        except OSError as error:
            if time.monotonic() >= deadline:
                message = f"The request is cancelled because its body took more than {round(seconds, 1):g} seconds."
                raise TransferError(message, self.received, HTTPStatus.REQUEST_TIMEOUT) from None
            raise TransferError(f"The request body is cut off: {error}.", self.received) from None
        self.is_complete = not piece
        self.received += len(piece)
        if self.received > MAX_BODY_BYTES:
            message = f"A request body can have at most {MAX_BODY_BYTES} bytes."
            raise TransferError(message, self.received, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return piece


class StoredBody:
    """A body in `file`: in memory if it is small and enough of `memory` is left, else in one that `make_file` opens."""

    def __init__(self, memory: Memory, make_file: Callable[[], IO[bytes]]) -> None:
        self._memory = memory
        self._make_file = make_file
        self._used = 0
        self._is_in_memory = True
        self.file: IO[bytes] = io.BytesIO()

    def write(self, piece: bytes) -> None:
        """Append bytes."""
        if self._is_in_memory:
            if self._used + len(piece) <= _MAX_BYTES_IN_MEMORY and self._memory.take(len(piece)):
                self._used += len(piece)
            else:
                self._move_to_disk()
        self.file.write(piece)

    def close(self) -> None:
        """Remove the body."""
        self.file.close()
        self._release()

    def _move_to_disk(self) -> None:
        self._is_in_memory = False
        self.file.seek(0)
        with self.file as source:
            self.file = self._make_file()
            shutil.copyfileobj(source, self.file)
        self._release()

    def _release(self) -> None:
        self._memory.give_back(self._used)
        self._used = 0
