# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for objects cost, beside the limit of the network, a script with boto3, and amazon.aws.s3_object.

    .venv/bin/nox -s benchmark -- tests/benchmark/objects.py

The table is like that of benchmark.py. `script` is the same of objects_boto3.py, which sends the same requests to a
server of the same answers: its seconds are without the start of Python and its imports. Tasks and scripts alternate,
and the figures are the medians of all rounds. `memory` is the largest resident memory of the process that runs the
module, above that of the same task without objects.

clips    a library of 500 clips: each folder has a playlist, a picture, and 3 folders with a playlist and 5 segments
live     10 channels: each folder has a playlist, and 3 folders with a playlist and 332 segments
flat     one folder with 10,000 segments, whose pages can only be read one after the other

To list live or flat takes so few requests that most of the time is Ansible's, which passes on a result of 2.4 MB. For
these, the targets are for the requests.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import boto3
from benchmark import CONCURRENCY, DELAY, HERE, Benchmark, Case, DelayedServer, Row, middle
from recorded import Replay

OBJECTS, UPLOADED, LOOPED = 10_000, 2_000, 50
SHORT_ROUNDS = 5  # times in a round to measure what takes a second
MOST_OF_LIMIT, MOST_OF_SCRIPT, MOST_MEMORY, LEAST_OF_LOOP = 1.3, 1.15, 40, 30
NAME = "library"
HEAD = (
    f"{'calls':>7}{'limit':>8}{'task':>9}{'ratio':>7}{'script':>9}{'ratio':>7}"
    f"{'requests':>11}{'script':>9}{'client':>9}{'result':>9}"
)
LIST = {"elemental.mediastore.mediastore_object_info": {"container": NAME, "recursive": True}}
DELETE = {"elemental.mediastore.mediastore_objects": {"container": NAME, "path": "/", "state": "absent"}}
DELETE_CONTAINER = {
    "elemental.mediastore.mediastore_container": {"name": NAME, "state": "absent", "delete_objects": True}
}


def rendition(folder: str, segments: int) -> Iterator[str]:
    """Yield the paths of one rendition."""
    yield f"{folder}/index.m3u8"
    yield from (f"{folder}/segment_{number:05}.ts" for number in range(segments))


