# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of requests, which tests read."""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import Any

from .call import Call

# Larger than every valid request: a policy has at most 8192 characters, and a CORS policy 398,000.
_MAX_ENTRY_BYTES = 1024**2
_MAX_RECORD_BYTES = 64 * 1024**2
_READING = ("Describe", "Get", "Head", "List", "Preflight")


class RequestRecord:
    """The last `limit` requests of all planes in the order of their replies, without headers, credentials and bodies.

    Entries are JSON text of at most 1 MiB each: larger parameters are replaced by their size, as `omitted_bytes`. If
    all entries together exceed 64 MiB, the oldest are dropped.
    """

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._entries: deque[str] = deque()
        self._bytes = 0

    def add(self, service: str, call: Call, status: int | None, error: str | None) -> None:
        """Append one request with its reply; `status` is None if the request was neither run nor replied to."""
        entry = {
            "operation": call.operation,
            "service": service,
            "parameters": call.parameters,
            "mutating": not call.operation.startswith(_READING),
            "container": call.container,
            "region": call.region,
            "account": call.account,
            "status": status,
            "error": error,
        }
        # json.dumps returns ASCII, so each character is one byte.
        text = json.dumps(entry)
        if len(text) > _MAX_ENTRY_BYTES:
            text = json.dumps({**entry, "parameters": {"omitted_bytes": len(text)}})
        with self._lock:
            self._entries.append(text)
            self._bytes += len(text)
            self._drop_oldest()

    def entries(self) -> list[dict[str, Any]]:
        """Return the requests, oldest first."""
        with self._lock:
            kept = list(self._entries)
        return [json.loads(text) for text in kept]

    def clear(self) -> None:
        """Remove all requests."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def limit(self, limit: int) -> None:
        """Keep the last `limit` requests from now on."""
        with self._lock:
            self._limit = limit
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        while len(self._entries) > self._limit or self._bytes > _MAX_RECORD_BYTES:
            self._bytes -= len(self._entries.popleft())
