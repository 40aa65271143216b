# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that a test asks for: what a network and a busy service do to requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .errors import ServiceError

# The service's refusals, and where the model has no such code AWS's common ones:
# https://docs.aws.amazon.com/mediastore/latest/apireference/CommonErrors.html
_REFUSALS = {
    "throttled": ("ThrottlingException", "Rate exceeded", 400),
    "too_many_requests": ("TooManyRequestsException", "Too many requests", 429),
    "internal_error": ("InternalServerError", "The service failed.", 500),
    "unavailable": ("ServiceUnavailable", "The service is busy.", 503),
    "in_use": ("ContainerInUseException", "The container is being updated.", 400),
    "access_denied": ("AccessDeniedException", "You are not allowed to do that.", 400),
    "expired_token": ("ExpiredTokenException", "The security token in the request is expired.", 400),
}
KINDS = (*_REFUSALS, "cut_before", "cut_after", "slow", "malformed")
ANY_OPERATION = "*"


class ConnectionCutError(Exception):
    """The connection is to be closed without an answer."""


@dataclass(frozen=True)
class Fault:
    """What befalls the next `count` requests for an operation (`*`: any), all of them if `count` is None.

    `kind` is one of KINDS: a refusal; a connection cut before or after the operation has acted; `slow`, the operation
    acts after `seconds`; or `malformed`, the answer is JSON whose end is missing.
    """

    operation: str
    kind: str
    count: int | None = 1
    seconds: float = 1.0

    @classmethod
    def of(cls, given: Any) -> Fault:
        """Return the fault in a JSON value; raises ValueError for a value that is none."""
        names = {item.name for item in fields(cls)}
        if not isinstance(given, Mapping) or not {"operation", "kind"} <= set(given) <= names:
            raise ValueError("A fault is an object with operation and kind, and maybe count and seconds.")
        fault = cls(**given)
        if fault.kind not in KINDS:
            raise ValueError(f"Unknown fault '{fault.kind}': the kinds are {', '.join(KINDS)}.")
        if fault.count is not None and (not _is_number(fault.count, int) or fault.count < 1):
            raise ValueError("The count of a fault must be a whole number of at least 1, or null for no end.")
        if not _is_number(fault.seconds, (int, float)) or not 0 <= fault.seconds < float("inf"):
            raise ValueError("The seconds of a fault must be a number of at least 0.")
        return fault

    def strike(self) -> None:
        """Do what comes before the operation; raises ServiceError or ConnectionCutError if it is not to act."""
        if self.kind in _REFUSALS:
            raise ServiceError(*_REFUSALS[self.kind])
        if self.kind == "cut_before":
            raise ConnectionCutError
        if self.kind == "slow":
            time.sleep(self.seconds)

    def spoil(self, body: bytes) -> bytes:
        """Return what becomes of an answer; raises ConnectionCutError if nothing of it is to be sent."""
        if self.kind == "cut_after":
            raise ConnectionCutError
        return body[:-1] if self.kind == "malformed" else body


class Faults:
    """The faults to come, first come first served. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def put(self, given: Iterable[Any]) -> None:
        """Replace all faults by those in JSON values; raises ValueError for a value that is none."""
        faults = [Fault.of(item) for item in given]
        with self._lock:
            self._faults = faults

    def entries(self) -> list[dict[str, Any]]:
        """Return the faults that are left, as JSON values."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(self, operation: str) -> Fault | None:
        """Return the fault that befalls a request, and count it off."""
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
