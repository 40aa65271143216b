# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures that run the collection's code against the emulator."""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import socket
import urllib.request
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS
from botocore.config import Config

from ansible_collections.elemental.mediastore.plugins.module_utils import _client, _sender
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore import api
from ansible_collections.elemental.mediastore.tests.unit import samples

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core 2.17 has no such helper yet

    @contextlib.contextmanager
    def patch_module_args(args):
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode()
        yield
        basic._ANSIBLE_ARGS = None


REGION = "us-east-1"
ACCOUNT = "123456789012"
MODULES = "ansible_collections.elemental.mediastore.plugins.modules"
_SESSION = samples.session(REGION)


# The recording of coverage pauses in some tests: what is imported here is recorded, whichever test uses it first.
for path in (Path(__file__).resolve().parents[3] / "plugins" / "modules").glob("*.py"):
    importlib.import_module(f"{MODULES}.{path.stem}")


def open_client(url, service="mediastore"):
    """Return a boto3 client as the modules open it: without retries of its own."""
    return _SESSION.client(service, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))


class Calls(list):
    """The operations that the emulator was asked for, in their order."""

    @property
    def names(self):
        return [call["operation"] for call in self]

    @property
    def mutating(self):
        return [call["operation"] for call in self if call["mutating"]]


@pytest.fixture(autouse=True)
def clients(monkeypatch):
    """The clients that modules share in this process, none at the start of a test."""
    kept = {}
    monkeypatch.setattr(_client, "_kept", kept)
    return kept


@pytest.fixture
def calls(emulator):
    """A function that returns what the emulator was asked for since it was last called."""

    def calls():
        taken = Calls(emulator.requests())
        emulator.clear_requests()
        return taken

    return calls


@pytest.fixture
def run(emulator, capsys, monkeypatch):
    """A function that runs a module in this process against the emulator and returns its result."""
    # Where a test has imported an action plugin, this process is a controller, in which warnings are displayed.
    with contextlib.suppress(ImportError):
        monkeypatch.setattr("ansible.module_utils._internal.is_controller", False)

    def run(module, *, check=False, diff=False, **options):
        arguments = {
            "endpoint_url": emulator.url,
            "region": REGION,
            **samples.KEYS,
            "_ansible_check_mode": check,
            "_ansible_diff": diff,
            # Nothing is written to the system log.
            "_ansible_no_log": True,
            "_ansible_remote_tmp": "~/.ansible/tmp",
            # Older versions return the invocation without being asked.
            **({"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}),
            **options,
        }
        main = importlib.import_module(f"{MODULES}.{module}").main
        capsys.readouterr()
        with patch_module_args(arguments), pytest.raises(SystemExit):
            main()
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def closed_endpoint():
    """The URL of a port where no server listens: it is taken, so that none can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def client(emulator):
    """A boto3 client of the emulator."""
    return open_client(emulator.url)


@pytest.fixture
def data(client, calls):
    """A boto3 client of the objects of the new container live, with no request in the record."""
    client.create_container(ContainerName="live")
    endpoint = client.describe_container(ContainerName="live")["Container"]["Endpoint"]
    calls()
    return open_client(endpoint, "mediastore-data")


@pytest.fixture
def fill(emulator, client):
    """A function that creates a container with objects at these paths, and returns a client for its objects."""

    def fill(name, paths, **options):
        client.create_container(ContainerName=name, **options)
        store = emulator._emulator._store
        with store.lock:
            container = store.find(ACCOUNT, REGION, name)
            for path in paths:
                container.put_object(path, store.keep(b"x"), "video/mp2t", None)
        endpoint = client.describe_container(ContainerName=name)["Container"]["Endpoint"]
        return open_client(endpoint, "mediastore-data")

    return fill


@pytest.fixture
def s3(emulator):
    """A boto3 client of the emulator's S3, which has no buckets before and after a test."""
    yield _open_s3(emulator.url, _SESSION)
    emulator.reset()
    urllib.request.urlopen(urllib.request.Request(f"{emulator.url}/moto-api/reset", method="POST")).close()


@pytest.fixture
def other_account(emulator, s3):
    """The same of the root user of another account, which moto takes from a header."""

    def add_account(request, **event):
        request.headers["X-Moto-Account-Id"] = "111122223333"

    client = _open_s3(emulator.url, _SESSION)
    client.meta.events.register("before-sign.s3", add_account)
    return client


def _open_s3(url, session):
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return session.client("s3", endpoint_url=url, config=config)


@pytest.fixture
def open_api(emulator):
    """A function that returns a MediaStoreApi which uses a client of one's choice.

    `hooks` are those of the clients for objects, see Interfering.
    """

    def open_api(client, seconds=30, **hooks):
        def open_data_client(endpoint):
            return Interfering(open_client(endpoint, "mediastore-data"), **hooks)

        return api.MediaStoreApi(client, open_data_client, _sender.Budget(seconds))

    return open_api


class Interfering:
    """A client some of whose operations are taken over.

    Each hook, named after the operation, is called as `hook(send, **arguments)`, where `send` is the real operation.
    """

    def __init__(self, client, **hooks):
        self._client = client
        self._hooks = hooks

    def __getattr__(self, name):
        real = getattr(self._client, name)
        return functools.partial(self._hooks[name], real) if name in self._hooks else real


@pytest.fixture
def interfering():
    """A function that returns a client with hooks in it, see Interfering."""
    return Interfering


@pytest.fixture
def interfere(client):
    """A function that returns the emulator's client with hooks in it, see Interfering."""
    return functools.partial(Interfering, client)


class Clock:
    """Time that passes only where the code sleeps."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    """A clock of the test's own in place of the real one, so that waiting takes no time."""
    clock = Clock()
    monkeypatch.setattr(_sender, "time", clock)
    return clock
