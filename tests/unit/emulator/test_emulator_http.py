# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 with raw requests: the requirements of RFC 9112 and RFC 9110, and the plane that handles a request."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

SIGNED = (
    b"Authorization: AWS4-HMAC-SHA256 Credential=EXAMPLEKEY/20260101/us-east-1/mediastore/aws4_request, "
    b"SignedHeaders=host, Signature=0\r\n"
)
GOOD = b"a good object"
HEALTH = b"GET /mediastore-emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.fixture
def path(media, movies):
    """Return the path, as bytes, of an object whose content is GOOD."""
    media.put_object(Path="a", Body=GOOD)
    return urllib.parse.urlsplit(movies["Endpoint"]).path.encode() + b"/a"


@pytest.fixture
def stored(media):
    """Return a function that returns the content of the object a."""

    def stored():
        return media.get_object(Path="a")["Body"].read()

    return stored


def request(method, target, headers=b"", body=b"", host=b"Host: localhost\r\n", version=b"1.1"):
    return method + b" " + target + b" HTTP/" + version + b"\r\n" + host + headers + b"\r\n" + body


def put(path, headers, body):
    return request(b"PUT", path, headers, body)


def statuses(answer):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", answer)]


def control(operation, body, headers=SIGNED, target=b"/"):
    named = b"X-Amz-Target: MediaStore_20170901." + operation + b"\r\n"
    return request(b"POST", target, named + headers + b"Content-Length: %d\r\n" % len(body), body)


def error(answer):
    head, _blank, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["__type"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Length: 1000000\r\n", b"hello"),
        (CHUNKED, b"5\r\nhel"),
        (CHUNKED, b"5\r\nhello\r\n"),
        (CHUNKED, b"5\r\nhello\r\n0\r\n"),
        (CHUNKED, b"5\r\nhello\r\n0\r\nX-Trailer: 1\r\n"),
    ],
)
def test_an_incomplete_body_is_not_stored(raw, path, stored, headers, body):
    assert statuses(raw(put(path, headers, body))) == [400]
    assert stored() == GOOD


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\nHost: l", b"\r\nHost: l\r\n", b"\r\nHost: l\r\n\r"])
def test_a_request_cut_off_inside_its_head_is_not_acted_on(raw, path, stored, end):
    assert statuses(raw(b"DELETE " + path + b" HTTP/1.1" + end)) == [400]
    assert stored() == GOOD


def test_an_incomplete_call_of_the_control_plane_is_not_acted_on(raw, client, movies):
    whole = control(b"DeleteContainer", b'{"ContainerName": "movies"}')
    for length in (len(whole) - 1, len(whole) - 27, len(whole) - 28, 40):
        assert statuses(raw(whole[:length])) == [400]
    assert [container["Name"] for container in client.list_containers()["Containers"]] == ["movies"]


@pytest.mark.parametrize(
    "length", [b"abc", b"-1", b"+2", b"5, 6", b"", b"0x5", b"5_0", b"5 5", b"5;", b"9" * 5000, b"9" * 20, b"\xb2"]
)
def test_a_length_that_is_none_is_refused_and_its_body_is_no_request(raw, path, stored, length):
    body = request(b"DELETE", path)
    [status] = statuses(raw(put(path, b"Content-Length: " + length + b"\r\n", body) + body))
    assert status in (400, 413)
    assert stored() == GOOD


def test_lengths_that_differ_are_refused(raw, path, stored):
    twice = b"Content-Length: 5\r\nContent-Length: 6\r\n"
    assert statuses(raw(put(path, twice, b"hello!"))) == [400]
    assert stored() == GOOD


