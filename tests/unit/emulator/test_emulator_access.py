# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions on requests, as a table and as properties.

The expected decisions follow from AWS's pages, which each group names: those of the MediaStore User Guide, else those
of the IAM User Guide. Where the pages are silent, what cannot be understood does not widen access.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.tests.unit import access_strategies as some
from mediastore_emulator.iam.access import (
    ALLOWED,
    EXPLICITLY_DENIED,
    IMPLICITLY_DENIED,
    Principal,
    Request,
    Statement,
    decide,
)

ACCOUNT, OTHER = "111122223333", "444455556666"
REGION = f"arn:aws:mediastore:us-east-1:{ACCOUNT}"
ARN = f"{REGION}:container/movies"
ANYONE = None
ROOT, OTHER_ROOT = f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{OTHER}:root"
BOB, OTHER_BOB = f"arn:aws:iam::{ACCOUNT}:user/bob", f"arn:aws:iam::{OTHER}:user/bob"
PATH_BOB = f"arn:aws:iam::{ACCOUNT}:user/editors/bob"
ROLE, PATH_ROLE = f"arn:aws:iam::{ACCOUNT}:role/editor", f"arn:aws:iam::{ACCOUNT}:role/desk/editor"
OTHER_ROLE = f"arn:aws:iam::{OTHER}:role/editor"
SESSION, OTHER_SESSION = (f"arn:aws:sts::{account}:assumed-role/editor/monday" for account in (ACCOUNT, OTHER))
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/carol"
CLOUDFRONT = "cloudfront.amazonaws.com"
DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E2EXAMPLE"
GET, PUT, DESCRIBE, LIST, DELETE = (
    f"mediastore:{name}" for name in ("GetObject", "PutObject", "DescribeObject", "ListItems", "DeleteObject")
)
HTTPS = {"Bool": {"aws:SecureTransport": "true"}}
MISSING = object()
properties = settings(deadline=None, max_examples=200, database=None)


def statement(effect, **changes):
    """Return a statement about everybody's reading of all objects, with `changes` made."""
    base = {"Effect": effect, "Principal": "*", "Action": GET, "Resource": f"{ARN}/*"}
    return {**{key: value for key, value in base.items() if f"Not{key}" not in changes}, **changes}


def allow(**changes):
    return statement("Allow", **changes)


def deny(**changes):
    return statement("Deny", **changes)


def identity(effect="Allow", **changes):
    """Return an identity policy of one statement."""
    return policy({key: value for key, value in statement(effect, **changes).items() if key != "Principal"})


def policy(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def ask(who=ANYONE, action=GET, path="a/b.ts", policies=None, resource=None, **context):
    """Return a request; the names of condition keys are given without `aws:`, and `policies` as a list."""
    principal = Principal(who, None if policies is None else tuple(policies))
    return Request(
        principal, action, resource or f"{ARN}/{path}", {f"aws:{key}": value for key, value in context.items()}
    )


def document(statements):
    """Return the policy of a statement or a list of statements; a policy or None unchanged."""
    if isinstance(statements, list):
        return policy(*statements)
    return policy(statements) if statements and "Statement" not in statements else statements


def decision(statements, request):
    """Return the decision of the policy `document` returns, without the statements that decided."""
    return decide(request, document(statements), ACCOUNT).decision


class Row(NamedTuple):
    id: str
    statements: Any
    request: Request
    expected: str


def table(*groups):
    rows = [Row(*row) for group in groups for row in group]
    assert len({row.id for row in rows}) == len(rows), "an id is given twice"
    return pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in rows])


# MediaStore User Guide, "Example container policy" pages, "Allowing Amazon CloudFront to access your AWS Elemental
# MediaStore container"; CloudFront Developer Guide, "Restricting access to an AWS Elemental MediaStore origin".
DEFAULT = allow(Sid="MediaStoreFullAccess", Action="mediastore:*", Principal={"AWS": ROOT}, Condition=HTTPS)
READ = [GET, DESCRIBE]
PUBLIC = allow(Sid="PublicReadOverHttps", Action=READ, Condition=HTTPS)
HTTP_OR_HTTPS = allow(Action=READ, Condition={"Bool": {"aws:SecureTransport": ["true", "false"]}})
CROSS_READ = allow(Action=READ, Principal={"AWS": OTHER_ROOT})
CROSS_ROLE_READ = allow(Action=READ, Principal={"AWS": OTHER_ROLE})
CROSS_FULL = [
    allow(Sid="CrossAccountRolePostOverHttps", Action=PUT, Principal={"AWS": OTHER_ROLE}, Condition=HTTPS),
    allow(Sid="CrossAccountFullAccessExceptPost", NotAction=PUT, Principal={"AWS": OTHER_ROLE}),
]
OAC = allow(Principal={"Service": CLOUDFRONT}, Condition={"StringEquals": {"aws:SourceArn": DISTRIBUTION}, **HTTPS})
REFERER = allow(Condition={"StringEquals": {"aws:Referer": "secretValue"}})
AGENT = allow(Condition={"StringEquals": {"aws:UserAgent": "secretValue"}})
RANGES = allow(
    Condition={"IpAddress": {"aws:SourceIp": "54.240.143.0/24"}, "NotIpAddress": {"aws:SourceIp": "54.240.143.188/32"}}
)
FOLDER = [
    allow(Action=DESCRIBE, Resource=f"{ARN}/premium/*"),
    allow(Action=LIST, Resource=f"{ARN}/premium/*"),
]
SECURE, INSECURE = {"SecureTransport": "true"}, {"SecureTransport": "false"}
NOTHING = identity(Action="s3:*")
EXAMPLES = [
    ("default: root over HTTPS", DEFAULT, ask(ROOT, PUT, **SECURE), ALLOWED),
    ("default: a user without policies", DEFAULT, ask(BOB, PUT, policies=[], **SECURE), IMPLICITLY_DENIED),
    ("default: a user with a policy", DEFAULT, ask(BOB, PUT, policies=[identity(Action=PUT)], **SECURE), ALLOWED),
    ("default: anonymous", DEFAULT, ask(**SECURE), IMPLICITLY_DENIED),
    ("default: another account", DEFAULT, ask(OTHER_ROOT, **SECURE), IMPLICITLY_DENIED),
    ("public: get", PUBLIC, ask(**SECURE), ALLOWED),
    ("public: describe", PUBLIC, ask(action=DESCRIBE, **SECURE), ALLOWED),
    ("public: over HTTP", PUBLIC, ask(**INSECURE), IMPLICITLY_DENIED),
    ("public: list", PUBLIC, ask(action=LIST, **SECURE), IMPLICITLY_DENIED),
    ("public: put", PUBLIC, ask(action=PUT, **SECURE), IMPLICITLY_DENIED),
    ("public: another container", PUBLIC, ask(resource=f"{REGION}:container/live/a", **SECURE), IMPLICITLY_DENIED),
    ("public: the container itself", PUBLIC, ask(resource=ARN, **SECURE), IMPLICITLY_DENIED),
    ("public over both: HTTP", HTTP_OR_HTTPS, ask(**INSECURE), ALLOWED),
    ("public over both: HTTPS", HTTP_OR_HTTPS, ask(**SECURE), ALLOWED),
    ("cross-account read: get", CROSS_READ, ask(OTHER_BOB), ALLOWED),
    ("cross-account read: put", CROSS_READ, ask(OTHER_BOB, PUT), IMPLICITLY_DENIED),
    ("cross-account read: anonymous", CROSS_READ, ask(), IMPLICITLY_DENIED),
    ("cross-account role read: session", CROSS_ROLE_READ, ask(OTHER_SESSION), ALLOWED),
    ("cross-account role read: user", CROSS_ROLE_READ, ask(OTHER_BOB), IMPLICITLY_DENIED),
    ("cross-account full: put over HTTPS", CROSS_FULL, ask(OTHER_SESSION, PUT, **SECURE), ALLOWED),
    ("cross-account full: put over HTTP", CROSS_FULL, ask(OTHER_SESSION, PUT, **INSECURE), IMPLICITLY_DENIED),
    ("cross-account full: delete over HTTP", CROSS_FULL, ask(OTHER_SESSION, DELETE, **INSECURE), ALLOWED),
    ("cross-account full: root", CROSS_FULL, ask(OTHER_ROOT, DELETE), IMPLICITLY_DENIED),
    ("origin access control", OAC, ask(CLOUDFRONT, SourceArn=DISTRIBUTION, **SECURE), ALLOWED),
    ("origin access control: HTTP", OAC, ask(CLOUDFRONT, SourceArn=DISTRIBUTION, **INSECURE), IMPLICITLY_DENIED),
    ("origin access control: another", OAC, ask(CLOUDFRONT, SourceArn=f"{DISTRIBUTION}2", **SECURE), IMPLICITLY_DENIED),
    ("origin access control: no source", OAC, ask(CLOUDFRONT, **SECURE), IMPLICITLY_DENIED),
    ("origin access control: anonymous", OAC, ask(SourceArn=DISTRIBUTION, **SECURE), IMPLICITLY_DENIED),
    ("secret referer", REFERER, ask(Referer="secretValue"), ALLOWED),
    ("secret referer: another case", REFERER, ask(Referer="secretvalue"), IMPLICITLY_DENIED),
    ("secret referer: none", REFERER, ask(), IMPLICITLY_DENIED),
    ("secret user agent", AGENT, ask(UserAgent="secretValue"), ALLOWED),
    ("secret user agent: another", AGENT, ask(UserAgent="curl/8.5"), IMPLICITLY_DENIED),
    ("ranges: inside", RANGES, ask(SourceIp="54.240.143.7"), ALLOWED),
    ("ranges: excepted", RANGES, ask(SourceIp="54.240.143.188"), IMPLICITLY_DENIED),
    ("ranges: outside", RANGES, ask(SourceIp="54.240.144.7"), IMPLICITLY_DENIED),
    ("folder: describe", FOLDER, ask(action=DESCRIBE, path="premium/a.ts"), ALLOWED),
    ("folder: list", FOLDER, ask(action=LIST, path="premium/canada/"), ALLOWED),
    ("folder: get", FOLDER, ask(path="premium/a.ts"), IMPLICITLY_DENIED),
    ("folder: describe another", FOLDER, ask(action=DESCRIBE, path="premium2/a.ts"), IMPLICITLY_DENIED),
]

