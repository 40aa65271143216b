# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Amazon S3 refuses in requests for objects, and moto accepts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from . import rules

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_READ_BYTES = 1024**2


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
