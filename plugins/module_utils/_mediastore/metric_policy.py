# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metric policy as the service stores it: model shape MetricPolicy."""

from __future__ import annotations

from typing import Any

from .._declaration.metric_policy import METRIC_MEMBERS
from .._document import Document
from .._errors import expect, expect_member
from .._parts import Kind, Part, entries, members, plain

_RULES = Kind("metric rule", name="object_group_name")


def metric_parts(policy: dict[str, Any]) -> Part:
    """Return the parts of a metric policy: the rules are a set, and each has a unique name.

    Source: https://docs.aws.amazon.com/mediastore/latest/apireference/API_MetricPolicy.html
    """
    rules = entries(policy["rules"], _RULES, plain)
    return members(policy, {"container_level_metrics": plain(policy["container_level_metrics"]), "rules": rules})


def load_metric(stored: dict[str, Any]) -> dict[str, Any]:
    """Return model shape MetricPolicy as the options of the module."""
    rules = expect(stored.get("MetricPolicyRules") or [], list, "MetricPolicyRules")
    return {
        "container_level_metrics": expect_member(stored, "ContainerLevelMetrics", str) == "ENABLED",
        "rules": [
            {option: expect_member(rule, member, str) for option, member in METRIC_MEMBERS.items()} for rule in rules
        ],
    }


def dump_metric(policy: dict[str, Any]) -> dict[str, Any]:
    """Return a policy as model shape MetricPolicy, which cannot contain an empty list of rules."""
    rules = [{member: rule[option] for option, member in METRIC_MEMBERS.items()} for rule in policy["rules"]]
    metrics = "ENABLED" if policy["container_level_metrics"] else "DISABLED"
    return {"ContainerLevelMetrics": metrics, **({"MetricPolicyRules": rules} if rules else {})}


def merge_metric(current: dict[str, Any] | None, desired: dict[str, Any]) -> dict[str, Any]:
    """Return the target policy, which keeps the current rules if the user omitted them."""
    if desired["rules"] is not None:
        return desired
    return {**desired, "rules": current["rules"] if current else []}


METRIC_POLICY = Document(
    key="metric_policy",
    title="metric policy",
    operation="metric_policy",
    member="MetricPolicy",
    wire_type=dict,
    not_found="PolicyNotFoundException",
    load=load_metric,
    dump=dump_metric,
    parts=metric_parts,
    merge=merge_metric,
)
