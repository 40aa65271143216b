# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads as they arrive: objects with the upload availability STREAMING, and what cancels an upload.

Sources: PutObject and GetObject in the API Reference of MediaStore, and its User Guide, "Uploading an object".
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import urllib.parse
from http.client import HTTPConnection, IncompleteRead

import pytest

from mediastore_emulator import EmulatorServer
from mediastore_emulator.errors import ServiceError
from mediastore_emulator.mediastore.uploads import Upload
from mediastore_emulator.memory import Memory

MB = 1024**2
AGE = [{"numeric": [">", 30]}]


class Uploading:
    """An upload of live/1.m4s in chunks, whose pieces a test sends one by one."""

    def __init__(self, endpoint, **headers):
        place = urllib.parse.urlsplit(endpoint)
        self.socket = socket.create_connection((place.hostname, place.port), timeout=30)
        given = {
            "Host": "localhost",
            "Transfer-Encoding": "chunked",
            "X-Amz-Upload-Availability": "STREAMING",
            **headers,
        }
        lines = [f"PUT {place.path}/live/1.m4s HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def close(self):
        self.socket.close()

    def send(self, piece):
        self.socket.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))

    def answer(self):
        """Return all bytes of the reply, until the connection ends."""
        return b"".join(iter(lambda: self.socket.recv(65536), b""))

    def end(self):
        """Complete the upload, and return the status of the reply."""
        self.socket.sendall(b"0\r\n\r\n")
        return int(self.socket.recv(65536).split()[1])


@pytest.fixture
def upload(movies):
    """Return a function that starts an upload to movies."""
    with contextlib.ExitStack() as stack:

        def upload(**headers):
            uploading = Uploading(movies["Endpoint"], **headers)
            stack.callback(uploading.close)
            return uploading

        yield upload


@pytest.fixture
def open_reply(movies):
    """Return a function that requests the object of an upload and returns the reply before its content is read."""
    with contextlib.ExitStack() as stack:

        def open_reply(method="GET", endpoint=movies["Endpoint"], **headers):
            place = urllib.parse.urlsplit(endpoint)
            connection = HTTPConnection(place.hostname, place.port, timeout=30)
            stack.callback(connection.close)
            connection.request(method, f"{place.path}/live/1.m4s", headers=headers)
            return connection.getresponse()

        yield open_reply


@pytest.fixture
def wait_for(open_reply):
    """Return a function that requests the object of an upload until the reply is as expected, and returns the reply."""

    def wait_for(is_expected, **request):
        for _attempt in range(5000):
            reply = open_reply(**request)
            if is_expected(reply):
                return reply
            reply.close()
        raise AssertionError("No reply was as expected.")

    return wait_for


@pytest.fixture
def opened(wait_for):
    """Return a function that waits until the object of an upload is readable, and returns the reply to GetObject."""
    return lambda **request: wait_for(lambda reply: reply.status != 404, **request)


def test_an_object_is_readable_while_it_arrives(upload, opened, media):
    uploading = upload(**{"Content-Type": "video/mp4", "Cache-Control": "max-age=6"})
    uploading.send(b"one")
    early = opened()
    assert (early.status, early.headers["Transfer-Encoding"]) == (200, "chunked")
    assert (early.headers["Content-Type"], early.headers["Cache-Control"]) == ("video/mp4", "max-age=6")
    # Both are known once the object is complete.
    assert {"Content-Length", "ETag", "Last-Modified"}.isdisjoint(early.headers)
    assert early.read1(100) == b"one"
    uploading.send(b"two")
    assert early.read1(100) == b"two"
    late = opened()
    assert late.read1(100) == b"onetwo"
    uploading.send(b"end")
    assert uploading.end() == 200
    assert (early.read(), late.read()) == (b"end", b"end")
    stored = media.get_object(Path="live/1.m4s")
    assert (stored["Body"].read(), stored["ContentLength"], stored["ContentType"]) == (b"onetwoend", 9, "video/mp4")
    assert stored["ETag"] == hashlib.sha256(b"onetwoend").hexdigest()


