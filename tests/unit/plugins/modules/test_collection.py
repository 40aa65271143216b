# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties of all modules, filters, callbacks and roles of the collection."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml

COLLECTION = Path(__file__).resolve().parents[4]
LANDING_PAGE = (COLLECTION / "docs" / "site" / "index.rst").read_text()
MODULES = sorted(path.stem for path in (COLLECTION / "plugins" / "modules").glob("mediastore_*.py"))
ROLES = sorted(path.name for path in (COLLECTION / "roles").iterdir())
FILTERS = sorted(path.stem for path in (COLLECTION / "plugins" / "filter").glob("*.yml"))
CALLBACKS = sorted(path.stem for path in (COLLECTION / "plugins" / "callback").glob("*.py"))
PAGES = [
    *((name, "module") for name in MODULES),
    *((name, "filter") for name in FILTERS),
    *((name, "callback") for name in CALLBACKS),
    *((name, "role") for name in ROLES),
]


def test_every_module_is_in_the_action_group():
    runtime = yaml.safe_load((COLLECTION / "meta" / "runtime.yml").read_text())
    assert sorted(runtime["action_groups"]["aws"]) == MODULES
    assert len(MODULES) >= 7


def test_every_module_has_the_action_plugin():
    plugins = {path.stem: path.read_text() for path in (COLLECTION / "plugins" / "action").glob("*.py")}
    assert sorted(plugins) == MODULES
    # Those for buckets and for objects also preload another service.
    preloading = {name for name, text in plugins.items() if "preload" in text}
    assert preloading == {name for name in MODULES if "bucket" in name or "object" in name}
    common = {re.sub(r"\n\npreload\(.*\)\n", "\n", text).replace(", preload", "") for text in plugins.values()}
    assert len(common) == 1


@pytest.mark.parametrize("name", MODULES)
def test_examples_name_the_module(name):
    module = importlib.import_module(f"ansible_collections.elemental.mediastore.plugins.modules.{name}")
    used = {key for task in yaml.safe_load(module.EXAMPLES) for key in task}
    assert f"elemental.mediastore.{name}" in used


@pytest.mark.parametrize(("name", "kind"), [page for page in PAGES if page[1] in ("filter", "callback")])
def test_every_filter_and_callback_is_in_the_readme(name, kind):
    assert f"| {kind} `{name}` |" in (COLLECTION / "README.md").read_text()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_is_in_the_readme(name):
    assert f"| `{name}` |" in (COLLECTION / "README.md").read_text()


@pytest.mark.parametrize(("name", "kind"), PAGES)
def test_the_landing_page_has_a_line_and_a_short_entry_for_every_page(name, kind):
    link = re.escape(f"* :ansplugin:`{name} <elemental.mediastore.{name}#{kind}>` --")
    assert re.search(rf"^{link}\s+\w+", LANDING_PAGE, re.MULTILINE)
    assert f"\n  {name} <{name}_{kind}>\n" in LANDING_PAGE


def test_the_landing_page_shows_commands_of_the_readme():
    (command,) = re.findall(r"code-block:: shell\n\n  (.+)\n\n", LANDING_PAGE)
    assert re.search(rf"^{command}\b", (COLLECTION / "README.md").read_text(), re.MULTILINE)
