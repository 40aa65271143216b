# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a diff shows: contract, section 3. The declaration as written, and beside it only what differs in meaning."""

from __future__ import annotations

import copy
import difflib
import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._diff import Aspect, named_changes
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container_policy import CONTAINER_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.cors_policy import CORS_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.lifecycle_policy import LIFECYCLE_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.metric_policy import METRIC_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.documents import (
    ASPECTS,
    CORS,
    LIFECYCLE,
    LOGGING,
    POLICY,
    PUBLIC_ACCESS_BLOCK,
    TAGS,
)
from ansible_collections.elemental.mediastore.tests.unit import samples
from ansible_collections.elemental.mediastore.tests.unit.policy_rewritings import REWRITINGS, rewritten, statements_of
from ansible_collections.elemental.mediastore.tests.unit.policy_strategies import anything, policies

properties = settings(deadline=None, max_examples=200, database=None)

ARN = "arn:aws:mediastore:us-east-1:123456789012:container/live/"
ENCODER = "arn:aws:iam::123456789012:role/encoder"
PACKAGER = "arn:aws:iam::123456789012:role/packager"

DECLARED_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "EncoderWrites",
            "Effect": "Allow",
            "Principal": {"AWS": [ENCODER, "210987654321"]},
            "Action": ["mediastore:PutObject", "mediastore:DescribeObject", "mediastore:DeleteObject"],
            "Resource": f"{ARN}*",
            "Condition": {"Bool": {"aws:SecureTransport": True}},
        },
        {
            "Sid": "AllRead",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["mediastore:GetObject", "mediastore:DescribeObject"],
            "Resource": f"{ARN}hls/*",
            "Condition": {
                "Bool": {"aws:SecureTransport": True},
                "IpAddress": {"aws:SourceIp": ["192.0.2.7", "198.51.100.0/24"]},
            },
        },
        {
            "Sid": "NoList",
            "Effect": "Deny",
            "Principal": {"AWS": [PACKAGER]},
            "Action": "mediastore:ListItems",
            "Resource": f"{ARN}*",
        },
    ],
}
# The same as a server may store it: other order, lists for values, case, forms of principals, addresses and booleans.
STORED_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "NoList",
            "Effect": "Deny",
            "Principal": {"AWS": PACKAGER},
            "Action": ["mediastore:listitems"],
            "Resource": [f"{ARN}*"],
        },
        {
            "Sid": "AllRead",
            "Effect": "Allow",
            "Principal": {"AWS": ["*"]},
            "Action": ["mediastore:describeobject", "mediastore:getobject"],
            "Resource": [f"{ARN}hls/*"],
            "Condition": {
                "Bool": {"aws:securetransport": ["true"]},
                "IpAddress": {"aws:sourceip": ["198.51.100.0/24", "192.0.2.7/32"]},
            },
        },
        {
            "Sid": "EncoderWrites",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::210987654321:root", ENCODER]},
            "Action": ["mediastore:deleteobject", "mediastore:describeobject", "mediastore:putobject"],
            "Resource": [f"{ARN}*"],
            "Condition": {"Bool": {"aws:securetransport": "true"}},
        },
    ],
}
WRITES, READS, LISTS = (["Statement", number] for number in range(3))
PREVIEW = {"Sid": "Preview", "Effect": "Allow", "Principal": "*", "Action": "mediastore:*", "Resource": f"{ARN}p/*"}
PREVIEW_LINES = [
    "-   Action: mediastore:*",
    "Effect: Allow",
    "Principal: '*'",
    f"Resource: {ARN}p/*",
    "Sid: Preview",
]

DECLARED_CORS = [
    {"allowed_origins": ["https://a.example"], "allowed_methods": ["PUT", "GET"], "allowed_headers": ["X-Token"]},
    {
        "allowed_origins": ["https://c.example", "https://b.example"],
        "allowed_methods": ["GET", "HEAD"],
        "allowed_headers": ["Range", "X-Session"],
        "expose_headers": ["Content-Range"],
        "max_age_seconds": 300,
    },
    {"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": [], "max_age_seconds": 60},
]
STORED_CORS = [
    {"allowed_origins": ["https://a.example"], "allowed_methods": ["GET", "PUT"], "allowed_headers": ["x-token"]},
    {
        "allowed_origins": ["https://b.example", "https://c.example"],
        "allowed_methods": ["GET", "HEAD"],
        "allowed_headers": ["x-session", "range"],
        "expose_headers": ["content-range"],
        "max_age_seconds": 300,
    },
    {"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": [], "max_age_seconds": 60},
]
PARTNERS = {"allowed_origins": ["https://p.example"], "allowed_methods": ["GET"], "allowed_headers": []}
PARTNERS_LINES = [
    "-   allowed_headers: []",
    "allowed_methods:",
    "- GET",
    "allowed_origins:",
    "- https://p.example",
]

