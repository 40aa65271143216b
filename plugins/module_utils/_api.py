# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The MediaStore API: the only file that calls boto3.

One method for each operation, each of which sends one request and sends it again where that can help. A document that
is not there is None, never an error; a failure is a MediaStoreError whose message names the container and the action.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, TypeVar
from urllib.parse import urlsplit

try:
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        CredentialRetrievalError,
        EndpointConnectionError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
        ProxyConnectionError,
        SSLError,
    )
    from botocore.exceptions import (
        ConnectionError as BotoConnectionError,
    )
    from botocore.parsers import ResponseParserError
    from botocore.utils import is_valid_endpoint_url
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.cloud import BackoffIterator
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

_Reply = TypeVar("_Reply")

# Compatible servers answer the second where the service answers the first.
CONTAINER_NOT_FOUND = frozenset(["ContainerNotFoundException", "ResourceNotFoundException"])
POLICY_NOT_FOUND = frozenset(["PolicyNotFoundException"])
CORS_POLICY_NOT_FOUND = frozenset(["CorsPolicyNotFoundException"])
CONTAINER_IN_USE = "ContainerInUseException"

# Codes that say "later" and that nothing was done. Those which AWSRetry knows besides are faults of the server.
_THROTTLED = frozenset(
    [
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ]
)
# What reading a reply raises that is not as the model says: botocore checks no types, and reads times and JSON itself.
UNREADABLE = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RuntimeError)
# https://docs.aws.amazon.com/mediastore/latest/apireference/CommonErrors.html
_GENERAL_CODES = frozenset(
    [
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ]
)
MAX_RETRIES = 10
TRIED = f"tried {MAX_RETRIES + 1} times"
# The endpoints of botocore's endpoint rules for mediastore. Others may have a name in amazonaws.com, too.
_AWS_HOST = re.compile(r"mediastore(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
# ListContainers answers at most this many: model shape ContainerListLimit.
_PAGE_SIZE = 100

AWS_ENDED = (
    "AWS ended MediaStore on 13 November 2025: set endpoint_url to an endpoint that speaks its API,"
    " see the guide to endpoints of elemental.mediastore"
)


class MediaStoreError(AnsibleAWSError):
    """A request that failed for good, or a wait that took too long.

    `code` is the service's error code, or None. `is_general` tells that it would be the same for every container:
    nobody answers, or not to these credentials. `maybe_done` tells that the server may have acted on a request that
    changes something although it is not known to have: its reply was lost.
    """

    def __init__(self, message: str, exception: Exception | None = None, maybe_done: bool = False) -> None:
        AnsibleAWSError.__init__(self, message=message, exception=exception)
        self.code = _error_code(exception)
        self.is_general = self.code in _GENERAL_CODES or isinstance(exception, _general_exceptions())
        self.maybe_done = maybe_done


class ContainerNotFoundError(MediaStoreError):
    """The container does not exist."""


class Budget:
    """The time that one task, or one container of a task, may spend on waiting and retrying.

    `seconds` count from construction; `limit` is what users know this limit as.
    """

    def __init__(self, seconds: float, limit: str = "wait_timeout") -> None:
        self.seconds = seconds
        self._limit = limit
        self._end = time.monotonic() + seconds

    @property
    def used_up(self) -> str:
        """Return what to tell a user for whom the time was too short."""
        return f"the {self._limit} of {self.seconds:g} seconds is used up"

    def sleep(self, delay: float) -> bool:
        """Sleep `delay` seconds, or what is left; return False, at once, when nothing is left."""
        left = self._end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(delay, left))
        return True


