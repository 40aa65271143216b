# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for one bucket. Pure: no I/O, and no check mode."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from .._document import Document
from .._errors import ApiError
from .._json_text import canonical_json
from .._plan import Change, Effect, Plan
from .._s3_translation import public_access_block
from .api import S3Api, UnsupportedError
from .documents import LOGGING, METRICS, POLICY, PUBLIC_ACCESS_BLOCK


@dataclass(frozen=True)
class DesiredBucket:
    """The desired state of one bucket. An aspect that is not included is not changed.

    - documents: the value of each document to set, in the order in which they are written; None removes it, and so does
      an empty value, unless the document's `merge` keeps a part of what is stored
    - metrics: model shape MetricsConfiguration by Id; None to leave all of them
    - skip_unsupported: the aspects to omit if the endpoint does not implement them
    """

    name: str
    documents: Mapping[Document, Any] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Any]] | None = None
    skip_unsupported: frozenset[str] = frozenset()
    noun: ClassVar[str] = "bucket"


@dataclass(frozen=True)
class CurrentBucket:
    """The current state of a bucket, as far as a desired state needs it: the value of each document, and metrics.

    `unsupported` has the error of each aspect that the endpoint does not implement.
    """

    exists: bool
    documents: Mapping[Document, Any] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unsupported: Mapping[str, UnsupportedError] = field(default_factory=dict)


@dataclass(frozen=True)
class BucketPlan(Plan):
    """The plan for one bucket, with the values that it has after the changes, by key.

    `skipped` has the errors of the aspects that are omitted because the endpoint does not implement them.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    skipped: Mapping[str, UnsupportedError] = field(default_factory=dict)


def plan_bucket(current: CurrentBucket, desired: DesiredBucket) -> BucketPlan:
    """Return the fewest changes that lead from `current` to `desired`, as far as the endpoint implements it.

    A bucket is created without its tags, because compatible servers ignore the tags in this request.
    """
    unsupported = current.unsupported
    desired = _without(desired, unsupported)
    is_new = not current.exists
    stored = {document: current.documents.get(document) for document in desired.documents}
    compared = {document: document.compare(stored[document], value) for document, value in desired.documents.items()}
    values = {document: comparison.target for document, comparison in compared.items()}
    shown = {document.key: comparison.before for document, comparison in compared.items()}
    writes = [
        document.change(S3Api, desired.name, value, is_there=is_new, **_blocked(document, values))
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
        before={} if is_new else _diff_side(desired.name, shown, {} if desired.metrics is None else current.metrics),
        refusal=_refusal([error for key, error in unsupported.items() if key not in desired.skip_unsupported]),
        skipped={key: error for key, error in unsupported.items() if key in desired.skip_unsupported},
        values={**{document.key: value for document, value in values.items()}, **metrics},
    )


def _without(desired: DesiredBucket, aspects: Collection[str]) -> DesiredBucket:
    """Return the desired state without aspects. Without a policy, nothing needs a part of the block to be off."""
    documents = {document: value for document, value in desired.documents.items() if document.key not in aspects}
    if POLICY.key in aspects and PUBLIC_ACCESS_BLOCK in documents:
        documents[PUBLIC_ACCESS_BLOCK] = public_access_block(is_public=False)
    return replace(desired, documents=documents, metrics=None if METRICS in aspects else desired.metrics)


def _refusal(errors: Sequence[ApiError]) -> ApiError | None:
    """Return the one error for several."""
    if len(errors) < 2:
        return errors[0] if errors else None
    return ApiError("; ".join(map(str, errors)))


def _creation(name: str) -> Change:
    return Change(S3Api.create_bucket, {"name": name}, shows={"name": name}, effect=Effect.CREATED)


def _blocked(document: Document, values: Mapping[Document, Any]) -> dict[str, Any]:
    """Return what the request for a policy knows about the public access block, one of the `values`."""
    if document is not POLICY:
        return {}
    return {"is_blocked": (values.get(PUBLIC_ACCESS_BLOCK) or {}).get("BlockPublicPolicy")}


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
        arguments = {"name": name, "identifier": identifier, "configuration": desired[identifier], "is_there": is_new}
        yield Change(S3Api.put_metrics, arguments, shows={METRICS: _shown_metrics(shown)}, part=identifier)


def _shown_metrics(configurations: Mapping[str, Any]) -> list[Any] | None:
    return [configurations[identifier] for identifier in sorted(configurations)] or None


def _diff_side(name: str, documents: Mapping[str, Any], metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the side of the diff before the changes: the name and what the task sets, as far as the bucket has it."""
    shown = {"name": name, **documents, METRICS: _shown_metrics(metrics)}
    return {key: value for key, value in shown.items() if value is not None}
