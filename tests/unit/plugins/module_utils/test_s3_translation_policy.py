# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bucket policy for a container policy: a case for each rule, whose number begins the case's name.

Rules and sources: P, actions; R, resources; A, principals; C, conditions; B, public access; D, the document. Each case
changes one statement that lets a role of another account read all objects of container `live`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError
from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import (
    CODES,
    IMPOSSIBLE,
    Choices,
    translate,
)

OWNER, OTHER = "123456789012", "444455556666"
CONTAINERS = f"arn:aws:mediastore:us-east-1:{OWNER}:container"
ARN = f"{CONTAINERS}/live"
BUCKET = "arn:aws:s3:::live-bucket"
READER = {"AWS": f"arn:aws:iam::{OTHER}:role/reader"}
DISTRIBUTION = f"arn:aws:cloudfront::{OWNER}:distribution/E1A2B3"
CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}
HTTPS = {"Bool": {"aws:SecureTransport": "true"}}
FROM_DISTRIBUTION = {"StringEquals": {"AWS:SourceArn": DISTRIBUTION}}
SECRET = {"StringEquals": {"aws:Referer": "secret"}}
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
OPEN = {**BLOCKED, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


def ms(**changes: Any) -> dict[str, Any]:
    """A statement of the container policy; a Not element replaces its counterpart, and None leaves one out."""
    statement = {
        "Sid": "S",
        "Effect": "Allow",
        "Principal": READER,
        "Action": "mediastore:GetObject",
        "Resource": f"{ARN}/*",
        **changes,
    }
    return {key: value for key, value in statement.items() if value is not None and f"Not{key}" not in changes}


def actions(*names: str) -> list[str]:
    return [f"mediastore:{name}" for name in names]


def s3(action="s3:GetObject", path="*", **changes: Any) -> dict[str, Any]:
    """A statement of the bucket policy on objects, of which None omits an element."""
    statement = {
        "Sid": "S",
        "Effect": "Allow",
        "Principal": READER,
        "Action": action,
        "Resource": f"{BUCKET}/{path}",
        **changes,
    }
    return {key: value for key, value in statement.items() if value is not None and f"Not{key}" not in changes}


def bucket(action="s3:ListBucket", **changes: Any) -> dict[str, Any]:
    """A statement of the bucket policy on the bucket."""
    return s3(action, Resource=BUCKET, **changes)


def prefix(text, operator="StringLike", **more: Any) -> dict[str, Any]:
    return {operator: {"s3:prefix": text, **more}}


FOLDER = {"s3:delimiter": "/"}
OBJECTS = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]


class Case(NamedTuple):
    """One statement or more, the statements in S3 (none: no policy), and the codes of the findings.

    The finding about missing objects, which every case with a reader has, is omitted.
    """

    id: str
    statements: Any
    expected: list[dict[str, Any]]
    codes: tuple[str, ...] = ()
    choices: Choices = Choices()


