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

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .._partitions import partition_of
from .findings import IMPOSSIBLE, METRIC_RULE, Finding
from .metrics import ENTIRE_BUCKET

# The findings of statements in which CloudFront signs its requests: A3, B5.
_SIGNED = {"policy.cloudfront_origin", "policy.cloudfront_only"}


def replacements(
    container: Mapping[str, Any], bucket: str, region: str | None, findings: Collection[Finding]
) -> dict[str, Any]:
    """Return the values of a bucket at AWS that replace those of a container.

    `container` and `findings` are those of translate. A `region` that is None is `REGION` in the values.

    - endpoint: the URL of the bucket. N8: if the name has dots, HTTPS needs the URL with the bucket in its path
    - origin: the domain name for an origin of CloudFront
    - destination: the beginning of the URL for MediaLive, None if the name has dots, which MediaLive does not accept
    - origin_access_control: see _origin_access_control; omitted if CloudFront does not sign
    - alarms: see _alarms; omitted if no metric is declared
    """
    place = f"s3.{region or 'REGION'}.{partition_of(region).domain}"
    host = f"{bucket}.{place}"
    has_dots = "." in bucket
    values: dict[str, Any] = {
        "endpoint": f"https://{place}/{bucket}" if has_dots else f"https://{host}",
        "origin": host,
        "destination": None if has_dots else f"s3ssl://{bucket}",
    }
    if any(finding.code in _SIGNED for finding in findings):
        values["origin_access_control"] = _origin_access_control(bucket)
    if alarms := list(_alarms(container, findings)):
        values["alarms"] = alarms
    return values


def _origin_access_control(bucket: str) -> dict[str, str]:
    """Return OriginAccessControlConfig, with which CloudFront signs its requests for the bucket.

    Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html, which allows
    names of 64 characters; that of a bucket has 63.
    """
    return {
        "Name": bucket,
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }


def _alarms(container: Mapping[str, Any], findings: Collection[Finding]) -> Iterator[dict[str, str | None]]:
    """Yield dimensions of the metrics that the metric policy declares (M1, M3 to M8).

    `ObjectGroupName` is that of MediaStore, None for metrics of the container; `FilterId` is that of S3, None for what
    S3 does not count. Sources: MS:monitor-with-cloudwatch-metrics and S3:metrics-dimensions.
    """
    policy = container.get("metric_policy") or {}
    omitted = {finding.where for finding in findings if finding.level == IMPOSSIBLE}
    if policy.get("container_level_metrics"):
        yield {"ObjectGroupName": None, "FilterId": ENTIRE_BUCKET}
    for rule in policy.get("rules") or []:
        name = rule["object_group_name"]
        yield {"ObjectGroupName": name, "FilterId": None if f"{METRIC_RULE} {name}" in omitted else name}
