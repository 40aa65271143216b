# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator without Ansible: the Python package, its command and fixtures, the image, and the job for CI."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml

from mediastore_emulator.__main__ import DEFAULT_PORT
from mediastore_emulator.guard import Guard

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "roles" / "emulator" / "files"
CONTAINERFILE = ROOT / "docs" / "emulator" / "Containerfile"
# The instructions of the image, each of which it has once.
IMAGE = dict(re.findall(r"^([A-Z]+) (.+)$", CONTAINERFILE.read_text(), re.MULTILINE))
STEPS = {
    step["name"]: step["run"]
    for step in yaml.safe_load((ROOT / "docs" / "ci" / "test.yml").read_text())["jobs"]["test"]["steps"]
    if "run" in step
}
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


def test_several_at_once(mediastore_emulators):
    slow, quick = mediastore_emulators(create_delay=60, services=[]), mediastore_emulators()
    for server, status in ((slow, "CREATING"), (quick, "ACTIVE")):
        media = boto3.client("mediastore", endpoint_url=server.url, region_name="us-east-1", **KEYS)
        assert media.create_container(ContainerName="movies")["Container"]["Status"] == "CREATING"
        assert [container["Status"] for container in media.list_containers()["Containers"]] == [status]
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The directory of the programs of a virtual environment with the package, and with what this Python has.

    The step of the image installs the package there.
    """
    directory = tmp_path_factory.mktemp("package") / "environment"
    subprocess.run([sys.executable, "-m", "venv", directory], check=True)
    install = IMAGE["RUN"].removeprefix("--mount=type=bind,target=/collection ").replace("/collection", str(ROOT))
    pip = "--quiet --no-deps --disable-pip-version-check --retries=10"
    path = f"{directory / 'bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["sh", "-c", f"{install} {pip}"], env={**os.environ, "PATH": path}, check=True)
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


def test_the_image_serves_all_addresses_as_a_user_without_rights():
    assert IMAGE["FROM"] == "python:3.13-slim"
    assert int(IMAGE["USER"]) > 0
    assert int(IMAGE["EXPOSE"]) == DEFAULT_PORT
    name, option, host = json.loads(IMAGE["ENTRYPOINT"])
    assert (name, option) == ("mediastore-emulator", "--host")
    assert ip_address(host).is_unspecified


def test_a_documented_container_on_loopback_serves_no_other_host():
    command = r"docker run --publish 127\S+ mediastore-emulator --allow-host (\S+)$"
    [allowed] = re.findall(command, CONTAINERFILE.read_text(), re.MULTILINE)
    host = json.loads(IMAGE["ENTRYPOINT"])[-1]
    served = [
        name
        for name in ("127.0.0.1:5111", "localhost:5111", "rebound.example:5111")
        if Guard(host, [allowed]).why_wrong_host({"HTTP_HOST": name, "SERVER_NAME": host}) is None
    ]
    assert served == ["127.0.0.1:5111", "localhost:5111"]


@pytest.mark.usefixtures("alone")
def test_the_command_of_the_image_is_healthy_until_it_is_terminated(programs):
    name, *options = json.loads(IMAGE["ENTRYPOINT"])
    check = IMAGE["HEALTHCHECK"].partition("CMD ")[2]
    command = [programs / name, *options, "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline().strip().rpartition(":")[2]
            python, *arguments = json.loads(check.replace(str(DEFAULT_PORT), port))
            subprocess.run([programs / python, *arguments], check=True)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert subprocess.run([programs / python, *arguments], capture_output=True, check=False).returncode


@pytest.mark.usefixtures("alone")
def test_the_workflow_starts_two_emulators(run, programs, tmp_path):
    variables = {"RUNNER_TEMP": str(tmp_path), "GITHUB_ENV": str(tmp_path / "variables")}
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    try:
        run("bash", "-e", "-c", STEPS["Start two emulators"], PATH=path, **variables)
        lines = (tmp_path / "variables").read_text().splitlines()
        names, urls = zip(*(line.split("=") for line in lines), strict=True)
        assert names == ("PRIMARY_URL", "BACKUP_URL")
        for url in urls:
            with urllib.request.urlopen(f"{url}/mediastore-emulator/health", timeout=30) as response:
                assert json.load(response)["status"] == "ok"
        assert len(set(urls)) == len(urls)
    finally:
        for pid_file in tmp_path.glob("*.pid"):
            os.kill(int(pid_file.read_text()), signal.SIGTERM)


@pytest.mark.usefixtures("alone")
def test_its_fixtures_start_emulators_for_each_test(run, programs, tmp_path):
    (tmp_path / "test_using.py").write_text(USING_THE_FIXTURE)
    printed = run(programs / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_using.py")
    assert "3 passed" in printed


def test_nothing_of_the_installation_remains_in_the_collection(programs):
    assert {path.name for path in FILES.iterdir()} - {"__pycache__"} == {
        *("hatch_build.py", "mediastore_emulator", "pyproject.toml"),
        *("requirements-services.txt", "requirements.txt", "start.py"),
    }
