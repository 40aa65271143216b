# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which part of module_utils imports which: shared files import no service, and services do not import one another."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4] / "plugins" / "module_utils"
SHARED, DECLARATION, TRANSLATION, DATA = "shared files", "_declaration", "_s3_translation", "_mediastore_data"
# What the files of each directory can import beside one another.
ALLOWED = {
    SHARED: set(),
    DECLARATION: {SHARED},
    TRANSLATION: {SHARED, DECLARATION},
    DATA: {SHARED, DECLARATION},
    "_mediastore": {SHARED, DECLARATION, DATA},
    "_s3": {SHARED, DECLARATION, TRANSLATION},
}


def part_of(path):
    """Return the part that a file or a directory in module_utils belongs to."""
    first = path.parts[0]
    return first if (ROOT / first).is_dir() else SHARED


def imported_parts(path, source):
    """Return the parts that the source of a file imports from; all its imports in module_utils are relative."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            package = path.parents[node.level - 1]
            modules = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {part_of(package.joinpath(*module.split("."))) for module in modules}
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            assert "elemental" not in ast.unparse(node)
    return found


FILES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_direction_of_imports(path):
    part = part_of(path)
    assert imported_parts(path, (ROOT / path).read_text()) <= {part, *ALLOWED[part]}


def test_all_parts_are_known():
    assert {part_of(path) for path in FILES} == set(ALLOWED)


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("_runner.py", "from ._s3 import runner", "_s3"),
        ("_runner.py", "def run():\n    from . import _s3", "_s3"),
        ("_s3/runner.py", "from .._mediastore.plan import Declaration", "_mediastore"),
        ("_s3/runner.py", "from .. import _mediastore", "_mediastore"),
        ("_s3/runner.py", "from .plan import plan_bucket", "_s3"),
        ("_s3/runner.py", "from .._plan import Plan", SHARED),
    ],
)
def test_each_way_to_import_is_seen(path, source, expected):
    assert imported_parts(Path(path), source) == {expected}
