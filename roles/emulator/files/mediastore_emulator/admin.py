# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin interface: it reads and changes an emulator by HTTP, with JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import parse_qs

from . import strict_json
from .addresses import ADMIN_PREFIX, SERVICE_NAME
from .errors import ServiceError
from .iam.decisions import Resources, answer
from .record import PLACES
from .shared import Shared
from .turns import Turns

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_MAX_QUESTIONS_BYTES = 1024**2
_JSON = "application/json"
_MAX_BODY_BYTES = 16 * 1024**2


class Administered(Resources, Protocol):
    """The emulator, as the admin interface uses it."""

    shared: Shared
    data: str | None

    @property
    def services(self) -> list[str]:
        """The names of the services beside MediaStore that are served."""

    def configure(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change settings and return all of them; raises ValueError for an unknown setting or an invalid value."""

    def reset(self) -> None:
        """Restore the initial state."""


class _Request(NamedTuple):
    query: Mapping[str, str]
    body: bytes

    def json(self, kind: type, message: str) -> Any:
        """Return the JSON value of the body; raises ValueError with `message` unless it is of the type `kind`."""
        if len(self.body) > _MAX_BODY_BYTES or not strict_json.has_few_values(self.body):
            raise ValueError(f"The body can have at most {_MAX_BODY_BYTES} bytes and {strict_json.MAX_VALUES} values.")
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, kind):
            raise ValueError(message)
        return value

    def member(self, name: str) -> Any:
        """Return the value of the only member of a JSON object; raises ValueError for any other body."""
        message = f"The body must be a JSON object with only the member {name}."
        given = self.json(dict, message)
        if set(given) != {name}:
            raise ValueError(message)
        return given[name]

    def parameters(self, known: Collection[str]) -> Mapping[str, str]:
        """Return the parameters of the query; raises ValueError if one is not `known`."""
        unknown = sorted(set(self.query) - set(known))
        if unknown:
            raise ValueError(f"Unknown parameter '{unknown[0]}': the parameters are {', '.join(known)}.")
        return self.query


class AdminInterface:
    """The WSGI application for the paths that start with addresses.ADMIN_PREFIX."""

    def __init__(self, emulator: Administered) -> None:
        self._emulator = emulator
        self._shared = emulator.shared
        self._turns = Turns()
        self._actions: dict[tuple[str, str], Callable[[_Request], Any]] = {
            ("GET", "health"): lambda _request: {
                "status": "ok",
                "service": SERVICE_NAME,
                "pid": os.getpid(),
                "data": emulator.data,
            },
            ("GET", "services"): lambda _request: {"services": emulator.services},
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): lambda _request: self._shared.record.clear(),
            ("GET", "settings"): lambda _request: asdict(self._shared.settings),
            ("PUT", "settings"): self._configure,
            ("GET", "faults"): lambda _request: {"faults": self._shared.faults.entries()},
            ("PUT", "faults"): self._put_faults,
            ("POST", "decisions"): self._decide,
            ("GET", "clock"): lambda _request: self._shared.clock.shown(),
            ("PUT", "clock"): self._set_clock,
            ("POST", "clock"): self._advance_clock,
            ("POST", "reset"): lambda _request: emulator.reset(),
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request: 400 with a sentence for an invalid one, 404 and 405 for an unknown one.

        The status is 500, also with a sentence, if a change cannot be kept on disk.
        """
        name = environ["PATH_INFO"].removeprefix(ADMIN_PREFIX).rstrip("/")
        action = self._actions.get((environ["REQUEST_METHOD"], name))
        status = HTTPStatus.OK
        reply: Any
        if action is None:
            known = any(name == other for _method, other in self._actions)
            status = HTTPStatus.METHOD_NOT_ALLOWED if known else HTTPStatus.NOT_FOUND
            reply = {"error": f"{status.phrase}: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}"}
        else:
            # In contrast to forms, a + is no blank, because the offset of a time has one.
            query = parse_qs(environ.get("QUERY_STRING", "").replace("+", "%2B"), keep_blank_values=True)
            try:
                result = action(
                    _Request(
                        {key: values[-1] for key, values in query.items()},
                        environ["wsgi.input"].read(_MAX_BODY_BYTES + 1),
                    )
                )
                if isinstance(result, Iterator):
                    start_response("200 OK", [("Content-Type", _JSON), ("Transfer-Encoding", "chunked")])
                    return result
                reply = {"status": "ok"} if result is None else result
            except ValueError as error:
                status, reply = HTTPStatus.BAD_REQUEST, {"error": str(error)}
            except ServiceError as error:
                status, reply = HTTPStatus(error.status), {"error": error.message}
        body = json.dumps(reply).encode()
        headers = [("Content-Type", _JSON), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _requests(self, request: _Request) -> Any:
        return self._shared.record.pieces(**request.parameters(("since", "status", "limit", *PLACES)))

    def _configure(self, request: _Request) -> Any:
        return self._emulator.configure(request.json(dict, "The settings must be a JSON object."))

    def _put_faults(self, request: _Request) -> None:
        self._shared.faults.put(request.json(list, "The faults must be a JSON array."))

    def _decide(self, request: _Request) -> Any:
        size = len(request.body)
        if size > _MAX_QUESTIONS_BYTES:
            raise ValueError(f"The questions can have at most {_MAX_QUESTIONS_BYTES} bytes, these have {size}.")
        with self._turns:
            questions = request.json(list, "The questions must be a JSON array.")
        return answer(questions, self._emulator, self._turns)

    def _set_clock(self, request: _Request) -> Any:
        self._shared.clock.set_time(request.member("time"))
        return self._shared.clock.shown()

    def _advance_clock(self, request: _Request) -> Any:
        self._shared.clock.advance(request.member("advance"))
        return self._shared.clock.shown()
