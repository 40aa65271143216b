# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pure: what a playbook changes, from the results of its tasks, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

# GitHub takes at most 1 MiB from a step:
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
MAX_BYTES = 1024 * 1024
_OMITTED = "The diff is too large for this summary. The log of the job contains it.\n"


class Change(NamedTuple):
    """What changes in one container, or by one task of a module without containers."""

    name: str
    changes: list[str]


class Task(NamedTuple):
    """What one task reports for one host: its changes, the diff as text, and the messages of its failures."""

    name: str
    host: str
    changes: list[Change]
    diff: str
    failures: list[str]


def changes_of(result: dict[str, Any], task: str) -> Iterator[Change]:
    """Yield what the result of a task says about changes; `task` is its name, for modules that name no container."""
    if "results" in result:
        for item in result["results"]:
            yield from changes_of(item, task)
    elif any("action" in one for one in _containers(result)):
        for one in _containers(result):
            if one["changed"] or one["error"]:
                failed = ["failed"] if one["error"] else []
                yield Change(one["name"], [*one.get("changes", []), *failed] or [one["action"]])
    elif result.get("changed"):
        arguments = result.get("invocation", {}).get("module_args", {})
        yield Change(arguments.get("name") or task, _changed_keys(result.get("diff")) or ["changed"])


def failures_of(result: dict[str, Any]) -> list[str]:
    """Return the message of a failed task, or those of the items of a loop that failed."""
    if "results" in result:
        return [message for item in result["results"] if item.get("failed") for message in failures_of(item)]
    return [str(result.get("msg") or "The task failed. The log of the job contains its result.")]


def diffs_of(result: dict[str, Any]) -> list[Any]:
    """Return the diffs of a task or of the items of its loop, as Ansible takes them."""
    found = [item.get("diff") or [] for item in result.get("results", [result])]
    return [diff for one in found for diff in (one if isinstance(one, list) else [one])]


def markdown(title: str, tasks: list[Task]) -> str:
    """Return a section of Markdown: a table of what changes, the diffs, and the failures, at most MAX_BYTES long."""
    rows = [
        f"| {_code(task.host)} | {_code(change.name)} | {'<br>'.join(map(_code, change.changes))} |\n"
        for task in tasks
        for change in task.changes
    ]
    table = ["| Host | Container | Changes |\n| --- | --- | --- |\n", *rows, "\n"] if rows else []
    failures = [
        f"{_code(task.name)} failed on {_code(task.host)}:\n\n{_fenced(message, 'text')}"
        for task in tasks
        for message in task.failures
    ]
    diffs = [
        f"{_code(task.name)} on {_code(task.host)}:\n\n{_fenced(task.diff, 'diff')}" for task in tasks if task.diff
    ]
    parts = [f"### {title}\n\n", *failures, *table]
    complete = "".join([*parts, *diffs]) if rows or failures else "".join([*parts, "No changes.\n"])
    return complete if len(complete.encode()) <= MAX_BYTES else "".join([*parts, _OMITTED])


def _containers(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of the key containers, which other modules can use for something else."""
    listed = result.get("containers")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


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


def _code(text: str) -> str:
    """Return a code span, in which Markdown changes nothing, for a cell of a table."""
    return "`{}`".format(re.sub(r"\s+", " ", text).replace("`", "'").replace("|", "\\|"))


def _fenced(text: str, kind: str) -> str:
    """Return a fenced block whose fence is longer than any in the text."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{kind}\n{text.rstrip()}\n{fence}\n\n"