def clips(count: int) -> list[str]:
    """Return the paths of clips, 20 each."""
    paths = []
    for number in range(count // 20):
        clip = f"clip_{number:04}"
        paths += [f"{clip}/master.m3u8", f"{clip}/poster.webp"]
        paths += [path for lines in (360, 720, 1080) for path in rendition(f"{clip}/{lines}p", 5)]
    return paths


def live(count: int) -> list[str]:
    """Return the paths of channels, 1000 each."""
    paths = []
    for number in range(count // 1000):
        paths.append(f"channel_{number}/master.m3u8")
        paths += [path for lines in (360, 720, 1080) for path in rendition(f"channel_{number}/{lines}p", 332)]
    return paths


def flat(count: int) -> list[str]:
    """Return the paths of one folder."""
    return [f"recordings/segment_{number:05}.ts" for number in range(count)]


def upload(directory: Path) -> dict[str, Any]:
    """Return the task that uploads a directory."""
    return {"elemental.mediastore.mediastore_objects": {"container": NAME, "src": str(directory)}}


@dataclass(frozen=True)
class Compared:
    """A task, and the arguments of objects_boto3.py that do the same; `is_long` if its targets are for the task."""

    case: Case
    script: tuple[str, ...]
    is_long: bool = True


@dataclass(frozen=True)
class Times:
    """What a task takes, and what a script takes: its seconds, and those from its first request to its last reply."""

    row: Row
    script: float
    script_requests: float

    def line(self, name: str) -> str:
        """Return the line of the table."""
        row = self.row
        task = f"{row.calls:7.0f}{row.limit:8.2f}{row.seconds:9.2f}{row.seconds / row.limit:7.2f}"
        script = f"{self.script:9.2f}{row.seconds / self.script:7.2f}{row.requests:11.2f}{self.script_requests:9.2f}"
        return f"    {name:<35}{task}{script}{row.client_of_call * 1000:9.2f}{row.size / 1000:9.0f}"

    def aims(self, name: str, is_long: bool) -> Iterator[tuple[str, bool]]:
        """Yield each target, and whether it is reached."""
        ratio, what = self.row.requests / self.script_requests, "requests"
        if is_long:
            yield self.row.aim(name, MOST_OF_LIMIT)
            ratio, what = self.row.seconds / self.script, "seconds"
        yield f"{name}: {ratio:.2f} of the {what} of the script, at most {MOST_OF_SCRIPT}", ratio <= MOST_OF_SCRIPT


class Objects(Benchmark):
    """Makes objects, and measures the tasks that work with them."""

    def fill(self, paths: list[str]) -> None:
        """Make the container with objects at these paths."""
        self.server.reset()
        keys = {name.lower(): value for name, value in self.env.items() if name.startswith("AWS_") and "KEY" in name}
        session = boto3.Session(**keys, region_name="us-east-1")
        mediastore = session.client("mediastore", endpoint_url=self.server.url)
        mediastore.create_container(ContainerName=NAME)
        endpoint = mediastore.describe_container(ContainerName=NAME)["Container"]["Endpoint"]
        client = session.client("mediastore-data", endpoint_url=endpoint)
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            list(pool.map(lambda path: client.put_object(Path=path, Body=path.encode()), paths))

    def write(self, name: str, paths: list[str]) -> Path:
        """Write small files with these paths below a new directory."""
        directory = self.directory / name
        directory.mkdir()
        for path in paths:
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(path)
        return directory

    def cases(self, count: int, uploaded: int) -> tuple[dict[str, Compared], dict[str, float]]:
        """Record the answers to each task; return what to compare, and the memory of each task for `count` objects."""
        trees = {"clips": clips(count), "live": live(count), "flat": flat(count)}
        none, some, all_files = (
            self.write(*given) for given in (("none", []), ("some", clips(uploaded)), ("all", trees["clips"]))
        )
        compared: dict[str, Compared] = {}
        memory: dict[str, float] = {}

        def above(name: str, case: Case, empty: Case) -> None:
            memory[name] = (case.memory - empty.memory) * 1024 / 1e6

        self.fill([])
        no_list, no_upload, no_deletion = (self.record(0, task) for task in (LIST, upload(none), DELETE))
        no_container = self.record(1, DELETE_CONTAINER)
        for name, paths in trees.items():
            self.fill(paths)
            case = self.record(0, LIST)
            compared[f"{name}: {count} listed"] = Compared(case, ("list",), is_long=name == "clips")
            above(f"{name}: {count} listed", case, no_list)
        for name, task, empty, more in (
            ("deleted", DELETE, no_deletion, 0),
            ("deleted with the container", DELETE_CONTAINER, no_container, 1),
        ):
            self.fill(trees["live"])
            case = self.record(count + more, task)
            compared[f"live: {count} {name}"] = Compared(case, ("delete",))
            above(f"live: {count} {name}", case, empty)
        self.fill([])
        case = self.record(uploaded, upload(some))
        compared[f"clips: {uploaded} uploaded"] = Compared(case, ("upload", str(some)))
        self.fill([])
        above(f"clips: {count} uploaded", self.record(count, upload(all_files)), no_upload)
        above(f"clips: {count} unchanged", self.record(0, upload(all_files)), no_upload)
        return compared, memory

    def run_script(self, compared: Compared) -> tuple[float, float]:
        """Return the seconds of the script, and of its requests, with the recorded answers."""
        with Replay(compared.case.recording, DELAY) as replay:
            what, *directory = compared.script
            command = [sys.executable, "-B", str(HERE / "objects_boto3.py"), what, replay.url, NAME, *directory]
            run = subprocess.run(command, env=self.env, capture_output=True, text=True, check=True)
        if replay.figures.unknown:
            sys.exit(f"no answer is recorded to {', '.join(replay.figures.unknown[:10])}")
        return float(run.stdout), replay.figures.seconds

    def loop(self, directory: Path) -> float:
        """Return the seconds of amazon.aws.s3_object for one small object of the emulator's S3."""
        self.server.reset()
        self.play({"amazon.aws.s3_bucket": {"name": NAME}})
        options = {"bucket": NAME, "mode": "put", "object": "{{ item }}", "src": f"{directory}/{{{{ item }}}}"}
        paths = clips(UPLOADED)[:LOOPED]
        self.server.emulator.delay = DELAY
        played = self.play({"amazon.aws.s3_object": options, "loop": paths})
        self.server.emulator.delay = 0
        return sum(seconds for _name, seconds in played.times) / LOOPED


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=OBJECTS)
    parser.add_argument("--uploaded", type=int, default=UPLOADED)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    load = [os.getloadavg()[0]]
    with DelayedServer() as server, tempfile.TemporaryDirectory() as directory:
        benchmark = Objects(server, Path(directory))
        cases, memory = benchmark.cases(options.objects, options.uploaded)
        loop = benchmark.loop(Path(directory) / "some")
        rows: dict[str, list[Row]] = {name: [] for name in cases}
        scripts: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for _round in range(options.rounds):
            for name, compared in cases.items():
                for _time in range(1 if compared.is_long else SHORT_ROUNDS):
                    rows[name].append(benchmark.measure(compared.case))
                    scripts[name].append(benchmark.run_script(compared))
    load.append(os.getloadavg()[0])
    times = {name: Times(middle(rows[name]), *map(median, zip(*scripts[name], strict=True))) for name in cases}
    seconds = times[f"clips: {options.uploaded} uploaded"].row.seconds
    looped = loop * options.uploaded
    print(f"{'objects':<39}{HEAD}", *(found.line(name) for name, found in times.items()), sep="\n")
    print(f"    loop of s3_object over {LOOPED}, for {options.uploaded}: {looped:.0f} s, {looped / seconds:.0f} times")
    print(*(f"    {name:<35}{above:7.1f} MB of memory" for name, above in memory.items()), sep="\n")
    print(f"    load average of the machine: {load[0]:.1f} at the start, {load[1]:.1f} at the end")
    aims = [
        *(aim for name, found in times.items() for aim in found.aims(name, cases[name].is_long)),
        (f"loop: {looped / seconds:.0f} times, at least {LEAST_OF_LOOP}", looped >= LEAST_OF_LOOP * seconds),
        *((f"{name}: {above:.1f} MB, at most {MOST_MEMORY}", above <= MOST_MEMORY) for name, above in memory.items()),
    ]
    for text, is_reached in aims:
        print(f"{'reached' if is_reached else 'NOT REACHED':<12} {text}", flush=True)


if __name__ == "__main__":
    main()
