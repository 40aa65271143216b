# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook for AWX, and awx import with its file, against a stand-in of AWX's API."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from awx_rules import RefusedError, is_playbook
from awx_stand_in import PASSWORD, TOKEN, USER, Awx, AwxServer
from test_guides import blocks

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "docs" / "awx"
VARIABLES = ROOT / "playbooks" / "vars"
FILES = {block.caption: block.text for block in blocks("docs/docsite/rst/guide_awx.rst", {})}
URL = "https://git.example.com/media/awx.git"
PLAYBOOKS = {URL: [path.name for path in PROJECT.glob("*.yml") if is_playbook(path.read_text())]}
KEYS = {"region": "eu-west-1", "access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "zzSecret/Key+yy"}


class Text(str):
    """Text that is no template."""


class Loader(yaml.SafeLoader):
    """Reads !unsafe."""


class Dumper(yaml.SafeDumper):
    """Writes !unsafe."""


Loader.add_constructor("!unsafe", lambda loader, node: Text(loader.construct_scalar(node)))
Dumper.add_representer(Text, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))
OBJECTS = yaml.load((VARIABLES / "awx.yml").read_text(), Loader)["__awx_objects"]


def some(kind):
    """Return objects of each kind for one workflow: each request of Ansible takes a new process."""
    if not kind.startswith(("job", "workflow")):
        return OBJECTS[kind]
    names = ("Channel: approval", "Channel: check, approval, run", "Channel: run")
    return [one for one in OBJECTS[kind] if (one.get("identifier") or one["name"]) in names]


SOME = {kind: some(kind) for kind in OBJECTS}


@pytest.fixture(scope="module")
def imported_once():
    """An Awx into which the file has been imported, as a user does."""
    awx = Awx(PLAYBOOKS)
    with AwxServer(awx) as server:
        environment = {**os.environ, "CONTROLLER_HOST": server.url, "CONTROLLER_OAUTH_TOKEN": TOKEN}
        subprocess.run(["bash", "-e", "-c", FILES["import_awx.sh"]], cwd=ROOT, env=environment, check=True)
    return awx


@pytest.fixture
def imported(imported_once):
    """An Awx after an import, for one test."""
    return copy.deepcopy(imported_once)


@pytest.fixture
def set_up(run, tmp_path):
    """A function that runs the playbook for an Awx, and returns what it printed and the requests that change."""

    def set_up(awx, *options, status=0, **variables):
        (tmp_path / "settings.yml").write_text(yaml.dump({"awx_project_url": URL, **variables}, Dumper=Dumper))
        before = len(awx.requests)
        command = ["ansible-playbook", "elemental.mediastore.awx", "-e", "@settings.yml", *options]
        environment = {} if "awx_password" in variables else {"CONTROLLER_OAUTH_TOKEN": TOKEN}
        with AwxServer(awx) as server:
            printed = run(*command, status=status, CONTROLLER_HOST=server.url, **environment)
        assert TOKEN not in printed
        assert PASSWORD not in printed
        return printed, [request for request in awx.requests[before:] if request.method != "GET"]

    return set_up


def changes(printed):
    """Return the changes that the playbook has reported."""
    return re.findall(r'^ {8}"((?:attach|change|create|detach|let|set) .*?)",?$', printed, re.MULTILINE)


def create_credential(awx, type_name, inputs, name="production"):
    """Create a credential with its keys, as a user does in AWX."""
    credential_type = awx.named("credential_types", type_name)["id"]
    fields = {"name": name, "organization": 1, "credential_type": credential_type, "inputs": inputs}
    return awx.create("credentials", fields)


