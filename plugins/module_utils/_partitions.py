# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The partitions of AWS, by region. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Partition(NamedTuple):
    """A partition of AWS: its name in ARNs, and the domain of its endpoints."""

    name: str
    domain: str


_PARTITION = Partition("aws", "amazonaws.com")
# The other partitions, by the beginning of the names of their regions: botocore's partitions.json. botocore 1.35 does
# not have all of them.
_PARTITIONS = {
    "cn-": Partition("aws-cn", "amazonaws.com.cn"),
    "eu-isoe-": Partition("aws-iso-e", "cloud.adc-e.uk"),
    "eusc-": Partition("aws-eusc", "amazonaws.eu"),
    "us-gov-": Partition("aws-us-gov", "amazonaws.com"),
    "us-iso-": Partition("aws-iso", "c2s.ic.gov"),
    "us-isob-": Partition("aws-iso-b", "sc2s.sgov.gov"),
    "us-isof-": Partition("aws-iso-f", "csp.hci.ic.gov"),
}


def partition_of(region: str | None) -> Partition:
    """Return the partition of a region, by the name of the region; None and unknown regions are in `aws`."""
    return next((one for start, one in _PARTITIONS.items() if (region or "").startswith(start)), _PARTITION)
