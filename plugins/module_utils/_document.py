# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documents that can be attached to a resource have in common, whatever the service. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Callable

from ._errors import ApiError, InvalidReplyError
from ._json_text import canonical_json
from ._plan import Change
from ._service import ServiceApi


def _unchanged(value: Any) -> Any:
    """Return a value that the service stores in the form of options and results."""
    return value


def _replace(current: Any, desired: Any) -> Any:
    return desired


@dataclass(frozen=True)
class Document:
    """One kind of document. All functions are pure; a value has the form of results, and is never None.

    Properties in the API:

    - operation: the last part of the names of its operations in botocore, `get_OPERATION` and so on
    - deletion: the same for the operation that deletes it, if it has another name
    - member: the member of requests and replies that contains it, and wire_type: the type of this member
    - envelope: the member of requests that contains `member`, if it is not the request itself
    - not_found: the error code of the service if a resource has none
    - is_attached_to_new: whether the service attaches one to every new resource

    Properties for users:

    - key: its name in results and diffs
    - title: its name in messages

    Functions of values:

    - load: returns the value of what the API returned; raises InvalidReplyError
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
    load: Callable[[Any], Any] = _unchanged
    dump: Callable[[Any], Any] = _unchanged
    canonical: Callable[[Any], Any] = _unchanged
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

    def value_of(self, stored: Any, owner: str) -> Any:
        """Return the value of what the API returned, None for nothing.

        Raises ApiError with `owner`, such as "bucket live", for a reply that the model of the API does not allow.
        """
        try:
            return None if stored is None else self.load(stored)
        except InvalidReplyError as error:
            raise ApiError(f"Failed to read the {self.title} of {owner}", error) from error

    def change(self, api: type[ServiceApi], name: str, value: Any, wait_for: Enum | None = None, **more: Any) -> Change:
        """Return the change that sets this document of the resource `name`, or removes it if `value` is None.

        `more` are further arguments of the `put_document` of the API.
        """
        arguments: dict[str, Any] = {"name": name, "document": self}
        if value is None:
            return Change(api.delete_document, arguments, wait_for, {self.key: None}, part=self)
        arguments = {**arguments, "content": self.dump(value), **more}
        return Change(api.put_document, arguments, wait_for, {self.key: self.canonical(value)}, part=self)

    def equal(self, one: Any, other: Any) -> bool:
        """Return whether two values mean the same to the service; 1, 1.0 and true are three different values."""
        return canonical_json(self.canonical(one)) == canonical_json(self.canonical(other))


def shown_documents(documents: Mapping[Document, Any]) -> dict[str, Any]:
    """Return the values of documents as a diff shows them."""
    return {document.key: document.canonical(value) for document, value in documents.items() if value is not None}
