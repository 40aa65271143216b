# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters share that turn existing declarations into containers of mediastore_containers. Pure functions.

The module checks the documents. The filters check only what they must understand, and what they would otherwise lose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Callable, NamedTuple

from ._data import Budget, DeclarationError, boolean, expect_dict, expect_list, kind, load_json, plain, text

_ARN = re.compile(r"arn:[a-z-]+:mediastore:([a-z0-9-]+):([0-9]{12}):container/([\w-]+)(?:/.*)?", re.ASCII | re.DOTALL)
_SWITCH = {"ENABLED": True, "DISABLED": False}
_CORS_LISTS = {
    "AllowedOrigins": "allowed_origins",
    "AllowedMethods": "allowed_methods",
    "AllowedHeaders": "allowed_headers",
    "ExposeHeaders": "expose_headers",
}


class Arn(NamedTuple):
    """The parts of a container's ARN."""

    region: str
    account: str
    name: str


class Entry(NamedTuple):
    """A declared container, the place that declares it, and its region and account if the source knows them."""

    where: str
    container: dict[str, Any]
    region: str | None = None
    account: str | None = None


def document(value: Any, where: str, budget: Budget) -> dict[str, Any]:
    """Return the object of a policy, which the service and Terraform keep as JSON text."""
    if isinstance(value, str):
        budget.spend_characters(len(value), where)
        value = plain(load_json(value, where), where, budget)
    if not isinstance(value, dict):
        raise DeclarationError(f"{where} must be a JSON object, it is {kind(value)}: correct it")
    return value


def cors_rules(value: Any, where: str, _budget: Budget) -> list[dict[str, Any]]:
    """Return the rules of API type CorsRule, which CloudFormation shares, as the option cors_policy.

    Source: https://docs.aws.amazon.com/mediastore/latest/apireference/API_CorsRule.html
    """
    return [_cors_rule(rule, f"{where} rule {number}") for number, rule in enumerate(expect_list(value, where), 1)]


def _cors_rule(value: Any, where: str) -> dict[str, Any]:
    given = members(value, [*_CORS_LISTS, "MaxAgeSeconds"], where)
    rule: dict[str, Any] = {}
    for member, option in _CORS_LISTS.items():
        if member in given:
            items = expect_list(given[member], f"{where}: {member}")
            rule[option] = [text(item, f"{where}: an item of {member}") for item in items]
    if "MaxAgeSeconds" in given:
        age = text(given["MaxAgeSeconds"], f"{where}: MaxAgeSeconds")
        if not re.fullmatch(r"[0-9]{1,10}", age):
            raise DeclarationError(f"{where}: MaxAgeSeconds must be a whole number of seconds: correct it")
        rule["max_age_seconds"] = int(age)
    return rule


def metric_policy(value: Any, where: str, _budget: Budget) -> dict[str, Any]:
    """Return API type MetricPolicy, which CloudFormation shares, as the option metric_policy.

    The rules are always in the result: the module keeps the current rules if they are omitted, and here they are none.
    Source: https://docs.aws.amazon.com/mediastore/latest/apireference/API_MetricPolicy.html
    """
    given = members(value, ["ContainerLevelMetrics", "MetricPolicyRules"], where)
    switch = given.get("ContainerLevelMetrics")
    if switch not in ("ENABLED", "DISABLED"):
        raise DeclarationError(f"{where}: ContainerLevelMetrics must be ENABLED or DISABLED: correct it")
    rules = enumerate(expect_list(given.get("MetricPolicyRules", []), f"{where}: MetricPolicyRules"), 1)
    return {
        "container_level_metrics": _SWITCH[switch],
        "rules": [_metric_rule(rule, f"{where} rule {number}") for number, rule in rules],
    }


def _metric_rule(value: Any, where: str) -> dict[str, str]:
    rule = members(value, ["ObjectGroup", "ObjectGroupName"], where)
    return {
        "object_group": text(rule.get("ObjectGroup"), f"{where}: ObjectGroup"),
        "object_group_name": text(rule.get("ObjectGroupName"), f"{where}: ObjectGroupName"),
    }


def tags_of(value: Any, where: str, _budget: Budget) -> dict[str, str]:
    """Return a list of API type Tag, which CloudFormation shares, as the option tags."""
    tags: dict[str, str] = {}
    for number, item in enumerate(expect_list(value, where), 1):
        tag = members(item, ["Key", "Value"], f"{where} item {number}")
        key = text(tag.get("Key"), f"{where} item {number}: Key")
        if key in tags:
            raise DeclarationError(f"{where} contains the key {key!r} twice: remove one")
        tags[key] = text(tag.get("Value", ""), f"{where} item {number}: Value")
    return tags


def _text(value: Any, where: str, _budget: Budget) -> str:
    return text(value, where)


def _boolean(value: Any, where: str, _budget: Budget) -> bool:
    return boolean(value, where)


def members(value: Any, names: Iterable[str], where: str) -> dict[str, Any]:
    """Return the members of an object that are not null; raise DeclarationError for one that would be lost."""
    allowed = list(names)
    for name in expect_dict(value, where):
        if name not in allowed:
            raise DeclarationError(f"{where} has the member {name}, known are only {', '.join(allowed)}: remove it")
    return {name: item for name, item in value.items() if item is not None}


# The properties of CloudFormation and of Cloud Control: the option of each, and what converts its value.
PROPERTIES: dict[str, tuple[str, Callable[[Any, str, Budget], Any]]] = {
    "ContainerName": ("name", _text),
    "Tags": ("tags", tags_of),
    "AccessLoggingEnabled": ("access_logging_enabled", _boolean),
    "Policy": ("policy", document),
    "CorsPolicy": ("cors_policy", cors_rules),
    "LifecyclePolicy": ("lifecycle_policy", document),
    "MetricPolicy": ("metric_policy", metric_policy),
}


def parse_arn(arn: Any) -> Arn | None:
    """Return the parts of the ARN of a container or of objects in it, or None if it does not name one container."""
    found = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    return Arn(*found.groups()) if found else None


def arn_of_policy(policy: Mapping[str, Any]) -> Arn | None:
    """Return the ARN of the one container that all statements name in Resource, or None if it is not one."""
    statements = policy.get("Statement")
    arns: set[Arn | None] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        resources = statement.get("Resource") if isinstance(statement, dict) else None
        arns.update(map(parse_arn, resources if isinstance(resources, list) else [resources]))
    return arns.pop() if len(arns) == 1 else None


def containers_of(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the containers of one account in one region, which is what one task declares, each of them once."""
    names: dict[str, str] = {}
    regions: dict[str, str] = {}
    accounts: dict[str, str] = {}
    containers = []
    for where, container, region, account in entries:
        for found, value in ((regions, region), (accounts, account)):
            if value:
                found.setdefault(value, where)
        for what, found in (("regions", regions), ("accounts", accounts)):
            if len(found) > 1:
                listed = " and ".join(f"{value} ({place})" for value, place in found.items())
                raise DeclarationError(
                    f"The containers are in the {what} {listed}: a task declares those of one account in one region"
                )
        name = container["name"]
        if name in names:
            raise DeclarationError(
                f"{names[name]} and {where} both declare the container {name}: a task declares each container once"
            )
        names[name] = where
        for number, rule in enumerate(container.get("cors_policy", []), 1):
            if not rule.get("allowed_methods"):
                raise DeclarationError(
                    f"{where}: CORS rule {number} of the container {name} has no AllowedMethods, which"
                    " mediastore_containers requires: add them to the source"
                )
        containers.append(container)
    return containers
