# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send the changes of a plan: the only file that changes anything, and the only one that reads check mode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from multiprocessing.pool import ThreadPool
from typing import Any, Callable

from ._errors import ApiError
from ._plan import Change, Effect, Obstacle, Plan
from ._resource import Resource

# Independent changes are sent in parts of this number, after each of which more can be sent at the same time.
_PART = 250


class Ledger:
    """The changes that a task sent: those applied, and those whose reply was lost.

    `lost_replies` is the number of attempts that ended with a lost reply.
    """

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
        self._lost[change.key] = change

    def reconcile(self, planned: Iterable[Change]) -> None:
        """Count the lost changes that a new plan does not contain as applied."""
        keys = {change.key for change in planned}
        self.applied += [self._lost.pop(key) for key in list(self._lost) if key not in keys]

    def assume_applied(self) -> None:
        """Count all lost changes as applied: to report too many changes does less harm than to report too few."""
        self.applied += self._lost.values()


class OutdatedError(Exception):
    """The resource has changed or may have changed since it was read, so a new plan is needed.

    - error: the error that caused this
    - is_final: whether the error is the result of the task, unless the new plan is empty
    """

    def __init__(self, error: ApiError, is_final: bool = False) -> None:
        super().__init__()
        self.error = error
        self.is_final = is_final


def apply_plan(
    resource: Resource[Any, Any, Any],
    plan: Plan,
    *,
    check_mode: bool,
    ledger: Ledger,
    warn: Callable[[str], None],
) -> Any:
    """Send the changes, add each to `ledger`, and return the service's last description of the resource.

    In check mode, nothing is sent, and the description is predicted. Raises OutdatedError, or ApiError if a change
    fails or will certainly fail.
    """
    if plan.obstacle:
        check_obstacle(plan.obstacle, check_mode=check_mode, warn=warn)
    for warning in plan.warnings:
        warn(warning)
    if check_mode:
        return plan.predicted
    described = plan.described
    left_out: ApiError | None = None
    independent = [change for change in plan.changes if change.is_independent]
    _send_all(resource, independent, ledger)
    for change in plan.changes[len(independent) :]:
        described = resource.settle(described, change.wait_for)
        try:
            reply = _send(resource, change, ledger)
        except ApiError as error:
            if not resource.leave_out(change, error):
                raise
            left_out = error
            continue
        if change.effect is Effect.CREATED:
            described = reply
    if left_out:
        raise OutdatedError(left_out)
    return resource.settle(described, plan.wait_for)


def check_obstacle(obstacle: Obstacle, *, check_mode: bool, warn: Callable[[str], None]) -> None:
    """Raise the error of an obstacle, or warn of what check mode assumes."""
    if not (check_mode and obstacle.assumption):
        raise obstacle.error
    warn(obstacle.assumption)


def _send_all(resource: Resource[Any, Any, Any], changes: Sequence[Change], ledger: Ledger) -> None:
    """Send changes in any order, `resource.max_concurrency` at a time.

    All are sent although the resource differs from what was read for some of them. After another failure, no other
    change is sent. Both raise OutdatedError at the end, because the replies to some may have been lost.
    """
    outdated: list[ApiError] = []
    failed: list[ApiError] = []

    def work(change: Change) -> None:
        if failed:
            return
        try:
            _send(resource, change, ledger)
        except OutdatedError as caught:
            outdated.append(caught.error)
        except ApiError as error:
            failed.append(error)

    for start in range(0, len(changes), _PART):
        if not failed:
            with ThreadPool(min(resource.max_concurrency, len(changes))) as pool:
                pool.map(work, changes[start : start + _PART], chunksize=1)
    if failed:
        raise OutdatedError(failed[0], is_final=True)
    if outdated:
        raise OutdatedError(max(outdated, key=lambda error: error.failure.may_have_been_applied))


def _send(resource: Resource[Any, Any, Any], change: Change, ledger: Ledger) -> Any:
    try:
        reply = change.method(resource.api, **change.arguments)
    except ApiError as error:
        if error.failure.was_applied:
            ledger.add(change)
        if error.failure.may_have_been_applied:
            ledger.add_lost(change)
            raise OutdatedError(error) from error
        if resource.is_outdated(change, error):
            raise OutdatedError(error) from error
        raise
    ledger.add(change)
    return reply