class Pace:
    """Keeps the requests of all threads back for a while when the server throttles one of them.

    The pause doubles, from 0.1 to 5 seconds, while requests sent after it are throttled, and a success halves it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pause = 0.0
        self._resume = 0.0

    def left(self) -> float:
        """Return how many seconds to wait before the next request."""
        return max(0.0, self._resume - time.monotonic())

    def throttled(self) -> None:
        """Keep requests back; those that were under way when the pause began do not prolong it."""
        with self._lock:
            if not self.left():
                self._pause = min(max(2 * self._pause, 0.1), 5.0)
                self._resume = time.monotonic() + self._pause

    def passed(self) -> None:
        """Shorten the next pause."""
        if self._pause:
            with self._lock:
                self._pause /= 2


class MediaStoreApi:
    """The operations of one region's MediaStore, within one budget of time."""

    def __init__(
        self, client: Any, open_data_client: Callable[[str], Any], budget: Budget, pace: Pace | None = None
    ) -> None:
        """Use boto3's `mediastore` `client`; `open_data_client` makes a `mediastore-data` one for an endpoint."""
        self._client = client
        self._open_data_client = open_data_client
        self._pace = pace or Pace()
        self.budget = budget
        self._is_aws = bool(_AWS_HOST.fullmatch(urlsplit(client.meta.endpoint_url).hostname or ""))

    def with_budget(self, budget: Budget) -> MediaStoreApi:
        """Return the same API with a budget of its own; it shares the client, and slows down together."""
        return MediaStoreApi(self._client, self._open_data_client, budget, self._pace)

    @property
    def region(self) -> str:
        """Return the name of the region that requests go to."""
        return str(self._client.meta.region_name)

    def describe_container(self, name: str) -> dict[str, Any] | None:
        """Return the container (model shape Container), None if there is none."""
        return self._find(
            f"describe container {name}",
            lambda: _container({**self._client.describe_container(ContainerName=name)["Container"], "Name": name}),
            CONTAINER_NOT_FOUND,
        )

    def list_containers(self) -> Iterator[tuple[list[dict[str, Any]], bool]]:
        """Yield the containers (model shape Container) of the region page by page, and whether it is the last page."""
        token = None
        while True:
            page, next_token = self._request("list the containers", partial(self._list_page, token))
            yield page, not next_token
            if not next_token:
                return
            if next_token == token:
                raise MediaStoreError("Failed to list the containers: the endpoint repeats the same page")
            token = next_token

    def _list_page(self, token: str | None) -> tuple[list[dict[str, Any]], str | None]:
        page = self._client.list_containers(MaxResults=_PAGE_SIZE, **({"NextToken": token} if token else {}))
        return [_container(container) for container in page["Containers"]], page.get("NextToken")

    def create_container(self, name: str, tags: dict[str, str]) -> dict[str, Any]:
        """Create a container with `tags`; return it (model shape Container)."""
        arguments = {"Tags": ansible_dict_to_boto3_tag_list(tags)} if tags else {}
        return self._change(
            f"create container {name}",
            lambda: _container(
                {**self._client.create_container(ContainerName=name, **arguments)["Container"], "Name": name}
            ),
            settles=False,
        )

    def delete_container(self, name: str) -> None:
        """Delete an empty container."""
        self._change(
            f"delete container {name}", lambda: self._client.delete_container(ContainerName=name), settles=False
        )

    def holds_items(self, name: str, endpoint: str) -> bool:
        """Tell whether the container has an object or a folder."""
        if not is_valid_endpoint_url(endpoint):
            raise MediaStoreError(f"Failed to look for objects in container {name}: {endpoint!r} is no endpoint")
        client = self._open_data_client(endpoint)
        try:
            items = self._find(
                f"look for objects in container {name}",
                lambda: client.list_items(MaxResults=1).get("Items"),
                CONTAINER_NOT_FOUND,
            )
        except MediaStoreError as error:
            error.is_general = error.code in _GENERAL_CODES  # each container has an endpoint of its own
            raise
        return bool(items)

    def list_tags(self, name: str, arn: str) -> dict[str, str]:
        """Return the tags of the container with `arn`."""
        return self._request(
            f"list the tags of container {name}",
            lambda: {
                _text(tag, "Key"): _text({"Value": "", **tag}, "Value")
                for tag in self._client.list_tags_for_resource(Resource=arn).get("Tags") or []
            },
        )

    def tag_container(self, name: str, arn: str, tags: dict[str, str]) -> None:
        """Add `tags`, replacing values of keys that are there."""
        self._change(
            f"tag container {name}",
            lambda: self._client.tag_resource(Resource=arn, Tags=ansible_dict_to_boto3_tag_list(tags)),
        )

    def untag_container(self, name: str, arn: str, keys: list[str]) -> None:
        """Remove the tags with these `keys`."""
        self._change(f"untag container {name}", lambda: self._client.untag_resource(Resource=arn, TagKeys=keys))

    def start_access_logging(self, name: str) -> None:
        """Send the container's access logs to CloudWatch Logs."""
        self._change(
            f"start access logging of container {name}",
            lambda: self._client.start_access_logging(ContainerName=name),
        )

    def stop_access_logging(self, name: str) -> None:
        """Send no more access logs of the container."""
        self._change(
            f"stop access logging of container {name}", lambda: self._client.stop_access_logging(ContainerName=name)
        )

    def get_container_policy(self, name: str) -> str | None:
        """Return the text of the container's access policy, None if there is none."""
        return self._find(
            f"read the policy of container {name}",
            lambda: self._client.get_container_policy(ContainerName=name)["Policy"],
            POLICY_NOT_FOUND,
        )

    def put_container_policy(self, name: str, document: str) -> None:
        """Set the text of the container's access policy."""
        self._change(
            f"set the policy of container {name}",
            lambda: self._client.put_container_policy(ContainerName=name, Policy=document),
        )

    def delete_container_policy(self, name: str) -> None:
        """Remove the container's access policy."""
        self._change(
            f"delete the policy of container {name}",
            lambda: self._client.delete_container_policy(ContainerName=name),
        )

    def get_cors_policy(self, name: str) -> list[dict[str, Any]] | None:
        """Return the CORS rules (model shape CorsPolicy), None if there is no CORS policy."""
        return self._find(
            f"read the CORS policy of container {name}",
            lambda: self._client.get_cors_policy(ContainerName=name)["CorsPolicy"],
            CORS_POLICY_NOT_FOUND,
        )

    def put_cors_policy(self, name: str, document: list[dict[str, Any]]) -> None:
        """Set the CORS rules (model shape CorsPolicy)."""
        self._change(
            f"set the CORS policy of container {name}",
            lambda: self._client.put_cors_policy(ContainerName=name, CorsPolicy=document),
        )

    def delete_cors_policy(self, name: str) -> None:
        """Remove the CORS policy."""
        self._change(
            f"delete the CORS policy of container {name}",
            lambda: self._client.delete_cors_policy(ContainerName=name),
        )

    def get_lifecycle_policy(self, name: str) -> str | None:
        """Return the text of the lifecycle policy, None if there is none."""
        return self._find(
            f"read the lifecycle policy of container {name}",
            lambda: self._client.get_lifecycle_policy(ContainerName=name)["LifecyclePolicy"],
            POLICY_NOT_FOUND,
        )

    def put_lifecycle_policy(self, name: str, document: str) -> None:
        """Set the text of the lifecycle policy."""
        self._change(
            f"set the lifecycle policy of container {name}",
            lambda: self._client.put_lifecycle_policy(ContainerName=name, LifecyclePolicy=document),
        )

    def delete_lifecycle_policy(self, name: str) -> None:
        """Remove the lifecycle policy."""
        self._change(
            f"delete the lifecycle policy of container {name}",
            lambda: self._client.delete_lifecycle_policy(ContainerName=name),
        )

    def get_metric_policy(self, name: str) -> dict[str, Any] | None:
        """Return the metric policy (model shape MetricPolicy), None if there is none."""
        return self._find(
            f"read the metric policy of container {name}",
            lambda: self._client.get_metric_policy(ContainerName=name)["MetricPolicy"],
            POLICY_NOT_FOUND,
        )

    def put_metric_policy(self, name: str, document: dict[str, Any]) -> None:
        """Set the metric policy (model shape MetricPolicy)."""
        self._change(
            f"set the metric policy of container {name}",
            lambda: self._client.put_metric_policy(ContainerName=name, MetricPolicy=document),
        )

    def delete_metric_policy(self, name: str) -> None:
        """Remove the metric policy."""
        self._change(
            f"delete the metric policy of container {name}",
            lambda: self._client.delete_metric_policy(ContainerName=name),
        )

    def _find(self, action: str, send: Callable[[], _Reply], absent: frozenset[str]) -> _Reply | None:
        """Return what `send` returns, None if the answer is one of the codes in `absent`."""
        try:
            return self._request(action, send)
        except MediaStoreError as error:
            if error.code in absent:
                return None
            raise

    def _change(self, action: str, send: Callable[[], _Reply], settles: bool = True) -> _Reply:
        """Return what `send` returns, a request that changes something; see _request.

        It is not sent again when the server may have acted on it: what it did is to be read first.
        """
        return self._request(action, send, settles=settles, repeatable=False)

    def _request(
        self, action: str, send: Callable[[], _Reply], *, settles: bool = True, repeatable: bool = True
    ) -> _Reply:
        """Return what `send` returns.

        Throttling, faults of the server, lost connections and replies that are not JSON are retried, ten times at most,
        and a container in use as often as it takes if `settles`; all of it ends with the budget. Anything else raises
        ContainerNotFoundError or MediaStoreError.
        """
        delays = iter(BackoffIterator(delay=0.2, backoff=2, max_delay=10, jitter=True))
        faults = 0
        while True:
            if self._pace.left():
                self.budget.sleep(self._pace.left())
            try:
                reply = send()
                self._pace.passed()
                return reply
            except (ClientError, BotoCoreError) as caught:
                error: Exception = caught
            except ResponseParserError as caught:
                error = _UnreadableReplyError(caught)
            except UNREADABLE as caught:
                error = _InvalidReplyError(caught)
            code = _error_code(error)
            is_transient = self._is_transient(error)
            faults += is_transient
            if _is_throttled(error):
                self._pace.throttled()
            is_lost = is_transient or isinstance(error, _InvalidReplyError)
            maybe_done = not repeatable and is_lost and _may_have_acted(error)
            may_pass = (settles and code == CONTAINER_IN_USE) or (is_transient and faults <= MAX_RETRIES)
            if may_pass and not maybe_done and self.budget.sleep(next(delays)):
                continue
            raise (ContainerNotFoundError if code in CONTAINER_NOT_FOUND else MediaStoreError)(
                message=self._explain(action, tries=faults, out_of_time=may_pass and not maybe_done),
                exception=error,
                maybe_done=maybe_done or _was_retried_by_botocore(error),
            ) from error

    def _is_transient(self, error: Exception) -> bool:
        if isinstance(error, ClientError):
            return _is_throttled(error) or _status(error) >= 500 or bool(AWSRetry.found(_error_code(error)))
        if isinstance(error, (SSLError, ProxyConnectionError)):
            return False
        # AWS's own endpoint is switched off: what cannot connect to it today cannot tomorrow.
        return isinstance(error, _UnreadableReplyError) or (
            isinstance(error, (HTTPClientError, BotoConnectionError)) and not self._is_aws
        )

    def _explain(self, action: str, tries: int, out_of_time: bool) -> str:
        notes = [AWS_ENDED] if self._is_aws else []
        if tries > MAX_RETRIES:
            notes.append(TRIED)
        elif out_of_time:
            notes.append(self.budget.used_up)
        return f"Failed to {action}" + (f" ({'; '.join(notes)})" if notes else "")


