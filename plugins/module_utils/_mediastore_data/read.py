# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the objects of a folder."""

from __future__ import annotations

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
