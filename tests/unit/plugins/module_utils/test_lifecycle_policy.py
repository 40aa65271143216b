# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lifecycle policy: rules, requests, replies and equality."""

from __future__ import annotations

import contextlib
import copy
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.lifecycle_policy import (
    LIFECYCLE_POLICY_OPTION,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.lifecycle_policy import LIFECYCLE_POLICY
from ansible_collections.elemental.mediastore.tests.unit import samples

properties = settings(deadline=None, max_examples=200, database=None)

DAYS, SECONDS = "days_since_create", "seconds_since_create"
LEFT_OUT = object()


def prefixes(*texts):
    return [{"prefix": text} for text in texts]


def wildcards(*texts):
    return [{"wildcard": text} for text in texts]


def days(number=30, path=None, action="EXPIRE", operator=">", age=None, **definition):
    """A rule in days, without the members that are LEFT_OUT."""
    return {
        "definition": without(
            {
                "path": prefixes("a/") if path is None else path,
                DAYS: age or [{"numeric": [operator, number]}],
                **definition,
            }
        ),
        "action": action,
    }


def seconds(number=30, path=None, action="EXPIRE"):
    definition = {"path": path or wildcards("a/*.ts"), SECONDS: [{"numeric": [">", number]}]}
    return {"definition": definition, "action": action}


def without(members):
    return {name: value for name, value in members.items() if value is not LEFT_OUT}


def check(*rules):
    return LIFECYCLE_POLICY_OPTION.check(json.dumps({"rules": rules}))


def raw(number):
    """The text of a policy whose number is spelled in JSON as given."""
    return json.dumps({"rules": [days("NUMBER")]}).replace('"NUMBER"', number)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(days(1), id="1-day"),
        pytest.param(days(36500), id="36500-days"),
        pytest.param(days(action="ARCHIVE"), id="archive"),
        pytest.param(days(operator=">="), id="at-least"),
        pytest.param(days(path=wildcards("a/*")), id="days-wildcard"),
        pytest.param(days(path=wildcards("a/*"), action="ARCHIVE"), id="archive-wildcard"),
        pytest.param(days(path=prefixes(*"abcdefghij")), id="10-paths"),
        pytest.param(days(path=prefixes("é", "日本/")), id="path-not-ascii"),
        pytest.param(seconds(1), id="1-second"),
        pytest.param(seconds(300), id="300-seconds"),
    ],
)
def test_rule_is_accepted_as_it_is(rule):
    assert check(rule) == {"rules": [rule]}
    assert check(*[rule] * 10) == {"rules": [rule] * 10}


