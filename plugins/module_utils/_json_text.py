# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON as text: what is compared, what services store, and what is sent. Pure functions."""

from __future__ import annotations

import json
from typing import Any

from ._input import load_json


def canonical_json(value: Any) -> str:
    """Return the JSON text that equal values share. Unlike ==, it distinguishes true, 1 and 1.0."""
    return json.dumps(value, sort_keys=True)


def load_text(text: str) -> Any:
    """Return the JSON document that the service stores as `text`, or the text itself if it is not JSON."""
    try:
        document = load_json(text)
    except ValueError:
        return text
    return text if document is None else document


def dump_text(document: Any) -> str:
    """Return the text to send for a JSON document: without whitespace, and in ASCII."""
    return json.dumps(document, separators=(",", ":"))
