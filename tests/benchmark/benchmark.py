# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the time of tasks, and how far a task with many containers is from the limit that the network sets.

`make benchmark` runs this; it prints a table and draws it. Everything is measured in one run, with ansible-playbook
against a server that replies to each request after a fixed delay.

task      seconds from the start of the task to its result, measured by a callback: they include Ansible's work and the
          start of the module's Python. The targets are for these.
requests  the part of them from the first request to the last reply, measured by the server
limit     calls x delay / max_concurrency: the time of the requests if the client needs none
client    processor time, user and system, of the process that runs the module, in milliseconds for each call
result    size of the result as JSON, in kB

Each run is recorded first, and then measured with the recorded answers, see recorded.py: the figures are those of the
client. Part (a) has the emulator, without a delay. The last parts, (e) and (f), are accounts.py and buckets.py.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

from recorded import Recording, Replay

from mediastore_emulator.server import ADMIN_PREFIX, Emulator, EmulatorServer
from mediastore_emulator.settings import Settings

HERE = Path(__file__).resolve().parent
DELAY = 0.020  # seconds from a request to its reply
CONCURRENCY = 10
TASKS, ITEMS = 20, 100  # single tasks of each kind in part (a), and items of its loop
COUNT, SIZES, LOOPED, LISTED = 200, (50, 200, 800), 20, 1000
STEPS = ("created", "converged", "one in ten changed")
HEAD = f"{'calls':>7}{'limit':>8}{'task':>9}{'ratio':>7}{'requests':>11}{'ratio':>7}{'client':>9}{'result':>9}"
WAYS = {"in process": {}, "new process": {"mediastore_in_process": False}}
CONTAINER = {"elemental.mediastore.mediastore_container": {"name": "benchmark"}}
BUCKET = {"amazon.aws.s3_bucket": {"name": "benchmark"}}
KINDS = {
    "debug": {"ansible.builtin.debug": {"msg": "benchmark"}},
    "ping": {"ansible.builtin.ping": {}},
    "bare boto3 call": {"benchmark_bare": {"name": "benchmark"}},
    "s3_bucket": BUCKET,
    **{f"container, {way}": {**CONTAINER, "vars": variables} for way, variables in WAYS.items()},
}
LOOP = {
    "container": {"tags": "{{ item.tags }}"},
    "container_policy": {"policy": "{{ item.policy }}"},
    "cors_policy": {"rules": "{{ item.cors_policy }}"},
    "lifecycle_policy": {"policy": "{{ item.lifecycle_policy }}"},
    "metric_policy": {
        "container_level_metrics": "{{ item.metric_policy.container_level_metrics }}",
        "rules": "{{ item.metric_policy.rules }}",
    },
}


class DelayedEmulator(Emulator):
    """The emulator, which sends each reply `delay` seconds after the request, including the time of the operation.

    It records the answers in `recording`.
    """

    delay = 0.0
    recording: Recording | None = None

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        came = time.perf_counter()
        if self.recording is None or environ["PATH_INFO"].startswith(ADMIN_PREFIX):
            answer = super().__call__(environ, start_response)
        else:
            answer = self.recording.call(super().__call__, environ, start_response)
        time.sleep(max(0.0, came + self.delay - time.perf_counter()))
        return answer


class DelayedServer(EmulatorServer):
    """A server of DelayedEmulator on loopback."""

    def __init__(self) -> None:
        super().__init__()
        self.emulator = self._emulator = DelayedEmulator(Settings())


@dataclass(frozen=True)
class Row:
    """A measurement.

    - seconds, requests: of the task, and from its first request to its last reply
    - calls: the number of its requests
    - client: processor seconds of the process that runs the module
    - size: of the result as JSON, in bytes
    - server: processor seconds of the server for a request
    """

    seconds: float
    requests: float
    calls: int
    client: float
    size: int
    server: float

    @property
    def limit(self) -> float:
        """Return the seconds of the calls if the client needs none."""
        return self.calls * DELAY / CONCURRENCY

    @property
    def client_of_call(self) -> float:
        """Return the processor seconds of the client for a request."""
        return self.client / self.calls

    def line(self, name: str) -> str:
        """Return the line of the table."""
        task, requests = self.seconds / self.limit, self.requests / self.limit
        numbers = (
            f"{self.calls:7.0f}{self.limit:8.2f}{self.seconds:9.2f}{task:7.2f}{self.requests:11.2f}{requests:7.2f}"
        )
        return f"    {name:<35}{numbers}{self.client_of_call * 1000:9.2f}{self.size / 1000:9.0f}"

    def aim(self, name: str, most: float) -> tuple[str, bool]:
        """Return the target near the limit, and whether it is reached."""
        task, requests = self.seconds / self.limit, self.requests / self.limit
        return f"{name}: {task:.2f} of the limit (requests: {requests:.2f}), at most {most}", task <= most


