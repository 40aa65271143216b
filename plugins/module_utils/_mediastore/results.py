# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of modules. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._converge import Outcome
from .._declaration.container import Declaration
from .._diff import Aspect
from .._runner import shown_time
from .api import MediaStoreApi
from .documents import DOCUMENTS, documents_of
from .plan import ContainerPlan

ContainerOutcome = Outcome[Declaration, ContainerPlan]


def shown_container(name: str, container: Mapping[str, Any]) -> dict[str, Any]:
    """Return model shape Container with Ansible's names; missing members, for example in a prediction, are None.

    The service documents access logging as disabled by default.
    """
    return {
        "name": name,
        "arn": container.get("ARN"),
        "endpoint": container.get("Endpoint"),
        "status": container.get("Status"),
        "creation_time": shown_time(container.get("CreationTime")),
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


def deleted_objects(outcome: ContainerOutcome) -> dict[str, int]:
    """Return how many objects the task deleted, also if it failed then, or would delete, if it is to delete objects."""
    if outcome.desired.state != "absent" or not outcome.desired.delete_objects:
        return {}
    planned = outcome.plan.changes if outcome.plan and not outcome.error else ()
    changes = outcome.ledger.applied or planned
    return {"deleted_objects": sum(change.method is MediaStoreApi.delete_object for change in changes)}


def document_result(outcome: ContainerOutcome) -> dict[str, Any]:
    """Return the documents of the declaration by key, as they are after the task or would be."""
    values = outcome.plan.documents if outcome.plan else {}
    return {document.key: values.get(document) for document in documents_of(outcome.desired)}


def _aspects() -> dict[str, Aspect]:
    """Return what a diff of a container can show beside its name, by key."""
    documents = {document.key: document.aspect for document in DOCUMENTS}
    return {
        "tags": Aspect("tags", empty={}),
        "access_logging_enabled": Aspect("access logging"),
        "objects": Aspect("object", empty=0, is_count=True),
        **documents,
    }


def listed_result(outcome: ContainerOutcome) -> dict[str, Any]:
    """Return the result of one of many containers."""
    result = {
        "name": outcome.desired.name,
        "changed": outcome.changed,
        "action": outcome.action,
        "changes": outcome.changes(_aspects()),
        **deleted_objects(outcome),
    }
    if outcome.error:
        return {**result, "container": None, "error": str(outcome.error)}
    return {**result, **container_result(outcome), **document_result(outcome), "error": None}
