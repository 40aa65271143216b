# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies that are equal decide alike: the emulator's evaluator judges the equality of IAM policy documents.

The evaluator shares no code with the modules, so that neither repeats the mistakes of the other.
"""

from __future__ import annotations

import copy
import itertools
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container_policy import CONTAINER_POLICY
from ansible_collections.elemental.mediastore.tests.unit import access_strategies as some
from ansible_collections.elemental.mediastore.tests.unit import samples
from ansible_collections.elemental.mediastore.tests.unit.policy_rewritings import REWRITINGS, rewritten
from mediastore_emulator.iam.access import decide

judged = settings(deadline=None, max_examples=300, database=None)
REQUESTS = list(map(some.random_request, [random.Random(0)] * 500))


def equal(one, other):
    """Compare two documents as the service would store them."""
    return samples.equal(CONTAINER_POLICY, *(CONTAINER_POLICY.load(json.dumps(document)) for document in (one, other)))


def decisions(document, requests):
    return [decide(request, document, some.ACCOUNT).decision for request in requests]


@judged
@given(some.policies, st.lists(st.sampled_from(REWRITINGS), min_size=1, max_size=8), some.randoms)
def test_rewritten_policies_decide_alike(document, rewritings, rng):
    changed = document
    for rewriting in rewritings:
        changed = rewritten(rewriting, changed, rng)
    requests = rng.sample(REQUESTS, 20)
    assert equal(document, changed)
    assert decisions(document, requests) == decisions(changed, requests)


@judged
@given(some.policies, some.policies, some.randoms)
def test_random_policies_that_are_equal_decide_alike(one, other, rng):
    """The second differs in all or in a part of its statements."""
    keep = rng.randint(0, len(one["Statement"]))
    other = {**other, "Statement": one["Statement"][:keep] + other["Statement"][: len(one["Statement"]) - keep]}
    requests = rng.sample(REQUESTS, 20)
    assert not equal(one, other) or decisions(one, requests) == decisions(other, requests)


ELEMENTS = {
    "Principal": some.PRINCIPALS,
    "NotPrincipal": some.PRINCIPALS,
    "Action": some.ACTION_PATTERNS,
    "NotAction": some.ACTION_PATTERNS,
    "Resource": some.RESOURCE_PATTERNS,
    "NotResource": some.RESOURCE_PATTERNS,
    "Condition": [condition for key in some.KEYS for condition in some.conditions_of(key)],
}


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize("element", ELEMENTS)
def test_equal_elements_decide_alike(element, effect):
    """All values of an element that make equal policies decide alike, beside a statement that allows everything."""
    base = {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*"}
    base.pop(element.removeprefix("Not"), None)
    beside = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    spellings: dict[str, list] = {}
    for value in ELEMENTS[element]:
        statements = [{**base, element: value}, *([beside] if effect == "Deny" else [])]
        document = {"Version": "2012-10-17", "Statement": statements}
        spellings.setdefault(CONTAINER_POLICY.parts(document).text, []).append(document)
    several = [documents for documents in spellings.values() if len(documents) > 1]
    assert several
    for first, *others in several:
        expected = decisions(first, REQUESTS[:30])
        for document in others:
            assert decisions(document, REQUESTS[:30]) == expected, (first, document)


def leaves(value, path=()):
    """Yield the paths of all values that are no object and no list."""
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


LEAVES = sorted(
    {
        json.dumps(value)
        for value in itertools.chain(
            ["Allow", "Deny", "2008-10-17", "2012-10-17", *some.NAMES, *some.SERVICES],
            (value for values in (some.ACTION_PATTERNS, some.RESOURCE_PATTERNS) for value in values),
            (value for _given, operators in some.KEYS.values() for values in operators.values() for value in values),
        )
        if not isinstance(value, list)
    }
)


def edited(document, path, rng):
    """Return the document with another value at a path: of these tables, or in another case or with a sign more."""
    result = copy.deepcopy(document)
    owner = result
    for key in path[:-1]:
        owner = owner[key]
    old = owner[path[-1]]
    changes = [json.loads(rng.choice(LEAVES)), json.loads(rng.choice(LEAVES))]
    if isinstance(old, str):
        changes += [old.swapcase(), old.lower(), f"{old}*", f"{old}?", old[:-1], f" {old}"]
    owner[path[-1]] = rng.choice(changes)
    return result


@judged
@given(some.policies, some.randoms)
def test_an_edit_that_changes_a_decision_is_a_difference(document, rng):
    changed = edited(document, rng.choice(list(leaves(document))), rng)
    requests = rng.sample(REQUESTS, 20)
    assert not equal(document, changed) or decisions(document, requests) == decisions(changed, requests)
