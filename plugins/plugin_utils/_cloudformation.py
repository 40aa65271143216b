# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of CloudFormation templates, and of those that the AWS CDK and AWS SAM write.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-mediastore-container.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable

from ._declarations import (
    DeclarationError,
    Entry,
    boolean,
    containers_of,
    cors_rules,
    document,
    expect_dict,
    metric_policy,
    plain,
    tags_of,
    text,
)
from ._intrinsics import CONTAINER, NO_VALUE, Resolver
from ._template_text import load_template

_PROPERTIES: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
    "ContainerName": ("name", text),
    "Tags": ("tags", tags_of),
    "AccessLoggingEnabled": ("access_logging_enabled", boolean),
    "Policy": ("policy", document),
    "CorsPolicy": ("cors_policy", cors_rules),
    "LifecyclePolicy": ("lifecycle_policy", document),
    "MetricPolicy": ("metric_policy", metric_policy),
}
_PROCESSED = "give the template that `aws cloudformation get-template --template-stage Processed` returns"


def from_cloudformation(
    template: Any,
    parameters: Mapping[str, Any],
    imports: Mapping[str, Any],
    resources: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Return the containers of a template, as the option containers of mediastore_containers.

    The template is text or data; the other arguments are those of Resolver. Raises DeclarationError.
    """
    data = plain(template, "The template")
    if isinstance(data, str):
        data = plain(load_template(data), "The template")
    if not isinstance(data, dict) or not isinstance(data.get("Resources"), dict):
        raise DeclarationError("This is not a CloudFormation template: it must be an object with the section Resources")
    _check_transforms(data.get("Transform"))
    _check_functions(data, "The template")
    given = expect_dict(plain(parameters, "parameters"), "parameters")
    for name in given:
        if not name.startswith("AWS::") and name not in (data.get("Parameters") or {}):
            raise DeclarationError(f"The template has no parameter {name}: remove it from parameters, or correct it")
    resolver = Resolver(
        data,
        given,
        expect_dict(plain(imports, "imports"), "imports"),
        expect_dict(plain(resources, "resources"), "resources"),
    )
    entries = (_entry(name, resource, resolver) for name, resource in data["Resources"].items())
    return containers_of(entry for entry in entries if entry)


def _check_transforms(transforms: Any) -> None:
    """Raise DeclarationError for a macro that can change containers; those of AWS do not, except one.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-reference.html
    """
    for transform in transforms if isinstance(transforms, list) else [transforms]:
        name = transform.get("Name") if isinstance(transform, dict) else transform
        if name is not None and (not str(name).startswith("AWS::") or name == "AWS::Include"):
            raise DeclarationError(f"The transform {name} is one that only CloudFormation runs: {_PROCESSED}")


def _check_functions(section: Mapping[str, Any], where: str) -> None:
    """Raise DeclarationError for a function in place of a name, such as Fn::Transform, which can add anything."""
    for name in section:
        if name.startswith("Fn::"):
            raise DeclarationError(f"{where} contains {name}, which only CloudFormation runs: {_PROCESSED}")


def _entry(name: str, resource: Any, resolver: Resolver) -> Entry | None:
    """Return a container that the template declares under this name, or None if it declares none."""
    where = f"Resource {name}"
    if name.startswith("Fn::ForEach::") and "MediaStore" not in json.dumps(resource):
        return None
    _check_functions({name: resource}, "The section Resources")
    if not isinstance(resource, dict) or resource.get("Type") not in (CONTAINER, None):
        return None
    _check_functions(resource, where)  # one without a type may get it from such a function
    if "Type" not in resource:
        return None
    if "Condition" in resource and not resolver.condition(resource["Condition"], where):
        return None
    properties = expect_dict(resource.get("Properties", {}), f"{where}, Properties")
    container = {}
    for key, value in properties.items():
        if key not in _PROPERTIES:
            raise DeclarationError(f"{where} has the property {key}, which {CONTAINER} does not have: {_PROCESSED}")
        option, convert = _PROPERTIES[key]
        resolved = resolver.value(value, f"{where}, {key}")
        if resolved is not NO_VALUE:
            container[option] = convert(_static(resolved, f"{where}, {key}"), f"{where}, {key}")
    if "name" not in container:
        raise DeclarationError(f"{where} has no ContainerName, which is required: add it to the template")
    return Entry(where, container)


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
