# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache whose size is bounded by the lengths of its keys, because clients choose them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar, Union

_Text = TypeVar("_Text", bound=Union[str, bytes])
_Result = TypeVar("_Result")


class TextCache(dict[_Text, _Result], Generic[_Text, _Result]):
    """The results of a function of one text, by the text: `cache[text]`. Safe to use from several threads.

    All texts in it have at most `capacity` characters together. It starts anew when the next one would exceed this, and
    does not keep a text that is longer. What the function raises is not kept.
    """

    def __init__(self, function: Callable[[_Text], _Result], capacity: int) -> None:
        super().__init__()
        self._function = function
        self._capacity = capacity
        self._size = 0
        self._lock = threading.Lock()

    def __missing__(self, text: _Text) -> _Result:
        result = self._function(text)
        if len(text) <= self._capacity:
            with self._lock:
                if self._size + len(text) > self._capacity:
                    self.clear()
                    self._size = 0
                self._size += 0 if text in self else len(text)
                self[text] = result
        return result
