# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules that converge do: check common options, and end with the result of one or of many resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Callable, NoReturn, Protocol, TypeVar

from ansible_collections.amazon.aws.plugins.module_utils.botocore import gather_sdk_versions

from ._converge import Desired, Outcome
from ._errors import ApiError, join_some
from ._input import InvalidInputError, check_limits, check_unmasked

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

_Outcome = TypeVar("_Outcome", bound=Outcome[Any, Any])


class Finished(Protocol):
    """An Outcome, or what is kept of one: what the result of a task with many resources needs."""

    @property
    def desired(self) -> Desired:
        """Return the desired state."""

    @property
    def changed(self) -> bool:
        """Return whether the task changed anything, or would in check mode."""

    @property
    def error(self) -> ApiError | None:
        """Return why it failed."""

    @property
    def started(self) -> bool:
        """Return whether any request was sent for it."""

    @property
    def diff(self) -> dict[str, Mapping[str, Any]]:
        """Return both sides of the diff, if it was asked for."""


# Seconds that modules that return information, which have no wait_timeout, may spend on retries.
INFO_TIMEOUT = 600
# wait_timeout is in seconds.
_LIMITS = {"wait_timeout": (0, 7 * 24 * 60 * 60), "max_concurrency": (1, 64)}


@contextmanager
def failing(module: AnsibleAWSModule) -> Iterator[None]:
    """End the task with the message of an InvalidInputError or ApiError, before anything has changed."""
    try:
        yield
    except InvalidInputError as error:
        module.fail_json(msg=str(error))
    except ApiError as error:
        fail(module, error, changed=False)


def check_common(params: dict[str, Any]) -> None:
    """Raise InvalidInputError for a masked option, and for a common option of the module that is out of range."""
    check_unmasked(params)
    for option, (least, most) in _LIMITS.items():
        if option in params:
            check_limits(option, params[option], least, most)


def exit_with(
    module: AnsibleAWSModule, outcome: _Outcome, result_of: Callable[[_Outcome], dict[str, Any]], **done: Any
) -> NoReturn:
    """End the task with the outcome for one resource, whose result is `result_of(outcome)`.

    `done` is also in the result of a task that fails.
    """
    if module._diff:
        done["diff"] = outcome.diff
    if outcome.error:
        fail(module, outcome.error, changed=outcome.changed, **done)
    module.exit_json(changed=outcome.changed, **result_of(outcome), **done)


def exit_with_all(
    module: AnsibleAWSModule, outcomes: Sequence[Finished], most_named: int | None = None, **result: Any
) -> NoReturn:
    """End the task with the outcomes for many resources of one kind; `result` is what is in its result beside them.

    `most_named`: how many different causes of failures the message describes, and how many resources that were not
    started it names; None for all.
    """
    result["changed"] = any(outcome.changed for outcome in outcomes)
    if module._diff:
        result["diff"] = [
            {"before_header": outcome.desired.name, "after_header": outcome.desired.name, **outcome.diff}
            for outcome in outcomes
            if outcome.changed
        ]
    # What was not started failed because of one of these.
    causes = [outcome.error for outcome in outcomes if outcome.error and outcome.started]
    if not causes:
        module.exit_json(**result)
    if causes[0].failure.affects_all_resources and not result["changed"]:
        fail(module, causes[0], **result)
    left = [outcome.desired.name for outcome in outcomes if not outcome.started]
    message = f"{len(causes) + len(left)} of {len(outcomes)} {outcomes[0].desired.noun}s failed: "
    message += join_some(list(dict.fromkeys(map(str, causes))), most=most_named)
    if left:
        message += f"; not started: {join_some(left, ', ', most_named)}"
    module.fail_json(msg=message, **gather_sdk_versions(), **result)


def shown_time(time: datetime | None) -> str | None:
    """Return a time as results show it: ISO 8601 in UTC."""
    if time and time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return time.astimezone(timezone.utc).isoformat() if time else None


def fail(module: AnsibleAWSModule, error: ApiError, **result: Any) -> NoReturn:
    """End the task with the message of the error and amazon.aws's keys for the reply of the service."""
    if error.exception:
        module.fail_json_aws(error.exception, msg=error.message, **result)
    module.fail_json(msg=error.message, **gather_sdk_versions(), **result)
