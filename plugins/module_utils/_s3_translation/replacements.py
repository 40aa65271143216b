# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clients and other services of AWS use in place of the values of a container.

Sources, beside those of each rule:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html for the URLs of objects, CF-S3 and CF-MS for
origins, and https://docs.aws.amazon.com/medialive/latest/ug/hls-destinations-s3-specify.html and
.../hls-specify-destination-ems.html for the destinations of HLS output groups.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from .findings import IMPOSSIBLE, METRIC_RULE, Finding
from .metrics import ENTIRE_BUCKET
from .resources import partition_of

# The host in the endpoint that DescribeContainer returns, whose beginning the service chose.
_CONTAINER_HOST = "ID.data.mediastore.REGION.amazonaws.com"
# The findings of statements in which CloudFront signs its requests: A3, B5.
_SIGNED = {"policy.cloudfront_origin", "policy.cloudfront_only"}


class Replacement(NamedTuple):
    """A value in the configuration of a client or another service, and the value for the bucket in its place.

    - what: the kind of value, in words
    - old: the value for the container; ID and REGION are those in its endpoint, and PATH is that of an object or folder
    - new: the value for the bucket, None if it has no counterpart
    """

    what: str
    old: str
    new: str | None


def replacements(
    container: Mapping[str, Any], bucket: str, region: str | None, findings: Collection[Finding]
) -> list[Replacement]:
    """Return what replaces the values of a container, for a bucket at AWS.

    `container` and `findings` are those of translate. A `region` that is None is `REGION` in the values. N8: if the
    name has dots, HTTPS needs the URL with the bucket in its path, and MediaLive has no destination for it.
    """
    place = f"s3.{region or 'REGION'}.{partition_of(region).domain}"
    has_dots = "." in bucket
    url = f"https://{place}/{bucket}" if has_dots else f"https://{bucket}.{place}"
    return [
        Replacement("endpoint", f"https://{_CONTAINER_HOST}/PATH", f"{url}/PATH"),
        Replacement("origin of CloudFront", _CONTAINER_HOST, f"{bucket}.{place}"),
        *_origin_access_control(bucket, findings),
        Replacement(
            "destination of MediaLive",
            f"mediastoressl://{_CONTAINER_HOST}/PATH",
            None if has_dots else f"s3ssl://{bucket}/PATH",
        ),
        *_alarms(container, bucket, findings),
    ]


def _origin_access_control(bucket: str, findings: Collection[Finding]) -> Iterator[Replacement]:
    """Yield OriginAccessControlConfig, if CloudFront signs its requests for the container (A3) or the bucket (B5).

    Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html, which allows
    names of 64 characters; that of a bucket has 63.
    """
    if not any(finding.code in _SIGNED for finding in findings):
        return
    config = {
        "Name": bucket,
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    old = {"OriginAccessControlOriginType": "mediastore"}
    yield Replacement("origin access control of CloudFront", json.dumps(old), json.dumps(config))


def _alarms(container: Mapping[str, Any], bucket: str, findings: Collection[Finding]) -> Iterator[Replacement]:
    """Yield the namespace and the dimensions of the metrics that the metric policy declares (M1, M3 to M8).

    Sources: MS:monitor-with-cloudwatch-metrics and S3:metrics-dimensions.
    """
    policy = container.get("metric_policy") or {}
    omitted = {finding.where for finding in findings if finding.level == IMPOSSIBLE}
    old = f"AWS/MediaStore ContainerName={container['name']}"
    new = f"AWS/S3 BucketName={bucket} FilterId="
    if policy.get("container_level_metrics"):
        yield Replacement("alarms", old, f"{new}{ENTIRE_BUCKET}")
    for rule in policy.get("rules") or []:
        name = rule["object_group_name"]
        is_omitted = f"{METRIC_RULE} {name}" in omitted
        yield Replacement("alarms", f"{old} ObjectGroupName={name}", None if is_omitted else f"{new}{name}")
