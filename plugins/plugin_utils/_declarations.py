# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters share that turn existing declarations into containers of mediastore_containers. Pure functions.

The module checks the documents. The filters check only what they must understand, and what they would otherwise lose.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..module_utils._input import load_json

_MAX_DEPTH = 100
_MAX_VALUES = 100_000
_ARN = re.compile(r"arn:[a-z-]+:mediastore:([a-z0-9-]+):([0-9]{12}):container/([\w-]+)(?:/.*)?", re.ASCII | re.DOTALL)
_SWITCH = {"ENABLED": True, "DISABLED": False}
_CORS_LISTS = {
    "AllowedOrigins": "allowed_origins",
    "AllowedMethods": "allowed_methods",
    "AllowedHeaders": "allowed_headers",
    "ExposeHeaders": "expose_headers",
}


class DeclarationError(ValueError):
    """A source that cannot become a declaration; the message is one sentence with place, cause and way out."""


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


class Budget:
    """The number of values and levels that the filters accept, so that small input cannot grow without bounds."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._left = _MAX_VALUES

    def spend(self, depth: int) -> None:
        """Count one value at a depth, 0 at the top; raise DeclarationError if it is one too many or too deep."""
        self._left -= 1
        if self._left < 0:
            raise DeclarationError(f"{self._what} holds more than {_MAX_VALUES:,} values: give only the part needed")
        if depth > _MAX_DEPTH:
            raise DeclarationError(f"{self._what} is nested more than {_MAX_DEPTH} levels deep")


def plain(value: Any, what: str) -> Any:
    """Return a value in the types of JSON; `what` is its name in messages.

    Ansible's own subclasses of text, lists and dictionaries, which carry tags and templates, become plain ones. YAML
    that was parsed without the types of CloudFormation contains dates and keys that are numbers: these become text.
    """
    return _plain(value, Budget(what), what, 0)


def _plain(value: Any, budget: Budget, what: str, depth: int) -> Any:
    budget.spend(depth)
    if isinstance(value, Mapping):
        return {_key(key): _plain(item, budget, what, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, budget, what, depth + 1) for item in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if getattr(value, "__ENCRYPTED__", False):  # text in a vault, before ansible-core 2.19
        return str(value)
    raise DeclarationError(f"{what} contains a value of the type {type(value).__name__}, which JSON does not have")


def _key(key: Any) -> str:
    return str.__str__(key) if isinstance(key, str) else text(key, "A key")


def load_data(source: Any, what: str) -> Any:
    """Return the data of a source that is JSON text, or data already; data is not converted yet, see `plain`."""
    if not isinstance(source, str):
        return source
    try:
        return load_json(str.__str__(source).removeprefix("\ufeff"))
    except ValueError as error:
        raise DeclarationError(f"{what} is not valid JSON: {error}") from error


def expect_dict(value: Any, where: str) -> Mapping[str, Any]:
    """Return a value that must be an object; raise DeclarationError if it is not."""
    if not isinstance(value, Mapping):
        raise DeclarationError(f"{where} must be an object, it is {_kind(value)}")
    return value


def expect_list(value: Any, where: str) -> list[Any]:
    """Return a value that must be a list; raise DeclarationError if it is not."""
    if not isinstance(value, (list, tuple)):
        raise DeclarationError(f"{where} must be a list, it is {_kind(value)}")
    return list(value)


def _kind(value: Any) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", tuple: "a list"}
    if value is None:
        return "null"
    found = [name for kind, name in kinds.items() if isinstance(value, kind)]
    return found[0] if found else "an object"


def text(value: Any, where: str) -> str:
    """Return a text, number or boolean as text, `true` as `true`; raise DeclarationError for another value."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise DeclarationError(f"{where} must be text, it is {_kind(value)}")


def boolean(value: Any, where: str) -> bool:
    """Return a boolean that can be written as text, as CloudFormation allows."""
    spelled = text(value, where).lower()
    if spelled not in ("true", "false"):
        raise DeclarationError(f"{where} must be true or false")
    return spelled == "true"


def document(value: Any, where: str) -> dict[str, Any]:
    """Return the object of a policy, which the service and Terraform keep as JSON text."""
    loaded = load_data(value, where)
    if not isinstance(loaded, dict):
        raise DeclarationError(f"{where} must be a JSON object, it is {_kind(loaded)}")
    return loaded


def cors_rules(value: Any, where: str) -> list[dict[str, Any]]:
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
            raise DeclarationError(f"{where}: MaxAgeSeconds must be a whole number of seconds")
        rule["max_age_seconds"] = int(age)
    return rule


def metric_policy(value: Any, where: str) -> dict[str, Any]:
    """Return API type MetricPolicy, which CloudFormation shares, as the option metric_policy.

    The rules are always in the result: the module keeps the current rules if they are omitted, and here they are none.
    Source: https://docs.aws.amazon.com/mediastore/latest/apireference/API_MetricPolicy.html
    """
    given = members(value, ["ContainerLevelMetrics", "MetricPolicyRules"], where)
    switch = given.get("ContainerLevelMetrics")
    if switch not in ("ENABLED", "DISABLED"):
        raise DeclarationError(f"{where}: ContainerLevelMetrics must be ENABLED or DISABLED")
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


def tags_of(value: Any, where: str) -> dict[str, str]:
    """Return a list of API type Tag, which CloudFormation shares, as the option tags."""
    tags: dict[str, str] = {}
    for number, item in enumerate(expect_list(value, where), 1):
        tag = members(item, ["Key", "Value"], f"{where} item {number}")
        key = text(tag.get("Key"), f"{where} item {number}: Key")
        if key in tags:
            raise DeclarationError(f"{where} contains the key {key!r} twice: remove one")
        tags[key] = text(tag.get("Value", ""), f"{where} item {number}: Value")
    return tags


def members(value: Any, names: Iterable[str], where: str) -> dict[str, Any]:
    """Return the members of an object that are not null; raise DeclarationError for one that would be lost."""
    allowed = list(names)
    for name in expect_dict(value, where):
        if name not in allowed:
            raise DeclarationError(f"{where} has the member {name}, the filter knows only {', '.join(allowed)}")
    return {name: item for name, item in value.items() if item is not None}


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
        containers.append(container)
    return containers
