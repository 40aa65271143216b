# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for one bucket. Pure: no I/O, and no check mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._document import Document, canonical_json
from .._plan import Change, Effect, Plan
from .api import S3Api
from .documents import LOGGING

# The key of metrics configurations in results and diffs.
METRICS = "metrics"


@dataclass(frozen=True)
class DesiredBucket:
    """The desired state of the bucket `name` for a container. An aspect that is not included is not changed.

    A container that is declared absent has no bucket, its name is empty.

    - documents: the value of each document to set, in the order in which they are written; None removes it, and so does
      an empty value, unless the document's `merge` keeps a part of what is stored
    - metrics: model shape MetricsConfiguration by Id; None to leave all of them
    """

    container: str
    name: str = ""
    documents: Mapping[Document, Any] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Any]] | None = None

    @property
    def title(self) -> str:
        """Return the bucket's name in messages."""
        return f"Bucket {self.name}"


@dataclass(frozen=True)
class CurrentBucket:
    """The current state of a bucket, as far as a desired state needs it: the value of each document, and metrics."""

    exists: bool
    documents: Mapping[Document, Any] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class BucketPlan(Plan):
    """The plan for one bucket, with the values that it has after the changes, by key."""

    values: Mapping[str, Any] = field(default_factory=dict)


def plan_bucket(current: CurrentBucket, desired: DesiredBucket) -> BucketPlan:
    """Return the fewest changes that lead from `current` to `desired`.

    A bucket is created without its tags, because compatible servers ignore the tags in this request.
    """
    is_new = not current.exists
    stored = {document: current.documents.get(document) for document in desired.documents}
    values = {document: document.target(stored[document], value) for document, value in desired.documents.items()}
    writes = [
        _document_change(desired.name, document, value, is_new)
        for document, value in values.items()
        if value is not stored[document]
    ]
    changes = [_creation(desired.name)] if is_new else []
    changes += [change for change in writes if change.part is not LOGGING]
    if desired.metrics is not None:
        changes += _metrics_changes(desired.name, current.metrics, desired.metrics, is_new)
    changes += [change for change in writes if change.part is LOGGING]
    metrics = {} if desired.metrics is None else {METRICS: list(desired.metrics.values()) or None}
    return BucketPlan(
        changes=tuple(changes),
        before={} if is_new else _diff_side(desired, current),
        values={**{document.key: value for document, value in values.items()}, **metrics},
    )


def _creation(name: str) -> Change:
    return Change(S3Api.create_bucket, {"name": name}, shows={"name": name}, effect=Effect.CREATED)


def _document_change(name: str, document: Document, value: Any, is_new: bool) -> Change:
    arguments: dict[str, Any] = {"name": name, "document": document}
    if value is None:
        return Change(S3Api.delete_document, arguments, shows={document.key: None}, part=document)
    arguments = {**arguments, "content": document.dump(value), "is_new": is_new}
    return Change(S3Api.put_document, arguments, shows={document.key: document.canonical(value)}, part=document)


def _metrics_changes(
    name: str, current: Mapping[str, Any], desired: Mapping[str, Any], is_new: bool
) -> Iterator[Change]:
    """Yield one change for each configuration that differs; the last one shows all of them in the diff."""
    removed = [identifier for identifier in current if identifier not in desired]
    changed = [
        identifier
        for identifier, configuration in desired.items()
        if canonical_json(current.get(identifier)) != canonical_json(configuration)
    ]
    shown = dict(current)
    for identifier in removed:
        del shown[identifier]
        deletion = {"name": name, "identifier": identifier}
        yield Change(S3Api.delete_metrics, deletion, shows={METRICS: _shown_metrics(shown)}, part=identifier)
    for identifier in changed:
        shown[identifier] = desired[identifier]
        arguments = {"name": name, "identifier": identifier, "configuration": desired[identifier], "is_new": is_new}
        yield Change(S3Api.put_metrics, arguments, shows={METRICS: _shown_metrics(shown)}, part=identifier)


def _shown_metrics(configurations: Mapping[str, Any]) -> list[Any] | None:
    return [configurations[identifier] for identifier in sorted(configurations)] or None


def _diff_side(desired: DesiredBucket, current: CurrentBucket) -> dict[str, Any]:
    """Return a side of the diff: the name and the documents of a bucket that the task sets."""
    shown: dict[str, Any] = {"name": desired.name}
    shown.update({kind.key: kind.canonical(value) for kind, value in current.documents.items() if value is not None})
    if desired.metrics is not None and current.metrics:
        shown[METRICS] = _shown_metrics(current.metrics)
    return shown
