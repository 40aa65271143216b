# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common properties of the documents that can be attached to a container."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, NamedTuple

from ._input import check_limits, load_json

# Model shapes ContainerPolicy and LifecyclePolicy.
_MAX_TEXT_LENGTH = 8192


class Place(NamedTuple):
    """Where a container is: fields of its ARN; the account is None if it is unknown."""

    partition: str
    region: str
    account: str | None = None


def _any_place(value: Any, name: str, place: Place) -> None:
    """Accept every place."""


def _any_container(value: Any, name: str) -> None:
    """Accept every container."""


def _unchecked(value: Any) -> Any:
    return value


def _no_warnings(value: Any) -> Iterable[str]:
    return ()


def _replace(current: Any, desired: Any) -> Any:
    return desired


@dataclass(frozen=True)
class Document:
    """One kind of document. All functions are pure; a value has the form of options and results, and is never None.

    Properties in the API:

    - operation: the last part of the names of its operations in botocore, `get_OPERATION` and so on
    - deletion: the same for the operation that deletes it, if it has another name
    - member: the member of requests and replies that contains it, and wire_type: the type of this member
    - envelope: the member of requests that contains `member`, if it is not the request itself
    - not_found: the error code of the service if a resource has none
    - is_attached_to_new: whether the service attaches one to every new resource

    Properties for users:

    - key: its name in options, results and diffs
    - title: its name in messages
    - option: the argument spec of its option in mediastore_containers

    Functions of values:

    - load: returns the value of what the API returned; raises InvalidReplyError
    - check: returns the value of what the user specified; raises InvalidInputError
    - check_container: raises InvalidInputError for a value that the container with this name cannot have
    - check_place: the same for the place of this container
    - warnings: returns sentences about a value that is valid, but almost certainly a mistake
    - dump: returns what the API takes for a value
    - canonical: returns the form that all equal values share, in JSON types
    - merge: returns the target value for the current value (or None) and the desired value
    """

    key: str
    title: str
    operation: str
    member: str
    wire_type: type
    not_found: str
    load: Callable[[Any], Any]
    dump: Callable[[Any], Any]
    canonical: Callable[[Any], Any]
    option: Mapping[str, Any] = field(default_factory=dict, compare=False)
    check: Callable[[Any], Any] = _unchecked
    check_container: Callable[[Any, str], None] = _any_container
    check_place: Callable[[Any, str, Place], None] = _any_place
    warnings: Callable[[Any], Iterable[str]] = _no_warnings
    merge: Callable[[Any, Any], Any] = _replace
    is_attached_to_new: bool = False
    deletion: str = ""
    envelope: str = ""

    def target(self, stored: Any, desired: Any) -> Any:
        """Return the target value: the stored value if it means the same, None for no document."""
        if desired is None:
            return None
        merged = self.merge(stored, desired)
        return stored if stored is not None and self.equal(stored, merged) else merged or None

    def method(self, verb: str) -> str:
        """Return the name of botocore's method for `verb`: get, put or delete."""
        return f"{verb}_{self.deletion if verb == 'delete' and self.deletion else self.operation}"

    def request(self, content: Any) -> dict[str, Any]:
        """Return the arguments of the operation that puts `content`, in the form that the API stores."""
        return {self.envelope: {self.member: content}} if self.envelope else {self.member: content}

    def equal(self, one: Any, other: Any) -> bool:
        """Return whether two values mean the same to the service; 1, 1.0 and true are three different values."""
        return canonical_json(self.canonical(one)) == canonical_json(self.canonical(other))


def canonical_json(value: Any) -> str:
    """Return the JSON text that equal values share. Unlike ==, it distinguishes true, 1 and 1.0."""
    return json.dumps(value, sort_keys=True)


def load_text(text: str) -> Any:
    """Return the JSON document that the service stores as `text`, or the text itself if it is not JSON."""
    try:
        document = load_json(text)
    except ValueError:
        return text
    return text if document is None else document


def dump_text(document: Any) -> str:
    """Return the text to send for a JSON document: without whitespace, and in ASCII."""
    return json.dumps(document, separators=(",", ":"))


def check_text_length(what: str, document: Any) -> None:
    """Raise InvalidInputError if the text to send for a document is longer than the service accepts."""
    check_limits(f"The length of the {what} without whitespace", len(dump_text(document)), 1, _MAX_TEXT_LENGTH)
