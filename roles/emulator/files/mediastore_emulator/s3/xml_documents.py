# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The XML of requests and replies of Amazon S3, read and written by the shapes of botocore's model."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from botocore.model import ListShape, Shape, StructureShape
from botocore.utils import parse_timestamp

from ..errors import InvalidRequestError
from ..model_check import checked
from ..moto_plane import xml_text
from .errors import malformed_xml

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_BOOLEANS = {"true": True, "false": False}


def parse(name: str, shape: Shape, body: bytes) -> dict[str, Any]:
    """Return the value of an XML document with the root element `name`; it satisfies `shape`, times remain text.

    Raises MalformedXML for anything else, as S3 does: "not well-formed or did not validate against our published
    schema" (Amazon S3 API Reference, "Error responses"). A document type declaration is refused, too.
    """
    try:
        root = ElementTree.fromstring(body)
        if b"<!DOCTYPE" in body or _local(root.tag) != name:
            raise ValueError(name)
        value: dict[str, Any] = checked(shape, _read(shape, root))
    except (ElementTree.ParseError, LookupError, OverflowError, ValueError, InvalidRequestError):
        # ElementTree raises LookupError and ValueError for the encoding that a document names.
        raise malformed_xml() from None
    return value


def write(name: str, shape: Shape, value: Any) -> bytes:
    """Return the XML document of a value that satisfies `shape`."""
    root = ElementTree.Element(name, xmlns=_NAMESPACE)
    _write(root, shape, value)
    return xml_text(root)


def _local(tag: str) -> str:
    """Return the name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


def _wire_name(name: str, member: Shape) -> str:
    """Return the name in XML of a member of a structure; a flattened list has the name of its items."""
    names = [member.member.serialization.get("name")] if _is_flat(member) else []
    return str(next(filter(None, [*names, member.serialization.get("name")]), name))


def _is_flat(shape: Shape) -> bool:
    return isinstance(shape, ListShape) and bool(shape.serialization.get("flattened"))


def _read(shape: Shape, element: ElementTree.Element) -> Any:
    """Return the value of an element; raises LookupError or ValueError for one that does not have the shape."""
    if isinstance(shape, StructureShape):
        return _read_structure(shape, element)
    if isinstance(shape, ListShape):
        return [_read(shape.member, child) for child in element]
    if len(element):
        raise ValueError(element.tag)
    return _read_scalar(shape.type_name, element.text or "")


def _read_structure(shape: StructureShape, element: ElementTree.Element) -> dict[str, Any]:
    members = {_wire_name(name, member): (name, member) for name, member in shape.members.items()}
    attributes = {_local(name): text for name, text in element.attrib.items()}
    value: dict[str, Any] = {
        name: attributes.get(wire.rpartition(":")[2])
        for wire, (name, member) in members.items()
        if member.serialization.get("xmlAttribute")
    }
    for child in element:
        name, member = members[_local(child.tag)]
        if _is_flat(member):
            value.setdefault(name, []).append(_read(member.member, child))
        elif name in value:
            raise ValueError(name)
        else:
            value[name] = _read(member, child)
    return value


def _read_scalar(kind: str, text: str) -> Any:
    if kind in ("integer", "long"):
        return int(text)
    if kind == "boolean":
        return _BOOLEANS[text.strip().lower()]
    if kind == "timestamp":
        parse_timestamp(text)
    return text


def _write(element: ElementTree.Element, shape: Shape, value: Any) -> None:
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            _write_member(element, _wire_name(name, member), member, value.get(name))
    elif isinstance(shape, ListShape):
        for item in value:
            _write_member(element, shape.member.serialization.get("name", "member"), shape.member, item)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


def _write_member(element: ElementTree.Element, name: str, shape: Shape, value: Any) -> None:
    if value is None:
        return
    if not _is_flat(shape):
        _write(ElementTree.SubElement(element, name), shape, value)
        return
    for item in value:
        _write(ElementTree.SubElement(element, name), shape.member, item)
