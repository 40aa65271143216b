# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault at every operation on objects: the task converges, or fails with one sentence and loses nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import re

import pytest
from botocore.response import StreamingBody
from urllib3.exceptions import SSLError

from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data import api, content, resources
from ansible_collections.elemental.mediastore.tests.unit import samples
from ansible_collections.elemental.mediastore.tests.unit.stub_mediastore import StubMediaStore

ONE = "mediastore_object"
MANY = "mediastore_objects"
INFO = "mediastore_object_info"
OLD = b"old content"
NEW = b"new content"
SHORT = b"short"

PUT_ONE = (ONE, {"path": "news/a.ts", "content": NEW.decode()})
PUT_MANY = (MANY, {"path": "news", "src": "new"})
DELETE_ONE = (ONE, {"path": "news/a.ts", "state": "absent"})
DELETE_MANY = (MANY, {"path": "news", "state": "absent"})
FETCH_ONE = (ONE, {"path": "news/a.ts", "state": "fetched", "dest": "local/a.ts"})
FETCH_MANY = (MANY, {"path": "news", "state": "fetched", "dest": "local"})

# The operation, the task, and the content of the object and of the local file, before and after the task.
CASES = [
    ("DescribeContainer", PUT_ONE, (None, None), (NEW, None)),
    ("DescribeObject", FETCH_ONE, (NEW, None), (NEW, NEW)),
    ("DescribeObject", PUT_MANY, (SHORT, None), (NEW, None)),
    ("ListItems", DELETE_MANY, (OLD, None), (None, None)),
    ("GetObject", PUT_ONE, (OLD, None), (NEW, None)),
    ("GetObject", FETCH_ONE, (NEW, OLD), (NEW, NEW)),
    ("GetObject", FETCH_MANY, (NEW, None), (NEW, NEW)),
    ("PutObject", PUT_ONE, (OLD, None), (NEW, None)),
    ("PutObject", PUT_MANY, (None, None), (NEW, None)),
    ("DeleteObject", DELETE_ONE, (OLD, None), (None, None)),
    ("DeleteObject", DELETE_MANY, (OLD, None), (None, None)),
]
# Their replies have no JSON.
WITHOUT_JSON = ("GetObject", "DescribeObject")


def with_kinds(kinds):
    """Return a parametrization with each case and each kind of fault that can happen to its operation."""
    combined = [
        pytest.param(kind, *case, id=f"{kind}-{case[0]}-{number}")
        for number, case in enumerate(CASES)
        for kind in kinds
        if (kind, case[0] in WITHOUT_JSON) != ("malformed", True)
    ]
    return pytest.mark.parametrize(("kind", "operation", "task", "before", "after"), combined)


class Place:
    """The object news/a.ts in the container live, and the files of a directory."""

    def __init__(self, data, directory):
        self._data = data
        self._local = directory / "local" / "a.ts"
        (directory / "new").mkdir()
        (directory / "new" / "a.ts").write_bytes(NEW)
        self._local.parent.mkdir()

    def store(self, state):
        """Make the object and the local file what `state` says."""
        stored, local = state
        if stored is not None:
            self._data.put_object(Path="news/a.ts", Body=stored, ContentType="video/mp2t")
        if local is not None:
            self._local.write_bytes(local)

    @property
    def state(self):
        """The content of the object and of the local file, None if they do not exist. No other file does."""
        assert os.listdir(self._local.parent) in ([], ["a.ts"])
        try:
            stored = self._data.get_object(Path="news/a.ts")["Body"].read()
        except self._data.exceptions.ObjectNotFoundException:
            stored = None
        return stored, self._local.read_bytes() if self._local.exists() else None


@pytest.fixture
def place(data, tmp_path, monkeypatch, clock):
    """The objects and files of a test, in whose directory it runs. Waiting takes no time."""
    monkeypatch.chdir(tmp_path)
    return Place(data, tmp_path)


@pytest.fixture
def converge(run):
    """A function that runs the task of a case."""

    def converge(task, **how):
        module, options = task
        return run(module, container="live", **options, **how)

    return converge


@with_kinds(samples.TRANSIENT_FAULTS)
def test_transient_fault_is_retried(converge, place, emulator, kind, operation, task, before, after):
    place.store(before)
    predicted = converge(task, check=True, diff=True)
    emulator.faults({"operation": operation, "kind": kind, "seconds": 0.02})
    result = converge(task, diff=True)
    assert not result.get("failed"), result["msg"]
    assert emulator.faults_left() == []
    assert result["changed"] is predicted["changed"] is True
    assert result["diff"] == predicted["diff"]
    assert place.state == after
    assert converge(task)["changed"] is False


