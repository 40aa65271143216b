# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Equality of IAM policy documents.

Pure functions over parsed JSON. Two documents are equal when their canonical forms are; if AWS does not document
that two spellings mean the same, they are different: an unnecessary write is harmless, a missed change is not.
"""

from __future__ import annotations

import ipaddress
import json
import re
from functools import partial
from typing import Any, Callable

from ._json_text import canonical_json

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
_DEFAULT_VERSION = "2008-10-17"
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_PARTITION = re.compile(r"arn:(aws(?:-[a-z0-9]+)*):")
_IP_ADDRESS_OPERATOR = re.compile(r"(?:ForAnyValue:|ForAllValues:)?(?:Not)?IpAddress(?:IfExists)?")


def canonical_policy(document: Any) -> Any:
    """Return the one form that all spellings of an IAM policy document share.

    Takes a parsed JSON document and returns a policy with the same meaning: each value that can be a string or a list
    is a sorted list without duplicates, and statements are sorted. A value that is not an object, which a server may
    have stored, is returned unchanged.

    Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html and the pages below it.
    """
    if not isinstance(document, dict):
        return document
    policy = {"Version": _DEFAULT_VERSION, **document}
    statements = policy.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if isinstance(statements, list):
        policy["Statement"] = sorted(map(_statement, statements), key=canonical_json)
    return policy


def _statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    rules = {
        "Action": _actions,
        "NotAction": _actions,
        "Resource": _sorted_unique,
        "NotResource": _sorted_unique,
        "Principal": lambda value: _principal(_expand_anyone(value, statement), statement),
        "NotPrincipal": lambda value: _principal(value, statement),
        "Condition": _condition,
    }
    return {element: rules[element](value) if element in rules else value for element, value in statement.items()}


def _actions(value: Any) -> Any:
    # Action names ignore case: .../reference_policies_elements_action.html
    return _sorted_unique(_map_items(_lower_ascii, value))


def _expand_anyone(value: Any, statement: dict[str, Any]) -> Any:
    # "*" and {"AWS": "*"} are equal only in an Allow statement: .../reference_policies_elements_principal.html
    return {"AWS": "*"} if value == "*" and statement.get("Effect") == "Allow" else value


def _principal(value: Any, statement: dict[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    root_arn = partial(_root_arn, partition=_partition(statement))
    return {kind: _sorted_unique(_map_items(root_arn, ids) if kind == "AWS" else ids) for kind, ids in value.items()}


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


def _condition(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {operator: _condition_keys(operator, keys) for operator, keys in value.items()}


def _condition_keys(operator: str, keys: Any) -> Any:
    if not isinstance(keys, dict):
        return keys
    # Condition key names ignore case: .../reference_policies_elements_condition.html. Names that differ only in case
    # have no documented meaning, so they are not changed.
    fold = _lower_ascii if len({_lower_ascii(key) for key in keys}) == len(keys) else str
    is_address = bool(_IP_ADDRESS_OPERATOR.fullmatch(operator))
    values_of = partial(_condition_value, is_address=is_address)
    return {fold(key): _sorted_unique(_map_items(values_of, values)) for key, values in keys.items()}


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


def _map_items(change: Callable[[Any], Any], value: Any) -> Any:
    return [change(item) for item in value] if isinstance(value, list) else change(value)


def _sorted_unique(value: Any) -> Any:
    """Return a string or a list as a sorted list without duplicates, any other value unchanged."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [json.loads(item) for item in sorted({canonical_json(item) for item in value})]
    return value


def _lower_ascii(value: Any) -> Any:
    # What AWS compares regardless of case is ASCII. Other letters that differ can have the same lower case.
    return value.lower() if isinstance(value, str) and value.isascii() else value
