# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in of AWX's REST API, as far as job templates, workflows and what they need go.

It keeps objects in memory. Its rules are those of AWX 24.6; each names its source, which is a class or a page in the
repository ansible/awx.
"""

from __future__ import annotations

import base64
import copy
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jinja2
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

Data = dict[str, Any]
API = "/api/v2/"
TOKEN = "awx-stand-in-token"
USER, PASSWORD = "admin", "awx-stand-in-password"
READS = ("GET", "OPTIONS", "HEAD")


class RefusedError(Exception):
    """The reply to a request that AWX refuses: its status, and its errors as JSON."""

    def __init__(self, errors: Any, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(errors)
        self.errors = errors
        self.status = status


@dataclass(frozen=True)
class Field:
    """A field of a serializer: the type that OPTIONS shows, and what a write may give.

    A field has the default of its model, also in a PUT that leaves it out (BaseSerializer.build_standard_field in
    awx/api/serializers.py). A foreign key has none: a PUT that leaves it out keeps it (build_relational_field).
    """

    type: str = "string"
    default: Any = ""
    required: bool = False
    choices: tuple[Any, ...] = ()
    of: str = ""  # the kind that a foreign key refers to
    fixed: bool = False  # read-only after the object was created
    nullable: bool = False


NAME = Field(required=True)
TEXT = Field()
FALSE = Field("boolean", False)
NULL_TEXT = Field(default=None, nullable=True)


def foreign_key(kind: str, *, required: bool = False, fixed: bool = False) -> Field:
    return Field("id", None, required, of=kind, fixed=fixed, nullable=not required)


@dataclass(frozen=True)
class Kind:
    """What AWX has a list of: the type and the fields of its objects, and the fields that are unique together."""

    type: str
    fields: dict[str, Field]
    unique: tuple[str, ...]
    check: Callable[[Awx, Data, Data | None], None] = lambda awx, wanted, current: None
    related: tuple[str, ...] = ()


SURVEY_TYPES = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (float, int),
}
ASK_OF_JOB_TEMPLATES = {
    "extra_vars": "ask_variables_on_launch",
    "credentials": "ask_credential_on_launch",
    "job_type": "ask_job_type_on_launch",
    "diff_mode": "ask_diff_mode_on_launch",
    "limit": "ask_limit_on_launch",
    "verbosity": "ask_verbosity_on_launch",
    "inventory": "ask_inventory_on_launch",
}
ASK_OF_WORKFLOWS = {
    "extra_vars": "ask_variables_on_launch",
    "inventory": "ask_inventory_on_launch",
    "limit": "ask_limit_on_launch",
}
ENV_BLOCKLIST = {"VIRTUAL_ENV", "PATH", "PYTHONPATH", "AWX_HOST", "PROJECT_REVISION"}
CREDENTIAL_TYPE_FIELD = {"type", "format", "choices", "id", "label", "help_text", "multiline", "secret", "default"}
IDENTIFIER = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")


def check_credential_type(awx: Awx, wanted: Data, current: Data | None) -> None:
    """Allow the kinds cloud and net; no other inputs while credentials use the type (CredentialTypeSerializer)."""
    if wanted["kind"] not in ("cloud", "net"):
        raise RefusedError({"kind": [f"Must be 'cloud' or 'net', not {wanted['kind']}"]})
    if (
        current
        and current["inputs"] != wanted["inputs"]
        and any(awx.users_of("credentials", "credential_type", current))
    ):
        message = "Modifications to inputs are not allowed for credential types that are in use"
        raise RefusedError({"detail": message}, HTTPStatus.FORBIDDEN)
    check_inputs(wanted["inputs"])
    check_injectors(wanted["injectors"], [one["id"] for one in wanted["inputs"].get("fields", [])])


def check_inputs(inputs: Data) -> None:
    """Refuse inputs as CredentialTypeInputField in awx/main/fields.py does."""
    check_properties("inputs", inputs, {"fields", "required"})
    fields = inputs.get("fields", [])
    for one in fields:
        check_properties("inputs", one, CREDENTIAL_TYPE_FIELD)
        if missing := {"id", "label"} - one.keys():
            raise RefusedError({"inputs": [f"{sorted(missing)} is a required property"]})
        if not IDENTIFIER.fullmatch(one["id"]) or one["id"] == "tower":
            raise RefusedError({"inputs": [f"{one['id']} is an invalid variable name"]})
        if one.setdefault("type", "string") not in ("string", "boolean"):
            raise RefusedError({"inputs": [f"{one['type']} is not one of ['string', 'boolean']"]})
    if len(fields) != len({one["id"] for one in fields}):
        raise RefusedError({"inputs": ["field IDs must be unique"]})


def check_injectors(injectors: Data, inputs: list[str]) -> None:
    """Refuse injectors as CredentialTypeInjectorField in awx/main/fields.py does."""
    check_properties("injectors", injectors, {"env", "extra_vars", "file"})
    for name, template in injectors.get("env", {}).items():
        if name.startswith("ANSIBLE_"):
            message = "may affect Ansible configuration so its use is not allowed in credentials."
            raise RefusedError({"injectors": [f"Environment variable {name} {message}"]})
        if name in ENV_BLOCKLIST:
            message = f"Environment variable {name} is not allowed to be used in credentials."
            raise RefusedError({"injectors": [message]})
        try:
            render(template, dict.fromkeys(inputs, "EXAMPLE"), jinja2.StrictUndefined)
        except jinja2.UndefinedError as error:
            raise RefusedError({"injectors": [f"{name} uses an undefined field ({error})"]}) from error


def check_properties(field_name: str, value: Data, known: set[str]) -> None:
    """Refuse a property that a JSON schema with additionalProperties: False does not name."""
    if unknown := value.keys() - known:
        message = f"Additional properties are not allowed ({sorted(unknown)} were unexpected)"
        raise RefusedError({field_name: [message]})


def render(template: str, values: Data, undefined: type[jinja2.Undefined] = jinja2.Undefined) -> str:
    """Return the value of an environment variable, as CredentialType.inject_credential renders it."""
    return ImmutableSandboxedEnvironment(undefined=undefined).from_string(template).render(values)


def check_credential(awx: Awx, wanted: Data, current: Data | None) -> None:
    """Require an owner, and inputs of the type only (CredentialSerializerCreate; CredentialInputField.schema).

    Required inputs may be missing until a job starts (UnifiedJob.pre_start).
    """
    if not current and not wanted["organization"]:
        raise RefusedError({"detail": "Missing 'user', 'team', or 'organization'."})
    fields = awx.get("credential_types", wanted["credential_type"])["inputs"].get("fields", [])
    check_properties("inputs", wanted["inputs"], {one["id"] for one in fields})


def check_project(awx: Awx, wanted: Data, current: Data | None) -> None:
    """Start an update when the source is new or has changed (Project.save, FIELDS_TRIGGER_UPDATE)."""
    if wanted["scm_type"] != "git" and wanted["scm_refspec"]:
        raise RefusedError({"scm_refspec": ["SCM refspec can only be used with git projects."]})
    source = ("scm_type", "scm_url", "scm_branch", "scm_refspec")
    if current is None or [current[name] for name in source] != [wanted[name] for name in source]:
        wanted["status"] = "pending"


def check_variables(text: str, name: str) -> None:
    """Require a mapping as JSON or YAML (vars_validate_or_raise in awx/main/utils/common.py)."""
    try:
        valid = isinstance(yaml.safe_load(text or "{}"), dict)
    except yaml.YAMLError:
        valid = False
    if not valid:
        raise RefusedError({name: ["Cannot parse as JSON or YAML, or the input type is not a dictionary."]})


def check_host(awx: Awx, wanted: Data, _current: Data | None) -> None:
    """HostSerializer.validate_variables."""
    check_variables(wanted["variables"], "variables")


def check_inventory(awx: Awx, wanted: Data, _current: Data | None) -> None:
    """BaseSerializerWithVariables.validate_variables."""
    check_variables(wanted["variables"], "variables")


def check_job_template(awx: Awx, wanted: Data, _current: Data | None) -> None:
    """Require project, inventory and playbook (JobTemplateSerializer.validate, JobOptionsSerializer.validate).

    The organization is that of the project (JobTemplate.save).
    """
    if not wanted["project"]:
        raise RefusedError({"project": ["Job Templates must have a project assigned."]})
    if not wanted["inventory"] and not wanted["ask_inventory_on_launch"]:
        raise RefusedError({"inventory": ["You must either set a default value or ask to prompt on launch."]})
    project = awx.get("projects", wanted["project"])
    if not wanted["playbook"]:
        raise RefusedError({"playbook": ["Must select playbook for project."]})
    if not project["allow_override"] and wanted["playbook"] not in awx.playbooks_of(project):
        raise RefusedError({"playbook": ["Playbook not found for project."]})
    for name in ("scm_branch", "ask_scm_branch_on_launch"):
        if wanted[name] and not project["allow_override"]:
            raise RefusedError({name: ["Project does not allow overriding branch."]})
    check_variables(wanted["extra_vars"], "extra_vars")
    wanted["organization"] = project["organization"]


def check_workflow(awx: Awx, wanted: Data, _current: Data | None) -> None:
    """WorkflowJobTemplateSerializer.validate_extra_vars."""
    check_variables(wanted["extra_vars"], "extra_vars")


def check_node(awx: Awx, wanted: Data, _current: Data | None) -> None:
    """Accept only the prompts that the node's template asks for (LaunchConfigurationBaseSerializer.validate).

    Required variables may come from the workflow (exclude_errors of WorkflowJobTemplateNodeSerializer).
    """
    if wanted["unified_job_template"] is None:
        return
    template = awx.template(wanted["unified_job_template"])
    prompts = {name: wanted[name] for name in ("job_type", "limit", "diff_mode", "verbosity", "inventory")}
    given = {name: value for name, value in prompts.items() if value is not None}
    errors = awx.accept(template, given | {"extra_vars": wanted["extra_data"]}, required=False)[2]
    if errors:
        raise RefusedError(errors)


COMMON = {"name": NAME, "description": TEXT}
KINDS = {
    "organizations": Kind("organization", COMMON, ("name",)),
    "credential_types": Kind(
        "credential_type",
        {
            **COMMON,
            "kind": Field("choice", required=True, choices=("cloud", "net")),
            "inputs": Field("json", {}),
            "injectors": Field("json", {}),
        },
        ("name", "kind"),  # CredentialType.Meta
        check_credential_type,
    ),
    "credentials": Kind(
        "credential",
        {
            **COMMON,
            "organization": foreign_key("organizations"),
            "credential_type": foreign_key("credential_types", required=True),
            "inputs": Field("json", {}),
        },
        ("organization", "name", "credential_type"),  # Credential.Meta
        check_credential,
    ),
    "projects": Kind(
        "project",
        {
            **COMMON,
            "organization": foreign_key("organizations"),
            "scm_type": Field("choice", choices=("", "git", "svn", "insights", "archive")),
            "scm_url": TEXT,
            "scm_branch": TEXT,
            "scm_refspec": TEXT,
            "scm_clean": FALSE,
            "scm_update_on_launch": FALSE,
            "allow_override": FALSE,
        },
        ("organization", "name"),  # Project.SOFT_UNIQUE_TOGETHER
        check_project,
    ),
    "inventories": Kind(
        "inventory",
        {
            **COMMON,
            "organization": foreign_key("organizations", required=True),
            "kind": Field("choice", choices=("", "smart", "constructed")),
            "host_filter": NULL_TEXT,
            "variables": TEXT,
        },
        ("name", "organization"),  # Inventory.Meta
        check_inventory,
        ("hosts",),
    ),
    "hosts": Kind(
        "host",
        {
            **COMMON,
            "inventory": foreign_key("inventories", required=True, fixed=True),
            "enabled": Field("boolean", True),
            "variables": TEXT,
        },
        ("name", "inventory"),  # Host.Meta
        check_host,
    ),
    "job_templates": Kind(
        "job_template",
        {
            **COMMON,
            "job_type": Field("choice", "run", choices=("run", "check")),
            "inventory": foreign_key("inventories"),
            "project": foreign_key("projects"),
            "playbook": TEXT,
            "scm_branch": TEXT,
            "limit": TEXT,
            "verbosity": Field("choice", 0, choices=(0, 1, 2, 3, 4, 5)),
            "extra_vars": TEXT,
            "diff_mode": FALSE,
            "survey_enabled": FALSE,
            "ask_scm_branch_on_launch": FALSE,
            **dict.fromkeys(ASK_OF_JOB_TEMPLATES.values(), FALSE),
        },
        ("name", "organization"),  # JobTemplate.SOFT_UNIQUE_TOGETHER
        check_job_template,
        ("credentials", "survey_spec", "launch"),
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {
            **COMMON,
            "organization": foreign_key("organizations"),
            "inventory": foreign_key("inventories"),
            "extra_vars": TEXT,
            "limit": NULL_TEXT,
            "survey_enabled": FALSE,
            "allow_simultaneous": FALSE,
            **dict.fromkeys(ASK_OF_WORKFLOWS.values(), FALSE),
        },
        ("name", "organization"),  # WorkflowJobTemplate.SOFT_UNIQUE_TOGETHER
        check_workflow,
        ("workflow_nodes", "survey_spec", "launch"),
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {
            "workflow_job_template": foreign_key("workflow_job_templates", required=True, fixed=True),
            "unified_job_template": foreign_key("unified_job_templates"),
            "identifier": Field(default=None),  # AWX: a UUID
            "all_parents_must_converge": FALSE,
            "extra_data": Field("json", {}),
            "inventory": foreign_key("inventories"),
            "job_type": Field("choice", None, choices=("run", "check", ""), nullable=True),
            "limit": NULL_TEXT,
            "diff_mode": Field("boolean", None, nullable=True),
            "verbosity": Field("choice", None, choices=(0, 1, 2, 3, 4, 5), nullable=True),
        },
        ("identifier", "workflow_job_template"),  # WorkflowJobTemplateNode.Meta
        check_node,
        ("success_nodes", "failure_nodes", "always_nodes", "create_approval_template"),
    ),
    "workflow_approval_templates": Kind(
        "workflow_approval_template", {**COMMON, "timeout": Field("integer", 0)}, (), related=()
    ),
}
UNIFIED = ("projects", "job_templates", "workflow_job_templates", "workflow_approval_templates")
JOB_TYPES = {
    "project": "project_update",
    "job_template": "job",
    "workflow_job_template": "workflow_job",
    "workflow_approval_template": "workflow_approval",
}
# What awxkit looks for in the list of all resources, ApiVersionRootView in awx/api/views/root.py.
OTHER_LISTS = ["users", "teams", "notification_templates", "inventory_sources", "execution_environments"]
OTHER_LISTS += ["applications", "schedules", "labels", "groups", "unified_job_templates", "system_job_templates"]
OTHER_LISTS += ["instances", "instance_groups", "jobs", "workflow_jobs", "ad_hoc_commands", "tokens"]


def of_type(spec: Field, value: Any) -> bool:
    """Whether a value is of a field's type (fields of Django REST framework, whose coercion is left out)."""
    types: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "boolean": bool,
        "integer": int,
        "id": int,
        "json": dict,
    }
    return value is None or value in spec.choices if spec.type == "choice" else isinstance(value, types[spec.type])