@pytest.mark.parametrize("number", ["30", '"30"', "30.0", "3e1", '"030"'])
def test_number_is_sent_as_number(number):
    sent = LIFECYCLE_POLICY.dump(LIFECYCLE_POLICY_OPTION.check(raw(number)))
    assert sent == (
        '{"rules":[{"definition":{"path":[{"prefix":"a/"}],"days_since_create":[{"numeric":[">",30]}]}'
        ',"action":"EXPIRE"}]}'
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param("EXPIRE", ["object", "definition and action"], id="no-object"),
        pytest.param({}, ["definition", "action"], id="empty"),
        pytest.param({"definition": days()["definition"]}, ["definition and action"], id="no-action"),
        pytest.param({"action": "EXPIRE"}, ["definition"], id="no-definition"),
        pytest.param({**days(), "more": 1}, ["more"], id="member-more"),
        pytest.param({"definition": [], "action": "EXPIRE"}, ["definition"], id="definition-no-object"),
        pytest.param(days(**{DAYS: LEFT_OUT}), [DAYS, SECONDS, "one of", "it has 0"], id="no-age"),
        pytest.param(days(**seconds()["definition"]), [DAYS, SECONDS, "one of", "it has 2"], id="both-ages"),
        pytest.param(days(months_since_create=1), ["months_since_create"], id="definition-member-more"),
        pytest.param(days(path=LEFT_OUT), ["path"], id="no-path"),
        pytest.param(days(path="a/"), ["path must be a list"], id="path-no-list"),
        pytest.param(days(path=[]), ["path", "0", "1 to 10"], id="path-none"),
        pytest.param(days(path=prefixes(*"abcdefghijk")), ["path", "11", "1 to 10"], id="11-paths"),
        pytest.param(days(path=["a/"]), ["path", "prefix", "wildcard"], id="path-text"),
        pytest.param(days(path=[{}]), ["path", "prefix", "wildcard"], id="path-empty"),
        pytest.param(days(path=[{"suffix": "a"}]), ["path", "suffix"], id="path-unknown"),
        pytest.param(days(path=[{"Prefix": "a"}]), ["path", "Prefix"], id="path-case"),
        pytest.param(days(path=[{"prefix": 5}]), ["path", "5"], id="path-number"),
        pytest.param(days(path=[{"prefix": None}]), ["path", "None"], id="path-null"),
        pytest.param(days(path=[{"prefix": "a", "wildcard": "b"}]), ["path", "one of"], id="path-both"),
        pytest.param(
            days(path=[{"prefix": "a"}, {"wildcard": "b"}]), ["prefix", "wildcard", "one kind"], id="paths-mixed"
        ),
        pytest.param(days(action="DELETE"), ["DELETE", "EXPIRE or ARCHIVE"], id="action-unknown"),
        pytest.param(days(action="expire"), ["expire", "EXPIRE", "ARCHIVE"], id="action-case"),
        pytest.param(days(action=None), ["None", "EXPIRE", "ARCHIVE"], id="action-null"),
        pytest.param(days(action=["EXPIRE"]), ["EXPIRE", "ARCHIVE"], id="action-list"),
        pytest.param(days(0), [DAYS, "0", "1 to 36500"], id="0-days"),
        pytest.param(days(-1), [DAYS, "-1", "1 to 36500"], id="minus-1-day"),
        pytest.param(days("-5"), [DAYS, "-5", "1 to 36500"], id="minus-5-days-as-text"),
        pytest.param(days(36501), [DAYS, "36501", "1 to 36500"], id="36501-days"),
        pytest.param(days("36501"), [DAYS, "36501", "1 to 36500"], id="36501-days-as-text"),
        pytest.param(days(1e300), [DAYS, "1 to 36500"], id="1e300-days"),
        pytest.param(days(1.5), [DAYS, "1.5", "whole number"], id="1.5-days"),
        pytest.param(days("1.5"), [DAYS, "1.5"], id="1.5-days-as-text"),
        pytest.param(days("many"), [DAYS, "many", "whole number"], id="days-as-words"),
        pytest.param(days(""), [DAYS, "''"], id="days-as-empty-text"),
        pytest.param(days("٣"), [DAYS], id="days-in-other-digits"),
        pytest.param(days("9" * 5000), [DAYS], id="days-too-many-digits"),
        pytest.param(days(True), [DAYS, "True", "whole number"], id="true-days"),
        pytest.param(days(None), [DAYS, "None", "whole number"], id="null-days"),
        pytest.param(days([30]), [DAYS], id="days-in-list"),
        pytest.param(days(operator="<"), [DAYS, "<", ">="], id="less-than"),
        pytest.param(days(operator="="), [DAYS, "=", ">="], id="equal-to"),
        pytest.param(days(operator=5), [DAYS, "5"], id="operator-number"),
        pytest.param(days(age=30), [DAYS, "numeric"], id="age-number"),
        pytest.param(days(age={"numeric": [">", 30]}), [DAYS, "numeric"], id="age-no-list"),
        pytest.param(days(age=[{"numeric": [">", 30]}] * 2), [DAYS, "numeric"], id="age-twice"),
        pytest.param(days(age=[{"numeric": [">", 30, "<", 60]}]), [DAYS, "numeric"], id="age-range"),
        pytest.param(days(age=[{"numeric": [30]}]), [DAYS, "numeric"], id="age-no-operator"),
        pytest.param(days(age=[{"numeric": 30}]), [DAYS, "numeric"], id="numeric-number"),
        pytest.param(days(age=[{"numeric": [">", 30], "x": 1}]), [DAYS, "numeric"], id="age-member-more"),
        pytest.param(days(age=[[">", 30]]), [DAYS, "numeric"], id="age-no-object"),
        pytest.param(seconds(0), [SECONDS, "0", "1 to 300"], id="0-seconds"),
        pytest.param(seconds(301), [SECONDS, "301", "1 to 300"], id="301-seconds"),
        pytest.param(seconds(path=prefixes("a/")), [SECONDS, "wildcard", "EXPIRE"], id="seconds-prefix"),
        pytest.param(seconds(action="ARCHIVE"), [SECONDS, "wildcard", "EXPIRE"], id="seconds-archive"),
    ],
)
def test_rule_is_refused(rule, words):
    with pytest.raises(InvalidInputError) as caught:
        check(days(), rule, days())
    message = str(caught.value)
    assert [word for word in ["Lifecycle rule 2", *words] if word not in message] == []
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{rules: []}", ["not valid JSON"]),
        ('{"rules": [], "rules": []}', ["not valid JSON", "'rules'", "twice"]),
        ("[]", ["JSON object"]),
        ("null", ["object"]),
        ("30", ["object"]),
        ("{}", ["state=absent"]),
        ('{"Rules": []}', ["Amazon S3", '{"rules": [{"definition": {"path": [{"prefix": "a/"}], "days_since_create"']),
        ('{"rules": [], "Version": "1"}', ["rules", "Version", "nothing else"]),
        ('{"rules": {}}', ["rules must be a list"]),
        ('{"rules": null}', ["rules"]),
        ('{"rules": []}', ["rules", "0", "1 to 10"]),
        (json.dumps({"rules": [days()] * 11}), ["rules", "11", "1 to 10"]),
        (json.dumps({"rules": [days(path=prefixes("a" * 8200))]}), ["8192"]),
        (json.dumps({"rules": [days(path=prefixes("é" * 1400))]}), ["8192"]),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_policy_is_refused(text, words):
    with pytest.raises(InvalidInputError) as caught:
        LIFECYCLE_POLICY_OPTION.check(text)
    assert [word for word in ["lifecycle policy", *words] if word not in str(caught.value)] == []


