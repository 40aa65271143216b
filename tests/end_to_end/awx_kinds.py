# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX 24.6 has lists of, as far as job templates, workflows and what they need go: fields, keys and checks.

The checks name their source, which is a class in the repository ansible/awx.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from awx_rules import Data, RefusedError, check_injectors, check_inputs, check_properties, check_variables

if TYPE_CHECKING:
    from awx_stand_in import Awx


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


# Refuses an object as a write leaves it, given the object before; or completes it.
Check = Callable[["Awx", Data, Data | None], None]


@dataclass(frozen=True)
class Kind:
    """What AWX has a list of: the type and the fields of its objects, and the fields that are unique together."""

    type: str
    fields: dict[str, Field]
    unique: tuple[str, ...]
    check: Check = lambda awx, wanted, current: None
    related: tuple[str, ...] = ()


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


def check_credential(awx: Awx, wanted: Data, current: Data | None) -> None:
    """Require an owner, and inputs of the type only (CredentialSerializerCreate; CredentialInputField.schema).

    Required inputs may be missing until a job starts (UnifiedJob.pre_start).
    """
    if not current and not wanted["organization"]:
        raise RefusedError({"detail": "Missing 'user', 'team', or 'organization'."})
    fields = awx.get("credential_types", wanted["credential_type"])["inputs"].get("fields", [])
    check_properties("inputs", wanted["inputs"], {one["id"] for one in fields})


def check_project(awx: Awx, wanted: Data, current: Data | None) -> None:
    """Require a URL (ProjectOptions.clean_scm_url).

    Start an update when the source is new or has changed (Project.save, FIELDS_TRIGGER_UPDATE).
    """
    if wanted["scm_type"] and not wanted["scm_url"].strip():
        raise RefusedError({"scm_url": ["SCM URL is required."]})
    if wanted["scm_type"] != "git" and wanted["scm_refspec"]:
        raise RefusedError({"scm_refspec": ["SCM refspec can only be used with git projects."]})
    source = ("scm_type", "scm_url", "scm_branch", "scm_refspec")
    if current is None or [current[name] for name in source] != [wanted[name] for name in source]:
        wanted["status"] = "pending"


def with_variables(name: str) -> Check:
    """Return a check of a field with variables: validate_variables or validate_extra_vars of a serializer."""
    return lambda _awx, wanted, _current: check_variables(wanted[name], name)


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
    "execution_environments": Kind(
        "execution_environment",
        {**COMMON, "image": NAME, "organization": foreign_key("organizations")},
        ("name",),  # CommonModel
    ),
    "projects": Kind(
        "project",
        {
            **COMMON,
            "organization": foreign_key("organizations"),
            "default_environment": foreign_key("execution_environments"),
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
        with_variables("variables"),
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
        with_variables("variables"),
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
        with_variables("extra_vars"),
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
# What can be a unified_job_template, and the type of its jobs.
UNIFIED = {
    "projects": "project_update",
    "job_templates": "job",
    "workflow_job_templates": "workflow_job",
    "workflow_approval_templates": "workflow_approval",
}
# What awxkit looks for in the list of all resources, ApiVersionRootView in awx/api/views/root.py.
OTHER_LISTS = ["users", "teams", "notification_templates", "inventory_sources"]
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


def options(kind: str) -> Data:
    """Return what OPTIONS of a list shows of the fields of a POST (awx/api/metadata.py)."""
    return {
        name: {"type": spec.type, "required": spec.required, "default": spec.default}
        for name, spec in KINDS[kind].fields.items()
    }