@pytest.mark.parametrize("length", [b"5", b"5 ", b"\t5", b"005", b"5, 5", b"5\r\nContent-Length: 5"])
def test_a_valid_length_ends_the_body(raw, path, stored, length):
    assert statuses(raw(put(path, b"Content-Length: " + length + b"\r\n", b"hello") + HEALTH)) == [200, 200]
    assert stored() == b"hello"


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\nhello\r\n0\r\n\r\n",
        b"005\r\nhello\r\n000\r\n\r\n",
        b'5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n',
        b"2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: 1\r\nContent-Length: 9\r\n\r\n",
    ],
)
def test_chunks_end_the_body(raw, path, stored, body):
    assert statuses(raw(put(path, CHUNKED, body) + HEALTH)) == [200, 200]
    assert stored() == b"hello"


@pytest.mark.parametrize("size", [b"-5", b"+5", b"0x5", b"", b"g", b"5 5", b"f" * 21, b"f" * 5000])
def test_a_chunk_size_that_is_none_is_refused(raw, path, stored, size):
    assert statuses(raw(put(path, CHUNKED, size + b"\r\nhello\r\n0\r\n\r\n") + HEALTH)) == [400]
    assert stored() == GOOD


@pytest.mark.parametrize(
    "change",
    [
        {"headers": CHUNKED + b"Content-Length: 5\r\n"},
        {"headers": CHUNKED, "version": b"1.0"},
        {"headers": b"Transfer-Encoding: gzip\r\n"},
        {"headers": b"Transfer-Encoding: chunked, chunked\r\n"},
        {"version": b"2.0"},
        {"version": b"one"},
        {"host": b""},
        {"host": b"Host: localhost\r\nHost: localhost\r\n"},
        {"host": b"Host: x/y\r\n"},
        {"host": b"Host : x\r\n"},
        {"headers": b"no colon\r\n"},
        {"headers": b"X-A: a\x00b\r\n"},
        {"headers": b"X-A: a\rb\r\n"},
        {"method": b"P T"},
        {"target": b"*"},
        {"target": b"x:1"},
        {"target": b"?x"},
        {"target": b"/a\xe9"},
        {"target": b""},
    ],
)
def test_what_is_no_http_request_is_refused(raw, path, stored, change):
    parts = {"method": b"PUT", "target": path, "body": b"5\r\nhello\r\n0\r\n\r\n", **change}
    assert statuses(raw(request(**parts) + HEALTH)) == [400]
    assert stored() == GOOD


def test_a_head_has_a_largest_size(raw):
    assert statuses(raw(request(b"GET", b"/", b"X-A: " + b"x" * 200_000 + b"\r\n"))) == [431]


def test_a_body_has_a_largest_size(raw, path, stored):
    assert statuses(raw(put(path, b"Content-Length: 5368709121\r\n", b""))) == [413]
    assert stored() == GOOD


def test_the_body_of_a_refused_upload_is_no_request(raw, path, stored):
    body = request(b"DELETE", path)
    answer = raw(put(path, b"Content-Range: bytes 0-1/4\r\nContent-Length: %d\r\n" % len(body), body))
    assert statuses(answer) == [400]
    assert b"\r\nConnection: close\r\n" in answer
    assert stored() == GOOD


@pytest.mark.parametrize("body", [b"hello", b""])
def test_a_client_that_waits_for_100_is_answered(raw, path, stored, body):
    headers = b"Expect: 100-continue\r\nContent-Length: %d\r\n" % len(body)
    answer = raw(put(path, headers, b"") + body)
    assert statuses(answer)[-1] == 200
    assert stored() == body


def test_the_url_of_a_request_can_be_absolute(raw, path):
    assert raw(request(b"GET", b"http://localhost" + path)).endswith(b"\r\n\r\n" + GOOD)


@pytest.mark.parametrize("change", [{"version": b"1.0", "host": b""}, {"headers": b"Connection: close\r\n"}])
def test_the_last_request_of_a_connection_ends_it(raw, path, change):
    assert statuses(raw(request(**{"method": b"GET", "target": path, **change}) + HEALTH)) == [200]


def test_answers_without_content_leave_the_connection_open(raw, path, s3):
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k")
    head, delete = request(b"HEAD", path), request(b"DELETE", b"/bucket/k", SIGNED.replace(b"mediastore", b"s3"))
    answer = raw(head + delete + HEALTH)
    assert statuses(answer) == [200, 204, 200]
    assert GOOD not in answer


