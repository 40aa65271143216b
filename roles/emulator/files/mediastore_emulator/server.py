# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's server with the emulator's MediaStore in it, an admin interface beside it, and a thread to run it in."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import ThreadedWSGIServer, select_address_family

from .control_plane import ControlPlane
from .data_plane import DataPlane
from .faults import ConnectionCutError, Faults
from .models import Settings, Store
from .wire import RequestRecord

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)
ADMIN_PREFIX = "/mediastore-emulator/"
SERVICE_NAME = "mediastore-emulator"
_MAX_IDLE_SECONDS = 300


class Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher by service, which remembers: moto tries some two hundred patterns for each request."""

    def __init__(self, create_app: Callable[[Any], Any]) -> None:
        super().__init__(create_app)
        self._backends: dict[str, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return moto's name of the service behind a host."""
        if host is None:
            return None
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class Emulator:
    """The WSGI application: the admin interface, and everything else to moto with our MediaStore in its place."""

    def __init__(self, settings: Settings) -> None:
        self._start_settings = settings
        self.record = RequestRecord(settings.record_limit)
        self.store = Store(settings)
        self.faults = Faults()
        planes = {
            "mediastore": ControlPlane(self.store, self.record, self.faults),
            "mediastoredata": DataPlane(self.store, self.record, self.faults),
        }
        self._moto = Dispatcher(lambda service: planes.get(service) or create_backend_app(service))
        self._admin: dict[tuple[str, str], Callable[[bytes], Any]] = {
            ("GET", "health"): lambda _body: {"status": "ok", "service": SERVICE_NAME, "pid": os.getpid()},
            ("GET", "requests"): lambda _body: {"requests": self.record.entries()},
            ("DELETE", "requests"): lambda _body: self.record.clear(),
            ("GET", "settings"): lambda _body: asdict(self.store.settings),
            ("PUT", "settings"): lambda body: self.configure(_json(body, dict, "The settings must be a JSON object.")),
            ("GET", "faults"): lambda _body: {"faults": self.faults.entries()},
            ("PUT", "faults"): lambda body: self.faults.put(_json(body, list, "The faults must be a JSON array.")),
            ("POST", "reset"): lambda _body: self.reset(),
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if path.startswith(ADMIN_PREFIX):
            return self._administer(environ, start_response)
        if path == "/moto-api/reset" and environ["REQUEST_METHOD"] == "POST":
            self.reset_store()
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer

    def reset_store(self) -> None:
        """Forget every container; what moto's own reset means for its services."""
        with self.store.lock:
            self.store.reset()

    def reset(self) -> None:
        """Put containers, settings, request record and faults back to the start."""
        self.reset_store()
        self.faults.put([])
        self._apply(self._start_settings)
        self.record.clear()

    def configure(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change settings and return all of them; raises ValueError for a setting that does not exist or fit."""
        self._apply(self.store.settings.updated(changes))
        return asdict(self.store.settings)

    def _apply(self, settings: Settings) -> None:
        self.record.limit(settings.record_limit)
        self.store.settings = settings

    def _administer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = environ["PATH_INFO"].removeprefix(ADMIN_PREFIX).rstrip("/")
        action = self._admin.get((environ["REQUEST_METHOD"], name))
        status = HTTPStatus.OK
        answer: Any
        if action is None:
            known = any(name == other for _method, other in self._admin)
            status = HTTPStatus.METHOD_NOT_ALLOWED if known else HTTPStatus.NOT_FOUND
            answer = {"error": f"{status.phrase}: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}"}
        else:
            try:
                answer = action(environ["wsgi.input"].read()) or {"status": "ok"}
            except ValueError as error:
                status, answer = HTTPStatus.BAD_REQUEST, {"error": str(error)}
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]


def _json(body: bytes, kind: type, refusal: str) -> Any:
    """Return the JSON value of a `kind` in a body; raises ValueError with the `refusal` for any other."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise ValueError(refusal)
    return value


class RequestHandler(MotoRequestHandler):
    """moto's handler with connections that stay open.

    werkzeug closes each connection, since it cannot tell where an unread body ends, and waits 10 ms for more of it.
    Here a body is read whole before the application sees the request, so that the next one can follow at once.
    """

    protocol_version = "HTTP/1.1"
    timeout = _MAX_IDLE_SECONDS
    # A header and a small body in two packets would wait for each other's acknowledgement (Nagle's algorithm).
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def run_wsgi(self) -> None:
        """Answer one request."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._body(environ))
        started: list[Any] = []
        chunks: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            return chunks.append

        try:
            with contextlib.ExitStack() as stack:
                result = self.server.app(environ, start_response)
                stack.callback(getattr(result, "close", lambda: None))
                chunks.extend(result)
        except ConnectionCutError:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        except Exception:
            # moto's applications let their own faults through.
            _LOG.exception("%s %s failed", self.command, self.path)
            started, chunks = ["500 Internal Server Error", []], []
        self._send(started[0], started[1], b"".join(chunks))

    def _body(self, environ: WSGIEnvironment) -> bytes:
        if environ.get("wsgi.input_terminated"):
            # What follows the last chunk may be trailers: the connection ends with this request.
            self.close_connection = True
            chunked: bytes = environ["wsgi.input"].read()
            environ["CONTENT_LENGTH"] = str(len(chunked))
            return chunked
        length = environ.get("CONTENT_LENGTH") or "0"
        return self.rfile.read(int(length)) if length.isdecimal() else b""

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _space, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _value in headers):
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def handle_expect_100(self) -> bool:
        """Leave the interim answer to run_wsgi, which sends it once."""
        return True

    def log(self, *args: Any, **kwargs: Any) -> None:
        """Log a request only when asked to."""
        if self.server.verbose:
            super().log(*args, **kwargs)


class _Server(ThreadedWSGIServer):
    """werkzeug's threaded server, which closes its open connections when it closes."""

    def __init__(self, listener: socket.socket, app: WSGIApplication, verbose: bool) -> None:
        self.verbose = verbose
        self._connections: set[socket.socket] = set()
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, app, RequestHandler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection in a thread of its own."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close one connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening and end the connections that wait for another request."""
        super().server_close()
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                # The client was faster.
                continue


class EmulatorServer:
    """The emulator on a port of this machine, served by threads of this process; a context manager.

    `port` 0 takes a free one. `settings` are those of models.Settings, delays in seconds. Raises OSError when the
    address cannot be used and ValueError for a setting that does not exist or fit. moto's other services keep their
    state in the process, so two servers of one process share theirs, but never MediaStore's.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, verbose: bool = False, **settings: Any) -> None:
        self._emulator = Emulator(Settings().updated(settings))
        self._address = (host, port)
        self._verbose = verbose
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def __enter__(self) -> EmulatorServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen and serve; `url` says where."""
        host, port = self._address
        with socket.create_server(self._address, family=select_address_family(host, port), backlog=128) as listener:
            self._server = _Server(listener, self._emulator, self._verbose)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, and wait until the port is free."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server = self._thread = None

    def requests(self) -> list[dict[str, Any]]:
        """Return the recorded MediaStore requests, oldest first."""
        return self._emulator.record.entries()

    def clear_requests(self) -> None:
        """Empty the request record."""
        self._emulator.record.clear()

    def configure(self, **changes: Any) -> None:
        """Change settings for what happens from now on; raises ValueError for one that does not exist or fit."""
        self._emulator.configure(changes)

    def reset(self) -> None:
        """Put containers, settings, request record and faults back to the start."""
        self._emulator.reset()

    def faults(self, *faults: dict[str, Any]) -> None:
        """Let these faults befall requests to come, in place of earlier ones; see faults.Fault for what they hold.

        Raises ValueError for what is no fault.
        """
        self._emulator.faults.put(faults)

    def faults_left(self) -> list[dict[str, Any]]:
        """Return the faults that have not befallen a request yet."""
        return self._emulator.faults.entries()
