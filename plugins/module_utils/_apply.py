# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the changes of a plan: the only place that changes anything, and the only one that looks at check mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from ansible_collections.elemental.mediastore.plugins.module_utils._api import (
    CONTAINER_IN_USE,
    CONTAINER_NOT_FOUND,
    CORS_POLICY_NOT_FOUND,
    POLICY_NOT_FOUND,
    ContainerNotFoundError,
    MediaStoreApi,
    MediaStoreError,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._plan import (
    ACTIVE,
    DELETING,
    Change,
    Current,
    Declaration,
    Plan,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._waiters import wait_active, wait_deleted

_NOT_FOUND = CONTAINER_NOT_FOUND | POLICY_NOT_FOUND | CORS_POLICY_NOT_FOUND


class OutdatedError(Exception):
    """The container is no longer as it was read, or may not be, so the plan must be made anew.

    `error` tells what showed it; `lost` is the change that was sent and whose reply was lost, if it was that.
    """

    def __init__(self, error: MediaStoreError, lost: Change | None = None) -> None:
        super().__init__()
        self.error = error
        self.lost = lost


def apply_plan(
    api: MediaStoreApi,
    wanted: Declaration,
    current: Current,
    plan: Plan,
    *,
    check_mode: bool,
    made: list[Change],
    warn: Callable[[str], None],
) -> Mapping[str, Any] | None:
    """Make the changes, append each to `made`, and return the container as last seen (model shape Container) or None.

    In check mode nothing is sent. Raises OutdatedError, or MediaStoreError for what cannot be done.
    """
    if plan.changes and not current.exists and wanted.state is None:
        missing = f"Container {wanted.name} does not exist in {api.region}"
        if not check_mode:
            raise ContainerNotFoundError(
                message=f"{missing}, create it with elemental.mediastore.mediastore_container first",
                exception=current.absence,
            )
        warn(f"{missing}, so this predicts what happens once an earlier task has created it")
    if check_mode:
        return plan.container
    container = current.container
    for change in plan.changes:
        container = _settle(api, wanted.name, container, change.after)
        answer = _make(api, change, made)
        if change.method == "create_container":
            container = answer
    return _settle_at_end(api, wanted, container)


def _make(api: MediaStoreApi, change: Change, made: list[Change]) -> Any:
    try:
        answer = getattr(api, change.method)(**change.arguments)
    except MediaStoreError as error:
        if error.maybe_done:
            raise OutdatedError(error, lost=change) from error
        if _is_outdated(change, error):
            raise OutdatedError(error) from error
        raise
    made.append(change)
    return answer


def _is_outdated(change: Change, error: MediaStoreError) -> bool:
    if error.code == CONTAINER_IN_USE:
        # The other methods of the API end with this only when time is up.
        return change.method in ("create_container", "delete_container")
    return error.code in _NOT_FOUND


def _settle(
    api: MediaStoreApi, name: str, container: Mapping[str, Any] | None, status: str | None
) -> Mapping[str, Any] | None:
    """Wait until the container is active (`status` ACTIVE) or gone (DELETING) if it is not; return it."""
    if container is None:
        return None
    if status == DELETING:
        wait_deleted(api, name, container)
        return None
    if status == ACTIVE and container.get("Status") != ACTIVE:
        container = wait_active(api, name)
        if container is None:
            raise OutdatedError(
                MediaStoreError(message=f"Container {name} was deleted by somebody else in the meantime")
            )
    return container


def _settle_at_end(
    api: MediaStoreApi, wanted: Declaration, container: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    if not wanted.wait:
        return container
    return _settle(api, wanted.name, container, ACTIVE if wanted.state == "present" else DELETING)
