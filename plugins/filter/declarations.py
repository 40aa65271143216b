# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that turn declarations of other tools into containers of mediastore_containers."""

from __future__ import annotations

import functools
import textwrap
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from jinja2 import Undefined

from ..plugin_utils import _aws_cli, _cloudformation, _terraform
from ..plugin_utils._declarations import DeclarationError, boolean

# Names in a source can have any length, and contain line breaks.
_MAX_MESSAGE = 1000


def from_cloudformation(template: Any, parameters: Any = None, imports: Any = None, resources: Any = None) -> Any:
    """Return the containers of a CloudFormation template, see from_cloudformation.yml."""
    return _cloudformation.from_cloudformation(template, parameters or {}, imports or {}, resources or {})


def from_terraform(source: Any, include_sensitive: Any = False, region: Any = None) -> Any:
    """Return the containers of a Terraform state or plan, see from_terraform.yml."""
    return _terraform.from_terraform(source, boolean(include_sensitive, "include_sensitive"), region)


def from_aws_cli(answers: Any) -> Any:
    """Return the containers of saved answers of the AWS CLI, see from_aws_cli.yml."""
    return _aws_cli.from_aws_cli(answers)


def _reporting(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter of a function: what it cannot convert is an error of Ansible, in one sentence."""

    @functools.wraps(convert)
    def reporting(source: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(source, Undefined):  # Ansible names the variable when it uses the result
            return source
        try:
            return convert(source, *args, **kwargs)
        except DeclarationError as error:
            message = textwrap.shorten(str(error), _MAX_MESSAGE, placeholder=" ...")
        except RecursionError:
            message = "The source is nested too deeply"
        raise AnsibleFilterError(message)

    return reporting


class FilterModule:
    """The filters of this file, as Ansible loads them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {
            convert.__name__: _reporting(convert) for convert in (from_cloudformation, from_terraform, from_aws_cli)
        }
