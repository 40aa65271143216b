# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the current state of a bucket, as far as a task needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._document import Document
from .._errors import ApiError
from .api import NO_SUCH_BUCKET, S3Api, UnsupportedError
from .plan import CurrentBucket, DesiredBucket


def read_bucket(api: S3Api, desired: DesiredBucket) -> CurrentBucket:
    """Read what the plan for `desired` needs: one request for each aspect, or one for the bucket if it has none.

    A bucket that has a document exists, also if it is not found at a later read. Some servers answer that a bucket has
    no such document, or an empty one, if the bucket does not exist.
    """
    name = desired.name
    documents: dict[Document, Any] = {}
    metrics: dict[str, Any] | None = None
    unsupported: dict[str, UnsupportedError] = {}
    try:
        for document in desired.documents:
            with _unsupported(unsupported):
                stored = api.get_document(name, document, any(documents.values()))
                documents[document] = document.value_of(stored, f"bucket {name}")
        if desired.metrics is not None:
            with _unsupported(unsupported):
                metrics = api.list_metrics(name, any(documents.values()))
    except ApiError as error:
        if error.code != NO_SUCH_BUCKET or any(documents.values()):
            raise
        return CurrentBucket(exists=False, unsupported=unsupported)
    exists = bool(documents or metrics is not None) or api.has_bucket(name)
    return CurrentBucket(exists, documents, metrics or {}, unsupported)


@contextmanager
def _unsupported(unsupported: dict[str, UnsupportedError]) -> Iterator[None]:
    """Keep the error for an aspect that the endpoint does not implement."""
    try:
        yield
    except UnsupportedError as error:
        unsupported[error.aspect] = error
