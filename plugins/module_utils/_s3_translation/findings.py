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
    """What a code of findings means, and its level."""

    level: str
    meaning: str


CODES = {
    "container.absent": Code(APPROXIMATE, "The entry has state=absent. The bucket is not changed or deleted."),
    "name.dots": Code(APPROXIMATE, "The bucket name contains dots. HTTPS with a virtual host and MediaLive fail."),
    "policy.describe_only": Code(IMPOSSIBLE, "An Allow of DescribeObject without GetObject is omitted."),
    "policy.deny_get": Code(APPROXIMATE, "A Deny of GetObject also denies HEAD requests."),
    "policy.deny_describe": Code(IMPOSSIBLE, "A Deny of DescribeObject also denies GetObject."),
    "policy.list_recursive": Code(APPROXIMATE, "ListItems of all folders lists all levels of folders."),
    "policy.list_prefix": Code(
        APPROXIMATE, "ListItems of the folders below one requires a prefix, and lists all their levels."
    ),
    "policy.list_folder": Code(APPROXIMATE, "ListItems of certain folders requires a prefix and a delimiter."),
    "policy.list_denied": Code(IMPOSSIBLE, "A Deny of ListItems of some folders denies all listings."),
    "policy.other_action": Code(APPROXIMATE, "An action that had no effect in MediaStore is omitted."),
    "policy.missing_object": Code(APPROXIMATE, "A missing object returns 403 instead of 404."),
    "policy.missing_object_list": Code(
        APPROXIMATE, "A missing object returns 404, and readers can also list the bucket."
    ),
    "policy.container_action": Code(APPROXIMATE, "An action that manages the container is not granted in S3."),
    "policy.describe_container": Code(IMPOSSIBLE, "DescribeContainer has no counterpart in a bucket policy."),
    "policy.account_action": Code(IMPOSSIBLE, "Only identity policies can contain CreateContainer and ListContainers."),
    "policy.resource_unclear": Code(IMPOSSIBLE, "It is unknown whether a Resource matches the container."),
    "policy.no_object": Code(APPROXIMATE, "A Resource that matches no object is omitted."),
    "policy.other_container": Code(APPROXIMATE, "A Resource of another container is omitted."),
    "policy.not_resource": Code(IMPOSSIBLE, "With NotResource, an Allow is omitted and a Deny applies to everything."),
    "policy.owner_statement": Code(APPROXIMATE, "An Allow for the owner's account is not needed in S3."),
    "policy.cloudfront_origin": Code(
        APPROXIMATE, "The distribution needs an origin access control with the origin type s3."
    ),
    "policy.principal_wildcard": Code(
        IMPOSSIBLE, "With a wildcard in a principal, an Allow omits it and a Deny applies to everyone."
    ),
    "policy.condition_key": Code(IMPOSSIBLE, "A condition key is not global."),
    "policy.resource_tag": Code(APPROXIMATE, "A condition on aws:ResourceTag requires ABAC for the bucket."),
    "policy.resource_tag_lost": Code(IMPOSSIBLE, "A condition on aws:ResourceTag would allow more without the tag."),
    "policy.tag_condition": Code(IMPOSSIBLE, "Only requests that tag include aws:RequestTag and aws:TagKeys."),
    "policy.public": Code(IMPOSSIBLE, "An Allow for everyone is omitted."),
    "policy.secret_header": Code(IMPOSSIBLE, "An Allow for everyone with a secret header is omitted."),
    "policy.made_public": Code(
        APPROXIMATE, "An Allow for everyone is kept, and Block Public Access does not reject it."
    ),
    "policy.cloudfront_only": Code(APPROXIMATE, "An Allow for everyone is limited to the distribution."),
    "policy.empty": Code(APPROXIMATE, "All statements are omitted. The bucket has no bucket policy."),
    "policy.sid": Code(APPROXIMATE, "Characters that IAM does not allow in a Sid are removed."),
    "cors.expose_headers": Code(IMPOSSIBLE, "A wildcard in expose_headers is omitted."),
    "cors.expose_headers_given": Code(APPROXIMATE, "A wildcard in expose_headers is replaced with the given names."),
    "lifecycle.more_than": Code(APPROXIMATE, "More than N days becomes N+1 days."),
    "lifecycle.string_prefix": Code(APPROXIMATE, "A prefix without / at its end also matches longer names."),
    "lifecycle.leading_slash": Code(APPROXIMATE, "The leading / of a path is removed."),
    "lifecycle.root": Code(IMPOSSIBLE, "A path of / may match all objects or none, and is omitted."),
    "lifecycle.one_object": Code(IMPOSSIBLE, "A wildcard path without * is omitted."),
    "lifecycle.wildcard": Code(IMPOSSIBLE, "A wildcard path that is not a prefix is omitted."),
    "lifecycle.seconds": Code(IMPOSSIBLE, "A rule in seconds is omitted."),
    "lifecycle.archive": Code(APPROXIMATE, "ARCHIVE becomes S3 Standard-IA, for objects of 128 KB and more."),
    "lifecycle.archive_days": Code(APPROXIMATE, "S3 transitions objects later than ARCHIVE declares."),
    "lifecycle.age": Code(APPROXIMATE, "Object age restarts when an object is copied."),
    "metrics.leading_slash": Code(APPROXIMATE, "The leading / of an object group is removed."),
    "metrics.prefix": Code(APPROXIMATE, "An object group without * counts all keys with this prefix."),
    "metrics.root": Code(IMPOSSIBLE, "An object group of / may match all objects or none, and is omitted."),
    "metrics.wildcard": Code(IMPOSSIBLE, "An object group that is not a prefix is omitted."),
    "metrics.names": Code(APPROXIMATE, "S3 metrics have other names."),
    "metrics.entire_bucket": Code(IMPOSSIBLE, "A group with the ID of the metrics of the whole bucket is omitted."),
    "metrics.rules_missing": Code(APPROXIMATE, "Without rules, the bucket has no metrics of object groups."),
    "logging.files": Code(APPROXIMATE, "Access logs are files in a bucket."),
    "logging.no_bucket": Code(IMPOSSIBLE, "Access logging without a log bucket is omitted."),
    "logging.same_bucket": Code(IMPOSSIBLE, "The log bucket replaces a container, whose readers could read the logs."),
    "logging.permission": Code(APPROXIMATE, "The policy of the log bucket must contain a statement."),
    **{
        f"server.{aspect}": Code(APPROXIMATE, f"The endpoint does not implement {aspect}, which is skipped.")
        for aspect in OPTIONS
    },
}


class Finding(NamedTuple):
    """One thing that the bucket does not keep exactly.

    - where: the part of the declaration, such as `policy statement ReadAll` or `lifecycle rule 2`
    - code: a key of CODES, which never changes its meaning
    - level: APPROXIMATE, or IMPOSSIBLE for what is only done if the user accepts the code
    - message: what is lost, and what to do; `sentence` also names the container and the part
    """

    container: str
    where: str
    code: str
    level: str
    message: str

    @property
    def sentence(self) -> str:
        """Return the message for a reader who does not see the other members."""
        place = "" if self.where == "container" else f", {self.where}"
        return f"Container {self.container}{place}: {self.message}"


# Adds a finding of a code with a text.
Note = Callable[[str, str], None]


class Report:
    """The findings about one container, each of them once."""

    def __init__(self, container: str) -> None:
        self._container = container
        self.findings: list[Finding] = []

    def at(self, where: str) -> Note:
        """Return the function that adds a finding about one part of the declaration."""

        def note(code: str, message: str) -> None:
            finding = Finding(self._container, where, code, CODES[code].level, message)
            if finding not in self.findings:
                self.findings.append(finding)

        return note
