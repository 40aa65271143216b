# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many parts of a declaration there are, and how many of them the bucket keeps exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._policy_grammar import statements_of
from .findings import ACCESS_LOGGING, CORS_RULE, LIFECYCLE_RULE, METRIC_RULE, Finding, statement_places

# The parts of a declaration from which each aspect of the bucket comes.
_PARTS = {
    "policy": "policy_statements",
    "tags": "tags",
    "cors": "cors_rules",
    "lifecycle": "lifecycle_rules",
    "metrics": "metrics",
    "logging": "access_logging",
}


def count_parts(container: Mapping[str, Any], findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """Return the numbers of parts, `declared` and `exact`, by the aspects that a declaration contains.

    `container` is as for translate, and `findings` are those about it. A part is a tag, a statement, a rule, the
    metrics of the container, or access logging. It is exact if no finding is about it.
    """
    found = {finding.where for finding in findings}
    parts = _parts(container)
    return {
        "declared": {aspect: len(places) for aspect, places in parts.items()},
        "exact": {aspect: sum(place not in found for place in places) for aspect, places in parts.items()},
    }


def without_aspects(parts: Mapping[str, Mapping[str, int]], aspects: Iterable[str]) -> dict[str, Mapping[str, int]]:
    """Return the numbers of parts where the bucket keeps nothing of these aspects, keys of OPTIONS."""
    lost = {_PARTS[aspect] for aspect in aspects if aspect in _PARTS}
    return {**parts, "exact": {part: 0 if part in lost else number for part, number in parts["exact"].items()}}


def _parts(container: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return where findings about each part are, by aspect."""
    parts: dict[str, list[str]] = {}
    if container.get("tags") is not None:
        parts["tags"] = [f"tag {key}" for key in container["tags"]]
    if container.get("policy") is not None:
        parts["policy_statements"] = _statements(container["policy"])
    if container.get("cors_policy") is not None:
        parts["cors_rules"] = _numbered(CORS_RULE, container["cors_policy"])
    if container.get("lifecycle_policy") is not None:
        parts["lifecycle_rules"] = _numbered(LIFECYCLE_RULE, container["lifecycle_policy"].get("rules", []))
    if container.get("metric_policy") is not None:
        parts["metrics"] = _metrics(container["metric_policy"])
    if container.get("access_logging_enabled") is not None:
        parts["access_logging"] = [ACCESS_LOGGING]
    return parts


def _statements(policy: Mapping[str, Any]) -> list[str]:
    return statement_places(statements_of(dict(policy))) if policy else []


def _numbered(kind: str, rules: Iterable[Any]) -> list[str]:
    return [f"{kind} {number}" for number, _rule in enumerate(rules, start=1)]


def _metrics(policy: Mapping[str, Any]) -> list[str]:
    of_container = ["metrics of the container"] if policy.get("container_level_metrics") else []
    return [*of_container, *(f"{METRIC_RULE} {rule['object_group_name']}" for rule in policy.get("rules") or [])]
