# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures that all unit tests share: a clean environment, and the emulator in this process."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

import botocore.loaders
import botocore.session
import pytest

from ansible_collections.elemental.mediastore.tests.unit import samples
from mediastore_emulator import EmulatorServer

# Of each parameter of a test: how many of its values coverage records.
RECORDED_CASES = 20


def load_once():
    """Load what all tests use, before any of them.

    botocore reads its models from files for each session: for each task, that is. The emulator spells out the
    characters of tags at the first tag.
    """
    botocore.session.create_loader = functools.cache(botocore.loaders.create_loader)
    session = samples.session()
    with EmulatorServer(create_delay=0) as server:
        client = session.client("mediastore", endpoint_url=server.url)
        client.create_container(ContainerName="any", Tags=[{"Key": "any", "Value": "any"}])
        endpoint = client.describe_container(ContainerName="any")["Container"]["Endpoint"]
        session.client("mediastore-data", endpoint_url=endpoint).list_items()


load_once()


def pytest_configure(config):
    """Run the tests of a worker in its process: ansible-test's fork for each test takes two fifths of the time."""
    config.pluginmanager.set_blocked("ansible_forked")


def coverage_record():
    """Return the object that records the coverage, None if nothing does."""
    return sys.modules["coverage"].Coverage.current() if "coverage" in sys.modules else None


def pytest_sessionstart():
    """Record the coverage of plugins/ alone: ansible-test also records the tests and the emulator."""
    if whole := coverage_record():
        whole.stop()
        include = [str(Path(__file__).resolve().parents[2] / "plugins" / "*")]
        settings = {"config_file": False, "branch": True, "concurrency": "thread", "include": include}
        type(whole)(data_file=whole.get_option("run:data_file"), data_suffix=True, **settings).start()


def pytest_sessionfinish():
    """Save the coverage of this process, which ansible-test does in forked processes."""
    if record := coverage_record():
        record.save()


@pytest.fixture(autouse=True)
def no_coverage_without_use(request):
    """Recording makes a test up to four times as slow. It pauses where it adds nothing to the coverage of plugins/.

    That is in random tests, whose lines differ from run to run, in those of the emulator, and in most cases of a table:
    they run the lines of the first ones.
    """
    is_random = request.node.get_closest_marker("hypothesis")
    case = request.node.callspec.indices if hasattr(request.node, "callspec") else {}
    is_first = all(index < RECORDED_CASES for index in case.values())
    has_use = request.path.parent.name != "emulator" and not is_random and is_first
    record = None if has_use else coverage_record()
    if record:
        record.stop()
    yield
    if record:
        record.start()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    """Nothing of the user's AWS configuration reaches a test."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "BOTO_", "MOTO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def emulator():
    """An emulator whose containers are ready, and gone, at once. Clients can also use AWS's names for S3."""
    with EmulatorServer(create_delay=0, delete_delay=0, allowed_hosts=["*.amazonaws.com"]) as server:
        yield server
