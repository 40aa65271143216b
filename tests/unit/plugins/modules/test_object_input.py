# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input to the modules for objects is refused before the first request, in one sentence: what, where, the limit."""

from __future__ import annotations

import os

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.runner import _source

ONE = "mediastore_object"
MANY = "mediastore_objects"
INFO = "mediastore_object_info"
PUT = {"path": "a.ts", "content": "x"}
FETCH = {"state": "fetched", "dest": "new"}

MISSING = "Failed to read {}: No such file or directory (option src, relative to /"
CASES = {
    "container": (ONE, {**PUT, "container": "a/b"}, ["'a/b'", "1 to 255"]),
    "container of many": (MANY, {"src": "tree", "container": ""}, ["''", "1 to 255"]),
    "container of info": (INFO, {"container": "a b"}, ["'a b'", "1 to 255"]),
    "no path": (ONE, {"content": "x"}, ["missing required arguments: path"]),
    "path": (ONE, {**PUT, "path": "news/a b.ts"}, ["'a b.ts'", "letters A-Z and a-z, digits and _ = : . - ~"]),
    "Unicode in the path": (ONE, {**PUT, "path": "café.ts"}, ["'café.ts'", "letters A-Z and a-z"]),
    "path of a folder": (ONE, {**PUT, "path": "news/"}, ["'news/' names no object"]),
    "path to the parent": (ONE, {**PUT, "path": "../a"}, ["'..'"]),
    "long path": (ONE, {**PUT, "path": "x" * 901}, ["is 901; it must be 0 to 900"]),
    "deep path": (ONE, {**PUT, "path": "/".join("abcdefghijkl")}, ["is 11; it must be 0 to 10"]),
    "path to delete": (ONE, {"path": "a b", "state": "absent"}, ["'a b'"]),
    "path to fetch": (ONE, {"path": "a b", **FETCH}, ["'a b'"]),
    "folder": (MANY, {"path": "a b", "state": "absent"}, ["folder 'a b'"]),
    "no folder to delete": (MANY, {"state": "absent"}, ["must name the folder", "/ for the whole container"]),
    "empty folder to delete": (MANY, {"path": "", "state": "absent"}, ["must name the folder"]),
    "empty folders to delete": (MANY, {"path": "//", "state": "absent"}, ["must name the folder"]),
    # Before ansible-core 2.19, Ansible itself refuses null as text.
    "null as folder to delete": (MANY, {"path": None, "state": "absent"}, ["path"]),
    "no folder to upload to": (MANY, {"src": "tree", "delete_others": True}, ["must name the folder"]),
    "no folder to fetch": (MANY, {"state": "fetched", "dest": "a", "delete_others": True}, ["must name the folder"]),
    "path of info": (INFO, {"path": "a/../b"}, ["'..'"]),
    "folder of info": (INFO, {"path": "/".join("abcdefghijk") + "/"}, ["is 11; it must be 0 to 10"]),
    "state": (ONE, {**PUT, "state": "copied"}, ["present, absent, fetched", "copied"]),
    "no content": (ONE, {"path": "a.ts"}, ["src, content, content_base64"]),
    "two contents": (ONE, {**PUT, "src": "tree/a.ts"}, ["mutually exclusive"]),
    "no dest": (ONE, {"path": "a.ts", "state": "fetched"}, ["state is fetched", "dest"]),
    "no src of many": (MANY, {}, ["state is present", "src"]),
    "no dest of many": (MANY, {"state": "fetched"}, ["state is fetched", "dest"]),
    "src and dest": (MANY, {"src": "tree", "dest": "new"}, ["mutually exclusive"]),
    "src that is missing": (ONE, {"path": "a.ts", "src": "none"}, [MISSING.format("file none")]),
    "absolute src that is missing": (MANY, {"src": "/dev/null/a"}, ["Not a directory (option src)"]),
    "dest of many that is a file": (
        MANY,
        {"state": "fetched", "dest": "tree/a.ts"},
        ["directory (option dest, relative to /"],
    ),
    "src that is a directory": (ONE, {"path": "a.ts", "src": "tree"}, ["tree: it is a directory, not a regular file"]),
    "src of many that is missing": (MANY, {"src": "none"}, [MISSING.format("none")]),
    "src of many that is a file": (
        MANY,
        {"src": "tree/a.ts"},
        ["Failed to read tree/a.ts: Not a directory (option src"],
    ),
    "dest that is a directory": (ONE, {**FETCH, "path": "b/c.ts", "dest": "tree"}, ["'tree', a dir", "'tree/c.ts'"]),
    "dest with a slash": (ONE, {**FETCH, "path": "b/c.ts", "dest": "new/"}, ["'new/', a directory", "'new/c.ts'"]),
    "empty src": (ONE, {"path": "a.ts", "src": ""}, ["The option src is ''; it must be the path"]),
    "empty src of many": (MANY, {"src": ""}, ["The option src is ''"]),
    "empty dest": (ONE, {"path": "a.ts", "state": "fetched", "dest": ""}, ["The option dest is ''"]),
    "null character in src": (ONE, {"path": "a.ts", "src": "a\0b"}, [r"The option src is 'a\x00b'"]),
    "null character in dest": (MANY, {"state": "fetched", "dest": "a\0b"}, [r"The option dest is 'a\x00b'"]),
    "null src": (ONE, {"path": "a.ts", "src": None}, ["state=present requires a value of src or content or content_b"]),
    "null content": (ONE, {"path": "a.ts", "content": None}, ["state=present requires a value of src or content or"]),
    "null dest": (ONE, {"path": "a.ts", "state": "fetched", "dest": None}, ["requires a value of dest, not null"]),
    "null src of many": (MANY, {"src": None}, ["state=present requires a value of src, not null"]),
    "null dest of many": (MANY, {"state": "fetched", "dest": None}, ["requires a value of dest, not null"]),
    "content that is no JSON": (ONE, {"path": "a.ts", "content": {"a": float("nan")}}, ["content is not text or JSON"]),
    "base64": (ONE, {"path": "a.ts", "content_base64": "AP8"}, ["content_base64 is not valid base64", "padding"]),
    "letters in base64": (ONE, {"path": "a.ts", "content_base64": "AP8*"}, ["content_base64 is not valid base64"]),
    "Unicode in base64": (ONE, {"path": "a.ts", "content_base64": "é==="}, ["content_base64 is not valid base64"]),
    "content type": (ONE, {**PUT, "content_type": "text/html; charset=utf-8"}, ["'text/html; charset=utf-8'", "255"]),
    "cache control": (ONE, {**PUT, "cache_control": "a\nb"}, [r"'a\nb'", "visible ASCII characters"]),
    "cache control of many": (MANY, {"src": "tree", "cache_control": "é"}, ["'é'", "visible ASCII characters"]),
    "extension": (MANY, {"src": "tree", "content_types": {"m4s": "a/b"}}, ["'m4s'", "write it as '.m4s'"]),
    "type of an extension": (MANY, {"src": "tree", "content_types": {".m4s": "a b"}}, ["'a b'", "1 to 255"]),
    "null type of an extension": (MANY, {"src": "tree", "content_types": {".m4s": None}}, ["type None", "1 to 255"]),
    "number as a type": (MANY, {"src": "tree", "content_types": {".m4s": 5}}, ["type 5", "1 to 255"]),
    "compare": (ONE, {**PUT, "compare": "etag"}, ["content, size", "etag"]),
    "timeout": (ONE, {**PUT, "wait_timeout": -1}, ["wait_timeout is -1", "0 to 604800"]),
    "none at once": (MANY, {"src": "tree", "max_concurrency": 0}, ["max_concurrency is 0", "1 to 64"]),
    "rate": (MANY, {"src": "tree", "max_rate": {"put": 0}}, ["max_rate of put is 0", "1 to 100000"]),
    "rate of info": (INFO, {"max_rate": {"list": -5}}, ["max_rate of list is -5"]),
    "unknown rate": (INFO, {"max_rate": {"head": 5}}, ["head"]),
    "pattern of a directory": (MANY, {"src": "tree", "exclude": [".b/"]}, ["'.b/' in exclude", "write it as '.b/*'"]),
    "absolute pattern": (MANY, {"src": "tree", "include": ["/b/*"]}, ["'/b/*' in include", "write it as 'b/*'"]),
    "pattern with a dot": (MANY, {"src": "tree", "include": ["./"]}, ["'./' in include", "write it as '*'"]),
    "names of files": (MANY, {"src": "odd"}, ["'a b.ts'", "'café.ts'", "letters A-Z and a-z"]),
    "deep tree": (MANY, {"src": "tree", "path": "/".join("abcdefghij")}, ["is 11; it must be 0 to 10"]),
}


