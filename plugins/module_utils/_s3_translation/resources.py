# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources of a container policy: which objects and folders of the container they name.

An ARN of MediaStore is arn:PARTITION:mediastore:REGION:ACCOUNT:container/NAME/PATH, and the key of an object in S3 is
its path. Sources:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselementalmediastore.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .._partitions import partition_of
from .._policy_grammar import items_of, matches_pattern, statements_of
from .conditions import variables_are_global
from .findings import Note

# Policy variables exist in this version only: .../reference_policies_elements_version.html
_VERSION_WITH_VARIABLES = "2012-10-17"
_TOKEN = re.compile(r"\$\{[^}]*\}|.", re.DOTALL)
# ${*}, ${?} and ${$} are the character itself: .../reference_policies_variables.html
_ESCAPE = re.compile(r"\$\{([*?$])\}")
_FIELDS = ("arn", "partition", "service", "region", "account")


class Arn(NamedTuple):
    """A pattern of ARNs: its first five fields by name, and the pattern of the resource in it."""

    fields: Mapping[str, str]
    resource: str


@dataclass(frozen=True)
class Scope:
    """What is known of the ARN of a container from its policy: literal values that the ARNs in it have, by field.

    A container has one account and one region. If ARNs contain several, some name another container of the same
    name. If all name one account and region, these are the container's: MediaStore refuses a policy of another
    container. `region` is that of the task.
    """

    container: str
    has_variables: bool
    values: Mapping[str, frozenset[str]]
    region: str | None = None

    @property
    def partition(self) -> str:
        """The partition of the bucket's ARN: the one in ARNs, or else that of a region in them, or of the task."""
        region = min(self.values["region"], default=self.region or "")
        return min(self.values["partition"], default=partition_of(region).name)

    @property
    def account(self) -> str | None:
        """The account that owns the container, None if it is unknown."""
        accounts = self.values["account"]
        return min(accounts) if len(accounts) == 1 else None


@dataclass(frozen=True)
class Paths:
    """The patterns of paths that a statement names, in their order, and whether it names the container itself.

    - objects: patterns that can match a path of an object or folder
    - others: patterns that match none, because a path neither begins nor ends with `/`
    """

    objects: tuple[str, ...]
    others: tuple[str, ...]
    covers_container: bool

    @property
    def has_all(self) -> bool:
        """Whether one of the patterns matches every path."""
        return any(is_all(path) for path in self.objects)


EVERYTHING = Paths(("*",), (), True)
NOTHING = Paths((), (), False)


def is_all(path: str) -> bool:
    """Return whether a pattern matches every path."""
    return bool(path) and not path.strip("*")


def scope_of(container: str, policy: Mapping[str, Any], region: str | None = None) -> Scope:
    """Return the scope of a container policy, which can be empty, in a task with a region."""
    arns = [
        arn
        for statement in (statements_of(dict(policy)) if policy else ())
        for resource in items_of(statement.get("Resource", []))
        if (arn := _parse(resource)) and _is_of_service(arn)
    ]
    values = {
        field: frozenset(arn.fields[field] for arn in arns if not set(arn.fields[field]) & set("*?$"))
        for field in ("partition", "region", "account")
    }
    return Scope(container, policy.get("Version") == _VERSION_WITH_VARIABLES, values, region)


def paths_of(statement: Mapping[str, Any], scope: Scope, note: Note) -> Paths:
    """Return what a statement names in the container.

    R1 to R3, R7: the pattern after the name of the container. R4: a pattern that matches no object. R5: a pattern of
    another container had no effect. R6: NotResource has no counterpart. An accepted Deny covers the whole bucket, or
    its objects if a Resource can name nothing else.
    """
    is_deny = statement["Effect"] == "Deny"
    if "NotResource" in statement:
        note(
            "policy.not_resource",
            "it uses NotResource. Use Resource instead. If you accept this finding, an Allow is omitted, and a Deny"
            " applies to the whole bucket.",
        )
        return EVERYTHING if is_deny else NOTHING
    found = [_paths(resource, scope, note, is_deny) for resource in items_of(statement["Resource"])]
    return Paths(
        tuple(dict.fromkeys(path for paths in found for path in paths.objects)),
        tuple(dict.fromkeys(path for paths in found for path in paths.others)),
        any(paths.covers_container for paths in found),
    )


