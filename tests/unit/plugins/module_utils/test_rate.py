# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""max_rate: how many requests of an operation all threads together send in a second."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.elemental.mediastore.plugins.module_utils import _rate
from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.api import DataApi
from ansible_collections.elemental.mediastore.plugins.module_utils._rate import Rate
from ansible_collections.elemental.mediastore.plugins.module_utils._sender import Budget


@pytest.fixture
def rate_clock(clock, monkeypatch):
    """The clock of the test also for rates."""
    monkeypatch.setattr(_rate, "time", clock)
    return clock


class Client:
    """A data plane that records when each request came, and refuses the first ones with the given errors."""

    meta = SimpleNamespace(endpoint_url="http://127.0.0.1")

    def __init__(self, clock, *errors):
        self.times = []
        self._clock = clock
        self._errors = list(errors)

    def delete_object(self, **arguments):
        self.times.append(self._clock.now)
        if self._errors:
            raise self._errors.pop(0)
        return {}

    describe_object = delete_object


def test_requests_keep_their_distance(rate_clock):
    rate = Rate(5)
    times = []
    for _request in range(4):
        rate.wait()
        times.append(rate_clock.now)
    assert times == pytest.approx([0, 0.2, 0.4, 0.6])


def test_an_idle_time_allows_no_burst(rate_clock):
    rate = Rate(5)
    rate.wait()
    rate_clock.sleep(10)
    times = []
    for _request in range(3):
        rate.wait()
        times.append(rate_clock.now)
    assert times == pytest.approx([10, 10.2, 10.4])


def test_without_a_limit_nothing_waits(rate_clock):
    for _request in range(100):
        Rate(None).wait()
    assert rate_clock.now == 0


class SharedTime(float):
    """A time that other threads have time to compare, too."""

    def __lt__(self, other):
        time.sleep(0.001)
        return super().__lt__(other)


def test_all_threads_share_the_rate(monkeypatch):
    slept = []
    monkeypatch.setattr(_rate, "time", SimpleNamespace(monotonic=lambda: SharedTime(0), sleep=slept.append))
    rate = Rate(100)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _request: rate.wait(), range(50)))
    assert sorted(slept) == pytest.approx([number / 100 for number in range(50)])


def test_the_resources_of_a_task_share_the_rate(rate_clock):
    client = Client(rate_clock)
    api = DataApi(client, "live", Budget(100), rates={"delete": 4})
    for path in ("a", "b", "c"):
        api.with_budget(Budget(100)).delete_object(path)
    assert client.times == pytest.approx([0, 0.25, 0.5])


def test_each_operation_has_a_separate_rate(rate_clock):
    client = Client(rate_clock)
    api = DataApi(client, "live", Budget(100), rates={"delete": 4, "describe": None})
    api.delete_object("a")
    for _request in range(3):
        api.describe_object("a")
    api.delete_object("b")
    assert client.times == pytest.approx([0, 0, 0, 0, 0.25])


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "DeleteObject"),
    ],
)
def test_retries_keep_the_rate(rate_clock, error):
    client = Client(rate_clock, *[error] * 10)
    api = DataApi(client, "live", Budget(1000), rates={"delete": 1})
    api.delete_object("a")
    assert len(client.times) == 11
    assert all(later - earlier >= 1 - 1e-9 for earlier, later in itertools.pairwise(client.times))


def test_what_the_rate_delays_is_no_retry(rate_clock):
    api = DataApi(Client(rate_clock), "live", Budget(5), rates={"delete": 1})
    for path in range(100):
        api.delete_object(str(path))
    assert rate_clock.now == pytest.approx(99)


def test_a_request_after_the_budget_is_not_retried(rate_clock):
    error = ClientError({"Error": {"Code": "ThrottlingException"}}, "DeleteObject")
    client = Client(rate_clock, error, error)
    api = DataApi(client, "live", Budget(0), rates={"delete": 1})
    with pytest.raises(ApiError, match="wait_timeout of 0 seconds exceeded"):
        api.delete_object("a")
    assert len(client.times) == 1
