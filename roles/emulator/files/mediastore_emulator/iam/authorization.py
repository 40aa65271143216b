# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorization of a request: who sends it, its condition keys, and the decision with what a refusal says about it.

A directory knows the users, the assumed roles and their policies. access.decide evaluates the policies.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import strict_json
from ..partitions import get_partition
from .access import ALLOWED, Decision, Principal, Request, decide
from .directory import Client, Directory
from .explanation import explain
from .text_cache import TextCache

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_ANONYMOUS = Client()
_HEADER_KEYS = {"aws:UserAgent": "HTTP_USER_AGENT", "aws:Referer": "HTTP_REFERER"}


class Resource(NamedTuple):
    """What a request is for: its ARN, the account that owns it, and the policy on it, None without one.

    `noun` names it in sentences: "the container policy".
    """

    arn: str
    account: str
    policy: Mapping[str, Any] | None = None
    noun: str = "resource"


@dataclass(frozen=True)
class Authorization:
    """A request, with the decision on it and the resource that it is for."""

    request: Request
    resource: Resource
    decision: Decision

    @property
    def is_allowed(self) -> bool:
        """Whether the policies allow the request."""
        return self.decision.decision == ALLOWED

    @property
    def is_owner(self) -> bool:
        """Whether the client belongs to the account that owns the resource."""
        return self.request.principal.account == self.resource.account

    @cached_property
    def reason(self) -> str | None:
        """Why the policies refuse the request, in words that follow "because"; None if they allow it."""
        policy, account, noun = self.resource.policy, self.resource.account, self.resource.noun
        return explain(self.request, policy, account, noun, self.decision)


def authorize(client: Client, action: str, resource: Resource, context: Mapping[str, str]) -> Authorization:
    """Return the decision on an action, "mediastore:GetObject"; `context` has the condition keys of the request."""
    request = Request(client.principal, action, resource.arn, {**context, **client.keys})
    return Authorization(request, resource, decide(request, resource.policy, resource.account))


def find_client(directory: Directory, access_key: str | None, account: str, region: str) -> Client:
    """Return the owner of an access key, or an anonymous client for None.

    A key that the directory does not know belongs to the root user of `account`, in the partition of `region`.
    """
    if access_key is None:
        return _ANONYMOUS
    return directory.find_client(access_key) or _root(account, region)


@lru_cache(maxsize=64)
def _root(account: str, region: str) -> Client:
    return Client(Principal(f"arn:{get_partition(region)}:iam::{account}:root"))


def stored_policy(text: str | bytes | None) -> Mapping[str, Any] | None:
    """Return a policy that a service keeps as text, None without one; raises ValueError unless it is a JSON object."""
    return None if text is None else _POLICIES[text]


def _parse(text: str | bytes) -> Mapping[str, Any]:
    policy = strict_json.parse(text)
    if not isinstance(policy, dict):
        raise ValueError("a policy must be a JSON object")
    return policy


# Of about 5,000 containers with a usual policy.
_POLICIES = TextCache(_parse, 2 * 1024**2)


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
