# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reviewer sees of a change: what is stored beside what is declared, and names for what differs. Pure functions.

All of this is about documents as trees, see _parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from operator import itemgetter
from typing import Any, Callable, NamedTuple

from ._parts import ABSENT, Entries, Items, Kind, Members, Part, plain


def beside(stored: Part, declared: Part) -> Any:
    """Return what is stored as a diff shows it beside what is declared.

    What means the same is written as in the declaration, and at the same place. The rest is written as it is stored.
    """
    if stored.text == declared.text:
        return declared.written
    if isinstance(stored, Members) and isinstance(declared, Members):
        return _members_beside(stored, declared)
    if isinstance(stored, Items) and isinstance(declared, Items):
        return _as_declared(_items_beside(stored, declared), declared)
    if isinstance(stored, Entries) and isinstance(declared, Entries):
        return _as_declared(_entries_beside(stored, declared), declared)
    return stored.written


def _members_beside(stored: Members, declared: Members) -> dict[str, Any]:
    shown = {}
    for key, (name, part) in declared.members.items():
        if key in stored.members:
            shown[name] = beside(stored.members[key][1], part)
        elif part.meaning is ABSENT:
            shown[name] = part.written
    for key, (name, part) in stored.members.items():
        if key not in declared.members and part.meaning is not ABSENT:
            shown[name] = part.written
    return {name: value for name, value in shown.items() if value is not ABSENT}


def _items_beside(stored: Items, declared: Items) -> list[Any]:
    positions: dict[str, list[int]] = {}
    for position, item in enumerate(declared.items):
        positions.setdefault(item.text, []).append(position)
    distinct = {item.text: item.written for item in stored.items}
    return _in_place(
        (position, written if position is None else declared.items[position].written)
        for text, written in distinct.items()
        for position in positions.get(text, [None])
    )


def _entries_beside(stored: Entries, declared: Entries) -> list[Any]:
    pairs = _paired(stored, declared)
    shown = []
    for number, entry in enumerate(stored.entries):
        position = pairs.get(number)
        written = entry.written
        if position is not None:
            written = _entry_beside(entry, declared.entries[position], stored.parse)
        shown.append((position, written))
    return [written for _position, written in shown] if stored.kind.is_ordered else _in_place(shown)


def _entry_beside(stored: Part, declared: Part, parse: Callable[[Any], Part]) -> Any:
    """Return an entry beside another. It means what is stored as a whole, on which the meaning of a part can depend.

    For example, the principal "*" is {"AWS": "*"} only in a statement that allows.
    """
    if stored.text == declared.text:
        return declared.written
    shown = beside(stored, declared)
    if parse(shown).text != stored.text:
        shown = stored.written
    if isinstance(shown, dict) and isinstance(declared, Members):
        for name, part in declared.members.values():
            other = {**shown, name: part.written}
            shown = other if parse(other).text == stored.text else shown
    return shown


def _in_place(found: Iterable[tuple[int | None, Any]]) -> list[Any]:
    """Return values in the order of their positions, and one without a position after the value that it follows."""
    placed = []
    last = -1
    for position, value in found:
        last = last if position is None else position
        placed.append((last, value))
    return [value for _position, value in sorted(placed, key=itemgetter(0))]


def _as_declared(shown: list[Any], declared: Part) -> Any:
    """Return a list of one as its value if the declaration has no list there."""
    return shown[0] if len(shown) == 1 and not isinstance(declared.written, list) else shown


