# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of requests, each classified once.

InvalidReplyError        a reply that the API's model does not allow
├ UnreadableReplyError   a reply that is not JSON or XML
└ OtherReplyError        a reply to another operation
ApiError                 a request that failed for good, or a wait that took too long; its Failure classifies it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

try:
    from botocore.exceptions import (
        ClientError,
        ConnectTimeoutError,
        CredentialRetrievalError,
        EndpointConnectionError,
        HTTPClientError,
        IncompleteReadError,
        NoCredentialsError,
        PartialCredentialsError,
        ProxyConnectionError,
        SSLError,
    )
    from botocore.exceptions import (
        ConnectionError as BotoConnectionError,
    )
except ImportError:
    pass  # AnsibleAWSModule reports the missing library

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

_Value = TypeVar("_Value")

# Codes of throttling, after which the server has done nothing. AWSRetry's list also contains codes of other errors.
_THROTTLING_CODES = frozenset(
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
# https://docs.aws.amazon.com/mediastore/latest/apireference/CommonErrors.html and, for S3,
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_CREDENTIAL_ERROR_CODES = frozenset(
    [
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ]
)


class InvalidReplyError(Exception):
    """A reply, or a part of one, that the API's model does not allow; `detail` describes the problem."""

    def __init__(self, detail: str, sentence: str = "The endpoint returned an invalid response ({})") -> None:
        super().__init__(sentence.format(detail))


class UnreadableReplyError(InvalidReplyError):
    """A reply that is not JSON or XML, for example because it was truncated: the next one may be complete."""


class OtherReplyError(InvalidReplyError):
    """A reply that is not one of the operation: the endpoint does not know it, and has done something else."""

    def __init__(self, operation: str, reply: str, lacking: str) -> None:
        """Describe the `reply` to `operation`, and what the endpoint lacks."""
        super().__init__(reply, f"The endpoint answered {operation} with {{}}: it does not implement {lacking}")


def expect(value: Any, kind: type[_Value], what: str) -> _Value:
    """Return a value of a reply, whose type botocore does not check; raise InvalidReplyError if it has another type.

    `what` names the value in the message. A boolean is not an integer.
    """
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise InvalidReplyError(f"{what} is {value!r}")
    return value


def expect_member(structure: Any, member: str, kind: type[_Value]) -> _Value:
    """Return a member of a structure in a reply; raise InvalidReplyError if it is missing or of another type."""
    value = expect(structure, dict, "the reply").get(member)
    if value is None:
        raise InvalidReplyError(f"it has no {member}")
    return expect(value, kind, member)


def join_some(texts: Sequence[str], separator: str = "; ", most: int | None = 10) -> str:
    """Return the first `most` texts, None for all, and the number of the others."""
    some = list(texts[:most])
    if others := len(texts) - len(some):
        some.append(f"and {others} other{'s' if others > 1 else ''}")
    return separator.join(some)


@dataclass(frozen=True)
class Failure:
    """The classification of one failed request.

    - code: the error code of the service, None if it returned none
    - is_throttled: the service throttles requests
    - is_transient: the same request may succeed if it is sent again
    - may_have_been_applied: a change may have been applied although its reply is an error or was lost
    - was_applied: a change was applied, but its result is not the requested one
    - affects_all_resources: requests about other resources would fail as well, for example with rejected credentials
    """

    code: str | None = None
    is_throttled: bool = False
    is_transient: bool = False
    may_have_been_applied: bool = False
    was_applied: bool = False
    affects_all_resources: bool = False

    @classmethod
    def of(cls, error: Exception, *, is_switched_off: bool = False, is_shared: bool = True) -> Failure:
        """Classify an error of botocore or an InvalidReplyError.

        `is_switched_off`: the endpoint will not be reachable later either. `is_shared`: other resources use the same
        endpoint.
        """
        if isinstance(error, ClientError):
            return cls._of_response(error.response)
        is_unreadable = isinstance(error, UnreadableReplyError)
        is_invalid = isinstance(error, InvalidReplyError) and not isinstance(error, OtherReplyError)
        is_lost = isinstance(error, (HTTPClientError, BotoConnectionError, IncompleteReadError)) and not (
            isinstance(error, (SSLError, ProxyConnectionError)) or is_switched_off
        )
        was_not_sent = isinstance(error, (EndpointConnectionError, ConnectTimeoutError))
        has_no_credentials = isinstance(error, (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError))
        return cls(
            is_transient=is_unreadable or is_lost,
            may_have_been_applied=is_invalid or (is_lost and not was_not_sent),
            affects_all_resources=has_no_credentials or (is_shared and isinstance(error, BotoConnectionError)),
        )

    @classmethod
    def _of_response(cls, response: Mapping[str, Any]) -> Failure:
        code = response.get("Error", {}).get("Code")
        metadata = response.get("ResponseMetadata", {})
        status = int(metadata.get("HTTPStatusCode", 0))
        was_refused = status == 429 or code in _THROTTLING_CODES
        # RFC 9110, section 15.6.4: with 503, the server is overloaded.
        is_throttled = was_refused or status == 503
        # RFC 9110, section 15.6.2: with 501, the server does not have the functionality, and has done nothing.
        is_server_error = status >= 500 and status != 501
        # botocore retries only if the user's aws_config enables it. An earlier attempt may have been applied.
        was_retried = metadata.get("RetryAttempts", 0) > 0
        return cls(
            code=code,
            is_throttled=is_throttled,
            is_transient=is_throttled or is_server_error or bool(AWSRetry.found(code)),
            may_have_been_applied=was_retried or (is_server_error and not was_refused),
            affects_all_resources=code in _CREDENTIAL_ERROR_CODES,
        )


class ApiError(AnsibleAWSError):
    """A request that failed for good, or a wait that took too long; `failure` classifies it."""

    def __init__(self, message: str, exception: Exception | None = None, failure: Failure | None = None) -> None:
        AnsibleAWSError.__init__(self, message=message, exception=exception)
        self.failure = failure or Failure()

    @property
    def code(self) -> str | None:
        """Return the error code of the service, None if it returned none."""
        return self.failure.code

    def without_frames(self) -> ApiError:
        """Return this error without the frames that raised it: their variables contain the request and its reply."""
        for error in filter(None, (self, self.exception)):
            error.__traceback__ = error.__cause__ = error.__context__ = None
        return self

    def with_reason(self, reason: str) -> ApiError:
        """Return the same error with a reason, such as why the task gave up, once; an empty reason adds nothing."""
        if reason in self.message:
            return self
        before, after = (self.message[:-1], "; ") if self.message.endswith(")") else (self.message, " (")
        return ApiError(f"{before}{after}{reason})", self.exception, self.failure)
