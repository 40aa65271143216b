# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the emulator, which tests can change while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

_EXPECTED = {bool: "true or false", int: "a whole number of at least 0", float: "a number of seconds of at least 0"}


@dataclass(frozen=True)
class Settings:
    """Settings that can change while the emulator runs: delays in seconds, counts, and what has an effect.

    No number can be negative. `secure_transport` is the value of aws:SecureTransport. `metrics` and `access_logs` are
    whether containers send them. `s3_rules` is whether Amazon S3 refuses what moto's S3 accepts. An upload to a
    container that takes longer than `upload_timeout` is cancelled; 0 is no limit. `signatures` is whether they are
    verified. `log_requests` is whether each entry of the record is also logged.
    """

    create_delay: float = 0.0
    delete_delay: float = 0.0
    container_quota: int = 100_000
    metric_rules_quota: int = 300
    record_limit: int = 200_000
    access: bool = True
    secure_transport: bool = True
    cors: bool = True
    lifecycle: bool = True
    metrics: bool = True
    access_logs: bool = True
    s3_rules: bool = True
    upload_timeout: float = 30.0
    signatures: bool = False
    log_requests: bool = False

    def updated(self, changes: Mapping[str, Any]) -> Settings:
        """Return the settings with `changes`; raises ValueError for an unknown key or an invalid value."""
        kinds = {item.name: type(item.default) for item in fields(self)}
        for key, value in changes.items():
            if key not in kinds:
                raise ValueError(f"Unknown setting '{key}': the settings are {', '.join(kinds)}.")
            if not _is_setting(kinds[key], value):
                raise ValueError(f"Setting '{key}' must be {_EXPECTED[kinds[key]]}.")
        return replace(self, **changes)


def _is_setting(kind: type, value: Any) -> bool:
    # In Python, True is an int.
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    return isinstance(value, (int, float) if kind is float else int) and 0 <= value < float("inf")
