# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions without a request: answers to questions such as whether a principal may read an object.

A question is a JSON object. It names a container, a bucket of moto's S3, or a policy document and its account:

    {"container": "movies", "principal": null, "action": "mediastore:GetObject", "resource": "a.ts",
     "context": {"aws:SecureTransport": true}}

Keys of the context that are not given are absent, except those that follow from the ARN of the principal. A question
with an origin is about the CORS rules of a container or a bucket:

    {"container": "movies", "origin": "https://a.example", "method": "PUT", "headers": ["x-a"], "preflight": true}
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol

from ..cors import CorsRequest
from ..cors import decide as decide_cors
from .access import ALLOWED, Principal, Request, Statement, decide
from .authorization import Authorization, Resource
from .policy_grammar import as_list, check_grammar, check_identity_grammar
from .wildcards import MAX_CHARACTERS

# The kinds of targets, each with the keys that only belong to it.
_TARGETS = {"container": {"account", "region"}, "bucket": set(), "policy": {"account"}}
MAX_QUESTIONS = 1000
# The longest policy that a service stores, that of an S3 bucket.
_MAX_POLICY = 20_480
# The longest ARN: IAM API Reference, arnType.
_MAX_ARN = 2048
_MAX_CONTEXT_VALUES = 100
_MAX_CONTEXT = 4 * MAX_CHARACTERS
_NO_TURN = nullcontext()
_REQUIRED = ("principal", "action", "resource")
_OPTIONAL = ("identity", "context")
_CORS_TARGETS = ("container", "bucket")
_CORS_KEYS = ("method", "headers", "preflight")
_ACCOUNT = re.compile(r"[0-9]{12}")
_LINE = re.compile(rf".{{1,{MAX_CHARACTERS}}}")
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
_PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(root|(user|role|federated-user)/.+|assumed-role/.+/.+)"
    r"|([a-z0-9-]+\.)+amazonaws\.com(\.cn)?"
)


