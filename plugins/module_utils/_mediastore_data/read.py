# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the objects of a folder, and what a list of them does not contain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from multiprocessing.pool import ThreadPool
from typing import Any

from .._errors import ApiError
from .api import DataApi
from .paths import MAX_FOLDERS


def list_objects(api: DataApi, folder: str, max_concurrency: int) -> dict[str, dict[str, Any]]:
    """Return by path the properties of all objects in a folder and below it, see api.py, in the order of the paths.

    `folder` is "" for the root. Up to `max_concurrency` folders are read at the same time.
    """
    found: dict[str, dict[str, Any]] = {}
    folders = [folder]
    with ThreadPool(max_concurrency) as pool:
        while folders:
            if folders[0].count("/") >= MAX_FOLDERS:
                raise ApiError(f"Failed to list container {api.container}: folder {folders[0]} is nested too deeply")
            listed = pool.map(api.list_folder, folders, chunksize=1)
            found.update((item["path"], item) for items, _folders in listed for item in items)
            folders = [path for _items, below in listed for path in below]
    return dict(sorted(found.items()))


def complete_objects(
    api: DataApi, objects: Iterable[Mapping[str, Any]], include: Collection[str], max_concurrency: int
) -> list[Mapping[str, Any]]:
    """Return the properties of objects with those in `include`, which a list does not contain: cache_control, sha256.

    An object that no longer exists is omitted. Up to `max_concurrency` objects are read at the same time.
    """

    def complete(properties: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if "sha256" in include:
            return api.digest_object(properties["path"], lambda _properties: True)
        return properties if "cache_control" in properties else api.describe_object(properties["path"])

    if not include:
        return list(objects)
    with ThreadPool(max_concurrency) as pool:
        return [found for found in pool.map(complete, objects, chunksize=1) if found]
