# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that tests inject: failures of a network and of a busy service."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .errors import ConnectionCutError, ServiceError

# Each service has an error for each of these, with its own code: Plane.fault_errors.
ERRORS = (
    *("throttled", "too_many_requests", "internal_error", "unavailable"),
    *("in_use", "access_denied", "expired_token"),
)
KINDS = (*ERRORS, "cut_before", "cut_after", "slow", "malformed")
ANY_OPERATION = "*"


@dataclass(frozen=True)
class Fault:
    """A fault of the next `count` requests for an operation (`*` for any), of all of them if `count` is None.

    `kind` is one of KINDS: an error; a connection that is cut before or after the operation runs; `slow`, the operation
    runs after `seconds`; or `malformed`, the JSON or XML of the reply is truncated.
    """

    operation: str
    kind: str
    count: int | None = 1
    seconds: float = 1.0

    @classmethod
    def from_json(cls, given: Any) -> Fault:
        """Return the fault that a JSON value describes; raises ValueError for any other value."""
        names = {item.name for item in fields(cls)}
        if not isinstance(given, Mapping) or not {"operation", "kind"} <= set(given) <= names:
            raise ValueError("A fault is an object with operation and kind, and optionally count and seconds.")
        fault = cls(**given)
        if fault.kind not in KINDS:
            raise ValueError(f"Unknown fault '{fault.kind}': the kinds are {', '.join(KINDS)}.")
        if fault.count is not None and (not _is_number(fault.count, int) or fault.count < 1):
            raise ValueError("The count of a fault must be a whole number of at least 1, or null for all requests.")
        if not _is_number(fault.seconds, (int, float)) or not 0 <= fault.seconds < float("inf"):
            raise ValueError("The seconds of a fault must be a number of at least 0.")
        return fault

    def inject_before(self, errors: Mapping[str, tuple[str, str, int]]) -> None:
        """Apply the fault before the operation; raises ServiceError or ConnectionCutError in place of the operation.

        `errors` are the code, message and HTTP status of the service for each kind that is an error.
        """
        if self.kind in errors:
            raise ServiceError(*errors[self.kind])
        if self.kind == "cut_before":
            raise ConnectionCutError
        if self.kind == "slow":
            time.sleep(self.seconds)

    def inject_after(self, body: bytes) -> bytes:
        """Apply the fault to the body of a reply and return it; raises ConnectionCutError in place of the reply."""
        if self.kind == "cut_after":
            raise ConnectionCutError
        return body[:-1] if self.kind == "malformed" else body


class Faults:
    """The faults to inject, in order. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def put(self, given: Iterable[Any]) -> None:
        """Replace all faults with those that JSON values describe; raises ValueError for any other value."""
        faults = [Fault.from_json(item) for item in given]
        with self._lock:
            self._faults = faults

    def entries(self) -> list[dict[str, Any]]:
        """Return the remaining faults, as JSON values."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(self, operation: str) -> Fault | None:
        """Return the first fault for an operation, and decrement its count."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.operation in (operation, ANY_OPERATION):
                    if fault.count == 1:
                        del self._faults[index]
                    elif fault.count:
                        self._faults[index] = replace(fault, count=fault.count - 1)
                    return fault
        return None


def _is_number(value: Any, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