def test_many_clients_read_an_object_that_arrives(upload, opened):
    uploading = upload()
    uploading.send(b"one")
    readers = [opened() for _number in range(20)]
    uploading.send(b"x" * 100_000)
    assert uploading.end() == 200
    assert {reader.read() for reader in readers} == {b"one" + b"x" * 100_000}


def test_an_upload_without_bytes_is_not_readable(upload, open_reply, media):
    uploading = upload()
    assert open_reply().status == 404
    assert uploading.end() == 200
    assert media.get_object(Path="live/1.m4s")["ContentLength"] == 0


def test_describe_and_ranges_of_an_object_that_arrives(upload, opened, open_reply):
    uploading = upload()
    uploading.send(b"one")
    opened()
    described = open_reply("HEAD")
    assert (described.status, described.headers["Transfer-Encoding"], described.read()) == (200, "chunked", b"")
    assert "Content-Length" not in described.headers
    # "MediaStore ignores this header for partially uploaded objects that have streaming upload availability."
    partial = opened(Range="bytes=1-1")
    assert (partial.status, partial.read1(100)) == (200, b"one")


def test_an_object_that_arrives_is_neither_listed_nor_deleted(upload, opened, media, refusal):
    uploading = upload()
    uploading.send(b"one")
    opened()
    assert media.list_items()["Items"] == []
    assert refusal(media.delete_object, Path="live/1.m4s")[:2] == ("ObjectNotFoundException", 404)
    assert uploading.end() == 200
    assert [item["Name"] for item in media.list_items(Path="live")["Items"]] == ["1.m4s"]


def test_an_upload_that_fails_keeps_the_object_that_it_would_replace(upload, wait_for, media, recorded):
    media.put_object(Path="live/1.m4s", Body=b"before")
    uploading = upload()
    uploading.send(b"after")
    reply = wait_for(lambda reply: "ETag" not in reply.headers)
    uploading.close()
    with pytest.raises(IncompleteRead) as cut:
        reply.read()
    assert cut.value.partial == b"after"
    assert media.get_object(Path="live/1.m4s")["Body"].read() == b"before"
    [put] = [entry for entry in recorded(["operation", "status", "received_bytes"]) if entry["status"] == 400]
    assert put == {"operation": "PutObject", "status": 400, "received_bytes": 5}


def test_of_two_uploads_the_later_is_read_and_the_last_complete_is_kept(upload, opened, wait_for, media):
    first, second = upload(), upload()
    first.send(b"first")
    assert opened().read1(100) == b"first"
    second.send(b"second")
    wait_for(lambda reply: reply.read1(100) == b"second")
    assert second.end() == 200
    assert media.get_object(Path="live/1.m4s")["Body"].read() == b"second"
    assert first.end() == 200
    assert media.get_object(Path="live/1.m4s")["Body"].read() == b"first"


def test_of_two_uploads_the_later_is_read_after_the_end_of_the_earlier(upload, opened, wait_for):
    first, second = upload(), upload()
    first.send(b"first")
    opened()
    second.send(b"second")
    wait_for(lambda reply: reply.read1(100) == b"second")
    assert first.end() == 200
    assert opened().read1(100) == b"second"


def test_a_client_of_http_1_0_reads_until_the_connection_ends(upload, opened, movies):
    uploading = upload()
    uploading.send(b"one")
    opened()
    place = urllib.parse.urlsplit(movies["Endpoint"])
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(f"GET {place.path}/live/1.m4s HTTP/1.0\r\n\r\n".encode())
        received = connection.recv(65536)
        assert b"transfer-encoding" not in received.lower()
        assert received.endswith(b"\r\n\r\none")
        uploading.send(b"two")
        assert uploading.end() == 200
        assert b"".join(iter(lambda: connection.recv(65536), b"")) == b"two"