def test_metadata_of_s3_keeps_its_underscores(s3):
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="//a b/%2F", Body=b"x", Metadata={"a_b": "1", "c-d": "2"})
    assert s3.head_object(Bucket="bucket", Key="//a b/%2F")["Metadata"] == {"a_b": "1", "c-d": "2"}


def test_metadata_with_an_underscore_does_not_replace_another(raw, s3):
    s3.create_bucket(Bucket="bucket")
    headers = SIGNED.replace(b"mediastore", b"s3") + b"x-amz-meta-a_b: 1\r\nx-amz-meta-a-b: 2\r\nContent-Length: 0\r\n"
    assert statuses(raw(put(b"/bucket/k", headers, b""))) == [200]
    assert s3.head_object(Bucket="bucket", Key="k")["Metadata"] == {"a-b": "2"}


def test_a_name_with_an_underscore_stands_for_no_other(raw, path, stored):
    assert statuses(raw(put(path, b"Content_Length: 5\r\nContent-Length: 2\r\n", b"ok"))) == [200]
    assert stored() == b"ok"


def test_slow_requests_do_not_wait_for_each_other(emulator, client, connect):
    emulator.faults({"operation": "ListContainers", "kind": "slow", "seconds": 1, "count": 64})
    many = connect(max_pool_connections=64, read_timeout=30)
    barrier = threading.Barrier(64)

    def call(_number):
        barrier.wait()
        return many.list_containers()["Containers"]

    with ThreadPoolExecutor(64) as pool:
        started = time.monotonic()
        assert list(pool.map(call, range(64))) == [[]] * 64
    assert time.monotonic() - started < 20


# The plane that handles a request, and its reply.


@pytest.mark.parametrize(
    "header", [b"x", b"Bearer x", b"", b"AWS K:s", b"AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1, Signature=0"]
)
def test_an_authorization_that_is_no_signature_is_incomplete(raw, path, stored, header):
    headers = b"Authorization: " + header + b"\r\n"
    for method in (b"GET", b"DELETE", b"POST"):
        assert error(raw(request(method, path, headers))) == (400, "IncompleteSignature")
    assert error(raw(control(b"ListContainers", b"{}", headers))) == (400, "IncompleteSignature")
    assert error(raw(control(b"ListContainers", b"{}", headers, target=path))) == (400, "IncompleteSignature")
    assert stored() == GOOD


@pytest.mark.parametrize("operation", [b"ListContainers", b"Nothing", b""])
def test_an_unsigned_call_of_the_control_plane_is_refused(raw, operation):
    assert error(raw(control(operation, b"{}", b""))) == (403, "MissingAuthenticationToken")


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"PUT"])
def test_a_call_of_the_control_plane_is_a_post(raw, client, method):
    call = control(b"CreateContainer", b'{"ContainerName": "movies"}')
    assert statuses(raw(call.replace(b"POST", method))) == [400]
    assert client.list_containers()["Containers"] == []


def test_a_presigned_url_is_signed(raw, http, media, path, stored):
    assert http("GET", media.generate_presigned_url("get_object", {"Path": "a"}))[2] == GOOD
    listed = json.loads(http("GET", media.generate_presigned_url("list_items", {"MaxResults": 5}))[2])
    assert [item["Name"] for item in listed["Items"]] == ["a"]
    assert http("PUT", media.generate_presigned_url("put_object", {"Path": "a"}), b"new")[0] == 200
    assert stored() == b"new"


