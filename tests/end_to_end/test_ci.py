# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs in docs/ci: their scripts, run as runners do for proposals against a branch main."""

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
INSTALLED = ["pip install ansible-core boto3", "ansible-galaxy collection install -r collections/requirements.yml"]
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
def work(tmp_path):
    """The directory in which a runner checks out the repository."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def git(work, run):
    """A function that runs git there, without the settings of the user."""
    person = {f"GIT_{role}_{field}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
    return lambda *arguments: run("git", *arguments, cwd=work, GIT_CONFIG_GLOBAL=os.devnull, **person)


@pytest.fixture
def propose(work, git):
    """A function that makes a branch with a playbook, in a repository whose main branch has another one.

    It checks out the merge of both, as GitHub does for a pull request.
    """

    def commit(text):
        (work / "site.yml").write_text(text)
        git("add", ".")
        git("commit", "-q", "--allow-empty", "-m", "A playbook")

    def propose(text):
        git("checkout", "-q", "-B", "proposal", "main")
        commit(text)
        git("checkout", "-q", "--detach", "main")
        git("merge", "-q", "--no-ff", "-m", "A pull request", "proposal")

    git("init", "-q", "-b", "main")
    shutil.copytree(ROOT / "docs" / "awx" / "collections", work / "collections")
    commit(site(lambda containers: None))
    return propose


@pytest.fixture
def run_script(tmp_path, work, run):
    """A function that runs a script of a job with its variables, as a runner does, and returns what is printed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    home = tmp_path / "home"
    programs = tmp_path / "programs"
    for directory in (home, programs):
        directory.mkdir()
    # Nothing is installed: what the job installs is in the environment of this test.
    for name in ("pip", "ansible-galaxy"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/installed\n')
        (programs / name).chmod(0o755)
    environment = {"HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}

    def run_script(script, variables, status=0):
        here = {name: value.replace("5111", port) for name, value in variables.items()}
        return run("bash", "-e", "-c", script.replace("5111", port), cwd=work, status=status, **environment, **here)

    yield run_script
    for pid_file in home.rglob("*.pid"):
        os.kill(int(pid_file.read_text()), signal.SIGTERM)


@pytest.fixture
def run_step(tmp_path, run_script):
    """A function that runs a step of the workflow, and returns its summary."""

    def run_step(name, status=0):
        summary = tmp_path / "summary.md"
        summary.write_text("")
        variables = {"RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(summary)}
        run_script(STEPS[name]["run"], {**JOB["env"], **STEPS[name].get("env", {}), **variables}, status)
        return summary.read_text()

    return run_step


def assert_review(review):
    """The review of stage_and_new_container."""
    heading, table, of_what, diff = review.strip().split("\n\n", 3)
    assert heading == "### Check of site.yml"
    first, second, *rows = table.splitlines()
    assert (first, second) == ("| Host | Container | Changes |", "| --- | --- | --- |")
    assert [row.split("|")[1:3] for row in rows] == [[" `localhost` ", " `news` "], [" `localhost` ", " `weather` "]]
    assert rows[1].endswith("| `created` |")
    assert of_what == "`localhost`: `The containers`:"
    begin, *lines, end = diff.splitlines()
    assert (begin, end) == ("```diff", "```")
    changed = [line for line in lines if re.match(r"[+-] ", line)]
    assert [" ".join(line.split()) for line in changed[:2]] == ["- stage: test", "+ stage: production"]


def test_the_workflow_has_no_rights_and_no_secrets():
    assert list(WORKFLOW["on"]) == ["pull_request"]
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "secrets" not in TEXT.replace("needs no secrets", "")
    assert "${{" not in TEXT, "an expression in a script is text of the pull request that the shell runs"


def test_the_summary_has_what_a_pull_request_changes(propose, run_step, tmp_path):
    def check(text, status=0):
        propose(text)
        return run_step(CHECK, status)

    propose(site(stage_and_new_container))
    *before, review = [run_step(name) for name in STEPS]
    assert set(before) == {""}
    assert_review(review)
    assert (tmp_path / "installed").read_text().splitlines() == INSTALLED
    assert check(site(lambda containers: containers.reverse())) == "### Check of site.yml\n\nNo changes.\n"
    refused = check(site(other_account), status=2)
    assert "`localhost`: `The containers`: `news` failed:\n\n```text\n1 of 2 containers failed: " in refused
    assert "its account is '111122223333'; it must be '123456789012'\n```" in refused
    assert "| `localhost` | `news` | `failed` |" in refused
    assert check("- hosts: [", status=4) == "The check ended with an error: see the log of this step.\n"


def test_the_artifact_has_what_a_merge_request_changes(propose, git, work, run_script, tmp_path):
    job = yaml.safe_load((ROOT / "docs" / "ci" / "review.gitlab-ci.yml").read_text())["review"]
    propose(site(stage_and_new_container))
    git("checkout", "-q", "proposal")
    base = git("merge-base", "main", "proposal").strip()
    predefined = {"CI_PROJECT_DIR": str(work), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    variables = {name: value.replace("$CI_PROJECT_DIR", str(work)) for name, value in job["variables"].items()}
    run_script("\n".join(job["before_script"] + job["script"]), {**variables, **predefined})
    assert (tmp_path / "installed").read_text().splitlines() == INSTALLED
    (artifact,) = job["artifacts"]["paths"]
    assert_review((work / artifact).read_text())
