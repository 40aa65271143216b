# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for what users do: their programs, against the emulator that the nox session has started."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def endpoint_url():
    """The endpoint of an emulator that is empty and has recorded nothing."""
    url = os.environ["MEDIASTORE_ENDPOINT"]
    urllib.request.urlopen(urllib.request.Request(f"{url}/mediastore-emulator/reset", data=b"")).close()
    return url


@pytest.fixture
def requests(endpoint_url):
    """A function that returns what the emulator was asked for."""

    def requests():
        with urllib.request.urlopen(f"{endpoint_url}/mediastore-emulator/requests") as answer:
            return json.load(answer)

    return requests


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
