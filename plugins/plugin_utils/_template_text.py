# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the text of a CloudFormation template to data, in which short forms of functions are long forms.

PyYAML parses the text. Its values are made here, not by its constructors: templates have YAML tags of their own,
duplicate keys are errors, and CloudFormation treats dates as text.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from ._declarations import Budget, DeclarationError, load_data

_WHAT = "The template"
_JSON = re.compile(r'\s*[\[{]\s*["{}\[\]]')
_CORE = "tag:yaml.org,2002:"
# An account id such as 012345670123 is octal in YAML, and 1_000 a number: a number in another form stays text.
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_SCALARS = ("str", "int", "float", "timestamp")


def load_template(text: str) -> Any:
    """Return the data of a template in JSON or YAML; raise DeclarationError if it is neither."""
    text = text.removeprefix("\ufeff")
    if _JSON.match(text):
        return load_data(text, _WHAT)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DeclarationError(f"{_WHAT} is not valid YAML: {error.problem}{line}") from error
    except yaml.YAMLError as error:
        raise DeclarationError(f"{_WHAT} is not valid YAML: {' '.join(str(error).split())}") from error
    return None if node is None else _value(node, Budget(_WHAT), 0)


class _Loader(yaml.SafeLoader):
    """A loader that stops at the limits before the text is parsed to its end."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._budget = Budget(_WHAT)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._budget.spend(self._depth)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _value(node: yaml.Node, budget: Budget, depth: int) -> Any:
    """Return the value of a node. An alias is its node again, so that its values count each time they are used."""
    budget.spend(depth)
    if node.tag.startswith("!") and node.tag != "!":
        return _long_form(node.tag[1:], _content(node, budget, depth))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if node.tag not in (f"{_CORE}seq", f"{_CORE}map"):
        raise DeclarationError(f"{_place(node)}: CloudFormation does not support the YAML tag {node.tag}")
    return _content(node, budget, depth)


def _content(node: yaml.Node, budget: Budget, depth: int) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, budget, depth + 1) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, budget, depth)
    return node.value


def _mapping(node: yaml.MappingNode, budget: Budget, depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == f"{_CORE}merge":
            raise DeclarationError(f"{_place(key)}: a key must be text, CloudFormation does not support merge keys")
        if key.value in result:
            raise DeclarationError(f"{_place(key)}: the key {key.value} occurs twice")
        result[key.value] = _value(item, budget, depth + 1)
    return result


def _scalar(node: yaml.ScalarNode) -> Any:
    kind = node.tag.removeprefix(_CORE)
    if kind == "null":
        return None
    if kind == "bool":
        return yaml.SafeLoader.bool_values.get(node.value.lower(), node.value)
    if kind == "int" and _WHOLE_NUMBER.fullmatch(node.value):
        return int(node.value)
    if kind in _SCALARS or kind == "!":
        return node.value
    raise DeclarationError(f"{_place(node)}: CloudFormation does not support the YAML tag {node.tag}")


def _long_form(name: str, value: Any) -> dict[str, Any]:
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


def _place(node: yaml.Node) -> str:
    return f"{_WHAT}, line {node.start_mark.line + 1}"
