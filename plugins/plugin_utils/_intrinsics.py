# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The intrinsic functions, conditions and pseudo parameters of CloudFormation templates.

A function that depends on what only CloudFormation or the service knows is an error, never a guess. Existing libraries
resolve templates to check them (cfn-lint), to expand SAM (aws-sam-translator) or to create resources (moto), and need
packages that a controller does not have.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Callable

from ._data import Budget, DeclarationError, NoValue, expect_dict, expect_list, kind, shortened, text
from ._parameters import parameter

NO_VALUE = NoValue()
CONTAINER = "AWS::MediaStore::Container"
# More than any document of the service has; text in functions that contain each other grows exponentially.
_MAX_TEXT = 1_000_000
# What an item of a list needs in memory, in characters.
_ITEM = 20
PSEUDO_PARAMETERS = (
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
)
# A nested stack has a name and an ID that CloudFormation chooses.
CHOSEN = ("AWS::StackId", "AWS::StackName")
# Where the parameters of a template are from that is not that of a nested stack, in messages.
ARGUMENT = "parameters"
_VARIABLE = re.compile(r"[\w.:]+", re.ASCII)
_URL_SUFFIXES = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}


class Resolver:
    """Resolves values of one template.

    - template: the template as data in JSON types
    - parameters: values of parameters and of pseudo parameters, by name
    - imports: exported values, by name
    - resources: what Ref and Fn::GetAtt return for other resources, by `LogicalId` and `LogicalId.Attribute`
    - budget: what the template and all results of its functions can hold
    - source: where the values of parameters are from, in messages

    What is used several times, such as a parameter, is evaluated once.
    """

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, Any],
        imports: Mapping[str, Any],
        resources: Mapping[str, Any],
        budget: Budget,
        source: str,
    ) -> None:
        self._sections = {
            name: expect_dict(template.get(name) or {}, f"The section {name} of the template")
            for name in ("Parameters", "Mappings", "Conditions", "Resources")
        }
        self._parameters = parameters
        self._imports = imports
        self._given_resources = resources
        self._budget = budget
        self._source = source
        self._conditions: dict[str, bool] = {}
        self._parameter_values: dict[str, Any] = {}
        self._container_names: dict[str, str] = {}
        self._active: list[str] = []
        self._functions: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Fn::Base64": self._base64,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import_value,
            "Fn::Join": self._join,
            "Fn::Length": self._length,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": self._to_json_string,
        }

    def value(self, value: Any, where: str) -> Any:
        """Return a value in which all functions are resolved, or NO_VALUE for AWS::NoValue.

        Raises DeclarationError with `where`, such as `Resource Live, Policy`, and the function that is not resolved.
        """
        self._budget.spend_characters(1 + len(value) if isinstance(value, str) else 1, where)
        if isinstance(value, list):
            items = [self.value(item, where) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        for name in value:
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, value, where)
        resolved = {name: self.value(item, where) for name, item in value.items()}
        return {name: item for name, item in resolved.items() if item is not NO_VALUE}

    def condition(self, name: Any, where: str) -> bool:
        """Return whether a condition of the template is true."""
        if not isinstance(name, str):
            raise DeclarationError(f"{where}: a condition must be the name of one, but it is {kind(name)}: correct it")
        if name not in self._sections["Conditions"]:
            raise DeclarationError(f"{where}: the template has no condition {shortened(name)}: correct the template")
        if name not in self._conditions:
            with self._entered(f"condition {name}", where):
                self._conditions[name] = self._test(self._sections["Conditions"][name], f"Condition {shortened(name)}")
        return self._conditions[name]

    def _call(self, name: str, value: dict[str, Any], where: str) -> Any:
        if len(value) > 1:
            raise DeclarationError(f"{where}: {name} must be the only member of its object: correct the template")
        if name not in self._functions:
            raise DeclarationError(
                f"{where}: {name} cannot be resolved without CloudFormation: give its result in place of it, or the"
                " template that `aws cloudformation get-template --template-stage Processed` returns"
            )
        return self._functions[name](value[name], where)

    @contextlib.contextmanager
    def _entered(self, name: str, where: str) -> Iterator[None]:
        if name in self._active:
            raise DeclarationError(f"{where}: the {name} depends on itself: correct the template")
        self._active.append(name)
        yield
        self._active.pop()

    def parameter(self, name: str, where: str) -> Any:
        """Return the value of a parameter of the template: text, or a list of text."""
        if name not in self._parameter_values:
            declaration = self._sections["Parameters"][name]
            self._parameter_values[name] = parameter(
                name, declaration, self._parameters, where, self._source, self._budget
            )
        return self._parameter_values[name]

    def _ref(self, name: Any, where: str) -> Any:
        if not isinstance(name, str):
            raise DeclarationError(f"{where}: Ref must contain a name: correct it")
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._sections["Parameters"]:
            return self._used(self.parameter(name, where), where)
        if name.startswith("AWS::"):
            return self._used(self._pseudo_parameter(name, where), where)
        self._require_existence(name, where)
        if self._is_container(name):
            return self._container_name(name, where)
        return self._given(name, name, f"Ref {shortened(name)}", where)

    def _used(self, value: Any, where: str) -> Any:
        """Return a text or a list of text that can be used several times, which counts each time."""
        texts = value if isinstance(value, list) else [value]
        self._budget.spend_characters(len(texts) + sum(map(len, texts)), where)
        return value

    def _pseudo_parameter(self, name: str, where: str) -> Any:
        partition = self._parameters.get("AWS::Partition", "aws")
        defaults = {"AWS::Partition": "aws", "AWS::URLSuffix": _URL_SUFFIXES.get(str(partition))}
        value = self._parameters.get(name, defaults.get(name))
        if value is not None:
            return value
        if name not in PSEUDO_PARAMETERS:
            raise DeclarationError(
                f"{where}: CloudFormation has no pseudo parameter {shortened(name)}: correct the name"
            )
        if name in CHOSEN and self._source != ARGUMENT:
            raise DeclarationError(
                f"{where}: Ref {name} has no value, because CloudFormation chooses it for a nested stack: write the"
                " value in the template of the nested stack"
            )
        raise DeclarationError(f"{where}: Ref {name} has no value: give it in {ARGUMENT}")

    def _is_container(self, name: str) -> bool:
        resource = self._sections["Resources"].get(name)
        return isinstance(resource, dict) and resource.get("Type") == CONTAINER

    def _container_name(self, name: str, where: str) -> str:
        """Return what Ref returns for a container: its name."""
        if name not in self._container_names:
            resource = self._sections["Resources"][name]
            with self._entered(f"resource {name}", where):
                properties = expect_dict(resource.get("Properties"), f"Resource {shortened(name)}, Properties")
                place = f"Resource {shortened(name)}, ContainerName"
                self._container_names[name] = text(self.value(properties.get("ContainerName"), place), place)
        return self._result([self._container_names[name]], "", "Ref", where)

    def _require_existence(self, name: str, where: str) -> None:
        """Raise DeclarationError for a resource whose condition is false."""
        resource = self._sections["Resources"].get(name)
        if not isinstance(resource, dict) or "Condition" not in resource:
            return
        condition = resource["Condition"]
        with self._entered(f"resource {name}", where):
            if not self.condition(condition, f"Resource {shortened(name)}"):
                raise DeclarationError(
                    f"{where}: the {'container' if self._is_container(name) else 'resource'} {shortened(name)} does not"
                    f" exist, because its condition {shortened(condition)} is false: correct the template or its"
                    " parameters"
                )

    def _given(self, resource: str, key: str, expression: str, where: str) -> Any:
        if key not in self._given_resources and resource not in self._sections["Resources"]:
            raise DeclarationError(
                f"{where}: {expression} names neither a parameter nor a resource of the template: correct the template,"
                f" or give the value of {shortened(key)} in resources"
            )
        if key not in self._given_resources:
            raise DeclarationError(
                f"{where}: {expression} is known only after CloudFormation has created the resource: give the value of"
                f" {shortened(key)} in resources"
            )
        return self._used(self._given_resources[key], where)

    def _get_att(self, argument: Any, where: str) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else self._arguments("GetAtt", argument, 2, where)
        if len(parts) != 2:
            raise DeclarationError(f"{where}: Fn::GetAtt must contain a resource and an attribute: correct it")
        resource, attribute = (text(self.value(part, where), f"{where}: Fn::GetAtt") for part in parts)
        key = f"{resource}.{attribute}"
        self._require_existence(resource, where)
        if self._is_container(resource) and attribute == "Arn" and key not in self._given_resources:
            pseudo = (self._pseudo_parameter(f"AWS::{name}", where) for name in ("Partition", "Region", "AccountId"))
            partition, region, account = pseudo
            name = self._container_name(resource, where)
            return f"arn:{partition}:mediastore:{region}:{account}:container/{name}"
        return self._given(resource, key, f"Fn::GetAtt {shortened(key)}", where)

    def _import_value(self, argument: Any, where: str) -> Any:
        name = text(self.value(argument, where), f"{where}: Fn::ImportValue")
        if name not in self._imports:
            raise DeclarationError(f"{where}: Fn::ImportValue {shortened(name)} has no value: give it in imports")
        return self._used(self._imports[name], where)

    def _sub(self, argument: Any, where: str) -> str:
        template, given = self._arguments("Sub", argument, 2, where) if isinstance(argument, list) else (argument, {})
        variables = expect_dict(given, f"{where}: the variables of Fn::Sub")

        source = text(template, f"{where}: Fn::Sub")
        parts = []
        values: dict[str, str] = {}
        position = 0
        while (start := source.find("${", position)) >= 0 and (end := source.find("}", start)) >= 0:
            name = source[start + 2 : end]
            if name not in values:
                values[name] = self._variable(name, variables, where)
            parts += [source[position:start], values[name]]
            position = end + 1
        return self._result([*parts, source[position:]], "", "Fn::Sub", where)

    def _variable(self, name: str, variables: Mapping[str, Any], where: str) -> str:
        """Return what a variable in the text of Fn::Sub becomes."""
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        if name in variables:
            value = self.value(variables[name], where)
        elif not _VARIABLE.fullmatch(name):
            raise DeclarationError(
                f"{where}: the variable ${{{shortened(name)}}} in Fn::Sub must be a name as in Ref or Fn::GetAtt,"
                " without spaces: correct it"
            )
        else:
            value = (self._get_att if "." in name else self._ref)(name, where)
        return value if isinstance(value, str) else text(value, f"{where}: {shortened(name)} in Fn::Sub")

    def _join(self, argument: Any, where: str) -> str:
        delimiter, items = self._arguments("Join", argument, 2, where)
        values = expect_list(self.value(items, where), f"{where}: the second argument of Fn::Join")
        texts = [text(value, f"{where}: an item of Fn::Join") for value in values]
        return self._result(texts, text(delimiter, f"{where}: the delimiter of Fn::Join"), "Fn::Join", where)

    def _split(self, argument: Any, where: str) -> list[str]:
        delimiter, source = self._arguments("Split", argument, 2, where)
        delimiter = text(delimiter, f"{where}: the delimiter of Fn::Split")
        if not delimiter:
            raise DeclarationError(f"{where}: the delimiter of Fn::Split is empty: correct it")
        value = text(self.value(source, where), f"{where}: the second argument of Fn::Split")
        self._budget.spend_characters(len(value) + _ITEM * value.count(delimiter), where)
        return value.split(delimiter)

    def _select(self, argument: Any, where: str) -> Any:
        index, items = self._arguments("Select", argument, 2, where)
        values = expect_list(self.value(items, where), f"{where}: the second argument of Fn::Select")
        number = text(self.value(index, where), f"{where}: the index of Fn::Select")
        if not re.fullmatch("[0-9]{1,9}", number) or int(number) >= len(values):
            raise DeclarationError(
                f"{where}: Fn::Select has the index {number}, and a list of {len(values)} items: correct the template"
            )
        return values[int(number)]

    def _find_in_map(self, argument: Any, where: str) -> Any:
        path, default = expect_list(argument, f"{where}: Fn::FindInMap"), {}
        if len(path) == 4 and isinstance(path[3], dict):
            path, default = path[:3], path[3]
        keys = [
            text(self.value(key, where), f"{where}: a key of Fn::FindInMap")
            for key in self._arguments("FindInMap", path, 3, where)
        ]
        found: Any = self._sections["Mappings"]
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        if found is None and "DefaultValue" in default:
            found = default["DefaultValue"]
        if found is None:
            raise DeclarationError(
                f"{where}: Fn::FindInMap finds nothing at {', '.join(keys)} in the mappings: correct the template"
            )
        return self.value(found, where)

    def _if(self, argument: Any, where: str) -> Any:
        name, if_true, if_false = self._arguments("If", argument, 3, where)
        return self.value(if_true if self.condition(name, where) else if_false, where)

    def _base64(self, argument: Any, where: str) -> str:
        value = text(self.value(argument, where), f"{where}: Fn::Base64")
        return self._result([base64.b64encode(value.encode()).decode()], "", "Fn::Base64", where)

    def _length(self, argument: Any, where: str) -> int:
        return len(expect_list(self.value(argument, where), f"{where}: Fn::Length"))

    def _to_json_string(self, argument: Any, where: str) -> str:
        value = self.value(argument, where)
        if value is NO_VALUE:
            raise DeclarationError(f"{where}: Fn::ToJsonString has no value: correct the template")
        return self._result([json.dumps(value, separators=(",", ":"))], "", "Fn::ToJsonString", where)

    def _test(self, expression: Any, where: str) -> bool:
        """Return whether the expression of a condition is true."""
        if not isinstance(expression, dict) or len(expression) != 1:
            raise DeclarationError(f"{where}: a condition must be one function: correct the template")
        [(name, argument)] = expression.items()
        if name == "Condition":
            return self.condition(argument, where)
        if name == "Fn::Equals":
            one, other = (self.value(side, where) for side in self._arguments("Equals", argument, 2, where))
            return bool(_comparable(one, where) == _comparable(other, where))
        if name not in ("Fn::And", "Fn::Or", "Fn::Not"):
            raise DeclarationError(f"{where}: a condition cannot contain {name}: correct the template")
        results = [self._test(item, where) for item in expect_list(argument, f"{where}: {name}")]
        if name == "Fn::Not":
            [result] = self._arguments("Not", results, 1, where)
            return not result
        if not 2 <= len(results) <= 10:
            raise DeclarationError(
                f"{where}: {name} has {len(results)} conditions, but takes 2 to 10: correct the template"
            )
        return all(results) if name == "Fn::And" else any(results)

    @staticmethod
    def _arguments(name: str, argument: Any, number: int, where: str) -> list[Any]:
        arguments = expect_list(argument, f"{where}: Fn::{name}")
        if len(arguments) != number:
            raise DeclarationError(
                f"{where}: Fn::{name} has {len(arguments)} arguments, but takes {number}: correct the template"
            )
        return arguments

    def _result(self, parts: list[str], delimiter: str, name: str, where: str) -> str:
        """Return joined text, unless it would be too long."""
        length = sum(map(len, parts)) + len(delimiter) * max(len(parts) - 1, 0)
        if length > _MAX_TEXT:
            raise DeclarationError(
                f"{where}: the result of {name} has more than {_MAX_TEXT:,} characters: give only the part needed"
            )
        self._budget.spend_characters(length, where)
        return delimiter.join(parts)


def _comparable(value: Any, where: str) -> Any:
    """Return what Fn::Equals compares: parameters are text, so numbers and booleans are as well."""
    return value if isinstance(value, (dict, list)) else text(value, f"{where}: an argument of Fn::Equals")
