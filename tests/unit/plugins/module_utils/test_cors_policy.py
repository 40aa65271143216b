# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CORS policy: limits, requests, replies and equality."""

from __future__ import annotations

import copy
import random
import re

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.cors_policy import CORS_POLICY_OPTION
from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.cors_policy import CORS_POLICY
from ansible_collections.elemental.mediastore.tests.unit import samples

properties = settings(deadline=None, max_examples=200, database=None)
LISTS = ["allowed_origins", "allowed_methods", "allowed_headers", "expose_headers"]


def rule(**options):
    """A rule as a user specifies it, without the options that are None."""
    given_options = {"allowed_origins": ["https://a"], "allowed_methods": ["GET"], **options}
    return {option: value for option, value in given_options.items() if value is not None}


def many(count, of="https://a{}"):
    return [of.format(number) for number in range(count)]


A, B = rule(), rule(allowed_origins=["https://b"])
EMPTY = {"allowed_headers": [], "expose_headers": []}


def heads(*headers):
    return [rule(allowed_headers=list(headers))]


@pytest.mark.parametrize(
    ("same", "one", "other"),
    [
        pytest.param(False, [A, B], [B, A], id="order-of-rules"),
        pytest.param(False, [A, B], [A], id="rule-less"),
        pytest.param(False, [A, A], [A], id="rule-twice"),
        pytest.param(False, [A], [B], id="origin"),
        pytest.param(False, [A], [rule(allowed_origins=["https://A"])], id="origin-case"),
        pytest.param(False, [rule(allowed_origins=["a", "b"])], [rule(allowed_origins=["a"])], id="origin-less"),
        pytest.param(True, [rule(allowed_origins=["a", "b"])], [rule(allowed_origins=["b", "a"])], id="origin-order"),
        pytest.param(True, [rule(allowed_origins=["a", "a"])], [rule(allowed_origins=["a"])], id="origin-twice"),
        pytest.param(False, [rule(allowed_origins=["*"])], [rule(allowed_origins=["*", "a"])], id="origin-covered"),
        pytest.param(False, [A], [rule(allowed_methods=["HEAD"])], id="method"),
        pytest.param(False, [A], [rule(allowed_methods=["GET", "HEAD"])], id="method-more"),
        pytest.param(
            True,
            [rule(allowed_methods=["PUT", "GET"])],
            [rule(allowed_methods=["GET", "PUT", "GET"])],
            id="method-order",
        ),
        pytest.param(True, heads("A", "B"), heads("B", "A"), id="header-order"),
        pytest.param(True, heads("Content-Type"), heads("content-TYPE"), id="header-case"),
        pytest.param(True, heads("X-A", "x-a"), heads("x-A"), id="header-case-twice"),
        pytest.param(False, heads("a"), heads("b"), id="header"),
        pytest.param(False, heads("a"), heads("a*"), id="header-wildcard"),
        pytest.param(True, heads(), [A], id="header-none-or-left-out"),
        pytest.param(False, heads("a"), [A], id="header-or-none"),
        pytest.param(True, [rule(expose_headers=["ETag"])], [rule(expose_headers=["etag", "ETAG"])], id="expose-case"),
        pytest.param(True, [rule(expose_headers=["a", "b"])], [rule(expose_headers=["b", "a"])], id="expose-order"),
        pytest.param(True, [rule(expose_headers=[])], [A], id="expose-none-or-left-out"),
        pytest.param(False, [rule(expose_headers=["a"])], [A], id="expose-or-none"),
        pytest.param(False, heads("a"), [rule(expose_headers=["a"])], id="expose-or-allowed"),
        pytest.param(False, [rule(max_age_seconds=0)], [A], id="age-0-or-left-out"),
        pytest.param(False, [rule(max_age_seconds=0)], [rule(max_age_seconds=1)], id="age"),
        pytest.param(True, [rule(max_age_seconds=0)], [rule(max_age_seconds=0, **EMPTY)], id="age-0"),
    ],
)
def test_equality(same, one, other):
    """Compare what users gave with each other, and with what the service stores of it."""
    one, other = CORS_POLICY_OPTION.check(one), CORS_POLICY_OPTION.check(other)
    stored = CORS_POLICY.load(CORS_POLICY.dump(other))
    assert [samples.equal(CORS_POLICY, *pair) for pair in [(one, other), (other, one), (one, stored)]] == [same] * 3
    assert samples.equal(CORS_POLICY, one, one)


