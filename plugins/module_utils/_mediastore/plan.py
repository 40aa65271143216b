# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for one container. Pure: no I/O, and no check mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags

from .._declaration.container import Declaration, check_place, check_tag_count
from .._declaration.document import Place
from .._document import Document
from .._errors import ApiError
from .._input import InvalidInputError
from .._plan import Change, Effect, Obstacle, Plan
from .api import DELETING, MediaStoreApi, needed
from .documents import documents_of


class Wait(Enum):
    """The states of a container for which a task can wait."""

    ACTIVE = auto()
    GONE = auto()


@dataclass(frozen=True)
class CurrentState:
    """The current state, as far as a declaration needs it.

    - exists: whether the container exists, which includes one that is being deleted
    - container: model shape Container; None if it does not exist or was not read
    - documents: the value of each document read, None if the container has none
    - absence: that it does not exist, for a task that manages only documents
    - place: where the container is, or would be; None if it is unknown
    - unread: sentences about what a diff does not show, because it could not be read
    - objects: the paths of the objects, if they are to be deleted with the container
    """

    exists: bool
    container: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None
    documents: Mapping[Document, Any] = field(default_factory=dict)
    absence: Obstacle | None = None
    place: Place | None = None
    unread: Sequence[str] = ()
    objects: Sequence[str] = ()

    @property
    def status(self) -> str | None:
        """Return the status of the container (model shape ContainerStatus), None if it is unknown or does not exist."""
        return self.container["Status"] if self.container else None


@dataclass(frozen=True)
class ContainerPlan(Plan):
    """The plan for one container, with the values that it has after the changes."""

    tags: Mapping[str, str] | None = None
    documents: Mapping[Document, Any] = field(default_factory=dict)


def make_plan(current: CurrentState, desired: Declaration) -> ContainerPlan:
    """Return the fewest changes that lead from `current` to `desired`."""
    if desired.state == "absent":
        return _plan_absent(current, desired)
    if desired.state == "present" and current.status in (None, DELETING):
        return _plan_new(current, desired)
    return _plan_existing(current, desired)


def _plan_absent(current: CurrentState, desired: Declaration) -> ContainerPlan:
    wait_for = Wait.GONE if desired.wait else None
    if current.status in (None, DELETING):
        return ContainerPlan(described=current.container, wait_for=wait_for)
    documents = {document: document.compare(stored, None).before for document, stored in current.documents.items()}
    before = {
        "name": desired.name,
        **({"tags": dict(current.tags)} if current.tags else {}),
        **_shown(documents),
        **({"objects": len(current.objects)} if current.objects else {}),
    }
    # All have the same dictionary, because a container can have very many objects.
    shows = {"objects": _one_less}
    deletions = [
        Change(
            MediaStoreApi.delete_object,
            {"name": desired.name, "endpoint": needed(current.container or {}, "Endpoint"), "path": path},
            shows=shows,
            part=path,
            is_independent=True,
        )
        for path in current.objects
    ]
    delete = Change(
        MediaStoreApi.delete_container,
        {"name": desired.name},
        wait_for=Wait.ACTIVE,
        shows=dict.fromkeys([*before, "objects"]),
        effect=Effect.DELETED,
    )
    return ContainerPlan(
        changes=(*deletions, delete),
        before=before,
        described=current.container,
        wait_for=wait_for,
        warnings=tuple(current.unread),
    )


def _one_less(number: int | None) -> int | None:
    # Other clients can have uploaded the objects that exceed the number.
    return number - 1 or None if number else None


def _plan_new(current: CurrentState, desired: Declaration) -> ContainerPlan:
    create = Change(
        MediaStoreApi.create_container,
        {"name": desired.name, "tags": dict(desired.tags or {})},
        wait_for=Wait.GONE if current.exists else None,
        shows=_diff_side(desired, desired.tags, False, {}),
        effect=Effect.CREATED,
    )
    changes = [create, *_logging_changes(desired, enabled=False)]
    values = {document: document.compare(None, value).target for document, value in documents_of(desired).items()}
    for document, value in values.items():
        # What the service attaches to a new container is not read, so it must be removed without being read.
        if value is not None or document.is_attached_to_new:
            changes.append(document.change(MediaStoreApi, desired.name, value, wait_for=Wait.ACTIVE))
    return ContainerPlan(
        changes=tuple(changes),
        described=current.container,
        wait_for=Wait.ACTIVE if desired.wait else None,
        obstacle=_refusal(current, desired.name, values, desired.tags),
        tags=desired.tags,
        documents=values,
    )


