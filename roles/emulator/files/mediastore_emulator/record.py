# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of requests, which tests read."""

from __future__ import annotations

import contextlib
import json
import marshal
import re
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from itertools import islice, takewhile
from typing import Any, NamedTuple

from .call import Call
from .clock import Clock, timestamp
from .errors import TransferError

# Larger than every valid request: a policy has at most 8192 characters, and a CORS policy 398,000.
_MAX_PARAMETERS = 1024**2
_MAX_RECORD_BYTES = 64 * 1024**2
# Of one entry, without its texts.
_ENTRY_BYTES = 512
_MAX_TEXT = 2048
_PIECE = 65_536
_READING = ("Describe", "Get", "Head", "List", "Preflight")
REFUSED = "refused"
# The error of a request whose connection a fault closes without a reply.
CUT = "ConnectionCut"
# The members of an entry that say where its container is.
PLACES = ("container", "region", "account")
_NUMBER = re.compile(r"[0-9]{1,18}")
# Of a line in the log, before the reason.
_LOGGED = ("time", "client", "method", "path", "operation", "container", "status", "error")


class _Entry(NamedTuple):
    """One request. `time` is a Unix timestamp, and `size` is about how many bytes it takes.

    Most entries are never read, so JSON and a readable time are made only for those that are: `parameters` are in the
    format of marshal, which is faster and of the same size.
    """

    number: int
    time: float
    client: str
    user_agent: str | None
    method: str | None
    path: str | None
    operation: str
    service: str
    container: str | None
    region: str
    account: str
    caller: str | None
    status: int | None
    error: str | None
    refused: bool
    reason: str | None
    received_bytes: int
    sent_bytes: int
    parameters: bytes
    size: int

    def values(self) -> dict[str, Any]:
        """Return the members that clients read, without the parameters."""
        shown = self._asdict()
        del shown["parameters"], shown["size"]
        is_mutating = not self.operation.startswith(_READING)
        return {**shown, "time": _shown_time(self.time), "mutating": is_mutating}

    def text(self) -> str:
        """Return all members as a JSON object."""
        return f'{json.dumps(self.values())[:-1]}, "parameters": {json.dumps(marshal.loads(self.parameters))}}}'

    def line(self) -> str:
        """Return one line for the log: members that have no blanks, and the reason. No text can begin a line."""
        shown = self.values()
        members = [_escaped(shown[name]).replace(" ", "\\x20") for name in _LOGGED]
        return " ".join([*members, _escaped(self.reason)]) + "\n"


class RequestRecord:
    """The last `limit` requests in the order of their replies, without headers, queries, credentials and bodies.

    Parameters of more than 1 MiB are replaced by their size, as `omitted_bytes`. If all entries together exceed 64 MiB,
    the oldest are dropped. `clock` gives the times. `is_logged` is whether each entry is also written to stderr.
    """

    def __init__(self, clock: Clock, limit: int, is_logged: bool) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._limit = limit
        self._is_logged = is_logged
        self._entries: deque[_Entry] = deque()
        self._bytes = 0
        self._number = 0

    def add(self, service: str, call: Call, status: int | None, error: str | None, sent: int) -> None:
        """Append one request with its reply, whose content has `sent` bytes.

        `status` is None if the request was neither run nor replied to. It is that of the reply if the request was run
        and `error` is CUT.
        """
        parameters = marshal.dumps(call.parameters)
        if len(parameters) > _MAX_PARAMETERS:
            parameters = marshal.dumps({"omitted_bytes": len(parameters)})
        agent, path = (call.user_agent or "")[:_MAX_TEXT], (call.path or "")[:_MAX_TEXT]
        method, container, reason = call.method or "", call.container or "", " ".join(call.reasons)
        caller = call.sender.principal.arn or ""
        texts = (agent, method, path, container, call.region, call.account, caller, reason, parameters)
        with self._lock:
            self._number += 1
            entry = _Entry(
                self._number,
                self._clock.time(),
                call.client,
                agent or None,
                method or None,
                path or None,
                call.operation,
                service,
                container or None,
                call.region,
                call.account,
                caller or None,
                status,
                error,
                error == CUT or status is None or status >= 400 or call.is_kept_from_page,
                reason or None,
                call.received,
                sent,
                parameters,
                _ENTRY_BYTES + sum(map(len, texts)),
            )
            self._entries.append(entry)
            self._bytes += entry.size
            self._drop_oldest()
        if self._is_logged:
            # The request has its reply, also if the log is on a disk that is full.
            with contextlib.suppress(OSError):
                sys.stderr.write(entry.line())
                sys.stderr.flush()

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
        return [json.loads(entry.text()) for entry in self._selected(since, status, limit, places)]

    def pieces(
        self, since: str | None = None, status: str | None = None, limit: str | None = None, **places: str
    ) -> Iterator[bytes]:
        """Return the same as JSON text in pieces: `{"requests": [...]}`.

        All of them at once would hold up other requests for seconds.
        """
        return _pieces(self._selected(since, status, limit, places))

    def _selected(
        self, since: str | None, status: str | None, limit: str | None, places: Mapping[str, str]
    ) -> list[_Entry]:
        with self._lock:
            kept = list(self._entries)
        newest_first: Iterator[_Entry] = reversed(kept)
        if since is not None:
            newest_first = _since(newest_first, since)
        if status is not None:
            newest_first = _with_status(newest_first, status)
        for name, value in places.items():
            newest_first = _with_value(newest_first, name, value)
        if limit is not None:
            newest_first = islice(newest_first, _count(limit))
        return list(newest_first)[::-1]

    def clear(self) -> None:
        """Remove all requests."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def configure(self, limit: int, is_logged: bool) -> None:
        """Keep the last `limit` requests from now on, and log requests or not."""
        with self._lock:
            self._limit = limit
            self._is_logged = is_logged
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        while len(self._entries) > self._limit or self._bytes > _MAX_RECORD_BYTES:
            self._bytes -= self._entries.popleft().size


def _shown_time(time: float) -> str:
    return datetime.fromtimestamp(time, timezone.utc).isoformat(timespec="milliseconds")


def _escaped(value: str | int | None) -> str:
    """Return a value in printable ASCII, `-` for None."""
    return "-" if value is None else str(value).encode("unicode_escape").decode("ascii")


def _pieces(entries: list[_Entry]) -> Iterator[bytes]:
    piece = '{"requests": ['
    for number, entry in enumerate(entries):
        piece += f"{', ' if number else ''}{entry.text()}"
        if len(piece) > _PIECE:
            yield piece.encode()
            piece = ""
    yield f"{piece}]}}".encode()


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
        return (entry for entry in entries if entry.refused)
    if not _NUMBER.fullmatch(status):
        raise ValueError(f"status must be an HTTP status or {REFUSED}.")
    return (entry for entry in entries if entry.status == int(status))


def _with_value(entries: Iterator[_Entry], name: str, value: str) -> Iterator[_Entry]:
    return (entry for entry in entries if getattr(entry, name) == value)


def _count(limit: str) -> int:
    if not _NUMBER.fullmatch(limit):
        raise ValueError("limit must be a number of requests.")
    return int(limit)