def check_survey(spec: Any) -> None:
    """Refuse a survey as JobTemplateSurveySpec._validate_spec_data in awx/api/views does: one error, under "error"."""
    for name, kind, label in (("name", str, "string"), ("description", str, "string"), ("spec", list, "list of items")):
        if name not in spec:
            raise RefusedError({"error": f"Field '{name}' is missing from survey spec."})
        if not isinstance(spec[name], kind):
            raise RefusedError(
                {"error": f"Expected {label} for field '{name}', received {type(spec[name]).__name__} type."}
            )
    if not spec["spec"]:
        raise RefusedError({"error": "'spec' doesn't contain any items."})
    variables = set()
    for index, question in enumerate(spec["spec"]):
        check_question(index, question)
        if question["variable"] in variables:
            message = f"'variable' '{question['variable']}' duplicated in survey question {index}."
            raise RefusedError({"error": message})
        variables.add(question["variable"])


def check_question(index: int, question: Data) -> None:
    """Refuse a question of a survey: the second half of JobTemplateSurveySpec._validate_spec_data."""
    for name, kind in {"type": str, "question_name": str, "variable": str, "required": bool}.items():
        if name not in question:
            raise RefusedError({"error": f"'{name}' missing from survey question {index}"})
        if not isinstance(question[name], kind):
            raise RefusedError({"error": f"'{name}' in survey question {index} expected to be {kind.__name__}."})
    if question["type"] not in SURVEY_TYPES:
        raise RefusedError(
            {"error": f"'{question['type']}' in survey question {index} is not one of the question types."}
        )
    default = question.get("default", "")
    if default != "" and not isinstance(default, SURVEY_TYPES[question["type"]]):
        raise RefusedError({"error": f"Default value {default} in survey question {index} has the wrong type."})
    for name in ("min", "max"):
        if not isinstance(question.get(name, 0), int | None):
            raise RefusedError({"error": f"The {name} limit in survey question {index} expected to be integer."})
    if question["type"] in ("multiselect", "multiplechoice"):
        if "choices" not in question:
            raise RefusedError({"error": f"Survey question {index} of type {question['type']} must specify choices."})
        if question["type"] == "multiplechoice" and len(default.splitlines()) > 1:
            raise RefusedError({"error": "Multiple Choice (Single Select) can only have one default value."})
        if any(choice not in question["choices"] for choice in default.splitlines()):
            raise RefusedError({"error": "Default choice must be answered from the choices listed."})


