# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics in moto's CloudWatch and events in moto's CloudWatch Logs, as many as fit in bounded memory.

moto keeps its state in the process, so this module does, too.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from moto.cloudwatch.models import Dimension, MetricAggregatedDatum
from moto.core.common_models import CloudWatchMetricProvider
from moto.logs.models import LogStream, logs_backends

from ..cloudwatch import CloudWatch, MetricSet, MetricValue, Place

_LOG = logging.getLogger(__name__)
_SECONDS = 60
# 20 MB, because a minute of one metric set has up to 8 data points. moto reads all of them for each data point that it
# returns.
_MAX_MINUTES = 5_000
_MAX_LOG_BYTES = 32 * 1024**2


class DataPoint(MetricAggregatedDatum):
    """The statistics of one metric for one minute, counted from 1970. moto reads its attributes."""

    def __init__(self, metric_set: MetricSet, name: str, minute: int, value: float, unit: str) -> None:
        time = datetime.fromtimestamp(minute * _SECONDS, timezone.utc).replace(tzinfo=None)
        super().__init__(metric_set.namespace, name, value, value, 1, value, [], time, unit)
        self.dimensions = _dimensions(metric_set)

    def add(self, value: float) -> None:
        """Add one value."""
        self.min = min(self.min, value)
        self.max = max(self.max, value)
        self.sum += value
        self.sample_count += 1

    def filter(
        self,
        namespace: str | None,
        name: str | None,
        dimensions: list[dict[str, str]],
        already_present_metrics: list[Any] | None = None,
    ) -> bool:
        """Return whether a request of moto is for this data point.

        ListMetrics gives the metrics that it has, and returns each metric with the dimensions once. The statistics of
        a metric are those for exactly the dimensions. moto's own method returns a metric with two dimensions once for
        each data point, and adds up the statistics of all metrics that have the dimensions.
        """
        wanted = [Dimension(item["Name"], item.get("Value")) for item in dimensions or ()]
        if already_present_metrics is None:
            return len(wanted) == len(self.dimensions) and all(item in self.dimensions for item in wanted)
        if (namespace or self.namespace, name or self.name) != (self.namespace, self.name):
            return False
        series = (self.namespace, self.name, self.dimensions)
        present = ((item.namespace, item.name, item.dimensions) for item in already_present_metrics)
        return all(item in self.dimensions for item in wanted) and series not in present


class Metrics(CloudWatchMetricProvider):
    """The data points of all accounts and regions, those of the latest minutes. Safe to use from several threads."""

    _lock = threading.Lock()
    _minutes: dict[tuple[Place, MetricSet, int], dict[str, DataPoint]] = {}

    @staticmethod
    def get_cloudwatch_metrics(account_id: str, region: str) -> list[DataPoint]:
        """Return the data points of an account in a region, for moto."""
        place = Place(account_id, region)
        with Metrics._lock:
            found = [points for key, points in Metrics._minutes.items() if key[0] == place]
            return [point for points in found for point in points.values()]

    @classmethod
    def add(cls, place: Place, metric_set: MetricSet, time: float, values: Mapping[str, MetricValue]) -> None:
        """Add values of one time; the minute that was begun first is dropped when too many are kept."""
        minute = int(time // _SECONDS)
        with cls._lock:
            points = cls._minutes.setdefault((place, metric_set, minute), {})
            for name, (value, unit) in values.items():
                if name in points:
                    points[name].add(value)
                else:
                    points[name] = DataPoint(metric_set, name, minute, float(value), unit)
            if len(cls._minutes) > _MAX_MINUTES:
                del cls._minutes[next(iter(cls._minutes))]

    @classmethod
    def clear(cls) -> None:
        """Remove all data points."""
        with cls._lock:
            cls._minutes.clear()


class LogEvents:
    """The latest events that were put into log streams of moto. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[tuple[LogStream, int]] = deque()
        self._bytes = 0

    def create_stream(self, place: Place, group: str, stream: str) -> LogStream | None:
        """Return a log stream, which is created if it does not exist; None in a region that moto does not have."""
        if place.region not in logs_backends[place.account]:
            return None
        backend = logs_backends[place.account][place.region]
        with self._lock:
            backend.ensure_log_group(group)
            backend.ensure_log_stream(group, stream)
            return backend.groups[group].streams[stream]

    def put(self, stream: LogStream, time: float, message: str) -> None:
        """Append an event to a stream, of any time, and drop the oldest events if their messages are too large."""
        try:
            # The method of the stream, because that of the backend refuses times that are far from the machine's.
            stream.put_log_events([{"timestamp": int(time * 1000), "message": message}])
        except Exception:
            _LOG.exception("A subscription filter of %s failed", stream.log_group.name)
        with self._lock:
            self._kept.append((stream, len(message)))
            self._bytes += len(message)
            while self._bytes > _MAX_LOG_BYTES:
                oldest, size = self._kept.popleft()
                del oldest.events[:1]
                self._bytes -= size

    def clear(self) -> None:
        """Forget all events, after moto has removed its log groups."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


_LOG_EVENTS = LogEvents()


class MotoCloudWatch(CloudWatch):
    """Those of both services that are among `names`, or both if `names` is None."""

    def __init__(self, names: Collection[str] | None) -> None:
        self._has_metrics = names is None or "cloudwatch" in names
        self._has_logs = names is None or "logs" in names

    def put_metric_data(
        self, place: Place, metric_set: MetricSet, time: float, values: Mapping[str, MetricValue]
    ) -> None:
        """Add one value to each metric in `values`, by name; `time` is a Unix timestamp."""
        if self._has_metrics:
            Metrics.add(place, metric_set, time, values)

    def create_log_stream(self, place: Place, group: str, stream: str) -> None:
        """Create a log group and a log stream in it, unless they exist."""
        if self._has_logs:
            _LOG_EVENTS.create_stream(place, group, stream)

    def put_log_event(self, place: Place, group: str, stream: str, time: float, message: str) -> None:
        """Append an event to a log stream, which is created if it does not exist; `time` is a Unix timestamp."""
        found = _LOG_EVENTS.create_stream(place, group, stream) if self._has_logs else None
        if found:
            _LOG_EVENTS.put(found, time, message)


def clear() -> None:
    """Remove what this module keeps, when moto removes its data."""
    Metrics.clear()
    _LOG_EVENTS.clear()


@lru_cache(maxsize=4096)
def _dimensions(metric_set: MetricSet) -> list[Dimension]:
    """Return the dimensions as moto has them. Data points share them, because each would take 500 bytes."""
    return [Dimension(name, value) for name, value in metric_set.dimensions]
