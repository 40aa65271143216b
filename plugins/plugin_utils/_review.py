# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pure: what a playbook changes, from the results of its tasks, as Markdown."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any, NamedTuple

# GitHub takes at most 1 MiB from a step:
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
MAX_BYTES = 1024 * 1024
# The keys of each entry of `containers` in results of this collection. Other modules can use that key differently.
_ENTRY = {"name", "action", "changed", "error"}
_OMITTED = "The diff is too large for this summary. The log of the job contains it.\n"
_CUT = "\nThe summary is incomplete, because it is too large. The log of the job contains the rest.\n"
_MAX_MESSAGE = 10_000


class Change(NamedTuple):
    """What changes in one container, or by one task of a module that names none."""

    name: str
    changes: list[str]


class Outcome(NamedTuple):
    """What a task, or one item of its loop, reports for a host: changes, their diff as text, and why it failed."""

    task: str
    host: str
    changes: list[Change]
    diff: str
    failure: str


def changes_of(result: dict[str, Any], name: str) -> list[Change]:
    """Return what a result says about changes; `name` is that of a module for one container, or of the task."""
    containers = result.get("containers")
    if isinstance(containers, list) and all(isinstance(one, dict) and one.keys() >= _ENTRY for one in containers):
        return [
            Change(one["name"], [*one.get("changes", []), *(["failed"] if one["error"] else [])] or [one["action"]])
            for one in containers
            if one["changed"] or one["error"]
        ]
    if result.get("changed") and result.get("ansible_job_id") and not result.get("finished"):
        # The start of a task with poll=0, of which Ansible says that it changes.
        return [Change(name, ["started"])]
    return [Change(name, _changed_keys(result.get("diff")) or ["changed"])] if result.get("changed") else []


def markdown(title: str, outcomes: list[Outcome], max_bytes: int = MAX_BYTES) -> str:
    """Return a section of Markdown of at most `max_bytes`: the failures, a table of what changes, and the diffs.

    If that is too long, it has no diffs; if it still is, it has only what fits and a sentence that says so.
    """
    rows = [
        f"| {_code(one.host)} | {_code(change.name)} | {'<br>'.join(map(_code, change.changes))} |\n"
        for one in outcomes
        for change in one.changes
    ]
    table = ["| Host | Container | Changes |\n| --- | --- | --- |\n", *rows, "\n"] if rows else []
    failures = [
        f"{_place(one)} failed:\n\n{_fenced(_shortened(one.failure), 'text')}" for one in outcomes if one.failure
    ]
    parts = [f"### {title}\n\n", *failures, *table] if failures or table else [f"### {title}\n\nNo changes.\n"]
    diffs = [f"{_place(one)}:\n\n{_fenced(one.diff, 'diff')}" for one in outcomes if one.diff]
    for section in ("".join([*parts, *diffs]), "".join([*parts, _OMITTED])):
        if len(section.encode()) <= max_bytes:
            return section
    sizes = accumulate(len(part.encode()) for part in parts)
    return "".join([*(part for part, size in zip(parts, sizes) if size <= max_bytes - len(_CUT)), _CUT])


def _place(outcome: Outcome) -> str:
    """Return the host, the task, and the name of the container if it is the only one."""
    names = [change.name for change in outcome.changes if change.name != outcome.task]
    return ": ".join(map(_code, [outcome.host, outcome.task, *(names if len(names) == 1 else [])]))


def _changed_keys(diff: Any) -> list[str]:
    """Return which keys of a diff with two dictionaries differ, or that the resource is created or deleted."""
    before, after = (diff.get(side) for side in ("before", "after")) if isinstance(diff, dict) else (None, None)
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return []
    if "name" in after and not before:
        return ["created"]
    if "name" in before and not after:
        return ["deleted"]
    return [name for key in {**before, **after} for name in _differing(key, before.get(key), after.get(key))]


def _differing(key: str, before: Any, after: Any) -> list[str]:
    """Return the key if its values differ; of tags, a text for each tag that differs."""
    if key == "tags" and isinstance(before, dict) and isinstance(after, dict):
        return [f"tags: {tag}" for tag in {**before, **after} if before.get(tag) != after.get(tag)]
    return [key] if before != after else []


def _shortened(text: str) -> str:
    """Return the beginning of a message that is longer than a reader reads."""
    return text if len(text) <= _MAX_MESSAGE else f"{text[:_MAX_MESSAGE]} [...]"


def _code(text: str) -> str:
    """Return a code span, in which Markdown changes nothing, for a cell of a table."""
    # At GitHub, a cell ends after two backslashes and |, because the first escapes the second.
    return "`{}`".format(re.sub(r"\\*\|", r"\\|", re.sub(r"\s+", " ", text).replace("`", "'")))


def _fenced(text: str, kind: str) -> str:
    """Return a fenced block whose fence is longer than any in the text."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{kind}\n{text.rstrip()}\n{fence}\n\n"
