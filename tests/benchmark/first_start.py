# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What README's first command costs in two versions of the collection: the playbook that starts the emulator.

    .venv/bin/nox -s benchmark -- tests/benchmark/first_start.py BEFORE AFTER

Both are directories of the collection. Ansible and the modules use a Python with ansible-core and boto3, which is made
first. Each round measures one version after the other, in turn:

cold      first start, pip has no cache
existing  start with what the first start has installed
warm      first start in another directory, pip has the cache of the first one

seconds    of ansible-playbook
processor  user and system time of ansible-playbook and what it runs, without the emulator
MB         installed in the directory of the emulator (1,000,000 bytes)
memory     resident memory of the emulator with 100 containers, in MiB
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from statistics import median
from typing import Any

CONTAINERS = 100
UNITS = {"seconds": "s", "processor": "s", "MB": "MB", "memory": "MiB"}
CREATE = """
import boto3, sys
keys = {"aws_access_key_id": "EXAMPLEKEY", "aws_secret_access_key": "example-secret"}
client = boto3.client("mediastore", endpoint_url=sys.argv[1], region_name="us-east-1", **keys)
for number in range(int(sys.argv[2])):
    client.create_container(ContainerName=f"benchmark-{number}", Tags=[{"Key": "number", "Value": str(number)}])
"""


class Version:
    """One version of the collection; `figures` are by step and kind, one of each round."""

    def __init__(self, tree: Path, programs: Path, directory: Path) -> None:
        self.figures: dict[tuple[str, str], list[float]] = {}
        self._programs, self._directory = programs, directory
        collections = directory / "collections" / "ansible_collections" / "elemental"
        collections.mkdir(parents=True)
        (collections / "mediastore").symlink_to(tree.resolve())
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]

    def measure(self) -> None:
        """Add the figures of one round."""
        for name in ("first", "second", "cache"):
            shutil.rmtree(self._directory / name, ignore_errors=True)
        self._start("cold", "first")
        self._stop("first")
        self._start("existing", "first")
        self._add("existing", "memory", self._memory())
        self._stop("first")
        self._start("warm", "second")
        self._stop("second")

    def _start(self, step: str, name: str) -> None:
        seconds, processor = self._play(name, "started")
        self._add(step, "seconds", seconds)
        self._add(step, "processor", processor)
        if step != "existing":
            files = [path for path in (self._directory / name).rglob("*") if path.is_file() and not path.is_symlink()]
            self._add(step, "MB", sum(path.stat().st_size for path in files) / 1e6)

    def _stop(self, name: str) -> None:
        self._play(name, "stopped")

    def _play(self, name: str, state: str) -> tuple[float, float]:
        """Run the playbook; return the seconds and the processor seconds."""
        variables = {"emulator_state": state, "emulator_port": self._port}
        variables |= {"emulator_directory": str(self._directory / name)}
        command = [self._programs / "ansible-playbook", "elemental.mediastore.emulator", "-e", json.dumps(variables)]
        env = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHON"))}
        env |= {"PATH": f"{self._programs}{os.pathsep}{env['PATH']}", "PIP_CACHE_DIR": str(self._directory / "cache")}
        env |= {"ANSIBLE_COLLECTIONS_PATH": str(self._directory / "collections"), "ANSIBLE_LOCALHOST_WARNING": "false"}
        began = time.perf_counter()
        with (self._directory / "output").open("w") as output:
            process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=output, env=env)
            _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        seconds = time.perf_counter() - began
        if status:
            sys.exit((self._directory / "output").read_text())
        return seconds, usage.ru_utime + usage.ru_stime

    def _memory(self) -> float:
        """Create the containers, and return the memory of the emulator in MiB."""
        url = f"http://127.0.0.1:{self._port}"
        subprocess.run([self._programs / "python", "-c", CREATE, url, str(CONTAINERS)], check=True)
        pid = (self._directory / "first" / f"emulator-{self._port}.pid").read_text().strip()
        (kilobytes,) = re.findall(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        return int(kilobytes) / 1024

    def _add(self, step: str, kind: str, figure: float) -> None:
        self.figures.setdefault((step, kind), []).append(figure)


def table(before: Version, after: Version) -> str:
    """Return the medians of both versions and the ratio of the second to the first."""
    lines = [f"{'':21}{'before':>12}{'after':>12}{'ratio':>8}"]
    for step, kind in before.figures:
        old, new = (median(version.figures[step, kind]) for version in (before, after))
        numbers = "".join(f"{figure:8.2f} {UNITS[kind]:3}" for figure in (old, new))
        lines.append(f"{step:10}{kind:11}{numbers}{new / old:8.3f}")
    return "\n".join(lines)


def arguments() -> Any:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def main() -> None:
    """Measure both versions in turn, and print the medians."""
    options = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        venv.create(directory / "venv", with_pip=True)
        programs = directory / "venv" / "bin"
        subprocess.run([programs / "python", "-m", "pip", "install", "-q", "ansible-core", "boto3"], check=True)
        trees = {"before": options.before, "after": options.after}
        versions = [Version(tree, programs, directory / name) for name, tree in trees.items()]
        for number in range(options.rounds):
            for version in versions if number % 2 == 0 else reversed(versions):
                version.measure()
        print(f"medians of {options.rounds} rounds")
        print(table(*versions))


if __name__ == "__main__":
    main()