def change_by_hand(awx):
    """Change what a user can change in AWX: fields, a label of an input, a survey, an approval; and remove a node."""
    awx.named("job_templates", "Channel: check").update(description="", playbook="provision.yml")
    awx.named("job_templates", "Channel: run")["survey_spec"]["spec"].pop()
    awx.named("hosts", "localhost")["variables"] = ""
    awx.named("credential_types", "MediaStore endpoint")["inputs"]["fields"][0]["label"] = "URL"
    node = awx.named("workflow_job_template_nodes", "Channel: approval")
    awx.template(node["unified_job_template"])["name"] = "Approve"
    (removed,) = node["success_nodes"]
    node["success_nodes"] = []
    del awx.objects["workflow_job_template_nodes"][removed]


def test_the_playbook_creates_what_an_import_creates_and_check_mode_predicts_it(set_up, imported):
    awx = Awx(PLAYBOOKS)
    image = {"name": "MediaStore 1.1", "image": "registry.example.com/mediastore:1.1.0"}
    environment = awx.create("execution_environments", image)["id"]
    settings = {"__awx_objects": SOME, "awx_execution_environment": "MediaStore 1.1"}
    predicted, sent = set_up(awx, "--check", "-vvv", **settings)
    assert sent == []
    printed, sent = set_up(awx, **settings, awx_username=USER, awx_password=PASSWORD)
    assert changes(printed) == changes(predicted)
    assert len(changes(printed)) == len(sent)
    project = awx.named("projects", "MediaStore")
    assert project["default_environment"] == environment
    project["default_environment"] = None
    awx.objects["execution_environments"].clear()
    expected = imported.state()
    for kind, objects in awx.state().items():
        assert [one for one in objects if one not in expected[kind]] == []
        assert len(objects) == len(SOME.get(kind, objects))


def test_a_run_changes_only_what_differs(set_up, imported):
    """All objects are compared: those of the import are as described, except for what was changed by hand."""
    before = imported.state()
    assert {kind: len(objects) for kind, objects in before.items()} == {
        **{kind: len(objects) for kind, objects in OBJECTS.items()},
        "organizations": 1,
        "execution_environments": 0,
        "credentials": 0,
        "workflow_approval_templates": 3,
    }
    change_by_hand(imported)
    credential = create_credential(imported, "Amazon S3", KEYS)["id"]
    staging = create_credential(imported, "Amazon S3", KEYS, "staging")["id"]
    other_type = imported.create("credential_types", {"name": "Other", "kind": "cloud"})["id"]
    other = create_credential(imported, "Other", {})["id"]
    imported.named("job_templates", "Move to Amazon S3: run")["credentials"] = [other, staging]
    printed, sent = set_up(imported, "-vvv", awx_credentials={"Amazon S3": "production"})
    assert changes(printed) == [
        "change credential_types/MediaStore endpoint (inputs)",
        "change hosts/localhost (variables)",
        "change job_templates/Channel: check (description, playbook)",
        "create workflow_job_template_nodes/Channel: run",
        "set the survey of job_templates/Channel: run",
        "attach the credential production to job_templates/Move to Amazon S3: report",
        "detach the credential staging from job_templates/Move to Amazon S3: run",
        "attach the credential production to job_templates/Move to Amazon S3: run",
        "change the approval of workflow_job_template_nodes/Channel: approval",
        "let Channel: run follow workflow_job_template_nodes/Channel: approval",
    ]
    assert [(request.method, sorted(request.body)) for request in sent] == [
        ("PATCH", ["inputs"]),
        ("PATCH", ["variables"]),
        ("PATCH", ["description", "playbook"]),
        ("POST", ["all_parents_must_converge", "identifier", "unified_job_template", "workflow_job_template"]),
        ("POST", ["description", "name", "spec"]),
        ("POST", ["id"]),
        ("POST", ["disassociate", "id"]),
        ("POST", ["id"]),
        ("PATCH", ["name"]),
        ("POST", ["id"]),
    ]
    for name, credentials in (
        ("Move to Amazon S3: report", [credential]),
        ("Move to Amazon S3: run", [other, credential]),
    ):
        template = imported.named("job_templates", name)
        assert template["credentials"] == credentials
        template["credentials"] = []
    imported.objects["credentials"].clear()
    del imported.objects["credential_types"][other_type]
    assert imported.state() == before


