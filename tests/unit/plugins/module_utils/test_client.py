# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients: which replies they accept, who shares one, and who closes it."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.hooks import HierarchicalEmitter
from botocore.parsers import ResponseParserError

from ansible_collections.elemental.mediastore.plugins.module_utils._client import make_client, open_client
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.api import open_api
from ansible_collections.elemental.mediastore.plugins.module_utils._sender import Budget
from ansible_collections.elemental.mediastore.tests.unit import samples

THREADS, OPENINGS = 64, 400


@pytest.fixture
def answered():
    """A function that returns a client which receives the same HTTP response to each request."""

    class Module:
        params = {}

        def client(self, service, **options):
            return samples.session().client(service)

    class Raw(io.BytesIO):
        def stream(self):
            yield self.read()

    def answered(status, content_type, body):
        client = make_client(Module(), "mediastore", Budget(0), 1)

        def respond(request, **event):
            return AWSResponse(request.url, status, {"Content-Type": content_type}, Raw(body))

        client.meta.events.register("before-send", respond)
        return client

    return answered


def test_a_reply_with_status_200_must_be_json(answered):
    with pytest.raises(ResponseParserError, match="it is not JSON"):
        answered(200, "text/html", b"<p>Welcome</p>").list_containers()


def test_the_reply_to_a_change_can_be_empty(answered):
    reply = answered(200, "application/x-amz-json-1.1", b"").delete_container(ContainerName="live")
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_page_of_a_proxy_is_reported_by_its_status(answered):
    with pytest.raises(ClientError, match="403") as caught:
        answered(403, "text/html", b"<p>Forbidden</p>").list_containers()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_an_error_that_is_meant_as_json_must_be_json(answered):
    with pytest.raises(ResponseParserError, match="it is not JSON"):
        answered(400, "application/x-amz-json-1.1", b'{"__type": "Acc').list_containers()


class StubClient:
    """A client of a container without objects, which cannot be used after it was closed."""

    def __init__(self, service):
        self.service = service
        self.closed = 0
        self.meta = SimpleNamespace(
            events=HierarchicalEmitter(),
            endpoint_url="http://127.0.0.1:9",
            service_model=SimpleNamespace(metadata={"protocol": "rest-json"}),
        )

    def list_items(self, **arguments):
        assert not self.closed
        return {"Items": []}

    def close(self):
        self.closed += 1


class StubModule:
    """A module that remembers the clients that were made for it."""

    def __init__(self):
        self.params = {}
        self.made = []

    def client(self, service, **options):
        self.made.append(StubClient(service))
        return self.made[-1]

    def open(self, number):
        """Open the client with a number, which is one of its options."""
        return open_client(self, "mediastore", Budget(0), 1, endpoint=f"http://127.0.0.1:{number}")


def in_threads(function):
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, range(OPENINGS)))


def test_threads_that_look_for_objects_share_no_client_of_a_container():
    module = StubModule()
    api = open_api(module, Budget(0), THREADS)

    def look(number):
        of_container = api.with_budget(Budget(0))
        found = of_container.objects(f"live_{number}", f"http://127.0.0.1:9/{number}").has_items()
        of_container.close()
        return found

    assert in_threads(look) == [False] * OPENINGS
    main, *others = module.made
    assert (main.service, main.closed) == ("mediastore", 0)
    assert [(client.service, client.closed) for client in others] == [("mediastore-data", 1)] * OPENINGS
    assert open_api(module, Budget(0), THREADS)._client is main


def test_threads_share_the_client_of_equal_options():
    module = StubModule()
    opened = in_threads(lambda number: module.open(number % 20))
    assert len(module.made) == 20
    assert all(client is opened[number % 20] for number, client in enumerate(opened))
    assert not any(client.closed for client in module.made)


def test_only_clients_of_modules_that_have_ended_are_closed():
    module, following = StubModule(), StubModule()
    opened = [module.open(number) for number in range(20)]
    assert not any(client.closed for client in opened)
    # It shares the first one, and its own is the eighth of those that are kept.
    assert following.open(0) is opened[0]
    own = following.open(20)
    assert [client.closed for client in [*opened, own]] == [0, *[1] * 13, *[0] * 6, 0]
