# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of a container: its options, their checks, and warnings of mistakes. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .._arguments import STATE, WAIT_TIMEOUT
from .._input import InvalidInputError, check_limits, load_json
from .container_policy import CONTAINER_POLICY_OPTION
from .cors_policy import CORS_POLICY_OPTION
from .document import DocumentOption, Place
from .lifecycle_policy import LIFECYCLE_POLICY_OPTION
from .metric_policy import METRIC_POLICY_OPTION

# The options for documents, in the order in which modules list them.
DOCUMENT_OPTIONS = [CONTAINER_POLICY_OPTION, CORS_POLICY_OPTION, LIFECYCLE_POLICY_OPTION, METRIC_POLICY_OPTION]
# The options of all modules that change one container.
ONE_CONTAINER = dict(
    name=dict(type="str", required=True, aliases=["container_name"]),
    state=STATE,
    wait_timeout=WAIT_TIMEOUT,
)
# Model shape ContainerName of botocore's mediastore model.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_MAX_TAGS = 50
_MAX_TAG_KEY = 128
_MAX_TAG_VALUE = 256


@dataclass(frozen=True)
class Declaration:
    """The desired state of one container. An aspect that is None, or a document that is not included, is not changed.

    - state: `present` or `absent`; None if the task manages only documents
    - documents: by key the value of each document to set, None to remove it
    - wait: whether to wait at the end until the container is active or gone
    - delete_objects: whether a container that is deleted may have objects, which are deleted first
    """

    name: str
    state: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    access_logging_enabled: bool | None = None
    documents: Mapping[str, Any] = field(default_factory=dict)
    wait: bool = True
    delete_objects: bool = False
    noun: ClassVar[str] = "container"


def one_of_many() -> dict[str, Any]:
    """Return the argument spec of one container in a list of containers."""
    return dict(
        name=dict(type="str", required=True),
        state=STATE,
        tags=dict(type="dict"),
        purge_tags=dict(type="bool", default=True),
        access_logging_enabled=dict(type="bool"),
        delete_objects=dict(type="bool", default=False),
        **{option.key: option.argument for option in DOCUMENT_OPTIONS},
    )


def check_name(name: str) -> str:
    """Return `name` if it can name a container, raise InvalidInputError if not."""
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"The container name {name!r} is refused: a name has 1 to 255 characters,"
            " each a letter A-Z or a-z, a digit, '_' or '-'"
        )
    return name


