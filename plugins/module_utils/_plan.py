# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is: the changes that lead from the current state to the desired state. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Callable

from ._errors import ApiError, Failure


class Effect(Enum):
    """What a change does to a resource. The values are those of `action` in results."""

    CREATED = "created"
    DELETED = "deleted"
    CHANGED = "changed"


@dataclass(frozen=True)
class Change:
    """One request that changes something.

    - method: the method of the service's API that sends it, and its arguments
    - wait_for: the state of the resource to wait for before it is sent
    - shows: what it sets in the diff, by key: a value, None for what it removes, or a function of the value before
    - part: the part of the resource that it sets, if the method serves several, for example the document
    - is_independent: whether it can be sent at the same time as others; such changes come first in a plan
    """

    method: Callable[..., Any]
    arguments: Mapping[str, Any]
    wait_for: Enum | None = None
    shows: Mapping[str, Any] = field(default_factory=dict, compare=False)
    effect: Effect = Effect.CHANGED
    part: Any = field(default=None, compare=False)
    is_independent: bool = False

    @property
    def key(self) -> tuple[Callable[..., Any], Any]:
        """Return a key that equal changes of different plans share."""
        return self.method, self.part


@dataclass(frozen=True)
class Obstacle:
    """Why a run cannot apply a plan: `error`.

    Check mode predicts the changes with the warning `assumption`, or fails, too, without one.
    """

    error: ApiError
    assumption: str = ""


def missing(
    message: str, expected: str, way_out: str, exception: Exception | None = None, failure: Failure | None = None
) -> Obstacle:
    """Return the obstacle that what the changes need does not exist, which check mode expects of an earlier task.

    - message: that it does not exist
    - expected: what the earlier task does, after "check mode assumes that an earlier task"
    - way_out: what to do first
    """
    error = ApiError(f"{message}; {way_out}", exception, failure)
    return Obstacle(error, f"{message}; check mode assumes that an earlier task {expected}")


def missing_container(message: str, exception: Exception | None = None) -> Obstacle:
    """Return the obstacle that a container does not exist, for all that it would contain; `message` names it."""
    way_out = "create it with elemental.mediastore.mediastore_container first"
    return missing(message, "creates it", way_out, exception, Failure(affects_all_resources=True))


@dataclass(frozen=True)
class Plan:
    """The changes in order, and the diff's side before them.

    - described: the service's description of the resource, None if it does not exist or was not read
    - wait_for: the state of the resource to wait for after the changes
    - refusal: with which error the task ends after the changes, in check mode too: a part cannot be changed
    - warnings: sentences to warn of
    """

    changes: tuple[Change, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    described: Mapping[str, Any] | None = None
    wait_for: Enum | None = None
    obstacle: Obstacle | None = None
    refusal: ApiError | None = None
    warnings: tuple[str, ...] = ()

    @property
    def predicted(self) -> Mapping[str, Any] | None:
        """Return the description that can be predicted: none of a resource that the changes create."""
        is_new = any(change.effect is Effect.CREATED for change in self.changes)
        return None if is_new else self.described

    @property
    def after(self) -> dict[str, Any]:
        """Return the diff's side after the changes."""
        return diff_after(self.before, self.changes)


def diff_after(before: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """Return the side of the diff after `changes`, for the side `before` them."""
    side = dict(before)
    for change in changes:
        for key, value in change.shows.items():
            side[key] = value(side.get(key)) if callable(value) else value
    return {key: value for key, value in side.items() if value is not None}
