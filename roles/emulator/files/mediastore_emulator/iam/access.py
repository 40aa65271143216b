# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether policies allow a request. Pure functions on parsed JSON.

Sources: the IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "IAM JSON policy
element reference" with the pages of the elements, and "AWS global condition context keys".

Policies are expected to follow IAM's grammar. What does not, or is not known here, never widens access: a statement
that allows does not apply, a statement that denies does. A statement without a readable Effect denies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from .conditions import (
    ARN_PARTS,
    Context,
    Truth,
    UnclearError,
    as_pattern,
    as_text,
    every,
    is_met,
    is_resource_like,
    lower_ascii,
    negate,
    some,
)
from .policy_grammar import as_list
from .wildcards import is_like, quoted

ALLOWED, IMPLICITLY_DENIED, EXPLICITLY_DENIED = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied"

_PAIRS = ("Principal", "Action", "Resource")
_ELEMENTS = {"Sid", "Effect", "Condition", *_PAIRS, *(f"Not{name}" for name in _PAIRS)}
_VERSIONS = ("2008-10-17", "2012-10-17")
# Which part of the caller an element names: itself, the role of a session, its account; UNKNOWN if it cannot be
# interpreted.
_SELF, _ROLE, _ACCOUNT, _UNKNOWN = "self", "role", "account", "unknown"
# "IAM policy elements: Variables and tags", "Principal key values"
_PRINCIPAL_TYPES = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
}


@dataclass(frozen=True)
class Principal:
    """Who sends a request.

    `arn` is the ARN of a root user, IAM user, role, assumed-role session or federated user session, or the name of a
    service such as "cloudfront.amazonaws.com"; None is an anonymous client. `policies` are its identity policies, of
    which None allows everything.
    """

    arn: str | None = None
    policies: tuple[Mapping[str, Any], ...] | None = None

    @property
    def account(self) -> str | None:
        """The account of the client; None for an anonymous client and for a service."""
        return _caller(self.arn).account or None

    @property
    def is_root(self) -> bool:
        """Whether the client is the root user of its account."""
        return _caller(self.arn).type == "root"


@dataclass(frozen=True)
class Request:
    """A request: an action such as "mediastore:GetObject", the ARN of a resource, and the values of condition keys."""

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Statement:
    """A statement that decided.

    `policy` is "resource" or "identity", `number` counts from 1 in its document, and `document` counts the identity
    policies from 1.
    """

    policy: str
    number: int
    sid: str | None
    document: int = 1


@dataclass(frozen=True)
class Decision:
    """ALLOWED, IMPLICITLY_DENIED or EXPLICITLY_DENIED, and the statements that allow or deny."""

    decision: str
    statements: tuple[Statement, ...]


def decide(request: Request, policy: Mapping[str, Any] | None, account: str) -> Decision:
    """Decide on a request from `policy`, the resource policy (None: no policy), and the policies of the principal.

    `account` owns the resource. In it an Allow of either side is enough, unless the resource policy allows only the
    account of the principal, which leaves the decision to the identity policies. For a principal of another account
    both sides must allow. Anonymous clients and services have no identity policies.
    """
    evaluation = evaluate(request)
    caller = evaluation.caller
    documents = request.principal.policies if caller.kind == "AWS" else ()
    applying = list(_applying(evaluation, "resource", 1, policy))
    for number, document in enumerate(documents or (), 1):
        applying += _applying(evaluation, "identity", number, document)
    denying = [found for found in applying if found.denies]
    if denying:
        return _decision(EXPLICITLY_DENIED, denying)
    identity = documents is None or any(found.statement.policy == "identity" for found in applying)
    direct = [found for found in applying if found.direct]
    if caller.kind == "AWS" and caller.account != account:
        allowed = identity and any(found.statement.policy == "resource" for found in applying)
    else:
        allowed = identity or bool(direct)
    return _decision(ALLOWED, applying if identity else direct) if allowed else _decision(IMPLICITLY_DENIED, [])


class Caller(NamedTuple):
    """Who sends a request: its kind as in a Principal element (None: anonymous), and the parts of its ARN."""

    kind: str | None
    arn: str
    partition: str = ""
    account: str = ""
    type: str = ""
    name: str = ""

    @property
    def root(self) -> str:
        """Return the ARN of the account."""
        return f"arn:{self.partition}:iam::{self.account}:root"


class Evaluation(NamedTuple):
    """A request with what follows from it: its caller, and the values of all condition keys by names in lower case."""

    request: Request
    caller: Caller
    context: Context


class _Applying(NamedTuple):
    """A statement that applies to the request; `direct` if it names more than the account of an AWS principal."""

    statement: Statement
    denies: bool
    direct: bool


