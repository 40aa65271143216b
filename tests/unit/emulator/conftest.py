# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the emulator's conformance tests: clients of the server in this process."""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import urllib.parse
from http import client as http_client

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

CREDENTIALS = {"aws_access_key_id": "EXAMPLEKEY", "aws_secret_access_key": "example-secret"}


@functools.cache
def _session():
    return boto3.session.Session(**CREDENTIALS)


@pytest.fixture
def connect(emulator):
    """Return a function that makes a boto3 client which leaves all checks to the server."""

    def connect(service="mediastore", region="us-east-1", endpoint=None, **config):
        options = {"parameter_validation": False, "retries": {"max_attempts": 0}, **config}
        return _session().client(
            service, region_name=region, endpoint_url=endpoint or emulator.url, config=Config(**options)
        )

    return connect


@pytest.fixture
def client(connect):
    """Return a control-plane client."""
    return connect()


@pytest.fixture
def movies(client):
    """Return the description of an ACTIVE container with the name movies."""
    client.create_container(ContainerName="movies")
    return client.describe_container(ContainerName="movies")["Container"]


@pytest.fixture
def media(connect, movies):
    """Return a data-plane client at the endpoint of movies."""
    return connect("mediastore-data", endpoint=movies["Endpoint"])


@pytest.fixture
def http(emulator):
    """Return a function that sends a request as it is and returns (status, headers, body)."""

    def http(method, url, body=None, headers=None):
        target = urllib.parse.urlsplit(url if "://" in url else emulator.url + url)
        connection = http_client.HTTPConnection(target.hostname, target.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, target._replace(scheme="", netloc="").geturl(), body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    return http


@pytest.fixture
def s3(connect, http):
    """Return a client of S3, and remove the data of moto at the end."""
    yield connect("s3")
    http("POST", "/moto-api/reset")


@pytest.fixture
def raw(emulator):
    """Return a function that sends bytes on one connection, ends its side, and returns all bytes of the answer."""
    port = urllib.parse.urlsplit(emulator.url).port

    def raw(data):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    return raw


@pytest.fixture
def post(http):
    """Return a function that sends a control-plane request with any body and returns (status, answer)."""

    def post(operation, body):
        credential = "Credential=EXAMPLEKEY/20260101/us-east-1/mediastore/aws4_request"
        headers = {
            "X-Amz-Target": f"MediaStore_20170901.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0",
        }
        status, _headers, answer = http("POST", "/", body, headers)
        return status, json.loads(answer)

    return post


@pytest.fixture
def refusal():
    """Return a function that makes a call which must be refused, and returns (code, HTTP status, message)."""

    def refusal(call, **parameters):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        error = caught.value.response
        return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"].get("Message", "")

    return refusal


@pytest.fixture
def refusal_code(refusal):
    """Return a function like refusal, which returns the code alone."""
    return lambda call, **parameters: refusal(call, **parameters)[0]


@pytest.fixture
def recorded(emulator):
    """Return a function that returns the recorded requests, each with the keys of the record that are given."""

    def recorded(keys, **query):
        return [{key: entry[key] for key in keys} for entry in emulator.requests(**query)]

    return recorded
