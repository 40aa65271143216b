# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upload, fetch, synchronise, list and delete objects of the emulator: in check mode, for real, and once more."""

from __future__ import annotations

import base64
import hashlib
import json
import os

import pytest
from botocore.exceptions import ClientError

from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data import runner
from ansible_collections.elemental.mediastore.tests.unit import samples

ONE = "mediastore_object"
MANY = "mediastore_objects"
INFO = "mediastore_object_info"
M3U8 = "application/vnd.apple.mpegurl"
LARGEST = 25 * 1024 * 1024


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def objects(data, folder=""):
    """Return by path the content, the type and the cache control of all objects that the container lists."""
    found = {}
    for item in data.list_items(**({"Path": folder} if folder else {}))["Items"]:
        path = f"{folder}/{item['Name']}".lstrip("/")
        if item["Type"] == "FOLDER":
            found.update(objects(data, path))
        else:
            reply = data.get_object(Path=path)
            found[path] = (reply["Body"].read(), reply["ContentType"], reply.get("CacheControl"))
    return found


@pytest.fixture(autouse=True)
def warned(monkeypatch):
    """The warnings of the tasks so far. Ansible keeps those of one process, in a form that depends on its version."""
    warned = []
    monkeypatch.setattr(runner, "warn", warned.append)
    return warned


@pytest.fixture
def converge(run, data):
    """A function that runs a task in check mode, for real, and once more; it returns the first and the last result."""

    def converge(module, **options):
        options = {"container": "live", **options}
        before = objects(data)
        predicted = run(module, check=True, diff=True, **options)
        assert objects(data) == before
        result = run(module, diff=True, **options)
        assert not result.get("failed"), result["msg"]
        assert result["changed"] is predicted["changed"] is True
        assert result["diff"] == predicted["diff"]
        again = run(module, diff=True, **options)
        assert not again.get("failed"), again["msg"]
        assert again["changed"] is False
        sides = again["diff"] if isinstance(again["diff"], dict) else {"before": again["diff"], "after": []}
        assert sides["before"] == sides["after"]
        for key in ("object", "objects", "counts"):
            assert result.get(key) == predicted.get(key)
        return result, again

    return converge


def test_an_object_is_uploaded(converge, data, tmp_path):
    (tmp_path / "a.m3u8").write_bytes(b"#EXTM3U")
    result, again = converge(ONE, path="/news//index.m3u8", src=str(tmp_path / "a.m3u8"), cache_control="max-age=6")
    assert objects(data) == {"news/index.m3u8": (b"#EXTM3U", M3U8, "max-age=6")}
    shown = {
        "path": "news/index.m3u8",
        "content_type": M3U8,
        "content_length": 7,
        "cache_control": "max-age=6",
        "sha256": sha256(b"#EXTM3U"),
    }
    assert result["diff"] == {"before": {}, "after": shown}
    assert result["object"] == {**shown, "etag": None, "last_modified": None}
    described = data.describe_object(Path="news/index.m3u8")
    assert again["object"] == {
        **shown,
        "etag": described["ETag"],
        "last_modified": described["LastModified"].isoformat(),
    }
    assert again["diff"] == {"before": shown, "after": shown}


CONTENTS = {
    "text": ({"content": "Größe\n"}, "Größe\n".encode()),
    "empty text": ({"content": ""}, b""),
    "text that looks like JSON": ({"content": '{"a":  1}'}, b'{"a":  1}'),
    "dictionary": ({"content": {"on_air": True}}, b'{"on_air": true}'),
    "list": ({"content": [1, "a"]}, b'[1, "a"]'),
    "number": ({"content": 5}, b"5"),
    "boolean": ({"content": False}, b"false"),
    "base64": ({"content_base64": "AP8K"}, b"\x00\xff\n"),
    "empty base64": ({"content_base64": ""}, b""),
    # As the program base64 and MIME write it: RFC 2045, section 6.8
    "base64 in lines": ({"content_base64": base64.encodebytes(bytes(range(256))).decode()}, bytes(range(256))),
}


@pytest.mark.parametrize(("options", "content"), CONTENTS.values(), ids=CONTENTS)
def test_contents(converge, data, options, content):
    result, _again = converge(ONE, path="a.txt", **options)
    assert objects(data) == {"a.txt": (content, "text/plain", None)}
    assert result["object"]["content_length"] == len(content)


