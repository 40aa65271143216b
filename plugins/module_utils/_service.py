# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operations of all services have in common."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from ._errors import ApiError
from ._sender import Budget, Sender

if TYPE_CHECKING:
    from ._document import Document

_Self = TypeVar("_Self", bound="ServiceApi")
_Page = TypeVar("_Page")


class ServiceApi:
    """The operations of one region's service, within one budget of time.

    A subclass has one method for each operation, each of which sends one request.
    """

    def __init__(self, client: Any, sender: Sender) -> None:
        """Send with the methods of botocore's `client`."""
        self._client = client
        self._sender = sender

    def with_budget(self: _Self, budget: Budget) -> _Self:
        """Return the same API with another budget; it shares all else, such as the client and the throttle."""
        other = copy.copy(self)
        other._sender = self._sender.with_budget(budget)
        return other

    @property
    def budget(self) -> Budget:
        """Return the time that may be spent."""
        return self._sender.budget

    @property
    def region(self) -> str:
        """Return the name of the region."""
        return str(self._client.meta.region_name)


class DocumentApi(ServiceApi, ABC):
    """The operations of a service whose resources have documents."""

    @abstractmethod
    def put_document(self, name: str, document: Document, content: Any) -> None:
        """Set a document of the resource `name` to `content`, in the form that the API stores."""

    @abstractmethod
    def delete_document(self, name: str, document: Document) -> None:
        """Remove a document of the resource `name`."""


def pages(action: str, read: Callable[[Any], tuple[_Page, Any]]) -> Iterator[tuple[_Page, bool]]:
    """Yield the pages of a list, each with whether it is the last one.

    `read` returns the page for a token, None for the first one, and the token of the next page. Raises ApiError that
    `action` failed for a token that the service has returned before.
    """
    tokens: list[Any] = [None]
    while True:
        page, token = read(tokens[-1])
        yield page, not token
        if not token:
            return
        if token in tokens:
            raise ApiError(f"Failed to {action}: the endpoint returned the same page twice")
        tokens.append(token)
