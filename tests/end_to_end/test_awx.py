# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The project in docs/awx, run as AWX runs it: a survey's answers, a credential's environment, a job type."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import ansible_runner
import pytest

PROJECT = Path(__file__).resolve().parents[2] / "docs" / "awx"
SECRET = "zzSecret/Key+yy"
INVENTORY = "localhost ansible_connection=local ansible_python_interpreter='{{ ansible_playbook_python }}'\n"


def definition(name):
    return json.loads((PROJECT / f"{name}.json").read_text())


TEMPLATES = {template["job_type"]: template for template in definition("job_templates")}


@pytest.fixture
def launch(tmp_path, endpoint_url):
    """A function that launches the job template of a job type, and returns the run."""
    fields = {
        "endpoint_url": endpoint_url,
        "region": "us-east-1",
        "access_key": "AKIAZZZZYYYYXXXX",
        "secret_key": SECRET,
    }
    credential_type = definition("credential_type")
    assert {field["id"] for field in credential_type["inputs"]["fields"]} == fields.keys()
    environment = {
        variable: fields[template.strip("{} ")] for variable, template in credential_type["injectors"]["env"].items()
    }

    def launch(job_type, **answers):
        template = TEMPLATES[job_type]
        assert template["survey_enabled"]
        survey = {question["variable"]: question["default"] for question in definition("survey")["spec"]}
        assert answers.keys() <= survey.keys()
        switches = ["--check"] * (job_type == "check") + ["--diff"] * template["diff_mode"]
        data = tmp_path / "data"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(PROJECT, data / "project")
        return ansible_runner.run(
            private_data_dir=str(data),
            inventory=INVENTORY,
            playbook=template["playbook"],
            envvars=environment,
            extravars={**survey, **answers},
            cmdline=" ".join(switches),
            quiet=True,
        )

    return launch


def results(run):
    """Return the result of the only task of the project."""
    assert run.status == "successful", run.stdout.read()
    assert SECRET not in json.dumps(list(run.events))
    ended = [event["event_data"] for event in run.events if event["event"] == "runner_on_ok"]
    (data,) = [data for data in ended if data["task_action"] == "elemental.mediastore.mediastore_containers"]
    assert run.stats["changed"].get("localhost", 0) == data["res"]["changed"]
    return data["res"]


def test_check_then_run_then_run_again(launch, emulator):
    predicted = results(launch("check", channel="news"))
    assert predicted["changed"] is True
    assert not [request for request in emulator.requests() if request["mutating"]]
    made = results(launch("run", channel="news"))
    assert made["changed"] is True
    assert made["diff"] == predicted["diff"]
    assert [one["action"] for one in made["containers"]] == ["created"]
    assert results(launch("run", channel="news"))["changed"] is False
    assert results(launch("check", channel="news"))["changed"] is False


def test_another_answer_is_another_container(launch):
    results(launch("run", channel="news", stage="production", recording_days=7))
    again = results(launch("check", channel="news", stage="production", recording_days=8))
    (side,) = again["diff"]
    ages = [
        side[when]["lifecycle_policy"]["rules"][0]["definition"]["days_since_create"][0]["numeric"][1]
        for when in ("before", "after")
    ]
    assert ages == [7, 8]
    assert side["after"]["access_logging_enabled"] is True


def test_the_survey_asks_for_what_the_playbook_needs():
    needed = set(re.findall(r"{{ (\w+)", (PROJECT / "channel.yml").read_text()))
    assert needed == {question["variable"] for question in definition("survey")["spec"]}
    assert {template["playbook"] for template in TEMPLATES.values()} == {"channel.yml"}
