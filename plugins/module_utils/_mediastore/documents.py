# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents that can be attached to a container, in the order in which modules list them."""

from __future__ import annotations

from typing import Any

from .._arguments import STATE
from .._document import Document
from .container_policy import CONTAINER_POLICY
from .cors_policy import CORS_POLICY
from .lifecycle_policy import LIFECYCLE_POLICY
from .metric_policy import METRIC_POLICY

DOCUMENTS: list[Document] = [CONTAINER_POLICY, CORS_POLICY, LIFECYCLE_POLICY, METRIC_POLICY]


def one_of_many() -> dict[str, Any]:
    """Return the argument spec of one container in a list of containers."""
    return dict(
        name=dict(type="str", required=True),
        state=STATE,
        tags=dict(type="dict"),
        purge_tags=dict(type="bool", default=True),
        access_logging_enabled=dict(type="bool"),
        **{document.key: document.option for document in DOCUMENTS},
    )
