# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths, content types, sizes and headers of objects, and which objects and files a folder declares, as tables.

The rules of paths: parameter Path of PutObject in the API Reference; the quotas: MediaStore User Guide, "Quotas".
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data import content_types
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.content import Source, Tree
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.content_types import (
    guess_content_type,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.declaration import (
    check_cache_control,
    check_content_type,
    check_size,
    declare_object,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.folder import (
    Folder,
    declare_deletions,
    declare_downloads,
    declare_folder,
    declare_others,
    declare_uploads,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.paths import (
    check_folder,
    check_path,
)

properties = settings(deadline=None, max_examples=200, database=None)

TEN_FOLDERS = "/".join("abcdefghij")
LONGEST = "x" * 900


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        ("a", "a"),
        ("index.m3u8", "index.m3u8"),
        ("/news//1080p/1.ts", "news/1080p/1.ts"),
        ("AZaz09_=:.-~/x", "AZaz09_=:.-~/x"),
        ("a..b/...", "a..b/..."),
        (".hidden", ".hidden"),
        (LONGEST, LONGEST),
        ("/" + LONGEST, LONGEST),
        (f"{TEN_FOLDERS}/k", f"{TEN_FOLDERS}/k"),
    ],
)
def test_paths_of_objects(path, stored):
    assert check_path(path) == stored


LETTERS = "letters A-Z and a-z, digits and _ = : . - ~"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "'' names no object"),
        ("/", "'/' names no object"),
        ("news/", "'news/' names no object"),
        ("a b", LETTERS),
        ("news/a b.ts", "'a b.ts'"),
        ("news/ä.ts", "'ä.ts'"),
        ("新闻.ts", LETTERS),
        ("a\u0300", LETTERS),
        ("\udcff.ts", r"'\udcff.ts'"),
        ("a\n", r"'a\n'"),
        ("a+b", LETTERS),
        ("a%20b", LETTERS),
        ("a?b", LETTERS),
        ("a#b", LETTERS),
        ("a\\b", LETTERS),
        ("a*", LETTERS),
        ("..", "'..'"),
        ("a/../b", "'..'"),
        ("./a", "'.'"),
        ("a/.", "'.'"),
        ("x" * 901, "is 901; it must be 0 to 900"),
        (f"{TEN_FOLDERS}/k/l", "The number of folders in the path 'a/b/c/d/e/f/g/h/i/j/k/l' is 11"),
    ],
)
def test_paths_that_no_object_has(path, words):
    with pytest.raises(InvalidInputError, match=re.escape(words)) as raised:
        check_path(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("path", "stored"),
    [("", ""), ("/", ""), ("news", "news"), ("/news//1080p/", "news/1080p"), (TEN_FOLDERS + "/", TEN_FOLDERS)],
)
def test_paths_of_folders(path, stored):
    assert check_folder(path) == stored


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a b", LETTERS),
        ("a/..", "'..'"),
        ("x" * 901, "The length of the folder"),
        (f"{TEN_FOLDERS}/k", "folder 'a/b/c/d/e/f/g/h/i/j/k' is 11"),
    ],
)
def test_paths_that_no_folder_has(path, words):
    with pytest.raises(InvalidInputError, match=re.escape(words)):
        check_folder(path)


@properties
@given(st.lists(st.from_regex(r"[A-Za-z0-9_=:~-]{1,20}", fullmatch=True), min_size=1, max_size=11), st.data())
def test_slashes_do_not_matter(segments, data):
    slashes = [data.draw(st.sampled_from(["/", "//", "///"])) for _segment in segments]
    written = "".join(f"{slash}{segment}" for slash, segment in zip(slashes, segments, strict=True))
    assert check_path(written) == check_path("/".join(segments)) == "/".join(segments)


@properties
@given(st.text(max_size=30))
def test_every_text_is_a_path_or_refused(text):
    """What is accepted consists of names that a file system takes as they are, below the directory."""
    try:
        path = check_path(text)
    except InvalidInputError:
        return
    assert set(path.split("/")).isdisjoint({"", ".", ".."})
    assert path.isascii()
    assert check_path(path) == path


