# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules for policies and tags that AWS documents in prose and botocore's model does not contain. Pure functions.

Each takes values that passed the model check, and raises InvalidRequestError with one sentence if they break a rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .. import strict_json
from ..errors import InvalidRequestError
from ..iam.policy_grammar import as_list, check_grammar, mark_duplicates

MAX_CORS_CHARACTERS = 398_000
MAX_TAGS = 50
_MAX_RULES = _MAX_PATHS = 10
_MAX_AGE = {"days_since_create": 36_500, "seconds_since_create": 300}


def check_container_policy(text: str, container_arn: str) -> None:
    """Check a container policy: JSON text in IAM's grammar, each Resource of which is inside the container.

    NotResource has no such scope. The scope and the message are those of an error that the service returned.
    """
    policy = _json_object(text, "The container policy")
    try:
        check_grammar(policy)
    except ValueError as problem:
        raise InvalidRequestError(f"Invalid Container Policy: {problem}.") from None
    for number, statement in enumerate(as_list(policy["Statement"]), 1):
        for resource in as_list(statement.get("Resource", [])):
            if not resource.startswith(f"{container_arn}/"):
                raise InvalidRequestError(
                    f"Invalid Container Policy: Resource in statement '{statement.get('Sid') or number}' "
                    f"must be scoped to files inside {container_arn}"
                )


def check_cors_policy(rules: list[dict[str, Any]]) -> None:
    """Check a CORS policy, a list of CorsRule shapes.

    Each rule needs a method, an origin or allowed header contains at most one `*` (documentation of CorsRule in the
    model), and the policy as compact JSON has at most 398,000 characters (User Guide, "Rules for CORS policies").
    """
    for number, rule in enumerate(rules, 1):
        if not rule.get("AllowedMethods"):
            raise InvalidRequestError(f"CORS rule {number} must contain at least one AllowedMethods element.")
        for text in rule["AllowedOrigins"] + rule["AllowedHeaders"]:
            if text.count("*") > 1:
                raise InvalidRequestError(f"CORS rule {number}: '{text}' can include only one wildcard character (*).")
    if len(json.dumps(rules, separators=(",", ":"), ensure_ascii=False)) > MAX_CORS_CHARACTERS:
        raise InvalidRequestError(f"The CORS policy can have at most {MAX_CORS_CHARACTERS} characters.")


def check_lifecycle_policy(text: str) -> None:
    """Check an object lifecycle policy: the JSON text `{"rules": [{"definition": {...}, "action": "EXPIRE"}]}`.

    Source: the MediaStore User Guide, "Components of an object lifecycle policy".
    """
    policy = _json_object(text, "The lifecycle policy")
    rules = policy.get("rules")
    if set(policy) != {"rules"} or not isinstance(rules, list) or not 1 <= len(rules) <= _MAX_RULES:
        raise InvalidRequestError(f"The lifecycle policy must contain only rules, a list of 1 to {_MAX_RULES} rules.")
    for number, rule in enumerate(rules, 1):
        problem = _lifecycle_problem(rule)
        if problem:
            raise InvalidRequestError(f"Lifecycle rule {number} {problem}.")


def check_metric_policy(policy: Mapping[str, Any], max_rules: int) -> None:
    """Check a MetricPolicy shape: at most `max_rules` rules (an account's quota), each object group name used once."""
    rules = policy.get("MetricPolicyRules", [])
    if len(rules) > max_rules:
        raise InvalidRequestError(f"The metric policy can have at most {max_rules} rules.")
    names = [rule["ObjectGroupName"] for rule in rules]
    if len(set(names)) < len(names):
        raise InvalidRequestError("Each object group name must be unique within the metric policy.")


def check_tag_keys(keys: Iterable[str]) -> None:
    """Refuse keys that AWS reserves, regardless of case (Tagging AWS Resources, "Tag naming limits")."""
    for key in keys:
        if key.lower().startswith("aws:"):
            raise InvalidRequestError(f"The tag key '{key}' is reserved: keys that start with aws: cannot be changed.")


def check_tag_count(tags: Mapping[str, str]) -> None:
    """Refuse more than 50 tags on one container, counted after merging (documentation of CreateContainerInput.Tags).

    The code is ValidationException because the model defines no LimitExceededException for TagResource.
    """
    if len(tags) > MAX_TAGS:
        raise InvalidRequestError(f"A container can have at most {MAX_TAGS} tags.")


def _json_object(text: str, title: str) -> dict[str, Any]:
    try:
        document = strict_json.parse(text, mark_duplicates)
    except ValueError:
        raise InvalidRequestError(f"{title} is not valid JSON.") from None
    if not isinstance(document, dict):
        raise InvalidRequestError(f"{title} must be a JSON object.")
    return document


def _lifecycle_problem(rule: Any) -> str | None:
    if not isinstance(rule, dict) or set(rule) != {"definition", "action"} or not isinstance(rule["definition"], dict):
        return "must have a definition and an action"
    definition = rule["definition"]
    ages = [key for key in _MAX_AGE if key in definition]
    if len(ages) != 1 or set(definition) != {"path", *ages}:
        return "must define a path and one of days_since_create or seconds_since_create"
    kinds = _path_kinds(definition["path"])
    if kinds not in ({"prefix"}, {"wildcard"}):
        return f"must have a path of 1 to {_MAX_PATHS} objects, all with a prefix or all with a wildcard"
    if not _is_age(definition[ages[0]], _MAX_AGE[ages[0]]):
        return f'must have {ages[0]} as [{{"numeric": [">" or ">=", 1 to {_MAX_AGE[ages[0]]}]}}]'
    if rule["action"] not in ("EXPIRE", "ARCHIVE"):
        return "must have the action EXPIRE or ARCHIVE"
    if ages == ["seconds_since_create"] and (kinds != {"wildcard"} or rule["action"] != "EXPIRE"):
        return "uses seconds_since_create, which requires wildcard paths and the action EXPIRE"
    return None


def _path_kinds(paths: Any) -> set[str]:
    if not isinstance(paths, list) or not 1 <= len(paths) <= _MAX_PATHS:
        return set()
    if not all(isinstance(path, dict) and len(path) == 1 for path in paths):
        return set()
    pairs = [pair for path in paths for pair in path.items()]
    return {key for key, _value in pairs} if all(isinstance(value, str) for _key, value in pairs) else set()


def _is_age(value: Any, longest: int) -> bool:
    try:
        [comparison] = value
        [[operator, number]] = comparison.values()
    except (AttributeError, TypeError, ValueError):
        return False
    # In Python, True is an int. In JSON, it is not a number.
    is_number = isinstance(number, int) and not isinstance(number, bool)
    return set(comparison) == {"numeric"} and operator in (">", ">=") and is_number and 1 <= number <= longest
