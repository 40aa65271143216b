# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the tables of docs/docsite/rst/guide_findings.rst from CODES: python hacking/codes_of_findings.py.

Ansible publishes the guides from the repository as they are, so the tables are committed. A unit test fails if they
differ from CODES.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_findings.rst"
TRANSLATION = ROOT / "plugins" / "module_utils" / "_s3_translation"
# The last text before the tables.
MARKER = "change CODES in plugins/module_utils/_s3_translation/findings.py instead.\n"
LEVELS = {
    "impossible": "The task fails before it sends a request, unless the option ``accept`` contains the code.",
    "approximate": "The module declares the bucket, and warns once for each code.",
}
TABLE = """
{title}
{line}

{text}

.. list-table::
   :header-rows: 1

   * - Code
     - Meaning
"""


def generate(page: str, codes: Mapping[str, Any]) -> str:
    """Return the text of the guide with the tables of `codes`, which have a `level` and a `meaning` each, by name."""
    before, marker, _tables = page.partition(MARKER)
    return before + marker + "".join(_table(level, text, codes) for level, text in LEVELS.items())


def _table(level: str, text: str, codes: Mapping[str, Any]) -> str:
    title = level.capitalize()
    rows = [
        "   * - ``{}``\n     - {}\n".format(name, code.meaning.replace("*", r"\*"))
        for name, code in codes.items()
        if code.level == level
    ]
    return TABLE.format(title=title, line="-" * len(title), text=text) + "".join(rows)


def _codes() -> Mapping[str, Any]:
    """Return CODES without the rest of the collection, which needs Ansible."""
    package = ModuleType("translation")
    package.__path__ = [str(TRANSLATION)]
    sys.modules["translation"] = package
    codes: Mapping[str, Any] = import_module("translation.findings").CODES
    return codes


if __name__ == "__main__":
    GUIDE.write_text(generate(GUIDE.read_text(), _codes()))
