# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declarations of objects and of local files, and the checks of what they contain. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from .._input import InvalidInputError
from .content import Source

# The quota "Object size"; AWS does not say whether an MB has 1,000,000 or 1,048,576 bytes.
_MAX_MEGABYTES = 25
_BYTES_IN_MB = 1024**2
# Model shape ContentType of botocore's mediastore-data model.
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9_/.+-]{1,255}")
# RFC 9110, section 5.5, without obsolete forms
_FIELD_VALUE = re.compile(r"[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True)
class ObjectDeclaration:
    """The desired state of one object.

    - source: the content; None if the object is to be absent
    - cache_control: None leaves the one of an object that is replaced as it is, "" removes it
    - compares_content: whether equal properties are not enough
    """

    name: str
    source: Source | None = None
    content_type: str = ""
    cache_control: str | None = None
    compares_content: bool = True
    noun: ClassVar[str] = "object"


@dataclass(frozen=True)
class FileDeclaration:
    """The desired state of one local file: the content of the object `name`, or absent if `is_present` is false."""

    name: str
    dest: str
    is_present: bool = True
    compares_content: bool = True
    noun: ClassVar[str] = "file"


def declare_object(
    path: str, source: Source, content_type: str, cache_control: str | None, compares_content: bool
) -> ObjectDeclaration:
    """Return the declaration of an object that is present; raise InvalidInputError for what the service refuses."""
    check_size(path, source.length)
    check_content_type(content_type)
    check_cache_control(cache_control)
    return ObjectDeclaration(path, source, content_type, cache_control, compares_content)


def check_size(path: str, length: int) -> None:
    """Raise InvalidInputError for an object that is too large."""
    if length > _MAX_MEGABYTES * _BYTES_IN_MB:
        raise InvalidInputError(
            f"The object {path} is refused: it has {length} bytes, and an object can have at most {_MAX_MEGABYTES} MB"
            f" ({_MAX_MEGABYTES * _BYTES_IN_MB} bytes)"
        )


def check_content_type(content_type: Any) -> None:
    """Raise InvalidInputError for a content type that the service refuses, such as one with parameters."""
    if not isinstance(content_type, str) or not _CONTENT_TYPE.fullmatch(content_type):
        raise InvalidInputError(
            f"The content type {content_type!r} is refused: it must have 1 to 255 characters, each a letter A-Z or a-z,"
            " a digit, '_', '/', '.', '+' or '-', without parameters such as charset"
        )


def check_cache_control(cache_control: str | None) -> None:
    """Raise InvalidInputError for a text that cannot be the value of a header; an empty one is none."""
    if cache_control and not _FIELD_VALUE.fullmatch(cache_control):
        raise InvalidInputError(
            f"The cache control {cache_control!r} is refused: it must consist of visible ASCII characters, with spaces"
            " only between them"
        )
