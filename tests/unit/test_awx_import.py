# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file for awx import has the objects that the playbook for AWX creates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path("hacking", "awx_import.py")
DESCRIPTION = Path("playbooks", "vars", "awx.yml")
FILE = Path("docs", "awx", "awx_import.json")


def test_the_script_writes_the_committed_file(tmp_path):
    """If this fails: python hacking/awx_import.py."""
    for path in (SCRIPT, DESCRIPTION, FILE):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    (tmp_path / FILE).write_text("")
    subprocess.run([sys.executable, "-I", tmp_path / SCRIPT], check=True)
    assert (tmp_path / FILE).read_text() == (ROOT / FILE).read_text()


def test_the_surveys_of_the_description_belong_to_templates():
    """A survey without a template, or with one that does not show it, would ask nothing."""
    text = (ROOT / DESCRIPTION).read_text().replace("!unsafe ", "")
    objects = yaml.safe_load(text)["__awx_objects"]
    for template in objects["job_templates"] + objects["workflow_job_templates"]:
        assert template["survey_enabled"] == ("survey_spec" in template.get("related", {}))
