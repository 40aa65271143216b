# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages show of the containers: copies, for which the lock of the store is never held for long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from ..mediastore.content import MediaObject
from ..mediastore.models import Container, Store

_T = TypeVar("_T")
_GONE = "GONE"


@dataclass(frozen=True)
class Page(Generic[_T]):
    """Some of `total` items: the page `number` of `count`, from 1."""

    items: Sequence[_T]
    number: int
    count: int
    total: int


class ContainerRow(NamedTuple):
    """A container in the list; `documents` are the kinds that a client has put, for example CorsPolicy."""

    name: str
    region: str
    account: str
    status: str
    objects: int
    documents: list[str]
    tags: int
    access_logging: bool


class ContainerDetail(NamedTuple):
    """A container with its region, account, tags and documents; `shape` is that of DescribeContainer.

    `has_default_policy` is whether no client has put or deleted the container policy.
    """

    region: str
    account: str
    shape: dict[str, Any]
    tags: dict[str, str]
    documents: dict[str, Any]
    has_default_policy: bool


class Item(NamedTuple):
    """An item of a folder: an object, or a folder, which has no `stored` and a name that ends with a slash."""

    name: str
    stored: MediaObject | None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.name.endswith("/")


def paged(items: Sequence[_T], number: int, size: int) -> Page[_T]:
    """Return the page `number` of `items`, `size` on each page; the last page for a number above it."""
    count = max(1, -(-len(items) // size))
    number = min(max(number, 1), count)
    return Page(items[(number - 1) * size : number * size], number, count, len(items))


def list_containers(store: Store, text: str, number: int, size: int) -> Page[ContainerRow]:
    """Return a page of the containers of all accounts and regions whose name contains `text`, by name."""
    with store.lock:
        present = store.everywhere()
    found = [container for container in present if text in container.name and container.status != _GONE]
    page = paged(sorted(found, key=lambda item: (item.name, item.region, item.account)), number, size)
    return Page([_row(store, container) for container in page.items], page.number, page.count, page.total)


def describe(container: Container, base_url: str) -> ContainerDetail:
    """Return what a container has, except its objects; the caller holds the lock of the store."""
    return ContainerDetail(
        container.region,
        container.account,
        container.to_shape(base_url),
        dict(container.tags),
        dict(container.documents),
        "ContainerPolicy" not in container.declared,
    )


def list_items(store: Store, container: Container, folder: str, number: int, size: int) -> Page[Item]:
    """Return a page of the items of a folder, by name; a folder is "" or a path with a slash at its end."""
    with store.lock:
        store.apply_lifecycle(container)
        paths = list(container.objects)
    below = [path[len(folder) :].partition("/") for path in paths if path.startswith(folder)]
    page = paged(sorted({name + slash for name, slash, _rest in below}), number, size)
    with store.lock:
        items = [Item(name, container.objects.get(folder + name)) for name in page.items]
    # Another request can have deleted an object between both reads.
    return Page([item for item in items if item.stored or item.is_folder], page.number, page.count, page.total)


def _row(store: Store, container: Container) -> ContainerRow:
    with store.lock:
        store.apply_lifecycle(container)
        return ContainerRow(
            container.name,
            container.region,
            container.account,
            container.status,
            len(container.objects),
            [kind for kind in container.documents if kind in container.declared],
            len(container.tags),
            container.access_logging,
        )
