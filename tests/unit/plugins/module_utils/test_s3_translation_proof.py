# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is declared, the bucket never allows more and never deletes earlier than the container.

Random policies are judged by the emulator's evaluator, which shares no code with the translation. Lifecycle and CORS
are judged by small models of both services, from what AWS documents about them.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.lifecycle_policy import (
    LIFECYCLE_POLICY_OPTION,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.lifecycle_policy import LIFECYCLE_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import Choices, findings, translate
from ansible_collections.elemental.mediastore.tests.unit.access_strategies import (
    ACCOUNT,
    ARN,
    CONDITIONS,
    DISTRIBUTIONS,
    FEDERATED,
    KEYS,
    OTHER,
    PRINCIPALS,
    ROLES,
    ROOTS,
    SERVICES,
    SESSIONS,
    USERS,
    WILDCARDS,
    one_or_more,
)
from mediastore_emulator.iam.access import ALLOWED, EXPLICITLY_DENIED, Principal, Request, decide

properties = settings(deadline=None, max_examples=300, database=None)

# Policies and requests

BUCKET = "arn:aws:s3:::movies-bucket"
OBJECT_ACTIONS = {"GetObject": "s3:GetObject", "PutObject": "s3:PutObject", "DeleteObject": "s3:DeleteObject"}
ACTIONS = [f"mediastore:{name}" for name in (*OBJECT_ACTIONS, "DescribeObject", "ListItems", "GetCorsPolicy")]
ACTION_PATTERNS = one_or_more([*ACTIONS, "*", "mediastore:*", "mediastore:?etObject", "mediastore:L*", "s3:GetObject"])
# Containers of the same name in another account and region.
FOREIGN = (ARN.replace(ACCOUNT, OTHER) + "/*", ARN.replace("us-east-1", "eu-*") + "/*")
RESOURCE_PATTERNS = one_or_more(
    [
        *(
            "*",
            "arn:aws:mediastore:*",
            ARN,
            f"{ARN}*",
            f"{ARN.replace('movies', 'm*s')}/a/*",
            ARN.replace("movies", "*"),
        ),
        *(f"{ARN}/{path}" for path in ("*", "", "a", "a/", "a/*", "a*", "/a*", "*/b.ts", "?/b.ts", "*.ts", "a/?", "b")),
        *(
            f"{ARN}/{path}"
            for path in ("%61*", "a\\*", "a//b*", "//", "**", "a/**/b.ts", "${?}/b.ts", "a/${?}*", "a${$}*")
        ),
        *(f"{ARN}/{path}" for path in ("home/${aws:username}/*", "home/${aws:username}", "${*}", "${s3:prefix}*")),
        *(*FOREIGN, f"{ARN}2/*", "arn:aws:s3:::*"),
        ARN.replace("movies", "${aws:username}/*"),
    ]
)
# Keys that only one of the services knows, or that differ between them.
OWN_CONDITIONS = st.sampled_from(
    [
        {operator: {key: value}}
        for operator in ("StringEquals", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringLike")
        for key, value in [
            *[("aws:ResourceTag/env", "a")] * 3,
            *(("s3:prefix", "a/"), ("aws:UserAgent", "${aws:ResourceTag/env}"), ("aws:UserAgent", "${s3:prefix}")),
        ]
    ]
    + [{"Null": {"aws:ResourceTag/env": value}} for value in ("true", "false")]
)


def either(name, values):
    """An element, or once in six its negation."""
    return st.builds(lambda key, value: {key: value}, st.sampled_from([name] * 5 + [f"Not{name}"]), values)


def merged(effect, condition, *elements):
    statement = {"Effect": effect}
    for element in elements:
        statement.update(element)
    return {**statement, **({"Condition": condition} if condition else {})}


# Some are the number of a statement, or what the translation makes of another one.
SIDS = [{}, *({"Sid": sid} for sid in ("1", "2", "3", "Read", "ReadList", "Read 1", "Read1", "-"))]
statements = st.builds(
    merged,
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.just({}) | CONDITIONS | OWN_CONDITIONS,
    st.sampled_from(SIDS),
    either("Principal", st.sampled_from(PRINCIPALS)),
    either("Action", st.sampled_from(ACTION_PATTERNS)),
    either("Resource", st.sampled_from(RESOURCE_PATTERNS)),
)
# Most of these apply to the role of another account: what they allow depends on actions and resources.
plain_statements = st.builds(
    merged,
    st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
    st.just({}),
    st.sampled_from([{"Principal": {"AWS": ROLES[1]}}, {"Principal": {"AWS": OTHER}}]),
    either("Action", st.sampled_from([*ACTION_PATTERNS, *["mediastore:ListItems"] * 30])),
    st.builds(lambda resources: {"Resource": resources}, st.sampled_from(RESOURCE_PATTERNS)),
)
# A Deny of what another statement allows, under a condition that differs between the services.
EVERYTHING = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "mediastore:*", "Resource": f"{ARN}/*"}
denials = st.builds(
    lambda action, resource, condition: [
        EVERYTHING,
        {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, "Condition": condition},
    ],
    st.sampled_from([*ACTIONS, "mediastore:*"]),
    st.sampled_from(["*", f"{ARN}/*", f"{ARN}/a*"]),
    OWN_CONDITIONS,
)


def tells_the_container(policy):
    """Return whether the ARNs of a policy tell account and region: MediaStore refuses a policy of another container."""
    resources = str([statement.get("Resource") for statement in policy["Statement"]])
    return f"us-east-1:{ACCOUNT}:" in resources or not any(foreign in resources for foreign in FOREIGN)


# Names that match no principal: a grant to them is no grant.
unmatched_statements = st.builds(
    merged,
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.just({}),
    st.sampled_from(SIDS),
    either("Principal", st.sampled_from([{kind: name} for kind, name in WILDCARDS])),
    st.just({"Action": "mediastore:*"}),
    st.just({"Resource": f"{ARN}/*"}),
)
any_policies = st.fixed_dictionaries(
    {
        "Statement": st.lists(statements, min_size=1, max_size=3)
        | st.lists(plain_statements, min_size=1, max_size=3)
        | st.lists(unmatched_statements | plain_statements, min_size=1, max_size=3)
        | denials
    },
    optional={"Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"])},
)


