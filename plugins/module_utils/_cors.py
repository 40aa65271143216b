# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Equality of CORS rules, whatever the service. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def canonical_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one form that equal CORS rules share, whose lists are members or options.

    The lists are sets, and names of headers ignore case (RFC 9110, section 5.1).
    """
    return {
        name: _canonical_items(value, name.lower().endswith("headers")) if isinstance(value, list) else value
        for name, value in rule.items()
    }


def _canonical_items(items: list[str], ignore_case: bool) -> list[str]:
    return sorted({item.lower() if ignore_case else item for item in items})
