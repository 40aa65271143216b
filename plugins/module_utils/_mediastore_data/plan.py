# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans for one object and for one local file. Pure: no I/O, and no check mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._plan import Change, Effect, Obstacle, Plan
from .api import DataApi
from .declaration import FileDeclaration, ObjectDeclaration
from .paths import shown_path


@dataclass(frozen=True)
class CurrentObject:
    """The current state of one object: its properties, see api.py; None if it does not exist."""

    properties: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CurrentFile:
    """The current state of one local file, and the object that it is a copy of.

    - properties: content_length, and sha256 if it was read; None if the file does not exist
    - object: the properties of the object, see api.py; None if it was not read
    - absence: that the object does not exist
    """

    properties: Mapping[str, Any] | None = None
    object: Mapping[str, Any] | None = None
    absence: Obstacle | None = None


@dataclass(frozen=True)
class ObjectPlan(Plan):
    """The plan for one object or file, with the properties of the object after the changes, None if it is absent."""

    properties: Mapping[str, Any] | None = None


def agrees(properties: Mapping[str, Any], desired: ObjectDeclaration) -> bool:
    """Return whether the properties of an object are as desired, as far as the service returned them."""
    return (
        (desired.source is None or properties["content_length"] in (None, desired.source.length))
        and properties["content_type"] in (None, desired.content_type)
        and desired.cache_control in (None, properties.get("cache_control", desired.cache_control) or "")
    )


def plan_object(current: CurrentObject, desired: ObjectDeclaration) -> ObjectPlan:
    """Return the request that leads from `current` to `desired`, if one is needed."""
    stored, source = current.properties, desired.source
    shown = ["path", "content_type", "content_length"]
    if source is None:
        if stored is None:
            return ObjectPlan()
        delete = Change(
            DataApi.delete_object, {"path": desired.name}, shows=dict.fromkeys(shown), effect=Effect.DELETED
        )
        return ObjectPlan(changes=(delete,), before=_side(stored, shown))
    if desired.cache_control is not None:
        shown.append("cache_control")
    if stored is None or "sha256" in stored:
        shown.append("sha256")
    if stored and agrees(stored, desired) and stored.get("sha256", source.sha256) == source.sha256:
        return ObjectPlan(before=_side(stored, shown), properties=stored)
    kept = (stored or {}).get("cache_control") if desired.cache_control is None else None
    cache_control = desired.cache_control or kept
    after = {
        "path": desired.name,
        "content_type": desired.content_type,
        "content_length": source.length,
        "cache_control": cache_control,
        "sha256": source.sha256,
    }
    put = Change(
        DataApi.put_object,
        {
            "path": desired.name,
            "source": source,
            "content_type": desired.content_type,
            "cache_control": cache_control,
        },
        shows={name: after[name] for name in shown},
        effect=Effect.CHANGED if stored else Effect.CREATED,
    )
    return ObjectPlan(changes=(put,), before=_side(stored, shown), properties=after)


def plan_file(current: CurrentFile, desired: FileDeclaration) -> ObjectPlan:
    """Return the fetch or the removal that leads from `current` to `desired`, if one is needed."""
    local, stored = current.properties, current.object or {}
    shown = ["dest", "content_length"]
    if local is None or "sha256" in local:
        shown.append("sha256")
    dest = shown_path(desired.dest)
    before = _side(local and {**local, "dest": dest}, shown)
    if not desired.is_present:
        remove = Change(DataApi.remove_file, {"dest": desired.dest}, shows=dict.fromkeys(before), effect=Effect.DELETED)
        return ObjectPlan(changes=(remove,), before=before) if local else ObjectPlan()
    # A reply in chunks does not contain the length, so equal content is enough.
    compared = "sha256" if local and "sha256" in local else "content_length"
    if local and local[compared] == stored.get(compared):
        return ObjectPlan(before=before, properties=stored)
    fetch = Change(
        DataApi.fetch_object,
        {"path": desired.name, "dest": desired.dest, "length": stored.get("content_length")},
        shows=_side({**stored, "dest": dest}, shown),
        effect=Effect.CHANGED if local else Effect.CREATED,
    )
    return ObjectPlan(changes=(fetch,), before=before, obstacle=current.absence, properties=current.object)


def _side(properties: Mapping[str, Any] | None, shown: Sequence[str]) -> dict[str, Any]:
    """Return a side of the diff with the properties that are known."""
    return {name: properties[name] for name in shown if properties.get(name) is not None} if properties else {}
