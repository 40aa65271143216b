# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator as a Python package: its installation, its command, and its fixture for pytest."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "roles" / "emulator" / "files"
USING_THE_FIXTURE = """
import boto3

KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "example"}


def test_a_container_and_a_bucket(mediastore_emulator):
    media, s3 = (
        boto3.client(name, endpoint_url=mediastore_emulator.url, region_name="us-east-1", **KEYS)
        for name in ("mediastore", "s3")
    )
    assert (media.list_containers()["Containers"], s3.list_buckets()["Buckets"]) == ([], [])
    media.create_container(ContainerName="movies")
    s3.create_bucket(Bucket="films")


test_each_test_has_another_one = test_a_container_and_a_bucket
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The directory of the programs of a virtual environment with the package, and with what this Python has."""
    directory = tmp_path_factory.mktemp("package") / "environment"
    subprocess.run([sys.executable, "-m", "venv", directory], check=True)
    pip = [directory / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--retries=10"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", FILES], check=True)
    (packages,) = directory.glob("lib/python*/site-packages")
    (packages / "these.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return directory / "bin"


@pytest.fixture
def alone(monkeypatch):
    """Without the path on which the tests find the emulator in the repository."""
    monkeypatch.delenv("PYTHONPATH", raising=False)


@pytest.mark.usefixtures("alone")
def test_its_version_and_requirements_are_those_of_the_collection_and_the_role(run, programs):
    show = "import importlib.metadata as m, json; p = m.metadata('mediastore-emulator'); print(json.dumps(p.json))"
    metadata = json.loads(run(programs / "python", "-c", show))
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert metadata["version"] == version.replace("-dev", ".dev")
    names = {re.split(r"[ \[<>=;]", requirement)[0]: requirement for requirement in metadata["requires_dist"]}
    assert [name for name, requirement in names.items() if "extra" not in requirement] == ["botocore", "h11"]
    assert "moto" in names
    assert metadata["provides_extra"] == ["services"]


@pytest.mark.usefixtures("alone")
def test_its_command_serves_until_it_is_terminated(programs):
    command = [programs / "mediastore-emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split()[-1]
            with urllib.request.urlopen(f"{url}/mediastore-emulator/health", timeout=30) as response:
                assert json.load(response)["pid"] == process.pid
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


@pytest.mark.usefixtures("alone")
def test_its_fixture_starts_an_emulator_for_each_test(run, programs, tmp_path):
    (tmp_path / "test_using.py").write_text(USING_THE_FIXTURE)
    printed = run(programs / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_using.py")
    assert "2 passed" in printed


def test_nothing_of_the_installation_remains_in_the_collection(programs):
    assert {path.name for path in FILES.iterdir()} - {"__pycache__"} == {
        *("hatch_build.py", "mediastore_emulator", "pyproject.toml"),
        *("requirements-services.txt", "requirements.txt", "start.py"),
    }
