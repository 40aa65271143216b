# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies that moto parses at once, which would hold up other requests if they were large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import strict_json
from .operations import is_form

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# More than the services of base.SERVICES accept: CloudWatch and CloudWatch Logs 1 MiB, IAM and STS less.
MAX_FORM_BYTES = 1024**2
# A shorter text cannot have too many values.
_SHORT = strict_json.MAX_VALUES


def why_too_large(environ: WSGIEnvironment) -> str | None:
    """Return a sentence if a form or a JSON body is too large for moto, else None. The body can be read again."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if environ["REQUEST_METHOD"] != "POST" or length <= _SHORT:
        return None
    if is_form(environ):
        return f"A form can have at most {MAX_FORM_BYTES} bytes." if length > MAX_FORM_BYTES else None
    if "json" not in environ.get("CONTENT_TYPE", ""):
        return None
    source = environ["wsgi.input"]
    has_few_values = strict_json.has_few_values(source.read())
    source.seek(0)
    return None if has_few_values else f"A JSON body can have at most {strict_json.MAX_VALUES} values."