class Played(NamedTuple):
    """A playbook that was run: name and seconds of each task, size of its results.

    Of the processes that ran its modules: the processor seconds, and the largest resident memory of one in KiB.
    """

    times: list[tuple[str, float]]
    size: int
    client: float
    memory: int


@dataclass(frozen=True)
class Case:
    """A playbook to measure, with the answers to its requests, of which `writes` change something.

    `memory` is that of the process that ran the modules when they were recorded, in KiB.
    """

    writes: int
    tasks: tuple[dict[str, Any], ...]
    variables: dict[str, Any]
    recording: Recording
    memory: int


@dataclass(frozen=True)
class Cost:
    """The seconds of one converged task of a kind of module: of a single task, and of an item of a loop."""

    single: float
    item: float


class Benchmark:
    """Runs playbooks against the server, with the collection in `tree` if it is given."""

    hosts = "localhost"

    def __init__(self, server: DelayedServer, directory: Path, tree: Path | None = None) -> None:
        self.server = server
        self.directory = directory
        self.env = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "ANSIBLE_LIBRARY": str(HERE / "library"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "benchmark_times",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "BENCHMARK_TIMES": str(directory / "times"),
            "AWS_URL": server.url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        }
        if tree:
            collections = directory / "collections"
            (collections / "ansible_collections" / "elemental").mkdir(parents=True)
            (collections / "ansible_collections" / "elemental" / "mediastore").symlink_to(tree.resolve())
            self.env["ANSIBLE_COLLECTIONS_PATH"] = f"{collections}{os.pathsep}{self.env['ANSIBLE_COLLECTIONS_PATH']}"

    def play(self, *tasks: dict[str, Any], **variables: Any) -> Played:
        """Run a playbook of these tasks; its times are of each that was neither skipped nor failed."""
        times, playbook = self.directory / "times", self.directory / "playbook.json"
        times.write_text("")
        playbook.write_text(
            json.dumps([{"hosts": self.hosts, "gather_facts": False, "vars": variables, "tasks": tasks}])
        )
        command = [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook)]
        run = subprocess.run(command, env=self.env, cwd=self.directory, capture_output=True, text=True, check=False)
        if run.returncode:
            sys.exit(f"{run.stdout[-5000:]}{run.stderr[-5000:]}")
        *done, (client, memory) = map(json.loads, times.read_text().splitlines())
        seconds_of = [(name, seconds) for name, seconds, _size in done]
        return Played(seconds_of, sum(size for _name, _seconds, size in done), client, memory)

    def record(self, writes: int, *tasks: dict[str, Any], **variables: Any) -> Case:
        """Run a playbook, which must send a given number of requests that change something, and record the answers."""
        recording = self.server.emulator.recording = Recording()
        self.server.clear_requests()
        played = self.play(*tasks, **variables)
        self.server.emulator.recording = None
        _check_changes(sum(request["mutating"] for request in self.server.requests()), writes)
        return Case(writes, tasks, variables, recording, played.memory)

    def measure(self, case: Case) -> Row:
        """Run a playbook with the recorded answers, and add up its tasks."""
        with Replay(case.recording, DELAY) as replay:
            url, self.env["AWS_URL"] = self.env["AWS_URL"], replay.url
            played = self.play(*case.tasks, **case.variables)
            self.env["AWS_URL"] = url
        if replay.figures.unknown:
            sys.exit(f"no answer is recorded to {', '.join(replay.figures.unknown)}")
        _check_changes(replay.figures.changes, case.writes)
        figures, seconds = replay.figures, sum(seconds for _name, seconds in played.times)
        return Row(seconds, figures.seconds, figures.calls, played.client, played.size, figures.processor)

    def costs(self) -> dict[str, Cost]:
        """(a): the cost of each kind of module; the kinds alternate, so that noise affects all of them."""
        first = [{"name": "first", **task} for task in (CONTAINER, BUCKET)]
        single = [{"name": name, **task} for _turn in range(TASKS) for name, task in KINDS.items()]
        times = self.play(*first, *single).times
        loop = {"loop": list(range(ITEMS))}
        loops = dict(self.play(*({"name": name, **task, **loop} for name, task in KINDS.items())).times)
        return {
            kind: Cost(mean(seconds for name, seconds in times if name == kind), loops[kind] / ITEMS) for kind in KINDS
        }

    def steps(self, count: int, tasks: list[dict[str, Any]], **variables: Any) -> dict[str, Case]:
        """(b): create the containers, converge them again, and change one in ten of them."""
        self.server.reset()
        before, after = declared(count), declared(count, changed=True)
        cases = (
            self.record(5 * count, *tasks, declared=before, **variables),
            self.record(0, *tasks, declared=before, **variables),
            self.record(count // 10, *tasks, declared=after, **variables),
        )
        return dict(zip(STEPS, cases, strict=True))

    def listed(self) -> Case:
        """(c): read containers with everything attached to them."""
        self.server.reset()
        self.play(together(), declared=declared(LISTED))
        options = {"include": ["all"], "max_concurrency": CONCURRENCY}
        return self.record(0, {"elemental.mediastore.mediastore_container_info": options})


def _check_changes(sent: int, writes: int) -> None:
    if sent != writes:
        sys.exit(f"{sent} changing requests instead of {writes}: what is measured is not what is meant")


def declared(count: int, changed: bool = False) -> list[dict[str, Any]]:
    """Return complete declarations, one in ten of them with different CORS rules if `changed`."""
    path = {"path": [{"prefix": "recordings/"}], "days_since_create": [{"numeric": [">", 30]}]}
    return [
        {
            "name": f"channel-{number}",
            "tags": {"channel": str(number), "stage": "production"},
            "policy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "Read",
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": ["mediastore:GetObject", "mediastore:DescribeObject"],
                        "Resource": f"arn:aws:mediastore:us-east-1:123456789012:container/channel-{number}/*",
                        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
                    }
                ],
            },
            "cors_policy": [
                {
                    "allowed_origins": ["https://player.example.com"],
                    "allowed_methods": ["GET", "HEAD"],
                    "max_age_seconds": 60 if changed and number % 10 == 0 else 600,
                }
            ],
            "lifecycle_policy": {"rules": [{"definition": path, "action": "EXPIRE"}]},
            "metric_policy": {
                "container_level_metrics": True,
                "rules": [{"object_group": "recordings/*", "object_group_name": "recordings"}],
            },
        }
        for number in range(count)
    ]