def test_an_empty_file(converge, data, tmp_path):
    (tmp_path / "empty.ts").touch()
    converge(ONE, path="a.ts", src=str(tmp_path / "empty.ts"))
    assert objects(data) == {"a.ts": (b"", "video/mp2t", None)}


def test_the_largest_object(converge, run, calls, data, tmp_path):
    """25 MB to the byte in both directions; one byte more is refused before any request."""
    block = os.urandom(1024 * 1024)
    path = tmp_path / "a.ts"
    path.write_bytes(block * 25)
    options = {"path": "a.ts", "src": str(path)}
    result, _again = converge(ONE, **options)
    assert result["object"]["content_length"] == LARGEST
    assert objects(data)["a.ts"][0] == block * 25
    fetched = run(ONE, container="live", path="a.ts", state="fetched", dest=str(tmp_path / "b.ts"))
    assert fetched["changed"]
    assert (tmp_path / "b.ts").read_bytes() == block * 25
    with path.open("ab") as file:
        file.write(b"x")
    calls()
    for module, given in [(ONE, options), (MANY, {"src": str(tmp_path), "include": ["a.ts"]})]:
        result = run(module, container="live", **given)
        assert "has 26214401 bytes, and an object can have at most 25 MB (26214400 bytes)" in result["msg"]
    assert calls() == []


