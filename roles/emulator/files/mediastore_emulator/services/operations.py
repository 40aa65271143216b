# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation of a request for any service of AWS, by the protocols that botocore knows."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError

from ..model_check import service_model

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

UNKNOWN = "Unknown"
_SIGNED = re.compile(r"/([a-z0-9-]{1,63})/aws4_request", re.IGNORECASE)
# By the name in signatures, where moto has another one.
_SIGNING_NAMES = {"monitoring": "cloudwatch"}
_FORM_BYTES = 64 * 1024
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,127}")
_LABEL = re.compile(r"\{[^}]*\}")


def service_of(environ: WSGIEnvironment) -> str:
    """Return the service of a request by its signature; a request without a signature is for S3, as for moto."""
    signed = _SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
    signing_name = signed[1].lower() if signed else "s3"
    return _SIGNING_NAMES.get(signing_name, signing_name)


def operation_of(environ: WSGIEnvironment, service: str) -> str:
    """Return the name of the operation, UNKNOWN if none of the protocols has one.

    JSON names it in a header, RPC with CBOR at the end of the path, and the query protocol in the parameter Action.
    With REST, method and path select one in the model of `service`.
    """
    path = environ["PATH_INFO"]
    if "HTTP_X_AMZ_TARGET" in environ:
        name = environ["HTTP_X_AMZ_TARGET"].rpartition(".")[2]
    elif "HTTP_SMITHY_PROTOCOL" in environ:
        name = path.rpartition("/")[2]
    else:
        name = action_of(environ) or _rest_operation(service, environ["REQUEST_METHOD"], path)
    return name if _NAME.fullmatch(name) else UNKNOWN


def action_of(environ: WSGIEnvironment) -> str:
    """Return the parameter Action in the form or the query of a request, "" without one."""
    source = environ["wsgi.input"]
    form = source.read(_FORM_BYTES).decode("latin-1") if is_form(environ) else ""
    source.seek(0)
    actions = parse_qs(f"{form}&{environ.get('QUERY_STRING', '')}").get("Action", [""])
    return actions[0]


def is_form(environ: WSGIEnvironment) -> bool:
    """Return whether the body of a request is a form, as in the query protocol."""
    return bool(environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"))


def _rest_operation(service: str, method: str, path: str) -> str:
    found = {name for known, pattern, name in _rest_operations(service) if known == method and pattern.fullmatch(path)}
    return found.pop() if len(found) == 1 else UNKNOWN


@cache
def _rest_operations(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Return the method, the pattern of the path and the name of the operations in the model of a service."""
    try:
        model = service_model(service)
    except UnknownServiceError:
        return []
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        parts = map(re.escape, _LABEL.split(http.get("requestUri", "/").partition("?")[0]))
        found.append((http.get("method", ""), re.compile(".+".join(parts)), name))
    return found