DECLARED_LIFECYCLE = {
    "rules": [
        samples.lifecycle_rule([{"prefix": "vod/"}, {"prefix": "old/"}], ("days", ">", 30)),
        samples.lifecycle_rule([{"wildcard": "live/*.ts"}, {"wildcard": "a/*.mp4"}], ("seconds", ">", 120)),
        samples.lifecycle_rule([{"prefix": "master/"}], ("days", ">=", 90), "ARCHIVE"),
    ]
}
STORED_LIFECYCLE = {
    "rules": [
        samples.lifecycle_rule([{"prefix": "old/"}, {"prefix": "vod/"}], ("days", ">", "30")),
        samples.lifecycle_rule([{"wildcard": "a/*.mp4"}, {"wildcard": "live/*.ts"}], ("seconds", ">", 120.0)),
        samples.lifecycle_rule([{"prefix": "master/"}], ("days", ">=", 90), "ARCHIVE"),
    ]
}
SUBTITLES = samples.lifecycle_rule([{"prefix": "subs/"}], ("days", ">", 7))
SUBTITLES_LINES = [
    "-   action: EXPIRE",
    "definition:",
    "days_since_create:",
    "-   numeric:",
    "- '>'",
    "- 7",
    "path:",
    "-   prefix: subs/",
]

DECLARED_METRIC = {
    "container_level_metrics": True,
    "rules": [
        {"object_group": "live/*.m3u8", "object_group_name": "Manifests"},
        {"object_group": "live/*.ts", "object_group_name": "Segments"},
        {"object_group": "vod/*", "object_group_name": "Archive"},
    ],
}
STORED_METRIC = {"container_level_metrics": True, "rules": sorted(DECLARED_METRIC["rules"], key=json.dumps)}

DECLARED_TAGS = {"channel": "one", "stage": "live", "team": "video"}

DECLARED_S3_CORS = [
    {
        "AllowedOrigins": ["https://b.example", "https://a.example"],
        "AllowedMethods": ["PUT", "GET"],
        "MaxAgeSeconds": 3,
    },
    {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": ["Range"]},
]
STORED_S3_CORS = [
    {
        "ID": "b1",
        "AllowedOrigins": ["https://a.example", "https://b.example"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": [],
        "MaxAgeSeconds": 3,
    },
    {"ID": "a2", "AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": ["range"]},
]


def s3_expiration(identifier, prefix, days):
    return {"ID": identifier, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}


DECLARED_S3_LIFECYCLE = [s3_expiration("rule-1", "vod/", 31), s3_expiration("rule-2", "", 91)]
STORED_S3_LIFECYCLE = [
    {"ID": "q8x", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 91}},
    s3_expiration("k2v", "vod/", 31),
]

BASES = {
    "policy": (CONTAINER_POLICY, DECLARED_POLICY, STORED_POLICY),
    "bucket policy": (POLICY, DECLARED_POLICY, STORED_POLICY),
    "cors": (CORS_POLICY, DECLARED_CORS, STORED_CORS),
    "lifecycle": (LIFECYCLE_POLICY, DECLARED_LIFECYCLE, STORED_LIFECYCLE),
    "metric": (METRIC_POLICY, DECLARED_METRIC, STORED_METRIC),
    "tags": (TAGS, DECLARED_TAGS, {"aws:cloudformation:stack-name": "a", **dict(reversed(DECLARED_TAGS.items()))}),
    "s3 cors": (CORS, DECLARED_S3_CORS, STORED_S3_CORS),
    "s3 lifecycle": (LIFECYCLE, DECLARED_S3_LIFECYCLE, STORED_S3_LIFECYCLE),
    "block": (
        PUBLIC_ACCESS_BLOCK,
        dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True),
        dict.fromkeys(["RestrictPublicBuckets", "IgnorePublicAcls", "BlockPublicPolicy", "BlockPublicAcls"], True),
    ),
    "logging": (
        LOGGING,
        {"TargetBucket": "logs", "TargetPrefix": "live/"},
        {"TargetPrefix": "live/", "TargetBucket": "logs"},
    ),
}


def put(path, value):
    """An edit that sets the value at a path of a document."""

    def edit(document):
        *owner, last = path
        _at(document, owner)[last] = value

    return edit


def take(path):
    """An edit that removes what is at a path."""

    def edit(document):
        *owner, last = path
        del _at(document, owner)[last]

    return edit


def insert(path, value):
    """An edit that inserts a value into a list."""

    def edit(document):
        *owner, last = path
        _at(document, owner).insert(last, value)

    return edit


def move(owner, source, target):
    """An edit that moves an item of a list."""

    def edit(document):
        found = _at(document, owner)
        found.insert(target, found.pop(source))

    return edit


def all_of(*edits):
    def edit(document):
        for one in edits:
            one(document)

    return edit


