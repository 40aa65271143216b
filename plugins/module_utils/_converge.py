# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, plan, apply: of one container, and of many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.amazon.aws.plugins.module_utils.cloud import BackoffIterator

from ansible_collections.elemental.mediastore.plugins.module_utils._api import (
    CONTAINER_IN_USE,
    MAX_RETRIES,
    TRIED,
    Budget,
    MediaStoreApi,
    MediaStoreError,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._apply import OutdatedError, apply_plan
from ansible_collections.elemental.mediastore.plugins.module_utils._plan import (
    Change,
    Declaration,
    Plan,
    diff_after,
    make_plan,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._read import (
    list_declared,
    read_current,
    refuse_items,
)


@dataclass
class Outcome:
    """What became of a declaration, or would in check mode; if it failed, what had become of it by then.

    - plan: the last plan, whose values tell the state that was reached
    - before: the diff's side of the state that the first change found
    - made: the changes that were made, in all plans
    - container: the container as last seen (model shape Container), None if there is none or it was not asked for
    - begun: whether any request was sent for it
    """

    wanted: Declaration
    plan: Plan = field(default_factory=lambda: Plan(changes=(), before={}))
    before: Mapping[str, Any] = field(default_factory=dict)
    made: list[Change] = field(default_factory=list)
    container: Mapping[str, Any] | None = None
    error: MediaStoreError | None = None
    begun: bool = True

    @property
    def changed(self) -> bool:
        """Tell whether anything was changed, or would be."""
        return bool(self.made) if self.error else bool(self.made or self.plan.changes)

    @property
    def action(self) -> str:
        """Return what happened to the container, in one word."""
        if self.error:
            return "failed"
        methods = {change.method for change in (*self.made, *self.plan.changes)}
        if "create_container" in methods:
            return "created"
        return "deleted" if "delete_container" in methods else "changed" if methods else "unchanged"

    @property
    def diff(self) -> dict[str, Mapping[str, Any]]:
        """Return both sides of the diff."""
        after = diff_after(self.before, self.made) if self.error else self.plan.after
        return {"before": self.before, "after": after}


def converge(
    api: MediaStoreApi,
    wanted: Declaration,
    *,
    check_mode: bool,
    warn: Callable[[str], None],
    listed: Mapping[str, Any] | None = None,
) -> Outcome:
    """Bring the container to what is wanted, or in check mode predict it.

    `listed` is what a list of containers has told already, see list_declared.
    """
    outcome = Outcome(wanted)
    try:
        _converge(api, outcome, check_mode, warn, listed)
    except MediaStoreError as error:
        outcome.error = error
    return outcome


def _converge(
    api: MediaStoreApi,
    outcome: Outcome,
    check_mode: bool,
    warn: Callable[[str], None],
    listed: Mapping[str, Any] | None,
) -> None:
    """Read, plan and apply, and again when the container turns out to be another than was read.

    A change whose reply was lost counts as made when it is no longer planned, and is sent again, ten times at most,
    while it is. Whatever ends this, the container is read once more before, to know what was made.
    """
    wanted, made = outcome.wanted, outcome.made
    delays = iter(BackoffIterator(delay=0.1, backoff=2, max_delay=5, jitter=True))
    outdated: MediaStoreError | None = None
    lost: dict[str, Change] = {}
    losses = 0
    given_up = ""
    while True:
        try:
            current = read_current(api, wanted, listed)
        except MediaStoreError:
            made += lost.values()  # nobody can tell: a report of too much does less harm than one of too little
            raise
        if outdated and outdated.code == CONTAINER_IN_USE:
            refuse_items(api, wanted, current, outdated)
        outcome.plan = make_plan(current, wanted)
        planned = {change.method for change in outcome.plan.changes}
        made += [lost.pop(method) for method in lost.keys() - planned]
        if not made:
            outcome.before = outcome.plan.before
        if outdated and given_up and planned:
            raise _given_up(outdated, given_up)
        known = len(made)
        try:
            outcome.container = apply_plan(
                api, wanted, current, outcome.plan, check_mode=check_mode, made=made, warn=warn
            )
            return
        except OutdatedError as caught:
            outdated, listed = caught.error, None
            if given_up:
                raise _given_up(outdated, given_up) from caught
            for change in made[known:]:
                lost.pop(change.method, None)
            if caught.lost:
                lost[caught.lost.method] = caught.lost
                losses += 1
            if losses > MAX_RETRIES:
                given_up = TRIED
            elif not api.budget.sleep(next(delays)):
                given_up = api.budget.used_up


def _given_up(error: MediaStoreError, why: str) -> MediaStoreError:
    return MediaStoreError(f"{error.message} ({why})", exception=error.exception)


def converge_all(
    api: MediaStoreApi,
    declared: Sequence[Declaration],
    max_concurrency: int,
    *,
    check_mode: bool,
    warn: Callable[[str], None],
) -> list[Outcome]:
    """Converge up to `max_concurrency` containers at once, and return the outcomes in the order of `declared`.

    Each container has a budget of time as large as the API's. One that fails does not stop the others, unless its error
    is general: then those not yet begun are left alone.
    """
    try:
        listed = list_declared(api, {wanted.name for wanted in declared}, max_concurrency)
    except MediaStoreError as error:
        return [Outcome(wanted, error=error) for wanted in declared]
    general: list[MediaStoreError] = []

    def work(wanted: Declaration) -> Outcome:
        if general:
            message = f"Container {wanted.name} was not begun: {general[0].message}"
            error = MediaStoreError(message, general[0].exception)
            return Outcome(wanted, error=error, begun=False)
        own_api = api.with_budget(Budget(api.budget.seconds))
        outcome = converge(own_api, wanted, check_mode=check_mode, warn=warn, listed=listed)
        if outcome.error and outcome.error.is_general:
            general.append(outcome.error)
        return outcome

    with ThreadPoolExecutor(max_concurrency) as pool:
        return list(pool.map(work, declared))
