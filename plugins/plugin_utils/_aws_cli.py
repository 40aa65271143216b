# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of saved answers: of the AWS CLI, and of tools that print what the service answers.

Answers about one container are merged. What an answer does not say is unknown: only different known values contradict.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from ._answers import Answer, Statement
from ._data import Budget, DeclarationError, expect_list, plain, text
from ._declarations import Arn, Entry, containers_of, parse_arn
from ._tools import read


class _Place:
    """Where an answer is from: its place in messages, and the name, ARN or directory that was given with it."""

    def __init__(self, item: Any, number: int, budget: Budget) -> None:
        self.where = f"Answer {number}"
        budget.spend(self.where)
        self.answer = item
        self.name: str | None = None
        self.directory: str | None = None
        if not isinstance(item, Mapping) or "answer" not in item:
            return
        self.answer = item["answer"]
        given = plain({key: value for key, value in item.items() if key != "answer"}, self.where, budget)
        if set(given) not in ({"name"}, {"path"}):
            raise DeclarationError(f"{self.where} must have either name or path beside answer: correct it")
        [(kind, value)] = given.items()
        value = text(value, f"{self.where}: {kind}")
        self.where = f"{self.where} ({value})"
        if kind == "name":
            self.name = value
        else:
            self.directory = PurePath(value).parent.name or None


class _Container:
    """What the answers say about one container, each with the place of the answer that said it first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.described: str | None = None
        self._known: dict[str, tuple[Any, str]] = {}

    def add(self, what: str, value: Any, where: str) -> None:
        """Add a known value; raise DeclarationError if it differs from an earlier one."""
        earlier, place = self._known.setdefault(what, (value, where))
        if _without_empty_lists(earlier) != _without_empty_lists(value):
            raise DeclarationError(
                f"{place} and {where} contradict each other about {what} of the container {self.name}: keep the"
                " later one"
            )

    def get(self, what: str) -> Any:
        """Return a known value, or None."""
        return self._known.get(what, (None, ""))[0]

    def entry(self) -> Entry:
        """Return the container as a declaration."""
        known = {what: value for what, (value, _where) in self._known.items()}
        options = {what: value for what, value in known.items() if what not in ("the ARN", "the status")}
        arn: Arn | None = self.get("the ARN")
        region, account = (arn.region, arn.account) if arn else (None, None)
        return Entry(str(self.described), {"name": self.name, **options}, region, account)


def _without_empty_lists(value: Any) -> Any:
    """Return a value in which what is empty is absent, because the Go SDK writes null for an empty list."""
    if isinstance(value, list):
        return [_without_empty_lists(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _without_empty_lists(item) for key, item in value.items() if item != []}


def from_aws_cli(answers: Any, budget: Budget) -> list[dict[str, Any]]:
    """Return the containers of a list of answers, as the option containers of mediastore_containers.

    An item is an answer, or `{"name": NAME_OR_ARN, "answer": ANSWER}`, or `{"path": PATH, "answer": ANSWER}`, where the
    directory of the path is the name. An answer is JSON text or data. Raises DeclarationError.
    """
    items = enumerate(expect_list(answers, "The answers"), 1)
    read_answers = [
        (place, answer)
        for place in (_Place(item, number, budget) for number, item in items)
        # The file of a command that found nothing is empty.
        if not (isinstance(place.answer, str) and not place.answer.strip())
        for answer in read(place.answer, "from_aws_cli", place.where, budget)
    ]
    if answers and not read_answers:
        raise DeclarationError("All answers are empty: save the answer of list-containers, too")
    _check_complete(read_answers)
    containers: dict[str, _Container] = {}
    for place, answer in read_answers:
        for statement in answer.statements:
            if statement.describes:
                _describe(containers, place, statement)
    for place, answer in read_answers:
        for statement in answer.statements:
            if not statement.describes:
                _add(containers, place, answer.command, statement)
    return containers_of(found.entry() for found in containers.values() if not found.get("the status"))


def _check_complete(answers: list[tuple[_Place, Answer]]) -> None:
    """Raise DeclarationError if a list of containers was stopped before its last page."""
    for command in ("list-containers", "list-resources"):
        pages = [(place, answer) for place, answer in answers if answer.command == command]
        if pages and all(answer.has_next for _place, answer in pages):
            raise DeclarationError(
                f"{pages[-1][0].where} has a NextToken: save the answers of {command} to the last one"
            )


def _describe(containers: dict[str, _Container], place: _Place, statement: Statement) -> None:
    name = str(statement.name)
    if place.name is not None and place.name != name and parse_arn(place.name) != statement.arn:
        raise DeclarationError(f"{place.where} describes another container, {name}: correct the name")
    container = containers.setdefault(name, _Container(name))
    container.described = container.described or place.where
    _merge(container, statement, statement.arn, place.where)


def _add(containers: dict[str, _Container], place: _Place, command: str, statement: Statement) -> None:
    """Add a document or the tags to the container that the answer is about."""
    name = place.name or place.directory
    arn = parse_arn(name) or (statement.arn if name is None else None)
    name = arn.name if arn else name
    if name is None:
        raise DeclarationError(
            f"{place.where}: an answer of {command} does not name its container: give"
            ' {"name": NAME, "answer": ANSWER} in place of it'
        )
    if name not in containers:
        raise DeclarationError(
            f"{place.where}: no answer of describe-container or list-containers names the container {name}: add one"
        )
    _merge(containers[name], statement, arn, place.where)


def _merge(container: _Container, statement: Statement, arn: Arn | None, where: str) -> None:
    known = {"the ARN": arn, "the status": statement.is_deleting, **statement.options}
    for what, value in known.items():
        if value is not None:
            container.add(what, value, where)