def errors_of_answer(question: Data, answers: Data, *, required: bool = True) -> list[str]:
    """Return what AWX says of the answer to a question (SurveyJobTemplateMixin._survey_element_validation)."""
    variable = question["variable"]
    if variable not in answers:
        return [f"'{variable}' value missing"] if required and question["required"] else []
    value, kind = answers[variable], question["type"]
    if kind == "multiplechoice":
        return (
            [] if value in question["choices"] else [f"Value {value} for '{variable}' expected to be one of choices."]
        )
    if kind == "multiselect":
        if not isinstance(value, list):
            return [f"'{variable}' value is expected to be a list."]
        others = [one for one in value if one not in question["choices"]]
        return [f"Value {one} for '{variable}' expected to be one of the choices." for one in others]
    numeric = kind in ("integer", "float")
    if isinstance(value, bool) or not isinstance(value, SURVEY_TYPES[kind]):
        return [f"Value {value} for '{variable}' expected to be {kind if numeric else 'a string'}."]
    size = value if numeric else len(value)
    if question.get("min") not in ("", None) and size < question["min"]:
        return [f"'{variable}' value {value} is too small (must be at least {question['min']})."]
    if question.get("max") not in ("", None) and size > question["max"]:
        return [f"'{variable}' value {value} is too large (must be no more than {question['max']})."]
    return []


