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

from ..plugin_utils import _aws_cli, _cloudformation, _files, _terraform
from ..plugin_utils._data import Budget, DeclarationError

# Names in a source can have any length, and contain line breaks.
_MAX_MESSAGE = 1000


def from_cloudformation(
    template: Any, parameters: Any = None, imports: Any = None, resources: Any = None, stacks: Any = None
) -> Any:
    """Return the containers of a CloudFormation template, see from_cloudformation.yml."""
    return _cloudformation.from_cloudformation(template, _arguments(parameters, imports, resources, stacks), Budget())


def from_terraform(source: Any, include_sensitive: Any = False, region: Any = None) -> Any:
    """Return the containers of a Terraform state, plan or configuration, see from_terraform.yml."""
    return _terraform.from_terraform(source, include_sensitive, region, Budget())


def from_pulumi(source: Any, include_sensitive: Any = False, region: Any = None) -> Any:
    """Return the containers of a Pulumi stack, see from_pulumi.yml."""
    return _terraform.from_pulumi(source, include_sensitive, region, Budget())


def from_aws_cli(answers: Any) -> Any:
    """Return the containers of saved answers of the AWS CLI, see from_aws_cli.yml."""
    return _aws_cli.from_aws_cli(answers, Budget())


def from_files(
    files: Any,
    parameters: Any = None,
    imports: Any = None,
    resources: Any = None,
    stacks: Any = None,
    include_sensitive: Any = False,
    region: Any = None,
) -> Any:
    """Return the containers of files of any tool, and what the files are, see from_files.yml."""
    arguments = _arguments(parameters, imports, resources, stacks)
    return _files.from_files(files, arguments, include_sensitive, region, Budget())


def _arguments(*given: Any) -> _cloudformation.Arguments:
    return _cloudformation.Arguments(*({} if argument is None else argument for argument in given))


def _reporting(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter of a function: what it cannot convert is an error of Ansible, in one sentence."""

    @functools.wraps(convert)
    def reporting(source: Any, *args: Any, **kwargs: Any) -> Any:
        for value in (source, *args, *kwargs.values()):
            if isinstance(value, Undefined):  # Ansible names the variable when it uses the result
                return value
        try:
            return convert(source, *args, **kwargs)
        except DeclarationError as error:
            message = str(error)
        except RecursionError:
            message = "The source is nested too deeply: give only the part needed"
        printable = message[: 2 * _MAX_MESSAGE].encode(errors="backslashreplace").decode()
        raise AnsibleFilterError(textwrap.shorten(printable, _MAX_MESSAGE, placeholder=" ..."))

    return reporting


class FilterModule:
    """The filters of this file, as Ansible loads them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        filters = (from_cloudformation, from_terraform, from_pulumi, from_aws_cli, from_files)
        return {convert.__name__: _reporting(convert) for convert in filters}
