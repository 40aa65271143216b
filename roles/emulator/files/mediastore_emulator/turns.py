# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns of threads that have much to compute."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """A context for one thread at a time, in the order in which they enter it.

    Each thread that computes slows all others down, so those that compute for long do so in turns. A lock would prefer
    the thread that has just released it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gates: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        gate = threading.Lock()
        gate.acquire()
        with self._lock:
            self._gates.append(gate)
            if self._gates[0] is gate:
                gate.release()
        gate.acquire()

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._gates.popleft()
            if self._gates:
                self._gates[0].release()
