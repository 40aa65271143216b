# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of objects, in memory or in local files: the only file that reads and writes local files.

A failure is an ApiError whose message names the file.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import IO, Callable

from .._errors import ApiError, Failure
from .paths import shown_path

CHUNK_BYTES = 256 * 1024
# The name of a file whose content has not arrived as a whole: a dot, 32 hexadecimal digits and this suffix.
_PART_SUFFIX = ".mediastore-part"
_PART = re.compile(r"\.[0-9a-f]{32}" + re.escape(_PART_SUFFIX))
# The parts that this process is writing.
_parts: set[str] = set()
# The open files of this process, on Linux.
_DESCRIPTORS = "/proc/self/fd"
# Before the umask, as for any new file.
_NEW_FILE_MODE = 0o666
# Errors with which no other file can be written either.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class Upload:
    """The content of an object while it is read for a request, as a file that has only what the request needs.

    The content must have the length and the SHA-256 that it had before. If not, the last bytes are never returned, so
    that the request fails, and `error` is the reason.
    """

    def __init__(self, file: IO[bytes], name: str, length: int, sha256: str = "") -> None:
        """Read `file`, which messages call `name`; the SHA-256 is not compared if it is empty."""
        self.sha256 = sha256
        self.error: ApiError | None = None
        self._file = file
        self._name = name
        self._length = length
        self.seek(0)
        if not length:
            # A request without content is complete before its content is read.
            self.read()

    def __len__(self) -> int:
        """Return the length in bytes, from which botocore sets Content-Length."""
        return self._length

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what was read."""
        return self._digest.hexdigest()

    def seek(self, position: int) -> None:
        """Begin to read again, which botocore does before it sends a request again; `position` is 0."""
        self._file.seek(position)
        self._left = self._length
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes, nothing at the end; raise ApiError if the file has changed or is unreadable."""
        try:
            piece = self._file.read(self._left if size < 0 else min(size, self._left))
            self._digest.update(piece)
            self._left -= len(piece)
            is_longer = self._left == 0 and self._file.read(1)
        except OSError as error:
            self.error = _failure("read", self._name, error)
            raise self.error from error
        is_shorter = self._left > 0 and not piece
        is_other = self._left == 0 and self.sha256 not in ("", self.digest)
        if is_shorter or is_longer or is_other:
            self.error = ApiError(f"Failed to read {self._name}: it changed while this task was reading it")
            raise self.error
        return piece


class Source:
    """The desired content of an object.

    - length: in bytes
    - sha256: in hexadecimal, empty until the content was read
    """

    def __init__(self, name: str, length: int, open_file: Callable[[], IO[bytes]]) -> None:
        self.length = length
        self.sha256 = ""
        self._name = name
        self._open_file = open_file

    @classmethod
    def of_bytes(cls, content: bytes) -> Source:
        """Return `content` as a source."""
        return cls("the content", len(content), lambda: io.BytesIO(content))

    @classmethod
    def of_file(cls, path: str) -> Source:
        """Return a regular file as a source; raise ApiError if it is another file, or cannot be opened."""
        name = f"file {shown_path(path)}"

        def open_file() -> IO[bytes]:
            return open(path, "rb")

        try:
            status = os.stat(path)
            # A special file could block when it is opened.
            if not stat.S_ISREG(status.st_mode):
                raise ApiError(f"Failed to read {name}: it is a {_kind(status.st_mode)}, not a regular file")
            open_file().close()
        except OSError as error:
            raise _failure("read", name, error) from error
        return cls(name, status.st_size, open_file)

    def read(self) -> None:
        """Read the content once, for its SHA-256; raise ApiError if it has another length, or cannot be read."""
        if not self.sha256:
            with self.open() as upload:
                while upload.read(CHUNK_BYTES):
                    pass
                self.sha256 = upload.digest

    @contextmanager
    def open(self) -> Iterator[Upload]:
        """Open the content in order to read it; raise ApiError if this is not possible."""
        try:
            file = self._open_file()
        except OSError as error:
            raise _failure("read", self._name, error) from error
        with file:
            yield Upload(file, self._name, self.length, self.sha256)


@dataclass
class Tree:
    """The entries below a directory, by their paths relative to it, with `/` between names, in order.

    - files: the regular files, each with the path that opens it
    - not_followed: what each other entry is that is not a directory, for example a symbolic link
    - unreadable: why the entries of a directory could not be read
    """

    files: dict[str, str] = field(default_factory=dict)
    not_followed: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, ApiError] = field(default_factory=dict)


_KINDS: list[tuple[Callable[[int], bool], str]] = [
    (stat.S_ISDIR, "directory"),
    (stat.S_ISLNK, "symbolic link"),
    (stat.S_ISFIFO, "FIFO"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISBLK, "block device"),
    (stat.S_ISCHR, "character device"),
]


