# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of objects."""

from __future__ import annotations

import hashlib
from functools import cached_property


class Content:
    """The content of an object, which is kept in memory."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    @property
    def length(self) -> int:
        """The number of bytes."""
        return len(self._body)

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 in hex."""
        return hashlib.sha256(self._body).hexdigest()

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` to before `end`."""
        return self._body[start:end]
