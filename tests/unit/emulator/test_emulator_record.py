# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record: what an entry of a request contains, also of one that was refused, and which entries a client selects."""

from __future__ import annotations

import errno
import io
import json
import os
import socket
import struct
import time
import urllib.parse

import pytest

from mediastore_emulator import EmulatorServer, record

SIGNED = "AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/mediastore/aws4_request, SignedHeaders=host, Signature=0"
PAGE = {"Origin": "https://page.example"}
RULE = {"AllowedOrigins": ["https://other.example"], "AllowedMethods": ["GET"], "AllowedHeaders": []}


@pytest.fixture
def path(media, movies, emulator):
    """Return the path of an object in movies, and empty the record."""
    media.put_object(Path="a.ts", Body=b"film")
    emulator.clear_requests()
    return f"{urllib.parse.urlsplit(movies['Endpoint']).path}/a.ts"


def test_an_entry_says_who_asked_what_and_why_it_was_answered_so(emulator, media, path):
    emulator.set_time("2030-01-02T03:04:05Z")
    media.put_object(Path="a.ts", Body=b"a film")
    [entry] = emulator.requests()
    assert entry.pop("time").startswith("2030-01-02T03:04:0")
    assert entry.pop("user_agent").startswith("Boto3/")
    assert entry == {
        "number": 2 + 1 + 1,
        "client": "127.0.0.1",
        "method": "PUT",
        "path": path,
        "operation": "PutObject",
        "service": "mediastore-data",
        "parameters": {"Path": "a.ts", "ContentLength": 6},
        "mutating": True,
        "container": "movies",
        "region": "us-east-1",
        "account": "123456789012",
        "caller": "arn:aws:iam::123456789012:root",
        "status": 200,
        "error": None,
        "refused": False,
        "reason": None,
        "received_bytes": 6,
        "sent_bytes": len(json.dumps({"ContentSHA256": "0" * 64, "ETag": "0" * 64, "StorageClass": "TEMPORAL"})),
    }


def test_an_anonymous_client_has_no_caller(http, path, recorded):
    assert http("GET", path)[2] == b"film"
    assert recorded(["caller", "sent_bytes"]) == [{"caller": None, "sent_bytes": 4}]


def test_the_reason_of_a_refusal_is_its_message(http, path, recorded):
    message = json.loads(http("GET", f"{path}.none")[2])["message"]
    assert recorded(["status", "refused", "reason"]) == [{"status": 404, "refused": True, "reason": message}]


def test_the_path_is_as_sent_and_without_its_query(http, path, recorded):
    http("GET", f"{path}%2E?X-Amz-Signature=0123")
    assert recorded(["path", "status"]) == [{"path": f"{path}%2E", "status": 404}]


def test_a_request_that_is_refused_before_it_runs_has_its_container(emulator, http, path, recorded):
    emulator.faults({"operation": "GetObject", "kind": "throttled"})
    http("GET", path)
    http("GET", path, headers={"Authorization": "Basic eA=="})
    entry = {"operation": "GetObject", "container": "movies", "parameters": {"Path": "a.ts"}}
    assert recorded(entry) == [entry, entry]


@pytest.mark.parametrize(("kind", "status"), [("throttled", 400), ("cut_before", None), ("cut_after", 200)])
def test_an_injected_fault_is_the_reason(emulator, http, path, recorded, kind, status):
    emulator.faults({"operation": "GetObject", "kind": kind})
    try:
        http("GET", path)
    except OSError:
        assert kind.startswith("cut")
    [entry] = recorded(["status", "reason", "container"])
    assert (entry["status"], entry["container"]) == (status, "movies")
    assert entry["reason"].startswith(f"A fault of the kind {kind} was injected.")


def test_a_head_that_is_not_http_is_recorded(raw, recorded, path):
    # ffmpeg sends this if its option headers ends in a carriage return.
    raw(f"PUT {path}?a=b HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Lavf/1\r\nX-Key: secret\r\r\n\r\n".encode())
    keys = ("client", "method", "path", "user_agent", "service", "container", "operation", "status", "error", "reason")
    [entry] = recorded(keys)
    assert tuple(entry.values()) == (
        *("127.0.0.1", "PUT", path, "Lavf/1", "mediastore-data", "movies", "PutObject", 400, "BadRequest"),
        "The request is not valid HTTP: illegal header line: X-Key.",
    )


def test_what_is_no_request_line_is_recorded(raw, recorded):
    raw(b"\x16\x03\x01 secret\r\n\r\n")
    [entry] = recorded(["method", "path", "service", "operation", "status", "refused", "reason"])
    assert (entry["method"], entry["path"], entry["service"]) == (None, None, "http")
    assert (entry["operation"], entry["status"], entry["refused"]) == ("Unknown", 400, True)
    assert entry["reason"].startswith("The request is not valid HTTP: illegal request line")