@with_kinds(samples.PERMANENT_FAULTS)
def test_permanent_fault_fails_cleanly(converge, place, emulator, clock, kind, operation, task, before, after):
    place.store(before)
    emulator.faults({"operation": operation, "kind": kind, "count": None})
    result = converge(task, wait_timeout=60, diff=True)
    assert clock.now <= 60
    emulator.faults()
    if kind in ("cut_after", "malformed") and operation in ("PutObject", "DeleteObject"):
        # The change was applied, and the task read this.
        assert not result.get("failed"), result["msg"]
        assert result["changed"]
    else:
        assert result["failed"]
        assert re.fullmatch(
            r"(1 of 1 (object|file)s failed: )?Failed to (describe|list|read|fetch|upload|delete) (the objects of )?"
            r"((object|folder) news(/a\.ts)? of )?container live( \([^()]+\))?: \S.*",
            result["msg"],
        )
        assert result["changed"] is False
        assert place.state == before
        again = converge(task)
        assert not again.get("failed"), again["msg"]
        assert again["changed"]
    assert place.state == after
    assert converge(task)["changed"] is False


@pytest.mark.parametrize("kind", samples.PERMANENT_FAULTS)
def test_objects_are_described_if_the_lifecycle_policy_is_not_known(converge, place, emulator, calls, kind):
    """It is read only to know whether the list contains all objects."""
    place.store((None, None))
    emulator.faults({"operation": "GetLifecyclePolicy", "kind": kind, "count": None})
    assert converge(PUT_MANY, wait_timeout=60)["changed"]
    assert "DescribeObject" in calls().names


READS = [("DescribeContainer", "news/a.ts"), ("DescribeObject", "news/a.ts"), ("ListItems", "news/")]


@pytest.mark.parametrize("kind", samples.TRANSIENT_FAULTS)
@pytest.mark.parametrize(("operation", "path"), READS)
def test_info_retries_a_transient_fault(run, place, emulator, operation, path, kind):
    place.store((OLD, None))
    emulator.faults({"operation": operation, "kind": kind, "seconds": 0.02})
    result = run(INFO, container="live", path=path)
    assert [one["path"] for one in result["objects"]] == ["news/a.ts"]


@pytest.mark.parametrize(
    ("kind", "operation", "path"),
    [
        (kind, operation, path)
        for operation, path in READS
        for kind in samples.PERMANENT_FAULTS
        if (kind, operation in WITHOUT_JSON) != ("malformed", True)
    ],
)
def test_info_fails_cleanly_on_a_permanent_fault(run, place, emulator, operation, path, kind):
    place.store((OLD, None))
    emulator.faults({"operation": operation, "kind": kind, "count": None})
    result = run(INFO, container="live", path=path)
    assert result["failed"]
    assert re.fullmatch(r"Failed to (describe|list) [a-z/. ]+ live( \([^()]+\))?: \S.*", result["msg"])


def test_a_failed_object_does_not_stop_the_others(run, place, emulator, tmp_path):
    for name in ("b.ts", "c.ts"):
        (tmp_path / "new" / name).write_bytes(NEW)
    emulator.faults({"operation": "PutObject", "kind": "access_denied"})
    options = {"container": "live", "path": "news", "src": "new", "max_concurrency": 1}
    result = run(MANY, diff=True, **options)
    assert result["msg"].startswith("1 of 3 objects failed: Failed to upload object news/a.ts of container live: ")
    assert result["changed"]
    assert [(one["path"], one["action"], bool(one["error"])) for one in result["objects"]] == [
        ("news/a.ts", "failed", True),
        ("news/b.ts", "created", False),
        ("news/c.ts", "created", False),
    ]
    assert result["counts"] == {"created": 2, "changed": 0, "deleted": 0, "unchanged": 0, "failed": 1}
    assert [one["after_header"] for one in result["diff"]] == ["news/b.ts", "news/c.ts"]
    again = run(MANY, **options)
    assert again["counts"] == {"created": 1, "changed": 0, "deleted": 0, "unchanged": 2, "failed": 0}


def test_credentials_that_expire_stop_the_task(run, place, emulator, tmp_path):
    for name in ("b.ts", "c.ts"):
        (tmp_path / "new" / name).write_bytes(NEW)
    emulator.faults(
        {"operation": "PutObject", "kind": "slow", "seconds": 0},
        {"operation": "PutObject", "kind": "expired_token", "count": None},
    )
    result = run(MANY, container="live", src="new", max_concurrency=1)
    assert result["changed"]
    assert [one["action"] for one in result["objects"]] == ["created", "failed", "failed"]
    assert result["msg"].endswith("; not started: c.ts")


