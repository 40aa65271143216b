# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of requests, which tests read."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from functools import partial
from itertools import islice, takewhile
from typing import Any, NamedTuple

from .call import Call
from .clock import Clock, timestamp
from .errors import TransferError

# Larger than every valid request: a policy has at most 8192 characters, and a CORS policy 398,000.
_MAX_ENTRY_BYTES = 1024**2
_MAX_RECORD_BYTES = 64 * 1024**2
_MAX_TEXT = 2048
_READING = ("Describe", "Get", "Head", "List", "Preflight")
REFUSED = "refused"
# The members of an entry that say where its container is.
PLACES = ("container", "region", "account")
_NUMBER = re.compile(r"[0-9]{1,18}")


class _Entry(NamedTuple):
    """One request: its number, its time as a Unix timestamp, its status, whether it is refused, and all of it as JSON.

    JSON of json.dumps is ASCII, so each of its characters is one byte.
    """

    number: int
    time: float
    status: int | None
    is_refused: bool
    text: str


class RequestRecord:
    """The last `limit` requests in the order of their replies, without headers, queries, credentials and bodies.

    Entries are JSON text of at most 1 MiB each: larger parameters are replaced by their size, as `omitted_bytes`. If
    all entries together exceed 64 MiB, the oldest are dropped. `clock` gives the times.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._clock = clock
        self._entries: deque[_Entry] = deque()
        self._bytes = 0
        self._number = 0

    def add(self, service: str, call: Call, status: int | None, error: str | None, sent: int) -> None:
        """Append one request with its reply, whose content has `sent` bytes.

        `status` is None if the request was neither run nor replied to.
        """
        now = self._clock.time()
        is_refused = status is None or status >= 400 or call.is_kept_from_page
        entry = {
            "time": datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds"),
            "client": call.client,
            "user_agent": call.user_agent and call.user_agent[:_MAX_TEXT],
            "method": call.method,
            "path": call.path and call.path[:_MAX_TEXT],
            "operation": call.operation,
            "service": service,
            "parameters": call.parameters,
            "mutating": not call.operation.startswith(_READING),
            "container": call.container,
            "region": call.region,
            "account": call.account,
            "caller": call.sender.principal.arn,
            "status": status,
            "error": error,
            "refused": is_refused,
            "reason": " ".join(call.reasons) or None,
            "received_bytes": call.received,
            "sent_bytes": sent,
        }
        text = json.dumps(entry)
        if len(text) > _MAX_ENTRY_BYTES:
            text = json.dumps({**entry, "parameters": {"omitted_bytes": len(text)}})
        with self._lock:
            self._number += 1
            self._entries.append(_Entry(self._number, now, status, is_refused, text))
            self._bytes += len(text)
            self._drop_oldest()

    def add_transfer_error(self, service: str, call: Call, error: TransferError) -> None:
        """Append one request that is not valid HTTP, or whose body is cut off."""
        call.reasons.append(str(error))
        call.received = error.received
        self.add(service, call, error.status, error.code, 0)

    def entries(
        self, since: str | None = None, status: str | None = None, limit: str | None = None, **places: str
    ) -> list[dict[str, Any]]:
        """Return the requests, oldest first, each with its `number`, which counts from 1 and never repeats.

        `since` is the number of a request, of which those after it are returned, or a time as ISO 8601 text, of which
        those at it or later are. `status` is an HTTP status, or "refused": the status is 400 or above, the connection
        was closed without a reply, or a browser keeps the reply from the page. `limit` is how many are returned, the
        newest of them. `places` are values of PLACES that the requests must have. Raises ValueError for other values.
        """
        with self._lock:
            kept = list(self._entries)
        newest_first: Iterator[_Entry] = reversed(kept)
        if since is not None:
            newest_first = _since(newest_first, since)
        if status is not None:
            newest_first = _with_status(newest_first, status)
        found = _parsed(newest_first, places)
        if limit is not None:
            found = islice(found, _count(limit))
        return list(found)[::-1]

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
            self._bytes -= len(self._entries.popleft().text)


def _since(newest_first: Iterator[_Entry], since: str) -> Iterator[_Entry]:
    if _NUMBER.fullmatch(since):
        number = int(since)
        return takewhile(lambda entry: entry.number > number, newest_first)
    try:
        earliest = timestamp(since)
    except ValueError:
        raise ValueError("since must be the number of a request, or a time as ISO 8601 text.") from None
    return (entry for entry in newest_first if entry.time >= earliest)


def _with_status(entries: Iterator[_Entry], status: str) -> Iterator[_Entry]:
    if status == REFUSED:
        return (entry for entry in entries if entry.is_refused)
    if not _NUMBER.fullmatch(status):
        raise ValueError(f"status must be an HTTP status or {REFUSED}.")
    return (entry for entry in entries if entry.status == int(status))


def _parsed(entries: Iterator[_Entry], places: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the entries that have the values of `places`, with their numbers."""
    # To search the texts first is faster by far than to parse them all.
    for name, value in places.items():
        entries = filter(partial(_contains, json.dumps({name: value})[1:-1]), entries)
    for entry in entries:
        found = json.loads(entry.text)
        if all(found[name] == value for name, value in places.items()):
            yield {"number": entry.number, **found}


def _contains(text: str, entry: _Entry) -> bool:
    return text in entry.text


def _count(limit: str) -> int:
    if not _NUMBER.fullmatch(limit):
        raise ValueError("limit must be a number of requests.")
    return int(limit)
