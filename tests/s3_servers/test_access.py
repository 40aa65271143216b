# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a server allows a request, the container allowed it: by the emulator's evaluator, and by its CORS rules."""

from __future__ import annotations

import itertools
import urllib.error
import urllib.request
from typing import NamedTuple

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import CODES, IMPOSSIBLE
from mediastore_emulator import cors
from mediastore_emulator.iam.access import ALLOWED, Principal, Request, decide

ACCOUNT = "123456789012"
CONTAINER = f"arn:aws:mediastore:us-east-1:{ACCOUNT}:container/example-live"
# The objects that a client reads, and those that it writes: a server can give an object to whoever has written it.
KEYS = {"GET": ["a.ts", "live/a.ts", "live/b.m3u8"], "PUT": ["c.ts", "live/c.ts", "live/d.m3u8"]}
ACTIONS = {"GET": "mediastore:GetObject", "PUT": "mediastore:PutObject"}
READ, WRITE = ["mediastore:GetObject", "mediastore:DescribeObject"], ["mediastore:PutObject"]
SENT = [
    {"User-Agent": agent, **referer}
    for agent in ("player/1", "other")
    for referer in ({}, {"Referer": "https://www.example.com/"}, {"Referer": "https://www.example.org/"})
]
CONDITIONS = [
    {},
    *({"Bool": {"aws:SecureTransport": value}} for value in ("true", "false")),
    *(
        {operator: {"aws:SourceIp": network}}
        for operator in ("IpAddress", "NotIpAddress")
        for network in ("127.0.0.0/8", "192.0.2.0/24")
    ),
    *({operator: {"aws:Referer": "https://www.example.com/*"}} for operator in ("StringLike", "StringNotLike")),
    *({operator: {"aws:UserAgent": "player/1"}} for operator in ("StringEquals", "StringNotEquals")),
]
PATHS = ["*", "live/*", "*.ts"]


def statement(effect, actions, path, condition):
    element = {"Effect": effect, "Principal": "*", "Action": actions, "Resource": f"{CONTAINER}/{path}"}
    return {**element, **({"Condition": condition} if condition else {})}


ALLOW_ALL = statement("Allow", READ + WRITE, "*", {})
# Each condition and each path, once in an Allow and once in a Deny.
POLICIES = [
    *([statement("Allow", READ, path, condition)] for condition in CONDITIONS for path in PATHS[:2]),
    *([ALLOW_ALL, statement("Deny", READ, path, condition)] for condition in CONDITIONS for path in PATHS[:2]),
    *([ALLOW_ALL, statement("Deny", WRITE, path, {})] for path in PATHS),
    *([statement("Allow", WRITE, path, {}), statement("Deny", READ, path, {})] for path in PATHS),
]
ACCEPTED = [name for name, code in CODES.items() if code.level == IMPOSSIBLE and name.startswith("policy.")]


def is_allowed(url, method, headers):
    """Return whether the server answers an anonymous request with success, or else with status 403."""
    request = urllib.request.Request(url, method=method, headers=headers, data=b"example" if method == "PUT" else None)
    try:
        with urllib.request.urlopen(request) as reply:
            status = reply.status
    except urllib.error.HTTPError as error:
        status = error.code
    assert status in (200, 403)
    return status == 200


@pytest.fixture
def objects(s3, bucket):
    """The URL of a bucket that has the objects to read."""
    for key in KEYS["GET"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"example")
    return f"{s3.meta.endpoint_url}/{bucket}"


class Asked(NamedTuple):
    """A request of an anonymous client, by the container: the context is what the client sends over HTTP."""

    method: str
    key: str
    headers: dict[str, str]

    def is_allowed_by(self, policy):
        context = {
            "aws:SecureTransport": "false",
            "aws:SourceIp": "127.0.0.1",
            "aws:UserAgent": self.headers["User-Agent"],
            **({"aws:Referer": self.headers["Referer"]} if "Referer" in self.headers else {}),
        }
        request = Request(Principal(), ACTIONS[self.method], f"{CONTAINER}/{self.key}", context)
        return decide(request, policy, ACCOUNT).decision == ALLOWED


ASKED = [Asked(method, key, headers) for method, keys in KEYS.items() for key, headers in itertools.product(keys, SENT)]


