# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metric policy: limits, requests, replies and equality."""

from __future__ import annotations

import random

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.metric_policy import (
    METRIC_POLICY_OPTION,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.metric_policy import METRIC_POLICY
from ansible_collections.elemental.mediastore.tests.unit import samples

properties = settings(deadline=None, max_examples=200, database=None)


def rule(name="live", group="live/*"):
    return {"object_group": group, "object_group_name": name}


def policy(*rules, metrics=True):
    return {"container_level_metrics": metrics, "rules": list(rules)}


A, B = rule("a", "a/*"), rule("b", "b/*")


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (policy(), {"ContainerLevelMetrics": "ENABLED"}),
        (policy(metrics=False), {"ContainerLevelMetrics": "DISABLED"}),
        (
            policy(B, A, metrics=False),
            {
                "ContainerLevelMetrics": "DISABLED",
                "MetricPolicyRules": [
                    {"ObjectGroup": "b/*", "ObjectGroupName": "b"},
                    {"ObjectGroup": "a/*", "ObjectGroupName": "a"},
                ],
            },
        ),
    ],
)
def test_value_and_its_stored_form(value, stored):
    """A bool and rules on this side, on the wire ENABLED or DISABLED and no empty list."""
    assert METRIC_POLICY_OPTION.check(value) == value
    assert METRIC_POLICY.dump(value) == stored
    assert METRIC_POLICY.load(stored) == value
    assert isinstance(METRIC_POLICY.load(stored)["container_level_metrics"], bool)


@pytest.mark.parametrize("rules", [[], None])
def test_stored_empty_rules_are_an_empty_list(rules):
    assert METRIC_POLICY.load({"ContainerLevelMetrics": "ENABLED", "MetricPolicyRules": rules}) == policy()


@pytest.mark.parametrize(
    ("same", "one", "other"),
    [
        pytest.param(True, policy(A, B), policy(B, A), id="rule-order"),
        pytest.param(False, policy(A, B), policy(A), id="rule-less"),
        pytest.param(False, policy(A), policy(), id="rule-or-none"),
        pytest.param(False, policy(A), policy(A, metrics=False), id="metrics"),
        pytest.param(False, policy(metrics=True), policy(metrics=False), id="metrics-alone"),
        pytest.param(False, policy(rule("a", "x")), policy(rule("a", "y")), id="group"),
        pytest.param(False, policy(rule("a", "x")), policy(rule("a", "X")), id="group-case"),
        pytest.param(False, policy(rule("a", "x")), policy(rule("b", "x")), id="name"),
        pytest.param(False, policy(rule("a", "x")), policy(rule("A", "x")), id="name-case"),
        pytest.param(False, policy(rule("a", "b")), policy(rule("b", "a")), id="name-and-group-swapped"),
        pytest.param(
            False, policy(rule("a", "x"), rule("b", "y")), policy(rule("a", "y"), rule("b", "x")), id="groups-swapped"
        ),
    ],
)
def test_equality(same, one, other):
    assert [samples.equal(METRIC_POLICY, *pair) for pair in [(one, other), (other, one)]] == [same] * 2
    assert samples.equal(METRIC_POLICY, one, one)


LEFT_OUT = {"container_level_metrics": False, "rules": None}


@pytest.mark.parametrize(
    ("current", "wanted", "reached"),
    [
        pytest.param(policy(B, A), LEFT_OUT, policy(B, A, metrics=False), id="left-out-keeps-the-stored"),
        pytest.param(None, LEFT_OUT, policy(metrics=False), id="left-out-on-a-new-one-is-none"),
        pytest.param(policy(B, A), policy(), policy(), id="empty-removes"),
        pytest.param(policy(B), policy(A), policy(A), id="given-replaces"),
        pytest.param(None, policy(A), policy(A), id="given-on-a-new-one"),
    ],
)
def test_omitted_rules(current, wanted, reached):
    assert METRIC_POLICY.merge(current, METRIC_POLICY_OPTION.check(wanted)) == reached