ACTIONS = [
    Case("P1 GetObject", ms(), [s3()]),
    Case("P1 name in other case", ms(Action="MediaStore:getobject"), [s3()]),
    Case("P2 DescribeObject with GetObject", ms(Action=actions("GetObject", "DescribeObject")), [s3()]),
    Case("P3 Allow of DescribeObject only", ms(Action=actions("DescribeObject")), [], ("policy.describe_only",)),
    Case(
        "P3 the rest of the statement is kept",
        ms(Action=actions("DescribeObject", "PutObject")),
        [s3("s3:PutObject")],
        ("policy.describe_only",),
    ),
    Case("P4 Deny of GetObject only", ms(Effect="Deny"), [s3(Effect="Deny")], ("policy.deny_get",)),
    Case(
        "P4 Deny of DescribeObject only",
        ms(Effect="Deny", Action=actions("DescribeObject")),
        [s3(Effect="Deny")],
        ("policy.deny_describe",),
    ),
    Case(
        "P4 Deny of both",
        ms(Effect="Deny", Action=actions("GetObject", "DescribeObject")),
        [s3(Effect="Deny")],
    ),
    Case("P5 PutObject", ms(Action=actions("PutObject")), [s3("s3:PutObject")]),
    Case("P6 DeleteObject", ms(Action=actions("DeleteObject")), [s3("s3:DeleteObject")]),
    Case("P7 ListItems", ms(Action=actions("ListItems")), [bucket()], ("policy.list_recursive",)),
    Case("P7 Deny of ListItems", ms(Effect="Deny", Action=actions("ListItems")), [bucket(Effect="Deny")]),
    Case(
        "P8 folders in a folder, and not the folder itself",
        ms(Action=actions("ListItems"), Resource=f"{ARN}/a/*"),
        [bucket(Condition=prefix("a/*/*"))],
        ("policy.list_prefix",),
    ),
    Case(
        "P8 a folder and those in it",
        ms(Action=actions("ListItems"), Resource=[f"{ARN}/a", f"{ARN}/a/*"]),
        [bucket(Condition=prefix("a/*"))],
        ("policy.list_prefix",),
    ),
    Case(
        "P8 folders that begin with a text",
        ms(Action=actions("ListItems"), Resource=f"{ARN}/a*"),
        [bucket(Condition=prefix("a*/*"))],
        ("policy.list_prefix",),
    ),
    Case(
        "P9 one folder",
        ms(Action=actions("ListItems"), Resource=f"{ARN}/a"),
        [bucket(Condition=prefix("a/", "StringEquals", **FOLDER))],
        ("policy.list_folder",),
    ),
    Case(
        "P9 two folders",
        ms(Action=actions("ListItems"), Resource=[f"{ARN}/a", f"{ARN}/b/c"]),
        [bucket(Condition=prefix(["a/", "b/c/"], "StringEquals", **FOLDER))],
        ("policy.list_folder",),
    ),
    Case(
        "P9 a wildcard inside",
        ms(Action=actions("ListItems"), Resource=f"{ARN}/a?/*b"),
        [bucket(Condition={**prefix("a?/*b/"), "StringEquals": FOLDER})],
        ("policy.list_folder",),
    ),
    Case(
        "P9 the condition is joined",
        ms(Action=actions("ListItems"), Resource=f"{ARN}/a", Condition={"stringequals": {"aws:username": "bob"}}),
        [bucket(Condition={"stringequals": {"aws:username": "bob", "s3:prefix": "a/", **FOLDER}})],
        ("policy.list_folder",),
    ),
    Case(
        "P10 Deny of ListItems of a folder",
        ms(Effect="Deny", Action=actions("ListItems"), Resource=f"{ARN}/a/*"),
        [bucket(Effect="Deny")],
        ("policy.list_denied",),
    ),
    Case(
        "P10 Deny of ListItems of the root folder",
        ms(Effect="Deny", Action=actions("ListItems"), Resource=f"{ARN}/"),
        [bucket(Effect="Deny")],
        ("policy.list_denied",),
    ),
    Case("P11 mediastore:*", ms(Action="mediastore:*"), [s3(OBJECTS), bucket(Sid="SList")], ("policy.list_recursive",)),
    Case("P11 *", ms(Action="*"), [s3(OBJECTS), bucket(Sid="SList")], ("policy.list_recursive",)),
    Case("P11 a wildcard", ms(Action="mediastore:?etObject"), [s3()]),
    Case(
        "P11 a letter that only lower case makes equal",
        [ms(), ms(Sid="T", Action="media\u017ftore:PutObject")],
        [s3()],
        ("policy.other_action",),
    ),
    Case("P11 an action of S3", ms(Action=["s3:PutObject", "mediastore:GetObject"]), [s3()], ("policy.other_action",)),
    Case("P11 only actions of S3", ms(Action="s3:*"), [], ("policy.other_action", "policy.empty")),
    Case(
        "P12 missing objects answer 404",
        ms(Condition=HTTPS),
        [s3(Condition=HTTPS), bucket(Sid="SList", Condition=HTTPS)],
        ("policy.missing_object_list",),
        Choices(missing_objects=404),
    ),
    Case(
        "P12 404 in place of a limited listing",
        ms(Action=actions("GetObject", "ListItems"), Resource=f"{ARN}/a"),
        [s3(path="a"), bucket(Sid="SList")],
        ("policy.missing_object_list",),
        Choices(missing_objects=404),
    ),
    Case(
        "P12 404 needs nothing where all can be listed",
        ms(Action=actions("GetObject", "ListItems")),
        [s3(), bucket(Sid="SList")],
        ("policy.list_recursive",),
        Choices(missing_objects=404),
    ),
    Case("P13 NotAction", ms(NotAction=actions("PutObject", "ListItems")), [s3(["s3:DeleteObject", "s3:GetObject"])]),
    Case(
        "P13 NotAction with a wildcard",
        ms(NotAction=["mediastore:Put*", "mediastore:Li*", "mediastore:D*"]),
        [s3()],
    ),
    Case(
        "P14 an action on the container",
        ms(Action=actions("GetObject", "GetCorsPolicy")),
        [s3()],
        ("policy.container_action",),
    ),
    Case(
        "P14 a wildcard on the container",
        ms(Action="mediastore:Get*", Resource=[f"{ARN}", f"{ARN}/*"]),
        [s3()],
        ("policy.container_action",),
    ),
    Case(
        "P14 Deny of an action on the container",
        ms(Effect="Deny", Action=actions("DeleteCorsPolicy", "PutCorsPolicy"), Resource=ARN),
        [bucket("s3:PutBucketCORS", Effect="Deny")],
        ("policy.container_action",),
    ),
    Case(
        "P14 a Deny on the container had no effect on objects",
        ms(Effect="Deny", Principal="*", Action=actions("PutContainerPolicy")),
        [],
        ("policy.other_action",),
    ),
    Case(
        "P14 a wildcard had no effect on objects",
        [ms(), ms(Sid="T", Action="mediastore:Put*Policy")],
        [s3()],
        ("policy.other_action",),
    ),
    Case(
        "P13 a complement without actions on objects",
        [ms(), ms(Sid="T", NotAction=["mediastore:*Object", "mediastore:ListItems"])],
        [s3()],
        ("policy.other_action",),
    ),
    Case(
        "P14 a Deny of everything on everything",
        ms(Effect="Deny", Action=["mediastore:*CorsPolicy", "mediastore:GetObject"], Resource="*"),
        [s3(Effect="Deny"), bucket(["s3:GetBucketCORS", "s3:PutBucketCORS"], Effect="Deny", Sid="SBucket")],
        ("policy.container_action", "policy.deny_get"),
    ),
    Case(
        "P15 a wildcard",
        ms(Effect="Deny", Action="mediastore:DescribeC*", Resource=ARN),
        [bucket("s3:GetBucketLocation", Effect="Deny")],
        ("policy.container_action",),
    ),
    Case(
        "P15 DescribeContainer",
        ms(Action=actions("DescribeContainer"), Resource=ARN),
        [],
        ("policy.describe_container", "policy.empty"),
    ),
    Case(
        "P15 Deny of DescribeContainer",
        ms(Effect="Deny", Action=actions("DescribeContainer"), Resource=ARN),
        [bucket("s3:GetBucketLocation", Effect="Deny")],
        ("policy.describe_container",),
    ),
    Case(
        "P16 CreateContainer and ListContainers",
        ms(Action=actions("CreateContainer", "ListContainers"), Resource="*"),
        [],
        ("policy.account_action", "policy.empty"),
    ),
    Case(
        "P16 Deny of CreateContainer",
        ms(Effect="Deny", Action=actions("CreateContainer"), Resource="*"),
        [],
        ("policy.account_action", "policy.empty"),
    ),
]

