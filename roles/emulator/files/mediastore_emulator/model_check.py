# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of requests against botocore's service model.

Before it sends a request, botocore checks types, required members and minimum lengths. The service also enforces the
maximum lengths, patterns and enumerations of the same model.
"""

from __future__ import annotations

import re
import sys
import threading
import unicodedata
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

from .errors import InvalidRequestError

_MAX_VALUE_LENGTH = 256
_MAX_LISTED = 10
_OBJECT_NAME = r"[A-Za-z0-9_=:.~-]+"
# By the name of the shape: patterns where the service accepts more than botocore's model.
_WIDER_PATTERNS = {
    # The API Reference and the User Guide allow = and : in the names of folders and objects.
    "PathNaming": rf"(?:{_OBJECT_NAME}/){{0,10}}{_OBJECT_NAME}",
    "ListPathNaming": rf"/?(?:{_OBJECT_NAME}/){{0,10}}(?:{_OBJECT_NAME})?/?",
    # The model allows only the partition aws, and no region such as us-gov-west-1.
    "ContainerARN": r"arn:aws[a-z-]*:mediastore:[A-Za-z0-9-]+:\d{12}:container/[\w-]{1,255}",
    # The unit of a range ignores case (RFC 9110, 14.1).
    "RangePattern": r"(?i:bytes)=(?:\d+-\d*|-\d+)",
}
# By the name of the shape: enumerations that the service extends, so that botocore's model can be older.
_OPEN_ENUMERATIONS = {"BucketLocationConstraint"}
_COMPILING = threading.Lock()
_PYTHON_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "timestamp": str,
    "structure": dict,
    "list": list,
    "blob": bytes,
}


@cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of `service` ("mediastore-data", for example); it is loaded once in a process."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def checked(shape: Shape | None, value: Any) -> Any:
    """Return `value` without members that the model does not define; the result satisfies `shape`.

    A member that is null counts as absent. Raises InvalidRequestError with the number of violations and the first ten,
    with AWS's texts and paths ("corsPolicy.1.member.allowedMethods").
    """
    problems = _Problems()
    known = {} if shape is None else _walk(shape, value, "", problems)
    if problems.count:
        raise problems.error()
    return known


def missing(member: str) -> InvalidRequestError:
    """Return the error for a request without a member that the service requires and the model does not."""
    problems = _Problems()
    problems.add(None, _lower_first(member), "Member must not be null")
    return problems.error()


class _Problems:
    """The violations in one request: their number, and the texts of the first ones."""

    def __init__(self) -> None:
        self.count = 0
        self._shown: list[str] = []

    def add(self, value: Any, path: str, constraint: str) -> None:
        """Add one violation."""
        self.count += 1
        if len(self._shown) < _MAX_LISTED:
            self._shown.append(_violation(value, path, constraint))

    def error(self) -> InvalidRequestError:
        """Return the error for the request."""
        found = "1 validation error" if self.count == 1 else f"{self.count} validation errors"
        more = [f"and {self.count - _MAX_LISTED} more"] if self.count > _MAX_LISTED else []
        return InvalidRequestError(f"{found} detected: {'; '.join(self._shown + more)}")


def _walk(shape: Shape, value: Any, path: str, problems: _Problems) -> Any:
    wanted = _PYTHON_TYPES[shape.type_name]
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        problems.add(value, path, f"Member must be of type {shape.type_name}")
        return value
    for constraint in _broken_constraints(shape, value):
        problems.add(value, path, constraint)
    if isinstance(shape, StructureShape):
        return _walk_structure(shape, value, path, problems)
    if isinstance(shape, ListShape):
        member: Shape = shape.member
        return [_walk(member, item, f"{path}.{number}.member", problems) for number, item in enumerate(value, 1)]
    return value


def _walk_structure(shape: StructureShape, value: dict[str, Any], path: str, problems: _Problems) -> dict[str, Any]:
    known = {}
    for name, member in shape.members.items():
        if value.get(name) is not None:
            known[name] = _walk(member, value[name], _below(path, name), problems)
        elif name in shape.required_members:
            problems.add(None, _below(path, name), "Member must not be null")
    return known


def _below(path: str, name: str) -> str:
    return f"{path}.{_lower_first(name)}" if path else _lower_first(name)


def _broken_constraints(shape: Shape, value: Any) -> list[str]:
    rules = shape.metadata
    broken: list[str] = []
    if isinstance(value, (str, list)):
        size, what = len(value), "length"
    elif isinstance(value, int):
        size, what = value, "value"
    else:
        return broken
    if size < rules.get("min", size):
        broken.append(f"Member must have {what} greater than or equal to {rules['min']}")
    if size > rules.get("max", size):
        broken.append(f"Member must have {what} less than or equal to {rules['max']}")
    if "enum" in rules and value not in rules["enum"] and shape.name not in _OPEN_ENUMERATIONS:
        broken.append(f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]")
    pattern = _WIDER_PATTERNS.get(shape.name, rules.get("pattern"))
    if pattern and not _pattern(pattern).fullmatch(value):
        broken.append(f"Member must satisfy regular expression pattern: {pattern}")
    return broken


def _violation(value: Any, path: str, constraint: str) -> str:
    if value is None:
        shown = "null"
    else:
        text = str(value)
        shown = f"'{text}'" if len(text) <= _MAX_VALUE_LENGTH else f"'{text[:_MAX_VALUE_LENGTH]}...'"
    return f"Value {shown} at '{path or 'body'}' failed to satisfy constraint: {constraint}"


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _pattern(pattern: str) -> re.Pattern[str]:
    # Computing the ranges takes a third of a second, so threads must not do it at the same time.
    with _COMPILING:
        return _compiled(pattern)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    r"""Return the Java pattern of a model as a Python pattern: \w and \d match ASCII only, \p{L} becomes ranges."""
    return re.compile(re.sub(r"\\p\{(\w)\}", lambda match: _ranges(match[1]), pattern), re.ASCII)


@cache
def _ranges(category: str) -> str:
    """Return the characters of a Unicode general category ("L", "Z", "N") as ranges for a character class."""
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(category):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
