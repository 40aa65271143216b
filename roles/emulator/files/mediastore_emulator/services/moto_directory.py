# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What moto's IAM and STS know: the owner of an access key with its policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from moto.iam.models import Group, IAMBackend, Role, User, get_account_id_from, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from ..iam.access import Principal
from ..iam.authorization import stored_policy
from ..iam.directory import Client, Directory

# More than IAM's quotas permit: 20 managed policies of 6,144 characters, and inline policies of 10,240.
_MAX_CHARACTERS = 140_000
_DENYING = {"Statement": {"Sid": "TooManyPolicies", "Effect": "Deny", "Action": "*", "Resource": "*"}}


class MotoDirectory(Directory):
    """The answers of moto, whose state is that of the process."""

    def find_account(self, access_key: str) -> str:
        """Return the account that owns an access key, by default 123456789012."""
        return str(get_account_id_from(access_key))

    def find_secret(self, access_key: str) -> str | None:
        """Return the secret of the access key of a user or a session, None for a key that is not known."""
        for backend in _iam_backends():
            key = backend.access_keys.get(access_key)
            if key and key.user_name in backend.users:
                return str(key.secret_access_key)
            session = _find_session(access_key) if key else None
            if session:
                return str(session.secret_access_key)
        return None

    def find_client(self, access_key: str) -> Client | None:
        """Return the user or the session that owns an access key; None for the root user of the account.

        This includes the key of GetSessionToken and GetFederationToken, because moto gives all clients the same.
        """
        for backend in _iam_backends():
            key = backend.access_keys.get(access_key)
            if key and key.user_name in backend.users:
                return _user(backend, backend.users[key.user_name])
            session = _find_session(access_key) if key else None
            if session:
                return _assumed_role(session)
        return None


def _iam_backends() -> list[IAMBackend]:
    # The lists are copies: other threads can add accounts.
    return [backend for account in list(iam_backends.values()) for backend in list(account.values())]


def _find_session(access_key: str) -> AssumedRole | None:
    backends = [backend for account in list(sts_backends.values()) for backend in list(account.values())]
    sessions = (backend.get_assumed_role_from_access_key(access_key) for backend in backends)
    return next(filter(None, sessions), None)


def _user(backend: IAMBackend, user: User) -> Client:
    groups = [group for group in list(backend.groups.values()) if user in group.users]
    keys = {"aws:userid": user.id, **_tag_keys(user.tags or [])}
    return Client(Principal(user.arn, _policies([user, *groups])), keys)


def _assumed_role(session: AssumedRole) -> Client:
    """Return the client of a role session. moto accepts a role that does not exist: it has no policies."""
    roles = list(iam_backends[session.account_id][session.partition].roles.values())
    found = [role for role in roles if role.arn == session.role_arn]
    tags = [tag for role in found for tag in role.tags]
    # IAM User Guide, "AWS global condition context keys": the key is the ARN of the role, not that of the session.
    keys = {"aws:PrincipalArn": session.role_arn, "aws:userid": session.user_id, **_tag_keys(tags)}
    return Client(Principal(session.arn, _policies(found)), keys)


def _tag_keys(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in tags}


def _policies(holders: Sequence[User | Group | Role]) -> tuple[Mapping[str, Any], ...]:
    """Return the inline policies and the attached policies of users, groups and roles, in this order for each.

    moto has no quotas for them. Policies of more than _MAX_CHARACTERS together are one that denies everything.
    """
    texts: list[str | None] = []
    for holder in holders:
        texts += list(holder.policies.values())
        for policy in list(holder.managed_policies.values()):
            texts += [item.document for item in policy.versions if item.version_id == policy.default_version_id]
    if sum(map(len, filter(None, texts))) > _MAX_CHARACTERS:
        return (_DENYING,)
    return tuple(policy for policy in map(stored_policy, filter(None, texts)) if policy is not None)
