# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module that runs in Ansible's process leaves there: nothing."""

from __future__ import annotations

import gc
import importlib
import json
import locale
import logging
import os
import re
import sys
import threading
import time
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from botocore import loaders

from ansible_collections.elemental.mediastore.plugins.module_utils import _client
from ansible_collections.elemental.mediastore.plugins.modules import mediastore_container
from ansible_collections.elemental.mediastore.plugins.plugin_utils import in_process
from ansible_collections.elemental.mediastore.tests.unit import samples

POLICY = samples.lifecycle([{"prefix": "old/"}], ("days", ">", 1))


@pytest.fixture
def run(emulator):
    """A function that runs a module in this process and returns its result."""

    def run(module="mediastore_container", environment=None, **options):
        arguments = {"endpoint_url": emulator.url, "region": "us-east-1", "name": "live", **samples.KEYS, **options}
        given = {name: value for name, value in arguments.items() if value is not None}
        status, stdout, stderr = in_process.run_module(module, given, environment or {})
        result = json.loads(stdout)
        assert stderr == ""
        assert status == bool(result.get("failed"))
        return result

    return run


def process_state():
    log = logging.getLogger("botocore.endpoint")
    os.umask(umask := os.umask(0))
    return {
        "environment": dict(os.environ),
        "directory": os.getcwd(),
        "umask": umask,
        "locale": locale.setlocale(locale.LC_ALL),
        "streams": (sys.stdout, sys.stderr),
        "arguments": (basic._ANSIBLE_ARGS, getattr(basic, "_ANSIBLE_PROFILE", None)),
        "warnings": (list(warnings._global_warnings), list(warnings._global_deprecations)),
        "log": (list(log.handlers), log.level),
    }


def disturb():
    os.environ["AWS_REGION"] = "eu-west-1"
    del os.environ["PATH"]
    os.chdir("/")
    os.umask(0o123)
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    sys.stdout = sys.stderr = None
    logging.getLogger("botocore.endpoint").setLevel(logging.DEBUG)
    logging.getLogger("botocore.endpoint").addHandler(logging.NullHandler())
    warnings.warn("a warning of the module")


class AlarmError(BaseException):
    """As the timeout of a task, which is no Exception."""


@pytest.mark.parametrize("end", [SystemExit, ValueError, AlarmError])
def test_the_process_is_as_before(monkeypatch, end):
    def main():
        disturb()
        raise end(1)

    monkeypatch.setattr(mediastore_container, "main", main)
    before = process_state()
    if end is AlarmError:
        with pytest.raises(AlarmError):
            in_process.run_module("mediastore_container", {}, {})
    else:
        in_process.run_module("mediastore_container", {}, {"VARIABLE": "1"})
    assert process_state() == before


def test_a_warning_is_in_the_result_of_its_task_only(run):
    lifecycle = {
        "module": "mediastore_lifecycle_policy",
        "state": "present",
        "policy": POLICY,
        "_ansible_check_mode": True,
    }
    for _item in range(2):
        assert len(run(**lifecycle)["warnings"]) == 1
    assert "warnings" not in run()


def test_warnings_of_imports_are_in_the_result_of_each_task(run, monkeypatch):
    empty = [(owner, name, type(recorded)()) for owner, name, recorded in in_process.IMPORT_WARNINGS]
    monkeypatch.setattr(in_process, "IMPORT_WARNINGS", empty)
    before = process_state()
    with monkeypatch.context() as patch:
        patch.setattr("importlib.import_module", lambda name: warnings.warn(f"{name} is deprecated"))
        in_process.preload("_mediastore.runner", "mediastore")
    assert process_state() == before
    for _item in range(2):
        assert ["amazon.aws" in str(warning) for warning in run()["warnings"]] == [True, False]


