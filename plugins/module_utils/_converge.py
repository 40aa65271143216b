# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, plan and apply, for one container or for many concurrently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.pool import ThreadPool
from typing import Any, Callable

from ansible_collections.amazon.aws.plugins.module_utils.cloud import BackoffIterator

from ._api import MediaStoreApi
from ._apply import Ledger, OutdatedError, apply_plan
from ._errors import ApiError
from ._plan import CurrentState, Declaration, Plan, diff_after, make_plan
from ._read import list_declared, raise_if_not_empty, read_current
from ._sender import IN_USE, MAX_RETRIES, RETRIES_EXHAUSTED, Budget


@dataclass
class Outcome:
    """The result for one declaration, predicted in check mode. After a failure, the changes until then.

    - plan: the last plan, whose values are the state that was reached
    - before: the diff's side before the first change
    - ledger: the changes that were sent, in all plans
    - container: the container as last read (model shape Container), None if it does not exist or was not read
    - started: whether any request was sent for it
    """

    desired: Declaration
    plan: Plan = field(default_factory=lambda: Plan(changes=(), before={}))
    before: Mapping[str, Any] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    container: Mapping[str, Any] | None = None
    error: ApiError | None = None
    started: bool = True

    @property
    def changed(self) -> bool:
        """Return whether the task changed anything, or would in check mode."""
        return bool(self.ledger.applied or (self.plan.changes and not self.error))

    @property
    def action(self) -> str:
        """Return the action in results: created, changed, deleted, unchanged or failed."""
        if self.error:
            return "failed"
        methods = {change.method for change in (*self.ledger.applied, *self.plan.changes)}
        if MediaStoreApi.create_container in methods:
            return "created"
        return "deleted" if MediaStoreApi.delete_container in methods else "changed" if methods else "unchanged"

    @property
    def diff(self) -> dict[str, Mapping[str, Any]]:
        """Return both sides of the diff."""
        after = diff_after(self.before, self.ledger.applied) if self.error else self.plan.after
        return {"before": self.before, "after": after}


def converge(
    api: MediaStoreApi,
    desired: Declaration,
    *,
    check_mode: bool,
    warn: Callable[[str], None],
    listed: Mapping[str, Any] | None = None,
) -> Outcome:
    """Change the container to its desired state, or predict this in check mode.

    `listed` contains containers from a list, see list_declared.
    """
    outcome = Outcome(desired)
    try:
        _converge(api, outcome, check_mode, warn, listed)
    except ApiError as error:
        outcome.error = error
    return outcome


def _converge(
    api: MediaStoreApi,
    outcome: Outcome,
    check_mode: bool,
    warn: Callable[[str], None],
    listed: Mapping[str, Any] | None,
) -> None:
    """Read, plan and apply, and repeat this if the container differs from what was read.

    A change whose reply was lost counts as applied if the next plan does not contain it. Otherwise it is sent again.
    Before the last attempt fails, the container is read once more to find out which changes were applied.
    """
    desired, ledger = outcome.desired, outcome.ledger
    outdated: ApiError | None = None
    for reason in _attempts(api.budget, ledger):
        current = _read(api, desired, listed, outdated, ledger)
        outcome.plan = make_plan(current, desired)
        ledger.reconcile(outcome.plan.changes)
        if not ledger.applied:
            outcome.before = outcome.plan.before
        if outdated and reason and outcome.plan.changes:
            raise outdated.with_reason(reason)
        try:
            outcome.container = apply_plan(
                api, desired, current, outcome.plan, check_mode=check_mode, ledger=ledger, warn=warn
            )
            return
        except OutdatedError as caught:
            outdated, listed = caught.error, None
            if reason:
                raise outdated.with_reason(reason) from caught


def _attempts(budget: Budget, ledger: Ledger) -> Iterator[str]:
    """Yield for each attempt the reason why it is the last one, "" if another attempt may follow."""
    reason = ""
    for delay in BackoffIterator(delay=0.1, backoff=2, max_delay=5, jitter=True):
        yield reason
        if reason:
            return
        if ledger.lost_replies > MAX_RETRIES:
            reason = RETRIES_EXHAUSTED
        elif not budget.sleep(delay):
            reason = budget.exhausted_message


def _read(
    api: MediaStoreApi,
    desired: Declaration,
    listed: Mapping[str, Any] | None,
    outdated: ApiError | None,
    ledger: Ledger,
) -> CurrentState:
    try:
        current = read_current(api, desired, listed)
    except ApiError:
        ledger.assume_applied()
        raise
    if outdated and outdated.code == IN_USE:
        raise_if_not_empty(api, desired, current, outdated)
    return current


def converge_all(
    api: MediaStoreApi,
    declared: Sequence[Declaration],
    max_concurrency: int,
    *,
    check_mode: bool,
    warn: Callable[[str], None],
) -> list[Outcome]:
    """Converge up to `max_concurrency` containers concurrently, and return the outcomes in the order of `declared`.

    Each container has its own budget, as large as that of the API. If a container fails, the others continue. If its
    failure affects all containers, those that were not started are not changed.
    """
    try:
        listed = list_declared(api, {desired.name for desired in declared}, max_concurrency)
    except ApiError as error:
        return [Outcome(desired, error=error) for desired in declared]
    general: list[ApiError] = []

    def work(desired: Declaration) -> Outcome:
        if general:
            message = f"Container {desired.name} was not started: {general[0].message}"
            error = ApiError(message, general[0].exception, general[0].failure)
            return Outcome(desired, error=error, started=False)
        own_api = api.with_budget(Budget(api.budget.seconds))
        outcome = converge(own_api, desired, check_mode=check_mode, warn=warn, listed=listed)
        if outcome.error and outcome.error.failure.affects_all_containers:
            general.append(outcome.error)
        return outcome

    # In contrast to those of ThreadPoolExecutor, threads of this pool do not delay the end of Ansible's process after a
    # timeout of the task.
    with ThreadPool(max_concurrency) as pool:
        return pool.map(work, declared, chunksize=1)
