# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure low-latency DASH from the emulator, and beside it from a plain server that sends what has arrived.

.venv/bin/nox -s players -- tests/players/low_latency.py [--seconds 10] [--rounds 1]
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import encoders
from headless_chromium import chromium
from selenium.webdriver import Chrome
from sites import PlainServer, PlayersSite, serving

from mediastore_emulator import EmulatorServer

_PLAYERS = ("dash.js", "Shaka Player")
_WANTED_LATENCY = 1.0
_SAMPLES_PER_SECOND = 4
# An encoder that has just started pushes late.
_SECONDS_BEFORE = 5


@dataclass
class Server:
    """Where an encoder pushes, and how many of the players' requests had no object."""

    name: str
    url: str
    not_found: Callable[[], int]


@contextlib.contextmanager
def _emulator() -> Iterator[Server]:
    with EmulatorServer(services=[]) as emulator:
        keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "example"}
        client = boto3.client("mediastore", endpoint_url=emulator.url, region_name="us-east-1", **keys)
        client.create_container(ContainerName="channel")
        rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": ["*"]}
        client.put_cors_policy(ContainerName="channel", CorsPolicy=[rule])
        endpoint = client.describe_container(ContainerName="channel")["Container"]["Endpoint"]

        def not_found() -> int:
            return sum(entry["operation"] == "GetObject" and entry["status"] == 404 for entry in emulator.requests())

        yield Server("emulator", endpoint, not_found)


@contextlib.contextmanager
def _plain_server() -> Iterator[Server]:
    with serving(PlainServer) as port:
        yield Server("plain server", f"http://127.0.0.1:{port}", lambda: len(PlainServer.not_found))


def _play(browser: Chrome, page: str, player: str, server: Server, seconds: float) -> dict[str, Any]:
    """Return what a player saw in this time."""
    manifest = f"{server.url}/{player[:4]}/index.mpd"
    with encoders.pushing(encoders.dash(manifest, *encoders.LOW_LATENCY)):
        time.sleep(_SECONDS_BEFORE)
        before = server.not_found()
        browser.get(page)
        browser.execute_script("play(...arguments)", player, manifest, _WANTED_LATENCY)
        latencies = []
        for _sample in range(int(seconds * _SAMPLES_PER_SECOND)):
            time.sleep(1 / _SAMPLES_PER_SECOND)
            latencies.append(browser.execute_script("return progress().latency"))
        progress = browser.execute_script("return progress()")
        return {**progress, "not found": server.not_found() - before, "latency": statistics.median(latencies)}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="seconds that each player plays (default: 10)")
    parser.add_argument(
        "--rounds", type=int, default=1, help="how often each player plays from each server (default: 1)"
    )
    options = parser.parse_args()
    print("| server | player | 404 | stalls | latency in s | pictures | errors |\n|---|---|---|---|---|---|---|")
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(server()) for server in (_emulator, _plain_server)]
        page = f"http://127.0.0.1:{stack.enter_context(serving(PlayersSite))}"
        profile = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = stack.enter_context(chromium(profile))
        for _round in range(options.rounds):
            for server in servers:
                for player in _PLAYERS:
                    seen = _play(browser, page, player, server, options.seconds)
                    cells = [server.name, player, *(seen[name] for name in ("not found", "stalls"))]
                    cells += [f"{seen['latency']:.2f}", seen["frames"], ", ".join(seen["errors"])]
                    print("|", " | ".join(map(str, cells)), "|", flush=True)


if __name__ == "__main__":
    main()
