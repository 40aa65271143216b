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
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from .._cors import canonical_rule
from .._document import Document
from .._errors import expect, expect_member
from .._iam_policy import canonical_policy
from .._json_text import canonical_json, dump_text, load_text

# The key of metrics configurations in results and diffs.
METRICS = "metrics"
_AWS_TAGS = "aws:"
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def load_lifecycle(rules: Sequence[Any]) -> list[dict[str, Any]]:
    """Return Rules in JSON types: the date of an expiration is text, as in the reply."""
    loaded: list[dict[str, Any]] = json.loads(json.dumps(rules, default=_iso_date))
    return [expect(rule, dict, "a lifecycle rule") for rule in loaded]


def _iso_date(value: datetime.datetime) -> str:
    return value.isoformat()


def canonical_cors(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the one form that equal CORS configurations share.

    The order of rules matters, because the first matching rule applies. Within a rule the lists are sets, and names of
    headers ignore case. The ID of a rule has no effect.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html
    """
    effective = ({member: value for member, value in rule.items() if member != "ID" and value != []} for rule in rules)
    return [canonical_rule(rule) for rule in effective]


def canonical_lifecycle(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the one form that equal lifecycle configurations share: the order and the IDs of rules have no effect.

    A rule with Prefix, as in earlier versions of the API, is one with a Filter that has only this prefix.
    Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html and
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
    """
    return sorted(map(_canonical_rule, rules), key=canonical_json)


def _canonical_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    others = {member: value for member, value in rule.items() if member not in ("ID", "Prefix")}
    return {**others, "Filter": rule.get("Filter") or {"Prefix": rule.get("Prefix") or ""}}


def canonical_block(settings: Mapping[str, bool]) -> dict[str, bool]:
    """Return Block Public Access settings with all members; an omitted one is false.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html
    """
    return {name: bool(settings.get(name)) for name in _BLOCKS}


def load_tags(tags: Sequence[Any]) -> dict[str, str]:
    """Return a TagSet as a dictionary. Servers omit an empty Value, which AWS does not."""
    pairs = [(expect_member(tag, "Key", str), tag.get("Value")) for tag in tags]
    return {key: "" if value is None else expect(value, str, "Value") for key, value in pairs}


def canonical_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags without those that belong to AWS, which no task changes."""
    return {key: value for key, value in tags.items() if not key.startswith(_AWS_TAGS)}


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
    canonical=canonical_tags,
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
    canonical=canonical_policy,
)
PUBLIC_ACCESS_BLOCK = Document(
    key="public_access_block",
    title="Block Public Access settings",
    operation="public_access_block",
    member="PublicAccessBlockConfiguration",
    wire_type=dict,
    not_found="NoSuchPublicAccessBlockConfiguration",
    canonical=canonical_block,
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
    canonical=canonical_cors,
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
    canonical=canonical_lifecycle,
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
