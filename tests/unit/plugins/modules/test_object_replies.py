# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies of the data plane that its model allows and the emulator never gives, and some that it does not allow.

Model shape Item requires no member, and the headers of DescribeObject and GetObject can be missing.
"""

from __future__ import annotations

import hashlib
import os

import pytest

from ansible_collections.elemental.mediastore.tests.unit.stub_mediastore import StubMediaStore

ONE = "mediastore_object"
MANY = "mediastore_objects"
INFO = "mediastore_object_info"
TEXT = b"text"
PUT = {"path": "a.txt", "content": "text"}
HEAD = {"Content-Type": "text/plain", "Content-Length": "4"}
TIME = 1714557600.0


def item(name="a.txt", **more):
    return {"Name": name, "Type": "OBJECT", "ContentLength": 4, "ContentType": "text/plain", **more}


@pytest.fixture(autouse=True)
def in_directory(tmp_path, monkeypatch, clock):
    """The test runs in its own directory, and waiting takes no time."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def at(run):
    """A function that runs a module at a server with these replies, and returns the result and the requests."""

    def at(module, options, container=None, **replies):
        with StubMediaStore(**replies) as server:
            described = {"Name": "live", "Status": "ACTIVE", "Endpoint": server.url, **(container or {})}
            server.replies["DescribeContainer"] = [{"Container": described}]
            server.replies.setdefault("GetLifecyclePolicy", ["PolicyNotFoundException"])
            result = run(module, endpoint_url=server.url, container="live", **options)
        assert "\n" not in result.get("msg", "")
        assert "Traceback" not in result.get("msg", "")
        return result, [operation for operation, _given in server.requests if operation != "DescribeContainer"]

    return at


PAGES = {
    "one": ([{"Items": [item("a"), item("b")]}], "ab"),
    "none": ([{}], ""),
    "null": ([{"Items": None}], ""),
    "a null token": ([{"Items": [item("a")], "NextToken": None}], "a"),
    "an empty token": ([{"Items": [item("a")], "NextToken": ""}], "a"),
    "two": ([{"Items": [item("a")], "NextToken": "t"}, {"Items": [item("b")]}], "ab"),
    "overlapping": ([{"Items": [item("a"), item("b")], "NextToken": "t"}, {"Items": [item("b"), item("c")]}], "abc"),
    "an empty first page": ([{"Items": [], "NextToken": "t"}, {"Items": [item("a")]}], "a"),
    "an empty last page": ([{"Items": [item("a")], "NextToken": "t"}, {"Items": []}], "a"),
}


