# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module for buckets in this process against S3 servers that others wrote, and keeps the results."""

from __future__ import annotations

import signal

import pytest

UNIT = "ansible_collections.elemental.mediastore.tests.unit.plugins"
pytest.register_assert_rewrite(f"{UNIT}.modules.test_s3_buckets")

from ansible_collections.elemental.mediastore.plugins.module_utils._s3 import runner
from ansible_collections.elemental.mediastore.tests.s3_servers import table
from ansible_collections.elemental.mediastore.tests.s3_servers.proxy import Proxy
from ansible_collections.elemental.mediastore.tests.s3_servers.servers import SERVERS
from ansible_collections.elemental.mediastore.tests.unit.plugins import conftest as fixtures

clients, clock, run = fixtures.clients, fixtures.clock, fixtures.run

BUCKET, KEY = "example-live", "a.ts"
FOUND = pytest.StashKey[dict]()


def pytest_addoption(parser):
    parser.addoption("--record", action="store_true", help="keep the results in the repository and the guide")


def pytest_configure(config):
    config.stash[FOUND] = {}
    # So that an end by `kill` stops the servers, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    """Say which servers are not installed, print the table, and keep it if asked."""
    for kind in SERVERS.values():
        if not kind.installed():
            terminalreporter.write_line(f"\n{not_run(kind)}")
    found = config.stash[FOUND]
    complete = {name: one for name, one in found.items() if set(one["cells"]) == set(table.ROWS)}
    for one in complete.values():
        one["cells"] = {row: one["cells"][row] for row in table.ROWS}
    if complete:
        terminalreporter.write_line(f"\n{table.text(complete)}\n")
    if config.getoption("record") and exitstatus == pytest.ExitCode.OK:
        table.keep(complete)


def not_run(kind):
    """Return why a server is not tested, and what to install."""
    return f"not run: {kind.title} {kind.needs}"


@pytest.fixture(scope="session", params=SERVERS)
def server(request):
    """Each server that is installed."""
    kind = SERVERS[request.param]
    if not kind.installed():
        pytest.skip(not_run(kind))
    with kind.running() as server:
        yield server


@pytest.fixture
def record(server, request):
    """A function that notes a cell of the table, which is as it was kept for the same version of the server."""
    version = server.version()
    found = request.config.stash[FOUND].setdefault(
        server.name, {"title": server.title, "version": version, "cells": {}}
    )
    kept = table.load().get(server.name, {})

    def record(row, cell):
        assert (row in table.ROWS, cell in table.CELLS) == (True, True)
        found["cells"][row] = cell
        if kept.get("version") == version and not request.config.getoption("record"):
            assert cell == kept["cells"][row]

    return record


@pytest.fixture
def proxy(server):
    """A proxy before the server."""
    with Proxy.before(server.port) as proxy:
        yield proxy


@pytest.fixture
def emulator(proxy):
    """The proxy under the name by which fixtures of unit tests ask for their server."""
    return proxy


@pytest.fixture
def s3(server):
    """A client of the server's S3, which has no buckets after a test."""
    client = server.client()
    yield client
    for bucket in client.list_buckets()["Buckets"]:
        for item in client.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            client.delete_object(Bucket=bucket["Name"], Key=item["Key"])
        client.delete_bucket(Bucket=bucket["Name"])


@pytest.fixture
def bucket(s3):
    """The name of a bucket with an object; both are there after each test."""
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"example")
    yield BUCKET
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"example"


@pytest.fixture
def module(run, server, monkeypatch):
    """A function that runs the module for the container of the bucket with these aspects, and returns its result."""
    warned = []
    monkeypatch.setattr(runner, "warn", warned.append)  # Ansible's gives each warning once in a process

    def module(declared, **options):
        warned.clear()
        given = {"account": server.account, "access_key": server.access_key, "secret_key": server.secret_key}
        result = run("mediastore_s3_buckets", containers=[{"name": BUCKET, **declared}], **{**given, **options})
        return {**result, "warnings": list(warned)}

    return module
