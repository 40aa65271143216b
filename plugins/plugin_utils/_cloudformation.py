# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of CloudFormation templates, and of those that the AWS CDK and AWS SAM write.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-mediastore-container.html
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ._data import Budget, DeclarationError, expect_dict, plain, shortened, text
from ._declarations import PROPERTIES, Entry, containers_of, placed, require_methods
from ._intrinsics import ARGUMENT, CHOSEN, CONTAINER, NO_VALUE, PSEUDO_PARAMETERS, Resolver
from ._tools import load

_PROCESSED = "give the template that `aws cloudformation get-template --template-stage Processed` returns"
_STACKS = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")
# In a loop, a type that is not text, in which a variable stands, or whose resources can contain containers.
_ASSEMBLED = re.compile(
    r'"Type": (?:\{|"(?:AWS::CloudFormation::Stack"|AWS::Serverless::Application"|[^"]*(?:[$&]\{|::MODULE")))'
)


@dataclasses.dataclass(frozen=True)
class Arguments:
    """What a template does not contain: parameters, imports and resources as Resolver takes them, and nested stacks.

    `stacks` has the template of each nested stack by its logical ID, null for one without containers. `source` is where
    the parameters are from, in messages.
    """

    parameters: Mapping[str, Any]
    imports: Mapping[str, Any]
    resources: Mapping[str, Any]
    stacks: Mapping[str, Any]
    source: str = ARGUMENT

    def of_stack(self, name: str, parameters: Mapping[str, Any]) -> Arguments:
        """Return the arguments of a nested stack, which gets these parameters."""
        return Arguments(
            {**self._inherited, **parameters},
            self.imports,
            self._resources_of_stacks.get(name, {}),
            self._stacks_of_stacks.get(name, {}),
            f"the Parameters of the resource {shortened(name)}",
        )

    @functools.cached_property
    def _inherited(self) -> dict[str, Any]:
        names = [name for name in PSEUDO_PARAMETERS if name not in CHOSEN and name in self.parameters]
        return {name: self.parameters[name] for name in names}

    @functools.cached_property
    def _resources_of_stacks(self) -> dict[str, dict[str, Any]]:
        return _by_stack(self.resources)

    @functools.cached_property
    def _stacks_of_stacks(self) -> dict[str, dict[str, Any]]:
        return _by_stack(self.stacks)


