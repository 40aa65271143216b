# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a translation to Amazon S3 changes or cannot keep: findings, and the table of their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple

from .wanted import OPTIONS

APPROXIMATE = "approximate"
IMPOSSIBLE = "impossible"

# The kinds of parts of a declaration. A finding names one by its kind and its name or number.
STATEMENT = "policy statement"
CORS_RULE = "CORS rule"
LIFECYCLE_RULE = "lifecycle rule"
METRIC_RULE = "metric rule"
ACCESS_LOGGING = "access logging"


def statement_places(statements: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of statements in findings, each of them once: the Sid, or else the number, from 1.

    A Sid that several statements have, or that could be the number of another one, does not name a statement.
    """
    sids = [statement.get("Sid", "") for statement in statements]
    return [
        f"{STATEMENT} {number if sid.isdecimal() or sids.count(sid) > 1 else sid or number}"
        for number, sid in enumerate(sids, start=1)
    ]


class Code(NamedTuple):
    """What a code of findings stands for: its level, the rows of the translation table, and its meaning."""

    level: str
    row: str
    meaning: str


CODES = {
    "container.absent": Code(APPROXIMATE, "-", "An entry with state=absent: its bucket is left alone."),
    "name.dots": Code(APPROXIMATE, "N8", "The bucket name has dots: HTTPS with a virtual host and MediaLive fail."),
    "policy.describe_only": Code(IMPOSSIBLE, "P3", "Allow of DescribeObject without GetObject: left out."),
    "policy.deny_get": Code(APPROXIMATE, "P4", "Deny of GetObject only: denies HEAD, too."),
    "policy.deny_describe": Code(IMPOSSIBLE, "P4", "Deny of DescribeObject only: denies reading, too."),
    "policy.list_recursive": Code(APPROXIMATE, "P7", "ListItems of all folders: lists whole trees."),
    "policy.list_prefix": Code(APPROXIMATE, "P8", "ListItems of all folders below one: limited by prefix, recursive."),
    "policy.list_folder": Code(APPROXIMATE, "P9", "ListItems of certain folders: callers send prefix and delimiter."),
    "policy.list_denied": Code(IMPOSSIBLE, "P10", "Deny of ListItems of some folders: denies every listing."),
    "policy.other_action": Code(APPROXIMATE, "P11", "An action that had no effect in MediaStore: left out."),
    "policy.missing_object": Code(APPROXIMATE, "P12", "A missing object answers 403 and not 404."),
    "policy.missing_object_list": Code(APPROXIMATE, "P12", "A missing object answers 404: readers can list, too."),
    "policy.container_action": Code(APPROXIMATE, "P14", "An action that manages the container: no grant in S3."),
    "policy.describe_container": Code(IMPOSSIBLE, "P15", "DescribeContainer has no counterpart in a bucket policy."),
    "policy.account_action": Code(IMPOSSIBLE, "P16", "CreateContainer, ListContainers: only in identity policies."),
    "policy.resource_unclear": Code(IMPOSSIBLE, "R3", "A Resource that may or may not name the container."),
    "policy.no_object": Code(APPROXIMATE, "R4", "A Resource that matches no object: left out."),
    "policy.other_container": Code(APPROXIMATE, "R5", "A Resource of another container: left out."),
    "policy.not_resource": Code(IMPOSSIBLE, "R6", "NotResource: an Allow is left out, a Deny denies everything."),
    "policy.owner_statement": Code(APPROXIMATE, "A2", "Allow for the owner's account: not needed in S3."),
    "policy.cloudfront_origin": Code(APPROXIMATE, "A3", "The distribution needs an origin access control of type s3."),
    "policy.principal_wildcard": Code(
        IMPOSSIBLE, "A9", "A wildcard in a principal: an Allow is omitted for it, a Deny applies to everybody."
    ),
    "policy.condition_key": Code(IMPOSSIBLE, "C1", "A condition key that is not global."),
    "policy.resource_tag": Code(APPROXIMATE, "C3", "A condition on aws:ResourceTag: works once the bucket has ABAC."),
    "policy.resource_tag_lost": Code(
        IMPOSSIBLE, "C3", "A condition on aws:ResourceTag: a missing tag would widen access."
    ),
    "policy.tag_condition": Code(IMPOSSIBLE, "C4", "A condition on aws:RequestTag or aws:TagKeys: only in tagging."),
    "policy.public": Code(IMPOSSIBLE, "B1, A8", "Allow for everybody: left out."),
    "policy.secret_header": Code(IMPOSSIBLE, "B2", "Allow for everybody with a secret header: left out."),
    "policy.made_public": Code(APPROXIMATE, "B4", "Allow for everybody: the block of public policies is off."),
    "policy.cloudfront_only": Code(APPROXIMATE, "B5", "Allow for everybody: only the distribution has access."),
    "policy.empty": Code(APPROXIMATE, "D2", "No statement is left: no bucket policy."),
    "policy.sid": Code(APPROXIMATE, "D4", "A Sid with characters that IAM does not allow: they are removed."),
    "cors.expose_headers": Code(IMPOSSIBLE, "K6", "A wildcard in expose_headers: left out."),
    "cors.expose_headers_given": Code(APPROXIMATE, "K6", "A wildcard in expose_headers: replaced by given names."),
    "lifecycle.more_than": Code(APPROXIMATE, "L2", "More than N days: N+1 days."),
    "lifecycle.string_prefix": Code(APPROXIMATE, "L5", "A prefix without / at its end: also covers longer names."),
    "lifecycle.leading_slash": Code(APPROXIMATE, "L6", "A path begins with /: removed."),
    "lifecycle.root": Code(IMPOSSIBLE, "L6", "A path of / only: may mean all objects or none, left out."),
    "lifecycle.one_object": Code(IMPOSSIBLE, "L9", "A wildcard path without *: left out."),
    "lifecycle.wildcard": Code(IMPOSSIBLE, "L10", "A wildcard path that is no prefix: left out."),
    "lifecycle.seconds": Code(IMPOSSIBLE, "L11", "A rule in seconds: left out."),
    "lifecycle.archive": Code(APPROXIMATE, "L12", "ARCHIVE: S3 Standard-IA, objects of 128 KB and more."),
    "lifecycle.archive_days": Code(APPROXIMATE, "L13", "ARCHIVE other than >= 30 days and more: later."),
    "lifecycle.age": Code(APPROXIMATE, "L16", "Ages count from the time when an object is copied."),
    "metrics.leading_slash": Code(APPROXIMATE, "M3", "An object group begins with /: removed."),
    "metrics.prefix": Code(APPROXIMATE, "M5", "An object group without *: counts every key with this prefix."),
    "metrics.root": Code(IMPOSSIBLE, "M3", "An object group of / only: may mean all objects or none, left out."),
    "metrics.wildcard": Code(IMPOSSIBLE, "M6", "An object group that is no prefix: left out."),
    "metrics.names": Code(APPROXIMATE, "M7", "Metrics have other names in S3."),
    "metrics.entire_bucket": Code(IMPOSSIBLE, "M8", "A group has the name of the bucket's own metrics: left out."),
    "metrics.rules_missing": Code(APPROXIMATE, "M9", "Without rules, no metrics of groups are kept."),
    "logging.files": Code(APPROXIMATE, "G1", "Access logs are files in a bucket."),
    "logging.no_bucket": Code(IMPOSSIBLE, "G2", "Access logging without a log bucket: left out."),
    "logging.same_bucket": Code(
        IMPOSSIBLE, "G6", "The log bucket is the bucket itself: its readers could read the logs."
    ),
    "logging.permission": Code(APPROXIMATE, "G3", "The log bucket needs a statement in its policy."),
    **{
        f"server.{aspect}": Code(APPROXIMATE, "-", f"The endpoint does not implement {aspect}: skipped.")
        for aspect in OPTIONS
    },
}


class Finding(NamedTuple):
    """One thing that the bucket does not keep exactly.

    - where: the part of the declaration, such as `policy statement ReadAll` or `lifecycle rule 2`
    - code: a key of CODES, which never changes its meaning
    - level: APPROXIMATE, or IMPOSSIBLE for what is only done if the user accepts the code
    - message: what is lost, and what to do
    """

    container: str
    where: str
    code: str
    level: str
    message: str


# Adds a finding of a code with a text.
Note = Callable[[str, str], None]


class Report:
    """The findings about one container, each of them once."""

    def __init__(self, container: str) -> None:
        self._container = container
        self.findings: list[Finding] = []

    def at(self, where: str) -> Note:
        """Return the function that adds a finding about one part of the declaration."""
        place = "" if where == "container" else f", {where}"

        def note(code: str, text: str) -> None:
            message = f"Container {self._container}{place}: {text}"
            finding = Finding(self._container, where, code, CODES[code].level, message)
            if finding not in self.findings:
                self.findings.append(finding)

        return note
