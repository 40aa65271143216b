# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's clock: the time of this machine plus an offset, which tests can set.

Only this module reads the machine's time for MediaStore. Faults and the HTTP server wait in real time, and requests
last real time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import formatdate
from functools import lru_cache
from typing import Any

_EARLIEST = 0.0
# HTTP dates and ISO 8601 end with the year 9999. A clock that is set to the latest time can run for another year.
_LATEST = datetime(9999, 1, 1, tzinfo=timezone.utc).timestamp()
_NOT_A_TIME = "The time of the clock must be ISO 8601 text or seconds since 1970, from the year 1970 to 9998."


@lru_cache(maxsize=256)
def http_date(timestamp: int) -> str:
    """Return a Unix timestamp as headers have it (RFC 9110, 5.6.7)."""
    return formatdate(timestamp, usegmt=True)


class Clock:
    """A clock of one emulator. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keep: Callable[[float, float], None] = lambda _offset, _skipped: None
        self.reset()

    def reset(self, keep: Callable[[], None] = lambda: None) -> None:
        """Show the time of this machine, once `keep` has returned."""
        with self._lock:
            keep()
            self._start = time.time() - time.monotonic()
            self._offset = 0.0
            self._skipped = 0.0

    def resume(self, offset: float, skipped: float, latest: float, keep: Callable[[float, float], None]) -> None:
        """Continue a clock of an earlier process, also if the machine has an earlier time since then.

        `keep` is called with the offset and the skipped seconds before the clock moves; `offset` and `skipped` are what
        it was called with last. `latest` is the latest monotonic reading that is in use.
        """
        with self._lock:
            self._offset, self._skipped, self._keep = offset, skipped, keep
            self._start += max(0.0, latest - self.monotonic())

    def time(self) -> float:
        """Return the time as a Unix timestamp."""
        return time.time() + self._offset

    @property
    def is_moved(self) -> bool:
        """Whether the time differs from that of this machine."""
        return self._offset != 0

    def monotonic(self) -> float:
        """Return seconds that include each move of the clock to a later time, and that never decrease before a reset.

        Delays and the order of events use it, so that an earlier time neither prolongs nor reorders them. Seconds count
        from 1970 by the time that the machine had at the start, so they go on while no process runs.
        """
        return self._start + time.monotonic() + self._skipped

    def set_time(self, given: Any) -> None:
        """Set the time to an ISO 8601 text, seconds since 1970 or a datetime; without an offset, the time is UTC.

        Raises ValueError for any other value, and for a time before 1970 or after 9998.
        """
        self._move(timestamp(given) - self.time())

    def advance(self, seconds: Any) -> None:
        """Move the time forward; raises ValueError unless `seconds` is a number from 0 to the end of the year 9998."""
        if not _is_number(seconds) or not 0 <= seconds <= _LATEST - self.time():
            raise ValueError("The clock can advance by a number of seconds of at least 0, at most to the year 9998.")
        self._move(float(seconds))

    def shown(self) -> dict[str, Any]:
        """Return the time as ISO 8601 text, and its offset from the time of this machine in seconds."""
        return {"time": datetime.fromtimestamp(self.time(), timezone.utc).isoformat(), "offset": self._offset}

    def _move(self, seconds: float) -> None:
        with self._lock:
            offset, skipped = self._offset + seconds, self._skipped + max(0.0, seconds)
            self._keep(offset, skipped)
            self._offset, self._skipped = offset, skipped


def timestamp(given: Any) -> float:
    """Return the Unix timestamp of an ISO 8601 text, seconds since 1970 or a datetime; without an offset, it is UTC.

    Raises ValueError for any other value, and for a time before 1970 or after 9998.
    """
    try:
        if isinstance(given, str):
            # Before version 3.11, Python does not read the Z.
            given = datetime.fromisoformat(f"{given[:-1]}+00:00" if given.endswith(("Z", "z")) else given)
        if isinstance(given, datetime):
            given = (given if given.tzinfo else given.replace(tzinfo=timezone.utc)).timestamp()
    except (OverflowError, ValueError):
        raise ValueError(_NOT_A_TIME) from None
    if not _is_number(given) or not _EARLIEST <= given < _LATEST:
        raise ValueError(_NOT_A_TIME)
    return float(given)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
