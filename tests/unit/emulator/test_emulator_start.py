# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that starts the emulator: which packages are missing, and how that is reported."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mediastore_emulator

SOURCE = Path(mediastore_emulator.__file__).parents[1]


@pytest.fixture(scope="module")
def start():
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("emulator_start", SOURCE / "start.py")
    assert spec
    assert spec.loader
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


def test_a_given_python_must_have_the_packages(bare_python):
    refused = run(bare_python)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"{bare_python} lacks botocore >= 1.35; h11 >= 0.16, < 1: install the packages of {SOURCE}/requirements.txt "
        "there, or leave emulator_python empty.\n"
    )


# "Installs" all packages of the Python that runs the tests, once a file allows it.
PIP = """
import pathlib, sys, sysconfig, time
(control,) = [pathlib.Path(path) for path in sys.path if path.endswith("control")]
(control / "began").open("a").write("began\\n")
while not (control / "go").exists():
    time.sleep(0.01)
for package in pathlib.Path({packages!r}).iterdir():
    (pathlib.Path(sysconfig.get_path("purelib")) / package.name).symlink_to(package)
"""


class FirstStart:
    """First starts of one emulator by a Python that lacks packages, whose pip waits until it may go on."""

    def __init__(self, python, directory):
        self.directory = directory
        self.control = directory / "control"
        (self.control / "pip").mkdir(parents=True)
        packages = str(Path(pytest.__file__).parents[1])
        (self.control / "pip" / "__init__.py").touch()
        (self.control / "pip" / "__main__.py").write_text(PIP.format(packages=packages))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self._command = [python, str(SOURCE / "start.py"), f"--port={self.port}", "--environment"]
        self._command += [str(directory / "environment"), "--log-file", str(directory / "log")]
        self._command += ["--pid-file", str(directory / "pid")]

    def begin(self):
        """Start the emulator; return the process."""
        env = {**os.environ, "PYTHONPATH": str(self.control)}
        return subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)

    def wait_for_pip(self, count):
        """Wait until pip runs for the `count`th time."""
        deadline = time.monotonic() + 30
        began = self.control / "began"
        while not began.exists() or began.read_text().count("began") < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self):
        """Stop the emulator, if it was started."""
        (self.control / "go").touch()
        if (self.directory / "pid").exists():
            os.kill(int((self.directory / "pid").read_text()), signal.SIGTERM)


@pytest.fixture
def first_start(bare_python, tmp_path):
    """The first start of an emulator, which is stopped at the end."""
    first = FirstStart(bare_python, tmp_path)
    yield first
    first.stop()


def ended(process):
    """Return status, output and errors of a process."""
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def test_of_two_first_starts_at_once_one_installs(first_start):
    processes = [first_start.begin(), first_start.begin()]
    first_start.wait_for_pip(1)
    (first_start.control / "go").touch()
    url = f"http://127.0.0.1:{first_start.port}"
    assert sorted(ended(process) for process in processes) == [
        (0, f"MediaStore emulator already listening on {url}\n", ""),
        (0, f"MediaStore emulator listening on {url}\n", ""),
    ]
    assert (first_start.control / "began").read_text() == "began\n"


def test_the_start_after_one_that_was_killed_waits_for_its_pip_and_repairs_the_environment(first_start):
    killed = first_start.begin()
    first_start.wait_for_pip(1)
    killed.kill()
    killed.wait()
    assert not (first_start.directory / "environment").exists()
    second = first_start.begin()
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=1)
    (first_start.control / "go").touch()
    first_start.wait_for_pip(2)
    assert ended(second) == (0, f"MediaStore emulator listening on http://127.0.0.1:{first_start.port}\n", "")
    assert not (first_start.directory / "environment.new").exists()


def test_an_environment_of_another_python_is_replaced(first_start):
    (first_start.control / "go").touch()
    left = first_start.directory / "environment" / "left"
    left.mkdir(parents=True)
    assert ended(first_start.begin())[0] == 0
    assert not left.exists()
