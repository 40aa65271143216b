# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in of AWX's API refuses what AWX refuses: cases of the classes that its rules name."""

from __future__ import annotations

import re

import pytest
from awx_rules import RefusedError, check_survey, errors_of_answer, is_playbook
from awx_stand_in import Awx

QUESTION = {"question_name": "Stage", "variable": "stage", "type": "text", "required": True}
SURVEY = {"name": "One channel", "description": "", "spec": [QUESTION]}
CHOICE = {"type": "multiplechoice", "choices": ["test", "production"]}


def survey(**changes):
    return {**SURVEY, "spec": [{**QUESTION, **changes}]}


REFUSED_SURVEYS = {
    "a survey without a description": ({"name": "", "spec": [QUESTION]}, "Field 'description' is missing"),
    "a survey without questions": ({**SURVEY, "spec": []}, "doesn't contain any items"),
    "a question that need not say whether it is required": (survey(required="yes"), "expected to be bool"),
    "a type that AWX does not have": (survey(type="list"), "is not one of the question types"),
    "a text as the default of a number": (survey(type="integer", default="30"), "has the wrong type"),
    "a limit as text": (survey(min="1"), "min limit in survey question 0 expected to be integer"),
    "a choice without choices": (survey(type="multiplechoice"), "must specify choices"),
    "a default that is no choice": (survey(**CHOICE, default="staging"), "must be answered from the choices"),
    "two defaults of one choice": (survey(**CHOICE, default="test\nproduction"), "only have one default"),
    "two questions for a variable": ({**SURVEY, "spec": [QUESTION, QUESTION]}, "'stage' duplicated"),
}


@pytest.mark.parametrize(("spec", "message"), REFUSED_SURVEYS.values(), ids=REFUSED_SURVEYS)
def test_surveys_that_awx_refuses(spec, message):
    with pytest.raises(RefusedError, match=re.escape(message)):
        check_survey(spec)


@pytest.mark.parametrize(
    ("question", "answers", "valid"),
    [
        ({}, {"stage": "test"}, True),
        ({}, {}, False),
        ({"required": False}, {}, True),
        ({"min": 1}, {"stage": ""}, False),
        ({"max": 3}, {"stage": "test"}, False),
        ({"type": "integer", "min": 1}, {"stage": 0}, False),
        ({"type": "integer"}, {"stage": "1"}, False),
        (CHOICE, {"stage": "staging"}, False),
        ({**CHOICE, "type": "multiselect"}, {"stage": ["test", "production"]}, True),
        ({**CHOICE, "type": "multiselect"}, {"stage": "test"}, False),
    ],
)
def test_answers_that_awx_accepts(question, answers, valid):
    assert (errors_of_answer({**QUESTION, **question}, answers) == []) is valid


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- hosts: all", True),
        ("- name: One\n  hosts: all", True),
        ("- ansible.builtin.import_playbook: one.yml", True),
        ("- ansible.legacy.import_playbook: one.yml", False),
        ("dependencies: {}", False),
    ],
)
def test_files_that_awx_lists_as_playbooks(text, found):
    assert is_playbook(text) is found


@pytest.fixture
def awx():
    """An Awx with a project and an inventory, and a template and a workflow with a node."""
    awx = Awx({"https://git.example.com/one.git": ["channel.yml"]})
    post(awx, "projects", name="One", organization=1, scm_type="git", scm_url="https://git.example.com/one.git")
    awx.answer("GET", f"/api/v2/projects/{awx.last_id}/", [], None)
    post(awx, "inventories", name="Localhost", organization=1)
    post(awx, "job_templates", name="Run", project=2, inventory=3, playbook="channel.yml")
    post(awx, "workflow_job_templates", name="Approved run", organization=1)
    post(awx, "workflow_job_template_nodes", workflow_job_template=5, identifier="run", unified_job_template=4)
    return awx


def post(awx, path, **body):
    return awx.answer("POST", f"/api/v2/{path}/", [], body)[1]


def credential_type(**changes):
    fields = {"name": "Endpoint", "kind": "cloud", "inputs": {"fields": [{"id": "url", "label": "URL"}]}}
    return {**fields, **changes}


