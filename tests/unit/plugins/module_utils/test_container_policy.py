# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container policy: what is refused, what is sent, and what is read."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._container_policy import CONTAINER_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError

properties = settings(deadline=None, max_examples=200, database=None)

# A policy that lacks ROOM characters to the longest one that the service takes.
SHORT = '{"Statement":[{}],"Id":"%s"}'
ROOM = 8192 - len(SHORT % "")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement": []}',
        '{"Statement": {}, "Version": "2012-10-17"}',
        '{"Statement": [{"Sid": "é", "Action": ["b", "a"]}], "Id": 1.5}',
        SHORT % ("a" * ROOM),
        SHORT % ("é" + "a" * (ROOM - 6)),
        SHORT % ("😀" + "a" * (ROOM - 12)),
        SHORT % (r"\"" + "a" * (ROOM - 2)),
        (SHORT % ("a" * ROOM)).replace(",", " , ") + " " * 9000,
        SHORT % (r"\u0061" + "a" * (ROOM - 1)),
    ],
    ids=lambda text: ascii(text)[:60],
)
def test_policy_is_taken_as_it_is(text):
    policy = CONTAINER_POLICY.check(text)
    assert json.dumps(policy) == json.dumps(json.loads(text))
    assert len(CONTAINER_POLICY.dump(policy)) <= 8192


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["not valid JSON"]),
        ("{", ["not valid JSON"]),
        ("Statement: []", ["not valid JSON"]),
        ('{"Statement": [], "Statement": []}', ["not valid JSON", "'Statement'", "twice"]),
        ('{"Statement": [{"Sid": "a", "Sid": "b"}]}', ["not valid JSON", "'Sid'", "twice"]),
        ('{"Statement": [NaN]}', ["not valid JSON", "NaN"]),
        ('{"Statement": [-Infinity]}', ["not valid JSON", "-Infinity"]),
        ('{"Statement": [1e400]}', ["not valid JSON", "1e400"]),
        ('{"Statement":' + "[" * 200_000 + "]" * 200_000 + "}", ["not valid JSON", "nested"]),
        ("[]", ["object"]),
        ('[{"Statement": []}]', ["object"]),
        ("5", ["object"]),
        ("null", ["object"]),
        ("true", ["object"]),
        ('"Statement"', ["object"]),
        ("{}", ["state=absent"]),
        (" { } ", ["state=absent"]),
        ('{"Version": "2012-10-17"}', ["Statement"]),
        ('{"statement": []}', ["Statement"]),
        (SHORT % ("a" * (ROOM + 1)), ["8193", "8192"]),
        (SHORT % ("é" + "a" * (ROOM - 5)), ["8193", "8192"]),
        (SHORT % ("😀" + "a" * (ROOM - 11)), ["8193", "8192"]),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_policy_is_refused(text, words):
    with pytest.raises(InvalidInputError) as caught:
        CONTAINER_POLICY.check(text)
    message = str(caught.value)
    assert [word for word in ["container policy", *words] if word not in message] == []


def test_policy_is_sent_minified_and_in_ascii():
    policy = CONTAINER_POLICY.check('{ "Statement" : [ { "Sid" : "é" , "Action" : [ "b" , "a" ] } ] }')
    assert CONTAINER_POLICY.dump(policy) == r'{"Statement":[{"Sid":"\u00e9","Action":["b","a"]}]}'


@pytest.mark.parametrize("stored", ["", "no {json", '{"a": 1, "a": 2}', "[NaN]", "[" * 200_000])
def test_stored_text_that_is_no_json_is_shown_as_it_is(stored):
    assert CONTAINER_POLICY.load(stored) == stored


@properties
@given(json_values, st.dictionaries(st.text(max_size=5), json_values, max_size=3))
def test_policy_that_is_sent_comes_back(statement, elements):
    text = json.dumps({**elements, "Statement": statement})
    policy = CONTAINER_POLICY.check(text)
    sent = CONTAINER_POLICY.dump(policy)
    assert sent.isascii()
    assert json.dumps(CONTAINER_POLICY.load(sent)) == json.dumps(policy)
    assert json.dumps(CONTAINER_POLICY.check(sent)) == json.dumps(policy)


@properties
@given(json_values.map(json.dumps) | st.text())
def test_any_text_is_refused_clearly_or_has_a_canonical_form(text):
    try:
        canonical, refusal = CONTAINER_POLICY.canonical(CONTAINER_POLICY.check(text)), None
    except InvalidInputError as error:
        canonical, refusal = None, str(error)
    assert refusal is None or re.fullmatch(r"The [^\n]*container policy[^\n]+", refusal)
    assert json.dumps(CONTAINER_POLICY.canonical(canonical)) == json.dumps(canonical)