# "Policy evaluation logic for requests within a single account", "Cross-account policy evaluation logic".
ALL, DENY_ALL = identity(), identity("Deny")
BY_USER, BY_ACCOUNT = allow(Principal={"AWS": BOB}), allow(Principal={"AWS": ACCOUNT})
OTHER_ACCOUNT = allow(Principal={"AWS": OTHER})
LOGIC = [
    ("no policy: anonymous", None, ask(), IMPLICITLY_DENIED),
    ("no policy: service", None, ask(CLOUDFRONT), IMPLICITLY_DENIED),
    ("no policy: root", None, ask(ROOT), ALLOWED),
    ("no policy: a user who may do everything", None, ask(BOB), ALLOWED),
    ("no policy: a user without policies", None, ask(BOB, policies=[]), IMPLICITLY_DENIED),
    ("no policy: a user with a policy", None, ask(BOB, policies=[ALL]), ALLOWED),
    ("no policy: a user with another policy", None, ask(BOB, policies=[NOTHING]), IMPLICITLY_DENIED),
    ("no policy: another account", None, ask(OTHER_ROOT), IMPLICITLY_DENIED),
    ("no statements: root", [], ask(ROOT), ALLOWED),
    ("no statements: anonymous", [], ask(), IMPLICITLY_DENIED),
    ("same account: resource side by user", BY_USER, ask(BOB, policies=[]), ALLOWED),
    ("same account: resource side by another user", BY_USER, ask(f"{BOB}2", policies=[]), IMPLICITLY_DENIED),
    ("same account: resource side by account", BY_ACCOUNT, ask(BOB, policies=[]), IMPLICITLY_DENIED),
    ("same account: account and identity", BY_ACCOUNT, ask(BOB, policies=[ALL]), ALLOWED),
    ("same account: resource side for everybody", allow(), ask(BOB, policies=[]), ALLOWED),
    ("same account: second identity policy", [], ask(BOB, policies=[NOTHING, ALL]), ALLOWED),
    ("same account: identity denies", BY_USER, ask(BOB, policies=[ALL, DENY_ALL]), EXPLICITLY_DENIED),
    ("same account: resource denies", [BY_USER, deny()], ask(BOB, policies=[ALL]), EXPLICITLY_DENIED),
    ("same account: resource denies another action", deny(Action=PUT), ask(BOB, policies=[ALL]), ALLOWED),
    ("same account: role", allow(Principal={"AWS": ROLE}), ask(SESSION, policies=[]), ALLOWED),
    ("same account: session", allow(Principal={"AWS": SESSION}), ask(SESSION, policies=[]), ALLOWED),
    ("same account: session of an account", BY_ACCOUNT, ask(SESSION, policies=[]), IMPLICITLY_DENIED),
    ("same account: federated", allow(Principal={"AWS": FEDERATED}), ask(FEDERATED, policies=[]), ALLOWED),
    ("same account: federated of an account", BY_ACCOUNT, ask(FEDERATED, policies=[]), IMPLICITLY_DENIED),
    ("same account: root by account", BY_ACCOUNT, ask(ROOT, policies=[]), ALLOWED),
    ("same account: root and another user", BY_USER, ask(ROOT), ALLOWED),
    ("same account: root is denied", deny(), ask(ROOT), EXPLICITLY_DENIED),
    ("same account: root is denied by name", deny(Principal={"AWS": ROOT}), ask(ROOT), EXPLICITLY_DENIED),
    ("same account: the account is denied", deny(Principal={"AWS": ROOT}), ask(BOB), EXPLICITLY_DENIED),
    ("same account: root, restricted, alone", [], ask(ROOT, policies=[NOTHING]), IMPLICITLY_DENIED),
    ("cross-account: both", OTHER_ACCOUNT, ask(OTHER_BOB, policies=[ALL]), ALLOWED),
    ("cross-account: identity alone", [], ask(OTHER_BOB, policies=[ALL]), IMPLICITLY_DENIED),
    ("cross-account: resource alone", OTHER_ACCOUNT, ask(OTHER_BOB, policies=[]), IMPLICITLY_DENIED),
    ("cross-account: user alone", allow(Principal={"AWS": OTHER_BOB}), ask(OTHER_BOB, policies=[]), IMPLICITLY_DENIED),
    ("cross-account: everybody alone", allow(), ask(OTHER_BOB, policies=[]), IMPLICITLY_DENIED),
    ("cross-account: everybody and identity", allow(), ask(OTHER_BOB, policies=[ALL]), ALLOWED),
    (
        "cross-account: identity for something else",
        OTHER_ACCOUNT,
        ask(OTHER_BOB, policies=[NOTHING]),
        IMPLICITLY_DENIED,
    ),
    ("cross-account: identity denies", OTHER_ACCOUNT, ask(OTHER_BOB, policies=[ALL, DENY_ALL]), EXPLICITLY_DENIED),
    ("cross-account: resource denies", [OTHER_ACCOUNT, deny()], ask(OTHER_BOB), EXPLICITLY_DENIED),
    ("cross-account: root with both", OTHER_ACCOUNT, ask(OTHER_ROOT), ALLOWED),
    ("cross-account: session with both", OTHER_ACCOUNT, ask(OTHER_SESSION, policies=[ALL]), ALLOWED),
    ("cross-account: session alone", OTHER_ACCOUNT, ask(OTHER_SESSION, policies=[]), IMPLICITLY_DENIED),
    ("anonymous: allowed and denied", [allow(), deny()], ask(), EXPLICITLY_DENIED),
    ("anonymous: denied and allowed", [deny(), allow()], ask(), EXPLICITLY_DENIED),
    ("anonymous: identity policies do not count", [], ask(policies=[ALL]), IMPLICITLY_DENIED),
    ("service: everybody", allow(), ask(CLOUDFRONT), ALLOWED),
    ("service: denied with everybody", [allow(), deny()], ask(CLOUDFRONT), EXPLICITLY_DENIED),
    ("service: identity policies do not count", [], ask(CLOUDFRONT, policies=[ALL]), IMPLICITLY_DENIED),
]

# "AWS JSON policy elements: Principal", "AWS JSON policy elements: NotPrincipal".
USER_AND_ROOT = [OTHER_BOB, OTHER_ROOT]
CHAIN = [OTHER_SESSION, OTHER_ROLE, OTHER_ROOT]


def but(*names, **changes):
    """Return a policy that allows everybody, but denies all except `names`."""
    return [allow(), deny(NotPrincipal={"AWS": list(names)}, **changes)]


