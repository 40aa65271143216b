# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which paths the patterns in include and exclude select."""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data import folder
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.folder import Folder

PATHS = ["index.m3u8", "1080p/1.ts", "1080p/2.ts", "notes"]


@pytest.mark.parametrize(
    ("include", "exclude", "selected"),
    [
        (["*"], [], PATHS),
        (["*.ts"], [], ["1080p/1.ts", "1080p/2.ts"]),
        (["1080p/?.ts", "notes"], ["1080p/[2-9].ts"], ["1080p/1.ts", "notes"]),
        (["1080p/1.ts"], [], ["1080p/1.ts"]),
        (["*"], ["notes", "*.ts"], ["index.m3u8"]),
        (["1.ts", "1080p", "Notes"], [], []),
        ([], [], []),
    ],
)
def test_patterns(include, exclude, selected):
    assert [path for path in PATHS if Folder("news", include, exclude).selects(path)] == selected


@pytest.mark.parametrize(
    ("pattern", "is_excluded"),
    [
        ("*", True),
        ("private/*", True),
        ("priv*", True),
        ("private", False),
        ("private?", False),
        ("private/*.ts", False),
        ("public/*", False),
    ],
)
def test_a_pattern_excludes_a_directory_if_it_matches_any_path_in_it(pattern, is_excluded):
    assert Folder("", exclude=[pattern]).excludes_directory("private") is is_excluded


def test_thousands_of_paths_are_not_compared_with_thousands_of_patterns(monkeypatch):
    monkeypatch.setattr(folder, "fnmatchcase", lambda path, pattern: pytest.fail(f"compared {path} with {pattern}"))
    paths = [f"{number}.ts" for number in range(20_000)]
    only_even = Folder("", include=paths[::2])
    assert [path for path in paths if only_even.selects(path)] == paths[::2]