@st.composite
def container_policies(draw):
    policy = draw(any_policies)
    assume(tells_the_container(policy))
    return policy


policies = container_policies()
choices = st.sampled_from(
    [
        Choices(bucket="movies-bucket"),
        Choices(bucket="movies-bucket", public=True),
        Choices(bucket="movies-bucket", cloudfront_distribution=DISTRIBUTIONS[0]),
    ]
)
PATHS = [
    "?/b.ts",
    "a\\b",
    "a$b",
    "%61",
    "%61b",
    "a",
    "b",
    "a/b.ts",
    "a/c/b.ts",
    "ab/b.ts",
    "b.ts",
    "home/bob/a.ts",
    "home/${aws:username}/a.ts",
    "*",
    "a*",
]
PREFIXES = [None, "", "a", "a/", "a/c", "a/c/", "ab", "ab/", "b", "home/", "home/bob/", "home/${aws:username}/"]
DELIMITERS = [None, "/", "/", "."]
# The root user of an account has full access by IAM: it has no policies of its own.
callers = st.sampled_from([*map(Principal, ROOTS), *[Principal(ROLES[1])] * 3]) | st.builds(
    Principal, st.sampled_from([None, *USERS, *ROLES, *SESSIONS, FEDERATED, *SERVICES]), st.sampled_from([None, ()])
)


contexts = st.fixed_dictionaries(
    {},
    optional={
        key: st.lists(st.sampled_from(values), max_size=3) if key == "aws:TagKeys" else st.sampled_from(values)
        for key, (values, _operators) in KEYS.items()
    },
)