class Resources(Protocol):
    """Where containers and buckets are found by their names."""

    def find_container(self, name: Any, places: Mapping[str, Any]) -> Resource:
        """Return a container, in the account and region of `places`; raises ValueError unless exactly one exists."""

    def find_bucket(self, name: Any) -> Resource:
        """Return a bucket; raises ValueError if it does not exist, or has a policy that cannot be read."""

    def find_cors_rules(self, name: Any, places: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the CORS rules of a container, found as by find_container."""

    def find_bucket_cors_rules(self, name: Any) -> Sequence[Mapping[str, Any]]:
        """Return the CORS rules of a bucket; raises ValueError if it does not exist."""


class _Target(NamedTuple):
    """What a question is about, and the function from a path in it to an ARN, None for a policy without a resource."""

    resource: Resource
    to_arn: Callable[[str], str] | None = None


def answer(
    questions: Sequence[Any], resources: Resources, turn: AbstractContextManager[Any] = _NO_TURN
) -> list[dict[str, Any]]:
    """Return the decision on each question about access or CORS rules, at most 1,000 of them, each made in a `turn`.

    An answer is {"decision": "Allowed", "statements": [{"number": 1, "sid": "Read"}], "reason": None}. `statements` are
    those that decided, counted from 1. One of an identity policy also has the key "identity", the number of the policy.
    `reason` is why the policies refuse, as Authorization.reason. That to a question about CORS is {"decision":
    "Allowed" or "Refused", "rule": 1, "headers": {...}, "reason": "..."}, with the headers of the reply. Raises
    ValueError with a sentence that names the first invalid question, counted from 1.
    """
    if len(questions) > MAX_QUESTIONS:
        raise ValueError(f"A request can have at most {MAX_QUESTIONS} questions, this one has {len(questions)}.")
    answers = []
    for number, question in enumerate(questions, 1):
        try:
            is_cors = isinstance(question, dict) and "origin" in question
            with turn:
                answers.append((_answer_cors if is_cors else _answer)(question, resources))
        except ValueError as problem:
            raise ValueError(f"Question {number}: {problem}.") from None
    return answers


def _answer(question: Any, resources: Resources) -> dict[str, Any]:
    found = _decide(question, resources)
    statements = [_entry(item) for item in found.decision.statements]
    return {"decision": found.decision.decision, "statements": statements, "reason": found.reason}


def _answer_cors(question: Mapping[str, Any], resources: Resources) -> dict[str, Any]:
    target = _check_target(question, _CORS_TARGETS)
    _check_names(question, ["origin", target, *sorted(_TARGETS[target]), *_CORS_KEYS], ("method",))
    is_preflight, headers = question.get("preflight", False), question.get("headers", [])
    if not isinstance(is_preflight, bool):
        raise ValueError("preflight must be true or false")
    if not isinstance(headers, list) or not all(isinstance(name, str) for name in headers):
        raise ValueError("headers must be a list of names of headers")
    if headers and not is_preflight:
        raise ValueError("headers need preflight true, because only a preflight request names headers")
    origin = _text(
        question, "origin", _LINE, f"a text of 1 to {MAX_CHARACTERS} characters, such as https://example.com"
    )
    method = _text(question, "method", _LINE, "a method of HTTP, such as GET")
    request = CorsRequest(origin, method, tuple(headers), is_preflight)
    if target == "bucket":
        found = decide_cors(resources.find_bucket_cors_rules(question["bucket"]), request.for_bucket())
    else:
        found = decide_cors(resources.find_cors_rules(question["container"], _places(question)), request)
    rule, answered, reason = found
    return {"decision": "Refused" if rule is None else ALLOWED, "rule": rule, "headers": answered, "reason": reason}


def _entry(statement: Statement) -> dict[str, Any]:
    entry: dict[str, Any] = {"number": statement.number, "sid": statement.sid}
    return entry | {"identity": statement.document} if statement.policy == "identity" else entry


def _decide(question: Any, resources: Resources) -> Authorization:
    _check_keys(question)
    target = _target(question, resources)
    principal = Principal(_principal(question["principal"]), _identity_policies(question))
    action = _text(question, "action", _ACTION, "SERVICE:ACTION without wildcards, such as mediastore:GetObject")
    request = Request(principal, action, _resource(question["resource"], target), _context(question))
    decision = decide(request, target.resource.policy, target.resource.account)
    return Authorization(request, target.resource, decision)


def _check_keys(question: Any) -> None:
    if not isinstance(question, dict):
        raise ValueError("a question must be an object")
    target = _check_target(question, _TARGETS)
    _check_names(question, [target, *sorted(_TARGETS[target]), *_REQUIRED, *_OPTIONAL], _REQUIRED)


def _check_target(question: Mapping[str, Any], known: Iterable[str]) -> str:
    """Return the only one of the `known` kinds of targets that a question has; raises ValueError for none or more."""
    targets = [key for key in known if key in question]
    if len(targets) != 1:
        raise ValueError(f"exactly one of {', '.join(known)} is required")
    return targets[0]


def _check_names(question: Mapping[str, Any], known: Sequence[str], required: Sequence[str]) -> None:
    unknown = sorted(set(question) - set(known))
    if unknown:
        raise ValueError(f"the key '{unknown[0]}' is unknown: the keys with {known[0]} are {', '.join(known)}")
    missing = [key for key in required if key not in question]
    if missing:
        raise ValueError(f"the key {missing[0]} is required")


def _text(question: Mapping[str, Any], key: str, pattern: re.Pattern[str], words: str) -> str:
    value = question.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{key} must be {words}")
    return value


def _target(question: Mapping[str, Any], resources: Resources) -> _Target:
    if "bucket" in question:
        return _bucket(resources.find_bucket(question["bucket"]))
    if "container" in question:
        return _container(resources.find_container(question["container"], _places(question)))
    account = _text(question, "account", _ACCOUNT, "the 12 digits of the account that owns the policy")
    return _Target(Resource("", account, _checked(question["policy"], "policy", check_grammar)))


def _places(question: Mapping[str, Any]) -> dict[str, Any]:
    return {key: question[key] for key in ("account", "region") if key in question}


def _container(found: Resource) -> _Target:
    # As in requests: the service removes redundant slashes, and a folder has no slash at its end.
    return _Target(found, lambda path: f"{found.arn}/{re.sub('/+', '/', path).strip('/')}")


def _bucket(found: Resource) -> _Target:
    return _Target(found, lambda key: f"{found.arn}/{key}" if key else found.arn)


def _principal(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and len(value) <= _MAX_ARN and _PRINCIPAL.fullmatch(value)):
        raise ValueError(
            "principal must be null for an anonymous client, the ARN of a root user, user, role, assumed role or "
            "federated user, or the name of a service, such as cloudfront.amazonaws.com"
        )
    return value


def _identity_policies(question: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...] | None:
    if "identity" not in question:
        return None
    policies = enumerate(as_list(question["identity"]), 1)
    return tuple(_checked(policy, f"identity policy {number}", check_identity_grammar) for number, policy in policies)


def _checked(policy: Any, title: str, check: Callable[[Mapping[str, Any]], None]) -> Mapping[str, Any]:
    if not isinstance(policy, dict):
        raise ValueError(f"{title} must be an IAM policy as an object")
    try:
        check(policy)
    except ValueError as problem:
        raise ValueError(f"{title} is invalid, {problem}") from None
    size = len(json.dumps(policy, ensure_ascii=False, separators=(",", ":")))
    if size > _MAX_POLICY:
        raise ValueError(f"{title} can have at most {_MAX_POLICY} characters, this one has {size}")
    return policy


def _resource(value: Any, target: _Target) -> str:
    if not isinstance(value, str):
        raise ValueError("resource must be a path or an ARN")
    if len(value) > _MAX_ARN:
        raise ValueError(f"resource can have at most {_MAX_ARN} characters, this one has {len(value)}")
    if _ARN.fullmatch(value):
        return value
    if target.to_arn is None:
        raise ValueError("resource must be an ARN, because policy is given and not a container or a bucket")
    return target.to_arn(value)


def _context(question: Mapping[str, Any]) -> dict[str, str | list[str]]:
    given = question.get("context", {})
    if not isinstance(given, dict):
        raise ValueError("context must be an object of condition keys and their values")
    if len({key.lower() for key in given}) < len(given):
        raise ValueError("context must not have two keys that differ only in case")
    context = {key: _condition_value(key, value) for key, value in given.items()}
    values = [item for value in context.values() for item in as_list(value)]
    size = sum(map(len, [*context, *values]))
    if len(values) > _MAX_CONTEXT_VALUES or size > _MAX_CONTEXT:
        raise ValueError(
            f"context can have at most {_MAX_CONTEXT_VALUES} values and {_MAX_CONTEXT} characters, "
            f"this one has {len(values)} and {size}"
        )
    return context


def _condition_value(key: str, value: Any) -> str | list[str]:
    if not all(isinstance(item, (str, int, float)) for item in as_list(value)):
        raise ValueError(f"context key '{key}' must have a string, number or boolean or a list of these")
    texts = [item if isinstance(item, str) else json.dumps(item) for item in as_list(value)]
    return texts if isinstance(value, list) else texts[0]