def test_a_head_that_is_too_large_is_recorded(raw, recorded, path):
    raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-A: {'x' * 200_000}\r\n\r\n".encode())
    entry = {"path": path, "status": 431, "error": "RequestHeaderFieldsTooLarge", "refused": True}
    assert recorded(entry) == [entry]


@pytest.mark.parametrize(
    ("headers", "body", "received"),
    [
        (b"Content-Length: 1000000\r\n", b"hello", 5),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nhel", 3),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n", 5),
    ],
)
def test_an_upload_that_is_cut_off_is_recorded(raw, recorded, path, headers, body, received):
    raw(b"PUT " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Lavf/1\r\n" + headers + b"\r\n" + body)
    keys = ("operation", "container", "user_agent", "status", "error", "received_bytes", "reason")
    [entry] = recorded(keys)
    assert tuple(entry.values())[:-1] == ("PutObject", "movies", "Lavf/1", 400, "BadRequest", received)
    assert entry["reason"].startswith("The request body is invalid: peer")


def test_an_upload_whose_connection_is_reset_is_recorded(emulator, recorded, path):
    place = urllib.parse.urlsplit(emulator.url)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nfilm".encode())
        # With this option, closing resets the connection.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    deadline = time.monotonic() + 20
    while not (entries := recorded(["status", "reason"])):
        assert time.monotonic() < deadline
    assert entries[0]["status"] == 400
    assert entries[0]["reason"].startswith("The request body is cut off: ")


def test_a_body_that_is_too_large_is_recorded(raw, recorded, path):
    raw(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5368709121\r\n\r\n".encode())
    entry = {"status": 413, "error": "ContentTooLarge", "received_bytes": 0}
    assert recorded(entry) == [entry]


def test_a_reply_that_a_browser_keeps_from_the_page_is_refused(client, http, path, recorded):
    client.put_cors_policy(ContainerName="movies", CorsPolicy=[RULE])
    assert http("GET", path, headers=PAGE)[0] == 200
    entry = recorded(["status", "refused", "reason"])[-1]
    assert (entry["status"], entry["refused"]) == (200, True)
    assert entry["reason"].startswith("A browser keeps the reply from the page: ")
    assert "https://page.example" in entry["reason"]


def test_a_refused_preflight_is_recorded_with_its_reason(client, http, path, recorded):
    client.put_cors_policy(ContainerName="movies", CorsPolicy=[RULE])
    http("OPTIONS", path, headers={**PAGE, "Access-Control-Request-Method": "PUT"})
    entry = recorded(["operation", "status", "error", "refused", "reason"])[-1]
    assert tuple(entry.values())[:-1] == ("Preflight", 403, "AccessForbidden", True)
    assert "https://page.example" in entry["reason"]


def test_requests_since_a_number_or_a_time(http, emulator, path):
    emulator.set_time("2030-01-01T00:00:00Z")
    http("GET", path)
    emulator.set_time("2030-01-02T00:00:00Z")
    http("HEAD", path)

    def since(value):
        query = urllib.parse.urlencode({"since": value})
        entries = json.loads(http("GET", f"/mediastore-emulator/requests?{query}")[2])["requests"]
        return [entry["operation"] for entry in entries]

    first, second = (entry["number"] for entry in emulator.requests())
    assert since(0) == ["GetObject", "DescribeObject"]
    assert since(first) == ["DescribeObject"]
    assert since(second) == []
    assert since("2030-01-01T12:00:00Z") == ["DescribeObject"]
    assert since("2030-01-01T13:00:00+01:00") == ["DescribeObject"]
    assert since("2030-01-01 13:00:00+01:00") == ["DescribeObject"]
    assert since("2031-01-01") == []


@pytest.mark.parametrize("offset", ["+01:00", "%2B01:00", "-00:30", "Z"])
def test_the_offset_of_a_time_needs_no_encoding(http, emulator, path, offset):
    emulator.set_time("2030-01-01T12:00:00Z")
    http("GET", path)
    for moment, count in ((f"2030-01-01T11:00:00{offset}", 1), (f"2030-01-01T14:00:00{offset}", 0)):
        status, _headers, body = http("GET", f"/mediastore-emulator/requests?since={moment}")
        assert (status, len(json.loads(body)["requests"])) == (200, count)


def test_numbers_do_not_repeat_after_the_record_was_emptied(http, emulator, path):
    http("GET", path)
    [before] = emulator.requests()
    emulator.clear_requests()
    http("GET", path)
    [after] = emulator.requests()
    assert after["number"] == before["number"] + 1


def test_the_requests_of_a_record_that_was_emptied_take_no_memory(http, emulator, path, monkeypatch):
    """A request takes 512 bytes, and its texts. Of more than 4,000 bytes, the oldest requests are dropped."""
    monkeypatch.setattr(record, "_MAX_RECORD_BYTES", 4000)
    for _time in range(2):
        for _request in range(4):
            http("GET", path)
        assert len(emulator.requests()) == 4
        emulator.clear_requests()


def test_requests_with_a_status(http, path, recorded):
    http("GET", path)
    http("GET", f"{path}.none")
    http("POST", path)
    assert recorded(["status"], status="refused") == [{"status": 404}, {"status": 400}]
    assert recorded(["status"], status="404") == [{"status": 404}]
    assert recorded(["status"], status="200", since="1") == [{"status": 200}]


def test_the_newest_requests_of_a_container(http, post, connect, path, recorded):
    connect(region="eu-west-1").create_container(ContainerName="movies")
    # A parameter that looks like a member of the entry.
    post("DescribeContainer", '{"ContainerName": "films", "Extra": {"container": "movies"}}')
    http("GET", path)
    http("HEAD", path)

    def operations(**query):
        return [entry["operation"] for entry in recorded(["operation"], **query)]

    assert operations(container="movies") == ["CreateContainer", "GetObject", "DescribeObject"]
    assert operations(container="movies", limit="2") == ["GetObject", "DescribeObject"]
    assert operations(container="movies", region="eu-west-1", account="123456789012") == ["CreateContainer"]
    assert operations(container="mov") == []
    assert operations(limit="0") == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=yesterday", "since must be the number of a request, or a time as ISO 8601 text."),
        ("since=-1", "since must be the number of a request, or a time as ISO 8601 text."),
        ("status=bad", "status must be an HTTP status or refused."),
        (f"status={'4' * 5000}", "status must be an HTTP status or refused."),
        ("stat=403", "Unknown parameter 'stat': the parameters are since, status, limit, container, region, account."),
    ],
)
def test_an_invalid_selection_is_refused(http, query, sentence):
    status, _headers, answer = http("GET", f"/mediastore-emulator/requests?{query}")
    assert (status, json.loads(answer)) == (400, {"error": sentence})


