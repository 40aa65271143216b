# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stacks as `pulumi stack export` writes them, and as a backend in files keeps them.

Source: https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_export/, and of github.com/pulumi/pulumi the types in
sdk/go/common/apitype/core.go and the signatures in sdk/go/common/resource/properties.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ._data import Budget, DeclarationError, expect_dict, expect_list, hidden, load_json, plain, shortened, text
from ._provider import CONTAINER, OMITTED, POLICY, Resource
from ._tool import Tool

_TYPES = {
    "aws:mediastore/container:Container": CONTAINER,
    "aws:mediastore/containerPolicy:ContainerPolicy": POLICY,
}
_ATTRIBUTES = {
    "name": "name",
    "tags": "tags",
    "tagsAll": "tags_all",
    "arn": "arn",
    "endpoint": "endpoint",
    "region": "region",
    "containerName": "container_name",
    "policy": "policy",
}
_NAMES = {attribute: name for name, attribute in _ATTRIBUTES.items()}
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_EXPORT = "give the output of `pulumi stack export"


class _Property:
    """The value of a property without the objects that stand for secrets, and what was in it."""

    def __init__(self, value: Any, where: str, budget: Budget) -> None:
        self._where = where
        self._budget = budget
        self.is_secret = False
        self.is_unknown = False
        self.is_encrypted = False
        self.value = self._opened(value)

    def _opened(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._opened(item) for item in value]
        self.is_unknown |= value == _UNKNOWN
        if not isinstance(value, dict):
            return value
        if value.get(_SIGNATURE) != _SECRET:
            return {key: self._opened(item) for key, item in value.items()}
        self.is_secret = True
        if "plaintext" not in value:
            self.is_encrypted = True
            return None
        plaintext = text(value["plaintext"], self._where)
        self._budget.spend_characters(len(plaintext), self._where)
        try:
            value = plain(load_json(plaintext, self._where, self._budget), self._where, self._budget)
        except DeclarationError:
            raise hidden(self._where) from None
        return self._opened(value)


def _resources(data: Mapping[str, Any], what: str, budget: Budget) -> Iterator[Resource]:
    holder = data.get("checkpoint") or data
    deployment = expect_dict(holder, "checkpoint").get("latest" if holder is not data else "deployment")
    if not isinstance(deployment, Mapping):
        raise DeclarationError(f"{what} has no deployment, so it knows no resources: run `pulumi up`, then {_EXPORT}`")
    for operation in expect_list(deployment.get("pending_operations") or [], "pending_operations"):
        budget.spend(what)
        pending = expect_dict(expect_dict(operation, "A pending operation").get("resource"), "resource")
        if pending.get("type") in tuple(_TYPES):
            urn = shortened(text(pending.get("urn"), "The URN of a resource"))
            raise DeclarationError(f"{urn} has a pending operation: run `pulumi refresh`, then {_EXPORT}`")
    for resource in expect_list(deployment.get("resources") or [], "resources"):
        budget.spend(what)
        given = expect_dict(resource, "A resource")
        # One that a replacement has left to be deleted, or that is only read.
        if given.get("type") not in tuple(_TYPES) or given.get("delete") or given.get("external"):
            continue
        if given.get("pendingReplacement"):
            urn = shortened(text(given.get("urn"), "The URN of a resource"))
            raise DeclarationError(f"{urn} is deleted until it is replaced: run `pulumi up`, then {_EXPORT}`")
        yield _resource(given, budget)


def _resource(resource: Mapping[str, Any], budget: Budget) -> Resource:
    where = shortened(text(resource.get("urn"), "The URN of a resource"))
    outputs = plain(expect_dict(resource.get("outputs"), f"{where}: outputs"), where, budget)
    inputs = plain(expect_dict(resource.get("inputs") or {}, f"{where}: inputs"), where, budget)
    listed = plain(resource.get("additionalSecretOutputs") or [], where, budget)
    always = expect_list(listed, f"{where}: additionalSecretOutputs")
    values = {}
    sensitive = set()
    unreadable = {}
    for name, attribute in _ATTRIBUTES.items():
        place = f"{where}: {name}"
        output = _Property(outputs.get(name), place, budget)
        if output.is_secret or _Property(inputs.get(name), place, budget).is_secret or name in always:
            sensitive.add(attribute)
        if output.is_encrypted:
            unreadable[attribute] = f"is an encrypted secret: {_EXPORT} --show-secrets`, with include_sensitive=true"
        elif output.is_unknown:
            unreadable[attribute] = f"is known only after an update: run `pulumi up`, then {_EXPORT}`"
        values[attribute] = output.value
    return Resource(where, _TYPES[resource["type"]], values, frozenset(sensitive), unreadable, _NAMES)


def _is_stack(data: Any) -> bool:
    return isinstance(data, dict) and ("deployment" in data or "checkpoint" in data)


TOOL = Tool("an exported stack of Pulumi", "from_pulumi", _is_stack, _resources, omits=OMITTED)
