# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs that several modules share."""

from __future__ import annotations

STATE = dict(type="str", choices=["present", "absent"], default="present")
WAIT_TIMEOUT = dict(type="int", default=600)
MAX_CONCURRENCY = dict(type="int", default=10)
CONTAINER = dict(type="str", required=True, aliases=["container_name"])
COMPARE = dict(type="str", choices=["content", "size"], default="content")
# The operations on objects whose rate can be limited, by the name of the suboption; the rate is in requests a second.
OBJECT_OPERATIONS = ("put", "get", "describe", "list", "delete")
MAX_RATE = dict(type="dict", options={name: dict(type="int") for name in OBJECT_OPERATIONS})
