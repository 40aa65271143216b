# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who owns an access key: what MediaStore asks the services beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .access import Principal

DEFAULT_ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Client:
    """The sender of a request: its principal, and the condition keys that access.decide cannot read from its ARN."""

    principal: Principal = field(default_factory=Principal)
    keys: Mapping[str, str] = field(default_factory=dict)


class Directory:
    """The answers without other services: every access key belongs to a root user."""

    def find_account(self, access_key: str) -> str:
        """Return the account that owns an access key, by default 123456789012."""
        return DEFAULT_ACCOUNT

    def find_secret(self, access_key: str) -> str | None:
        """Return the secret of an access key, None for a key that is not known."""
        return None

    def find_client(self, access_key: str) -> Client | None:
        """Return the user or the session that owns an access key; None for the root user of the account."""
        return None
