# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make` takes from the machine: programs, and the package index that pip is configured to use."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

REPOSITORY = Path(os.environ["MEDIASTORE_REPOSITORY"])
PIP_CONF = """
[global]
index-url = https://index.example.com/simple
cert = /etc/ssl/certs/example.pem
[install]
extra-index-url =
    https://one.example.com/simple
    https://two.example.com/simple
"""


BROWSER = "not run: no browser; install Debian's packages chromium and chromium-driver"
GSTREAMER = "gstreamer1.0-tools, gstreamer1.0-plugins-base, gstreamer1.0-plugins-good"


@pytest.mark.parametrize(
    ("session", "present", "reason"),
    [
        ("browser", [], BROWSER),
        ("browser", ["chromium"], BROWSER),
        ("browser", ["chromedriver"], BROWSER),
        (
            "players",
            ["chromium", "chromedriver", "npm"],
            f"not run: no ffmpeg, gst-launch-1.0; install Debian's packages ffmpeg, {GSTREAMER}",
        ),
    ],
)
def test_a_missing_program_is_reported_as_skipped_with_the_remedy(run, tmp_path, session, present, reason):
    programs, report = tmp_path / "programs", tmp_path / "report.json"
    programs.mkdir()
    for name in present:
        (programs / name).touch(0o755)
    options = ["--noxfile", REPOSITORY / "noxfile.py", "--envdir", tmp_path / "environments"]
    run(
        REPOSITORY / ".venv" / "bin" / "nox",
        *options,
        "--no-dependencies",
        "--report",
        report,
        "--sessions",
        session,
        PATH=str(programs),
    )
    (reported,) = json.loads(report.read_text())["sessions"]
    assert (reported["result"], reported["reason"]) == ("skipped", reason)


def test_uv_installs_from_the_index_of_pip(run, tmp_path):
    (tmp_path / "pip.conf").write_text(PIP_CONF)
    settings = [f"PIP_CONFIG_FILE={tmp_path / 'pip.conf'}", "PIP_EXTRA_INDEX_URL=https://three.example.com/simple"]
    python = [REPOSITORY / ".venv" / "bin" / "python", "-c"]
    program = "import json, workspace; print(json.dumps(workspace.installer_settings()))"
    variables = json.loads(run("env", "-i", *settings, f"PYTHONPATH={REPOSITORY / 'hacking'}", *python, program))
    assert variables["UV_DEFAULT_INDEX"] == "https://index.example.com/simple"
    assert variables["UV_INDEX"] == "https://three.example.com/simple"
    assert variables["SSL_CERT_FILE"] == "/etc/ssl/certs/example.pem"


def test_uv_knows_all_indexes_of_pip(run, tmp_path):
    (tmp_path / "pip.conf").write_text(PIP_CONF)
    python = [REPOSITORY / ".venv" / "bin" / "python", "-c"]
    program = "import workspace; print(workspace.installer_settings()['UV_INDEX'])"
    environment = [f"PIP_CONFIG_FILE={tmp_path / 'pip.conf'}", f"PYTHONPATH={REPOSITORY / 'hacking'}"]
    printed = run("env", "-i", *environment, *python, program)
    assert printed == "https://one.example.com/simple https://two.example.com/simple\n"