def together() -> dict[str, Any]:
    """Return the one task for all containers."""
    options = {"containers": "{{ declared }}", "max_concurrency": CONCURRENCY}
    return {"elemental.mediastore.mediastore_containers": options}


def one_by_one() -> list[dict[str, Any]]:
    """Return the tasks that do the same with the modules for one container."""
    loop = {"loop": "{{ declared }}", "loop_control": {"label": "{{ item.name }}"}}
    return [
        {f"elemental.mediastore.mediastore_{module}": {"name": "{{ item.name }}", **options}, **loop}
        for module, options in LOOP.items()
    ]


def scaled(loop: Row) -> float:
    """Return the seconds of a loop of LOOPED containers for COUNT containers."""
    return loop.seconds * COUNT / LOOPED


def middle(rows: Iterable[Row]) -> Row:
    """Return the row whose figures are the medians."""
    figures = zip(*map(astuple, rows), strict=True)
    return Row(*map(median, figures))


def report_costs(costs: dict[str, Cost]) -> tuple[list[str], list[tuple[str, bool]]]:
    """Return the lines of (a), and each target with whether it is reached."""
    ours, forked = (costs[f"container, {way}"] for way in WAYS)
    ping, bare, s3 = costs["ping"], costs["bare boto3 call"], costs["s3_bucket"]
    head = f"{'single':>9}{'of s3_bucket':>15}{'of ping':>10}{'item':>10}{'of s3_bucket':>15}"
    lines = [f"{f'(a) mean of {TASKS} tasks, loop of {ITEMS}':<39}{head}"]
    for name, cost in costs.items():
        single = f"{cost.single:9.3f}{cost.single / s3.single:15.2f}{cost.single / ping.single:10.2f}"
        lines.append(f"    {name:<35}{single}{cost.item:10.4f}{cost.item / s3.item:15.3f}")
    ratios = [
        ("a single task in process", "of s3_bucket", ours.single / s3.single, 0.15),
        ("a single task in process", "of ping", ours.single / ping.single, 0.4),
        ("an item of a loop in process", "of s3_bucket", ours.item / s3.item, 0.05),
        ("a single task in a new process", "of s3_bucket", forked.single / s3.single, 0.85),
        ("a single task in a new process", "of the bare call", forked.single / bare.single, 1.15),
    ]
    aims = [(f"(a) {what}: {ratio:.3f} {of}, at most {most}", ratio <= most) for what, of, ratio, most in ratios]
    return lines, aims