class Client(NamedTuple):
    """Who sends requests, and the values of condition keys: in both services, of the container, and of the bucket."""

    principal: Principal
    context: dict
    of_container: dict
    of_bucket: dict

    def may(self, action, resource, policy, **keys):
        """Return the decision about a request to the container or to the bucket."""
        own = self.of_container if action.startswith("mediastore:") else self.of_bucket
        return decide(
            Request(self.principal, action, resource, {**self.context, **own, **keys}), policy, ACCOUNT
        ).decision


# The bucket has tags in requests only once ABAC is enabled on it: then they are those of the container.
tags = st.sampled_from(
    [({}, {}), *[({"aws:ResourceTag/env": env}, {}) for env in ("a", "b")], ({"aws:ResourceTag/env": "a"},) * 2]
)
# Whom a translation can let in by mistake: everybody, and the distribution.
OUTSIDERS = [
    Client(Principal(), {"aws:SecureTransport": "true"}, {}, {}),
    Client(Principal(SERVICES[0]), {"aws:SecureTransport": "true", "aws:SourceArn": DISTRIBUTIONS[0]}, {}, {}),
]
clients = st.builds(lambda principal, context, own: Client(principal, context, *own), callers, contexts, tags)


# Of about 300 examples, each with four clients and all PATHS.
LEAST_ALLOWED = 100


def bucket_policy(policy, chosen):
    """Return the bucket policy, and the codes of the findings."""
    _name, bucket, findings = translate({"name": "movies", "policy": policy}, chosen)
    return bucket["policy"], {finding.code for finding in findings}


def test_the_bucket_allows_no_object_operation_that_the_container_does_not():
    """It allows many, too: a translation that omits every statement would prove nothing."""
    allowed = Counter()

    @properties
    @given(policies, choices, st.lists(clients, min_size=4, max_size=4), st.sampled_from([403, 404]))
    def is_no_wider(policy, chosen, senders, missing_objects):
        translated, _codes = bucket_policy(policy, Choices(**{**vars(chosen), "missing_objects": missing_objects}))
        for client, path, (action, right) in itertools.product(senders, PATHS, OBJECT_ACTIONS.items()):
            if client.may(right, f"{BUCKET}/{path}", translated) == ALLOWED:
                allowed[action] += 1
                assert client.may(f"mediastore:{action}", f"{ARN}/{path}", policy) == ALLOWED
                # s3:GetObject is also HEAD.
                assert (
                    action != "GetObject"
                    or client.may("mediastore:DescribeObject", f"{ARN}/{path}", policy) != EXPLICITLY_DENIED
                )

    is_no_wider()
    assert min(allowed[action] for action in OBJECT_ACTIONS) > LEAST_ALLOWED


def names_everybody(statement):
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return principal in ("*", None)
    named = principal.get("AWS", [])
    return "*" in (named if isinstance(named, list) else [named])


@properties
@given(policies, choices)
def test_only_everybody_becomes_public_or_the_distribution(policy, chosen):
    _name, bucket, _findings = translate({"name": "movies", "policy": policy}, chosen)
    if any(names_everybody(statement) for statement in policy["Statement"] if statement["Effect"] == "Allow"):
        return
    assert set(bucket["public_access_block"].values()) == {True}
    for client, path, (action, right) in itertools.product(OUTSIDERS, PATHS, OBJECT_ACTIONS.items()):
        if client.may(right, f"{BUCKET}/{path}", bucket["policy"]) == ALLOWED:
            assert client.may(f"mediastore:{action}", f"{ARN}/{path}", policy) == ALLOWED


# Findings with which fewer object operations are allowed.
NARROWER = {
    f"policy.{name}"
    for name in (
        *("deny_describe", "resource_unclear", "not_resource", "condition_key", "tag_condition"),
        *("resource_tag", "resource_tag_lost", "public", "secret_header", "cloudfront_only", "principal_wildcard"),
    )
}


