# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request is refused: which statement came nearest, which of its elements does not apply, and to which value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ansible_collections.elemental.mediastore.tests.unit import access_strategies as some
from mediastore_emulator.iam.access import ALLOWED, Principal, Request, decide
from mediastore_emulator.iam.explanation import explain

ACCOUNT = "111122223333"
ARN = f"arn:aws:mediastore:us-east-1:{ACCOUNT}:container/movies"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
OTHER_BOB = "arn:aws:iam::444455556666:user/bob"
GET, PUT = "mediastore:GetObject", "mediastore:PutObject"
READ = {"Sid": "Read", "Effect": "Allow", "Principal": "*", "Action": GET, "Resource": f"{ARN}/a/*"}
FOR_NONE = {**READ, "Principal": {"AWS": OTHER_BOB}, "Action": PUT, "Resource": f"{ARN}/none"}
OFFICE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
NO_STATEMENT = "no statement of the container policy allows it"
NEAREST = f"{NO_STATEMENT}: statement 1 (Read) comes nearest, "
NOT_EQUALS = "its condition StringNotEquals"
TOO_LONG = "cannot be compared with a value of more than 4096 characters"
DENIES = "statement 1 (Read) of the container policy denies it"


def reason(*statements, who=None, action=GET, path="a/b.ts", policies=None, version="2012-10-17", **context):
    """Return the reason; the names of condition keys are given without `aws:`."""
    policy = {"Version": version, "Statement": list(statements)} if statements else None
    values = {f"aws:{key}": value for key, value in context.items()}
    request = Request(Principal(who, policies), action, f"{ARN}/{path}", values)
    return explain(request, policy, ACCOUNT, "container", decide(request, policy, ACCOUNT))


def without(statement, *names):
    return {name: value for name, value in statement.items() if name not in names}


def identity(**changes):
    return {"Version": "2012-10-17", "Statement": without({**READ, **changes}, "Principal")}


def conditional(**operators):
    return {**READ, "Condition": {name: {"aws:Referer": value} for name, value in operators.items()}}


def test_allowed():
    assert reason(READ) is None


def test_no_policy():
    assert reason() == "the container has no policy"


def test_no_statement_that_allows():
    assert reason({**READ, "Effect": "Deny", "Action": PUT}) == NO_STATEMENT


@pytest.mark.parametrize(
    ("statement", "request_changes", "words"),
    [
        (READ, {"action": PUT}, f"its Action {GET} does not match {PUT}"),
        ({**READ, "Action": [GET, "s3:*"]}, {"action": PUT}, f"its Action {GET}, s3:* does not match {PUT}"),
        ({**without(READ, "Action"), "NotAction": "*"}, {}, f"its NotAction * matches {GET}"),
        ({**READ, "Action": "Get"}, {}, "its Action Get cannot be interpreted"),
        (READ, {"path": "b"}, f"its Resource {ARN}/a/* does not match {ARN}/b"),
        ({**without(READ, "Resource"), "NotResource": "*"}, {}, f"its NotResource * matches {ARN}/a/b.ts"),
        ({**READ, "Principal": {"AWS": BOB}}, {}, "its Principal does not name anonymous clients"),
        ({**READ, "Principal": {"AWS": BOB}}, {"who": OTHER_BOB}, f"its Principal does not name {OTHER_BOB}"),
        ({**READ, "Principal": {"AWS": "a*"}}, {}, "its Principal cannot be interpreted"),
        (
            {**without(READ, "Principal"), "NotPrincipal": {"AWS": OTHER_BOB}},
            {"who": OTHER_BOB},
            f"its NotPrincipal names {OTHER_BOB}",
        ),
        ({**READ, "Odd": 1}, {}, "it has an element or a version that IAM does not know"),
        (READ, {"version": "2030-01-01"}, "it has an element or a version that IAM does not know"),
        (
            {**READ, "Condition": OFFICE},
            {"SourceIp": "127.0.0.1"},
            "its condition IpAddress aws:SourceIp 203.0.113.0/24 is not met by 127.0.0.1",
        ),
        (
            conditional(StringEquals="https://a/"),
            {},
            "its condition StringEquals aws:Referer https://a/ is not met, aws:Referer is absent",
        ),
        (
            conditional(StringEquals=["a", "b"]),
            {"Referer": "c"},
            "its condition StringEquals aws:Referer a, b is not met by c",
        ),
        (
            conditional(Bool=True),
            {"Referer": "false"},
            "its condition Bool aws:Referer true is not met by false",
        ),
        (
            {**READ, "Condition": {"ForAllValues:StringLike": {"aws:TagKeys": "a*"}}},
            {"TagKeys": ["ab", "b"]},
            "its condition ForAllValues:StringLike aws:TagKeys a* is not met by ab, b",
        ),
        (
            conditional(NumericLessThan="ten"),
            {"Referer": "5"},
            "its condition NumericLessThan aws:Referer ten cannot be compared with 5",
        ),
        (
            conditional(StringLike="*"),
            {"Referer": "x" * 4097},
            f"its condition StringLike aws:Referer * {TOO_LONG}",
        ),
        (conditional(Odd="a"), {}, "its condition Odd aws:Referer a is not valid"),
        ({**READ, "Condition": {"Bool": "true"}}, {}, "its condition Bool true is not valid"),
        ({**READ, "Condition": "Bool"}, {}, "its condition Bool is not valid"),
        (
            conditional(StringLike="*", StringNotLike="*b", StringEquals="c"),
            {"Referer": "ab"},
            "its condition StringNotLike aws:Referer *b is not met by ab",
        ),
    ],
)
def test_first_element_that_does_not_apply(statement, request_changes, words):
    assert reason(statement, **request_changes) == NEAREST + words
    assert reason(FOR_NONE, statement, **request_changes) == NEAREST.replace("statement 1", "statement 2") + words


