# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI application that serves the pages, their style and their script."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from ..call import Call
from ..errors import ServiceError
from ..mediastore.models import Store
from ..record import PLACES, REFUSED
from ..shared import Shared
from . import views
from .markup import Markup
from .snapshots import describe, list_containers, list_items

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_ROOT = "/"
_READING = ("GET", "HEAD")
_CONTAINERS_ON_PAGE = 100
_ITEMS_ON_PAGE = 100
_REQUESTS_BESIDE_OTHERS = 20
_REQUESTS_ON_PAGE = 200
_MAX_DIGITS = 9
_HEADERS = {
    # All that a page needs comes from the emulator, except for the empty icon, which is part of the page.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class _Reply(NamedTuple):
    content_type: str
    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = {}


class _Request(NamedTuple):
    """A request for a page; `base_url` is that of containers' endpoints, `query` has no empty parameters."""

    base_url: str
    query: Mapping[str, str]

    def get(self, name: str) -> str:
        return self.query.get(name, "")

    @property
    def number(self) -> int:
        """The number of the page that is wanted, 1 unless the query has one."""
        given = self.get("page")
        return int(given) if given.isascii() and given.isdigit() and len(given) <= _MAX_DIGITS else 1


class Pages:
    """The WSGI application for the pages.

    `services` are the names of those beside MediaStore, `data` is the directory that keeps the state, None for memory.
    """

    def __init__(self, shared: Shared, store: Store, services: Collection[str], data: str | None) -> None:
        self._shared = shared
        self._store = store
        self._services = services
        self._data = data
        self._actions: dict[str, Callable[[_Request], _Reply]] = {
            _ROOT: self._containers,
            views.CONTAINERS_PATH: self._containers,
            views.CONTAINER_PATH: self._container,
            views.REQUESTS_PATH: self._requests,
            views.STYLE_PATH: lambda _request: _file("style.css", "text/css"),
            views.SCRIPT_PATH: lambda _request: _file("script.js", "text/javascript"),
        }

    def serves(self, environ: WSGIEnvironment) -> bool:
        """Return whether a request is for a page.

        At the root, it is only if a browser opens it: other requests are for a service, for example ListBuckets of S3.
        """
        path = environ["PATH_INFO"]
        return path in self._actions and (path != _ROOT or _is_of_browser(environ))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        reply = self._reply(environ)
        own = {"Content-Type": f"{reply.content_type}; charset=utf-8", "Content-Length": str(len(reply.body))}
        headers = {**own, **_HEADERS, **reply.headers}
        start_response(f"{reply.status.value} {reply.status.phrase}", list(headers.items()))
        return [reply.body]

    def _reply(self, environ: WSGIEnvironment) -> _Reply:
        if environ["REQUEST_METHOD"] not in _READING:
            allow = {"Allow": ", ".join(_READING)}
            return _Reply("text/plain", b"Use GET to read a page.\n", HTTPStatus.METHOD_NOT_ALLOWED, allow)
        query = parse_qs(environ.get("QUERY_STRING", ""))
        base_url = Call.from_environ(environ, self._shared.directory).base_url
        request = _Request(base_url, {name: values[-1] for name, values in query.items()})
        return self._actions[environ["PATH_INFO"]](request)

    def _containers(self, request: _Request) -> _Reply:
        rows = list_containers(self._store, request.get("name"), request.number, _CONTAINERS_ON_PAGE)
        entries = self._shared.record.entries(limit=str(_REQUESTS_BESIDE_OTHERS))
        facts = {
            "Endpoint URL": request.base_url,
            "Data": self._data or "in memory",
            "Signatures": "verified" if self._shared.settings.signatures else "not verified",
            "Clock (UTC)": views.time_text(self._shared.clock.time()),
            "Services beside MediaStore": ", ".join(self._services) or "none",
            "Faults to inject": str(len(self._shared.faults.entries())),
        }
        return _html(views.containers_page(rows, request.get("name"), facts, entries))

    def _container(self, request: _Request) -> _Reply:
        place = {name: request.get(name) for name in PLACES}
        name, region, account = place.values()
        try:
            with self._store.lock:
                container = self._store.find(account, region, name)
                detail = describe(container, request.base_url)
        except ServiceError as error:
            return _html(views.missing_page(error.message), HTTPStatus.NOT_FOUND)
        folder = "".join(f"{part}/" for part in request.get("folder").split("/") if part)
        items = list_items(self._store, container, folder, request.number, _ITEMS_ON_PAGE)
        entries = self._shared.record.entries(limit=str(_REQUESTS_BESIDE_OTHERS), **place)
        return _html(views.container_page(detail, folder, items, entries))

    def _requests(self, request: _Request) -> _Reply:
        places = {name: request.get(name) for name in PLACES if request.get(name)}
        only_refused = request.get("status") == REFUSED
        status = REFUSED if only_refused else None
        entries = self._shared.record.entries(status=status, limit=str(_REQUESTS_ON_PAGE), **places)
        return _html(views.requests_page(places, only_refused, entries))


def _is_of_browser(environ: WSGIEnvironment) -> bool:
    """Return whether a browser wants a page: not a client with a signature, or with the parameters of a service."""
    return (
        environ["REQUEST_METHOD"] in _READING
        and "text/html" in environ.get("HTTP_ACCEPT", "")
        and not environ.get("QUERY_STRING")
        and "HTTP_AUTHORIZATION" not in environ
    )


def _html(page: Markup, status: HTTPStatus = HTTPStatus.OK) -> _Reply:
    # JSON of clients can contain halves of surrogate pairs, which UTF-8 cannot encode.
    return _Reply("text/html", page.encode(errors="replace"), status)


def _file(name: str, content_type: str) -> _Reply:
    return _Reply(content_type, Path(__file__).with_name(name).read_bytes())
