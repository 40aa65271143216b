# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From YAML text to data, in which the short forms of CloudFormation's functions are long forms.

PyYAML parses the text to events, with libyaml where it has it. The values are made here, one event at a time, so that
the limits stop a text before it is parsed to its end: templates have YAML tags of their own, duplicate keys are errors,
and CloudFormation treats dates as text. AWS CLI 2 prints objects as the tag !!omap.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from ._data import Budget, DeclarationError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
# An account id such as 012345670123 is octal in YAML, and 1_000 a number: a number in another form stays text.
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
# The parser compares each of these directives with all before it.
_TAG_DIRECTIVE = re.compile("(?:^|[\n\r\x85\u2028\u2029])%TAG")
_SCALARS = ("str", "int", "float", "timestamp")


class _Built(NamedTuple):
    """A value, the number of values in it, and the number of levels below it."""

    value: Any
    values: int
    levels: int


def load_yaml(text: str, what: str, budget: Budget, is_single: bool = False) -> list[Any]:
    """Return the data of the documents in YAML text, at most one if `is_single`.

    Raises DeclarationError for other text.
    """
    if _TAG_DIRECTIVE.search(text):
        raise DeclarationError(f"{what} contains the YAML directive %TAG, which is not supported: remove it")
    loader = _LOADER(text)
    try:
        return list(_Builder(loader, what, budget.of_yaml).documents(is_single))
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DeclarationError(f"{what} is not valid YAML, {error.problem}{line}: correct it") from error
    except yaml.YAMLError as error:
        raise DeclarationError(f"{what} is not valid YAML, {' '.join(str(error).split())}: correct it") from error
    finally:
        loader.dispose()


class _Builder:
    """Makes values of the events of a loader."""

    def __init__(self, loader: Any, what: str, budget: Budget) -> None:
        self._loader = loader
        self._what = what
        self._budget = budget
        self._anchors: dict[str, _Built | None] = {}

    def documents(self, is_single: bool) -> Iterator[Any]:
        """Yield the value of each document."""
        is_first = True
        while not self._loader.check_event(yaml.StreamEndEvent):
            event = self._loader.get_event()
            if isinstance(event, yaml.DocumentStartEvent):
                if is_single and not is_first:
                    raise DeclarationError(f"{self._place(event)}: it is not valid YAML, a second document: remove it")
                is_first = False
                self._anchors = {}
                yield self._built(self._loader.get_event(), 0).value

    def _built(self, event: Any, depth: int) -> _Built:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        self._budget.spend(self._what, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        built = self._content(event, depth)
        if event.tag and event.tag.startswith("!") and event.tag != "!":
            built = built._replace(value=_long_form(event.tag[1:], built.value), levels=built.levels + 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = built
        return built

    def _alias(self, event: Any, depth: int) -> _Built:
        """Return the value of an alias, whose values count each time they are used."""
        if event.anchor not in self._anchors:
            raise DeclarationError(f"{self._place(event)}: the alias {event.anchor} has no anchor: add one")
        built = self._anchors[event.anchor]
        if built is None:
            raise DeclarationError(f"{self._place(event)}: the alias {event.anchor} contains itself: remove it")
        self._budget.spend_values(built.values, self._what, depth + built.levels)
        return built

    def _content(self, event: Any, depth: int) -> _Built:
        if isinstance(event, yaml.ScalarEvent):
            return _Built(self._scalar(event), 1, 0)
        is_sequence = isinstance(event, yaml.SequenceStartEvent)
        if event.tag == f"{_CORE}omap" and is_sequence:
            return self._ordered_mapping(depth)
        if event.tag and not event.tag.startswith("!") and event.tag not in (f"{_CORE}seq", f"{_CORE}map"):
            raise DeclarationError(f"{self._place(event)}: the YAML tag {event.tag} is not supported: remove it")
        return self._sequence(depth) if is_sequence else self._mapping(depth)

    def _sequence(self, depth: int) -> _Built:
        items = []
        while not self._loader.check_event(yaml.SequenceEndEvent):
            items.append(self._built(self._loader.get_event(), depth + 1))
        self._loader.get_event()
        return _of([item.value for item in items], items)

    def _mapping(self, depth: int) -> _Built:
        result: dict[str, Any] = {}
        items = []
        while not self._loader.check_event(yaml.MappingEndEvent):
            key = self._key(self._loader.get_event(), result)
            items.append(self._built(self._loader.get_event(), depth + 1))
            result[key] = items[-1].value
        self._loader.get_event()
        return _of(result, items)

    def _ordered_mapping(self, depth: int) -> _Built:
        start = self._loader.peek_event()
        pairs = self._sequence(depth)
        result: dict[str, Any] = {}
        for pair in pairs.value:
            if not isinstance(pair, dict) or len(pair) != 1 or not result.keys().isdisjoint(pair):
                raise DeclarationError(f"{self._place(start)}: an !!omap is a list of objects with one key: correct it")
            result.update(pair)
        return pairs._replace(value=result)

    def _key(self, event: Any, earlier: dict[str, Any]) -> str:
        if not isinstance(event, yaml.ScalarEvent) or self._tag(event) == f"{_CORE}merge":
            raise DeclarationError(
                f"{self._place(event)}: a key must be text, merge keys are not supported: write it out"
            )
        key = str(event.value)
        if key in earlier:
            raise DeclarationError(f"{self._place(event)}: the key {key} occurs twice: remove one")
        if event.anchor is not None:
            self._anchors[event.anchor] = _Built(key, 1, 0)
        return key

    def _tag(self, event: Any) -> str:
        """Return the tag of a scalar, which for one without a tag follows from its text."""
        if event.tag is not None and event.tag != "!":
            return str(event.tag)
        implicit = (event.implicit[0] and event.tag is None, event.implicit[1] or event.tag == "!")
        return str(self._loader.resolve(yaml.ScalarNode, event.value, implicit))

    def _scalar(self, event: Any) -> Any:
        tag = self._tag(event)
        kind = tag.removeprefix(_CORE)
        if kind == "null":
            return None
        if kind == "bool":
            return yaml.SafeLoader.bool_values.get(event.value.lower(), event.value)
        if kind == "int" and _WHOLE_NUMBER.fullmatch(event.value):
            return int(event.value)
        if kind in _SCALARS or tag.startswith("!"):
            return event.value
        raise DeclarationError(f"{self._place(event)}: the YAML tag {tag} is not supported: remove it")

    def _place(self, event: Any) -> str:
        return f"{self._what}, line {event.start_mark.line + 1}"


def _of(value: Any, items: list[_Built]) -> _Built:
    return _Built(value, 1 + sum(item.values for item in items), 1 + max((item.levels for item in items), default=0))


def _long_form(name: str, value: Any) -> dict[str, Any]:
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}
