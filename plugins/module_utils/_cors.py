# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CORS rules as parts, whatever the service. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._parts import ABSENT, Kind, Part, entries, items, literal, members


def cors_parts(rules: Any, match: str) -> Part:
    """Return the parts of CORS rules, whose lists are members or options; `match` is the name of that of the origins.

    The order of rules matters, because the first matching rule applies. Within a rule, the lists are sets, an omitted
    list is empty, and names of headers ignore case (RFC 9110, section 5.1). The ID that a rule of S3 can have has no
    effect.
    Sources: https://docs.aws.amazon.com/mediastore/latest/apireference/API_CorsRule.html and
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html
    """
    return entries(rules, Kind("CORS rule", match=[match], is_ordered=True), _rule)


def _rule(rule: Any) -> Part:
    if not isinstance(rule, Mapping):
        return literal(rule)
    return members(rule, {name: _member(name, value) for name, value in rule.items()})


def _member(name: str, value: Any) -> Part:
    if name == "ID" or value == []:
        return Part(value, ABSENT)
    return (
        items(value, str.lower if name.lower().endswith("headers") else str)
        if isinstance(value, list)
        else literal(value)
    )
