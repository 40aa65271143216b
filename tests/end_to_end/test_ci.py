# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workflow in docs/ci: its steps, run as a runner does for pull requests against a branch main."""

from __future__ import annotations

import copy
import os
import re
import shutil
import signal
import socket
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "ci" / "review.yml").read_text()
WORKFLOW = yaml.safe_load(TEXT)
JOB = WORKFLOW["jobs"]["review"]
STEPS = {step["name"]: step for step in JOB["steps"] if "run" in step}
CHECK = "Check the pull request"
SITE = {
    "name": "Channels",
    "hosts": "localhost",
    "gather_facts": False,
    "tasks": [
        {
            "name": "The containers",
            "elemental.mediastore.mediastore_containers": {
                "containers": [
                    {"name": "news", "tags": {"stage": "test", "owner": "playout"}},
                    {"name": "sports", "tags": {"stage": "test"}},
                ]
            },
        }
    ],
}


def site(change):
    """Return the playbook after a change of its list of containers."""
    play = copy.deepcopy(SITE)
    change(play["tasks"][0]["elemental.mediastore.mediastore_containers"]["containers"])
    return yaml.safe_dump([play])


def other_account(containers):
    resource = "arn:aws:mediastore:us-east-1:111122223333:container/news/*"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "mediastore:GetObject", "Resource": resource}
    containers[0]["policy"] = {"Version": "2012-10-17", "Statement": [statement]}


def stage_and_new_container(containers):
    containers[0]["tags"]["stage"] = "production"
    containers.append({"name": "weather"})


@pytest.fixture
def repository(tmp_path, run):
    """A function that makes a pull request of a playbook for main, and checks out its merge, in a work tree."""
    work = tmp_path / "work"
    work.mkdir()
    person = [
        f"GIT_{role}_{field}=reviewer@example.com" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")
    ]
    settings = dict(setting.split("=") for setting in [*person, f"GIT_CONFIG_GLOBAL={os.devnull}"])

    def git(*arguments):
        run("git", *arguments, cwd=work, **settings)

    def commit(text):
        (work / "site.yml").write_text(text)
        git("add", ".")
        git("commit", "-q", "--allow-empty", "-m", "A playbook")

    git("init", "-q", "-b", "main")
    shutil.copytree(ROOT / "docs" / "awx" / "collections", work / "collections")
    commit(site(lambda containers: None))

    def propose(text):
        git("checkout", "-q", "-B", "proposal", "main")
        commit(text)
        git("checkout", "-q", "--detach", "main")
        git("merge", "-q", "--no-ff", "-m", "A pull request", "proposal")
        return work

    return propose


@pytest.fixture
def run_step(tmp_path, run):
    """A function that runs a step of the workflow, and returns its summary."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    home = tmp_path / "home"
    programs = tmp_path / "programs"
    for directory in (home, programs):
        directory.mkdir()
    # Nothing is installed: what the workflow installs is in the environment of this test.
    for name in ("pip", "ansible-galaxy"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "$RUNNER_TEMP/installed"\n')
        (programs / name).chmod(0o755)
    environment = {
        **{name: value.replace("5111", port) for name, value in JOB["env"].items()},
        "HOME": str(home),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
    }

    def run_step(name, work, status=0):
        summary = tmp_path / "summary.md"
        summary.write_text("")
        step = STEPS[name]
        script = step["run"].replace("5111", port)
        variables = {**environment, **step.get("env", {}), "GITHUB_STEP_SUMMARY": str(summary)}
        run("bash", "-e", "-c", script, cwd=work, status=status, **variables)
        return summary.read_text()

    yield run_step
    for pid_file in home.rglob("*.pid"):
        os.kill(int(pid_file.read_text()), signal.SIGTERM)


def test_the_workflow_has_no_rights_and_no_secrets():
    assert list(WORKFLOW["on"]) == ["pull_request"]
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "secrets" not in TEXT.replace("needs no secrets", "")
    assert "${{" not in TEXT, "an expression in a script is text of the pull request that the shell runs"


def test_the_summary_has_what_a_pull_request_changes(repository, run_step, tmp_path):
    work = repository(site(stage_and_new_container))
    summaries = {name: run_step(name, work) for name in STEPS}
    assert (tmp_path / "installed").read_text().splitlines() == [
        "pip install ansible-core boto3",
        "ansible-galaxy collection install -r collections/requirements.yml",
    ]
    summary = summaries.pop(CHECK)
    assert set(summaries.values()) == {""}
    heading, table, of_what, diff = summary.strip().split("\n\n", 3)
    assert heading == "### Check of site.yml"
    first, second, *rows = table.splitlines()
    assert (first, second) == ("| Host | Container | Changes |", "| --- | --- | --- |")
    assert [row.split("|")[1:3] for row in rows] == [[" `localhost` ", " `news` "], [" `localhost` ", " `weather` "]]
    assert rows[1].endswith("| `created` |")
    assert of_what == "`The containers` on `localhost`:"
    begin, *lines, end = diff.splitlines()
    assert (begin, end) == ("```diff", "```")
    changed = [line for line in lines if re.match(r"[+-] ", line)]
    assert [" ".join(line.split()) for line in changed[:2]] == ["- stage: test", "+ stage: production"]

    def check(text, status=0):
        return run_step(CHECK, repository(text), status)

    assert check(site(lambda containers: containers.reverse())) == "### Check of site.yml\n\nNo changes.\n"
    refused = check(site(other_account), status=2)
    assert "`The containers` failed on `localhost`:\n\n```text\n1 of 2 containers failed: Container news: " in refused
    assert "its account is '111122223333'; it must be '123456789012'\n```" in refused
    assert "| `localhost` | `news` | `failed` |" in refused
    assert check("- hosts: [", status=4) == "The check ended with an error: see the log of this step.\n"
