# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that are retried, requests that must not be retried, and the messages of failures."""

from __future__ import annotations

import itertools

import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.api import (
    MediaStoreApi,
    needed,
    open_api,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container_policy import CONTAINER_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.cors_policy import CORS_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.documents import DOCUMENTS
from ansible_collections.elemental.mediastore.plugins.module_utils._sender import Budget
from ansible_collections.elemental.mediastore.tests.unit import samples

URL = "http://127.0.0.1:9"


def refused(code, status=400, **metadata):
    answer = {"Error": {"Code": code, "Message": "told"}, "ResponseMetadata": {"HTTPStatusCode": status, **metadata}}
    return ClientError(answer, "Operation")


class Scripted:
    """A client whose operations return or raise its replies, one after the other."""

    def __init__(self, *answers, endpoint_url=URL):
        self.answers = list(answers)
        self.sent = 0
        self.meta = samples.session("eu-west-1").client("mediastore", endpoint_url=endpoint_url, config=Config()).meta

    def __getattr__(self, name):
        def operation(**arguments):
            self.sent += 1
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return operation


def api(client, seconds=600):
    return MediaStoreApi(client, lambda endpoint: client, Budget(seconds))


TRANSIENT = [
    pytest.param(refused("ThrottlingException"), id="throttled"),
    pytest.param(refused("Throttling"), id="throttled, older code"),
    pytest.param(refused("TooManyRequestsException", 429), id="429"),
    pytest.param(refused("Whatever", 429), id="429 of another code"),
    pytest.param(refused("InternalServerError", 500), id="500"),
    pytest.param(refused("503", 503), id="503 without a code"),
    pytest.param(refused("ServiceUnavailable", 400), id="unavailable"),
    pytest.param(ConnectionClosedError(endpoint_url=URL), id="cut"),
    pytest.param(EndpointConnectionError(endpoint_url=URL), id="not connected"),
    pytest.param(ConnectTimeoutError(endpoint_url=URL), id="connect timeout"),
    pytest.param(ReadTimeoutError(endpoint_url=URL), id="read timeout"),
    pytest.param(ResponseParserError("it is not JSON"), id="not JSON"),
]
# JSON replies that the model does not allow.
INVALID = [
    pytest.param({}, id="reply without the container"),
    pytest.param(5, id="reply that is no object"),
    pytest.param({"Container": {"ARN": ["arn"], "Status": "ACTIVE"}}, id="a list for an ARN"),
    pytest.param({"Container": {"ARN": "arn", "Status": None}}, id="null for a status"),
    pytest.param(RecursionError("maximum recursion depth exceeded"), id="reply that is nested too deeply"),
    pytest.param(RuntimeError("Unable to calculate correct timezone offset"), id="invalid time"),
]
PERMANENT = [
    pytest.param(refused("AccessDeniedException"), id="access denied"),
    pytest.param(refused("ValidationException"), id="validation"),
    pytest.param(refused("LimitExceededException"), id="quota"),
    pytest.param(refused("PolicyNotFoundException"), id="another thing not found"),
    pytest.param(refused("403", 403), id="403 without a code"),
    pytest.param(SSLError(endpoint_url=URL, error="certificate"), id="certificate"),
    pytest.param(NoCredentialsError(), id="no credentials"),
    pytest.param(InvalidRegionError(region_name="x"), id="an error of botocore that is a ValueError"),
]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("answer", TRANSIENT)
def test_transient_failure_is_retried(answer):
    container = {"Name": "live", "ARN": "arn", "Status": "ACTIVE"}
    client = Scripted(answer, answer, {"Container": container})
    assert api(client).describe_container("live") == container
    assert client.sent == 3


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("answer", TRANSIENT)
def test_retries_end_after_ten(answer):
    client = Scripted(answer)
    with pytest.raises(ApiError, match=r"^Failed to describe container live \(tried 11 times\)"):
        api(client).describe_container("live")
    assert client.sent == 11


def test_delays_are_limited_and_random(clock):
    waited = []
    for _task in range(5):
        before = clock.now
        with pytest.raises(ApiError):
            api(Scripted(refused("InternalServerError", 500))).describe_container("live")
        waited.append(clock.now - before)
    assert max(waited) <= 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 6.4 + 4 * 10
    assert len(set(waited)) == 5


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("answer", PERMANENT)
def test_permanent_failure_is_not_retried(answer):
    client = Scripted(answer)
    with pytest.raises(ApiError, match=r"^Failed to describe container live") as caught:
        api(client).describe_container("live")
    assert client.sent == 1
    assert caught.value.exception is answer


@pytest.mark.parametrize("answer", INVALID)
def test_invalid_reply_is_not_retried(answer, clock):
    client = Scripted(answer)
    with pytest.raises(
        ApiError, match=r"^Failed to describe container live: The endpoint returned an invalid response"
    ):
        api(client).describe_container("live")
    assert (client.sent, clock.now) == (1, 0)


@pytest.mark.parametrize("member", ["ARN", "Status", "Endpoint", "CreationTime"])
def test_member_that_the_model_does_not_require_may_be_missing(member):
    whole = {"Name": "live", "ARN": "arn", "Status": "ACTIVE", "Endpoint": URL, "CreationTime": 0}
    container = {name: value for name, value in whole.items() if name != member}
    assert api(Scripted({"Container": container})).describe_container("live") == container
    assert list(api(Scripted({"Containers": [container]})).list_containers()) == [([container], True)]


def test_missing_member_that_is_needed_is_named():
    assert needed({"Name": "live", "ARN": "arn"}, "ARN") == "arn"
    with pytest.raises(ApiError, match=r"^Failed to read container live: the endpoint's reply has no Status$"):
        needed({"Name": "live", "ARN": "arn"}, "Status")


def test_list_of_containers_without_names_is_invalid():
    client = Scripted({"Containers": [{"ARN": "arn", "Status": "ACTIVE"}]})
    with pytest.raises(ApiError, match=r"^Failed to list the containers: .*it has no Name"):
        list(api(client).list_containers())
    assert client.sent == 1


@pytest.mark.parametrize("answer", TRANSIENT)
def test_retries_end_with_the_budget(answer, clock):
    client = Scripted(answer)
    with pytest.raises(ApiError, match=r"wait_timeout of 0\.5 seconds exceeded"):
        api(client, seconds=0.5).describe_container("live")
    assert clock.now == pytest.approx(0.5)


def test_one_request_is_sent_without_time(clock):
    client = Scripted(refused("ThrottlingException"))
    with pytest.raises(ApiError, match=r"wait_timeout of 0 seconds exceeded"):
        api(client, seconds=0).describe_container("live")
    assert (client.sent, clock.now) == (1, 0)


def test_container_in_use_is_retried_until_it_is_active(clock):
    client = Scripted(*[refused("ContainerInUseException")] * 30, {"CorsPolicy": []})
    assert api(client).get_document("live", CORS_POLICY) == []
    assert client.sent == 31
    assert clock.now < 600


def test_container_in_use_ends_with_the_budget(clock):
    client = Scripted(refused("ContainerInUseException"))
    with pytest.raises(ApiError, match=r"set the CORS policy of container live.*wait_timeout of 20 seconds"):
        api(client, seconds=20).put_document("live", CORS_POLICY, [])
    assert clock.now == pytest.approx(20)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("method", ["create_container", "delete_container"])
def test_create_and_delete_of_a_container_in_use_are_not_retried(method):
    client = Scripted(refused("ContainerInUseException"))
    with pytest.raises(ApiError) as caught:
        getattr(api(client), method)("live", *[{}] * (method == "create_container"))
    assert caught.value.code == "ContainerInUseException"
    assert client.sent == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("earlier", "maybe_done"),
    [
        (refused("ThrottlingException"), False),
        (refused("TooManyRequestsException", 429), False),
        (refused("ThrottlingException", 503), False),
        (EndpointConnectionError(endpoint_url=URL), False),
        (ConnectTimeoutError(endpoint_url=URL), False),
        (ConnectionClosedError(endpoint_url=URL), True),
        (ReadTimeoutError(endpoint_url=URL), True),
        (refused("InternalServerError", 500), True),
        (refused("ServiceUnavailable", 503), True),
        ({}, True),
    ],
)
def test_change_that_may_have_been_applied_is_not_sent_again(earlier, maybe_done):
    client = Scripted(earlier, refused("ContainerInUseException"))
    with pytest.raises(ApiError) as caught:
        api(client).create_container("live", {})
    assert caught.value.failure.may_have_been_applied is maybe_done
    assert client.sent == (1 if maybe_done else 2)


