# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation names exists: sessions of nox, targets of make, files and versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *ROOT.glob("roles/*/README.md"),
    *ROOT.glob("docs/docsite/rst/*.rst"),
]
# What a path in the documentation begins with if it is one of the repository.
DIRECTORIES = (
    "changelogs|docs|extensions|findings|hacking|meta|playbooks|plugins|requirements|roles|tests|\\.github|\\.ci"
)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@each_page
def test_sessions_and_targets_that_a_page_names_exist(page):
    sessions = set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(), re.MULTILINE))
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    assert set(re.findall(r"nox -s (\w+)", text)) <= sessions
    assert set(re.findall(r"`make ([\w-]+)", text)) <= targets


@each_page
def test_files_that_a_page_names_exist(page):
    named = re.findall(rf"`((?:{DIRECTORIES})/[\w./*-]+)`", page.read_text())
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text())
    missing = [path for path in named if not list(ROOT.glob(path.rstrip("/")))]
    missing += [path for path in links if not (page.parent / path).exists()]
    assert missing == []


@each_page
def test_variables_that_a_page_names_exist(page):
    """Each is set, read or documented in a role or a playbook."""
    named = set(re.findall(r"\b((?:emulator|move_to_s3|provision)_[a-z0-9_]+)\b", page.read_text()))
    sources = [
        *ROOT.glob("roles/*/meta/argument_specs.yml"),
        *ROOT.glob("playbooks/**/*.yml"),
        *ROOT.glob("roles/*/tasks/*"),
    ]
    known = set(re.findall(r"\b[a-z0-9_]+\b", " ".join(path.read_text() for path in sources)))
    # Names of files.
    assert {name for name in named - known if not list(ROOT.rglob(f"docs/awx/{name}.*"))} == set()


def test_files_in_the_map_of_the_house_exist():
    """The tables of CONTRIBUTING.md name files by their last parts."""
    rows = [line for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([\w/]+\.py)`", row.partition(" | ")[0])}
    homes = (ROOT / "plugins", ROOT / "roles" / "emulator" / "files")
    missing = [name for name in named if not any(list(home.rglob(name)) for home in homes)]
    assert (len(named) > 20, missing) == (True, [])


def test_the_requirements_are_the_same_everywhere():
    fragment = (ROOT / "plugins" / "doc_fragments" / "requirements.py").read_text()
    versions = dict(re.findall(r"- (\w+) >= ([\d.]+)", fragment))
    assert set(versions) == {"python", "boto3", "botocore"}
    installed = dict(
        re.findall(r"^(\w+)>=([\d.]+)$", (ROOT / "meta" / "ee-requirements.txt").read_text(), re.MULTILINE)
    )
    assert installed == {name: versions[name] for name in ("boto3", "botocore")}
    readme = " ".join((ROOT / "README.md").read_text().split())
    assert f"Python {versions['python']} or newer, boto3 and botocore {versions['boto3']} or newer" in readme


def test_a_version_with_unreleased_changes_has_a_suffix():
    """A user who builds main would otherwise get a version that has been released with other content."""
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    released = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text())["releases"]
    unreleased = list((ROOT / "changelogs" / "fragments").glob("*.yml"))
    assert not unreleased or ("-" in version and version not in released)
