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

_MAX_STEPS = 200_000
_MAX_REPEAT = 10_000
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\\[])*\]")
_QUANTIFIER = re.compile(r"([*+?]|\{([0-9]{1,9})(?:(,)([0-9]{0,9}))?\})([?+]?)")
_ESCAPES = "dDwWsS"
_ANCHORS = {"^": "start", "$": "end", "\\A": "start", "\\z": "end", "\\Z": "end"}
_Positions = Set[int]
_Part = Callable[[_Positions], _Positions]


class PatternError(ValueError):
    """A pattern that is not valid, not supported, or takes too long; the message is the cause."""


def matches(pattern: str, text: str) -> bool:
    """Return whether a pattern matches the entire text; raise PatternError if that cannot be known."""
    try:
        return len(text) in _Parser(pattern, text).parse()(frozenset([0]))
    except RecursionError as error:
        raise PatternError("it is nested too deeply") from error


class _Parser:
    """Makes the parts of one pattern, which are functions of positions in one text."""

    def __init__(self, pattern: str, text: str) -> None:
        self._pattern = pattern
        self._text = text
        self._at = 0
        self._steps = _MAX_STEPS

    def parse(self) -> _Part:
        part = self._alternatives()
        if self._at < len(self._pattern):
            raise PatternError(f"it has an unexpected {self._pattern[self._at]}")
        return part

    def _alternatives(self) -> _Part:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())

        def ends(starts: _Positions) -> _Positions:
            self._step(len(parts))
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
            positions = part(positions)
        reached = set(positions)
        rounds = 0
        while positions and (upper is None or rounds < upper - lower):
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
            return self._character(found[0])
        token = pattern[self._at : self._at + (2 if pattern[self._at] == "\\" else 1)]
        if token in _ANCHORS:
            self._at += len(token)
            place = 0 if _ANCHORS[token] == "start" else len(self._text)
            return lambda starts: starts & {place}
        if token == "." or (token[1:] and token[1] in _ESCAPES):
            return self._character(token)
        if token in ("*", "+", "?", "\\") or (token[0] == "\\" and token[1].isalnum()):
            raise PatternError(f"{token} is not supported at this place")
        self._at += len(token)
        return self._test(lambda character: character == token[-1])

    def _character(self, token: str) -> _Part:
        self._at += len(token)
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
            raise PatternError("of groups that begin with (?, only (?:, (?= and (?! are supported")
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
        self._steps -= number
        if self._steps < 0:
            raise PatternError("it takes too many steps")
