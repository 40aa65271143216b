# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what users pass to a filter, text or data, to values in the types of JSON, within limits. Pure functions."""

from __future__ import annotations

import collections
import datetime
import functools
import json
import math
import re
from collections.abc import Mapping
from typing import Any

_MAX_DEPTH = 100
_MAX_VALUES = 100_000
# More than the largest template (1 MB) gives when each of its functions is evaluated once.
_MAX_CHARACTERS = 10_000_000
# Of all sources and values, each time that a filter reads them.
_MAX_TEXT = 100_000_000
# Of all JSON text, of which only the part about containers counts as values: a state describes thousands of resources.
_MAX_SEPARATORS = 1_000_000
_MAX_NAME = 200
# Of all patterns of parameters, each of which can take a tenth.
_MAX_STEPS = 5_000_000
# Python converts text to an integer in quadratic time.
_MAX_DIGITS = 40
_SURROGATE = re.compile("[\ud800-\udfff]")
# UTF-16 that was decoded as UTF-8 with surrogateescape, as Ansible does, or as Latin-1.
_UTF_16 = re.compile("(?:\udcff\udcfe|\udcfe\udcff|\xff\xfe|\xfe\xff)|.?\x00", re.DOTALL)


class DeclarationError(ValueError):
    """A source that cannot become a declaration; the message is one sentence with place, cause and way out."""


class NoValue:
    """The value of the pseudo parameter AWS::NoValue, which removes what has it."""


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (tuple, "a list"),
    (Mapping, "an object"),
    (NoValue, "AWS::NoValue"),
)


class Budget:
    """What one call of a filter can hold and compute, so that small input cannot grow without bounds."""

    def __init__(self) -> None:
        self._values = _MAX_VALUES
        self._characters = _MAX_CHARACTERS
        self._text = _MAX_TEXT
        self._separators = _MAX_SEPARATORS
        self._steps = _MAX_STEPS

    @functools.cached_property
    def of_yaml(self) -> Budget:
        """The budget of all YAML text, whose values are counted once more when a filter reads them."""
        return Budget()

    def spend(self, what: str, depth: int = 0) -> None:
        """Count one value at a depth, 0 at the top; raise DeclarationError if it is one too many or too deep."""
        self._values -= 1
        if self._values < 0:
            raise DeclarationError(
                f"{what}: the source holds more than {_MAX_VALUES:,} values: give only the part needed"
            )
        if depth > _MAX_DEPTH:
            raise DeclarationError(f"{what} is nested more than {_MAX_DEPTH} levels deep: give only the part needed")

    def spend_values(self, number: int, what: str, depth: int) -> None:
        """Count a value again, with all values that it contains, of which the deepest is at `depth`."""
        self._values -= number - 1
        self.spend(what, depth)

    def spend_characters(self, number: int, what: str) -> None:
        """Count text before it is built or parsed; raise DeclarationError if it is too long."""
        self._characters -= number
        if self._characters < 0:
            raise DeclarationError(
                f"{what}: the source produces more than {_MAX_CHARACTERS:,} characters: give only the part needed"
            )

    def spend_text(self, number: int, what: str) -> None:
        """Count characters before they are read; the same text can be in many places."""
        self._text -= number
        if self._text < 0:
            raise DeclarationError(
                f"{what}: the source has more than {_MAX_TEXT:,} characters: give only the part needed"
            )

    def spend_steps(self, number: int, what: str) -> None:
        """Count the steps that a pattern took."""
        self._steps -= number
        if self._steps < 0:
            raise DeclarationError(
                f"{what}: the patterns of the source take more than {_MAX_STEPS:,} steps: remove AllowedPattern"
            )

    def spend_json(self, source: str, what: str) -> None:
        """Count the values in JSON text before it is parsed, each of which follows a separator."""
        self._separators -= sum(source.count(separator) for separator in "[{,")
        if self._separators < 0:
            raise DeclarationError(f"{what} holds more than {_MAX_SEPARATORS:,} values: give only the part needed")


def hidden(where: str) -> DeclarationError:
    """Return the exception in place of one that can contain a part of a sensitive value."""
    return DeclarationError(
        f"{where} cannot be read, and the cause is not shown because the value is sensitive: correct it"
    )


def shortened(name: str) -> str:
    """Return a name for places in messages, which are made for each value: a source can have names of any length."""
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME // 2]}...{name[-_MAX_NAME // 2 :]}"


def plain(value: Any, what: str, budget: Budget) -> Any:
    """Return a value in the types of JSON; `what` is its name in messages.

    Ansible's own subclasses of text, lists and dictionaries, which carry tags and templates, become plain ones. YAML
    that was parsed without the types of CloudFormation contains dates and keys that are numbers: these become text.
    """
    return _plain(value, [what], budget)