def _by_stack(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the values whose names begin with that of a nested stack and a dot, by both parts of the name."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        stack, dot, name = key.partition(".")
        if dot:
            found.setdefault(stack, {})[name] = value
    return found


def from_cloudformation(template: Any, arguments: Arguments, budget: Budget) -> list[dict[str, Any]]:
    """Return the containers of a template, as the option containers of mediastore_containers.

    The template is text or data. Raises DeclarationError.
    """
    checked = checked_arguments(arguments, budget)
    tool, data = load(template, "from_cloudformation", "The template", budget, is_yaml=True)
    read = tool.read(data, "The template", budget)
    require_names([read], checked, "The template has no")
    return containers_of(entries_of_template(read, checked, budget))


def checked_arguments(arguments: Arguments, budget: Budget) -> Arguments:
    """Return arguments in the types of JSON; raise DeclarationError for a wrong type."""
    return Arguments(
        _values(arguments.parameters, "parameters", budget),
        _values(arguments.imports, "imports", budget),
        _values(arguments.resources, "resources", budget),
        {text(name, "A name in stacks"): stack for name, stack in expect_dict(arguments.stacks, "stacks").items()},
    )


def _values(given: Any, what: str, budget: Budget) -> dict[str, Any]:
    """Return an argument, each value of which is text or a list of text."""
    checked = plain(expect_dict(given, what), what, budget)
    return {name: _text_or_list(value, f"{what}, {shortened(name)}") for name, value in checked.items()}


def _text_or_list(value: Any, where: str) -> Any:
    if not isinstance(value, list):
        return text(value, where)
    return [
        item if isinstance(item, str) else text(item, f"{where}, item {number}") for number, item in enumerate(value, 1)
    ]


def require_names(templates: list[Any], arguments: Arguments, has_no: str) -> None:
    """Raise DeclarationError for an argument that none of the templates uses; `has_no` begins the message."""
    declared = {name for template in templates for name in _parameters(template)}
    for name, value in arguments.parameters.items():
        if name.startswith("AWS::"):
            _check_pseudo_parameter(name, value, arguments.source)
        elif name not in declared:
            raise DeclarationError(
                f"{has_no} parameter {shortened(name)}: remove it from {arguments.source}, or correct it"
            )
    stacks = {
        name
        for template in templates
        for name, resource in template["Resources"].items()
        if isinstance(resource, dict) and resource.get("Type") in _STACKS
    }
    for name in arguments.stacks:
        if name.partition(".")[0] not in stacks:
            raise DeclarationError(f"{has_no} nested stack {shortened(name)}: remove it from stacks, or correct it")


def _check_pseudo_parameter(name: str, value: Any, source: str) -> None:
    if name not in PSEUDO_PARAMETERS:
        raise DeclarationError(
            f"CloudFormation has no pseudo parameter {shortened(name)}: use one of {', '.join(PSEUDO_PARAMETERS)}"
        )
    if name != "AWS::NotificationARNs":
        text(value, f"{source}, {name}")
    # An unquoted account id that begins with 0 is another number in YAML.
    if name == "AWS::AccountId" and not re.fullmatch("[0-9]{12}", value):
        raise DeclarationError("The parameter AWS::AccountId must have 12 digits: write it in quotes")


def entries_of_template(data: dict[str, Any], arguments: Arguments, budget: Budget) -> Iterator[Entry]:
    """Yield the containers of a template, and of its nested stacks; raise DeclarationError."""
    what = "The template"
    _check_transforms(data.get("Transform"))
    _check_functions(data, what)
    resolver = Resolver(data, arguments.parameters, arguments.imports, arguments.resources, budget, arguments.source)
    for name in _parameters(data):
        if name in arguments.parameters:
            resolver.parameter(name, what)
    for name, resource in data["Resources"].items():
        where = f"Resource {shortened(name)}"
        kind = _type(name, resource, where)
        if kind is None or ("Condition" in resource and not resolver.condition(resource["Condition"], where)):
            continue
        if kind == CONTAINER:
            yield _entry(resource, where, resolver, arguments, budget)
        elif name not in arguments.stacks:
            raise DeclarationError(
                f"{where} is a nested stack: give its template as {shortened(name)} in stacks, or null if it declares"
                " no container"
            )
        elif arguments.stacks[name] is not None:
            yield from placed(where, _nested(name, resource, resolver, arguments, budget))


def _parameters(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return expect_dict(data.get("Parameters") or {}, "The section Parameters of the template")


def _check_transforms(transforms: Any) -> None:
    """Raise DeclarationError for a macro that can change containers; those of AWS do not, except one.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-reference.html
    """
    for transform in transforms if isinstance(transforms, list) else [transforms]:
        name = transform.get("Name") if isinstance(transform, dict) else transform
        if name is not None and (not str(name).startswith("AWS::") or name == "AWS::Include"):
            raise DeclarationError(f"The transform {name} runs only in CloudFormation: {_PROCESSED}")


def _check_functions(section: Mapping[str, Any], where: str) -> None:
    """Raise DeclarationError for a function in place of a name, such as Fn::Transform, which can add anything."""
    for name in section:
        if name.startswith("Fn::"):
            raise DeclarationError(f"{where} contains {name}, which only CloudFormation runs: {_PROCESSED}")


def _type(name: str, resource: Any, where: str) -> str | None:
    """Return the type of a resource that is a container or a nested stack, or None for another."""
    if name.startswith("Fn::ForEach::"):
        written = json.dumps(resource)
        if "MediaStore" not in written and not _ASSEMBLED.search(written):
            return None
    _check_functions({name: resource}, "The section Resources")
    kind = expect_dict(resource, where).get("Type")
    if kind is None or kind == CONTAINER:
        # One without a type may get it from such a function.
        _check_functions(resource, where)
    if kind is None:
        raise DeclarationError(f"{where} has no Type, which is required: add it to the template")
    if kind == CONTAINER:
        return CONTAINER
    if not isinstance(kind, str) or "${" in kind:
        raise DeclarationError(f"{where} has a Type that a function assembles: write the type itself, or {_PROCESSED}")
    if kind.endswith("::MODULE"):
        raise DeclarationError(f"{where} is the module {kind}, which only CloudFormation resolves: {_PROCESSED}")
    return kind if kind in _STACKS else None


def _entry(resource: Mapping[str, Any], where: str, resolver: Resolver, arguments: Arguments, budget: Budget) -> Entry:
    """Return the container that a resource declares, in the region and account of the pseudo parameters."""
    container = {}
    for key, value in expect_dict(resource.get("Properties", {}), f"{where}, Properties").items():
        if key not in PROPERTIES:
            raise DeclarationError(
                f"{where} has the property {shortened(key)}, which {CONTAINER} does not have: {_PROCESSED}"
            )
        option, convert = PROPERTIES[key]
        place = f"{where}, {key}"
        resolved = resolver.value(value, place)
        if resolved is not NO_VALUE:
            container[option] = convert(_static(resolved, place), place, budget)
    if "name" not in container:
        raise DeclarationError(f"{where} has no ContainerName, which is required: add it to the template")
    require_methods(container, where)
    region, account = (arguments.parameters.get(f"AWS::{name}") for name in ("Region", "AccountId"))
    return Entry(
        where, container, region, account, region_from="give AWS::Region in parameters, or omit the argument region"
    )


def _nested(
    name: str, resource: Mapping[str, Any], resolver: Resolver, arguments: Arguments, budget: Budget
) -> Iterator[Entry]:
    """Yield the containers of a nested stack, whose template is in stacks."""
    what = "The template"
    tool, data = load(arguments.stacks[name], "from_cloudformation", what, budget, is_yaml=True)
    template = tool.read(data, what, budget)
    properties = expect_dict(resource.get("Properties", {}), "Properties")
    given = expect_dict(properties.get("Parameters", {}), "Parameters")
    resolved = {key: resolver.value(value, f"Parameters, {shortened(key)}") for key, value in given.items()}
    parameters = {key: value for key, value in resolved.items() if value is not NO_VALUE}
    inner = arguments.of_stack(name, _values(parameters, "Parameters", budget))
    require_names([template], inner, "The template has no")
    yield from entries_of_template(template, inner, budget)


def _static(value: Any, where: str) -> Any:
    """Return a value that contains no dynamic reference to a parameter or secret in AWS.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    if "{{resolve:" in json.dumps(value):
        raise DeclarationError(
            f"{where} contains a dynamic reference, {{{{resolve:...}}}}, which only CloudFormation can read: replace it"
            " with its value in the template"
        )
    return value