RESOURCES = [
    Case("R1 all objects", ms(), [s3()]),
    Case(
        "R1 partition",
        ms(Resource=f"arn:aws-cn:mediastore:cn-north-1:{OWNER}:container/live/*"),
        [s3(Resource="arn:aws-cn:s3:::live-bucket/*")],
    ),
    Case(
        "R1 partition of a region",
        ms(Resource=f"arn:*:mediastore:cn-north-1:{OWNER}:container/live/*"),
        [s3(Resource="arn:aws-cn:s3:::live-bucket/*")],
    ),
    Case(
        "R3 fields of ARNs have a case",
        [ms(), ms(Sid="T", Resource=ARN.upper().replace("CONTAINER/LIVE", "container/live") + "/b")],
        [s3()],
        ("policy.other_container",),
    ),
    Case("R2 a path", ms(Resource=f"{ARN}/a/b.ts"), [s3(path="a/b.ts")]),
    Case("R2 wildcards", ms(Resource=f"{ARN}/a/?/*.ts"), [s3(path="a/?/*.ts")]),
    Case("R2 two paths", ms(Resource=[f"{ARN}/a", f"{ARN}/b"]), [s3(Resource=[f"{BUCKET}/a", f"{BUCKET}/b"])]),
    Case("R2 a path covered by another", ms(Resource=[f"{ARN}/a", f"{ARN}/*"]), [s3()]),
    Case("R3 *", ms(Resource="*"), [s3()]),
    Case("R3 ARN with few fields", ms(Resource="arn:aws:mediastore:*"), [s3()]),
    Case("R3 every container", ms(Resource=f"{CONTAINERS}/*"), [s3()]),
    Case("R3 every account and region", ms(Resource="arn:aws:mediastore:*:*:container/live/*"), [s3()]),
    Case("R3 containers that begin with a text", ms(Resource=f"{CONTAINERS}/li*"), [s3()]),
    Case(
        "R3 containers that match", ms(Resource=f"{CONTAINERS}/l?v*/a"), [s3(Resource=[f"{BUCKET}/*/a", f"{BUCKET}/a"])]
    ),
    Case(
        "R3 a path in every container",
        ms(Resource=f"{CONTAINERS}/*/a"),
        [s3(Resource=[f"{BUCKET}/*/a", f"{BUCKET}/a"])],
    ),
    Case("R3 containers only", ms(Resource=f"{CONTAINERS}/????"), [], ("policy.no_object",)),
    Case("R3 an incomplete ARN", ms(Resource="arn:aws:mediastore:us-east-1"), [], ("policy.resource_unclear",)),
    Case(
        "R3 an incomplete ARN in a Deny",
        ms(Effect="Deny", Action=actions("PutObject"), Resource="arn:aws:mediastore:*:container/live/a"),
        [s3("s3:PutObject", Effect="Deny")],
        ("policy.resource_unclear",),
    ),
    Case(
        "R3 a variable decides about the container",
        ms(Resource=f"{CONTAINERS}/${{aws:username}}/*"),
        [],
        ("policy.resource_unclear",),
    ),
    Case(
        "R3 containers of two accounts",
        [ms(), ms(Sid="T", Resource=ARN.replace(OWNER, OTHER) + "/*")],
        [],
        ("policy.resource_unclear", "policy.resource_unclear"),
    ),
    Case(
        "R3 regions that do not match",
        [ms(), ms(Sid="T", Resource=ARN.replace("us-east-1", "eu-*") + "/*")],
        [s3()],
        ("policy.resource_unclear",),
    ),
    Case(
        "R3 a variable in the path of a Deny",
        ms(Effect="Deny", Action="mediastore:*", Resource=f"{ARN}/${{s3:prefix}}/*"),
        [s3(OBJECTS, Effect="Deny"), bucket(Effect="Deny", Sid="SList")],
        ("policy.resource_unclear",),
    ),
    Case("R4 no path", ms(Resource=f"{ARN}/"), [], ("policy.no_object",)),
    Case("R4 / at the end", ms(Resource=[f"{ARN}/a/", f"{ARN}/b"]), [s3(path="b")], ("policy.no_object",)),
    Case("R4 / at the start", ms(Resource=f"{ARN}//a*"), [], ("policy.no_object",)),
    Case("R4 the container", ms(Resource=ARN), [], ("policy.no_object",)),
    Case(
        "R4 Deny without effect",
        ms(Effect="Deny", Action=actions("PutObject"), Resource=f"{ARN}/a/"),
        [],
        ("policy.no_object",),
    ),
    Case(
        "R5 another container",
        ms(Resource=[f"{ARN}/a", f"{CONTAINERS}/live2/*"]),
        [s3(path="a")],
        ("policy.other_container",),
    ),
    Case("R5 only others", ms(Resource=f"{CONTAINERS}/Live/*"), [], ("policy.other_container",)),
    Case("R5 another service", ms(Resource="arn:aws:s3:::live-bucket/*"), [], ("policy.other_container",)),
    Case(
        "R5 Deny without effect",
        ms(Effect="Deny", Action=actions("PutObject"), Resource=f"{CONTAINERS}/news/*"),
        [],
        ("policy.other_container",),
    ),
    Case("R6 NotResource", ms(NotResource=f"{ARN}/a/*"), [], ("policy.not_resource",)),
    Case(
        "R6 NotResource in a Deny",
        ms(Effect="Deny", Action=actions("PutObject", "ListItems"), NotResource=f"{ARN}/a/*"),
        [s3("s3:PutObject", Effect="Deny"), bucket(Effect="Deny", Sid="SList")],
        ("policy.not_resource",),
    ),
    Case("R7 a variable in the path", ms(Resource=f"{ARN}/${{aws:username}}/*"), [s3(path="${aws:username}/*")]),
    Case("R7 a character in place of a variable", ms(Resource=f"{ARN}/a${{*}}"), [s3(path="a${*}")]),
    Case(
        "R7 folders with a variable",
        ms(Action=actions("ListItems"), Resource=f"{ARN}/${{aws:username}}"),
        [bucket(Condition=prefix("${aws:username}/", "StringEquals", **FOLDER))],
        ("policy.list_folder",),
    ),
    Case("R7 a variable of S3", ms(Resource=f"{ARN}/${{s3:prefix}}"), [], ("policy.resource_unclear",)),
]

