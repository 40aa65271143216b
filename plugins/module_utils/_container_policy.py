# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container policy: an IAM policy document, stored as text."""

from __future__ import annotations

from typing import Any

from ansible_collections.elemental.mediastore.plugins.module_utils._document import (
    Document,
    check_text_length,
    dump_text,
    load_text,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._iam_policy import canonical_policy
from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError, parse_json_object


def check_policy(text: str) -> dict[str, Any]:
    """Return the policy document in a user's JSON; raise InvalidInputError if the service would refuse it."""
    policy = parse_json_object("The container policy", text)
    if not policy:
        raise InvalidInputError("The container policy is empty: use state=absent to remove the policy of a container")
    if "Statement" not in policy:
        raise InvalidInputError("The container policy has no Statement, it needs at least one")
    check_text_length("container policy", policy)
    return policy


CONTAINER_POLICY = Document(
    key="policy",
    resource="container_policy",
    load=load_text,
    check=check_policy,
    dump=dump_text,
    canonical=canonical_policy,
    is_attached_to_new=True,
)
