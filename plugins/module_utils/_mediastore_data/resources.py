# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converge objects and local files: what the common code needs to know about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._errors import ApiError
from .._plan import Change, missing
from .._resource import Resource
from .api import OBJECT_NOT_FOUND, DataApi
from .content import local_file
from .declaration import FileDeclaration, ObjectDeclaration
from .plan import CurrentFile, CurrentObject, ObjectPlan, agrees, plan_file, plan_object


@dataclass(frozen=True)
class Known:
    """What is known of the objects of a container before each of them is read.

    - listed: by path the properties that a list contains, see api.py
    - is_complete: whether the list contains all objects
    - has_container: whether the container exists; if not, the list is complete
    - is_diff: whether to read what a diff shows of an object that is replaced
    """

    listed: Mapping[str, Mapping[str, Any]]
    is_complete: bool = False
    has_container: bool = True
    is_diff: bool = False

    def properties(self, api: DataApi, path: str, outdated: ApiError | None) -> Mapping[str, Any] | None:
        """Return the properties of an object, None if it does not exist; read them if they are not known."""
        if not outdated and (path in self.listed or self.is_complete):
            return self.listed.get(path)
        return api.describe_object(path)


class StoredObject(Resource[DataApi, CurrentObject, ObjectPlan]):
    """An object with its desired state."""

    def __init__(self, api: DataApi, desired: ObjectDeclaration, known: Known) -> None:
        super().__init__(api)
        self._desired = desired
        self._known = known

    def read(self, outdated: ApiError | None) -> CurrentObject:
        """Return the current state; a list does not contain the cache control, so it is read if it matters."""
        desired, source = self._desired, self._desired.source
        if source and desired.compares_content:
            # A file that cannot be read is reported before the first request.
            source.read()
        stored = self._known.properties(self.api, desired.name, outdated)
        if source is None:
            return CurrentObject(stored)
        is_equal = stored is not None and agrees(stored, desired)
        if is_equal and desired.compares_content:
            return CurrentObject(self.api.digest_object(desired.name, partial(agrees, desired=desired)))
        is_needed = not is_equal if desired.cache_control is None else is_equal or self._known.is_diff
        if stored and "cache_control" not in stored and is_needed:
            stored = self.api.describe_object(desired.name)
            is_equal = stored is not None and agrees(stored, desired)
        if not is_equal:
            source.read()
        return CurrentObject(stored)

    def plan(self, current: CurrentObject) -> ObjectPlan:
        """Return the request that leads from the current to the desired state, if one is needed."""
        return plan_object(current, self._desired)

    def is_outdated(self, change: Change, error: ApiError) -> bool:
        """Return whether the object is absent, contrary to what was read."""
        return error.code in OBJECT_NOT_FOUND


class FetchedFile(Resource[DataApi, CurrentFile, ObjectPlan]):
    """A local file that is to have the content of an object."""

    def __init__(self, api: DataApi, desired: FileDeclaration, known: Known) -> None:
        super().__init__(api)
        self._desired = desired
        self._known = known

    def read(self, outdated: ApiError | None) -> CurrentFile:
        """Return the current state of the file and of the object."""
        desired = self._desired
        if not self._known.has_container:
            return CurrentFile()
        local = local_file(desired.dest)
        properties: dict[str, Any] | None = {"content_length": local.length} if local else None
        if not desired.is_present:
            return CurrentFile(properties)
        stored = self._known.properties(self.api, desired.name, outdated)
        length = stored and stored["content_length"]
        # If only the length is to be compared, and is not known, the content is compared.
        if stored and local and (length is None or (length == local.length and desired.compares_content)):
            local.read()
            properties = {"content_length": local.length, "sha256": local.sha256}
            stored = self.api.digest_object(desired.name, lambda _properties: True)
        if stored is None:
            if desired.name in self._known.listed:
                place = f"object {desired.name} of container {self.api.container}"
                raise ApiError(f"Failed to fetch {place}: it was deleted after this task listed it; run the task again")
            message = f"Object {desired.name} does not exist in container {self.api.container}"
            return CurrentFile(properties, absence=missing(message, "uploads it", "check the path"))
        return CurrentFile(properties, stored)

    def plan(self, current: CurrentFile) -> ObjectPlan:
        """Return the fetch or the removal that leads from the current to the desired state, if one is needed."""
        return plan_file(current, self._desired)

    def is_outdated(self, change: Change, error: ApiError) -> bool:
        """Return whether the object is absent, contrary to what was read."""
        return error.code in OBJECT_NOT_FOUND
