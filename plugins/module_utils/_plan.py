# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there and what is wanted to the changes between them. Pure: no I/O, and no check mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags

from ansible_collections.elemental.mediastore.plugins.module_utils._document import Document

ACTIVE = "ACTIVE"
CREATING = "CREATING"
DELETING = "DELETING"


@dataclass(frozen=True)
class Declaration:
    """What one task wants of one container. An aspect that is None, or a document not among them, is left alone.

    - state: `present` or `absent`; None where the container itself is not the task's business
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
class Current:
    """What was read, as far as a declaration needs it.

    - exists: whether there is a container (one that is being deleted is there, too)
    - container: model shape Container; None if there is none, or if it was not asked for
    - documents: the value of each document read, None where the container has none
    - absence: the error by which the service told that there is no container, if it did
    """

    exists: bool
    container: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None
    documents: Mapping[Document, Any] = field(default_factory=dict)
    absence: Exception | None = None

    @property
    def status(self) -> str | None:
        """Return the container's status (model shape ContainerStatus), None where there is none or it is unknown."""
        return self.container["Status"] if self.container else None


@dataclass(frozen=True)
class Change:
    """One request that changes something: a method of MediaStoreApi, its arguments, and when it can be sent.

    - after: the status to wait for before, DELETING that a deletion is over; None if there is nothing to wait for
    - effect: what it sets in the diff, by key; None for what is gone then
    """

    method: str
    arguments: Mapping[str, Any]
    after: str | None = None
    effect: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Plan:
    """The changes in their order, the diff's side before them, and what the task's results show once they are made.

    `container` is the one that the changes are made to (model shape Container), None if there is none yet.
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
    """Return the side of the diff to which `changes` lead from the side `before`."""
    after = dict(before)
    for change in changes:
        after.update(change.effect)
    return {key: value for key, value in after.items() if value is not None}


def make_plan(current: Current, wanted: Declaration) -> Plan:
    """Return the least changes that lead from `current` to `wanted`."""
    if wanted.state == "absent":
        return _plan_absent(current, wanted)
    if wanted.state == "present" and current.status in (None, DELETING):
        return _plan_new(current, wanted)
    return _plan_existing(current, wanted)


def _plan_absent(current: Current, wanted: Declaration) -> Plan:
    if current.status in (None, DELETING):
        return Plan(changes=(), before={}, container=current.container)
    delete = Change("delete_container", {"name": wanted.name}, after=ACTIVE, effect={"name": None})
    return Plan(changes=(delete,), before={"name": wanted.name}, container=current.container)


def _plan_new(current: Current, wanted: Declaration) -> Plan:
    create = Change(
        "create_container",
        {"name": wanted.name, "tags": dict(wanted.tags or {})},
        after=DELETING if current.exists else None,
        effect=_shown(wanted, wanted.tags, False, {}),
    )
    changes = [create, *_logging_changes(wanted, enabled=False)]
    values = {document: _reached(document, None, value) for document, value in wanted.documents.items()}
    for document, value in values.items():
        # What the service attaches to a new container is not read, so that it has to be removed unseen.
        if value is not None or document.is_attached_to_new:
            changes.append(_document_change(wanted.name, document, value, after=ACTIVE))
    return Plan(changes=tuple(changes), before={}, tags=wanted.tags, documents=values)


def _plan_existing(current: Current, wanted: Declaration) -> Plan:
    changes: list[Change] = []
    tags, enabled = current.tags, False
    if current.container:
        enabled = bool(current.container.get("AccessLoggingEnabled"))
        if current.tags is not None and wanted.tags is not None:
            added, removed = compare_aws_tags(current.tags, wanted.tags, wanted.purge_tags)
            changes += _tag_changes(wanted.name, current.container["ARN"], current.tags, added, removed)
            tags = changes[-1].effect["tags"] if changes else current.tags
        changes += _logging_changes(wanted, enabled)
    values = {}
    for document, value in wanted.documents.items():
        stored = current.documents[document]
        values[document] = _reached(document, stored, value)
        if values[document] is not stored:
            changes.append(_document_change(wanted.name, document, values[document]))
    return Plan(
        changes=tuple(changes),
        before=_shown(wanted, current.tags, enabled, current.documents),
        container=current.container,
        tags=tags,
        documents=values,
    )


def _tag_changes(
    name: str, arn: str, current: Mapping[str, str], added: Mapping[str, str], removed: list[str]
) -> list[Change]:
    # Untag first: a container that has all the tags it may have could take no other one.
    changes = []
    kept = {key: value for key, value in current.items() if key not in removed}
    if removed:
        untag = {"name": name, "arn": arn, "keys": sorted(removed)}
        changes.append(Change("untag_container", untag, after=ACTIVE, effect={"tags": kept}))
    if added:
        tag = {"name": name, "arn": arn, "tags": dict(added)}
        changes.append(Change("tag_container", tag, after=ACTIVE, effect={"tags": {**kept, **added}}))
    return changes


def _logging_changes(wanted: Declaration, enabled: bool) -> list[Change]:
    if wanted.access_logging_enabled in (None, enabled):
        return []
    method = "start_access_logging" if wanted.access_logging_enabled else "stop_access_logging"
    effect = {"access_logging_enabled": wanted.access_logging_enabled}
    return [Change(method, {"name": wanted.name}, after=ACTIVE, effect=effect)]


def _reached(document: Document, stored: Any, wanted: Any) -> Any:
    """Return the value to end with: the stored one where it means the same, None for no document."""
    if wanted is None:
        return None
    merged = document.merge(stored, wanted)
    return stored if stored is not None and document.equal(stored, merged) else merged


def _document_change(name: str, document: Document, value: Any, after: str | None = None) -> Change:
    if value is None:
        return Change(f"delete_{document.resource}", {"name": name}, after=after, effect={document.key: None})
    arguments = {"name": name, "document": document.dump(value)}
    return Change(f"put_{document.resource}", arguments, after=after, effect={document.key: document.canonical(value)})


def _shown(
    wanted: Declaration, tags: Mapping[str, str] | None, enabled: bool, documents: Mapping[Document, Any]
) -> dict[str, Any]:
    """Return a side of the diff: of a container and its documents, what the task was asked to set."""
    shown: dict[str, Any] = {"name": wanted.name} if wanted.state else {}
    if wanted.tags is not None:
        shown["tags"] = dict(tags or {})
    if wanted.access_logging_enabled is not None:
        shown["access_logging_enabled"] = enabled
    shown.update({kind.key: kind.canonical(value) for kind, value in documents.items() if value is not None})
    return shown
