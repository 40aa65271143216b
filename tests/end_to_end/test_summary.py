# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make test` reports about the check of the site on a machine without a browser."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


@pytest.mark.parametrize("present", [(), ("chromium",), ("chromedriver",)])
def test_a_missing_browser_is_reported_as_skipped_with_the_remedy(run, tmp_path, present):
    programs, report = tmp_path / "programs", tmp_path / "report.json"
    programs.mkdir()
    for name in present:
        (programs / name).touch(0o755)
    nox = Path(os.environ["MEDIASTORE_REPOSITORY"], ".venv", "bin", "nox")
    options = ["--noxfile", os.environ["MEDIASTORE_REPOSITORY"] + "/noxfile.py", "--envdir", tmp_path / "environments"]
    run(nox, *options, "--no-dependencies", "--report", report, "--sessions", "browser", PATH=str(programs))
    (session,) = json.loads(report.read_text())["sessions"]
    assert session["result"] == "skipped"
    assert session["reason"] == "not run: no browser; install Debian's packages chromium and chromium-driver"