ROOT, USER = f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{OWNER}:user/bob"
WILDCARDS = [
    ("AWS", f"arn:aws:iam::{OTHER}:user/*"),
    ("AWS", "44445555????"),
    ("Service", "*"),
    ("Service", "*.amazonaws.com"),
    ("Federated", "*"),
    ("CanonicalUser", "*"),
]
OAI = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"
PRINCIPALS = [
    *(
        Case(f"A1 {name}", ms(Principal={"AWS": name}), [s3(Principal={"AWS": name})])
        for name in (OTHER, ROOT, USER, f"arn:aws:sts::{OTHER}:assumed-role/reader/monday")
    ),
    *(
        Case(f"A2 the owner as {name}", ms(Principal={"AWS": name}), [], ("policy.owner_statement",))
        for name in (OWNER, f"arn:aws:iam::{OWNER}:root", [OWNER, f"arn:aws:iam::{OWNER}:root"])
    ),
    Case(
        "A2 the owner, whatever the statement is about",
        [ms(), ms(Sid="T", Principal={"AWS": OWNER}, Action=actions("DescribeContainer"), NotResource=f"{ARN}/a")],
        [s3()],
        ("policy.owner_statement",),
    ),
    Case(
        "A2 the owner and another account",
        ms(Principal={"AWS": [OWNER, OTHER]}),
        [s3(Principal={"AWS": [OWNER, OTHER]})],
    ),
    Case(
        "A2 Deny for the owner",
        ms(Effect="Deny", Action=actions("PutObject"), Principal={"AWS": OWNER}),
        [s3("s3:PutObject", Effect="Deny", Principal={"AWS": OWNER})],
    ),
    Case(
        "A3 CloudFront with a distribution",
        ms(Principal=CLOUDFRONT, Condition=FROM_DISTRIBUTION),
        [s3(Principal=CLOUDFRONT, Condition=FROM_DISTRIBUTION)],
        ("policy.cloudfront_origin",),
    ),
    Case(
        "A4 another service",
        ms(Principal={"Service": "medialive.amazonaws.com"}),
        [s3(Principal={"Service": "medialive.amazonaws.com"})],
    ),
    *(
        Case(
            f"A9 {kind} {name} matches no principal",
            ms(Principal={kind: name}),
            [],
            ("policy.principal_wildcard",),
            choices,
        )
        for kind, name in WILDCARDS
        for choices in (Choices(), Choices(public=True), Choices(cloudfront_distribution=DISTRIBUTION))
    ),
    *(
        Case(
            f"A9 {kind} {name} beside another principal",
            ms(Principal={**READER, kind: [*([READER["AWS"]] if kind == "AWS" else []), name]}),
            [s3(Principal={"AWS": [READER["AWS"]]} if kind == "AWS" else READER)],
            ("policy.principal_wildcard",),
            Choices(cloudfront_distribution=DISTRIBUTION),
        )
        for kind, name in WILDCARDS
    ),
    Case(
        "A9 everybody beside a wildcard",
        ms(Principal={"AWS": ["*", f"arn:aws:iam::{OTHER}:user/*"], "Service": "*"}),
        [s3(Principal=CLOUDFRONT, Condition=FROM_DISTRIBUTION)],
        ("policy.principal_wildcard", "policy.cloudfront_only"),
        Choices(cloudfront_distribution=DISTRIBUTION),
    ),
    Case(
        "A9 limited to certain addresses",
        ms(Principal={"AWS": f"arn:aws:iam::{OTHER}:*"}, Condition={"IpAddress": {"aws:SourceIp": "192.0.2.1"}}),
        [],
        ("policy.principal_wildcard",),
    ),
    Case(
        "A9 Deny",
        ms(Effect="Deny", Action=actions("PutObject"), Principal={"AWS": [OTHER, f"arn:aws:iam::{OTHER}:user/*"]}),
        [s3("s3:PutObject", Effect="Deny", Principal="*")],
        ("policy.principal_wildcard",),
    ),
    Case(
        "A9 Deny with NotPrincipal",
        ms(
            Effect="Deny",
            Action=actions("PutObject"),
            NotPrincipal={"AWS": [OTHER, f"arn:aws:iam::{OTHER}:user/*"], "Service": "*"},
        ),
        [s3("s3:PutObject", Effect="Deny", NotPrincipal={"AWS": [OTHER]})],
        ("policy.principal_wildcard",),
    ),
    Case(
        "A9 Deny with only a wildcard in NotPrincipal",
        ms(Effect="Deny", Action=actions("PutObject"), NotPrincipal={"Federated": "*"}),
        [s3("s3:PutObject", Effect="Deny", Principal="*")],
        ("policy.principal_wildcard",),
    ),
    Case(
        "A9 Allow with NotPrincipal",
        ms(NotPrincipal={"AWS": [OTHER, f"arn:aws:iam::{OTHER}:user/*"]}),
        [],
        ("policy.principal_wildcard",),
        Choices(public=True),
    ),
    Case(
        "A5 everybody of certain addresses",
        ms(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        [s3(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})],
    ),
    Case("A6 origin access identity", ms(Principal={"AWS": OAI}), [s3(Principal={"AWS": OAI})]),
    Case("A6 canonical user", ms(Principal={"CanonicalUser": "79a59d"}), [s3(Principal={"CanonicalUser": "79a59d"})]),
    Case(
        "A7 Deny with NotPrincipal",
        ms(Effect="Deny", Action=actions("PutObject"), NotPrincipal={"AWS": [USER, OWNER]}),
        [s3("s3:PutObject", Effect="Deny", NotPrincipal={"AWS": [USER, OWNER]})],
    ),
    Case("A8 Allow with NotPrincipal", ms(NotPrincipal={"AWS": USER}), [], ("policy.public",)),
    Case(
        "A8 Allow with NotPrincipal and a distribution",
        ms(NotPrincipal={"AWS": USER}),
        [],
        ("policy.public",),
        Choices(cloudfront_distribution=DISTRIBUTION),
    ),
    Case(
        "A8 Allow with NotPrincipal, public",
        ms(NotPrincipal={"AWS": USER}),
        [s3(NotPrincipal={"AWS": USER})],
        ("policy.made_public",),
        Choices(public=True),
    ),
]


