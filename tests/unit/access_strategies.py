# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random policies in IAM's grammar and random requests for the container `movies`.

Both draw from the same few values, so that statements often apply, and decisions differ.
"""

from __future__ import annotations

import itertools
import random

from hypothesis import strategies as st

from mediastore_emulator.iam.access import Principal, Request

ACCOUNT, OTHER = "111122223333", "444455556666"
ARN = f"arn:aws:mediastore:us-east-1:{ACCOUNT}:container/movies"
ROOTS = [f"arn:aws:iam::{account}:root" for account in (ACCOUNT, OTHER)]
USERS = [f"arn:aws:iam::{ACCOUNT}:user/bob", f"arn:aws:iam::{ACCOUNT}:user/staff/al", f"arn:aws:iam::{OTHER}:user/bob"]
ROLES = [f"arn:aws:iam::{account}:role/editor" for account in (ACCOUNT, OTHER)]
SESSIONS = [
    f"arn:aws:sts::{account}:assumed-role/editor/{name}"
    for account, name in ((ACCOUNT, "monday"), (ACCOUNT, "friday"), (OTHER, "monday"))
]
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/carol"
SERVICES = ["cloudfront.amazonaws.com", "medialive.amazonaws.com"]
ACTIONS = [f"mediastore:{name}" for name in ("GetObject", "PutObject", "DescribeObject", "ListItems")]
PATHS = ["a/b.ts", "a/c.m3u8", "b.ts", "home/bob/a.ts", "home/${aws:username}/a.ts", "*"]
DISTRIBUTIONS = [f"arn:aws:cloudfront::{ACCOUNT}:distribution/{name}" for name in ("E1", "E2")]


def one_or_more(values):
    """Return each of `values`, each as a list, and each pair of them as a list."""
    return [*values, *([value] for value in values), *map(list, itertools.permutations(values, 2))]


NAMES = [ACCOUNT, OTHER, *ROOTS, *USERS, *ROLES, *SESSIONS, FEDERATED, "*"]
WILDCARDS = [
    *(("AWS", name) for name in (f"arn:aws:iam::{OTHER}:user/*", f"arn:aws:iam::{OTHER}:*", "arn:aws:iam::*:root")),
    *(("AWS", name) for name in (f"{OTHER[:-1]}?", "**")),
    *((kind, name) for kind in ("Service", "Federated", "CanonicalUser") for name in ("*", "cloud*")),
]
PRINCIPALS = [
    *["*", {"AWS": "*"}, {"AWS": ["*"]}] * 20,
    *({"AWS": names} for names in one_or_more(NAMES)),
    *({"Service": names} for names in one_or_more(SERVICES)),
    *({"AWS": name, "Service": SERVICES[0]} for name in NAMES),
    # Names with a wildcard, which match no principal, alone and beside others.
    *({kind: name} for kind, name in WILDCARDS),
    *({"AWS": [name, other]} for kind, name in WILDCARDS if kind == "AWS" for other in (ROLES[1], "*")),
    *({"AWS": other, kind: name} for kind, name in WILDCARDS if kind != "AWS" for other in (ROLES[1], "*")),
    # What NotPrincipal needs to except a user or a session.
    *({"AWS": [USERS[0], root]} for root in (ROOTS[0], ACCOUNT)),
    {"AWS": [SESSIONS[0], ROLES[0], ROOTS[0]]},
]
ACTION_PATTERNS = one_or_more([*ACTIONS, "*", "mediastore:*", "mediastore:Get*", "MEDIASTORE:?etobject", "s3:*"])
RESOURCE_PATTERNS = one_or_more(
    [
        "*",
        f"{ARN}/*",
        f"{ARN}/a/*",
        f"{ARN}/*.ts",
        f"{ARN}/?/b.ts",
        f"{ARN}/home/${{aws:username}}/*",
        f"{ARN}/${{*}}",
        ARN.replace("movies", "live/*"),
    ]
)

# For each condition key: the values in requests, and operators with the values in policies.
KEYS = {
    "aws:SecureTransport": (["true", "false"], {"Bool": ["true", "false", True, False]}),
    "aws:SourceIp": (
        ["192.0.2.1", "192.0.2.9", "2001:db8::1"],
        {
            operator: ["192.0.2.1", "192.0.2.1/32", "192.0.2.0/24", "2001:db8::1", "2001:db8::1/128", "2001:db8::/32"]
            for operator in ("IpAddress", "NotIpAddress")
        },
    ),
    "aws:UserAgent": (
        ["player", "Player", "5", "192.0.2.1", ""],
        {
            operator: ["player", "PLAYER", "p?ay*", "5", 5, "192.0.2.1", "192.0.2.1/32", "", "${aws:username}"]
            for operator in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase")
        },
    ),
    "aws:MultiFactorAuthAge": (
        ["5", "5.0", "10"],
        {
            f"Numeric{name}": ["5", 5, 5.0, "1.5", 1.5, "10"]
            for name in ("Equals", "NotEquals", "LessThan", "GreaterThanEquals")
        },
    ),
    "aws:CurrentTime": (
        ["2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"],
        {f"Date{name}": ["2026-01-01", "1767225600", 1767225600, "2026-03"] for name in ("Equals", "LessThan")},
    ),
    "aws:SourceArn": (
        DISTRIBUTIONS,
        {name: [*DISTRIBUTIONS, f"arn:aws:cloudfront:*:{ACCOUNT}:*"] for name in ("ArnLike", "ArnNotEquals")},
    ),
    "aws:TagKeys": (
        ["a", "b", "c"],
        {
            f"{prefix}:{name}": ["a", "b", "${aws:username}"]
            for prefix in ("ForAllValues", "ForAnyValue")
            for name in ("StringEquals", "StringNotEquals", "StringLikeIfExists")
        },
    ),
}


def conditions_of(key):
    """Return all Condition elements with one operator about `key`."""
    return [
        {f"{operator}{suffix}": {key: chosen}}
        for operator, values in [*KEYS[key][1].items(), ("Null", ["true", "false", True, False])]
        for suffix in ("", "IfExists")
        if f"{operator}{suffix}" != "NullIfExists" and not (suffix and operator.endswith(suffix))
        for chosen in one_or_more(values)
    ]


def _merged(one, other):
    return {name: {**one.get(name, {}), **other.get(name, {})} for name in {**one, **other}}


condition = st.one_of([st.sampled_from(conditions_of(key)) for key in KEYS])
CONDITIONS = st.just({}) | condition | st.builds(_merged, condition, condition)


def _either(name, values):
    """Return a strategy for an element, three times in four, or its negated form."""
    return st.builds(
        lambda key, value: {key: value}, st.sampled_from([name] * 3 + [f"Not{name}"]), st.sampled_from(values)
    )


def statements(*effects):
    """Return a strategy for statements with one of `effects`."""
    return st.builds(
        lambda effect, condition, *elements: {
            "Effect": effect,
            **{name: value for element in elements for name, value in element.items()},
            **({"Condition": condition} if condition else {}),
        },
        st.sampled_from(effects),
        CONDITIONS,
        _either("Principal", PRINCIPALS),
        _either("Action", ACTION_PATTERNS),
        _either("Resource", RESOURCE_PATTERNS),
    )


policies = st.fixed_dictionaries(
    {"Statement": st.lists(statements("Allow", "Allow", "Deny"), min_size=1, max_size=3)},
    optional={"Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"])},
)
IDENTITY_POLICIES = [
    None,
    (),
    ({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},),
    ({"Statement": {"Effect": "Allow", "Action": "mediastore:Get*", "Resource": f"{ARN}/a/*"}},),
    (
        {"Statement": {"Effect": "Allow", "Action": "mediastore:*", "Resource": f"{ARN}/*"}},
        {"Statement": {"Effect": "Deny", "Action": "mediastore:PutObject", "Resource": "*"}},
    ),
]
CALLERS = [None, *ROOTS, *USERS, *ROLES, *SESSIONS, FEDERATED, *SERVICES]


def random_request(rng):
    """Return a request of the values above, from a random number generator: faster than a strategy for each part."""
    context = {key: rng.choice(values) for key, (values, _operators) in KEYS.items() if rng.random() < 0.7}
    if rng.random() < 0.5:
        context["aws:TagKeys"] = rng.sample(KEYS["aws:TagKeys"][0], rng.randint(0, 3))
    principal = Principal(rng.choice(CALLERS), rng.choice(IDENTITY_POLICIES))
    return Request(principal, rng.choice(ACTIONS), f"{ARN}/{rng.choice(PATHS)}", context)


randoms = st.integers(0, 2**32).map(random.Random)
requests = randoms.map(random_request)
words = st.sampled_from(
    [
        *("Version", "Statement", "Effect", "Sid", "Principal", "NotPrincipal", "Action", "NotAction", "Resource"),
        *("NotResource", "Condition", "AWS", "Service", "StringEquals", "Null", "aws:UserAgent", "aws:username"),
    ]
)