GONE = (
    "Failed to fetch object news/a.ts of container live: it was deleted after this task listed it; run the task again"
)


@pytest.mark.parametrize(
    ("task", "failure"),
    [
        (DELETE_ONE, None),
        (DELETE_MANY, None),
        (FETCH_ONE, "Object news/a.ts does not exist in container live; check the path"),
        (FETCH_MANY, f"1 of 1 files failed: {GONE}"),
    ],
)
def test_an_object_that_another_client_deletes_after_it_was_read(converge, place, data, monkeypatch, task, failure):
    """The task that deletes it has changed nothing, and the one that fetches it leaves the file."""
    place.store((OLD, SHORT))
    real = resources.Known.properties

    def properties(known, *arguments):
        found = real(known, *arguments)
        if found:
            data.delete_object(Path="news/a.ts")
        return found

    monkeypatch.setattr(resources.Known, "properties", properties)
    result = converge(task, diff=True)
    assert (result.get("msg"), result["changed"]) == (failure, False)
    assert place.state == (None, SHORT)


def test_a_large_upload_that_is_denied(run, data, emulator, tmp_path):
    """The server answers before it has read the content, and closes the connection."""
    (tmp_path / "a.ts").write_bytes(bytes(20 * 1024 * 1024))
    emulator.faults({"operation": "PutObject", "kind": "access_denied", "count": None})
    result = run(ONE, container="live", path="a.ts", src=str(tmp_path / "a.ts"))
    assert (result["failed"], result["changed"]) == (True, False)
    assert "(AccessDeniedException)" in result["msg"]


def grow(path):
    path.write_bytes(path.read_bytes() + b"x")


def shrink(path):
    path.write_bytes(path.read_bytes()[:-1])


def change(path):
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def vanish(path):
    path.unlink(missing_ok=True)


CHANGES = [grow, shrink, change, vanish]


@pytest.mark.parametrize("stored", [None, OLD], ids=["new", "replaced"])
@pytest.mark.parametrize("task", [(ONE, {"path": "news/a.ts", "src": "new/a.ts"}), PUT_MANY], ids=[ONE, MANY])
@pytest.mark.parametrize("alter", CHANGES)
def test_a_file_that_changes_after_it_was_read(converge, place, tmp_path, monkeypatch, alter, task, stored):
    """The upload never completes: the old object is kept, and a new one is not made."""
    place.store((stored, None))
    path = tmp_path / "new" / "a.ts"
    real = content.Source.read

    def read(source):
        real(source)
        alter(path)

    monkeypatch.setattr(content.Source, "read", read)
    result = converge(task, diff=True)
    cause = "No such file or directory" if alter is vanish else "it changed while this task was reading it"
    count = "1 of 1 objects failed: " if task[0] == MANY else ""
    assert re.fullmatch(rf"{count}Failed to read file \S*new/a\.ts: {cause}", result["msg"])
    assert (result["failed"], result["changed"]) == (True, False)
    assert place.state == (stored, None)


@pytest.mark.parametrize("alter", [grow, shrink, change])
def test_a_file_that_changes_while_it_is_sent(converge, place, tmp_path, monkeypatch, alter):
    """The server has received the first bytes. The file is larger than the buffer from which Python reads it."""
    place.store((OLD, None))
    path = tmp_path / "new" / "a.ts"
    path.write_bytes(bytes(1024 * 1024))
    real = content.Upload.read
    sent = []

    def read(upload, size=-1):
        if not upload.sha256:
            return real(upload, size)
        piece = real(upload, size)
        if not sent:
            alter(path)
        sent.append(piece)
        return piece

    monkeypatch.setattr(content.Upload, "read", read)
    result = converge((ONE, {"path": "news/a.ts", "src": "new/a.ts"}))
    assert 0 < len(b"".join(sent)) < 1024 * 1024
    assert result["msg"] == "Failed to read file new/a.ts: it changed while this task was reading it"
    monkeypatch.undo()
    assert place.state[0] == OLD


@pytest.fixture
def cut_off(run):
    """A function that runs a task at a server whose one object is NEW, and which cuts off some replies to GetObject."""

    def cut_off(task, cuts, is_chunked):
        module, options = task
        with StubMediaStore() as server:
            described = {"Name": "live", "Status": "ACTIVE", "Endpoint": server.url}
            item = {"Name": "a.ts", "Type": "OBJECT", "ContentLength": len(NEW), "ContentType": "video/mp2t"}
            head = {"Content-Type": "video/mp2t", "Content-Length": str(len(NEW))}
            if is_chunked:
                chunked = {"Content-Type": "video/mp2t", "Transfer-Encoding": "chunked"}
                part, whole = (b"%x\r\n%s\r\n" % (len(sent), sent) for sent in (NEW[:5], NEW))
                cut, complete = (200, chunked, part), (200, chunked, whole + b"0\r\n\r\n")
            else:
                cut, complete = (200, head, NEW[:5]), (200, head, NEW)
            server.replies.update(
                DescribeContainer=[{"Container": described}],
                ListItems=[{"Items": [item]}],
                DescribeObject=[(200, head, b"")],
                GetObject=[cut] * cuts + [complete],
            )
            return run(module, endpoint_url=server.url, container="live", **options)

    return cut_off


