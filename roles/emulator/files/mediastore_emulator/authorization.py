# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorization of a request at a container's endpoint: who sends it, its condition keys, and the refusal.

moto's IAM and STS know the users, the assumed roles and their policies. access.decide evaluates the policies.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from moto.iam.models import Group, IAMBackend, Role, User, iam_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from .access import ALLOWED, Decision, Principal, Request, decide
from .errors import ServiceError
from .models import Container

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HEADER_KEYS = {"aws:UserAgent": "HTTP_USER_AGENT", "aws:Referer": "HTTP_REFERER"}


@dataclass(frozen=True)
class Client:
    """The sender of a request: its principal, and the condition keys that access.decide cannot read from its ARN."""

    principal: Principal = field(default_factory=Principal)
    keys: Mapping[str, str] = field(default_factory=dict)


def find_client(access_key: str | None, account: str, region: str) -> Client:
    """Return the owner of an access key, or an anonymous client for None.

    A key that moto does not know belongs to the root user of `account`, in the partition of `region`. This includes
    the key of GetSessionToken and GetFederationToken, because moto returns the same one to everybody.
    """
    if access_key is None:
        return Client()
    for backend in _iam_backends():
        key = backend.access_keys.get(access_key)
        if key and key.user_name in backend.users:
            return _user(backend, backend.users[key.user_name])
        session = _find_session(access_key) if key else None
        if session:
            return _assumed_role(session)
    return Client(Principal(f"arn:{get_partition(region)}:iam::{account}:root"))


def check_access(
    environ: WSGIEnvironment, client: Client, action: str, path: str, container: Container, secure_transport: bool
) -> None:
    """Refuse a request that the policy of the container and the identity policies of the client do not allow.

    `action` is an operation, for example "GetObject". `path` is that of an object or a folder, "" for the container's
    root. Raises AccessDenied (403).
    """
    keys = request_keys(environ, container.clock.time(), container.region, secure_transport)
    context = {**keys, **client.keys}
    request = Request(client.principal, f"mediastore:{action}", f"{container.arn}/{path}", context)
    text = container.documents.get("ContainerPolicy")
    policy = None if text is None else _parsed(text)
    decision = decide(request, policy, container.account)
    if decision.decision != ALLOWED:
        who = client.principal.arn or "An anonymous client"
        reason = _reason(request, policy, container.account, decision)
        message = f"{who} cannot perform {request.action} on {request.resource} because {reason}."
        raise ServiceError("AccessDenied", message, 403)


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
    """Return the inline policies and the attached policies of users, groups and roles, in this order for each."""
    texts: list[str | None] = []
    for holder in holders:
        texts += list(holder.policies.values())
        for policy in list(holder.managed_policies.values()):
            texts += [item.document for item in policy.versions if item.version_id == policy.default_version_id]
    return tuple(_parsed(text) for text in texts if text)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Mapping[str, Any]:
    """Return a policy document that was checked when it was stored."""
    document: Mapping[str, Any] = json.loads(text)
    return document


def request_keys(environ: WSGIEnvironment, now: float, region: str, secure_transport: bool) -> dict[str, str]:
    """Return the condition keys that every request has, and those of headers that this request has.

    `now` is a Unix timestamp.

    Source: IAM User Guide, "AWS global condition context keys". MediaStore has no keys for objects and folders (Service
    Authorization Reference). aws:SourceArn and aws:SourceAccount exist only in requests of an AWS service.
    """
    keys = {
        "aws:SecureTransport": "true" if secure_transport else "false",
        "aws:SourceIp": environ["REMOTE_ADDR"],
        "aws:CurrentTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "aws:EpochTime": str(int(now)),
        "aws:RequestedRegion": region,
        "aws:ViaAWSService": "false",
    }
    return keys | {key: environ[name] for key, name in _HEADER_KEYS.items() if name in environ}


def _reason(request: Request, policy: Mapping[str, Any] | None, account: str, decision: Decision) -> str:
    """Return the words that follow "because" in the message of a request that was denied."""
    if decision.statements:
        statement = decision.statements[0]
        sid = f" ({statement.sid})" if statement.sid else ""
        is_identity = statement.policy == "identity"
        title = f"identity policy {statement.document}" if is_identity else "the container policy"
        return f"statement {statement.number}{sid} of {title} denies it"
    unlimited = replace(request, principal=replace(request.principal, policies=None))
    if decide(unlimited, policy, account).decision != ALLOWED:
        return "the container has no policy" if policy is None else "no statement of the container policy allows it"
    is_owner = f"::{account}:" in (request.principal.arn or "")
    either = " or of the container policy" if is_owner and policy is not None else ""
    return f"no statement of its identity policies{either} allows it"
