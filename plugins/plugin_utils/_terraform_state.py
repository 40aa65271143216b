# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State files of Terraform and OpenTofu: version 4, with attributes or attributes_flat, and version 3.

Source: the code of Terraform, internal/states/statefile/version4.go and version3.go. Terraform before 0.12 wrote
version 3. Instances that Terraform upgraded from it, and has not changed since, have attributes_flat in version 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ._data import Budget, DeclarationError, expect_dict, expect_list, plain, shortened, text
from ._provider import CONTAINER, OMITTED, POLICY, Resource
from ._tool import SHOW, Tool

# What Terraform before 0.12 writes in place of a value that is not known: hcl2shim.UnknownVariableValue.
_UNKNOWN = "74D93920-ED26-11E3-AC10-0800200C9A66"


def is_managed(resource: Any, where: str) -> bool:
    """Return whether a resource in the JSON of Terraform is one of MediaStore, and no data source."""
    given = expect_dict(resource, where)
    return given.get("mode") == "managed" and given.get("type") in (CONTAINER, POLICY)


def _version_4(data: Mapping[str, Any], what: str, budget: Budget) -> Iterator[Resource]:
    for resource in expect_list(data["resources"], "resources"):
        budget.spend(what)
        if not is_managed(resource, "A resource"):
            continue
        names = (resource.get(key) for key in ("module", "type", "name"))
        address = ".".join(shortened(text(name, "A resource: address")) for name in names if name)
        for instance in expect_list(resource.get("instances"), f"{address}: instances"):
            budget.spend(what)
            place = address + _index(expect_dict(instance, address))
            if "deposed" in instance:  # an object that a replacement has left to be destroyed
                continue
            attributes = instance.get("attributes")
            if attributes is None and isinstance(instance.get("attributes_flat"), Mapping):
                yield _flat(place, resource["type"], plain(instance["attributes_flat"], place, budget))
                continue
            if not isinstance(attributes, Mapping):
                raise DeclarationError(f"{place} has no attributes: run `terraform apply -refresh-only`, or {SHOW}")
            paths = plain(instance.get("sensitive_attributes") or [], place, budget)
            sensitive = frozenset(_first_steps(expect_list(paths, f"{place}: sensitive_attributes"), place))
            yield Resource(place, resource["type"], plain(attributes, place, budget), sensitive)


def _index(instance: Mapping[str, Any]) -> str:
    key = instance.get("index_key")
    if key is None:
        return ""
    return f'["{shortened(key)}"]' if isinstance(key, str) else f"[{text(key, 'index_key')}]"


def _first_steps(paths: list[Any], place: str) -> Iterator[str]:
    """Yield the attribute at which each path begins, such as [{"type": "get_attr", "value": "policy"}]."""
    for path in paths:
        step = path[0] if isinstance(path, list) and path else path
        if not isinstance(step, dict) or not isinstance(step.get("value"), str):
            raise DeclarationError(f"{place}: sensitive_attributes are not in the format of version 4: {SHOW}")
        yield step["value"]


def _version_3(data: Mapping[str, Any], what: str, budget: Budget) -> Iterator[Resource]:
    for module in expect_list(data["modules"], "modules"):
        given = expect_dict(module, "A module")
        # The first step is root.
        steps = expect_list(given.get("path", []), "The path of a module")[1:]
        place = shortened("".join(f"module.{text(step, 'The path of a module')}." for step in steps))
        for key, resource in expect_dict(given.get("resources", {}), f"{place}resources").items():
            budget.spend(what)
            name = text(key, "A resource: address")
            address = place + shortened(name)
            kind = expect_dict(resource, address).get("type")
            if name.startswith("data.") or kind not in (CONTAINER, POLICY) or resource.get("primary") is None:
                continue
            primary = expect_dict(resource["primary"], f"{address}: primary")
            attributes = expect_dict(primary.get("attributes"), f"{address}: attributes")
            yield _flat(address, kind, plain(attributes, address, budget))


def _flat(address: str, kind: str, flat: Mapping[str, Any]) -> Resource:
    """Return a resource of flat attributes: a map has its items in `tags.KEY`, and their number in `tags.%`."""
    values: dict[str, Any] = {key: value for key, value in flat.items() if "." not in key}
    for name in ("tags", "tags_all"):
        if any(key.startswith(f"{name}.") for key in flat):
            items = ((key.removeprefix(f"{name}."), key, value) for key, value in flat.items())
            values[name] = {item: value for item, key, value in items if item not in (key, "%")}
    unknown = [key.partition(".")[0] for key, value in flat.items() if value == _UNKNOWN]
    return Resource(address, kind, values, unreadable=dict.fromkeys(unknown, "is not known: run `terraform refresh`"))


def _other(data: Mapping[str, Any], what: str, _budget: Budget) -> Iterator[Resource]:
    if "encrypted_data" in data:
        raise DeclarationError(f"{what} is a state that is encrypted: {SHOW}")
    version = text(data["version"], "The version of the state")
    if version in ("3", "4"):
        raise DeclarationError(f"{what} is a state of version {version} without resources, so it is not whole: {SHOW}")
    raise DeclarationError(f"{what} is a state of version {version}, but only versions 3 and 4 can be read: {SHOW}")


def _is_state(data: Any) -> bool:
    return isinstance(data, dict) and ("encrypted_data" in data or {"version", "lineage"} <= data.keys())


TOOLS = (
    Tool(
        "a Terraform state of version 4",
        "from_terraform",
        lambda data: isinstance(data, dict) and data.get("version") == 4 and "resources" in data,
        _version_4,
        omits=OMITTED,
    ),
    Tool(
        "a Terraform state of version 3",
        "from_terraform",
        lambda data: isinstance(data, dict) and data.get("version") == 3 and "modules" in data,
        _version_3,
        omits=OMITTED,
    ),
    Tool("a Terraform state", "from_terraform", _is_state, _other, is_readable=False),
)
