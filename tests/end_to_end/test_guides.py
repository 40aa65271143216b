# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every code block of README and guides does what its page describes.

The blocks of a page are used in order, in a copy of the repository. A block with a caption is the file of that name. A
shell block is run, and sets the environment of the following blocks. A text block is whole lines of the output of the
last run, in which `...` is any part of a line, or any lines. A YAML block without a caption is run three times, and the
third run changes nothing. Free ports replace those in the pages.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("roles/*/README.md")),
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/docsite/rst/*.rst")),
]
# With ansible-core 2.20 and later, amazon.aws 10 causes these warnings, and each of its modules shows them.
OF_AMAZON_AWS = re.compile(
    r"\[WARNING\]: Deprecation warnings can be disabled by|"
    r"\[DEPRECATION WARNING\]: Importing '\w+' from 'ansible\.module_utils\._text' is deprecated"
)
MARKDOWN = re.compile(r'^```(?P<kind>\w+)(?: title="(\S+)")?\n(?P<text>.*?)^```', re.MULTILINE | re.DOTALL)
RST = re.compile(
    r"^\.\. code-block:: (?P<kind>\w+)\n(?:  :caption: (\S+)\n)?\n(?P<text>(?:(?:  .*)?\n)+)", re.MULTILINE
)


class Block(NamedTuple):
    kind: str
    caption: str
    text: str


def blocks(page, ports):
    text = re.sub(r"\b511[0-2]\b", lambda port: str(ports[int(port[0])]), (ROOT / page).read_text())
    found = (MARKDOWN if page.endswith(".md") else RST).findall(text)
    assert len(found) == text.count("\n.. code-block::") + text.count("\n```") // 2
    return [Block(kind, caption, textwrap.dedent(body)) for kind, caption, body in found]


@pytest.fixture
def ports():
    """Free ports, by the ports in the pages."""
    with contextlib.ExitStack() as stack:
        servers = {port: stack.enter_context(socket.create_server(("127.0.0.1", 0))) for port in (5110, 5111, 5112)}
        return {port: server.getsockname()[1] for port, server in servers.items()}


@pytest.fixture
def workshop(tmp_path, endpoint_url, ports, run):
    """A copy of the repository with a separate emulator, and a function that runs programs there."""
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "output", "__pycache__"))
    emulator = tmp_path / "emulator"
    host = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "emulator_python": sys.executable,
        "emulator_directory": str(emulator),
        "emulator_port": ports[5111],
    }
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(json.dumps({"all": {"hosts": {"localhost": host}}}))
    collections = tmp_path / "collections" / "ansible_collections"
    (collections / "elemental").mkdir(parents=True)
    (collections / "amazon").symlink_to(Path(os.environ["ANSIBLE_COLLECTIONS_PATH"]) / "ansible_collections" / "amazon")
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"),
        "ANSIBLE_INVENTORY": str(inventory),
        "AWS_URL": endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        # In place of an installation of the emulator's package.
        "PYTHONPATH": str(ROOT / "roles" / "emulator" / "files"),
        "PYTEST_PLUGINS": "mediastore_emulator.pytest_plugin",
    }

    def run_there(*command):
        left = tmp_path / "environment"
        output = run(*command, cwd=copy, **{**environment, "ENVIRONMENT_FILE": str(left)})
        if left.exists():
            pairs = [pair.partition("=") for pair in left.read_text().split("\0")]
            environment.update({name: value for name, _equals, value in pairs if name.startswith("AWS_")})
        return output

    yield copy, collections / "elemental" / "mediastore", run_there
    for pid_file in emulator.glob("*.pid"):
        os.kill(int(pid_file.read_text()), signal.SIGTERM)


def run_shell(run, text):
    # make test runs this test. The other targets use what make test has installed in the repository.
    repository = os.environ["MEDIASTORE_REPOSITORY"]
    text = re.sub(r"^make test.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(
        r"^make ", f"make -C '{repository}' PYTHON='{repository}/.venv/bin/python' ", text, flags=re.MULTILINE
    )
    return run("bash", "-e", "-c", f'{text}\nenv -0 > "$ENVIRONMENT_FILE"')


def run_yaml(run, copy, text):
    given = yaml.safe_load(text)
    is_playbook = "hosts" in given[0]
    play = given if is_playbook else [{"hosts": "localhost", "gather_facts": False, "tasks": given}]
    (copy / "block.yml").write_text(yaml.safe_dump(play, sort_keys=False))
    # Check mode does not start the emulator, so the modules would have no endpoint.
    first = [] if "elemental.mediastore.emulator" in text else ["--check", "--diff"]
    run("ansible-playbook", "block.yml", *first)
    run("ansible-playbook", "block.yml", "--diff")
    assert "changed=0" in run("ansible-playbook", "block.yml", "--diff")


def assert_printed(text, output):
    def lines(some):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", some)
        shown = [line for line in plain.splitlines() if line.strip() and not OF_AMAZON_AWS.match(line)]
        return [" ".join(line.split()) + "\n" for line in shown]

    def pattern(line):
        return "(?:.*\n)*?" if line == "...\n" else re.escape(line).replace(re.escape("..."), ".*?")

    assert re.search("^" + "".join(map(pattern, lines(text))), "".join(lines(output)), re.MULTILINE), output


@pytest.mark.parametrize("page", PAGES)
def test_guide_runs_as_documented(page, workshop, ports):
    copy, installed, run = workshop
    found = blocks(page, ports)
    if not any("ansible-galaxy collection install" in block.text for block in found):
        installed.symlink_to(ROOT)
    output = ""
    for kind, caption, text in found:
        if caption:
            (copy / caption).write_text(text)
        elif kind == "shell":
            output = run_shell(run, text)
        elif kind == "text":
            assert_printed(text, output)
        elif kind == "yaml":
            run_yaml(run, copy, text)
        elif kind == "python":
            run("python", "-c", text)
        elif kind == "json":
            # test_permissions.py compares their actions with the requests of the modules.
            assert json.loads(text)["Statement"]
        else:
            pytest.fail(f"a block of {kind} is not tested")
