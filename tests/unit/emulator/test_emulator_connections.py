# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients can make the HTTP server hold: connections, bodies in memory, and heads that never end."""

from __future__ import annotations

import contextlib
import io
import select
import socket
import tempfile
import threading
import time

import pytest

from mediastore_emulator.http import body as http_body
from mediastore_emulator.http import server as http_server
from mediastore_emulator.memory import Memory

GET = b"GET /%b HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Application:
    """Replies with the path, to /slow once `is_over` is set, and keeps what the server refuses."""

    def __init__(self):
        self.is_over = threading.Event()
        self.is_slow = threading.Semaphore(0)
        self.refusals = []

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            self.is_slow.release()
            self.is_over.wait(30)
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    def body_timeout(self, _environ):
        return None

    def refused(self, environ, error):
        self.refusals.append((environ["REMOTE_ADDR"], error.status, str(error)))


@pytest.fixture
def application():
    return Application()


@pytest.fixture
def server(application):
    """A server of three connections."""
    with http_server.HttpServer(("127.0.0.1", 0), application, max_connections=3) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        application.is_over.set()
        server.shutdown()


@pytest.fixture
def connect(server):
    """Return a function that connects to the server, and sends the bytes that it is given."""
    with contextlib.ExitStack() as stack:

        def connect(data=b""):
            address = ("127.0.0.1", server.server_address[1])
            connection = stack.enter_context(socket.create_connection(address, timeout=30))
            connection.sendall(data)
            return connection

        yield connect


def read(connection):
    """Return what a connection sends until it ends."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def exchange(connection, path=b"fast"):
    """Send a request and return its reply, after which the connection stays open."""
    connection.sendall(GET % path)
    return connection.recv(65536)


def test_the_connection_that_waits_longest_makes_room(connect, server):
    first, second, third = connect(), connect(), connect()
    for connection in (second, first, third):
        assert exchange(connection).endswith(b"/fast")
        while len(server.waiting) < 3:
            continue
    assert exchange(connect()).endswith(b"/fast")
    assert second.recv(1) == b""
    for connection in (first, third):
        assert exchange(connection).endswith(b"/fast")


def test_a_busy_connection_is_not_ended_and_a_new_one_is_refused(connect, server, application):
    busy = [connect(GET % b"slow") for _number in range(3)]
    for _connection in busy:
        assert application.is_slow.acquire(timeout=30)
    reply = read(connect(GET % b"fast"))
    assert reply.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 1\r\n" in reply
    sentence = "The emulator serves at most 3 connections, and all of them are busy: try again later."
    assert reply.endswith(f"{sentence}\n".encode())
    assert application.refusals == [("127.0.0.1", 503, sentence)]
    application.is_over.set()
    for connection in busy:
        assert connection.recv(65536).endswith(b"/slow")
    while len(server.waiting) < 3:
        continue
    assert exchange(connect()).endswith(b"/fast")


def test_refusing_connections_is_bounded_too(connect, application, monkeypatch):
    monkeypatch.setattr(http_server, "_MAX_SURPLUS", 1)
    monkeypatch.setattr(http_server, "_LINGER_SECONDS", 30)
    for _number in range(3):
        connect(GET % b"slow")
        assert application.is_slow.acquire(timeout=30)
    # The server waits for the end of this connection after its reply.
    refused = connect()
    assert refused.recv(65536).startswith(b"HTTP/1.1 503 ")
    assert connect().recv(1) == b""


def test_a_head_that_never_ends_is_refused(connect, application, monkeypatch):
    monkeypatch.setattr(http_server, "_MAX_HEAD_SECONDS", 0.2)
    reply = read(connect(b"GET / HTTP/1.1\r\nHost: localhost\r\n"))
    assert reply.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert application.refusals == [("127.0.0.1", 408, "The head of a request can take at most 0.2 seconds.")]


@pytest.mark.parametrize(
    ("framing", "piece"), [("Content-Length: 1000000", b"x"), ("Transfer-Encoding: chunked", b"1\r\nx\r\n")]
)
def test_a_body_that_arrives_slowly_is_refused(connect, application, monkeypatch, framing, piece):
    monkeypatch.setattr(http_server, "_MAX_BODY_SECONDS", 0.2)
    connection = connect(f"POST / HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode())
    # The client is never silent.
    while not select.select([connection], [], [], 0.02)[0]:
        connection.sendall(piece)
    assert connection.recv(65536).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    message = "The request is cancelled because its body took more than 0.2 seconds."
    assert application.refusals == [("127.0.0.1", 408, message)]


def test_a_body_in_chunks_has_a_largest_size(connect, application, monkeypatch):
    monkeypatch.setattr(http_body, "MAX_BODY_BYTES", 10)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert connect(head + b"a\r\n0123456789\r\n0\r\n\r\n").recv(65536).startswith(b"HTTP/1.1 200 ")
    assert connect(head + b"b\r\n0123456789a\r\n").recv(65536).startswith(b"HTTP/1.1 413 ")
    assert application.refusals == [("127.0.0.1", 413, "A request body can have at most 10 bytes.")]


def test_the_content_of_a_reply_is_closed(connect, monkeypatch):
    """As PEP 3333 requires."""
    closed = threading.Event()

    class Content(list[bytes]):
        def close(self):
            closed.set()

    def serve(_application, _environ, start_response):
        start_response("200 OK", [])
        return Content([b"content"])

    monkeypatch.setattr(Application, "__call__", serve)
    assert exchange(connect()).endswith(b"content")
    assert closed.wait(30)


def test_a_long_body_may_take_longer(connect, monkeypatch):
    monkeypatch.setattr(http_server, "_MAX_BODY_SECONDS", 0.1)
    monkeypatch.setattr(http_server, "_BYTES_A_SECOND", 1)
    connection = connect(b"POST /slow-client HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n" + b"x" * 39)
    time.sleep(0.3)
    connection.sendall(b"x")
    assert connection.recv(65536).endswith(b"/slow-client")


def test_a_connection_without_requests_may_wait_longer_than_a_head(connect, monkeypatch):
    monkeypatch.setattr(http_server, "_MAX_HEAD_SECONDS", 0)
    connection = connect()
    for _number in range(2):
        assert exchange(connection).endswith(b"/fast")


def test_what_was_read_of_a_body_is_read_again():
    body = http_body.ArrivingBody(http_body.SizedFraming(6, b"abcdef", lambda _deadline: b""), 60)
    start = body.read(2)
    body.unread(start)
    assert (start, body.read()) == (b"ab", b"abcdef")


def is_in_memory(body):
    return isinstance(body.file, io.BytesIO)


def test_bodies_share_the_memory(monkeypatch):
    monkeypatch.setattr(http_body, "_MAX_BYTES_IN_MEMORY", 40)
    memory = Memory(100)

    def store(size):
        body = stack.enter_context(contextlib.closing(http_body.StoredBody(memory, tempfile.TemporaryFile)))
        for _piece in range(size // 10):
            body.write(b"x" * 10)
        return body

    with contextlib.ExitStack() as stack:
        # The third is too large, the fifth does not fit beside the others and gives back its memory, the sixth fits.
        sizes = [40, 40, 50, 10, 20, 10]
        bodies = [store(size) for size in sizes]
        assert [is_in_memory(body) for body in bodies] == [True, True, False, True, False, True]
        for body, size in zip(bodies, sizes, strict=True):
            body.file.seek(0)
            assert body.file.read() == b"x" * size
        bodies[0].close()
        assert is_in_memory(store(40))
    with contextlib.ExitStack() as stack:
        assert [is_in_memory(store(40)) for _number in range(3)] == [True, True, False]
