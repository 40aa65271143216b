# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions of a container policy, and the actions of S3 that replace them.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselementalmediastore.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .._policy_grammar import items_of, matches_pattern
from .findings import CODES, IMPOSSIBLE, Note

GET, DESCRIBE, LIST = "GetObject", "DescribeObject", "ListItems"
_OBJECT_ACTIONS = frozenset({GET, DESCRIBE, "PutObject", "DeleteObject", LIST})
# P14 to P16: actions on the container, with the nearest right in S3 (S3:using-with-s3-policy-actions).
_CONTAINER_RIGHTS = {
    "GetContainerPolicy": "s3:GetBucketPolicy",
    "PutContainerPolicy": "s3:PutBucketPolicy",
    "DeleteContainerPolicy": "s3:DeleteBucketPolicy",
    "GetCorsPolicy": "s3:GetBucketCORS",
    "PutCorsPolicy": "s3:PutBucketCORS",
    "DeleteCorsPolicy": "s3:PutBucketCORS",
    "GetLifecyclePolicy": "s3:GetLifecycleConfiguration",
    "PutLifecyclePolicy": "s3:PutLifecycleConfiguration",
    "DeleteLifecyclePolicy": "s3:PutLifecycleConfiguration",
    "GetMetricPolicy": "s3:GetMetricsConfiguration",
    "PutMetricPolicy": "s3:PutMetricsConfiguration",
    "DeleteMetricPolicy": "s3:PutMetricsConfiguration",
    "StartAccessLogging": "s3:PutBucketLogging",
    "StopAccessLogging": "s3:PutBucketLogging",
    "ListTagsForResource": "s3:GetBucketTagging",
    "TagResource": "s3:PutBucketTagging",
    "UntagResource": "s3:PutBucketTagging",
    "DeleteContainer": "s3:DeleteBucket",
    "DescribeContainer": "s3:GetBucketLocation",
    "CreateContainer": "s3:CreateBucket",
    "ListContainers": "s3:ListAllMyBuckets",
}
_ACCOUNT_ACTIONS = ("CreateContainer", "ListContainers")
_ACTIONS = _OBJECT_ACTIONS | _CONTAINER_RIGHTS.keys()


@dataclass(frozen=True)
class Actions:
    """The actions of MediaStore that a statement covers, by name: on objects and folders, and on the container.

    `named` are those on the container that the statement spells out, which apply whatever its Resource is.
    """

    objects: frozenset[str]
    container: frozenset[str]
    named: frozenset[str]


def expand(statement: Mapping[str, Any], note: Note) -> Actions:
    """Return the actions of a statement, its wildcards expanded; P13: NotAction is the complement.

    Actions that MediaStore does not have were without effect, and could have one in S3: they are omitted.
    """
    if "NotAction" in statement:
        excluded = {name for pattern in items_of(statement["NotAction"]) for name in _matching(pattern)}
        actions = _ACTIONS - excluded
        return Actions(actions & _OBJECT_ACTIONS, actions - _OBJECT_ACTIONS, frozenset())
    matching = {pattern: _matching(pattern) for pattern in items_of(statement["Action"])}
    for pattern, names in matching.items():
        if not names:
            note("policy.other_action", f"{pattern} is not a MediaStore action and had no effect; it is omitted.")
    actions = frozenset().union(*matching.values())
    named = frozenset().union(*(names for pattern, names in matching.items() if not set(pattern) & set("*?")))
    return Actions(actions & _OBJECT_ACTIONS, actions - _OBJECT_ACTIONS, named - _OBJECT_ACTIONS)


def _matching(pattern: str) -> frozenset[str]:
    """Return the actions of MediaStore that a pattern matches, regardless of case."""
    return frozenset(name for name in _ACTIONS if matches_pattern(pattern, f"mediastore:{name}"))


def object_rights(actions: Collection[str], effect: str, note: Note) -> list[str]:
    """Return the actions of S3 on objects that replace actions of MediaStore: P1 to P6.

    In S3, s3:GetObject covers both GetObject and HeadObject: an Allow needs GetObject, a Deny of one denies both.
    Sources: EML, CF-S3, API:HeadObject.
    """
    rights = {"PutObject": "s3:PutObject", "DeleteObject": "s3:DeleteObject", GET: "s3:GetObject"}
    if DESCRIBE in actions and GET not in actions:
        if effect == "Allow":
            note(
                "policy.describe_only",
                "it allows DescribeObject but not GetObject. S3 has one action for both, s3:GetObject, which would also"
                " allow its principals to read the objects. Add GetObject if they may read. If you accept this finding,"
                " DescribeObject is omitted and they cannot send HEAD requests.",
            )
        else:
            note(
                "policy.deny_describe",
                "it denies DescribeObject but not GetObject. S3 has one action for both, s3:GetObject. If you accept"
                " this finding, the statement denies both.",
            )
            rights[DESCRIBE] = "s3:GetObject"
    if effect == "Deny" and GET in actions and DESCRIBE not in actions:
        note("policy.deny_get", "it denies GetObject. In S3, this also denies HEAD requests.")
    return sorted({right for action, right in rights.items() if action in actions})


def container_rights(actions: Actions, covers_container: bool, effect: str, note: Note) -> list[str]:
    """Return the actions of S3 on the bucket that a Deny denies for actions on the container, none for an Allow.

    P14 to P16: an Allow is named and not translated, because S3 gives such rights to other accounts only by IAM
    policies (API:PutBucketPolicy). A Deny stays one, except for actions that no bucket policy can have. If the Resource
    does not name the container, the actions had no effect.
    """
    if not covers_container and (effect == "Deny" or not actions.named):
        if actions.named or (actions.container and not actions.objects):
            note(
                "policy.other_action",
                "its actions on the container had no effect, because its Resource names objects; they are omitted.",
            )
        return []
    meant = actions.container if covers_container else actions.named
    apart = actions.named & {"DescribeContainer", *_ACCOUNT_ACTIONS}
    if "DescribeContainer" in apart:
        _note_container("policy.describe_container", ["DescribeContainer"], effect, note)
    account_actions = sorted(apart.intersection(_ACCOUNT_ACTIONS))
    if account_actions:
        _note_container("policy.account_action", account_actions, effect, note)
    others = sorted(meant - apart.union(_ACCOUNT_ACTIONS))
    if others:
        _note_container("policy.container_action", others, effect, note)
    if effect == "Allow":
        return []
    return sorted({_CONTAINER_RIGHTS[action] for action in meant.difference(_ACCOUNT_ACTIONS)})


def _note_container(code: str, actions: list[str], effect: str, note: Note) -> None:
    names, rights = ", ".join(actions), ", ".join(sorted({_CONTAINER_RIGHTS[action] for action in actions}))
    is_denied = effect == "Deny" and code != "policy.account_action"
    kind, omission = (
        ("is not an object action", "it is") if len(actions) == 1 else ("are not object actions", "they are")
    )
    if is_denied:
        note(code, f"it includes {names}, which {kind}. In S3, the statement denies {rights}.")
        return
    verb = "Grant" if effect == "Allow" else "Deny"
    condition = ". If you accept this finding," if CODES[code].level == IMPOSSIBLE else ";"
    note(
        code,
        f"it includes {names}, which {kind}{condition} {omission} omitted. {verb} {rights} in an IAM policy instead.",
    )
