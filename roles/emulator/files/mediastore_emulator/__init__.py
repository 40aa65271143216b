# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulator of AWS Elemental MediaStore: its whole control plane and data plane, and services of moto beside it."""

from __future__ import annotations

from .server import EmulatorServer

__all__ = ["EmulatorServer"]