PRINCIPALS = [
    ("everybody as AWS: anonymous", allow(Principal={"AWS": "*"}), ask(), ALLOWED),
    ("everybody in a list: anonymous", allow(Principal={"AWS": [BOB, "*"]}), ask(), ALLOWED),
    ("everybody as AWS is denied: anonymous", [allow(), deny(Principal={"AWS": "*"})], ask(), EXPLICITLY_DENIED),
    ("account ID", allow(Principal={"AWS": OTHER}), ask(OTHER_BOB), ALLOWED),
    ("account ID of another", allow(Principal={"AWS": "777788889999"}), ask(OTHER_BOB), IMPLICITLY_DENIED),
    ("root ARN names users", allow(Principal={"AWS": OTHER_ROOT}), ask(OTHER_BOB), ALLOWED),
    (
        "root ARN of another partition",
        allow(Principal={"AWS": f"arn:aws-cn:iam::{OTHER}:root"}),
        ask(OTHER_BOB),
        IMPLICITLY_DENIED,
    ),
    ("user in a list", allow(Principal={"AWS": [BOB, OTHER_BOB]}), ask(OTHER_BOB), ALLOWED),
    (
        "user in another case",
        allow(Principal={"AWS": BOB.replace("bob", "Bob")}),
        ask(BOB, policies=[]),
        IMPLICITLY_DENIED,
    ),
    ("user without its path", allow(Principal={"AWS": BOB}), ask(PATH_BOB, policies=[]), IMPLICITLY_DENIED),
    ("user with its path", allow(Principal={"AWS": PATH_BOB}), ask(PATH_BOB, policies=[]), ALLOWED),
    ("user does not name root", allow(Principal={"AWS": OTHER_BOB}), ask(OTHER_ROOT), IMPLICITLY_DENIED),
    ("part of a name", allow(Principal={"AWS": f"arn:aws:iam::{OTHER}:user/b*"}), ask(OTHER_BOB), IMPLICITLY_DENIED),
    ("every user", allow(Principal={"AWS": f"arn:aws:iam::{OTHER}:user/*"}), ask(OTHER_BOB), IMPLICITLY_DENIED),
    (
        "part of a name is denied",
        [allow(), deny(Principal={"AWS": f"{OTHER_BOB}*"})],
        ask(OTHER_BOB),
        EXPLICITLY_DENIED,
    ),
    ("role names its session", allow(Principal={"AWS": OTHER_ROLE}), ask(OTHER_SESSION), ALLOWED),
    ("role of another account", allow(Principal={"AWS": ROLE}), ask(OTHER_SESSION), IMPLICITLY_DENIED),
    ("another role", allow(Principal={"AWS": f"{OTHER_ROLE}2"}), ask(OTHER_SESSION), IMPLICITLY_DENIED),
    ("role with a path names its session", allow(Principal={"AWS": PATH_ROLE}), ask(SESSION, policies=[]), ALLOWED),
    ("role with a path, denied", [allow(), deny(Principal={"AWS": PATH_ROLE})], ask(SESSION), EXPLICITLY_DENIED),
    ("role itself", allow(Principal={"AWS": PATH_ROLE}), ask(PATH_ROLE, policies=[]), ALLOWED),
    ("session names itself", allow(Principal={"AWS": OTHER_SESSION}), ask(OTHER_SESSION), ALLOWED),
    ("another session", allow(Principal={"AWS": OTHER_SESSION}), ask(f"{OTHER_SESSION}2"), IMPLICITLY_DENIED),
    ("session does not name its role", allow(Principal={"AWS": SESSION}), ask(ROLE, policies=[]), IMPLICITLY_DENIED),
    (
        "every session",
        allow(Principal={"AWS": OTHER_SESSION.replace("monday", "*")}),
        ask(OTHER_SESSION),
        IMPLICITLY_DENIED,
    ),
    ("federated user", allow(Principal={"AWS": FEDERATED}), ask(FEDERATED, policies=[]), ALLOWED),
    (
        "federated user is no user",
        allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/carol"}),
        ask(FEDERATED, policies=[]),
        IMPLICITLY_DENIED,
    ),
    ("service", allow(Principal={"Service": CLOUDFRONT}), ask(CLOUDFRONT), ALLOWED),
    (
        "service in a list",
        allow(Principal={"Service": ["medialive.amazonaws.com", CLOUDFRONT]}),
        ask(CLOUDFRONT),
        ALLOWED,
    ),
    ("another service", allow(Principal={"Service": "medialive.amazonaws.com"}), ask(CLOUDFRONT), IMPLICITLY_DENIED),
    ("service as AWS", allow(Principal={"AWS": CLOUDFRONT}), ask(CLOUDFRONT), IMPLICITLY_DENIED),
    ("service or account: account", allow(Principal={"Service": CLOUDFRONT, "AWS": OTHER}), ask(OTHER_BOB), ALLOWED),
    ("service or account: service", allow(Principal={"Service": CLOUDFRONT, "AWS": OTHER}), ask(CLOUDFRONT), ALLOWED),
    ("every service", allow(Principal={"Service": "*"}), ask(CLOUDFRONT), IMPLICITLY_DENIED),
    ("every service is denied", [allow(), deny(Principal={"Service": "*"})], ask(CLOUDFRONT), EXPLICITLY_DENIED),
    (
        "identity provider",
        allow(Principal={"Federated": "accounts.google.com"}),
        ask(SESSION, policies=[], FederatedProvider="accounts.google.com"),
        ALLOWED,
    ),
    (
        "another identity provider",
        allow(Principal={"Federated": "www.amazon.com"}),
        ask(SESSION, policies=[], FederatedProvider="accounts.google.com"),
        IMPLICITLY_DENIED,
    ),
    (
        "identity provider, not federated",
        allow(Principal={"Federated": "www.amazon.com"}),
        ask(SESSION, policies=[]),
        IMPLICITLY_DENIED,
    ),
    (
        "canonical user",
        allow(Principal={"CanonicalUser": "0123456789abcdef" * 4}),
        ask(BOB, policies=[]),
        IMPLICITLY_DENIED,
    ),
    (
        "canonical user is denied",
        [allow(), deny(Principal={"CanonicalUser": "0123456789abcdef" * 4})],
        ask(BOB),
        EXPLICITLY_DENIED,
    ),
    (
        "canonical user is denied: anonymous",
        [allow(), deny(Principal={"CanonicalUser": "0123456789abcdef" * 4})],
        ask(),
        ALLOWED,
    ),
    ("not: user and account", but(*USER_AND_ROOT), ask(OTHER_BOB), ALLOWED),
    ("not: user without account", but(OTHER_BOB), ask(OTHER_BOB), EXPLICITLY_DENIED),
    ("not: account without user", but(OTHER_ROOT), ask(OTHER_BOB), EXPLICITLY_DENIED),
    ("not: user and account ID", but(OTHER_BOB, OTHER), ask(OTHER_BOB), ALLOWED),
    ("not: another user", but(*USER_AND_ROOT), ask(f"{OTHER_BOB}2"), EXPLICITLY_DENIED),
    ("not: another account", but(*USER_AND_ROOT), ask(BOB), EXPLICITLY_DENIED),
    ("not: anonymous", but(*USER_AND_ROOT), ask(), EXPLICITLY_DENIED),
    ("not: service", but(*USER_AND_ROOT), ask(CLOUDFRONT), EXPLICITLY_DENIED),
    ("not: root", but(OTHER_ROOT), ask(OTHER_ROOT), ALLOWED),
    ("not: session, role and account", but(*CHAIN), ask(OTHER_SESSION), ALLOWED),
    ("not: session without role", but(OTHER_SESSION, OTHER_ROOT), ask(OTHER_SESSION), EXPLICITLY_DENIED),
    ("not: session without account", but(OTHER_SESSION, OTHER_ROLE), ask(OTHER_SESSION), EXPLICITLY_DENIED),
    ("not: role and account without session", but(OTHER_ROLE, OTHER_ROOT), ask(OTHER_SESSION), EXPLICITLY_DENIED),
    ("not: everybody", [allow(), deny(NotPrincipal="*")], ask(), ALLOWED),
    ("not: this service", [allow(), deny(NotPrincipal={"Service": CLOUDFRONT})], ask(CLOUDFRONT), ALLOWED),
    ("not: another action", but(OTHER_BOB, Action=PUT), ask(), ALLOWED),
    ("not, alone", deny(NotPrincipal={"AWS": USER_AND_ROOT}), ask(OTHER_BOB), IMPLICITLY_DENIED),
    ("not with Allow: anonymous", allow(NotPrincipal={"AWS": OTHER_BOB}), ask(), ALLOWED),
    ("not with Allow: this user", allow(NotPrincipal={"AWS": OTHER_BOB}), ask(OTHER_BOB), IMPLICITLY_DENIED),
    ("not with Allow: another user", allow(NotPrincipal={"AWS": OTHER_BOB}), ask(f"{OTHER_BOB}2"), ALLOWED),
    ("not with Allow: user of this account", allow(NotPrincipal={"AWS": OTHER}), ask(OTHER_BOB), IMPLICITLY_DENIED),
    (
        "not with Allow: session of this role",
        allow(NotPrincipal={"AWS": OTHER_ROLE}),
        ask(OTHER_SESSION),
        IMPLICITLY_DENIED,
    ),
    ("not with Allow: same account", allow(NotPrincipal={"AWS": OTHER}), ask(BOB, policies=[]), ALLOWED),
]