@pytest.mark.parametrize(
    ("options", "member"),
    [
        (rule(), {"AllowedHeaders": []}),
        (rule(**EMPTY), {"AllowedHeaders": []}),
        (rule(allowed_headers=["X-A"]), {"AllowedHeaders": ["X-A"]}),
        (rule(expose_headers=["ETag"]), {"AllowedHeaders": [], "ExposeHeaders": ["ETag"]}),
        (rule(max_age_seconds=0), {"AllowedHeaders": [], "MaxAgeSeconds": 0}),
    ],
)
def test_rule_as_it_is_sent(options, member):
    """The model requires AllowedHeaders, and what says nothing is omitted."""
    sent = CORS_POLICY.dump(CORS_POLICY_OPTION.check([options]))
    assert sent == [{"AllowedOrigins": ["https://a"], "AllowedMethods": ["GET"], **member}]


@pytest.mark.parametrize(
    "stored",
    [
        {"AllowedHeaders": []},
        {"AllowedHeaders": [], "ExposeHeaders": []},
        {"AllowedHeaders": [], "ExposeHeaders": None, "MaxAgeSeconds": None},
        {},
    ],
)
def test_stored_defaults_equal_omitted_options(stored):
    loaded = CORS_POLICY.load([{"AllowedOrigins": ["https://a"], "AllowedMethods": ["GET"], **stored}])
    assert samples.equal(CORS_POLICY, loaded, CORS_POLICY_OPTION.check([rule()]))