@properties
@given(policies, choices, st.lists(clients, min_size=4, max_size=4))
def test_without_such_a_finding_both_allow_the_same_object_operations(policy, chosen, senders):
    translated, codes = bucket_policy(policy, chosen)
    if codes & NARROWER:
        return
    for client, path, (action, right) in itertools.product(senders, PATHS, OBJECT_ACTIONS.items()):
        decisions = [
            client.may(right, f"{BUCKET}/{path}", translated),
            client.may(f"mediastore:{action}", f"{ARN}/{path}", policy),
        ]
        assert len({decision == ALLOWED for decision in decisions}) == 1


# What anybody can send, whoever and wherever they are.
ANYBODY = [
    Client(Principal(), {"aws:SecureTransport": secure, **agent}, {}, {})
    for secure in ("true", "false")
    for agent in ({}, {"aws:UserAgent": "player"}, {"aws:UserAgent": "5"})
]


@properties
@given(policies, choices)
def test_nobody_in_particular_has_access_unless_the_user_chooses_public(policy, chosen):
    translated, _codes = bucket_policy(policy, chosen)
    for client, path, right in itertools.product(ANYBODY, PATHS, OBJECT_ACTIONS.values()):
        assert chosen.public or client.may(right, f"{BUCKET}/{path}", translated) != ALLOWED


def shown(prefix, delimiter):
    """Return what ListObjectsV2 shows of a bucket with the keys PATHS: keys and common prefixes."""
    text = prefix or ""
    found = {path for path in PATHS if path.startswith(text)}
    if not delimiter:
        return found
    return {path[: path.find(delimiter, len(text)) + 1] or path for path in found}


def folder_of(name):
    """Return the folder whose listing shows a key or a common prefix."""
    return name.rstrip("/").rpartition("/")[0]


@properties
@given(policies, choices, st.lists(clients, min_size=4, max_size=4))
def test_the_bucket_shows_no_name_that_the_container_does_not(policy, chosen, senders):
    translated, _codes = bucket_policy(policy, chosen)
    for client, prefix, delimiter in itertools.product(senders, PREFIXES, DELIMITERS[1:]):
        given_keys = {"s3:prefix": prefix, "s3:delimiter": delimiter}
        keys = {key: value for key, value in given_keys.items() if value is not None}
        if client.may("s3:ListBucket", BUCKET, translated, **keys) == ALLOWED:
            for name in shown(prefix, delimiter):
                assert client.may("mediastore:ListItems", f"{ARN}/{folder_of(name)}", policy) == ALLOWED


@pytest.mark.parametrize(
    ("prefix", "delimiter", "names"),
    [
        pytest.param(None, None, set(PATHS), id="everything"),
        pytest.param("a/", "/", {"a/b.ts", "a/c/"}, id="a folder"),
        pytest.param("a", "/", {"a", "a/", "ab/", "a*", "a$b", "a\\b"}, id="a text"),
        pytest.param("home/bob", None, {"home/bob/a.ts"}, id="below"),
        pytest.param("a/", ".", {"a/b.", "a/c/b."}, id="another delimiter"),
    ],
)
def test_the_model_of_a_listing(prefix, delimiter, names):
    assert shown(prefix, delimiter) == names


# Listings that a role of another account can do in MediaStore, with the request that does the same in S3.
LISTINGS = [
    pytest.param(["*"], "", {}, id="the root folder"),
    pytest.param(["*"], "a", {"s3:prefix": "a/", "s3:delimiter": "/"}, id="all folders"),
    pytest.param(["a"], "a", {"s3:prefix": "a/", "s3:delimiter": "/"}, id="one folder"),
    pytest.param(["a", "a/*"], "a", {"s3:prefix": "a/"}, id="a folder and those in it"),
    pytest.param(["a/*"], "a/c", {"s3:prefix": "a/c/"}, id="a folder in a folder"),
    pytest.param(["a*"], "ab", {"s3:prefix": "ab/"}, id="folders that begin with a text"),
    pytest.param(["*/c"], "a/c", {"s3:prefix": "a/c/", "s3:delimiter": "/"}, id="a wildcard inside"),
]