# "IAM JSON policy elements: Action", "IAM JSON policy elements: NotAction".
ACTIONS = [
    ("action: another case", allow(Action="MEDIASTORE:getobject"), ask(), ALLOWED),
    ("action: request in another case", allow(), ask(action="mediastore:getObject"), ALLOWED),
    ("action: everything", allow(Action="*"), ask(), ALLOWED),
    ("action: everything of the service", allow(Action="mediastore:*"), ask(), ALLOWED),
    ("action: a list", allow(Action=[PUT, GET]), ask(), ALLOWED),
    ("action: not in the list", allow(Action=[PUT, DELETE]), ask(), IMPLICITLY_DENIED),
    ("action: begins with", allow(Action="mediastore:Get*"), ask(), ALLOWED),
    ("action: ends with", allow(Action="mediastore:*Object"), ask(), ALLOWED),
    ("action: ends with, list", allow(Action="mediastore:*Object"), ask(action=LIST), IMPLICITLY_DENIED),
    ("action: contains, in another case", allow(Action="mediastore:*to*"), ask(), ALLOWED),
    ("action: does not contain", allow(Action="mediastore:*tt*"), ask(), IMPLICITLY_DENIED),
    ("action: one character", allow(Action="mediastore:?etObject"), ask(), ALLOWED),
    ("action: one character too many", allow(Action="mediastore:?GetObject"), ask(), IMPLICITLY_DENIED),
    ("action: a name that begins alike", allow(Action="mediastore:Get"), ask(), IMPLICITLY_DENIED),
    ("action: another service", allow(Action="s3:GetObject"), ask(), IMPLICITLY_DENIED),
    ("action: another service denied", [allow(), deny(Action="s3:*")], ask(), ALLOWED),
    ("action: signs are literal", allow(Action="mediastore:Get[O]bject"), ask(), IMPLICITLY_DENIED),
    ("action: a backslash quotes nothing", allow(Action="mediastore:Get\\Object"), ask(), IMPLICITLY_DENIED),
    ("not action: this", allow(NotAction=GET), ask(), IMPLICITLY_DENIED),
    ("not action: another", allow(NotAction=PUT), ask(), ALLOWED),
    ("not action: wildcard", allow(NotAction="mediastore:Get*"), ask(), IMPLICITLY_DENIED),
    ("not action: one of a list", allow(NotAction=[PUT, GET]), ask(), IMPLICITLY_DENIED),
    ("not action: denied", [allow(Action="*"), deny(NotAction=READ)], ask(action=PUT), EXPLICITLY_DENIED),
    ("not action: spared", [allow(Action="*"), deny(NotAction=READ)], ask(), ALLOWED),
    ("not action: another case", allow(NotAction="mediastore:GETOBJECT"), ask(), IMPLICITLY_DENIED),
]

# "IAM JSON policy elements: Resource", "IAM JSON policy elements: NotResource".
RESOURCES = [
    ("resource: exact", allow(Resource=f"{ARN}/a/b.ts"), ask(), ALLOWED),
    ("resource: another case", allow(Resource=f"{ARN}/A/b.ts"), ask(), IMPLICITLY_DENIED),
    ("resource: everything", allow(Resource="*"), ask(), ALLOWED),
    ("resource: an asterisk matches slashes", allow(Resource=f"{ARN}/*.ts"), ask(path="a/b/c.ts"), ALLOWED),
    ("resource: an asterisk matches nothing", allow(Resource=f"{ARN}/a/b.ts*"), ask(), ALLOWED),
    ("resource: another end", allow(Resource=f"{ARN}/*.ts"), ask(path="a.m3u8"), IMPLICITLY_DENIED),
    ("resource: the pattern is longer", allow(Resource=f"{ARN}/a/b.ts2"), ask(), IMPLICITLY_DENIED),
    ("resource: overlapping ends", allow(Resource=f"{ARN}/ab*ba"), ask(path="aba"), IMPLICITLY_DENIED),
    ("resource: several asterisks", allow(Resource=f"{ARN}/*/hd/*/seg*.ts"), ask(path="x/hd/y/z/seg7.ts"), ALLOWED),
    ("resource: last place of several", allow(Resource=f"{ARN}/*ab*ab"), ask(path="abxabab"), ALLOWED),
    ("resource: one character", allow(Resource=f"{ARN}/a/?.ts"), ask(), ALLOWED),
    ("resource: one character is a slash", allow(Resource=f"{ARN}/a?b.ts"), ask(), ALLOWED),
    ("resource: one character is not none", allow(Resource=f"{ARN}/a/b.ts?"), ask(), IMPLICITLY_DENIED),
    ("resource: a colon in a path", allow(Resource=f"{ARN}/*.ts"), ask(path="a:b.ts"), ALLOWED),
    ("resource: a list", allow(Resource=[f"{ARN}/x/*", f"{ARN}/a/*"]), ask(), ALLOWED),
    ("resource: every region", allow(Resource=f"arn:aws:mediastore:*:{ACCOUNT}:container/movies/*"), ask(), ALLOWED),
    (
        "resource: another region",
        allow(Resource=ARN.replace("us-east-1", "eu-west-1") + "/*"),
        ask(),
        IMPLICITLY_DENIED,
    ),
    ("resource: every container", allow(Resource=f"{REGION}:container/*"), ask(), ALLOWED),
    ("resource: beyond the colon", allow(Resource="arn:aws:mediastore:*:container/movies/*"), ask(), ALLOWED),
    (
        "resource: inside a segment",
        allow(Resource=f"arn:aws:mediastore:us-*-1:{ACCOUNT}:container/movies/*"),
        ask(),
        ALLOWED,
    ),
    (
        "resource: inside a segment only",
        allow(Resource=f"arn:aws:mediastore:us-*-1:{OTHER}:container/*"),
        ask(path=f"x-1:{OTHER}:container/y"),
        IMPLICITLY_DENIED,
    ),
    ("resource: signs are literal", allow(Resource=f"{ARN}/a/[b].ts"), ask(), IMPLICITLY_DENIED),
    ("resource: a backslash is literal", allow(Resource=f"{ARN}/a\\*"), ask(path="a\\b"), ALLOWED),
    ("resource: a backslash quotes nothing", allow(Resource=f"{ARN}/a\\*"), ask(path="a*"), IMPLICITLY_DENIED),
    ("resource: a line break", allow(Resource=f"{ARN}/a*"), ask(path="a\nb"), ALLOWED),
    (
        "resource: an asterisk in the request is literal",
        allow(Resource=f"{ARN}/a/b.ts"),
        ask(path="*"),
        IMPLICITLY_DENIED,
    ),
    ("resource: no ARN", allow(Resource="movies/*"), ask(), IMPLICITLY_DENIED),
    ("resource: no ARN is denied", [allow(), deny(Resource="movies/*")], ask(), EXPLICITLY_DENIED),
    ("resource: half an ARN", allow(Resource="arn:aws:mediastore"), ask(), IMPLICITLY_DENIED),
    ("resource: half an ARN is denied", [allow(), deny(Resource="arn:aws:mediastore")], ask(), EXPLICITLY_DENIED),
    ("not resource: this", allow(NotResource=f"{ARN}/a/*"), ask(), IMPLICITLY_DENIED),
    ("not resource: another", allow(NotResource=f"{ARN}/x/*"), ask(), ALLOWED),
    ("not resource: one of a list", allow(NotResource=[f"{ARN}/x/*", f"{ARN}/a/*"]), ask(), IMPLICITLY_DENIED),
    ("not resource: denied", [allow(), deny(NotResource=f"{ARN}/x/*")], ask(), EXPLICITLY_DENIED),
    ("not resource: spared", [allow(), deny(NotResource=f"{ARN}/a/*")], ask(), ALLOWED),
    ("not resource: no ARN", allow(NotResource="a/*"), ask(), IMPLICITLY_DENIED),
]