def check_tags(tags: dict[str, Any]) -> dict[str, str]:
    """Return `tags` with values as text, True as `True`; raise InvalidInputError if the service would refuse them.

    Limits: https://docs.aws.amazon.com/mediastore/latest/ug/tagging.html and model shapes TagKey and TagValue.
    """
    check_tag_count(tags)
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise InvalidInputError(f"The tag key {key!r} is refused: keys that start with 'aws:' are reserved for AWS")
        if value is None or isinstance(value, (dict, list)):
            raise InvalidInputError(f"The value of tag {key!r} must be a string; use '' for an empty value")
        check_limits(f"The length of the tag key {key!r}", len(key), 1, _MAX_TAG_KEY)
        check_limits(f"The length of the value of tag {key!r}", len(str(value)), 0, _MAX_TAG_VALUE)
        for text in (key, str(value)):
            if not all(character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN" for character in text):
                raise InvalidInputError(
                    f"The tag {key!r} is refused: tags can contain letters, digits, spaces and _ . : / = + - @"
                )
    return {key: str(value) for key, value in tags.items()}


def check_tag_count(tags: Mapping[str, Any]) -> None:
    """Raise InvalidInputError for more tags than a container can have; those of AWS do not count."""
    check_limits("The number of tags", sum(not key.lower().startswith("aws:") for key in tags), 0, _MAX_TAGS)


def declare(given: Mapping[str, Any], wait: bool, options: Collection[DocumentOption] = ()) -> Declaration:
    """Return the declaration in a module's options, or in an entry of a list of containers, with these documents.

    An empty document removes it. Raises InvalidInputError.
    """
    name = check_name(given["name"])
    return Declaration(
        name=name,
        state=given["state"],
        tags=None if given["tags"] is None else check_tags(given["tags"]),
        purge_tags=given["purge_tags"],
        access_logging_enabled=given["access_logging_enabled"],
        documents={
            option.key: None if _is_empty(given[option.key]) else _check_document(option, given[option.key], name)
            for option in options
            if given[option.key] is not None
        },
        wait=wait,
        delete_objects=given["delete_objects"],
    )


def declare_document(name: str, option: DocumentOption, state: str, given: Any) -> Declaration:
    """Return the declaration of one document: `given`, or none if `state` is absent; raise InvalidInputError."""
    check_name(name)
    if state == "absent":
        return Declaration(name, documents={option.key: None})
    if given is None:  # Ansible's checks of required options accept null, which a variable can be.
        raise InvalidInputError(
            f"Container {name}: the document is null: correct the variable that it comes from, or use state=absent to"
            " remove the stored document"
        )
    return Declaration(name, documents={option.key: _check_document(option, given, name)})


def declare_all(entries: Iterable[Mapping[str, Any]], wait: bool = True) -> list[Declaration]:
    """Return the declarations in a list of containers; raise InvalidInputError as check_declared does."""
    declared = list(declare_each(entries, wait))
    check_declared(declared)
    return [one for one in declared if isinstance(one, Declaration)]


def check_declared(declared: Iterable[Declaration | InvalidInputError]) -> None:
    """Raise InvalidInputError with the problems of all entries that are invalid, of what declare_each yields."""
    problems = [str(one) for one in declared if isinstance(one, InvalidInputError)]
    if problems:
        raise InvalidInputError("; ".join(problems))


def declare_each(entries: Iterable[Mapping[str, Any]], wait: bool = True) -> Iterator[Declaration | InvalidInputError]:
    """Yield for each entry of a list of containers its declaration, or the error that says why it is invalid."""
    names: set[str] = set()
    for number, given in enumerate(entries, start=1):
        try:
            declaration = declare(given, wait, DOCUMENT_OPTIONS)
            if declaration.name in names:
                raise InvalidInputError("it is declared more than once")
        except InvalidInputError as error:
            yield InvalidInputError(f"Entry {number} of containers, {given['name']!r}: {error}")
        else:
            names.add(declaration.name)
            yield declaration


def _check_document(option: DocumentOption, given: Any, name: str) -> Any:
    """Return the value that the user specified for the container `name`; raise InvalidInputError if it is invalid."""
    value = option.check(given)
    option.check_container(value, name)
    return value


def check_place(name: str, documents: Mapping[str, Any], place: Place) -> None:
    """Raise InvalidInputError if the container `name` cannot have one of these documents in this place."""
    for option in DOCUMENT_OPTIONS:
        if documents.get(option.key) is not None:
            option.check_place(documents[option.key], name, place)


def warnings_of(declared: Iterable[Declaration]) -> list[str]:
    """Return warnings of valid documents that are almost certainly a mistake, each once with all its containers."""
    names: dict[str, list[str]] = {}
    for declaration in declared:
        for option in DOCUMENT_OPTIONS:
            value = declaration.documents.get(option.key)
            for warning in () if value is None or declaration.state == "absent" else option.warnings(value):
                names.setdefault(warning, []).append(declaration.name)
    return [
        f"{'Container' if len(concerned) == 1 else 'Containers'} {', '.join(concerned)}: {warning}"
        for warning, concerned in names.items()
    ]


def _is_empty(given: Any) -> bool:
    """Return whether a document is empty, which removes it; Ansible sets omitted options to None."""
    if isinstance(given, str):
        try:
            return bool(load_json(given) == {})
        except ValueError:
            return False
    return not any(value is not None for value in given.values()) if isinstance(given, dict) else not given
