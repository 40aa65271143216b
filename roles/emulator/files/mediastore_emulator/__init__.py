# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulator of AWS Elemental MediaStore: moto's server with a complete MediaStore control plane and data plane."""

from __future__ import annotations

from .server import EmulatorServer

__all__ = ["EmulatorServer"]
