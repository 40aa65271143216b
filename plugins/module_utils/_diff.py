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

from ._parts import ABSENT, Entries, Items, Kind, Members, Part, json_part

_LONGEST_NAME = 255


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
    """Return an entry beside another, so that it means what is stored.

    The meaning of a part can depend on others: the principal "*" is {"AWS": "*"} only in a statement that allows. So a
    part is written as declared only if the whole entry then means what is stored.
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
    """Return for entries of `stored` the entries of `declared` that correspond to them, both as indexes.

    Entries correspond that mean the same, then those that alone match the same, and then those that share most.
    """
    known, others = ([_Traits.of(entry, side.kind) for entry in side.entries] for side in (stored, declared))
    pairs: dict[int, int] = {}
    _pair_equal(pairs, [traits.text for traits in known], [traits.text for traits in others])
    _pair_equal(pairs, [traits.match for traits in known], [traits.match for traits in others], only_unique=True)
    left = (index for index in range(len(known)) if index not in pairs)
    free = {*range(len(others))} - {*pairs.values()}
    ranked = (
        (
            rank,
            abs(index - position) * stored.kind.is_ordered,
            known[index].text,
            others[position].text,
            index,
            position,
        )
        for index, position in product(left, sorted(free))
        if (rank := known[index].rank(others[position])) is not None
    )
    for *_key, index, position in sorted(ranked):
        if index not in pairs and position in free:
            pairs[index] = position
            free.remove(position)
    return pairs


def _pair_equal(
    pairs: dict[int, int], known: Sequence[str | None], others: Sequence[str | None], only_unique: bool = False
) -> None:
    """Add to `pairs` the indexes of equal keys, among entries without a pair.

    With `only_unique`, only of keys that one entry on each side has.
    """
    taken = {*pairs.values()}
    asking = _indexes(None if index in pairs else key for index, key in enumerate(known))
    waiting = _indexes(None if position in taken else key for position, key in enumerate(others))
    for key, indexes in asking.items():
        positions = waiting.get(key, [])
        if not only_unique or len(indexes) == len(positions) == 1:
            pairs.update(zip(indexes, positions))


def _indexes(keys: Iterable[str | None]) -> dict[str, list[int]]:
    """Return for each key where it is."""
    found: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        if key is not None:
            found.setdefault(key, []).append(index)
    return found


class _Traits(NamedTuple):
    """What an entry is recognized by: its meaning, what it matches, and the values in it with their paths."""

    text: str
    match: str | None
    values: frozenset[tuple[str, str]]
    paths: frozenset[str]

    @classmethod
    def of(cls, entry: Part, kind: Kind) -> _Traits:
        contents = frozenset(_contents(entry))
        return cls(entry.text, _text_at(entry, kind.match), contents, frozenset(path for path, _text in contents))

    def rank(self, other: _Traits) -> float | None:
        """Return how well two entries correspond, less is better, and None if they do not.

        Entries that match different things correspond if they share at least half of their values.
        """
        shared = _share(self.values | self.paths, other.values | other.paths)
        if self.match is None or other.match is None:
            return 2 - shared if shared else None
        if self.match == other.match:
            return 1 - shared
        return 2 - shared if _share(self.values, other.values) >= 0.5 else None


def _share(one: frozenset[Any], other: frozenset[Any]) -> float:
    return len(one & other) / max(len(one), len(other), 1)


def _text_at(part: Part, path: Sequence[str]) -> str | None:
    """Return the text of the member at `path`, a sequence of names, None if it does not exist."""
    for name in path:
        if not isinstance(part, Members) or name not in part.members:
            return None
        part = part.members[name][1]
    return part.text


def _contents(part: Part) -> Iterator[tuple[str, str]]:
    """Yield the path of members and the text of each value that is in a part."""
    if isinstance(part, Members):
        for name, (_name, member) in part.members.items():
            for path, text in _contents(member):
                yield f"{name}/{path}", text
    elif isinstance(part, Items):
        for item in part.items:
            yield "", item.text
    else:
        yield "", part.text


class Aspect(NamedTuple):
    """What a diff shows under one key.

    - parts: returns the parts of its value
    - empty: the value of none
    - is_count: whether the value is how many things of this title the resource has; what was deleted of them is also
      named if the resource was deleted
    """

    title: str
    parts: Callable[[Any], Part] = json_part
    empty: Any = None
    is_count: bool = False


def named_changes(before: Mapping[str, Any], after: Mapping[str, Any], aspects: Mapping[str, Aspect]) -> list[str]:
    """Return short texts that name what differs between the sides of a diff, such as "policy: statement Read added".

    - aspects: those that a diff can show beside the name of the resource, by key

    An entry without a name has its number after the change, or before it if it is removed.
    """
    is_deleted = "name" in before and "name" not in after
    texts = ["deleted"] if is_deleted else [] if "name" in before or "name" not in after else ["created"]
    for key, (title, parts, empty, is_count) in aspects.items():
        one, other = (side.get(key, empty) for side in (before, after))
        if is_count:
            number = one - other
            texts += [f"{number} {title}{'s' if number > 1 else ''} deleted"] if number > 0 else []
        elif not is_deleted:
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
    removed = [f"{_entry_name(before, index)} removed" for index in range(len(before.entries)) if index not in pairs]
    yield from removed if before.kind.is_ordered else sorted(removed)
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
    """Return the label of an entry with its name, or its number if it has no name that fits in a short text."""
    entry = entries.entries[index]
    path = entries.kind.match if entries.kind.is_named else ()
    member = entry.members.get(path[0]) if path and isinstance(entry, Members) else None
    name = member[1].written if member else None
    is_short = isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_NAME
    return f"{entries.kind.label} {name if is_short else index + 1}"
