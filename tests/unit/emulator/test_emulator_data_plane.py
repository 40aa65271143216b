# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects: put, get, describe, delete and list, at a container's endpoint."""

from __future__ import annotations

import datetime
import hashlib
import io
import json

import pytest

BODY = bytes(range(100))
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def film(media):
    """Return the path of an object whose content is BODY."""
    media.put_object(Path="a/film.ts", Body=BODY, ContentType="video/mp2t", CacheControl="max-age=6")
    return "a/film.ts"


def names(page):
    return [(item["Name"], item["Type"]) for item in page["Items"]]


@pytest.mark.parametrize("body", [BODY, io.BytesIO(BODY)], ids=["bytes", "stream"])
def test_put_answers_the_digest(media, body):
    answer = media.put_object(Path="a", Body=body, StorageClass="TEMPORAL", UploadAvailability="STANDARD")
    assert (answer["ETag"], answer["ContentSHA256"], answer["StorageClass"]) == (SHA256, SHA256, "TEMPORAL")


def test_a_stream_of_unknown_length_is_put(http, media, movies):
    status, _headers, answer = http("PUT", f"{movies['Endpoint']}/live", iter([BODY[:60], BODY[60:]]))
    assert (status, json.loads(answer)["ETag"]) == (200, SHA256)
    assert media.get_object(Path="live")["Body"].read() == BODY


def test_get_and_describe_answer_what_was_put(media, film):
    now = datetime.datetime.now(datetime.UTC)
    for answer in (media.get_object(Path=film), media.describe_object(Path=film)):
        assert answer["ETag"] == SHA256
        assert answer["ContentType"] == "video/mp2t"
        assert answer["CacheControl"] == "max-age=6"
        assert answer["ContentLength"] == 100
        assert abs(now - answer["LastModified"]) < datetime.timedelta(seconds=30)
    answer = media.get_object(Path=film)
    assert (answer["StatusCode"], answer["Body"].read()) == (200, BODY)


def test_put_replaces_and_an_empty_object_is_one(media, film):
    media.put_object(Path=film, Body=b"")
    assert media.get_object(Path=film)["Body"].read() == b""
    assert media.describe_object(Path=film)["ContentLength"] == 0
    assert "CacheControl" not in media.describe_object(Path=film)


@pytest.mark.parametrize(
    ("requested", "first", "last"),
    [("0-0", 0, 0), ("10-19", 10, 19), ("90-", 90, 99), ("90-500", 90, 99), ("-5", 95, 99), ("-500", 0, 99)],
)
def test_a_range_is_answered_in_part(media, film, requested, first, last):
    answer = media.get_object(Path=film, Range=f"bytes={requested}")
    assert (answer["StatusCode"], answer["ContentRange"]) == (206, f"bytes {first}-{last}/100")
    assert answer["Body"].read() == BODY[first : last + 1]
    assert answer["ContentLength"] == last + 1 - first


@pytest.mark.parametrize("requested", ["100-", "100-200", "-0", "9" * 4301 + "-", "9" * 30 + "-" + "9" * 31])
def test_a_range_outside_the_object_is_refused(media, film, refusal, requested):
    answer = refusal(media.get_object, Path=film, Range=f"bytes={requested}")
    assert answer[:2] == ("RequestedRangeNotSatisfiableException", 416)


def test_the_refusal_of_a_range_has_the_length(http, movies, film):
    status, headers, _body = http("GET", f"{movies['Endpoint']}/{film}", headers={"Range": "bytes=100-"})
    assert (status, headers["Content-Range"]) == (416, "bytes */100")


