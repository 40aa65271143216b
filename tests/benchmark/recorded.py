# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the emulator, recorded, and a server that gives them again: it costs so little that a client is measured.

This file is also the program of the server: it reads a Recording from its input, and ends when it is terminated.
"""

from __future__ import annotations

import asyncio
import io
import json
import pickle
import re
import selectors
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = re.compile(rb"channel-\d+")  # of the containers and buckets that a benchmark declares
CREATIONS = (b"POST / MediaStore_20170901.CreateContainer", b"PUT / ")
READS = re.compile(rb"(GET|HEAD) |POST \S+ (\w+\.(Get|List|Describe)|Action=Get)")
TARGET = re.compile(rb"\r\nx-amz-target: *([^\r]*)", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
END_OF_HEAD = b"\r\n\r\n"


@dataclass
class State:
    """What requests of one run have changed: the names that they have created."""

    created: set[bytes] = field(default_factory=set)

    def key(self, method: bytes, uri: bytes, target: bytes, body: bytes) -> tuple[bytes, bytes, bool]:
        """Return what a request asks for, the name that it asks about, and whether the run has created it.

        What it asks for does not contain the name. A request without a name, such as the next page of a list, differs
        by its body.
        """
        found = NAME.search(uri) or NAME.search(body)
        name = found[0] if found else b""
        what = b"%b %b %b" % (method, uri.replace(name, b"") if name else uri, target)
        is_new = name in self.created
        if what in CREATIONS:
            self.created.add(name)
        return (what if name else what + body), name, is_new


class Recording:
    """The answers to the requests of one run, in the order in which they were given to the same request.

    `host` is the name and the port of the server that gave them, which URLs in the answers contain.
    """

    def __init__(self) -> None:
        self.answers: dict[tuple[bytes, bytes, bool], list[bytes]] = {}
        self.host = ""
        self._state = State()

    def call(self, application: Callable[..., Iterable[bytes]], environ: dict[str, Any], start: Any) -> list[bytes]:
        """Call a WSGI application, and record what it answers."""
        body = environ["wsgi.input"].read()
        self.host = environ["HTTP_HOST"]
        method, uri, target = (environ.get(name, "") for name in ("REQUEST_METHOD", "RAW_URI", "HTTP_X_AMZ_TARGET"))
        key = self._state.key(method.encode(), uri.encode(), target.encode(), body)
        started: list[Any] = []
        chunks = application({**environ, "wsgi.input": io.BytesIO(body)}, lambda *given: started.extend(given))
        content = b"".join(chunks)
        self.answers.setdefault(key, []).append(_answer(method, started[0], started[1], content))
        start(*started)
        return [content]

    def any_name(self) -> dict[tuple[bytes, bool], list[bytes]]:
        """Return the answers of one name each: which bucket the client asks more about depends on its threads."""
        return {(what, is_new): answers for (what, _name, is_new), answers in self.answers.items()}


def _answer(method: str, status: str, headers: list[tuple[str, str]], content: bytes) -> bytes:
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    if method == "HEAD":
        content = b""
    if not status.startswith("204"):
        kept.append(("Content-Length", str(len(content))))
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in kept), "", ""]
    return "\r\n".join(lines).encode() + content


@dataclass(frozen=True)
class Figures:
    """What a server of recorded answers has seen.

    - calls, changes: the number of requests, and of those that change something
    - unknown: what requests asked for that no recorded answer fits
    - seconds: from the first request to the last reply
    - processor: the user and system seconds of the server for a request
    """

    calls: int
    changes: int
    unknown: list[str]
    seconds: float
    processor: float


class Replay:
    """A server of recorded answers in another process, at `url`: it sends each one `delay` seconds after its request.

    `figures` are set when the context ends.
    """

    def __init__(self, recording: Recording, delay: float) -> None:
        self._given = pickle.dumps((recording.host, recording.answers, recording.any_name(), delay))
        self.figures = Figures(0, 0, [], 0, 0)

    def __enter__(self) -> Replay:
        command = [sys.executable, "-B", str(Path(__file__).resolve())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process.stdin.write(self._given)
        self._process.stdin.close()
        self.url = self._process.stdout.readline().decode().strip()
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        with self._process.stdout as output:
            self.figures = Figures(**json.loads(output.read()))
        self._process.wait()


class Answers:
    """Gives the recorded answers of one run, and counts."""

    def __init__(
        self, host: str, answers: dict[Any, list[bytes]], any_name: dict[Any, list[bytes]], delay: float
    ) -> None:
        self.delay = delay
        self.host = self._recorded_host = host.encode()
        self._answers, self._any_name = answers, any_name
        self._state = State()
        self._given: Counter[Any] = Counter()
        self._asked: Counter[bytes] = Counter()
        self._unknown: list[str] = []
        self._first = self._last = 0.0
        self._processor = time.process_time()

    def answer(self, now: float, method: bytes, uri: bytes, target: bytes, body: bytes) -> bytes:
        """Return the next recorded answer to a request that came `now`; the last one is repeated."""
        self._first, self._last = self._first or now, now + self.delay
        key = what, _name, is_new = self._state.key(method, uri, target, body)
        self._asked[what] += 1
        number = self._given[key]
        self._given[key] += 1
        answers = self._answers.get(key) or self._any_name.get((what, is_new))
        if answers is None:
            self._unknown.append(what.decode())
            return b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
        return answers[min(number, len(answers) - 1)].replace(self._recorded_host, self.host)

    def figures(self) -> dict[str, Any]:
        """Return the members of Figures."""
        calls = self._asked.total()
        return {
            "calls": calls,
            "changes": sum(number for what, number in self._asked.items() if not READS.match(what)),
            "unknown": sorted(set(self._unknown)),
            "seconds": self._last - self._first,
            "processor": (time.process_time() - self._processor) / max(calls, 1),
        }


class Connection(asyncio.Protocol):
    """One connection, with requests that are followed by their replies."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer the requests that are complete, after the delay."""
        self._received += data
        loop = asyncio.get_running_loop()
        for request in self._requests():
            now = loop.time()
            answer = self._answers.answer(now, *request)
            loop.call_at(now + self._answers.delay, self._transport.write, answer)

    def _requests(self) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
        """Yield method, URI, target and body of each complete request."""
        while (end := self._received.find(END_OF_HEAD)) >= 0:
            head = self._received[:end]
            length, target = LENGTH.search(head), TARGET.search(head)
            start = end + len(END_OF_HEAD)
            body = self._received[start : start + int(length[1])] if length else b""
            if length and len(body) < int(length[1]):
                return
            self._received = self._received[start + len(body) :]
            method, uri, _version = head.partition(b"\r\n")[0].split(b" ")
            yield method, uri, target[1] if target else b"", body


async def serve(answers: Answers) -> None:
    """Serve on loopback until the process is terminated; print the URL, and the figures at the end."""
    loop = asyncio.get_running_loop()
    terminated = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, terminated.set)
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0)
    host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    if len(host) != len(answers.host):
        sys.exit(f"the lengths of {host} and {answers.host.decode()} differ, so those of the answers would be wrong")
    answers.host = host.encode()
    print(f"http://{host}", flush=True)
    await terminated.wait()
    print(json.dumps(answers.figures()), flush=True)


def main() -> None:
    """Run the server."""
    answers = Answers(*pickle.load(sys.stdin.buffer))
    # The timeouts of epoll are in whole milliseconds, those of select are exact.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(serve(answers))


if __name__ == "__main__":
    main()
