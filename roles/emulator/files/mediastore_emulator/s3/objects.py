# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for objects: what Amazon S3 refuses, and moto accepts, and what moto does differently."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..call import Reply
from ..model_check import service_model
from . import rules
from .operations import SERVICE
from .xml_documents import parse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_READ_BYTES = 1024**2
_MAX_TAGGING_BYTES = 64 * 1024


def check_object(environ: WSGIEnvironment) -> None:
    """Check the checksum of PutObject if a header has it; raises BadDigest and InvalidRequest."""
    given = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
    is_framed = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "").startswith("STREAMING-")
    if not given or environ["REQUEST_METHOD"] != "PUT" or is_framed:
        return
    digest, source = hashlib.sha256(), environ["wsgi.input"]
    while chunk := source.read(_READ_BYTES):
        digest.update(chunk)
    source.seek(0)
    rules.check_checksum(given, digest.digest())
    # Without it, moto does not keep the checksum.
    environ.setdefault("HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM", "SHA256")


def put_object_tagging(environ: WSGIEnvironment, moto: Callable[[WSGIEnvironment], Reply]) -> Reply:
    """Replace the tags of an object by a function that has moto run a request: moto fails for no tags."""
    source = environ["wsgi.input"]
    shape = service_model(SERVICE).shape_for("Tagging")
    tagging = parse("Tagging", shape, source.read(_MAX_TAGGING_BYTES))
    source.seek(0)
    if tagging["TagSet"]:
        return moto(environ)
    # moto refuses to read the tags of an object that does not exist, and fails to delete them.
    found = moto({**environ, "REQUEST_METHOD": "GET"})
    if found.error:
        return found
    moto({**environ, "REQUEST_METHOD": "DELETE"})
    return Reply()
