# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns with wildcards, as policies of IAM and lifecycle policies have them. Pure functions."""

from __future__ import annotations

import re
from typing import NamedTuple

from .text_cache import TextCache

# The longest text that is compared with a pattern: https://www.w3.org/TR/referrer-policy/ cuts longer Referer headers,
# and no ARN is longer.
MAX_CHARACTERS = 4096
_TOKEN = re.compile(r"(?:[^\\*?]+|\\.)+|.", re.DOTALL)


def is_like(pattern: str, text: str) -> bool:
    """Compare a text with a pattern in which * is any text, ? any character, and a backslash quotes the next one.

    The number of steps is at most proportional to the length of the pattern and that of the text, added. A step of a
    pattern with question marks is an operation on integers with a bit for each character of the text.
    """
    first, middle, last = _PATTERNS[pattern]
    if last is None:
        return len(text) == first.length and first.begins(text)
    position, end = first.length, len(text) - last.length
    if position > end or not first.begins(text) or not last.begins(text[end:]):
        return False
    for chunk in middle:
        # No chunk can vary in length: if the first place of one does not lead to a match, no other place does.
        found = chunk.find(text, position, end)
        if found < 0:
            return False
        position = found + chunk.length
    return True


def quoted(text: str, characters: str = "\\*?") -> str:
    """Return the pattern of a text in which these characters, the backslash first, stand for themselves."""
    for character in characters:
        text = text.replace(character, f"\\{character}")
    return text


class _Chunk(NamedTuple):
    """A part of a pattern between asterisks: its length, and its texts between question marks with their offsets."""

    length: int
    literals: tuple[str, ...]
    offsets: tuple[int, ...]

    def begins(self, text: str) -> bool:
        """Return whether a text that is not shorter begins with the chunk."""
        return all(map(text.startswith, self.literals, self.offsets))

    def find(self, text: str, start: int, end: int) -> int:
        """Return the first position of the chunk in text[start:end], -1 without one."""
        if start + self.length > end:
            return -1
        if not self.literals:
            return start
        if len(self.literals) == 1:
            [literal], [offset] = self.literals, self.offsets
            found = text.find(literal, start + offset, end - self.length + offset + len(literal))
            return found - offset if found >= 0 else -1
        places = _PLACES[text]
        # The bit of each position from start to the last one that is possible.
        positions = (1 << (end - self.length + 1)) - (1 << start)
        for literal, offset in zip(self.literals, self.offsets):
            for number, character in enumerate(literal, offset):
                positions &= places[character] >> number
                if not positions:
                    return -1
        return (positions & -positions).bit_length() - 1


class _Pattern(NamedTuple):
    """A pattern: its chunks at the start, between, and at the end, which is None without an asterisk."""

    first: _Chunk
    middle: tuple[_Chunk, ...]
    last: _Chunk | None


class _Places(dict[str, int]):
    """Where characters are in a text: the bits of an integer whose numbers are the positions of the character."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __missing__(self, character: str) -> int:
        bits, position = 0, self._text.find(character)
        while position >= 0:
            bits |= 1 << position
            position = self._text.find(character, position + 1)
        self[character] = bits
        return bits


def _parse(pattern: str) -> _Pattern:
    chunks: list[_Chunk] = []
    literals: dict[int, str] = {}
    length = 0
    for token in [*_TOKEN.findall(pattern), "*"]:
        if token == "*":
            chunks.append(_Chunk(length, tuple(literals.values()), tuple(literals)))
            literals, length = {}, 0
        elif token == "?":
            length += 1
        else:
            literals[length] = text = token if token == "\\" else _without_backslashes(token)
            length += len(text)
    return _Pattern(chunks[0], tuple(chunks[1:-1]), chunks[-1] if len(chunks) > 1 else None)


def _without_backslashes(text: str) -> str:
    """Return a text without the backslashes that quote a character."""
    return "\\".join(part.replace("\\", "") for part in text.split("\\\\"))


_PATTERNS = TextCache(_parse, 128 * 1024)
_PLACES = TextCache(_Places, 8 * MAX_CHARACTERS)
