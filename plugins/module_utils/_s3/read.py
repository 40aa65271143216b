# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the current state of a bucket, as far as a task needs it."""

from __future__ import annotations

from typing import Any

from .._document import Document
from .._errors import ApiError, InvalidReplyError
from .api import NO_SUCH_BUCKET, S3Api
from .plan import CurrentBucket, DesiredBucket


def read_bucket(api: S3Api, desired: DesiredBucket) -> CurrentBucket:
    """Read what the plan for `desired` needs: one request for each aspect, or one for the bucket if it has none."""
    if not desired.documents and desired.metrics is None:
        return CurrentBucket(exists=api.has_bucket(desired.name))
    try:
        return CurrentBucket(
            exists=True,
            documents={document: _read_document(api, desired.name, document) for document in desired.documents},
            metrics={} if desired.metrics is None else api.list_metrics(desired.name),
        )
    except ApiError as error:
        if error.code != NO_SUCH_BUCKET:
            raise
        return CurrentBucket(exists=False)


def _read_document(api: S3Api, name: str, document: Document) -> Any:
    """Return the value of the bucket's `document`, None if it has none."""
    stored = api.get_document(name, document)
    try:
        return None if stored is None else document.load(stored)
    except InvalidReplyError as error:
        raise ApiError(f"Failed to read the {document.title} of bucket {name}", error) from error
