# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of buckets.

Source of all rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .._input import InvalidInputError
from .findings import Note

_MIN_LENGTH, _MAX_LENGTH = 3, 63
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
# Of the account regional namespace: https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
_REGIONAL_SUFFIX = re.compile(r"-[0-9]{12}-[a-z]{2,}(?:-[a-z]+)+-[0-9]+-an$")


def needs_account(template: str) -> bool:
    """Return whether a name of a bucket has a placeholder for the account."""
    return "account" in _PLACEHOLDER.findall(template)


def expand_name(template: str, container: str, region: str | None, account: str | None) -> str:
    """Return a name of a bucket with the values of its placeholders.

    `{name}` is the name of the container, `{name_lower}` the same in lower case, `{region}` and `{account}` are those
    of the task. Raises InvalidInputError for other placeholders, and for one whose value is None.
    """
    values = {"name": container, "name_lower": container.lower(), "region": region, "account": account}
    for name in _PLACEHOLDER.findall(template):
        if name not in values:
            known = ", ".join(f"{{{one}}}" for one in values)
            raise InvalidInputError(f"bucket {template!r} contains {{{name}}}, which is not a placeholder: use {known}")
        if values[name] is None:
            raise InvalidInputError(f"bucket {template!r} contains {{{name}}}, but the task has no {name}: set {name}")
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)


def shared_names(buckets: Mapping[str, str]) -> dict[str, str]:
    """Return a sentence for each container whose bucket others have too, of the names of buckets by container (N5)."""
    containers: dict[str, list[str]] = {}
    for container, bucket in buckets.items():
        containers.setdefault(bucket, []).append(container)
    return {
        name: f"Containers {', '.join(names[:-1])} and {names[-1]} would share bucket {bucket}: set a different bucket"
        " for each"
        for bucket, names in containers.items()
        if len(names) > 1
        for name in names
    }


def bucket_name(container: str, chosen: str | None, note: Note) -> str:
    """Return the name of the bucket for a container; raise InvalidInputError if it is not valid.

    N1, N2: the chosen name, or else the name of the container. N4: a name is never folded or shortened. N8: a name with
    dots is legal, but breaks HTTPS with a virtual host, and MediaLive refuses it.
    """
    name = container if chosen is None else chosen
    problem = _problem(name)
    if problem and chosen is None:
        raise InvalidInputError(
            f"Container {container}: set bucket, because {name} is not a valid bucket name: {problem}"
        )
    if problem:
        raise InvalidInputError(f"Container {container}: bucket {name!r} is not a valid bucket name: {problem}")
    if "." in name:
        note(
            "name.dots",
            f"the bucket name {name} contains dots. HTTPS requests with the name in the host name fail, and MediaLive"
            " does not accept it. Choose a name without dots.",
        )
    return name


def check_bucket_name(option: str, name: str) -> None:
    """Raise InvalidInputError if the value of an option is not a valid bucket name."""
    problem = _problem(name)
    if problem:
        raise InvalidInputError(f"{option} {name!r} is not a valid bucket name: {problem}")


def _problem(name: str) -> str:
    """Return why a text cannot be the name of a bucket, an empty text if it can."""
    foreign = sorted(set(re.findall(r"[^a-z0-9.-]", name)))
    regional = _REGIONAL_SUFFIX.search(name)
    # In the order in which a user would correct them.
    problems = {
        f"it contains {', '.join(map(repr, foreign))} (use a-z, 0-9, '.' and '-')": foreign,
        f"its suffix leaves {_MAX_LENGTH - len(regional.group() if regional else '')} characters for the name": (
            regional and len(name) > _MAX_LENGTH
        ),
        f"it has {len(name)} characters (use {_MIN_LENGTH} to {_MAX_LENGTH})": (
            not _MIN_LENGTH <= len(name) <= _MAX_LENGTH
        ),
        "it must begin and end with a letter or a digit": not (name[:1].isalnum() and name[-1:].isalnum()),
        "it has two adjacent dots": ".." in name,
        "it has the form of an IP address": _ADDRESS.fullmatch(name),
        f"it begins with one of {', '.join(_RESERVED_PREFIXES)}, which AWS reserves": name.startswith(
            _RESERVED_PREFIXES
        ),
        f"it ends with one of {', '.join(_RESERVED_SUFFIXES)}, which AWS reserves": name.endswith(_RESERVED_SUFFIXES),
        "it ends with -an, which needs -ACCOUNT-REGION before it": name.endswith("-an") and not regional,
    }
    return next((text for text, is_so in problems.items() if is_so), "")
