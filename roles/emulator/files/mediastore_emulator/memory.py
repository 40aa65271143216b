# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory that the bodies of several requests share."""

from __future__ import annotations

import threading


class Memory:
    """How many of `limit` bytes are used. Safe to use from several threads."""

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._used = 0

    def take(self, count: int) -> bool:
        """Use bytes if so many are left, and return whether they were."""
        with self._lock:
            is_left = self._used + count <= self._limit
            if is_left:
                self._used += count
            return is_left

    def give_back(self, count: int) -> None:
        """End the use of bytes."""
        with self._lock:
            self._used -= count
