# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lifecycle policy: rules of a lifecycle configuration.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html and the pages
troubleshoot-lifecycle, lifecycle-transition-general-considerations; of MediaStore, the page
https://docs.aws.amazon.com/mediastore/latest/ug/policies-object-lifecycle-components.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .findings import LIFECYCLE_RULE, Note, Report

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
_MIN_ARCHIVE_DAYS = 30


def translate_lifecycle(policy: Mapping[str, Any], report: Report) -> list[dict[str, Any]]:
    """Return Rules for a lifecycle policy.

    L3: a rule for each path, with the ID `mediastore-RULE-PATH`. L14: rules may overlap, the shorter time wins in both
    services, see _shortest. L15: no policy, no rules. L16: copies of objects are new objects. L18: what cannot be kept
    is omitted.
    """
    translated = [
        rule
        for number, declared in enumerate(policy.get("rules", []), start=1)
        for rule in _rules(number, declared, report.at(f"{LIFECYCLE_RULE} {number}"))
    ]
    if translated:
        report.at("container")(
            "lifecycle.age",
            "Object age restarts when an object is copied, so lifecycle rules count from the time of the copy.",
        )
    return _shortest(translated)


def _shortest(rules: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rules without those that have no effect beside one with the same prefix and action and fewer days.

    S3 can refuse such a pair ("Found two rules with same prefix").
    """
    shortest: dict[Any, dict[str, Any]] = {}
    for rule in rules:
        key = rule["Filter"]["Prefix"], "Expiration" in rule
        shortest[key] = min(shortest.get(key, rule), rule, key=_days)
    return list(shortest.values())


def _days(rule: Mapping[str, Any]) -> int:
    action: dict[str, int] = rule.get("Expiration") or rule["Transitions"][0]
    return action["Days"]


def _rules(number: int, rule: Mapping[str, Any], note: Note) -> list[dict[str, Any]]:
    definition = rule["definition"]
    if "seconds_since_create" in definition:
        _note_seconds(definition, note)
        return []
    paths = [_prefix(kind, text, note) for path in definition["path"] for kind, text in path.items()]
    prefixes = [(place, prefix) for place, prefix in enumerate(paths, start=1) if prefix is not None]
    if not prefixes:
        return []
    operator, days = definition["days_since_create"][0]["numeric"]
    action = _expiration(operator, days, note) if rule["action"] == "EXPIRE" else _transition(operator, days, note)
    return [
        {"ID": f"mediastore-{number}-{place}", "Filter": {"Prefix": prefix}, "Status": "Enabled", **action}
        for place, prefix in prefixes
        if prefix not in paths[: place - 1]
    ]


def _note_seconds(definition: Mapping[str, Any], note: Note) -> None:
    """L11 (S3:intro-lifecycle-rules): the least age in S3 is a day."""
    operator, seconds = definition["seconds_since_create"][0]["numeric"]
    note(
        "lifecycle.seconds",
        f"it expires objects with an age of {operator} {seconds} seconds, but S3 counts in days. Let the encoder delete"
        " old segments, or delete stale manifests with AWS Lambda. If you accept this finding, the rule is omitted and"
        " the objects are kept.",
    )


def _prefix(kind: str, text: str, note: Note) -> str | None:
    """Return the prefix for a path, None if no prefix is equivalent: L4 to L10 (S3:intro-lifecycle-rules).

    A prefix is a text that paths begin with, in both services. `*` in a wildcard matches any text, `/` included.
    """
    path = text.lstrip("/")
    is_all = path.strip("*") == "" if kind == "wildcard" else path == ""
    if path != text and is_all:
        note(
            "lifecycle.root",
            f"the path {text} may match all objects or none. Write the prefix '' for all objects. If you accept this"
            " finding, the path is omitted and the objects are kept.",
        )
        return None
    if path != text:
        note("lifecycle.leading_slash", f"the leading / of {text} is removed, because object keys do not begin with /.")
    if kind == "wildcard":
        return _prefix_of_wildcard(path, note)
    if path and not path.endswith("/"):
        note("lifecycle.string_prefix", f"the prefix {path} also matches longer names, such as {path}2/.")
    return path


def _prefix_of_wildcard(path: str, note: Note) -> str | None:
    """Return the prefix for `*` (L7) and `TEXT*` (L8), None with the reason for other paths (L9, L10)."""
    prefix = path.rstrip("*")
    if "*" in prefix or "\\" in prefix:
        note(
            "lifecycle.wildcard",
            f"S3 rules filter by prefix, which cannot match {path}. Use a separate folder for these objects, or tag"
            " them when you write them and add a rule for the tag. If you accept this finding, the path is omitted and"
            " the objects are kept.",
        )
        return None
    if prefix == path:
        note(
            "lifecycle.one_object",
            f"{path} names one object, but S3 rules filter by prefix and would match more. Use a separate folder for"
            " the object. If you accept this finding, the path is omitted and the object is kept.",
        )
        return None
    return prefix


def _expiration(operator: str, days: int, note: Note) -> dict[str, Any]:
    """L1: `>= N` is Days N, rounded up to the next midnight UTC. L2: `> N` is `>= N+1` (MediaStore counts whole days).

    Source: S3:troubleshoot-lifecycle, MS:policies-object-lifecycle-components.
    """
    if operator == ">":
        note(
            "lifecycle.more_than",
            f"S3 expires objects at the first midnight UTC after {days + 1} days. MediaStore expired them when they"
            f" were older than {days} days.",
        )
        days += 1
    return {"Expiration": {"Days": days}}


def _transition(operator: str, days: int, note: Note) -> dict[str, Any]:
    """L12: ARCHIVE is a transition to Standard-IA. L13: never before 30 days (S3:lifecycle-transition-...)."""
    least = days + 1 if operator == ">" else days
    moved = max(_MIN_ARCHIVE_DAYS, least)
    note(
        "lifecycle.archive",
        "S3 transitions objects to S3 Standard-IA. Objects smaller than 128 KB stay in S3 Standard. S3 charges for at"
        " least 30 days and 128 KB for each of the others.",
    )
    if (operator, days) != (">=", moved):
        note(
            "lifecycle.archive_days",
            f"it archives objects with an age of {operator} {days} days. S3 transitions them after {moved} days.",
        )
    return {"Transitions": [{"Days": moved, "StorageClass": "STANDARD_IA"}]}
