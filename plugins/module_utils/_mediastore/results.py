# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of modules. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from .._converge import Outcome
from .._declaration.container import Declaration
from .._diff import Aspect
from .documents import DOCUMENTS, documents_of
from .plan import ContainerPlan

ContainerOutcome = Outcome[Declaration, ContainerPlan]


def shown_container(name: str, container: Mapping[str, Any]) -> dict[str, Any]:
    """Return model shape Container with Ansible's names; missing members, for example in a prediction, are None.

    `creation_time` is ISO 8601 in UTC. The service documents access logging as disabled by default.
    """
    created: datetime | None = container.get("CreationTime")
    if created and created.tzinfo is None:
        created = created.replace(tzinfo=timezone.utc)
    return {
        "name": name,
        "arn": container.get("ARN"),
        "endpoint": container.get("Endpoint"),
        "status": container.get("Status"),
        "creation_time": created.astimezone(timezone.utc).isoformat() if created else None,
        "access_logging_enabled": bool(container.get("AccessLoggingEnabled")),
    }


def container_result(outcome: ContainerOutcome) -> dict[str, Any]:
    """Return the result of a task for one container, None if the container is absent or would be."""
    desired = outcome.desired
    if desired.state == "absent":
        return {"container": None}
    container = shown_container(desired.name, outcome.described or {})
    if desired.access_logging_enabled is not None:
        container["access_logging_enabled"] = desired.access_logging_enabled
    if outcome.plan and outcome.plan.tags is not None:
        container["tags"] = dict(outcome.plan.tags)
    return {"container": container}


def document_result(outcome: ContainerOutcome) -> dict[str, Any]:
    """Return the documents of the declaration by key, as they are after the task or would be."""
    values = outcome.plan.documents if outcome.plan else {}
    return {document.key: values.get(document) for document in documents_of(outcome.desired)}


def _aspects() -> dict[str, Aspect]:
    """Return what a diff of a container can show beside its name, by key."""
    documents = {document.key: document.aspect for document in DOCUMENTS}
    return {"tags": Aspect("tags", empty={}), "access_logging_enabled": Aspect("access logging"), **documents}


def listed_result(outcome: ContainerOutcome) -> dict[str, Any]:
    """Return the result of one of many containers."""
    result = {
        "name": outcome.desired.name,
        "changed": outcome.changed,
        "action": outcome.action,
        "changes": outcome.changes(_aspects()),
    }
    if outcome.error:
        return {**result, "container": None, "error": str(outcome.error)}
    return {**result, **container_result(outcome), **document_result(outcome), "error": None}
