# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parameters of CloudFormation templates: their values, and which values CloudFormation accepts.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from ._data import Budget, DeclarationError, expect_dict, expect_list, shortened, text
from ._pattern import Pattern, PatternError

# A quota of CloudFormation for the value of a parameter, in bytes.
_MAX_VALUE = 4096
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
# The values of these are in AWS Systems Manager: default and constraints are those of the key, which is not the value.
_STORED = "AWS::SSM::Parameter::Value"
_LENGTHS = ("MinLength", "MaxLength")
_LIMITS = ("MinValue", "MaxValue")
CONSTRAINTS = ("AllowedPattern", "AllowedValues", *_LENGTHS, *_LIMITS)


def parameter(name: str, declaration: Any, given: Mapping[str, Any], where: str, source: str, budget: Budget) -> Any:
    """Return the value of a parameter, text or a list of text, given by name or its default.

    Raises DeclarationError for a value that the declaration does not allow, and for a parameter without a value. The
    message names `where` the parameter is used, and `source`, where its value comes from.
    """
    place = f"Parameter {shortened(name)}"
    declared = expect_dict(declaration, place)
    kind = text(declared.get("Type", "String"), f"{place}: Type")
    is_stored = kind.startswith(_STORED)
    value = given.get(name, None if is_stored else declared.get("Default"))
    if value is None:
        raise DeclarationError(f"{where}: the parameter {shortened(name)} has no value: give it in {source}")
    is_list = "CommaDelimitedList" in kind or "List<" in kind
    given_items = [text(item, place) for item in value] if is_list and isinstance(value, list) else [text(value, place)]
    if sum(map(len, given_items)) > _MAX_VALUE or len(",".join(given_items).encode()) > _MAX_VALUE:
        raise DeclarationError(f"The parameter {shortened(name)} is longer than {_MAX_VALUE:,} bytes: shorten it")
    items = [part.strip() for item in given_items for part in item.split(",")] if is_list else given_items
    # Without the value, which may be secret.
    required = None if is_stored else next(_violated(items, kind, declared, place, budget), None)
    if required is not None:
        raise DeclarationError(f"The parameter {shortened(name)} must {required}: correct it in {source}")
    return items if is_list else items[0]


def _violated(items: list[str], kind: str, declared: Mapping[str, Any], place: str, budget: Budget) -> Iterator[str]:
    """Yield what the constraints require of the items and one of them does not have."""
    if "AllowedValues" in declared:
        values = expect_list(declared["AllowedValues"], f"{place}: AllowedValues")
        allowed = dict.fromkeys(text(item, f"{place}: AllowedValues") for item in values)
        if not allowed.keys() >= set(items):
            yield f"be one of {', '.join(map(shortened, allowed))}"
    if "Number" in kind:
        if all(map(_NUMBER.fullmatch, items)):
            yield from _outside(map(Decimal, items), declared, _LIMITS, "be", place)
        else:
            yield "be a number"
        return
    yield from _outside((Decimal(len(item)) for item in items), declared, _LENGTHS, "have a length of", place)
    if "AllowedPattern" in declared:
        written = text(declared["AllowedPattern"], f"{place}: AllowedPattern")
        try:
            pattern = Pattern(written)
            is_allowed = all(map(pattern.matches, items))
        except PatternError as error:
            raise DeclarationError(
                f"{place}: AllowedPattern cannot be checked, {error}: remove it from the template"
            ) from error
        budget.spend_steps(pattern.steps, place)
        if not is_allowed:
            yield f"match {shortened(written)}"


def _outside(
    numbers: Iterable[Decimal], declared: Mapping[str, Any], constraints: tuple[str, str], verb: str, place: str
) -> Iterator[str]:
    """Yield a description of each limit that one of the numbers violates."""
    given = list(numbers)
    for constraint, sign, words in zip(constraints, (-1, 1), ("or more", "or less")):
        if constraint in declared:
            limit = text(declared[constraint], f"{place}: {constraint}")
            if not _NUMBER.fullmatch(limit) or len(limit) > _MAX_VALUE:
                raise DeclarationError(f"{place}: {constraint} must be a number: correct it in the template")
            if any((number - Decimal(limit)) * sign > 0 for number in given):
                yield f"{verb} {shortened(limit)} {words}, see {constraint}"