def kept(name, condition, *codes) -> Case:
    return Case(name, ms(Condition=condition), [s3(Condition=condition)], codes)


def lost(name, condition, code) -> list[Case]:
    """An Allow that is omitted, and a Deny that loses the condition and keeps the others."""
    more = {**HTTPS, **condition}
    put = actions("PutObject")
    return [
        Case(f"{name}, Allow", ms(Action=put, Condition=more), [], (code,)),
        Case(
            f"{name}, Deny",
            ms(Effect="Deny", Action=put, Condition=more),
            [s3("s3:PutObject", Effect="Deny", Condition=HTTPS)],
            (code,),
        ),
    ]


TAG = "aws:ResourceTag/env"
CONDITIONS = [
    kept("C1 HTTPS", HTTPS),
    kept("C1 addresses", {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}),
    kept(
        "C1 several keys and operators",
        {**HTTPS, "StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1", "aws:SourceVpce": "vpce-1"}},
    ),
    kept("C1 dates", {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}),
    kept("C1 a variable in a value", {"StringLike": {"aws:UserAgent": "${aws:username}*"}}),
    kept("C1 the name of a key in other case", {"Bool": {"AWS:securetransport": "true"}}),
    Case(
        "C1 booleans are text",
        ms(Condition={"Bool": {"aws:SecureTransport": True, "aws:ViaAWSService": [False, "true"]}}),
        [s3(Condition={"Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": ["false", "true"]}})],
    ),
    *lost("C1 a key of S3", {"StringEquals": {"s3:ExistingObjectTag/a": "b"}}, "policy.condition_key"),
    *lost("C1 a variable of S3", {"StringEquals": {"aws:UserAgent": "${s3:prefix}"}}, "policy.condition_key"),
    kept("C2 Referer", SECRET),
    kept("C2 UserAgent", {"StringLike": {"aws:UserAgent": "cdn*"}}),
    kept("C3 ResourceTag", {"StringEquals": {TAG: "prod"}}, "policy.resource_tag"),
    kept("C3 ResourceTag is there", {"Null": {TAG: "false"}}, "policy.resource_tag"),
    *lost("C3 ResourceTag negated", {"StringNotEquals": {TAG: "prod"}}, "policy.resource_tag_lost"),
    *lost("C3 ResourceTag if it exists", {"StringEqualsIfExists": {TAG: "prod"}}, "policy.resource_tag_lost"),
    *lost("C3 ResourceTag of no value", {"ForAllValues:StringLike": {TAG: "prod"}}, "policy.resource_tag_lost"),
    *lost("C3 ResourceTag is missing", {"Null": {TAG: "true"}}, "policy.resource_tag_lost"),
    lost("C3 ResourceTag", {"StringEquals": {TAG: "prod"}}, "policy.resource_tag_lost")[1],
    *lost(
        "C3 ResourceTag as a variable",
        {"StringEquals": {"aws:PrincipalTag/env": f"${{{TAG}}}"}},
        "policy.resource_tag_lost",
    ),
    *lost("C4 RequestTag", {"StringEquals": {"aws:RequestTag/env": "prod"}}, "policy.tag_condition"),
    *lost("C4 TagKeys", {"ForAllValues:StringEquals": {"aws:TagKeys": ["env"]}}, "policy.tag_condition"),
]

