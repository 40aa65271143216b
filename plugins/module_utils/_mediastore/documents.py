# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents that can be attached to a container, in the order in which modules list them."""

from __future__ import annotations

from typing import Any

from .._declaration.container import Declaration
from .._document import Document
from .container_policy import CONTAINER_POLICY
from .cors_policy import CORS_POLICY
from .lifecycle_policy import LIFECYCLE_POLICY
from .metric_policy import METRIC_POLICY

DOCUMENTS: list[Document] = [CONTAINER_POLICY, CORS_POLICY, LIFECYCLE_POLICY, METRIC_POLICY]


def documents_of(declaration: Declaration) -> dict[Document, Any]:
    """Return the value of each document that a declaration contains, None to remove it."""
    known = {document.key: document for document in DOCUMENTS}
    return {known[key]: value for key, value in declaration.documents.items()}