def test_the_variables_of_a_task_are_those_of_the_module(run, emulator):
    assert run(environment={"AWS_REGION": "eu-west-1"}, region=None)["changed"] is True
    assert {request["region"] for request in emulator.requests()} == {"eu-west-1"}


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("mediastore_container", {}),
        ("mediastore_s3_buckets", {"name": None, "containers": [{"name": "live"}]}),
        ("mediastore_object_info", {"name": None, "container": "live"}),
    ],
)
def test_a_task_reads_no_model_of_a_service(run, client, monkeypatch, module, options):
    client.create_container(ContainerName="live")
    importlib.import_module(f"{in_process.PLUGINS}.action.{module}")
    read = []
    load_file = loaders.JSONFileLoader.load_file

    def recorded(self, path):
        content = load_file(self, path)
        # The emulator, in another thread, reads models, too.
        if content and threading.current_thread() is threading.main_thread():
            read.append(path)
        return content

    monkeypatch.setattr(loaders.JSONFileLoader, "load_file", recorded)
    run(module, **options)
    assert read == []


def test_the_garbage_collector_does_not_visit_what_is_preloaded():
    gc.unfreeze()
    model = in_process._create_loader(None).load_service_model("mediastore", "service-2")
    assert any(found is model for found in gc.get_objects())
    in_process.preload("_mediastore.runner", "mediastore")
    assert not any(found is model for found in gc.get_objects())


def test_equal_tasks_share_a_client(run, clients):
    for _item in range(3):
        run()
    assert len(clients) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"region": "eu-west-1"},
        {"access_key": "AKIAI44QH8DHBEXAMPLE"},
        {"secret_key": "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"},
        {"session_token": "AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT"},
        {"endpoint_url": "http://localhost:{port}"},
        {"wait_timeout": 20},
        {"aws_config": {"user_agent_extra": "other"}},
        {"environment": {"AWS_CA_BUNDLE": "/dev/null"}},
    ],
    ids=lambda other: next(iter(other)),
)
def test_tasks_that_differ_share_no_client(run, clients, emulator, other):
    if "endpoint_url" in other:
        other = {"endpoint_url": other["endpoint_url"].format(port=emulator.url.rpartition(":")[2])}
    run()
    run(**other)
    assert len(clients) == 2


def test_clients_that_are_not_used_again_are_closed(run, clients):
    run()
    ((first, _module),) = clients.values()
    closed = []
    first.close = lambda: closed.append(first)
    for number in range(20):
        run(aws_config={"user_agent_extra": str(number)})
    assert len(clients) == _client._MAX_KEPT
    assert closed == [first]


@pytest.fixture
def resources(emulator):
    """A function that returns the threads, the file descriptors and the KiB of memory of this process."""

    def resources():
        emulator.clear_requests()
        gc.collect()
        # The emulator ends the threads of connections that were closed a moment ago.
        time.sleep(0.2)
        memory = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir())), int(memory.group(1))

    return resources


def test_a_thousand_items_leave_as_much_as_a_hundred(run, resources):
    for _item in range(100):
        run()
    *before, memory = resources()
    for _item in range(900):
        run()
    *after, grown_memory = resources()
    assert after == before
    assert grown_memory - memory < 2048


def test_tasks_for_objects_leave_as_much_as_the_first_ones(run, resources, tmp_path):
    run()
    for number in range(20):
        (tmp_path / f"segment_{number}.ts").write_text(str(number))
    objects = {"name": None, "container": "live"}
    # Then a client that is kept has one connection.
    many = {**objects, "max_concurrency": 1}

    def run_tasks(number):
        for item in range(number):
            run("mediastore_object", path="index.m3u8", content=f"{item}", **objects)
            if item % 20 == 0:
                run("mediastore_objects", src=str(tmp_path), path="news", **many)
                run("mediastore_objects", path="news", state="absent", **many)
                run("mediastore_object_info", recursive=True, **many)
                run(name="other")
                run("mediastore_object", path="a", content="a", container="other", name=None)
                run(name="other", state="absent", delete_objects=True)

    run_tasks(200)
    *before, memory = resources()
    run_tasks(100)
    *after, grown_memory = resources()
    assert after == before
    assert grown_memory - memory < 2048
