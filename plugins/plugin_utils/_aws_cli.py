# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of answers that the AWS CLI printed as JSON, and of equal answers of other clients.

Source: https://docs.aws.amazon.com/cli/latest/reference/mediastore/index.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Callable, NamedTuple

from ._declarations import (
    Arn,
    DeclarationError,
    Entry,
    arn_of_policy,
    boolean,
    containers_of,
    cors_rules,
    document,
    expect_dict,
    expect_list,
    load_data,
    metric_policy,
    parse_arn,
    plain,
    tags_of,
    text,
)


def _settable_tags(value: Any, where: str) -> dict[str, str]:
    """Return tags without those that AWS sets, which no request can set."""
    return {key: item for key, item in tags_of(value, where).items() if not key.lower().startswith("aws:")}


_COMMANDS: dict[str, tuple[str, str, Callable[[Any, str], Any]]] = {
    "Policy": ("get-container-policy", "policy", document),
    "CorsPolicy": ("get-cors-policy", "cors_policy", cors_rules),
    "LifecyclePolicy": ("get-lifecycle-policy", "lifecycle_policy", document),
    "MetricPolicy": ("get-metric-policy", "metric_policy", metric_policy),
    "Tags": ("list-tags-for-resource", "tags", _settable_tags),
}
_SELF_NAMING = ("Container", "Containers")
_OTHER_MEMBERS = {"NextToken", "ResponseMetadata"}


class _Answer(NamedTuple):
    """One answer: its place in messages, the name or ARN that was given with it, and its content."""

    where: str
    name: str | None
    member: str
    content: Any
    has_next: bool


class _Container(NamedTuple):
    """What describe-container and list-containers say about a container, and where they say it."""

    where: str
    arn: Arn | None
    is_deleting: bool
    logging: bool | None


def from_aws_cli(answers: Any) -> list[dict[str, Any]]:
    """Return the containers of a list of answers, as the option containers of mediastore_containers.

    An item is an answer, or `{"name": NAME_OR_ARN, "answer": ANSWER}`, or `{"path": PATH, "answer": ANSWER}`, where the
    directory of the path is the name. An answer is JSON text or data. Raises DeclarationError.
    """
    items = enumerate(expect_list(answers, "The answers"), 1)
    read = [answer for answer in (_answer(item, f"Answer {number}") for number, item in items) if answer]
    _check_complete(read)
    containers = _containers(read)
    entries = {
        name: Entry(
            found.where,
            {"name": name, **({} if found.logging is None else {"access_logging_enabled": found.logging})},
            found.arn.region if found.arn else None,
            found.arn.account if found.arn else None,
        )
        for name, found in containers.items()
    }
    for answer in read:
        if answer.member in _COMMANDS:
            _add(answer, containers, entries)
    return containers_of(entries[name] for name, found in containers.items() if not found.is_deleting)


def _answer(item: Any, where: str) -> _Answer | None:
    """Return the answer of an item, or None if it is empty, as the file of a command that found nothing is."""
    name = None
    given: dict[str, Any] = {}
    if isinstance(item, Mapping) and "answer" in item:
        given = plain({key: value for key, value in item.items() if key != "answer"}, where)
        if set(given) not in ({"name"}, {"path"}):
            raise DeclarationError(f"{where} must have either name or path beside answer")
        [(kind, value)] = given.items()
        value = text(value, f"{where}: {kind}")
        where = f"{where} ({value})"
        name = value if kind == "name" else PurePath(value).parent.name
        item = item["answer"]
    if isinstance(item, str) and not item.strip():
        return None
    data = plain(load_data(item, where), where)
    found = [member for member in expect_dict(data, where) if member not in _OTHER_MEMBERS]
    if len(found) != 1 or found[0] not in (*_SELF_NAMING, *_COMMANDS):
        commands = ", ".join(command for command, _option, _convert in _COMMANDS.values())
        raise DeclarationError(f"{where} is not the answer of describe-container, list-containers, {commands}")
    [member] = found
    if member in _SELF_NAMING and "path" in given:
        name = None  # the directory is only for answers that do not name their container
    return _Answer(where, name, member, data[member], bool(data.get("NextToken")))


def _check_complete(answers: list[_Answer]) -> None:
    """Raise DeclarationError if list-containers was stopped before its last page."""
    pages = [answer for answer in answers if answer.member == "Containers"]
    if pages and all(page.has_next for page in pages):
        raise DeclarationError(
            f"{pages[-1].where} has a NextToken: save the answers of list-containers to the last one"
        )


def _containers(answers: list[_Answer]) -> dict[str, _Container]:
    """Return what the answers say about each container; raise DeclarationError if they contradict each other."""
    containers: dict[str, _Container] = {}
    for answer in answers:
        for description in _descriptions(answer):
            given = expect_dict(description, answer.where)
            name = text(given.get("Name"), f"{answer.where}: Name")
            if answer.name not in (None, name, given.get("ARN")):
                raise DeclarationError(f"{answer.where} describes another container, {name}: correct the name")
            logging = given.get("AccessLoggingEnabled")
            found = _Container(
                answer.where,
                parse_arn(given.get("ARN")),
                given.get("Status") == "DELETING",
                None if logging is None else boolean(logging, f"{answer.where}: AccessLoggingEnabled"),
            )
            earlier = containers.setdefault(name, found)
            if earlier[1:] != found[1:]:
                raise DeclarationError(
                    f"{earlier.where} and {found.where} contradict each other about the container {name}: keep the"
                    " later one"
                )
    return containers


def _descriptions(answer: _Answer) -> Iterator[Any]:
    if answer.member == "Container":
        yield answer.content
    elif answer.member == "Containers":
        yield from expect_list(answer.content, f"{answer.where}: Containers")


def _add(answer: _Answer, containers: dict[str, _Container], entries: dict[str, Entry]) -> None:
    """Add a document or the tags to the container that the answer is about."""
    command, option, convert = _COMMANDS[answer.member]
    value = convert(answer.content, f"{answer.where}, {answer.member}")
    arn = parse_arn(answer.name)
    if answer.name is None and answer.member == "Policy":
        arn = arn_of_policy(value)
    name = arn.name if arn else answer.name
    if name is None:
        raise DeclarationError(
            f"{answer.where}: an answer of {command} does not name its container: give"
            ' {"name": NAME, "answer": ANSWER} in place of it'
        )
    if name not in entries:
        raise DeclarationError(
            f"{answer.where}: no answer of describe-container or list-containers names the container {name}: add one"
        )
    if arn and containers[name].arn not in (None, arn):
        raise DeclarationError(f"{answer.where} and {containers[name].where} name different ARNs of container {name}")
    if entries[name].container.setdefault(option, value) != value:
        raise DeclarationError(f"{answer.where} contradicts another answer of {command} for the container {name}")
