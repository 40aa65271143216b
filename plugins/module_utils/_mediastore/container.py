# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converge containers: what the common code needs to know about them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Any, Callable

from .._apply import OutdatedError
from .._converge import Outcome, converge, converge_all
from .._declaration.container import Declaration
from .._errors import ApiError
from .._mediastore_data.api import CONTAINER_NOT_FOUND, IN_USE, OBJECT_NOT_FOUND
from .._plan import Change
from .._resource import Resource
from .api import ACTIVE, MediaStoreApi
from .plan import ContainerPlan, CurrentState, Wait, make_plan
from .read import explain_in_use, list_declared, read_current, read_deleted, read_objects
from .results import ContainerOutcome
from .waiters import wait_active, wait_deleted


class Share:
    """How many requests about its objects each container may send, so that all together send at most `limit`.

    The share of the others grows when one of the `number` containers is finished.
    """

    def __init__(self, limit: int = 10, number: int = 1) -> None:
        self._limit = limit
        self._unfinished = number
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Return how many requests an unfinished container may send at the same time."""
        return max(1, self._limit // self._unfinished)

    def finish(self) -> None:
        """Count a container as finished."""
        with self._lock:
            self._unfinished = max(1, self._unfinished - 1)


class Container(Resource[MediaStoreApi, CurrentState, ContainerPlan]):
    """A container with its desired state.

    - is_diff: whether to read what a diff shows of a container that is deleted
    - listed: containers from a list, see list_declared
    - share: how many requests about its objects to send at the same time
    """

    def __init__(
        self,
        api: MediaStoreApi,
        desired: Declaration,
        is_diff: bool = False,
        listed: Mapping[str, Any] | None = None,
        share: Share | None = None,
    ) -> None:
        super().__init__(api)
        self._share = share or Share()
        self._desired = desired
        self._is_diff = is_diff
        self._listed = listed
        self._deleted: CurrentState | None = None

    @property
    def max_concurrency(self) -> int:
        """Return how many requests about its objects may be sent at the same time now."""
        return self._share.size

    def read(self, outdated: ApiError | None) -> CurrentState:
        """Return the current state; a list is not used again after the container differed from it.

        What a diff shows of a container that is deleted is read once.
        """
        current = read_current(self.api, self._desired, None if outdated else self._listed)
        is_deleted = self._desired.state == "absent" and current.status == ACTIVE
        if is_deleted and self._desired.delete_objects:
            current = read_objects(self.api, self._desired, current, self.max_concurrency)
        if not (self._is_diff and is_deleted and current.container):
            return current
        if self._deleted is None:
            self._deleted = read_deleted(self.api, current, current.container)
            return self._deleted
        return replace(current, tags=self._deleted.tags, documents=self._deleted.documents)

    def plan(self, current: CurrentState) -> ContainerPlan:
        """Return the fewest changes that lead from the current to the desired state."""
        return make_plan(current, self._desired)

    def is_outdated(self, change: Change, error: ApiError) -> bool:
        """Return whether the error of a change contradicts what was read."""
        if error.code == IN_USE:
            # The other methods of the API end with this code only when the budget is exhausted.
            return change.method in (MediaStoreApi.create_container, MediaStoreApi.delete_container)
        if error.code in CONTAINER_NOT_FOUND:
            # Without the container, the other objects need no requests.
            return change.method is not MediaStoreApi.delete_object
        document = change.arguments.get("document")
        return error.code in OBJECT_NOT_FOUND or bool(document and error.code == document.not_found)

    def explain(self, current: CurrentState, refused: ApiError) -> ApiError:
        """Return why the container was not deleted; raise ApiError if it contains objects."""
        is_in_use = refused.code == IN_USE and self._desired.state == "absent" and current.status == ACTIVE
        return explain_in_use(self.api, self._desired, current, refused) if is_in_use else refused

    def close(self) -> None:
        """Close the client for the objects of the container, and leave its share to the others."""
        self.api.close()
        self._share.finish()

    def settle(self, described: Mapping[str, Any] | None, wait_for: Enum | None) -> Mapping[str, Any] | None:
        """Wait until the container is active or gone, and return it as last read."""
        name = self._desired.name
        if described is None:
            return None
        if wait_for is Wait.GONE:
            wait_deleted(self.api, name, described)
            return None
        if wait_for is Wait.ACTIVE and described.get("Status") != ACTIVE:
            described = wait_active(self.api, name)
            if described is None:
                raise OutdatedError(ApiError(f"Container {name} was deleted while this task was running"))
        return described


def converge_container(
    api: MediaStoreApi,
    desired: Declaration,
    *,
    check_mode: bool,
    is_diff: bool = False,
    warn: Callable[[str], None],
) -> ContainerOutcome:
    """Change a container to its desired state, or predict this in check mode."""
    return converge(desired, Container(api, desired, is_diff), check_mode=check_mode, warn=warn)


def converge_containers(
    api: MediaStoreApi,
    declared: Sequence[Declaration],
    max_concurrency: int,
    *,
    check_mode: bool,
    is_diff: bool = False,
    warn: Callable[[str], None],
) -> list[ContainerOutcome]:
    """Converge containers as converge_all does, and read as many as possible from a list."""
    try:
        listed = list_declared(api, {desired.name for desired in declared}, max_concurrency)
    except ApiError as error:
        return [Outcome(desired, error=error) for desired in declared]

    share = Share(max_concurrency, len(declared))
    resource_of = partial(Container, is_diff=is_diff, listed=listed, share=share)
    return converge_all(api, declared, resource_of, max_concurrency, check_mode=check_mode, warn=warn)
