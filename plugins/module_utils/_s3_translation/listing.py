# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ListItems: s3:ListBucket on the bucket, with conditions on the prefix and the delimiter of the request.

MediaStore lists one folder. S3 lists all keys with a prefix, up to the delimiter. A listing in S3 must show no name
that a listing in MediaStore did not.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .findings import Note
from .resources import Paths

LIST_BUCKET = "s3:ListBucket"
_DELIMITER = {"s3:delimiter": "/"}


def list_conditions(paths: Paths, effect: str, note: Note) -> list[dict[str, Any]]:
    """Return the conditions under which a statement lets list, or denies to list; {} is no condition.

    An Allow: P7, all folders; P8, all folders that begin with a text; P9, other folders. P10: a Deny of some folders
    denies all, because a listing with a shorter prefix shows the same keys.
    """
    if effect == "Deny":
        return _denied(paths, note)
    if paths.has_all:
        note(
            "policy.list_recursive", "ListItems becomes s3:ListBucket, which lists all levels of folders, not only one."
        )
        return [{}]
    trees = [path for path in paths.objects if path.endswith("*")]
    folders = [path for path in paths.objects if path not in trees and f"{path}/*" not in trees]
    tree_prefixes = [_tree_prefix(path, paths.objects) for path in trees]
    if trees:
        note(
            "policy.list_prefix",
            f"ListItems becomes s3:ListBucket with s3:prefix like {', '.join(tree_prefixes)}, which lists all levels of"
            " folders. Callers must send such a prefix.",
        )
    if folders:
        note(
            "policy.list_folder",
            "ListItems becomes s3:ListBucket. Callers must list with prefix"
            f" {' or '.join(f'{folder}/' for folder in folders)} and delimiter /.",
        )
    return [*_tree_conditions(tree_prefixes), *_folder_conditions(folders)]


def _denied(paths: Paths, note: Note) -> list[dict[str, Any]]:
    folders = (*paths.objects, *paths.others) or (("",) if paths.covers_container else ())
    if folders and not paths.has_all:
        note(
            "policy.list_denied",
            f"it denies listing {', '.join(folder or '/' for folder in folders)}. In S3, a listing of a parent folder"
            " would still show these keys. If you accept this finding, the statement denies all listings of the"
            " bucket.",
        )
    return [{}] if folders else []


def _tree_prefix(path: str, paths: Sequence[str]) -> str:
    """Return the pattern of prefixes whose keys are all in folders that a pattern with `*` at its end matches.

    `FOLDER/*` matches the folders in FOLDER, but not FOLDER itself unless it is named, too.
    """
    return path if path.endswith("/*") and path[:-2] in paths else f"{path}/*"


def _tree_conditions(prefixes: Sequence[str]) -> list[dict[str, Any]]:
    return [{"StringLike": {"s3:prefix": one_or_list(prefixes)}}] if prefixes else []


def _folder_conditions(folders: Sequence[str]) -> list[dict[str, Any]]:
    exact = [f"{folder}/" for folder in folders if not set(folder) & set("*?")]
    patterns = [f"{folder}/" for folder in folders if set(folder) & set("*?")]
    conditions: list[dict[str, Any]] = []
    if exact:
        conditions.append({"StringEquals": {"s3:prefix": one_or_list(exact), **_DELIMITER}})
    if patterns:
        conditions.append({"StringLike": {"s3:prefix": one_or_list(patterns)}, "StringEquals": dict(_DELIMITER)})
    return conditions


def one_or_list(items: Sequence[str]) -> str | list[str]:
    """Return a list with one item as this item, because policies accept both."""
    return items[0] if len(items) == 1 else list(items)


def join_conditions(given: Mapping[str, Mapping[str, Any]], added: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the condition that both are true; `given` has no key of `added`. Operators ignore case."""
    joined = {operator: dict(keys) for operator, keys in given.items()}
    spellings = {operator.lower(): operator for operator in joined}
    for operator, keys in added.items():
        joined.setdefault(spellings.get(operator.lower(), operator), {}).update(keys)
    return joined
