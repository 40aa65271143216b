# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of what works where: the results that the session keeps, as text and as reStructuredText.

Results: {server: {"title": str, "version": str, "cells": {row: cell}}}, with the rows and cells below.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_s3_servers.rst"
ROWS = {
    "bucket": "A new bucket",
    "account": "The account, from STS",
    "region": "A region other than us-east-1",
    "owner": "Expected bucket owner",
    "public_access_block": "``public_access_block``",
    "policy": "``policy`` for a distribution",
    "public_policy": "``policy`` for everyone",
    "tags": "``tags``",
    "cors": "``cors``",
    "lifecycle": "``lifecycle``, expiration",
    "archive": "``lifecycle``, transition",
    "metrics": "``metrics``",
    "logging": "``logging``",
    "faults": "Cut connections, status 503",
    "access": "Access by bucket policy",
    "preflights": "CORS preflight requests",
}
# What a table can say, and what a footnote adds.
CELLS = {
    "works": "",
    "not implemented": "Name the aspect in ``skip_unsupported``.",
    "not implemented, shown by a run": (
        "Check mode predicts a change, and the run finds this out. Name the aspect in ``skip_unsupported``."
    ),
    "refused": "The server refuses this configuration, which Amazon S3 accepts. Omit the aspect in the declaration.",
    "no STS": "Set ``account``.",
    "one region": "Set ``region`` to that of the server.",
    "checked": "",
    "checked by some operations": "Some operations do not compare the owner of a bucket with ``account``.",
    "not checked": "No operation compares the owner of a bucket with ``account``.",
    "as the container": "",
    "wider, by Deny": "Do not rely on the Deny statements of bucket policies.",
    "wider": "Do not rely on bucket policies.",
    "wider rules": "Do not rely on the CORS rules of the bucket.",
    "not decided": "Bucket policies do not decide about requests without credentials.",
    "not answered": "The server does not answer preflight requests by the CORS rules of the bucket.",
    "no aspect": "",
}


def load() -> dict[str, Any]:
    """Return the results that are kept in the repository."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text())
    return kept


def keep(found: Mapping[str, Any]) -> None:
    """Keep the results of some servers, and show them in the guide."""
    old = load()
    new = {**old, **found}
    RESULTS.write_text(json.dumps(new, indent=2) + "\n")
    GUIDE.write_text(GUIDE.read_text().replace(rst(old), rst(new)))


def rows(results: Mapping[str, Any]) -> tuple[list[list[str]], list[str]]:
    """Return the rows of the table, with a header, and its footnotes."""
    notes: list[str] = []

    def cell(text: str) -> str:
        note = CELLS[text]
        if not note:
            return text
        if note not in notes:
            notes.append(note)
        return f"{text} ({notes.index(note) + 1})"

    header = ["", *(f"{one['title']} {one['version']}" for one in results.values())]
    body = [[title, *(cell(one["cells"][row]) for one in results.values())] for row, title in ROWS.items()]
    return [header, *body], [f"({number}) {note}" for number, note in enumerate(notes, 1)]


def text(results: Mapping[str, Any]) -> str:
    """Return the table for a terminal."""
    table, notes = rows(results)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([*lines, "", *notes]).replace("``", "")


def rst(results: Mapping[str, Any]) -> str:
    """Return the table for the guide: for each row what happens, and at which servers, so that it fits on a phone."""
    (_header, *body), notes = rows(results)
    titles = [one["title"] for one in results.values()]
    versions = ", ".join(f"{one['title']} {one['version']}" for one in results.values())
    lines = [f"The servers were {versions}.", "", ".. list-table::", "   :header-rows: 1", ""]
    lines += ["   * - What", "     - Where"]
    for name, *cells in body:
        where = [
            ", ".join(title for title, other in zip(titles, cells, strict=True) if other == cell) for cell in cells
        ]
        servers_of = dict(zip(cells, where, strict=True))
        lines += [f"   * - {name}", *_line_block([f"{cell}: {servers}" for cell, servers in servers_of.items()])]
    return "\n".join([*lines, "", *notes, ""])


def _line_block(texts: Sequence[str]) -> list[str]:
    first, *others = texts
    return [f"     - | {first}", *(f"       | {text}" for text in others)]
