# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make test` says at its end about a step that cannot run on this machine."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[2] / "hacking" / "toolchain.py"


@pytest.fixture(scope="module")
def toolchain():
    spec = importlib.util.spec_from_file_location("toolchain", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("present", [(), ("chromium",), ("chromedriver",)])
def test_a_missing_browser_has_a_reason_and_a_remedy(toolchain, monkeypatch, tmp_path, present):
    for name in present:
        (tmp_path / name).touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    reason = toolchain.obstacle("browser")
    assert reason == "not run: no browser; install Debian's packages chromium and chromium-driver"
    assert toolchain.obstacle("docs") == ""


def test_a_browser_is_no_obstacle(toolchain, monkeypatch, tmp_path):
    for name in ("chromium", "chromedriver"):
        (tmp_path / name).touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert toolchain.obstacle("browser") == ""


def test_a_step_that_did_not_run_is_neither_passed_nor_failed(toolchain, capsys):
    assert toolchain.sum_up({"docs": (True, 7.0)}, {"browser": "not run: no browser"}) == 0
    *_table, browser, total = capsys.readouterr().out.splitlines()
    assert browser.split(maxsplit=1) == ["browser", "not run: no browser"]
    assert total == "1 passed, 0 failed, 1 skipped"


def test_a_run_of_all_steps_skips_none(toolchain, capsys):
    assert toolchain.sum_up({"docs": (True, 7.0), "browser": (True, 30.0)}, {}) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 0 failed"
