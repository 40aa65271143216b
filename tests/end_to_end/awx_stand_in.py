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
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from awx_kinds import (
    ASK_OF_JOB_TEMPLATES,
    ASK_OF_WORKFLOWS,
    KINDS,
    NAME,
    OTHER_LISTS,
    UNIFIED,
    Field,
    of_type,
    options,
)
from awx_rules import Data, RefusedError, check_survey, errors_of_answer, render

API = "/api/v2/"
TOKEN = "awx-stand-in-token"
USER, PASSWORD = "admin", "awx-stand-in-password"


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
        if "disassociate" in body:
            parent[relation] = [one for one in parent[relation] if one != body["id"]]
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
                summary[name]["unified_job_type"] = UNIFIED[other["kind_of_object"]]
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
            return self.answer_relation(method, self.get(kind, number), relation, query, body)
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

    def answer_relation(
        self, method: str, one: Data, relation: str, query: list[tuple[str, str]], body: Any
    ) -> tuple[int, Any]:
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
            return 200, one["survey_spec"] if method == "GET" else None
        if relation == "create_approval_template":
            return (201, self.represent(self.approve(one, body))) if method == "POST" else (200, {})
        if relation == "launch":
            return (201, self.launch(one, body or {})) if method == "POST" else (200, self.launch_form(one))
        if method == "POST":
            self.attach(one, relation, body)
            return 204, None
        of = "credentials" if relation == "credentials" else "workflow_job_template_nodes"
        related = [self.get(of, number) for number in one[relation]]
        results = [self.represent(other) for other in related if self.matches(other, query)]
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
