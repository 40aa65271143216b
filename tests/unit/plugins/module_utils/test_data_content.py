# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Local files: what is read is what was declared, what is written is complete, and each failure is one sentence."""

from __future__ import annotations

import builtins
import errno
import hashlib
import os
import re
import socket
import stat
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data import content
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.content import (
    Source,
    local_file,
    read_tree,
    remove_file,
    removing_parts,
    replacing,
)

TEXT = b"segment " * 1000


@pytest.fixture
def path(tmp_path):
    """A file with TEXT."""
    path = tmp_path / "a.ts"
    path.write_bytes(TEXT)
    return path


@pytest.fixture
def refuse(monkeypatch):
    """A function that makes a function of `os` or `open` raise an OSError for paths that end in a name.

    Permissions are no help: they do not apply to root, who may run the tests.
    """

    def refuse(function, name, error=errno.EACCES, module=os):
        real = getattr(module, function)

        def refusing(path, *arguments, **options):
            if str(path).endswith(name):
                raise OSError(error, os.strerror(error), path)
            return real(path, *arguments, **options)

        monkeypatch.setattr(module, function, refusing)

    return refuse


def failure(call, *arguments):
    """Return the message of a call that fails."""
    with pytest.raises(ApiError) as raised:
        call(*arguments)
    assert "\n" not in raised.value.message
    return raised.value.message


def read_all(opened, pieces, size=1000):
    """Append the content to `pieces` as a request reads it."""
    while piece := opened.read(size):
        pieces.append(piece)


def upload(source, size=1000):
    """Return the content that a request sends."""
    pieces = []
    with source.open() as opened:
        assert len(opened) == source.length
        read_all(opened, pieces, size)
    return b"".join(pieces)


@pytest.mark.parametrize("text", [b"", b"x", TEXT])
@pytest.mark.parametrize("size", [1, 1000, len(TEXT), -1])
def test_a_source(tmp_path, text, size):
    (tmp_path / "a.ts").write_bytes(text)
    for source in (Source.of_bytes(text), Source.of_file(str(tmp_path / "a.ts"))):
        assert (source.length, source.sha256) == (len(text), "")
        source.read()
        assert source.sha256 == hashlib.sha256(text).hexdigest()
        if size != 1 or len(text) < 10:
            assert upload(source, size) == text


def test_a_source_is_read_again_from_the_start(path):
    """botocore does so before it sends a request again."""
    source = Source.of_file(str(path))
    source.read()
    with source.open() as opened:
        assert opened.read(10) == TEXT[:10]
        opened.seek(0)
        assert opened.read() == TEXT
        opened.seek(0)
        assert opened.read() == TEXT


def grow(path):
    path.write_bytes(TEXT + b"x")


def shrink(path):
    path.write_bytes(TEXT[:-1])


def empty(path):
    path.write_bytes(b"")


def change(path):
    path.write_bytes(TEXT[:-1] + b"x")


CHANGED = "Failed to read file {}: it changed while this task was reading it"
each_change = pytest.mark.parametrize("alter", [grow, shrink, empty, change])


@pytest.mark.parametrize("alter", [grow, shrink, empty])
def test_a_file_that_changes_before_its_digest_is_computed(path, alter):
    source = Source.of_file(str(path))
    alter(path)
    assert failure(source.read) == CHANGED.format(path)
    assert source.sha256 == ""


@each_change
def test_a_file_that_changes_before_it_is_uploaded(path, alter):
    """The last bytes are never returned, so that the server never receives a complete request."""
    source = Source.of_file(str(path))
    source.read()
    alter(path)
    received = []
    with source.open() as opened:
        assert failure(read_all, opened, received) == CHANGED.format(path)
        assert str(opened.error) == CHANGED.format(path)
    assert len(b"".join(received)) < len(TEXT)


@each_change
def test_a_file_that_changes_while_it_is_uploaded(path, alter):
    source = Source.of_file(str(path))
    source.read()
    with source.open() as opened:
        received = [opened.read(10)]
        alter(path)
        assert failure(read_all, opened, received) == CHANGED.format(path)
    assert len(b"".join(received)) < len(TEXT)


