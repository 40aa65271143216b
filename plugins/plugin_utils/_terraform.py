# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of Terraform, and of tools whose providers are generated from Terraform's."""

from __future__ import annotations

from typing import Any

from ._data import Budget, boolean
from ._declarations import containers_of
from ._provider import entries_of
from ._tools import load


def from_terraform(source: Any, include_sensitive: Any, region: Any, budget: Budget) -> list[dict[str, Any]]:
    """Return the containers of a state, a plan, a configuration or manifests.

    They are as the option containers of mediastore_containers. The source is text or data. With a region, only its
    containers are returned. Raises DeclarationError.
    """
    return _containers("from_terraform", "The Terraform data", source, include_sensitive, region, budget)


def from_pulumi(source: Any, include_sensitive: Any, region: Any, budget: Budget) -> list[dict[str, Any]]:
    """Return the containers of a stack, as from_terraform does."""
    return _containers("from_pulumi", "The Pulumi data", source, include_sensitive, region, budget)


def _containers(
    name: str, what: str, source: Any, include_sensitive: Any, region: Any, budget: Budget
) -> list[dict[str, Any]]:
    is_included = boolean(include_sensitive, "include_sensitive")
    tool, data = load(source, name, what, budget)
    return containers_of(entries_of(tool.read(data, what, budget), is_included, budget), region)