# The files of HLS and DASH channels, and what else players load, with the sources that content_types.py names.
TYPES = {
    "news/index.m3u8": "application/vnd.apple.mpegurl",
    "news/1.ts": "video/mp2t",
    "a.aac": "audio/aac",
    "a.ac3": "audio/ac3",
    "a.ec3": "audio/eac3",
    "manifest.mpd": "application/dash+xml",
    "1.m4s": "video/iso.segment",
    "init.mp4": "video/mp4",
    "v.m4v": "video/mp4",
    "a.m4a": "audio/mp4",
    "v.cmfv": "video/mp4",
    "a.cmfa": "audio/mp4",
    "t.cmft": "application/mp4",
    "s.vtt": "text/vtt",
    "s.webvtt": "text/vtt",
    "s.ttml": "application/ttml+xml",
    "s.dfxp": "application/ttml+xml",
    "s.srt": "text/plain",
    "channel.ism": "application/vnd.ms-sstr+xml",
    "thumb.jpg": "image/jpeg",
    "thumb.JPEG": "image/jpeg",
    "thumb.png": "image/png",
    "thumb.webp": "image/webp",
    "thumb.avif": "image/avif",
    "thumb.gif": "image/gif",
    "thumb.bmp": "image/bmp",
    "logo.svg": "image/svg+xml",
    "v.webm": "video/webm",
    "v.mov": "video/quicktime",
    "v.avi": "video/vnd.avi",
    "v.3gp": "video/3gpp",
    "a.mp3": "audio/mpeg",
    "a.opus": "audio/ogg",
    "a.wav": "audio/vnd.wave",
    "a.flac": "audio/flac",
    "status.json": "application/json",
    "player.js": "text/javascript",
    "player.mjs": "text/javascript",
    "player.js.map": "application/json",
    "player.wasm": "application/wasm",
    "style.css": "text/css",
    "page.html": "text/html",
    "font.woff2": "font/woff2",
    "readme.txt": "text/plain",
    "readme.md": "text/markdown",
    "epg.xml": "text/xml",
    "epg.csv": "text/csv",
    "epg.json.gz": "application/gzip",
    "logo.svgz": "application/gzip",
    "all.tar": "application/x-tar",
    "all.tgz": "application/gzip",
    "all.zip": "application/zip",
    # AES-128 keys of HLS have no type: RFC 8216, section 4.3.2.4
    "aes.key": "application/octet-stream",
    "a.unknown": "application/octet-stream",
    "README": "application/octet-stream",
    "dir.mp4/README": "application/octet-stream",
    ".m3u8": "application/octet-stream",
    "a.": "application/octet-stream",
    # Names that look like URLs, which Python's mimetypes takes apart.
    "data:a.m3u8": "application/vnd.apple.mpegurl",
    "data:": "application/octet-stream",
    "http:a.html": "text/html",
}


@pytest.mark.parametrize("path", TYPES)
def test_content_types(path):
    assert guess_content_type(path) == TYPES[path]


def test_the_service_accepts_every_content_type_of_the_table():
    for extension, content_type in content_types._TYPES.items():
        check_content_type(content_type)
        assert re.fullmatch(r"\.[a-z0-9]+", extension)


def test_no_extension_has_two_content_types():
    extensions = [one for several in content_types._EXTENSIONS.values() for one in several.split()]
    assert len(extensions) == len(set(extensions))


# The extensions whose type in mimetypes of Python 3.10 to 3.13 depends on the version.
DIFFERENT = {".avif", ".bmp", ".js", ".markdown", ".md", ".mjs", ".n3", ".nq", ".nt", ".rst", ".rtf", ".srt", ".trig"}
DIFFERENT |= {".vtt", ".webp"}


def test_the_version_of_python_makes_no_difference():
    assert {one for several in content_types._EXTENSIONS.values() for one in several.split()} >= DIFFERENT


def test_other_extensions_are_those_of_python():
    assert guess_content_type("epg.pdf") == "application/pdf"
    assert guess_content_type("a.sh") == "application/x-sh"


def test_content_types_of_the_task_take_precedence():
    chosen = {".m4s": "video/mp4", ".KEY": "application/pgp-keys"}
    assert guess_content_type("1.m4s", chosen) == "video/mp4"
    assert guess_content_type("1.M4S", chosen) == "video/mp4"
    assert guess_content_type("aes.key", chosen) == "application/pgp-keys"
    assert guess_content_type("1.ts", chosen) == "video/mp2t"


def test_the_largest_object():
    """25 MB of 1024 * 1024 bytes, because AWS does not say which MB it means, and a refusal must not be wrong."""
    check_size("a.ts", 26_214_400)
    with pytest.raises(InvalidInputError) as raised:
        check_size("a.ts", 26_214_401)
    assert str(raised.value) == (
        "The object a.ts is refused: it has 26214401 bytes, and an object can have at most 25 MB (26214400 bytes)"
    )


@pytest.mark.parametrize("content_type", ["video/mp2t", "a", "x" * 255, "application/ttml+xml", "A/b_c.d-e"])
def test_content_types_that_the_service_stores(content_type):
    check_content_type(content_type)


@pytest.mark.parametrize("content_type", ["", "text/html; charset=utf-8", "text html", "x" * 256, "a/b\n", "té/xt"])
def test_content_types_that_the_service_refuses(content_type):
    with pytest.raises(InvalidInputError, match="1 to 255 characters"):
        check_content_type(content_type)


