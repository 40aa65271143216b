# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conditions of statements: which of them mean the same in S3.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (global keys) and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._policy_grammar import items_of
from .findings import Note

_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)")
_ESCAPES = ("*", "?", "$")
_RESOURCE_TAG = "aws:resourcetag/"
_OPERATOR = re.compile(r"(?:(forallvalues|foranyvalue):)?(.*?)(ifexists)?", re.DOTALL)


def translate_condition(
    statement: Mapping[str, Any], has_variables: bool, note: Note
) -> dict[str, dict[str, Any]] | None:
    """Return the Condition of a statement in S3, None for an Allow that cannot be kept.

    C1, C2: global keys are the same. What is not exact would make an Allow wider or a Deny narrower: such an Allow is
    omitted, and such a Deny loses the one condition, so that it denies more.
    """
    kept: dict[str, dict[str, Any]] = {}
    is_allow = statement["Effect"] == "Allow"
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            if _is_kept(operator, key, values, is_allow, has_variables, note):
                kept.setdefault(operator, {})[key] = _as_text(values)
            elif is_allow:
                return None
    return kept


def _as_text(values: Any) -> Any:
    """Return condition values with booleans as text, which means the same: not all servers accept JSON booleans."""
    if isinstance(values, list):
        return [_as_text(value) for value in values]
    return str(values).lower() if isinstance(values, bool) else values


def _is_kept(operator: str, key: str, values: Any, is_allow: bool, has_variables: bool, note: Note) -> bool:
    used = [key.lower(), *(_variables(values) if has_variables else ())]
    outcome = "the statement is omitted" if is_allow else "the statement denies without this condition"
    for name in used:
        if name.startswith("aws:requesttag/") or name == "aws:tagkeys":
            note(
                "policy.tag_condition",
                f"only requests that tag the container include {name}. If you accept this finding, {outcome}.",
            )
            return False
        if not name.startswith("aws:"):
            note(
                "policy.condition_key",
                f"{name} is not a global condition key, and MediaStore has no other keys. If you accept this finding,"
                f" {outcome}.",
            )
            return False
    if not any(name.startswith(_RESOURCE_TAG) for name in used):
        return True
    if not is_allow or any(name.startswith(_RESOURCE_TAG) for name in used[1:]) or matches_missing(operator, values):
        note(
            "policy.resource_tag_lost",
            "S3 requests include aws:ResourceTag only if ABAC is enabled for the bucket. Without it, S3 would allow"
            f" more requests. If you accept this finding, {outcome}.",
        )
        return False
    note(
        "policy.resource_tag",
        "S3 requests include aws:ResourceTag only if ABAC is enabled for the bucket: enable ABAC.",
    )
    return True


def _variables(values: Any) -> Iterator[str]:
    """Yield the keys of the policy variables in condition values, in lower case."""
    for value in items_of(values):
        for name in _VARIABLE.findall(value) if isinstance(value, str) else ():
            if name not in _ESCAPES:
                yield name.lower()


def variables_are_global(text: str) -> bool:
    """Return whether the policy variables in a text mean the same in both services."""
    return all(
        name.startswith("aws:") and not name.startswith((_RESOURCE_TAG, "aws:requesttag/", "aws:tagkeys"))
        for name in _variables(text)
    )


def matches_missing(operator: str, values: Any) -> bool:
    """Return whether an operator is true if the request lacks the key."""
    match = _OPERATOR.fullmatch(operator.lower())
    quantifier, name, if_exists = match.groups() if match else (None, "", None)
    if name == "null":
        return any(str(value).lower() != "false" for value in items_of(values))
    if if_exists or quantifier == "forallvalues":
        return True
    return "not" in name and quantifier is None


def with_source(condition: Mapping[str, Mapping[str, Any]], arn: str) -> dict[str, dict[str, Any]] | None:
    """Return the condition that is true if `condition` is and AWS:SourceArn is `arn`; None if it never is."""
    joined = {operator: dict(keys) for operator, keys in condition.items()}
    operator = next((name for name in joined if name.lower() == "stringequals"), "StringEquals")
    keys = joined.setdefault(operator, {})
    key = next((name for name in keys if name.lower() == "aws:sourcearn"), "AWS:SourceArn")
    if arn not in items_of(keys.get(key, arn)):
        return None
    keys[key] = arn
    return joined