def test_up_to_8192_characters_are_accepted():
    room = 8192 - len(json.dumps({"rules": [days(path=prefixes(""))]}, separators=(",", ":")))
    assert len(LIFECYCLE_POLICY.dump(check(days(path=prefixes("a" * room))))) == 8192
    with pytest.raises(InvalidInputError, match=r"8193.*8192"):
        check(days(path=prefixes("a" * (room + 1))))


@pytest.mark.parametrize(
    ("same", "one", "other"),
    [
        pytest.param(True, [days(30)], [days("30")], id="number-as-text"),
        pytest.param(True, [days(30)], [days(30.0)], id="number-with-point"),
        pytest.param(False, [days(30)], [days(31)], id="number"),
        pytest.param(False, [days(30)], [days("31")], id="number-as-other-text"),
        pytest.param(False, [days(1)], [days(True)], id="number-or-true"),
        pytest.param(True, [days(path=prefixes("a", "b"))], [days(path=prefixes("b", "a"))], id="path-order"),
        pytest.param(True, [days(path=prefixes("a", "a"))], [days(path=prefixes("a"))], id="path-twice"),
        pytest.param(False, [days(path=prefixes("a", "b"))], [days(path=prefixes("a"))], id="path-less"),
        pytest.param(False, [days(path=prefixes("a"))], [days(path=prefixes("A"))], id="path-case"),
        pytest.param(False, [days(path=prefixes("a"))], [days(path=wildcards("a"))], id="path-kind"),
        pytest.param(False, [days(1), days(2)], [days(2), days(1)], id="rule-order"),
        pytest.param(False, [days(), days()], [days()], id="rule-twice"),
        pytest.param(False, [days()], [days(action="ARCHIVE")], id="action"),
        pytest.param(False, [days()], [days(operator=">=")], id="operator"),
        pytest.param(False, [days(path=wildcards("a/*.ts"))], [seconds()], id="unit"),
        pytest.param(False, [], [days()], id="stored-empty"),
        pytest.param(False, {}, [days()], id="stored-no-list"),
        pytest.param(False, [{**days(), "more": 1}], [days()], id="stored-member-more"),
    ],
)
def test_equality(same, one, other):
    """Compare what the service has stored, which may be anything, with the text of a user."""
    one, other = (LIFECYCLE_POLICY.load(json.dumps({"rules": rules})) for rules in (one, other))
    assert [samples.equal(LIFECYCLE_POLICY, *pair) for pair in [(one, other), (other, one)]] == [same] * 2
    assert samples.equal(LIFECYCLE_POLICY, one, one)


