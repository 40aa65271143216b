# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metric policy: request metrics configurations.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-configurations.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_MetricsConfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._input import check_limits
from .findings import METRIC_RULE, Note, Report

# The Id that S3's own console and AWS's solution "Live Streaming on AWS with Amazon S3" use.
ENTIRE_BUCKET = "EntireBucket"
_MAX_CONFIGURATIONS = 1000


def translate_metrics(container: str, policy: Mapping[str, Any], report: Report) -> dict[str, dict[str, Any]]:
    """Return MetricsConfiguration by Id for a metric policy.

    M1, M2: EntireBucket replaces the metrics of the container. M7: metrics have other names. M9: what the bucket has
    beside them is removed. Raises InvalidInputError for more configurations than S3 takes.
    """
    if not policy:
        return {}
    configurations = {ENTIRE_BUCKET: _configuration(ENTIRE_BUCKET, "")} if policy["container_level_metrics"] else {}
    if policy.get("rules") is None:
        report.at("container")(
            "metrics.rules_missing", "Its metric policy omits rules: the bucket has no metrics of object groups."
        )
    for rule in policy.get("rules") or []:
        name = rule["object_group_name"]
        prefix = _prefix(name, rule["object_group"], report.at(f"{METRIC_RULE} {name}"))
        if prefix is not None:
            configurations[name] = _configuration(name, prefix)
    check_limits(
        f"The number of metrics configurations of container {container}", len(configurations), 0, _MAX_CONFIGURATIONS
    )
    if configurations:
        report.at("container")(
            "metrics.names",
            "S3 metrics have other names (AWS/S3, BucketName, FilterId), and ThrottleCount has no counterpart. Change"
            " your alarms and dashboards, see the guide Moving containers to Amazon S3.",
        )
    return configurations


def _configuration(name: str, prefix: str) -> dict[str, Any]:
    """Return a MetricsConfiguration, without Filter for the whole bucket (M4)."""
    return {"Id": name, "Filter": {"Prefix": prefix}} if prefix else {"Id": name}


def _prefix(name: str, group: str, note: Note) -> str | None:
    """Return the prefix of an object group: M3, `TEXT*`; M4, `*`; M5, `TEXT`. Others: None, with the reason (M6, M8).

    Source: S3:metrics-configurations-filter, which has one prefix and no wildcards.
    """
    if name == ENTIRE_BUCKET:
        note(
            "metrics.entire_bucket",
            "its name is the ID of the metrics of the whole bucket. Rename the rule. If you accept this finding, the"
            " rule is omitted.",
        )
        return None
    path = group.lstrip("/")
    if not path:
        note(
            "metrics.root",
            f"{group} may match all objects or none. Write * for all objects. If you accept this finding, the rule is"
            " omitted.",
        )
        return None
    prefix = path.rstrip("*")
    if "*" in prefix:
        note(
            "metrics.wildcard",
            f"S3 filters metrics by prefix, which cannot match {group}. Use a separate folder for these objects. If you"
            " accept this finding, the rule is omitted.",
        )
        return None
    if path != group:
        note("metrics.leading_slash", f"the leading / of {group} is removed, because object keys do not begin with /.")
    if prefix and prefix == path:
        note("metrics.prefix", f"S3 counts requests for all keys that begin with {path}.")
    return prefix
