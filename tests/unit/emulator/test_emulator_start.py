# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that starts the emulator: which packages are missing, and how that is reported."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mediastore_emulator

SOURCE = Path(mediastore_emulator.__file__).parents[1]


@pytest.fixture(scope="module")
def start():
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("emulator_start", SOURCE / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def install(directory, name, version):
    """Add what pip records of a package."""
    record = directory / f"{name}-{version}.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


@pytest.mark.parametrize(
    ("requirement", "version", "is_met"),
    [
        ("h11 >= 0.16, < 1", "0.16.0", True),
        ("h11 >= 0.16, < 1", "0.16", True),
        ("h11 >= 0.16, < 1", "0.14.0", False),
        ("h11 >= 0.16, < 1", "0.9", False),
        ("h11 >= 0.16, < 1", "1.0", False),
        ("h11 >= 0.16, < 1", "0.100.1", True),
        ("h11 >= 0.16", "10.0", True),
        ("h11", "0.1", True),
        ("h11[any] >= 0.16, < 1", "0.17.2", True),
        ("h12", "1.0", False),
    ],
)
def test_a_requirement_is_met_by_a_version(start, tmp_path, requirement, version, is_met):
    install(tmp_path, "h11", version)
    assert start._lacking([requirement], [str(tmp_path)]) == ([] if is_met else [requirement])


def test_the_first_directory_of_the_path_counts(start, tmp_path):
    install(tmp_path / "newer", "h11", "0.16.0")
    install(tmp_path / "older", "h11", "0.14.0")
    newer, older = str(tmp_path / "newer"), str(tmp_path / "older")
    assert start._lacking(["h11 >= 0.16"], [newer, older]) == []
    assert start._lacking(["h11 >= 0.16"], [older, newer]) == ["h11 >= 0.16"]


def test_it_understands_its_files_of_requirements(start):
    alone = start._read_requirements(SOURCE / "requirements.txt")
    services = start._read_requirements(SOURCE / "requirements-services.txt")
    assert [line.split()[0] for line in alone] == ["botocore", "h11"]
    assert services[:2] == alone
    assert all(start._REQUIREMENT.fullmatch(line) for line in services)


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("ERROR: No space\nERROR: No matching distribution\n\n", "No matching distribution"),
        (
            "WARNING: Retrying after '<connection>: [Errno 111] Connection refused'\nERROR: No matching distribution\n",
            "No matching distribution [Errno 111] Connection refused",
        ),
        ("/usr/bin/python3: No module named ensurepip\n", "/usr/bin/python3: No module named ensurepip"),
        ("", "no output"),
    ],
)
def test_the_reason_is_one_line(start, tmp_path, printed, reason):
    (tmp_path / "log").write_text(printed)
    assert start._reason(tmp_path / "log") == reason


def run(python, *arguments):
    command = [python, str(SOURCE / "start.py"), *arguments]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)


@pytest.fixture
def bare_python(tmp_path):
    """A Python without packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    return str(tmp_path / "bare" / "bin" / "python")


def test_it_lists_what_is_missing(bare_python, tmp_path):
    ended = run(bare_python, "--environment", str(tmp_path / "environment"))
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "botocore >= 1.35; h11 >= 0.16, < 1\n", "")
    assert not (tmp_path / "environment").exists()


def test_a_given_python_must_have_the_packages(bare_python):
    ended = run(bare_python)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"{bare_python} lacks botocore >= 1.35; h11 >= 0.16, < 1: install the packages of {SOURCE}/requirements.txt "
        "there, or leave emulator_python empty.\n"
    )
