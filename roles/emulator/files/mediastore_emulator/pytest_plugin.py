# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures for pytest that an installation of the package adds."""

from __future__ import annotations

import contextlib
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .server import EmulatorServer

# The emulator runs in this process, so a proxy that the environment sets must not be used.
_WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def mediastore_emulators() -> Iterator[Callable[..., EmulatorServer]]:
    """Return a function that starts an emulator without containers; its arguments are those of EmulatorServer.

    Without arguments, the emulator is on a free port of loopback, with all services of moto that are installed. Each
    one runs until the test ends, which also removes the data of moto.
    """
    with contextlib.ExitStack() as stack:

        def start(*arguments: Any, **settings: Any) -> EmulatorServer:
            server = stack.enter_context(EmulatorServer(*arguments, **settings))
            stack.callback(_remove_data_of_moto, server)
            return server

        yield start


@pytest.fixture
def mediastore_emulator(mediastore_emulators: Callable[..., EmulatorServer]) -> EmulatorServer:
    """Return an emulator without containers, with the settings that mediastore_emulators has without arguments."""
    return mediastore_emulators()


def _remove_data_of_moto(server: EmulatorServer) -> None:
    _WITHOUT_PROXY.open(f"{server.url}/moto-api/reset", data=b"", timeout=30).close()