@pytest.mark.parametrize("stored", ["", "no {json", "[]", "null", "5", '{"rules": [[]]}', '{"rules": [], "rules": []}'])
def test_stored_text_that_is_no_policy_equals_only_itself(stored):
    loaded = LIFECYCLE_POLICY.load(stored)
    assert samples.equal(LIFECYCLE_POLICY, loaded, LIFECYCLE_POLICY.load(stored))
    assert not samples.equal(LIFECYCLE_POLICY, loaded, check(days()))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)


def rules_of(kind, age, most, actions):
    return st.builds(
        lambda paths, operator, number, action: {
            "definition": {"path": [{kind: text} for text in paths], age: [{"numeric": [operator, number]}]},
            "action": action,
        },
        st.lists(texts, min_size=1, max_size=4),
        st.sampled_from([">", ">="]),
        st.integers(1, most),
        st.sampled_from(actions),
    )


rules = rules_of("prefix", DAYS, 36500, ["EXPIRE", "ARCHIVE"])
rules |= rules_of("wildcard", DAYS, 36500, ["EXPIRE", "ARCHIVE"]) | rules_of("wildcard", SECONDS, 300, ["EXPIRE"])
policies = st.lists(rules, min_size=1, max_size=4)

names = st.sampled_from(["rules", "definition", "action", "path", "prefix", "wildcard", DAYS, SECONDS, "numeric"])
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.sampled_from([">", "EXPIRE"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@properties
@given(policies)
def test_policy_that_is_sent_comes_back(policy):
    checked = check(*policy)
    sent = LIFECYCLE_POLICY.dump(checked)
    assert sent.isascii()
    assert LIFECYCLE_POLICY.load(sent) == checked == {"rules": policy}
    assert LIFECYCLE_POLICY_OPTION.check(sent) == checked


@properties
@given(policies, st.integers())
def test_spelling_makes_no_difference(policy, seed):
    rng = random.Random(seed)
    other = copy.deepcopy(policy)
    for rule in other:
        path = rule["definition"]["path"]
        rule["definition"]["path"] = rng.sample(path, len(path)) + path[:1]
        numeric = rule["definition"].get(DAYS, rule["definition"].get(SECONDS))[0]["numeric"]
        numeric[1] = rng.choice([numeric[1], str(numeric[1]), float(numeric[1])])
    assert samples.equal(LIFECYCLE_POLICY, check(*policy), LIFECYCLE_POLICY.load(json.dumps({"rules": other})))


@properties
@given(policies.map(lambda rules: {"rules": rules}) | anything)
def test_canonical_form_is_equal_and_final(document):
    before = copy.deepcopy(document)
    canonical = samples.canonical(LIFECYCLE_POLICY, document)
    assert document == before
    assert json.dumps(samples.canonical(LIFECYCLE_POLICY, canonical)) == json.dumps(canonical)
    assert samples.equal(LIFECYCLE_POLICY, canonical, document)


@properties
@given(policies, st.data())
def test_damaged_policy_is_accepted_or_refused(policy, data):
    """Put anything in any place: the only failure is a refusal."""
    document = {"rules": copy.deepcopy(policy)}
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if not place[key] or not isinstance(place[key], (dict, list)) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(anything)
    samples.canonical(LIFECYCLE_POLICY, document)
    with contextlib.suppress(InvalidInputError):
        LIFECYCLE_POLICY_OPTION.check(json.dumps(document))