def test_errors_name_the_object_the_cause_and_the_way_out(run):
    """AWX's errors are JSON, by field, under detail or as a list; what a proxy answers may be no JSON.

    What several requests fail for is one sentence: a wrong token fails all of them.
    """
    in_use = "Modifications to inputs are not allowed for credential types that are in use"
    bad_gateway = "Status code was 502 and not [200]: HTTP Error 502: Bad Gateway"
    refused_connection = "Status code was -1 and not [200]: Request failed: Connection refused"
    replies = [
        {"status": 201, "json": {"id": 1}},
        {"status": 200, "msg": "OK (unknown bytes)"},
        {"status": 400, "json": {"playbook": ["Playbook not found for project."], "name": ["Too long.", "Not good."]}},
        {"status": 400, "json": ["'spec' doesn't contain any items."]},
        {"status": 401, "json": {"detail": "Invalid token."}},
        {"status": 403, "json": {"detail": in_use}},
        {"status": 502, "msg": bad_gateway},
        {"status": -1, "msg": refused_connection},
        {"status": 401, "json": {"detail": "Invalid token."}},
    ]
    given = [{**reply, "__awx_request": {"what": f"do {number}"}} for number, reply in enumerate(replies)]
    text = "{{ __awx_api }}|{{ __awx_refusals | join('|') }}"
    command = ["ansible", "localhost", "-m", "ansible.builtin.debug", "-a", f"msg={text}"]
    extra_vars = ["-e", f"@{VARIABLES / 'awx_requests.yml'}", "-e", json.dumps({"__awx_replies": given})]
    environment = {
        "CONTROLLER_HOST": "https://awx.example.com/",
        # As for the modules of awx.awx.
        "CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX": "/api/controller/",
    }
    printed = run(*command, *extra_vars, **environment)
    message = json.loads(printed[printed.index("{") :])["msg"]
    did_not = "AWX at https://awx.example.com did not"
    again = "correct what AWX names, and run the playbook again."
    not_allowed = "use a user who may do this, or change in AWX what prevents it."
    keys = "correct CONTROLLER_OAUTH_TOKEN, or CONTROLLER_USERNAME and CONTROLLER_PASSWORD."
    assert message.split("|") == [
        "https://awx.example.com/api/controller/v2/",
        f"{did_not} do 1 (status 200, OK (unknown bytes)): correct CONTROLLER_HOST, which does not answer as AWX.",
        f"{did_not} do 2 (status 400, playbook: Playbook not found for project., name: Too long. Not good.): {again}",
        f"{did_not} do 3 (status 400, 'spec' doesn't contain any items.): {again}",
        f"{did_not} do 4, do 8 (status 401, detail: Invalid token.): {keys}",
        f"{did_not} do 5 (status 403, detail: {in_use}): {not_allowed}",
        f"{did_not} do 6 (status 502, HTTP Error 502: Bad Gateway): {again}",
        f"{did_not} do 7 (status -1, Request failed: Connection refused): check CONTROLLER_HOST and the network.",
    ]


def test_a_run_without_settings_sends_nothing(set_up):
    awx = Awx(PLAYBOOKS)
    printed, _sent = set_up(awx, status=2, awx_project_url="")
    assert "Nothing was sent to AWX, because a setting is missing: set CONTROLLER_HOST" in printed
    assert awx.requests == []


def test_credentials_are_of_the_types_of_the_job_templates(set_up):
    awx = Awx(PLAYBOOKS)
    printed, _sent = set_up(awx, status=2, awx_credentials={"Machine": "production"})
    assert "because awx_credentials is invalid: give names of credentials by type, such as" in printed
    assert "for the types MediaStore endpoint and Amazon S3." in printed
    assert awx.requests == []


