# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task sends requests about objects at the same time, at most max_concurrency, each over one connection."""

from __future__ import annotations

import io
import threading
import time
from types import SimpleNamespace

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils import _client
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.api import DataApi
from ansible_collections.elemental.mediastore.plugins.module_utils._sender import Budget
from mediastore_emulator.server import Emulator

PATHS = [f"folder_{number % 5}/segment_{number}.ts" for number in range(20)]


class Traffic:
    """The requests to endpoints of containers: their connections, by the port of the client, and how many at once."""

    def __init__(self):
        self.reset()
        self._lock = threading.Lock()
        self._open = 0

    def reset(self):
        self.connections = set()
        self.most = 0

    def call(self, serve, environ):
        with self._lock:
            self._open += 1
            self.most = max(self.most, self._open)
            self.connections.add(environ["REMOTE_PORT"])
        # So that all threads of the task send requests at the same time.
        time.sleep(0.005)
        try:
            return serve()
        finally:
            with self._lock:
                self._open -= 1


@pytest.fixture
def traffic(monkeypatch):
    """The requests that the emulator serves at endpoints of containers."""
    traffic = Traffic()
    call = Emulator.__call__

    def recorded(self, environ, start_response):
        def serve():
            return call(self, environ, start_response)

        return traffic.call(serve, environ) if environ["PATH_INFO"].startswith("/mediastore_") else serve()

    monkeypatch.setattr(Emulator, "__call__", recorded)
    return traffic


@pytest.fixture
def directory(tmp_path):
    """A directory with files in five folders."""
    directory = tmp_path / "files"
    for path in PATHS:
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(path)
    return directory


@pytest.fixture
def taken(traffic):
    """A function that returns how many connections were used, and how many requests were sent at the same time."""

    def taken():
        found = len(traffic.connections), traffic.most
        traffic.reset()
        # So the next task opens its connections.
        for client, _module in _client._kept.values():
            client.close()
        _client._kept.clear()
        return found

    return taken


def test_a_task_uses_no_other_connections(run, client, directory, tmp_path, taken):
    client.create_container(ContainerName="live")
    dest = tmp_path / "fetched"
    objects = {"module": "mediastore_objects", "container": "live", "max_concurrency": 3}
    tasks = {
        "upload": (objects | {"src": str(directory)}, {"created": 20}),
        "compare": (objects | {"src": str(directory)}, {"unchanged": 20}),
        "fetch": (objects | {"state": "fetched", "dest": str(dest)}, {"created": 20}),
        "compare files": (objects | {"state": "fetched", "dest": str(dest)}, {"unchanged": 20}),
        "delete": (objects | {"path": "/", "state": "absent"}, {"deleted": 20}),
    }
    for name, (options, counts) in tasks.items():
        result = run(**options)
        assert {action: number for action, number in result["counts"].items() if number} == counts, name
        assert 1 < max(taken()) <= 3, name


def test_a_list_uses_no_other_connections(run, client, directory, taken):
    client.create_container(ContainerName="live")
    run("mediastore_objects", container="live", src=str(directory))
    taken()
    result = run("mediastore_object_info", container="live", recursive=True, max_concurrency=3)
    assert [found["path"] for found in result["objects"]] == sorted(PATHS)
    assert 1 < max(taken()) <= 3


def test_the_objects_of_all_containers_share_the_connections(run, client, directory, taken):
    names = ["one", "two", "three"]
    for name in names:
        client.create_container(ContainerName=name)
        run("mediastore_objects", container=name, src=str(directory))
    taken()
    declared = [{"name": name, "state": "absent", "delete_objects": True} for name in names]
    assert run("mediastore_containers", containers=declared, max_concurrency=6)["changed"]
    # Each container has an endpoint, and so other connections.
    assert 1 < taken()[1] <= 6
    assert client.list_containers()["Containers"] == []


def test_content_that_is_not_read_keeps_no_connection():
    body = io.BytesIO(b"text")
    client = SimpleNamespace(
        meta=SimpleNamespace(endpoint_url="http://127.0.0.1"), get_object=lambda **_arguments: {"Body": body}
    )
    found = DataApi(client, "live", Budget(30)).digest_object("a.ts", lambda _properties: False)
    assert (found["path"], "sha256" in found, body.closed) == ("a.ts", False, True)
