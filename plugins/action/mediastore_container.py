# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of every module: the other names are links, because Ansible looks for a plugin by its module's name."""

from __future__ import annotations

from ..plugin_utils.in_process import ActionModule as ActionModule