def evaluate(request: Request) -> Evaluation:
    """Return a request with its caller and the values of all condition keys."""
    caller = _caller(request.principal.arn)
    return Evaluation(request, caller, _context(request.context, caller))


def read_statements(policy: Any) -> tuple[Any, list[Mapping[str, Any]]]:
    """Return version and statements of a policy; what is no object is a statement without elements, which denies."""
    elements = policy if isinstance(policy, Mapping) else {"Statement": policy}
    statements = as_list(elements.get("Statement", []))
    return elements.get("Version", _VERSIONS[0]), [item if isinstance(item, Mapping) else {} for item in statements]


def _decision(decision: str, applying: list[_Applying]) -> Decision:
    return Decision(decision, tuple(found.statement for found in applying))


def _caller(arn: str | None) -> Caller:
    if arn is None:
        return Caller(None, "")
    if not arn.startswith("arn:"):
        return Caller("Service", arn)
    parts = arn.split(":", ARN_PARTS - 1) + [""] * ARN_PARTS
    kind, *path = parts[5].split("/")
    # The last part of an assumed role is the name of the session.
    name = path[0] if kind == "assumed-role" and path else path[-1] if path else ""
    return Caller("AWS", arn, parts[1], parts[4], kind, name)


def _context(given: Mapping[str, Any], caller: Caller) -> Context:
    """Return the values of the condition keys by their names in lower case, with those that AWS always sets."""
    context: dict[str, tuple[str, ...]] = {key: (value,) for key, value in _derived(caller).items()}
    for key, values in given.items():
        texts = map(as_text, values if isinstance(values, (list, tuple)) else [values])
        context[lower_ascii(key)] = tuple(text for text in texts if text is not None)
    return context


def _derived(caller: Caller) -> dict[str, str]:
    """Return the condition keys that follow from the principal: "AWS global condition context keys"."""
    if caller.kind is None:
        return {"aws:principaltype": "Anonymous"}
    if caller.kind == "Service":
        return {"aws:principalisawsservice": "true", "aws:principalservicename": caller.arn}
    # A session has the ARN of its role, whose path is not part of its ARN.
    role = f"arn:{caller.partition}:iam::{caller.account}:role/{caller.name}"
    keys = {
        "aws:principalisawsservice": "false",
        "aws:principalarn": role if caller.type == "assumed-role" else caller.arn,
        "aws:principalaccount": caller.account,
    }
    if caller.type in _PRINCIPAL_TYPES:
        keys["aws:principaltype"] = _PRINCIPAL_TYPES[caller.type]
    if caller.type == "user":
        keys["aws:username"] = caller.name
    elif caller.type == "root":
        keys["aws:userid"] = caller.account
    elif caller.type == "federated-user":
        keys["aws:userid"] = f"{caller.account}:{caller.name}"
    return keys


def _applying(evaluation: Evaluation, kind: str, document: int, policy: Any) -> Iterator[_Applying]:
    """Yield the statements of a policy that apply; a document that is no object is one statement that denies."""
    if policy is None:
        return
    version, statements = read_statements(policy)
    for number, statement in enumerate(statements, 1):
        denies = statement.get("Effect") != "Allow"
        who, direct = is_caller(statement, evaluation, kind)
        applies = every(chain([who], are_elements_met(statement, evaluation, version)))
        if applies or (applies is None and denies):
            yield _Applying(name_statement(statement, kind, number, document), denies, direct)


def name_statement(statement: Mapping[str, Any], kind: str, number: int, document: int) -> Statement:
    """Return the statement with a number in a document, as decisions name it."""
    sid = statement.get("Sid")
    return Statement(kind, number, sid if isinstance(sid, str) else None, document)


def is_caller(statement: Mapping[str, Any], evaluation: Evaluation, kind: str) -> tuple[Truth, bool]:
    """Return whether a statement of a policy, "resource" or "identity", is about the caller.

    The second value is whether it names more of it than its account. AWS refuses a principal in an identity policy.
    """
    if kind == "resource":
        return _is_named(statement, evaluation)
    has_principal = "Principal" in statement or "NotPrincipal" in statement
    return (None if has_principal else True), False


def _is_named(statement: Mapping[str, Any], evaluation: Evaluation) -> tuple[Truth, bool]:
    """Return whether a statement is about the caller, and whether it names more of it than its account.

    The first is None if the element that names principals is missing, doubled or cannot be interpreted.

    NotPrincipal with Deny excepts only a caller of which each part is named: the account, the role of a session, and
    the user or session ("AWS JSON policy elements: NotPrincipal"). With Allow it excepts a caller of which any is.
    """
    if ("Principal" in statement) == ("NotPrincipal" in statement):
        return None, False
    named = _named(statement.get("Principal", statement.get("NotPrincipal")), evaluation)
    known = named - {_UNKNOWN}
    unknown: Truth = None if _UNKNOWN in named else False
    if "Principal" in statement:
        return True if known else unknown, bool(known - {_ACCOUNT})
    if statement.get("Effect") != "Allow":
        return not _parts(evaluation.caller) <= known, True
    return False if known else negate(unknown), True


