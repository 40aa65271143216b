# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The partition of a region, by botocore's data."""

from __future__ import annotations

import re
from functools import cache

from botocore.loaders import Loader


def get_partition(region: str) -> str:
    """Return the partition of a region, "aws-cn" for "cn-north-1"; "aws" for a region that no partition knows."""
    return next((name for name, pattern in _partitions() if pattern.match(region)), "aws")


@cache
def _partitions() -> list[tuple[str, re.Pattern[str]]]:
    known = Loader().load_data("partitions")["partitions"]
    return [(partition["id"], re.compile(partition["regionRegex"])) for partition in known]
