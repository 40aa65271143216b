# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Amazon S3 refuses in names and configurations of buckets, and moto accepts. Pure functions.

Each takes values that satisfy botocore's model, and raises S3Error. The sources are pages of the Amazon S3 User Guide
("General purpose bucket naming rules", "Lifecycle configuration elements", "Elements of a CORS configuration") and of
the Amazon S3 API Reference. Texts of errors are those that users of S3 have published.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from .errors import S3Error, malformed_xml

MAX_CONFIGURATION_BYTES = 64 * 1024
MAX_METRICS_CONFIGURATIONS = 1_000
ACCOUNT_REGIONAL = "account-regional"
_NAMESPACES = (None, "global", ACCOUNT_REGIONAL)
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+", re.ASCII)
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_CORS_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
_MAX_CORS_RULES = 100
_MAX_LIFECYCLE_RULES = 1_000
_MAX_RULE_ID = 255
_LIFECYCLE_ACTIONS = (
    *("Expiration", "Transitions", "NoncurrentVersionTransitions"),
    *("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"),
)
# Days after which an object can move, in classes that have a least number of them.
_LEAST_DAYS = {"STANDARD_IA": 30, "ONEZONE_IA": 30}
_SYSTEM_TAGS = "aws:"
_METRICS_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def check_bucket_name(name: str) -> None:
    """Check a name by "General purpose bucket naming rules"; raises InvalidBucketName."""
    if (
        not _BUCKET_NAME.fullmatch(name)
        or ".." in name
        or _IP_ADDRESS.fullmatch(name)
        or name.startswith(_RESERVED_PREFIXES)
        or name.endswith(_RESERVED_SUFFIXES)
    ):
        raise S3Error("InvalidBucketName", "The specified bucket is not valid.", elements={"BucketName": name})


def check_namespace(name: str, namespace: str | None, account: str, region: str) -> None:
    """Check a new bucket's name against its header x-amz-bucket-namespace, None without the header.

    "Namespaces for general purpose buckets": only names in the account regional namespace end with
    -ACCOUNT-REGION-an, and -an is reserved for it. Raises InvalidNamespaceHeader and InvalidBucketName.
    """
    if namespace not in _NAMESPACES:
        raise S3Error("InvalidArgument", "The bucket namespace must be account-regional or global.")
    suffix = f"-{account}-{region}-an"
    if namespace == ACCOUNT_REGIONAL and not name.endswith(suffix):
        raise S3Error(
            "InvalidNamespaceHeader",
            "The header x-amz-bucket-namespace is account-regional, but the bucket name does not end with "
            f"{suffix}: add this suffix, or remove the header.",
        )
    if namespace != ACCOUNT_REGIONAL and name.endswith("-an"):
        raise S3Error(
            "InvalidBucketName",
            "A bucket name that ends with -an needs the header x-amz-bucket-namespace with the value account-regional.",
            elements={"BucketName": name},
        )


def check_expected_owner(expected: str | None, owner: str) -> None:
    """Compare the header x-amz-expected-bucket-owner with the account of a bucket; raises AccessDenied (403)."""
    if expected is None:
        return
    if not _ACCOUNT.fullmatch(expected):
        message = "The value of the expected bucket owner parameter must be an AWS account ID."
        raise S3Error("InvalidBucketOwnerAWSAccountID", message)
    if expected != owner:
        raise S3Error("AccessDenied", "Access Denied: the bucket belongs to another account than expected.", 403)


def check_location(constraint: str | None, region: str, known: Collection[str]) -> None:
    """Check the LocationConstraint of a new bucket for a request that was signed for `region`.

    us-east-1 is the region of the global endpoint, which creates buckets in all regions. Raises
    InvalidLocationConstraint and IllegalLocationConstraintException.
    """
    if constraint is not None and (constraint == "us-east-1" or constraint not in {*known, region}):
        raise S3Error("InvalidLocationConstraint", "The specified location-constraint is not valid")
    if region not in ("us-east-1", constraint):
        raise S3Error(
            "IllegalLocationConstraintException",
            f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint "
            "this request was sent to.",
        )


def check_checksum(given: str, digest: bytes) -> None:
    """Compare the header x-amz-checksum-sha256 with the SHA-256 of an object; raises BadDigest."""
    try:
        expected = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        expected = b""
    if len(expected) != len(digest):
        raise S3Error("InvalidRequest", "Value for x-amz-checksum-sha256 header is invalid.")
    if expected != digest:
        raise S3Error("BadDigest", "The SHA256 you specified did not match the calculated checksum.")


def check_cors(configuration: Mapping[str, Any]) -> None:
    """Check a CORSConfiguration: 1 to 100 rules, known methods, one wildcard in an origin or header, none exposed.

    Raises MalformedXML and InvalidRequest.
    """
    rules = configuration["CORSRules"]
    if not 1 <= len(rules) <= _MAX_CORS_RULES:
        raise malformed_xml()
    for rule in rules:
        for method in rule["AllowedMethods"]:
            if method not in _CORS_METHODS:
                message = f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                raise S3Error("InvalidRequest", message)
        for name in ("AllowedOrigin", "AllowedHeader"):
            for text in rule.get(f"{name}s", []):
                if text.count("*") > 1:
                    raise S3Error("InvalidRequest", f'{name} "{text}" can not have more than one wildcard.')
        for text in rule.get("ExposeHeaders", []):
            if "*" in text:
                message = (
                    f'ExposeHeader "{text}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
                )
                raise S3Error("InvalidRequest", message)


