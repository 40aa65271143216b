# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit and integration tests with pairs of ansible-core and amazon.aws: the oldest supported, one between, the newest.

Each pair has a copy of the repository in .cache/pairs, with a virtual environment of its own in which the versions are
those of requirements/pairs. Called by the Makefile.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from toolchain import AMAZON_AWS, CACHE, ROOT, say, stage

# The interpreters that each pair allows, the preferred one first.
PYTHONS = {
    "oldest": "python3.11 python3.12",
    "middle": "python3.12 python3.13",
    "newest": "python3.13 python3.14 python3.12",
}
VERSIONS = """
import platform
from importlib.metadata import version
print(platform.python_version(), version("ansible-core"), version("boto3"))
"""


def test_pair(name: str) -> tuple[str, bool]:
    """Run the tests with one pair; return its row of the summary, and whether they passed."""
    copy = CACHE / "pairs" / name
    stage(copy)
    log = CACHE / "pairs" / f"{name}.log"
    started = time.monotonic()
    with log.open("w") as output:
        done = subprocess.run(
            ["make", "--keep-going", "units", "integration", f"PYTHON={PYTHONS[name]}"],
            cwd=copy,
            env={**os.environ, "PIP_CONSTRAINT": str(copy / "requirements" / "pairs" / f"{name}.txt")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    result = "FAILED" if done.returncode else "passed"
    say(f"\n{'=' * 20} {name}: {result} after {time.monotonic() - started:.0f} seconds {'=' * 20}")
    say(log.read_text(errors="replace"))
    return f"| {name} | {' | '.join(versions(copy))} | {result} |", not done.returncode


def versions(copy: Path) -> list[str]:
    """Return the versions of Python, ansible-core, amazon.aws and boto3 in a copy, `?` where nothing was installed."""
    try:
        command = [str(copy / ".venv" / "bin" / "python"), "-c", VERSIONS]
        python, core, boto3 = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        manifest = json.loads((copy / AMAZON_AWS.relative_to(ROOT) / "MANIFEST.json").read_text())
    except (OSError, subprocess.CalledProcessError):
        return ["?"] * 4
    return [python, core, manifest["collection_info"]["version"], boto3]


def main() -> int:
    """Run all pairs, two at once, and sum up."""
    say(f"Testing the pairs {', '.join(PYTHONS)}. The output of each is printed when it has ended.")
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(test_pair, PYTHONS))
    say("| pair | Python | ansible-core | amazon.aws | boto3 | units and integration |")
    say("| --- | --- | --- | --- | --- | --- |")
    say("\n".join(row for row, _passed in results))
    failed = sum(not passed for _row, passed in results)
    say(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
