# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of MediaStore in a directory: a database, and one file for the content of each object.

A file is complete before the database names it, and it is removed after the database no longer does. So a process that
is killed leaves at most files that the database does not name, which the next start removes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import sqlite3
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from ..errors import ServiceError
from .content import Content, FileContent, MediaObject
from .storage import Kept, Storage

_LOCK = "mediastore-emulator.lock"
_DATABASE = "mediastore.sqlite3"
_CONTENTS = "objects"
_CONTENT_NAME = re.compile("[0-9a-f]{32}")
_VERSION = 1
_SCHEMA = f"""
BEGIN;
CREATE TABLE clock (number INTEGER PRIMARY KEY, offset REAL NOT NULL, skipped REAL NOT NULL);
CREATE TABLE containers (endpoint_id TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE objects (
    endpoint_id TEXT NOT NULL,
    path TEXT NOT NULL,
    content TEXT NOT NULL,
    length INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    cache_control TEXT,
    modified REAL NOT NULL,
    added REAL NOT NULL,
    is_archived INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, path)
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
COMMIT;
"""


class DiskStorage(Storage):
    """Keeps the state in a directory, which is made if it does not exist, and which no other process can use meanwhile.

    Raises ValueError with a sentence if the directory contains anything else, is in use, was written by another version
    of the emulator, is damaged or cannot be written.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        place = Path(os.path.abspath(directory))
        self.directory = str(place)
        self._contents = place / _CONTENTS
        self._lock = threading.Lock()
        with self._starting(), contextlib.ExitStack() as stack:
            _prepare(place)
            stack.enter_context(_locked(place))
            self._database = stack.enter_context(contextlib.closing(_open_database(place)))
            self._contents.mkdir(mode=0o700, exist_ok=True)
            self._resources = stack.pop_all()

    def load(self) -> Kept:
        """Return what an earlier process has kept, and remove files that one has left which was killed.

        Raises ValueError with a sentence if the database is damaged, and releases the directory then.
        """
        with self._starting(), contextlib.ExitStack() as stack:
            stack.callback(self.close)
            kept = self._load()
            stack.pop_all()
            return kept

    def _load(self) -> Kept:
        objects: defaultdict[str, dict[str, MediaObject]] = defaultdict(dict)
        names = set()
        for row in self._rows("objects"):
            names.add(row["content"])
            content = FileContent(str(self._contents / row["content"]), row["length"], row["sha256"])
            headers, times = (row["content_type"], row["cache_control"]), (row["modified"], row["added"])
            objects[row["endpoint_id"]][row["path"]] = MediaObject(content, *headers, *times, bool(row["is_archived"]))
        for name in set(os.listdir(self._contents)) - names:
            if _CONTENT_NAME.fullmatch(name):
                (self._contents / name).unlink()
        containers = [(json.loads(row["state"]), objects[row["endpoint_id"]]) for row in self._rows("containers")]
        moves = [(row["offset"], row["skipped"]) for row in self._rows("clock")] or [(0.0, 0.0)]
        return Kept(*moves[0], containers)

    def keep(self, body: bytes) -> Content:
        """Return the content of an object that is to be put, which the caller discards if that fails."""
        content = FileContent(str(self._contents / uuid.uuid4().hex), len(body), hashlib.sha256(body).hexdigest())
        try:
            with self._writing(), open(content.path, "xb", buffering=0, opener=_private) as file:
                written = 0
                with memoryview(body) as view:
                    while written < len(body):
                        written += file.write(view[written:])
        except BaseException:
            content.discard()
            raise
        return content

    def put_container(self, state: dict[str, Any]) -> None:
        """Add or replace a container."""
        with self._changing() as database:
            database.execute("REPLACE INTO containers VALUES (?, ?)", (state["endpoint_id"], json.dumps(state)))

    def delete_container(self, endpoint_id: str) -> None:
        """Remove a container without objects."""
        with self._changing() as database:
            database.execute("DELETE FROM containers WHERE endpoint_id = ?", (endpoint_id,))

    def change_objects(self, endpoint_id: str, changed: Mapping[str, MediaObject | None]) -> None:
        """Add or replace the objects of a container at the paths of `changed`; None removes one."""
        with self._changing() as database:
            for path, stored in changed.items():
                if stored is None:
                    database.execute("DELETE FROM objects WHERE (endpoint_id, path) = (?, ?)", (endpoint_id, path))
                else:
                    row = (endpoint_id, path, *_columns(stored))
                    database.execute("REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def put_clock(self, offset: float, skipped: float) -> None:
        """Keep a move of the clock."""
        with self._changing() as database:
            database.execute("REPLACE INTO clock VALUES (1, ?, ?)", (offset, skipped))

    def clear(self, *, with_clock: bool) -> None:
        """Remove all containers and objects, and the moves of the clock."""
        with self._changing() as database:
            for table in ["containers", "objects", *["clock"] * with_clock]:
                database.execute(f"DELETE FROM {table}")

    def close(self) -> None:
        """Release the directory; changes are refused from now on."""
        with self._lock:
            self._resources.close()

    def _rows(self, table: str) -> sqlite3.Cursor:
        return self._database.execute(f"SELECT * FROM {table}")

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Yield the database in a transaction."""
        with self._writing(), self._lock:
            self._database.execute("BEGIN")
            with self._database:
                yield self._database

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise ValueError(f"The data directory {self.directory} cannot be used: {_reason(error)}.") from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            message = f"The emulator cannot write to its data directory {self.directory}: {_reason(error)}."
            raise ServiceError("InternalServerError", f"{message} The request has changed nothing.", 500) from error


