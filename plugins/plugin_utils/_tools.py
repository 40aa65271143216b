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


def read(source: Any, filter_name: str, what: str, budget: Budget) -> Any:
    """Return what the tool of a source returns for it, see Tool; `what` names the source in messages.

    Raises DeclarationError for a source that is not for this filter, with the filter that reads it.
    """
    if isinstance(source, str):
        budget.spend_text(len(source), what)
    data = _load(source, what, is_yaml=filter_name == "from_cloudformation")
    tool = _tool_of(data)
    if tool is None:
        expected, way_out = _EXPECTED[filter_name]
        cause = "" if isinstance(data, Mapping) else f"must be an object, it is {kind(data)}, so it "
        raise DeclarationError(f"{what} {cause}{expected}: {way_out}")
    if tool.filter != filter_name:
        raise DeclarationError(f"{what} is {tool.name}: use the filter elemental.mediastore.{tool.filter}")
    return tool.read(data, what, budget)


def source_format(source: Any) -> dict[str, str]:
    """Return which tool wrote a source, for people, and the filter that reads it.

    An empty source is an answer of the AWS CLI: a command that fails because a policy does not exist prints nothing.
    Raises DeclarationError for a source that no filter reads.
    """
    if isinstance(source, str) and not source.strip():
        return {"format": "an empty answer of the AWS CLI", "filter": "from_aws_cli"}
    what = "The source"
    tool = _tool_of(_load(source, what, is_yaml=True))
    if tool is None:
        expected = ", ".join(tool.name for tool in TOOLS)
        raise DeclarationError(f"{what} has none of the formats that can be read: give {expected}")
    return {"format": tool.name, "filter": tool.filter}


def _load(source: Any, what: str, is_yaml: bool) -> Any:
    """Return the data of text, or data; `--query TemplateBody` prints text in text."""
    for _time in range(2):
        if isinstance(source, str):
            source = load_text(source, what, is_yaml)
    return source


def _tool_of(data: Any) -> Tool | None:
    return next((tool for tool in TOOLS if tool.recognizes(data)), None)