def test_a_request_is_logged_in_one_line(emulator, http, path, capsys):
    emulator.set_time("2030-01-02T03:04:05Z")
    emulator.configure(log_requests=True)
    http("GET", f"{path}.none")
    emulator.configure(log_requests=False)
    http("GET", path)
    [line] = capsys.readouterr().err.splitlines()
    members = line.split(" ", 8)
    assert members[0].startswith("2030-01-02T03:04:0")
    assert members[1:] == [
        *("127.0.0.1", "GET", f"{path}.none", "GetObject", "movies", "404", "ObjectNotFoundException"),
        "The object a.ts.none does not exist.",
    ]


def test_no_request_can_begin_a_line_of_the_log(emulator, post, raw, capsys):
    emulator.configure(log_requests=True)
    post("DescribeContainer", json.dumps({"ContainerName": "a\n2030-01-01 127.0.0.1 \x1b[31m\u2028"}))
    raw(b"GET /\x1b[31m\x85 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    first, second = capsys.readouterr().err.splitlines()
    assert r" DescribeContainer a\n2030-01-01\x20127.0.0.1\x20\x1b[31m\u2028 400 ValidationException " in first
    assert r" GET /\x1b[31m\x85 Unknown - 400 BadRequest " in second
    assert (first + second).isprintable()


def test_a_log_that_cannot_be_written_does_not_keep_the_reply(emulator, http, path, recorded, monkeypatch):
    class FullDisk(io.StringIO):
        def flush(self):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    emulator.configure(log_requests=True)
    monkeypatch.setattr("sys.stderr", FullDisk())
    assert http("GET", path)[::2] == (200, b"film")
    assert recorded(["operation", "status"]) == [{"operation": "GetObject", "status": 200}]


def test_verbose_is_the_name_of_the_setting_in_version_1_0(capsys):
    with EmulatorServer(verbose=True, services=[]) as server:
        place = urllib.parse.urlsplit(server.url)
        with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
            connection.sendall(b"GET /mediastore_us-east-1/none/a HTTP/1.0\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 404 ")
    assert " GET /mediastore_us-east-1/none/a GetObject - 404 " in capsys.readouterr().err


def test_the_record_is_sent_in_pieces(emulator, post, http):
    for _number in range(3):
        post("DescribeContainer", json.dumps({"ContainerName": "x" * 100_000}))
    _status, headers, answer = http("GET", "/mediastore-emulator/requests")
    assert headers["Transfer-Encoding"] == "chunked"
    assert json.loads(answer) == {"requests": emulator.requests()}


def test_all_texts_of_an_entry_count_towards_the_limit(http, emulator):
    # Parameters and reason have 60,000 characters each.
    for _number in range(600):
        assert http("OPTIONS", f"/{'a' * 60_000}", headers={"Origin": "https://a"})[0] == 403
    assert 500 < len(emulator.requests()) < 64 * 1024**2 / 120_000