def test_an_empty_file_that_grows_before_it_is_uploaded(path):
    """A request without content is complete before its content is read."""
    path.write_bytes(b"")
    source = Source.of_file(str(path))
    source.read()
    grow(path)
    assert failure(source.open().__enter__) == CHANGED.format(path)


def test_a_file_that_vanishes(path):
    missing = f"Failed to read file {path}: No such file or directory"
    source = Source.of_file(str(path))
    path.unlink()
    assert failure(source.read) == missing
    assert failure(upload, source) == missing
    assert failure(Source.of_file, str(path)) == missing
    assert local_file(str(path)) is None


def test_a_file_that_cannot_be_opened(path, refuse):
    source = Source.of_file(str(path))
    source.read()
    refuse("open", "a.ts", module=builtins)
    denied = f"Failed to read file {path}: Permission denied"
    assert failure(upload, source) == denied
    assert failure(Source.of_file, str(path)) == denied
    assert failure(local_file, str(path)) == denied


class Broken:
    """A file on a disk with a bad block."""

    def __init__(self, error):
        self._error = error

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def seek(self, position):
        pass

    def read(self, size):
        raise self._error


@pytest.mark.parametrize(
    ("error", "cause"),
    [(OSError(errno.EIO, "Input/output error"), "Input/output error"), (OSError("bad block"), "bad block")],
)
def test_a_file_that_cannot_be_read(error, cause):
    source = Source("file a.ts", 3, lambda: Broken(error))
    assert failure(source.read) == f"Failed to read file a.ts: {cause}"


def test_what_is_no_file(tmp_path):
    assert failure(Source.of_file, str(tmp_path)) == (
        f"Failed to read file {tmp_path}: it is a directory, not a regular file"
    )
    os.mkfifo(tmp_path / "pipe")
    assert failure(Source.of_file, str(tmp_path / "pipe")).endswith("pipe: it is a FIFO, not a regular file")
    assert failure(Source.of_file, "/dev/null") == (
        "Failed to read file /dev/null: it is a character device, not a regular file"
    )


def test_a_long_name(tmp_path):
    """Names of objects have up to 900 characters, those of most file systems up to 255."""
    name = str(tmp_path / ("x" * 300))
    assert failure(Source.of_file, name).endswith(": File name too long")
    assert local_file(name) is None
    assert failure(replace, name, TEXT).endswith(": File name too long")
    assert os.listdir(tmp_path) == []
    longest = tmp_path / ("x" * 255)
    replace(str(longest), TEXT)
    assert longest.read_bytes() == TEXT


