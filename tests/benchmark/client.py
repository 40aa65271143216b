# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task with many containers or buckets costs the client, and how far it is from the limit; in two versions.

    .venv/bin/nox -s benchmark -- tests/benchmark/client.py --compare DIRECTORY

The directory is one of the collection, for example a clone of an earlier commit. Without one, only this version is
measured. The table is like that of benchmark.py, with the medians of all rounds; each round measures one version after
the other, in turn. The ratio of processor times is that of the smallest ones: another program on the machine can only
add to them.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmark import COUNT, HEAD, LISTED, Benchmark, Case, DelayedServer, Row, middle, together
from buckets import Buckets

STEPS = ("created", "converged")
MOST = {"containers": 1.3, "buckets": 1.3, "info": 1.2}
MOST_OF_COMPARED = 0.8
MOST_OF_SERVER = 0.2  # milliseconds


def cases_of(server: DelayedServer, directory: Path, tree: Path | None) -> tuple[Benchmark, dict[str, Case]]:
    """Record what is measured of one version of the collection."""
    (directory / "containers").mkdir(parents=True)
    (directory / "buckets").mkdir()
    benchmark = Benchmark(server, directory / "containers", tree)
    containers = benchmark.steps(COUNT, [together()])
    listed = benchmark.listed()
    buckets = Buckets(server, directory / "buckets", tree).together(COUNT)
    return benchmark, {
        **{f"containers: {COUNT} {step}": containers[step] for step in STEPS},
        **{f"buckets: {COUNT} {step}": buckets[step] for step in STEPS},
        f"info: {LISTED} containers": listed,
    }


def reached(rows: dict[str, list[Row]]) -> list[tuple[str, bool]]:
    """Return the targets near the limit, and for the server that stands in."""
    aims = [middle(found).aim(name, MOST[name.partition(":")[0]]) for name, found in rows.items()]
    server = middle(row for found in rows.values() for row in found).server * 1000
    return [*aims, (f"server: {server:.2f} ms for a request, less than {MOST_OF_SERVER}", server < MOST_OF_SERVER)]


def compared(rows: dict[str, list[Row]], before: dict[str, list[Row]]) -> list[tuple[str, bool]]:
    """Return for each case how the processor time of a request compares, and whether the target is reached."""
    aims = []
    for name, measured in rows.items():
        now, then = (min(row.client_of_call for row in found) * 1000 for found in (measured, before[name]))
        size, size_then = (middle(found).size / 1e6 for found in (measured, before[name]))
        text = f"{name}: {now:.2f} ms of the client for a request, before {then:.2f}: {now / then:.2f}"
        sizes = f"result {size:.2f} MB, before {size_then:.2f}"
        aims.append((f"{text}, at most {MOST_OF_COMPARED}; {sizes}", now <= MOST_OF_COMPARED * then))
    return aims


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compare", type=Path, help="directory of another version of the collection")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="what the names of the cases start with")
    options = parser.parse_args()
    trees = {"after": None} | ({"before": options.compare} if options.compare else {})
    with DelayedServer() as server, tempfile.TemporaryDirectory() as temporary:
        versions = {name: cases_of(server, Path(temporary) / name, tree) for name, tree in trees.items()}
        rows: dict[str, dict[str, list[Row]]] = {name: {} for name in versions}
        for number in range(options.rounds):
            for version in sorted(versions, reverse=number % 2 == 0):
                benchmark, cases = versions[version]
                for name, case in cases.items():
                    if name.startswith(options.only):
                        rows[version].setdefault(name, []).append(benchmark.measure(case))
    for version, measured in rows.items():
        print(f"{version:<39}{HEAD}", *(middle(found).line(name) for name, found in measured.items()), sep="\n")
    aims = reached(rows["after"]) + (compared(rows["after"], rows["before"]) if options.compare else [])
    for text, is_reached in aims:
        print(f"{'reached' if is_reached else 'NOT REACHED':<12} {text}", flush=True)


if __name__ == "__main__":
    main()
