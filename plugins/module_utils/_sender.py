# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends requests within a budget of time, at the rate that the service allows, and retries transient failures."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from http.client import responses
from typing import TYPE_CHECKING, Any, Callable, TypeVar

try:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError
except ImportError:
    pass  # AnsibleAWSModule reports the missing library

from ansible_collections.amazon.aws.plugins.module_utils.cloud import BackoffIterator
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ._errors import ApiError, Failure, InvalidReplyError, UnreadableReplyError

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

_Result = TypeVar("_Result")

MAX_RETRIES = 10
RETRIES_EXHAUSTED = f"tried {MAX_RETRIES + 1} times"
# What botocore raises for a reply with types that its model does not allow: it does not check them, except times.
_BOTOCORE_PARSING_ERRORS = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RuntimeError)
# The clients of this process, by what they are made of.
_clients: dict[str, Any] = {}
_MAX_CLIENTS = 8


class Budget:
    """The time that one task, or one container of a task, may spend on waiting and retrying.

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
    """Delays the requests of all threads for a while when the server throttles one of them.

    The pause doubles, from 0.1 to 5 seconds, while requests sent after it are throttled, and a success halves it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pause = 0.0
        self._resume = 0.0

    def delay(self) -> float:
        """Return how many seconds to wait before the next request."""
        return max(0.0, self._resume - time.monotonic())

    def slow_down(self) -> None:
        """Delay requests; throttled requests that were sent before the pause began do not extend it."""
        with self._lock:
            if not self.delay():
                self._pause = min(max(2 * self._pause, 0.1), 5.0)
                self._resume = time.monotonic() + self._pause

    def speed_up(self) -> None:
        """Shorten the next pause."""
        if self._pause:
            with self._lock:
                self._pause /= 2


class Sender:
    """Sends the requests of one service."""

    def __init__(
        self,
        budget: Budget,
        throttle: Throttle | None = None,
        end_of_service: str = "",
        settling: frozenset[str] = frozenset(),
    ) -> None:
        """Send within `budget`; senders that share a `throttle` are delayed together.

        `end_of_service` is added to the message of every failure. If it is set, requests to an endpoint that cannot be
        reached are not retried. `settling` are the error codes that a resource returns until it has settled.
        """
        self.budget = budget
        self._throttle = throttle or Throttle()
        self._end_of_service = end_of_service
        self._settling = settling

    def with_budget(self, budget: Budget) -> Sender:
        """Return a sender with another budget and the same throttle."""
        return Sender(budget, self._throttle, self._end_of_service, self._settling)

    def read(self, action: str, send: Callable[[], Any], parse: Callable[[Any], _Result]) -> _Result:
        """Return the result of `parse` for the reply to a request that changes nothing; see _send."""
        return self._send(action, send, parse)

    def find(
        self,
        action: str,
        send: Callable[[], Any],
        parse: Callable[[Any], _Result],
        absent: frozenset[str],
        is_shared: bool = True,
        settling: frozenset[str] | None = None,
    ) -> _Result | None:
        """Return the same as read, or None if the service returns one of the error codes in `absent`.

        `settling` replaces the sender's own codes.
        """
        try:
            return self._send(action, send, parse, is_shared=is_shared, settling=settling)
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
        is_shared: bool = True,
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
            failure = Failure.of(error, is_switched_off=bool(self._end_of_service), is_shared=is_shared)
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
        if delay := self._throttle.delay():
            self.budget.sleep(delay)
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


def open_client(
    module: AnsibleAWSModule,
    service: str,
    budget: Budget,
    connections: int,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Return a client of botocore with the module's credentials, region and endpoint, or those in `options`.

    `connections` is the number of concurrent requests, `settings` are more of botocore's Config. The timeout of one
    request is the budget, but at least 10 seconds, so that a request can succeed, and at most 60, botocore's default.

    The items of a loop can run in one process, see plugin_utils/in_process.py. They share a client if everything that
    it is made of is the same.
    """
    timeout = min(max(budget.seconds, 10), 60)
    config = {
        # botocore must not retry: it does not know the budget, and it hides that a reply was lost.
        "retries": {"total_max_attempts": 1},
        "max_pool_connections": connections,
        "connect_timeout": timeout,
        "read_timeout": timeout,
        **(settings or {}),
    }
    credentials = {name: module.params.get(name) for name in aws_argument_spec()}
    made_of = json.dumps([service, config, options, credentials, dict(os.environ)], sort_keys=True)
    if made_of not in _clients:
        while len(_clients) >= _MAX_CLIENTS:
            _clients.pop(next(iter(_clients))).close()
        client = _clients[made_of] = module.client(service, config=config, **options)
        client.meta.events.register("after-call", _omit_retries)
        client.meta.events.register("after-call", _complete_error)
        if "json" in client.meta.service_model.metadata["protocol"]:
            client.meta.events.register("after-call", _check_json)
    return _clients[made_of]


def _omit_retries(parsed: dict[str, Any], **event: Any) -> None:
    # botocore would add "(reached max retries: 0)" to the message of every error.
    parsed.get("ResponseMetadata", {}).pop("MaxAttemptsReached", None)


def _complete_error(http_response: Any, parsed: dict[str, Any], **event: Any) -> None:
    """Give an error a code and a message, for which botocore would write Unknown and None."""
    status = http_response.status_code
    if status >= 300:
        error = parsed.setdefault("Error", {})
        error["Code"] = error.get("Code") or str(status)
        error["Message"] = error.get("Message") or f"HTTP status {status} {responses.get(status, '')}".rstrip()


def _check_json(http_response: Any, parsed: dict[str, Any], **event: Any) -> None:
    """Raise ResponseParserError for a reply that is not JSON: botocore treats it as an empty one."""
    metadata = parsed.get("ResponseMetadata", {})
    # An error in HTML comes from a proxy, and botocore reports its HTTP status.
    is_meant_as_json = metadata.get("HTTPStatusCode", 0) < 300 or "json" in http_response.headers.get(
        "Content-Type", ""
    )
    if is_meant_as_json and http_response.content:
        try:
            json.loads(http_response.content)
        except ValueError as error:
            raise ResponseParserError(f"it is not JSON: {error}") from error