@dataclass
class Request:
    """A request that was received."""

    method: str
    path: str
    body: Any = None


class Awx:
    """The objects of an AWX, by kind and id; and the requests that have been received.

    A project has the playbooks that are given for its URL once its update has ended, which is when it is asked for.
    """

    def __init__(self, playbooks: dict[str, list[str]]) -> None:
        self.playbooks = playbooks
        self.objects: dict[str, dict[int, Data]] = {kind: {} for kind in KINDS}
        self.requests: list[Request] = []
        self.jobs: list[Data] = []
        self.last_id = 0
        self.create("organizations", {"name": "Default"})

    # Objects.

    def get(self, kind: str, number: Any) -> Data:
        try:
            return self.objects[kind][int(number)]
        except (KeyError, ValueError) as error:
            raise RefusedError({"detail": "Not found."}, HTTPStatus.NOT_FOUND) from error

    def template(self, number: int) -> Data:
        (found,) = (self.objects[kind][number] for kind in UNIFIED if number in self.objects[kind])
        return found

    def exists(self, kind: str, number: int) -> bool:
        kinds = UNIFIED if kind == "unified_job_templates" else (kind,)
        return any(number in self.objects[one] for one in kinds)

    def users_of(self, kind: str, name: str, used: Data) -> Iterator[Data]:
        return (one for one in self.objects[kind].values() if one[name] == used["id"])

    def named(self, kind: str, name: str) -> Data:
        """Return the only object of a kind with a name, or with an identifier."""
        (found,) = (one for one in self.objects[kind].values() if name in (one.get("name"), one.get("identifier")))
        return found

    def playbooks_of(self, project: Data) -> list[str]:
        return self.playbooks.get(project["scm_url"], []) if project["status"] == "successful" else []

    def create(self, kind: str, body: Data) -> Data:
        created = self.checked(kind, body, None)
        self.last_id += 1
        created = {"id": self.last_id, "kind_of_object": kind, **created}
        if kind == "workflow_job_template_nodes":
            created |= {name: [] for name in ("success_nodes", "failure_nodes", "always_nodes")}
        if kind == "job_templates":
            created["credentials"] = []
        if kind in ("job_templates", "workflow_job_templates"):
            created["survey_spec"] = {}
        self.objects[kind][self.last_id] = created
        return created

    def update(self, kind: str, current: Data, body: Data, *, partial: bool) -> None:
        current.update(self.checked(kind, body, current, partial=partial))

    def checked(self, kind: str, body: Data, current: Data | None, *, partial: bool = False) -> Data:
        """Return the fields of an object after a write, or raise what AWX says. A field it does not know is ignored."""
        errors: dict[str, list[str]] = {}
        wanted = dict(current or {})
        for name, spec in KINDS[kind].fields.items():
            if current is not None and (spec.fixed or (name not in body and (partial or spec.of))):
                continue
            if name not in body and spec.required:
                errors[name] = ["This field is required."]
                continue
            value = copy.deepcopy(body.get(name, spec.default))
            if error := self.error_of(spec, value, given=name in body):
                errors[name] = [error]
            wanted[name] = value
        if errors:
            raise RefusedError(errors)
        KINDS[kind].check(self, wanted, current)
        self.check_unique(kind, wanted)
        return wanted

    def error_of(self, spec: Field, value: Any, *, given: bool) -> str:
        if value is None and given and not spec.nullable:
            return "This field may not be null."
        if value is None:
            return ""
        if not of_type(spec, value):
            return f'"{value}" is not a valid {spec.type}.'
        if spec.of and not self.exists(spec.of, value):
            return f'Invalid pk "{value}" - object does not exist.'
        if spec is NAME and not value:
            return "This field may not be blank."
        return ""

    def check_unique(self, kind: str, wanted: Data) -> None:
        """Refuse a second object with the same key (full_clean in BaseSerializer.validate)."""
        unique = KINDS[kind].unique
        for other in self.objects[kind].values():
            same = all(other[name] == wanted[name] for name in unique)
            if unique and same and other["id"] != wanted.get("id"):
                names = ", ".join(unique)
                raise RefusedError({"__all__": [f"{KINDS[kind].type} with this ({names}) combination already exists."]})

    # What belongs to an object.

    def set_survey(self, template: Data, spec: Data) -> None:
        check_survey(spec)
        template["survey_spec"] = spec

    def approve(self, node: Data, body: Data) -> Data:
        """WorkflowJobTemplateNodeCreateApproval: a new approval takes the place of what the node ran."""
        approval = self.create("workflow_approval_templates", body)
        node["unified_job_template"] = approval["id"]
        return approval

    def attach(self, parent: Data, relation: str, body: Data) -> None:
        """SubListCreateAttachDetachAPIView.attach and unattach in awx/api/generics.py."""
        if not isinstance(body.get("id"), int):
            raise RefusedError({"msg": '"id" field must be an integer.'})
        if body.get("disassociate"):
            parent[relation].remove(body["id"])
            return
        if relation == "credentials":
            self.check_attached_credential(parent, self.get("credentials", body["id"]))
        else:
            self.check_link(parent, relation, self.get("workflow_job_template_nodes", body["id"]))
        if body["id"] not in parent[relation]:
            parent[relation].append(body["id"])

    def check_attached_credential(self, template: Data, credential: Data) -> None:
        """JobTemplateCredentialsList.is_valid_relation: one credential of each type."""
        types = [self.get("credentials", number)["credential_type"] for number in template["credentials"]]
        if credential["credential_type"] in types:
            name = self.get("credential_types", credential["credential_type"])["name"]
            raise RefusedError({"error": f"Cannot assign multiple {name} credentials."})

    def check_link(self, parent: Data, relation: str, child: Data) -> None:
        """WorkflowJobTemplateNodeChildrenBaseList.is_valid_relation: one workflow, one relation, no cycle."""
        if parent["workflow_job_template"] != child["workflow_job_template"]:
            raise RefusedError({"detail": "Nodes must belong to the same workflow."})
        others = {"success_nodes", "failure_nodes", "always_nodes"} - {relation}
        if any(child["id"] in parent[other] for other in others):
            raise RefusedError({"Error": "Relationship not allowed."})
        reached = [child["id"]]
        for number in reached:
            node = self.get("workflow_job_template_nodes", number)
            children = [*node["success_nodes"], *node["failure_nodes"], *node["always_nodes"]]
            reached += [one for one in children if one not in reached]
        if parent["id"] in reached:
            raise RefusedError({"Error": "Cycle detected."})

    # Launching.

    def accept(self, template: Data, given: Data, *, required: bool = True) -> tuple[Data, Data, Data]:
        """Return what a launch accepts, what it ignores, and errors (_accept_or_ignore_job_kwargs, for both templates).

        A survey accepts its variables, ask_variables_on_launch all others; what a prompt does not ask for is ignored.
        """
        accepted: Data = {}
        ignored: Data = {}
        errors: Data = {}
        variables = dict(given.get("extra_vars") or {})
        taken: Data = {}
        if template.get("survey_enabled") and template["survey_spec"]:
            problems = []
            for question in template["survey_spec"]["spec"]:
                problems += errors_of_answer(question, variables, required=required)
                if question["variable"] in variables:
                    taken[question["variable"]] = variables.pop(question["variable"])
            if problems:
                errors["variables_needed_to_start"] = problems
        if template.get("ask_variables_on_launch"):
            taken, variables = taken | variables, {}
        accepted["extra_vars"] = taken
        if variables:
            ignored["extra_vars"] = variables
        asks = ASK_OF_JOB_TEMPLATES if template["kind_of_object"] == "job_templates" else ASK_OF_WORKFLOWS
        for name, ask in asks.items():
            if name != "extra_vars" and name in given and given[name] != template.get(name):
                (accepted if template.get(ask) else ignored)[name] = given[name]
                if not template.get(ask):
                    message = "Field is not configured to prompt on launch."
                    errors |= {} if required else {name: [message]}
        return accepted, ignored, errors

    def launch(self, template: Data, body: Data) -> Data:
        """JobLaunchSerializer and WorkflowJobLaunchSerializer; defaults as _update_unified_job_kwargs sets them.

        A job gets the default of a question only if it is a valid answer. A job template ignores variables that it does
        not ask for, a workflow refuses them (_exclude_errors).
        """
        is_workflow = template["kind_of_object"] == "workflow_job_templates"
        accepted, ignored, errors = self.accept(template, body)
        if is_workflow and "extra_vars" in ignored:
            names = ", ".join(ignored["extra_vars"])
            errors["extra_vars"] = [f"Variables {names} are not allowed on launch."]
        if errors:
            raise RefusedError(errors)
        questions = template["survey_spec"].get("spec", []) if template["survey_enabled"] else []
        defaults = {one["variable"]: one["default"] for one in questions if one.get("default") is not None}
        valid = {one["variable"] for one in questions if not errors_of_answer(one, defaults)}
        job = {
            name: template[name] for name in ("job_type", "diff_mode", "playbook", "credentials") if name in template
        }
        job |= accepted
        job["extra_vars"] = {name: defaults[name] for name in defaults if name in valid} | accepted["extra_vars"]
        job["template"] = template["name"]
        self.jobs.append(job)
        return {("workflow_job" if is_workflow else "job"): len(self.jobs), "ignored_fields": ignored}

    # Representation.

    def represent(self, one: Data) -> Data:
        """Return an object as the API does: with its type, URL, links to related resources and their summaries."""
        kind = one["kind_of_object"]
        url = f"{API}{kind}/{one['id']}/"
        hidden = {"kind_of_object", "survey_spec", "credentials"}
        shown = copy.deepcopy({name: value for name, value in one.items() if name not in hidden})
        related = {name: f"{url}{name}/" for name in KINDS[kind].related}
        summary: Data = {}
        references = {name: spec.of for name, spec in KINDS[kind].fields.items() if spec.of}
        if kind == "job_templates":
            references["organization"] = "organizations"
        for name, of in references.items():
            if one[name] is None:
                continue
            other = self.template(one[name]) if of == "unified_job_templates" else self.get(of, one[name])
            related[name] = f"{API}{other['kind_of_object']}/{other['id']}/"
            summary[name] = {key: other[key] for key in ("id", "name", "description")}
            if of == "unified_job_templates":
                summary[name]["unified_job_type"] = JOB_TYPES[KINDS[other["kind_of_object"]].type]
                summary[name] |= {"timeout": other["timeout"]} if "timeout" in other else {}
        if kind == "job_templates":
            credentials = [self.get("credentials", number) for number in one["credentials"]]
            summary["credentials"] = [{key: each[key] for key in ("id", "name", "description")} for each in credentials]
        if kind == "credentials":
            shown["inputs"] = self.displayed_inputs(one)
        return {**shown, "type": KINDS[kind].type, "url": url, "related": related, "summary_fields": summary}

    def displayed_inputs(self, credential: Data) -> Data:
        """Credential.display_inputs: a secret is shown as $encrypted$."""
        fields = self.get("credential_types", credential["credential_type"])["inputs"]["fields"]
        secret = {one["id"] for one in fields if one.get("secret")}
        return {name: "$encrypted$" if name in secret else value for name, value in credential["inputs"].items()}

    def environment(self, credential: Data) -> dict[str, str]:
        """Return the environment variables that a job with a credential has (CredentialType.inject_credential)."""
        env = self.get("credential_types", credential["credential_type"])["injectors"]["env"]
        values = {name: value for name, value in credential["inputs"].items() if value}
        return {name: render(template, values) for name, template in env.items()}

    def state(self) -> dict[str, list[Data]]:
        """Return all objects without ids, an object that another refers to by its name: equal for equal AWXs."""
        return {
            kind: sorted((self.without_ids(one) for one in objects.values()), key=json.dumps)
            for kind, objects in self.objects.items()
        }

    def without_ids(self, one: Data) -> Data:
        kind = one["kind_of_object"]
        shown = copy.deepcopy({name: value for name, value in one.items() if name not in ("id", "kind_of_object")})
        for name, spec in KINDS[kind].fields.items():
            if spec.of and one[name] is not None:
                other = self.template(one[name]) if spec.of == "unified_job_templates" else self.get(spec.of, one[name])
                shown[name] = other["name"]
        for name in ("success_nodes", "failure_nodes", "always_nodes"):
            if name in one:
                nodes = [self.get("workflow_job_template_nodes", number) for number in one[name]]
                shown[name] = [node["identifier"] for node in nodes]
        return shown

    # Requests.

    def answer(self, method: str, path: str, query: list[tuple[str, str]], body: Any) -> tuple[int, Any]:
        """Return the status and the JSON of the reply to an authorized request."""
        kind, number, relation = [*path.removeprefix(API).strip("/").split("/"), "", ""][:3]
        if not kind:
            lists = [*KINDS, *OTHER_LISTS, "inventory"]
            return 200, {name: f"{API}{name}/" for name in lists if name != "inventories"} | {
                "inventory": f"{API}inventories/"
            }
        if kind in OTHER_LISTS:
            return 200, {"actions": {"POST": {}}} if method == "OPTIONS" else {"count": 0, "next": None, "results": []}
        if kind not in KINDS:
            raise RefusedError({"detail": "The requested resource could not be found."}, HTTPStatus.NOT_FOUND)
        if relation:
            return self.answer_relation(method, self.get(kind, number), relation, body)
        if number:
            return self.answer_object(method, self.get(kind, number), body)
        return self.answer_list(method, kind, query, body)

    def answer_list(self, method: str, kind: str, query: list[tuple[str, str]], body: Any) -> tuple[int, Any]:
        if method == "OPTIONS":
            return 200, {"actions": {"POST": options(kind)}, "search_fields": ["name"]}
        if method == "POST":
            return 201, self.represent(self.create(kind, body))
        results = [self.represent(one) for one in self.objects[kind].values() if self.matches(one, query)]
        return 200, {"count": len(results), "next": None, "previous": None, "results": results}

    def answer_object(self, method: str, one: Data, body: Any) -> tuple[int, Any]:
        kind = one["kind_of_object"]
        if method in ("PUT", "PATCH"):
            self.update(kind, one, body, partial=method == "PATCH")
        if one.get("status") == "pending" and method == "GET":
            one["status"] = "successful" if one["scm_url"] in self.playbooks else "failed"
        return 200, self.represent(one)

    def answer_relation(self, method: str, one: Data, relation: str, body: Any) -> tuple[int, Any]:
        kind = one["kind_of_object"]
        if relation not in KINDS[kind].related:
            raise RefusedError({"detail": "Not found."}, HTTPStatus.NOT_FOUND)
        children = {"hosts": ("hosts", "inventory"), "workflow_nodes": ("workflow_job_template_nodes", kind[:-1])}
        if relation in children:
            child_kind, parent_key = children[relation]
            # SubListCreateAPIView.create sets the parent.
            body = body and {**body, parent_key: one["id"]}
            return self.answer_list(method, child_kind, [(parent_key, str(one["id"]))], body)
        if relation == "survey_spec":
            if method == "POST":
                self.set_survey(one, body)
            return 200, one["survey_spec"] if method == "GET" else {}
        if relation == "create_approval_template":
            return (201, self.represent(self.approve(one, body))) if method == "POST" else (200, {})
        if relation == "launch":
            return (201, self.launch(one, body or {})) if method == "POST" else (200, self.launch_form(one))
        if method == "POST":
            self.attach(one, relation, body)
            return 204, None
        of = "credentials" if relation == "credentials" else "workflow_job_template_nodes"
        results = [self.represent(self.get(of, number)) for number in one[relation]]
        return 200, {"count": len(results), "next": None, "previous": None, "results": results}

    def launch_form(self, template: Data) -> Data:
        """What a launch asks for: variables_needed_to_start of SurveyJobTemplateMixin, and the prompts."""
        questions = template["survey_spec"].get("spec", []) if template["survey_enabled"] else []
        asks = {name: value for name, value in template.items() if name.startswith("ask_")}
        needed = [one["variable"] for one in questions if one["required"]]
        return {**asks, "survey_enabled": bool(questions), "variables_needed_to_start": needed}

    def matches(self, one: Data, query: list[tuple[str, str]]) -> bool:
        """Filters of a list (docs/docsite/rst/rest_api/filtering.rst): all of them, and one of those with or__."""
        every: list[bool] = []
        some: list[bool] = []
        for name, value in query:
            if name not in ("page", "page_size", "order_by"):
                (some if name.startswith("or__") else every).append(self.matches_field(one, name, value))
        return all(every) and (any(some) or not some)

    def matches_field(self, one: Data, name: str, value: str) -> bool:
        first, _separator, rest = name.removeprefix("or__").partition("__")
        kind = one["kind_of_object"]
        spec = KINDS[kind].fields.get(first)
        if first not in one or (rest and not (spec and spec.of) and first != "organization"):
            raise RefusedError({"detail": f"{KINDS[kind].type} has no field named '{first}'"})
        if not rest:
            return str(one[first]) == value
        of = spec.of if spec else "organizations"
        return one[first] is not None and self.matches_field(self.get(of, one[first]), rest, value)


