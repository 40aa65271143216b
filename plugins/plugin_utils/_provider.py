# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of resources with the attributes of Terraform's AWS provider, on which Pulumi and Crossplane are built.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/media_store_container
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ._data import Budget, DeclarationError, expect_dict, text
from ._declarations import Entry, arn_of_policy, containers_of, document, parse_arn

CONTAINER = "aws_media_store_container"
POLICY = "aws_media_store_container_policy"
# A mark on one of these is one on both: the provider computes tags_all of tags, and does not keep the marks.
_TAGS = frozenset(["tags", "tags_all"])


class Resource(NamedTuple):
    """An instance of a resource: its address, type and values, and the attributes that are sensitive.

    `unreadable` has, for each attribute without a value, the cause and the way out.
    """

    address: str
    type: str
    values: dict[str, Any]
    sensitive: frozenset[str] = frozenset()
    unreadable: Mapping[str, str] = MappingProxyType({})


class _Reader:
    """Reads attributes of resources, if they may be read."""

    def __init__(self, include_sensitive: bool, budget: Budget) -> None:
        self._include_sensitive = include_sensitive
        self.budget = budget

    def attribute(self, resource: Resource, name: str) -> Any:
        """Return an attribute, or None if it is absent; raise DeclarationError if it cannot or must not be read."""
        if name in resource.unreadable:
            raise DeclarationError(f"{resource.address}: {name} {resource.unreadable[name]}")
        marks = resource.sensitive | (_TAGS if resource.sensitive & _TAGS else frozenset())
        if name in marks and not self._include_sensitive:
            raise DeclarationError(
                f"{resource.address}: {name} is sensitive: use include_sensitive=true to include it, and no_log in the"
                " task"
            )
        return resource.values.get(name)


def containers(
    resources: Iterable[Resource], include_sensitive: bool, region: Any, budget: Budget
) -> list[dict[str, Any]]:
    """Return the containers of resources, as the option containers of mediastore_containers.

    With a region, only its containers are returned. Raises DeclarationError.
    """
    reader = _Reader(include_sensitive, budget)
    found = list(resources)
    entries = [_container(resource, reader) for resource in found if resource.type == CONTAINER]
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        by_name.setdefault(entry.container["name"], []).append(entry)
    for resource in found:
        if resource.type == POLICY:
            entries += _policy(by_name, resource, reader)
    # Before ansible-core 2.19, a template that is none is empty text.
    return containers_of(entries if region in (None, "") else _of_region(entries, text(region, "region")))


def _container(resource: Resource, reader: _Reader) -> Entry:
    where = resource.address
    container: dict[str, Any] = {"name": text(reader.attribute(resource, "name"), f"{where}: name")}
    # tags_all also contains the default_tags of the provider.
    tags = reader.attribute(resource, "tags_all")
    if tags is None:
        tags = reader.attribute(resource, "tags")
    if tags is not None:
        given = expect_dict(tags, f"{where}: tags")
        container["tags"] = {key: text(value, f"{where}: tag {key}") for key, value in given.items()}
    arn = parse_arn(resource.values.get("arn"))
    return Entry(where, container, _region(resource) or (arn.region if arn else None), arn.account if arn else None)


def _region(resource: Resource) -> str | None:
    """Return the region, which resources have since version 6 of the provider, also before they are created."""
    region = resource.values.get("region")
    return None if region is None else text(region, f"{resource.address}: region")


def _policy(by_name: dict[str, list[Entry]], resource: Resource, reader: _Reader) -> list[Entry]:
    """Add a container policy to its container; return a new entry for it if the container is not in the source."""
    where = resource.address
    name = text(reader.attribute(resource, "container_name"), f"{where}: container_name")
    policy = document(reader.attribute(resource, "policy"), f"{where}: policy", reader.budget)
    arn = arn_of_policy(policy)
    region = _region(resource) or (arn.region if arn else None)
    found = by_name.setdefault(name, [])
    reader.budget.spend_characters(len(found), where)  # is searched for each policy
    if len(found) > 1:
        found = [entry for entry in found if entry.region == region]
    if len(found) > 1:
        listed = " and ".join(entry.where for entry in found)
        raise DeclarationError(
            f"{where}: container {name} is declared by {listed}, and the policy fits both: remove one of them"
        )
    if not found:
        entry = Entry(where, {"name": name, "policy": policy}, region)
        by_name[name].append(entry)
        return [entry]
    if "policy" in found[0].container:
        raise DeclarationError(f"{where}: container {name} has a policy already, and each has only one: remove one")
    found[0].container["policy"] = policy
    return []


def _of_region(entries: list[Entry], region: str) -> list[Entry]:
    for entry in entries:
        if entry.region is None:
            raise DeclarationError(f"The region of {entry.where} is not known: omit the argument region")
    selected = [entry for entry in entries if entry.region == region]
    if entries and not selected:
        known = sorted({str(entry.region) for entry in entries})
        raise DeclarationError(
            f"No container is in the region {region}: the source has containers in {', '.join(known)}, choose one"
        )
    return selected
