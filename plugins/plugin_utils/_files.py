# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of files of any tool whose format one of the filters reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._aws_cli import from_aws_cli
from ._cloudformation import Arguments, from_cloudformation
from ._data import Budget, DeclarationError, expect_dict, expect_list, text
from ._declarations import Entry, containers_of
from ._terraform import from_pulumi, from_terraform
from ._tools import format_of

_KEYS = ({"path", "content"}, {"path", "content", "filter"})


def from_files(files: Any, arguments: Arguments, include_sensitive: Any, region: Any, budget: Budget) -> dict[str, Any]:
    """Return what each file is, and the containers of all, as the option containers of mediastore_containers.

    A file is `{"path": PATH, "content": CONTENT}`, and can have a `filter` that must be the one that reads it. The
    other arguments are those of the filters. Raises DeclarationError with the path.
    """
    formats = []
    answers = []
    entries: list[Entry] = []
    for number, item in enumerate(expect_list(files, "The files"), 1):
        given = expect_dict(item, f"File {number}")
        if set(given) not in _KEYS:
            raise DeclarationError(f"File {number} must have path and content, filter is optional: correct it")
        path = text(given["path"], f"File {number}: path")
        content = given["content"]
        tool, filter_name = format_of(content, path, given.get("filter"), budget)
        formats.append({"path": path, "format": tool, "filter": filter_name})
        if filter_name == "from_aws_cli":
            answers.append({"path": path, "answer": content})
        else:
            entries += _entries(content, path, filter_name, arguments, include_sensitive, region, budget)
    described = [Entry("The answers", container) for container in from_aws_cli(answers, budget)]
    return {"formats": formats, "containers": containers_of([*entries, *described])}


def _entries(
    content: Any,
    path: str,
    filter_name: str,
    arguments: Arguments,
    include_sensitive: Any,
    region: Any,
    budget: Budget,
) -> Iterator[Entry]:
    try:
        if filter_name == "from_cloudformation":
            found = from_cloudformation(content, arguments, budget)
        else:
            convert = {"from_terraform": from_terraform, "from_pulumi": from_pulumi}[filter_name]
            found = convert(content, include_sensitive, region, budget)
    except DeclarationError as error:
        raise DeclarationError(f"{path}: {error}") from error
    return (Entry(path, container) for container in found)