@pytest.mark.parametrize(
    "found",
    [
        rule("a" * 30),
        rule("aZ09_"),
        rule("_"),
        rule(group="*"),
        rule(group="/"),
        rule(group="/live/*/low=1:2.ts-~_"),
        rule(group="a/b/c/d/e/f/g/h/i/j/k"),
        rule(group="/a/b/c/d/e/f/g/h/i/j/k/"),
        rule(group="a" * 900),
    ],
    ids=lambda found: "{object_group_name:.10}-{object_group:.30}".format(**found),
)
def test_rule_is_accepted(found):
    assert METRIC_POLICY_OPTION.check(policy(A, found)) == policy(A, found)


def test_up_to_300_rules_are_accepted():
    rules = [rule(f"n{number}") for number in range(301)]
    assert METRIC_POLICY_OPTION.check(policy(*rules[:300])) == policy(*rules[:300])
    with pytest.raises(InvalidInputError, match=r"301.*0 to 300"):
        METRIC_POLICY_OPTION.check(policy(*rules))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (rule(""), ["object_group_name", "30"]),
        (rule("a" * 31), ["object_group_name", "30"]),
        (rule("a-b"), ["object_group_name", "'a-b'", "1 to 30"]),
        (rule("a b"), ["object_group_name", "'a b'"]),
        (rule("é"), ["object_group_name", "'é'"]),
        (rule("a\n"), ["object_group_name"]),
        (rule("a", "x"), ["object_group_name", "'a'", "rule 1"]),
        (rule(group=""), ["object_group", "1 to 900"]),
        (rule(group="a" * 901), ["object_group", "901", "1 to 900"]),
        (rule(group="a//b"), ["object_group", "'a//b'"]),
        (rule(group="a b"), ["object_group", "'a b'"]),
        (rule(group="a?"), ["object_group", "'a?'"]),
        (rule(group="é"), ["object_group", "'é'"]),
        (rule(group="a\n"), ["object_group"]),
        (rule(group="a/b/c/d/e/f/g/h/i/j/k/l"), ["object_group", "10"]),
    ],
    ids=lambda value: ascii(value)[:70] if isinstance(value, dict) else "",
)
def test_rule_is_refused(found, words):
    with pytest.raises(InvalidInputError) as caught:
        METRIC_POLICY_OPTION.check(policy(A, found, B))
    message = str(caught.value)
    assert [word for word in ["Metric rule 2", *words] if word not in message] == []
    assert "\n" not in message


rules = st.dictionaries(
    st.from_regex(r"[a-zA-Z0-9_]{1,30}", fullmatch=True), st.from_regex(r"/?([a*]/){0,10}[a-z*]{1,3}/?", fullmatch=True)
).map(lambda groups: [rule(name, group) for name, group in groups.items()])
policies = st.builds(lambda metrics, found: policy(*found, metrics=metrics), st.booleans(), rules)
SHAPE = botocore.session.get_session().get_service_model("mediastore").shape_for("MetricPolicy")


@properties
@given(policies)
def test_policy_that_is_sent_comes_back(found):
    checked = METRIC_POLICY_OPTION.check(found)
    sent = METRIC_POLICY.dump(checked)
    assert not ParamValidator().validate(sent, SHAPE).has_errors()
    assert METRIC_POLICY.load(sent) == checked == found


@properties
@given(policies, st.integers())
def test_order_makes_no_difference_and_canonical_form_is_final(found, seed):
    other = {**found, "rules": random.Random(seed).sample(found["rules"], len(found["rules"]))}
    canonical = samples.canonical(METRIC_POLICY, found)
    assert samples.equal(METRIC_POLICY, found, other)
    assert samples.canonical(METRIC_POLICY, other) == canonical
    assert samples.canonical(METRIC_POLICY, canonical) == canonical
    assert samples.equal(METRIC_POLICY, canonical, found)


@properties
@given(policies, policies)
def test_equal_are_those_with_the_same_rules(left, right):
    same = left["container_level_metrics"] == right["container_level_metrics"] and (
        {tuple(found.items()) for found in left["rules"]} == {tuple(found.items()) for found in right["rules"]}
    )
    assert samples.equal(METRIC_POLICY, left, right) == samples.equal(METRIC_POLICY, right, left) == same