def test_a_client_of_http_1_0_sees_that_the_content_is_cut_off(upload, opened, movies):
    uploading = upload()
    uploading.send(b"one")
    opened()
    place = urllib.parse.urlsplit(movies["Endpoint"])
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(f"GET {place.path}/live/1.m4s HTTP/1.0\r\n\r\n".encode())
        assert connection.recv(65536).endswith(b"one")
        uploading.close()
        with pytest.raises(ConnectionResetError):
            connection.recv(65536)


def test_an_upload_that_takes_too_long_is_cancelled(emulator, upload, opened, media, recorded):
    emulator.configure(upload_timeout=1)
    uploading = upload()
    uploading.send(b"one")
    reader = opened()
    assert uploading.answer().startswith(b"HTTP/1.1 408 ")
    with pytest.raises(IncompleteRead):
        reader.read()
    assert media.list_items()["Items"] == []
    keys = ("operation", "status", "error", "received_bytes", "reason")
    [put] = [entry for entry in recorded(keys) if entry["operation"] == "PutObject"]
    assert tuple(put.values()) == (
        *("PutObject", 408, "RequestTimeout", 3),
        "The request is cancelled because its body took more than 1 seconds.",
    )


def test_an_upload_that_sends_slowly_is_cancelled(emulator, upload):
    emulator.configure(upload_timeout=1)
    uploading = upload(**{"X-Amz-Upload-Availability": "STANDARD"})
    with contextlib.suppress(OSError):
        while True:
            uploading.send(b"x")
            uploading.socket.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                answer = uploading.socket.recv(65536)
                break
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_the_time_of_uploads_can_be_unlimited(emulator, upload, media):
    emulator.configure(upload_timeout=0)
    uploading = upload()
    uploading.send(b"one")
    assert uploading.end() == 200


def test_a_streaming_upload_has_a_largest_size(upload, opened, media, recorded):
    uploading = upload()
    uploading.send(b"x" * 10 * MB)
    reader = opened()
    assert reader.read(10 * MB) == b"x" * 10 * MB
    uploading.send(b"y")
    assert uploading.answer().startswith(b"HTTP/1.1 400 ")
    with pytest.raises(IncompleteRead):
        reader.read()
    [put] = [entry for entry in recorded(["operation", "status", "reason"]) if entry["status"] == 400]
    assert put["reason"] == "An object can have at most 10 MB with upload availability STREAMING."
    assert media.list_items()["Items"] == []


def test_a_streaming_upload_of_the_largest_size(upload, media):
    uploading = upload()
    uploading.send(b"x" * 10 * MB)
    assert uploading.end() == 200
    assert media.describe_object(Path="live/1.m4s")["ContentLength"] == 10 * MB


def test_unfinished_uploads_together_have_a_largest_size():
    memory = Memory(1024**2)
    first, second = Upload(memory), Upload(memory)
    first.append(b"x" * MB)
    with pytest.raises(ServiceError) as refused:
        second.append(b"x")
    assert refused.value.status == 503
    first.end(is_complete=True)
    second.append(b"x" * MB)


class Stream:
    """A body of unknown length, as that of a pipe."""

    def __init__(self, content):
        self.content = content

    def read(self, size=-1):
        piece, self.content = (self.content, b"") if size < 0 else (self.content[:size], self.content[size:])
        return piece


def test_boto3_streams_a_body_of_unknown_length(media):
    answer = media.put_object(Path="a", Body=Stream(b"film"), UploadAvailability="STREAMING")
    assert answer["ETag"] == hashlib.sha256(b"film").hexdigest()
    assert media.get_object(Path="a")["Body"].read() == b"film"


def test_a_streaming_upload_must_be_in_chunks(media, refusal):
    code, status, message = refusal(media.put_object, Path="a", Body=b"film", UploadAvailability="STREAMING")
    assert (code, status) == ("ValidationException", 400)
    assert "Transfer-Encoding: chunked" in message


@pytest.mark.parametrize("headers", [{}, {"Expect": "100-continue"}], ids=str)
def test_an_upload_is_refused_before_its_body(client, movies, upload, recorded, headers):
    client.put_container_policy(ContainerName="movies", Policy=json.dumps(nothing(movies["ARN"])))
    uploading = upload(**headers)
    assert uploading.answer().startswith(b"HTTP/1.1 403 ")
    entry = recorded(["operation", "status", "received_bytes"])[-1]
    assert entry == {"operation": "PutObject", "status": 403, "received_bytes": 0}


