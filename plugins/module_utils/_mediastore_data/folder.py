# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options for a folder to the declarations of its objects or of its local files. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .._errors import join_some
from .._input import InvalidInputError
from .content import Tree
from .content_types import guess_content_type
from .declaration import (
    FileDeclaration,
    ObjectDeclaration,
    check_cache_control,
    check_content_type,
    declare_object,
)
from .paths import check_folder, check_path, is_segment


@dataclass(frozen=True)
class Folder:
    """The desired state of a folder of a container, or of a directory with its objects.

    - path: of the folder, "" for the root
    - include, exclude: patterns of fnmatch for paths relative to the folder; others are left alone
    - content_types: by extension, see guess_content_type
    - delete_others: whether to delete what the other side does not have
    """

    path: str
    include: Iterable[str] = ("*",)
    exclude: Iterable[str] = ()
    content_types: Mapping[str, str] = field(default_factory=dict)
    cache_control: str | None = None
    compares_content: bool = True
    delete_others: bool = False

    def selects(self, relative: str) -> bool:
        """Return whether the task manages what has this path relative to the folder."""
        return _matches(relative, self.include) and not _matches(relative, self.exclude)

    def absolute(self, relative: str) -> str:
        """Return the path in the container."""
        return f"{self.path}/{relative}" if self.path else relative

    def selected(self, listed: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the selected paths of a list of objects, each relative to the folder and in the container."""
        for path in listed:
            relative = path[len(self.path) :].lstrip("/")
            if self.selects(relative):
                yield relative, path


def declare_folder(params: Mapping[str, Any]) -> Folder:
    """Return the folder in the options of a module; raise InvalidInputError."""
    for extension, content_type in params["content_types"].items():
        if not (extension.startswith(".") and is_segment(extension[1:]) and "." not in extension[1:]):
            raise InvalidInputError(f"The extension {extension!r} in content_types is refused: write it as '.m4s'")
        check_content_type(content_type)
    check_cache_control(params["cache_control"])
    return Folder(
        check_folder(params["path"]),
        params["include"],
        params["exclude"],
        params["content_types"],
        params["cache_control"],
        params["compare"] == "content",
        params["delete_others"],
    )


def declare_uploads(folder: Folder, tree: Tree) -> list[ObjectDeclaration]:
    """Return the objects that are to have the content of the files; raise InvalidInputError with all problems."""
    declared: list[ObjectDeclaration] = []
    problems: list[str] = []
    for relative, source in tree.files.items():
        if not folder.selects(relative):
            continue
        try:
            content_type = guess_content_type(relative, folder.content_types)
            path = check_path(folder.absolute(relative))
            declared.append(declare_object(path, source, content_type, folder.cache_control, folder.compares_content))
        except InvalidInputError as error:
            problems.append(str(error))
    _raise_problems(problems)
    return declared


def declare_deletions(
    folder: Folder, listed: Iterable[str], kept: Iterable[ObjectDeclaration]
) -> list[ObjectDeclaration]:
    """Return the objects of a list that are to be absent: those selected that are not `kept`."""
    names = {declaration.name for declaration in kept}
    return [ObjectDeclaration(path) for _relative, path in folder.selected(listed) if path not in names]


def declare_downloads(folder: Folder, listed: Iterable[str], directory: str, tree: Tree) -> list[FileDeclaration]:
    """Return the files of `directory`, which contains `tree`, that are to have the content of the objects.

    Raises InvalidInputError if a file would be behind an entry of the directory that is not followed.
    """
    declared: list[FileDeclaration] = []
    problems: list[str] = []
    for relative, path in folder.selected(listed):
        steps = relative.split("/")
        above = ("/".join(steps[: number + 1]) for number in range(len(steps)))
        blocked = next((step for step in above if step in tree.not_followed), None)
        if blocked:
            problems.append(f"The object {path} is not fetched: {blocked} is a {tree.not_followed[blocked]}")
        declared.append(FileDeclaration(path, os.path.join(directory, *steps), True, folder.compares_content))
    _raise_problems(problems)
    if folder.delete_others:
        wanted = {declaration.dest for declaration in declared}
        others = ((relative, os.path.join(directory, *relative.split("/"))) for relative in tree.files)
        declared += [
            FileDeclaration(relative, dest, is_present=False)
            for relative, dest in others
            if dest not in wanted and folder.selects(relative)
        ]
    return declared


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _raise_problems(problems: list[str]) -> None:
    if problems:
        raise InvalidInputError(join_some(problems))
