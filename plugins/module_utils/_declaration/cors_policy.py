# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CORS policy as users give it: a list of rules, of which the first that matches a request applies."""

from __future__ import annotations

import re
from typing import Any

from .._input import InvalidInputError, check_limits
from .._json_text import dump_text
from .document import DocumentOption

# Options of a rule and members of model shape CorsRule.
CORS_MEMBERS = {
    "allowed_origins": "AllowedOrigins",
    "allowed_methods": "AllowedMethods",
    "allowed_headers": "AllowedHeaders",
    "expose_headers": "ExposeHeaders",
    "max_age_seconds": "MaxAgeSeconds",
}
# Model shapes CorsPolicy, AllowedOrigins, AllowedHeaders and ExposeHeaders, Origin, Header, MaxAgeSeconds.
_MAX_RULES = 100
_MAX_ITEMS = 100
_MAX_LENGTH = {"allowed_origins": 2048, "allowed_headers": 8192, "expose_headers": 8192}
_MAX_AGE = 2147483647
_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]+")
# https://docs.aws.amazon.com/mediastore/latest/apireference/API_PutCorsPolicy.html
_MAX_POLICY_LENGTH = 398000


def check_cors(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rules of a user; raise InvalidInputError if the service would refuse them."""
    if not rules:
        raise InvalidInputError(
            f"The CORS policy has no rules; it needs 1 to {_MAX_RULES}:"
            " use state=absent to remove the CORS policy of a container"
        )
    check_limits("The number of CORS rules", len(rules), 1, _MAX_RULES)
    checked = [_check_rule(f"CORS rule {number}", cors_rule(rule)) for number, rule in enumerate(rules, start=1)]
    check_limits("The length of the CORS policy", len(dump_text(dump_cors(checked))), 1, _MAX_POLICY_LENGTH)
    return checked


def cors_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule without duplicates, and without optional members that are empty."""
    result = {
        option: list(dict.fromkeys(rule.get(option) or []))
        for option in ("allowed_origins", "allowed_methods", "allowed_headers", "expose_headers")
    }
    if not result["expose_headers"]:
        del result["expose_headers"]
    if rule.get("max_age_seconds") is not None:
        return {**result, "max_age_seconds": rule["max_age_seconds"]}
    return result


def _check_rule(where: str, rule: dict[str, Any]) -> dict[str, Any]:
    for option in ("allowed_origins", "allowed_methods"):
        if not rule[option]:
            raise InvalidInputError(f"{where} has no {option}; it needs at least one")
    for option, max_length in _MAX_LENGTH.items():
        items = rule.get(option, [])
        check_limits(f"{where}: the number of {option}", len(items), 0, _MAX_ITEMS)
        for item in items:
            check_limits(f"{where}: the length of an item of {option}", len(item), 1, max_length)
            if item.count("*") > 1:
                raise InvalidInputError(f"{where}: {item!r} in {option} has more than one '*'; at most one is allowed")
            if not _CHARACTERS.fullmatch(item):
                raise InvalidInputError(
                    f"{where}: {item!r} in {option} contains a control character or a character outside Latin-1"
                )
    if "max_age_seconds" in rule:
        check_limits(f"{where}: max_age_seconds", rule["max_age_seconds"], 0, _MAX_AGE)
    return rule


def dump_cors(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rules as model shape CorsPolicy, in which `AllowedHeaders` is required even if it is empty."""
    return [{CORS_MEMBERS[option]: value for option, value in rule.items()} for rule in rules]


CORS_POLICY_OPTION = DocumentOption(
    key="cors_policy",
    argument=dict(
        type="list",
        elements="dict",
        options=dict(
            allowed_origins=dict(type="list", elements="str", required=True),
            allowed_methods=dict(type="list", elements="str", choices=["PUT", "GET", "DELETE", "HEAD"], required=True),
            allowed_headers=dict(type="list", elements="str", default=[]),
            expose_headers=dict(type="list", elements="str"),
            max_age_seconds=dict(type="int"),
        ),
    ),
    check=check_cors,
)