def nothing(arn):
    """Return a policy that allows no upload to anonymous clients."""
    root = {"AWS": "123456789012"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "mediastore:*", "Resource": f"{arn}/*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(("availability", "length"), [("STANDARD", 25 * MB + 1), ("STREAMING", 4)])
def test_an_upload_is_refused_by_its_length_before_its_body(movies, raw, availability, length):
    path = urllib.parse.urlsplit(movies["Endpoint"]).path
    head = f"PUT {path}/a HTTP/1.1\r\nHost: localhost\r\nX-Amz-Upload-Availability: {availability}\r\n"
    assert raw(f"{head}Content-Length: {length}\r\n\r\n".encode()).startswith(b"HTTP/1.1 400 ")


def test_an_upload_to_a_container_that_is_deleted_meanwhile(client, upload, opened, recorded):
    uploading = upload()
    uploading.send(b"one")
    reader = opened()
    client.delete_container(ContainerName="movies")
    assert uploading.end() == 404
    with pytest.raises(IncompleteRead):
        reader.read()


@pytest.mark.parametrize("faults", [[], [{"operation": "GetObject", "kind": "slow", "seconds": 0.01, "count": None}]])
def test_a_reply_that_follows_an_upload_is_recorded_at_its_end(upload, opened, recorded, emulator, faults):
    emulator.faults(*faults)
    uploading = upload()
    uploading.send(b"one")
    reader = opened()
    uploading.send(b"two")
    assert uploading.end() == 200
    assert reader.read() == b"onetwo"
    keys = ("operation", "status", "received_bytes", "sent_bytes", "parameters")
    read = {"operation": "GetObject", "status": 200, "received_bytes": 0, "sent_bytes": 6}
    assert {**read, "parameters": {"Path": "live/1.m4s"}} in recorded(keys)
    [put] = [entry for entry in recorded(keys) if entry["operation"] == "PutObject"]
    assert put["received_bytes"] == 6
    assert put["parameters"] == {
        "Path": "live/1.m4s",
        "UploadAvailability": "STREAMING",
        "ContentLength": 6,
    }


def test_a_reader_whose_upload_fails_is_recorded_with_the_reason(upload, opened, recorded):
    uploading = upload()
    uploading.send(b"one")
    reader = opened()
    uploading.close()
    with pytest.raises(IncompleteRead):
        reader.read()
    entry = {"operation": "GetObject", "sent_bytes": 3}
    entry["reason"] = "The upload of the object failed, so the content is cut off."
    assert entry in recorded(entry)


def test_an_emulator_that_stops_ends_uploads_and_their_readers(connect, opened):
    with EmulatorServer(services=[]) as server:
        client = connect(endpoint=server.url)
        client.create_container(ContainerName="movies")
        endpoint = client.describe_container(ContainerName="movies")["Container"]["Endpoint"]
        with contextlib.closing(Uploading(endpoint)) as uploading:
            uploading.send(b"one")
            reader = opened(endpoint=endpoint)
            server.stop()
            with pytest.raises(IncompleteRead):
                reader.read()
            assert uploading.answer() == b""


def test_an_object_is_as_old_as_its_complete_upload(client, emulator, upload, opened, media):
    policy = {
        "rules": [{"definition": {"path": [{"wildcard": "live/*"}], "seconds_since_create": AGE}, "action": "EXPIRE"}]
    }
    client.put_lifecycle_policy(ContainerName="movies", LifecyclePolicy=json.dumps(policy))
    uploading = upload()
    uploading.send(b"one")
    opened()
    emulator.advance(60)
    assert opened().status == 200
    assert uploading.end() == 200
    assert media.get_object(Path="live/1.m4s")["Body"].read() == b"one"
    emulator.advance(31)
    with pytest.raises(media.exceptions.ObjectNotFoundException):
        media.get_object(Path="live/1.m4s")
