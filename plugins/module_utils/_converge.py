# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, plan and apply, for one resource or for many concurrently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.pool import ThreadPool
from typing import Any, Callable, Generic, Protocol, TypeVar

from ansible_collections.amazon.aws.plugins.module_utils.cloud import BackoffIterator

from ._apply import Ledger, OutdatedError, apply_plan
from ._diff import Aspect, named_changes
from ._errors import ApiError
from ._plan import Change, Effect, Plan, diff_after
from ._resource import Resource
from ._sender import MAX_RETRIES, RETRIES_EXHAUSTED, Budget
from ._service import ServiceApi


class Desired(Protocol):
    """The desired state of one resource: any object with these two attributes."""

    @property
    def name(self) -> str:
        """Return the name of the resource."""

    @property
    def noun(self) -> str:
        """Return what the resource is in messages, for example "container", in the singular of a regular plural."""


_Desired = TypeVar("_Desired", bound=Desired)
_Api = TypeVar("_Api", bound=ServiceApi)
_Plan = TypeVar("_Plan", bound=Plan)


@dataclass
class Outcome(Generic[_Desired, _Plan]):
    """The result for one resource, predicted in check mode. After a failure, the changes until then.

    - plan: the last plan, whose values are the state that was reached; None if the resource could not be read
    - before: the diff's side before the first change
    - ledger: the changes that were sent, in all plans
    - described: the service's last description of the resource, None if it does not exist or was not read
    - started: whether any request was sent for it
    """

    desired: _Desired
    plan: _Plan | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    described: Mapping[str, Any] | None = None
    error: ApiError | None = None
    started: bool = True

    @property
    def changed(self) -> bool:
        """Return whether the task changed anything, or would in check mode."""
        return bool(self.ledger.applied or (self._planned and self._is_complete))

    @property
    def _planned(self) -> tuple[Change, ...]:
        return self.plan.changes if self.plan else ()

    @property
    def _is_complete(self) -> bool:
        """Return whether the whole plan was applied, or is predicted."""
        return self.error is None or (self.plan is not None and self.error is self.plan.refusal)

    @property
    def action(self) -> str:
        """Return the action in results: created, changed, deleted, unchanged or failed."""
        if self.error:
            return "failed"
        effects = {change.effect for change in (*self.ledger.applied, *self._planned)}
        # A resource that is created is changed, too, and one that is replaced is deleted first.
        return next((effect.value for effect in Effect if effect in effects), "unchanged")

    @property
    def diff(self) -> dict[str, Mapping[str, Any]]:
        """Return both sides of the diff."""
        after = self.plan.after if self.plan and self._is_complete else diff_after(self.before, self.ledger.applied)
        return {"before": self.before, "after": after}

    def changes(self, aspects: Mapping[str, Aspect]) -> list[str]:
        """Return texts that name what the task changed, or would in check mode, see named_changes."""
        return named_changes(**self.diff, aspects=aspects) if self.changed else []


def converge(
    desired: _Desired,
    resource: Resource[Any, Any, _Plan],
    *,
    check_mode: bool,
    warn: Callable[[str], None],
) -> Outcome[_Desired, _Plan]:
    """Change the `resource` to its `desired` state, or predict this in check mode."""
    outcome: Outcome[_Desired, _Plan] = Outcome(desired)
    try:
        _converge(outcome, resource, check_mode, warn)
    except ApiError as error:
        outcome.error = error.without_frames()
    finally:
        resource.close()
    return outcome


def _converge(
    outcome: Outcome[_Desired, _Plan],
    resource: Resource[Any, Any, _Plan],
    check_mode: bool,
    warn: Callable[[str], None],
) -> None:
    """Read, plan and apply, and repeat this if the resource differs from what was read.

    A change whose reply was lost counts as applied if the next plan does not contain it. Otherwise it is sent again.
    Before the last attempt fails, the resource is read once more to find out which changes were applied.
    """
    ledger = outcome.ledger
    outdated: ApiError | None = None
    is_final = False
    for reason in _attempts(resource.budget, ledger):
        current = _read(resource, outdated, ledger)
        if outdated and not is_final:
            outdated = resource.explain(current, outdated)
        plan = outcome.plan = resource.plan(current)
        ledger.reconcile(plan.changes)
        if not ledger.applied:
            outcome.before = plan.before
        if outdated and (reason or is_final) and plan.changes:
            raise outdated.with_reason(reason)
        try:
            outcome.described = apply_plan(resource, plan, check_mode=check_mode, ledger=ledger, warn=warn)
        except OutdatedError as caught:
            outdated, is_final = caught.error, caught.is_final
            ledger.lost_replies += outdated.failure.may_have_been_applied
            if reason:
                raise outdated.with_reason(reason) from caught
        else:
            if plan.refusal:
                raise plan.refusal
            return


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


def _read(resource: Resource[Any, Any, Any], outdated: ApiError | None, ledger: Ledger) -> Any:
    try:
        return resource.read(outdated)
    except ApiError:
        ledger.assume_applied()
        raise


def converge_all(
    api: _Api,
    all_desired: Sequence[_Desired],
    resource_of: Callable[[_Api, _Desired], Resource[_Api, Any, _Plan]],
    max_concurrency: int,
    *,
    check_mode: bool,
    warn: Callable[[str], None],
    keep: Callable[[Outcome[_Desired, _Plan]], Any] = lambda outcome: outcome,
) -> list[Any]:
    """Converge up to `max_concurrency` resources concurrently, and return the outcomes in the order of `all_desired`.

    For each outcome, the list has what `keep` returns, so that not all plans are in memory at the end.

    Each resource has its own budget, as large as that of the API. It begins when the work on the resource begins. If a
    resource fails, the others continue. If its failure affects all resources, those that were not started are not
    changed.
    """
    general: list[ApiError] = []

    def work(desired: _Desired) -> Any:
        if general:
            message = f"{desired.noun.capitalize()} {desired.name} was not started: {general[0].message}"
            error = ApiError(message, general[0].exception, general[0].failure)
            return keep(Outcome(desired, error=error, started=False))
        resource = resource_of(api.with_budget(Budget(api.budget.seconds)), desired)
        outcome = converge(desired, resource, check_mode=check_mode, warn=warn)
        if outcome.error and outcome.error.failure.affects_all_resources:
            general.append(outcome.error)
        return keep(outcome)

    # In contrast to those of ThreadPoolExecutor, threads of this pool do not delay the end of Ansible's process after a
    # timeout of the task.
    with ThreadPool(min(max_concurrency, len(all_desired) or 1)) as pool:
        return pool.map(work, all_desired, chunksize=1)
