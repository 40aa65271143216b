# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides list all codes of findings, with their levels and meanings, and all rules of the translation."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import CODES

ROOT = Path(__file__).resolve().parents[4]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_leaving.rst"
RULES = ROOT / "docs" / "docsite" / "rst" / "guide_s3_rules.rst"
ROW = re.compile(r"^   \* - ``([a-z_.]+)``\n     - (\w+)\n     - (.+)\n", re.MULTILINE)


def test_the_table_of_the_guide_has_all_codes():
    _before, _heading, section = GUIDE.read_text().partition("\nCodes of findings\n")
    rows = [(code, level, meaning.replace("\\*", "*")) for code, level, meaning in ROW.findall(section)]
    assert rows == [(name, code.level, code.meaning) for name, code in CODES.items()]


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