def test_the_judged_policies():
    assert len(POLICIES) >= 31
    policies = [{"Version": "2012-10-17", "Statement": statements} for statements in POLICIES]
    allowed = [sum(one.is_allowed_by(policy) for policy in policies) for one in ASKED]
    assert all(0 < count < len(policies) for count in allowed)


@pytest.fixture
def declare(module, objects):
    """A function that declares the policy with these statements, none to remove it, and returns whether it is set.

    The policy is removed after a test, because a Deny for everybody includes the owner.
    """

    def declare(statements):
        policy = {"Version": "2012-10-17", "Statement": statements} if statements else {}
        done = module(
            {"policy": policy}, public=True, accept=ACCEPTED, skip_unsupported=["public_access_block", "policy"]
        )
        assert not done.get("failed"), done["msg"]
        return not any(finding["code"] == "server.policy" for finding in done["containers"][0]["findings"])

    yield declare
    declare([])


def test_the_server_allows_no_more_than_the_container(declare, objects, record):
    def allowed():
        return [one for one in ASKED if is_allowed(f"{objects}/{one.key}", one.method, one.headers)]

    if not declare([ALLOW_ALL]):
        record("access", "no aspect")
        return
    everything = allowed()
    declare([])
    if everything != ASKED or allowed():
        record("access", "not decided")
        return
    wider = set()
    for statements in POLICIES:
        declare(statements)
        policy = {"Version": "2012-10-17", "Statement": statements}
        if not all(one.is_allowed_by(policy) for one in allowed()):
            wider.add(statements[-1]["Effect"])
    record("access", "wider" if "Allow" in wider else "wider, by Deny" if wider else "as the container")


RULES = [
    [{"allowed_origins": ["https://a.example"], "allowed_methods": ["GET"]}],
    [{"allowed_origins": ["*"], "allowed_methods": ["GET", "HEAD"], "allowed_headers": ["*"]}],
    [{"allowed_origins": ["https://*.example"], "allowed_methods": ["PUT"], "allowed_headers": ["x-a", "x-b*"]}],
    [
        {"allowed_origins": ["https://a.example"], "allowed_methods": ["GET"], "allowed_headers": ["x-a"]},
        {"allowed_origins": ["https://b.example"], "allowed_methods": ["PUT"], "allowed_headers": ["X-B"]},
    ],
]
PREFLIGHTS = list(
    itertools.product(
        ("https://a.example", "https://b.example", "http://a.example", "https://example.org"),
        ("GET", "PUT", "DELETE"),
        ((), ("x-a",), ("x-a", "x-b"), ("x-other",)),
    )
)


def is_permitted(origin, method, names, headers):
    """Return whether a browser sends the request after these response headers (Fetch standard, CORS-preflight)."""
    headers = {name.lower(): value for name, value in headers.items()}

    def listed(name):
        return [item.strip().lower() for item in headers.get(f"access-control-allow-{name}", "").split(",")]

    return (
        headers.get("access-control-allow-origin") in ("*", origin)
        and (method in ("GET", "HEAD", "POST") or {"*", method.lower()} & set(listed("methods")) != set())
        and all({"*", name} & set(listed("headers")) for name in names)
    )


def preflight(url, origin, method, names):
    """Return the headers of the reply to a preflight request; none if the server refuses it."""
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if names:
        headers["Access-Control-Request-Headers"] = ",".join(names)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="OPTIONS", headers=headers)) as reply:
            return dict(reply.headers)
    except urllib.error.HTTPError:
        return {}


def of_the_container(rules):
    """Return CORS rules in the shape of MediaStore's API."""
    renamed = [{name.title().replace("_", ""): value for name, value in rule.items()} for rule in rules]
    return [{"AllowedHeaders": [], **rule} for rule in renamed]


def test_the_server_permits_pages_no_more_than_the_container(module, objects, record):
    permitted, wider = 0, 0
    for rules in RULES:
        done = module({"cors_policy": rules}, skip_unsupported=["cors"])
        assert not done.get("failed"), done["msg"]
        if done["containers"][0]["findings"]:
            record("preflights", "no aspect")
            return
        for origin, method, names in PREFLIGHTS:
            if is_permitted(origin, method, names, preflight(f"{objects}/a.ts", origin, method, names)):
                permitted += 1
                by_container = cors.decide(
                    of_the_container(rules), cors.CorsRequest(origin, method, names, True)
                ).headers
                wider += not is_permitted(origin, method, names, by_container)
    record("preflights", "not answered" if not permitted else "wider rules" if wider else "as the container")
