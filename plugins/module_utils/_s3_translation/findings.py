# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a translation to Amazon S3 changes or cannot keep: findings, and the table of their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple

from .choices import OPTIONS

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
    """What a code of findings stands for: its level, and its meaning."""

    level: str
    meaning: str


CODES = {
    "container.absent": Code(APPROXIMATE, "An entry with state=absent: its bucket is left alone."),
    "name.dots": Code(APPROXIMATE, "The bucket name has dots: HTTPS with a virtual host and MediaLive fail."),
    "policy.describe_only": Code(IMPOSSIBLE, "Allow of DescribeObject without GetObject: left out."),
    "policy.deny_get": Code(APPROXIMATE, "Deny of GetObject only: denies HEAD, too."),
    "policy.deny_describe": Code(IMPOSSIBLE, "Deny of DescribeObject only: denies reading, too."),
    "policy.list_recursive": Code(APPROXIMATE, "ListItems of all folders: lists whole trees."),
    "policy.list_prefix": Code(APPROXIMATE, "ListItems of all folders below one: limited by prefix, recursive."),
    "policy.list_folder": Code(APPROXIMATE, "ListItems of certain folders: callers send prefix and delimiter."),
    "policy.list_denied": Code(IMPOSSIBLE, "Deny of ListItems of some folders: denies every listing."),
    "policy.other_action": Code(APPROXIMATE, "An action that had no effect in MediaStore: left out."),
    "policy.missing_object": Code(APPROXIMATE, "A missing object answers 403 and not 404."),
    "policy.missing_object_list": Code(APPROXIMATE, "A missing object answers 404: readers can list, too."),
    "policy.container_action": Code(APPROXIMATE, "An action that manages the container: no grant in S3."),
    "policy.describe_container": Code(IMPOSSIBLE, "DescribeContainer has no counterpart in a bucket policy."),
    "policy.account_action": Code(IMPOSSIBLE, "CreateContainer, ListContainers: only in identity policies."),
    "policy.resource_unclear": Code(IMPOSSIBLE, "A Resource that may or may not name the container."),
    "policy.no_object": Code(APPROXIMATE, "A Resource that matches no object: left out."),
    "policy.other_container": Code(APPROXIMATE, "A Resource of another container: left out."),
    "policy.not_resource": Code(IMPOSSIBLE, "NotResource: an Allow is left out, a Deny denies everything."),
    "policy.owner_statement": Code(APPROXIMATE, "Allow for the owner's account: not needed in S3."),
    "policy.cloudfront_origin": Code(APPROXIMATE, "The distribution needs an origin access control of type s3."),
    "policy.principal_wildcard": Code(
        IMPOSSIBLE, "A wildcard in a principal: an Allow omits it, a Deny applies to everybody."
    ),
    "policy.condition_key": Code(IMPOSSIBLE, "A condition key that is not global."),
    "policy.resource_tag": Code(APPROXIMATE, "A condition on aws:ResourceTag: works once the bucket has ABAC."),
    "policy.resource_tag_lost": Code(IMPOSSIBLE, "A condition on aws:ResourceTag: a missing tag would widen access."),
    "policy.tag_condition": Code(IMPOSSIBLE, "A condition on aws:RequestTag or aws:TagKeys: only in tagging."),
    "policy.public": Code(IMPOSSIBLE, "Allow for everybody: left out."),
    "policy.secret_header": Code(IMPOSSIBLE, "Allow for everybody with a secret header: left out."),
    "policy.made_public": Code(APPROXIMATE, "Allow for everybody: the block of public policies is off."),
    "policy.cloudfront_only": Code(APPROXIMATE, "Allow for everybody: only the distribution has access."),
    "policy.empty": Code(APPROXIMATE, "No statement is left: no bucket policy."),
    "policy.sid": Code(APPROXIMATE, "A Sid with characters that IAM does not allow: they are removed."),
    "cors.expose_headers": Code(IMPOSSIBLE, "A wildcard in expose_headers: left out."),
    "cors.expose_headers_given": Code(APPROXIMATE, "A wildcard in expose_headers: replaced by given names."),
    "lifecycle.more_than": Code(APPROXIMATE, "More than N days: N+1 days."),
    "lifecycle.string_prefix": Code(APPROXIMATE, "A prefix without / at its end: also covers longer names."),
    "lifecycle.leading_slash": Code(APPROXIMATE, "A path begins with /: removed."),
    "lifecycle.root": Code(IMPOSSIBLE, "A path of / only: may mean all objects or none, left out."),
    "lifecycle.one_object": Code(IMPOSSIBLE, "A wildcard path without *: left out."),
    "lifecycle.wildcard": Code(IMPOSSIBLE, "A wildcard path that is no prefix: left out."),
    "lifecycle.seconds": Code(IMPOSSIBLE, "A rule in seconds: left out."),
    "lifecycle.archive": Code(APPROXIMATE, "ARCHIVE: S3 Standard-IA, objects of 128 KB and more."),
    "lifecycle.archive_days": Code(APPROXIMATE, "ARCHIVE other than >= 30 days and more: later."),
    "lifecycle.age": Code(APPROXIMATE, "Ages count from the time when an object is copied."),
    "metrics.leading_slash": Code(APPROXIMATE, "An object group begins with /: removed."),
    "metrics.prefix": Code(APPROXIMATE, "An object group without *: counts every key with this prefix."),
    "metrics.root": Code(IMPOSSIBLE, "An object group of / only: may mean all objects or none, left out."),
    "metrics.wildcard": Code(IMPOSSIBLE, "An object group that is no prefix: left out."),
    "metrics.names": Code(APPROXIMATE, "Metrics have other names in S3."),
    "metrics.entire_bucket": Code(IMPOSSIBLE, "A group has the name of the bucket's own metrics: left out."),
    "metrics.rules_missing": Code(APPROXIMATE, "Without rules, no metrics of groups are kept."),
    "logging.files": Code(APPROXIMATE, "Access logs are files in a bucket."),
    "logging.no_bucket": Code(IMPOSSIBLE, "Access logging without a log bucket: left out."),
    "logging.same_bucket": Code(IMPOSSIBLE, "The log bucket stands for a container: its readers could read the logs."),
    "logging.permission": Code(APPROXIMATE, "The log bucket needs a statement in its policy."),
    **{
        f"server.{aspect}": Code(APPROXIMATE, f"The endpoint does not implement {aspect}: skipped.")
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
