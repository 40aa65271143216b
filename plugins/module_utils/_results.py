# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How containers are shown in results. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.elemental.mediastore.plugins.module_utils._plan import Declaration, Plan


def shown_container(name: str, container: Mapping[str, Any]) -> dict[str, Any]:
    """Return model shape Container under Ansible's names; what is missing, as in a prediction, is None.

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


def container_result(wanted: Declaration, plan: Plan, container: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the container as it is after the task, or would be; None if it is absent then."""
    if wanted.state == "absent":
        return None
    result = shown_container(wanted.name, container or {})
    if wanted.access_logging_enabled is not None:
        result["access_logging_enabled"] = wanted.access_logging_enabled
    if plan.tags is not None:
        result["tags"] = dict(plan.tags)
    return result