# "IAM policy elements: Variables and tags", "IAM JSON policy elements: Version".
HOME = f"{ARN}/home/${{aws:username}}/*"
OLD_HOME = policy(allow(Resource=HOME), version="2008-10-17")
IN_HOME, IN_HOME_LITERALLY = ask(BOB, path="home/bob/a", policies=[]), ask(path="home/${aws:username}/a")
OWN_TAG = allow(Resource=f"{ARN}/${{aws:PrincipalTag/team, 'none'}}/*")
AS_NAMED = {"StringEquals": {"aws:Referer": "${aws:username}"}}
NOT_AS_NAMED = {"StringNotEquals": {"aws:Referer": "${aws:username}"}}
VARIABLES = [
    ("variable: own folder", allow(Resource=HOME), IN_HOME, ALLOWED),
    ("variable: another's folder", allow(Resource=HOME), ask(BOB, path="home/al/a", policies=[]), IMPLICITLY_DENIED),
    ("variable: user with a path", allow(Resource=HOME), ask(PATH_BOB, path="home/bob/a", policies=[]), ALLOWED),
    ("variable: without value", allow(Resource=HOME), ask(path="home//a"), IMPLICITLY_DENIED),
    (
        "variable: a session has no user name",
        allow(Resource=HOME),
        ask(SESSION, path="home/editor/a", policies=[]),
        IMPLICITLY_DENIED,
    ),
    ("variable: key in another case", allow(Resource=f"{ARN}/home/${{AWS:UserName}}/*"), IN_HOME, ALLOWED),
    ("variable: not a wildcard", allow(Resource=f"{ARN}/${{aws:Referer}}"), ask(Referer="a/*"), IMPLICITLY_DENIED),
    (
        "variable: a value with an asterisk",
        allow(Resource=f"{ARN}/${{aws:Referer}}"),
        ask(path="a/*", Referer="a/*"),
        ALLOWED,
    ),
    (
        "variable: several values",
        allow(Resource=f"{ARN}/${{aws:TagKeys}}/*"),
        ask(TagKeys=["a", "b"]),
        IMPLICITLY_DENIED,
    ),
    (
        "variable: several values are none",
        allow(Resource=f"{ARN}/${{aws:TagKeys}}/*"),
        ask(path="/a", TagKeys=["a", "b"]),
        IMPLICITLY_DENIED,
    ),
    ("variable: another alternative", allow(Resource=[HOME, f"{ARN}/a/*"]), ask(), ALLOWED),
    ("variable: 2008 is literal", OLD_HOME, IN_HOME, IMPLICITLY_DENIED),
    ("variable: 2008, literal path", OLD_HOME, IN_HOME_LITERALLY, ALLOWED),
    ("variable: no version is literal", {"Statement": allow(Resource=HOME)}, IN_HOME, IMPLICITLY_DENIED),
    ("variable: 2012, literal path", allow(Resource=HOME), IN_HOME_LITERALLY, IMPLICITLY_DENIED),
    (
        "variable: before the fifth colon",
        allow(Resource="arn:aws:mediastore:us-east-1:${aws:PrincipalAccount}:*"),
        ask(BOB, policies=[]),
        IMPLICITLY_DENIED,
    ),
    ("variable: denied", [allow(), deny(Resource=HOME)], IN_HOME, EXPLICITLY_DENIED),
    ("variable: without value, denied", [allow(), deny(Resource=HOME)], ask(path="home//a"), ALLOWED),
    ("variable: without value, not resource", allow(NotResource=HOME), ask(), IMPLICITLY_DENIED),
    ("variable: without value, denied not resource", [allow(), deny(NotResource=HOME)], ask(), EXPLICITLY_DENIED),
    ("variable: default", OWN_TAG, ask(path="none/a"), ALLOWED),
    ("variable: default is not needed", OWN_TAG, ask(path="none/a", **{"PrincipalTag/team": "red"}), IMPLICITLY_DENIED),
    ("variable: value before default", OWN_TAG, ask(path="red/a", **{"PrincipalTag/team": "red"}), ALLOWED),
    ("variable: asterisk", allow(Resource=f"{ARN}/${{*}}"), ask(path="*"), ALLOWED),
    ("variable: asterisk is literal", allow(Resource=f"{ARN}/${{*}}"), ask(), IMPLICITLY_DENIED),
    ("variable: question mark", allow(Resource=f"{ARN}/a${{?}}"), ask(path="a?"), ALLOWED),
    ("variable: question mark is literal", allow(Resource=f"{ARN}/a${{?}}"), ask(path="ab"), IMPLICITLY_DENIED),
    ("variable: dollar", allow(Resource=f"{ARN}/${{$}}{{a}}"), ask(path="${a}"), ALLOWED),
    ("variable: in a condition", allow(Condition=AS_NAMED), ask(BOB, policies=[], Referer="bob"), ALLOWED),
    (
        "variable: in a condition, another",
        allow(Condition=AS_NAMED),
        ask(BOB, policies=[], Referer="al"),
        IMPLICITLY_DENIED,
    ),
    (
        "variable: in a condition, 2008",
        policy(allow(Condition=AS_NAMED), version="2008-10-17"),
        ask(Referer="${aws:username}"),
        ALLOWED,
    ),
    ("variable: in a condition, no value", allow(Condition=AS_NAMED), ask(Referer=""), IMPLICITLY_DENIED),
    ("variable: in a condition, denied", [allow(), deny(Condition=AS_NAMED)], ask(Referer=""), ALLOWED),
    ("variable: negated, no value", allow(Condition=NOT_AS_NAMED), ask(Referer="x"), IMPLICITLY_DENIED),
    (
        "variable: negated, denied, no value",
        [allow(), deny(Condition=NOT_AS_NAMED)],
        ask(Referer="x"),
        EXPLICITLY_DENIED,
    ),
    ("variable: negated, same", allow(Condition=NOT_AS_NAMED), ask(BOB, policies=[], Referer="bob"), IMPLICITLY_DENIED),
    (
        "variable: in an action is literal",
        allow(Action="mediastore:${aws:Referer}"),
        ask(Referer="GetObject"),
        IMPLICITLY_DENIED,
    ),
]

# "AWS global condition context keys", "Principal key values" of "IAM policy elements: Variables and tags".


def keyed(key, value):
    return allow(Condition={"StringEquals": {f"aws:{key}": value}})


KEYS = [
    ("key: ARN of a user", keyed("PrincipalArn", PATH_BOB), ask(PATH_BOB, policies=[]), ALLOWED),
    ("key: ARN of a session is its role's", keyed("PrincipalArn", ROLE), ask(SESSION, policies=[]), ALLOWED),
    ("key: ARN of a federated user", keyed("PrincipalArn", FEDERATED), ask(FEDERATED, policies=[]), ALLOWED),
    ("key: ARN of root", keyed("PrincipalArn", ROOT), ask(ROOT, policies=[]), ALLOWED),
    ("key: account", keyed("PrincipalAccount", OTHER), ask(OTHER_SESSION), ALLOWED),
    ("key: account of anonymous", keyed("PrincipalAccount", ACCOUNT), ask(), IMPLICITLY_DENIED),
    ("key: type of root", keyed("PrincipalType", "Account"), ask(ROOT, policies=[]), ALLOWED),
    ("key: type of a user", keyed("PrincipalType", "User"), ask(BOB, policies=[]), ALLOWED),
    ("key: type of a session", keyed("PrincipalType", "AssumedRole"), ask(SESSION, policies=[]), ALLOWED),
    ("key: type of a federated user", keyed("PrincipalType", "FederatedUser"), ask(FEDERATED, policies=[]), ALLOWED),
    ("key: type of anonymous", keyed("PrincipalType", "Anonymous"), ask(), ALLOWED),
    ("key: user ID of root", keyed("userid", ACCOUNT), ask(ROOT, policies=[]), ALLOWED),
    ("key: user ID of a federated user", keyed("userid", f"{ACCOUNT}:carol"), ask(FEDERATED, policies=[]), ALLOWED),
    (
        "key: user ID as given",
        keyed("userid", "AROAEXAMPLE:monday"),
        ask(SESSION, policies=[], userid="AROAEXAMPLE:monday"),
        ALLOWED,
    ),
    ("key: user name", keyed("username", "bob"), ask(PATH_BOB, policies=[]), ALLOWED),
    ("key: user name as given", keyed("username", "al"), ask(BOB, policies=[], username="al"), ALLOWED),
    ("key: a service", allow(Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}), ask(CLOUDFRONT), ALLOWED),
    (
        "key: no service",
        allow(Condition={"Bool": {"aws:PrincipalIsAWSService": "false"}}),
        ask(BOB, policies=[]),
        ALLOWED,
    ),
    ("key: anonymous is not asked", allow(Condition={"Null": {"aws:PrincipalIsAWSService": "true"}}), ask(), ALLOWED),
    ("key: names of services", keyed("PrincipalServiceName", CLOUDFRONT), ask(CLOUDFRONT), ALLOWED),
    ("key: another case", keyed("REFERER", "a"), ask(Referer="a"), ALLOWED),
    ("key: a number as given", keyed("Referer", "5"), ask(Referer=5), ALLOWED),
    ("key: a boolean as given", allow(Condition=HTTPS), ask(SecureTransport=True), ALLOWED),
]

