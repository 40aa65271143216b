# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers as resources of IAM: their policies, how a question names one, and the refusal of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ServiceError
from ..iam.authorization import Authorization, Resource, stored_policy
from .models import Container, Store


def to_resource(container: Container, path: str | None = None) -> Resource:
    """Return a container as a resource; with `path` that of an object or a folder, "" for the container's root."""
    arn = container.arn if path is None else f"{container.arn}/{path}"
    return Resource(arn, container.account, stored_policy(container.documents.get("ContainerPolicy")), "container")


def find_resource(store: Store, name: Any, places: Mapping[str, Any]) -> Resource:
    """Return the container of a name as a resource, as find_container finds it."""
    with store.lock:
        return to_resource(find_container(store, name, places))


def find_cors_rules(store: Store, name: Any, places: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the CORS rules of the container of a name, as find_container finds it."""
    with store.lock:
        return list(find_container(store, name, places).documents.get("CorsPolicy", []))


def find_container(store: Store, name: Any, places: Mapping[str, Any]) -> Container:
    """Return the container of a name, in the account and the region of `places` as far as they are given.

    Raises ValueError if no container or more than one has the name.
    """
    where = "".join(f" in {key} {value}" for key, value in places.items())
    named = store.named(name) if isinstance(name, str) else []
    found = [item for item in named if all(getattr(item, key) == value for key, value in places.items())]
    if not found:
        raise ValueError(f"the container {name} does not exist{where}")
    if len(found) > 1:
        raise ValueError(f"{len(found)} containers have the name {name}{where}, so account and region are required")
    return found[0]


def refusal(found: Authorization) -> ServiceError:
    """Return the error for a request that is not allowed: AccessDenied (403) with the reason."""
    who = found.request.principal.arn or "An anonymous client"
    message = f"{who} cannot perform {found.request.action} on {found.request.resource} because {found.reason}."
    return ServiceError("AccessDenied", message, 403)