def test_retries_of_botocore_count():
    with pytest.raises(ApiError) as caught:
        api(Scripted(refused("ContainerInUseException", RetryAttempts=1))).create_container("live", {})
    assert caught.value.failure.may_have_been_applied


@pytest.mark.parametrize("code", ["ContainerNotFoundException", "ResourceNotFoundException"])
def test_missing_container_is_none(code):
    assert api(Scripted(refused(code))).describe_container("live") is None
    with pytest.raises(ApiError) as caught:
        api(Scripted(refused(code))).get_document("live", CONTAINER_POLICY)
    assert caught.value.code == code


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.key)
def test_missing_document_is_none_only_by_its_own_code(document):
    codes = ["PolicyNotFoundException", "CorsPolicyNotFoundException"]
    own, other = reversed(codes) if document is CORS_POLICY else codes
    assert api(Scripted(refused(own))).get_document("live", document) is None
    with pytest.raises(ApiError):
        api(Scripted(refused(other))).get_document("live", document)


@pytest.mark.parametrize("answer", [EndpointConnectionError(endpoint_url=URL), refused("AccessDeniedException")])
@pytest.mark.parametrize(
    "endpoint_url",
    [None, "https://mediastore-fips.us-east-1.amazonaws.com", "https://mediastore.cn-north-1.amazonaws.com.cn"],
)
def test_end_of_service_is_in_messages_about_aws(answer, endpoint_url, clock):
    client = Scripted(answer, endpoint_url=endpoint_url)
    with pytest.raises(ApiError, match=r"AWS ended MediaStore on 13 November 2025.*set endpoint_url"):
        api(client).describe_container("live")
    assert (client.sent, clock.now) == (1, 0)


