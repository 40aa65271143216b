# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics and access logs of containers: what one request adds to them.

Sources: the MediaStore User Guide, "Monitoring AWS Elemental MediaStore with Amazon CloudWatch Metrics", "Metric
policies", "Example metric policies" and "Access log format".
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ..call import Call, Reply
from ..cloudwatch import MetricSet, MetricValue, Place
from ..iam.wildcards import is_like
from ..shared import Shared
from .models import Container, Store

_NAMESPACE = "AWS/MediaStore"
# The values of the dimension RequestType. Other operations, such as a preflight, have no metrics and no log record.
_REQUEST_TYPES = {
    "PutObject": "Put",
    "GetObject": "Get",
    "DeleteObject": "Delete",
    "DescribeObject": "Describe",
    "ListItems": "List",
}
_THROTTLED = ("ThrottlingException", "TooManyRequestsException")
_MAX_PATH = 2048


@dataclass(frozen=True)
class Observation:
    """One request to a container and its reply. `path` is that of an object or a folder, empty without one.

    `received` and `sent` count the bytes of the bodies, and `sent` of DescribeObject those that GetObject would send.
    `arrived` is a Unix timestamp. `total` and `turnaround` are seconds from the arrival of the head and of the whole
    request until the reply is ready. `requester` and `account` are None for an anonymous client.
    """

    operation: str
    path: str
    status: int
    error: str | None
    received: int
    sent: int
    arrived: float
    total: float
    turnaround: float
    client: str
    requester: str | None
    account: str | None
    request_id: str


class Monitoring:
    """Sends the metrics and the access logs that the containers of a store declare."""

    def __init__(self, shared: Shared, store: Store) -> None:
        self._shared = shared
        self._store = store

    def start_access_log(self, container: Container) -> None:
        """Create the log group of a container, as the service does when access logging starts."""
        if self._shared.settings.access_logs:
            self._shared.cloudwatch.create_log_stream(_place(container), _log_group(container), container.name)

    def observe(self, call: Call, reply: Reply, sent: int) -> None:
        """Send what a container declares about one request at its endpoint, refused or not."""
        if call.container is None or call.operation not in _REQUEST_TYPES:
            return
        with self._store.lock:
            container = self._store.get(call.account, call.region, call.container)
        if container is None:
            return
        settings, cloudwatch = self._shared.settings, self._shared.cloudwatch
        policy = settings.metrics and container.documents.get("MetricPolicy")
        is_logged = settings.access_logs and container.access_logging
        if not policy and not is_logged:
            return
        seen = _observation(call, reply, sent, self._shared.clock.time())
        place = _place(container)
        if policy:
            values = metric_values(seen)
            for dimensions in dimension_sets(container.name, policy, seen):
                cloudwatch.put_metric_data(place, MetricSet(_NAMESPACE, dimensions), seen.arrived, values)
        if is_logged:
            record = json.dumps(log_record(container.name, seen))
            cloudwatch.put_log_event(place, _log_group(container), container.name, seen.arrived, record)


def dimension_sets(container: str, policy: Mapping[str, Any], seen: Observation) -> list[tuple[tuple[str, str], ...]]:
    """Return the dimensions of the metrics to which a request adds: of the container, and of each matching group.

    The documentation names the dimensions, but not their combinations: RequestType is in all of them, as it is in the
    metrics that the AWS CDK has for containers.
    """
    name, request_type = ("ContainerName", container), ("RequestType", _REQUEST_TYPES[seen.operation])
    sets = [(name, request_type)] if policy["ContainerLevelMetrics"] == "ENABLED" else []
    groups = object_groups(policy.get("MetricPolicyRules", ()), seen.path)
    return [*sets, *((name, ("ObjectGroupName", group), request_type) for group in groups)]


def object_groups(rules: Iterable[Mapping[str, str]], path: str) -> list[str]:
    """Return the names of the object groups that have an object or a folder, in the order of the rules.

    An object group is a path, of which a * can be any text, and has what is at that path and below it.
    """
    return [
        rule["ObjectGroupName"]
        for rule in rules
        if is_like(f"{rule['ObjectGroup'].strip('/')}/*", f"{path.strip('/')}/")
    ]


def metric_values(seen: Observation) -> dict[str, MetricValue]:
    """Return the value of each metric to which a request adds.

    A request without a body adds nothing to the metrics of bytes. The documentation does not say whether a request
    without an error adds 0 to the metrics of errors: it does here, so that their sum is 0 and not missing.
    """
    is_download = seen.sent and seen.operation != "DescribeObject"
    return {
        "RequestCount": MetricValue(1, "Count"),
        "4xxErrorCount": MetricValue(400 <= seen.status < 500, "Count"),
        "5xxErrorCount": MetricValue(seen.status >= 500, "Count"),
        "ThrottleCount": MetricValue(seen.error in _THROTTLED, "Count"),
        **({"BytesUploaded": MetricValue(seen.received, "Bytes")} if seen.received else {}),
        **({"BytesDownloaded": MetricValue(seen.sent, "Bytes")} if is_download else {}),
        "TotalTime": MetricValue(seen.total * 1000, "Milliseconds"),
        "TurnaroundTime": MetricValue(seen.turnaround * 1000, "Milliseconds"),
    }


def log_record(container: str, seen: Observation) -> dict[str, Any]:
    """Return the record of a request in the access log.

    Of a successful request, the example in the documentation has the error code null, and the description of the
    field a hyphen, as here. The documentation does not say which account an anonymous client has: null here.
    """
    arrived = datetime.fromtimestamp(seen.arrived, timezone.utc)
    return {
        "Path": f"/{seen.path[:_MAX_PATH]}" if seen.path else "-",
        "Requester": seen.requester or "anonymous",
        "AWSAccountId": seen.account,
        "RequestID": seen.request_id,
        "ContainerName": container,
        "TotalTime": round(seen.total * 1000),
        "BytesSent": seen.sent,
        "ReceivedTime": f"{arrived.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z",
        "Operation": seen.operation,
        "ErrorCode": seen.error or "-",
        "Source": seen.client,
        "HTTPStatus": seen.status,
        "TurnAroundTime": round(seen.turnaround * 1000),
    }


def _observation(call: Call, reply: Reply, sent: int, now: float) -> Observation:
    ready = time.monotonic()
    principal = call.sender.principal
    return Observation(
        operation=call.operation,
        path=call.parameters.get("Path", ""),
        status=reply.status,
        error=reply.error,
        received=call.received,
        sent=int(reply.headers.get("Content-Length", sent)),
        arrived=now - (ready - call.arrived),
        total=ready - call.arrived,
        turnaround=ready - call.started,
        client=call.client,
        requester=principal.arn,
        account=principal.account,
        request_id=reply.request_id,
    )


def _place(container: Container) -> Place:
    return Place(container.account, container.region)


def _log_group(container: Container) -> str:
    """Return the name of the log group of a container (MediaStore User Guide, "CloudWatch Logs").

    The documentation does not name the log stream: it has the name of the container.
    """
    return f"/aws/mediastore/{container.name}"
