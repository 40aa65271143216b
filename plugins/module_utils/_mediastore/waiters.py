# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a container's status.

botocore's waiters, on which amazon.aws builds, poll at a fixed interval of a second or more. Here, the interval
is short at first and grows, and all waits of a task share one budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from ansible_collections.amazon.aws.plugins.module_utils.cloud import BackoffIterator

from .._errors import ApiError
from .api import ACTIVE, DELETING, MediaStoreApi, needed


def wait_active(api: MediaStoreApi, name: str) -> dict[str, Any] | None:
    """Wait until the container is active and return it; return None if it is gone or being deleted instead."""
    container = _wait_while(api, name, lambda found: needed(found, "Status") not in (ACTIVE, DELETING), "active")
    return container if container and container["Status"] == ACTIVE else None


def wait_deleted(api: MediaStoreApi, name: str, deleted: Mapping[str, Any]) -> None:
    """Wait until the `deleted` container (model shape Container, as last read) is gone.

    If another client creates a container with the same name, the wait ends.
    """
    last = deleted

    def is_there(container: Mapping[str, Any]) -> bool:
        nonlocal last
        before, last = last, container
        is_another = container.get("CreationTime") != before.get("CreationTime")
        return not is_another and (needed(container, "Status") == DELETING or before["Status"] != DELETING)

    _wait_while(api, name, is_there, "deleted")


def _wait_while(
    api: MediaStoreApi, name: str, pending: Callable[[Mapping[str, Any]], bool], goal: str
) -> dict[str, Any] | None:
    delays = iter(BackoffIterator(delay=0.1, backoff=1.5, max_delay=5))
    while True:
        container = api.describe_container(name)
        if container is None or not pending(container):
            return container
        if not api.budget.sleep(next(delays)):
            raise ApiError(
                message=f"Container {name} is not {goal} after {api.budget.seconds:g} seconds;"
                f" its last status was {container['Status']}:"
                " give it more wait_timeout, or run the task again once it has settled"
            )
