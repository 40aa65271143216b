# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a translation takes beside the declaration: the choices of a user; and the aspects of the bucket it gives."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

# The aspects of a bucket, by their keys in results, each with the option that declares it.
OPTIONS = {
    "public_access_block": "policy",
    "policy": "policy",
    "tags": "tags",
    "cors": "cors_policy",
    "lifecycle": "lifecycle_policy",
    "metrics": "metric_policy",
    "logging": "access_logging_enabled",
}


@dataclass(frozen=True)
class Choices:
    """What only the user can decide about one bucket, and what is the same for all buckets of a task.

    - bucket: the name of the bucket, None for the name of the container
    - cloudfront_distribution: the ARN of the distribution that has the access which everyone had
    - public: whether everyone keeps this access; the distribution has precedence
    - log_bucket, log_prefix: where access logs go; the prefix is the bucket's name and `/` unless given
    - expose_headers: the names that replace wildcards in expose_headers of CORS rules
    - missing_objects: the status of a missing object, 403 or 404; 404 lets readers list the bucket
    - buckets: the names of the buckets of all containers
    - region: the region of the task
    """

    bucket: str | None = None
    cloudfront_distribution: str | None = None
    public: bool = False
    log_bucket: str | None = None
    log_prefix: str | None = None
    expose_headers: Sequence[str] | None = None
    missing_objects: int = 403
    buckets: Collection[str] = ()
    region: str | None = None
