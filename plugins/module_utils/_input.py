# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of input before the first request. Pure functions."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

# ansible-core's module_utils/common/parameters.py, remove_values
_MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
# More than any document of a service has, and less than would exhaust Python's stack.
_MAX_DEPTH = 100
# Replaces the values of a duplicate key in an object.
_REPEATED = object()


class InvalidInputError(ValueError):
    """Invalid input; the message is one sentence with the problem, its place and the limit."""


def check_unmasked(options: dict[str, Any]) -> None:
    """Raise InvalidInputError for an option that contains the text with which Ansible masks secrets in results."""
    for name, value in options.items():
        if _MASK in json.dumps(value, default=str):
            raise InvalidInputError(
                f"The option {name} holds {_MASK}, which Ansible wrote into an earlier result in place of text that"
                " equals a secret: give the original value, and use secrets that occur in no other value"
            )


def check_limits(what: str, value: int, least: int, most: int) -> None:
    """Raise InvalidInputError if `value` is less than `least` or greater than `most`."""
    if not least <= value <= most:
        raise InvalidInputError(f"{what} is {value}; it must be {least} to {most}")


def parse_json_object(what: str, text: str) -> dict[str, Any]:
    """Return the object in the JSON `text`; raise InvalidInputError for other or ambiguous JSON."""
    try:
        document = load_json(text)
    except ValueError as error:
        raise InvalidInputError(f"{what} is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInputError(f"{what} must be a JSON object, not {text!r}")
    return document


def load_json(text: str) -> Any:
    """Return the value of the JSON `text`.

    Raises ValueError for a duplicate key in an object, which has no defined meaning (RFC 8259, section 4), and for NaN
    and infinite numbers, which Python's parser accepts.
    """
    try:
        document = json.loads(
            text, object_pairs_hook=_mark_repeated_keys, parse_constant=_refuse_number, parse_float=_finite
        )
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    _check_nesting(document, [], _MAX_DEPTH)
    return document


def _check_nesting(value: Any, place: list[str], levels: int) -> None:
    """Raise ValueError for a value that is nested too deeply, and for a duplicate key with its `place`."""
    if levels == 0:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        for key, item in value.items():
            if item is _REPEATED:
                raise ValueError(f"the key {key!r} occurs twice in {', '.join(place) or 'the document'}")
            _check_nesting(item, [*place, key], levels - 1)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            _check_nesting(item, [*place[:-1], f"{''.join(place[-1:])} {number}"], levels - 1)


def _mark_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        result[key] = _REPEATED if key in result else value
    return result


def _finite(number: str) -> float:
    value = float(number)
    return value if math.isfinite(value) else _refuse_number(number)


def _refuse_number(number: str) -> NoReturn:
    raise ValueError(f"{number} is not a valid JSON number")
