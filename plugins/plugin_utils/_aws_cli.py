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
from ._data import Budget, DeclarationError, expect_list, plain, shortened, text
from ._declarations import Arn, Entry, containers_of, parse_arn, require_methods
from ._tools import is_empty, load


class Place:
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
            raise DeclarationError(f"{self.where} must have answer and either name or path: correct it")
        [(kind, value)] = given.items()
        value = text(value, f"{self.where}: {kind}")
        self.where = f"{self.where} ({shortened(value)})"
        if kind == "name":
            self.name = value
        else:
            self.directory = PurePath(value).parent.name or None


class _Known:
    """A value, the place of the answer that says it, and whether that is of the SDK for Go, see Statement.

    `comparable` has what to compare, by whether one of two values is of this SDK.
    """

    def __init__(self, value: Any, where: str, is_of_go: bool = False) -> None:
        self.value = value
        self.where = where
        self.is_of_go = is_of_go
        self.comparable = [_comparable(value, is_one_of_go) for is_one_of_go in (False, True)]


class _Container:
    """What the answers say about one container, each with the place of the answer that said it first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.described: str | None = None
        self.host: str | None = None
        self._known: dict[str, _Known] = {}

    def add(self, what: str, known: _Known) -> None:
        """Add a known value; raise DeclarationError if it differs from an earlier one."""
        earlier = self._known.setdefault(what, known)
        is_of_go = earlier.is_of_go or known.is_of_go
        if earlier.comparable[is_of_go] != known.comparable[is_of_go]:
            raise DeclarationError(
                f"{earlier.where} and {known.where} contradict each other about {what} of the container"
                f" {shortened(self.name)}: keep the later one"
            )
        if earlier.is_of_go:
            self._known[what] = known

    def get(self, what: str) -> Any:
        """Return a known value, or None."""
        return self._known.get(what, _Known(None, "")).value

    def entry(self) -> Entry:
        """Return the container as a declaration."""
        options = {what: one.value for what, one in self._known.items() if what not in ("the ARN", "the status")}
        arn: Arn | None = self.get("the ARN")
        region, account = (arn.region, arn.account) if arn else (None, None)
        container = {"name": self.name, **options}
        require_methods(container, self._known.get("cors_policy", _Known(None, "")).where)
        return Entry(str(self.described), container, region, account, host=self.host)


def _comparable(value: Any, is_of_go: bool) -> Any:
    """Return a value in which what is empty is absent, because the SDK for Go writes null for an empty list.

    If one of the values to compare is of this SDK, so is an age of 0.
    """
    if isinstance(value, list):
        return [_comparable(item, is_of_go) for item in value]
    if not isinstance(value, dict):
        return value
    unknown = ("max_age_seconds", 0) if is_of_go else None
    return {key: _comparable(item, is_of_go) for key, item in value.items() if item != [] and (key, item) != unknown}


def from_aws_cli(answers: Any, budget: Budget) -> list[dict[str, Any]]:
    """Return the containers of a list of answers, as the option containers of mediastore_containers.

    An item is an answer, or `{"name": NAME_OR_ARN, "answer": ANSWER}`, or `{"path": PATH, "answer": ANSWER}`, where the
    directory of the path is the name. An answer is JSON text or data. Raises DeclarationError.
    """
    places = [Place(item, number, budget) for number, item in enumerate(expect_list(answers, "The answers"), 1)]
    sources = [(place, *load(place.answer, "from_aws_cli", place.where, budget)) for place in places]
    if is_empty(tool for _place, tool, _data in sources):
        raise DeclarationError("All answers are empty: save the answer of list-containers, too")
    return containers_of(
        entries_of_answers([(place, tool.read(data, place.where, budget)) for place, tool, data in sources])
    )


def entries_of_answers(sources: list[tuple[Place, list[Answer]]]) -> list[Entry]:
    """Return the containers of the answers at each place; raise DeclarationError."""
    read_answers = [(place, answer) for place, answers in sources for answer in answers]
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
    return [found.entry() for found in containers.values() if not found.get("the status")]


def _check_complete(answers: list[tuple[Place, Answer]]) -> None:
    """Raise DeclarationError if a list of containers was stopped before its last page."""
    for command in ("list-containers", "list-resources"):
        pages = [(place, answer) for place, answer in answers if answer.command == command]
        if pages and all(answer.has_next for _place, answer in pages):
            raise DeclarationError(f"{pages[-1][0].where} has a NextToken: save all pages of {command}")


def _describe(containers: dict[str, _Container], place: Place, statement: Statement) -> None:
    name = str(statement.name)
    if place.name is not None and place.name != name and parse_arn(place.name) != statement.arn:
        raise DeclarationError(f"{place.where} describes another container, {shortened(name)}: correct the name")
    container = containers.setdefault(name, _Container(name))
    container.described = container.described or place.where
    container.host = container.host or statement.host
    _merge(container, statement, statement.arn, place.where)


def _add(containers: dict[str, _Container], place: Place, command: str, statement: Statement) -> None:
    """Add a document or the tags to the container that the answer is about."""
    given = parse_arn(place.name)
    arn = statement.arn or given
    if statement.arn and place.name not in (None, statement.arn.name) and given != statement.arn:
        raise DeclarationError(
            f"{place.where}: the answer of {command} is about another container,"
            f" {shortened(statement.arn.name)}: correct the name"
        )
    name = arn.name if arn else place.name or place.directory
    if name is None:
        raise DeclarationError(
            f"{place.where}: an answer of {command} does not name its container: give"
            ' {"name": NAME, "answer": ANSWER} in place of it'
        )
    if name not in containers:
        raise DeclarationError(
            f"{place.where}: no answer of describe-container or list-containers names the container"
            f" {shortened(name)}: add one"
        )
    _merge(containers[name], statement, arn, place.where)


def _merge(container: _Container, statement: Statement, arn: Arn | None, where: str) -> None:
    known = {"the ARN": arn, "the status": statement.is_deleting, **statement.options}
    for what, value in known.items():
        if value is not None:
            container.add(what, _Known(value, where, statement.is_of_go))
