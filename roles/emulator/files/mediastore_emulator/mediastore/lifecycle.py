# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects a lifecycle policy expires or archives. Pure functions.

Source: the MediaStore User Guide, "Components of an object lifecycle policy",
https://docs.aws.amazon.com/mediastore/latest/ug/policies-object-lifecycle-components.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..iam.text_cache import TextCache
from ..iam.wildcards import is_like, quoted

EXPIRE, ARCHIVE = "EXPIRE", "ARCHIVE"
# Of the paths of 35,000 objects of the greatest length, or of some hundred thousand usual ones.
_CACHED_CHARACTERS = 32 * 1024**2
_SECONDS_IN_UNIT = {"days_since_create": 86_400, "seconds_since_create": 1}


class Rule(NamedTuple):
    """One rule: what happens to objects whose path matches a pattern once they have an age in seconds.

    A transient rule, which is one in seconds, applies only to objects that were added after the policy was set.
    """

    action: str
    patterns: tuple[str, ...]
    least_age: int
    is_transient: bool

    def matches(self, path: str) -> bool:
        """Return whether the path of an object matches a pattern of the rule."""
        return any(is_like(pattern, path) for pattern in self.patterns)


class Rules:
    """The rules of a valid lifecycle policy, which remember the rules of each path."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._rules = tuple(_rule(rule["definition"], rule["action"]) for rule in json.loads(text)["rules"])
        self._by_path = TextCache(self._matching, _CACHED_CHARACTERS)

    def applying(self, path: str, is_newer: bool) -> list[Rule]:
        """Return the rules that apply to an object, which `is_newer` than the policy or not."""
        return [rule for rule in self._by_path[path] if is_newer or not rule.is_transient]

    def match(self, paths: Iterable[str]) -> None:
        """Remember the rules of some paths."""
        for path in paths:
            self.applying(path, is_newer=True)

    def _matching(self, path: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self._rules if rule.matches(path))


@lru_cache(maxsize=1)
def parse(text: str) -> Rules:
    """Return the rules of a valid lifecycle policy, the same as before if the last call had the same text."""
    return Rules(text)


def due_action(rules: Iterable[Rule], age: float) -> str | None:
    """Return what is due for an object of `age` seconds by the rules that apply: EXPIRE before ARCHIVE, or None."""
    actions = {rule.action for rule in rules if age >= rule.least_age}
    return next((action for action in (EXPIRE, ARCHIVE) if action in actions), None)


def next_due(rules: Iterable[Rule], age: float) -> float:
    """Return the seconds until one more of the rules is due for an object of `age` seconds, infinite without one."""
    return min((rule.least_age - age for rule in rules if rule.least_age > age), default=math.inf)


def is_unlisted(rules: Iterable[Rule]) -> bool:
    """Return whether ListItems omits an object, because a transient rule applies to it."""
    return any(rule.is_transient for rule in rules)


def _rule(definition: Mapping[str, Any], action: str) -> Rule:
    [unit] = set(definition) & set(_SECONDS_IN_UNIT)
    operator, number = definition[unit][0]["numeric"]
    # Ages count in whole units: with "> 15", MediaStore deletes objects "16 seconds after they are placed".
    units = number + (operator == ">")
    patterns = tuple(_pattern(*item) for path in definition["path"] for item in path.items())
    return Rule(action, patterns, units * _SECONDS_IN_UNIT[unit], unit == "seconds_since_create")


def _pattern(kind: str, text: str) -> str:
    """Return the pattern of a prefix or a wildcard path; paths of objects have no leading slash."""
    relative = text.lstrip("/")
    return quoted(relative) + "*" if kind == "prefix" else quoted(relative, "\\?")
