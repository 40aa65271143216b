# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""States and plans as `terraform show -json` and `tofu show -json` write them.

Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ._data import Budget, DeclarationError, expect_dict, expect_list, plain, shortened, text
from ._provider import ATTRIBUTES, CONTAINER, OMITTED, Resource
from ._terraform_state import is_managed
from ._tool import SHOW, Tool

_MAX_MODULES = 100
_STATE = "give the state instead of the plan"
# Outputs of other commands, which have format_version as well, by a member that only they have.
_COMMANDS = {
    "valid": "terraform validate -json",
    "provider_schemas": "terraform providers schema -json",
    "function_signatures": "terraform metadata functions -json",
}


def _resources(data: Mapping[str, Any], what: str, budget: Budget) -> Iterator[Resource]:
    version = text(data["format_version"], "format_version")
    if not re.fullmatch(r"[01]\.[0-9]+", version):
        raise DeclarationError(f"The format_version {version} is not supported: {SHOW}")
    changes = _changes(data, what, budget)
    if "values" not in data and "planned_values" not in data:
        raise DeclarationError(f"{what} has no values, as `terraform show -json` writes without a state: {SHOW}")
    values = expect_dict(data.get("planned_values", data.get("values")), "values")
    for resource in _module_resources(values.get("root_module", {}), 0, what, budget):
        if is_managed(resource, "A resource") and "deposed_key" not in resource:
            address = text(resource.get("address"), "A resource: address")
            change = changes.get(address, _Change())
            where = shortened(address)
            marked = _marked(resource.get("sensitive_values"), f"{where}: sensitive_values", budget)
            yield Resource(
                where,
                resource["type"],
                plain(expect_dict(resource.get("values"), where), where, budget),
                marked | change.sensitive,
                dict.fromkeys(change.unknown, "is known only after apply: give the state after apply instead"),
            )


class _Change(NamedTuple):
    """The attributes that a plan does not know, and those that are sensitive, which old plans have only here."""

    unknown: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()


def _changes(data: Mapping[str, Any], what: str, budget: Budget) -> dict[str, _Change]:
    """Return the changes of a plan by address; raise DeclarationError if it is not a whole plan."""
    if data.get("errored"):
        raise DeclarationError(f"{what} is a plan that ended with an error, so it is not complete: {_STATE}")
    if data.get("complete") is False:
        raise DeclarationError(f"{what} is a partial plan, as with -target or with deferred changes: {_STATE}")
    for deferred in expect_list(data.get("deferred_changes") or [], "deferred_changes"):
        change = expect_dict(expect_dict(deferred, "deferred_changes").get("resource_change"), "resource_change")
        if is_managed(change, "resource_change"):
            address = text(change.get("address"), "A resource: address")
            raise DeclarationError(f"{shortened(address)} is deferred, so the plan has no values of it: {_STATE}")
    found = {}
    removed = []
    changes = expect_list(data.get("resource_changes") or [], "resource_changes")
    for resource in changes:
        budget.spend(what)
        is_ours = is_managed(resource, "resource_changes")
        address = text(resource.get("address"), "A resource: address")
        where = shortened(address)
        change = expect_dict(resource.get("change", {}), f"{where}: change")
        actions = expect_list(change.get("actions", []), f"{where}: actions")
        if actions in (["delete"], ["forget"]):
            removed.append(address)
            if resource.get("type") == CONTAINER and is_ours and "deposed" not in resource:
                verb = "destroys" if actions == ["delete"] else "forgets"
                raise DeclarationError(f"{where}: the plan {verb} it, so it has no values of it: {_STATE}")
        if is_ours:
            found[address] = _Change(
                *(
                    _marked(change.get(name), f"{where}: {name}", budget)
                    for name in ("after_unknown", "after_sensitive")
                )
            )
    if removed and len(removed) == len(changes):
        raise DeclarationError(f"{what} is a plan that only destroys or forgets: {_STATE}")
    return found


def _module_resources(module: Any, depth: int, what: str, budget: Budget) -> Iterator[Any]:
    if depth > _MAX_MODULES:
        raise DeclarationError(f"{what} has more than {_MAX_MODULES} levels of modules: give only the part needed")
    budget.spend(what)
    expect_dict(module, "A module")
    for resource in expect_list(module.get("resources", []), "resources"):
        budget.spend(what)
        yield resource
    for child in expect_list(module.get("child_modules", []), "child_modules"):
        yield from _module_resources(child, depth + 1, what, budget)


def _marked(marks: Any, where: str, budget: Budget) -> frozenset[str]:
    """Return the attributes of a value of marks: true where the attribute or a part of it is marked."""

    def is_marked(mark: Any) -> bool:
        if isinstance(mark, dict):
            return any(map(is_marked, mark.values()))
        return any(map(is_marked, mark)) if isinstance(mark, list) else mark is True

    if marks is None or marks is False:
        return frozenset()
    if marks is True:
        return frozenset(ATTRIBUTES)
    checked = expect_dict(plain(marks, where, budget), where)
    return frozenset(name for name, mark in checked.items() if is_marked(mark))


def _other(data: Mapping[str, Any], what: str, _budget: Budget) -> Iterator[Resource]:
    command = next(command for member, command in _COMMANDS.items() if member in data)
    raise DeclarationError(f"{what} is the output of `{command}`, which has no values: {SHOW}")


def _is_output(data: Any) -> bool:
    return isinstance(data, dict) and "format_version" in data


TOOLS = (
    Tool(
        "an output of terraform",
        "from_terraform",
        lambda data: _is_output(data) and not data.keys().isdisjoint(_COMMANDS),
        _other,
        is_readable=False,
    ),
    Tool("an output of terraform show -json", "from_terraform", _is_output, _resources, omits=OMITTED),
)
