# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's handlers for one service as a WSGI application, without Flask: it takes a quarter of the time of a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.core.request import Request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Flask


class _Request(Request):
    """A request that a server received."""

    from_wsgi_server = True

    @property
    def want_form_data_parsed(self) -> bool:
        """Whether the body can be a form: an object that curl uploads has the type of a form, too."""
        return self.method == "POST"


class _Response(Response):
    """A reply with the default of Flask."""

    default_mimetype = "text/html"


class Handlers:
    """The application that runs the handlers of `app`, moto's Flask application for a service."""

    def __init__(self, app: Flask) -> None:
        self._rules = app.url_map
        # Each view of moto calls a handler, with the request that it takes from Flask.
        views: Mapping[str, Any] = app.view_functions
        self._handlers = {name: view.callback for name, view in views.items()}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        response: Response | HTTPException
        try:
            endpoint, _values = self._rules.bind_to_environ(environ).match()
            response = _run(self._handlers[endpoint], _Request(environ))
        except HTTPException as error:
            response = error
        return response(environ, start_response)


def _run(handler: Any, request: Request) -> Response:
    """Return the reply of a handler, which is a status, headers and content, or content alone."""
    try:
        result = handler(request, request.raw_url, dict(request.headers))
    except ClientError as error:
        result = 400, {}, error.response["Error"]["Message"]
    status, headers, content = result if len(result) == 3 else (200, {}, result)
    response = _Response(content, status, headers)
    if request.method == "HEAD" and "content-length" in headers:
        response.headers["Content-Length"] = headers["content-length"]
    return response
