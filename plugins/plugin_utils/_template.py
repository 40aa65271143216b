# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudFormation templates as their tools write them, and as `aws cloudformation` prints them.

Templates of AWS CDK, AWS SAM, troposphere, former2 and the IaC generator have the same format.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html. GetTemplate and
GetGeneratedTemplate return the template in TemplateBody, as text or, in the AWS CLI and if it is JSON, as an object:
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
"""

from __future__ import annotations

from typing import Any

from ._data import Budget, DeclarationError, plain
from ._tool import Tool, load_text


def _is_template(data: Any) -> bool:
    pages = data if isinstance(data, list) else [data]
    return any(
        isinstance(page, dict) and not {"TemplateBody", "Resources", "AWSTemplateFormatVersion"}.isdisjoint(page)
        for page in pages
    )


def _template(data: Any, what: str, budget: Budget) -> Any:
    """Return the template in an envelope; `--output yaml-stream` prints a list of one page."""
    pages = data if isinstance(data, list) else [data]
    if len(pages) > 1:
        raise DeclarationError(
            f"{what} has {len(pages)} documents, and a template is one: give each template in a source"
        )
    [page] = pages
    template = page.get("TemplateBody", page)
    if isinstance(template, str):
        template = load_text(template, what, budget, is_yaml=True)
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        status = f", and its status is {page['Status']}" if "Status" in page else ""
        raise DeclarationError(
            f"{what} is not a CloudFormation template with the section Resources{status}: give the answer of"
            " `aws cloudformation get-template`"
        )
    return plain(template, what, budget)


TOOL = Tool("a CloudFormation template", "from_cloudformation", _is_template, _template)
