# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits how many requests all threads together send in a second."""

from __future__ import annotations

import threading
import time


class Rate:
    """At most `per_second` requests a second, at equal distances; None does not limit them."""

    def __init__(self, per_second: int | None) -> None:
        self._distance = 1 / per_second if per_second else 0.0
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until one more request may be sent."""
        if not self._distance:
            return
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._distance
        time.sleep(start - now)
