# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document as a tree of parts, each with how it is written and what it means. Pure functions.

Documents are compared by what they mean, and shown as they are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Callable

from ._json_text import canonical_json

# In place of what is written for a part that is omitted, and of the meaning of a part without effect.
ABSENT: Any = object()


@dataclass(frozen=True)
class Part:
    """A part of a document.

    - written: the value as a user or a server has written it, in JSON types
    - meaning: the canonical form, which all values share that mean the same, in JSON types
    """

    written: Any
    meaning: Any

    @cached_property
    def text(self) -> str:
        """Return the text that parts with the same meaning share; 1, 1.0, "1" and true are four meanings."""
        return "" if self.meaning is ABSENT else canonical_json(self.meaning)


@dataclass(frozen=True)
class Members(Part):
    """An object. Each name in `members`, which may differ from the written one, has the written name and the part."""

    members: Mapping[str, tuple[str, Part]]


@dataclass(frozen=True)
class Items(Part):
    """A set of values: a list, or one value in place of a list of one."""

    items: Sequence[Part]


@dataclass(frozen=True)
class Kind:
    """What the entries of a list are.

    - label: what an entry is in `changes` of results, such as "CORS rule"
    - match: the path of the member by which an entry is found in another list
    - is_named: whether this member is the name of an entry; otherwise, its number names it
    - is_ordered: whether the order of the entries has a meaning
    """

    label: str
    match: Sequence[str]
    is_named: bool = False
    is_ordered: bool = False


@dataclass(frozen=True)
class Entries(Part):
    """A list of entries, or one entry in place of a list of one. `parse` returns the part for a written entry."""

    entries: Sequence[Part]
    kind: Kind
    parse: Callable[[Any], Part]


def json_part(value: Any) -> Part:
    """Return the part for a JSON value of which only the order of names has no meaning."""
    if _is_object(value):
        return object_part(value, {name: json_part(member) for name, member in value.items()})
    return literal_part(value)


def literal_part(value: Any) -> Part:
    """Return the part for a JSON value that is shown and compared as a whole."""
    return Part(value, value)


def object_part(written: Any, parts: Mapping[str, Part], fold: Callable[[str], str] = str) -> Members:
    """Return the part for an object; `fold` returns the name that all spellings of a name share."""
    meaning = {fold(name): part.meaning for name, part in parts.items() if part.meaning is not ABSENT}
    return Members(written, meaning, {fold(name): (name, part) for name, part in parts.items()})


def set_part(value: Any, meaning: Callable[[Any], Any] = lambda item: item) -> Part:
    """Return the part for a set of values; `meaning` returns that of one of them.

    The order of a list and its duplicates have no meaning. One text means a list of one. Any other value is a literal.
    """
    parts = [Part(item, meaning(item)) for item in (value if isinstance(value, list) else [value])]
    if not isinstance(value, list) and not isinstance(parts[0].meaning, str):
        return Part(value, parts[0].meaning)
    meanings = {part.text: part.meaning for part in parts}
    return Items(value, [meanings[text] for text in sorted(meanings)], parts)


def entries_part(value: Any, kind: Kind, parse: Callable[[Any], Part]) -> Part:
    """Return the part for a list of entries; one object means a list of one, any other value is a literal."""
    written = [value] if _is_object(value) else value
    if not isinstance(written, list):
        return literal_part(value)
    parts = [parse(entry) for entry in written]
    in_order = parts if kind.is_ordered else sorted(parts, key=lambda part: part.text)
    return Entries(value, [part.meaning for part in in_order], parts, kind, parse)


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)
