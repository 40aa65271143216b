# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaStore and the services beside it on one port, an admin interface, pages, and a thread that runs them."""

from __future__ import annotations

import json
import math
import os
import re
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .addresses import ADMIN_PREFIX, url_of
from .admin import AdminInterface
from .call import Call, Reply
from .error_documents import write_error
from .errors import TransferError
from .guard import Guard
from .http.server import HttpServer
from .iam.authorization import Resource
from .iam.decisions import answer
from .mediastore.access import find_cors_rules, find_resource
from .mediastore.control_plane import TARGET_PREFIX, ControlPlane
from .mediastore.data_plane import PATH_PREFIX, DataPlane
from .mediastore.models import Store
from .mediastore.storage import Storage
from .page.application import Pages
from .services.loading import load
from .services.operations import service_of
from .settings import Settings
from .shared import Shared

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# In the record: the service of requests that no service has seen.
_HTTP = "http"
_ACCOUNT = re.compile("[0-9]{12}")
_WRONG_ACCOUNT = "The header X-Moto-Account-Id must be the 12 digits of an account."
_SIGNED_FOR_MEDIASTORE = re.compile("/mediastore/", re.IGNORECASE)


class Emulator:
    """The WSGI application: pages, the admin interface, the two planes of MediaStore, and the services beside it.

    `services` are names of services.base.SERVICES; None are all that are installed. `credentials` are the secrets of
    access keys. `guard` decides which hosts and pages it serves. `data` is the directory that keeps the state of
    MediaStore; None keeps it in memory alone. Raises ValueError for any other name, if a service is not installed, and
    if the directory cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        services: Collection[str] | None = None,
        credentials: Mapping[str, str] | None = None,
        guard: Guard | None = None,
        data: str | os.PathLike[str] | None = None,
    ) -> None:
        self._start_settings = settings
        self._guard = guard or Guard()
        others = load(services)
        self.shared = shared = Shared(settings, others.directory, others.cloudwatch(services), credentials or {})
        self._storage = _storage(data)
        self.data = self._storage.directory
        self._store = Store(shared, self._storage)
        self._services = others(services, shared)
        self._control_plane = ControlPlane(shared, self._store)
        self._data_plane = DataPlane(shared, self._store)
        self._admin = AdminInterface(self)
        self._pages = Pages(shared, self._store, self._services.names, self.data)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request.

        Refuses another host (421), an invalid X-Moto-Account-Id (400), and a page of another origin (403), unless CORS
        rules decide on the page.
        """
        wrong_host = self._guard.why_wrong_host(environ)
        if wrong_host:
            return self._refuse(environ, start_response, HTTPStatus.MISDIRECTED_REQUEST, wrong_host)
        if "HTTP_X_MOTO_ACCOUNT_ID" in environ and not _ACCOUNT.fullmatch(environ["HTTP_X_MOTO_ACCOUNT_ID"]):
            return self._refuse(environ, start_response, HTTPStatus.BAD_REQUEST, _WRONG_ACCOUNT)
        application = self._application(environ)
        foreign = None if application is self._data_plane else self._guard.why_foreign(environ)
        if foreign and not (application is self._services and self._services.decides_on_page(environ)):
            return self._refuse(environ, start_response, HTTPStatus.FORBIDDEN, foreign)
        return application(environ, start_response)

    def _application(self, environ: WSGIEnvironment) -> WSGIApplication:
        """Return the application for a request."""
        path = environ["PATH_INFO"]
        if self._pages.serves(environ):
            return self._pages
        if path.startswith(ADMIN_PREFIX):
            return self._admin
        if path.startswith(PATH_PREFIX):
            return self._data_plane
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if target.startswith(TARGET_PREFIX):
            return self._control_plane
        if path == "/moto-api/reset" and environ["REQUEST_METHOD"] == "POST":
            return self._reset_services
        if _SIGNED_FOR_MEDIASTORE.search(environ.get("HTTP_AUTHORIZATION", "")):
            return self._control_plane if target else self._data_plane
        return self._services

    def _reset_services(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.reset_store()
        return self._services.reset(environ, start_response)

    def body_timeout(self, environ: WSGIEnvironment) -> float | None:
        """Return the timeout of an upload, 30 seconds for example; the body of any other request is read before."""
        is_upload = environ["REQUEST_METHOD"] in ("PUT", "POST") and environ["PATH_INFO"].startswith(PATH_PREFIX)
        return (self.shared.settings.upload_timeout or math.inf) if is_upload else None

    def refused(self, environ: WSGIEnvironment, error: TransferError) -> None:
        """Record a request to which the HTTP server replies; `environ` has what it could read."""
        service, call = self._identify(environ)
        self.shared.record.add_transfer_error(service, call, error)
        self._data_plane.observe(call, Reply(status=error.status, error=error.code))

    def _identify(self, environ: WSGIEnvironment) -> tuple[str, Call]:
        """Return the service and the call of a request that is not run."""
        call = Call.from_environ(environ, self.shared.directory)
        if environ.get("PATH_INFO", "").startswith(PATH_PREFIX):
            self._data_plane.identify(environ, call)
            return self._data_plane.service, call
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith(TARGET_PREFIX):
            self._control_plane.identify(environ, call)
            return self._control_plane.service, call
        return _HTTP, call

    def _refuse(
        self, environ: WSGIEnvironment, start_response: StartResponse, status: HTTPStatus, message: str
    ) -> Iterable[bytes]:
        """Refuse a request and record it. Without CORS headers, a page cannot read the reply."""
        service, call = self._identify(environ)
        call.reasons.append(message)
        code = status.phrase.title().replace(" ", "")
        if self._application(environ) is self._services:
            service = self._services.identify(environ, call) or service
        if service == self._data_plane.service or environ["PATH_INFO"].startswith(ADMIN_PREFIX):
            content_type, body = (
                "application/json",
                json.dumps({"__type": code, "message": message, "error": message}).encode(),
            )
        else:
            content_type, body = write_error(environ, service_of(environ), code, message)
        self.shared.record.add(service, call, status.value, code, len(body))
        start_response(
            f"{status.value} {status.phrase}", [("Content-Type", content_type), ("Content-Length", str(len(body)))]
        )
        return [body]

    @property
    def services(self) -> list[str]:
        """The names of the services beside MediaStore that are served."""
        return self._services.names

    def find_container(self, name: Any, places: Mapping[str, Any]) -> Resource:
        """Return a container as a resource of IAM; raises ValueError unless exactly one exists in `places`."""
        return find_resource(self._store, name, places)

    def find_cors_rules(self, name: Any, places: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the CORS rules of a container; raises ValueError unless exactly one exists in `places`."""
        return find_cors_rules(self._store, name, places)

    def find_bucket(self, name: Any) -> Resource:
        """Return a bucket as a resource of IAM; raises ValueError if it does not exist, and without S3."""
        return self._services.find_bucket(name)

    def find_bucket_cors_rules(self, name: Any) -> Sequence[Mapping[str, Any]]:
        """Return the CORS rules of a bucket; raises ValueError if it does not exist, and without S3."""
        return self._services.find_bucket_cors_rules(name)

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
        self.shared.record.configure(settings.record_limit, settings.log_requests)
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
    state in the process, so servers in one process share it; each server has its own MediaStore. `credentials` are the
    secrets of access keys: if they are given, the setting `signatures` is true, unless it is given. `allowed_hosts` are
    names that clients can use for it, see guard.Guard.

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
        credentials: Mapping[str, str] | None = None,
        allowed_hosts: Collection[str] = (),
        data: str | os.PathLike[str] | None = None,
        **settings: Any,
    ) -> None:
        known = dict(credentials or {})
        # The name of the setting log_requests in version 1.0.
        given = {"log_requests": True, **settings} if verbose else settings
        started = Settings(signatures=bool(known)).updated(given)
        self._emulator = Emulator(started, services, known, Guard(host, allowed_hosts), data)
        self._address = (host, port)
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
        """Start serving at `url`; if the address cannot be used, this is the end of the server."""
        try:
            self._server = HttpServer(self._address, self._emulator)
        except BaseException:
            self._emulator.close()
            raise
        self.url = url_of(self._address[0], self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, and wait until the port is free."""
        if self._server and self._thread:
            self._server.stop()
            self._thread.join()
            self._server.server_close()
            self._server = self._thread = None
            self._emulator.close()

    def requests(
        self, since: str | None = None, status: str | None = None, limit: str | None = None, **places: str
    ) -> list[dict[str, Any]]:
        """Return the recorded requests, oldest first; record.RequestRecord describes the parameters."""
        return self._emulator.shared.record.entries(since, status, limit, **places)

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
