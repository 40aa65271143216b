# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of Terraform and OpenTofu: of state files, and of states and plans that `terraform show -json` writes.

Source: https://developer.hashicorp.com/terraform/internals/json-format, and for state files the code of Terraform,
internal/states/statefile/version4.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ._declarations import (
    DeclarationError,
    Entry,
    arn_of_policy,
    containers_of,
    document,
    expect_dict,
    expect_list,
    load_data,
    parse_arn,
    plain,
    text,
)

_WHAT = "The Terraform data"
_CONTAINER = "aws_media_store_container"
_POLICY = "aws_media_store_container_policy"
_MAX_MODULES = 100
_SHOW = "give the output of `terraform show -json`, or a state file of version 4"


class _Resource(NamedTuple):
    """An instance of a resource: its address, type and values, and the attributes that are sensitive or unknown."""

    address: str
    type: str
    values: dict[str, Any]
    sensitive: frozenset[str]
    unknown: frozenset[str] = frozenset()


def from_terraform(source: Any, include_sensitive: bool, region: str | None) -> list[dict[str, Any]]:
    """Return the containers of a state or plan, as the option containers of mediastore_containers.

    The source is JSON text or data. With a region, only its containers are returned. Raises DeclarationError.
    """
    found = list(_resources(expect_dict(load_data(source, _WHAT), _WHAT)))
    entries = [_container(found_one, include_sensitive) for found_one in found if found_one.type == _CONTAINER]
    for resource in found:
        if resource.type == _POLICY:
            _add_policy(entries, resource, include_sensitive)
    if region is not None:
        entries = _of_region(entries, region)
    return containers_of(entries)


def _of_region(entries: list[Entry], region: str) -> list[Entry]:
    for entry in entries:
        if entry.region is None:
            raise DeclarationError(f"The region of {entry.where} is not known: omit the argument region")
    selected = [entry for entry in entries if entry.region == region]
    if entries and not selected:
        known = sorted({str(entry.region) for entry in entries})
        raise DeclarationError(
            f"No container is in the region {region}: the source has containers in {', '.join(known)}"
        )
    return selected


def _resources(data: Mapping[str, Any]) -> Iterator[_Resource]:
    """Yield the instances of MediaStore resources."""
    if "format_version" in data:
        if not re.fullmatch(r"[01]\.[0-9]+", str(data["format_version"])):
            raise DeclarationError(f"The format_version {data['format_version']} is not supported: {_SHOW}")
        yield from _shown(data)
    elif data.get("version") == 4 and "resources" in data:
        yield from _stored(data)
    elif "encrypted_data" in data:
        raise DeclarationError(f"The state is encrypted: {_SHOW}")
    else:
        raise DeclarationError(f"This is neither a state nor a plan of Terraform that can be read: {_SHOW}")


def _stored(data: Mapping[str, Any]) -> Iterator[_Resource]:
    """Yield the resources of a state file."""
    for resource in expect_list(data["resources"], "resources"):
        if not _is_managed(resource):
            continue
        address = ".".join(str(resource[key]) for key in ("module", "type", "name") if resource.get(key))
        for instance in expect_list(resource.get("instances"), f"{address}: instances"):
            place = address + _index(expect_dict(instance, address))
            if "deposed" in instance:  # an object that a replacement has left to be destroyed
                continue
            if not isinstance(instance.get("attributes"), Mapping):
                raise DeclarationError(f"{place} has no attributes: run `terraform apply -refresh-only`, or {_SHOW}")
            paths = plain(instance.get("sensitive_attributes") or [], place)
            yield _Resource(
                place, str(resource["type"]), plain(instance["attributes"], place), frozenset(_first_steps(paths))
            )


def _index(instance: Mapping[str, Any]) -> str:
    key = instance.get("index_key")
    if key is None:
        return ""
    return f'["{key}"]' if isinstance(key, str) else f"[{key}]"


def _first_steps(paths: list[Any]) -> Iterator[str]:
    """Yield the attribute at which each path begins, such as [{"type": "get_attr", "value": "policy"}]."""
    for path in paths:
        step = path[0] if isinstance(path, list) and path else path
        if not isinstance(step, dict) or not isinstance(step.get("value"), str):
            raise DeclarationError(f"The sensitive_attributes of the state are not in the format of version 4: {_SHOW}")
        yield step["value"]


