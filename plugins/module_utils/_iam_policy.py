# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM policy documents as parts, with what each means.

Pure functions over parsed JSON. If AWS does not document that two spellings mean the same, they are different: an
unnecessary write is harmless, a missed change is not.
"""

from __future__ import annotations

import ipaddress
import json
import re
from functools import partial
from typing import Any, Callable

from ._parts import ABSENT, Kind, Part, entries, items, literal, members, plain

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
_DEFAULT_VERSION = "2008-10-17"
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_PARTITION = re.compile(r"arn:(aws(?:-[a-z0-9]+)*):")
_IP_ADDRESS_OPERATOR = re.compile(r"(?:ForAnyValue:|ForAllValues:)?(?:Not)?IpAddress(?:IfExists)?")
_STATEMENTS = Kind("policy: statement", name="Sid")


def policy_parts(document: Any) -> Part:
    """Return the parts of an IAM policy document, a parsed JSON document.

    The order of statements has no meaning, and each value that can be a string or a list is a set. A value that is not
    an object, which a server may have stored, is a literal.

    Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html and the pages below it.
    """
    if not isinstance(document, dict):
        return literal(document)
    parts = {name: plain(value) for name, value in document.items()}
    parts.setdefault("Version", Part(ABSENT, _DEFAULT_VERSION))
    if "Statement" in document:
        parts["Statement"] = entries(document["Statement"], _STATEMENTS, _statement)
    return members(document, parts)


def _statement(statement: Any) -> Part:
    if not isinstance(statement, dict):
        return literal(statement)
    parse: dict[str, Callable[[Any], Part]] = {
        # Action names ignore case: .../reference_policies_elements_action.html
        "Action": partial(items, meaning=_lower_ascii),
        "NotAction": partial(items, meaning=_lower_ascii),
        "Resource": items,
        "NotResource": items,
        "Principal": partial(_principal, statement=statement),
        "NotPrincipal": partial(_principals, statement=statement),
        "Condition": _condition,
    }
    return members(statement, {element: parse.get(element, plain)(value) for element, value in statement.items()})


def _principal(value: Any, statement: dict[str, Any]) -> Part:
    # "*" and {"AWS": "*"} are equal only in an Allow statement: .../reference_policies_elements_principal.html
    if value == "*" and statement.get("Effect") == "Allow":
        return members(value, {"AWS": items(value)})
    return _principals(value, statement)


def _principals(value: Any, statement: dict[str, Any]) -> Part:
    if not isinstance(value, dict):
        return literal(value)
    meaning = {"AWS": partial(_root_arn, partition=_partition(statement))}
    return members(value, {kind: items(ids, meaning.get(kind, _same)) for kind, ids in value.items()})


def _partition(statement: dict[str, Any]) -> str | None:
    """Return the partition of the statement's resource ARNs, ``aws`` if they name none, None if they name several."""
    values = (statement.get("Resource"), statement.get("NotResource"))
    resources = [item for value in values for item in (value if isinstance(value, list) else [value])]
    found = {match.group(1) for item in resources if isinstance(item, str) and (match := _PARTITION.match(item))}
    return (found or {"aws"}).pop() if len(found) < 2 else None


def _root_arn(principal: Any, partition: str | None) -> Any:
    # The ID of an account means its root: .../reference_policies_elements_principal.html#principal-accounts
    if partition and isinstance(principal, str) and _ACCOUNT_ID.fullmatch(principal):
        return f"arn:{partition}:iam::{principal}:root"
    return principal


def _condition(value: Any) -> Part:
    if not isinstance(value, dict):
        return literal(value)
    return members(value, {operator: _condition_keys(operator, keys) for operator, keys in value.items()})


def _condition_keys(operator: str, keys: Any) -> Part:
    if not isinstance(keys, dict):
        return literal(keys)
    # Condition key names ignore case: .../reference_policies_elements_condition.html. Names that differ only in case
    # have no documented meaning, so they are not changed.
    fold = _lower_ascii if len({_lower_ascii(key) for key in keys}) == len(keys) else str
    is_address = bool(_IP_ADDRESS_OPERATOR.fullmatch(operator))
    meaning = partial(_condition_value, is_address=is_address)
    return members(keys, {key: items(values, meaning) for key, values in keys.items()}, fold)


def _condition_value(value: Any, is_address: bool) -> Any:
    if isinstance(value, (bool, int, float)):
        value = json.dumps(value)
    if is_address and isinstance(value, str):
        return _network(value)
    return value


def _network(address: str) -> str:
    # .../reference_policies_elements_condition_operators.html#Conditions_IPAddress: no prefix means one address
    try:
        return f"{address}/{ipaddress.ip_address(address).max_prefixlen}"
    except ValueError:
        return address


def _same(value: Any) -> Any:
    return value


def _lower_ascii(value: Any) -> Any:
    # What AWS compares regardless of case is ASCII. Other letters that differ can have the same lower case.
    return value.lower() if isinstance(value, str) and value.isascii() else value
