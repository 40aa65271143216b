# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the current state, as far as a task needs it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from multiprocessing.pool import AsyncResult, ThreadPool
from typing import Any, Callable

from .._declaration.container import Declaration
from .._document import Document
from .._errors import ApiError, join_some
from .._mediastore_data.api import CONTAINER_NOT_FOUND
from .._mediastore_data.read import list_objects
from .._plan import missing_container
from .._sender import Budget
from .api import ACTIVE, CREATING, DELETING, MediaStoreApi, needed
from .documents import DOCUMENTS, documents_of
from .plan import CurrentState
from .waiters import wait_active

# Seconds that may be spent on what only a diff needs.
_DIFF_TIMEOUT = 5
# How many objects a message names.
_MAX_NAMED = 3
# User Guide, "Components of an object lifecycle policy"
_MAY_HIDE_OBJECTS = (
    "it may contain objects under a lifecycle rule with seconds_since_create, which are not listed and expire later"
)


def read_current(api: MediaStoreApi, desired: Declaration, listed: Mapping[str, Any] | None = None) -> CurrentState:
    """Read what the plan for `desired` needs, except what `listed` contains, see list_declared.

    A task that declares only documents reads only these: their replies distinguish a missing container from a missing
    document. A container that is being created must be active before its tags and documents can be read.
    """
    container = None
    documents = documents_of(desired)
    if desired.state:
        listed = listed or {}
        container = listed[desired.name] if desired.name in listed else api.describe_container(desired.name)
        if container is None:
            return CurrentState(exists=False, place=api.place(None))
        status = needed(container, "Status")
        asks_more = desired.state == "present" and (desired.tags is not None or documents)
        if status == DELETING or not asks_more:
            return CurrentState(exists=True, container=container, place=api.place(container))
        if status == CREATING:
            container = wait_active(api, desired.name)
            if container is None:
                return read_current(api, desired)
    try:
        return CurrentState(
            exists=True,
            container=container,
            tags=api.list_tags(desired.name, needed(container, "ARN"))
            if container and desired.tags is not None
            else None,
            documents={document: read_document(api, desired.name, document) for document in documents},
            place=api.place(container),
        )
    except ApiError as error:
        if error.code not in CONTAINER_NOT_FOUND:
            raise
        return CurrentState(
            exists=False,
            absence=missing_container(f"Container {desired.name} does not exist in {api.region}", error.exception),
            documents=dict.fromkeys(documents),
            place=api.place(None),
        )


def read_document(api: MediaStoreApi, name: str, document: Document) -> Any:
    """Return the value of the container's `document`, None if it has none."""
    return document.value_of(api.get_document(name, document), f"container {name}")


def read_deleted(api: MediaStoreApi, current: CurrentState, container: Mapping[str, Any]) -> CurrentState:
    """Return the state of `container` with the tags and documents that are deleted with it, for the diff.

    They do not affect the deletion: what cannot be read is omitted, with the reason in `unread`.
    """
    name = container["Name"]
    api = api.with_budget(Budget(min(_DIFF_TIMEOUT, api.budget.seconds), name="time limit for the diff"))
    reads: dict[Any, Callable[[], Any]] = {
        "tags": lambda: api.list_tags(name, needed(container, "ARN")),
        **{document: partial(read_document, api, name, document) for document in DOCUMENTS},
    }
    found: dict[Any, Any] = {}
    unread: list[str] = []
    for part, read in reads.items():
        try:
            found[part] = read()
        except ApiError as error:
            if error.code not in CONTAINER_NOT_FOUND:
                unread.append(f"The diff of container {name} is incomplete: {error}")
    return replace(current, tags=found.pop("tags", None), documents=found, unread=unread)


def read_objects(api: MediaStoreApi, desired: Declaration, current: CurrentState, max_concurrency: int) -> CurrentState:
    """Return the state of an active container with the paths of its objects."""
    objects = api.objects(desired.name, needed(current.container or {}, "Endpoint"))
    try:
        return replace(current, objects=list(list_objects(objects, "", max_concurrency)))
    except ApiError as error:
        if error.code not in CONTAINER_NOT_FOUND:
            raise
        return read_current(api, desired)


