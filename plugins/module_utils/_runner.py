# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules that converge do: check common options, and end with the result of one or of many resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from ansible_collections.amazon.aws.plugins.module_utils.botocore import gather_sdk_versions

from ._converge import Outcome
from ._errors import ApiError
from ._input import check_limits

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

_MAX_CONCURRENCY = 64
_MAX_WAIT_TIMEOUT = 7 * 24 * 60 * 60


def check_wait_timeout(params: Mapping[str, Any]) -> None:
    """Raise InvalidInputError if the option wait_timeout, in seconds, is out of range."""
    check_limits("wait_timeout", params["wait_timeout"], 0, _MAX_WAIT_TIMEOUT)


def check_max_concurrency(params: Mapping[str, Any]) -> None:
    """Raise InvalidInputError if the option max_concurrency is out of range."""
    check_limits("max_concurrency", params["max_concurrency"], 1, _MAX_CONCURRENCY)


def exit_with(
    module: AnsibleAWSModule, outcome: Outcome[Any], result_of: Callable[[Outcome[Any]], dict[str, Any]]
) -> NoReturn:
    """End the task with the outcome for one resource, whose result is `result_of(outcome)`."""
    diff = {"diff": outcome.diff} if module._diff else {}
    if outcome.error:
        fail(module, outcome.error, changed=outcome.changed, **diff)
    module.exit_json(changed=outcome.changed, **result_of(outcome), **diff)


def exit_with_all(
    module: AnsibleAWSModule,
    outcomes: Sequence[Outcome[Any]],
    result_of: Callable[[Outcome[Any]], dict[str, Any]],
    **more: Any,
) -> NoReturn:
    """End the task with the outcomes for many containers; `more` is added to the result."""
    result: dict[str, Any] = {
        "changed": any(outcome.changed for outcome in outcomes),
        "containers": [result_of(outcome) for outcome in outcomes],
        **more,
    }
    if module._diff:
        result["diff"] = [
            {"before_header": outcome.desired.name, "after_header": outcome.desired.name, **outcome.diff}
            for outcome in outcomes
            if outcome.changed
        ]
    failures = [outcome.error for outcome in outcomes if outcome.error]
    if not failures:
        module.exit_json(**result)
    if failures[0].failure.affects_all_resources and not result["changed"]:
        fail(module, failures[0], **result)
    causes = list(dict.fromkeys(str(outcome.error) for outcome in outcomes if outcome.error and outcome.started))
    if left := [outcome.desired.name for outcome in outcomes if not outcome.started]:
        causes.append(f"not started: {', '.join(left)}")
    msg = f"{len(failures)} of {len(outcomes)} containers failed: {'; '.join(causes)}"
    module.fail_json(msg=msg, **gather_sdk_versions(), **result)


def fail(module: AnsibleAWSModule, error: ApiError, **result: Any) -> NoReturn:
    """End the task with the message of the error and amazon.aws's keys for the reply of the service."""
    if error.exception:
        module.fail_json_aws(error.exception, msg=error.message, **result)
    module.fail_json(msg=error.message, **gather_sdk_versions(), **result)