@pytest.mark.parametrize("is_chunked", [False, True], ids=["sized", "chunked"])
@pytest.mark.parametrize("local", [None, OLD], ids=["new", "replaced"])
@pytest.mark.parametrize("task", [FETCH_ONE, FETCH_MANY], ids=[ONE, MANY])
@pytest.mark.usefixtures("place")
def test_a_download_that_is_cut_off(cut_off, tmp_path, task, local, is_chunked):
    """It is repeated, and if that is in vain, the old file is left, and no other."""
    path = tmp_path / "local" / "a.ts"
    if local:
        path.write_bytes(local)
    result = cut_off(task, 1000, is_chunked)
    assert (result["failed"], result["changed"]) == (True, False)
    verb = "read" if local else "fetch"
    assert f"Failed to {verb} object news/a.ts of container live (tried 11 times): " in result["msg"]
    assert os.listdir(path.parent) == (["a.ts"] if local else [])
    assert local is None or path.read_bytes() == local
    result = cut_off(task, 2, is_chunked)
    assert not result.get("failed"), result["msg"]
    assert path.read_bytes() == NEW
    assert os.listdir(path.parent) == ["a.ts"]


@pytest.mark.usefixtures("place")
def test_a_download_that_is_cut_off_while_it_replaces_a_file(cut_off, tmp_path):
    path = tmp_path / "local" / "a.ts"
    path.write_bytes(SHORT)
    result = cut_off(FETCH_ONE, 1000, False)
    assert "Failed to fetch object news/a.ts of container live (tried 11 times): " in result["msg"]
    assert (path.read_bytes(), os.listdir(path.parent)) == (SHORT, ["a.ts"])


@pytest.mark.usefixtures("place")
def test_a_comparison_that_is_cut_off(cut_off):
    task = (ONE, {"path": "news/a.ts", "content": NEW.decode()})
    result = cut_off(task, 1000, False)
    assert "Failed to read object news/a.ts of container live (tried 11 times): " in result["msg"]
    result = cut_off(task, 2, False)
    assert (result["changed"], result["object"]["sha256"]) == (False, hashlib.sha256(NEW).hexdigest())


def test_an_error_of_tls_within_a_download(converge, place, monkeypatch):
    """botocore does not translate this error of urllib3, which is one of the connection like others."""
    place.store((NEW, SHORT))
    real = StreamingBody.iter_chunks
    broken = [SSLError("bad record mac")]

    def iter_chunks(body, size):
        for piece in real(body, size):
            if broken:
                yield piece[:5]
                raise broken.pop()
            yield piece

    monkeypatch.setattr(StreamingBody, "iter_chunks", iter_chunks)
    result = converge((ONE, {**FETCH_ONE[1], "compare": "size"}))
    assert not result.get("failed"), result["msg"]
    assert (broken, place.state) == ([], (NEW, NEW))


def test_a_disk_that_is_full(converge, place, monkeypatch):
    """It is not repeated: another request would not help."""
    place.store((NEW, SHORT))

    def replacing(path, _modified):
        raise ApiError(f"Failed to write file {path}: No space left on device")

    monkeypatch.setattr(api, "replacing", replacing)
    result = converge(FETCH_ONE)
    assert (result["changed"], place.state) == (False, (NEW, SHORT))
    assert re.fullmatch(r"Failed to write file \S+/local/a\.ts: No space left on device", result["msg"])


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_disk_that_is_full_stops_the_task(run, data, tmp_path, calls, monkeypatch, error):
    """Objects that could not be written are not read."""
    for name in ("a.ts", "b.ts", "c.ts"):
        data.put_object(Path=name, Body=NEW)
    calls()

    def refuse(*arguments, **options):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "makedirs", refuse)
    result = run(MANY, container="live", state="fetched", dest=str(tmp_path), max_concurrency=1)
    assert result["msg"] == f"Failed to write file {tmp_path}/a.ts: {os.strerror(error)}"
    assert [one["action"] for one in result["objects"]] == ["failed"] * 3
    assert calls().names.count("GetObject") == 1
