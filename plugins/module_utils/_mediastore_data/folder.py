# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options for a folder to the declarations of its objects or of its local files. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Callable

from .._errors import join_some
from .._input import InvalidInputError
from .content import Source, Tree
from .content_types import guess_content_type
from .declaration import (
    FileDeclaration,
    ObjectDeclaration,
    check_cache_control,
    check_content_type,
    declare_object,
)
from .paths import check_folder, check_path, is_segment, shown_path


@dataclass(frozen=True)
class Folder:
    """The desired state of a folder of a container, or of a directory with its objects.

    - path: of the folder, "" for the root
    - include, exclude: patterns of fnmatch for paths relative to the folder; others are left alone
    - content_types: by extension, see guess_content_type
    - delete_others: whether to delete what the other side does not have
    """

    path: str
    include: Collection[str] = ("*",)
    exclude: Collection[str] = ()
    content_types: Mapping[str, str] = field(default_factory=dict)
    cache_control: str | None = None
    compares_content: bool = True
    delete_others: bool = False

    def selects(self, relative: str) -> bool:
        """Return whether the task manages what has this path relative to the folder."""
        return self._includes(relative) and not self.excludes(relative)

    def excludes(self, relative: str) -> bool:
        """Return whether the task leaves alone what has this path, whatever `include` says."""
        return self._excludes(relative)

    def excludes_directory(self, relative: str) -> bool:
        """Return whether the task leaves alone everything below a directory: one pattern matches any path in it."""
        return any(pattern.endswith("*") and fnmatchcase(f"{relative}/", pattern) for pattern in self.exclude)

    @cached_property
    def _includes(self) -> Callable[[str], bool]:
        return _matcher(self.include)

    @cached_property
    def _excludes(self) -> Callable[[str], bool]:
        return _matcher(self.exclude)

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
    for option in ("include", "exclude"):
        _check_patterns(option, params[option])
    path = check_folder(params["path"])
    if not path and params["path"] != "/" and (params["state"] == "absent" or params["delete_others"]):
        # A variable can be empty by mistake.
        raise InvalidInputError(
            "A task that deletes must name the folder: set path, for example to news, or to / for the whole container"
        )
    return Folder(
        path,
        params["include"],
        params["exclude"],
        params["content_types"],
        params["cache_control"],
        params["compare"] == "content",
        params["delete_others"],
    )


def declare_uploads(folder: Folder, sources: Mapping[str, Source]) -> list[ObjectDeclaration]:
    """Return the objects that are to have the content of the sources, by their paths relative to the folder.

    Raises InvalidInputError with all problems.
    """
    declared: list[ObjectDeclaration] = []
    problems: list[str] = []
    for relative, source in sources.items():
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


def declare_others(
    folder: Folder, listed: Iterable[str], kept: Collection[ObjectDeclaration], directory: str, tree: Tree
) -> list[ObjectDeclaration]:
    """Return the deletions of the objects that `directory`, which contains `tree`, does not have, with delete_others.

    Raises InvalidInputError if a directory without files would delete objects, because `src` is probably wrong.
    """
    others = declare_deletions(folder, listed, kept) if folder.delete_others else []
    if others and not tree.files:
        raise InvalidInputError(
            f"The directory {directory} has no files, so that delete_others would delete {len(others)} of the objects:"
            " check src, or delete the objects with state=absent"
        )
    return others


def declare_downloads(folder: Folder, listed: Collection[str], directory: str, tree: Tree) -> list[FileDeclaration]:
    """Return the files of `directory`, which contains `tree`, that are to have the content of the objects.

    Raises InvalidInputError with all objects that cannot have a file: behind an entry of the directory that is not
    followed, or behind a file, of the directory or of another object. It also raises it for a folder without objects if
    all files would be deleted, because `path` is probably wrong.
    """
    wanted = dict(folder.selected(listed))
    no_directories = {
        **dict.fromkeys(tree.files, "a file"),
        **dict.fromkeys(wanted, "another object"),
        **{relative: f"a {kind}" for relative, kind in tree.not_followed.items()},
    }
    problems: list[str] = []
    for relative, path in wanted.items():
        blocked = next((step for step in _above(relative) if step in no_directories), None)
        blocked = blocked or (relative if relative in tree.not_followed else None)
        if blocked:
            problems.append(
                f"The object {path} is not fetched: {blocked} is {no_directories[blocked]}; exclude one of them"
            )
    _raise_problems(problems)
    declared = [
        FileDeclaration(path, os.path.join(directory, *relative.split("/")), True, folder.compares_content)
        for relative, path in wanted.items()
    ]
    if folder.delete_others:
        others = [
            FileDeclaration(shown_path(relative), dest, is_present=False)
            for relative, dest in tree.files.items()
            if relative not in wanted and folder.selects(relative)
        ]
        if others and not listed:
            place = f"Folder {folder.path}" if folder.path else "The container"
            raise InvalidInputError(
                f"{place} has no objects, so that delete_others would delete {len(others)} of the files in {directory}:"
                " check path, or delete the files without this task"
            )
        declared += others
    return declared


def _check_patterns(option: str, patterns: Iterable[str]) -> None:
    """Raise InvalidInputError for a pattern that matches no path, as other tools write directories.

    If such a pattern excluded nothing, `delete_others` would delete what the user means to keep.
    """
    for pattern in patterns:
        if pattern.startswith(("/", "./")) or pattern.endswith("/"):
            path = re.sub(r"^(\.?/)+|/+$", "", pattern)
            meant = f"{path}/*" if pattern.endswith("/") and path else path or "*"
            raise InvalidInputError(
                f"The pattern {pattern!r} in {option} is refused: no path begins with '/' or './', or ends with '/';"
                f" write it as {meant!r}"
            )


def _above(relative: str) -> list[str]:
    """Return the paths of the folders that contain an object, the outermost first."""
    steps = relative.split("/")
    return ["/".join(steps[:number]) for number in range(1, len(steps))]


def _matcher(patterns: Collection[str]) -> Callable[[str], bool]:
    """Return a function that matches a path in a time that does not depend on the number of patterns without wildcards.

    A task may give the paths of thousands of objects.
    """
    paths = {pattern for pattern in patterns if not re.search(r"[*?\[]", pattern)}
    wildcards = [pattern for pattern in patterns if pattern not in paths]
    return lambda path: path in paths or any(fnmatchcase(path, pattern) for pattern in wildcards)


def _raise_problems(problems: list[str]) -> None:
    if problems:
        raise InvalidInputError(join_some(problems))
