# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How clients reach the emulator: its URL and its admin interface."""

from __future__ import annotations

ADMIN_PREFIX = "/mediastore-emulator/"
# The health reply contains it.
SERVICE_NAME = "mediastore-emulator"


def url_of(host: str, port: int) -> str:
    """Return the URL of a server that listens at an address."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
