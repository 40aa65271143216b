# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container policy: the bucket policy that replaces it.

It never allows a request that the container policy did not allow. A statement becomes one statement for objects and one
or more for listings, because S3 refuses actions that do not apply to the resource of a statement.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._input import InvalidInputError
from .._json_text import dump_text
from .._policy_grammar import statements_of
from .actions import LIST, Actions, container_rights, expand, object_rights
from .choices import Choices
from .conditions import translate_condition
from .findings import Note, Report, statement_places
from .listing import LIST_BUCKET, join_conditions, list_conditions, one_or_list
from .principals import allowed_principal, denied_principal, is_owner, is_public
from .resources import Paths, Scope, paths_of, scope_of

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
_MAX_BYTES = 20480
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
_NOT_IN_SID = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True)
class Part:
    """A statement in S3 without its effect; `suffix` is added to the Sid of one that is not the first."""

    principal: Mapping[str, Any]
    actions: list[str]
    resources: list[str]
    condition: Mapping[str, Any]
    suffix: str


@dataclass(frozen=True)
class Target:
    """What the translation of each statement needs: the scope of the policy, the bucket and the user's choices."""

    scope: Scope
    bucket: str
    choices: Choices

    def arn(self, path: str | None = None) -> str:
        """Return the ARN of the bucket, or of the objects with a path."""
        key = "" if path is None else f"/{path}"
        return f"arn:{self.scope.partition}:s3:::{self.bucket}{key}"


def translate_policy(
    container: str, policy: Mapping[str, Any], bucket: str, choices: Choices, report: Report
) -> tuple[dict[str, Any] | None, bool]:
    """Return the bucket policy for a container policy, None for no policy, and whether S3 counts it as public.

    D1: raises InvalidInputError for a policy that is too large. D2: nothing left, no policy. D4: Version, Id, Sid and
    Effect are the same.
    """
    if not policy:
        return None, False
    target = Target(scope_of(container, policy, choices.region), bucket, choices)
    statements = list(_statements(policy, target, report))
    if not statements:
        report.at("container")("policy.empty", "All statements of its policy are omitted: the bucket has no policy.")
        return None, False
    document = {**{name: policy[name] for name in ("Version", "Id") if name in policy}, "Statement": statements}
    size = len(dump_text(document))
    if size > _MAX_BYTES:
        raise InvalidInputError(
            f"The bucket policy of container {container} would have {size:,} bytes, but S3 accepts at most"
            f" {_MAX_BYTES:,}: remove statements from the container policy"
        )
    return document, any(_is_public(statement) for statement in statements)


def _is_public(statement: Mapping[str, Any]) -> bool:
    return statement["Effect"] == "Allow" and is_public(statement, statement.get("Condition", {}))


def _statements(policy: Mapping[str, Any], target: Target, report: Report) -> Iterator[dict[str, Any]]:
    statements = statements_of(dict(policy))
    taken = {statement.get("Sid", "") for statement in statements}
    for statement, place in zip(statements, statement_places(statements)):
        sid = statement.get("Sid", "")
        note = report.at(place)
        parts = _translate(statement, target, report, note)
        sids = _sids(sid, [part.suffix for part in parts], taken, note)
        for part, part_sid in zip(parts, sids):
            yield _statement(statement["Effect"], part, part_sid)


def _translate(statement: Mapping[str, Any], target: Target, report: Report, note: Note) -> list[Part]:
    """Return the parts of the bucket policy that replace a statement."""
    if statement["Effect"] == "Allow" and is_owner(statement, target.scope.account):
        note(
            "policy.owner_statement",
            "it is omitted: in S3, IAM policies grant access to the owner's account.",
        )
        return []
    actions = expand(statement, note)
    paths = paths_of(statement, target.scope, note)
    if actions.objects and not (statement["Effect"] == "Deny" and LIST in actions.objects):
        _note_other_paths(paths, note)
    rights = container_rights(actions, paths.covers_container, statement["Effect"], note)
    if statement["Effect"] == "Deny":
        return _deny(statement, actions, paths, rights, target, note)
    return _allow(statement, actions, paths, target, report, note) if actions.objects and paths.objects else []


