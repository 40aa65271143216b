# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of MediaStore: containers and their objects."""

from __future__ import annotations

import json
import math
import random
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..clock import Clock
from ..errors import ServiceError
from ..partitions import get_partition
from ..shared import Shared
from . import lifecycle
from .content import Content, MediaObject
from .storage import Storage
from .uploads import ArrivingObject

_NOT_IN_STATE = ("clock", "storage", "objects", "arriving", "rules", "next_due")


@dataclass
class Container:
    """One container with its documents and objects.

    `created` is a Unix timestamp. `active_at`, `gone_at` and the times in `documents_since` are monotonic readings of
    the clock. `declared` has the kinds of documents that a client has put or deleted, so not "ContainerPolicy" while
    the default policy is attached. `objects` and `arriving` have the objects by their path: those that are complete,
    and those that are readable while they are uploaded. `rules` are those of the lifecycle policy, once they were used:
    no object is due by them before `next_due`, a Unix timestamp.

    Only `change` and `change_objects` change what the storage keeps, which is all but `arriving`, `rules` and
    `next_due`: a change takes effect once it is kept. Both, and all that use them, raise ServiceError (500) if it
    cannot be kept.
    """

    clock: Clock
    storage: Storage
    name: str
    account: str
    region: str
    endpoint_id: str
    created: float
    active_at: float
    tags: dict[str, str]
    documents: dict[str, Any]
    gone_at: float | None = None
    access_logging: bool = False
    documents_since: dict[str, float] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    objects: dict[str, MediaObject] = field(default_factory=dict)
    arriving: dict[str, ArrivingObject] = field(default_factory=dict)
    rules: lifecycle.Rules | None = None
    next_due: float = 0.0

    @property
    def state(self) -> dict[str, Any]:
        """All that the storage keeps of the container, apart from its objects, as a JSON object."""
        return {name: value for name, value in vars(self).items() if name not in _NOT_IN_STATE}

    def change(self, **changes: Any) -> None:
        """Set attributes."""
        self.storage.put_container({**self.state, **changes})
        vars(self).update(changes)

    def change_objects(self, changed: Mapping[str, MediaObject | None]) -> None:
        """Add or replace the objects at the paths of `changed`; None removes one."""
        self.storage.change_objects(self.endpoint_id, changed)
        for path, stored in changed.items():
            before = self.objects.pop(path, None)
            if stored:
                self.objects[path] = stored
            if before and not (stored and stored.content is before.content):
                before.content.discard()

    def put_document(self, kind: str, content: Any) -> None:
        """Set or replace a document, for example "LifecyclePolicy"; it takes effect now."""
        self.change(
            documents={**self.documents, kind: content},
            documents_since={**self.documents_since, kind: self.clock.monotonic()},
            declared=sorted({*self.declared, kind}),
        )
        # Keeps what match_objects has prepared.
        self._lifecycle_rules()

    def delete_document(self, kind: str) -> None:
        """Remove a document that the container has."""
        rest = {other: content for other, content in self.documents.items() if other != kind}
        self.change(documents=rest, declared=sorted({*self.declared, kind}))

    def put_object(self, path: str, content: Content, content_type: str, cache_control: str | None) -> MediaObject:
        """Store an object, which replaces one with the same path, and return it."""
        stored = MediaObject(content, content_type, cache_control, self.clock.time(), self.clock.monotonic())
        self.change_objects({path: stored})
        self.next_due = 0.0
        rules = self._lifecycle_rules()
        if rules is not None:
            rules.match([path])
        return stored

    def apply_lifecycle(self, path: str | None = None) -> None:
        """Delete or archive the object at `path`, or all objects, if that is due now by the lifecycle policy."""
        rules, now = self._lifecycle_rules(), self.clock.time()
        if rules is None or (path is None and now < self.next_due):
            return
        soonest = math.inf
        changed: dict[str, MediaObject | None] = {}
        for key in [key for key in ([path] if path else self.objects) if key in self.objects]:
            stored = self.objects[key]
            age = max(0.0, now - stored.modified)
            applying = rules.applying(key, self._is_newer(stored))
            action = lifecycle.due_action(applying, age)
            if action == lifecycle.EXPIRE:
                changed[key] = None
                continue
            if action == lifecycle.ARCHIVE and not stored.is_archived:
                changed[key] = replace(stored, is_archived=True)
            soonest = min(soonest, lifecycle.next_due(applying, age))
        if changed:
            self.change_objects(changed)
        if path is None:
            self.next_due = now + soonest

    def is_unlisted(self, path: str, stored: MediaObject) -> bool:
        """Return whether ListItems omits the object `stored` at `path`, because a rule in seconds applies to it."""
        rules = self._lifecycle_rules()
        return rules is not None and lifecycle.is_unlisted(rules.applying(path, self._is_newer(stored)))

    def _lifecycle_rules(self) -> lifecycle.Rules | None:
        text = self.documents.get("LifecyclePolicy")
        if text is not None and (self.rules is None or self.rules.text != text):
            self.rules, self.next_due = lifecycle.parse(text), 0.0
        return None if text is None else self.rules

    def _is_newer(self, stored: MediaObject) -> bool:
        """Return whether an object was added after the lifecycle policy was set."""
        return stored.added >= self.documents_since.get("LifecyclePolicy", 0.0)

    @property
    def arn(self) -> str:
        """The container's ARN, in the partition of its region."""
        return f"arn:{get_partition(self.region)}:mediastore:{self.region}:{self.account}:container/{self.name}"

    @property
    def status(self) -> str:
        """CREATING, ACTIVE or DELETING, and GONE once the deletion is complete."""
        now = self.clock.monotonic()
        if self.gone_at is not None:
            return "GONE" if now >= self.gone_at else "DELETING"
        return "ACTIVE" if now >= self.active_at else "CREATING"

    def to_shape(self, base_url: str) -> dict[str, Any]:
        """Return the Container shape; its Endpoint, once assigned, starts with `base_url` (SCHEME://HOST:PORT)."""
        status = self.status
        shape = {
            "ARN": self.arn,
            "Name": self.name,
            "CreationTime": self.created,
            "Status": status,
            "AccessLoggingEnabled": self.access_logging,
        }
        if status != "CREATING":
            shape["Endpoint"] = f"{base_url}/mediastore_{self.region}/{self.endpoint_id}"
        return shape


