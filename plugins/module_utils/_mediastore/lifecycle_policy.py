# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lifecycle policy as the service stores it: text."""

from __future__ import annotations

from typing import Any

from .._declaration.lifecycle_policy import lifecycle_policy
from .._document import Document
from .._input import InvalidInputError
from .._json_text import dump_text, load_text
from .._parts import Kind, Part, entries, items, literal, members

_RULES = Kind("lifecycle rule", match=("definition", "path"), is_ordered=True)


def lifecycle_parts(policy: Any) -> Part:
    """Return the parts of a lifecycle policy.

    The order of rules is kept. Within a rule, the paths are a set, and the spelling of numbers makes no difference. A
    value that is not a lifecycle policy, which a server may have stored, is a literal.
    """
    try:
        rules = lifecycle_policy(policy)["rules"]
    except InvalidInputError:
        return literal(policy)
    return members(policy, {"rules": entries(rules, _RULES, _rule)})


def _rule(rule: dict[str, Any]) -> Part:
    definition = {
        name: items(value) if name == "path" else literal(value) for name, value in rule["definition"].items()
    }
    return members(rule, {"definition": members(rule["definition"], definition), "action": literal(rule["action"])})


LIFECYCLE_POLICY = Document(
    key="lifecycle_policy",
    title="lifecycle policy",
    operation="lifecycle_policy",
    member="LifecyclePolicy",
    wire_type=str,
    not_found="PolicyNotFoundException",
    load=load_text,
    dump=dump_text,
    parts=lifecycle_parts,
)
