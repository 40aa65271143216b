# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML as a type, so that no other text gets into a page without being escaped."""

from __future__ import annotations

from html import escape


class Markup(str):
    """HTML. Any other str is text, which element() escapes."""


def element(tag: str, *content: str | None, **attributes: str | None) -> Markup:
    """Return an element with its content; text is escaped, and None is left out.

    The name of an attribute has dashes for underscores, and none at its end: `class_`. An attribute that is None is
    left out.
    """
    return Markup(f"{empty_element(tag, **attributes)}{joined(*content)}</{tag}>")


def empty_element(tag: str, **attributes: str | None) -> Markup:
    """Return an element that has neither content nor an end, such as input."""
    given = [f' {_name(key)}="{escape(value)}"' for key, value in attributes.items() if value is not None]
    return Markup(f"<{tag}{''.join(given)}>")


def joined(*content: str | None) -> Markup:
    """Return pieces of content one after the other; text is escaped, and None is left out."""
    return Markup("".join(piece if isinstance(piece, Markup) else escape(piece) for piece in content if piece))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
