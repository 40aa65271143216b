# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of resources with the attributes of Terraform's AWS provider, on which Pulumi and Crossplane are built.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/media_store_container
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Callable, NamedTuple

from ._data import Budget, DeclarationError, expect_dict, hidden, shortened, text
from ._declarations import Entry, arn_of_policy, document, host_of, parse_arn, shown_value

CONTAINER = "aws_media_store_container"
POLICY = "aws_media_store_container_policy"
# The options that no resource of the provider has: https://registry.terraform.io/providers/hashicorp/aws/latest/docs,
# media_store_container and media_store_container_policy.
OMITTED = ("cors_policy", "lifecycle_policy", "metric_policy", "access_logging_enabled")
ATTRIBUTES = ("name", "tags", "tags_all", "container_name", "policy", "region", "arn", "endpoint")
# A mark on one of these is one on both: the provider computes tags_all of tags, and does not keep the marks.
_TAGS = frozenset(["tags", "tags_all"])


class Resource(NamedTuple):
    """An instance of a resource: its address, type and values, and the attributes that are sensitive.

    `unreadable` has, for each attribute without a value, the cause and the way out. `names` has the names that the tool
    gives to attributes, if they differ from those of Terraform.
    """

    address: str
    type: str
    values: dict[str, Any]
    sensitive: frozenset[str] = frozenset()
    unreadable: Mapping[str, str] = MappingProxyType({})
    names: Mapping[str, str] = MappingProxyType({})

    def place(self, name: str) -> str:
        """Return the place of an attribute in messages."""
        return f"{self.address}: {self.names.get(name, name)}"

    def is_sensitive(self, *names: str) -> bool:
        """Return whether one of the attributes is sensitive."""
        marks = self.sensitive | (_TAGS if self.sensitive & _TAGS else frozenset())
        return not marks.isdisjoint(names)


class _Reader:
    """Reads attributes of resources, if they may be read."""

    def __init__(self, include_sensitive: bool, budget: Budget) -> None:
        self._include_sensitive = include_sensitive
        self.budget = budget

    def attribute(self, resource: Resource, name: str, convert: Callable[[Any, str], Any]) -> Any:
        """Return an attribute, converted; raise DeclarationError if it cannot or must not be read."""
        place = resource.place(name)
        if name in resource.unreadable:
            raise DeclarationError(f"{place} {resource.unreadable[name]}")
        if not resource.is_sensitive(name):
            return convert(resource.values.get(name), place)
        if not self._include_sensitive:
            raise DeclarationError(
                f"{place} is sensitive: use include_sensitive=true to include it, and no_log in the task"
            )
        try:
            return convert(resource.values.get(name), place)
        except DeclarationError:
            # The message can contain a part of the value.
            raise hidden(place) from None


def entries_of(resources: Iterable[Resource], include_sensitive: bool, budget: Budget) -> Iterator[Entry]:
    """Yield the containers of resources, each with its policy; raise DeclarationError."""
    reader = _Reader(include_sensitive, budget)
    found = list(resources)
    entries = [_container(resource, reader) for resource in found if resource.type == CONTAINER]
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        by_name.setdefault(entry.container["name"], []).append(entry)
    for resource in found:
        if resource.type == POLICY:
            entries += _policy(by_name, resource, reader)
    yield from entries


def _container(resource: Resource, reader: _Reader) -> Entry:
    container: dict[str, Any] = {"name": reader.attribute(resource, "name", text)}
    # tags_all also contains the default_tags of the provider.
    tags = reader.attribute(resource, "tags_all", _tags)
    if tags is None:
        tags = reader.attribute(resource, "tags", _tags)
    if tags is not None:
        container["tags"] = tags
    arn = parse_arn(resource.values.get("arn"))
    region = _region(resource) or (arn.region if arn else None)
    is_sensitive = resource.is_sensitive("name", "arn", "region")
    host = None if resource.is_sensitive("endpoint") else host_of(resource.values.get("endpoint"))
    return Entry(resource.address, container, region, arn.account if arn else None, is_sensitive, host=host)


def _tags(value: Any, where: str) -> dict[str, str] | None:
    if value is None:
        return None
    return {key: text(item, f"{where}: tag {shortened(key)}") for key, item in expect_dict(value, where).items()}


def _region(resource: Resource) -> str | None:
    """Return the region, which resources have since version 6 of the provider, also before they are created."""
    region = resource.values.get("region")
    return None if region is None else text(region, resource.place("region"))


def _policy(by_name: dict[str, list[Entry]], resource: Resource, reader: _Reader) -> list[Entry]:
    """Add a container policy to its container; return a new entry for it if the container is not in the source."""
    where = resource.address
    name = reader.attribute(resource, "container_name", text)
    policy = reader.attribute(resource, "policy", functools.partial(document, budget=reader.budget))
    arn = arn_of_policy(policy)
    region = _region(resource) or (arn.region if arn else None)
    entry = Entry(
        where,
        {"name": name, "policy": policy},
        region,
        arn.account if arn else None,
        resource.is_sensitive("container_name", "policy", "region"),
    )
    found = by_name.setdefault(name, [])
    reader.budget.spend_characters(len(found), where)  # is searched for each policy
    if len(found) > 1:
        found = [other for other in found if other.region == region]
    shown = shown_value(name, entry, *found)
    if len(found) > 1:
        listed = " and ".join(other.where for other in found)
        raise DeclarationError(
            f"{where}: container {shown} is declared by {listed}, and the policy fits both: remove one of them"
        )
    if not found:
        by_name[name].append(entry)
        return [entry]
    if "policy" in found[0].container:
        raise DeclarationError(f"{where}: container {shown} has a policy already, and each has only one: remove one")
    found[0].container["policy"] = policy
    return []