def test_stored_rules_under_the_names_of_the_options():
    stored = {
        "AllowedOrigins": ["https://b", "https://a"],
        "AllowedMethods": ["PUT", "GET"],
        "AllowedHeaders": ["X-B", "x-a"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 0,
    }
    assert CORS_POLICY.load([stored]) == [
        {
            "allowed_origins": ["https://b", "https://a"],
            "allowed_methods": ["PUT", "GET"],
            "allowed_headers": ["X-B", "x-a"],
            "expose_headers": ["ETag"],
            "max_age_seconds": 0,
        }
    ]


def test_stored_rule_without_methods_can_be_read():
    loaded = CORS_POLICY.load([{"AllowedOrigins": ["*"], "AllowedHeaders": []}])
    assert not samples.equal(CORS_POLICY, loaded, CORS_POLICY_OPTION.check([rule(allowed_origins=["*"])]))


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([A] * 100, id="100-rules"),
        pytest.param([rule(allowed_origins=many(100))], id="100-origins"),
        pytest.param([rule(allowed_headers=many(100, "h{}"), expose_headers=many(100, "h{}"))], id="100-headers"),
        pytest.param([rule(allowed_methods=["PUT", "GET", "DELETE", "HEAD"])], id="4-methods"),
        pytest.param([rule(allowed_origins=["x" * 2048])], id="origin-2048"),
        pytest.param([rule(allowed_headers=["x" * 8192], expose_headers=["x" * 8192])], id="header-8192"),
        pytest.param([rule(allowed_origins=["*"], allowed_headers=["*"], expose_headers=["*"])], id="wildcards"),
        pytest.param([rule(allowed_origins=["https://*.a", "http://*"], allowed_headers=["x-*"])], id="one-each"),
        pytest.param([rule(max_age_seconds=0), rule(max_age_seconds=2147483647)], id="ages"),
        pytest.param([rule(allowed_origins=["https://é\tÿ ~"])], id="latin-1"),
        pytest.param([rule(allowed_headers=["x" * 8192])] * 47, id="under-398000-characters"),
    ],
)
def test_rules_are_accepted(rules):
    given_rules = copy.deepcopy(rules)
    checked = CORS_POLICY_OPTION.check(rules)
    assert rules == given_rules
    assert [{**found, "allowed_headers": found["allowed_headers"] or None} for found in checked] == [
        {**wanted, "allowed_headers": wanted.get("allowed_headers")} for wanted in rules
    ]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        pytest.param(rule(allowed_origins=[]), ["allowed_origins"], id="no-origin"),
        pytest.param(rule(allowed_methods=[]), ["allowed_methods"], id="no-method"),
        pytest.param(rule(allowed_origins=many(101)), ["allowed_origins", "101", "0 to 100"], id="101-origins"),
        pytest.param(rule(allowed_headers=many(101)), ["allowed_headers", "101", "0 to 100"], id="101-headers"),
        pytest.param(rule(expose_headers=many(101)), ["expose_headers", "101", "0 to 100"], id="101-exposed"),
        pytest.param(rule(allowed_origins=["x" * 2049]), ["allowed_origins", "2049", "1 to 2048"], id="origin-2049"),
        pytest.param(rule(allowed_headers=["x" * 8193]), ["allowed_headers", "8193", "1 to 8192"], id="header-8193"),
        pytest.param(rule(expose_headers=["x" * 8193]), ["expose_headers", "8193", "1 to 8192"], id="exposed-8193"),
        pytest.param(rule(allowed_origins=["a", ""]), ["allowed_origins", "1 to 2048"], id="origin-empty"),
        pytest.param(rule(allowed_headers=[""]), ["allowed_headers", "1 to 8192"], id="header-empty"),
        pytest.param(rule(expose_headers=[""]), ["expose_headers", "1 to 8192"], id="exposed-empty"),
        pytest.param(rule(allowed_origins=["*.*"]), ["allowed_origins", "'*.*'", "one"], id="origin-wildcards"),
        pytest.param(rule(allowed_origins=["**"]), ["allowed_origins", "'**'", "one"], id="origin-wildcards-alone"),
        pytest.param(rule(allowed_headers=["x-*-*"]), ["allowed_headers", "'x-*-*'", "one"], id="header-wildcards"),
        pytest.param(rule(expose_headers=["**"]), ["expose_headers", "'**'", "one"], id="exposed-wildcards"),
        pytest.param(rule(max_age_seconds=-1), ["max_age_seconds", "-1", "0 to 2147483647"], id="age-negative"),
        pytest.param(rule(max_age_seconds=2147483648), ["max_age_seconds", "0 to 2147483647"], id="age-huge"),
        pytest.param(rule(allowed_origins=["https://€"]), ["allowed_origins", "Latin-1"], id="origin-not-latin-1"),
        pytest.param(rule(allowed_headers=["日本"]), ["allowed_headers", "'日本'", "Latin-1"], id="header-not-latin-1"),
        pytest.param(rule(expose_headers=["Ā"]), ["expose_headers", "Latin-1"], id="exposed-not-latin-1"),
        pytest.param(rule(allowed_origins=["a\x00"]), ["allowed_origins", "control"], id="origin-control"),
    ],
)
def test_rule_is_refused(second, words):
    with pytest.raises(InvalidInputError) as caught:
        CORS_POLICY_OPTION.check([A, second, B])
    message = str(caught.value)
    assert [word for word in ["CORS rule 2", *words] if word not in message] == []
    assert "\n" not in message


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        pytest.param([], ["1 to 100", "state=absent"], id="none"),
        pytest.param([A] * 101, ["101", "1 to 100"], id="101"),
        pytest.param([rule(allowed_headers=["x" * 8192])] * 49, ["length", "398000"], id="over-398000-characters"),
    ],
)
def test_rules_are_refused(rules, words):
    with pytest.raises(InvalidInputError) as caught:
        CORS_POLICY_OPTION.check(rules)
    assert [word for word in ["CORS", *words] if word not in str(caught.value)] == []


