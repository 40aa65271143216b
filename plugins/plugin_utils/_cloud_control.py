# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of `aws cloudcontrol get-resource` and list-resources, whose Properties are JSON text.

The properties are those of CloudFormation, and Endpoint, which only the service sets.
Source: https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ResourceDescription.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._answers import Answer, Statement, described, settable
from ._data import Budget, DeclarationError, expect_dict, expect_list, plain, shortened, text
from ._declarations import PROPERTIES, document, host_of
from ._tool import Tool

_TYPE = "AWS::MediaStore::Container"


def _answers(data: Mapping[str, Any], what: str, budget: Budget) -> list[Answer]:
    checked = plain(data, what, budget)
    kind = checked.get("TypeName", _TYPE)
    if kind != _TYPE:
        raise DeclarationError(f"{what} has the type {text(kind, 'TypeName')}, not {_TYPE}: remove it")
    if "ResourceDescriptions" in checked:
        descriptions = expect_list(checked["ResourceDescriptions"] or [], f"{what}, ResourceDescriptions")
        statements = [_statement(item, what, budget) for item in descriptions]
        return [Answer("list-resources", statements, bool(checked.get("NextToken")))]
    return [Answer("get-resource", [_statement(checked.get("ResourceDescription", checked), what, budget)])]


def _statement(description: Any, what: str, budget: Budget) -> Statement:
    given = expect_dict(description, f"{what}, ResourceDescription")
    properties = document(given["Properties"], f"{what}, Properties", budget) if "Properties" in given else given
    options = {}
    for key, value in properties.items():
        if key in PROPERTIES and value is not None:
            option, convert = PROPERTIES[key]
            options[option] = convert(value, f"{what}, {key}", budget)
        elif key not in ("Endpoint", "Identifier") and value is not None:
            raise DeclarationError(f"{what} has the property {key}, which {_TYPE} does not have: remove it")
    if "tags" in options:
        options["tags"] = settable(options["tags"])
    identifier = text(given.get("Identifier", options.get("name")), f"{what}: Identifier")
    name = options.pop("name", identifier)
    if identifier != name:
        raise DeclarationError(
            f"{what} has the Identifier {shortened(identifier)} and the ContainerName {shortened(name)}, which must be"
            " equal: correct one"
        )
    return described(name, None, None, options, what)._replace(host=host_of(properties.get("Endpoint")))


def _is_answer(data: Any) -> bool:
    names = ("ResourceDescription", "ResourceDescriptions", "Identifier", "ContainerName")
    return isinstance(data, dict) and any(name in data for name in names)


TOOL = Tool("an answer of aws cloudcontrol", "from_aws_cli", _is_answer, _answers)
