# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's server with the emulator's MediaStore in it, an admin interface beside it, and a thread to run it in."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .control_plane import TARGET_PREFIX, ControlPlane
from .data_plane import PATH_PREFIX, DataPlane
from .faults import Faults
from .http_server import HttpServer
from .models import Settings, Store
from .wire import RequestRecord

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ADMIN_PREFIX = "/mediastore-emulator/"
SERVICE_NAME = "mediastore-emulator"


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
    """The WSGI application: the admin interface, the two planes of MediaStore, and moto for everything else."""

    def __init__(self, settings: Settings) -> None:
        self._start_settings = settings
        self.record = RequestRecord(settings.record_limit)
        self.store = Store(settings)
        self.faults = Faults()
        self._control_plane = ControlPlane(self.store, self.record, self.faults)
        self._data_plane = DataPlane(self.store, self.record, self.faults)
        # moto knows a request without a target and a container's path by the service in its signature.
        planes = {"mediastore": self._control_plane, "mediastoredata": self._data_plane}
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
        if path.startswith(PATH_PREFIX):
            return self._data_plane(environ, start_response)
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith(TARGET_PREFIX):
            return self._control_plane(environ, start_response)
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
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise ValueError(refusal)
    return value


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
        self._server: HttpServer | None = None
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
        self._server = HttpServer(self._address, self._emulator, self._verbose)
        host, port = self._address[0], self._server.server_address[1]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, and wait until the port is free."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
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
