# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns with wildcards, as policies of IAM and lifecycle policies have them. Pure functions."""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"\\.|.", re.DOTALL)


def is_like(pattern: str, text: str) -> bool:
    """Compare a text with a pattern in which * is any text, ? any character, and a backslash quotes the next one.

    The time is proportional to the product of both lengths, whatever the number of asterisks.
    """
    first, *others = _chunks(pattern)
    found = first.match(text)
    for chunk in others:
        if not found:
            return False
        # No chunk can vary in length: if the first place of one does not lead to a match, no other place does.
        found = chunk.search(text, found.end())
    return bool(found)


@lru_cache(maxsize=4096)
def quoted(text: str, characters: str = "\\*?") -> str:
    """Return the pattern of a text in which these characters stand for themselves."""
    return "".join(f"\\{character}" if character in characters else character for character in text)


@lru_cache(maxsize=4096)
def _chunks(pattern: str) -> tuple[re.Pattern[str], ...]:
    """Return an expression for each part of a pattern between asterisks, the last of which ends at the end."""
    sources = [""]
    for token in _TOKEN.findall(pattern):
        if token == "*":
            sources.append("")
        else:
            sources[-1] += "." if token == "?" else re.escape(token[-1])
    sources[-1] += r"\Z"
    return tuple(re.compile(source, re.DOTALL) for source in sources)
