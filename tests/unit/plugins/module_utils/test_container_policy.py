# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container policy: errors, requests and replies."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.container_policy import (
    CONTAINER_POLICY_OPTION,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container_policy import CONTAINER_POLICY
from ansible_collections.elemental.mediastore.tests.unit import policy_cases, samples

properties = settings(deadline=None, max_examples=200, database=None)

ARN = "arn:aws:mediastore:us-east-1:123456789012:container/live"
HTTPS = {"Bool": {"aws:SecureTransport": "true"}}


def statement(**changes):
    fine = {"Effect": "Allow", "Principal": "*", "Action": "mediastore:GetObject", "Resource": f"{ARN}/*"}
    return {**fine, **changes}


# A policy that is ROOM characters shorter than the longest policy that the service accepts.
SHORT = json.dumps({"Statement": [statement()], "Id": "%s"}, separators=(",", ":"))
ROOM = 8192 - len(SHORT % "")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Statement": statement(), "Version": "2012-10-17"}),
        json.dumps({"Statement": [statement(Sid="é", Action=["b:b", "a:a"])], "Id": "1.5"}, ensure_ascii=False),
        SHORT % ("a" * ROOM),
        SHORT % ("é" + "a" * (ROOM - 6)),
        SHORT % ("😀" + "a" * (ROOM - 12)),
        SHORT % (r"\"" + "a" * (ROOM - 2)),
        (SHORT % ("a" * ROOM)).replace(",", " , ") + " " * 9000,
        SHORT % (r"\u0061" + "a" * (ROOM - 1)),
    ],
    ids=lambda text: ascii(text)[:60],
)
def test_policy_is_accepted_as_it_is(text):
    policy = CONTAINER_POLICY_OPTION.check(text)
    assert json.dumps(policy) == json.dumps(json.loads(text))
    assert len(CONTAINER_POLICY.dump(policy)) <= 8192


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", ["not valid JSON"]),
        ("Statement: []", ["not valid JSON"]),
        ('{"Statement": [{"Sid": "a", "Sid": "b"}]}', ["not valid JSON", "'Sid'", "twice"]),
        ("[]", ["JSON object", "[]"]),
        ('[{"Statement": []}]', ["object"]),
        ("5", ["object"]),
        ("null", ["object"]),
        ("true", ["JSON object", "true"]),
        ('"Statement"', ["object"]),
        ("{}", ["state=absent"]),
        (" { } ", ["state=absent"]),
        ('{"Version": "2012-10-17"}', ["no Statement"]),
        ('{"statement": []}', ["'statement'"]),
        (SHORT % ("a" * (ROOM + 1)), ["8193", "8192"]),
        (SHORT % ("é" + "a" * (ROOM - 5)), ["8193", "8192"]),
        (SHORT % ("😀" + "a" * (ROOM - 11)), ["8193", "8192"]),
        ('{"Statement": "' + "x" * 9000 + '"}', ["8192"]),
        ('{"Statement": ' + "9" * 9000 + "}", []),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_policy_is_refused(text, words):
    with pytest.raises(InvalidInputError) as caught:
        CONTAINER_POLICY_OPTION.check(text)
    message = str(caught.value)
    assert [word for word in ["container policy", *words] if word not in message] == []


def test_policy_is_sent_minified_and_in_ascii():
    policy = CONTAINER_POLICY_OPTION.check(
        '{ "Statement" : { "Sid" : "é" , "Effect" : "Deny" , "Principal" : "*" , "Action" : [ "b:b" , "a:a" ] ,'
        ' "NotResource" : "x" } }'
    )
    assert CONTAINER_POLICY.dump(policy) == (
        r'{"Statement":{"Sid":"\u00e9","Effect":"Deny","Principal":"*","Action":["b:b","a:a"],"NotResource":"x"}}'
    )


@pytest.mark.parametrize("stored", ["", "no {json", '{"a": 1, "a": 2}', "[NaN]", "[" * 200_000])
def test_stored_text_that_is_no_json_is_shown_as_it_is(stored):
    assert CONTAINER_POLICY.load(stored) == stored