def test_a_project_that_awx_cannot_fetch_has_no_job_templates(set_up):
    """Also in a second run, in which the project is as described."""
    awx = Awx(PLAYBOOKS)
    url = "https://git.example.com/media/misspelled.git"
    awx.create("projects", {**OBJECTS["projects"][0], "organization": 1, "scm_url": url})
    objects = {kind: one if kind in ("projects", "job_templates") else [] for kind, one in OBJECTS.items()}
    printed, sent = set_up(awx, "-vvv", status=2, __awx_objects=objects, awx_project_url=url)
    assert f"AWX has not fetched the project MediaStore from {url} (its status is failed): read the output" in printed
    assert sent == []


def test_an_organization_and_an_execution_environment_must_exist(set_up):
    missing = {"awx_organization": "Media & more", "awx_execution_environment": "One"}
    printed, _sent = set_up(Awx(PLAYBOOKS), status=2, __awx_objects={}, **missing)
    names = "the organization Media & more and the execution environment One"
    assert re.search(rf"AWX at http://\S+ does not have {names}: create it there, or", printed)


def answers(template, **chosen):
    """Return the answers that AWX's form sends: the default of each question, unless something was chosen."""
    questions = template["survey_spec"].get("spec", [])
    defaults = {
        one["variable"]: one["default"].splitlines() if one["type"] == "multiselect" else one["default"]
        for one in questions
    }
    return {**defaults, **chosen}


CHOSEN = {
    "Channel": {"channel": "news", "stage": "production", "recording_days": 7},
    "Containers": {"provision_containers": [{"name": "news", "tags": {"stage": "test"}}]},
    "Move to Amazon S3": {
        "move_to_s3_accept": ["policy.public"],
        "move_to_s3_choices": {"live": {"bucket": "live-tv"}},
    },
}


def test_each_template_accepts_what_operators_choose(imported):
    endpoint = {"endpoint_url": "https://mediastore.example.com"}
    credential = create_credential(imported, "MediaStore endpoint", endpoint | KEYS)["id"]
    for kind in ("job_templates", "workflow_job_templates"):
        for number, template in imported.objects[kind].items():
            chosen = answers(template, **CHOSEN[template["name"].partition(":")[0]])
            prompts = {"credentials": [credential]} if kind == "job_templates" else {}
            body = {"extra_vars": chosen, **prompts}
            url = f"/api/v2/{kind}/{number}/launch/"
            assert set(imported.answer("GET", url, [], None)[1]["variables_needed_to_start"]) <= chosen.keys()
            status, reply = imported.answer("POST", url, [], body)
            assert (status, reply["ignored_fields"]) == (201, {})
            assert imported.jobs[-1].items() >= {"extra_vars": chosen, **prompts}.items()


def test_a_job_of_a_template_that_checks_changes_nothing(imported):
    checks = [one for one in imported.objects["job_templates"].values() if one["job_type"] == "check"]
    assert len(checks) == 3
    for template in checks:
        imported.launch(template, {"extra_vars": answers(template, channel="news"), "job_type": "run"})
        assert imported.jobs[-1]["job_type"] == "check"


def test_a_channel_must_be_named_and_other_questions_have_valid_defaults(imported):
    channel = imported.named("job_templates", "Channel: run")
    with pytest.raises(RefusedError, match="'channel' value  is too small"):
        imported.launch(channel, {"extra_vars": answers(channel)})
    move = imported.named("job_templates", "Move to Amazon S3: run")
    imported.launch(move, {"extra_vars": answers(move)})
    assert imported.jobs[-1]["extra_vars"]["move_to_s3_missing_objects"] == "403"


def test_credentials_become_environment_variables(imported):
    environment = {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "zzSecret/Key+yy",
        "AWS_SESSION_TOKEN": "",
    }
    assert imported.environment(create_credential(imported, "Amazon S3", KEYS)) == environment
    url = "https://mediastore.example.com"
    inputs = {**KEYS, "endpoint_url": url, "session_token": "zzToken"}
    credential = create_credential(imported, "MediaStore endpoint", inputs)
    assert imported.environment(credential) == {**environment, "AWS_URL": url, "AWS_SESSION_TOKEN": "zzToken"}
