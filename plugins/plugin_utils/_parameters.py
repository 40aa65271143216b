# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parameters of CloudFormation templates: their values, and which values CloudFormation accepts.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ._data import DeclarationError, expect_dict, expect_list, text
from ._pattern import PatternError, matches

# A quota of CloudFormation for the value of a parameter, in bytes.
_MAX_VALUE = 4096
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
# The values of these are in AWS Systems Manager: default and constraints are those of the key, which is not the value.
_STORED = "AWS::SSM::Parameter::Value"
_LENGTHS = ("MinLength", "MaxLength")
_LIMITS = ("MinValue", "MaxValue")
CONSTRAINTS = ("AllowedPattern", "AllowedValues", *_LENGTHS, *_LIMITS)


def parameter(name: str, declaration: Any, given: Mapping[str, Any], where: str) -> Any:
    """Return the value of a parameter, text or a list of text, given by name or its default.

    Raises DeclarationError for a value that the declaration does not allow, and with `where` if there is none.
    """
    place = f"Parameter {name}"
    declared = expect_dict(declaration, place)
    kind = text(declared.get("Type", "String"), f"{place}: Type")
    is_stored = kind.startswith(_STORED)
    value = given.get(name, None if is_stored else declared.get("Default"))
    if value is None:
        raise DeclarationError(f"{where}: the parameter {name} has no value: give it in parameters")
    is_list = "CommaDelimitedList" in kind or "List<" in kind
    if is_list and not isinstance(value, list):
        value = text(value, place).split(",")
    items = [text(item, place).strip() for item in value] if is_list else [text(value, place)]
    for item in items:
        if len(item.encode()) > _MAX_VALUE:
            raise DeclarationError(f"The parameter {name} is longer than {_MAX_VALUE:,} bytes: shorten it")
        if not is_stored:
            _check(item, name, kind, declared)
    return items if is_list else items[0]


def _check(value: str, name: str, kind: str, declared: Mapping[str, Any]) -> None:
    """Raise DeclarationError for a value that a constraint does not allow, without the value: it may be secret."""
    place = f"Parameter {name}"
    if "AllowedValues" in declared:
        values = expect_list(declared["AllowedValues"], f"{place}: AllowedValues")
        allowed = [text(item, f"{place}: AllowedValues") for item in values]
        if value not in allowed:
            raise DeclarationError(
                f"The parameter {name} must be one of {', '.join(allowed)}: correct it in parameters"
            )
    if "Number" in kind:
        if not _NUMBER.fullmatch(value):
            raise DeclarationError(f"The parameter {name} must be a number: correct it in parameters")
        _check_limits(Decimal(value), name, declared, _LIMITS, "be")
        return
    _check_limits(Decimal(len(value)), name, declared, _LENGTHS, "have the length")
    if "AllowedPattern" in declared:
        pattern = text(declared["AllowedPattern"], f"{place}: AllowedPattern")
        try:
            is_allowed = matches(pattern, value)
        except PatternError as error:
            raise DeclarationError(
                f"{place}: AllowedPattern cannot be checked, {error}: remove it from the template"
            ) from error
        if not is_allowed:
            raise DeclarationError(f"The parameter {name} must match {pattern}: correct it in parameters")


def _check_limits(
    number: Decimal, name: str, declared: Mapping[str, Any], constraints: tuple[str, str], verb: str
) -> None:
    for constraint, sign, words in zip(constraints, (-1, 1), ("or more", "or less")):
        if constraint in declared:
            limit = text(declared[constraint], f"Parameter {name}: {constraint}")
            if not _NUMBER.fullmatch(limit) or len(limit) > _MAX_VALUE:
                raise DeclarationError(f"Parameter {name}: {constraint} must be a number: correct it in the template")
            if (number - Decimal(limit)) * sign > 0:
                raise DeclarationError(
                    f"The parameter {name} must {verb} {limit} {words}, see {constraint}: correct it in parameters"
                )
