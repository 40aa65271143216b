# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that `aws mediastore` printed as JSON, whole or with --query, and equal answers of SDKs.

Source: https://docs.aws.amazon.com/cli/latest/reference/mediastore/index.html. SDKs add members: $metadata
(JavaScript), ResultMetadata (Go, which also writes null for an empty list, and 0 for an age that is not set),
ResponseMetadata (Python), @metadata (PHP).
`--output yaml-stream` is a list of pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Callable

from ._answers import Answer, Statement, described, settable
from ._data import Budget, DeclarationError, boolean, expect_dict, expect_list, plain, text
from ._declarations import arn_of_policy, cors_rules, document, host_of, metric_policy, tags_of
from ._tool import Tool, saved_error

_SETTERS: dict[str, tuple[str, str, Callable[[Any, str, Budget], Any]]] = {
    "Policy": ("get-container-policy", "policy", document),
    "CorsPolicy": ("get-cors-policy", "cors_policy", cors_rules),
    "LifecyclePolicy": ("get-lifecycle-policy", "lifecycle_policy", document),
    "MetricPolicy": ("get-metric-policy", "metric_policy", metric_policy),
    "Tags": ("list-tags-for-resource", "tags", tags_of),
}
_DESCRIBERS = {"Container": "describe-container", "Containers": "list-containers"}
COMMANDS = (*_DESCRIBERS.values(), *(command for command, _option, _convert in _SETTERS.values()))
_OTHER_MEMBERS = {"NextToken", "ResponseMetadata", "ResultMetadata", "$metadata", "@metadata"}
# What --query and --output text leave of an answer: the member that it was, by members of its content.
_CONTENTS = {
    "Statement": "Policy",
    "rules": "LifecyclePolicy",
    "ContainerLevelMetrics": "MetricPolicy",
    "Name": "Container",
}
_DESCRIPTION = {"ARN", "AccessLoggingEnabled", "CreationTime", "Endpoint", "Status"}
_ITEMS = {"Key": "Tags", "AllowedOrigins": "CorsPolicy", "AllowedMethods": "CorsPolicy", "Name": "Containers"}


def _whole(data: Any) -> Mapping[str, Any] | None:
    """Return an answer with its member, or None if it is not an answer."""
    if isinstance(data, list):
        first = data[0] if data and isinstance(data[0], dict) else {}
        return next(({member: data} for key, member in _ITEMS.items() if key in first), None)
    if not isinstance(data, dict):
        return None
    if len([member for member in data if member in _SETTERS or member in _DESCRIBERS]) == 1:
        return data if set(data) - _OTHER_MEMBERS <= {*_SETTERS, *_DESCRIBERS} else None
    if "Name" in data and _DESCRIPTION.isdisjoint(data):
        return None
    return next(({member: data} for key, member in _CONTENTS.items() if key in data), None)


def _error(data: Any) -> str | None:
    """Return the code of an error, as SDKs and `--cli-error-format json` write it."""
    if not isinstance(data, dict):
        return None
    error = data.get("Error", data)
    if isinstance(error, dict) and "Code" in error:
        return text(error["Code"], "Code")
    if "__type" in data or "$fault" in data:
        return text(data.get("__type", data.get("name")), "The name of the error").rpartition("#")[2]
    return None


def _answers(data: Any, what: str, budget: Budget) -> list[Answer]:
    """Return the answers in one source, of which yaml-stream has one for each page."""
    answer = _page(data, what, budget)
    if answer is not None:
        return [answer]
    answers = []
    for number, page in enumerate(data, 1):
        place = f"{what}, page {number}"
        answer = _page(page, place, budget)
        if answer is None:
            raise DeclarationError(f"{place} is not the answer of {', '.join(COMMANDS)}: remove it")
        answers.append(answer)
    return answers


def _page(data: Any, what: str, budget: Budget) -> Answer | None:
    """Return an answer, or None if it is not one; raise DeclarationError for an error in place of an answer."""
    code = _error(data)
    if code is not None:
        raise saved_error(code, what)
    whole = _whole(data)
    return None if whole is None else _answer(plain(whole, what, budget), what, budget)


def _answer(data: Mapping[str, Any], what: str, budget: Budget) -> Answer:
    [member] = (name for name in data if name not in _OTHER_MEMBERS)
    content = data[member]
    place = f"{what}, {member}"
    if member in _DESCRIBERS:
        items = [content] if member == "Container" else expect_list(content or [], f"{what}: Containers")
        has_next = bool(data.get("NextToken")) if member == "Containers" else None
        return Answer(_DESCRIBERS[member], list(_descriptions(items, what)), has_next)
    command, option, convert = _SETTERS[member]
    if content is None and member != "Tags":  # an empty answer
        return Answer(command, [])
    value = convert(content or [] if member == "Tags" else content, place, budget)
    arn = arn_of_policy(value) if member == "Policy" else None
    is_of_go = member == "CorsPolicy" and ("ResultMetadata" in data or any(None in rule.values() for rule in content))
    if is_of_go:
        value = [{key: item for key, item in rule.items() if (key, item) != ("max_age_seconds", 0)} for rule in value]
    options = {option: settable(value) if member == "Tags" else value}
    return Answer(command, [Statement(None, arn, options, is_of_go=is_of_go)])


def _descriptions(items: list[Any], what: str) -> Iterator[Statement]:
    for item in items:
        given = expect_dict(item, what)
        name = text(given.get("Name"), f"{what}: Name")
        logging = given.get("AccessLoggingEnabled")
        options = {}
        if logging is not None:
            options["access_logging_enabled"] = boolean(logging, f"{what}: AccessLoggingEnabled")
        statement = described(name, given.get("ARN"), given.get("Status"), options, f"{what}: ARN")
        yield statement._replace(host=host_of(given.get("Endpoint")))


def _is_answer(data: Any) -> bool:
    return _is_page(data) or (isinstance(data, list) and bool(data) and _is_page(data[0]))


def _is_page(data: Any) -> bool:
    return _whole(data) is not None or _error(data) is not None


TOOL = Tool("an answer of aws mediastore", "from_aws_cli", _is_answer, _answers)
