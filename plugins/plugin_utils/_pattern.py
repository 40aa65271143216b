# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether text matches a regular expression of a template, in bounded time.

Python's module re backtracks: a template could contain a pattern that it does not finish. Here, each part of a pattern
turns the set of positions at which it can begin into the set of positions at which it can end.
The syntax is that of Java, without back references, lookbehind, flags and properties of characters.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-constraints.html
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Callable

_MAX_STEPS = 500_000
# What it takes to compile a class of characters.
_CLASS_STEPS = 200
# No value of a parameter is longer.
_MAX_PATTERN = 4096
_MAX_REPEAT = 10_000
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\\[])*\]")
# Java intersects classes with &&; a future version of Python may give all of these a meaning.
_OPERATOR = re.compile(r"&&|--|~~|\|\|")
_QUANTIFIER = re.compile(r"([*+?]|\{([0-9]{1,9})(?:(,)([0-9]{0,9}))?\})([?+]?)")
_ESCAPES = "dDwWsS"
_ANCHORS = {"^": "start", "$": "end", "\\A": "start", "\\z": "end", "\\Z": "end"}
_Positions = Set[int]
_Part = Callable[[_Positions], _Positions]


class PatternError(ValueError):
    """A pattern that is not valid, not supported, or takes too long; the message is the cause."""


class Pattern:
    """A pattern, whose parts are functions of positions in the text, and the `steps` that it took.

    Raises PatternError for one that is not valid or not supported.
    """

    def __init__(self, pattern: str) -> None:
        if len(pattern) > _MAX_PATTERN:
            raise PatternError(f"it is longer than {_MAX_PATTERN:,} characters")
        self._pattern = pattern
        self._text = ""
        self._at = 0
        self.steps = 0
        try:
            self._whole = self._alternatives()
        except RecursionError as error:
            raise PatternError("it is nested too deeply") from error
        if self._at < len(pattern):
            raise PatternError(f"it has an unexpected {pattern[self._at]}")

    def matches(self, text: str) -> bool:
        """Return whether the pattern matches the entire text; all texts together may take a number of steps.

        Raises PatternError if they take more.
        """
        self._text = text
        return len(text) in self._whole(frozenset([0]))

    def _alternatives(self) -> _Part:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())

        def ends(starts: _Positions) -> _Positions:
            self._step(len(parts) * (1 + len(starts)))
            return frozenset().union(*(part(starts) for part in parts))

        return ends

    def _sequence(self) -> _Part:
        parts = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            parts.append(self._repeated(self._atom()))

        def ends(positions: _Positions) -> _Positions:
            for part in parts:
                self._step(1)
                positions = part(positions)
            return positions

        return ends

    def _repeated(self, part: _Part) -> _Part:
        found = _QUANTIFIER.match(self._pattern, self._at)
        if not found:
            return part
        self._at = found.end()
        sign, least, comma, most, mode = found.groups()
        if mode == "+":
            raise PatternError("possessive quantifiers are not supported")
        lower = int(least) if least else int(sign == "+")
        upper = lower if least and not comma else int(most) if most else 1 if sign == "?" else None
        if lower > _MAX_REPEAT or (upper or 0) > _MAX_REPEAT:
            raise PatternError(f"it repeats a part more than {_MAX_REPEAT:,} times")
        return lambda starts: self._repeat(part, starts, lower, upper)

    def _repeat(self, part: _Part, positions: _Positions, lower: int, upper: int | None) -> _Positions:
        for _time in range(lower):
            self._step(1 + len(positions))
            positions = part(positions)
        reached = set(positions)
        rounds = 0
        while positions and (upper is None or rounds < upper - lower):
            self._step(1 + len(positions))
            positions = part(positions) - reached
            reached |= positions
            rounds += 1
        return frozenset(reached)

    def _atom(self) -> _Part:
        pattern = self._pattern
        if pattern.startswith("(", self._at):
            return self._group()
        if pattern.startswith("[", self._at):
            found = _CLASS.match(pattern, self._at)
            if not found:
                raise PatternError("a class of characters in it is not closed, or contains another")
            if _OPERATOR.search(found[0]):
                raise PatternError(f"the class {found[0]} contains one of &&, --, || and ~~, which are not supported")
            return self._character(found[0])
        token = pattern[self._at : self._at + (2 if pattern[self._at] == "\\" else 1)]
        if token in _ANCHORS:
            self._at += len(token)
            is_start = _ANCHORS[token] == "start"
            return lambda starts: starts & {0 if is_start else len(self._text)}
        if token == "." or (token[1:] and token[1] in _ESCAPES):
            return self._character(token)
        if token in ("*", "+", "?", "\\") or (token[0] == "\\" and token[1].isalnum()):
            raise PatternError(f"{token} is not supported at this place")
        self._at += len(token)
        return self._test(lambda character: character == token[-1])

    def _character(self, token: str) -> _Part:
        self._at += len(token)
        self._step(_CLASS_STEPS)
        try:
            expression = re.compile(token, re.ASCII)
        except re.error as error:
            raise PatternError(f"{token} is not valid, {error}") from error
        return self._test(lambda character: bool(expression.match(character)))

    def _test(self, is_match: Callable[[str], bool]) -> _Part:
        def ends(starts: _Positions) -> _Positions:
            self._step(1 + len(starts))
            return frozenset(at + 1 for at in starts if at < len(self._text) and is_match(self._text[at]))

        return ends

    def _group(self) -> _Part:
        self._at += 1
        ahead = next((sign for sign in ("?:", "?=", "?!") if self._take(sign)), "")
        if not ahead and self._pattern.startswith("?", self._at):
            raise PatternError("it contains a group that begins with (? but not with (?:, (?= or (?!")
        part = self._alternatives()
        if not self._take(")"):
            raise PatternError("a group in it is not closed")
        if ahead in ("", "?:"):
            return part
        return lambda starts: frozenset(at for at in starts if bool(part(frozenset([at]))) == (ahead == "?="))

    def _take(self, token: str) -> bool:
        taken = self._pattern.startswith(token, self._at)
        self._at += len(token) * taken
        return taken

    def _step(self, number: int) -> None:
        self.steps += number
        if self.steps > _MAX_STEPS:
            raise PatternError("it takes too many steps")
