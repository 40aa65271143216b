# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters share that turn existing declarations into containers of mediastore_containers. Pure functions.

The module checks the documents. The filters check only what they must understand, and what they would otherwise lose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Callable, NamedTuple

from ..module_utils._declaration.cors_policy import CORS_MEMBERS
from ..module_utils._declaration.metric_policy import METRIC_MEMBERS
from ._data import Budget, DeclarationError, boolean, expect_dict, expect_list, kind, load_json, plain, shortened, text

_ARN = re.compile(r"arn:[a-z-]+:mediastore:([a-z0-9-]+):([0-9]{12}):container/([\w-]+)(?:/.*)?", re.ASCII | re.DOTALL)
# The endpoint of a container at AWS, as DescribeContainer returns it.
_ENDPOINT = re.compile(r"https://([a-z0-9-]+\.data\.mediastore\.[a-z0-9-]+\.amazonaws\.com)/?")
_SWITCH = {"ENABLED": True, "DISABLED": False}


class Arn(NamedTuple):
    """The parts of a container's ARN."""

    region: str
    account: str
    name: str


class Entry(NamedTuple):
    """A declared container, the place that declares it, and its region and account if the source knows them.

    `is_sensitive` keeps its name, region and account out of messages. `region_from` is the way out if the region is
    needed and not known. `host` is that of its endpoint, see host_of.
    """

    where: str
    container: dict[str, Any]
    region: str | None = None
    account: str | None = None
    is_sensitive: bool = False
    region_from: str = "omit the argument region"
    host: str | None = None


def host_of(endpoint: Any) -> str | None:
    """Return the host of a container's endpoint at AWS, None for other values: no option of a container needs it."""
    found = _ENDPOINT.fullmatch(endpoint) if isinstance(endpoint, str) else None
    return found[1] if found else None


def document(value: Any, where: str, budget: Budget) -> dict[str, Any]:
    """Return the object of a policy, which the service and Terraform keep as JSON text."""
    if isinstance(value, str):
        budget.spend_characters(len(value), where)
        value = plain(load_json(value, where, budget), where, budget)
    if not isinstance(value, dict):
        raise DeclarationError(f"{where} must be a JSON object, but it is {kind(value)}: correct it")
    return value


def cors_rules(value: Any, where: str, _budget: Budget) -> list[dict[str, Any]]:
    """Return the rules of API type CorsRule, which CloudFormation shares, as the option cors_policy.

    Source: https://docs.aws.amazon.com/mediastore/latest/apireference/API_CorsRule.html
    """
    return [_cors_rule(rule, f"{where} rule {number}") for number, rule in enumerate(expect_list(value, where), 1)]


def _cors_rule(value: Any, where: str) -> dict[str, Any]:
    given = members(value, CORS_MEMBERS.values(), where)
    return {
        option: _seconds(given[member], f"{where}: {member}")
        if option == "max_age_seconds"
        else [text(item, f"{where}: an item of {member}") for item in expect_list(given[member], f"{where}: {member}")]
        for option, member in CORS_MEMBERS.items()
        if member in given
    }


def _seconds(value: Any, where: str) -> int:
    seconds = text(value, where)
    if not re.fullmatch(r"[0-9]{1,10}", seconds):
        raise DeclarationError(f"{where} must be a whole number of seconds: correct it")
    return int(seconds)


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
    rule = members(value, METRIC_MEMBERS.values(), where)
    return {option: text(rule.get(member), f"{where}: {member}") for option, member in METRIC_MEMBERS.items()}


def tags_of(value: Any, where: str, _budget: Budget) -> dict[str, str]:
    """Return a list of API type Tag, which CloudFormation shares, as the option tags."""
    tags: dict[str, str] = {}
    for number, item in enumerate(expect_list(value, where), 1):
        tag = members(item, ["Key", "Value"], f"{where} item {number}")
        key = text(tag.get("Key"), f"{where} item {number}: Key")
        if key in tags:
            raise DeclarationError(f"{where} contains the key {shortened(key)!r} twice: remove one")
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
            raise DeclarationError(
                f"{where} has the member {shortened(name)}, but can have only {', '.join(allowed)}: remove it"
            )
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


def placed(place: str, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield entries whose places begin with another place, with which errors begin as well."""
    try:
        for entry in entries:
            yield entry._replace(where=f"{place}: {entry.where}")
    except DeclarationError as error:
        raise DeclarationError(f"{place}: {error}") from error


def require_methods(container: Mapping[str, Any], where: str) -> None:
    """Raise DeclarationError for a CORS rule without methods, which the module requires."""
    for number, rule in enumerate(container.get("cors_policy", []), 1):
        if not rule.get("allowed_methods"):
            raise DeclarationError(
                f"{where}: CORS rule {number} of the container {shortened(container['name'])} has no AllowedMethods,"
                " which mediastore_containers requires: add them to the source"
            )


def containers_of(entries: Iterable[Entry], region: Any = None) -> list[dict[str, Any]]:
    """Return the containers of one account in one region, which is what one task declares, each of them once.

    With a region, only its containers are returned. Raises DeclarationError.
    """
    found = list(entries)
    # Before ansible-core 2.19, a template that is none is empty text.
    selected = found if region in (None, "") else _of_region(found, text(region, "region"))
    names: dict[str, Entry] = {}
    regions: dict[str, Entry] = {}
    accounts: dict[str, Entry] = {}
    for entry in selected:
        for what, known, value in (("regions", regions, entry.region), ("accounts", accounts, entry.account)):
            if value:
                known.setdefault(value, entry)
            if len(known) > 1:
                listed = " and ".join(f"{shown_value(value, first)} ({first.where})" for value, first in known.items())
                raise DeclarationError(
                    f"The containers are in the {what} {listed}: a task declares those of one account in one region"
                )
        name = entry.container["name"]
        first = names.setdefault(name, entry)
        if first is not entry:
            raise DeclarationError(
                f"{first.where} and {entry.where} both declare the container {shown_value(name, first, entry)}: a task"
                " declares each container once"
            )
    return [entry.container for entry in selected]


def shown_value(value: str, *entries: Entry) -> str:
    """Return a value for a message, unless it is sensitive."""
    return "(sensitive)" if any(entry.is_sensitive for entry in entries) else shortened(value)


def _of_region(entries: list[Entry], region: str) -> list[Entry]:
    for entry in entries:
        if entry.region is None:
            raise DeclarationError(f"The region of {entry.where} is not known: {entry.region_from}")
    selected = [entry for entry in entries if entry.region == region]
    if entries and not selected:
        known = {str(entry.region): entry for entry in reversed(entries)}
        listed = ", ".join(f"{shown_value(value, entry)} ({entry.where})" for value, entry in sorted(known.items()))
        raise DeclarationError(
            f"No container is in the region {region}: the source has containers in {listed}, so choose one of these"
        )
    return selected
