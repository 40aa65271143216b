# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The classification of failed requests."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from ansible_collections.elemental.mediastore.plugins.module_utils._errors import (
    ApiError,
    Failure,
    InvalidReplyError,
    UnreadableReplyError,
    join_some,
)

URL = "http://127.0.0.1"
THROTTLED, TRANSIENT, APPLIED, ALL = "is_throttled", "is_transient", "may_have_been_applied", "affects_all_resources"


def answer(code, status=400, **metadata):
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status, **metadata}}, "Any")


# AWS's page of common errors, and the codes of throttling.
CASES = [
    *(
        (code, answer(code), {ALL})
        for code in (
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "OptInRequired",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        )
    ),
    *(
        (code, answer(code), {THROTTLED, TRANSIENT})
        for code in (
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        )
    ),
    ("429", answer("Other", 429), {THROTTLED, TRANSIENT}),
    ("throttled with 503", answer("SlowDown", 503), {THROTTLED, TRANSIENT}),
    ("503 of another code", answer("ServiceUnavailable", 503), {THROTTLED, TRANSIENT, APPLIED}),
    ("500", answer("InternalServerError", 500), {TRANSIENT, APPLIED}),
    ("502 without a code", answer("502", 502), {TRANSIENT, APPLIED}),
    ("unavailable", answer("ServiceUnavailable"), {TRANSIENT}),
    ("access denied", answer("AccessDeniedException"), set()),
    ("in use", answer("ContainerInUseException"), set()),
    ("in use after a retry of botocore", answer("ContainerInUseException", RetryAttempts=1), {APPLIED}),
    ("connection refused", EndpointConnectionError(endpoint_url=URL), {TRANSIENT, ALL}),
    ("connect timeout", ConnectTimeoutError(endpoint_url=URL), {TRANSIENT, ALL}),
    ("connection cut", ConnectionClosedError(endpoint_url=URL), {TRANSIENT, APPLIED}),
    ("read timeout", ReadTimeoutError(endpoint_url=URL), {TRANSIENT, APPLIED}),
    ("certificate", SSLError(endpoint_url=URL, error="x"), {ALL}),
    ("proxy", ProxyConnectionError(proxy_url=URL), {ALL}),
    ("no credentials", NoCredentialsError(), {ALL}),
    ("half of the credentials", PartialCredentialsError(provider="env", cred_var="x"), {ALL}),
    ("credentials that cannot be read", CredentialRetrievalError(provider="x", error_msg="x"), {ALL}),
    ("invalid arguments", ParamValidationError(report="x"), set()),
    ("not JSON", UnreadableReplyError("x"), {TRANSIENT, APPLIED}),
    ("invalid reply", InvalidReplyError("x"), {APPLIED}),
]


def flags(failure):
    return {flag for flag in (THROTTLED, TRANSIENT, APPLIED, ALL) if getattr(failure, flag)}


@pytest.mark.parametrize(("error", "meaning"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_classification(error, meaning):
    failure = Failure.of(error)
    assert flags(failure) == meaning
    assert failure.code == (error.response["Error"]["Code"] if isinstance(error, ClientError) else None)


def test_endpoint_that_is_switched_off_is_not_retried():
    for error in (EndpointConnectionError(endpoint_url=URL), ConnectionClosedError(endpoint_url=URL)):
        assert TRANSIENT not in flags(Failure.of(error, is_switched_off=True))
    assert TRANSIENT in flags(Failure.of(answer("Throttling"), is_switched_off=True))


def test_endpoint_of_one_container_does_not_affect_the_others():
    assert ALL not in flags(Failure.of(EndpointConnectionError(endpoint_url=URL), is_shared=False))
    assert ALL in flags(Failure.of(answer("ExpiredTokenException"), is_shared=False))
    assert ALL in flags(Failure.of(NoCredentialsError(), is_shared=False))


def fail_with(reply):
    try:
        raise reply from ValueError()
    except ClientError as error:
        raise ApiError("Failed to do it", error, Failure.of(error)) from error


def test_an_error_without_frames_keeps_its_text_and_its_reply():
    reply = answer("AccessDenied")
    with pytest.raises(ApiError) as caught:
        fail_with(reply)
    text = str(caught.value)
    kept = caught.value.without_frames()
    assert (str(kept), kept.exception, kept.code) == (text, reply, "AccessDenied")
    for error in (kept, reply):
        assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)


@pytest.mark.parametrize(
    ("most", "text"),
    [(None, "a; b; c"), (4, "a; b; c"), (3, "a; b; c"), (2, "a; b; and 1 other"), (1, "a; and 2 others")],
)
def test_some_of_many_texts(most, text):
    assert join_some(["a", "b", "c"], most=most) == text