def _plain(value: Any, path: list[str], budget: Budget) -> Any:
    budget.spend(path[0], len(path) - 1)
    if isinstance(value, Mapping):
        result: dict[str, Any] = {}
        for key, item in value.items():
            name = _plain_text(key, path, budget) if isinstance(key, str) else _key(key, path, budget)
            if name in result:
                raise DeclarationError(f"{_place(path)}: the key {shortened(name)} occurs twice: remove one")
            result[name] = _plain(item, [*path, name], budget)
        return result
    if isinstance(value, (list, tuple)):
        return [_plain(item, [*path, str(number)], budget) for number, item in enumerate(value, 1)]
    return _plain_scalar(value, path, budget)


def _plain_scalar(value: Any, path: list[str], budget: Budget) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if _has_too_many_digits(value):
            raise _digits_error(_place(path))
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise DeclarationError(f"{_place(path)} is a number that JSON does not have: give a finite number")
        return float(value)
    if isinstance(value, str):
        return _plain_text(value, path, budget)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if getattr(value, "__ENCRYPTED__", False):  # text in a vault, before ansible-core 2.19
        return str(value)
    raise DeclarationError(
        f"{_place(path)} contains a value of the type {type(value).__name__}, which JSON does not have: give text"
    )


def _has_too_many_digits(number: float) -> bool:
    return isinstance(number, int) and abs(number) >= 10**_MAX_DIGITS


def _digits_error(where: str) -> DeclarationError:
    return DeclarationError(f"{where} is a number of more than {_MAX_DIGITS} digits: give it as text")


def _key(key: Any, path: list[str], budget: Budget) -> str:
    path = [*path, "a key"]
    value = _plain(key, path, budget)
    return value if isinstance(value, str) else text(value, _place(path))


def _plain_text(value: str, path: list[str], budget: Budget) -> str:
    budget.spend_text(len(value), path[0])
    if _SURROGATE.search(value):
        raise DeclarationError(f"{_place(path)} contains a surrogate, which is not a character: correct the text")
    return str.__str__(value)


def _place(path: list[str]) -> str:
    return ", ".join(map(shortened, path))


def readable(source: str, what: str) -> str:
    """Return text without a byte order mark; raise DeclarationError if its file is not UTF-8."""
    source = str.__str__(source).removeprefix("\ufeff")
    if _UTF_16.match(source):
        raise DeclarationError(
            f"{what} is not UTF-8 but UTF-16, as Windows PowerShell 5.1 redirects output: save it with"
            " `| Out-File -Encoding utf8`"
        )
    bad = _SURROGATE.search(source)
    if bad:
        line = source.count("\n", 0, bad.start()) + 1
        raise DeclarationError(
            f"{what} is not UTF-8 in line {line}: convert it, or in Windows PowerShell save the output with"
            " `| Out-File -Encoding utf8`"
        )
    return source


def load_json(source: str, what: str, budget: Budget) -> Any:
    """Return the data of JSON text, whose numbers are not checked yet, see `plain`.

    Raises DeclarationError for other text, and for a key that occurs twice in an object, which has no defined meaning
    (RFC 8259, section 4).
    """
    budget.spend_json(source, what)
    try:
        return json.loads(source, object_pairs_hook=_unique, parse_int=_integer)
    except ValueError as error:
        raise DeclarationError(f"{what} is not valid JSON, {error}: correct it") from error
    except RecursionError as error:
        raise DeclarationError(
            f"{what} is not valid JSON, because it is nested too deeply: give only the part needed"
        ) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = collections.Counter(key for key, _value in pairs)
        [(repeated, _number)] = keys.most_common(1)
        raise ValueError(f"the key {shortened(repeated)!r} occurs twice")
    return result


def _integer(digits: str) -> int:
    """Return an integer; one with too many digits is cut, and refused by `plain` if it is needed."""
    return int(digits[: _MAX_DIGITS + 2])


def expect_dict(value: Any, where: str) -> Mapping[str, Any]:
    """Return a value that must be an object; raise DeclarationError if it is not."""
    if not isinstance(value, Mapping):
        raise DeclarationError(f"{where} must be an object, but it is {kind(value)}: correct it")
    return value


def expect_list(value: Any, where: str) -> list[Any]:
    """Return a value that must be a list; raise DeclarationError if it is not."""
    if not isinstance(value, (list, tuple)):
        raise DeclarationError(f"{where} must be a list, but it is {kind(value)}: correct it")
    return list(value)


def kind(value: Any) -> str:
    """Return what a value is, for messages."""
    if value is None:
        return "null"
    return next((name for type_, name in _KINDS if isinstance(value, type_)), f"of the type {type(value).__name__}")


def text(value: Any, where: str) -> str:
    """Return a text, number or boolean as text, `true` as `true`; raise DeclarationError for another value."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        if _has_too_many_digits(value):
            raise _digits_error(where)
        return json.dumps(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise DeclarationError(f"{where} must be text, but it is {kind(value)}: correct it")


def boolean(value: Any, where: str) -> bool:
    """Return a boolean that can be written as text, as CloudFormation allows."""
    spelled = text(value, where).lower()
    if spelled not in ("true", "false"):
        raise DeclarationError(f"{where} must be true or false: correct it")
    return spelled == "true"
