# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers in results."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._converge import Outcome
from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.container import Declaration
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.plan import (
    CurrentState,
    make_plan,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.results import (
    container_result,
    shown_container,
)

ARN = "arn:aws:mediastore:us-east-1:123456789012:container/live"
URL = "https://abc.data.mediastore.us-east-1.amazonaws.com"
CREATED = datetime(2024, 2, 29, 23, 30, 15, tzinfo=UTC)
ACTIVE = {
    "Name": "live",
    "ARN": ARN,
    "Endpoint": URL,
    "Status": "ACTIVE",
    "CreationTime": CREATED,
    "AccessLoggingEnabled": True,
}
SHOWN = {
    "name": "live",
    "arn": ARN,
    "endpoint": URL,
    "status": "ACTIVE",
    "creation_time": "2024-02-29T23:30:15+00:00",
    "access_logging_enabled": True,
}
PREDICTED = {
    "name": "live",
    "arn": None,
    "endpoint": None,
    "status": None,
    "creation_time": None,
    "access_logging_enabled": False,
}
MISSING = CurrentState(exists=False)


def there(tags=None, **container):
    return CurrentState(exists=True, container={**ACTIVE, **container}, tags=tags)


def present(**options):
    return Declaration(name="live", state="present", **options)


def test_container_is_shown_under_the_names_of_the_options():
    assert shown_container("live", ACTIVE) == SHOWN


def test_unknown_properties_are_null():
    assert shown_container("live", {}) == PREDICTED
    assert shown_container("live", {"Status": "CREATING", "ARN": ARN}) == {
        **PREDICTED,
        "status": "CREATING",
        "arn": ARN,
    }


@pytest.fixture
def local_time(monkeypatch):
    """A local time that is not UTC, half past five hours ahead of it."""
    monkeypatch.setenv("TZ", "LOCAL-5:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("local_time")
@pytest.mark.parametrize(
    ("created", "shown"),
    [
        (datetime(2024, 3, 1, 1, 30, 15, tzinfo=timezone(timedelta(hours=2))), "2024-02-29T23:30:15+00:00"),
        (datetime(2024, 2, 29, 18, 0, 15, tzinfo=timezone(timedelta(hours=-5.5))), "2024-02-29T23:30:15+00:00"),
        (datetime(2024, 2, 29, 23, 30, 15), "2024-02-29T23:30:15+00:00"),
        (datetime(2024, 2, 29, 23, 30, 15, 250000, tzinfo=UTC), "2024-02-29T23:30:15.250000+00:00"),
        (None, None),
    ],
    ids=["east", "west", "without-zone", "fraction", "none"],
)
def test_creation_time_is_in_utc_with_its_offset(created, shown):
    assert shown_container("live", {"CreationTime": created})["creation_time"] == shown


@pytest.mark.parametrize(
    ("current", "desired", "container", "result"),
    [
        pytest.param(there(), present(), ACTIVE, SHOWN, id="there"),
        pytest.param(MISSING, present(), None, PREDICTED, id="predicted"),
        pytest.param(MISSING, present(), ACTIVE, SHOWN, id="new"),
        pytest.param(MISSING, present(tags={"a": "1"}), None, {**PREDICTED, "tags": {"a": "1"}}, id="predicted-tags"),
        pytest.param(MISSING, present(tags={}), None, {**PREDICTED, "tags": {}}, id="predicted-no-tags"),
        pytest.param(
            MISSING,
            present(access_logging_enabled=True),
            None,
            {**PREDICTED, "access_logging_enabled": True},
            id="predicted-logging",
        ),
        pytest.param(
            there(),
            present(access_logging_enabled=False),
            ACTIVE,
            {**SHOWN, "access_logging_enabled": False},
            id="logging-as-after-the-task",
        ),
        pytest.param(there(tags={}), present(tags={}), ACTIVE, {**SHOWN, "tags": {}}, id="untagged"),
        pytest.param(
            there(tags={"a": "1", "b": "2"}),
            present(tags={"Aa": "X"}),
            ACTIVE,
            {**SHOWN, "tags": {"Aa": "X"}},
            id="tags-as-after-the-task",
        ),
        pytest.param(there(), Declaration(name="live", state="absent"), None, None, id="absent"),
        pytest.param(there(), Declaration(name="live", state="absent"), ACTIVE, None, id="absent-predicted"),
        pytest.param(
            there(Status="DELETING"), Declaration(name="live", state="absent"), ACTIVE, None, id="absent-deleting"
        ),
    ],
)
def test_result(current, desired, container, result):
    outcome = Outcome(desired, plan=make_plan(current, desired), described=container)
    assert container_result(outcome) == {"container": result}
