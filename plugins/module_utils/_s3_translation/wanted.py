# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a translation takes and gives: the choices of a user, and the bucket."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Unset(Enum):
    """The type of UNSET, the value of an aspect that the declaration does not give: it is left alone."""

    UNSET = "UNSET"


UNSET = Unset.UNSET


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
    """What only the user can decide about one bucket.

    - bucket: the name of the bucket, None for the name of the container
    - cloudfront_distribution: the ARN of the distribution that has the access which everyone had
    - public: whether everyone keeps this access; the distribution has precedence
    - log_bucket, log_prefix: where access logs go; the prefix is the bucket's name and `/` unless given
    - expose_headers: the names that replace wildcards in expose_headers of CORS rules
    - missing_objects: the status of a missing object, 403 or 404; 404 lets readers list the bucket
    - buckets: the names of the buckets of all containers
    """

    bucket: str | None = None
    cloudfront_distribution: str | None = None
    public: bool = False
    log_bucket: str | None = None
    log_prefix: str | None = None
    expose_headers: Sequence[str] | None = None
    missing_objects: int = 403
    buckets: Collection[str] = ()


@dataclass(frozen=True)
class WantedBucket:
    """A bucket that replaces a container: each aspect in the shape of the S3 API, or UNSET.

    - policy: the bucket policy, None for no policy; public_access_block is given whenever policy is
    - tags, cors: CORSRules, lifecycle: Rules; an empty value removes them
    - metrics: MetricsConfiguration by Id
    - logging: LoggingEnabled, None for no logging
    """

    name: str
    tags: Mapping[str, str] | Unset = UNSET
    policy: Mapping[str, Any] | Unset | None = UNSET
    public_access_block: Mapping[str, bool] | Unset = UNSET
    cors: Sequence[Mapping[str, Any]] | Unset = UNSET
    lifecycle: Sequence[Mapping[str, Any]] | Unset = UNSET
    metrics: Mapping[str, Mapping[str, Any]] | Unset = UNSET
    logging: Mapping[str, str] | Unset | None = UNSET