# Lists and dictionaries are short: no three statements are longer than the limit of 8,192 characters.
names = st.text(min_size=1, max_size=5)
values = st.one_of(names, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.just("*") | st.dictionaries(st.sampled_from(["AWS", "Service"]), names, min_size=1),
        "Action": st.lists(st.sampled_from(["*", "mediastore:*", "s3:GetObject"]), min_size=1, max_size=3),
        "NotResource": names | st.lists(names, min_size=1, max_size=3),
    },
    optional={
        "Condition": st.dictionaries(
            st.sampled_from(["Bool", "StringLike", "ForAnyValue:NumericEqualsIfExists"]),
            st.dictionaries(names, values | st.lists(values, min_size=1, max_size=2), min_size=1, max_size=2),
        )
    },
)


@properties
@given(statements | st.lists(statements, min_size=1, max_size=3))
def test_policy_that_is_sent_comes_back(statement):
    policy = CONTAINER_POLICY_OPTION.check(json.dumps({"Statement": statement}))
    sent = CONTAINER_POLICY.dump(policy)
    assert sent.isascii()
    assert json.dumps(CONTAINER_POLICY.load(sent)) == json.dumps(policy)
    assert json.dumps(CONTAINER_POLICY_OPTION.check(sent)) == json.dumps(policy)