def report(
    growth: dict[int, dict[str, Row]], loops: dict[str, dict[str, Row]], info: Row
) -> tuple[list[str], list[tuple[str, bool]]]:
    """Return the lines of (b) to (d), and each target with whether it is reached."""
    lines = [f"{f'(b), (d) {DELAY * 1000:.0f} ms a request, {CONCURRENCY} at once':<39}{HEAD}"]
    aims = []
    for size, rows in growth.items():
        lines += [row.line(f"{size} {step}") for step, row in rows.items()]
    for step, row in growth[COUNT].items():
        slow, faster = (scaled(loops[way][step]) / row.seconds for way in reversed(WAYS))
        text = (
            f"(b) {step}: {slow:.0f} times faster than a loop in new processes, at least 100; in process: {faster:.0f}"
        )
        aims += [(text, slow >= 100), row.aim(f"(b) {step}", 1.3)]
    for way, rows in loops.items():
        for step, row in rows.items():
            name = f"loop of {LOOPED}, {way}: {step}"
            lines.append(f"    {name:<42}{row.calls:4}{row.seconds:13.2f}, for {COUNT}: {scaled(row):.1f}")
    lines += ["", f"{'(c) info, include=all':<39}{HEAD}", info.line(f"{LISTED} containers")]
    aims.append(info.aim("(c) info", 1.2))
    small, medium, large = SIZES
    for step in STEPS:
        seconds = {size: growth[size][step].seconds for size in SIZES}
        early = (seconds[medium] - seconds[small]) / (medium - small)
        late = (seconds[large] - seconds[medium]) / (large - medium)
        text = (
            f"(d) {step}: {early * 1000:.1f} ms for each container up to {medium}, {late * 1000:.1f} ms up to {large}"
        )
        aims.append((f"{text}, at most 1.2 times as many", late <= 1.2 * early))
    return lines, aims


def draw(
    directory: Path,
    costs: dict[str, Cost],
    growth: dict[int, dict[str, Row]],
    loops: dict[str, dict[str, Row]],
    info: Row,
) -> None:
    """Draw the table as three SVG pictures, readable at half a page's width, 400 pixels."""
    import matplotlib as mpl

    mpl.use("svg")
    # Keep text as text, and write the same bytes for the same figures.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "benchmark", "font.size": 9, "axes.titlesize": 9})
    from matplotlib import pyplot as plt

    directory.mkdir(parents=True, exist_ok=True)
    panels = {
        "one-task": lambda axes: draw_one_task(axes, costs),
        "many-containers": lambda axes: draw_many_containers(axes, growth[COUNT], loops, info),
        "growth": lambda axes: draw_growth(axes, growth),
    }
    for name, panel in panels.items():
        figure, axes = plt.subplots(figsize=(400 / 96, 280 / 96), layout="constrained")
        panel(axes)
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside lower center", ncols=2, frameon=False)
        figure.savefig(directory / f"benchmark-{name}.svg", metadata={"Creator": None, "Date": None})


