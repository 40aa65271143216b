# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixture for pytest that an installation of the package adds."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest

from .server import EmulatorServer

# The emulator runs in this process, so a proxy that the environment sets must not be used.
_WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def mediastore_emulator() -> Iterator[EmulatorServer]:
    """Return an emulator without containers, on a free port of loopback, with all services of moto that are installed.

    It runs until the test ends, which also removes the data of moto.
    """
    with EmulatorServer() as server:
        yield server
        _WITHOUT_PROXY.open(f"{server.url}/moto-api/reset", data=b"", timeout=30).close()