def needed(container: Mapping[str, Any], member: str) -> str:
    """Return a member of a container (model shape Container), none of which the model requires.

    Raises MediaStoreError if the endpoint left it out.
    """
    if member not in container:
        raise MediaStoreError(f"Failed to read container {container['Name']}: the endpoint's reply has no {member}")
    return str(container[member])


def _container(container: dict[str, Any]) -> dict[str, Any]:
    """Return the container (model shape Container); raise KeyError if it has no name, TypeError for a wrong type."""
    for member in {"Name", *({"ARN", "Endpoint", "Status"} & container.keys())}:
        _text(container, member)
    return container


def _text(structure: dict[str, Any], member: str) -> str:
    """Return a member that the model says is a string, which botocore does not check."""
    value = structure[member]
    if not isinstance(value, str):
        raise TypeError(f"{member} is {value!r}")
    return value


class _InvalidReplyError(Exception):
    """A reply that the API's model does not allow."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"The endpoint's reply is not one of MediaStore's ({type(cause).__name__}: {cause})")


class _UnreadableReplyError(_InvalidReplyError):
    """A reply that is not JSON, such as one that was cut off: the next one may be complete."""


def _error_code(error: Exception | None) -> str | None:
    return error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None


def _status(error: Exception) -> int:
    metadata = error.response.get("ResponseMetadata", {}) if isinstance(error, ClientError) else {}
    return int(metadata.get("HTTPStatusCode", 0))


def _is_throttled(error: Exception) -> bool:
    return _status(error) == 429 or _error_code(error) in _THROTTLED


def _may_have_acted(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return _status(error) >= 500 and not _is_throttled(error)
    return not isinstance(error, (EndpointConnectionError, ConnectTimeoutError))


def _general_exceptions() -> tuple[type[Exception], ...]:
    # Not a constant, because botocore may be missing.
    return (BotoConnectionError, NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)


def _was_retried_by_botocore(error: Exception) -> bool:
    # Only where the user's aws_config asks for it, see open_api.
    return isinstance(error, ClientError) and error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0


def open_api(module: AnsibleAWSModule, wait_timeout: float, connections: int = 10) -> MediaStoreApi:
    """Return the API with the module's credentials, region and endpoint.

    `wait_timeout` is in seconds; `connections` is how many requests may be under way at once. One request takes as long
    as wait_timeout at most, within limits: 10 seconds, because one that is sent at all is given a chance, and 60, which
    are botocore's own.
    """
    patience = min(max(wait_timeout, 10), 60)
    config = {
        # botocore must not retry by itself: it knows no wait_timeout, and it hides that a reply was lost.
        "retries": {"total_max_attempts": 1},
        "max_pool_connections": connections,
        "connect_timeout": patience,
        "read_timeout": patience,
    }

    def open_client(service: str, **options: Any) -> Any:
        client = module.client(service, config=config, **options)
        client.meta.events.register("after-call", _check_reply)
        return client

    return MediaStoreApi(
        client=open_client("mediastore"),
        open_data_client=lambda endpoint: open_client("mediastore-data", endpoint=endpoint),
        budget=Budget(wait_timeout),
    )


def _check_reply(http_response: Any, parsed: dict[str, Any], **event: Any) -> None:
    """Raise ResponseParserError for a reply that is no JSON: botocore takes it for an empty one, so for no tags."""
    metadata = parsed.get("ResponseMetadata", {})
    # botocore would add "(reached max retries: 0)" to the message of every error.
    metadata.pop("MaxAttemptsReached", None)
    # A refusal that is a page of HTML comes from something in between, and botocore tells its HTTP status.
    is_meant_as_json = metadata.get("HTTPStatusCode", 0) < 300 or "json" in http_response.headers.get(
        "Content-Type", ""
    )
    if is_meant_as_json and http_response.content:
        try:
            json.loads(http_response.content)
        except ValueError as error:
            raise ResponseParserError(f"it is no JSON: {error}") from error
