# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service implements for each kind of resource, so that a task can converge it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import Any, Generic, TypeVar

from ._errors import ApiError
from ._plan import Change, Plan
from ._sender import Budget
from ._service import ServiceApi

_Api = TypeVar("_Api", bound=ServiceApi)
_State = TypeVar("_State")
_Plan = TypeVar("_Plan", bound=Plan)


class Resource(ABC, Generic[_Api, _State, _Plan]):
    """One resource of a service, with its desired state. _State is the type of its current state.

    `described` is the service's last description of the resource, None if it does not exist or was not read. `api` has
    the operations of the service, whose methods send the changes.
    """

    def __init__(self, api: _Api) -> None:
        self.api = api

    @property
    def budget(self) -> Budget:
        """Return the time that may be spent on the resource."""
        return self.api.budget

    @property
    def max_concurrency(self) -> int:
        """Return how many independent changes may be sent at the same time now."""
        return 1

    @abstractmethod
    def read(self, outdated: ApiError | None) -> _State:
        """Return the current state, as far as the plan needs it; `outdated` is why it is read again."""

    @abstractmethod
    def plan(self, current: _State) -> _Plan:
        """Return the fewest changes that lead from the current to the desired state. Pure."""

    @abstractmethod
    def is_outdated(self, change: Change, error: ApiError) -> bool:
        """Return whether the error of a change contradicts what was read."""

    def leave_out(self, change: Change, error: ApiError) -> bool:
        """Return whether the other changes can be sent without one that failed, and leave it out of later plans."""
        return False

    def explain(self, current: _State, refused: ApiError) -> ApiError:
        """Return why a change was refused, with what the current state says about it.

        Raises ApiError if the current state shows that the change will not succeed later.
        """
        return refused

    def close(self) -> None:
        """Release what only this resource uses."""
        return

    def settle(self, described: Any, wait_for: Enum | None) -> Any:
        """Wait until the resource is in the state `wait_for`, and return its last description."""
        return described