def _paths(resource: str, scope: Scope, note: Note, is_deny: bool) -> Paths:
    """Return what one Resource names in the container; with a finding, what it means if it is accepted."""
    arn = _parse(resource)
    if arn and not _is_of_service(arn):
        return _other(resource, scope, note)
    pattern = _tokens(arn.resource, scope.has_variables) if arn else []
    name = f"container/{scope.container}"
    remainders = _remainders(pattern, f"{name}/")
    covers_container = any(set(remainder) <= {"*"} for remainder in _remainders(pattern, name) or ())
    if arn is None or remainders is None or ((remainders or covers_container) and _is_unclear(arn, scope)):
        note(
            "policy.resource_unclear",
            f"it is unknown what {resource} matches in container {scope.container}. Write the full ARN, with one"
            " account and region and without variables. If you accept this finding, an Allow omits the resource, and a"
            " Deny applies to everything that it may match.",
        )
        is_inside = arn is not None and arn.resource.startswith(f"{name}/")
        return replace(EVERYTHING, covers_container=not is_inside) if is_deny else NOTHING
    if not remainders and not covers_container:
        return _other(resource, scope, note)
    paths = ["".join(remainder) for remainder in remainders]
    others = tuple(path for path in paths if not _can_match(path))
    return Paths(tuple(path for path in paths if _can_match(path)), others, covers_container)


def _other(resource: str, scope: Scope, note: Note) -> Paths:
    note(
        "policy.other_container",
        f"{resource} is not in container {scope.container} and had no effect; it is omitted.",
    )
    return NOTHING


def _parse(resource: str) -> Arn | None:
    """Return the parts of a pattern of ARNs, None for one whose meaning is unclear because it has too few fields.

    A pattern with fewer fields that ends with `*` covers all values of the others.
    """
    parts = resource.split(":", 5)
    if len(parts) < 6 and set(parts[-1]) == {"*"}:
        parts = [*parts, *["*"] * (6 - len(parts))]
    if len(parts) < 6:
        return None
    return Arn(dict(zip(_FIELDS, parts)), parts[5])


def _is_of_service(arn: Arn) -> bool:
    fields = arn.fields
    return matches_pattern(fields["arn"], "arn", False) and matches_pattern(fields["service"], "mediastore", False)


def _is_unclear(arn: Arn, scope: Scope) -> bool:
    """Return whether a field has a variable or does not match what other ARNs have, or a variable is not global."""
    return (scope.has_variables and not variables_are_global(arn.resource)) or any(
        "$" in arn.fields[field] or not all(matches_pattern(arn.fields[field], value, False) for value in values)
        for field, values in scope.values.items()
    )


def _tokens(pattern: str, has_variables: bool) -> list[str]:
    return _TOKEN.findall(pattern) if has_variables else list(pattern)


def _remainders(pattern: Sequence[str], text: str) -> list[tuple[str, ...]] | None:
    """Return the patterns that match what follows `text` where `pattern` matches the whole; None if a variable decides.

    One pattern can have several: what follows `container/a` in `*/b` is matched by `*/b` and, after the `/`, by `b`.
    """
    places = _skip_stars(pattern, [0])
    for character in text:
        tokens = [pattern[place] for place in places if place < len(pattern)]
        if any(len(token) > 1 and not _ESCAPE.fullmatch(token) for token in tokens):
            return None
        places = _skip_stars(pattern, _step(pattern, places, character))
    remainders = [tuple(pattern[place:]) for place in places]
    return [remainder for remainder in remainders if ("*", *remainder) not in remainders]


def _step(pattern: Sequence[str], places: Iterable[int], character: str) -> list[int]:
    """Return the places in a pattern after one more character."""
    following = []
    for place in places:
        token = pattern[place] if place < len(pattern) else None
        if token == "*":
            following.append(place)
        elif token is not None and (token == "?" or _ESCAPE.sub(r"\1", token) == character):
            following.append(place + 1)
    return following


def _skip_stars(pattern: Sequence[str], places: Iterable[int]) -> list[int]:
    """Return the places and those that a `*`, which can match nothing, leads to."""
    reached = set()
    for place in places:
        reached.add(place)
        while place < len(pattern) and pattern[place] == "*":
            place += 1
            reached.add(place)
    return sorted(reached)


def _can_match(path: str) -> bool:
    """Return whether a pattern can match a path: the service removes redundant slashes from paths."""
    return bool(path) and not path.startswith("/") and not path.endswith("/") and "//" not in path
