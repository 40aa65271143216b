# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configuration of Terraform in JSON, such as the file cdk.tf.json that CDK for Terraform writes.

Values are read as far as they contain no expression but references to attributes of resources in the same file.
Source: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ._data import Budget, DeclarationError, expect_dict, plain, shortened, text
from ._provider import CONTAINER, OMITTED, POLICY, Resource
from ._tool import SHOW, Tool

# An escaped sequence, an expression, and a directive, in the order in which they are to be found.
_TEMPLATE = re.compile(r"\$\$\{|%%\{|\$\{([^{}]*)\}|[$%]\{")
_REFERENCE = re.compile(r"\s*([A-Za-z_][\w-]*)\.([A-Za-z_][\w-]*)\.([A-Za-z_]\w*)\s*")
# CDK for Terraform and Terraform before 0.12 write it with and without the braces.
_PROVIDER = re.compile(r"(?:\$\{)?aws(?:\.([\w-]+))?\}?")
# What makes several resources of one, or gets values from elsewhere.
_UNREADABLE = ("count", "for_each", "dynamic")


class _Configuration:
    """The resources of a file, and what their values are."""

    def __init__(self, data: Mapping[str, Any], what: str, budget: Budget) -> None:
        self._budget = budget
        self._sections = expect_dict(data.get("resource", {}), f"{what}, resource")
        self._values: dict[tuple[str, ...], Any] = {}
        self._active: set[tuple[str, ...]] = set()
        provider = expect_dict(data.get("provider", {}), f"{what}, provider").get("aws", [])
        self._providers = {
            text(expect_dict(item, f"{what}, provider aws").get("alias", ""), f"{what}, provider aws, alias"): item
            for item in (provider if isinstance(provider, list) else [provider])
        }

    def resources(self) -> Iterator[Resource]:
        """Yield the resources of MediaStore."""
        for kind in (CONTAINER, POLICY):
            for name, given in expect_dict(self._sections.get(kind, {}), f"resource, {kind}").items():
                address = f"{kind}.{shortened(name)}"
                for member in _UNREADABLE:
                    if member in expect_dict(given, address):
                        raise DeclarationError(f"{address} has {member}, which only Terraform can evaluate: {SHOW}")
                names = ("name", "tags", "container_name", "policy", "region")
                values = {key: self._value(given[key], f"{address}: {key}") for key in names if key in given}
                yield Resource(address, kind, {**self._of_provider(given, values, address), **values})

    def _of_provider(self, resource: Mapping[str, Any], values: Mapping[str, Any], address: str) -> dict[str, Any]:
        """Return the region and all tags of a resource, as far as its provider sets them."""
        place = f"{address}: provider"
        reference = text(resource.get("provider", "aws"), place)
        matched = _PROVIDER.fullmatch(reference)
        alias = matched[1] or "" if matched else reference
        if alias and alias not in self._providers:
            raise DeclarationError(f"{place} {shortened(reference)} is not in the file: {SHOW}")
        provider = self._providers.get(alias, {})
        found: dict[str, Any] = {}
        region = provider.get("region")
        if isinstance(region, str) and not _TEMPLATE.search(region):
            found["region"] = region
        defaults = provider.get("default_tags")
        if defaults:
            block = defaults[0] if isinstance(defaults, list) else defaults
            place = f"{address}: default_tags of the provider"
            tags = expect_dict(expect_dict(block, place).get("tags", {}), place)
            own = expect_dict(values.get("tags") or {}, f"{address}: tags")
            found["tags_all"] = {**expect_dict(self._value(tags, place), place), **own}
        return found

    def _value(self, value: Any, where: str) -> Any:
        """Return a value in which references are replaced."""
        self._budget.spend(where)
        if isinstance(value, dict):
            result: dict[str, Any] = {}
            for key, item in value.items():
                name = self._text(key, where)
                if name in result:
                    raise DeclarationError(f"{where} has the key {shortened(name)} twice: remove one")
                result[name] = self._value(item, where)
            return result
        if isinstance(value, list):
            return [self._value(item, where) for item in value]
        return self._text(value, where) if isinstance(value, str) else value

    def _text(self, value: str, where: str) -> str:
        parts = []
        position = 0
        for found in _TEMPLATE.finditer(value):
            parts += [value[position : found.start()], self._replacement(found, where)]
            position = found.end()
        parts.append(value[position:])
        self._budget.spend_characters(sum(map(len, parts)), where)
        return "".join(parts)

    def _replacement(self, found: re.Match[str], where: str) -> str:
        if found[0] in ("$${", "%%{"):
            return found[0][1:]
        reference = _REFERENCE.fullmatch(found[1] or "")
        if not reference or reference[2] not in expect_dict(self._sections.get(reference[1], {}), where):
            raise DeclarationError(f"{where} contains {shortened(found[0])}, which only Terraform can evaluate: {SHOW}")
        kind, name, attribute = reference.groups()
        if attribute == "id":
            attribute = {CONTAINER: "name", POLICY: "container_name"}.get(kind, attribute)
        key = (kind, name, attribute)
        if key not in self._values:
            resource = expect_dict(self._sections[kind][name], f"{kind}.{shortened(name)}")
            if attribute not in resource or key in self._active:
                cause = "depends on itself" if key in self._active else "is known only after apply"
                raise DeclarationError(f"{where}: {'.'.join(key)} {cause}: {SHOW}")
            self._active.add(key)
            self._values[key] = text(self._value(resource[attribute], f"{kind}.{shortened(name)}: {attribute}"), where)
            self._active.remove(key)
        return str(self._values[key])


def _resources(data: Mapping[str, Any], what: str, budget: Budget) -> Iterator[Resource]:
    checked = plain(data, what, budget)
    modules = ", ".join(expect_dict(checked.get("module", {}), f"{what}, module"))
    if modules:
        raise DeclarationError(f"{what} uses the modules {modules}, which are not in it: {SHOW}")
    yield from _Configuration(checked, what, budget).resources()


def _is_configuration(data: Any) -> bool:
    return isinstance(data, dict) and any(isinstance(data.get(name), dict) for name in ("resource", "module"))


TOOL = Tool("a configuration of Terraform in JSON", "from_terraform", _is_configuration, _resources, omits=OMITTED)
