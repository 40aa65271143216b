# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""If the service throttles one request, all requests of the task are delayed."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from botocore.exceptions import ClientError

from ansible_collections.elemental.mediastore.plugins.module_utils import _sender
from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError
from ansible_collections.elemental.mediastore.plugins.module_utils._sender import Budget, Sender, Throttle


class Throttled:
    """A call that is throttled a given number of times, and then returns the time."""

    def __init__(self, clock, times):
        self._clock = clock
        self._times = times

    def __call__(self):
        if self._times:
            self._times -= 1
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "Operation")
        return self._clock.now


def test_senders_of_one_task_slow_down_together(clock):
    sender = Sender(Budget(0))
    other = sender.with_budget(Budget(100))
    with pytest.raises(ApiError):
        sender.read("do it", Throttled(clock, 1), float)
    assert other.read("do it", Throttled(clock, 0), float) == pytest.approx(0.1)
    assert Sender(Budget(100)).read("do it", Throttled(clock, 0), float) == pytest.approx(0.1)


def pause(throttle, clock):
    """Wait until the pause ends, and return the seconds."""
    delay = throttle.delay()
    clock.sleep(delay)
    return delay


def test_the_pause_doubles_up_to_five_seconds_and_a_success_halves_it(clock):
    throttle = Throttle()
    pauses = []
    for _time in range(8):
        throttle.slow_down()
        pauses.append(pause(throttle, clock))
    assert pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0])
    for _success in range(3):
        throttle.speed_up()
    throttle.slow_down()
    assert pause(throttle, clock) == pytest.approx(5.0 / 8 * 2)


def test_requests_that_were_sent_before_the_pause_do_not_prolong_it(clock):
    throttle = Throttle()
    throttle.slow_down()
    clock.sleep(0.06)
    for _request in range(5):
        throttle.slow_down()
    assert throttle.delay() == pytest.approx(0.04)
    clock.sleep(0.05)
    assert throttle.delay() == 0


class SharedClock:
    """Time that passes when all of the threads sleep, one of which runs at a time."""

    def __init__(self, threads):
        self.now = 0.0
        self._running = threads
        self._asleep = []
        self._number = itertools.count()
        self._lock = threading.Lock()

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        woken = threading.Event()
        with self._lock:
            heapq.heappush(self._asleep, (self.now + seconds, next(self._number), woken))
        self.end()
        woken.wait()

    def end(self):
        """Let the next thread run; the caller sleeps or ends."""
        with self._lock:
            self._running -= 1
            if self._running == 0 and self._asleep:
                self.now, _number, woken = heapq.heappop(self._asleep)
                self._running = 1
                woken.set()


class Limited:
    """A service with a bucket of 100 requests that fills at `rate` a second, and that replies after 20 ms.

    `refused` are the numbers of refusals by object.
    """

    def __init__(self, clock, rate):
        self.refused = Counter()
        self._clock = clock
        self._rate = rate
        self._left = 100.0
        self._filled = 0.0

    def handle(self, name):
        self._left = min(100.0, self._left + (self._clock.now - self._filled) * self._rate)
        self._filled = self._clock.now
        is_allowed = self._left >= 1
        self._left -= is_allowed
        self.refused[name] += not is_allowed
        self._clock.sleep(0.020)
        if not is_allowed:
            raise ClientError({"Error": {"Code": "SlowDown"}}, "Operation")


@pytest.mark.parametrize("threads", [10, 64])
@pytest.mark.parametrize("rate", [5, 100])
def test_threads_approach_the_rate_that_the_service_allows(monkeypatch, threads, rate):
    clock = SharedClock(threads)
    monkeypatch.setattr(_sender, "time", clock)
    service = Limited(clock, rate)
    sender = Sender(Budget(600))
    objects = iter(range(1000))

    def work(_thread):
        clock.sleep(0)
        try:
            for name in objects:
                sender.with_budget(Budget(600)).read("do it", partial(service.handle, name), lambda reply: reply)
        finally:
            clock.end()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    # The bucket has 100 of the requests.
    assert 900 / rate <= clock.now < 900 / rate * 1.2
    assert service.refused.total() < 1000 * 0.3
    assert max(service.refused.values()) <= 6


def test_an_outage_does_not_slow_down_what_follows(clock):
    throttle = Throttle()
    for _pause in range(12):
        throttle.slow_down()
        pause(throttle, clock)
    started = clock.now
    for _request in range(500):
        throttle.wait(lambda delay: clock.sleep(delay) or True)
        throttle.speed_up()
    # 5 milliseconds that become 2 percent shorter each time are 0.25 seconds.
    assert clock.now - started < 0.25


def test_the_distance_doubles_up_to_200_milliseconds_and_ends_after_successes(clock):
    throttle = Throttle()
    distances = []

    def next_turn():
        started = clock.now
        throttle.wait(lambda delay: clock.sleep(delay) or True)
        return clock.now - started

    for _refusal in range(7):
        throttle.slow_down()
        next_turn()
        distances.append(next_turn())
        throttle.speed_up()
    assert distances == pytest.approx([0.005 * factor for factor in (1, 2, 4, 8, 16, 32, 40)], rel=0.15)
    for _success in range(300):
        throttle.speed_up()
    assert next_turn() <= 0.2
    assert next_turn() == 0


def test_a_pause_that_begins_meanwhile_delays_also_those_that_wait(clock):
    throttle = Throttle()
    throttle.slow_down()
    slept = []

    def sleep(delay):
        slept.append(delay)
        clock.sleep(delay)
        if len(slept) == 1:
            throttle.slow_down()
        return True

    throttle.wait(sleep)
    assert slept == pytest.approx([0.1, 0.2])


def test_waiting_ends_when_no_time_is_left(clock):
    throttle = Throttle()
    throttle.slow_down()
    throttle.wait(lambda delay: False)
    assert clock.now == 0