# No page: what AWS refuses to store does not widen access.
UNREADABLE = [
    ("unreadable: Effect in lower case", allow(Effect="allow"), ask(), EXPLICITLY_DENIED),
    ("unreadable: no Effect", [allow(), {"Action": PUT}], ask(), ALLOWED),
    ("unreadable: no Effect denies", [allow(), {"Action": GET}], ask(), EXPLICITLY_DENIED),
    ("unreadable: an unknown element", allow(Conditions=HTTPS), ask(), IMPLICITLY_DENIED),
    ("unreadable: an unknown element, denied", [allow(), deny(Conditions=HTTPS)], ask(), EXPLICITLY_DENIED),
    ("unreadable: an unknown version", policy(allow(), version="2030-01-01"), ask(), IMPLICITLY_DENIED),
    ("unreadable: an unknown version, denied", policy(deny(), version="2030-01-01"), ask(), EXPLICITLY_DENIED),
    ("unreadable: a statement is text", [allow(), "Deny"], ask(), EXPLICITLY_DENIED),
    ("unreadable: Action and NotAction", allow(NotAction=PUT) | {"Action": GET}, ask(), IMPLICITLY_DENIED),
    (
        "unreadable: Principal and NotPrincipal",
        allow(NotPrincipal={"AWS": BOB}) | {"Principal": "*"},
        ask(),
        IMPLICITLY_DENIED,
    ),
    ("unreadable: no actions", allow(NotAction=[]), ask(), IMPLICITLY_DENIED),
    ("unreadable: an action without service", allow(Action="GetObject"), ask(), IMPLICITLY_DENIED),
    ("unreadable: an action without service, denied", [allow(), deny(Action="Put")], ask(), EXPLICITLY_DENIED),
    ("unreadable: a number as action", allow(NotAction=5), ask(), IMPLICITLY_DENIED),
    ("unreadable: a number as resource", allow(NotResource=5), ask(), IMPLICITLY_DENIED),
    ("unreadable: a number as principal", [allow(), deny(Principal={"AWS": int(ACCOUNT)})], ask(), EXPLICITLY_DENIED),
    ("unreadable: a list as Principal", allow(Principal=["*"]), ask(), IMPLICITLY_DENIED),
    ("unreadable: no names as Principal", allow(Principal={}), ask(), IMPLICITLY_DENIED),
    ("unreadable: an unknown type of principal", allow(NotPrincipal={"aws": BOB}), ask(), IMPLICITLY_DENIED),
    ("unreadable: a list as Condition", allow(Condition=[]), ask(), IMPLICITLY_DENIED),
    ("unreadable: a text as Condition, denied", [allow(), deny(Condition="")], ask(), EXPLICITLY_DENIED),
    ("unreadable: a principal in an identity policy", [], ask(BOB, policies=[policy(allow())]), IMPLICITLY_DENIED),
    (
        "unreadable: a principal in an identity policy, denied",
        [],
        ask(BOB, policies=[ALL, policy(deny())]),
        EXPLICITLY_DENIED,
    ),
    ("unreadable: an identity policy is text", [], ask(BOB, policies=[ALL, "{}"]), EXPLICITLY_DENIED),
    ("unreadable: an empty identity policy", [], ask(BOB, policies=[ALL, {}]), ALLOWED),
    ("unreadable: an ARN without account", allow(Principal={"AWS": ACCOUNT}), ask("arn:aws:iam"), IMPLICITLY_DENIED),
]


@table(EXAMPLES, LOGIC, PRINCIPALS, ACTIONS, RESOURCES, VARIABLES, KEYS, UNREADABLE)
def test_decision(row):
    assert decision(row.statements, row.request) == row.expected


# Conditions: an operator, its values, the values of the key in the request, and whether the condition is met; UNCLEAR
# is what the pages do not settle: it neither allows nor spares from a denial.
UNCLEAR = None

