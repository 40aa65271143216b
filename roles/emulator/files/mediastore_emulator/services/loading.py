# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services beside MediaStore are served: all of moto's, some, or none."""

from __future__ import annotations

from collections.abc import Collection

from .base import SERVICES, Services


def load(names: Collection[str] | None) -> type[Services]:
    """Return the class that serves `names`, of SERVICES; None are all services of moto, if moto is installed.

    Raises ValueError for an unknown name, and if moto is needed and not installed.
    """
    unknown = sorted(set(names or ()) - set(SERVICES))
    if unknown:
        raise ValueError(f"Unknown service '{unknown[0]}': the services beside MediaStore are {', '.join(SERVICES)}.")
    if names is not None and not names:
        return Services
    try:
        from .moto import MotoServices
    except ModuleNotFoundError as missing:
        if names is None:
            return Services
        reason = f"{', '.join(names)} cannot be served without the Python package {missing.name}"
        way_out = "install mediastore-emulator[services], or the packages of requirements-services.txt"
        raise ValueError(f"{reason}: {way_out}.") from None
    return MotoServices
