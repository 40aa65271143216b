# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON as RFC 8259 defines it, for texts from clients."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

# Parsing holds up all other threads. The longest valid request, a CORS policy of 100 rules, has about 31,000 values.
MAX_VALUES = 50_000
# In strings: a CORS policy has at most 398,000.
_MAX_CHARACTERS = 400_000
_TOKEN = re.compile(rb"""\\.|["\[{,]""", re.DOTALL)
# The deepest input in the service's model has five levels. Python fails at about a thousand.
_MAX_DEPTH = 100


def has_few_values(text: bytes) -> bool:
    """Return whether a JSON text has about MAX_VALUES values or fewer, without parsing it."""
    most = len(text) if len(text) <= MAX_VALUES else sum(map(text.count, (b",", b"[", b"{")))
    if most <= MAX_VALUES:
        return True
    if most > MAX_VALUES + _MAX_CHARACTERS:
        return False
    count, is_in_string = 0, False
    for token in _TOKEN.finditer(text):
        if token[0] == b'"':
            is_in_string = not is_in_string
        elif not is_in_string:
            count += 1
        if count > MAX_VALUES:
            return False
    return True


def parse(text: str | bytes, make_object: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Return the value of a JSON text; `make_object`, if given, makes each object from its pairs.

    Raises ValueError for text that is not JSON (NaN and Infinity are not) or not UTF-8, for integers of more digits
    than Python converts, and for arrays and objects nested deeper than 100 levels.
    """
    decoder = (
        json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=make_object) if make_object else _DECODER
    )
    try:
        value = decoder.decode(text if isinstance(text, str) else text.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _is_deeper(value, _MAX_DEPTH):
        raise ValueError("nested too deeply")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# Making a decoder costs more than reading a short text.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _is_deeper(value: Any, depth: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    members = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_is_deeper(member, depth - 1) for member in members)
