# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for what users do: their programs, against an emulator in this process.

The ports that playbooks, guides and README name are in use meanwhile, so that no test can depend on them.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import urllib.request

import boto3
import pytest

from mediastore_emulator import EmulatorServer

EMULATOR_PORT = 5111
OTHER_PORTS = (5110, 5112)


@pytest.fixture(scope="session", autouse=True)
def ports_in_use():
    """An emulator with a container on the role's default port, and on the others servers that do not answer.

    A port that cannot be taken is in use already, which serves as well.
    """
    with contextlib.ExitStack() as stack:
        for port in OTHER_PORTS:
            with contextlib.suppress(OSError):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
        try:
            emulator = stack.enter_context(EmulatorServer(port=EMULATOR_PORT))
        except OSError:
            yield
            return
        keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "example"}
        client = boto3.client("mediastore", endpoint_url=emulator.url, region_name="us-east-1", **keys)
        client.create_container(ContainerName="live")
        emulator.clear_requests()
        yield
        assert emulator.requests() == []


@pytest.fixture
def emulator():
    """An emulator on a free port, without what an earlier test has left in moto, which is global in this process."""
    with EmulatorServer() as server:
        urllib.request.urlopen(urllib.request.Request(f"{server.url}/moto-api/reset", method="POST")).close()
        yield server


@pytest.fixture
def endpoint_url(emulator):
    """The endpoint of the emulator."""
    return emulator.url


@pytest.fixture
def closed_endpoint_url():
    """A URL at which no server listens: its port is taken, so that no other program can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield "http://{}:{}".format(*taken.getsockname())


@pytest.fixture
def run(tmp_path):
    """A function that runs a program, in an empty directory unless told otherwise, and returns what it has printed."""

    def run(*command, cwd=tmp_path, status=0, **environment):
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    return run
