# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks in Ansible's process and in a new process: everything that a user sees is the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from mediastore_emulator import EmulatorServer

ROOT = Path(__file__).resolve().parents[2]
IN_PROCESS = "Ansible's process"
# A connection to this machine that Ansible does not know to be one.
CONNECTION = """
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = "{name: elsewhere, short_description: local, description: local}"


class Connection(LocalConnection):
    transport = "elsewhere"
"""
# A strategy that puts its own methods before those of each action plugin, as Mitogen's do.
STRATEGY = """
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import action_loader
from ansible.plugins.strategy.linear import StrategyModule as LinearStrategy

DOCUMENTATION = "{name: replacing, short_description: replaces methods, description: replaces methods}"


class Mixin(ActionBase):
    def _execute_module(self, *args, **kwargs):
        return {"msg": "the strategy ran the module"}

    _configure_module = _is_pipelining_enabled = _low_level_execute_command = None


class StrategyModule(LinearStrategy):
    def run(self, *args, **kwargs):
        load = action_loader.get_with_context

        def load_with_mixin(name, *args, class_only=False, collection_list=None, **kwargs):
            found = load(name, class_only=True, collection_list=collection_list)
            plugin = type("ActionModule", (Mixin, found.object), {})
            return found._replace(object=plugin if class_only else plugin(*args, **kwargs))

        action_loader.get_with_context = load_with_mixin
        return super().run(*args, **kwargs)
"""
# What Python has on macOS: urllib asks _scproxy for the proxies of the system. There, this ends a forked process.
MACOS = """
import os
import signal
import sys
import types

process = os.getpid()


def ask(*args):
    if os.getpid() != process:
        os.kill(os.getpid(), signal.SIGSEGV)
    return {}


sys.platform = "darwin"
sys.modules["_scproxy"] = types.ModuleType("_scproxy")
sys.modules["_scproxy"]._get_proxies = sys.modules["_scproxy"]._get_proxy_settings = ask
"""
NEW_PROCESS_ON_MACOS = (
    "a new process: macOS ends a forked process that looks up the proxies of the system, unless no_proxy is *"
)
FORK_AND_ASK = """
import os, urllib.request
forked = os.fork()
urllib.request.getproxies()
if forked:
    print(os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]))
"""
MANY = ("mediastore_containers", "mediastore_container_info")
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "mediastore:GetObject",
            "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/live/*",
        }
    ],
}


def task(title, module="mediastore_container", options=None, **keywords):
    """A task that may fail, about the container live if the options do not name another."""
    given = {"name": "live", **(options or {})} if module not in MANY else options
    return {"name": title, f"elemental.mediastore.{module}": given, "ignore_errors": True, **keywords}


def create_delay(seconds):
    url = "{{ endpoint_url }}/mediastore-emulator/settings"
    settings = {"url": url, "method": "PUT", "body_format": "json", "body": {"create_delay": seconds}}
    return {"name": f"containers are created in {seconds} seconds", "ansible.builtin.uri": settings}


