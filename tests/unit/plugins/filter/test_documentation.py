# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the filters describes all filters and their options."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import yaml

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule

DIRECTORY = Path(__file__).resolve().parents[4] / "plugins" / "filter"
FILTERS = FilterModule().filters()


def test_every_filter_has_documentation():
    assert sorted(path.stem for path in DIRECTORY.glob("*.yml")) == sorted(FILTERS)


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_the_documentation_lists_the_options(name):
    documentation = yaml.safe_load((DIRECTORY / f"{name}.yml").read_text())["DOCUMENTATION"]
    _source, *options = inspect.signature(FILTERS[name]).parameters
    assert list(documentation["options"]) == ["_input", *options]
    assert documentation["name"] == name
