# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, tags and JSON of users: valid values, and the messages for invalid values."""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.container import check_name, check_tags
from ansible_collections.elemental.mediastore.plugins.module_utils._input import (
    InvalidInputError,
    check_limits,
    load_json,
)


def refusal(function, *arguments):
    with pytest.raises(InvalidInputError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["a", "Z", "0", "-", "_", "live-1_B", "x" * 255, "--", "9" * 12])
def test_name_is_accepted(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "x" * 256, "a b", " a", "a.b", "a/b", "a:b", "a*", "live\n", "\nlive", "a\x00", "é", "ａ", "ß", "жизнь", "١"],
    ids=ascii,
)
def test_name_is_refused(name):
    message = refusal(check_name, name)
    assert repr(name) in message
    assert "1 to 255" in message


def test_tags_are_accepted():
    assert check_tags({"team": "video"}) == {"team": "video"}
    assert check_tags({}) == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [("", ""), (True, "True"), (False, "False"), (5, "5"), (0, "0"), (1.5, "1.5"), ("x" * 256, "x" * 256)],
)
def test_tag_value_becomes_text(value, text):
    result = check_tags({"key": value})["key"]
    assert (result, type(result)) == (text, str)


@pytest.mark.parametrize(
    ("key", "value"),
    [("k" * 128, "v"), ("é" * 128, "日本 1"), ("a b", "_.:/=+-@"), ("xaws:y", ""), ("aws", "x"), ("Key", "aws:x")],
)
def test_tag_is_accepted(key, value):
    assert check_tags({key: value}) == {key: value}


def test_tag_keys_keep_their_case():
    assert check_tags({"Team": "a", "team": "B"}) == {"Team": "a", "team": "B"}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("aws:x", "v", ["'aws:x'", "aws:", "reserved"]),
        ("AWS:x", "v", ["'AWS:x'", "reserved"]),
        ("aws:", "v", ["'aws:'"]),
        ("key", None, ["'key'"]),
        ("key", {}, ["'key'"]),
        ("key", {"a": 1}, ["'key'"]),
        ("key", ["a"], ["'key'"]),
        ("", "v", ["tag key ''", "1 to 128"]),
        ("k" * 129, "v", ["129", "1 to 128"]),
        ("key", "v" * 257, ["'key'", "257", "0 to 256"]),
        ("key", 10**256, ["'key'", "257", "256"]),
        ("key", "a,b", ["'key'", "_ . : / = + - @"]),
        ("a*", "v", ["'a*'"]),
        ("key", "a\n", ["'key'"]),
        ("key", "a\tb", ["'key'"]),
        ("key", "😀", ["'key'"]),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_tag_is_refused(key, value, words):
    message = refusal(check_tags, {"good": "v", key: value})
    assert [word for word in words if word not in message] == []


def test_up_to_50_tags_are_accepted():
    tags = {f"k{number}": "v" for number in range(50)}
    assert check_tags(tags) == tags
    message = refusal(check_tags, {**tags, "one-more": "v"})
    assert "51" in message
    assert "0 to 50" in message


@pytest.mark.parametrize(("value", "least", "most"), [(0, 0, 5), (5, 0, 5), (1, 1, 1)])
def test_limits_are_inclusive(value, least, most):
    check_limits("It", value, least, most)


@pytest.mark.parametrize(
    ("value", "least", "most", "words"),
    [(-1, 0, 5, ["-1", "0 to 5"]), (6, 0, 5, ["6", "0 to 5"])],
)
def test_value_beyond_limits_is_refused(value, least, most, words):
    message = refusal(check_limits, "The age", value, least, most)
    assert [word for word in ["The age", *words] if word not in message] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 1.5, true, null, "é"]}', {"a": [1, 1.5, True, None, "é"]}),
        ('{"a": {"b": 1}, "c": {"b": 2}}', {"a": {"b": 1}, "c": {"b": 2}}),
        ('{"a": 1, "A": 2}', {"a": 1, "A": 2}),
        ('"NaN"', "NaN"),
        ("1e300", 1e300),
        ("[[[[[]]]]]", [[[[[]]]]]),
    ],
)
def test_json_is_read(text, value):
    assert repr(load_json(text)) == repr(value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "."),
        ("{", "."),
        ("{'a': 1}", "."),
        ('{"a": 1,}', "."),
        ("{} {}", "."),
        ('{"a": 1, "a": 1}', "'a'"),
        ('{"x": [{"b": 1, "c": 2, "b": 3}]}', "'b'"),
        ('{"a": 1, "\\u0061": 2}', "'a'"),
        ("[NaN]", "NaN"),
        ("[Infinity]", "Infinity"),
        ("[-Infinity]", "-Infinity"),
        ("[1e400]", "1e400"),
        ("[-1e400]", "-1e400"),
        ("[" * 200_000 + "]" * 200_000, "nested"),
        ('{"a":' * 200_000 + "1" + "}" * 200_000, "nested"),
    ],
    ids=lambda value: value[:20],
)
def test_json_is_refused(text, word):
    with pytest.raises(ValueError, match=word):
        load_json(text)