texts = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="*"), min_size=1, max_size=4)
wild = texts | texts.map(lambda text: f"*{text}") | st.just("*")
rules = st.fixed_dictionaries(
    {
        "allowed_origins": st.lists(wild, min_size=1, max_size=3),
        "allowed_methods": st.lists(st.sampled_from(["PUT", "GET", "DELETE", "HEAD"]), min_size=1, max_size=5),
    },
    optional={
        "allowed_headers": st.lists(wild, max_size=3) | st.none(),
        "expose_headers": st.lists(wild, max_size=3) | st.none(),
        "max_age_seconds": st.integers(0, 2147483647) | st.none(),
    },
)
policies = st.lists(rules, min_size=1, max_size=4)
SHAPE = botocore.session.get_session().get_service_model("mediastore").shape_for("CorsPolicy")


@properties
@given(policies)
def test_rules_that_are_sent_come_back(policy):
    checked = CORS_POLICY_OPTION.check(policy)
    sent = CORS_POLICY.dump(checked)
    assert not ParamValidator().validate(sent, SHAPE).has_errors()
    assert CORS_POLICY.load(sent) == checked
    assert CORS_POLICY_OPTION.check(checked) == checked


@properties
@given(policies)
def test_canonical_form_is_equal_and_final(policy):
    checked = CORS_POLICY_OPTION.check(policy)
    canonical = samples.canonical(CORS_POLICY, checked)
    assert samples.canonical(CORS_POLICY, canonical) == canonical
    assert samples.equal(CORS_POLICY, canonical, checked)


@properties
@given(policies, st.integers())
def test_sets_and_case_of_headers_make_no_difference(policy, seed):
    rng = random.Random(seed)
    other = copy.deepcopy(policy)
    for found in other:
        for option in LISTS:
            items = found.get(option) or []
            if option.endswith("headers"):
                items = [rng.choice([item, item.upper(), item.lower()]) for item in items]
            found[option] = rng.sample(items, len(items)) + items[:1]
    assert samples.equal(CORS_POLICY, CORS_POLICY_OPTION.check(policy), CORS_POLICY_OPTION.check(other))


@properties
@given(policies, st.data())
def test_any_other_difference_counts(policy, data):
    other = copy.deepcopy(policy)
    changed = data.draw(st.sampled_from(other))
    option = data.draw(st.sampled_from([*LISTS[:1], *LISTS[2:], "max_age_seconds"]))
    if option == "max_age_seconds":
        changed[option] = None if changed.get(option) is not None else 0
    else:
        changed[option] = [*(changed.get(option) or []), "never-seen"]
    assert not samples.equal(CORS_POLICY, CORS_POLICY_OPTION.check(policy), CORS_POLICY_OPTION.check(other))


ANY_TEXT = st.lists(st.text(max_size=4) | st.sampled_from(["*", "**", "a*b", "x" * 2049]), max_size=3) | st.none()
ANY_RULE = st.fixed_dictionaries(
    {"allowed_origins": ANY_TEXT, "allowed_methods": st.lists(st.sampled_from(["GET", "PUT"]), max_size=3)},
    optional={"allowed_headers": ANY_TEXT, "expose_headers": ANY_TEXT, "max_age_seconds": st.integers() | st.none()},
)


@properties
@given(st.lists(ANY_RULE, max_size=3))
def test_any_rules_are_refused_or_have_a_canonical_form(policy):
    try:
        checked, refusal = CORS_POLICY_OPTION.check(policy), None
    except InvalidInputError as error:
        checked, refusal = [], str(error)
    assert refusal is None or re.fullmatch(r"(The .*CORS|CORS rule [1-3])[^\n]+", refusal)
    assert refusal or not ParamValidator().validate(CORS_POLICY.dump(checked), SHAPE).has_errors()
    canonical = samples.canonical(CORS_POLICY, checked)
    assert samples.canonical(CORS_POLICY, canonical) == canonical
