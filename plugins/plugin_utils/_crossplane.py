# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests of Crossplane, in files or as `kubectl get -o yaml` prints them.

The provider is generated from Terraform's. The name of a container is the annotation crossplane.io/external-name, or
else the name of the manifest.
Source: https://marketplace.upbound.io/providers/upbound/provider-aws-mediastore, and the types in
apis/mediastore/v1beta1 of github.com/crossplane-contrib/provider-upjet-aws.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ._data import Budget, DeclarationError, expect_dict, expect_list, plain, shortened, text
from ._provider import CONTAINER, OMITTED, POLICY, Resource
from ._tool import Tool

_GROUP = re.compile(r"mediastore\.aws(?:\.m)?\.upbound\.io/.*")
_EXTERNAL_NAME = "crossplane.io/external-name"
_GET = "give the output of `kubectl get -o yaml` for containers and containerpolicies of mediastore.aws.upbound.io"


class _Manifest:
    """A manifest of a container or a container policy, and its place in messages."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.kind = text(data.get("kind"), "The kind of a manifest")
        metadata = expect_dict(data.get("metadata"), f"{self.kind}: metadata")
        self.name = text(metadata.get("name"), f"{self.kind}: metadata.name")
        self.where = f"{shortened(self.kind)} {shortened(self.name)}"
        self.namespace = metadata.get("namespace")
        self.labels = _labels(metadata.get("labels"), f"{self.where}: metadata.labels")
        annotations = expect_dict(metadata.get("annotations") or {}, f"{self.where}: metadata.annotations")
        self.external_name = text(annotations.get(_EXTERNAL_NAME, self.name), f"{self.where}: {_EXTERNAL_NAME}")
        spec = expect_dict(data.get("spec"), f"{self.where}: spec")
        # Only observed, as a data source of Terraform, or being deleted.
        self.is_declared = spec.get("managementPolicies") != ["Observe"] and not metadata.get("deletionTimestamp")
        self.values = {
            **expect_dict(spec.get("initProvider") or {}, f"{self.where}: initProvider"),
            **expect_dict(spec.get("forProvider") or {}, f"{self.where}: forProvider"),
        }
        status = expect_dict(data.get("status") or {}, f"{self.where}: status")
        self.observed = expect_dict(status.get("atProvider") or {}, f"{self.where}: atProvider")


def _labels(value: Any, where: str) -> dict[str, str]:
    return {key: text(item, f"{where}, {shortened(key)}") for key, item in expect_dict(value or {}, where).items()}


def _resources(data: Any, what: str, budget: Budget) -> Iterator[Resource]:
    documents = list(_documents(plain(data, what, budget)))
    found = [_Manifest(item) for item in documents if _GROUP.fullmatch(str(item.get("apiVersion")))]
    if _composes(documents):
        raise DeclarationError(f"{what} contains a composition of MediaStore, which only Crossplane fills in: {_GET}")
    if not found:
        raise DeclarationError(f"{what} contains manifests, but no MediaStore: {_GET}")
    declared = [manifest for manifest in found if manifest.is_declared]
    containers = [manifest for manifest in declared if manifest.kind == "Container"]
    for manifest in declared:
        values = manifest.values
        if manifest.kind == "Container":
            known = {"name": manifest.external_name, "tags": values.get("tags"), "arn": manifest.observed.get("arn")}
            yield Resource(manifest.where, CONTAINER, {**known, "region": values.get("region")})
        elif manifest.kind == "ContainerPolicy":
            known = {"container_name": _container_name(manifest, containers, budget), "policy": values.get("policy")}
            yield Resource(manifest.where, POLICY, {**known, "region": values.get("region")})


def _documents(data: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the manifests in documents, and in lists as kubectl prints them."""
    for document in data if isinstance(data, list) else [data]:
        if document is None:
            continue
        given = expect_dict(document, "A manifest")
        if text(given.get("kind", ""), "The kind of a manifest").endswith("List"):
            yield from _documents(expect_list(given.get("items"), "items"))
        else:
            if "apiVersion" not in given:
                raise DeclarationError("A document in addition to a manifest has no apiVersion: remove it")
            yield given


def _composes(documents: list[Mapping[str, Any]]) -> bool:
    return any(item.get("kind") == "Composition" and "mediastore" in json.dumps(item) for item in documents)


def _container_name(policy: _Manifest, containers: list[_Manifest], budget: Budget) -> str:
    """Return the name of the container of a policy, which can refer to the manifest of the container."""
    values = policy.values
    if values.get("containerName") is not None:
        return text(values["containerName"], f"{policy.where}: containerName")
    reference = expect_dict(values.get("containerNameRef") or {}, f"{policy.where}: containerNameRef").get("name")
    selector = expect_dict(values.get("containerNameSelector") or {}, f"{policy.where}: containerNameSelector")
    labels = _labels(selector.get("matchLabels"), f"{policy.where}: matchLabels")
    budget.spend_characters(len(containers) * (1 + len(labels)), policy.where)
    found = [
        container.external_name
        for container in containers
        if container.namespace == policy.namespace
        and (container.name == reference if reference else labels and labels.items() <= container.labels.items())
    ]
    if len(found) != 1:
        raise DeclarationError(
            f"{policy.where}: containerName refers to {len(found)} containers of the source: write the name of the"
            " container as containerName"
        )
    return found[0]


def _is_manifest(data: Any) -> bool:
    documents = data if isinstance(data, list) else [data]
    return any(isinstance(document, dict) and "apiVersion" in document for document in documents)


TOOL = Tool("manifests of Crossplane", "from_terraform", _is_manifest, _resources, omits=OMITTED)
