# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The five operations of the MediaStore data plane (REST JSON), at the endpoint of a container.

An endpoint is SCHEME://HOST:PORT/mediastore_REGION/ENDPOINTID. All clients have access to a container until one puts
or deletes its policy; then each request is authorized.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from botocore.model import StructureShape

from ..call import Call, Reply
from ..clock import http_date
from ..errors import InvalidRequestError, ServiceError
from ..model_check import checked, service_model
from ..paging import page
from ..shared import Shared
from .access import refusal, to_resource
from .content import Content
from .cors import CorsRequest, response_headers
from .models import Container, MediaObject, Store
from .plane import MediaStorePlane, json_reply

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PAGE_SIZE = 1000
PATH_PREFIX = "/mediastore_"
_ADDRESS = re.compile(rf"{PATH_PREFIX}([^/]+)/+([^/]+)(.*)", re.DOTALL)
# User Guide, "Uploading an object": 25 MB, and 10 MB with streaming. AWS does not say whether an MB is 1,000,000 or
# 1,048,576 bytes; the larger reading refuses no object that the service accepts.
_MAX_MEGABYTES = {"STANDARD": 25, "STREAMING": 10}
_BYTES_IN_MB = 1024**2
_MAX_OBJECT_BYTES = _MAX_MEGABYTES["STANDARD"] * _BYTES_IN_MB
_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)", re.IGNORECASE)
_MAX_DIGITS = 18


