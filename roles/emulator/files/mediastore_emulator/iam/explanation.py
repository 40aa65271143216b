# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why policies refuse a request, in words. Pure functions on parsed JSON.

Of a request that no statement allows, the words name the statement that came nearest: that of which the most elements
out of principal, action and resource apply to the request; of these the one with the fewest conditions that are not
met; and of these the first, where the policy of the resource precedes the identity policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from .access import (
    ALLOWED,
    Decision,
    Evaluation,
    Request,
    Statement,
    are_elements_met,
    decide,
    evaluate,
    has_variables,
    is_caller,
    name_statement,
    read_statements,
)
from .conditions import Truth, as_text, is_met, lower_ascii
from .policy_grammar import as_list
from .wildcards import MAX_CHARACTERS

_MAX_SHOWN = 100
_MAX_CONDITIONS = 3


def explain(
    request: Request, policy: Mapping[str, Any] | None, account: str, noun: str, decision: Decision
) -> str | None:
    """Return the words that follow "because" in the message of a refusal, None for a request that is allowed.

    `decision` is that of access.decide, whose arguments `policy` and `account` are. `noun` names the resource in "the
    container policy". No value is shown with more than 100 characters.
    """
    if decision.decision == ALLOWED:
        return None
    evaluation = evaluate(request)
    identity = [_Document("identity", number, item) for number, item in enumerate(request.principal.policies or (), 1)]
    resource = [] if policy is None else [_Document("resource", 1, policy)]
    if decision.statements:
        return _explain_deny(evaluation, [*resource, *identity], noun, decision.statements[0])
    unlimited = replace(request, principal=replace(request.principal, policies=None))
    if decide(unlimited, policy, account).decision == ALLOWED:
        is_owner = request.principal.account == account
        either = f" or of the {noun} policy" if is_owner and resource else ""
        documents = [*resource, *identity] if is_owner else identity
        return f"no statement of its identity policies{either} allows it{_nearest(evaluation, documents, noun)}"
    if not resource:
        return f"the {noun} has no policy"
    return f"no statement of the {noun} policy allows it{_nearest(evaluation, resource, None)}"


class _Document(NamedTuple):
    """A policy: "resource" or "identity", and the number of an identity policy from 1."""

    kind: str
    number: int
    policy: Any


class _Candidate(NamedTuple):
    """A statement with what of it applies to a request. `known` is whether all of its elements are."""

    named: Statement
    statement: Mapping[str, Any]
    known: Truth
    who: Truth
    action: Truth
    resource: Truth
    conditions: tuple[_Condition, ...]

    @property
    def nearness(self) -> tuple[int, int]:
        elements = (self.who, self.action, self.resource)
        return sum(item is True for item in elements), -sum(item.met is not True for item in self.conditions)


class _Condition(NamedTuple):
    operator: str
    key: str
    values: Any
    given: tuple[str, ...]
    met: Truth

    @property
    def words(self) -> str:
        """Whether the condition is met, and by which value."""
        texts = ["its condition", shown(self.operator), shown(self.key), shown_all(self.values)]
        return f"{' '.join(filter(None, texts))} {self._outcome}"

    @property
    def _outcome(self) -> str:
        if self.met is not None:
            verb = "is met" if self.met else "is not met"
            return f"{verb} by {shown_all(self.given)}" if self.given else f"{verb}, {shown(self.key)} is absent"
        if any(len(value) > MAX_CHARACTERS for value in self.given):
            return f"cannot be compared with a value of more than {MAX_CHARACTERS} characters"
        return f"cannot be compared with {shown_all(self.given)}" if self.given else "is not valid"


def _explain_deny(evaluation: Evaluation, documents: Sequence[_Document], noun: str, denying: Statement) -> str:
    [found] = [item for document in documents for item in _candidates(evaluation, document) if item.named == denying]
    problem = _problem(found, evaluation)
    reasons = [problem] if problem else [item.words for item in islice(found.conditions, _MAX_CONDITIONS)]
    words = f": {' and '.join(reasons)}" if reasons else ""
    return f"{_title(denying)} of {_policy_title(denying, noun)} denies it{words}"


