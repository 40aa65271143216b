# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault is injected into the requests that it names, with the documented effect."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from mediastore_emulator.faults import ERRORS
from mediastore_emulator.mediastore.control_plane import ControlPlane
from mediastore_emulator.mediastore.data_plane import DataPlane
from mediastore_emulator.s3.plane import S3Plane
from mediastore_emulator.services.sts import Sts

PLANES = (ControlPlane, DataPlane, S3Plane, Sts)
NAMED = {"ContainerName": "movies"}


@pytest.mark.parametrize("plane", PLANES)
def test_each_service_has_an_error_for_each_kind(plane):
    assert set(plane.fault_errors) == set(ERRORS)


def names(client):
    return [container["Name"] for container in client.list_containers()["Containers"]]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttled", 400, "ThrottlingException"),
        ("too_many_requests", 429, "TooManyRequestsException"),
        ("internal_error", 500, "InternalServerError"),
        ("unavailable", 503, "ServiceUnavailable"),
        ("in_use", 400, "ContainerInUseException"),
        ("access_denied", 400, "AccessDeniedException"),
        ("expired_token", 400, "ExpiredTokenException"),
    ],
)
def test_refusals(emulator, client, kind, status, code):
    emulator.faults({"operation": "CreateContainer", "kind": kind})
    with pytest.raises(ClientError) as caught:
        client.create_container(**NAMED)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert names(client) == []
    client.create_container(**NAMED)
    assert names(client) == ["movies"]


@pytest.mark.parametrize(("kind", "status", "acted"), [("cut_before", None, []), ("cut_after", 200, ["movies"])])
def test_a_cut_connection(emulator, client, kind, status, acted):
    emulator.faults({"operation": "CreateContainer", "kind": kind})
    with pytest.raises(ConnectionClosedError):
        client.create_container(**NAMED)
    [entry] = emulator.requests(status="refused")
    keys = ("operation", "status", "error", "sent_bytes")
    assert tuple(entry[key] for key in keys) == ("CreateContainer", status, "ConnectionCut", 0)
    assert entry["reason"].endswith("The operation ran, and the connection was closed without the reply.") == bool(
        acted
    )
    assert names(client) == acted


def test_a_slow_answer(emulator, client):
    emulator.faults({"operation": "ListContainers", "kind": "slow", "seconds": 0.3})
    started = time.monotonic()
    assert names(client) == []
    assert time.monotonic() - started >= 0.3


def test_a_malformed_answer(emulator, http):
    emulator.faults({"operation": "*", "kind": "malformed"})
    headers = {
        "X-Amz-Target": "MediaStore_20170901.ListContainers",
        "Authorization": "AWS4-HMAC-SHA256 Credential=EXAMPLEKEY/20260101/us-east-1/mediastore/aws4_request",
    }
    assert http("POST", "/", b"{}", headers)[2] == b'{"Containers": []'


def test_a_fault_on_the_data_plane(emulator, media):
    emulator.faults({"operation": "ListItems", "kind": "access_denied"})
    with pytest.raises(ClientError, match="AccessDeniedException"):
        media.list_items()
    assert media.list_items()["Items"] == []


def test_faults_are_counted_off_in_their_order(emulator, client):
    emulator.faults(
        {"operation": "ListContainers", "kind": "throttled", "count": 2},
        {"operation": "*", "kind": "unavailable"},
        {"operation": "ListContainers", "kind": "access_denied", "count": None},
    )
    codes = []
    for _number in range(5):
        with pytest.raises(ClientError) as caught:
            client.list_containers()
        codes.append(caught.value.response["Error"]["Code"])
    denied = ["AccessDeniedException"] * 2
    assert codes == ["ThrottlingException", "ThrottlingException", "ServiceUnavailable", *denied]
    with pytest.raises(ClientError, match="ContainerNotFoundException"):
        client.describe_container(**NAMED)
    emulator.reset()
    assert names(client) == []


def test_a_fault_for_all_operations_ends_after_its_count(emulator, client):
    emulator.faults({"operation": "*", "kind": "throttled", "count": 2})
    for call in (client.list_containers, lambda: client.create_container(**NAMED)):
        with pytest.raises(ClientError, match="ThrottlingException"):
            call()
    assert emulator.faults_left() == []
    client.create_container(**NAMED)
    assert names(client) == ["movies"]


def test_over_http(http, client):
    fault = {"operation": "ListContainers", "kind": "throttled", "count": 3, "seconds": 1.0}
    put = {"operation": "ListContainers", "kind": "throttled", "count": 3}
    assert http("PUT", "/mediastore-emulator/faults", json.dumps([put]))[0] == 200
    with pytest.raises(ClientError):
        client.list_containers()
    assert json.loads(http("GET", "/mediastore-emulator/faults")[2]) == {"faults": [{**fault, "count": 2}]}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "JSON array"),
        ("[", "JSON array"),
        (["throttled"], "operation and kind"),
        ([{"operation": "ListContainers"}], "operation and kind"),
        ([{"operation": "*", "kind": "slow", "times": 2}], "operation and kind"),
        ([{"operation": "*", "kind": "earthquake"}], "'earthquake'"),
        ([{"operation": "*", "kind": "slow", "count": 0}], "at least 1"),
        ([{"operation": "*", "kind": "slow", "count": True}], "at least 1"),
        ([{"operation": "*", "kind": "slow", "seconds": -1}], "at least 0"),
    ],
)
def test_what_is_no_fault_is_refused(http, client, body, named):
    text = body if isinstance(body, str) else json.dumps(body)
    status, _headers, answer = http("PUT", "/mediastore-emulator/faults", text)
    assert status == 400
    assert named in json.loads(answer)["error"]
    assert names(client) == []
