# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of AWX 24.6 for surveys, for the answers to them and for credential types.

Each names its source, which is a class in the repository ansible/awx.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import jinja2
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

Data = dict[str, Any]


class RefusedError(Exception):
    """The reply to a request that AWX refuses: its status, and its errors as JSON."""

    def __init__(self, errors: Any, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(errors)
        self.errors = errors
        self.status = status


SURVEY_TYPES = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (float, int),
}
ENV_BLOCKLIST = {"VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "CACHE", "AWX_HOST", "PROJECT_REVISION"}
CREDENTIAL_TYPE_FIELD = {"type", "format", "choices", "id", "label", "help_text", "multiline", "secret", "default"}
IDENTIFIER = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")


# A line that makes a YAML file a playbook for AWX: valid_playbook_re in awx/main/utils/ansible.py. The module
# ansible.builtin.import_playbook counts, a longer name of it does not.
PLAYBOOK_LINE = re.compile(r"\s*-?\s*(hosts|(ansible\.builtin\.)?(include|import_playbook)):")


def is_playbook(text: str) -> bool:
    """Whether the list of a project's playbooks has a YAML file with this text (could_be_playbook)."""
    return any(PLAYBOOK_LINE.match(line) for line in text.splitlines())


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


def check_variables(text: str, name: str) -> None:
    """Require a mapping as JSON or YAML (vars_validate_or_raise in awx/main/utils/common.py)."""
    try:
        valid = isinstance(yaml.safe_load(text or "{}"), dict)
    except yaml.YAMLError:
        valid = False
    if not valid:
        raise RefusedError({name: ["Cannot parse as JSON or YAML, or the input type is not a dictionary."]})


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
