# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes that lead from the current state to the desired state. Pure: no I/O, and no check mode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Callable

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags

from ._api import DELETING, MediaStoreApi
from ._document import Document


class Wait(Enum):
    """The states of a container for which a task can wait."""

    ACTIVE = auto()
    GONE = auto()


@dataclass(frozen=True)
class Declaration:
    """The desired state of one container. An aspect that is None, or a document that is not included, is not changed.

    - state: `present` or `absent`; None if the task manages only documents
    - documents: the value of each document to set, None to remove it
    - wait: whether to wait at the end until the container is active or gone
    """

    name: str
    state: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    access_logging_enabled: bool | None = None
    documents: Mapping[Document, Any] = field(default_factory=dict)
    wait: bool = True


@dataclass(frozen=True)
class CurrentState:
    """The current state, as far as a declaration needs it.

    - exists: whether the container exists, which includes one that is being deleted
    - container: model shape Container; None if it does not exist or was not read
    - documents: the value of each document read, None if the container has none
    - absence: the error with which the service reported that the container does not exist
    """

    exists: bool
    container: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None
    documents: Mapping[Document, Any] = field(default_factory=dict)
    absence: Exception | None = None

    @property
    def status(self) -> str | None:
        """Return the status of the container (model shape ContainerStatus), None if it is unknown or does not exist."""
        return self.container["Status"] if self.container else None


@dataclass(frozen=True)
class Change:
    """One request that changes something.

    - method: the method of MediaStoreApi that sends it, and its arguments
    - wait_for: the state to wait for before it is sent
    - shows: what it sets in the diff, by key; None for what it removes
    """

    method: Callable[..., Any]
    arguments: Mapping[str, Any]
    wait_for: Wait | None = None
    shows: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> tuple[Callable[..., Any], Any]:
        """Return a key that equal changes of different plans share."""
        return self.method, self.arguments.get("document")


@dataclass(frozen=True)
class Plan:
    """The changes in order, the diff's side before them, and the values in the result after them.

    `container` is the container that the changes apply to (model shape Container), None if it does not exist yet.
    """

    changes: tuple[Change, ...]
    before: Mapping[str, Any]
    container: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None
    documents: Mapping[Document, Any] = field(default_factory=dict)

    @property
    def after(self) -> dict[str, Any]:
        """Return the diff's side after the changes."""
        return diff_after(self.before, self.changes)


def diff_after(before: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """Return the side of the diff after `changes`, for the side `before` them."""
    side = dict(before)
    for change in changes:
        side.update(change.shows)
    return {key: value for key, value in side.items() if value is not None}


def make_plan(current: CurrentState, desired: Declaration) -> Plan:
    """Return the fewest changes that lead from `current` to `desired`."""
    if desired.state == "absent":
        return _plan_absent(current, desired)
    if desired.state == "present" and current.status in (None, DELETING):
        return _plan_new(current, desired)
    return _plan_existing(current, desired)


def _plan_absent(current: CurrentState, desired: Declaration) -> Plan:
    if current.status in (None, DELETING):
        return Plan(changes=(), before={}, container=current.container)
    delete = Change(MediaStoreApi.delete_container, {"name": desired.name}, wait_for=Wait.ACTIVE, shows={"name": None})
    return Plan(changes=(delete,), before={"name": desired.name}, container=current.container)


def _plan_new(current: CurrentState, desired: Declaration) -> Plan:
    create = Change(
        MediaStoreApi.create_container,
        {"name": desired.name, "tags": dict(desired.tags or {})},
        wait_for=Wait.GONE if current.exists else None,
        shows=_diff_side(desired, desired.tags, False, {}),
    )
    changes = [create, *_logging_changes(desired, enabled=False)]
    values = {document: _target_value(document, None, value) for document, value in desired.documents.items()}
    for document, value in values.items():
        # What the service attaches to a new container is not read, so it must be removed without being read.
        if value is not None or document.is_attached_to_new:
            changes.append(_document_change(desired.name, document, value, wait_for=Wait.ACTIVE))
    return Plan(changes=tuple(changes), before={}, tags=desired.tags, documents=values)


def _plan_existing(current: CurrentState, desired: Declaration) -> Plan:
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
    for document, value in desired.documents.items():
        stored = current.documents[document]
        values[document] = _target_value(document, stored, value)
        if values[document] is not stored:
            changes.append(_document_change(desired.name, document, values[document]))
    return Plan(
        changes=tuple(changes),
        before=_diff_side(desired, current.tags, enabled, current.documents),
        container=current.container,
        tags=tags,
        documents=values,
    )


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


def _target_value(document: Document, stored: Any, desired: Any) -> Any:
    """Return the target value: the stored value if it means the same, None for no document."""
    if desired is None:
        return None
    merged = document.merge(stored, desired)
    return stored if stored is not None and document.equal(stored, merged) else merged


def _document_change(name: str, document: Document, value: Any, wait_for: Wait | None = None) -> Change:
    arguments = {"name": name, "document": document}
    if value is None:
        return Change(MediaStoreApi.delete_document, arguments, wait_for, shows={document.key: None})
    arguments["content"] = document.dump(value)
    return Change(MediaStoreApi.put_document, arguments, wait_for, shows={document.key: document.canonical(value)})


def _diff_side(
    desired: Declaration, tags: Mapping[str, str] | None, enabled: bool, documents: Mapping[Document, Any]
) -> dict[str, Any]:
    """Return a side of the diff: the properties and documents of a container that the task sets."""
    shown: dict[str, Any] = {"name": desired.name} if desired.state else {}
    if desired.tags is not None:
        shown["tags"] = dict(tags or {})
    if desired.access_logging_enabled is not None:
        shown["access_logging_enabled"] = enabled
    shown.update({kind.key: kind.canonical(value) for kind, value in documents.items() if value is not None})
    return shown
