# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaStore and the services beside it on one port, an admin interface, and a thread that runs them."""

from __future__ import annotations

import math
import os
import re
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .addresses import ADMIN_PREFIX, url_of
from .admin import AdminInterface
from .call import Call
from .errors import TransferError
from .http.server import HttpServer
from .iam.authorization import Resource
from .iam.decisions import answer
from .mediastore.access import find_resource
from .mediastore.control_plane import TARGET_PREFIX, ControlPlane
from .mediastore.data_plane import PATH_PREFIX, DataPlane
from .mediastore.models import Store
from .mediastore.storage import Storage
from .services.loading import load
from .settings import Settings
from .shared import Shared

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# In the record: the service of requests that no service has seen.
_HTTP = "http"
_SIGNED_FOR_MEDIASTORE = re.compile("/mediastore/", re.IGNORECASE)


class Emulator:
    """The WSGI application: the admin interface, the two planes of MediaStore, and the services beside it.

    `services` are names of services.base.SERVICES; None are all that are installed. Raises ValueError for any other
    name, and if a service is not installed. `data` is the directory that keeps the state of MediaStore; None keeps it
    in memory alone. Raises ValueError if that directory cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        services: Collection[str] | None = None,
        data: str | os.PathLike[str] | None = None,
    ) -> None:
        self._start_settings = settings
        others = load(services)
        self.shared = shared = Shared(settings, others.directory)
        self._storage = _storage(data)
        self.data = self._storage.directory
        self._store = Store(shared, self._storage)
        self._services = others(services, shared)
        self._control_plane = ControlPlane(shared, self._store)
        self._data_plane = DataPlane(shared, self._store)
        self._admin = AdminInterface(self)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = environ["PATH_INFO"]
        if path.startswith(ADMIN_PREFIX):
            return self._admin(environ, start_response)
        if path.startswith(PATH_PREFIX):
            return self._data_plane(environ, start_response)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if target.startswith(TARGET_PREFIX):
            return self._control_plane(environ, start_response)
        if path == "/moto-api/reset" and environ["REQUEST_METHOD"] == "POST":
            self.reset_store()
            return self._services.reset(environ, start_response)
        if _SIGNED_FOR_MEDIASTORE.search(environ.get("HTTP_AUTHORIZATION", "")):
            return (self._control_plane if target else self._data_plane)(environ, start_response)
        return self._services(environ, start_response)

    def body_timeout(self, environ: WSGIEnvironment) -> float | None:
        """Return the timeout of an upload, 30 seconds for example; the body of any other request is read before."""
        is_upload = environ["REQUEST_METHOD"] in ("PUT", "POST") and environ["PATH_INFO"].startswith(PATH_PREFIX)
        return (self.shared.settings.upload_timeout or math.inf) if is_upload else None

    def refused(self, environ: WSGIEnvironment, error: TransferError) -> None:
        """Record a request to which the HTTP server replies; `environ` has what it could read."""
        call = Call.from_environ(environ, self.shared.directory)
        service = _HTTP
        if environ.get("PATH_INFO", "").startswith(PATH_PREFIX):
            service = self._data_plane.service
            self._data_plane.identify(environ, call)
        self.shared.record.add_transfer_error(service, call, error)

    @property
    def services(self) -> list[str]:
        """The names of the services beside MediaStore that are served."""
        return self._services.names

    def find_container(self, name: Any, places: Mapping[str, Any]) -> Resource:
        """Return a container as a resource of IAM; raises ValueError unless exactly one exists in `places`."""
        return find_resource(self._store, name, places)

    def find_bucket(self, name: Any) -> Resource:
        """Return a bucket as a resource of IAM; raises ValueError if it does not exist, and without S3."""
        return self._services.find_bucket(name)

    def reset_store(self) -> None:
        """Remove all containers, as moto's reset does for its services."""
        with self._store.lock:
            self._store.reset(with_clock=False)

    def close(self) -> None:
        """Release the data directory."""
        self._storage.close()

    def reset(self) -> None:
        """Restore the initial state: no containers, requests and faults, the settings of the start, the real time."""
        with self._store.lock:
            self._store.reset(with_clock=True)
        self.shared.faults.put([])
        self._apply(self._start_settings)
        self.shared.record.clear()

    def configure(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change settings and return all of them; raises ValueError for an unknown setting or an invalid value."""
        self._apply(self.shared.settings.updated(changes))
        return asdict(self.shared.settings)

    def _apply(self, settings: Settings) -> None:
        self.shared.record.limit(settings.record_limit)
        self.shared.settings = settings


def _storage(data: str | os.PathLike[str] | None) -> Storage:
    if data is None:
        return Storage()
    try:
        # Some Pythons are built without sqlite3.
        from .mediastore.disk_storage import DiskStorage
    except ModuleNotFoundError as error:
        raise ValueError(f"This Python cannot use a data directory: {error}; use another Python.") from error
    return DiskStorage(data)


class EmulatorServer:
    """The emulator on a port of this machine, served by threads of this process; a context manager.

    `port` 0 selects a free port. `settings` are those of settings.Settings, delays in seconds. Raises OSError if the
    address cannot be used, and ValueError for an unknown setting or an invalid value. `services` are those beside
    MediaStore, of services.base.SERVICES: all of moto if it is installed, unless given. moto's services keep their
    state in the process, so servers in one process share it; each server has its own MediaStore.

    `data` is a directory that keeps the containers, the objects and the moves of the clock; without it, they are in
    memory. Raises ValueError if it cannot be used. No other server can use it before `stop`, which is then the end of
    this server.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        verbose: bool = False,
        services: Collection[str] | None = None,
        data: str | os.PathLike[str] | None = None,
        **settings: Any,
    ) -> None:
        self._emulator = Emulator(Settings().updated(settings), services, data)
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
        """Start serving at `url`."""
        self._server = HttpServer(self._address, self._emulator, self._verbose)
        self.url = url_of(self._address[0], self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, and wait until the port is free."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = self._thread = None
            self._emulator.close()

    def requests(self, since: str | None = None, status: str | None = None) -> list[dict[str, Any]]:
        """Return the recorded requests, oldest first; record.RequestRecord describes both parameters."""
        return self._emulator.shared.record.entries(since, status)

    def clear_requests(self) -> None:
        """Empty the request record."""
        self._emulator.shared.record.clear()

    def configure(self, **changes: Any) -> None:
        """Change settings; raises ValueError for an unknown setting or an invalid value."""
        self._emulator.configure(changes)

    def set_time(self, time: str | float | datetime) -> None:
        """Set the emulator's clock to an ISO 8601 text, seconds since 1970 or a datetime; UTC if it has no offset.

        Raises ValueError for any other value, and for a time before 1970 or after 9998.
        """
        self._emulator.shared.clock.set_time(time)

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock forward; raises ValueError for a negative number, or a time after 9998."""
        self._emulator.shared.clock.advance(seconds)

    def reset(self) -> None:
        """Restore the initial state: no containers, requests and faults, the settings of the start, the real time."""
        self._emulator.reset()

    def faults(self, *faults: dict[str, Any]) -> None:
        """Inject these faults into future requests, and discard earlier ones; faults.Fault describes their keys.

        Raises ValueError for an invalid fault.
        """
        self._emulator.shared.faults.put(faults)

    def decisions(self, *questions: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the decisions on questions about access, in their order; decisions.answer describes both.

        Raises ValueError for an invalid question.
        """
        return answer(questions, self._emulator)

    def faults_left(self) -> list[dict[str, Any]]:
        """Return the faults that were not yet injected."""
        return self._emulator.shared.faults.entries()
