# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to leaving MediaStore lists all codes of findings, with their levels and meanings."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import CODES

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "docsite" / "rst" / "guide_leaving.rst"
ROW = re.compile(r"^   \* - ``([a-z_.]+)``\n     - (\w+)\n     - (.+)\n", re.MULTILINE)


def test_the_table_of_the_guide_has_all_codes():
    _before, _heading, section = GUIDE.read_text().partition("\nCodes of findings\n")
    rows = [(code, level, meaning.replace("\\*", "*")) for code, level, meaning in ROW.findall(section)]
    assert rows == [(name, code.level, code.meaning) for name, code in CODES.items()]
