# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides list all codes of findings, with their levels and meanings, and all rules of the translation."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import CODES

ROOT = Path(__file__).resolve().parents[4]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_findings.rst"
RULES = ROOT / "docs" / "docsite" / "rst" / "guide_s3_rules.rst"
TRANSLATION = ROOT / "plugins" / "module_utils" / "_s3_translation"
SECTION = re.compile(r"^(\w+)\n-+\n\n(.*?)(?=^\w+\n-+\n|\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^   \* - ``([a-z0-9_.]+)``\n     - (.+)\n", re.MULTILINE)


def test_the_tables_of_the_guide_have_all_codes():
    """If this fails: python hacking/codes_of_findings.py."""
    rows = {
        code: (level.lower(), meaning.replace("\\*", "*"))
        for level, section in SECTION.findall(GUIDE.read_text())
        for code, meaning in ROW.findall(section)
    }
    assert rows == {name: (code.level, code.meaning) for name, code in CODES.items()}


def test_the_script_writes_the_committed_tables(tmp_path):
    """It runs on a copy of what it reads, without Ansible."""
    for path in (ROOT / "hacking" / "codes_of_findings.py", GUIDE, *TRANSLATION.glob("*.py")):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    copied = tmp_path / GUIDE.relative_to(ROOT)
    text = GUIDE.read_text()
    copied.write_text(text[: text.index("\nImpossible\n") + 1])
    subprocess.run([sys.executable, "-I", tmp_path / "hacking" / "codes_of_findings.py"], check=True)
    assert copied.read_text() == text


def test_the_rules_explain_each_number_and_each_code():
    files = [
        *(ROOT / "plugins" / "module_utils" / "_s3_translation").glob("*.py"),
        *(ROOT / "tests" / "unit" / "plugins" / "module_utils").glob("test_s3_translation*.py"),
    ]
    named = {rule for path in files for rule in re.findall(r"\b[PRACBDKLMGNT]\d{1,2}\b", path.read_text())}
    explained = re.findall(r"^   \* - ([A-Z]\d+)\. ", RULES.read_text(), re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert named <= set(explained)
    codes = set(re.findall(r"``([a-z]+\.[a-z_]+)``", RULES.read_text()))
    assert codes == {code for code in CODES if not code.startswith(("server.", "container."))}