def read_tree(directory: str) -> Tree:
    """Return what is below a directory, without following symbolic links.

    It does not contain the parts of files that a task left when it was interrupted, see `replacing`.

    Raises ApiError if the directory itself is unreadable.
    """
    tree = Tree()

    def relative_of(path: str) -> str:
        return os.path.relpath(path, directory).replace(os.sep, "/")

    def note(parent: str, error: OSError) -> None:
        failure = _failure("read", shown_path(str(error.filename)), error)
        if parent == directory:
            raise failure from error
        tree.unreadable[relative_of(parent)] = failure

    for parent, directories, files in os.walk(directory, onerror=lambda error: note(str(error.filename), error)):
        links = [name for name in directories if os.path.islink(os.path.join(parent, name))]
        try:
            for path in (os.path.join(parent, name) for name in (*files, *links) if not _PART.fullmatch(name)):
                mode = os.lstat(path).st_mode
                if stat.S_ISREG(mode):
                    tree.files[relative_of(path)] = path
                else:
                    tree.not_followed[relative_of(path)] = _kind(mode)
        except OSError as error:
            note(parent, error)
    return Tree(dict(sorted(tree.files.items())), dict(sorted(tree.not_followed.items())), tree.unreadable)


@contextmanager
def replacing(path: str, modified: datetime | None = None) -> Iterator[Callable[[bytes], object]]:
    """Yield a function that writes bytes to a new file beside `path`, which replaces that file at the end.

    After an error, the new file is removed, and the old one remains. The directory is created if it does not exist. The
    new file gets the time `modified`, None for the current one, and of the file that it replaces the permissions and,
    if the system allows it, the owner and the group. Raises ApiError if the file cannot be written.
    """
    directory = os.path.dirname(path) or "."
    part = os.path.join(directory, f".{uuid.uuid4().hex}{_PART_SUFFIX}")
    _parts.add(part)
    try:
        os.makedirs(directory, exist_ok=True)
        with open(part, "xb", opener=_open_part) as file:
            yield file.write
            file.flush()
            _set_properties(file.fileno(), path, modified)
            if os.path.exists(part):
                os.replace(part, path)
            else:
                _link(file.fileno(), path, part)
    except OSError as error:
        raise _failure("write", f"file {shown_path(path)}", error) from error
    finally:
        _remove_part(part)


@contextmanager
def removing_parts() -> Iterator[None]:
    """Remove at the end the new files that threads are still writing, because the task was interrupted."""
    try:
        yield
    finally:
        for part in list(_parts):
            _remove_part(part)


def _open_part(part: str, flags: int) -> int:
    """Open a new file, without a name if the file system can: then nothing of it remains if the process is killed."""
    # open(2), O_TMPFILE: only on Linux, and not on each file system
    with suppress(AttributeError, OSError):
        if os.path.isdir(_DESCRIPTORS):
            return os.open(os.path.dirname(part), os.O_WRONLY | os.O_TMPFILE, _NEW_FILE_MODE)
    return os.open(part, flags, _NEW_FILE_MODE)


def _set_properties(file: int, path: str, modified: datetime | None) -> None:
    """Give an open file the time, and the permissions, group and owner of the file at `path` that it replaces."""
    if modified:
        os.utime(file, (modified.timestamp(), modified.timestamp()))
    with suppress(FileNotFoundError):
        replaced = os.stat(path)
        os.chmod(file, stat.S_IMODE(replaced.st_mode))
        # The owner is the last, because only an owner may change the others. Usually only root may set it.
        for user, group in ((-1, replaced.st_gid), (replaced.st_uid, -1)):
            with suppress(OSError):
                os.chown(file, user, group)


def _link(file: int, path: str, part: str) -> None:
    """Give an open file without a name the one at `path`, by way of the name `part` if another file has it."""
    # With src_dir_fd, Python follows the symbolic link to the file, see linkat(2), AT_SYMLINK_FOLLOW.
    link = partial(os.link, f"{_DESCRIPTORS}/{file}", src_dir_fd=file)
    try:
        link(path)
    except FileExistsError:
        link(part)
        os.replace(part, path)


def _remove_part(part: str) -> None:
    # The first error is the one to report, and there may be no such file.
    with suppress(OSError):
        os.remove(part)
    _parts.discard(part)


def remove_file(path: str) -> None:
    """Remove a local file, if it exists; raise ApiError if this is not possible."""
    try:
        with suppress(FileNotFoundError):
            os.remove(path)
    except OSError as error:
        raise _failure("remove", f"file {shown_path(path)}", error) from error


def local_file(path: str) -> Source | None:
    """Return the local file as a source, None if it does not exist; raise ApiError as Source.of_file does."""
    return Source.of_file(path) if os.path.lexists(path) else None


def _kind(mode: int) -> str:
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), "special file")


def _failure(verb: str, name: str, error: OSError) -> ApiError:
    failure = Failure(affects_all_resources=error.errno in _DISK_ERRORS)
    return ApiError(f"Failed to {verb} {name}: {error.strerror or error}", failure=failure)
