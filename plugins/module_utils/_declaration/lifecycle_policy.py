# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lifecycle policy as users give it: rules by which objects expire or are archived.

Source of all rules: https://docs.aws.amazon.com/mediastore/latest/ug/policies-object-lifecycle-components.html
"""

from __future__ import annotations

import re
from typing import Any

from .._input import (
    InvalidInputError,
    check_limits,
    parse_json_object,
)
from .document import DocumentOption, check_text_length

_MAX_RULES = 10
_MAX_PATHS = 10
_NUMBER = re.compile(r"-?[0-9]{1,20}")
_MAX_AGE = {"days_since_create": 36500, "seconds_since_create": 300}


def check_lifecycle(text: str) -> dict[str, Any]:
    """Return the policy in a user's JSON; raise InvalidInputError if the service would refuse it."""
    document = parse_json_object("The lifecycle policy", text)
    if not document:
        raise InvalidInputError(
            "The lifecycle policy is empty: use state=absent to remove the lifecycle policy of a container"
        )
    if "Rules" in document:
        raise InvalidInputError(
            "The lifecycle policy has Rules, as a lifecycle configuration of Amazon S3 has: a policy of MediaStore is"
            ' {"rules": [{"definition": {"path": [{"prefix": "a/"}], "days_since_create": [{"numeric": [">", 30]}]},'
            ' "action": "EXPIRE"}]}'
        )
    policy = lifecycle_policy(document)
    check_text_length("lifecycle policy", policy)
    return policy


def lifecycle_policy(document: Any) -> dict[str, Any]:
    """Return a lifecycle policy with numbers as integers; raise InvalidInputError for what is not one."""
    where = "The lifecycle policy"
    rules = _members(where, document, ["rules"])["rules"]
    return {
        "rules": [_rule(f"Lifecycle rule {number}", rule) for number, rule in _items(where, "rules", rules, _MAX_RULES)]
    }


def _rule(where: str, rule: Any) -> dict[str, Any]:
    definition = _members(where, rule, ["definition", "action"])["definition"]
    if not isinstance(definition, dict):
        raise InvalidInputError(f"{where}: definition must be an object; it is {definition!r}")
    ages = [age for age in _MAX_AGE if age in definition]
    if len(ages) != 1:
        raise InvalidInputError(
            f"{where}: definition needs one of days_since_create and seconds_since_create; it has {len(ages)}"
        )
    age = ages[0]
    _members(f"{where}: definition", definition, ["path", age])
    paths = [_path(where, path) for number, path in _items(where, "path", definition["path"], _MAX_PATHS)]
    kinds = {kind for path in paths for kind in path}
    if len(kinds) > 1:
        raise InvalidInputError(f"{where} mixes prefix and wildcard; its paths must be all of one kind")
    action = rule["action"]
    if action not in ("EXPIRE", "ARCHIVE"):
        raise InvalidInputError(f"{where}: action is {action!r}; it must be EXPIRE or ARCHIVE")
    if age == "seconds_since_create" and (kinds != {"wildcard"} or action != "EXPIRE"):
        raise InvalidInputError(f"{where}: seconds_since_create is only for wildcard paths and action EXPIRE")
    return {"definition": {"path": paths, age: _age(where, age, definition[age])}, "action": action}


def _path(where: str, path: Any) -> dict[str, str]:
    if isinstance(path, dict) and len(path) == 1:
        kind, text = next(iter(path.items()))
        if kind in ("prefix", "wildcard") and isinstance(text, str):
            return {kind: text}
    raise InvalidInputError(
        f"{where}: a path must be one of {{'prefix': text}} and {{'wildcard': text}}; it is {path!r}"
    )


def _age(where: str, age: str, value: Any) -> list[dict[str, list[Any]]]:
    try:
        [comparison] = value
        [(operator, given)] = comparison.values()
    except (AttributeError, TypeError, ValueError):
        comparison, operator, given = {}, None, None
    if set(comparison) != {"numeric"} or operator not in (">", ">="):
        raise InvalidInputError(f"{where}: {age} must be [{{'numeric': ['>' or '>=', number]}}]; it is {value!r}")
    number = _whole_number(given)
    if number is None:
        raise InvalidInputError(f"{where}: {age} must be a whole number; it is {given!r}")
    check_limits(f"{where}: {age}", number, 1, _MAX_AGE[age])
    return [{"numeric": [operator, number]}]


def _whole_number(value: Any) -> int | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and int(value) == value:
        return int(value)
    return None


def _members(where: str, value: Any, names: list[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise InvalidInputError(
            f"{where} must be an object with {' and '.join(names)} and nothing else; it is {value!r}"
        )
    return value


def _items(where: str, name: str, value: Any, most: int) -> enumerate[Any]:
    if not isinstance(value, list):
        raise InvalidInputError(f"{where}: {name} must be a list; it is {value!r}")
    check_limits(f"{where}: the number of items in {name}", len(value), 1, most)
    return enumerate(value, start=1)


LIFECYCLE_POLICY_OPTION = DocumentOption(
    key="lifecycle_policy",
    argument=dict(type="json"),
    check=check_lifecycle,
)