REFUSED_OBJECTS = {
    "a template without a name": ("job_templates", {"project": 2, "inventory": 3}, "name"),
    "a template without a project": (
        "job_templates",
        {"name": "A", "inventory": 3, "playbook": "channel.yml"},
        "project",
    ),
    "a template without an inventory": (
        "job_templates",
        {"name": "A", "project": 2, "playbook": "channel.yml"},
        "inventory",
    ),
    "a playbook that the project does not have": (
        "job_templates",
        {"name": "A", "project": 2, "inventory": 3, "playbook": "other.yml"},
        "playbook",
    ),
    "a second template with a name": (
        "job_templates",
        {"name": "Run", "project": 2, "inventory": 3, "playbook": "channel.yml"},
        "__all__",
    ),
    "a job type that does not exist": (
        "job_templates",
        {"name": "A", "project": 2, "inventory": 3, "playbook": "channel.yml", "job_type": "scan"},
        "job_type",
    ),
    "a project without a URL": ("projects", {"name": "A", "organization": 1, "scm_type": "git"}, "scm_url"),
    "an inventory without an organization": ("inventories", {"name": "A"}, "organization"),
    "an organization that does not exist": ("inventories", {"name": "A", "organization": 99}, "organization"),
    "variables that are no mapping": ("hosts", {"name": "a", "inventory": 3, "variables": "- a"}, "variables"),
    "a credential type for machines": ("credential_types", credential_type(kind="ssh"), "kind"),
    "a variable of Ansible": (
        "credential_types",
        credential_type(injectors={"env": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}}),
        "injectors",
    ),
    "an input that is not defined": (
        "credential_types",
        credential_type(injectors={"env": {"AWS_URL": "{{ endpoint }}"}}),
        "injectors",
    ),
    "an input with an unknown property": (
        "credential_types",
        credential_type(inputs={"fields": [{"id": "url", "label": "URL", "required": True}]}),
        "inputs",
    ),
    "a node that prompts for what its template does not": (
        "workflow_job_template_nodes",
        {"workflow_job_template": 5, "identifier": "a", "unified_job_template": 4, "job_type": "check"},
        "job_type",
    ),
    "a second node with an identifier": (
        "workflow_job_template_nodes",
        {"workflow_job_template": 5, "identifier": "run"},
        "__all__",
    ),
    "a node that follows itself": ("workflow_job_template_nodes/6/success_nodes", {"id": 6}, "Error"),
}


@pytest.mark.parametrize(("path", "body", "name"), REFUSED_OBJECTS.values(), ids=REFUSED_OBJECTS)
def test_objects_that_awx_refuses(awx, path, body, name):
    with pytest.raises(RefusedError) as refusal:
        post(awx, path, **body)
    assert list(refusal.value.errors) == [name]


def test_inputs_of_a_type_in_use_cannot_be_changed(awx):
    one = post(awx, "credential_types", **credential_type())
    post(awx, "credentials", name="A", organization=1, credential_type=one["id"], inputs={"url": "https://a.example"})
    with pytest.raises(RefusedError, match="not allowed for credential types that are in use"):
        awx.answer("PATCH", f"/api/v2/credential_types/{one['id']}/", [], {"inputs": {"fields": []}})


def test_a_template_ignores_variables_that_it_does_not_ask_for_and_a_workflow_refuses_them(awx):
    variables = {"extra_vars": {"stage": "test"}}
    assert post(awx, "job_templates/4/launch", **variables)["ignored_fields"] == variables
    with pytest.raises(RefusedError, match="not allowed on launch"):
        post(awx, "workflow_job_templates/5/launch", **variables)


def test_a_put_sets_what_it_leaves_out_to_the_default_and_a_patch_keeps_it(awx):
    url = "/api/v2/inventories/3/"
    awx.answer("PATCH", url, [], {"description": "This host"})
    assert awx.answer("PATCH", url, [], {"variables": "a: 1"})[1]["description"] == "This host"
    assert awx.answer("PUT", url, [], {"name": "Localhost", "organization": 1})[1]["description"] == ""


def test_filters_of_a_list(awx):
    def names(*query):
        return [one["name"] for one in awx.answer("GET", "/api/v2/job_templates/", list(query), None)[1]["results"]]

    organization = ("organization__name", "Default")
    assert names(organization, ("or__name", "Run"), ("or__name", "Other")) == ["Run"]
    assert names(organization, ("or__name", "Other")) == []
    with pytest.raises(RefusedError, match="no field named"):
        names(("title", "Run"))
