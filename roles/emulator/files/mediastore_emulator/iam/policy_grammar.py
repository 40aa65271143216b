# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's grammar for resource-based and identity-based policies. Pure functions on parsed JSON.

Sources: the IAM User Guide, "Grammar of the IAM JSON policy language", "IAM JSON policy element reference" and
"IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

_DUPLICATE = object()
_ACTION = re.compile(r"\*|[^:]+:.+", re.DOTALL)
_PRINCIPAL_TYPES = {"AWS", "Federated", "Service", "CanonicalUser"}
# AWS does not document whether case matters here: only what is certainly invalid is refused.
_OPERATOR = re.compile(
    r"(ForAllValues:|ForAnyValue:)?"
    r"(Null|("
    r"String(Not)?(Equals(IgnoreCase)?|Like)"
    r"|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)"
    r"|Bool|BinaryEquals|(Not)?IpAddress"
    r"|Arn(Not)?(Equals|Like)"
    r")(IfExists)?)",
    re.IGNORECASE | re.ASCII,
)


class _Element(NamedTuple):
    """The values of an element: a test, and the words that follow "must be" in the message of an error."""

    accepts: Callable[[Any], bool]
    words: str


def as_list(value: Any) -> list[Any]:
    """Return a list unchanged, any other value as a list of one."""
    return value if isinstance(value, list) else [value]


def mark_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the JSON object of `pairs`, for object_pairs_hook of json.loads; the value of a repeated key is invalid.

    check_grammar refuses such a key, because it can name the statement and json.loads cannot.
    """
    result: dict[str, Any] = {}
    for key, value in pairs:
        result[key] = _DUPLICATE if key in result else value
    return result


def check_grammar(policy: Mapping[str, Any]) -> None:
    """Check a resource-based policy.

    Raises ValueError with the end of a sentence that names the element and its statement, counted from 1.
    """
    _check_policy(policy, _STATEMENT, _REQUIRED)


def check_identity_grammar(policy: Mapping[str, Any]) -> None:
    """Check an identity-based policy, which has no principals; raises ValueError as check_grammar does."""
    statement = {name: element for name, element in _STATEMENT.items() if element is not _PRINCIPAL}
    _check_policy(policy, statement, [names for names in _REQUIRED if "Principal" not in names])


def _check_policy(policy: Mapping[str, Any], elements: Mapping[str, _Element], required: list[tuple[str, ...]]) -> None:
    _check_elements(policy, _POLICY, [("Statement",)], "")
    sids = set()
    for number, statement in enumerate(as_list(policy["Statement"]), 1):
        if not isinstance(statement, dict):
            raise ValueError(f"Statement {number} must be an object")
        _check_elements(statement, elements, required, f" in statement {number}")
        sid = statement.get("Sid")
        if sid and sid in sids:
            raise ValueError(f"Sid in statement {number} must be unique within the policy")
        sids.add(sid)


def _check_elements(
    elements: Mapping[str, Any], known: Mapping[str, _Element], required: list[tuple[str, ...]], where: str
) -> None:
    for name, value in elements.items():
        if name not in known:
            raise ValueError(f"the element {name}{where} is unknown")
        if value is _DUPLICATE:
            raise ValueError(f"the element {name}{where} is given twice")
        if not known[name].accepts(value):
            raise ValueError(f"{name}{where} must be {known[name].words}")
    for names in required:
        if sum(name in elements for name in names) != 1:
            raise ValueError(f"exactly one {' or '.join(names)} element is required{where}")


def _one_or_more(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Return a test for one accepted value or a non-empty list of them."""
    return lambda value: value != [] and all(accepts(item) for item in as_list(value))


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_action(value: Any) -> bool:
    return isinstance(value, str) and bool(_ACTION.fullmatch(value))


def _is_principal(value: Any) -> bool:
    if not isinstance(value, dict):
        return bool(value == "*")
    return value != {} and _PRINCIPAL_TYPES.issuperset(value) and all(map(_TEXTS, value.values()))


def _is_condition(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _OPERATOR.fullmatch(operator) and isinstance(keys, dict) and all(map(_is_condition_key, keys, keys.values()))
        for operator, keys in value.items()
    )


def _is_condition_key(key: str, values: Any) -> bool:
    return key != "" and _CONDITION_VALUES(values)


_TEXTS = _one_or_more(_is_text)
_CONDITION_VALUES = _one_or_more(lambda value: isinstance(value, (str, bool, int, float)))
_POLICY = {
    "Version": _Element(lambda value: value in ("2008-10-17", "2012-10-17"), "2008-10-17 or 2012-10-17"),
    "Id": _Element(_is_string, "a string"),
    "Statement": _Element(
        lambda value: isinstance(value, (dict, list)) and value != [], "an object or a non-empty list of objects"
    ),
}
_PRINCIPAL = _Element(
    _is_principal,
    "* or an object with keys among AWS, Federated, Service and CanonicalUser, none given twice, "
    "each with a non-empty string or a non-empty list of these",
)
_ACTIONS = _Element(_one_or_more(_is_action), "* or SERVICE:ACTION, or a non-empty list of these")
_RESOURCES = _Element(_TEXTS, "a non-empty string or a non-empty list of these")
_STATEMENT = {
    "Sid": _Element(_is_string, "a string"),
    "Effect": _Element(lambda value: value in ("Allow", "Deny"), "Allow or Deny"),
    "Principal": _PRINCIPAL,
    "NotPrincipal": _PRINCIPAL,
    "Action": _ACTIONS,
    "NotAction": _ACTIONS,
    "Resource": _RESOURCES,
    "NotResource": _RESOURCES,
    "Condition": _Element(
        _is_condition,
        "an object of condition operators, each with an object of condition keys, none given twice, "
        "each with a string, number or boolean or a non-empty list of these",
    ),
}
_REQUIRED = [
    ("Effect",),
    ("Principal", "NotPrincipal"),
    ("Action", "NotAction"),
    ("Resource", "NotResource"),
]
