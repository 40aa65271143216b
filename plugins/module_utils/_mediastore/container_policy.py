# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container policy as the service stores it: text."""

from __future__ import annotations

from .._document import Document
from .._iam_policy import policy_parts
from .._json_text import dump_text, load_text

CONTAINER_POLICY = Document(
    key="policy",
    title="policy",
    operation="container_policy",
    member="Policy",
    wire_type=str,
    not_found="PolicyNotFoundException",
    load=load_text,
    dump=dump_text,
    parts=policy_parts,
    is_attached_to_new=True,
)
