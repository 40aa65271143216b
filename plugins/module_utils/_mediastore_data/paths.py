# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths of objects, folders and local files. Pure functions.

Source: parameter Path of PutObject in the API Reference, which allows `=` and `:`, in contrast to botocore's model,
https://docs.aws.amazon.com/mediastore/latest/apireference/API_objstore_PutObject.html
"""

from __future__ import annotations

import re

from .._input import InvalidInputError, check_limits

_SEGMENT = re.compile(r"[A-Za-z0-9_=:.~-]+")
_MAX_LENGTH = 900
MAX_FOLDERS = 10


def is_segment(name: str) -> bool:
    """Return whether `name` can be the name of an object or a folder.

    HTTP clients resolve `.` and `..`, and so do file systems (RFC 3986, section 5.2.4).
    """
    return bool(_SEGMENT.fullmatch(name)) and name not in (".", "..")


def check_path(path: str) -> str:
    """Return the path of an object as the service stores it: without slashes that it ignores.

    Raises InvalidInputError for a path that no object can have.
    """
    segments = [segment for segment in path.split("/") if segment]
    if not segments or path.endswith("/"):
        raise InvalidInputError(f"The path {path!r} names no object: it must end with the name of the object")
    return _checked("path", segments, len(segments) - 1)


def check_folder(path: str) -> str:
    """Return the path of a folder without slashes at its ends, "" for the root of the container.

    Raises InvalidInputError for a path that no folder can have.
    """
    segments = [segment for segment in path.split("/") if segment]
    return _checked("folder", segments, len(segments))


def shown_path(path: str) -> str:
    """Return a local path as results and messages show it: with escapes for what cannot be printed.

    Python represents bytes of a name that are not UTF-8 by surrogates (PEP 383), which Ansible refuses in results.
    """
    if path.isprintable():
        return path
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in path)


def _checked(what: str, segments: list[str], folders: int) -> str:
    path = "/".join(segments)
    for segment in segments:
        if not is_segment(segment):
            raise InvalidInputError(
                f"The {what} {path!r} is refused: {segment!r} must consist of letters A-Z and a-z, digits and"
                " _ = : . - ~, and cannot be '.' or '..'"
            )
    check_limits(f"The length of the {what} {path!r}", len(path), 0, _MAX_LENGTH)
    check_limits(f"The number of folders in the {what} {path!r}", folders, 0, MAX_FOLDERS)
    return path