@pytest.mark.parametrize(("pages", "names"), PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("recursive", [False, True])
def test_pages_of_a_folder(at, pages, names, recursive):
    result, requests = at(INFO, {"path": "news/", "recursive": recursive}, ListItems=list(pages))
    assert [one["path"] for one in result["objects"]] == [f"news/{name}" for name in names]
    assert requests == ["ListItems"] * len(pages)


def test_a_folder_that_is_on_two_pages(at):
    folder = {"Name": "b", "Type": "FOLDER"}
    pages = [{"Items": [folder], "NextToken": "t"}, {"Items": [folder]}, {"Items": [item("c")]}]
    result, _requests = at(INFO, {}, ListItems=list(pages))
    assert result["folders"] == ["b"]
    result, requests = at(INFO, {"recursive": True}, ListItems=list(pages))
    assert [one["path"] for one in result["objects"]] == ["b/c"]
    assert len(requests) == 3


def test_pages_that_repeat_end_the_task(at):
    result, requests = at(INFO, {"path": "news/"}, ListItems=[{"Items": [item()], "NextToken": "t"}])
    assert result["msg"] == (
        "Failed to list the objects of folder news of container live: the endpoint returned the same page twice"
    )
    assert len(requests) == 2


def test_folders_that_never_end(at):
    """A server that returns the same list for each path."""
    result, _requests = at(
        MANY, {"path": "/", "state": "absent"}, ListItems=[{"Items": [{"Name": "a", "Type": "FOLDER"}]}]
    )
    assert result["msg"] == (f"Failed to list container live: folder {'/'.join('a' * 11)} is nested too deeply")


MEMBERS = {
    "nothing but a name": ({"Name": "a.txt"}, {}),
    "another type": (item(Type="OTHER"), {"content_length": 4, "content_type": "text/plain"}),
    "all": (
        item(ETag="e", LastModified=TIME),
        {
            "content_length": 4,
            "content_type": "text/plain",
            "etag": "e",
            "last_modified": "2024-05-01T10:00:00+00:00",
        },
    ),
    "an empty object": (item(ContentLength=0), {"content_length": 0, "content_type": "text/plain"}),
}


@pytest.mark.parametrize(("listed", "known"), MEMBERS.values(), ids=MEMBERS)
def test_members_of_an_item(at, listed, known):
    result, _requests = at(INFO, {}, ListItems=[{"Items": [listed]}])
    properties = dict.fromkeys(["content_type", "content_length", "etag", "last_modified"])
    assert result["objects"] == [{"path": "a.txt", **properties, **known}]


def test_an_item_without_members_is_compared_by_its_content(at, tmp_path):
    """What a list does not contain cannot differ."""
    (tmp_path / "a.txt").write_bytes(TEXT)
    replies = {"ListItems": [{"Items": [{"Name": "a.txt"}]}], "GetObject": [(200, {}, TEXT)]}
    for options in ({"src": "."}, {"state": "fetched", "dest": "."}):
        result, requests = at(MANY, options, **replies)
        assert (result["changed"], requests[-1]) == (False, "GetObject")


CHUNKS = {"Transfer-Encoding": "chunked", "Content-Type": "text/plain"}, b"4\r\ntext\r\n0\r\n\r\n"


@pytest.mark.parametrize("compare", ["content", "size"])
def test_content_in_chunks_is_compared_although_its_length_is_unknown(at, tmp_path, compare):
    (tmp_path / "a.txt").write_bytes(TEXT)
    replies = {"DescribeObject": [(200, CHUNKS[0], b"")], "GetObject": [(200, *CHUNKS)]}
    one = {"path": "a.txt", "state": "fetched", "dest": "a.txt", "compare": compare}
    assert at(ONE, one, **replies)[0]["changed"] is False
    many = {"state": "fetched", "dest": ".", "compare": compare}
    for listed in (item(), {"Name": "a.txt"}):
        assert at(MANY, many, ListItems=[{"Items": [listed]}], **replies)[0]["changed"] is False
    (tmp_path / "a.txt").write_bytes(b"next")
    assert at(ONE, one, **replies)[0]["changed"] is True
    assert (tmp_path / "a.txt").read_bytes() == TEXT


def test_an_object_in_chunks_that_another_client_has_replaced(at, tmp_path):
    """The last chunk ends the content, whatever length was listed."""
    replies = {"ListItems": [{"Items": [item()]}], "GetObject": [(200, CHUNKS[0], b"5\r\nlater\r\n0\r\n\r\n")]}
    result, requests = at(MANY, {"state": "fetched", "dest": "."}, **replies)
    assert (result["changed"], requests.count("GetObject")) == (True, 1)
    assert (tmp_path / "a.txt").read_bytes() == b"later"


# Replies to GetObject for an object that is listed with four bytes, and how many times it is sent.
PARTS = {
    "compressed": ((200, {"Content-Encoding": "gzip"}, TEXT), "(its Content-Encoding is gzip, as of a proxy", 1),
    "a range": ((206, {"Content-Range": "bytes 0-1/4"}, TEXT[:2]), "(its HTTP status is 206, and not 200", 1),
    "no content": ((204, {}, b""), "(its HTTP status is 204, and not 200", 1),
    # The stub closes the connection after it.
    "no length": ((200, {"Transfer-Encoding": "identity"}, TEXT[:2]), "2 read, but total bytes expected is 4", 11),
}


@pytest.mark.parametrize(("reply", "cause", "times"), PARTS.values(), ids=PARTS)
def test_a_part_of_an_object_is_not_fetched(at, tmp_path, reply, cause, times):
    (tmp_path / "a.txt").write_bytes(b"before")
    one = {"path": "a.txt", "state": "fetched", "dest": "a.txt"}
    for module, options in [(ONE, one), (MANY, {"state": "fetched", "dest": "."})]:
        replies = {"ListItems": [{"Items": [item()]}], "DescribeObject": [(200, HEAD, b"")], "GetObject": [reply]}
        result, requests = at(module, options, **replies)
        assert cause in result["msg"]
        assert requests.count("GetObject") == times
        assert (result["changed"], os.listdir(), (tmp_path / "a.txt").read_bytes()) == (False, ["a.txt"], b"before")


WRONG_ITEMS = {
    "no name": ({"Type": "OBJECT"}, "it has no Name"),
    "a number as name": (item(5), "Name is 5"),
    "the parent": (item(".."), "an item has the name '..'"),
    "the folder itself": (item("."), "an item has the name '.'"),
    "a path": (item("../a.txt"), "an item has the name '../a.txt'"),
    "an absolute path": (item("/a.txt"), "an item has the name '/a.txt'"),
    "a folder as parent": ({"Name": "..", "Type": "FOLDER"}, "an item has the name '..'"),
    "an empty name": (item(""), "an item has the name ''"),
    "a blank": (item("a b"), "an item has the name 'a b'"),
    "a null character": (item("a\0"), r"an item has the name 'a\x00'"),
    "a word as length": (item(ContentLength="four"), ""),
    "a list as length": (item(ContentLength=[]), ""),
    "a number as type": (item(ContentType=5), "ContentType is 5"),
    "a number as ETag": (item(ETag=5), "ETag is 5"),
    "no time": (item(LastModified="soon"), ""),
    "a text as item": ("a.txt", ""),
}


@pytest.mark.parametrize(("listed", "cause"), WRONG_ITEMS.values(), ids=WRONG_ITEMS)
def test_items_that_the_model_does_not_allow(at, tmp_path, listed, cause):
    """Nothing is written, in the directory or elsewhere."""
    (tmp_path / "dest").mkdir()
    options = [
        (MANY, {"path": "/", "state": "fetched", "dest": "dest", "delete_others": True}),
        (MANY, {"path": "/", "state": "absent"}),
        (INFO, {}),
    ]
    for module, given in options:
        result, requests = at(module, given, ListItems=[{"Items": [listed]}])
        assert result["msg"].startswith("Failed to list the objects of container live")
        assert f"The endpoint returned an invalid response ({cause}" in result["msg"]
        assert set(requests) == {"ListItems"}
    assert os.listdir(tmp_path) == ["dest"]
    assert os.listdir(tmp_path / "dest") == []


@pytest.mark.parametrize(
    "reply", [{"Items": "a.txt"}, {"Items": 5}, {"Items": [], "NextToken": 5}, ["a.txt"], (200, {}, b"<html/>")]
)
def test_lists_that_the_model_does_not_allow(at, reply):
    result, _requests = at(INFO, {}, ListItems=[reply])
    assert result["msg"].startswith("Failed to list the objects of container live")
    assert "The endpoint returned an invalid response (" in result["msg"]


# The reply to DescribeObject, and the properties that it has.
DESCRIBED = {
    "all": (
        {**HEAD, "ETag": "e", "Cache-Control": "no-cache", "Last-Modified": "Wed, 01 May 2024 10:00:00 GMT"},
        {
            "content_type": "text/plain",
            "content_length": 4,
            "etag": "e",
            "cache_control": "no-cache",
            "last_modified": "2024-05-01T10:00:00+00:00",
        },
    ),
    "no headers": ({"Transfer-Encoding": "chunked"}, {}),
}


@pytest.mark.parametrize(("headers", "known"), DESCRIBED.values(), ids=DESCRIBED)
def test_headers_of_an_object(at, headers, known):
    result, _requests = at(INFO, {"path": "a.txt"}, DescribeObject=[(200, headers, b"")])
    properties = dict.fromkeys(["content_type", "content_length", "etag", "last_modified", "cache_control"])
    assert result["objects"] == [{"path": "a.txt", **properties, **known}]


NOT_FOUND = {
    "a code": {"x-amzn-ErrorType": "ObjectNotFoundException"},
    "a code with a URL": {"x-amzn-ErrorType": "ObjectNotFoundException:http://internal.amazon.com/coral/"},
    "no code": {},
}


@pytest.mark.parametrize("headers", NOT_FOUND.values(), ids=NOT_FOUND)
def test_an_object_that_does_not_exist(at, headers):
    """The reply to HEAD has no content, and so a server can omit the code."""
    missing = (404, headers, b"")
    result, requests = at(ONE, PUT, DescribeObject=[missing], PutObject=[{}])
    assert (result["changed"], requests) == (True, ["DescribeObject", "PutObject"])
    result, requests = at(ONE, {"path": "a.txt", "state": "absent"}, DescribeObject=[missing])
    assert (result["changed"], requests) == (False, ["DescribeObject"])


REFUSED = [
    (403, {}, "403"),
    (403, {"x-amzn-ErrorType": "AccessDeniedException"}, "AccessDeniedException"),
    (404, {"x-amzn-ErrorType": "ContainerNotFoundException"}, "ContainerNotFoundException"),
    (400, {}, "400"),
    (501, {}, "501"),
]


@pytest.mark.parametrize(("status", "headers", "code"), REFUSED)
def test_an_object_that_cannot_be_described(at, status, headers, code):
    """Nothing but the exact code, or 404 without one, means that it does not exist."""
    for module, options in [(ONE, {"path": "a.txt", "state": "absent"}), (ONE, PUT), (INFO, {"path": "a.txt"})]:
        result, requests = at(module, options, DescribeObject=[(status, headers, b"")])
        assert (result["failed"], requests) == (True, ["DescribeObject"])
        assert result["msg"].startswith("Failed to describe object a.txt of container live: ")
        assert f"({code})" in result["msg"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_page_of_a_proxy_is_no_object(at, status):
    described, page = (200, HEAD, b""), (status, {"Content-Type": "text/html"}, b"<html>Not here</html>")
    result, _requests = at(ONE, PUT, DescribeObject=[described], GetObject=[page])
    assert result["msg"].startswith("Failed to read object a.txt of container live: ")
    assert f"({status})" in result["msg"]


@pytest.mark.parametrize("headers", [{"Content-Length": "4", "Last-Modified": "soon"}])
def test_headers_that_the_model_does_not_allow(at, headers):
    result, _requests = at(ONE, PUT, DescribeObject=[(200, headers, b"")])
    assert result["msg"].startswith("Failed to describe object a.txt of container live")


def test_an_upload_that_is_confirmed(at):
    confirmed = {"ContentSHA256": hashlib.sha256(TEXT).hexdigest(), "ETag": "e", "StorageClass": "TEMPORAL"}
    for reply in (confirmed, {}, {"ContentSHA256": None}):
        result, _requests = at(ONE, PUT, DescribeObject=[(404, {}, b"")], PutObject=[reply])
        assert result["changed"]


def test_an_upload_of_which_other_content_was_stored(at):
    """The task does not say that all is well, nor that the object is as before."""
    other = hashlib.sha256(b"other").hexdigest()
    result, requests = at(ONE, PUT, DescribeObject=[(404, {}, b"")], PutObject=[{"ContentSHA256": other}])
    assert (result["failed"], result["changed"]) == (True, True)
    assert requests == ["DescribeObject", "PutObject"]
    assert result["msg"].startswith("Failed to upload object a.txt of container live: the endpoint stored content")
    assert other in result["msg"]


def test_an_object_that_changes_between_two_reads(at):
    """The content of an object with other properties is not read, and what GetObject returned is compared."""
    described, got = (200, HEAD, b""), (200, {**HEAD, "Content-Type": "text/html", "Cache-Control": "x"}, TEXT)
    result, requests = at(ONE, PUT, DescribeObject=[described], GetObject=[got], PutObject=[{}])
    assert requests == ["DescribeObject", "GetObject", "PutObject"]
    assert result["object"]["cache_control"] == "x"
    gone = "ObjectNotFoundException"
    result, requests = at(ONE, PUT, DescribeObject=[described], GetObject=[gone], PutObject=[{}])
    assert (result["changed"], requests[-1]) == (True, "PutObject")


ENDPOINTS = {
    "none": ({"Endpoint": None}, "the endpoint's reply has no Endpoint"),
    "no URL": ({"Endpoint": "nowhere at all"}, "'nowhere at all' is not a valid endpoint URL"),
    "an empty one": ({"Endpoint": ""}, ""),
    "a number": ({"Endpoint": 5}, ""),
}


@pytest.mark.parametrize(("container", "cause"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_the_endpoint_of_the_container(at, container, cause):
    for module, options in [(ONE, PUT), (INFO, {}), (MANY, {"path": "/", "state": "absent"})]:
        result, requests = at(module, options, container=container)
        assert (result["failed"], requests) == (True, [])
        assert cause in result["msg"]
        assert "container live" in result["msg"]


def test_a_container_without_a_status(at):
    result, _requests = at(ONE, PUT, container={"Status": None})
    assert result["failed"]
    assert "has no Status" in result["msg"]