@pytest.mark.parametrize(("paths", "folder", "keys"), LISTINGS)
def test_who_lists_a_folder_can_list_it_in_S3(paths, folder, keys):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ROLES[1]},
        "Action": "mediastore:ListItems",
        "Resource": [f"{ARN}/{path}" for path in paths],
    }
    client = Client(Principal(ROLES[1]), {}, {}, {})
    policy = {"Statement": statement}
    assert client.may("mediastore:ListItems", f"{ARN}/{folder}", policy) == ALLOWED
    translated, _codes = bucket_policy(policy, Choices(bucket="movies-bucket"))
    assert client.may("s3:ListBucket", BUCKET, translated, **keys) == ALLOWED


# Lifecycle

DAY = 86400
LIFECYCLE_PATHS = {
    "prefix": ["", "a", "a/", "a/b", "/a/", "/", "b/c/"],
    "wildcard": ["*", "a*", "a/*", "*.ts", "a/*.ts", "a/b.ts", "/a*", "/*", "a*b*"],
}
OBJECTS = ["a", "a/b.ts", "a/b/c.ts", "ab", "b/c/d.ts", "e.ts", "e"]


@st.composite
def lifecycle_rules(draw):
    kind = draw(st.sampled_from(sorted(LIFECYCLE_PATHS)))
    paths = draw(st.lists(st.sampled_from(LIFECYCLE_PATHS[kind]), min_size=1, max_size=3))
    definition = {"path": [{kind: path} for path in paths]}
    operator = draw(st.sampled_from([">", ">="]))
    if kind == "wildcard" and draw(st.booleans()):
        definition["seconds_since_create"] = [{"numeric": [operator, draw(st.integers(1, 300))]}]
        return {"definition": definition, "action": "EXPIRE"}
    definition["days_since_create"] = [{"numeric": [operator, draw(st.sampled_from([1, 2, 10, 29, 30, 31, 90]))]}]
    return {"definition": definition, "action": draw(st.sampled_from(["EXPIRE", "ARCHIVE"]))}


def in_container(rules, action, key, created):
    """Return when MediaStore does an action to an object, None for never.

    MS:policies-object-lifecycle-components: an age is a whole number, so `> 28` is 29 or more; `*` is any text. A
    leading slash of a path is taken as none, as the finding says.
    """
    ages = {"days_since_create": DAY, "seconds_since_create": 1}
    times = [
        created + (number + (operator == ">")) * ages[age]
        for rule in rules
        if rule["action"] == action
        for age in ages.keys() & rule["definition"].keys()
        for operator, number in [rule["definition"][age][0]["numeric"]]
        if any(is_in_path(path, key) for path in rule["definition"]["path"])
    ]
    return min(times, default=None)


def is_in_path(path, key):
    [(kind, text)] = path.items()
    pattern = ".*".join(re.escape(part) for part in text.lstrip("/").split("*")) if kind == "wildcard" else None
    return bool(re.fullmatch(pattern, key)) if pattern is not None else key.startswith(text.lstrip("/"))