def check_lifecycle(configuration: Mapping[str, Any]) -> None:
    """Check a BucketLifecycleConfiguration; raises MalformedXML, InvalidArgument and InvalidRequest.

    1 to 1,000 rules, their IDs unique and of at most 255 characters, all with a Filter or none, each with an action.
    """
    rules = configuration["Rules"]
    if not 1 <= len(rules) <= _MAX_LIFECYCLE_RULES:
        raise malformed_xml()
    ids = [rule["ID"] for rule in rules if rule.get("ID")]
    if any(len(rule_id) > _MAX_RULE_ID for rule_id in ids):
        raise _invalid(f"ID length should not exceed allowed limit of {_MAX_RULE_ID}")
    if len(set(ids)) < len(ids):
        raise _invalid("Rule ID must be unique. Found same ID for more than one rule")
    if any(("Filter" in rule) == ("Prefix" in rule) for rule in rules):
        raise malformed_xml()
    if len({"Filter" in rule for rule in rules}) > 1:
        message = "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."
        raise S3Error("InvalidRequest", message)
    for rule in rules:
        _check_rule(rule)


def check_bucket_tags(tags: Sequence[Mapping[str, str]], current: Mapping[str, str]) -> None:
    """Check a TagSet that replaces the `current` tags of a bucket; raises InvalidTag.

    AWS General Reference, "Tagging AWS resources": tags that AWS created, with keys that start with aws:, cannot be
    edited or deleted. A TagSet must therefore have those of the bucket, with their values, and no others.
    """
    given = {tag["Key"]: tag["Value"] for tag in tags}
    if len(given) < len(tags):
        raise S3Error("InvalidTag", "Cannot provide multiple Tags with the same key")
    if not system_tags(given).items() <= current.items():
        raise S3Error("InvalidTag", "System tags cannot be added/updated by requester")
    if not system_tags(current).keys() <= given.keys():
        raise S3Error("InvalidTag", "System tags cannot be removed by requester")


def system_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that belong to AWS."""
    return {key: value for key, value in tags.items() if is_system_tag(key)}


def is_system_tag(key: str) -> bool:
    """Return whether a tag with this key belongs to AWS."""
    return key.startswith(_SYSTEM_TAGS)


def check_metrics(configuration: Mapping[str, Any], given_id: str, present: Collection[str]) -> None:
    """Check a MetricsConfiguration for the id of its request, beside the ids that are `present` in the bucket.

    API Reference, "MetricsConfiguration": the id has 1 to 64 letters, digits, periods, dashes and underscores, and a
    bucket at most 1,000 configurations. Raises InvalidArgument, MalformedXML and TooManyConfigurations.
    """
    if not _METRICS_ID.fullmatch(given_id) or configuration["Id"] != given_id:
        raise _invalid("The Id must be that of the request: 1 to 64 letters, digits, periods, dashes and underscores.")
    if "Filter" in configuration:
        _check_filter(configuration["Filter"], least=1)
    if given_id not in present and len(present) >= MAX_METRICS_CONFIGURATIONS:
        message = (
            "You are attempting to create a new configuration but have already reached the 1,000-configuration limit."
        )
        raise S3Error("TooManyConfigurations", message)


def _invalid(message: str) -> S3Error:
    return S3Error("InvalidArgument", message)


def _check_rule(rule: Mapping[str, Any]) -> None:
    _check_filter(rule.get("Filter", {}), least=0)
    if not any(name in rule for name in _LIFECYCLE_ACTIONS):
        raise S3Error("InvalidRequest", "At least one action needs to be specified in a rule.")
    problem = next(_day_problems(rule), None)
    if problem:
        raise _invalid(problem)
    for action in (rule.get("Expiration", {}), *rule.get("Transitions", [])):
        if "Date" in action and not re.search(r"T00:00:00(\.0+)?(Z|\+00:00)?$", action["Date"]):
            raise _invalid("'Date' must be at midnight GMT")


def _check_filter(given: Mapping[str, Any], least: int) -> None:
    """Check a filter: `least` to one element, and two or more in an And; raises MalformedXML."""
    both = given.get("And")
    if not least <= len(given) <= 1:
        raise malformed_xml()
    if both is not None and sum(len(value) if name == "Tags" else 1 for name, value in both.items()) < 2:
        raise malformed_xml()


def _day_problems(rule: Mapping[str, Any]) -> Iterator[str]:
    expiration, transitions = rule.get("Expiration", {}), rule.get("Transitions", [])
    noncurrent = rule.get("NoncurrentVersionTransitions", [])
    positive = [
        ("Days", "Expiration", expiration),
        ("NoncurrentDays", "NoncurrentVersionExpiration", rule.get("NoncurrentVersionExpiration", {})),
        ("DaysAfterInitiation", "AbortIncompleteMultipartUpload", rule.get("AbortIncompleteMultipartUpload", {})),
    ]
    for name, title, action in positive:
        if action.get(name, 1) < 1:
            yield f"'{name}' for {title} action must be a positive integer"
    yield from _transition_problems("Days", "Transition", transitions)
    yield from _transition_problems("NoncurrentDays", "NoncurrentVersionTransition", noncurrent)
    latest = max((transition.get("Days", 0) for transition in transitions), default=None)
    if latest is not None and expiration.get("Days", latest + 1) <= latest:
        yield "'Days' in the Expiration action must be greater than 'Days' in the Transition action"


def _transition_problems(name: str, title: str, transitions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for transition in transitions:
        days, storage_class = transition.get(name), transition.get("StorageClass", "")
        least = _LEAST_DAYS.get(storage_class, 0)
        if days is not None and days < least:
            limit = f"must be greater than or equal to {least} for storageClass '{storage_class}'"
            yield f"'{name}' in {title} action {limit}"