def test_a_presigned_call_names_its_region(raw, connect):
    query = b"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=K%2F20260101%2Feu-west-1%2Fmediastore%2Faws4_request"
    assert statuses(raw(control(b"CreateContainer", b'{"ContainerName": "here"}', b"", query))) == [200]
    assert connect(region="eu-west-1").describe_container(ContainerName="here")["Container"]["Status"] == "ACTIVE"
    assert connect().list_containers()["Containers"] == []


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1", "us-east-1"])
def test_the_arns_of_every_partition_are_accepted(connect, region):
    client = connect(region=region)
    arn = client.create_container(ContainerName="My-movies_1")["Container"]["ARN"]
    client.tag_resource(Resource=arn, Tags=[{"Key": "k", "Value": "v"}])
    assert client.list_tags_for_resource(Resource=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    client.untag_resource(Resource=arn, TagKeys=["k"])


# The size of records and of error messages is limited.


def test_the_record_keeps_no_large_parameters(post, emulator):
    for _number in range(30):
        assert post("CreateContainer", json.dumps({"ContainerName": "x" * 10_000_000}))[0] == 400
    entries = emulator.requests()
    assert len(entries) == 30
    for entry in entries:
        assert list(entry["parameters"]) == ["omitted_bytes"]
        assert 10_000_000 < entry["parameters"]["omitted_bytes"] < 10_001_000
        assert (entry["operation"], entry["error"]) == ("CreateContainer", "ValidationException")
    assert len(json.dumps(entries)) < 100_000


def test_the_record_as_a_whole_is_bounded(post, emulator):
    for number in range(80):
        post("DescribeContainer", json.dumps({"ContainerName": f"{number:03}".ljust(1_000_000, "x")}))
    names = [entry["parameters"]["ContainerName"][:3] for entry in emulator.requests()]
    assert names == [f"{number:03}" for number in range(80 - len(names), 80)]
    assert 60 <= len(names) <= 67


def test_the_record_keeps_the_largest_documents(client, emulator, movies):
    rules = [{"AllowedOrigins": ["x" * 2000] * 98, "AllowedHeaders": ["h"], "AllowedMethods": ["GET"]}] * 2
    client.put_cors_policy(ContainerName="movies", CorsPolicy=rules)
    assert emulator.requests()[-1]["parameters"] == {"ContainerName": "movies", "CorsPolicy": rules}


def test_a_refusal_repeats_few_of_many_violations(post):
    body = json.dumps({"ContainerName": "new", "Tags": ["x"] * 40_000})
    status, answer = post("CreateContainer", body)
    assert (status, answer["__type"]) == (400, "ValidationException")
    # None of the tags is a structure, and the list has more than 200 items.
    assert answer["message"].startswith("40001 validation errors detected: ")
    assert answer["message"].endswith("; and 39991 more")
    assert len(answer["message"]) < 5000


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"MaxResults": NaN}', "SerializationException"),
        (b'{"Unknown": -Infinity}', "SerializationException"),
        (b'{"MaxResults": 1' + b"0" * 5000 + b"}", "SerializationException"),
        (b'{"MaxResults": 1' + b"0" * 4000 + b"}", "ValidationException"),
        (b'{"MaxResults": 1e999}', "ValidationException"),
        (b'{"NextToken": "\xff"}', "SerializationException"),
        ('{"MaxResults": 1}'.encode("utf-16"), "SerializationException"),
        (b'{"NextToken": "\\ud800"}', "ValidationException"),
        (b'{"Unknown": ' + b"[" * 900 + b"]" * 900 + b"}", "SerializationException"),
        (b'{"NextToken": ' + b'{"a":' * 90 + b"1" + b"}" * 90 + b"}", "ValidationException"),
        (b'{"Unknown": [' + b"0," * 50_000 + b"0]}", "SerializationException"),
        (b'{"Unknown": [' + b"[" * 60_000, "SerializationException"),
        (b'{"Unknown": {' + b'"a":"",' * 60_000 + b'"a":""}}', "SerializationException"),
        (b'{"NextToken": "' + rb",[{\"" * 60_000 + b'"}', "ValidationException"),
        (b'{"Unknown": "' + b"x" * 16 * 1024 * 1024 + b'"}', "SerializationException"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:20].decode("latin-1"),
)
def test_json_at_its_edges_is_refused(post, emulator, body, code):
    status, answer = post("ListContainers", body)
    assert (status, answer["__type"]) == (400, code)
    assert emulator.requests()[-1]["error"] == code