# "IAM JSON policy elements: Condition operators", "String condition operators".
STRINGS = [
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a", "ab", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", "a*", "a*", True),
    ("StringEquals", "${*}", "*", True),
    ("StringEquals", "", "", True),
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", ["a", "b"], "c", False),
    ("StringEquals", "a", MISSING, False),
    ("StringEquals", True, "true", True),
    ("StringEquals", 1.5, "1.5", True),
    ("StringNotEquals", "a", "b", True),
    ("StringNotEquals", "a", "a", False),
    ("StringNotEquals", ["a", "b"], "b", False),
    ("StringNotEquals", ["a", "b"], "c", True),
    ("StringNotEquals", "a", MISSING, True),
    ("StringEqualsIgnoreCase", "aB", "Ab", True),
    ("StringEqualsIgnoreCase", "a", "b", False),
    ("StringEqualsIgnoreCase", "a*", "ab", False),
    ("StringNotEqualsIgnoreCase", "a", "A", False),
    ("StringNotEqualsIgnoreCase", "a", "b", True),
    ("StringNotEqualsIgnoreCase", "a", MISSING, True),
    ("StringLike", "a*c", "abbc", True),
    ("StringLike", "a?c", "abc", True),
    ("StringLike", "a?c", "abbc", False),
    ("StringLike", "A*", "ab", False),
    ("StringLike", "*", "", True),
    ("StringLike", "?", "", False),
    ("StringLike", "*", MISSING, False),
    ("StringLike", ["x*", "*c"], "abc", True),
    ("StringLike", "a[b]", "ab", False),
    ("StringLike", "a?b", "a\nb", True),
    ("StringLike", "${*}", "*", True),
    ("StringLike", "${*}", "a", False),
    ("StringNotLike", "a*", "abc", False),
    ("StringNotLike", "a*", "bc", True),
    ("StringNotLike", ["a*", "b*"], "bc", False),
    ("StringNotLike", "*", MISSING, True),
]
# The same page, "Numeric condition operators".
NUMBERS = [
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", 10, "10", True),
    ("NumericEquals", "10", "11", False),
    ("NumericEquals", ["1", "2"], "2", True),
    ("NumericEquals", "9007199254740993", "9007199254740992", False),
    ("NumericEquals", "-5", "-5", True),
    ("NumericNotEquals", "10", "10.0", False),
    ("NumericNotEquals", "10", "11", True),
    ("NumericNotEquals", ["1", "2"], "2", False),
    ("NumericNotEquals", "10", MISSING, True),
    ("NumericLessThan", "10", "9.9", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThan", "10", "9", True),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericLessThanEquals", "10", "10.1", False),
    ("NumericGreaterThan", "10", "100", True),
    ("NumericGreaterThan", "10", "10", False),
    ("NumericGreaterThanEquals", "10", "10", True),
    ("NumericGreaterThanEquals", "10", "9", False),
    ("NumericLessThan", "10", MISSING, False),
    ("NumericEquals", "ten", "10", UNCLEAR),
    ("NumericEquals", "10", "ten", UNCLEAR),
    ("NumericNotEquals", "ten", "10", UNCLEAR),
    ("NumericNotEquals", "10", "ten", UNCLEAR),
    ("NumericEquals", ["ten", "10"], "10", True),
    ("NumericNotEquals", ["ten", "10"], "10", False),
    ("NumericEquals", "1e1", "10", UNCLEAR),
    ("NumericEquals", "Infinity", "Infinity", UNCLEAR),
]
# The same page, "Date condition operators"; the formats: "Date and Time Formats" of the W3C. 1767225600 is 2026-01-01.
DATES = [
    ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", True),
    ("DateEquals", "1767225600", "2026-01-01T01:00:00+01:00", True),
    ("DateEquals", "2025-12-31T19:00:00-05:00", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026-01-01", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026-01", "2026-01-01", True),
    ("DateEquals", "2026", "2026-01-01", True),
    ("DateEquals", "2026-01-01T00:00Z", "2026-01-01T00:00:00.000Z", True),
    ("DateEquals", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z", False),
    ("DateEquals", 1767225600, "2026-01-01", True),
    ("DateNotEquals", "2026-01-01", "1767225600", False),
    ("DateNotEquals", "2026-01-01", "2026-01-02", True),
    ("DateNotEquals", "2026-01-01", MISSING, True),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
    ("DateLessThan", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z", True),
    ("DateLessThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", True),
    ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
    ("DateGreaterThan", "2026-01-01T00:00:00Z", "1969-12-31T23:59:59.9Z", False),
    ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", MISSING, False),
    ("DateEquals", "2026-02-30", "2026-03-02", UNCLEAR),
    ("DateEquals", "1 January 2026", "2026-01-01", UNCLEAR),
    ("DateEquals", "2026-01-01T00:00:00", "2026-01-01", UNCLEAR),
    ("DateNotEquals", "2026-01-*", "2026-01-01", UNCLEAR),
]
# The same page, "Boolean", "Binary" and "Null"; "QQ==" is the base64 form of A.
OTHERS = [
    ("Bool", "true", "true", True),
    ("Bool", "true", "false", False),
    ("Bool", True, "true", True),
    ("Bool", ["true", "false"], "false", True),
    ("Bool", "True", "true", True),
    ("Bool", "false", MISSING, False),
    ("Bool", "yes", "true", UNCLEAR),
    ("Bool", "true", "yes", UNCLEAR),
    ("BinaryEquals", "QQ==", "QQ==", True),
    ("BinaryEquals", "QQ==", "Qg==", False),
    ("BinaryEquals", "QQ==", "qq==", False),
    ("BinaryEquals", "QQ==", MISSING, False),
    ("BinaryEquals", "Q", "QQ==", UNCLEAR),
    ("BinaryEquals", "Q Q==", "QQ==", UNCLEAR),
    ("BinaryEquals", "é", "QQ==", UNCLEAR),
    ("Null", "true", MISSING, True),
    ("Null", "true", "a", False),
    ("Null", "false", "a", True),
    ("Null", "false", MISSING, False),
    ("Null", True, MISSING, True),
    ("Null", ["true", "false"], "a", True),
    ("Null", "true", [], True),
    ("Null", "no", "a", UNCLEAR),
    ("NullIfExists", "true", MISSING, UNCLEAR),
    ("StringMatches", "a", "a", UNCLEAR),
    ("ForSomeValues:StringEquals", "a", "a", UNCLEAR),
    ("", "a", "a", UNCLEAR),
    ("stringequals", "a", "a", True),
    ("StringEquals", [], "a", UNCLEAR),
    ("StringNotEquals", [], "a", UNCLEAR),
    ("StringNotEquals", None, "a", UNCLEAR),
    ("StringEquals", ["a", None], "a", UNCLEAR),
    ("StringNotEquals", [["a"]], "b", UNCLEAR),
    ("StringNotEquals", {"a": "b"}, "b", UNCLEAR),
]
# The same page, "IP address condition operators". An IPv6 address alone means itself, as an IPv4 address does.
ADDRESSES = [
    ("IpAddress", "203.0.113.0/24", "203.0.113.255", True),
    ("IpAddress", "203.0.113.0/24", "203.0.114.0", False),
    ("IpAddress", "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", "203.0.113.7", "203.0.113.8", False),
    ("IpAddress", "203.0.113.7/24", "203.0.113.1", True),
    ("IpAddress", "0.0.0.0/0", "198.51.100.1", True),
    ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
    ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", False),
    ("IpAddress", "2001:db8::1", "2001:db8:0:0::1", True),
    ("IpAddress", "2001:db8::1", "2001:db8::2", False),
    ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
    ("IpAddress", "::/0", "203.0.113.7", False),
    ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "203.0.113.7", True),
    ("IpAddress", "203.0.113.0/24", MISSING, False),
    ("IpAddress", "203.0.113.*", "203.0.113.7", UNCLEAR),
    ("IpAddress", "203.0.113.0/255.255.255.0", "203.0.113.7", UNCLEAR),
    ("IpAddress", "203.0.113.0/24", "client", UNCLEAR),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", False),
    ("NotIpAddress", "203.0.113.0/24", "203.0.114.7", True),
    ("NotIpAddress", ["203.0.113.0/24", "198.51.100.0/24"], "198.51.100.1", False),
    ("NotIpAddress", "203.0.113.0/24", "2001:db8::1", True),
    ("NotIpAddress", "203.0.113.0/24", MISSING, True),
    ("NotIpAddress", "203.0.113.0/33", "203.0.113.7", UNCLEAR),
    ("NotIpAddress", "203.0.113.0/24", "client", UNCLEAR),
]
# The same page, "Amazon Resource Name (ARN) condition operators", whose example is FINANCE and STORE.
FINANCE = "arn:aws:someservice:*:111122223333:finance/*"
STORE = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
ARNS = [
    ("ArnEquals", TOPIC, TOPIC, True),
    ("ArnEquals", TOPIC, f"{TOPIC}2", False),
    ("ArnEquals", f"arn:aws:sns:*:{ACCOUNT}:n?ws", TOPIC, True),
    ("ArnEquals", TOPIC.upper(), TOPIC, False),
    ("ArnLike", f"arn:aws:sns:*:{ACCOUNT}:*", TOPIC, True),
    ("ArnLike", f"arn:aws:sns:*:{OTHER}:*", TOPIC, False),
    ("ArnLike", "arn:*:*:*:*:*", TOPIC, True),
    ("ArnLike", FINANCE, STORE, False),
    ("StringLike", FINANCE, STORE, True),
    ("ArnLike", f"arn:aws:sns:us-east-1:{ACCOUNT}:*", f"{TOPIC}:part", True),
    ("ArnLike", [TOPIC, f"{TOPIC}2"], f"{TOPIC}2", True),
    ("ArnLike", TOPIC, MISSING, False),
    ("ArnLike", "*", TOPIC, UNCLEAR),
    ("ArnLike", "arn:aws:sns:*", TOPIC, UNCLEAR),
    ("ArnLike", TOPIC, "news", UNCLEAR),
    ("ArnNotEquals", TOPIC, TOPIC, False),
    ("ArnNotEquals", TOPIC, f"{TOPIC}2", True),
    ("ArnNotLike", f"arn:aws:sns:*:{ACCOUNT}:*", TOPIC, False),
    ("ArnNotLike", [f"{TOPIC}2", TOPIC], TOPIC, False),
    ("ArnNotLike", TOPIC, MISSING, True),
    ("ArnNotLike", "news", TOPIC, UNCLEAR),
]
# The same page, "...IfExists condition operators".
IF_EXISTS = [
    ("StringEqualsIfExists", "a", MISSING, True),
    ("StringEqualsIfExists", "a", "a", True),
    ("StringEqualsIfExists", "a", "b", False),
    ("StringNotEqualsIfExists", "a", MISSING, True),
    ("StringNotEqualsIfExists", "a", "a", False),
    ("StringLikeIfExists", "a*", "ba", False),
    ("NumericLessThanIfExists", "5", MISSING, True),
    ("NumericLessThanIfExists", "5", "6", False),
    ("DateLessThanIfExists", "2026", MISSING, True),
    ("BoolIfExists", "true", MISSING, True),
    ("BoolIfExists", "true", "false", False),
    ("BinaryEqualsIfExists", "QQ==", MISSING, True),
    ("IpAddressIfExists", "203.0.113.0/24", MISSING, True),
    ("NotIpAddressIfExists", "203.0.113.0/24", "203.0.113.7", False),
    ("ArnLikeIfExists", TOPIC, MISSING, True),
    ("ArnNotLikeIfExists", TOPIC, TOPIC, False),
    ("NumericEqualsIfExists", "five", MISSING, True),
]
# "Single-valued vs. multivalued context keys", "Conditions with multiple context keys or values".
ALL_OF, ANY_OF = "ForAllValues:", "ForAnyValue:"
SETS = [
    (f"{ALL_OF}StringEquals", ["a", "b"], ["a", "b"], True),
    (f"{ALL_OF}StringEquals", ["a", "b"], ["a"], True),
    (f"{ALL_OF}StringEquals", ["a", "b"], "b", True),
    (f"{ALL_OF}StringEquals", ["a", "b"], ["a", "c"], False),
    (f"{ALL_OF}StringEquals", ["a", "b"], MISSING, True),
    (f"{ALL_OF}StringEquals", "a", [], True),
    (f"{ALL_OF}StringEquals", "a", "", True),
    (f"{ALL_OF}StringEquals", "a", [""], True),
    (f"{ALL_OF}StringLike", ["a*", "b*"], ["ab", "ba"], True),
    (f"{ALL_OF}StringLike", ["a*", "b*"], ["ab", "ca"], False),
    (f"{ALL_OF}StringNotEquals", ["a", "b"], ["c", "d"], True),
    (f"{ALL_OF}StringNotEquals", ["a", "b"], ["a", "c"], False),
    (f"{ALL_OF}StringNotEquals", ["a", "b"], MISSING, True),
    (f"{ALL_OF}StringEqualsIfExists", "a", MISSING, True),
    (f"{ALL_OF}StringEqualsIfExists", "a", "b", False),
    (f"{ALL_OF}NumericLessThan", "5", ["1", "4"], True),
    (f"{ALL_OF}NumericLessThan", "5", ["1", "five"], UNCLEAR),
    (f"{ALL_OF}NumericLessThan", "5", ["6", "five"], False),
    (f"{ANY_OF}StringEquals", ["a", "b"], ["a", "c"], True),
    (f"{ANY_OF}StringEquals", ["a", "b"], ["c", "d"], False),
    (f"{ANY_OF}StringEquals", ["a", "b"], "b", True),
    (f"{ANY_OF}StringEquals", "a", MISSING, False),
    (f"{ANY_OF}StringEquals", "a", [], False),
    (f"{ANY_OF}StringEquals", "", "", False),
    (f"{ANY_OF}StringLike", "a*", ["x", "ab"], True),
    (f"{ANY_OF}StringNotEquals", ["a", "b"], ["a", "c"], True),
    (f"{ANY_OF}StringNotEquals", ["a", "b"], ["a", "b"], False),
    (f"{ANY_OF}StringNotEquals", "a", MISSING, False),
    (f"{ANY_OF}StringEqualsIfExists", "a", MISSING, True),
    (f"{ANY_OF}StringEqualsIfExists", "a", "b", False),
    (f"{ANY_OF}NumericLessThan", "5", ["1", "five"], True),
    (f"{ANY_OF}NumericLessThan", "5", ["6", "five"], UNCLEAR),
    ("StringEquals", "a", ["a", "b"], UNCLEAR),
    ("StringEquals", ["a", "b"], ["a", "b"], True),
    ("StringNotEquals", "a", ["a", "b"], UNCLEAR),
    ("StringNotEquals", "a", ["b", "c"], True),
    ("StringEquals", "a", ["a"], True),
    ("StringEquals", "a", [], False),
    ("StringNotEquals", "a", [], True),
]
EXPECTED = {
    True: (ALLOWED, EXPLICITLY_DENIED),
    False: (IMPLICITLY_DENIED, ALLOWED),
    UNCLEAR: (IMPLICITLY_DENIED, EXPLICITLY_DENIED),
}


def as_id(value):
    return "missing" if value is MISSING else str(value)


@pytest.mark.parametrize(
    ("operator", "values", "value", "met"),
    [*STRINGS, *NUMBERS, *DATES, *OTHERS, *ADDRESSES, *ARNS, *IF_EXISTS, *SETS],
    ids=as_id,
)
def test_condition(operator, values, value, met):
    """A condition that is met makes its statement apply, one that allows and one that denies."""
    request = ask() if value is MISSING else ask(Key=value)
    condition = {operator: {"aws:Key": values}}
    decisions = decision(allow(Condition=condition), request), decision([allow(), deny(Condition=condition)], request)
    assert decisions == EXPECTED[met]


# "Conditions with multiple context keys or values": AND between operators and keys, OR between values.
TWO_KEYS = allow(Condition={"StringEquals": {"aws:Referer": ["a", "b"], "aws:UserAgent": "c"}})
TWO_OPERATORS = allow(Condition={"StringEquals": {"aws:Referer": "a"}, "StringLike": {"aws:UserAgent": "c*"}})
SAME_KEY = allow(Condition={"StringLike": {"aws:Referer": "a*"}, "StringNotLike": {"aws:Referer": "*z"}})
OTHER_CASE = allow(Condition={"StringLike": {"aws:Referer": "a*", "AWS:referer": "*z"}})
COMBINED = [
    ("two keys: both", TWO_KEYS, ask(Referer="b", UserAgent="c"), ALLOWED),
    ("two keys: one", TWO_KEYS, ask(Referer="b", UserAgent="d"), IMPLICITLY_DENIED),
    ("two keys: one is missing", TWO_KEYS, ask(UserAgent="c"), IMPLICITLY_DENIED),
    ("two operators: both", TWO_OPERATORS, ask(Referer="a", UserAgent="cd"), ALLOWED),
    ("two operators: one", TWO_OPERATORS, ask(Referer="b", UserAgent="cd"), IMPLICITLY_DENIED),
    ("one key, two operators: both", SAME_KEY, ask(Referer="ab"), ALLOWED),
    ("one key, two operators: one", SAME_KEY, ask(Referer="az"), IMPLICITLY_DENIED),
    ("one key in two cases: both", OTHER_CASE, ask(Referer="az"), ALLOWED),
    ("one key in two cases: one", OTHER_CASE, ask(Referer="ab"), IMPLICITLY_DENIED),
    ("no operators", allow(Condition={}), ask(), ALLOWED),
    ("keys are text", allow(Condition={"Bool": "true"}), ask(), IMPLICITLY_DENIED),
    ("keys are text, denied", [allow(), deny(Condition={"Bool": "true"})], ask(), EXPLICITLY_DENIED),
    (
        "readable and not met",
        [allow(), deny(Condition={"Bool": {"aws:a": "x"}, "Odd": {"aws:b": "x"}})],
        ask(),
        ALLOWED,
    ),
]


@table(COMBINED)
def test_combined_conditions(row):
    assert decision(row.statements, row.request) == row.expected


# The statements that are reported.
DENY_GET, DENY_ROOT = deny(Sid="NoGet"), deny(Principal={"AWS": ROOT})
REPORTED = [
    ("one", [allow(Sid="Read")], ask(), [("resource", 1, "Read")]),
    ("no Sid", allow(), ask(), [("resource", 1, None)]),
    ("only what applies", [allow(Action=PUT), allow(Sid="b"), deny(Action=PUT)], ask(), [("resource", 2, "b")]),
    ("all that allow", [allow(Sid="a"), allow(Sid="b")], ask(), [("resource", 1, "a"), ("resource", 2, "b")]),
    ("denies instead of allows", [allow(), DENY_GET], ask(), [("resource", 2, "NoGet")]),
    ("all denies", [DENY_GET, allow(), DENY_ROOT], ask(BOB), [("resource", 1, "NoGet"), ("resource", 3, None)]),
    ("implicit deny", [allow(Action=PUT)], ask(), []),
    ("root without a statement", [], ask(ROOT), []),
    ("identity", [], ask(BOB, policies=[NOTHING, ALL]), [("identity", 1, None, 2)]),
    ("both sides", BY_ACCOUNT, ask(BOB, policies=[ALL]), [("resource", 1, None), ("identity", 1, None)]),
    ("resource alone", [BY_ACCOUNT, BY_USER], ask(BOB, policies=[]), [("resource", 2, None)]),
    ("cross-account", OTHER_ACCOUNT, ask(OTHER_BOB, policies=[ALL]), [("resource", 1, None), ("identity", 1, None)]),
    ("cross-account, one side", OTHER_ACCOUNT, ask(OTHER_BOB, policies=[]), []),
    (
        "denies of both sides",
        DENY_GET,
        ask(BOB, policies=[DENY_ALL]),
        [("resource", 1, "NoGet"), ("identity", 1, None)],
    ),
    ("a Sid that is no text", [allow(Sid=5)], ask(), [("resource", 1, None)]),
    ("a single statement", {"Version": "2012-10-17", "Statement": allow(Sid="x")}, ask(), [("resource", 1, "x")]),
]


@table(REPORTED)
def test_statements_that_decided(row):
    assert decide(row.request, document(row.statements), ACCOUNT).statements == tuple(
        Statement(*found) for found in row.expected
    )


# What cannot be compared in a short time: values of more than 4,096 characters, and variables whose values have more
# than 1,024 characters in one value of a policy.
LONG, TOO_LONG = "x" * 4096, "x" * 4097
SIZES = [
    ("StringLike", "x*", LONG, True),
    ("StringLike", "x*", TOO_LONG, UNCLEAR),
    ("StringNotLike", "y*", TOO_LONG, UNCLEAR),
    ("StringEquals", TOO_LONG, TOO_LONG, UNCLEAR),
    ("Null", "false", TOO_LONG, True),
    (f"{ANY_OF}StringLike", "x*", ["x", TOO_LONG], UNCLEAR),
    (f"{ALL_OF}StringLike", "x*", ["x", TOO_LONG], UNCLEAR),
    ("StringEquals", "${aws:Key}", "x" * 1024, True),
    ("StringEquals", "${aws:Key}", "x" * 1025, UNCLEAR),
    ("StringNotEquals", "${aws:Key}${aws:Key}", "x" * 513, UNCLEAR),
    ("StringLike", "${aws:none, 'x'}*" * 1025, "x", UNCLEAR),
    ("StringEquals", "${aws:Key", "${aws:Key", UNCLEAR),
    ("StringNotEquals", "${aws:Key", "x", UNCLEAR),
    ("StringEquals", "${${aws:Key}", "x", UNCLEAR),
    ("StringEquals", "$aws{Key}", "$aws{Key}", True),
]


@pytest.mark.parametrize(("operator", "values", "value", "met"), SIZES)
def test_condition_with_sizes(operator, values, value, met):
    test_condition(operator, values, value, met)


@pytest.mark.parametrize(("end", "value"), [("${aws:Key}", "x" * 1025), ("${aws:Key", "x")])
def test_resource_with_a_variable_that_cannot_be_interpreted(end, value):
    request, resource = ask(Key=value), f"{ARN}/{end}"
    assert decision(allow(Resource=resource), request) == IMPLICITLY_DENIED
    assert decision([allow(), deny(Resource=resource)], request) == EXPLICITLY_DENIED


# Properties of random policies and requests, most of which meet: see access_strategies.

ORDER = [EXPLICITLY_DENIED, IMPLICITLY_DENIED, ALLOWED]


def rank(stored, request):
    """Return how much of a request is allowed: the more, the higher."""
    return ORDER.index(decide(request, stored, some.ACCOUNT).decision)


def with_statement(stored, added, at):
    statements = [*stored["Statement"]]
    return {**stored, "Statement": [*statements[:at], added, *statements[at:]]}


@properties
@given(some.policies, some.statements("Allow"), st.integers(0, 3), some.requests)
def test_one_more_allow_never_takes_access(stored, added, at, request):
    assert rank(with_statement(stored, added, at), request) >= rank(stored, request)


@properties
@given(some.policies, some.statements("Deny"), st.integers(0, 3), some.requests)
def test_one_more_deny_never_gives_access(stored, added, at, request):
    assert rank(with_statement(stored, added, at), request) <= rank(stored, request)


@properties
@given(some.policies, st.integers(0, 3), some.requests)
def test_a_deny_for_everybody_always_wins(stored, at, request):
    added = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    assert rank(with_statement(stored, added, at), request) == ORDER.index(EXPLICITLY_DENIED)


@properties
@given(some.policies, st.randoms(use_true_random=False), some.requests)
def test_the_order_of_statements_does_not_matter(stored, rng, request):
    shuffled = {**stored, "Statement": rng.sample(stored["Statement"], len(stored["Statement"]))}
    assert rank(shuffled, request) == rank(stored, request)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(some.words, inner, max_size=3),
    max_leaves=8,
)


@properties
@given(st.dictionaries(some.words, json_values, max_size=4), some.requests)
def test_no_document_fails_and_none_that_is_odd_allows(elements, request):
    odd = {"Effect": "Allow", "Principal": "*", "Action": "*", **elements, "Unknown": ""}
    assert rank(policy(odd), request) <= rank(policy(), request)
    assert rank(policy(odd | {"Effect": "Deny"}), request) <= rank(policy(odd), request)


@properties
@given(json_values, json_values, some.requests)
def test_no_json_fails(stored, attached, request):
    principal = Principal(request.principal.arn, (attached,))
    odd = Request(principal, request.action, request.resource, request.context)
    assert decide(odd, stored, some.ACCOUNT).decision in ORDER