@pytest.mark.parametrize("cache_control", [None, "", "no-cache", "max-age=6, must-revalidate", 'private="x"', "a\tb"])
def test_cache_control(cache_control):
    check_cache_control(cache_control)


@pytest.mark.parametrize("cache_control", [" ", " no-cache", "no-cache ", "a\nb", "a\r\nX: b", "é", "\x7f"])
def test_text_that_no_header_can_have(cache_control):
    with pytest.raises(InvalidInputError, match="visible ASCII characters"):
        check_cache_control(cache_control)


OPTIONS = {
    "path": "/news/",
    "include": ["*"],
    "exclude": [],
    "content_types": {},
    "cache_control": None,
    "compare": "content",
    "delete_others": False,
}


def test_a_folder_of_options():
    assert declare_folder({**OPTIONS, "compare": "size"}) == Folder("news", ["*"], [], compares_content=False)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": "a b"}, "The folder 'a b' is refused"),
        ({"content_types": {"m4s": "video/mp4"}}, "'m4s' in content_types is refused: write it as '.m4s'"),
        ({"content_types": {".tar.gz": "video/mp4"}}, "'.tar.gz'"),
        ({"content_types": {".": "video/mp4"}}, "'.'"),
        ({"content_types": {".m4s": "video/mp4; x"}}, "'video/mp4; x'"),
        ({"cache_control": "a\nb"}, "The cache control"),
    ],
)
def test_options_of_a_folder_that_are_refused(options, words):
    with pytest.raises(InvalidInputError, match=re.escape(words)):
        declare_folder({**OPTIONS, **options})


SELECTIONS = [
    (["*"], [], ["a.m3u8", "a.ts", "b/a.m3u8", "b/c/1.ts"]),
    (["*.m3u8"], [], ["a.m3u8", "b/a.m3u8"]),
    (["*"], ["*.m3u8"], ["a.ts", "b/c/1.ts"]),
    (["*.m3u8", "*.ts"], ["b/*"], ["a.m3u8", "a.ts"]),
    (["?.ts"], [], ["a.ts"]),
    (["b/[a-b].m3u8"], [], ["b/a.m3u8"]),
    (["*.M3U8"], [], []),
    ([], [], []),
    (["*"], ["*"], []),
]


@pytest.mark.parametrize(("include", "exclude", "selected"), SELECTIONS)
def test_selection(include, exclude, selected):
    folder = Folder("news", include, exclude)
    listed = ["news/a.m3u8", "news/a.ts", "news/b/a.m3u8", "news/b/c/1.ts"]
    assert list(folder.selected(listed)) == [(relative, f"news/{relative}") for relative in selected]


def source(text=b"x"):
    return Source.of_bytes(text)


def test_uploads():
    files = {"1.ts": source(b"one"), "low/index.m3u8": source()}
    for folder, prefix in [(Folder("news"), "news/"), (Folder(""), "")]:
        declared = declare_uploads(folder, files)
        assert [(one.name, one.content_type) for one in declared] == [
            (f"{prefix}1.ts", "video/mp2t"),
            (f"{prefix}low/index.m3u8", "application/vnd.apple.mpegurl"),
        ]
        assert [one.source for one in declared] == list(files.values())


def test_all_uploads_that_are_refused_are_in_the_message():
    files = {f"{number:02} x": source() for number in range(12)}
    with pytest.raises(InvalidInputError) as raised:
        declare_uploads(Folder("news"), {**files, "fine.ts": source()})
    message = str(raised.value)
    assert message.count("is refused") == 10
    assert message.startswith("The path 'news/00 x' is refused: '00 x' must consist of letters")
    assert message.endswith("; and 2 others")


def test_an_upload_whose_folder_and_name_are_too_long_together():
    with pytest.raises(InvalidInputError, match="is 901; it must be 0 to 900"):
        declare_uploads(Folder("x" * 450), {"y" * 450: source()})


def test_deletions():
    listed = ["news/a.m3u8", "news/a.ts", "news/b/1.ts"]
    kept = [declare_object("news/a.ts", source(), "video/mp2t", None, True)]

    def names(folder, kept):
        return [one.name for one in declare_deletions(folder, listed, kept)]

    assert names(Folder("news"), []) == listed
    assert names(Folder("news"), kept) == ["news/a.m3u8", "news/b/1.ts"]
    assert names(Folder("news", include=["*.ts"]), kept) == ["news/b/1.ts"]
    assert names(Folder("news", exclude=["b/*"]), kept) == ["news/a.m3u8"]