def list_declared(api: MediaStoreApi, names: Collection[str], max_concurrency: int) -> dict[str, Any]:
    """Return by name the containers that a list describes completely, None for those that do not exist.

    Reads at most as many pages, one after the other, as DescribeContainer would need rounds of `max_concurrency`.
    """
    listed: dict[str, Any] = {}
    rounds = len(names) // max_concurrency
    if not rounds:
        return {}
    for number, (page, is_last) in enumerate(api.list_containers(), start=1):
        listed.update((container["Name"], container) for container in page if container["Name"] in names)
        if is_last:
            listed = {name: listed.get(name) for name in names}
        if is_last or number == rounds or len(listed) == len(names):
            break
    # A list may contain fewer members than the reply of DescribeContainer.
    return {name: one for name, one in listed.items() if one is None or {"ARN", "Status"} <= one.keys()}


def explain_in_use(api: MediaStoreApi, desired: Declaration, current: CurrentState, refused: ApiError) -> ApiError:
    """Return why an active container, whose deletion was `refused` as in use, was not deleted.

    The service returns the same code for a container with objects as for a container that is being updated. Raises
    ApiError if the container contains objects.
    """
    message = f"Container {desired.name} cannot be deleted because it is not empty"
    endpoint = (current.container or {}).get("Endpoint")
    if desired.delete_objects:
        if current.objects:
            uploaded = join_some(current.objects, ", ", _MAX_NAMED)
            raise ApiError(
                f"{message}: other clients have uploaded {uploaded} since this task deleted the objects; stop these"
                " clients, and run the task again",
                refused.exception,
            )
    elif endpoint and api.objects(desired.name, endpoint).has_items():
        raise ApiError(f"{message}: delete its objects first, or set delete_objects", refused.exception)
    return refused.with_reason(_MAY_HIDE_OBJECTS)


def read_containers(
    api: MediaStoreApi,
    names: list[str] | None,
    tags: bool,
    documents: Collection[Document],
    max_concurrency: int,
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each container (model shape Container) with what to include, for all containers if `names` is None.

    The included values are a dict of `tags`, if requested, and the value of each document by its key, None if the
    container has no such document or is not active. Containers that do not exist, or are deleted while they are read,
    are omitted. The others are in the order of `names`. Up to `max_concurrency` requests run concurrently.
    """
    with ThreadPool(max_concurrency) as pool:
        if names is None:
            listed = {container["Name"]: container for page, is_last in api.list_containers() for container in page}
            containers = list(listed.values())
        else:
            found = pool.imap(api.describe_container, dict.fromkeys(names))
            containers = [container for container in found if container]
        submitted = [(container, _submit_reads(api, pool, container, tags, documents)) for container in containers]
        collected = ((container, _collect(replies)) for container, replies in submitted)
        return [(container, included) for container, included in collected if included is not None]


def _submit_reads(
    api: MediaStoreApi, pool: ThreadPool, container: dict[str, Any], tags: bool, documents: Collection[Document]
) -> dict[str, AsyncResult[Any] | None]:
    keys = [*(["tags"] if tags else []), *(document.key for document in documents)]
    if container.get("Status", ACTIVE) != ACTIVE:
        return dict.fromkeys(keys)
    name = container["Name"]
    replies = {document.key: pool.apply_async(read_document, (api, name, document)) for document in documents}
    if tags:
        replies["tags"] = pool.apply_async(api.list_tags, (name, needed(container, "ARN")))
    return {key: replies[key] for key in keys}


def _collect(replies: dict[str, AsyncResult[Any] | None]) -> dict[str, Any] | None:
    """Wait for the replies about one container; return None if it was deleted in between."""
    try:
        return {key: reply.get() if reply else None for key, reply in replies.items()}
    except ApiError as error:
        if error.code not in CONTAINER_NOT_FOUND:
            raise
        return None