def options(kind: str) -> Data:
    """Return what OPTIONS of a list shows of the fields of a POST (awx/api/metadata.py)."""
    return {
        name: {"type": spec.type, "required": spec.required, "default": spec.default}
        for name, spec in KINDS[kind].fields.items()
    }


@dataclass
class AwxServer:
    """An Awx at a port of loopback that the system assigns, in a thread of this process."""

    awx: Awx
    url: str = field(init=False)

    def __enter__(self) -> AwxServer:
        handler = type("AwxHandler", (Handler,), {"awx": self.awx, "lock": threading.Lock()})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = "http://{}:{}".format(*self.server.server_address)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Reads a request, and sends what the Awx answers."""

    awx: Awx
    lock: threading.Lock
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        with self.lock:
            try:
                status, reply = self.reply_to(parts.path, parse_qsl(parts.query), json.loads(body) if body else None)
            except RefusedError as refusal:
                status, reply = refusal.status, refusal.errors
        content = b"" if reply is None else json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Allow", "GET, POST, PUT, PATCH, HEAD, OPTIONS")
        self.end_headers()
        self.wfile.write(content)

    def reply_to(self, path: str, query: list[tuple[str, str]], body: Any) -> tuple[int, Any]:
        if path == "/api/":
            return 200, {"current_version": API, "available_versions": {"v2": API}}
        if path != API:
            self.authorize()
        self.awx.requests.append(Request(self.command, path, copy.deepcopy(body)))
        return self.awx.answer(self.command, path, query, body)

    def authorize(self) -> None:
        """An OAuth 2 token, or a user and a password (docs/docsite/rst/rest_api/authentication.rst)."""
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") not in (f"Bearer {TOKEN}", f"Basic {basic}"):
            message = "Authentication credentials were not provided. To establish a login session, visit /api/login/."
            raise RefusedError({"detail": message}, HTTPStatus.UNAUTHORIZED)

    def do_GET(self) -> None:
        self.respond()

    def do_OPTIONS(self) -> None:
        self.respond()

    def do_PATCH(self) -> None:
        self.respond()

    def do_POST(self) -> None:
        self.respond()

    def do_PUT(self) -> None:
        self.respond()

    def log_message(self, *_arguments: object) -> None:
        """Print nothing: the requests are in the list of the Awx."""
