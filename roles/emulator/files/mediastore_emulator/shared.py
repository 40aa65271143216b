# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the services of one emulator share."""

from __future__ import annotations

from collections.abc import Mapping

from .clock import Clock
from .cloudwatch import CloudWatch
from .faults import Faults
from .iam.directory import Directory
from .record import RequestRecord
from .settings import Settings


class Shared:
    """The settings, the clock, the record of requests and the faults.

    `directory` knows who owns an access key, and `cloudwatch` takes metrics and logs. `credentials` are the secrets of
    access keys.
    """

    def __init__(
        self, settings: Settings, directory: Directory, cloudwatch: CloudWatch, credentials: Mapping[str, str]
    ) -> None:
        self.settings = settings
        self.directory = directory
        self.cloudwatch = cloudwatch
        self.credentials = credentials
        self.clock = Clock()
        self.record = RequestRecord(self.clock, settings.record_limit, settings.log_requests)
        self.faults = Faults()
