# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to objects lists the content types that the modules choose."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.content_types import (
    guess_content_type,
)

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "docsite" / "rst" / "guide_objects.rst"
ROWS = re.findall(r"^   \* - (``\..*)\n     - (.*)\n", GUIDE.read_text(), re.MULTILINE)


def test_the_table_of_content_types():
    """A row has one content type for all of its extensions, or one for each."""
    assert len(ROWS) > 10
    for cell, types in ROWS:
        extensions = re.findall(r"``(\.\w+)``", cell)
        named = re.findall(r"``(\w+/[\w.+-]+)``", types)
        expected = named * len(extensions) if len(named) == 1 else named
        assert [guess_content_type(f"news/1{extension}") for extension in extensions] == expected