def _parts(caller: Caller) -> set[str]:
    if caller.type == "assumed-role":
        return {_ACCOUNT, _ROLE, _SELF}
    return {_SELF} if caller.kind != "AWS" or caller.type == "root" else {_ACCOUNT, _SELF}


def _named(element: Any, evaluation: Evaluation) -> set[str]:
    """Return which parts of the caller a (Not)Principal element names: "AWS JSON policy elements: Principal"."""
    if element == "*":
        return _parts(evaluation.caller)
    if not isinstance(element, Mapping):
        return {_UNKNOWN}
    pairs = [(kind, name) for kind, names in element.items() for name in as_list(names)]
    return set().union(*(_named_by(kind, name, evaluation) for kind, name in pairs)) if pairs else {_UNKNOWN}


def _named_by(kind: str, name: Any, evaluation: Evaluation) -> set[str]:
    caller = evaluation.caller
    if kind == "AWS" and name == "*":
        return _parts(caller)
    if not isinstance(name, str) or "*" in name or "?" in name:  # no wildcard can match a part of a name
        return {_UNKNOWN}
    if kind == "AWS":
        return _named_by_arn(name, caller) if caller.kind == "AWS" else set()
    if kind == "Service":
        return {_SELF} if (kind, name) == (caller.kind, caller.arn) else set()
    if kind == "Federated":
        return {_SELF} if name in evaluation.context.get("aws:federatedprovider", ()) else set()
    # The canonical IDs of accounts are not known. Anonymous clients and services have none.
    return set() if kind == "CanonicalUser" and caller.kind != "AWS" else {_UNKNOWN}


def _named_by_arn(name: str, caller: Caller) -> set[str]:
    if name == caller.arn or (caller.type == "root" and name == caller.account):
        return {_SELF}
    if name in (caller.account, caller.root):
        return {_ACCOUNT}
    prefix = f"arn:{caller.partition}:iam::{caller.account}:role/"
    # The ARN of a session does not contain the path of its role, and names of roles are unique in an account.
    is_role = caller.type == "assumed-role" and name.startswith(prefix) and name.split("/")[-1] == caller.name
    return {_ROLE} if is_role else set()


def has_variables(version: Any) -> bool:
    """Return whether a version of the policy language has policy variables."""
    return bool(version == _VERSIONS[1])


def are_elements_met(statement: Mapping[str, Any], evaluation: Evaluation, version: Any) -> Iterator[Truth]:
    """Yield whether the elements of a statement other than its principal apply to the request.

    The order: whether all of them are known, Action, Resource, Condition.
    """
    action, resource = evaluation.request.action, evaluation.request.resource
    variables = has_variables(version)
    scope = evaluation.context if variables else None
    yield True if version in _VERSIONS and _ELEMENTS.issuperset(statement) else None
    yield _is_either(statement, "Action", lambda value, _negated: _is_action(value, action))
    yield _is_either(statement, "Resource", lambda value, negated: _is_resource(value, negated, resource, scope))
    yield is_met(statement.get("Condition", {}), evaluation.context, variables)


def _is_either(statement: Mapping[str, Any], name: str, matches: Callable[[Any, bool], Truth]) -> Truth:
    """Return whether a value of an element matches, or none of its negated form; matches(value, negated)."""
    negated = f"Not{name}" in statement
    values = as_list(statement.get(f"Not{name}" if negated else name, []))
    if not values or (negated and name in statement):
        return None
    result = some(matches(value, negated) for value in values)
    return negate(result) if negated else result


def _is_action(value: Any, action: str) -> Truth:
    if not isinstance(value, str) or (":" not in value and value != "*"):
        return None
    return is_like(quoted(lower_ascii(value), "\\"), lower_ascii(action))


def _is_resource(value: Any, negated: bool, resource: str, scope: Context | None) -> Truth:
    """Compare a resource with a value of Resource or NotResource.

    Variables can stand only behind the fifth colon: "IAM policy elements: Variables and tags". "Any attempt to match"
    one without value fails, which would let NotResource match: there it is None.
    """
    if not isinstance(value, str):
        return None
    if scope is not None and any("${" in part for part in value.split(":", ARN_PARTS - 1)[: ARN_PARTS - 1]):
        return None
    try:
        pattern = as_pattern(value, scope)
    except UnclearError:
        return None
    if pattern is None:
        return None if negated else False
    return is_resource_like(pattern, resource)
