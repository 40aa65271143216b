# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bucket policies Amazon S3 accepts, and which are public. Pure functions.

Sources: the Amazon S3 User Guide, "Policies and permissions in Amazon S3" and "Blocking public access to your Amazon S3
storage", the Service Authorization Reference, and for the texts of errors re:Post and open servers that repeat them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .. import strict_json
from ..iam.conditions import lower_ascii
from ..iam.policy_grammar import as_list, check_grammar, mark_duplicates
from ..iam.text_cache import TextCache
from ..iam.wildcards import is_like
from .errors import S3Error

_MAX_BYTES = 20_480
# Service Authorization Reference, "Actions defined by Amazon S3": those of the resource types bucket and object.
_BUCKET, _OBJECT = "bucket", "object"
_BUCKET_SETTINGS = [
    *("AccelerateConfiguration", "AnalyticsConfiguration", "BucketAbac", "BucketAcl", "BucketCORS", "BucketLogging"),
    *("BucketNotification", "BucketObjectLockConfiguration", "BucketOwnershipControls", "BucketPolicy"),
    *("BucketPublicAccessBlock", "BucketRequestPayment", "BucketTagging", "BucketVersioning", "BucketWebsite"),
    *("EncryptionConfiguration", "IntelligentTieringConfiguration", "InventoryConfiguration", "LifecycleConfiguration"),
    *("MetricsConfiguration", "ReplicationConfiguration"),
]
_BUCKET_ACTIONS = {
    *(f"{verb}{name}" for verb in ("Get", "Put") for name in _BUCKET_SETTINGS),
    *(
        "CreateBucket",
        "CreateBucketMetadataTableConfiguration",
        "DeleteBucket",
        "DeleteBucketMetadataTableConfiguration",
    ),
    *("DeleteBucketPolicy", "DeleteBucketWebsite", "GetBucketLocation", "GetBucketMetadataTableConfiguration"),
    *("GetBucketPolicyStatus", "ListBucket", "ListBucketMultipartUploads", "ListBucketVersions", "ListTagsForResource"),
    *("TagResource", "UntagResource", "UpdateBucketMetadataInventoryTableConfiguration"),
    "UpdateBucketMetadataJournalTableConfiguration",
}
_OBJECT_ACTIONS = {
    *("AbortMultipartUpload", "BypassGovernanceRetention", "DeleteObject", "DeleteObjectTagging"),
    *("DeleteObjectVersion", "DeleteObjectVersionTagging", "GetObject", "GetObjectAcl", "GetObjectAttributes"),
    *("GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent", "GetObjectVersion"),
    *("GetObjectVersionAcl", "GetObjectVersionAttributes", "GetObjectVersionForReplication", "GetObjectVersionTagging"),
    *("GetObjectVersionTorrent", "InitiateReplication", "ListMultipartUploadParts", "ObjectOwnerOverrideToBucketOwner"),
    *("PutObject", "PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging"),
    *("PutObjectVersionAcl", "PutObjectVersionTagging", "ReplicateDelete", "ReplicateObject", "ReplicateTags"),
    "RestoreObject",
}
_KINDS = {f"s3:{name}".lower(): _BUCKET for name in _BUCKET_ACTIONS} | {
    f"s3:{name}".lower(): _OBJECT for name in _OBJECT_ACTIONS
}
# The keys that only requests for a listing have, and the actions that know them.
_LISTING_KEYS = {"s3:prefix", "s3:delimiter", "s3:max-keys"}
_LISTING_ACTIONS = {"s3:listbucket", "s3:listbucketversions"}
_PRINCIPALS = {
    "AWS": re.compile(
        r"\*|\d{12}"
        r"|arn:aws[a-z-]*:iam::\d{12}:(root|(user|role)/[\w+=,.@/-]+)"
        r"|arn:aws[a-z-]*:sts::\d{12}:(assumed-role/[\w+=,.@-]+|federated-user)/[\w+=,.@-]+"
        r"|arn:aws[a-z-]*:iam::cloudfront:user/CloudFront Origin Access Identity [A-Z0-9]+",
        re.ASCII,
    ),
    "Service": re.compile(r"([a-z0-9-]+\.)+amazonaws\.com(\.cn)?"),
    "Federated": re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(saml|oidc)-provider/.+|([a-z0-9-]+\.)+[a-z]+", re.ASCII),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}
# "The meaning of 'public'": a statement for all principals is not public if one of these has only fixed values.
_FIXING_KEYS = {
    *("aws:principalorgid", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner"),
    *("aws:sourceaccount", "aws:userid", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"),
}
_FIXING_OPERATOR = re.compile(r"(foranyvalue:)?(string(equals(ignorecase)?|like)|arn(equals|like))")
_ADDRESS_OPERATOR = re.compile(r"(foranyvalue:)?ipaddress")
_SHORTEST_PREFIX = {4: 8, 6: 32}


def parse_policy(body: bytes, bucket: str, partition: str) -> Mapping[str, Any]:
    """Return a policy that S3 accepts for a bucket; raises MalformedPolicy with what S3 refuses first."""
    if len(body) > _MAX_BYTES:
        raise _malformed(f"Policy exceeds the maximum allowed document size: {_MAX_BYTES} bytes, this is {len(body)}")
    try:
        policy = strict_json.parse(body, mark_duplicates)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    try:
        check_grammar(policy)
    except ValueError as error:
        raise _malformed(f"Policy is not valid: {error}") from None
    for number, statement in enumerate(as_list(policy["Statement"]), 1):
        for problem in _problems(statement, f"arn:{partition}:s3:::{bucket}"):
            raise _malformed(f"{problem} (statement {number})")
    return policy


def is_public(policy: Mapping[str, Any]) -> bool:
    """Return whether a valid policy is public: one statement that allows all principals is enough."""
    return any(_is_public(statement) for statement in as_list(policy["Statement"]))


def _malformed(message: str) -> S3Error:
    return S3Error("MalformedPolicy", message)


def _problems(statement: Mapping[str, Any], arn: str) -> Iterator[str]:
    """Yield the texts of S3's errors for a statement that follows IAM's grammar, in the order in which S3 checks."""
    for kind, name in _principals(statement):
        if not _PRINCIPALS[kind].fullmatch(name):
            yield f"Invalid principal in policy: {name}"
    for pattern in _values(statement, "Action"):
        if not _MATCHING[pattern]:
            yield f"Policy has invalid action: {pattern}"
    for resource in _values(statement, "Resource"):
        if resource != arn and not resource.startswith(f"{arn}/"):
            yield f"Policy has invalid resource: {resource} is not inside {arn}"
    if "Action" in statement and "Resource" in statement:
        kinds = {_BUCKET if resource == arn else _OBJECT for resource in as_list(statement["Resource"])}
        for pattern in as_list(statement["Action"]):
            if not kinds & {_KINDS[action] for action in _MATCHING[pattern]}:
                yield f"Action does not apply to any resource(s) in statement: {pattern}"
            elif _keys(statement) & _LISTING_KEYS and not _MATCHING[pattern] & _LISTING_ACTIONS:
                yield f"Conditions do not apply to combination of actions and resources in statement: {pattern}"


def _principals(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the type and the name of each principal; a NotPrincipal with a name counts as one."""
    element = statement.get("Principal", statement.get("NotPrincipal"))
    for kind, names in (element if isinstance(element, dict) else {"AWS": element}).items():
        yield from ((kind, name) for name in as_list(names))


def _values(statement: Mapping[str, Any], name: str) -> list[str]:
    return as_list(statement.get(name, statement.get(f"Not{name}")))


def _keys(statement: Mapping[str, Any]) -> set[str]:
    return {lower_ascii(key) for keys in statement.get("Condition", {}).values() for key in keys}


def _actions(pattern: str) -> frozenset[str]:
    """Return the actions of S3, in lower case, that a value of Action matches."""
    quoted = lower_ascii(pattern).replace("\\", "\\\\")
    return frozenset(action for action in _KINDS if is_like(quoted, action))


_MATCHING = TextCache(_actions, 32 * 1024)


def _is_public(statement: Mapping[str, Any]) -> bool:
    if statement["Effect"] != "Allow":
        return False
    if "Principal" in statement and all(name != "*" for _kind, name in _principals(statement)):
        return False
    return not any(
        _is_fixing(operator.lower(), lower_ascii(key), values)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _is_fixing(operator: str, key: str, values: Any) -> bool:
    """Return whether a condition allows fixed values only: no wildcard, no policy variable, no wide range of addresses.

    ForAllValues and IfExists are met without the key, and negated operators by all but the values.
    """
    if key == "aws:sourceip":
        return bool(_ADDRESS_OPERATOR.fullmatch(operator)) and all(map(_is_narrow, as_list(values)))
    return (
        key in _FIXING_KEYS
        and bool(_FIXING_OPERATOR.fullmatch(operator))
        and all(isinstance(value, str) and not re.search(r"[*?]|\$\{", value) for value in as_list(values))
    )


def _is_narrow(value: Any) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        network = None
    return network is not None and network.prefixlen >= _SHORTEST_PREFIX[network.version]