def _at(document, path):
    for key in path:
        document = document[key]
    return document


EDITS = [
    # id, base, edit, the lines of YAML that the edit removes and adds, texts in `changes`
    ("nothing", "policy", all_of(), [], [], []),
    (
        "action removed",
        "policy",
        take([*WRITES, "Action", 2]),
        ["- mediastore:DeleteObject"],
        [],
        ["policy: statement EncoderWrites"],
    ),
    (
        "action added",
        "policy",
        insert([*READS, "Action", 0], "mediastore:ListItems"),
        [],
        ["- mediastore:ListItems"],
        ["policy: statement AllRead"],
    ),
    (
        "action replaced",
        "policy",
        put([*READS, "Action", 1], "mediastore:ListItems"),
        ["- mediastore:DescribeObject"],
        ["- mediastore:ListItems"],
        ["policy: statement AllRead"],
    ),
    (
        "action in place of another",
        "policy",
        put([*LISTS, "Action"], "mediastore:DeleteObject"),
        ["-   Action: mediastore:ListItems"],
        ["-   Action: mediastore:DeleteObject"],
        ["policy: statement NoList"],
    ),
    (
        "value becomes a list",
        "policy",
        put([*LISTS, "Action"], ["mediastore:ListItems", "mediastore:DeleteObject"]),
        [],
        ["- mediastore:DeleteObject"],
        ["policy: statement NoList"],
    ),
    (
        "actions respelled and moved",
        "policy",
        put([*WRITES, "Action"], ["MEDIASTORE:deleteObject", "mediastore:PUTOBJECT", "mediastore:DescribeObject"]),
        [],
        [],
        [],
    ),
    (
        "principal added",
        "policy",
        insert([*WRITES, "Principal", "AWS", 0], PACKAGER),
        [],
        [f"- {PACKAGER}"],
        ["policy: statement EncoderWrites"],
    ),
    (
        "principal replaced by its account",
        "policy",
        put([*LISTS, "Principal", "AWS", 0], "123456789012"),
        [f"- {PACKAGER}"],
        ["- '123456789012'"],
        ["policy: statement NoList"],
    ),
    (
        "all principals instead of some",
        "policy",
        put([*WRITES, "Principal"], "*"),
        ["Principal:", "AWS:", f"- {ENCODER}", "- '210987654321'"],
        ["Principal: '*'"],
        ["policy: statement EncoderWrites"],
    ),
    (
        "effect",
        "policy",
        put([*READS, "Effect"], "Deny"),
        ["Effect: Allow"],
        ["Effect: Deny"],
        ["policy: statement AllRead"],
    ),
    (
        "effect, and the principal that it gives another meaning",
        "policy",
        put([*LISTS, "Effect"], "Allow"),
        ["Effect: Deny"],
        ["Effect: Allow"],
        ["policy: statement NoList"],
    ),
    (
        "resource",
        "policy",
        put([*READS, "Resource"], f"{ARN}dash/*"),
        [f"Resource: {ARN}hls/*"],
        [f"Resource: {ARN}dash/*"],
        ["policy: statement AllRead"],
    ),
    (
        "value of a condition",
        "policy",
        put([*WRITES, "Condition", "Bool", "aws:SecureTransport"], False),
        ["aws:SecureTransport: true"],
        ["aws:SecureTransport: false"],
        ["policy: statement EncoderWrites"],
    ),
    (
        "address of a condition",
        "policy",
        put([*READS, "Condition", "IpAddress", "aws:SourceIp", 0], "192.0.2.8"),
        ["- 192.0.2.7"],
        ["- 192.0.2.8"],
        ["policy: statement AllRead"],
    ),
    (
        "operator of a condition",
        "policy",
        put([*READS, "Condition"], {"Bool": {"aws:SecureTransport": True}, "Null": {"aws:Referer": False}}),
        ["IpAddress:", "aws:SourceIp:", "- 192.0.2.7", "- 198.51.100.0/24"],
        ["'Null':", "aws:Referer: false"],
        ["policy: statement AllRead"],
    ),
    (
        "condition removed",
        "policy",
        take([*WRITES, "Condition"]),
        ["Condition:", "Bool:", "aws:SecureTransport: true"],
        [],
        ["policy: statement EncoderWrites"],
    ),
    (
        "Sid renamed",
        "policy",
        put([*READS, "Sid"], "ViewersRead"),
        ["Sid: AllRead"],
        ["Sid: ViewersRead"],
        ["policy: statement ViewersRead"],
    ),
    ("Sid removed", "policy", take([*READS, "Sid"]), ["Sid: AllRead"], [], ["policy: statement 2"]),
    (
        "statement added at the end",
        "policy",
        insert(["Statement", 3], PREVIEW),
        [],
        PREVIEW_LINES,
        ["policy: statement Preview added"],
    ),
    (
        "statement added in the middle",
        "policy",
        insert(["Statement", 1], PREVIEW),
        [],
        PREVIEW_LINES,
        ["policy: statement Preview added"],
    ),
    (
        "statement removed",
        "policy",
        take(LISTS),
        [
            "-   Action: mediastore:ListItems",
            "Effect: Deny",
            "Principal:",
            "AWS:",
            f"- {PACKAGER}",
            f"Resource: {ARN}*",
            "Sid: NoList",
        ],
        [],
        ["policy: statement NoList removed"],
    ),
    ("statement moved", "policy", move(["Statement"], 0, 2), [], [], []),
    (
        "statement moved and changed",
        "policy",
        all_of(put([*WRITES, "Resource"], f"{ARN}in/*"), move(["Statement"], 0, 2)),
        [f"Resource: {ARN}*"],
        [f"Resource: {ARN}in/*"],
        ["policy: statement EncoderWrites"],
    ),
    (
        "version",
        "policy",
        put(["Version"], "2008-10-17"),
        ["Version: '2012-10-17'"],
        ["Version: '2008-10-17'"],
        ["policy: Version"],
    ),
    ("version removed", "policy", take(["Version"]), ["Version: '2012-10-17'"], [], ["policy: Version"]),
    ("identifier added", "policy", put(["Id"], "live"), [], ["Id: live"], ["policy: Id"]),
    (
        "everything",
        "policy",
        all_of(
            take([*WRITES, "Action", 2]),
            put([*READS, "Sid"], "ViewersRead"),
            take(LISTS),
            insert(["Statement", 0], PREVIEW),
        ),
        [
            "- mediastore:DeleteObject",
            "Sid: AllRead",
            "-   Action: mediastore:ListItems",
            "Effect: Deny",
            "Principal:",
            "AWS:",
            f"- {PACKAGER}",
            f"Resource: {ARN}*",
            "Sid: NoList",
        ],
        [*PREVIEW_LINES, "Sid: ViewersRead"],
        [
            "policy: statement NoList removed",
            "policy: statement Preview added",
            "policy: statement EncoderWrites",
            "policy: statement ViewersRead",
        ],
    ),
    (
        "action of a bucket policy",
        "bucket policy",
        take([*WRITES, "Action", 0]),
        ["- mediastore:PutObject"],
        [],
        ["policy: statement EncoderWrites"],
    ),
    (
        "origin added",
        "cors",
        insert([1, "allowed_origins", 1], "https://d.example"),
        [],
        ["- https://d.example"],
        ["CORS rule 2"],
    ),
    (
        "origin replaced",
        "cors",
        put([0, "allowed_origins", 0], "https://z.example"),
        ["- https://a.example"],
        ["- https://z.example"],
        ["CORS rule 1"],
    ),
    ("header removed", "cors", take([1, "allowed_headers", 0]), ["- Range"], [], ["CORS rule 2"]),
    (
        "all headers removed",
        "cors",
        put([0, "allowed_headers"], []),
        ["-   allowed_headers:", "- X-Token"],
        ["-   allowed_headers: []"],
        ["CORS rule 1"],
    ),
    (
        "max age",
        "cors",
        put([1, "max_age_seconds"], 600),
        ["max_age_seconds: 300"],
        ["max_age_seconds: 600"],
        ["CORS rule 2"],
    ),
    ("max age removed", "cors", take([1, "max_age_seconds"]), ["max_age_seconds: 300"], [], ["CORS rule 2"]),
    (
        "CORS rule inserted in the middle",
        "cors",
        insert([1], PARTNERS),
        [],
        PARTNERS_LINES,
        ["CORS rule 2 added"],
    ),
    (
        "CORS rule removed",
        "cors",
        take([2]),
        [
            "-   allowed_headers: []",
            "allowed_methods:",
            "- GET",
            "allowed_origins:",
            "- '*'",
            "max_age_seconds: 60",
        ],
        [],
        ["CORS rule 3 removed"],
    ),
    (
        "CORS rule moved",
        "cors",
        move([], 2, 0),
        [
            "-   allowed_headers: []",
            "allowed_methods:",
            "- GET",
            "allowed_origins:",
            "- '*'",
            "max_age_seconds: 60",
        ],
        [
            "-   allowed_headers: []",
            "allowed_methods:",
            "- GET",
            "allowed_origins:",
            "- '*'",
            "max_age_seconds: 60",
        ],
        ["CORS rules: order"],
    ),
    (
        "days",
        "lifecycle",
        put(["rules", 0, "definition", "days_since_create", 0, "numeric", 1], 31),
        ["- 30"],
        ["- 31"],
        ["lifecycle rule 1"],
    ),
    (
        "path added",
        "lifecycle",
        insert(["rules", 1, "definition", "path", 0], {"wildcard": "b/*.ts"}),
        [],
        ["-   wildcard: b/*.ts"],
        ["lifecycle rule 2"],
    ),
    (
        "paths moved",
        "lifecycle",
        move(["rules", 0, "definition", "path"], 0, 1),
        [],
        [],
        [],
    ),
    (
        "lifecycle rule inserted in the middle",
        "lifecycle",
        insert(["rules", 1], SUBTITLES),
        [],
        SUBTITLES_LINES,
        ["lifecycle rule 2 added"],
    ),
    (
        "action of a lifecycle rule",
        "lifecycle",
        put(["rules", 2, "action"], "EXPIRE"),
        ["-   action: ARCHIVE"],
        ["-   action: EXPIRE"],
        ["lifecycle rule 3"],
    ),
    (
        "metrics disabled",
        "metric",
        put(["container_level_metrics"], False),
        ["container_level_metrics: true"],
        ["container_level_metrics: false"],
        ["metric policy: container_level_metrics"],
    ),
    (
        "object group",
        "metric",
        put(["rules", 1, "object_group"], "live/*.m4s"),
        ["-   object_group: live/*.ts"],
        ["-   object_group: live/*.m4s"],
        ["metric rule Segments"],
    ),
    (
        "object group renamed",
        "metric",
        put(["rules", 2, "object_group_name"], "Vod"),
        ["object_group_name: Archive"],
        ["object_group_name: Vod"],
        ["metric rule Vod"],
    ),
    (
        "metric rule removed",
        "metric",
        take(["rules", 0]),
        ["-   object_group: live/*.m3u8", "object_group_name: Manifests"],
        [],
        ["metric rule Manifests removed"],
    ),
    ("tag changed", "tags", put(["stage"], "test"), ["stage: live"], ["stage: test"], ["tags: stage"]),
    (
        "tags added, changed and removed",
        "tags",
        all_of(put(["owner"], "me"), put(["stage"], "test"), take(["team"])),
        ["stage: live", "team: video"],
        ["owner: me", "stage: test"],
        ["tags: owner, stage, team"],
    ),
    (
        "age of S3",
        "s3 cors",
        put([0, "MaxAgeSeconds"], 4),
        ["MaxAgeSeconds: 3"],
        ["MaxAgeSeconds: 4"],
        ["CORS rule 1"],
    ),
    (
        "method of S3",
        "s3 cors",
        take([0, "AllowedMethods", 0]),
        ["- PUT"],
        [],
        ["CORS rule 1"],
    ),
    (
        "days of S3",
        "s3 lifecycle",
        put([1, "Expiration", "Days"], 92),
        ["Days: 91"],
        ["Days: 92"],
        ["lifecycle rule 2"],
    ),
    (
        "lifecycle rule of S3 inserted",
        "s3 lifecycle",
        insert([1], s3_expiration("rule-3", "subs/", 8)),
        [],
        ["-   Expiration:", "Days: 8", "Filter:", "Prefix: subs/", "ID: rule-3", "Status: Enabled"],
        ["lifecycle rule 2 added"],
    ),
    (
        "block",
        "block",
        put(["BlockPublicPolicy"], False),
        ["BlockPublicPolicy: true"],
        ["BlockPublicPolicy: false"],
        ["Block Public Access settings: BlockPublicPolicy"],
    ),
    (
        "prefix of logs",
        "logging",
        put(["TargetPrefix"], "vod/"),
        ["TargetPrefix: live/"],
        ["TargetPrefix: vod/"],
        ["server access logging: TargetPrefix"],
    ),
]