TASKS = [
    task("create in check mode", options={"tags": {"channel": "one"}}, check_mode=True, diff=True),
    task("create", options={"tags": {"channel": "one"}}, diff=True),
    task("unchanged", options={"tags": {"channel": "one"}}, register="unchanged"),
    {"name": "a registered result", "ansible.builtin.debug": {"var": "unchanged"}},
    task("change in check mode", options={"tags": {"channel": "two"}}, check_mode=True, diff=True),
    task("change", options={"tags": {"channel": "two"}}, diff=True),
    task("attach a policy", "mediastore_container_policy", {"policy": POLICY}, diff=True),
    task("a warning", "mediastore_lifecycle_policy", {"name": "absent", "state": "absent"}, check_mode=True),
    task("a warning of a policy", "mediastore_container_policy", {"policy": {**POLICY, "Version": "2008-10-17"}}),
    task(
        "the service refuses",
        "mediastore_cors_policy",
        {"name": "absent", "rules": [{"allowed_origins": ["*"], "allowed_headers": ["*"]}]},
    ),
    task("an option with a wrong type", options={"wait_timeout": "soon"}),
    task("an option out of range", options={"wait_timeout": -1}),
    task("an option that does not exist", options={"polcy": "live"}),
    task("a missing option", "mediastore_cors_policy", {"state": "present"}),
    task("a deprecated option", options={"purge_tags": False}),
    task("secrets", options={"secret_key": "zzSecret", "session_token": "zzToken"}),
    task("no_log", options={"secret_key": "zzSecret"}, no_log=True),
    task("no_log of a failure", options={"wait_timeout": -1}, no_log=True),
    task("debug logs", options={"debug_botocore_endpoint_logs": True}),
    task("a crash", "mediastore_metric_policy", {"state": "absent"}),
    task("a timeout in a request", options={"endpoint_url": "{{ silent_endpoint_url }}"}, timeout=2),
    task(
        "a timeout in requests of threads",
        "mediastore_container_info",
        {"names": ["a", "b"], "endpoint_url": "{{ silent_endpoint_url }}"},
        timeout=2,
    ),
    create_delay(60),
    task("a timeout in a wait", options={"name": "slow"}, timeout=2),
    task(
        "a timeout in waits of threads",
        "mediastore_containers",
        {"containers": [{"name": "slow_one"}, {"name": "slow_two"}]},
        timeout=2,
    ),
    create_delay(0),
    task("after timeouts", diff=True),
    task("until", options={"state": "present"}, register="tried", until="tried is changed", retries=2, delay=0),
    task("a loop", options={"name": "{{ item }}", "wait": False}, loop=["live", "l2", "not a name", "l3", "live"]),
    task("delegated", delegate_to="other"),
    task("an expression for options", options={"tags": "{{ {'channel': 'two', 'number': 1 + 1} }}"}, diff=True),
    task(
        "many containers",
        "mediastore_containers",
        {"containers": [{"name": "live"}, {"name": "not a name"}]},
        diff=True,
    ),
    task("info", "mediastore_container_info", {"include": ["all"]}),
]


