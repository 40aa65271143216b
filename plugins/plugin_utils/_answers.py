# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers about containers, as the formats of from_aws_cli read them."""

from __future__ import annotations

from typing import Any, NamedTuple

from ._data import DeclarationError
from ._declarations import Arn, parse_arn


class Statement(NamedTuple):
    """What an answer says about one container.

    - name: the name of the container, or None if the answer does not name it
    - options: what it says, by the name of the option
    - describes: whether it says that the container exists
    - is_of_go: whether the SDK for Go wrote it, in which a CORS rule without an age may have the age 0
    - is_deleting: whether the container is being deleted, None if it does not say that
    - host: the host of its endpoint, None if it does not say that
    """

    name: str | None
    arn: Arn | None
    options: dict[str, Any]
    describes: bool = False
    is_deleting: bool | None = None
    is_of_go: bool = False
    host: str | None = None


class Answer(NamedTuple):
    """The statements of an answer, the command that printed it, and whether it is a page of a list before the last."""

    command: str
    statements: list[Statement]
    has_next: bool | None = None


def described(name: str, arn: Any, status: Any, options: dict[str, Any], where: str) -> Statement:
    """Return the statement that a container exists; `where` is the place of the ARN, which must be of a container."""
    parsed = parse_arn(arn)
    if arn is not None and parsed is None:
        raise DeclarationError(f"{where} is not that of a container of MediaStore: remove the answer, or correct it")
    is_deleting = None if status is None else status == "DELETING"
    return Statement(name, parsed, options, describes=True, is_deleting=is_deleting)


def settable(tags: dict[str, str]) -> dict[str, str]:
    """Return tags without those that AWS sets, which no request can set."""
    return {key: item for key, item in tags.items() if not key.lower().startswith("aws:")}