def as_yaml(side):
    return yaml.dump(side, default_flow_style=False, indent=4, width=1000).splitlines()


def as_json(side):
    return json.dumps(side, sort_keys=True, indent=4).splitlines()


def changed_lines(before, after):
    """The lines that Ansible shows as removed, and those that it shows as added, sorted."""
    lines = list(difflib.unified_diff(before, after))[2:]
    return [sorted(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+"]


def edited(base, edit):
    document, declared, stored = BASES[base]
    desired = copy.deepcopy(declared)
    edit(desired)
    return document, declared, stored, desired


def before(document, stored, desired):
    return document.compare(stored, desired).before


each_edit = pytest.mark.parametrize(
    ("base", "edit", "removed", "added", "texts"), [pytest.param(*row, id=name) for name, *row in EDITS]
)


@each_edit
def test_a_diff_of_what_was_declared(base, edit, removed, added, texts):
    document, declared, _stored, desired = edited(base, edit)
    shown = before(document, declared, desired)
    assert changed_lines(as_yaml(shown), as_yaml(desired)) == [sorted(removed), sorted(added)]


@each_edit
def test_a_diff_of_what_a_server_has_rewritten(base, edit, removed, added, texts):
    """The same lines but for the spelling and the order of what is removed, which only the server knows."""
    document, _declared, stored, desired = edited(base, edit)
    shown = before(document, stored, desired)
    lost, new = changed_lines(as_yaml(shown), as_yaml(desired))
    assert new == sorted(added)
    assert len(lost) + len(new) <= 2 * max(len(removed), len(added)) + 2
    assert samples.canonical(document, shown) == samples.canonical(document, stored)


@each_edit
def test_two_changed_lines_for_a_line_that_is_edited_and_two_more(base, edit, removed, added, texts):
    document, declared, stored, desired = edited(base, edit)
    in_json = changed_lines(as_json(declared), as_json(desired))
    for render, touched in [(as_yaml, [removed, added]), (as_json, in_json)]:
        lines = changed_lines(render(before(document, stored, desired)), render(desired))
        assert sum(map(len, lines)) <= 2 * max(map(len, touched)) + 2


@each_edit
def test_names_of_changes(base, edit, removed, added, texts):
    document, _declared, stored, desired = edited(base, edit)
    sides = {
        "before": {"name": "live", "part": before(document, stored, desired)},
        "after": {"name": "live", "part": desired},
    }
    assert named_changes(**sides, aspects={"part": document.aspect}) == texts
    assert (sides["before"] == sides["after"]) == (texts == [])


# What a reviewer knows an entry without a name by.
MATCHED = {
    "CORS rule 1": ["https://a.example", "https://z.example", "AllowedOrigins"],
    "CORS rule 2": ["https://b.example"],
    "CORS rule 2 added": ["https://p.example"],
    "CORS rule 3 removed": ["'*'"],
    "CORS rules: order": ["'*'"],
    "lifecycle rule 1": ["prefix: vod/"],
    "lifecycle rule 2": ["live/*.ts", "Prefix: ''"],
    "lifecycle rule 2 added": ["prefix: subs/", "Prefix: subs/"],
    "lifecycle rule 3": ["prefix: master/"],
    "policy: statement 2": ["ViewersRead", "AllRead"],
    "tags: owner, stage, team": ["owner", "stage", "team"],
}


@each_edit
def test_in_yaml_each_hunk_names_its_entry(base, edit, removed, added, texts):
    """With the lines of context that the guide recommends."""
    document, _declared, stored, desired = edited(base, edit)
    lines = difflib.unified_diff(as_yaml(before(document, stored, desired)), as_yaml(desired), n=15)
    hunks = "\n".join(list(lines)[2:]).split("@@ -")[1:]
    last_words = {text: text.removesuffix(" added").removesuffix(" removed").split()[-1] for text in texts}
    names = [name for text, word in last_words.items() for name in MATCHED.get(text, [word])]
    assert len(hunks) >= bool(texts)
    assert [hunk for hunk in hunks if not any(name in hunk for name in names)] == []


def number_of_lines(document, stored, desired):
    return sum(map(len, changed_lines(as_yaml(before(document, stored, desired)), as_yaml(desired))))


def test_rules_that_match_the_same_are_paired_by_what_they_share():
    """An expiration and a transition of one prefix, which a server returns in another order; both numbers change."""
    expiration, transition = (
        {"Status": "Enabled", "Filter": {"Prefix": "x/"}, **action}
        for action in ({"Expiration": {"Days": 31}}, {"Transitions": [{"Days": 8, "StorageClass": "GLACIER_IR"}]})
    )
    desired = copy.deepcopy([expiration, transition])
    desired[0]["Expiration"]["Days"] = 32
    desired[1]["Transitions"][0]["Days"] = 9
    assert number_of_lines(LIFECYCLE, [transition, expiration], desired) == 4


@pytest.mark.parametrize("sid", [{}, {"Sid": ""}, {"Sid": "Same"}])
def test_statements_without_a_name_are_paired_by_what_they_share(sid):
    """Eight actions are added to a short statement, of which a server has changed the order and the case."""
    shared = {**sid, "Effect": "Allow", "Principal": "*", "Action": ["mediastore:GetObject"]}
    statements = [{**copy.deepcopy(shared), "Resource": f"{ARN}{path}"} for path in ("a/*", "b/*")]
    stored = copy.deepcopy(statements[::-1])
    stored[1]["Action"] = "mediastore:getobject"
    statements[0]["Action"] += [f"mediastore:Get{number}" for number in range(8)]
    assert number_of_lines(CONTAINER_POLICY, {"Statement": stored}, {"Statement": statements}) == 8


def test_the_rule_that_is_removed_is_named():
    """Of CORS rules that match the same, the first is removed, and the others are changed."""
    stored = [{**PARTNERS, "allowed_origins": ["*"], "max_age_seconds": age} for age in (1, 2, 3)]
    stored[1]["allowed_headers"], stored[2]["allowed_headers"] = ["a", "b", "c"], ["d", "e", "f"]
    desired = copy.deepcopy(stored[1:])
    desired[0]["max_age_seconds"], desired[1]["max_age_seconds"] = 20, 30
    sides = {
        "before": {"name": "live", "cors": before(CORS_POLICY, stored, desired)},
        "after": {"name": "live", "cors": desired},
    }
    assert named_changes(**sides, aspects={"cors": CORS_POLICY.aspect}) == [
        "CORS rule 1 removed",
        "CORS rule 1",
        "CORS rule 2",
    ]


@pytest.mark.parametrize("sid", ["", None, 1, ["x"], {"a": 1}, "two\nlines", "x" * 300])
def test_a_name_that_is_no_short_text_is_not_shown(sid):
    stored = {"name": "live", "policy": {"Statement": [{"Sid": sid, "Effect": "Deny"}]}}
    desired = {"name": "live", "policy": {"Statement": []}}
    assert named_changes(stored, desired, ASPECTS) == ["policy: statement 1 removed"]


@pytest.mark.parametrize(("declared", "actions"), [(["a", "c"], ["a", "b", "c"]), (["c", "a"], ["c", "a", "b"])])
def test_what_is_removed_follows_the_value_that_it_followed(declared, actions):
    stored, desired = ({"Statement": [{"Effect": "Allow", "Action": items}]} for items in (["a", "b", "c"], declared))
    [shown] = before(CONTAINER_POLICY, stored, desired)["Statement"]
    assert shown["Action"] == actions


def test_an_empty_list_that_a_server_omits_is_no_difference():
    stored = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}
    desired = {**stored, "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": []}
    assert before(CORS, [stored], [desired]) == [{**desired, "AllowedMethods": ["GET"]}]


def test_a_part_is_written_as_declared_only_if_the_statement_then_means_what_is_stored():
    """In a statement that denies, "*" and {"AWS": "*"} are different principals."""
    stored = {"Sid": "All", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["mediastore:GetObject"]}
    desired = {"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "mediastore:GetObject"}
    shown = before(CONTAINER_POLICY, {"Statement": [stored]}, {"Statement": [desired]})
    assert shown == {"Statement": [{**stored, "Action": "mediastore:GetObject"}]}


def test_the_order_of_statements_is_no_change():
    one, other = ({"Sid": sid, "Effect": "Allow", "Action": "mediastore:GetObject"} for sid in ("One", "Other"))
    stored = {"name": "live", "policy": {"Statement": [one, other]}}
    desired = {"name": "live", "policy": {"Statement": [other, {**one, "Effect": "Deny"}]}}
    assert named_changes(stored, desired, ASPECTS) == ["policy: statement One"]


def test_entries_that_share_no_value():
    stored, desired = ({"Statement": [{element: []}]} for element in ("Action", "NotAction"))
    assert before(CONTAINER_POLICY, stored, desired) == stored


# Properties, of any documents.

origins = st.lists(st.sampled_from(["*", "https://a.example", "https://b.example"]), min_size=1, max_size=3)
methods = st.lists(st.sampled_from(["GET", "PUT", "HEAD"]), min_size=1, max_size=3)
headers = st.lists(st.sampled_from(["Range", "range", "X-A"]), max_size=3)
paths = st.lists(st.sampled_from([{"prefix": "a/"}, {"prefix": "b/"}]), min_size=1, max_size=2)
ages = st.tuples(st.just("days"), st.sampled_from([">", ">="]), st.sampled_from([1, "1", 2]))
prefixes = st.sampled_from(["", "a/", "b/"])
any_of = {
    CONTAINER_POLICY: policies | anything,
    CORS_POLICY: st.lists(
        st.fixed_dictionaries(
            {"allowed_origins": origins, "allowed_methods": methods, "allowed_headers": headers},
            optional={"expose_headers": headers, "max_age_seconds": st.sampled_from([0, 1])},
        ),
        max_size=4,
    ),
    LIFECYCLE_POLICY: st.lists(
        st.builds(samples.lifecycle_rule, paths, ages, st.sampled_from(["EXPIRE", "ARCHIVE"])), min_size=1, max_size=4
    ).map(lambda rules: {"rules": rules})
    | anything,
    METRIC_POLICY: st.builds(
        lambda metrics, groups: {
            "container_level_metrics": metrics,
            "rules": [{"object_group": group, "object_group_name": name} for name, group in groups.items()],
        },
        st.booleans(),
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["*", "a/*"]), max_size=4),
    ),
    TAGS: st.dictionaries(st.sampled_from(["a", "b", "aws:a"]), st.sampled_from(["", "1"])),
    CORS: st.lists(
        st.fixed_dictionaries(
            {"AllowedOrigins": origins, "AllowedMethods": methods},
            optional={"ID": prefixes, "AllowedHeaders": headers, "MaxAgeSeconds": st.sampled_from([0, 1])},
        ),
        max_size=4,
    ),
    LIFECYCLE: st.lists(
        st.builds(
            lambda scope, days, identifier: {**scope, **identifier, "Status": "Enabled", "Expiration": {"Days": days}},
            st.builds(lambda prefix: {"Prefix": prefix}, prefixes)
            | st.builds(lambda prefix: {"Filter": {"Prefix": prefix}}, prefixes),
            st.sampled_from([1, 2]),
            st.builds(lambda identifier: {"ID": identifier}, prefixes) | st.just({}),
        ),
        max_size=4,
    ),
}


