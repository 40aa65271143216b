# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The grammar of IAM's resource policies. Pure functions over parsed JSON.

Source of all rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html, and the page of
each element. Only input that certainly breaks a rule is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from ._input import InvalidInputError

_VERSIONS = ("2008-10-17", "2012-10-17")
_STATEMENT_ELEMENTS = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
)
_PRINCIPAL_TYPES = ("AWS", "Federated", "Service", "CanonicalUser")
_ACTION = re.compile(r"\*|[^:]+:[^:]+")
# .../reference_policies_elements_condition_operators.html
_OPERATOR = re.compile(
    r"((ForAllValues|ForAnyValue):)?"
    r"(Null|(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)"
    r"|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?)",
    re.IGNORECASE | re.ASCII,
)


def check_grammar(policy: dict[str, Any], title: str) -> None:
    """Raise InvalidInputError with the statement and the element if IAM refuses such a policy in general.

    `title` is the name of the policy in messages, such as "container policy".
    """
    whole = f"The {title}"
    _check_elements(whole, policy, ("Version", "Id", "Statement"))
    if policy.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise InvalidInputError(f"{whole}: Version must be {' or '.join(_VERSIONS)}; it is {policy['Version']!r}")
    _check_string(whole, policy, "Id")
    if "Statement" not in policy:
        raise InvalidInputError(f"{whole} has no Statement; it needs at least one")
    statements = statements_of(policy)
    if not statements:
        raise InvalidInputError(f"{whole}: Statement is empty; it needs at least one statement")
    numbers: dict[str, int] = {}
    for number, statement in enumerate(statements, start=1):
        where = f"Statement {number} of the {title}"
        _check_statement(where, statement)
        sid = statement.get("Sid")
        if sid and numbers.setdefault(sid, number) != number:
            raise InvalidInputError(f"{where}: Sid {sid!r} is already the Sid of statement {numbers[sid]}")


def statements_of(policy: dict[str, Any]) -> list[Any]:
    """Return the statements of a policy, which can also contain one statement without a list."""
    return items_of(policy["Statement"])


def items_of(value: Any) -> list[Any]:
    """Return the items of an element that can be one value or a list."""
    return value if isinstance(value, list) else [value]


def matches_pattern(pattern: str, text: str, ignore_case: bool = True) -> bool:
    """Return whether a pattern of IAM matches a text. Actions ignore the case of ASCII letters, ARNs do not.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    return bool(_compiled(pattern, ignore_case).fullmatch(text))


@lru_cache(maxsize=1000)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(regex, re.DOTALL | re.ASCII | (re.IGNORECASE if ignore_case else 0))


def _check_statement(where: str, statement: Any) -> None:
    if not isinstance(statement, dict):
        raise InvalidInputError(f"{where} must be an object")
    _check_elements(where, statement, _STATEMENT_ELEMENTS)
    _check_string(where, statement, "Sid")
    if "Effect" not in statement:
        raise InvalidInputError(f"{where} has no Effect; it must be Allow or Deny")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise InvalidInputError(f"{where}: Effect must be Allow or Deny; it is {statement['Effect']!r}")
    principal = _one_of(where, statement, "Principal")
    _check_principal(f"{where}: {principal}", statement[principal])
    action = _one_of(where, statement, "Action")
    _check_strings(f"{where}: {action}", statement[action])
    for item in items_of(statement[action]):
        if not _ACTION.fullmatch(item):
            raise InvalidInputError(f"{where}: {action} must be '*' or SERVICE:ACTION; it is {item!r}")
    resource = _one_of(where, statement, "Resource")
    _check_strings(f"{where}: {resource}", statement[resource])
    _check_condition(f"{where}: Condition", statement.get("Condition", {}))


def _check_elements(where: str, value: dict[str, Any], known: Collection[str]) -> None:
    for name in value:
        if name not in known:
            raise InvalidInputError(f"{where} has the unknown element {name!r}: its elements are {', '.join(known)}")


def _one_of(where: str, statement: dict[str, Any], element: str) -> str:
    """Return the name of an element or of its negation in a statement, which must have exactly one of them."""
    found = [name for name in (element, f"Not{element}") if name in statement]
    if len(found) != 1:
        has = "both" if found else "neither"
        raise InvalidInputError(f"{where} must have one of {element} and Not{element}; it has {has}")
    return found[0]


def _check_principal(where: str, value: Any) -> None:
    if value == "*":
        return
    if not isinstance(value, dict) or not value:
        raise InvalidInputError(f"{where} must be '*' or an object with {', '.join(_PRINCIPAL_TYPES)}")
    _check_elements(where, value, _PRINCIPAL_TYPES)
    for kind, ids in value.items():
        _check_strings(f"{where}: {kind}", ids)


def _check_condition(where: str, operators: Any) -> None:
    for operator, keys in _entries(where, operators):
        if not _OPERATOR.fullmatch(operator):
            raise InvalidInputError(f"{where} has {operator!r}, which is not a condition operator of IAM")
        for key, values in _entries(f"{where}: {operator}", keys):
            items = items_of(values)
            if not key or not items or not all(isinstance(item, (str, bool, int, float)) for item in items):
                raise InvalidInputError(
                    f"{where}: {operator} must map condition keys to a string, number or boolean or a list of these"
                )


def _entries(where: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise InvalidInputError(f"{where} must be an object of condition operators and their keys")
    return list(value.items())


def _check_string(where: str, value: dict[str, Any], element: str) -> None:
    if not isinstance(value.get(element, ""), str):
        raise InvalidInputError(f"{where}: {element} must be a string; it is {value[element]!r}")


def _check_strings(where: str, value: Any) -> None:
    items = items_of(value)
    if not items or not all(isinstance(item, str) and item for item in items):
        raise InvalidInputError(f"{where} must be a string or a list of strings, none of them empty")
