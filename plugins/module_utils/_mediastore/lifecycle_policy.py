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
from .._parts import Kind, Part, entries_part, literal_part, object_part, set_part

_RULES = Kind("lifecycle rule", ("definition", "path"), is_ordered=True)


def lifecycle_parts(policy: Any) -> Part:
    """Return the parts of a lifecycle policy.

    The order of rules is kept. Within a rule, the paths are a set, and the spelling of numbers makes no difference. A
    value that is not a lifecycle policy, which a server may have stored, is a literal.
    """
    try:
        rules = lifecycle_policy(policy)["rules"]
    except InvalidInputError:
        return literal_part(policy)
    return object_part(policy, {"rules": entries_part(rules, _RULES, _rule)})


def _rule(rule: dict[str, Any]) -> Part:
    definition = {
        name: set_part(value) if name == "path" else literal_part(value) for name, value in rule["definition"].items()
    }
    return object_part(
        rule, {"definition": object_part(rule["definition"], definition), "action": literal_part(rule["action"])}
    )


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
