# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the emulator's rooms import which, and that no two files import each other."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import mediastore_emulator

PACKAGE = Path(mediastore_emulator.__file__).parent
# The files beside the rooms: those that connect all rooms, and those that all rooms share.
CONNECTING = {"__init__", "__main__", "pytest_plugin", "server"}
ALLOWED = {
    "base": {"base", "iam"},
    "http": {"http", "base"},
    "iam": {"iam", "base"},
    "mediastore": {"mediastore", "iam", "base"},
    "page": {"page", "mediastore", "iam", "base"},
    "s3": {"s3", "iam", "base"},
    "services": {"services", "s3", "iam", "http", "base"},
}


def imported(file):
    """Return the files of the package that a file imports, relative to the package and without .py."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = file.parents[node.level - 1] / (node.module or "").replace(".", "/")
            paths = [base.with_suffix(".py")] if base.with_suffix(".py").exists() else []
            paths = paths or [base / f"{alias.name}.py" for alias in node.names]
            found |= {path.relative_to(PACKAGE).with_suffix("").as_posix() for path in paths}
    return found


FILES = {path.relative_to(PACKAGE).with_suffix("").as_posix(): imported(path) for path in PACKAGE.rglob("*.py")}


def room(name):
    return name.partition("/")[0] if "/" in name else "connecting" if name in CONNECTING else "base"


@pytest.mark.parametrize("importing", ALLOWED)
def test_a_room_imports_only_those_below_it(importing):
    pairs = {(name, other) for name, others in FILES.items() if room(name) == importing for other in others}
    assert {(name, other) for name, other in pairs if room(other) not in ALLOWED[importing]} == set()


def test_every_import_is_found_and_no_files_import_each_other():
    assert set().union(*FILES.values()) <= set(FILES)
    assert list(TopologicalSorter(FILES).static_order())