@pytest.mark.parametrize("endpoint_url", [URL, "http://emulator-1.us-east-1.elb.amazonaws.com:5111"])
def test_end_of_service_is_not_in_messages_about_other_endpoints(endpoint_url):
    with pytest.raises(ApiError) as caught:
        api(Scripted(refused("AccessDeniedException"), endpoint_url=endpoint_url)).describe_container("live")
    assert "2025" not in str(caught.value)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("tag", [{"Key": 1, "Value": "a"}, {"Key": "a", "Value": None}, {"Value": "a"}, "a"])
def test_invalid_tags_in_a_reply(tag):
    with pytest.raises(
        ApiError, match=r"^Failed to list the tags of container live: The endpoint returned an invalid response"
    ):
        api(Scripted({"Tags": [tag]})).list_tags("live", "arn")


def test_tag_without_a_value_is_empty():
    """Member Value of model shape Tag is not required."""
    assert api(Scripted({"Tags": [{"Key": "a"}, {"Key": "b", "Value": "1"}]})).list_tags("live", "arn") == {
        "a": "",
        "b": "1",
    }


def test_invalid_endpoint_of_a_container():
    with pytest.raises(ApiError, match=r"look for objects in container live: 'not an url' is not a valid endpoint URL"):
        MediaStoreApi(Scripted(), pytest.fail, Budget(0)).objects("live", "not an url")


def test_message_names_the_limit():
    assert Budget(600, "time limit").exhausted_message == "time limit of 600 seconds exceeded"


def test_pages_that_repeat_are_an_error():
    client = Scripted({"Containers": [], "NextToken": "again"})
    with pytest.raises(ApiError, match="returned the same page twice"):
        list(itertools.islice(api(client).list_containers(), 3))


@pytest.mark.parametrize(("wait_timeout", "timeout"), [(0, 10), (5, 10), (30, 30), (600, 60)])
def test_timeout_of_one_request_follows_wait_timeout(wait_timeout, timeout):
    class Module:
        params = {}

        def client(self, service, config, **options):
            self.config = config
            return samples.session("eu-west-1").client(service)

    module = Module()
    open_api(module, Budget(wait_timeout), connections=33)
    assert (module.config["connect_timeout"], module.config["read_timeout"]) == (timeout, timeout)
    assert module.config["max_pool_connections"] == 33
    assert module.config["retries"] == {"total_max_attempts": 1}
