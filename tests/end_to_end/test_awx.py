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
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "docs" / "awx"
ANSWERS = ROOT / "tests" / "integration" / "targets" / "filters" / "files" / "answers"
SECRET = "zzSecret/Key+yy"
ASSETS = json.loads((PROJECT / "awx_import.json").read_text())
TEMPLATES = {(template["playbook"], template["job_type"]): template for template in ASSETS["job_templates"]}
CREDENTIAL_TYPES = {one["name"]: one for one in ASSETS["credential_types"]}
HOSTS = {one["name"]: yaml.safe_load(one["variables"]) for one in ASSETS["inventory"][0]["related"]["hosts"]}


def survey(playbook):
    """Return the questions of the survey for a playbook, which is the same for all its templates."""
    related = [template["related"] for (of, _type), template in TEMPLATES.items() if of == playbook]
    assert related == [related[0]] * 2
    return related[0].get("survey_spec", {"spec": []})["spec"]


def injected(name, **inputs):
    """Return the variables that a credential of a type sets: AWX renders an input that is not given as empty text."""
    credential_type = CREDENTIAL_TYPES[name]
    assert {field["id"] for field in credential_type["inputs"]["fields"]} == {*inputs, "session_token"}
    env = credential_type["injectors"]["env"].items()
    return {variable: inputs.get(text.strip("{} "), "") for variable, text in env}


@pytest.fixture
def launch(tmp_path, endpoint_url, monkeypatch):
    """A function that launches the job template of a job type and a playbook, and returns the run."""
    # Ansible takes the settings of the project then.
    monkeypatch.delenv("ANSIBLE_CONFIG")
    keys = {"region": "us-east-1", "access_key": "AKIAZZZZYYYYXXXX", "secret_key": SECRET}
    endpoint = injected("MediaStore endpoint", endpoint_url=endpoint_url, **keys)
    environments = {
        "channel.yml": endpoint,
        "provision.yml": endpoint,
        # The credential is for AWS, which the emulator replaces here.
        "move_to_s3.yml": {**injected("Amazon S3", **keys), "AWS_URL": endpoint_url},
    }

    def launch(job_type, playbook="channel.yml", **answers):
        template = TEMPLATES[playbook, job_type]
        defaults = {question["variable"]: question["default"] for question in survey(playbook)}
        assert template["ask_variables_on_launch"] or answers.keys() <= defaults.keys()
        switches = ["--check"] * (job_type == "check") + ["--diff"] * template["diff_mode"]
        data = tmp_path / "data"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(PROJECT, data / "project")
        shutil.copytree(ANSWERS, data / "project" / "answers")
        return ansible_runner.run(
            private_data_dir=str(data),
            inventory={"all": {"hosts": HOSTS}},
            playbook=template["playbook"],
            envvars=environments[playbook],
            extravars={**defaults, **answers},
            cmdline=" ".join(switches),
            quiet=True,
        )

    return launch


def results(run, module="mediastore_containers"):
    """Return the result of the only task that changes something, which uses a module."""
    assert run.status == "successful", run.stdout.read()
    assert SECRET not in json.dumps(list(run.events))
    ended = [event["event_data"] for event in run.events if event["event"] == "runner_on_ok"]
    data = [data for data in ended if data["task_action"] == f"elemental.mediastore.{module}"][-1]
    assert run.stats["changed"].get("localhost", 0) == data["res"]["changed"]
    return data["res"]


def test_check_then_run_then_run_again(launch, emulator):
    checked = launch("check", channel="news")
    predicted = results(checked)
    assert predicted["changed"] is True
    # The project's settings show a diff as YAML, without the braces of JSON.
    assert re.search(r"\+    name: news\b", checked.stdout.read())
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


def test_containers_are_variables_of_the_launch(launch):
    predicted = results(launch("check", "provision.yml", provision_containers=[{"name": "news"}, {"name": "sports"}]))
    assert [(one["name"], one["action"]) for one in predicted["containers"]] == [
        ("news", "created"),
        ("sports", "created"),
    ]


def test_the_report_comes_before_what_is_accepted_and_the_buckets(launch, emulator):
    refused = launch("check", "move_to_s3.yml")
    assert refused.status == "failed"
    printed = refused.stdout.read()
    assert "it-filters-saved -> it-filters-saved" in printed
    assert "impossible, not accepted: policy.public (policy statement Read)" in printed
    assert SECRET not in printed
    assert emulator.requests() == []
    answers = {"move_to_s3_accept": ["logging.no_bucket", "policy.public"], "move_to_s3_missing_objects": "404"}
    predicted = results(launch("check", "move_to_s3.yml", **answers), "mediastore_s3_buckets")
    assert [one["action"] for one in predicted["containers"]] == ["created"]
    assert not [request for request in emulator.requests() if request["mutating"]]
    made = results(launch("run", "move_to_s3.yml", **answers), "mediastore_s3_buckets")
    assert made["diff"] == predicted["diff"]
    assert results(launch("run", "move_to_s3.yml", **answers), "mediastore_s3_buckets")["changed"] is False


def test_the_survey_asks_for_all_codes_that_can_be_accepted():
    source = (ROOT / "plugins" / "modules" / "mediastore_s3_buckets.py").read_text()
    options = yaml.safe_load(re.search(r'DOCUMENTATION = r"""(.*?)"""', source, re.DOTALL)[1])["options"]
    questions = {question["variable"]: question for question in survey("move_to_s3.yml")}
    assert questions["move_to_s3_accept"]["choices"] == options["accept"]["choices"]
    specification = yaml.safe_load((ROOT / "roles" / "move_to_s3" / "meta" / "argument_specs.yml").read_text())
    known = {"move_to_s3_answers", *specification["argument_specs"]["main"]["options"]}
    assert questions.keys() <= known


def test_the_survey_asks_for_what_the_playbook_needs():
    needed = set(re.findall(r"{{ (\w+)", (PROJECT / "channel.yml").read_text()))
    assert needed == {question["variable"] for question in survey("channel.yml")}


def test_each_playbook_of_the_project_has_a_template_that_checks_and_one_that_runs():
    playbooks = {path.name for path in PROJECT.glob("*.yml") if isinstance(yaml.safe_load(path.read_text()), list)}
    assert TEMPLATES.keys() == {(playbook, job_type) for playbook in playbooks for job_type in ("check", "run")}