def test_ranges_are_offered(http, movies, film):
    for method in ("GET", "HEAD"):
        assert http(method, f"{movies['Endpoint']}/{film}")[1]["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "condition",
    [
        {"If-None-Match": SHA256},
        {"If-None-Match": "*"},
        {"If-Match": "other"},
        {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Range": SHA256, "Range": "bytes=0-1"},
        {"If-Range": "Fri, 01 Jan 2100 00:00:00 GMT", "Range": "bytes=0-1"},
    ],
    ids=str,
)
def test_a_condition_is_ignored(http, movies, film, condition):
    status, headers, body = http("GET", f"{movies['Endpoint']}/{film}", headers=condition)
    assert (status, headers["Content-Length"], body) == (200, "100", BODY)
    assert http("HEAD", f"{movies['Endpoint']}/{film}", headers=condition)[0] == 200


def test_a_part_of_an_object_is_refused(http, media, movies, film):
    # As GStreamer's souphttpclientsink and curl -C send it.
    for content_range in ("bytes 0-3/*", "bytes 4-7/8"):
        status, _headers, body = http("PUT", f"{movies['Endpoint']}/{film}", b"film", {"Content-Range": content_range})
        assert (status, json.loads(body)["__type"]) == (400, "ValidationException")
        assert "Content-Range" in json.loads(body)["message"]
    assert media.get_object(Path=film)["Body"].read() == BODY


def test_headers_of_encoders_are_accepted(http, media, movies):
    # ffmpeg sends no Content-Type, and asks for metadata of Icecast also in uploads.
    assert http("PUT", f"{movies['Endpoint']}/a", iter([b"fi", b"lm"]), {"Icy-MetaData": "1"})[0] == 200
    assert media.get_object(Path="a")["ContentType"] == "application/octet-stream"


@pytest.mark.parametrize(
    "requested",
    ["bytes=1-2,4-5", "items=0-1", "bytes=-", "bytes=a-b", "bytes=20-10", "bytes", "bytes=+1-2", "bytes=1-2 x"],
)
def test_a_range_that_is_invalid_or_not_one_range_is_ignored(media, film, requested):
    answer = media.get_object(Path=film, Range=requested)
    assert (answer["StatusCode"], answer["Body"].read()) == (200, BODY)
    assert "ContentRange" not in answer


@pytest.mark.parametrize(
    ("requested", "first", "last"),
    [("0" * 5000 + "7-8", 7, 8), ("98-" + "9" * 4301, 98, 99), ("-" + "9" * 4301, 0, 99)],
)
def test_a_range_can_have_any_number_of_digits(media, film, requested, first, last):
    answer = media.get_object(Path=film, Range=f"BYTES={requested}")
    assert (answer["StatusCode"], answer["ContentRange"]) == (206, f"bytes {first}-{last}/100")


def test_an_empty_object_has_no_range(media, refusal):
    media.put_object(Path="a", Body=b"")
    assert refusal(media.get_object, Path="a", Range="bytes=0-0")[1] == 416


def test_what_is_not_there_is_not_found(media, film, refusal):
    media.delete_object(Path=film)
    for operation in (media.get_object, media.describe_object, media.delete_object):
        assert refusal(operation, Path=film)[:2] == ("ObjectNotFoundException", 404)


@pytest.mark.parametrize("path", ["a", "a/b", "/".join("abcdefghijk"), "x" * 900, "A-z_0.9~", "k=v:w/x=1"])
def test_a_path_within_the_limits(media, path):
    media.put_object(Path=path, Body=BODY)
    assert media.get_object(Path=path)["Body"].read() == BODY


@pytest.mark.parametrize("path", ["/".join("abcdefghijkl"), "x" * 901, "a b", "a/", "é", "a+b", "a*"])
def test_a_path_beyond_the_limits(media, refusal, path):
    assert refusal(media.put_object, Path=path, Body=BODY)[:2] == ("ValidationException", 400)


@pytest.mark.parametrize("path", ["/september-events/ReadMe.md", "//september-events///ReadMe.md"])
def test_redundant_slashes_of_a_path_are_stripped(media, path):
    media.put_object(Path=path, Body=BODY)
    assert names(media.list_items()) == [("september-events", "FOLDER")]
    assert names(media.list_items(Path="//september-events//")) == [("ReadMe.md", "OBJECT")]
    assert media.get_object(Path="september-events/ReadMe.md")["Body"].read() == BODY
    media.delete_object(Path=path)
    assert media.list_items()["Items"] == []


MB = 1024 * 1024


def test_an_object_has_a_largest_size(media, refusal):
    media.put_object(Path="a", Body=b"x" * 25 * MB)
    code, status, message = refusal(media.put_object, Path="a", Body=b"y" * (25 * MB + 1))
    assert (code, status) == ("ValidationException", 400)
    assert "25 MB" in message
    answer = media.get_object(Path="a")
    assert (answer["ContentLength"], answer["Body"].read(1)) == (25 * MB, b"x")


@pytest.mark.parametrize(
    "bad", [{"ContentType": "text/html; charset=x"}, {"StorageClass": "COLD"}, {"UploadAvailability": "NOW"}]
)
def test_put_is_held_to_the_model(media, refusal_code, bad):
    assert refusal_code(media.put_object, Path="a", Body=BODY, **bad) == "ValidationException"
    assert media.list_items()["Items"] == []


def test_list_shows_one_folder_level(media):
    for path in ("z", "a/x", "a/y", "a/b/c/d", "ab", "k.ts"):
        media.put_object(Path=path, Body=BODY, ContentType="video/mp2t")
    assert names(media.list_items()) == [("a", "FOLDER"), ("ab", "OBJECT"), ("k.ts", "OBJECT"), ("z", "OBJECT")]
    for path in ("a", "/a", "a/", "/a/"):
        assert names(media.list_items(Path=path)) == [("b", "FOLDER"), ("x", "OBJECT"), ("y", "OBJECT")]
    assert names(media.list_items(Path="a/b/c")) == [("d", "OBJECT")]
    assert names(media.list_items(Path="nowhere")) == []
    folder, item = media.list_items()["Items"][:2]
    assert folder == {"Name": "a", "Type": "FOLDER"}
    assert (item["ETag"], item["ContentType"], item["ContentLength"]) == (SHA256, "video/mp2t", 100)
    assert item["LastModified"].tzinfo


def test_list_pages(media, refusal_code):
    for number in range(7):
        media.put_object(Path=f"f/{number}", Body=b"")
    pages = list(media.get_paginator("list_items").paginate(Path="f", PaginationConfig={"PageSize": 3}))
    assert [len(page["Items"]) for page in pages] == [3, 3, 1]
    assert [name for page in pages for name, _kind in names(page)] == list("0123456")
    for bad in ({"MaxResults": 0}, {"MaxResults": 1001}, {"MaxResults": "x"}, {"NextToken": "x"}, {"Path": "a b"}):
        assert refusal_code(media.list_items, **bad) == "ValidationException"


def test_list_leaves_out_what_a_seconds_rule_matches(client, media):
    age = [{"numeric": [">", 30]}]
    policy = {
        "rules": [
            {"definition": {"path": [{"wildcard": "live/*.ts"}], "seconds_since_create": age}, "action": "EXPIRE"},
            {"definition": {"path": [{"prefix": "old/"}], "days_since_create": age}, "action": "EXPIRE"},
        ]
    }
    client.put_lifecycle_policy(ContainerName="movies", LifecyclePolicy=json.dumps(policy))
    for path in ("live/1.ts", "live/1.m3u8", "old/1.ts", "only/x"):
        media.put_object(Path=path, Body=BODY)
    assert names(media.list_items(Path="live")) == [("1.m3u8", "OBJECT")]
    assert names(media.list_items(Path="old")) == [("1.ts", "OBJECT")]
    assert media.get_object(Path="live/1.ts")["Body"].read() == BODY


def hide(client, *wildcards):
    age = [{"numeric": [">", 30]}]
    definition = {"path": [{"wildcard": wildcard} for wildcard in wildcards], "seconds_since_create": age}
    policy = {"rules": [{"definition": definition, "action": "EXPIRE"}]}
    client.put_lifecycle_policy(ContainerName="movies", LifecyclePolicy=json.dumps(policy))


def test_a_seconds_rule_applies_to_objects_added_after_it(client, media):
    media.put_object(Path="1.ts", Body=BODY)
    hide(client, "*.ts")
    media.put_object(Path="2.ts", Body=BODY)
    assert names(media.list_items()) == [("1.ts", "OBJECT")]
    media.put_object(Path="1.ts", Body=BODY)
    assert names(media.list_items()) == []
    hide(client, "*.ts", "*.m3u8")
    media.put_object(Path="3.ts", Body=BODY)
    assert names(media.list_items()) == [("1.ts", "OBJECT"), ("2.ts", "OBJECT")]
    client.delete_lifecycle_policy(ContainerName="movies")
    assert names(media.list_items()) == [(f"{number}.ts", "OBJECT") for number in (1, 2, 3)]


def test_anyone_may_get(http, media, movies, film):
    status, headers, body = http("GET", f"{movies['Endpoint']}/{film}")
    assert (status, headers["Content-Type"], headers["ETag"], body) == (200, "video/mp2t", SHA256, BODY)
    status, headers, body = http("GET", f"{movies['Endpoint']}/{film}", headers={"Range": "bytes=-1"})
    assert (status, headers["Content-Range"], body) == (206, "bytes 99-99/100", BODY[99:])
    status, headers, body = http("HEAD", f"{movies['Endpoint']}/{film}")
    assert (status, headers["Content-Length"], body) == (200, "100", b"")
    status, headers, body = http("HEAD", f"{movies['Endpoint']}/none")
    assert (status, headers["x-amzn-ErrorType"], body) == (404, "ObjectNotFoundException", b"")
    status, _headers, body = http("GET", f"{movies['Endpoint']}?Path=a")
    assert (status, names(json.loads(body))) == (200, [("film.ts", "OBJECT")])


@pytest.mark.parametrize("method", ["POST", "PATCH", "OPTIONS"])
def test_a_method_without_an_operation_is_refused(http, movies, method):
    status, headers, _body = http(method, f"{movies['Endpoint']}/a")
    assert (status, headers["x-amzn-ErrorType"]) == (400, "UnknownOperationException")


def test_the_refusal_of_post_names_the_way_out(http, movies, recorded):
    # ffmpeg's dash muxer uploads with POST.
    assert http("POST", f"{movies['Endpoint']}/a", iter([b"film"]))[0] == 400
    entry = recorded(["container", "status", "reason"])[-1]
    assert (entry["container"], entry["status"]) == ("movies", 400)
    assert entry["reason"].startswith("No operation has the method POST. PUT stores an object")
    assert "-method PUT" in entry["reason"]


def test_an_endpoint_is_in_the_region_of_its_container(connect, movies, media, refusal):
    media.put_object(Path="a", Body=BODY)
    elsewhere = connect("mediastore-data", endpoint=movies["Endpoint"].replace("us-east-1", "eu-west-1"))
    assert refusal(elsewhere.get_object, Path="a")[:2] == ("ContainerNotFoundException", 404)


def test_an_endpoint_serves_only_an_active_container(client, connect, emulator, media, movies, refusal, http):
    emulator.configure(delete_delay=60)
    client.delete_container(ContainerName="movies")
    astray = connect("mediastore-data", endpoint=emulator.url + "/mediastore_us-east-1/nosuchendpoint")
    for plane in (media, astray, connect("mediastore-data")):
        for operation, more in (("put", {"Body": b""}), ("get", {}), ("describe", {}), ("delete", {})):
            answer = refusal(getattr(plane, f"{operation}_object"), Path="a", **more)
            assert answer[:2] == ("ContainerNotFoundException", 404)
        assert refusal(plane.list_items)[:2] == ("ContainerNotFoundException", 404)


def test_containers_hold_their_own_objects(client, connect, media, film):
    client.create_container(ContainerName="other")
    endpoint = client.describe_container(ContainerName="other")["Container"]["Endpoint"]
    assert connect("mediastore-data", endpoint=endpoint).list_items()["Items"] == []