def _nearest(evaluation: Evaluation, documents: Sequence[_Document], noun: str | None) -> str:
    """Return the words about the nearest statement, without its policy if `noun` is None; "" if none allows."""
    found = [item for document in documents for item in _candidates(evaluation, document)]
    allowing = [item for item in found if item.statement.get("Effect") == "Allow"]
    if not allowing:
        return ""
    nearest = max(allowing, key=lambda item: item.nearness)
    which = f" of {_policy_title(nearest.named, noun)}" if noun else ""
    account = f"its Principal names the account {evaluation.caller.account}, which leaves it to the identity policies"
    return f": {_title(nearest.named)}{which} comes nearest, {_problem(nearest, evaluation) or account}"


def _candidates(evaluation: Evaluation, document: _Document) -> Iterator[_Candidate]:
    version, statements = read_statements(document.policy)
    for number, statement in enumerate(statements, 1):
        named = name_statement(statement, document.kind, number, document.number)
        who, _is_direct = is_caller(statement, evaluation, document.kind)
        known, action, resource = islice(are_elements_met(statement, evaluation, version), 3)
        conditions = tuple(_conditions(statement.get("Condition", {}), evaluation, has_variables(version)))
        yield _Candidate(named, statement, known, who, action, resource, conditions)


def _conditions(condition: Any, evaluation: Evaluation, variables: bool) -> Iterator[_Condition]:
    if not isinstance(condition, Mapping):
        yield _Condition("", "", condition, (), None)
        return
    for operator, keys in condition.items():
        for key, values in keys.items() if isinstance(keys, Mapping) else [("", keys)]:
            one = {operator: {key: values} if isinstance(keys, Mapping) else keys}
            given = evaluation.context.get(lower_ascii(key), ())
            yield _Condition(operator, key, values, given, is_met(one, evaluation.context, variables))


def _problem(found: _Candidate, evaluation: Evaluation) -> str | None:
    """Return the words for the first element of a statement that does not apply to the request, None if all do."""
    if found.known is not True:
        return "it has an element or a version that IAM does not know"
    if found.who is not True:
        name = _element_name(found.statement, "Principal")
        if found.who is None:
            return f"its {name} cannot be interpreted"
        verb = "names" if name.startswith("Not") else "does not name"
        return f"its {name} {verb} {shown(evaluation.caller.arn or 'anonymous clients')}"
    for name, truth, value in (
        ("Action", found.action, evaluation.request.action),
        ("Resource", found.resource, evaluation.request.resource),
    ):
        if truth is not True:
            return _mismatch(found.statement, name, truth, value)
    return next((item.words for item in found.conditions if item.met is not True), None)


def _mismatch(statement: Mapping[str, Any], element: str, truth: Truth, value: str) -> str:
    name = _element_name(statement, element)
    values = shown_all(statement.get(name, []))
    if truth is None:
        return f"its {name} {values} cannot be interpreted"
    return f"its {name} {values} {'matches' if name.startswith('Not') else 'does not match'} {shown(value)}"


def _element_name(statement: Mapping[str, Any], name: str) -> str:
    return f"Not{name}" if f"Not{name}" in statement else name


def _title(named: Statement) -> str:
    return f"statement {named.number} ({shown(named.sid)})" if named.sid else f"statement {named.number}"


def _policy_title(named: Statement, noun: str) -> str:
    return f"identity policy {named.document}" if named.policy == "identity" else f"the {noun} policy"


def shown_all(values: Any) -> str:
    """Return one value of a policy or several, separated by commas, as `shown` does."""
    items = values if isinstance(values, tuple) else as_list(values)
    texts = [as_text(item) for item in items[:_MAX_SHOWN]]
    return shown(", ".join("?" if text is None else text[: _MAX_SHOWN + 1] for text in texts))


def shown(text: str) -> str:
    """Return a text in one line and with at most 100 characters; an ellipsis stands for the others."""
    start = "".join(character if character.isprintable() else "?" for character in text[:_MAX_SHOWN])
    return start if len(text) <= _MAX_SHOWN else f"{start[: _MAX_SHOWN - 1]}…"
