# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs that several modules share."""

from __future__ import annotations

STATE = dict(type="str", choices=["present", "absent"], default="present")
WAIT_TIMEOUT = dict(type="int", default=600)

# Of a module that changes one container.
ONE_CONTAINER = dict(
    name=dict(type="str", required=True, aliases=["container_name"]),
    state=STATE,
    wait_timeout=WAIT_TIMEOUT,
)
CORS_RULES = dict(
    type="list",
    elements="dict",
    options=dict(
        allowed_origins=dict(type="list", elements="str", required=True),
        allowed_methods=dict(type="list", elements="str", choices=["PUT", "GET", "DELETE", "HEAD"], required=True),
        allowed_headers=dict(type="list", elements="str", default=[]),
        expose_headers=dict(type="list", elements="str"),
        max_age_seconds=dict(type="int"),
    ),
)
METRIC_OPTIONS = dict(
    container_level_metrics=dict(type="bool"),
    rules=dict(
        type="list",
        elements="dict",
        options=dict(
            object_group=dict(type="str", required=True),
            object_group_name=dict(type="str", required=True),
        ),
    ),
)
