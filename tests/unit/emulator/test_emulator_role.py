# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role and the image do before the emulator runs."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", ["emulator_data", "emulator_credentials"])
def test_a_relative_path_is_refused(tmp_path, name):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        variables = {"emulator_port": free.getsockname()[1], "emulator_directory": str(tmp_path / "emulator")}
        play = {"hosts": "localhost", "gather_facts": False, "roles": [str(ROOT / "roles" / "emulator")]}
        (tmp_path / "play.yml").write_text(json.dumps([{**play, "vars": {**variables, name: "some/path"}}]))
        command = [sys.executable, "-m", "ansible.cli.playbook", "--inventory=localhost,", "--connection=local"]
        ended = subprocess.run(
            [*command, "play.yml"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 2
    printed = " ".join(ended.stdout.split())
    assert f"The MediaStore emulator cannot start: the path some/path of {name} is relative; set an absolute" in printed
    assert not (tmp_path / "emulator").exists()


def test_the_user_of_the_image_can_write_to_the_directory_that_is_documented_for_data():
    text = (ROOT / "docs" / "emulator" / "Containerfile").read_text()
    [user] = re.findall(r"^USER (\d+)$", text, re.MULTILINE)
    [(owner, directory)] = re.findall(r"^RUN install --directory --owner=(\d+) (/\S+)$", text, re.MULTILINE)
    assert owner == user
    assert f"--volume mediastore:{directory} mediastore-emulator --allow-host localhost --data {directory}\n" in text
