# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The artefact: its files, its installation, and its requirements for an execution environment."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
AMAZON = Path(os.environ["ANSIBLE_COLLECTIONS_PATH"]) / "ansible_collections" / "amazon"
# The files that users read, install or run.
FOR_USERS = re.compile(
    r"(MANIFEST\.json|FILES\.json|README\.md|CHANGELOG\.rst|LICENSE|REUSE\.toml"
    r"|changelogs/(changelog|config)\.yaml"
    r"|docs/(awx|ci|docsite)/[\w./-]+\.(cfg|yml|json|rst|svg)"
    r"|docs/emulator/Containerfile"
    r"|extensions/molecule/\w+/\w+\.yml"
    r"|meta/(runtime\.yml|execution-environment\.yml|ee-(requirements|bindep)\.txt)"
    r"|playbooks/((tasks|vars)/)?\w+\.yml"
    r"|plugins/(action|callback|doc_fragments|filter|module_utils(/_\w+)?|modules|plugin_utils)/\w+\.py"
    r"|plugins/filter/\w+\.yml"
    r"|playbooks/templates/\w+\.j2"
    r"|roles/\w+/(README\.md|(defaults|files|meta|tasks|templates|vars)/[\w./-]+\.(yml|py|txt|toml|j2|css|js)))"
)


@pytest.fixture
def artefact(run, tmp_path):
    """The tarball, built in a copy of the repository that also contains caches and results of tests."""
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git"))
    for litter in (".venv", ".cache", ".pytest_cache", "tests/output", "roles/emulator/files/__pycache__"):
        (copy / litter).mkdir(parents=True, exist_ok=True)
        (copy / litter / "litter.txt").write_text("")
    run("ansible-galaxy", "collection", "build", "--output-path", tmp_path, cwd=copy)
    (tarball,) = tmp_path.glob("elemental-mediastore-*.tar.gz")
    return tarball


@pytest.fixture
def installed(run, artefact, tmp_path):
    """An otherwise empty collections directory with the artefact installed beside amazon.aws."""
    collections = tmp_path / "installed"
    (collections / "ansible_collections").mkdir(parents=True)
    (collections / "ansible_collections" / "amazon").symlink_to(AMAZON)
    install = ["ansible-galaxy", "collection", "install", "--offline", artefact, "--collections-path", collections]
    run(*install, ANSIBLE_COLLECTIONS_PATH=str(collections))
    return collections


def test_artefact_contains_what_users_need_and_nothing_else(artefact):
    with tarfile.open(artefact) as archive:
        files = [member.name for member in archive.getmembers() if member.isfile()]
    assert [name for name in files if not FOR_USERS.fullmatch(name)] == []
    for path in ("meta/runtime.yml", "docs/awx/channel.yml", "roles/emulator/files/mediastore_emulator/__main__.py"):
        assert path in files


def test_artefact_runs_the_quickstart(run, installed, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    # As for a user, the role creates the virtual environment of the emulator.
    settings = f"emulator_port={port} emulator_directory={tmp_path / 'emulator'}"
    # Extra variables that have nothing to do with the playbook.
    settings += "".join(f" {name}=ordinary" for name in ("item", "row", "lines", "results", "changed", "names"))
    printed = run(
        *["ansible-playbook", "elemental.mediastore.quickstart", "--extra-vars", settings],
        ANSIBLE_COLLECTIONS_PATH=str(installed),
        PIP_RETRIES="10",
    )
    assert "check mode: 6 changes, as expected" in printed
    assert "second run: 0 changes, as expected" in printed
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_quickstart_stops_no_emulator_of_the_role():
    (play,) = yaml.safe_load((ROOT / "playbooks" / "quickstart.yml").read_text())
    defaults = yaml.safe_load((ROOT / "roles" / "emulator" / "defaults" / "main.yml").read_text())
    for name in ("emulator_port", "emulator_directory"):
        assert play["vars"][name] != defaults[name]


def test_execution_environment_has_what_it_needs(run, installed, tmp_path):
    alone = tmp_path / "alone" / "ansible_collections"
    alone.mkdir(parents=True)
    (alone / "elemental").symlink_to(installed / "ansible_collections" / "elemental")
    found = yaml.safe_load(run("ansible-builder", "introspect", alone.parent))
    origin = "  # from collection elemental.mediastore"
    assert found == {
        "python": [f"boto3>=1.35.0{origin}", f"botocore>=1.35.0{origin}"],
        "system": [f"python3-venv [platform:dpkg]{origin}"],
    }


def test_execution_environment_installs_the_archive(run, artefact, tmp_path):
    shutil.copy(ROOT / "docs" / "awx" / "execution-environment.yml", tmp_path)
    run("ansible-builder", "create", "--output-filename", "Containerfile", cwd=tmp_path)
    context = tmp_path / "context"
    needed = yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]
    asked = yaml.safe_load((context / "_build" / "requirements.yml").read_text())["collections"]
    assert {one["name"]: one["version"] for one in asked} == needed
    assert [path.name for path in (context / "_build" / "archives").iterdir()] == [artefact.name]
    containerfile = (context / "Containerfile").read_text()
    assert '\nARG ANSIBLE_INSTALL_REFS="ansible-core>=2.17,<2.22 ansible-runner>=2.4,<3"\n' in containerfile
    (galaxy,) = [stage for stage in containerfile.split("\nFROM ") if stage.startswith("base AS galaxy")]
    # The archive is installed where all stages expect collections, after amazon.aws, which it needs.
    first, second = re.findall(r"^RUN .*ansible-galaxy collection install (.*)", galaxy, re.MULTILINE)
    assert first.endswith('-r requirements.yml --collections-path "/usr/share/ansible/collections"')
    assert second == "--collections-path /usr/share/ansible/collections archives/elemental-mediastore-*.tar.gz"
    # What it needs from PyPI is found there: see introspect above.
    assert "introspect.py introspect" in containerfile
