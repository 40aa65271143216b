# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorization of a request at a container's endpoint: who sends it, its condition keys, and the refusal.

A directory knows the users, the assumed roles and their policies. access.decide evaluates the policies.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import ServiceError
from ..mediastore.models import Container
from ..partitions import get_partition
from .access import ALLOWED, Decision, Principal, Request, decide
from .directory import Client, Directory

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HEADER_KEYS = {"aws:UserAgent": "HTTP_USER_AGENT", "aws:Referer": "HTTP_REFERER"}


def find_client(directory: Directory, access_key: str | None, account: str, region: str) -> Client:
    """Return the owner of an access key, or an anonymous client for None.

    A key that the directory does not know belongs to the root user of `account`, in the partition of `region`.
    """
    if access_key is None:
        return Client()
    root = Principal(f"arn:{get_partition(region)}:iam::{account}:root")
    return directory.find_client(access_key) or Client(root)


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
    policy = None if text is None else parsed_policy(text)
    decision = decide(request, policy, container.account)
    if decision.decision != ALLOWED:
        who = client.principal.arn or "An anonymous client"
        reason = _reason(request, policy, container.account, decision)
        message = f"{who} cannot perform {request.action} on {request.resource} because {reason}."
        raise ServiceError("AccessDenied", message, 403)


@lru_cache(maxsize=1024)
def parsed_policy(text: str) -> Mapping[str, Any]:
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
