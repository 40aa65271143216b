# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metric policy: the metrics that the service sends to CloudWatch."""

from __future__ import annotations

import re
from typing import Any

from .._document import Document
from .._errors import expect, expect_member
from .._input import InvalidInputError, check_limits

# Model shapes MetricPolicyRules, ObjectGroup and ObjectGroupName.
_MAX_RULES = 300
_OBJECT_GROUP = re.compile(r"/?(?:[A-Za-z0-9_=:.\-~*]+/){0,10}(?:[A-Za-z0-9_=:.\-~*]+)?/?")
_MAX_OBJECT_GROUP = 900
_OBJECT_GROUP_NAME = re.compile(r"[a-zA-Z0-9_]{1,30}")


def canonical_metric(policy: dict[str, Any]) -> dict[str, Any]:
    """Return the one form that equal metric policies share: the rules are a set, and each has a unique name.

    Source: https://docs.aws.amazon.com/mediastore/latest/apireference/API_MetricPolicy.html
    """
    rules = {(rule["object_group_name"], rule["object_group"]): rule for rule in policy["rules"]}
    return {**policy, "rules": [rules[key] for key in sorted(rules)]}


def load_metric(stored: dict[str, Any]) -> dict[str, Any]:
    """Return model shape MetricPolicy as the options of the module."""
    rules = expect(stored.get("MetricPolicyRules") or [], list, "MetricPolicyRules")
    return {
        "container_level_metrics": expect_member(stored, "ContainerLevelMetrics", str) == "ENABLED",
        "rules": [
            {
                "object_group": expect_member(rule, "ObjectGroup", str),
                "object_group_name": expect_member(rule, "ObjectGroupName", str),
            }
            for rule in rules
        ],
    }


def dump_metric(policy: dict[str, Any]) -> dict[str, Any]:
    """Return a policy as model shape MetricPolicy, which cannot contain an empty list of rules."""
    rules = [
        {"ObjectGroup": rule["object_group"], "ObjectGroupName": rule["object_group_name"]} for rule in policy["rules"]
    ]
    metrics = "ENABLED" if policy["container_level_metrics"] else "DISABLED"
    return {"ContainerLevelMetrics": metrics, **({"MetricPolicyRules": rules} if rules else {})}


def check_metric(policy: dict[str, Any]) -> dict[str, Any]:
    """Return the policy of a user; raise InvalidInputError if the service would refuse it."""
    if policy["container_level_metrics"] is None:
        raise InvalidInputError("The metric policy has no container_level_metrics; it must be true or false")
    rules = policy["rules"] or []
    check_limits("The number of metric rules", len(rules), 0, _MAX_RULES)
    names: dict[str, int] = {}
    for number, rule in enumerate(rules, start=1):
        where, group, name = f"Metric rule {number}", rule["object_group"], rule["object_group_name"]
        check_limits(f"{where}: the length of object_group", len(group), 1, _MAX_OBJECT_GROUP)
        if not _OBJECT_GROUP.fullmatch(group):
            raise InvalidInputError(
                f"{where}: object_group is {group!r}; it must be a path of up to 10 folders, '*' for any text"
            )
        if not _OBJECT_GROUP_NAME.fullmatch(name):
            raise InvalidInputError(
                f"{where}: object_group_name is {name!r}; it must be 1 to 30 letters, digits and '_'"
            )
        if name in names:
            raise InvalidInputError(f"{where}: object_group_name {name!r} is already that of rule {names[name]}")
        names[name] = number
    return policy


def merge_metric(current: dict[str, Any] | None, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the target policy, which keeps the current rules if the user omitted them."""
    if wanted["rules"] is not None:
        return wanted
    return {**wanted, "rules": current["rules"] if current else []}


METRIC_POLICY = Document(
    key="metric_policy",
    title="metric policy",
    option=dict(
        type="dict",
        options=dict(
            container_level_metrics=dict(type="bool"),
            rules=dict(
                type="list",
                elements="dict",
                options=dict(
                    object_group=dict(type="str", required=True),
                    object_group_name=dict(type="str", required=True),
                ),
            ),
        ),
    ),
    operation="metric_policy",
    member="MetricPolicy",
    wire_type=dict,
    not_found="PolicyNotFoundException",
    load=load_metric,
    check=check_metric,
    dump=dump_metric,
    canonical=canonical_metric,
    merge=merge_metric,
)
