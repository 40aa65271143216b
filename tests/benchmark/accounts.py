# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task costs for many hosts, each of them one account in one region, by the number of forks.

`benchmark.py` runs this; it prints a table. The containers are created first, so that every run that is measured
changes nothing. Each number of forks is run in both ways: in Ansible's process, and in a new process for each host.

seconds     from the start of the task to the result of the last host
requests/s  the number of requests divided by the seconds
emulator    the processors that the emulator uses; its threads share one Python, which uses one at most
fork        the largest memory of one fork, with the processes that it starts
controller  the largest memory of ansible-playbook with all forks
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmark import CONCURRENCY, DELAY, WAYS, Benchmark, DelayedServer, declared

HOSTS, CONTAINERS, FORKS = 25, 200, (1, 5, 10, 25)
SAMPLE_SECONDS = 0.5
TASK = {
    "elemental.mediastore.mediastore_containers": {
        "region": "{{ region }}",
        "containers": "{{ declared | to_json | replace('us-east-1', region) | from_json }}",
        "max_concurrency": CONCURRENCY,
    }
}


class MemoryWatch(threading.Thread):
    """Samples the memory of the ansible-playbook that this process runs, and of its forks; keeps the maxima, in KiB."""

    def __init__(self) -> None:
        super().__init__()
        self.fork = self.controller = 0
        self._ended = threading.Event()

    def __enter__(self) -> MemoryWatch:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Sample until the end."""
        while not self._ended.wait(SAMPLE_SECONDS):
            for playbook in children(os.getpid()):
                self.controller = max(self.controller, memory(playbook))
                self.fork = max([self.fork, *map(memory, children(playbook))])


@dataclass(frozen=True)
class Run:
    """What one run of the task takes; memory in KiB."""

    forks: int
    way: str
    seconds: float
    requests: int
    emulator: float
    fork: int
    controller: int

    @property
    def rate(self) -> float:
        """Return the requests a second."""
        return self.requests / self.seconds

    def line(self) -> str:
        """Return the line of the table."""
        numbers = f"{self.seconds:9.1f}{self.rate:12.0f}{self.emulator:10.2f}"
        megabytes = f"{self.fork / 1024:8.0f} MiB{self.controller / 1024:8.0f} MiB"
        return f"    {self.forks:2} forks, {self.way:<25}{numbers}{megabytes}"


class Controller(Benchmark):
    """Runs the task for all hosts of an inventory."""

    hosts = "all"

    def __init__(self, server: DelayedServer, directory: Path, hosts: int, containers: int) -> None:
        super().__init__(server, directory)
        self._declared = declared(containers)
        names = [f"region-{number}" for number in range(hosts)]
        inventory = directory / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": {name: {"region": name} for name in names}}}))
        self.env["ANSIBLE_INVENTORY"] = str(inventory)

    def converge(self, forks: int, way: str, writes: int = 0) -> Run:
        """Run the task, which has to send so many requests that change something."""
        self.server.clear_requests()
        self.env["ANSIBLE_FORKS"] = str(forks)
        variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        processor = time.process_time()
        with MemoryWatch() as peak:
            times = self.play(TASK, **variables, **WAYS[way], declared=self._declared).times
        processor = time.process_time() - processor
        record = self.server.requests()
        sent = sum(request["mutating"] for request in record)
        if sent != writes:
            sys.exit(f"{sent} changing requests instead of {writes}: what is measured is not what is meant")
        seconds = max(seconds for _name, seconds in times)
        return Run(forks, way, seconds, len(record), processor / seconds, peak.fork, peak.controller)


def children(pid: int) -> list[int]:
    """Return the child processes of a process, none if it has ended."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def memory(pid: int) -> int:
    """Return the memory of a process and its descendants in KiB, 0 if it has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    # The proportional set size: forks share most of their memory with the process that forked them.
    own = sum(int(size) for size in re.findall(r"^Pss: +(\d+) kB", rollup, re.MULTILINE))
    return own + sum(map(memory, children(pid)))


def last_growth(runs: list[Run]) -> Run:
    """Return the run after which more forks do not send a tenth more requests a second."""
    return next((run for run, more in pairwise(runs) if more.rate < 1.1 * run.rate), runs[-1])


def main() -> None:
    """Create the containers, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--containers", type=int, default=CONTAINERS, help="of each host")
    parser.add_argument("--forks", type=int, nargs="+", default=FORKS, help="in rising order")
    options = parser.parse_args()
    with DelayedServer() as server, tempfile.TemporaryDirectory() as directory:
        controller = Controller(server, Path(directory), options.hosts, options.containers)
        server.emulator.delay = DELAY
        controller.converge(max(options.forks), "in process", writes=5 * options.hosts * options.containers)
        runs = [controller.converge(forks, way) for forks in options.forks for way in WAYS]
    title = f"(e) {options.hosts * options.containers} containers of {options.hosts} hosts"
    print(f"{title:<39}{'seconds':>9}{'requests/s':>12}{'emulator':>10}{'fork':>12}{'controller':>12}")
    print("\n".join(run.line() for run in runs))
    for way in WAYS:
        last = last_growth([run for run in runs if run.way == way])
        print(f"    {way}: requests a second grow up to {last.forks} forks, {last.rate:.0f}")


if __name__ == "__main__":
    main()
