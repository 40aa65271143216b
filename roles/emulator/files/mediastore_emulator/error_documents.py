# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error in the body of a reply, as clients of AWS read it. Pure functions."""

from __future__ import annotations

import json
import re
from typing import NamedTuple
from xml.sax.saxutils import unescape

_CODE, _MESSAGE = (re.compile(rb"<%b>([^<]*)</%b>" % (name, name)) for name in (b"Code", b"Message"))


class ErrorDocument(NamedTuple):
    """The code and the message of an error, None where the body has none."""

    code: str | None
    message: str | None


def read_error(body: bytes) -> ErrorDocument:
    """Return the error in a body in XML, as of S3 and of the query protocol, or in JSON."""
    code, message = _CODE.search(body), _MESSAGE.search(body)
    if code:
        return ErrorDocument(_text(code), message and _text(message))
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return ErrorDocument(None, None)
    kind, text = document.get("__type"), document.get("message", document.get("Message"))
    # The code can follow the name of the service: "com.amazon.service#Code".
    return ErrorDocument(
        kind.rpartition("#")[2] if isinstance(kind, str) else None, text if isinstance(text, str) else None
    )


def _text(found: re.Match[bytes]) -> str:
    return unescape(found[1].decode("utf-8", "replace"))