@properties
@given(st.dictionaries(st.sampled_from(["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]), json_values))
def test_any_statement_is_refused_or_accepted(changes):
    policy = {"Statement": statement(**changes)}
    try:
        taken, refusal = CONTAINER_POLICY_OPTION.check(json.dumps(policy)), None
    except InvalidInputError as error:
        taken, refusal = policy, str(error)
    assert taken == policy
    assert refusal is None or re.fullmatch(r"Statement 1 of the container policy[^\n]+", refusal)


def with_ids(cases):
    return [pytest.param(*case[1:], id=case.id) for case in cases]


@pytest.mark.parametrize(("policy", "number", "element"), with_ids(policy_cases.BREAKS_GRAMMAR))
def test_policy_that_breaks_the_grammar_is_refused(policy, number, element):
    text = policy_cases.as_text(policy)
    with pytest.raises(InvalidInputError) as caught:
        CONTAINER_POLICY_OPTION.check(text)
    message = str(caught.value)
    assert "\n" not in message
    assert element in message
    where = rf"^Statement {number} of the container policy|twice in Statement {number}\b"
    assert number is None or re.search(where, message)


@pytest.mark.parametrize(("policy", "number", "element"), with_ids(policy_cases.OUTSIDE_CONTAINER))
def test_resource_outside_the_container_is_refused(policy, number, element):
    checked = CONTAINER_POLICY_OPTION.check(policy_cases.as_text(policy))
    message = rf"^Statement {number} of the container policy: {element} '.+' is not inside container live:"
    with pytest.raises(InvalidInputError, match=message):
        CONTAINER_POLICY_OPTION.check_container(checked, policy_cases.CONTAINER)


@pytest.mark.parametrize("policy", with_ids(policy_cases.ACCEPTED))
def test_valid_policy_is_accepted(policy):
    text = policy_cases.as_text(policy)
    checked = CONTAINER_POLICY_OPTION.check(text)
    CONTAINER_POLICY_OPTION.check_container(checked, policy_cases.CONTAINER)
    assert json.dumps(checked) == json.dumps(json.loads(text))


@pytest.mark.parametrize(
    "resource",
    [
        f"{ARN}/*",
        [f"{ARN}/*"],
        [f"{ARN}/a", f"{ARN}/b/*"],
        f"{ARN}/",
        "arn:aws-cn:mediastore:cn-north-1:210987654321:container/live/a*",
        "arn:aws:mediastore:*:*:container/live/*",
        f"{ARN}/${{aws:username}}/*",
    ],
)
def test_resource_may_be_inside_the_container(resource):
    CONTAINER_POLICY_OPTION.check_container({"Statement": [statement(Resource=resource)]}, "live")


def test_other_elements_are_not_compared_with_the_container():
    other = statement(NotResource="*")
    del other["Resource"]
    CONTAINER_POLICY_OPTION.check_container({"Statement": other}, "live")


PUT_WARNING = (
    "statement 1 of the container policy allows mediastore:PutObject without the condition"
    " Bool aws:SecureTransport true, which MediaStore requires"
)


@pytest.mark.parametrize(
    ("changes", "put_allowed"),
    [
        ({"Action": "mediastore:PutObject"}, True),
        ({"Action": ["mediastore:GetObject", "MEDIASTORE:putobject"]}, True),
        ({"Action": "mediastore:*"}, True),
        ({"Action": "mediastore:P*t"}, True),
        ({"Action": "mediastore:PutObjec?"}, True),
        ({"Action": "*"}, True),
        ({"Action": "mediastore:PutObject", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, True),
        ({"Action": "mediastore:PutObject", "Condition": {"Bool": {"aws:SecureTransport": ["true", "false"]}}}, True),
        ({"Action": "mediastore:PutObject", "Condition": {"Null": {"aws:SecureTransport": "true"}}}, True),
        ({"Action": "mediastore:PutObject", "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}, True),
        ({"Action": "mediastore:PutObject", "Condition": HTTPS}, False),
        ({"Action": "mediastore:PutObject", "Condition": {"Bool": {"AWS:securetransport": True}}}, False),
        ({"Action": "mediastore:PutObject", "Condition": {"bool": {"aws:SecureTransport": ["true"]}}}, False),
        ({"Action": "mediastore:PutObject", "Effect": "Deny"}, False),
        ({"Action": "mediastore:GetObject"}, False),
        ({"Action": "mediastore:DescribeObject"}, False),
        ({"Action": "mediastore:Put[O]bject"}, False),
    ],
)
def test_put_object_without_https_is_a_warning(changes, put_allowed):
    warnings = list(CONTAINER_POLICY_OPTION.warnings({"Statement": statement(**changes)}))
    assert warnings == ([PUT_WARNING] if put_allowed else [])


@pytest.mark.parametrize(
    ("not_actions", "put_allowed"),
    [(["mediastore:GetObject"], True), (["mediastore:PutObject"], False), (["mediastore:*"], False)],
)
def test_put_object_can_be_allowed_by_not_action(not_actions, put_allowed):
    allowing = statement(NotAction=not_actions)
    del allowing["Action"]
    assert list(CONTAINER_POLICY_OPTION.warnings({"Statement": [allowing]})) == ([PUT_WARNING] if put_allowed else [])


@pytest.mark.parametrize(
    ("action", "is_foreign"),
    [
        ("s3:GetObject", True),
        ("mediastore-data:GetObject", True),
        ("mediapackage:*", True),
        ("media?ackage:*", True),
        ("mediastore:Nothing", False),
        ("MediaStore:GetObject", False),
        ("media*:GetObject", False),
        ("*:GetObject", False),
    ],
)
def test_action_of_another_service_is_a_warning(action, is_foreign):
    policy = {"Statement": [statement(), statement(Action=["mediastore:GetObject", action])]}
    said = f"statement 2 of the container policy names {action} in Action, which is not an action of MediaStore"
    assert list(CONTAINER_POLICY_OPTION.warnings(policy)) == ([said] if is_foreign else [])


@properties
@given(json_values.map(json.dumps) | st.text())
def test_any_text_is_refused_or_has_a_canonical_form(text):
    try:
        canonical, refusal = samples.canonical(CONTAINER_POLICY, CONTAINER_POLICY_OPTION.check(text)), None
    except InvalidInputError as error:
        canonical, refusal = None, str(error)
    assert refusal is None or re.fullmatch(r"(The|Statement \d+ of the) [^\n]*container policy[^\n]+", refusal)
    assert json.dumps(samples.canonical(CONTAINER_POLICY, canonical)) == json.dumps(canonical)
