# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the clients of botocore, and keeps those that the next task can use."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Mapping
from http.client import responses
from typing import TYPE_CHECKING, Any

try:
    from botocore.parsers import ResponseParserError
except ImportError:
    pass  # AnsibleAWSModule reports the missing library

from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from ._sender import Budget

# The domains of AWS's endpoints, those of both stacks too: botocore's partitions.json.
AWS_DOMAINS = (
    r"(amazonaws\.com(\.cn)?|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov"
    r"|api\.(aws|amazonwebservices\.(com\.cn|eu)|aws\.ic\.gov|aws\.scloud|cloud-aws\.adc-e\.uk|aws\.hci\.ic\.gov))"
)

# The clients of open_client, by what they are made of, with the module that opened them last. Those that were opened
# least recently come first.
_kept: dict[str, tuple[Any, weakref.ref[AnsibleAWSModule]]] = {}
_MAX_KEPT = 8
_lock = threading.Lock()


def make_client(
    module: AnsibleAWSModule,
    service: str,
    budget: Budget,
    connections: int,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Return a new client of botocore with the module's credentials, region and endpoint, or those in `options`.

    `connections` is the number of concurrent requests, `settings` are more of botocore's Config. The timeout of one
    request is the budget, but at least 10 seconds, so that a request can succeed, and at most 60, botocore's default.

    The caller closes it.
    """
    client = module.client(service, config=_config(budget, connections, settings), **options)
    client.meta.events.register("after-call", _omit_retries)
    client.meta.events.register("after-call", _complete_error)
    if "json" in client.meta.service_model.metadata["protocol"]:
        client.meta.events.register("after-call", _check_json)
    return client


def open_client(
    module: AnsibleAWSModule,
    service: str,
    budget: Budget,
    connections: int,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Return a client as make_client does, or the one that was made of the same before. The caller never closes it.

    The items of a loop can run in one process, one after the other, see plugin_utils/in_process.py. They share a client
    if everything that it is made of is the same. Clients of modules that have ended are closed if too many are kept.
    """
    config = _config(budget, connections, settings)
    credentials = {name: module.params.get(name) for name in aws_argument_spec()}
    made_of = json.dumps([service, config, options, credentials, dict(os.environ)], sort_keys=True)
    with _lock:
        client, _user = _kept.pop(made_of, (None, None))
        if client is None:
            client = make_client(module, service, budget, connections, settings, **options)
        _kept[made_of] = client, weakref.ref(module)
        unused = [key for key, (_client, user) in _kept.items() if user() is not module]
        for key in unused[: max(0, len(_kept) - _MAX_KEPT)]:
            _kept.pop(key)[0].close()
    return client


def _config(budget: Budget, connections: int, settings: Mapping[str, Any] | None) -> dict[str, Any]:
    timeout = min(max(budget.seconds, 10), 60)
    return {
        # botocore must not retry: it does not know the budget, and it hides that a reply was lost.
        "retries": {"total_max_attempts": 1},
        "max_pool_connections": connections,
        "connect_timeout": timeout,
        "read_timeout": timeout,
        **(settings or {}),
    }


def _omit_retries(parsed: dict[str, Any], **event: Any) -> None:
    # botocore would add "(reached max retries: 0)" to the message of every error.
    parsed.get("ResponseMetadata", {}).pop("MaxAttemptsReached", None)


def _complete_error(http_response: Any, parsed: dict[str, Any], **event: Any) -> None:
    """Give an error a code and a message, for which botocore would write Unknown and None."""
    status = http_response.status_code
    if status >= 300:
        # An error of S3 from an endpoint of another service has no element Error inside.
        error = parsed.setdefault("Error", {name: parsed[name] for name in ("Code", "Message") if name in parsed})
        error["Code"] = error.get("Code") or str(status)
        error["Message"] = error.get("Message") or f"HTTP status {status} {responses.get(status, '')}".rstrip()


def _check_json(http_response: Any, parsed: dict[str, Any], model: Any, **event: Any) -> None:
    """Raise ResponseParserError for a reply that is not JSON, nor the content of an object.

    botocore treats it as an empty one.
    """
    if model.has_streaming_output:
        return
    metadata = parsed.get("ResponseMetadata", {})
    # An error in HTML comes from a proxy, and botocore reports its HTTP status.
    is_meant_as_json = metadata.get("HTTPStatusCode", 0) < 300 or "json" in http_response.headers.get(
        "Content-Type", ""
    )
    if is_meant_as_json and http_response.content:
        try:
            json.loads(http_response.content)
        except ValueError as error:
            raise ResponseParserError(f"it is not JSON: {error}") from error