@pytest.mark.parametrize("document", any_of, ids=lambda document: document.operation)
@properties
@given(st.data())
def test_both_sides_are_true(document, data):
    """The side before means what is stored, and the sides are equal exactly if nothing changes."""
    stored, desired = data.draw(any_of[document]), data.draw(any_of[document])
    given_values = copy.deepcopy((stored, desired))
    shown = before(document, stored, desired)
    assert (stored, desired) == given_values
    if stored is None or desired is None:
        return
    assert samples.equal(document, shown, stored)
    declared = document.parts(desired).written
    assert (json.dumps(shown, sort_keys=True) == json.dumps(declared, sort_keys=True)) == samples.equal(
        document, stored, desired
    )
    sides = {"before": {"name": "live", "part": shown}, "after": {"name": "live", "part": declared}}
    assert bool(named_changes(**sides, aspects={"part": document.aspect})) != samples.equal(document, stored, desired)


@properties
@given(policies, st.lists(st.sampled_from(REWRITINGS), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_new_statement_is_all_that_the_diff_shows(declared, rewritings, rng):
    """Of a policy that a server has rewritten in any way."""
    stored = declared
    for rewriting in rewritings:
        stored = rewritten(rewriting, stored, rng)
    loaded = CONTAINER_POLICY.load(stored if isinstance(stored, str) else json.dumps(stored))
    statements = [*statements_of(declared), {**PREVIEW, "Sid": "new"}]
    shown = before(CONTAINER_POLICY, loaded, {**declared, "Statement": statements})
    assert sorted(map(json.dumps, statements_of(shown))) == sorted(map(json.dumps, statements[:-1]))
    assert {**shown, "Statement": 0} == {**declared, "Statement": 0}


# What else `changes` names.


@pytest.mark.parametrize(
    ("one", "other", "texts"),
    [
        pytest.param({}, {}, [], id="absent"),
        pytest.param({}, {"name": "live"}, ["created"], id="created"),
        pytest.param(
            {},
            {"name": "live", "tags": {"b": "1", "a": "2"}, "logging": {"TargetBucket": "l"}, "cors": [PARTNERS]},
            ["created", "tags: a, b", "CORS configuration added", "server access logging added"],
            id="created with documents",
        ),
        pytest.param({}, {"name": "live", "tags": {}}, ["created"], id="created without tags"),
        pytest.param({"name": "live", "tags": {"a": "1"}, "cors": [PARTNERS]}, {}, ["deleted"], id="deleted"),
        pytest.param(
            {"name": "live", "tags": {"a": "1"}, "policy": {"Id": "a"}, "metrics": [{"Id": "EntireBucket"}]},
            {"name": "live"},
            ["policy removed", "tags: a", "metrics configuration EntireBucket removed"],
            id="documents removed",
        ),
        pytest.param(
            {"name": "live", "policy": "no {json"},
            {"name": "live", "policy": DECLARED_POLICY},
            ["policy"],
            id="a policy that is no JSON",
        ),
        pytest.param({"name": "a", "on": False}, {"name": "a", "on": True}, ["access logging enabled"], id="enabled"),
        pytest.param({"name": "a", "on": True}, {"name": "a", "on": False}, ["access logging disabled"], id="disabled"),
        pytest.param({}, {"name": "a", "on": False}, ["created"], id="created with access logging disabled"),
        pytest.param({}, {"name": "a", "on": True}, ["created", "access logging enabled"], id="created with logging"),
    ],
)
def test_names_of_changes_of_a_resource(one, other, texts):
    assert named_changes(one, other, {**ASPECTS, "on": Aspect("access logging")}) == texts


@pytest.mark.parametrize(
    ("one", "other", "texts"),
    [
        ({"name": "live", "things": 12}, {}, ["deleted", "12 things deleted"]),
        ({"name": "live", "things": 1}, {}, ["deleted", "1 thing deleted"]),
        ({"name": "live"}, {}, ["deleted"]),
        ({"name": "live", "things": 12}, {"name": "live", "things": 5}, ["7 things deleted"]),
        ({"name": "live", "things": 12}, {"name": "live"}, ["12 things deleted"]),
        ({"name": "live", "things": 12}, {"name": "live", "things": 12}, []),
    ],
)
def test_changes_count_what_is_deleted(one, other, texts):
    assert named_changes(one, other, {"things": Aspect("thing", empty=0, is_count=True)}) == texts
