# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents of a bucket, each in the shape of the S3 API.

A value is what a translation gives, see _s3_translation.translate. What others have added to a document is replaced: a
bucket that replaces a container has what the container declares.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from .._cors import cors_parts
from .._diff import Aspect
from .._document import Document
from .._errors import expect, expect_member
from .._iam_policy import policy_parts
from .._json_text import dump_text, load_text
from .._parts import ABSENT, Kind, Part, entries, members, plain

# The key of metrics configurations in results and diffs.
METRICS = "metrics"
_AWS_TAGS = "aws:"
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

_LIFECYCLE_RULES = Kind("lifecycle rule", match=["Filter"])


def load_lifecycle(rules: Sequence[Any]) -> list[dict[str, Any]]:
    """Return Rules in JSON types: the date of an expiration is text, as in the reply."""
    loaded: list[dict[str, Any]] = json.loads(json.dumps(rules, default=_iso_date))
    return [expect(rule, dict, "a lifecycle rule") for rule in loaded]


def _iso_date(value: datetime.datetime) -> str:
    return value.isoformat()


def lifecycle_parts(rules: Sequence[Any]) -> Part:
    """Return the parts of a lifecycle configuration: the order and the IDs of rules have no effect.

    A rule with Prefix, as in earlier versions of the API, is one with a Filter that has only this prefix.
    Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html and
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
    """
    return entries(rules, _LIFECYCLE_RULES, _lifecycle_rule)


def _lifecycle_rule(rule: Mapping[str, Any]) -> Part:
    others = {member: value for member, value in rule.items() if member != "Prefix"}
    written = {**others, "Filter": rule.get("Filter") or {"Prefix": rule.get("Prefix") or ""}}
    return members(
        written, {name: Part(value, ABSENT) if name == "ID" else plain(value) for name, value in written.items()}
    )


def metrics_parts(configurations: Sequence[Any]) -> Part:
    """Return the parts of metrics configurations, which have IDs."""
    return entries(configurations, Kind("metrics configuration", name="Id"), plain)


def block_parts(settings: Mapping[str, bool]) -> Part:
    """Return the parts of Block Public Access settings, with all members; an omitted one is false.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html
    """
    return plain({name: bool(settings.get(name)) for name in _BLOCKS})


def load_tags(tags: Sequence[Any]) -> dict[str, str]:
    """Return a TagSet as a dictionary. Servers omit an empty Value, which AWS does not."""
    pairs = [(expect_member(tag, "Key", str), tag.get("Value")) for tag in tags]
    return {key: "" if value is None else expect(value, str, "Value") for key, value in pairs}


def tags_parts(tags: Mapping[str, str]) -> Part:
    """Return the parts of tags without those that belong to AWS, which no task changes."""
    return plain({key: value for key, value in tags.items() if not key.startswith(_AWS_TAGS)})


def _purged(current: Mapping[str, str] | None, desired: Mapping[str, str]) -> dict[str, str]:
    """Return the desired tags with those of AWS: PutBucketTagging replaces the whole set."""
    return {**{key: value for key, value in (current or {}).items() if key.startswith(_AWS_TAGS)}, **desired}


def _added(current: Mapping[str, str] | None, desired: Mapping[str, str]) -> dict[str, str]:
    return {**(current or {}), **desired}


TAGS = Document(
    key="tags",
    title="tags",
    operation="bucket_tagging",
    envelope="Tagging",
    member="TagSet",
    wire_type=list,
    not_found="NoSuchTagSet",
    load=load_tags,
    dump=ansible_dict_to_boto3_tag_list,
    parts=tags_parts,
    empty={},
    merge=_purged,
)
# The same with purge_tags=false.
MORE_TAGS = replace(TAGS, merge=_added)
POLICY = Document(
    key="policy",
    title="policy",
    operation="bucket_policy",
    member="Policy",
    wire_type=str,
    not_found="NoSuchBucketPolicy",
    load=load_text,
    dump=dump_text,
    parts=policy_parts,
)
PUBLIC_ACCESS_BLOCK = Document(
    key="public_access_block",
    title="Block Public Access settings",
    operation="public_access_block",
    member="PublicAccessBlockConfiguration",
    wire_type=dict,
    not_found="NoSuchPublicAccessBlockConfiguration",
    parts=block_parts,
)
CORS = Document(
    key="cors",
    title="CORS configuration",
    operation="bucket_cors",
    envelope="CORSConfiguration",
    member="CORSRules",
    wire_type=list,
    not_found="NoSuchCORSConfiguration",
    load=lambda rules: [expect(rule, dict, "a CORS rule") for rule in rules],
    parts=partial(cors_parts, match="AllowedOrigins"),
)
LIFECYCLE = Document(
    key="lifecycle",
    title="lifecycle configuration",
    operation="bucket_lifecycle_configuration",
    deletion="bucket_lifecycle",
    envelope="LifecycleConfiguration",
    member="Rules",
    wire_type=list,
    not_found="NoSuchLifecycleConfiguration",
    load=load_lifecycle,
    parts=lifecycle_parts,
)
# S3 answers a bucket without logging with an empty reply, and has no operation that deletes it.
LOGGING = Document(
    key="logging",
    title="server access logging",
    operation="bucket_logging",
    envelope="BucketLoggingStatus",
    member="LoggingEnabled",
    wire_type=dict,
    not_found="",
)

_ALL = (PUBLIC_ACCESS_BLOCK, POLICY, TAGS, CORS, LIFECYCLE, LOGGING)
# What a diff of a bucket shows beside its name, by key.
ASPECTS = {**{document.key: document.aspect for document in _ALL}, METRICS: Aspect("metrics", metrics_parts, empty=[])}