class DataPlane(MediaStorePlane):
    """Put, get, describe and delete objects, and list the items of a folder."""

    service = "mediastore-data"
    content_type = "application/json"

    def __init__(self, shared: Shared, store: Store) -> None:
        super().__init__(shared, store)
        self._model = service_model(self.service)
        self._operations: dict[str, Callable[[Container, dict[str, Any]], Reply]] = {
            "PutObject": _put_object,
            "GetObject": partial(_get_object, True),
            "DescribeObject": partial(_get_object, False),
            "DeleteObject": _delete_object,
            "ListItems": _list_items,
        }

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Run the operation that the method and the path of the request select.

        Raises IncompleteSignature, ContainerNotFoundException and ObjectNotFoundException (404), AccessDenied (403),
        RequestedRangeNotSatisfiableException (416) and ValidationException (400). A preflight selects no operation; it
        needs no signature, because browsers send none.
        """
        cross_origin = CorsRequest.from_environ(environ)
        if cross_origin and cross_origin.is_preflight:
            return self._preflight(environ, call, cross_origin)
        call.read_signature(environ)
        call.region, endpoint_id, path = _address(environ, call.region)
        operation = _operation(environ["REQUEST_METHOD"], path)
        if operation is None:
            raise ServiceError("UnknownOperationException", "No operation uses the method of the request.")
        call.operation = operation
        shape = self._model.operation_model(call.operation).input_shape
        given = _given(shape, environ, path)
        call.parameters = {name: value for name, value in given.items() if name != "Body"}
        if "Body" in given:
            call.parameters["ContentLength"] = int(environ.get("CONTENT_LENGTH") or 0)
        self.inject_fault(call)
        with self.store.lock:
            container = self.store.at_endpoint(call.region, endpoint_id)
            call.account, call.container = container.account, container.name
            parameters = checked(shape, given)
            if self.shared.settings.access and "ContainerPolicy" in container.declared:
                resource = to_resource(container, parameters.get("Path", "").strip("/"))
                found = self.authorize(environ, call, f"mediastore:{operation}", resource, {})
                if not found.is_allowed:
                    raise refusal(found)
            self.store.apply_lifecycle(container, [path] if path else container.objects)
            return self._operations[operation](container, parameters)

    def identify(self, environ: WSGIEnvironment, call: Call) -> None:
        """Describe the operation and the container in `call`."""
        call.region, endpoint_id, path = _address(environ, call.region)
        call.operation = _operation(environ["REQUEST_METHOD"], path) or call.operation
        with self.store.lock, contextlib.suppress(ServiceError):
            container = self.store.at_endpoint(call.region, endpoint_id)
            call.account, call.container = container.account, container.name

    def reply_headers(self, environ: WSGIEnvironment, call: Call) -> dict[str, str]:
        """Return the headers by the CORS policy of the container; none for a request without an Origin header."""
        cross_origin = CorsRequest.from_environ(environ)
        if cross_origin is None:
            return {}
        region, endpoint_id, _path = _address(environ, "")
        with self.store.lock, contextlib.suppress(ServiceError):
            container = self.store.at_endpoint(region, endpoint_id)
            headers = self._cors_headers(container, cross_origin)
            if not headers and not cross_origin.is_preflight:
                call.is_kept_from_page = True
                call.reasons.append(
                    f"A browser keeps the reply from the page: {self._cors_refusal(container, cross_origin)}"
                )
            return headers
        return {}

    def _preflight(self, environ: WSGIEnvironment, call: Call, cross_origin: CorsRequest) -> Reply:
        """Return an empty reply, to which the CORS headers are added; raises AccessForbidden (403) without a rule."""
        call.operation = "Preflight"
        call.parameters = {"Origin": cross_origin.origin, "Method": cross_origin.method}
        call.region, endpoint_id, _path = _address(environ, call.region)
        with self.store.lock:
            container = self.store.at_endpoint(call.region, endpoint_id)
        call.account, call.container = container.account, container.name
        if not self._cors_headers(container, cross_origin):
            raise ServiceError("AccessForbidden", self._cors_refusal(container, cross_origin), 403)
        return Reply()

    def _cors_headers(self, container: Container, cross_origin: CorsRequest) -> dict[str, str]:
        rules = container.documents.get("CorsPolicy", []) if self.shared.settings.cors else []
        return response_headers(rules, cross_origin)

    def _cors_refusal(self, container: Container, cross_origin: CorsRequest) -> str:
        if not self.shared.settings.cors:
            return "The setting cors of the emulator is false, so no container has CORS rules: set it to true."
        if "CorsPolicy" not in container.documents:
            return f"The container {container.name} has no CORS policy: put one that has a rule for the request."
        headers = f" and headers {', '.join(cross_origin.headers)}" if cross_origin.headers else ""
        return (
            f"The CORS policy of the container {container.name} must have one rule that allows origin "
            f"{cross_origin.origin}, method {cross_origin.method}{headers}."
        )


def _address(environ: WSGIEnvironment, region: str) -> tuple[str, str, str]:
    """Return region, endpoint ID and object path of a request; `region` and empty texts if its path has none."""
    address = _ADDRESS.fullmatch(_wsgi_text(environ["PATH_INFO"]))
    if address is None:
        return region, "", ""
    return address[1], address[2], _without_redundant_slashes(address[3])


def _operation(method: str, path: str) -> str | None:
    by_method = {"PUT": "PutObject", "HEAD": "DescribeObject", "DELETE": "DeleteObject", "GET": "GetObject"}
    return "ListItems" if (method, path) == ("GET", "") else by_method.get(method)


def _without_redundant_slashes(path: str) -> str:
    """Return a path without leading and repeated slashes, which the service removes; a trailing slash is kept."""
    return re.sub("/+", "/", path).lstrip("/")


def _wsgi_text(value: str) -> str:
    """Return the UTF-8 text of a WSGI string, which holds bytes as Latin-1."""
    return value.encode("latin-1").decode("utf-8", "replace")


def _given(shape: StructureShape, environ: WSGIEnvironment, path: str) -> dict[str, Any]:
    """Return the members of an operation's input, each read from the location that the model defines."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    given: dict[str, Any] = {}
    for name, member in shape.members.items():
        wire_name = member.serialization.get("name", name)
        location = member.serialization.get("location")
        value: Any
        if location == "uri":
            value = path or None
        elif location == "querystring":
            value = query.get(wire_name, [None])[0]
            if name == "Path" and value:
                value = _without_redundant_slashes(value)
        elif location == "header":
            key = wire_name.upper().replace("-", "_")
            value = environ.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}") or None
        else:
            # One byte above the limit is enough to detect an object that is too large.
            value = environ["wsgi.input"].read(_MAX_OBJECT_BYTES + 1)
        if member.type_name == "integer" and value is not None and re.fullmatch(r"-?[0-9]{1,18}", value):
            value = int(value)
        if value is not None:
            given[name] = value
    if _positions(given.get("Range", "")) is None:
        # RFC 9110, 14.2: a server can ignore such a range and return the whole object.
        given.pop("Range", None)
    return given


