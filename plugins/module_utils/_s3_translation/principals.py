# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Principals of statements, and which statements S3 treats as public.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html and
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from .._input import InvalidInputError
from .._policy_grammar import items_of
from .choices import Choices
from .conditions import with_source
from .findings import Note

_CLOUDFRONT = "cloudfront.amazonaws.com"
_DISTRIBUTION = re.compile(r"arn:aws(-[a-z]+)*:cloudfront::[0-9]{12}:distribution/[A-Z0-9]+")
_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
# Keys whose fixed values make a statement non-public, and operators that compare with fixed values.
_FIXING_KEYS = (
    *("aws:principalorgid", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner"),
    *("aws:sourceaccount", "aws:userid"),
)
_FIXING_OPERATORS = ("stringequals", "stringlike", "arnequals", "arnlike")
_MIN_PREFIX = {4: 8, 6: 32}


def public_access_block(is_public: bool) -> dict[str, bool]:
    """Return PublicAccessBlockConfiguration: everything is blocked, B4: except for public policies where one is."""
    return {setting: not is_public or setting.endswith("Acls") for setting in _SETTINGS}


def check_distribution(arn: str) -> None:
    """Raise InvalidInputError for what cannot be the ARN of a distribution."""
    if not _DISTRIBUTION.fullmatch(arn):
        raise InvalidInputError(
            f"cloudfront_distribution {arn!r} is not the ARN of a distribution: write it as"
            " arn:aws:cloudfront::ACCOUNT:distribution/ID"
        )


def allowed_principal(
    statement: Mapping[str, Any], condition: dict[str, dict[str, Any]], choices: Choices, note: Note
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]] | None:
    """Return the principal element and the condition of an Allow statement in S3, None if it is omitted.

    A1, A4, A6: the same. A3: the distribution needs another access control. A9: names with wildcards are omitted, and
    so is a statement in which they are excepted.
    A5, A8: everyone, see _everyone, unless a condition with fixed values limits the statement (B3).
    """
    element = _named(statement, note)
    principal = element.get("Principal")
    if element != principal_element(statement) and not principal:
        return None
    if _is_anybody(principal) and not _is_fixed(condition):
        return _everyone(element, condition, choices, note)
    if isinstance(principal, dict) and _CLOUDFRONT in items_of(principal.get("Service", [])):
        note(
            "policy.cloudfront_origin",
            "create an origin access control with the origin type s3, and make the bucket the origin of the"
            " distribution.",
        )
    return element, condition


def denied_principal(statement: Mapping[str, Any], note: Note) -> dict[str, Any]:
    """Return the principal element of a Deny statement in S3: the same (A7), or everyone if it has wildcards (A9).

    Of NotPrincipal, the other names are kept: a name with a wildcard excepts no principal.
    """
    element = _named(statement, note)
    is_same = element == principal_element(statement)
    return element if is_same or element.get("NotPrincipal") else {"Principal": "*"}


