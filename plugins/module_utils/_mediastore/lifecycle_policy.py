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


def canonical_lifecycle(policy: Any) -> Any:
    """Return the one form that equal lifecycle policies share.

    The order of rules is kept. Within a rule, the paths are a set, and the spelling of numbers makes no difference. A
    value that is not a lifecycle policy, which a server may have stored, is returned unchanged.
    """
    try:
        rules = lifecycle_policy(policy)["rules"]
    except InvalidInputError:
        return policy
    for rule in rules:
        paths = {dump_text(path): path for path in rule["definition"]["path"]}
        rule["definition"]["path"] = [paths[text] for text in sorted(paths)]
    return {"rules": rules}


LIFECYCLE_POLICY = Document(
    key="lifecycle_policy",
    title="lifecycle policy",
    operation="lifecycle_policy",
    member="LifecyclePolicy",
    wire_type=str,
    not_found="PolicyNotFoundException",
    load=load_text,
    dump=dump_text,
    canonical=canonical_lifecycle,
)
