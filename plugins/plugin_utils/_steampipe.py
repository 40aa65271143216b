# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of Steampipe's table aws_media_store_container, as `steampipe query --output json` prints them.

Source: aws/table_aws_media_store_container.go of github.com/turbot/steampipe-plugin-aws. Since version 0.24 of
Steampipe, the rows are in an object beside the columns.
"""

from __future__ import annotations

from typing import Any

from ._answers import Answer, Statement, described, settable
from ._data import Budget, boolean, expect_dict, expect_list, plain, text
from ._declarations import document, tags_of
from ._tool import Tool

_COLUMNS = {"arn", "status", "access_logging_enabled", "policy", "policy_std", "tags", "tags_src", "akas", "region"}


def _answers(data: Any, what: str, budget: Budget) -> list[Answer]:
    rows = data if isinstance(data, list) else data.get("rows", [data])
    checked = plain(expect_list(rows, f"{what}, rows"), what, budget)
    return [
        Answer("steampipe query", [_statement(row, f"{what}, row {n}", budget) for n, row in enumerate(checked, 1)])
    ]


def _statement(row: Any, where: str, budget: Budget) -> Statement:
    given = {key: value for key, value in expect_dict(row, where).items() if value is not None}
    options: dict[str, Any] = {}
    # Steampipe writes false as well for what the service did not say.
    if "access_logging_enabled" in given and boolean(
        given["access_logging_enabled"], f"{where}: access_logging_enabled"
    ):
        options["access_logging_enabled"] = True
    if "policy" in given:  # policy_std has the names of actions in lower case
        options["policy"] = document(given["policy"], f"{where}: policy", budget)
    if "tags" in given:
        tags = expect_dict(given["tags"], f"{where}: tags")
        options["tags"] = settable({key: text(value, f"{where}: tag {key}") for key, value in tags.items()})
    elif "tags_src" in given:
        options["tags"] = settable(tags_of(given["tags_src"], f"{where}: tags_src", budget))
    name = text(given.get("name", given.get("title")), f"{where}: name")
    return described(name, given.get("arn"), given.get("status"), options, f"{where}: arn")


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and bool({"name", "title"} & row.keys()) and bool(row.keys() & _COLUMNS)


def _is_rows(data: Any) -> bool:
    if isinstance(data, dict) and isinstance(data.get("rows"), list):
        return not data["rows"] or _is_row(data["rows"][0])
    return _is_row(data[0] if isinstance(data, list) and data else data)


TOOL = Tool(
    "rows of Steampipe", "from_aws_cli", _is_rows, _answers, omits=("cors_policy", "lifecycle_policy", "metric_policy")
)