class Store:
    """Every container of every account and region.

    Methods are not synchronised: a caller must hold `lock` while it uses what it has read.
    """

    def __init__(self, shared: Shared, storage: Storage) -> None:
        self._shared = shared
        self._storage = storage
        self.lock = threading.RLock()
        self._containers: dict[tuple[str, str], dict[str, Container]] = {}
        self._endpoints: dict[str, Container] = {}
        kept = storage.load()
        for state, objects in kept.containers:
            self._add(Container(shared.clock, storage, **state, objects=objects))
        latest = max((_latest_reading(container) for container in self._endpoints.values()), default=0.0)
        shared.clock.resume(kept.offset, kept.skipped, latest, storage.put_clock)

    def reset(self, *, with_clock: bool) -> None:
        """Remove all containers; with `with_clock`, also show the time of this machine."""
        clear = partial(self._storage.clear, with_clock=with_clock)
        if with_clock:
            self._shared.clock.reset(clear)
        else:
            clear()
        for container in self._endpoints.values():
            for stored in container.objects.values():
                stored.content.discard()
        self._containers.clear()
        self._endpoints.clear()

    def keep(self, body: bytes) -> Content:
        """Return the content of an object that is to be put, which the caller discards if that fails.

        This can take long, so the caller does not hold `lock`. Raises ServiceError (500) if it cannot be kept.
        """
        return self._storage.keep(body)

    def create(self, account: str, region: str, name: str, tags: dict[str, str]) -> Container:
        """Add a container that is CREATING for `create_delay` seconds.

        Raises ContainerInUseException if the name is in use, in any status, and LimitExceededException over quota.
        """
        present = self.containers(account, region)
        if name in present:
            raise ServiceError("ContainerInUseException", f"The container {name} already exists.")
        if len(present) >= self._shared.settings.container_quota:
            raise ServiceError("LimitExceededException", "The quota of containers in this region is exhausted.")
        clock = self._shared.clock
        endpoint_id = "".join(random.choices(string.ascii_lowercase + string.digits, k=14))
        active_at = clock.monotonic() + self._shared.settings.create_delay
        container = Container(
            clock, self._storage, name, account, region, endpoint_id, clock.time(), active_at, tags, documents={}
        )
        container.documents["ContainerPolicy"] = _default_policy(container)
        self._storage.put_container(container.state)
        self._add(container)
        return container

    def delete(self, container: Container) -> None:
        """Set a container to DELETING for `delete_delay` seconds; raises ContainerInUseException if it has objects."""
        if container.objects:
            raise ServiceError("ContainerInUseException", f"The container {container.name} is not empty.")
        container.change(gone_at=self._shared.clock.monotonic() + self._shared.settings.delete_delay)

    def containers(self, account: str, region: str) -> dict[str, Container]:
        """Return the containers of an account in a region by name, in no order, without those that are gone."""
        present = self._containers.get((account, region), {})
        for container in [container for container in present.values() if container.gone_at is not None]:
            self._drop_if_gone(container)
        return present

    def get(self, account: str, region: str, name: str) -> Container | None:
        """Return a container in any status, which can also be gone; None if it does not exist."""
        return self._containers.get((account, region), {}).get(name)

    def everywhere(self) -> list[Container]:
        """Return the containers of all accounts and regions, in no order and in any status, those that are gone too."""
        return [container for present in self._containers.values() for container in present.values()]

    def find(self, account: str, region: str, name: str) -> Container:
        """Return a container in any status; raises ContainerNotFoundException."""
        container = self.get(account, region, name)
        if container is None or self._drop_if_gone(container):
            raise ServiceError("ContainerNotFoundException", f"The container {name} does not exist.")
        return container

    def get_active(self, account: str, region: str, name: str) -> Container:
        """Return an ACTIVE container, its lifecycle policy applied to all objects.

        Raises ContainerInUseException if it is CREATING or DELETING.
        """
        container = self.find(account, region, name)
        if container.status != "ACTIVE":
            raise ServiceError("ContainerInUseException", f"The container {name} is {container.status}.")
        self.apply_lifecycle(container)
        return container

    def apply_lifecycle(self, container: Container, path: str | None = None) -> None:
        """Apply the lifecycle policy to the object at `path`, or all, unless the setting `lifecycle` is false."""
        if self._shared.settings.lifecycle:
            container.apply_lifecycle(path)

    def match_objects(self, account: str, region: str, name: str, text: str) -> None:
        """Match the objects of a container with a valid lifecycle policy that is put next.

        Without the lock, because this is the only time that many objects are matched at once.
        """
        with self.lock:
            container = self._containers.get((account, region), {}).get(name)
            paths = list(container.objects) if container else []
        lifecycle.parse(text).match(paths)

    def at_endpoint(self, region: str, endpoint_id: str) -> Container:
        """Return the ACTIVE container of an endpoint; raises ContainerNotFoundException (404 on the data plane)."""
        container = self._endpoints.get(endpoint_id)
        if container is None or container.region != region or container.status != "ACTIVE":
            raise ServiceError("ContainerNotFoundException", "No active container has this endpoint.", 404)
        return container

    def named(self, name: str) -> list[Container]:
        """Return the containers of a name, one for each account and region that has it."""
        found = [present[name] for present in self._containers.values() if name in present]
        return [container for container in found if not self._drop_if_gone(container)]

    def _add(self, container: Container) -> None:
        self._containers.setdefault((container.account, container.region), {})[container.name] = container
        self._endpoints[container.endpoint_id] = container

    def _drop_if_gone(self, container: Container) -> bool:
        gone = container.status == "GONE"
        if gone:
            self._storage.delete_container(container.endpoint_id)
            del self._containers[container.account, container.region][container.name]
            del self._endpoints[container.endpoint_id]
        return gone


def _default_policy(container: Container) -> str:
    """Return the policy of a new container, by which its account may do everything over HTTPS."""
    statement = {
        "Sid": "MediaStoreFullAccess",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{get_partition(container.region)}:iam::{container.account}:root"},
        "Action": "mediastore:*",
        "Resource": f"{container.arn}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _latest_reading(container: Container) -> float:
    """Return the latest monotonic reading of events that have happened to a container, 0 if none have."""
    added = (stored.added for stored in container.objects.values())
    return max([*container.documents_since.values(), *added], default=0.0)
