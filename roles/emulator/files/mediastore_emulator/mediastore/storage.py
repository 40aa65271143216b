# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the state of MediaStore is kept beside the memory: by default nowhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from .content import Content, MediaObject, MemoryContent


class Kept(NamedTuple):
    """What an earlier process has kept.

    `offset` and `skipped` are those of its clock. `containers` have the state of each container, and its objects by
    path.
    """

    offset: float = 0.0
    skipped: float = 0.0
    containers: Collection[tuple[dict[str, Any], dict[str, MediaObject]]] = ()


class Storage:
    """Keeps nothing, so that all state is lost when the process ends. DiskStorage keeps it in a directory.

    Each change is either kept when its method returns, also if the process is killed then, or the method raises
    ServiceError (500) and nothing has changed. The state of a container is a JSON object with the member `endpoint_id`.
    """

    directory: str | None = None

    def load(self) -> Kept:
        """Return what an earlier process has kept."""
        return Kept()

    def keep(self, body: bytes) -> Content:
        """Return the content of an object that is to be put, which the caller discards if that fails."""
        return MemoryContent(body)

    def put_container(self, state: dict[str, Any]) -> None:
        """Add or replace a container."""

    def delete_container(self, endpoint_id: str) -> None:
        """Remove a container without objects."""

    def change_objects(self, endpoint_id: str, changed: Mapping[str, MediaObject | None]) -> None:
        """Add or replace the objects of a container at the paths of `changed`; None removes one."""

    def put_clock(self, offset: float, skipped: float) -> None:
        """Keep a move of the clock."""

    def clear(self, *, with_clock: bool) -> None:
        """Remove all containers and objects, and the moves of the clock."""

    def close(self) -> None:
        """Release the storage; changes are refused from now on."""
