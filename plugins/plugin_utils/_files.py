# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of files of any tool whose format one of the filters reads."""

from __future__ import annotations

from typing import Any

from ._answers import Answer
from ._aws_cli import Place, entries_of_answers
from ._cloudformation import Arguments, checked_arguments, entries_of_template, require_names
from ._data import Budget, DeclarationError, boolean, expect_dict, expect_list, shortened, text
from ._declarations import Entry, containers_of, placed
from ._provider import entries_of
from ._tool import Tool
from ._tools import is_empty, load

_KEYS = ({"path", "content"}, {"path", "content", "filter"})
_NAMES = {"from_terraform": "The Terraform data", "from_pulumi": "The Pulumi data"}


def from_files(files: Any, arguments: Arguments, include_sensitive: Any, region: Any, budget: Budget) -> dict[str, Any]:
    """Return what each file is, and the containers of all, as the option containers of mediastore_containers.

    A file is `{"path": PATH, "content": CONTENT}`, and can have a `filter` that must be the one that reads it. The
    other arguments are those of the filters. Raises DeclarationError with the path.
    """
    is_included = boolean(include_sensitive, "include_sensitive")
    checked = checked_arguments(arguments, budget)
    sources = [_source(item, number, budget) for number, item in enumerate(expect_list(files, "The files"), 1)]
    if is_empty(tool for _path, tool, _data in sources):
        raise DeclarationError("All files are empty: give files with declarations or answers")
    templates = {
        number: tool.read(data, f"{shortened(path)}: The template", budget)
        for number, (path, tool, data) in enumerate(sources)
        if tool.filter == "from_cloudformation"
    }
    require_names(list(templates.values()), checked, "No template has the")
    entries: list[Entry] = []
    answers: list[tuple[Place, list[Answer]]] = []
    formats: list[dict[str, Any]] = []
    for number, (path, tool, data) in enumerate(sources):
        where = shortened(path)
        before = len(entries)
        if number in templates:
            entries += placed(where, entries_of_template(templates[number], checked, budget))
        elif tool.filter == "from_aws_cli":
            place = Place({"path": path, "answer": data}, len(answers) + 1, budget)
            answers.append((place, tool.read(data, place.where, budget)))
        else:
            resources = tool.read(data, _NAMES[tool.filter], budget)
            entries += placed(where, entries_of(resources, is_included, budget))
        names = [entry.container["name"] for entry in entries[before:]]
        formats.append(
            {"path": path, "format": tool.name, "filter": tool.filter, "omits": list(tool.omits), "containers": names}
        )
    entries += entries_of_answers(answers)
    hosts = {entry.container["name"]: entry.host for entry in entries if entry.host}
    return {"formats": formats, "containers": containers_of(entries, region), "hosts": hosts}


def _source(item: Any, number: int, budget: Budget) -> tuple[str, Tool, Any]:
    """Return the path of a file, and the tool and the data of its content."""
    where = f"File {number}"
    budget.spend(where)
    given = expect_dict(item, where)
    if set(given) not in _KEYS:
        raise DeclarationError(f"{where} must have path and content, filter is optional: correct it")
    path = text(given["path"], f"{where}: path")
    return (path, *load(given["content"], given.get("filter"), shortened(path), budget, is_yaml=True))
