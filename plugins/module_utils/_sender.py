# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends requests within a budget of time, at the rate that the service allows, and retries transient failures."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any, Callable, TypeVar

try:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError
except ImportError:
    pass  # AnsibleAWSModule reports the missing library

from ansible_collections.amazon.aws.plugins.module_utils.cloud import BackoffIterator

from ._errors import ApiError, Failure, InvalidReplyError, UnreadableReplyError

_Result = TypeVar("_Result")

MAX_RETRIES = 10
RETRIES_EXHAUSTED = f"tried {MAX_RETRIES + 1} times"
# What botocore raises for a reply with types that its model does not allow: it does not check them, except times.
_BOTOCORE_PARSING_ERRORS = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RuntimeError)


class Budget:
    """The time that one task, or one resource of a task, may spend on waiting and retrying.

    `seconds` count from construction; `name` is the name of this limit in messages.
    """

    def __init__(self, seconds: float, name: str = "wait_timeout") -> None:
        self.seconds = seconds
        self._name = name
        self._end = time.monotonic() + seconds

    @property
    def exhausted_message(self) -> str:
        """Return the message that the time limit was exceeded."""
        return f"{self._name} of {self.seconds:g} seconds exceeded"

    def sleep(self, delay: float) -> bool:
        """Sleep `delay` seconds, or the rest of the budget; return False without a pause if nothing is left."""
        left = self._end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(delay, left))
        return True


class Throttle:
    """Slows down the requests of all threads while the server throttles them.

    After a throttled request, all requests pause. The pause doubles, from 0.1 to 5 seconds, while requests sent after
    it are throttled, and a success halves it. After the pause, requests keep a distance in time, so that not all
    threads send at once: it doubles, from 5 to 200 milliseconds, if a request succeeded since it last did, and a
    success shortens it by 2 percent. So they approach the rate that the server allows.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pause = 0.0
        self._resume = 0.0
        self._distance = 0.0
        self._next = 0.0
        self._has_succeeded = True

    def delay(self) -> float:
        """Return the seconds until the pause ends."""
        return max(0.0, self._resume - time.monotonic())

    def wait(self, sleep: Callable[[float], bool]) -> None:
        """Wait for the turn of the next request; `sleep` returns False if no time is left."""
        while True:
            with self._lock:
                now = time.monotonic()
                turn = max(now, self._resume, self._next)
                self._next = turn + self._distance
            if turn == now or not sleep(turn - now) or not self.delay():
                return

    def slow_down(self) -> None:
        """Delay requests; throttled requests that were sent before the pause began do not extend it."""
        with self._lock:
            if self.delay():
                return
            self._pause = min(max(2 * self._pause, 0.1), 5.0)
            self._resume = time.monotonic() + self._pause
            if self._has_succeeded:
                self._distance = min(max(2 * self._distance, 0.005), 0.2)
            self._has_succeeded = False

    def speed_up(self) -> None:
        """Shorten the next pause and the distance."""
        if self._pause:
            with self._lock:
                self._pause /= 2
                self._distance = self._distance * 0.98 if self._distance > 0.001 else 0.0
                self._has_succeeded = True


class Sender:
    """Sends the requests of one service."""

    def __init__(
        self,
        budget: Budget,
        throttle: Throttle | None = None,
        end_of_service: str = "",
        settling: frozenset[str] = frozenset(),
        is_shared: bool = True,
    ) -> None:
        """Send within `budget`; senders that share a `throttle` are delayed together.

        `end_of_service` is added to the message of every failure. If it is set, requests to an endpoint that cannot be
        reached are not retried. `settling` are the error codes that a resource returns until it has settled.
        `is_shared`: all resources of the task use the same endpoint.
        """
        self.budget = budget
        self._throttle = throttle or Throttle()
        self._end_of_service = end_of_service
        self._settling = settling
        self._is_shared = is_shared

    def with_budget(self, budget: Budget) -> Sender:
        """Return a sender with another budget and the same throttle."""
        return Sender(budget, self._throttle, self._end_of_service, self._settling, self._is_shared)

    def read(self, action: str, send: Callable[[], Any], parse: Callable[[Any], _Result]) -> _Result:
        """Return the result of `parse` for the reply to a request that changes nothing; see _send."""
        return self._send(action, send, parse)

    def find(
        self,
        action: str,
        send: Callable[[], Any],
        parse: Callable[[Any], _Result],
        absent: frozenset[str],
        settling: frozenset[str] | None = None,
    ) -> _Result | None:
        """Return the same as read, or None if the service returns one of the error codes in `absent`.

        `settling` replaces the sender's own codes.
        """
        try:
            return self._send(action, send, parse, settling=settling)
        except ApiError as error:
            if error.code in absent:
                return None
            raise

    def change(
        self,
        action: str,
        send: Callable[[], Any],
        parse: Callable[[Any], _Result],
        *,
        settling: frozenset[str] | None = None,
    ) -> _Result:
        """Return the result of `parse` for the reply to a request that changes something.

        The request is not retried if the change may have been applied: the caller must read the state first. `settling`
        replaces the sender's own codes.
        """
        return self._send(action, send, parse, is_change=True, settling=settling)

    def _send(
        self,
        action: str,
        send: Callable[[], Any],
        parse: Callable[[Any], _Result],
        *,
        is_change: bool = False,
        settling: frozenset[str] | None = None,
    ) -> _Result:
        """Return the result of `parse` for the reply that `send`, a call of a botocore operation, returns.

        Transient failures are retried at most ten times, and a resource that settles without such a limit, both within
        the budget. All other failures raise ApiError with a message that `action` failed.
        """
        settling = self._settling if settling is None else settling
        delays = iter(BackoffIterator(delay=0.2, backoff=2, max_delay=10, jitter=True))
        attempts = 0
        while True:
            try:
                return self._attempt(send, parse)
            except (ClientError, BotoCoreError, InvalidReplyError) as caught:
                error: Exception = caught
            failure = Failure.of(error, is_switched_off=bool(self._end_of_service), is_shared=self._is_shared)
            if not is_change:
                failure = replace(failure, may_have_been_applied=False)
            attempts += failure.is_transient
            if failure.is_throttled:
                self._throttle.slow_down()
            can_repeat = not failure.may_have_been_applied
            reason = ""
            if attempts > MAX_RETRIES:
                reason = RETRIES_EXHAUSTED
            elif can_repeat and (failure.is_transient or failure.code in settling):
                if self.budget.sleep(next(delays)):
                    continue
                reason = self.budget.exhausted_message
            notes = "; ".join(filter(None, [self._end_of_service, reason]))
            raise ApiError(f"Failed to {action}" + (f" ({notes})" if notes else ""), error, failure) from error

    def _attempt(self, send: Callable[[], Any], parse: Callable[[Any], _Result]) -> _Result:
        self._throttle.wait(self.budget.sleep)
        reply = _call(send)
        self._throttle.speed_up()
        return parse(reply)


def _call(send: Callable[[], Any]) -> Any:
    """Return the reply of an operation; raise InvalidReplyError for one that botocore cannot read."""
    try:
        return send()
    except (ClientError, BotoCoreError):
        # Some of these are also a ValueError.
        raise
    except ResponseParserError as error:
        raise UnreadableReplyError(_describe(error)) from error
    except _BOTOCORE_PARSING_ERRORS as error:
        raise InvalidReplyError(_describe(error)) from error


def _describe(error: Exception) -> str:
    # botocore adds the whole reply to the first line of the message.
    text = str(error).partition(". Further retries may succeed")[0]
    return f"{type(error).__name__}: {text}"