def principal_element(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return Principal or NotPrincipal of a statement."""
    name = "Principal" if "Principal" in statement else "NotPrincipal"
    return {name: statement[name]}


def _named(statement: Mapping[str, Any], note: Note) -> dict[str, Any]:
    """Return the principal element without names that have a wildcard, with a finding (A9).

    "You cannot use a wildcard to match part of a principal name or ARN", and "*" means everyone only as the
    principal, or as the one of type AWS: .../IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    [(name, principal)] = principal_element(statement).items()
    if not isinstance(principal, dict):
        return {name: principal}
    wrong = {
        kind: [item for item in items_of(ids) if set(item) & set("*?") and (kind, item) != ("AWS", "*")]
        for kind, ids in principal.items()
    }
    if any(wrong.values()):
        listed = ", ".join(f"{kind} {item}" for kind, items in wrong.items() for item in items)
        note(
            "policy.principal_wildcard",
            f"{listed}: a wildcard cannot match part of a principal, so this matches no principal. Write the ARN of"
            " each principal. If you accept this finding, an Allow omits these names, and a Deny of them applies to"
            " everyone.",
        )
    kept = {kind: [item for item in items_of(ids) if item not in wrong[kind]] for kind, ids in principal.items()}
    return {name: {kind: ids if not wrong[kind] else kept[kind] for kind, ids in principal.items() if kept[kind]}}


def is_public(principal: Mapping[str, Any], condition: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether S3 treats an Allow statement with this principal element and condition as public."""
    return _is_anybody(principal.get("Principal")) and not _is_fixed(condition)


def is_owner(statement: Mapping[str, Any], account: str | None) -> bool:
    """Return whether the only principal of a statement is the account of the container: A2, it has access by IAM."""
    principal = statement.get("Principal")
    if account is None or not isinstance(principal, dict) or set(principal) != {"AWS"}:
        return False
    root = re.compile(rf"{account}|arn:[^:]+:iam::{account}:root")
    return all(root.fullmatch(item) for item in items_of(principal["AWS"]))


def _is_anybody(principal: Any) -> bool:
    """Return whether a principal, None for NotPrincipal, is not a list of fixed values."""
    return not isinstance(principal, dict) or "*" in items_of(principal.get("AWS", []))


def _everyone(
    element: dict[str, Any], condition: dict[str, dict[str, Any]], choices: Choices, note: Note
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]] | None:
    """B1, B2: omitted. B4: kept if `public`. B5: the distribution in place of everyone, with the same condition."""
    limited = with_source(condition, choices.cloudfront_distribution) if choices.cloudfront_distribution else None
    if limited is not None and "Principal" in element:
        note(
            "policy.cloudfront_only",
            f"only distribution {choices.cloudfront_distribution} has the access that everyone had; the conditions are"
            " kept. S3 denies direct requests to the bucket. Give the distribution an origin access control with the"
            f" origin type s3.{_others(element)}",
        )
        return {"Principal": {"Service": _CLOUDFRONT}}, limited
    if choices.public and not choices.cloudfront_distribution:
        note(
            "policy.made_public",
            "everyone has access, so the Block Public Access settings BlockPublicPolicy and RestrictPublicBuckets of"
            " the bucket are disabled. S3 still rejects the policy if the account or the organization blocks public"
            " policies.",
        )
        return element, condition
    _note_public(condition, choices, note)
    return None


def _others(element: Mapping[str, Any]) -> str:
    """Return what to do about the principals that a statement names in addition to everyone, "" for none."""
    principal = element["Principal"]
    kinds = principal.values() if isinstance(principal, dict) else [principal]
    named = [name for names in kinds for name in items_of(names) if name != "*"]
    return f" Add a separate statement for {', '.join(named)}." if named else ""


def _note_public(condition: Mapping[str, Mapping[str, Any]], choices: Choices, note: Note) -> None:
    keys = {key.lower() for keys in condition.values() for key in keys}
    way_out = (
        "The distribution cannot replace everyone in this statement: name the principals. If you accept this finding,"
        " the statement is omitted."
        if choices.cloudfront_distribution
        else "Set cloudfront_distribution, which replaces everyone, or set public to true, which disables the Block"
        " Public Access settings that reject public policies. If you accept this finding, the statement is omitted."
    )
    if keys & {"aws:referer", "aws:useragent"}:
        note("policy.secret_header", f"it relies on a secret header; S3 treats such a policy as public. {way_out}")
    else:
        note("policy.public", f"it grants access to everyone; new buckets block such a policy. {way_out}")


def _is_fixed(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether a condition limits a statement to fixed values, without wildcards and policy variables."""
    return any(
        _fixes(operator.lower(), key.lower(), [str(value) for value in items_of(values)])
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _fixes(operator: str, key: str, values: list[str]) -> bool:
    if (operator, key) == ("ipaddress", "aws:sourceip"):
        return all(map(_is_narrow, values))
    return (
        operator in _FIXING_OPERATORS and key in _FIXING_KEYS and not any(set(value) & set("*?$") for value in values)
    )


def _is_narrow(network: str) -> bool:
    """Return whether a range of addresses is not broader than what S3 treats as public."""
    try:
        parsed = ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
    return parsed.prefixlen >= _MIN_PREFIX[parsed.version]
