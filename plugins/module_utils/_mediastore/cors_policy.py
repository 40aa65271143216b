# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CORS policy as the service stores it: a list of model shape CorsRule."""

from __future__ import annotations

from functools import partial
from typing import Any

from .._cors import cors_parts
from .._declaration.cors_policy import CORS_MEMBERS, cors_rule, dump_cors
from .._document import Document
from .._errors import expect


def load_cors(stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rules of model shape CorsPolicy as the options of the module."""
    return [cors_rule(_expect_rule(rule)) for rule in stored]


def _expect_rule(stored: Any) -> dict[str, Any]:
    """Return a rule whose members have the types of model shape CorsRule, as the options of the module."""
    rule = {option: expect(stored, dict, "a CORS rule").get(member) for option, member in CORS_MEMBERS.items()}
    if rule["max_age_seconds"] is not None:
        expect(rule["max_age_seconds"], int, CORS_MEMBERS["max_age_seconds"])
    for option in ("allowed_origins", "allowed_methods", "allowed_headers", "expose_headers"):
        for item in expect(rule[option] or [], list, CORS_MEMBERS[option]):
            expect(item, str, f"an item of {CORS_MEMBERS[option]}")
    return rule


CORS_POLICY = Document(
    key="cors_policy",
    title="CORS policy",
    operation="cors_policy",
    member="CorsPolicy",
    wire_type=list,
    not_found="CorsPolicyNotFoundException",
    load=load_cors,
    dump=dump_cors,
    parts=partial(cors_parts, match="allowed_origins"),
)