def _note_other_paths(paths: Paths, note: Note) -> None:
    """R4: paths that begin or end with `/` match no object, and neither does the container itself."""
    others = [path or "/" for path in paths.others]
    if paths.covers_container and not paths.objects:
        others.append("the container itself")
    if others:
        note("policy.no_object", f"its Resource ({', '.join(others)}) matches no object in MediaStore; it is omitted.")


def _allow(
    statement: Mapping[str, Any], actions: Actions, paths: Paths, target: Target, report: Report, note: Note
) -> list[Part]:
    condition = translate_condition(statement, target.scope.has_variables, note)
    allowed = None if condition is None else allowed_principal(statement, condition, target.choices, note)
    if allowed is None:
        return []
    principal, condition = allowed
    rights = object_rights(actions.objects, "Allow", note)
    return [
        *_object_parts(rights, paths, target, principal, condition),
        *(
            Part(principal, [LIST_BUCKET], [target.arn()], join_conditions(condition, added), "List")
            for added in _allowed_listings(actions, rights, paths, target, report, note)
        ),
    ]


def _allowed_listings(
    actions: Actions, rights: list[str], paths: Paths, target: Target, report: Report, note: Note
) -> list[dict[str, Any]]:
    """Return the conditions of the parts that allow listings. P12: a missing object answers 404 to who can list all."""
    is_listed = LIST in actions.objects
    is_read = "s3:GetObject" in rights and not (is_listed and paths.has_all)
    if is_read and target.choices.missing_objects == 404:
        note(
            "policy.missing_object_list", "missing objects return 404, for which its readers can also list the bucket."
        )
        return [{}]
    listings = list_conditions(paths, "Allow", note) if is_listed else []
    if is_read:
        report.at("container")(
            "policy.missing_object",
            "Missing objects return 403 instead of 404, because readers do not have s3:ListBucket. Set missing_objects"
            " to 404 to grant it. Readers can then also list the bucket.",
        )
    return listings


def _deny(
    statement: Mapping[str, Any], actions: Actions, paths: Paths, rights: list[str], target: Target, note: Note
) -> list[Part]:
    listings = list_conditions(paths, "Deny", note) if LIST in actions.objects else []
    on_objects = object_rights(actions.objects, "Deny", note) if paths.objects else []
    if not (listings or on_objects or rights):
        return []
    principal = denied_principal(statement, note)
    condition = translate_condition(statement, target.scope.has_variables, note) or {}
    return [
        *_object_parts(on_objects, paths, target, principal, condition),
        *(Part(principal, [LIST_BUCKET], [target.arn()], condition, "List") for _all in listings),
        *([Part(principal, rights, [target.arn()], condition, "Bucket")] if rights else []),
    ]


def _object_parts(
    rights: list[str], paths: Paths, target: Target, principal: Mapping[str, Any], condition: Mapping[str, Any]
) -> list[Part]:
    keys = ["*"] if paths.has_all else paths.objects
    return [Part(principal, rights, [target.arn(key) for key in keys], condition, "")] if rights else []


def _sids(sid: str, suffixes: list[str], taken: set[str], note: Note) -> list[str]:
    """Return a Sid for each part of a statement, unique in the policy; none if the statement has none.

    The first part keeps the Sid of the statement, without characters that IAM does not allow in a Sid.
    """
    base = _NOT_IN_SID.sub("", sid)
    if suffixes and base != sid:
        note("policy.sid", f"a Sid can contain only letters and digits: {sid!r} becomes {base!r}.")
    if not base:
        return [""] * len(suffixes)
    first = [sid] if base == sid else [_unique(base, taken)]
    return [*first, *(_unique(f"{base}{suffix}", taken) for suffix in suffixes[1:])][: len(suffixes)]


def _unique(sid: str, taken: set[str]) -> str:
    """Return a Sid that is not taken, and take it."""
    found = next(name for number in itertools.count(1) if (name := f"{sid}{number if number > 1 else ''}") not in taken)
    taken.add(found)
    return found


def _statement(effect: str, part: Part, sid: str) -> dict[str, Any]:
    """Return a statement of the bucket policy."""
    return {
        **({"Sid": sid} if sid else {}),
        "Effect": effect,
        **part.principal,
        "Action": one_or_list(part.actions),
        "Resource": one_or_list(part.resources),
        **({"Condition": part.condition} if part.condition else {}),
    }