OPTIONS = {
    "endpoint_url": "{{ endpoint_url }}",
    "region": "us-east-1",
    "access_key": "AKIAIOSFODNN7EXAMPLE",
    "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
VARIABLES = {
    "AWS_URL": "{{ endpoint_url }}",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIAI44QH8DHBEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
}


def play_of(hosts, tasks, **options):
    return {
        "hosts": hosts,
        "gather_facts": False,
        "module_defaults": {"group/elemental.mediastore.aws": options},
        "tasks": tasks,
    }


SHORT_NAME = {"name": "a short name", "mediastore_container": {"name": "live"}}
# The path is relative to the directory of the playbook.
CREDENTIALS = task("credentials of a file", environment={"AWS_SHARED_CREDENTIALS_FILE": "credentials"})
PLAYS = [
    play_of("controller", TASKS, **OPTIONS),
    play_of("controller", [task("a variable of the task", environment=VARIABLES), task("and not of the next one")]),
    play_of("controller", [task("another region")], **{**OPTIONS, "region": "ap-south-1"}),
    play_of("controller", [task("another endpoint")], **{**OPTIONS, "endpoint_url": "{{ other_endpoint_url }}"}),
    {**play_of("controller", [SHORT_NAME], **OPTIONS), "collections": ["elemental.mediastore"]},
    play_of("controller", [CREDENTIALS], endpoint_url="{{ endpoint_url }}", region="us-east-1", profile="example"),
]
NAMES = ["a{{ inventory_hostname }}", "b{{ inventory_hostname }}"]
MANY_HOSTS = [play_of("host*", [task("by forks", options={"name": "{{ item }}"}, loop=NAMES)], **OPTIONS)]


@pytest.fixture
def collections(tmp_path):
    """The collection, with a deprecated option and a module that crashes."""
    directory = tmp_path / "collections"
    plugins = directory / "ansible_collections" / "elemental" / "mediastore" / "plugins"
    shutil.copytree(ROOT / "plugins", plugins, symlinks=True)
    shutil.copytree(ROOT / "meta", plugins.parent / "meta")
    amazon = Path(os.environ["ANSIBLE_COLLECTIONS_PATH"], "ansible_collections", "amazon")
    (directory / "ansible_collections" / "amazon").symlink_to(amazon)
    removed = 'removed_in_version="9.0.0", removed_from_collection="elemental.mediastore"'
    edit(plugins / "modules" / "mediastore_container.py", "purge_tags=dict(", f"purge_tags=dict({removed}, ")
    edit(
        plugins / "modules" / "mediastore_metric_policy.py",
        "def main() -> None:",
        "def main() -> None:\n    raise RuntimeError('crash')\n",
    )
    return directory


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.fixture
def other_emulator():
    """A second emulator."""
    with EmulatorServer() as server:
        yield server


@pytest.fixture
def silent_endpoint_url():
    """A URL at which a server accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def play(run, tmp_path, collections, emulator, other_emulator, silent_endpoint_url):
    """A function that runs plays, in Ansible's process or not, and returns what was printed and requested."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    hosts = ["controller", "other", *(f"host{number}" for number in range(8))]
    urls = {
        "endpoint_url": emulator.url,
        "other_endpoint_url": other_emulator.url,
        "silent_endpoint_url": silent_endpoint_url,
    }
    (tmp_path / "inventory.json").write_text(json.dumps({"all": {"hosts": dict.fromkeys(hosts, local)}}))
    playbook = tmp_path / "playbooks" / "playbook.json"
    playbook.parent.mkdir()
    keys = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = example\n"
    (playbook.parent / "credentials").write_text(f"[example]\n{keys}")

    def play(plays, in_process, **environment):
        playbook.write_text(json.dumps(plays))
        command = ["ansible-playbook", playbook, "-vvv", "--forks", "4", "--inventory", "inventory.json"]
        command += ["--extra-vars", json.dumps(urls)]
        if not in_process:
            command += ["--extra-vars", "mediastore_in_process=false"]
        for server in (emulator, other_emulator):
            server.reset()
        output = run(*command, ANSIBLE_COLLECTIONS_PATH=str(collections), **environment)
        requests = [request for server in (emulator, other_emulator) for request in server.requests()]
        return output, requests

    return play


def visible(output):
    """Return the lines that a user sees without transport, tracebacks, times and random parts."""
    for pattern, replacement in {
        r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00": "TIME",
        r"\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT": "DATE",
        r"(mediastore_[\w-]+)/\w{14}": r"\1/ID",
        r"(?m)^(<.*|Using module file .*|Pipelining is enabled\.)\n": "",
        # Tracebacks of ansible-core 2.17 and 2.18 contain the paths and the callers of the payload.
        r'(?m)^  File ".*\n(    .*\n)*': "",
        r'("module_stderr"|"exception"): ".*"': r"\1: TRACEBACK",
    }.items():
        output = re.sub(pattern, replacement, output)
    return output.splitlines()


def sent(requests):
    # A module in a new process goes on after the timeout of its task. Threads send in any order.
    return sorted((request["region"], request["operation"]) for request in requests if "slow" not in str(request))


def test_every_task_is_seen_to_do_the_same(play):
    output, requests = play(PLAYS, True)
    ordinary_output, ordinary_requests = play(PLAYS, False)
    assert output.count(f"runs in {IN_PROCESS}") == output.count(" runs in ") > 30
    assert ordinary_output.count("runs in a new process: mediastore_in_process is false") > 30
    assert visible(output) == visible(ordinary_output)
    assert sent(requests) == sent(ordinary_requests)


def test_many_hosts_are_seen_to_do_the_same(play):
    output, requests = play(MANY_HOSTS, True)
    ordinary_output, ordinary_requests = play(MANY_HOSTS, False)
    assert output.count(f"runs in {IN_PROCESS}") == 16
    # The order of hosts is that in which they end.
    assert sorted(visible(output)) == sorted(visible(ordinary_output))
    assert sent(requests) == sent(ordinary_requests)


@pytest.mark.parametrize(
    ("keywords", "reason"),
    [
        ({"become": True}, "become is set"),
        ({"async": 60, "poll": 1}, "async is set"),
        ({"vars": {"mediastore_in_process": False}}, "mediastore_in_process is false"),
        ({"vars": {"mediastore_in_process": "{{ 1 == 2 }}"}}, "mediastore_in_process is false"),
        (
            {"vars": {"ansible_python_interpreter": "/usr/bin/python3"}},
            "ansible_python_interpreter is /usr/bin/python3",
        ),
        ({"vars": {"ansible_connection": "elsewhere"}}, "the connection is elsewhere"),
        ({"vars": {"mitogen_via": "other"}}, "mitogen_via is other"),
    ],
    ids=["become", "async", "false", "template", "interpreter", "connection", "mitogen_via"],
)
def test_a_new_process(play, tmp_path, keywords, reason):
    (tmp_path / "elsewhere.py").write_text(CONNECTION)
    plays = [play_of("controller", [task("any", **keywords)], **OPTIONS)]
    output, _requests = play(plays, True, ANSIBLE_CONNECTION_PLUGINS=str(tmp_path))
    assert f"runs in a new process: {reason}\n" in output


def test_a_new_process_to_keep_remote_files(play):
    output, _requests = play([play_of("controller", [task("any")], **OPTIONS)], True, ANSIBLE_KEEP_REMOTE_FILES="1")
    assert "runs in a new process: keep_remote_files is set\n" in output


def test_without_botocore_in_the_controller(play, tmp_path):
    (tmp_path / "path" / "botocore").mkdir(parents=True)
    (tmp_path / "path" / "botocore" / "__init__.py").write_text("raise ImportError('no botocore here')")
    plays = [play_of("controller", [task("any")], **OPTIONS)]
    output, _requests = play(plays, True, PYTHONPATH=str(tmp_path / "path"))
    ordinary_output, _requests = play(plays, False, PYTHONPATH=str(tmp_path / "path"))
    assert "runs in a new process: no botocore here\n" in output
    assert "Failed to import the required Python library (botocore and boto3)" in output
    assert visible(output) == visible(ordinary_output)


@pytest.mark.parametrize("interpreter", [sys.executable, str(Path(sys.executable).with_name("python3"))])
def test_the_path_of_the_interpreter(play, interpreter):
    tasks = [task("any", vars={"ansible_python_interpreter": interpreter})]
    output, _requests = play([play_of("controller", tasks, **OPTIONS)], True)
    assert f"runs in {IN_PROCESS}" in output


def test_implicit_localhost(play):
    output, _requests = play([play_of("localhost", [task("any")], **OPTIONS)], True)
    assert f"runs in {IN_PROCESS}" in output


def test_a_strategy_that_replaces_methods(play, tmp_path):
    (tmp_path / "replacing.py").write_text(STRATEGY)
    # ansible-core 2.19 and newer warn of such strategies.
    settings = {"ANSIBLE_STRATEGY_PLUGINS": str(tmp_path), "ANSIBLE_DEPRECATION_WARNINGS": "false"}
    plays = [play_of("controller", [task("any"), task("again")], **OPTIONS)]
    output, _requests = play(plays, True, ANSIBLE_STRATEGY="replacing", **settings)
    plain_output, _requests = play(plays, True, **settings)
    assert output.count(f"runs in {IN_PROCESS}") == 2
    assert visible(output) == visible(plain_output)
    plays = [play_of("controller", [task("any", become=True)], **OPTIONS)]
    output, _requests = play(plays, True, ANSIBLE_STRATEGY="replacing", **settings)
    assert "runs as ansible.plugins.strategy.replacing runs modules: become is set\n" in output
    assert "the strategy ran the module" in output


@pytest.fixture
def macos(tmp_path):
    """The variables with which Python takes this system for a macOS without proxies."""
    directory = tmp_path / "macos"
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(MACOS)
    proxies = {name for name in os.environ if name.lower().endswith("_proxy")} | {"no_proxy"}
    return {**dict.fromkeys(proxies, ""), "PYTHONPATH": str(directory)}


def test_the_imitated_macos_ends_a_forked_process_that_looks_up_proxies(run, macos):
    assert run(sys.executable, "-c", FORK_AND_ASK, **macos) == f"{-signal.SIGSEGV}\n"
    assert run(sys.executable, "-c", FORK_AND_ASK, **{**macos, "no_proxy": "*"}) == "0\n"


@pytest.mark.parametrize(
    ("environment", "task_environment", "where"),
    [
        ({}, {}, NEW_PROCESS_ON_MACOS),
        ({"no_proxy": "127.0.0.1"}, {}, NEW_PROCESS_ON_MACOS),
        ({"no_proxy": "*"}, {}, IN_PROCESS),
        ({}, {"no_proxy": "*"}, IN_PROCESS),
        ({"no_proxy": "*"}, {"no_proxy": ""}, NEW_PROCESS_ON_MACOS),
        ({"no_proxy": "127.0.0.1"}, {"NO_PROXY": "*"}, NEW_PROCESS_ON_MACOS),
    ],
    ids=["none", "some", "all", "all of the task", "none of the task", "lower case first"],
)
def test_macos(play, macos, environment, task_environment, where):
    plays = [play_of("controller", [task("any", environment=task_environment)], **OPTIONS)]
    output, requests = play(plays, True, **{**macos, **environment})
    assert f"runs in {where}\n" in output
    assert sent(requests) == [("us-east-1", "CreateContainer"), *[("us-east-1", "DescribeContainer")] * 2]