def draw_one_task(axes: Any, costs: dict[str, Cost]) -> None:
    """Draw (a): for each kind of module a bar for a single task and a bar for an item of a loop."""
    for offset, colour, label in ((-0.2, "tab:blue", "single task"), (0.2, "tab:cyan", f"item of a loop of {ITEMS}")):
        seconds = [cost.single if offset < 0 else cost.item for cost in costs.values()]
        bars = axes.barh([number + offset for number in range(len(costs))], seconds, 0.4, color=colour, label=label)
        axes.bar_label(bars, [f"{value:.3f} s" for value in seconds], padding=3, fontsize=8)
    axes.set_yticks(range(len(costs)), list(costs))
    axes.margins(x=0.25)
    axes.invert_yaxis()
    axes.set(title="One converged task", xlabel="seconds")


def draw_many_containers(axes: Any, rows: dict[str, Row], loops: dict[str, dict[str, Row]], info: Row) -> None:
    """Draw (b) and (c): for each step a bar, its limit inside it, and the seconds of the loops as text."""
    names = [f"{COUNT} {step}".replace(" changed", "\nchanged") for step in rows] + [f"info of {LISTED}"]
    measured = [*rows.values(), info]
    bars = axes.barh(names, [row.seconds for row in measured], color="tab:blue", label="task")
    axes.barh(names, [row.limit for row in measured], height=0.3, color="tab:orange", label="limit")
    texts = [", loop: {:.0f} s, {:.0f} s".format(*(scaled(loops[way][step]) for way in WAYS)) for step in rows]
    labels = [f"{row.seconds:.1f} s{text}" for row, text in zip(measured, [*texts, ""], strict=True)]
    axes.bar_label(bars, labels, padding=3)
    axes.margins(x=0.2)
    axes.invert_yaxis()
    axes.set(title=f"{DELAY * 1000:.0f} ms a request, max_concurrency {CONCURRENCY}", xlabel="seconds")


def draw_growth(axes: Any, growth: dict[int, dict[str, Row]]) -> None:
    """Draw (d): for each step the seconds by the number of containers, and their limit as a dashed line."""
    for number, step in enumerate(STEPS):
        colour = f"C{number}"
        axes.plot(SIZES, [growth[size][step].seconds for size in SIZES], "o-", color=colour, label=step)
        axes.plot(SIZES, [growth[size][step].limit for size in SIZES], "--", color=colour)
    axes.plot([], [], "--", color="0.4", label=f"limit, calls x delay / {CONCURRENCY}")
    axes.set(
        title="One task of mediastore_containers", xlabel="containers", ylabel="seconds", xlim=(0, None), ylim=(0, None)
    )


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="the directory to draw the table in")
    parser.add_argument("--repeat", type=int, default=3, help="times to measure (b) to (d), loop apart; odd")
    options = parser.parse_args()
    with DelayedServer() as server, tempfile.TemporaryDirectory() as directory:
        benchmark = Benchmark(server, Path(directory))
        benchmark.play(together(), declared=declared(1))  # so that the server has done what it does only once
        costs = benchmark.costs()
        cases = {(size, step): case for size in SIZES for step, case in benchmark.steps(size, [together()]).items()}
        listed = benchmark.listed()
        runs = [{key: benchmark.measure(case) for key, case in cases.items()} for _run in range(options.repeat)]
        growth = {size: {step: middle(run[size, step] for run in runs) for step in STEPS} for size in SIZES}
        info = middle(benchmark.measure(listed) for _run in range(options.repeat))
        loops = {
            way: {step: benchmark.measure(case) for step, case in benchmark.steps(LOOPED, one_by_one(), **more).items()}
            for way, more in WAYS.items()
        }
    parts = [report_costs(costs), report(growth, loops, info)]
    print("\n\n".join("\n".join(lines) for lines, _aims in parts), end="\n\n")
    for text, reached in (aim for _lines, aims in parts for aim in aims):
        print(f"{'reached' if reached else 'NOT REACHED':<12} {text}", flush=True)
    if options.pictures:
        draw(options.pictures, costs, growth, loops, info)
    for part in ("accounts.py", "buckets.py"):
        subprocess.run([sys.executable, "-B", str(HERE / part)], check=True)


if __name__ == "__main__":
    main()
