# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats that the filters read, and which of them a source has. A new tool is a file with a Tool, listed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from ._tool import SHOW, Tool, load_text

TOOLS: tuple[Tool, ...] = (
    _template.TOOL,
    *_terraform_state.TOOLS,
    *_terraform_show.TOOLS,
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
        SHOW,
    ),
    "from_pulumi": ("is not an exported stack of Pulumi", "give the output of `pulumi stack export`"),
    "from_aws_cli": (
        f"is not the answer of {', '.join(_cli_answer.COMMANDS)} or `aws cloudcontrol get-resource`",
        "save it again with `--output json`",
    ),
}

_ANY = (
    "has none of the formats that can be read",
    f"give {', '.join(tool.name for tool in TOOLS if tool.is_readable)}",
)


# An answer that is saved as an empty file, because the command found nothing.
_EMPTY = Tool("an empty answer of the AWS CLI", "from_aws_cli", lambda _data: False, lambda *_arguments: [])


def load(source: Any, filter_name: Any, what: str, budget: Budget, is_yaml: bool = False) -> tuple[Tool, Any]:
    """Return the tool of a source and the data for its `read`; `what` names the source in messages.

    The filter of the tool must be `filter_name` if that is not None. Text can be YAML if `is_yaml`. Raises
    DeclarationError for another source.
    """
    if filter_name not in (None, *_EXPECTED):
        raise DeclarationError(f"{what}: filter must be one of {', '.join(_EXPECTED)}: correct it")
    if isinstance(source, str) and not source.strip() and filter_name in (None, "from_aws_cli"):
        return _EMPTY, source
    for _time in range(2):  # `--query TemplateBody` prints text in text, and in yaml-stream a list of text
        if isinstance(source, list) and len(source) == 1 and isinstance(source[0], str):
            source = source[0]
        if isinstance(source, str):
            budget.spend_text(len(source), what)
            source = load_text(source, what, budget, is_yaml)
    return _tool_of(source, filter_name, what), source


def is_empty(tools: Iterable[Tool]) -> bool:
    """Return whether all sources are empty answers."""
    return all(tool is _EMPTY for tool in tools)


def _tool_of(data: Any, filter_name: str | None, what: str) -> Tool:
    """Return the tool of data; raise DeclarationError if no tool or no tool of the filter recognizes them."""
    expected, way_out = _EXPECTED.get(filter_name or "", _ANY)
    tool = next((tool for tool in TOOLS if tool.recognizes(data)), None)
    if data == [] and filter_name in (None, "from_aws_cli"):
        raise DeclarationError(
            f"{what} must be an object, but it is a list, which is empty and does not say of what: save it again"
            " without `--query`"
        )
    if tool is None:
        cause = "" if isinstance(data, Mapping) else f"must be an object, but it is {kind(data)}, so it "
        raise DeclarationError(f"{what} {cause}{expected}: {way_out}")
    if filter_name not in (None, tool.filter):
        raise DeclarationError(
            f"{what} is {tool.name}: use the filter elemental.mediastore.{tool.filter}, or {way_out}"
        )
    return tool