def _put_object(container: Container, parameters: dict[str, Any]) -> Reply:
    availability = parameters.get("UploadAvailability", "STANDARD")
    limit = _MAX_MEGABYTES[availability]
    if len(parameters["Body"]) > limit * _BYTES_IN_MB:
        raise InvalidRequestError(f"An object can have at most {limit} MB with upload availability {availability}.")
    stored = container.put_object(
        parameters["Path"],
        Content(parameters["Body"]),
        parameters.get("ContentType", "application/octet-stream"),
        parameters.get("CacheControl"),
    )
    return json_reply({"ContentSHA256": stored.etag, "ETag": stored.etag, "StorageClass": "TEMPORAL"})


def _get_object(with_body: bool, container: Container, parameters: dict[str, Any]) -> Reply:
    stored = _stored(container, parameters["Path"])
    headers = {
        "Content-Type": stored.content_type,
        "ETag": stored.etag,
        "Last-Modified": http_date(int(stored.modified)),
    }
    if stored.cache_control:
        headers["Cache-Control"] = stored.cache_control
    if stored.is_archived:
        # The service has no header for the storage class.
        headers["x-mediastore-emulator-storage-class"] = "IA"
    length = stored.content.length
    if not with_body:
        return Reply(headers={**headers, "Content-Length": str(length)})
    if "Range" not in parameters:
        return Reply(stored.content.read(0, length), headers)
    first, last = _byte_range(parameters["Range"], length)
    headers["Content-Range"] = f"bytes {first}-{last}/{length}"
    return Reply(stored.content.read(first, last + 1), headers, 206)


def _delete_object(container: Container, parameters: dict[str, Any]) -> Reply:
    _stored(container, parameters["Path"])
    del container.objects[parameters["Path"]]
    return json_reply({})


def _list_items(container: Container, parameters: dict[str, Any]) -> Reply:
    path = parameters.get("Path", "").strip("/")
    folder = f"{path}/" if path else ""
    items: dict[str, dict[str, Any]] = {}
    for key, stored in container.objects.items():
        if key.startswith(folder) and not container.is_unlisted(key):
            name, slash, _below = key.removeprefix(folder).partition("/")
            # The slash distinguishes a folder from an object of the same name.
            items[name + slash] = {"Name": name, "Type": "FOLDER"} if slash else _item(name, stored)
    keys, token = page(items, parameters.get("NextToken"), parameters.get("MaxResults", _PAGE_SIZE))
    output: dict[str, Any] = {"Items": [items[key] for key in keys]}
    if token:
        output["NextToken"] = token
    return json_reply(output)


def _item(name: str, stored: MediaObject) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "OBJECT",
        "ETag": stored.etag,
        "LastModified": stored.modified,
        "ContentType": stored.content_type,
        "ContentLength": stored.content.length,
    }


def _stored(container: Container, path: str) -> MediaObject:
    if path not in container.objects:
        raise ServiceError("ObjectNotFoundException", f"The object {path} does not exist.", 404)
    return container.objects[path]


def _byte_range(text: str, length: int) -> tuple[int, int]:
    """Return the first and last byte of a valid Range in an object of `length` bytes.

    Raises RequestedRangeNotSatisfiableException (416) if the range contains no byte of the object.
    """
    start, end = _positions(text) or (0, None)
    if start is None:
        first, last = max(length - (end or 0), 0), length - 1
    else:
        first, last = start, length - 1 if end is None else min(end, length - 1)
    if first > last:
        raise ServiceError(
            "RequestedRangeNotSatisfiableException", f"The object has {length} bytes, none of them in the range.", 416
        )
    return first, last


def _positions(text: str) -> tuple[int | None, int | None] | None:
    """Return both numbers of "bytes=FIRST-LAST", "bytes=FIRST-" or "bytes=-SUFFIX" (RFC 9110, 14.1.2).

    A number that is omitted is None. So is the result if the Range is invalid, has another unit or several ranges.
    """
    match = _RANGE.fullmatch(text)
    first, last = [_position(digits) for digits in match.groups()] if match else (None, None)
    is_invalid = (first, last) == (None, None) or (first is not None and last is not None and last < first)
    return None if is_invalid else (first, last)


def _position(digits: str) -> int | None:
    # Python converts at most 4,300 digits. No object is large enough to need more than _MAX_DIGITS.
    return int(digits.lstrip("0")[:_MAX_DIGITS] or 0) if digits else None
