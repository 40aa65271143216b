# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every module of the collection."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

COLLECTION = Path(__file__).resolve().parents[4]
MODULES = sorted(path.stem for path in (COLLECTION / "plugins" / "modules").glob("mediastore_*.py"))


def test_every_module_is_in_the_action_group():
    runtime = yaml.safe_load((COLLECTION / "meta" / "runtime.yml").read_text())
    assert sorted(runtime["action_groups"]["aws"]) == MODULES
    assert len(MODULES) >= 7


@pytest.mark.parametrize("name", MODULES)
def test_examples_name_the_module(name):
    module = importlib.import_module(f"ansible_collections.elemental.mediastore.plugins.modules.{name}")
    used = {key for task in yaml.safe_load(module.EXAMPLES) for key in task}
    assert f"elemental.mediastore.{name}" in used


@pytest.mark.parametrize("name", MODULES)
def test_every_module_is_in_the_readme(name):
    assert f"| `{name}` |" in (COLLECTION / "README.md").read_text()