def _prepare(directory: Path) -> None:
    """Make a directory unless it exists; raises ValueError if it contains anything that is not of the emulator."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = os.listdir(directory)
    if names and _LOCK not in names:
        raise ValueError(
            f"The directory {directory} is not a data directory of the emulator, because it contains {min(names)}: "
            "name an empty directory, or one that does not exist."
        )


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[TextIO]:
    """Lock a directory until the context or the process ends; raises ValueError if another process has locked it."""
    with open(directory / _LOCK, "a+", encoding="ascii", opener=_private) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise ValueError(
                f"The emulator with the process ID {file.read().strip()} uses the data directory {directory}: stop it, "
                "or name another directory."
            ) from None
        except OSError as error:
            raise ValueError(
                f"The file system of the data directory {directory} cannot lock files ({error.strerror}): name a "
                "directory of another file system."
            ) from error
        file.truncate(0)
        print(os.getpid(), file=file, flush=True)
        yield file


def _open_database(directory: Path) -> sqlite3.Connection:
    """Open the database of a directory, which is made unless it exists; nothing of one that is refused is changed."""
    path = directory / _DATABASE
    # SQLite gives its other files the permissions of this one.
    os.close(_private(str(path), os.O_RDWR | os.O_CREAT))
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.row_factory = sqlite3.Row
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        versions = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "schema_version")]
        is_new = versions == [0, 0]
        if is_new and os.path.isdir(directory / _CONTENTS) and os.listdir(directory / _CONTENTS):
            raise ValueError(
                f"The data directory {directory} has objects in {_CONTENTS} that its database {_DATABASE} does not "
                "know: restore the database, or name another directory."
            )
        if not is_new and versions[0] != _VERSION:
            raise ValueError(
                f"The data directory {directory} has the format {versions[0]}, and this version of the emulator reads "
                f"the format {_VERSION}: use the version that wrote it, or name another directory."
            )
        # With this journal, a change survives the end of the process without waiting for the disk.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        if is_new:
            database.executescript(_SCHEMA)
    except BaseException:
        database.close()
        raise
    return database


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _columns(stored: MediaObject) -> tuple[Any, ...]:
    content = stored.content
    assert isinstance(content, FileContent)
    name = os.path.basename(content.path)
    times = (stored.modified, stored.added)
    return (name, content.length, content.sha256, stored.content_type, stored.cache_control, *times, stored.is_archived)


def _reason(error: OSError | sqlite3.Error) -> str:
    return getattr(error, "strerror", None) or str(error)
