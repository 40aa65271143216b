# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The partition of a region, by botocore's data."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from botocore.loaders import Loader

# Partitions that botocore 1.35 does not have, by the pattern of newer versions.
_NEWER = {"aws-eusc": r"^eusc\-(de)\-\w+\-\d+$"}


@lru_cache(maxsize=64)
def get_partition(region: str) -> str:
    """Return the partition of a region, "aws-cn" for "cn-north-1"; "aws" for a region that no partition knows."""
    return next((name for name, pattern in _partitions() if pattern.match(region)), "aws")


@cache
def _partitions() -> list[tuple[str, re.Pattern[str]]]:
    data = Loader().load_data("partitions")["partitions"]
    known = {**_NEWER, **{partition["id"]: partition["regionRegex"] for partition in data}}
    return [(name, re.compile(pattern)) for name, pattern in known.items()]
