# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metric policy as users give it: the metrics that the service sends to CloudWatch."""

from __future__ import annotations

import re
from typing import Any

from .._input import InvalidInputError, check_limits
from .document import DocumentOption

# Options of a rule and members of model shape MetricPolicyRule.
METRIC_MEMBERS = {"object_group": "ObjectGroup", "object_group_name": "ObjectGroupName"}
# Model shapes MetricPolicyRules, ObjectGroup and ObjectGroupName.
_MAX_RULES = 300
_OBJECT_GROUP = re.compile(r"/?(?:[A-Za-z0-9_=:.\-~*]+/){0,10}(?:[A-Za-z0-9_=:.\-~*]+)?/?")
_MAX_OBJECT_GROUP = 900
_OBJECT_GROUP_NAME = re.compile(r"[a-zA-Z0-9_]{1,30}")


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


METRIC_POLICY_OPTION = DocumentOption(
    key="metric_policy",
    argument=dict(
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
    check=check_metric,
)
