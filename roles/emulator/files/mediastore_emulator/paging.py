# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of lists, and the tokens that name the next page."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Iterable

from .errors import InvalidRequestError


def page(keys: Iterable[str], token: str | None, size: int) -> tuple[list[str], str | None]:
    """Return one page of the sorted `keys` and the token of the next page, None for the last page.

    A token contains the last key of its page, so pages neither repeat nor skip keys while others are added or removed.
    Raises InvalidRequestError for a token that this function did not return.
    """
    ordered = sorted(keys)
    start = bisect_right(ordered, _token_key(token)) if token else 0
    end = start + size
    if end >= len(ordered):
        return ordered[start:], None
    return ordered[start:end], base64.b64encode(f"after:{ordered[end - 1]}".encode()).decode()


def _token_key(token: str) -> str:
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    if not text.startswith("after:"):
        raise InvalidRequestError("The NextToken was not returned by this operation.")
    return text.removeprefix("after:")