@pytest.mark.parametrize("name", ["a=b:c~d_e.ts", "x" * 250 + ".ts"])
def test_names_of_objects(converge, data, tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    converge(MANY, path="0:=", src=str(tmp_path))
    assert list(objects(data)) == [f"0:=/{name}"]
    converge(MANY, path="0:=", state="fetched", dest=str(tmp_path / "out"))
    assert os.listdir(tmp_path / "out") == [name]


CHANGES = {
    "content": ({"content": "new"}, ("sha256",), (b"new", "text/plain", "max-age=6")),
    "length": ({"content": "longer"}, ("content_length",), (b"longer", "text/plain", "max-age=6")),
    "type": ({"content": "old", "content_type": "text/html"}, ("content_type",), (b"old", "text/html", "max-age=6")),
    "cache control": ({"content": "old", "cache_control": "no-store"}, ("cache_control",), None),
    "no cache control": ({"content": "old", "cache_control": ""}, ("cache_control",), (b"old", "text/plain", None)),
}


@pytest.mark.parametrize(("options", "differs", "stored"), CHANGES.values(), ids=CHANGES)
def test_an_object_is_replaced(converge, data, options, differs, stored):
    """The diff has only what differs, and a cache control that is omitted is kept."""
    data.put_object(Path="a.txt", Body=b"old", ContentType="text/plain", CacheControl="max-age=6")
    result, _again = converge(ONE, path="a.txt", **options)
    assert objects(data) == {"a.txt": stored or (b"old", "text/plain", "no-store")}
    before, after = result["diff"]["before"], result["diff"]["after"]
    assert {key for key in {**before, **after} if before.get(key) != after.get(key)} == set(differs)


def test_an_object_is_deleted(converge, data):
    data.put_object(Path="news/a.txt", Body=b"old", ContentType="text/plain")
    result, again = converge(ONE, path="news/a.txt", state="absent")
    assert objects(data) == {}
    before = {"path": "news/a.txt", "content_type": "text/plain", "content_length": 3}
    assert (result["diff"], result["object"]) == ({"before": before, "after": {}}, None)
    assert (again["diff"], again["object"]) == ({"before": {}, "after": {}}, None)


def test_an_object_is_fetched(converge, data, emulator, tmp_path):
    emulator.set_time("2031-01-02T03:04:05Z")
    data.put_object(Path="a.txt", Body=b"new", ContentType="text/plain", CacheControl="no-cache")
    dest = str(tmp_path / "new" / "a.txt")
    result, again = converge(ONE, path="a.txt", state="fetched", dest=dest)
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"new"
    assert (tmp_path / "new" / "a.txt").stat().st_mtime == 1925089445
    assert result["diff"] == {"before": {}, "after": {"dest": dest, "content_length": 3}}
    assert result["dest"] == dest
    assert (result["object"]["cache_control"], again["object"]["sha256"]) == ("no-cache", sha256(b"new"))
    (tmp_path / "new" / "a.txt").write_bytes(b"old")
    result, _again = converge(ONE, path="a.txt", state="fetched", dest=dest)
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"new"
    assert result["diff"] == {
        "before": {"dest": dest, "content_length": 3, "sha256": sha256(b"old")},
        "after": {"dest": dest, "content_length": 3, "sha256": sha256(b"new")},
    }


def test_dest_that_is_a_symbolic_link(converge, data, tmp_path):
    """The file that it leads to is replaced, and the link is kept."""
    data.put_object(Path="a.txt", Body=b"new")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real/a.txt")
    result, _again = converge(ONE, path="a.txt", state="fetched", dest=str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "a.txt").read_bytes() == b"new"
    assert result["dest"] == os.path.realpath(tmp_path / "real" / "a.txt")


def test_what_cannot_be_fetched_to(run, data, tmp_path):
    data.put_object(Path="a.txt", Body=b"new")
    data.put_object(Path="b/c.txt", Body=b"new")
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for check in (True, False):
        result = run(ONE, check=check, container="live", path="a.txt", state="fetched", dest=str(tmp_path / "pipe"))
        cause = f"Failed to read file {tmp_path}/pipe: it is a FIFO, not a regular file"
        assert (result["changed"], result["msg"]) == (False, cause)
        result = run(MANY, check=check, container="live", state="fetched", dest=str(tmp_path / "file"))
        assert result["msg"] == f"Failed to read {tmp_path}/file: Not a directory (option dest)"
    result = run(ONE, container="live", path="a.txt", state="fetched", dest=str(tmp_path / "file" / "a.txt"))
    assert result["msg"] == f"Failed to write file {tmp_path}/file/a.txt: File exists"
    assert sorted(os.listdir(tmp_path)) == ["file", "pipe"]


@pytest.mark.parametrize("state", ["present", "fetched"])
def test_compare_size(run, data, tmp_path, state):
    data.put_object(Path="a.txt", Body=b"old", ContentType="text/plain")
    (tmp_path / "a.txt").write_bytes(b"new")
    local = {"src": str(tmp_path)} if state == "present" else {"dest": str(tmp_path)}
    one = {key: f"{value}/a.txt" for key, value in local.items()}
    for module, options in [(ONE, {"path": "a.txt", **one}), (MANY, local)]:
        given = {"container": "live", "state": state, **options}
        assert not run(module, compare="size", **given)["changed"]
        assert run(module, check=True, **given)["changed"]
    (tmp_path / "a.txt").write_bytes(b"longer")
    assert run(MANY, container="live", state=state, compare="size", **local)["changed"]
    assert (tmp_path / "a.txt").read_bytes() == objects(data)["a.txt"][0]


MISSING = "Container live does not exist in us-east-1"
FROM_NOTHING = {
    "one, uploaded": (ONE, {"path": "a.txt", "content": "x"}, True),
    "one, uploaded by size": (ONE, {"path": "a.txt", "content": "x", "compare": "size"}, True),
    "one, fetched": (ONE, {"path": "a.txt", "state": "fetched", "dest": "new.txt"}, True),
    "one, fetched to a file": (ONE, {"path": "a.txt", "state": "fetched", "dest": "tree/1.ts"}, True),
    "one, absent": (ONE, {"path": "a.txt", "state": "absent"}, False),
    "many, uploaded": (MANY, {"path": "news", "src": "tree"}, True),
    "many, uploaded by size": (MANY, {"src": "tree", "compare": "size", "cache_control": "no-cache"}, True),
    "many, fetched": (MANY, {"path": "news", "state": "fetched", "dest": "new"}, True),
    "many, fetched to a directory": (
        MANY,
        {"path": "/", "state": "fetched", "dest": "tree", "delete_others": True},
        True,
    ),
    "many, absent": (MANY, {"path": "news", "state": "absent"}, False),
}


@pytest.mark.parametrize(("module", "options", "changed"), FROM_NOTHING.values(), ids=FROM_NOTHING)
def test_a_container_that_does_not_exist(run, warned, tmp_path, monkeypatch, module, options, changed):
    """Check mode predicts with a warning, because an earlier task may create it; a run fails."""
    (tmp_path / "tree").mkdir()
    for name in ("1.ts", "2.ts"):
        (tmp_path / "tree" / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    predicted = run(module, check=True, diff=True, container="live", **options)
    assert not predicted.get("failed"), predicted["msg"]
    assert predicted["changed"] is changed
    assert warned == [f"{MISSING}; check mode assumes that an earlier task creates it"] * changed
    result = run(module, container="live", **options)
    assert result["changed"] is False
    assert bool(result.get("failed")) is changed
    if changed:
        assert "objects" not in result
        assert result["msg"] == f"{MISSING}; create it with elemental.mediastore.mediastore_container first"
    if module == ONE and "content" in options:
        assert predicted["object"]["sha256"] == predicted["diff"]["after"]["sha256"] == sha256(b"x")
    assert sorted(os.listdir(tmp_path)) == ["tree"]
    assert sorted(os.listdir(tmp_path / "tree")) == ["1.ts", "2.ts"]


@pytest.mark.usefixtures("data")
def test_an_object_that_does_not_exist(run, warned, tmp_path):
    options = {"container": "live", "path": "a.txt", "state": "fetched", "dest": str(tmp_path / "a.txt")}
    predicted = run(ONE, check=True, **options)
    missing = "Object a.txt does not exist in container live"
    assert predicted["changed"]
    assert warned == [f"{missing}; check mode assumes that an earlier task uploads it"]
    result = run(ONE, **options)
    assert (result["changed"], result["msg"]) == (False, f"{missing}; check the path")
    assert os.listdir(tmp_path) == []


@pytest.fixture
def channel(tmp_path):
    """A directory with an HLS and a DASH channel."""
    root = tmp_path / "channel"
    for name in ("hls/index.m3u8", "hls/low/1.ts", "dash/manifest.mpd", "dash/1.m4s", "thumb.webp"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    (root / "dash" / "empty.vtt").touch()
    return root


UPLOADED = {
    "news/dash/1.m4s": (b"dash/1.m4s", "video/iso.segment", None),
    "news/dash/empty.vtt": (b"", "text/vtt", None),
    "news/dash/manifest.mpd": (b"dash/manifest.mpd", "application/dash+xml", None),
    "news/hls/index.m3u8": (b"hls/index.m3u8", M3U8, None),
    "news/hls/low/1.ts": (b"hls/low/1.ts", "video/mp2t", None),
    "news/thumb.webp": (b"thumb.webp", "image/webp", None),
}


def test_a_tree_is_uploaded(converge, data, channel):
    result, _again = converge(MANY, path="news/", src=f"{channel}/")
    assert objects(data) == UPLOADED
    assert result["objects"] == [{"path": path, "action": "created", "error": None} for path in UPLOADED]
    assert result["counts"] == {"created": 6, "changed": 0, "deleted": 0, "unchanged": 0, "failed": 0}
    [first, *_others] = result["diff"]
    assert first == {
        "before_header": "news/dash/1.m4s",
        "after_header": "news/dash/1.m4s",
        "before": {},
        "after": {
            "path": "news/dash/1.m4s",
            "content_type": "video/iso.segment",
            "content_length": 10,
            "sha256": sha256(b"dash/1.m4s"),
        },
    }


def test_only_what_differs_is_uploaded(converge, data, channel):
    """A cache control that is omitted is kept, although the list does not contain it."""
    converge(MANY, path="news", src=str(channel), cache_control="max-age=60")
    (channel / "hls" / "index.m3u8").write_bytes(b"hls/other.m3u8")
    (channel / "hls" / "low" / "2.ts").write_bytes(b"2")
    (channel / "dash" / "1.m4s").write_bytes(b"longer content")
    result, _again = converge(MANY, path="news", src=str(channel), content_types={".webp": "image/x-webp"})
    assert {one["path"]: one["action"] for one in result["objects"]} == {
        "news/dash/1.m4s": "changed",
        "news/hls/index.m3u8": "changed",
        "news/hls/low/2.ts": "created",
        "news/thumb.webp": "changed",
    }
    stored = objects(data)
    assert {path: one[2] for path, one in stored.items()} == {
        **dict.fromkeys(UPLOADED, "max-age=60"),
        "news/hls/low/2.ts": None,
    }
    assert stored["news/thumb.webp"][1] == "image/x-webp"
    assert stored["news/hls/index.m3u8"][0] == b"hls/other.m3u8"
    result, _again = converge(MANY, path="news", src=str(channel), include=["*.m3u8"], cache_control="no-cache")
    assert result["counts"] == {"created": 0, "changed": 1, "deleted": 0, "unchanged": 0, "failed": 0}
    assert objects(data)["news/hls/index.m3u8"][2] == "no-cache"
    result, _again = converge(MANY, path="news", src=str(channel), include=["*.m3u8"], cache_control="")
    assert objects(data)["news/hls/index.m3u8"][2] is None


def test_others_are_deleted_from_the_folder(converge, data, channel):
    others = ["news/old.ts", "news/hls/old.ts", "news/hls/keep.txt", "newsletter/a.ts", "a.ts"]
    for path in others:
        data.put_object(Path=path, Body=b"x", ContentType="video/mp2t")
    options = {"path": "news", "src": str(channel), "exclude": ["*.txt"]}
    converge(MANY, **options)
    assert set(objects(data)) == {*UPLOADED, *others}
    result, _again = converge(MANY, delete_others=True, **options)
    assert set(objects(data)) == {*UPLOADED, "news/hls/keep.txt", "newsletter/a.ts", "a.ts"}
    assert [(one["path"], one["action"]) for one in result["objects"]] == [
        ("news/hls/old.ts", "deleted"),
        ("news/old.ts", "deleted"),
    ]


def test_an_empty_directory_deletes_nothing(run, data, tmp_path):
    """As one whose file system is not mounted."""
    data.put_object(Path="news/1.ts", Body=b"x")
    for check in (True, False):
        result = run(MANY, check=check, container="live", path="news", src=str(tmp_path), delete_others=True)
        assert result["msg"].startswith(
            f"The directory {tmp_path} has no files, so that delete_others would delete 1 of"
        )
    assert set(objects(data)) == {"news/1.ts"}


def test_a_folder_is_deleted(converge, data):
    for path in ("news/1.ts", "news/a/2.ts", "news/a/b.txt", "newsletter/3.ts", "4.ts"):
        data.put_object(Path=path, Body=b"x")
    result, _again = converge(MANY, path="news", state="absent", include=["*.ts"])
    assert [one["path"] for one in result["objects"]] == ["news/1.ts", "news/a/2.ts"]
    assert set(objects(data)) == {"news/a/b.txt", "newsletter/3.ts", "4.ts"}
    converge(MANY, path="/", state="absent")
    assert objects(data) == {}


@pytest.mark.parametrize("state", ["present", "absent", "fetched"])
def test_an_empty_include_selects_nothing(run, data, channel, state):
    data.put_object(Path="old.ts", Body=b"x")
    local = {"present": {"src": str(channel)}, "fetched": {"dest": str(channel)}}.get(state, {})
    result = run(MANY, container="live", path="/", state=state, include=[], delete_others=True, **local)
    assert (result["changed"], result["objects"]) == (False, [])
    assert list(objects(data)) == ["old.ts"]
    assert (channel / "thumb.webp").exists()


def test_a_folder_is_fetched(converge, data, channel, tmp_path):
    dest = tmp_path / "new" / "copy"
    converge(MANY, path="news", src=str(channel))
    result, _again = converge(MANY, path="news", state="fetched", dest=str(dest))
    assert result["counts"]["created"] == 6
    copied = {str(path.relative_to(dest)): path.read_bytes() for path in dest.rglob("*") if path.is_file()}
    assert copied == {path[len("news/") :]: stored[0] for path, stored in UPLOADED.items()}
    (dest / "thumb.webp").write_bytes(b"THUMB.webp")
    (dest / "dash" / "1.m4s").unlink()
    (dest / "hls" / "old.ts").write_bytes(b"x")
    (dest / "notes.txt").write_bytes(b"x")
    result, _again = converge(
        MANY, path="news", state="fetched", dest=f"{dest}/", delete_others=True, exclude=["*.txt"]
    )
    assert result["objects"] == [
        {"path": "news/dash/1.m4s", "action": "created", "error": None},
        {"path": "news/thumb.webp", "action": "changed", "error": None},
        {"path": "hls/old.ts", "action": "deleted", "error": None},
    ]
    assert sorted(path.name for path in dest.rglob("*") if path.is_file()) == [
        *("1.m4s", "1.ts", "empty.vtt", "index.m3u8", "manifest.mpd", "notes.txt", "thumb.webp"),
    ]


def test_an_object_in_place_of_a_folder(run, data, tmp_path):
    """Else the task would do nothing, and report that all is well."""
    data.put_object(Path="news/a.ts", Body=b"x")
    for options in ({"state": "absent"}, {"state": "fetched", "dest": str(tmp_path)}):
        result = run(MANY, container="live", path="news/a.ts", **options)
        assert result["msg"] == (
            "The path news/a.ts in container live is an object, not a folder: use"
            " elemental.mediastore.mediastore_object"
        )
    assert list(objects(data)) == ["news/a.ts"]
    for path in ("none", "/"):
        assert not run(MANY, container="live", path=path, state="absent", include=[])["changed"]


@pytest.fixture
def not_followed(channel):
    """The channel with a symbolic link and a FIFO."""
    (channel / "link").symlink_to("hls")
    os.mkfifo(channel / "dash" / "pipe")
    return channel


@pytest.mark.parametrize("check", [True, False])
def test_other_entries_are_not_uploaded(run, warned, data, not_followed, check):
    result = run(MANY, check=check, container="live", path="news", src=str(not_followed))
    assert result["not_followed"] == ["dash/pipe", "link"]
    assert result["counts"]["created"] == 6
    assert warned == ["Left alone because they are not regular files: dash/pipe (FIFO), link (symbolic link)"]
    assert objects(data) == ({} if check else UPLOADED)


@pytest.mark.usefixtures("data")
def test_no_warning_about_entries_that_are_excluded(run, warned, not_followed):
    result = run(MANY, container="live", src=str(not_followed), exclude=["link", "*pipe"])
    assert (result["not_followed"], warned) == ([], [])


@pytest.mark.usefixtures("data")
def test_a_warning_names_ten_entries(run, warned, tmp_path):
    for number in range(12):
        (tmp_path / f"{number:02}").symlink_to("nothing")
    result = run(MANY, container="live", src=str(tmp_path))
    assert len(result["not_followed"]) == 12
    [warning] = warned
    assert warning.endswith("09 (symbolic link), and 2 others")


def test_names_that_are_not_utf_8(converge, run, warned, data, tmp_path):
    """Ansible refuses a result with such a name, and would report that nothing has changed."""
    data.put_object(Path="a.ts", Body=b"a")
    for name in (b"\xff.ts", b"new\nline.ts"):
        (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    (tmp_path / os.fsdecode(b"link\xfe")).symlink_to("a.ts")
    refused = run(MANY, container="live", src=str(tmp_path))
    assert refused["msg"].count(" is refused: ") == 2
    result, _again = converge(MANY, path="/", state="fetched", dest=str(tmp_path), delete_others=True)
    assert [found["path"] for found in result["objects"]] == ["a.ts", r"new\nline.ts", r"\udcff.ts"]
    assert result["diff"][2]["before"]["dest"] == rf"{tmp_path}/\udcff.ts"
    assert result["not_followed"] == [r"link\udcfe"]
    assert set(warned) == {r"Left alone because they are not regular files: link\udcfe (symbolic link)"}
    for shown in (refused, result):
        assert json.dumps(shown, ensure_ascii=False).encode()


@pytest.mark.parametrize("check", [True, False])
def test_nothing_is_fetched_through_other_entries(run, data, not_followed, check):
    for path in ("link/new.ts", "dash/pipe", "thumb.webp"):
        data.put_object(Path=path, Body=b"new")
    result = run(
        MANY,
        check=check,
        container="live",
        path="/",
        state="fetched",
        dest=str(not_followed),
        delete_others=True,
    )
    assert result["failed"]
    assert result["msg"] == (
        "The object dash/pipe is not fetched: dash/pipe is a FIFO; exclude one of them;"
        " The object link/new.ts is not fetched: link is a symbolic link; exclude one of them"
    )
    assert sorted(os.listdir(not_followed / "hls")) == ["index.m3u8", "low"]
    assert (not_followed / "thumb.webp").read_bytes() == b"thumb.webp"


def test_an_object_with_the_path_of_a_folder_is_not_fetched(run, data, tmp_path):
    data.put_object(Path="a", Body=b"x")
    data.put_object(Path="a/b", Body=b"x")
    result = run(MANY, container="live", state="fetched", dest=str(tmp_path))
    assert result["msg"] == "The object a/b is not fetched: a is another object; exclude one of them"
    assert os.listdir(tmp_path) == []


SECONDS = samples.lifecycle([{"wildcard": "live/*"}], ("seconds", ">", 300))


def test_objects_under_a_rule_with_seconds(run, client, data, calls, tmp_path):
    """A list does not contain them, so that each is described: User Guide, "Lifecycle policies"."""
    client.put_lifecycle_policy(ContainerName="live", LifecyclePolicy=json.dumps(SECONDS))
    for name in ("1.ts", "2.ts"):
        (tmp_path / name).write_bytes(b"x")
    options = {"container": "live", "path": "live", "src": str(tmp_path)}
    assert run(MANY, **options)["counts"]["created"] == 2
    assert data.list_items(Path="live")["Items"] == []
    calls()
    assert run(MANY, **options)["counts"]["unchanged"] == 2
    names = calls().names
    assert names[:3] == ["DescribeContainer", "GetLifecyclePolicy", "ListItems"]
    assert sorted(names[3:]) == ["DescribeObject", "DescribeObject", "GetObject", "GetObject"]
    assert run(INFO, container="live", path="live/1.ts")["objects"][0]["content_length"] == 1
    assert run(ONE, container="live", path="live/1.ts", state="absent")["changed"]
    with pytest.raises(ClientError):
        data.describe_object(Path="live/1.ts")


def test_info(run, data):
    for path in ("b/2.ts", "b/c/3.ts", "a.m3u8", "b"):
        data.put_object(Path=path, Body=b"xy", ContentType="video/mp2t", CacheControl="no-cache")

    def listed(**options):
        result = run(INFO, container="live", **options)
        assert result["changed"] is False
        return [one["path"] for one in result["objects"]], result["folders"]

    assert listed() == (["a.m3u8", "b"], ["b"])
    assert listed(path="/") == (["a.m3u8", "b"], ["b"])
    assert listed(path="b") == (["b"], [])
    assert listed(path="b/") == (["b/2.ts"], ["b/c"])
    assert listed(path="b/c") == (["b/c/3.ts"], [])
    assert listed(path="none") == ([], [])
    assert listed(recursive=True) == (["a.m3u8", "b", "b/2.ts", "b/c/3.ts"], [])
    assert listed(path="b/", recursive=True) == (["b/2.ts", "b/c/3.ts"], [])
    described = data.describe_object(Path="b")
    [found] = run(INFO, container="live", path="b")["objects"]
    expected = {
        "path": "b",
        "content_type": "video/mp2t",
        "content_length": 2,
        "etag": described["ETag"],
        "last_modified": described["LastModified"].isoformat(),
    }
    assert found == {**expected, "cache_control": "no-cache"}
    [item] = [one for one in run(INFO, container="live")["objects"] if one["path"] == "b"]
    assert set(item) == set(expected)


def test_info_of_the_deepest_object(run, data):
    path = "/".join("abcdefghijk")
    data.put_object(Path=path, Body=b"x")
    assert [one["path"] for one in run(INFO, container="live", path=path)["objects"]] == [path]
    assert [one["path"] for one in run(INFO, container="live", recursive=True)["objects"]] == [path]


def test_info_of_a_container_that_does_not_exist(run, warned):
    result = run(INFO, container="live", path="a")
    assert (result["objects"], result["folders"]) == ([], [])
    assert warned == [MISSING]


def test_a_container_that_is_being_created(run, client, emulator):
    """A task waits until it is active, and one that is being deleted no longer exists."""
    emulator.configure(create_delay=0.2, delete_delay=60)
    client.create_container(ContainerName="live")
    assert run(ONE, container="live", path="a.txt", content="x")["changed"]
    assert run(ONE, container="live", path="a.txt", state="absent")["changed"]
    client.delete_container(ContainerName="live")
    assert run(ONE, container="live", path="a.txt", content="x")["msg"].startswith(MISSING)
    assert not run(MANY, container="live", path="/", state="absent")["changed"]
