# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects a lifecycle policy expires or archives. Pure functions.

Source: the MediaStore User Guide, "Components of an object lifecycle policy",
https://docs.aws.amazon.com/mediastore/latest/ug/policies-object-lifecycle-components.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..iam.wildcards import is_like, quoted

EXPIRE, ARCHIVE = "EXPIRE", "ARCHIVE"
_SECONDS_IN_UNIT = {"days_since_create": 86_400, "seconds_since_create": 1}


class Rule(NamedTuple):
    """One rule: what happens to objects whose path matches a pattern once they have an age in seconds.

    A transient rule, which is one in seconds, applies only to objects that were added after the policy was set.
    """

    action: str
    patterns: tuple[str, ...]
    least_age: int
    is_transient: bool

    def covers(self, path: str, is_newer: bool) -> bool:
        """Return whether the rule applies to an object, which `is_newer` than the policy or not."""
        return (is_newer or not self.is_transient) and any(is_like(pattern, path) for pattern in self.patterns)


@lru_cache(maxsize=64)
def parse(text: str) -> tuple[Rule, ...]:
    """Return the rules of a valid lifecycle policy."""
    return tuple(_rule(rule["definition"], rule["action"]) for rule in json.loads(text)["rules"])


def due_action(rules: Iterable[Rule], path: str, age: float, is_newer: bool) -> str | None:
    """Return what is due for an object of `age` seconds: EXPIRE if one rule says so, else ARCHIVE, else None."""
    actions = {rule.action for rule in rules if age >= rule.least_age and rule.covers(path, is_newer)}
    return next((action for action in (EXPIRE, ARCHIVE) if action in actions), None)


def is_unlisted(rules: Iterable[Rule], path: str, is_newer: bool) -> bool:
    """Return whether ListItems omits an object, because a transient rule applies to it."""
    return any(rule.is_transient and rule.covers(path, is_newer) for rule in rules)


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
