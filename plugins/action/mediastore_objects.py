# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible looks for an action plugin by the name of the module; one class serves all modules."""

from __future__ import annotations

from ..plugin_utils.in_process import InProcessActionModule, preload

preload("_mediastore_data.runner", "mediastore-data")


class ActionModule(InProcessActionModule):
    """Runs the module of this name."""
