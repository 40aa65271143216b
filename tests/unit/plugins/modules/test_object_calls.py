# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exact requests of the modules for objects, from the record of the server, and what they contain."""

from __future__ import annotations

import hashlib

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data import content
from ansible_collections.elemental.mediastore.tests.unit import samples
from mediastore_emulator import EmulatorServer

ONE = "mediastore_object"
MANY = "mediastore_objects"
INFO = "mediastore_object_info"
CONTAINER, LIFECYCLE, LIST = "DescribeContainer", "GetLifecyclePolicy", "ListItems"
DESCRIBE, GET, PUT, DELETE = "DescribeObject", "GetObject", "PutObject", "DeleteObject"

UPLOAD = {"path": "a.ts", "content": "one"}
FETCH = {"path": "a.ts", "state": "fetched", "dest": "a.ts"}
# The content and the cache control of the object, that of the local file, the options, and the reads and writes.
ONE_OBJECT = {
    "new": (None, None, UPLOAD, [DESCRIBE], [PUT]),
    "equal": (("one", None), None, UPLOAD, [DESCRIBE, GET], []),
    "equal by size": (("two", None), None, {**UPLOAD, "compare": "size"}, [DESCRIBE], []),
    "other content": (("two", None), None, UPLOAD, [DESCRIBE, GET], [PUT]),
    "other length": (("three", None), None, UPLOAD, [DESCRIBE], [PUT]),
    "other type": (("one", None), None, {**UPLOAD, "content_type": "a/b"}, [DESCRIBE], [PUT]),
    "other cache control": (("one", None), None, {**UPLOAD, "cache_control": "no-cache"}, [DESCRIBE], [PUT]),
    "equal cache control": (("one", "x"), None, {**UPLOAD, "cache_control": "x"}, [DESCRIBE, GET], []),
    "absent": (None, None, {"path": "a.ts", "state": "absent"}, [DESCRIBE], []),
    "deleted": (("one", None), None, {"path": "a.ts", "state": "absent"}, [DESCRIBE], [DELETE]),
    "fetched": (("one", None), None, FETCH, [DESCRIBE], [GET]),
    "fetched before": (("one", None), "one", FETCH, [DESCRIBE, GET], []),
    "fetched before, by size": (("one", None), "two", {**FETCH, "compare": "size"}, [DESCRIBE], []),
    "fetched, other content": (("one", None), "two", FETCH, [DESCRIBE, GET], [GET]),
    "fetched, other length": (("one", None), "three", FETCH, [DESCRIBE], [GET]),
}


@pytest.fixture(autouse=True)
def in_directory(tmp_path, monkeypatch):
    """The test runs in its own directory."""
    monkeypatch.chdir(tmp_path)


def store(data, path, stored):
    text, cache_control = stored
    headers = {"CacheControl": cache_control} if cache_control else {}
    data.put_object(Path=path, Body=text.encode(), ContentType="video/mp2t", **headers)


@pytest.mark.parametrize(("stored", "local", "options", "reads", "writes"), ONE_OBJECT.values(), ids=ONE_OBJECT)
def test_one_object(run, data, calls, tmp_path, stored, local, options, reads, writes):
    if stored:
        store(data, "a.ts", stored)
    if local:
        (tmp_path / "a.ts").write_text(local)
    calls()
    for check, sent in [(True, []), (False, writes)]:
        assert run(ONE, check=check, container="live", **options)["changed"] is bool(writes)
        assert calls().names == [CONTAINER, *reads, *sent]


SYNCHRONISE = {"path": "news", "src": "src"}
# What is stored in the folder, the options, and the reads and writes after that of the container.
MANY_OBJECTS = {
    "new": ({}, SYNCHRONISE, [LIFECYCLE, LIST], [PUT]),
    "equal": ({"a.ts": ("one", "x")}, SYNCHRONISE, [LIFECYCLE, LIST, GET], []),
    "equal by size": ({"a.ts": ("two", "x")}, {**SYNCHRONISE, "compare": "size"}, [LIFECYCLE, LIST], []),
    "equal by size and cache control": (
        {"a.ts": ("two", "x")},
        {**SYNCHRONISE, "compare": "size", "cache_control": "x"},
        [LIFECYCLE, LIST, DESCRIBE],
        [],
    ),
    "other content": ({"a.ts": ("two", "x")}, SYNCHRONISE, [LIFECYCLE, LIST, GET], [PUT]),
    "other length": ({"a.ts": ("three", "x")}, SYNCHRONISE, [LIFECYCLE, LIST, DESCRIBE], [PUT]),
    "other length, with cache control": (
        {"a.ts": ("three", "x")},
        {**SYNCHRONISE, "cache_control": "y"},
        [LIFECYCLE, LIST],
        [PUT],
    ),
    "others are deleted": (
        {"a.ts": ("one", None), "b/c.ts": ("x", None)},
        {**SYNCHRONISE, "delete_others": True},
        [LIFECYCLE, LIST, LIST, GET],
        [DELETE],
    ),
    "deleted": (
        {"a.ts": ("one", None), "b/c.ts": ("x", None)},
        {"path": "news", "state": "absent"},
        [LIST, LIST],
        [DELETE, DELETE],
    ),
    "absent": ({}, {"path": "news", "state": "absent"}, [LIST, DESCRIBE], []),
    "the empty root": ({}, {"path": "/", "state": "absent"}, [LIST], []),
    "fetched": ({"a.ts": ("one", None)}, {"path": "news", "state": "fetched", "dest": "new"}, [LIST], [GET]),
    "fetched before": ({"a.ts": ("one", None)}, {"path": "news", "state": "fetched", "dest": "src"}, [LIST, GET], []),
    "fetched, files are deleted": (
        {"b.ts": ("one", None)},
        {"path": "news", "state": "fetched", "dest": "src", "delete_others": True, "include": ["a.ts"]},
        [LIST],
        None,
    ),
}