CDN, PUBLIC = Choices(cloudfront_distribution=DISTRIBUTION), Choices(public=True)


def everybody(**changes) -> dict[str, Any]:
    return ms(Principal="*", **changes)


def fixed(name, condition) -> Case:
    return Case(f"B3 {name}", everybody(Condition=condition), [s3(Principal="*", Condition=condition)])


def not_fixed(name, condition) -> Case:
    return Case(f"B1 {name}", everybody(Condition=condition), [], ("policy.public",))


PUBLIC_ACCESS = [
    Case("B1 everybody", everybody(), [], ("policy.public",)),
    Case("B1 everybody as AWS", ms(Principal={"AWS": ["*", OTHER]}), [], ("policy.public",)),
    not_fixed("everybody over HTTPS", HTTPS),
    not_fixed("a wildcard", {"StringLike": {"aws:SourceVpc": "vpc-*"}}),
    not_fixed("a policy variable", {"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}),
    not_fixed("a negated operator", {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}),
    not_fixed("a key that may be missing", {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}),
    not_fixed("a set that may be empty", {"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}}),
    not_fixed("one of two ranges is too broad", {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "128.0.0.0/1"]}}),
    not_fixed("a range of IPv6 that is too broad", {"IpAddress": {"aws:SourceIp": "2001::/31"}}),
    not_fixed("no range", {"IpAddress": {"aws:SourceIp": "everywhere"}}),
    Case("B1 one statement of two", [everybody(), ms(Sid="T")], [s3(Sid="T")], ("policy.public",)),
    Case("B2 Referer", everybody(Condition=SECRET), [], ("policy.secret_header",)),
    Case(
        "B2 UserAgent",
        everybody(Condition={"StringEquals": {"aws:userAgent": "a"}, **HTTPS}),
        [],
        ("policy.secret_header",),
    ),
    fixed("addresses", {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]}}),
    fixed("an organization", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    fixed("a distribution", {"ArnLike": {"aws:SourceArn": DISTRIBUTION}}),
    fixed("a VPC endpoint and HTTPS", {**HTTPS, "StringLike": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}),
    Case(
        "B4 everybody",
        everybody(Condition=HTTPS),
        [s3(Principal="*", Condition=HTTPS)],
        ("policy.made_public",),
        PUBLIC,
    ),
    Case("B4 nobody is public", ms(), [s3()], (), PUBLIC),
    Case(
        "B5 everybody",
        everybody(),
        [s3(Principal=CLOUDFRONT, Condition=FROM_DISTRIBUTION)],
        ("policy.cloudfront_only",),
        CDN,
    ),
    Case(
        "B5 principals beside everybody",
        ms(Principal={"AWS": ["*", USER]}),
        [s3(Principal=CLOUDFRONT, Condition=FROM_DISTRIBUTION)],
        ("policy.cloudfront_only",),
        CDN,
    ),
    Case(
        "B5 conditions are kept",
        everybody(Condition={"StringEquals": {"aws:Referer": "secret"}, **HTTPS}),
        [
            s3(
                Principal=CLOUDFRONT,
                Condition={"StringEquals": {"aws:Referer": "secret", "AWS:SourceArn": DISTRIBUTION}, **HTTPS},
            )
        ],
        ("policy.cloudfront_only",),
        CDN,
    ),
    Case(
        "B5 the distribution is one of the sources",
        everybody(Condition={"StringEquals": {"aws:SourceArn": [DISTRIBUTION, "arn:aws:s3:::*"]}}),
        [s3(Principal=CLOUDFRONT, Condition={"StringEquals": {"aws:SourceArn": DISTRIBUTION}})],
        ("policy.cloudfront_only",),
        CDN,
    ),
    Case(
        "B5 the distribution is none of the sources",
        everybody(Condition={"StringEquals": {"aws:SourceArn": "arn:aws:s3:::*"}}),
        [],
        ("policy.public",),
        CDN,
    ),
    Case(
        "B5 the distribution wins over public",
        everybody(),
        [s3(Principal=CLOUDFRONT, Condition=FROM_DISTRIBUTION)],
        ("policy.cloudfront_only",),
        Choices(cloudfront_distribution=DISTRIBUTION, public=True),
    ),
    Case(
        "B5 Deny for everybody stays",
        ms(Effect="Deny", Principal="*", Action="mediastore:*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        [
            s3(OBJECTS, Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
            bucket(Sid="SList", Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        ],
        (),
        CDN,
    ),
]

DOCUMENT = [
    Case("D2 nothing is left", [ms(Resource=f"{CONTAINERS}/a/*")], [], ("policy.other_container", "policy.empty")),
    Case(
        "D4 no Sid",
        ms(Sid=None, Action=actions("GetObject", "ListItems")),
        [s3(Sid=None), bucket(Sid=None)],
        ("policy.list_recursive",),
    ),
    Case("D4 a Sid of other characters", ms(Sid="Read all, please"), [s3(Sid="Readallplease")], ("policy.sid",)),
    Case("D4 a Sid of other characters only", ms(Sid="--"), [s3(Sid=None)], ("policy.sid",)),
    Case(
        "D4 Sids stay unique",
        [ms(Sid="S-List"), ms(Action=actions("GetObject", "ListItems")), ms(Sid="SList")],
        [s3(Sid="SList2"), s3(), bucket(Sid="SList3"), s3(Sid="SList")],
        ("policy.sid", "policy.list_recursive"),
    ),
    Case(
        "D4 order",
        [ms(Sid="B"), ms(Sid="A", Effect="Deny", Action=actions("PutObject"))],
        [s3(Sid="B"), s3("s3:PutObject", Sid="A", Effect="Deny")],
    ),
]

CASES = [*ACTIONS, *RESOURCES, *PRINCIPALS, *CONDITIONS, *PUBLIC_ACCESS, *DOCUMENT]


def document(statements, **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", **elements, "Statement": statements}


def translated(policy, choices=None):
    """Return the aspects of the bucket `live-bucket` and the findings for a container with this policy."""
    given = replace(choices or Choices(), bucket="live-bucket")
    _name, bucket, findings = translate({"name": "live", "policy": policy}, given)
    return bucket, findings


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_the_bucket_policy(case):
    bucket, findings = translated(document(case.statements), case.choices)
    assert bucket["policy"] == (document(case.expected) if case.expected else None)
    codes = [finding.code for finding in findings if finding.code != "policy.missing_object"]
    empty = [] if case.expected or "policy.empty" in case.codes else ["policy.empty"]
    assert codes == [*case.codes, *empty]
    is_open = "policy.made_public" in case.codes
    assert bucket["public_access_block"] == (OPEN if is_open else BLOCKED)
    assert "s3:*" not in json.dumps(bucket["policy"])


@pytest.mark.parametrize("statement", [ms(), [ms()]], ids=["one statement", "a list"])
def test_D4_one_statement_or_a_list(statement):
    bucket, _findings = translated(document(statement))
    assert bucket["policy"] == document([s3()])


@pytest.mark.parametrize(
    "elements",
    [{"Version": "2012-10-17"}, {"Version": "2008-10-17"}, {}, {"Version": "2012-10-17", "Id": "an ID"}],
    ids=["2012", "2008", "none", "Id"],
)
def test_D4_version_and_id(elements):
    bucket, _findings = translated({**elements, "Statement": [ms()]})
    assert bucket["policy"] == {**elements, "Statement": [s3()]}


def test_R7_variables_are_text_in_the_old_version():
    old = {"Version": "2008-10-17"}
    bucket, findings = translated(document([ms(Resource=f"{ARN}/${{s3:prefix}}")], **old))
    assert bucket["policy"] == document([s3(path="${s3:prefix}")], **old)
    condition = {"StringEquals": {"aws:UserAgent": "${s3:prefix}"}}
    bucket, findings = translated(document([ms(Condition=condition)], **old))
    assert bucket["policy"] == document([s3(Condition=condition)], **old)
    assert [finding.code for finding in findings] == ["policy.missing_object"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [({}, {"policy": None, "public_access_block": BLOCKED}), (None, {})],
    ids=["D2 removed", "not given"],
)
def test_a_policy_that_is_empty_or_not_given(policy, expected):
    assert translated(policy) == (expected, [])


@pytest.mark.parametrize(
    ("statement", "is_noted"),
    [
        pytest.param(ms(), True, id="reader"),
        pytest.param(ms(Action=actions("PutObject")), False, id="writer"),
        pytest.param(ms(Effect="Deny", Action=actions("GetObject", "DescribeObject")), False, id="Deny"),
        pytest.param(ms(Action=actions("GetObject", "ListItems")), False, id="reader who lists"),
        pytest.param(ms(Action=actions("GetObject", "ListItems"), Resource=f"{ARN}/a"), True, id="lists one folder"),
        pytest.param([ms(), ms(Sid="T")], True, id="two readers, once"),
    ],
)
def test_P12_missing_objects_answer_403(statement, is_noted):
    _bucket, findings = translated(document(statement))
    codes = [finding.code for finding in findings]
    assert codes.count("policy.missing_object") == is_noted


def test_D1_a_policy_that_is_too_large():
    # 50 paths of 200 characters are more than 10,000 bytes, and each is in two statements.
    paths = [f"{ARN}/{number:0>200}" for number in range(50)]
    with pytest.raises(
        InvalidInputError, match=r"The bucket policy of container live would have [0-9,]+ bytes, but S3 acc"
    ):
        translated(document([ms(Action=actions("GetObject", "ListItems"), Resource=paths)]))


def test_the_message_names_the_container_the_statement_and_the_way_out():
    _bucket, findings = translated(document([ms(Sid=None), everybody(Sid="ReadAll")]))
    public = findings[-1]
    assert (public.container, public.where, public.level) == ("live", "policy statement ReadAll", IMPOSSIBLE)
    assert public.sentence == f"Container live, policy statement ReadAll: {public.message}"
    assert public.message == (
        "it grants access to everyone; new buckets block such a policy."
        " Set cloudfront_distribution, which replaces everyone, or set public to true, which disables the Block Public"
        " Access settings that reject public policies. If you accept this finding, the statement is omitted."
    )
    _bucket, findings = translated(document([ms(), everybody(Sid=None)]))
    assert findings[-1].where == "policy statement 2"
    _bucket, findings = translated(document(ms(Principal={"AWS": ["*", USER]})), CDN)
    assert findings[0].message.endswith(f"origin type s3. Add a separate statement for {USER}.")
    _bucket, findings = translated(document(ms(NotPrincipal={"AWS": USER})), CDN)
    assert "The distribution cannot replace everyone in this statement: name the principals." in findings[0].message


def test_every_code_of_a_policy_has_a_case():
    in_cases = {code for case in CASES for code in case.codes}
    codes = {code for code in CODES if code.startswith("policy.")}
    assert codes == {*in_cases, "policy.missing_object"}


def test_a_distribution_that_is_none():
    with pytest.raises(InvalidInputError, match="cloudfront_distribution 'E1A2B3' is not the ARN of a distribution"):
        translated(document([ms()]), Choices(cloudfront_distribution="E1A2B3"))
