# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch and CloudWatch Logs, to which MediaStore sends metrics and access logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Place(NamedTuple):
    """An account and a region."""

    account: str
    region: str


class MetricSet(NamedTuple):
    """A namespace and the names and values of dimensions, for which metrics are kept together."""

    namespace: str
    dimensions: tuple[tuple[str, str], ...]


class MetricValue(NamedTuple):
    """One value of a metric, with a unit of CloudWatch."""

    value: float
    unit: str


class CloudWatch:
    """The services that keep nothing; those of moto are in services/moto_cloudwatch.py."""

    def put_metric_data(
        self, place: Place, metric_set: MetricSet, time: float, values: Mapping[str, MetricValue]
    ) -> None:
        """Add one value to each metric in `values`, by name; `time` is a Unix timestamp."""

    def create_log_stream(self, place: Place, group: str, stream: str) -> None:
        """Create a log group and a log stream in it, unless they exist."""

    def put_log_event(self, place: Place, group: str, stream: str, time: float, message: str) -> None:
        """Append an event to a log stream, which is created if it does not exist; `time` is a Unix timestamp."""
