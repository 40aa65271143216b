# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns with wildcards: what matches, and in how many steps; and the cache of patterns, whose size is bounded."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediastore_emulator.iam import wildcards
from mediastore_emulator.iam.text_cache import TextCache
from mediastore_emulator.iam.wildcards import is_like, quoted

TEXTS = st.text("ab*?\\\n", max_size=8)
PATTERNS = st.lists(st.sampled_from(["a", "b", "ab", "*", "?", "\\*", "\\?", "\\\\", "\\a", "\n"]), max_size=10)


def is_like_by_table(pattern, text):
    """Return whether a text matches: which prefixes of the text each prefix of the pattern matches, one by one."""
    row = [True] + [False] * len(text)
    for token in re.findall(r"\\.|.", pattern, re.DOTALL):
        if token == "*":
            row = [any(row[: end + 1]) for end in range(len(row))]
        else:
            fits = [token == "?" or token[-1] == character for character in text]
            row = [False] + [row[end] and fits[end] for end in range(len(text))]
    return row[-1]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("?", "", False),
        ("a?c", "abc", True),
        ("a?", "a", False),
        ("??", "ab", True),
        ("*?", "", False),
        ("*a?b*", "xaab", True),
        ("*a?b*c?d*", "a.b.c.d", True),
        ("*a?b*", "ab.ab", False),
        ("a*?b", "ab", False),
        ("a*?b", "acb", True),
        ("*?a?*", "ba", False),
        ("*?a?*", "bab", True),
        ("a*a", "a", False),
        (r"\*", "*", True),
        (r"\*", "a", False),
        ("\\", "\\", True),
        (r"\\\?", r"\?", True),
        ("*é?日*", "xé.日", True),
    ],
)
def test_pattern(pattern, text, expected):
    assert is_like(pattern, text) is expected
    assert is_like_by_table(pattern, text) is expected


@settings(deadline=None, max_examples=500, database=None)
@given(PATTERNS, TEXTS)
def test_patterns_match_as_the_table_says(tokens, text):
    pattern = "".join(tokens)
    assert is_like(pattern, text) == is_like_by_table(pattern, text)


@settings(deadline=None, max_examples=200, database=None)
@given(TEXTS, TEXTS)
def test_a_quoted_text_matches_only_itself(text, other):
    assert is_like(quoted(text), text)
    assert is_like(quoted(text), other) == (text == other)


def lines(call):
    """Return how many lines of this package a call executes."""
    count = 0

    def trace(frame, event, _argument):
        nonlocal count
        if frame.f_globals["__name__"].startswith("mediastore_emulator."):
            count += event == "line"
            return trace
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("part", ["a", "a?", "?a", "*a", "*a?b", "a*?", "**", "?", "\\*"])
@pytest.mark.parametrize("start", ["", "*"])
def test_steps_are_proportional_to_the_lengths(part, start):
    def steps(size):
        pattern, text = f"{start}{part * size}b*", "a" * (2 * size)
        wildcards._PATTERNS.clear()
        wildcards._PLACES.clear()
        return lines(lambda: is_like(pattern, text))

    assert steps(400) <= 4.2 * steps(100) + 100


def test_cache_is_bounded_by_characters():
    calls = []

    def upper(text):
        calls.append(text)
        return text.upper()

    cache = TextCache(upper, 10)
    assert [cache[text] for text in ("abcd", "efghij", "abcd")] == ["ABCD", "EFGHIJ", "ABCD"]
    assert calls == ["abcd", "efghij"]
    assert cache["k"] == "K"
    assert set(cache) == {"k"}
    assert cache["x" * 11] == "X" * 11
    assert cache["x" * 11] == "X" * 11
    assert set(cache) == {"k"}
    assert calls == ["abcd", "efghij", "k", "x" * 11, "x" * 11]
    assert cache["l"] == "L"
    assert set(cache) == {"k", "l"}


def test_cache_does_not_keep_what_raises():
    cache = TextCache(bytes.fromhex, 10)
    with pytest.raises(ValueError, match="hexadecimal"):
        cache["x"]
    assert dict(cache) == {}
