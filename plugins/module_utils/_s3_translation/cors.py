# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CORS rules.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from .._declaration.cors_policy import dump_cors
from .._input import InvalidInputError
from .findings import CORS_RULE, Report

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
_MAX_BYTES = 65536
_DOCUMENT = '<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{}</CORSConfiguration>'


def translate_cors(
    container: str, rules: Sequence[dict[str, Any]], expose_headers: Sequence[str] | None, report: Report
) -> list[dict[str, Any]]:
    """Return CORSRules for the rules of a container.

    K1 to K5, K7: rules, their order and their members are the same. K4: an empty list is omitted. K6: see
    _exposed. K8: raises InvalidInputError for a document that is too large. K9: rules have no ID. K10: no rules, none.
    """
    translated = [
        {member: value for member, value in rule.items() if value != []}
        for rule in dump_cors(
            [
                {**rule, "expose_headers": _exposed(rule, expose_headers, report, f"{CORS_RULE} {number}")}
                for number, rule in enumerate(rules, start=1)
            ]
        )
    ]
    size = _size(translated)
    if size > _MAX_BYTES:
        raise InvalidInputError(
            f"The CORS rules of container {container} have {size:,} bytes, but S3 accepts at most {_MAX_BYTES:,}:"
            " remove rules"
        )
    return translated


def check_expose_headers(names: Sequence[str]) -> None:
    """Raise InvalidInputError for names that replace a wildcard and have one themselves (K6)."""
    if any("*" in name for name in names):
        raise InvalidInputError("expose_headers contains '*', which S3 does not accept: list the names of the headers")


def _exposed(rule: Mapping[str, Any], given: Sequence[str] | None, report: Report, where: str) -> list[str]:
    """Return ExposeHeaders: K6, S3 refuses a wildcard in it (InvalidRequest), which the given names replace."""
    names: list[str] = rule.get("expose_headers") or []
    plain = [name for name in names if "*" not in name]
    wildcards = ", ".join(name for name in names if "*" in name)
    if not wildcards:
        return names
    if given is None:
        report.at(where)(
            "cors.expose_headers",
            f"it exposes the headers {wildcards}, but S3 accepts only header names. Set expose_headers, for example to"
            " ETag, Content-Length and Content-Range. If you accept this finding, these headers are omitted and scripts"
            " cannot read them.",
        )
        return plain
    report.at(where)(
        "cors.expose_headers_given", f"expose_headers replaces {wildcards} with {', '.join(given) or 'no headers'}."
    )
    return list({name.lower(): name for name in (*plain, *given)}.values())


def _size(rules: Sequence[Mapping[str, Any]]) -> int:
    """Return the bytes of the XML document that contains the rules."""
    return len(_DOCUMENT.format("".join(_element("CORSRule", "".join(_members(rule))) for rule in rules)).encode())


def _members(rule: Mapping[str, Any]) -> list[str]:
    return [
        _element(member.removesuffix("s") if isinstance(value, list) else member, escape(str(item), quote=False))
        for member, value in rule.items()
        for item in (value if isinstance(value, list) else [value])
    ]


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"