def in_bucket(rules, action, key, created):
    """Return when S3 does an action to an object: after the days, at the next midnight UTC.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
    """
    days = [
        rule["Expiration"]["Days"] if action == "EXPIRE" else rule["Transitions"][0]["Days"]
        for rule in rules
        if ("Expiration" if action == "EXPIRE" else "Transitions") in rule and key.startswith(rule["Filter"]["Prefix"])
    ]
    return min((-(-(created + number * DAY) // DAY) * DAY for number in days), default=None)


@properties
@given(st.lists(lifecycle_rules(), min_size=1, max_size=4), st.integers(0, 3 * DAY))
def test_the_bucket_expires_and_archives_nothing_earlier(rules, created):
    policy = LIFECYCLE_POLICY_OPTION.check(LIFECYCLE_POLICY.dump({"rules": rules}))
    _name, bucket, findings = translate({"name": "movies", "lifecycle_policy": policy}, Choices())
    is_exact = {finding.code for finding in findings} <= {"lifecycle.age", "lifecycle.string_prefix"}
    for key, action in itertools.product(OBJECTS, ["EXPIRE", "ARCHIVE"]):
        declared = in_container(rules, action, key, created)
        done = in_bucket(bucket["lifecycle"], action, key, created)
        if done is not None:
            assert declared is not None
            assert done >= declared
        if is_exact:
            assert (declared is None) == (done is None)
            assert done is None or done < declared + DAY


@pytest.mark.parametrize(
    ("created", "days", "expired"),
    [
        pytest.param(DAY + 300, 1, 3 * DAY, id="00:05 and one day"),
        pytest.param(DAY, 1, 2 * DAY, id="midnight"),
        pytest.param(2 * DAY - 1, 10, 12 * DAY, id="23:59:59"),
    ],
)
def test_the_model_of_expiration_in_S3(created, days, expired):
    assert in_bucket([{"Filter": {"Prefix": ""}, "Expiration": {"Days": days}}], "EXPIRE", "a", created) == expired


# CORS

ORIGINS = ["*", "https://a.example.com", "https://*.example.com", "http://a.example.com", "https://*"]
HEADERS = ["*", "x-amz-*", "Range", "content-type"]
METHODS = ["GET", "HEAD", "PUT", "DELETE"]


def subset(values, least=0):
    return st.lists(st.sampled_from(values), min_size=least, max_size=2, unique=True)


cors_rules = st.fixed_dictionaries(
    {
        "allowed_origins": subset(ORIGINS, 1),
        "allowed_methods": subset(METHODS, 1),
        "allowed_headers": subset(HEADERS),
    },
    optional={"expose_headers": subset(["ETag", "Age", "*"], 1), "max_age_seconds": st.sampled_from([0, 600])},
)


def is_like(pattern, text):
    head, star, tail = pattern.partition("*")
    return (
        text == pattern if not star else len(text) >= len(head + tail) and text.startswith(head) and text.endswith(tail)
    )


def answer(rules, names, origin, method, headers):
    """Return the rule that answers a request, None if none does, with `names` of the members of a rule.

    Both services use the first rule whose origins, methods and headers match (K1 to K4): S3:ManageCorsUsing, MS:cors.
    """
    origins, methods, allowed, exposed, age = names
    for rule in rules:
        if (
            any(is_like(pattern, origin) for pattern in rule[origins])
            and method in rule[methods]
            and all(
                any(is_like(pattern.lower(), header.lower()) for pattern in rule.get(allowed) or [])
                for header in headers
            )
        ):
            return {"origin": "*" in rule[origins], "exposed": set(rule.get(exposed, ())), "age": rule.get(age)}
    return None


MEDIASTORE = ("allowed_origins", "allowed_methods", "allowed_headers", "expose_headers", "max_age_seconds")
S3 = ("AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposeHeaders", "MaxAgeSeconds")


@properties
@given(
    st.lists(cors_rules, min_size=1, max_size=4),
    st.sampled_from(["https://a.example.com", "http://a.example.com", "https://b.org", "null"]),
    st.sampled_from(METHODS),
    subset(["range", "X-Amz-Date", "Content-Type", "x-other"]),
)
def test_both_answer_alike_to_requests_of_other_origins(rules, origin, method, headers):
    _name, bucket, _findings = translate({"name": "movies", "cors_policy": rules}, Choices())
    declared = answer(rules, MEDIASTORE, origin, method, headers)
    # S3 takes no wildcard in exposed headers, which a finding says.
    expected = declared and {**declared, "exposed": declared["exposed"] - {"*"}}
    assert answer(bucket["cors"], S3, origin, method, headers) == expected


# Findings


@properties
@given(st.lists(st.sampled_from(SIDS), max_size=4))
def test_each_statement_has_a_name_in_findings(sids):
    statements = [{**sid, "Effect": "Allow"} for sid in sids]
    places = findings.statement_places(statements)
    assert len(set(places)) == len(statements)
