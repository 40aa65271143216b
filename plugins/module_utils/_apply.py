# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send the changes of a plan: the only file that changes anything, and the only one that reads check mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ._api import ACTIVE, CONTAINER_NOT_FOUND, MediaStoreApi
from ._errors import ApiError
from ._plan import Change, CurrentState, Declaration, Plan, Wait
from ._sender import IN_USE
from ._waiters import wait_active, wait_deleted


class Ledger:
    """The changes that a task sent: those applied, and those whose reply was lost."""

    def __init__(self) -> None:
        self.applied: list[Change] = []
        self.lost_replies = 0
        self._lost: dict[Any, Change] = {}

    def add(self, change: Change) -> None:
        """Add a change that was applied."""
        self.applied.append(change)
        self._lost.pop(change.key, None)

    def add_lost(self, change: Change) -> None:
        """Add a change that may have been applied: its reply was lost."""
        self.lost_replies += 1
        self._lost[change.key] = change

    def reconcile(self, planned: Iterable[Change]) -> None:
        """Count the lost changes that a new plan does not contain as applied."""
        keys = {change.key for change in planned}
        self.applied += [self._lost.pop(key) for key in list(self._lost) if key not in keys]

    def assume_applied(self) -> None:
        """Count all lost changes as applied: to report too many changes does less harm than to report too few."""
        self.applied += self._lost.values()


class OutdatedError(Exception):
    """The container has changed or may have changed since it was read, so a new plan is needed.

    `error` is the error that caused this.
    """

    def __init__(self, error: ApiError) -> None:
        super().__init__()
        self.error = error


def apply_plan(
    api: MediaStoreApi,
    desired: Declaration,
    current: CurrentState,
    plan: Plan,
    *,
    check_mode: bool,
    ledger: Ledger,
    warn: Callable[[str], None],
) -> Mapping[str, Any] | None:
    """Send the changes, add each to `ledger`, and return the container as last read (model shape Container) or None.

    In check mode, nothing is sent. Raises OutdatedError, or ApiError if a change fails.
    """
    if plan.changes and not current.exists and desired.state is None:
        missing = f"Container {desired.name} does not exist in {api.region}"
        if not check_mode:
            raise ApiError(
                message=f"{missing}, create it with elemental.mediastore.mediastore_container first",
                exception=current.absence,
            )
        warn(f"{missing}; check mode assumes that an earlier task creates it")
    if check_mode:
        return plan.container
    container = current.container
    for change in plan.changes:
        container = _settle(api, desired.name, container, change.wait_for)
        reply = _send(api, change, ledger)
        if change.method is MediaStoreApi.create_container:
            container = reply
    if not desired.wait:
        return container
    return _settle(api, desired.name, container, Wait.ACTIVE if desired.state == "present" else Wait.GONE)


def _send(api: MediaStoreApi, change: Change, ledger: Ledger) -> Any:
    try:
        reply = change.method(api, **change.arguments)
    except ApiError as error:
        if error.failure.may_have_been_applied:
            ledger.add_lost(change)
            raise OutdatedError(error) from error
        if _is_outdated(change, error):
            raise OutdatedError(error) from error
        raise
    ledger.add(change)
    return reply


def _is_outdated(change: Change, error: ApiError) -> bool:
    """Return whether the error of a change contradicts what was read."""
    if error.code == IN_USE:
        # The other methods of the API end with this code only when the budget is exhausted.
        return change.method in (MediaStoreApi.create_container, MediaStoreApi.delete_container)
    document = change.arguments.get("document")
    return error.code in CONTAINER_NOT_FOUND or bool(document and error.code == document.not_found)


def _settle(
    api: MediaStoreApi, name: str, container: Mapping[str, Any] | None, wait_for: Wait | None
) -> Mapping[str, Any] | None:
    """Wait until the container is active or gone, and return it as last read."""
    if container is None:
        return None
    if wait_for is Wait.GONE:
        wait_deleted(api, name, container)
        return None
    if wait_for is Wait.ACTIVE and container.get("Status") != ACTIVE:
        container = wait_active(api, name)
        if container is None:
            raise OutdatedError(ApiError(f"Container {name} was deleted while this task was running"))
    return container
