# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the options for documents have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Callable, NamedTuple

from .._input import check_limits
from .._json_text import dump_text

# Model shapes ContainerPolicy and LifecyclePolicy.
_MAX_TEXT_LENGTH = 8192


class Place(NamedTuple):
    """Where a container is: fields of its ARN; the account is None if it is unknown."""

    partition: str
    region: str
    account: str | None = None


def _any_container(value: Any, name: str) -> None:
    """Accept every container."""


def _any_place(value: Any, name: str, place: Place) -> None:
    """Accept every place."""


def _no_warnings(value: Any) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class DocumentOption:
    """How users declare one kind of document. All functions are pure; a value is never None.

    - key: the name of the option
    - argument: its argument spec
    - check: returns the value of what the user specified; raises InvalidInputError
    - check_container: raises InvalidInputError for a value that the container with this name cannot have
    - check_place: the same for the place of this container
    - warnings: returns sentences about a value that is valid, but almost certainly a mistake
    """

    key: str
    argument: Mapping[str, Any]
    check: Callable[[Any], Any]
    check_container: Callable[[Any, str], None] = _any_container
    check_place: Callable[[Any, str, Place], None] = _any_place
    warnings: Callable[[Any], Iterable[str]] = _no_warnings


def check_text_length(what: str, document: Any) -> None:
    """Raise InvalidInputError if the text to send for a document is longer than the service accepts."""
    check_limits(f"The length of the {what} without whitespace", len(dump_text(document)), 1, _MAX_TEXT_LENGTH)
