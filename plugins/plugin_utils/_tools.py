# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats that the filters read, and which of them a source has. A new tool is a file with a Tool, listed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import (
    _cli_answer,
    _cloud_control,
    _crossplane,
    _pulumi,
    _steampipe,
    _template,
    _terraform_configuration,
    _terraform_show,
    _terraform_state,
)
from ._data import Budget, DeclarationError, kind
from ._tool import Tool, load_text

TOOLS: tuple[Tool, ...] = (
    _template.TOOL,
    *_terraform_state.TOOLS,
    _terraform_show.TOOL,
    _terraform_configuration.TOOL,
    _crossplane.TOOL,
    _pulumi.TOOL,
    _cli_answer.TOOL,
    _cloud_control.TOOL,
    _steampipe.TOOL,
)
# What a source is not that no filter reads, and how to get what the filter takes.
_EXPECTED = {
    "from_cloudformation": (
        "is not a CloudFormation template with the section Resources",
        "give the answer of `aws cloudformation get-template`",
    ),
    "from_terraform": (
        "is neither a state nor a plan nor a configuration of Terraform that can be read",
        "give the output of `terraform show -json`",
    ),
    "from_pulumi": ("is not an exported stack of Pulumi", "give the output of `pulumi stack export`"),
    "from_aws_cli": (
        f"is not the answer of {', '.join(_cli_answer.COMMANDS)} or `aws cloudcontrol get-resource`",
        "save it again with `--output json`",
    ),
}

_ANY = ("has none of the formats that can be read", f"give {', '.join(tool.name for tool in TOOLS)}")


def read(source: Any, filter_name: str, what: str, budget: Budget) -> Any:
    """Return what the tool of a source returns for it, see Tool; `what` names the source in messages.

    Raises DeclarationError for a source that is not for this filter, with the filter that reads it.
    """
    data = _load(source, what, filter_name == "from_cloudformation", budget)
    return _tool_of(data, filter_name, what).read(data, what, budget)


def format_of(source: Any, what: str, filter_name: Any, budget: Budget) -> tuple[str, str]:
    """Return what a source is, with an article, and the filter that reads it, which must be `filter_name` if given.

    Raises DeclarationError for another source.
    """
    if isinstance(source, str) and not source.strip() and filter_name in (None, "from_aws_cli"):
        return "an empty answer of the AWS CLI", "from_aws_cli"
    if filter_name not in (None, *_EXPECTED):
        raise DeclarationError(f"{what}: filter must be one of {', '.join(_EXPECTED)}: correct it")
    tool = _tool_of(_load(source, what, True, budget), filter_name, what)
    return tool.name, tool.filter


def _load(source: Any, what: str, is_yaml: bool, budget: Budget) -> Any:
    """Return the data of text, or data; `--query TemplateBody` prints text in text."""
    for _time in range(2):
        if isinstance(source, str):
            budget.spend_text(len(source), what)
            source = load_text(source, what, is_yaml)
    return source


def _tool_of(data: Any, filter_name: str | None, what: str) -> Tool:
    """Return the tool of data; raise DeclarationError if there is none, or if it is not for the filter."""
    expected, way_out = _EXPECTED.get(filter_name or "", _ANY)
    tool = next((tool for tool in TOOLS if tool.recognizes(data)), None)
    if tool is None:
        cause = "" if isinstance(data, Mapping) else f"must be an object, it is {kind(data)}, so it "
        raise DeclarationError(f"{what} {cause}{expected}: {way_out}")
    if filter_name not in (None, tool.filter):
        raise DeclarationError(
            f"{what} is {tool.name}: use the filter elemental.mediastore.{tool.filter}, or {way_out}"
        )
    return tool