def _paired(stored: Entries, declared: Entries) -> dict[int, int]:
    """Return for entries of `stored` the entries of `declared` that correspond to them, both as indexes."""
    known, others = ([_Traits.of(entry, entries.kind) for entry in entries.entries] for entries in (stored, declared))
    ranked = (
        (rank, abs(index - position), index, position)
        for (index, one), (position, other) in product(enumerate(known), enumerate(others))
        if (rank := one.rank(other)) is not None
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _rank, _distance, index, position in sorted(ranked):
        if index not in pairs and position not in taken:
            pairs[index] = position
            taken.add(position)
    return pairs


class _Traits(NamedTuple):
    """What an entry is recognized by: its meaning, its name or what it matches, and all values in it."""

    text: str
    identity: str | None
    contents: frozenset[str]

    @classmethod
    def of(cls, entry: Part, kind: Kind) -> _Traits:
        return cls(entry.text, _identity(entry, [kind.name] if kind.name else kind.match), _contents(entry))

    def rank(self, other: _Traits) -> float | None:
        """Return how well two entries correspond, 0 is best, and None if they share less than half of their values."""
        if self.text == other.text:
            return 0
        if self.identity is not None and self.identity == other.identity:
            return 1
        share = len(self.contents & other.contents) / max(len(self.contents), len(other.contents))
        return 2 - share if share >= 0.5 else None


def _identity(part: Part, path: Sequence[str]) -> str | None:
    """Return the text of the member at a path of members, None if there is none."""
    for name in path:
        if not isinstance(part, Members) or name not in part.members:
            return None
        part = part.members[name][1]
    return part.text


def _contents(part: Part) -> frozenset[str]:
    """Return the text of each value that is in a part, with the names of the members that lead to it."""
    texts = [part.text]
    if isinstance(part, Members):
        texts = [f"{name}/{text}" for name, (_name, member) in part.members.items() for text in _contents(member)]
    if isinstance(part, Items):
        texts = [item.text for item in part.items]
    return frozenset(texts or [part.text])


class Aspect(NamedTuple):
    """What a diff shows under one key: `parts` returns the parts of its value, and `empty` is the value of none."""

    title: str
    parts: Callable[[Any], Part] = plain
    empty: Any = None


def named_changes(before: Mapping[str, Any], after: Mapping[str, Any], aspects: Mapping[str, Aspect]) -> list[str]:
    """Return short texts that name what differs between the sides of a diff, such as "policy: statement Read added".

    - aspects: those that a diff can show beside the name of the resource, by key

    An entry without a name has its number after the change, or before it if it is removed.
    """
    if "name" in before and "name" not in after:
        return ["deleted"]
    texts = [] if "name" in before or "name" not in after else ["created"]
    for key, (title, parts, empty) in aspects.items():
        one, other = (side.get(key, empty) for side in (before, after))
        texts += _changes(title, None if one is None else parts(one), None if other is None else parts(other))
    return texts


def _changes(title: str, before: Part | None, after: Part | None) -> list[str]:
    if after and isinstance(after.written, bool):
        is_same = before.text == after.text if before else not after.written
        return [] if is_same else [f"{title} {'enabled' if after.written else 'disabled'}"]
    if before is None or after is None:
        return [f"{title} removed"] if before else [f"{title} added"] if after else []
    if before.text == after.text:
        return []
    if isinstance(before, Entries) and isinstance(after, Entries):
        return list(_changed_entries(before, after))
    if isinstance(before, Members) and isinstance(after, Members):
        return _changed_members(title, before, after)
    return [title]


def _changed_members(title: str, before: Members, after: Members) -> list[str]:
    names = []
    texts: list[str] = []
    for key, (name, _part) in sorted({**before.members, **after.members}.items()):
        one, other = (members.get(key, ("", Part(ABSENT, ABSENT)))[1] for members in (before.members, after.members))
        if isinstance(one, Entries) and isinstance(other, Entries):
            texts += _changed_entries(one, other)
        elif one.text != other.text:
            names.append(name)
    return [f"{title}: {', '.join(names)}", *texts] if names else texts


def _changed_entries(before: Entries, after: Entries) -> Iterator[str]:
    pairs = _paired(before, after)
    for index in range(len(before.entries)):
        if index not in pairs:
            yield f"{_entry_name(before, index)} removed"
    previous = {position: index for index, position in pairs.items()}
    for index, entry in enumerate(after.entries):
        if index not in previous:
            yield f"{_entry_name(after, index)} added"
        elif entry.text != before.entries[previous[index]].text:
            yield _entry_name(after, index)
    order = [pairs[index] for index in sorted(pairs)]
    if after.kind.is_ordered and order != sorted(order):
        yield f"{after.kind.label}s: order"


def _entry_name(entries: Entries, index: int) -> str:
    entry, name = entries.entries[index], entries.kind.name
    member = entry.members.get(name) if isinstance(entry, Members) else None
    return f"{entries.kind.label} {member[1].written if member else index + 1}"
