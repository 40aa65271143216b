# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Condition elements, policy variables and wildcards of IAM policies. Pure functions on parsed JSON.

Results have three values: True, False, and None for what cannot be interpreted, such as an unknown operator. The caller
reads None so that access is not widened: a statement that allows does not apply, a statement that denies does.

Sources: the IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple context keys or
values", "Single-valued vs. multivalued context keys" and "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple, Optional

from .policy_grammar import as_list
from .text_cache import TextCache
from .wildcards import MAX_CHARACTERS, is_like, quoted

Truth = Optional[bool]
Context = Mapping[str, tuple[str, ...]]

ARN_PARTS = 6

_OPERATOR = re.compile(r"(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?", re.ASCII)
# Each part ends where the next one can begin, so that no text is searched twice.
_VARIABLE = re.compile(r"\$\{(?:([*?$])|([^{},]*)(?:,\s*'([^']*)'\s*)?)\}")
# The values of the variables in one value of a policy, together. An ARN of IAM has less.
_MAX_VARIABLES = 1024
_CACHED_CHARACTERS = 64 * 1024
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(?:Z|([+-])(\d\d):(\d\d)))?)?)?", re.ASCII
)
_CIDR = re.compile(r"[^/]+(?:/\d{1,3})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def every(results: Iterable[Truth]) -> Truth:
    """Return False if a result is False, else None if one is None, else True."""
    unknown = False
    for result in results:
        if result is False:
            return False
        unknown = unknown or result is None
    return None if unknown else True


def some(results: Iterable[Truth]) -> Truth:
    """Return True if a result is True, else None if one is None, else False."""
    unknown = False
    for result in results:
        if result:
            return True
        unknown = unknown or result is None
    return None if unknown else False


def negate(result: Truth) -> Truth:
    """Return the opposite of True and False, and None for None."""
    return None if result is None else not result


class UnclearError(ValueError):
    """A value of a policy cannot be interpreted."""


def lower_ascii(text: str) -> str:
    """Return a text with the letters A to Z in lower case, as names of actions and condition keys are compared."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def as_text(value: Any) -> str | None:
    """Return a string unchanged, a JSON boolean or number as its JSON text, anything else as None."""
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    return value if isinstance(value, str) else None


def is_resource_like(pattern: str, arn: str) -> Truth:
    """Compare an ARN with a Resource pattern, which is quoted as for `is_like`.

    An asterisk that ends a segment of the ARN can match beyond the colon, any other one stays in its segment:
    "IAM JSON policy elements: Resource", "Using wildcards in resource ARNs". None if the pattern is not an ARN.
    """
    if pattern == "*":
        return True
    if not pattern.startswith("arn:") or (pattern.count(":") < ARN_PARTS - 1 and not pattern.endswith("*")):
        return None
    segments = pattern.split(":", ARN_PARTS - 1)[: ARN_PARTS - 1]
    if any("*" in segment.rstrip("*") for segment in segments[: pattern.count(":")]):
        return is_arn_like(pattern, arn)
    return is_like(pattern, arn)


def is_arn_like(pattern: str, arn: str) -> Truth:
    """Compare two ARNs, each of the six parts with its own pattern; None if one of them is not an ARN."""
    patterns, parts = (text.split(":", ARN_PARTS - 1) for text in (pattern, arn))
    if len(patterns) != ARN_PARTS or len(parts) != ARN_PARTS:
        return None
    return all(map(is_like, patterns, parts))


def as_pattern(template: str, context: Context | None) -> str | None:
    r"""Return the pattern of a value of a policy, for `is_like`; None if a variable has no value.

    `context` None means that the version of the policy has no variables. Only what stands in the policy can be a
    wildcard: the value of a variable is literal. Raises UnclearError.
    """
    pattern = quoted(template, "\\")
    return pattern if context is None else _substitute(pattern, context, quoted)


def as_literal(template: str, context: Context | None) -> str | None:
    """Return a value of a policy with its variables replaced; None if a variable has no value. Raises UnclearError."""
    return template if context is None else _substitute(template, context, str)


def is_met(condition: Any, context: Context, variables: bool) -> Truth:
    """Return whether a Condition element is met.

    `context` holds the values of each condition key, whose names are in lower case; `variables` is whether the
    version of the policy has policy variables.
    """
    if not isinstance(condition, Mapping):
        return None
    return every(
        _is_key_met(_OPERATORS[name], key, values, context, variables)
        for name, keys in condition.items()
        for key, values in (keys.items() if isinstance(keys, Mapping) else [(None, None)])
    )


class _Kind(NamedTuple):
    """How values of a policy are compared with one of the request.

    `read` returns what is compared of both, None for what it cannot read. `expand` replaces variables before.
    """

    read: Callable[[str], Any]
    compare: Callable[[Any, Any], Truth]
    expand: Callable[[str, Context | None], str | None]
    negated: bool


class _Operator(NamedTuple):
    kind: _Kind | None  # None: Null
    set_operator: str | None
    if_exists: bool


def _read_operator(name: str) -> _Operator | None:
    """Return a condition operator, None for an unknown one. AWS does not document whether case matters."""
    match = _OPERATOR.fullmatch(lower_ascii(name))
    if not match or (match[2] == "null" and match[3]) or match[2] not in _KINDS:
        return None
    return _Operator(_KINDS[match[2]], match[1], bool(match[3]))


def _is_key_met(found: _Operator | None, key: Any, values: Any, context: Context, variables: bool) -> Truth:
    templates = [text for text in map(as_text, as_list(values)) if text is not None]
    if found is None or not templates or len(templates) != len(as_list(values)):
        return None
    given = context.get(lower_ascii(key), ())
    if found.kind is None:
        return some(_is_null(template, given) for template in templates)
    if not given and found.if_exists:
        return True
    if any(len(value) > MAX_CHARACTERS for value in given):
        return None
    scope = context if variables else None
    try:
        expected = [found.kind.expand(template, scope) for template in templates]
    except UnclearError:
        return None
    if found.set_operator is None:
        return _is_single_met(found.kind, given, expected)
    # "Single-valued vs. multivalued context keys": an empty string is an empty set.
    results = [_is_value_met(found.kind, value, expected) for value in given] if any(given) else []
    return every(results) if found.set_operator == "forallvalues" else some(results)


def _is_null(template: str, given: tuple[str, ...]) -> Truth:
    wanted = _as_bool(template)
    return None if wanted is None else wanted != bool(given)


def _is_single_met(kind: _Kind, given: tuple[str, ...], expected: list[str | None]) -> Truth:
    """Compare without a set operator; several values of the request need one, unless the result is the same for all."""
    results = {_is_value_met(kind, value, expected) for value in given}
    if not results:
        return kind.negated
    return results.pop() if len(results) == 1 else None


def _is_value_met(kind: _Kind, value: str, expected: list[str | None]) -> Truth:
    """Compare one value of the request with those of the policy, of which None is one with a variable without value.

    "Any attempt to match" such a variable fails ("IAM policy elements: Variables and tags"). A negated
    operator would make this a success, so there it is None.
    """
    given = kind.read(value)
    results = [_compare(kind, kind.read(text), given) for text in expected if text is not None]
    unknown: list[Truth] = [None if kind.negated else False] if None in expected else []
    result = some([*results, *unknown])
    return negate(result) if kind.negated else result


def _compare(kind: _Kind, expected: Any, given: Any) -> Truth:
    return None if expected is None or given is None else kind.compare(expected, given)


def _substitute(template: str, context: Context, quote: Callable[[str], str]) -> str | None:
    """Replace the variables; raises UnclearError for one without its end, and for values that are too long."""
    if "${" not in template:
        return template
    missing, size = False, 0

    def value(match: re.Match[str]) -> str:
        nonlocal missing, size
        character, key, default = match.groups()
        if character:
            return quote(character)
        given = context.get(lower_ascii(key.strip()), ())
        if len(given) != 1 and default is None:  # a multivalued key cannot be a variable
            missing = True
        text = given[0] if len(given) == 1 else default or ""
        size += len(text)
        if size > _MAX_VARIABLES:
            raise UnclearError
        return quote(text)

    text, count = _VARIABLE.subn(value, template)
    if count != template.count("${"):
        raise UnclearError
    return None if missing else text


def _without_variables(template: str, _context: Context | None) -> str:
    return template


def _as_number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _as_time(text: str) -> Decimal | None:
    """Return the seconds since 1970 of a date in a W3C format of ISO 8601, or of a number of seconds."""
    match = _DATE.fullmatch(text)
    if not match:
        return _as_number(text)
    *fields, fraction, sign, hours, minutes = match.groups()
    year, month, day, hour, minute, second = (
        int(field or default) for field, default in zip(fields, (1, 1, 1, 0, 0, 0))
    )
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None
    elapsed = moment - _EPOCH + (offset if sign == "-" else -offset)
    return Decimal(elapsed // timedelta(seconds=1)) + Decimal(fraction or 0)


_TIMES = TextCache(_as_time, _CACHED_CHARACTERS)


def _as_bool(text: str) -> bool | None:
    return {"true": True, "false": False}.get(lower_ascii(text))


def _as_bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: a character outside ASCII
        return None


def _as_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if _CIDR.fullmatch(text) else None
    except ValueError:
        return None


_NETWORKS = TextCache(_as_network, _CACHED_CHARACTERS)


def _is_network_of(outer: Any, network: Any) -> bool:
    return bool(network.version == outer.version and network.subnet_of(outer))


def _plain_kinds() -> dict[str, _Kind | None]:
    """Return the operators that are not negated, by their names in lower case."""
    # The value of the policy is the left one, that of the request the right one.
    orders = {
        "equals": operator.eq,
        "lessthan": operator.gt,
        "lessthanequals": operator.ge,
        "greaterthan": operator.lt,
        "greaterthanequals": operator.le,
    }
    ordered = {
        f"{prefix}{name}": _Kind(read, order, _without_variables, False)
        for prefix, read in (("numeric", _as_number), ("date", _TIMES.__getitem__))
        for name, order in orders.items()
    }
    return {
        **ordered,
        "stringequals": _Kind(str, operator.eq, as_literal, False),
        "stringequalsignorecase": _Kind(str.lower, operator.eq, as_literal, False),
        "stringlike": _Kind(str, is_like, as_pattern, False),
        "bool": _Kind(_as_bool, operator.eq, as_literal, False),
        "binaryequals": _Kind(_as_bytes, operator.eq, _without_variables, False),
        "ipaddress": _Kind(_NETWORKS.__getitem__, _is_network_of, _without_variables, False),
        "arnequals": _Kind(str, is_arn_like, as_pattern, False),
        "arnlike": _Kind(str, is_arn_like, as_pattern, False),
        "null": None,
    }


_NEGATIONS = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


def _all_kinds() -> dict[str, _Kind | None]:
    plain = _plain_kinds()
    opposites = {name: plain[positive] for name, positive in _NEGATIONS.items()}
    return {**plain, **{name: kind._replace(negated=True) for name, kind in opposites.items() if kind}}


_KINDS = _all_kinds()
_OPERATORS = TextCache(_read_operator, _CACHED_CHARACTERS)
