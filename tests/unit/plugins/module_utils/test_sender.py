# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""If the service throttles one request, all requests of the task are delayed."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

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