@pytest.mark.parametrize(("stored", "options", "reads", "writes"), MANY_OBJECTS.values(), ids=MANY_OBJECTS)
def test_many_objects(run, data, calls, tmp_path, stored, options, reads, writes):
    """`writes` is None for a change that is no request."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.ts").write_bytes(b"one")
    for path, what in stored.items():
        store(data, f"news/{path}", what)
    calls()
    for check, sent in [(True, []), (False, writes or [])]:
        result = run(MANY, check=check, container="live", max_concurrency=1, **options)
        assert result["changed"] is (writes is None or bool(writes))
        assert calls().names == [CONTAINER, *reads, *sent]


def test_info(run, data, calls):
    store(data, "news/a.ts", ("one", None))
    calls()
    for options, reads in [
        ({}, [LIST]),
        ({"path": "news"}, [DESCRIBE, LIST]),
        ({"path": "news/"}, [LIST]),
        ({"path": "news/a.ts"}, [DESCRIBE]),
        ({"recursive": True}, [LIST, LIST]),
    ]:
        run(INFO, container="live", **options)
        assert calls().names == [CONTAINER, *reads]


def test_a_container_that_does_not_exist_has_no_requests(run, calls, tmp_path):
    (tmp_path / "a.ts").touch()
    for module, options in [(ONE, UPLOAD), (ONE, FETCH), (MANY, {"src": "."}), (INFO, {"path": "a"})]:
        run(module, container="live", **options)
        assert calls().names == [CONTAINER]


@pytest.mark.parametrize(("size", "content_type"), [(0, "video/mp2t"), (300_000, "text/html")])
def test_what_an_upload_contains(run, data, calls, tmp_path, size, content_type):
    """The length is known, so that the server can refuse a request that is cut off."""
    (tmp_path / "a.ts").write_bytes(bytes(size))
    options = {} if content_type == "video/mp2t" else {"content_type": content_type}
    run(ONE, container="live", path="/a.ts", src="a.ts", cache_control="max-age=6", **options)
    assert calls()[-1]["parameters"] == {
        "Path": "a.ts",
        "ContentType": content_type,
        "CacheControl": "max-age=6",
        "ContentLength": size,
    }


@pytest.fixture
def strict():
    """An emulator that has the secret, and so verifies signatures, with the container live."""
    access_key, secret = samples.KEYS["access_key"], samples.KEYS["secret_key"]
    with EmulatorServer(create_delay=0, credentials={access_key: secret}) as server:
        samples.session().client("mediastore", endpoint_url=server.url).create_container(ContainerName="live")
        yield server


@pytest.mark.parametrize("text", [b"", b"x" * 300_000], ids=["empty", "300 kB"])
def test_the_digest_of_the_content_is_signed(run, strict, tmp_path, monkeypatch, text):
    """A file is read twice, for the digest and for the request, and not a third time for the signature."""
    (tmp_path / "a.ts").write_bytes(text)
    read = []
    real = content.Upload.read

    def count(upload, size=-1):
        piece = real(upload, size)
        read.append(piece)
        return piece

    monkeypatch.setattr(content.Upload, "read", count)
    result = run(ONE, endpoint_url=strict.url, container="live", path="a.ts", src="a.ts")
    assert not result.get("failed"), result["msg"]
    assert result["object"]["sha256"] == hashlib.sha256(text).hexdigest()
    assert len(b"".join(read)) == 2 * len(text)


def test_content_that_differs_from_the_signed_digest_is_refused(run, strict, tmp_path, monkeypatch):
    """A proxy that changes the content, for example: the server notices."""
    (tmp_path / "a.ts").write_bytes(b"x" * 300_000)
    real = content.Upload.read

    def alter(upload, size=-1):
        piece = real(upload, size)
        return b"y" * len(piece) if upload.sha256 else piece

    monkeypatch.setattr(content.Upload, "read", alter)
    result = run(ONE, endpoint_url=strict.url, container="live", path="a.ts", src="a.ts")
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["msg"].startswith("Failed to upload object a.ts of container live: ")
    assert "does not have the hash in x-amz-content-sha256" in result["msg"]