def _plan_existing(current: CurrentState, desired: Declaration) -> ContainerPlan:
    changes: list[Change] = []
    tags, enabled = current.tags, False
    if current.container:
        enabled = bool(current.container.get("AccessLoggingEnabled"))
        if current.tags is not None and desired.tags is not None:
            added, removed = compare_aws_tags(current.tags, desired.tags, desired.purge_tags)
            kept = {key: value for key, value in current.tags.items() if key not in removed}
            tags = {**kept, **added}
            changes += _tag_changes(desired.name, current.container["ARN"], kept, added, removed)
        changes += _logging_changes(desired, enabled)
    values = {}
    shown = {}
    written = {}
    for document, value in documents_of(desired).items():
        stored = current.documents[document]
        values[document], shown[document] = document.compare(stored, value)
        if values[document] is not stored:
            written[document] = values[document]
            changes.append(document.change(MediaStoreApi, desired.name, values[document]))
    return ContainerPlan(
        changes=tuple(changes),
        before=_diff_side(desired, current.tags, enabled, shown),
        described=current.container,
        wait_for=Wait.ACTIVE if desired.state and desired.wait else None,
        obstacle=_refusal(current, desired.name, written, tags) or (current.absence if changes else None),
        tags=tags,
        documents=values,
    )


def _refusal(
    current: CurrentState, name: str, written: Mapping[Document, Any], tags: Mapping[str, str] | None
) -> Obstacle | None:
    """Return why the service will refuse a document that is written, or the tags with those that are kept."""
    try:
        check_tag_count(tags or {})
        if current.place:
            check_place(name, {document.key: value for document, value in written.items()}, current.place)
    except InvalidInputError as error:
        return Obstacle(ApiError(f"Container {name}: {error}"))
    return None


def _tag_changes(
    name: str, arn: str, kept: Mapping[str, str], added: Mapping[str, str], removed: list[str]
) -> Iterator[Change]:
    # Untag first, because a container with the maximum number of tags accepts no other tag.
    if removed:
        untag = {"name": name, "arn": arn, "keys": sorted(removed)}
        yield Change(MediaStoreApi.untag_container, untag, wait_for=Wait.ACTIVE, shows={"tags": kept})
    if added:
        tag = {"name": name, "arn": arn, "tags": dict(added)}
        yield Change(MediaStoreApi.tag_container, tag, wait_for=Wait.ACTIVE, shows={"tags": {**kept, **added}})


def _logging_changes(desired: Declaration, enabled: bool) -> list[Change]:
    if desired.access_logging_enabled in (None, enabled):
        return []
    start, stop = MediaStoreApi.start_access_logging, MediaStoreApi.stop_access_logging
    shows = {"access_logging_enabled": desired.access_logging_enabled}
    method = start if desired.access_logging_enabled else stop
    return [Change(method, {"name": desired.name}, wait_for=Wait.ACTIVE, shows=shows)]


def _diff_side(
    desired: Declaration, tags: Mapping[str, str] | None, enabled: bool, documents: Mapping[Document, Any]
) -> dict[str, Any]:
    """Return a side of the diff: the properties of a container that the task sets, and its documents as shown."""
    shown: dict[str, Any] = {"name": desired.name} if desired.state else {}
    if desired.tags is not None:
        shown["tags"] = dict(tags or {})
    if desired.access_logging_enabled is not None:
        shown["access_logging_enabled"] = enabled
    return {**shown, **_shown(documents)}


def _shown(documents: Mapping[Document, Any]) -> dict[str, Any]:
    return {document.key: value for document, value in documents.items() if value is not None}
