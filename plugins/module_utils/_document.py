# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documents that can be attached to a resource have in common, whatever the service. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Callable, NamedTuple

from ._diff import Aspect, beside
from ._errors import ApiError, InvalidReplyError
from ._parts import Part, json_part
from ._plan import Change
from ._service import DocumentApi


def _unchanged(value: Any) -> Any:
    """Return a value that the service stores in the form of options and results."""
    return value


def _replace(current: Any, desired: Any) -> Any:
    return desired


class Comparison(NamedTuple):
    """A stored value compared with the desired one.

    - target: the target value: the stored value if it means the same, None for no document
    - before: the stored value as the diff shows it beside the desired one, None for no document
    """

    target: Any
    before: Any


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
    - empty: what no document is in the names of changes: tags that are removed are named one by one

    Functions of values:

    - load: returns the value of what the API returned; raises InvalidReplyError
    - dump: returns what the API takes for a value
    - parts: returns the parts of a value, with what each means
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
    parts: Callable[[Any], Part] = json_part
    merge: Callable[[Any, Any], Any] = _replace
    is_attached_to_new: bool = False
    deletion: str = ""
    envelope: str = ""
    empty: Any = field(default=None, compare=False)

    @property
    def aspect(self) -> Aspect:
        """Return what changes of it are named by."""
        return Aspect(self.title, self.parts, self.empty)

    def compare(self, stored: Any, desired: Any) -> Comparison:
        """Compare the stored value with the desired one; None is no document."""
        if stored is None:
            return Comparison(None if desired is None else self.merge(None, desired) or None, None)
        if desired is None:
            return Comparison(None, self.parts(stored).written)
        merged = self.merge(stored, desired)
        one, other = self.parts(stored), self.parts(merged)
        return Comparison(stored if one.text == other.text else merged or None, beside(one, other))

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

    def change(
        self, api: type[DocumentApi], name: str, value: Any, wait_for: Enum | None = None, **more: Any
    ) -> Change:
        """Return the change that sets this document of the resource `name`, or removes it if `value` is None.

        `more` are further arguments of the `put_document` of the API.
        """
        arguments: dict[str, Any] = {"name": name, "document": self}
        if value is None:
            return Change(api.delete_document, arguments, wait_for, {self.key: None}, part=self)
        arguments = {**arguments, "content": self.dump(value), **more}
        return Change(api.put_document, arguments, wait_for, {self.key: self.parts(value).written}, part=self)