def test_an_empty_directory_does_not_delete_the_objects_of_a_folder():
    """Its path is probably wrong."""
    listed = ["news/a.ts", "news/b.m3u8"]
    empty = Tree(not_followed={"link": "symbolic link"})
    with pytest.raises(
        InvalidInputError, match=r"^The directory /srv has no files, .* would delete 2 of the objects: check src, or"
    ):
        declare_others(Folder("news", delete_others=True), listed, [], "/srv", empty)
    assert declare_others(Folder("news"), listed, [], "/srv", empty) == []
    assert declare_others(Folder("news", ["*.mpd"], delete_others=True), listed, [], "/srv", empty) == []
    segments, tree = Folder("news", ["*.ts"], delete_others=True), Tree(files={"b.m3u8": "/srv/b.m3u8"})
    others = declare_others(segments, listed, [], "/srv", tree)
    assert [one.name for one in others] == ["news/a.ts"]


def downloads(folder, listed, **tree):
    declared = declare_downloads(folder, listed, "/srv", Tree(**tree))
    return [(one.name, one.dest, one.is_present) for one in declared]


def test_downloads():
    listed = ["news/a.ts", "news/b/1.ts"]
    expected = [("news/a.ts", "/srv/a.ts", True), ("news/b/1.ts", "/srv/b/1.ts", True)]
    files = {name: f"/srv/{name}" for name in ("a.ts", "old.ts", "b/old.txt")}
    assert downloads(Folder("news"), listed, files=files) == expected
    removed = [("old.ts", "/srv/old.ts", False), ("b/old.txt", "/srv/b/old.txt", False)]
    assert downloads(Folder("news", delete_others=True), listed, files=files) == expected + removed
    assert downloads(Folder("news", ["*.ts"], delete_others=True), listed, files=files) == [*expected, removed[0]]


def test_an_empty_folder_does_not_delete_the_files_of_a_directory():
    """Its path is probably wrong."""
    files = {"a.ts": "/srv/a.ts", "b.m3u8": "/srv/b.m3u8"}
    with pytest.raises(
        InvalidInputError, match=r"^Folder news has no objects, .* would delete 2 of the files in /srv: check"
    ):
        downloads(Folder("news", delete_others=True), [], files=files)
    with pytest.raises(
        InvalidInputError, match=r"^The container has no objects, .* would delete 1 of the files in /srv: check"
    ):
        downloads(Folder("", ["*.ts"], delete_others=True), [], files=files)
    assert downloads(Folder("news", delete_others=True), [], files={}) == []
    assert downloads(Folder("news"), [], files=files) == []
    other = downloads(Folder("news", ["*.ts"], delete_others=True), ["news/index.m3u8"], files=files)
    assert other == [("a.ts", "/srv/a.ts", False)]


def test_a_file_with_the_path_that_an_object_has_in_another_folder():
    """It is one of the files without an object."""
    files = {"news/a.ts": "/srv/news/a.ts"}
    declared = downloads(Folder("news", delete_others=True), ["news/a.ts"], files=files)
    assert declared == [("news/a.ts", "/srv/a.ts", True), ("news/a.ts", "/srv/news/a.ts", False)]


@pytest.mark.parametrize(
    ("entries", "blocked"),
    [
        (
            {"not_followed": {"b": "symbolic link"}},
            "The object news/b/1.ts is not fetched: b is a symbolic link; exclude one of them",
        ),
        (
            {"not_followed": {"b/1.ts": "FIFO"}},
            "The object news/b/1.ts is not fetched: b/1.ts is a FIFO; exclude one of them",
        ),
        ({"files": {"b": "/srv/b"}}, "The object news/b/1.ts is not fetched: b is a file; exclude one of them"),
        ({"not_followed": {"c": "socket", "b/1": "FIFO"}}, ""),
        ({"files": {"b/1.ts": "/srv/b/1.ts"}}, ""),
    ],
)
def test_what_is_not_fetched_behind_an_entry_of_the_directory(entries, blocked):
    if not blocked:
        assert downloads(Folder("news"), ["news/b/1.ts"], **entries) == [("news/b/1.ts", "/srv/b/1.ts", True)]
        return
    with pytest.raises(InvalidInputError) as raised:
        downloads(Folder("news", delete_others=True), ["news/b/1.ts"], **entries)
    assert str(raised.value) == blocked
    assert downloads(Folder("news", exclude=["b/*"]), ["news/b/1.ts"], **entries) == []


def test_an_object_with_the_path_of_a_folder():
    """The service allows both, a file system does not."""
    listed = ["news/b", "news/b/1.ts"]
    with pytest.raises(
        InvalidInputError, match=r"^The object news/b/1\.ts is not fetched: b is another object; exclude one of them$"
    ):
        downloads(Folder("news"), listed)
    assert downloads(Folder("news", exclude=["b"]), listed) == [("news/b/1.ts", "/srv/b/1.ts", True)]