@pytest.fixture(autouse=True)
def in_directory(tmp_path, monkeypatch):
    """The test runs in a directory with a tree, and one with names that no object has."""
    monkeypatch.chdir(tmp_path)
    for name in ("tree/a.ts", "tree/b/c.ts", "odd/a b.ts", "odd/café.ts", "odd/fine.ts"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(("module", "options", "words"), CASES.values(), ids=CASES)
def test_bad_input_is_refused_before_any_request(run, calls, module, options, words, check):
    result = run(module, check=check, **{"container": "live", **options})
    assert result["failed"]
    assert [word for word in words if word not in result["msg"]] == []
    assert "\n" not in result["msg"]
    assert "Traceback" not in result["msg"]
    assert calls() == []


def test_a_file_that_is_unreadable_is_refused_only_if_it_is_selected(run, data, monkeypatch):
    """Permissions do not apply to root, who may run the tests."""
    real = os.stat

    def refuse(path, *arguments, **options):
        if str(path).endswith("c.ts"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", refuse)
    result = run(MANY, container="live", src="tree")
    assert result["msg"] == "Failed to read file tree/b/c.ts: Permission denied"
    assert run(MANY, container="live", src="tree", exclude=["b/*"])["counts"]["created"] == 1


@pytest.mark.parametrize("function", ["scandir", "lstat"])
def test_a_directory_that_is_unreadable_is_refused_unless_it_is_excluded(run, data, monkeypatch, function):
    """Without the permission to read it, or to search it. Permissions do not apply to root, who may run the tests."""
    real = getattr(os, function)
    blocked = {"scandir": "tree/b", "lstat": "tree/b/c.ts"}[function]

    def refuse(path, *arguments, **options):
        if str(path) == blocked:
            raise PermissionError(13, "Permission denied", path)
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, function, refuse)
    for options in ({}, {"exclude": ["b"]}, {"exclude": ["b/c.ts"]}, {"exclude": ["b/?"]}):
        result = run(MANY, container="live", src="tree", **options)
        assert result["msg"] == f"Failed to read {blocked}: Permission denied (to leave it alone, exclude b/*)"
    for exclude in (["b/*"], ["b*"]):
        result = run(MANY, container="live", src="tree", exclude=exclude, check=True)
        assert [one["path"] for one in result["objects"]] == ["a.ts"]
    data.put_object(Path="b/c.ts", Body=b"")
    result = run(
        MANY, container="live", path="/", state="fetched", dest="tree", delete_others=True, exclude=["b/*"], check=True
    )
    assert [one["path"] for one in result["objects"]] == ["a.ts"]


def test_content_that_is_no_text():
    """ansible-core before 2.19 passes on what the filter b64decode makes of binary content."""
    with pytest.raises(InvalidInputError, match=r"^content is not text or JSON: .*; give bytes as content_base64$"):
        _source({"src": None, "content": "a\udcff", "content_base64": None})


def test_names_that_no_object_has_can_be_excluded(run, data):
    result = run(MANY, container="live", src="odd", exclude=["* *", "*é*"])
    assert [one["path"] for one in result["objects"]] == ["fine.ts"]


def test_paths_of_local_files(run, data, tmp_path, monkeypatch):
    """Relative, with a slash at the end, and with the home directory and variables, as in other modules."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CHANNEL", "tree")
    for src in ("tree", "./tree/", "~/tree", "$CHANNEL", str(tmp_path / "tree")):
        result = run(MANY, container="live", src=src, check=True)
        assert [one["path"] for one in result["objects"]] == ["a.ts", "b/c.ts"]
    assert run(ONE, container="live", path="x.ts", src="~/tree/a.ts")["changed"]
    assert run(ONE, container="live", path="x.ts", state="fetched", dest="~/new/x.ts")["changed"]
    assert run(MANY, container="live", state="fetched", dest="~/new/")["changed"] is False
    assert (tmp_path / "new" / "x.ts").read_bytes() == b"x"


def test_a_name_that_is_no_text(run, data, tmp_path):
    """A byte that is no UTF-8: the task fails with one sentence, and leaves it alone if it is excluded or a link."""
    name = os.fsdecode(b"a\xff.ts")
    (tmp_path / "tree" / name).write_bytes(b"x")
    result = run(MANY, container="live", src="tree")
    assert r"'a\udcff.ts' must consist of letters" in result["msg"]
    assert run(MANY, container="live", src="tree", exclude=["a?.ts"])["counts"]["created"] == 2
    (tmp_path / "tree" / name).unlink()
    (tmp_path / "tree" / name).symlink_to("nothing")
    result = run(MANY, container="live", src="tree")
    assert (result["changed"], result["not_followed"]) == (False, [r"a\udcff.ts"])