@pytest.mark.parametrize(
    ("statements", "nearest"),
    [
        # More of principal, action and resource: three, then two, then one.
        ([{**READ, "Action": PUT}, {**READ, "Condition": OFFICE}], 2),
        ([{**READ, "Action": PUT, "Resource": f"{ARN}/x"}, {**READ, "Action": PUT}], 2),
        # Then fewer conditions that are not met, and then the first.
        ([{**READ, "Condition": {**OFFICE, "Bool": {"aws:a": "true"}}}, {**READ, "Condition": OFFICE}], 2),
        ([{**READ, "Action": PUT}, {**READ, "Resource": f"{ARN}/x"}], 1),
        # A statement that denies is never the nearest.
        ([{**READ, "Effect": "Deny", "Condition": OFFICE}, FOR_NONE], 2),
    ],
)
def test_nearest_statement(statements, nearest):
    assert reason(*statements, SourceIp="127.0.0.1").startswith(f"{NO_STATEMENT}: statement {nearest} (Read) comes")


def test_statement_without_sid():
    assert reason(without(READ, "Sid"), action=PUT).startswith(f"{NO_STATEMENT}: statement 1 comes nearest, ")


def test_identity_policies():
    words = f"its Action {GET} does not match {PUT}"
    both = "no statement of its identity policies or of the container policy allows it: "
    policies = (identity(Action="s3:*", Resource="x"), identity())
    only = "no statement of its identity policies allows it"
    assert reason(FOR_NONE, who=BOB, action=PUT, policies=policies) == (
        f"{both}statement 1 (Read) of identity policy 2 comes nearest, {words}"
    )
    assert reason(READ, who=BOB, action=PUT, policies=policies) == (
        f"{both}statement 1 (Read) of the container policy comes nearest, {words}"
    )
    assert reason(who=BOB, action=PUT, policies=policies) == (
        f"{only}: statement 1 (Read) of identity policy 2 comes nearest, {words}"
    )
    assert reason(READ, who=OTHER_BOB, policies=()) == only
    assert reason(who=BOB, policies=()) == only


def test_statement_for_the_account_leaves_the_decision_to_the_identity_policies():
    statement = {**READ, "Principal": {"AWS": ACCOUNT}}
    assert reason(statement, who=BOB, policies=()).endswith(
        "statement 1 (Read) of the container policy comes nearest, its Principal names the account 111122223333, "
        "which leaves it to the identity policies"
    )


@pytest.mark.parametrize(
    ("changes", "context", "words"),
    [
        ({}, {}, ""),
        ({"Condition": {}}, {}, ""),
        (
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"SecureTransport": "false"},
            ": its condition Bool aws:SecureTransport false is met by false",
        ),
        (
            {"Condition": {"StringNotEquals": {"aws:a": "b", "aws:c": "d"}}},
            {"c": "e"},
            f": {NOT_EQUALS} aws:a b is met, aws:a is absent and {NOT_EQUALS} aws:c d is met by e",
        ),
        (
            {"Condition": {"StringNotLike": {"aws:UserAgent": "b"}}},
            {"UserAgent": "c" * 4097},
            f": its condition StringNotLike aws:UserAgent b {TOO_LONG}",
        ),
        ({"Action": "Get"}, {}, ": its Action Get cannot be interpreted"),
    ],
)
def test_statement_that_denies(changes, context, words):
    denying = {**READ, "Effect": "Deny", **changes}
    assert reason(denying, READ, **context) == DENIES + words


def test_identity_policy_that_denies():
    denying = identity(Effect="Deny")
    assert reason(READ, who=BOB, policies=(identity(), denying)) == (
        "statement 1 (Read) of identity policy 2 denies it"
    )


def test_values_are_in_one_line_and_have_at_most_100_characters():
    assert reason(conditional(StringEquals="a\nb"), Referer="c\r\0d").endswith(" aws:Referer a?b is not met by c??d")
    long = reason(conditional(StringEquals=["x" * 99, "y" * 9999]), Referer="z" * 101)
    assert long.endswith(f" aws:Referer {'x' * 99}… is not met by {'z' * 99}…")
    assert reason(conditional(StringEquals="x"), Referer="z" * 100).endswith(f" is not met by {'z' * 100}")


@settings(deadline=None, max_examples=200, database=None)
@given(some.policies, some.requests)
def test_every_refusal_has_a_reason(policy, request):
    decision = decide(request, policy, some.ACCOUNT)
    words = explain(request, policy, some.ACCOUNT, "container", decision)
    assert (words is None) == (decision.decision == ALLOWED)
    if words:
        assert "allows it" in words or "denies it" in words or words == "the container has no policy"
        assert len(words) < 2000