def test_a_tree(tmp_path):
    for name in ("b/2.ts", "b/c/3.ts", "1.ts", ".hidden", "b.ts"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    for directory in (str(tmp_path), f"{tmp_path}/"):
        tree = read_tree(directory)
        assert list(tree.files) == [".hidden", "1.ts", "b.ts", "b/2.ts", "b/c/3.ts"]
        assert {name: os.path.realpath(path) for name, path in tree.files.items()} == {
            name: os.path.realpath(tmp_path / name) for name in tree.files
        }
        assert tree.not_followed == {}


def test_a_tree_of_other_entries(tmp_path, monkeypatch):
    """Nothing is read through them, also not within the directory."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"x")
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    (root / "inside" / "1.ts").write_bytes(b"x")
    (root / "to-directory").symlink_to(tmp_path / "outside")
    (root / "to-inside").symlink_to("inside")
    (root / "to-itself").symlink_to(".")
    (root / "inside" / "to-file").symlink_to("1.ts")
    (root / "dangling").symlink_to("nothing")
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        # A path of a socket has at most 107 bytes.
        server.bind("socket")
        tree = read_tree(str(root))
    assert list(tree.files) == ["inside/1.ts"]
    assert tree.not_followed == {
        "dangling": "symbolic link",
        "inside/to-file": "symbolic link",
        "pipe": "FIFO",
        "socket": "socket",
        "to-directory": "symbolic link",
        "to-inside": "symbolic link",
        "to-itself": "symbolic link",
    }


def test_a_tree_without_what_an_interrupted_task_left(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    with replacing(str(tmp_path / "a.ts")):
        (left,) = os.listdir(tmp_path)
    os.rename(tmp_path / "a.ts", tmp_path / left)
    (tmp_path / ".a.mediastore-part").write_bytes(b"a")
    assert list(read_tree(str(tmp_path)).files) == [".a.mediastore-part"]


def test_a_tree_below_a_symbolic_link(tmp_path):
    """What the user names is followed."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "1.ts").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    assert list(read_tree(str(tmp_path / "link")).files) == ["1.ts"]


def test_a_directory_that_cannot_be_read(tmp_path, path, refuse):
    (tmp_path / "private").mkdir()
    assert failure(read_tree, str(path)) == f"Failed to read {path}: Not a directory"
    assert failure(read_tree, str(tmp_path / "none")) == f"Failed to read {tmp_path}/none: No such file or directory"
    refuse("scandir", "private")
    unreadable = read_tree(str(tmp_path)).unreadable
    assert {relative: str(error) for relative, error in unreadable.items()} == {
        "private": f"Failed to read {tmp_path}/private: Permission denied"
    }


def test_a_file_that_vanishes_while_its_directory_is_read(tmp_path, path, refuse):
    refuse("lstat", "a.ts", errno.ENOENT)
    assert failure(read_tree, str(tmp_path)) == f"Failed to read {path}: No such file or directory"


@pytest.fixture(params=["unnamed", "named"])
def file_system(request, monkeypatch):
    """A file system that can write files without names, as far as that of the test can, and one that cannot."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)


both_file_systems = pytest.mark.usefixtures("file_system")


def replace(path, *pieces):
    with replacing(path) as write:
        for piece in pieces:
            write(piece)


def entries(directory):
    return sorted(entry.name for entry in directory.iterdir())


@both_file_systems
def test_a_file_is_replaced(path):
    replace(str(path), b"new ", b"content")
    assert path.read_bytes() == b"new content"
    assert entries(path.parent) == ["a.ts"]


@both_file_systems
def test_a_file_gets_the_time_of_what_replaces_it(path):
    with replacing(str(path), datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)) as write:
        write(b"new")
    assert path.stat().st_mtime == 1577934245


def test_a_file_is_replaced_when_its_content_is_complete(path):
    with replacing(str(path)) as write:
        write(b"new")
        assert path.read_bytes() == TEXT
    assert path.read_bytes() == b"new"


def test_a_file_in_a_directory_that_does_not_exist(tmp_path):
    replace(str(tmp_path / "a" / "b" / "c.ts"), b"new")
    assert (tmp_path / "a" / "b" / "c.ts").read_bytes() == b"new"


@both_file_systems
def test_a_file_in_the_current_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    replace("c.ts", b"new")
    assert entries(tmp_path) == ["c.ts"]


@both_file_systems
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640, 0o444, 0o755])
def test_permissions_are_kept(path, mode):
    path.chmod(mode)
    replace(str(path), b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new"


@both_file_systems
@pytest.mark.parametrize("error", [None, errno.EPERM])
def test_the_owner_is_kept_if_the_system_allows_it(path, monkeypatch, error):
    """As of a file of a web server, which a task of root replaces. The permissions are kept in any case."""
    path.chmod(0o640)
    changed = []

    def chown(file, user, group):
        changed.append((os.fstat(file).st_ino, user, group))
        if error:
            raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "chown", chown)
    before = path.stat()
    replace(str(path), b"new")
    after = path.stat()
    assert changed == [(after.st_ino, -1, before.st_gid), (after.st_ino, before.st_uid, -1)]
    assert stat.S_IMODE(after.st_mode) == 0o640
    replace(str(path.parent / "new.ts"), b"new")
    assert len(changed) == 2


@pytest.fixture
def umask():
    """A function that sets the umask until the end of the test."""
    before = os.umask(0o22)
    yield os.umask
    os.umask(before)


@both_file_systems
@pytest.mark.parametrize(("mask", "mode"), [(0o22, 0o644), (0o77, 0o600), (0o2, 0o664)])
def test_a_new_file_has_the_permissions_of_the_umask(tmp_path, umask, mask, mode):
    umask(mask)
    replace(str(tmp_path / "c.ts"), b"new")
    assert stat.S_IMODE((tmp_path / "c.ts").stat().st_mode) == mode


class CutOffError(Exception):
    """What interrupts a download."""


@both_file_systems
@pytest.mark.parametrize("error", [CutOffError, KeyboardInterrupt, ApiError])
def test_an_error_leaves_the_old_file(path, error):
    def interrupt(name):
        with replacing(name) as write:
            write(b"new")
            raise error("cut")

    for name in ("a.ts", "new.ts"):
        with pytest.raises(error):
            interrupt(str(path.parent / name))
    assert path.read_bytes() == TEXT
    assert entries(path.parent) == ["a.ts"]


def can_write_unnamed(directory):
    """Return whether the file system of a directory can write files without names."""
    try:
        os.close(os.open(directory, os.O_WRONLY | os.O_TMPFILE))
    except (AttributeError, OSError):
        return False
    return os.path.isdir("/proc/self/fd")


def test_a_file_has_no_name_until_it_is_complete(path):
    """So nothing is left of it if the process is killed, unless the file system cannot do this."""
    with replacing(str(path)) as write:
        write(bytes(2 * content.CHUNK_BYTES))
        assert len(entries(path.parent)) == (1 if can_write_unnamed(path.parent) else 2)
    assert path.read_bytes() == bytes(2 * content.CHUNK_BYTES)


def test_a_new_file_has_no_other_name_before(path, monkeypatch):
    replaced = []
    monkeypatch.setattr(os, "replace", lambda *names: replaced.append(names))
    replace(str(path.parent / "new.ts"), b"new")
    assert len(replaced) == (0 if can_write_unnamed(path.parent) else 1)
    replace(str(path), b"new")
    assert len(replaced) == (1 if can_write_unnamed(path.parent) else 2)


@both_file_systems
def test_an_interrupt_removes_what_threads_are_writing(path):
    """It ends the task in the main thread, and the threads at the end of the process."""
    begun, ended = threading.Event(), threading.Event()

    def write():
        with suppress(ApiError), replacing(str(path)) as write:
            write(b"new")
            begun.set()
            ended.wait()

    @removing_parts()
    def interrupt():
        thread.start()
        begun.wait()
        raise KeyboardInterrupt

    thread = threading.Thread(target=write)
    with pytest.raises(KeyboardInterrupt):
        interrupt()
    left = entries(path.parent)
    ended.set()
    thread.join()
    assert left == entries(path.parent) == ["a.ts"]


def test_a_full_disk(path, monkeypatch):
    """The write that fails, and no other, is reported."""

    class Full:
        def __init__(self, file):
            self._file = file

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self._file.close()

        def fileno(self):
            return self._file.fileno()

        def write(self, piece):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    real = open
    monkeypatch.setattr(builtins, "open", lambda *arguments, **options: Full(real(*arguments, **options)))
    message = failure(replace, str(path), b"new")
    monkeypatch.undo()
    assert message == f"Failed to write file {path}: No space left on device"
    assert path.read_bytes() == TEXT
    assert entries(path.parent) == ["a.ts"]


def test_a_directory_in_place_of_the_file(tmp_path):
    (tmp_path / "c.ts").mkdir()
    assert re.fullmatch(rf"Failed to write file {tmp_path}/c.ts: Is a directory", failure(replace, f"{tmp_path}/c.ts"))
    assert entries(tmp_path) == ["c.ts"]


def test_a_file_in_place_of_a_directory(path):
    """Its parent, and one further above, where the new file cannot be removed either."""
    for below, cause in [("b.ts", "File exists"), ("b/c/d.ts", "Not a directory")]:
        assert failure(replace, f"{path}/{below}", b"new") == f"Failed to write file {path}/{below}: {cause}"
    assert local_file(f"{path}/b.ts") is None
    assert entries(path.parent) == ["a.ts"]


@pytest.mark.parametrize("function", ["makedirs", "replace", "chmod"])
def test_a_directory_that_cannot_be_written(path, monkeypatch, function):
    def refuse(*arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, function, refuse)
    assert failure(replace, str(path), b"new") == f"Failed to write file {path}: Permission denied"
    assert path.read_bytes() == TEXT
    assert entries(path.parent) == ["a.ts"]


def test_a_file_is_removed(path, refuse):
    remove_file(str(path))
    assert not path.exists()
    remove_file(str(path))
    path.write_bytes(TEXT)
    refuse("remove", "a.ts", errno.EPERM, content.os)
    assert failure(remove_file, str(path)) == f"Failed to remove file {path}: Operation not permitted"