def _shown(data: Mapping[str, Any]) -> Iterator[_Resource]:
    """Yield the resources of the output of `terraform show -json`."""
    for deferred in expect_list(data.get("deferred_changes") or [], "deferred_changes"):
        change = expect_dict(expect_dict(deferred, "deferred_changes").get("resource_change"), "resource_change")
        if _is_managed(change):
            raise DeclarationError(
                f"{change.get('address')} is deferred, so the plan has no values of it: give the state"
            )
    values = data.get("planned_values", data.get("values", {}))
    unknown = {}
    for change in expect_list(data.get("resource_changes") or [], "resource_changes"):
        if _is_managed(change):
            after = plain(expect_dict(change.get("change"), "change").get("after_unknown") or {}, "after_unknown")
            unknown[text(change.get("address"), "address")] = _marked(after)
    for resource in _module_resources(expect_dict(values, "values").get("root_module", {}), 0):
        if _is_managed(resource) and "deposed_key" not in resource:
            address = text(resource.get("address"), "address")
            yield _Resource(
                address,
                str(resource["type"]),
                plain(expect_dict(resource.get("values"), address), address),
                _marked(plain(resource.get("sensitive_values") or {}, address)),
                unknown.get(address, frozenset()),
            )


def _module_resources(module: Any, depth: int) -> Iterator[Any]:
    if depth > _MAX_MODULES:
        raise DeclarationError(f"{_WHAT} has more than {_MAX_MODULES} levels of modules")
    expect_dict(module, "A module")
    yield from expect_list(module.get("resources", []), "resources")
    for child in expect_list(module.get("child_modules", []), "child_modules"):
        yield from _module_resources(child, depth + 1)


def _is_managed(resource: Any) -> bool:
    given = expect_dict(resource, "A resource")
    return given.get("mode") == "managed" and given.get("type") in (_CONTAINER, _POLICY)


def _marked(marks: Any) -> frozenset[str]:
    """Return the attributes of a value of marks: true where the attribute or a part of it is marked."""

    def is_marked(mark: Any) -> bool:
        if isinstance(mark, dict):
            return any(map(is_marked, mark.values()))
        return any(map(is_marked, mark)) if isinstance(mark, list) else mark is True

    return frozenset(name for name, mark in expect_dict(marks, "Marks of a resource").items() if is_marked(mark))


def _attribute(resource: _Resource, name: str, include_sensitive: bool) -> Any:
    """Return an attribute, or None if it is absent; raise DeclarationError if it is unknown, or must not be read."""
    if name in resource.unknown:
        raise DeclarationError(
            f"{resource.address}: {name} is known only after apply: give the state after apply instead of the plan"
        )
    if name in resource.sensitive and not include_sensitive:
        raise DeclarationError(
            f"{resource.address}: {name} is sensitive: use include_sensitive=true to include it, and no_log in the task"
        )
    return resource.values.get(name)


def _container(resource: _Resource, include_sensitive: bool) -> Entry:
    name = text(_attribute(resource, "name", include_sensitive), f"{resource.address}: name")
    container: dict[str, Any] = {"name": name}
    # tags_all also contains the default_tags of the provider.
    tags = _attribute(resource, "tags_all", include_sensitive)
    if tags is None:
        tags = _attribute(resource, "tags", include_sensitive)
    if tags is not None:
        given = expect_dict(tags, f"{resource.address}: tags")
        container["tags"] = {key: text(value, f"{resource.address}: tag {key}") for key, value in given.items()}
    arn = parse_arn(resource.values.get("arn"))
    region = resource.values.get("region")  # since version 6 of the provider, also of a container to be created
    return Entry(resource.address, container, region or (arn.region if arn else None), arn.account if arn else None)


def _add_policy(entries: list[Entry], resource: _Resource, include_sensitive: bool) -> None:
    """Add a container policy to its container, or to a new entry if the container is not in the source."""
    where = resource.address
    name = text(_attribute(resource, "container_name", include_sensitive), f"{where}: container_name")
    policy = document(_attribute(resource, "policy", include_sensitive), f"{where}: policy")
    found = [entry for entry in entries if entry.container["name"] == name]
    arn = arn_of_policy(policy)
    region = resource.values.get("region") or (arn.region if arn else None)
    if len(found) > 1:
        found = [entry for entry in found if entry.region == region]
    if len(found) > 1:
        listed = " and ".join(entry.where for entry in found)
        raise DeclarationError(f"{where}: container {name} is declared by {listed}, and the policy fits both")
    if not found:
        entries.append(Entry(where, {"name": name, "policy": policy}, region))
    elif "policy" in found[0].container:
        raise DeclarationError(f"{where}: container {name} has a policy already, and each has only one: remove one")
    else:
        found[0].container["policy"] = policy
