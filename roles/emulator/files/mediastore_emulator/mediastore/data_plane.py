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
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

from botocore.model import StructureShape

from ..call import Call, Reply
from ..clock import http_date
from ..cors import SWITCHED_OFF, VARY_BY_ORIGIN, CorsDecision, CorsRequest, decide
from ..errors import ConnectionCutError, ServiceError, TransferError
from ..iam.signatures import CHANGED_BODY, MISMATCH, UNKNOWN_KEY
from ..memory import Memory
from ..model_check import checked, service_model
from ..paging import page
from ..plane import SANDBOX
from ..shared import Shared
from .access import refusal, to_resource
from .content import Content, MediaObject
from .models import Container, Store
from .plane import MediaStorePlane, json_reply
from .uploads import (
    MAX_UNFINISHED_BYTES,
    STANDARD,
    STREAMING,
    ArrivingObject,
    ReadableUpload,
    Upload,
    check_head,
    check_length,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PAGE_SIZE = 1000
PATH_PREFIX = "/mediastore_"
_ADDRESS = re.compile(rf"{PATH_PREFIX}([^/]+)/+([^/]+)(.*)", re.DOTALL)
_READ_BYTES = 1024**2
_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)", re.IGNORECASE)
_MAX_DIGITS = 18
_NO_OPERATION = (
    "No operation has the method {}. PUT stores an object (ffmpeg's dash muxer needs -method PUT), GET and HEAD read "
    "one, DELETE deletes one."
)


class DataPlane(MediaStorePlane):
    """Put, get, describe and delete objects, and list the items of a folder."""

    service = "mediastore-data"
    content_type = "application/json"
    # The codes of S3, from which MediaStore took the access to objects.
    signature_errors = MediaStorePlane.signature_errors | {
        UNKNOWN_KEY: ("InvalidClientTokenId", 403),
        MISMATCH: ("SignatureDoesNotMatch", 403),
        CHANGED_BODY: ("SignatureDoesNotMatch", 403),
    }

    def __init__(self, shared: Shared, store: Store) -> None:
        super().__init__(shared, store)
        self.observers.append(self.monitoring.observe)
        model = service_model(self.service)
        shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
        self._inputs = {name: (shape, _members(shape)) for name, shape in shapes.items()}
        self._memory = Memory(MAX_UNFINISHED_BYTES)
        # Those that run while the store is locked.
        self._operations: dict[str, Callable[[Container, dict[str, Any]], Reply]] = {
            "GetObject": partial(_get_object, True),
            "DescribeObject": partial(_get_object, False),
            "DeleteObject": _delete_object,
        }

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Run the operation that a request selects; `call` also describes a request that is refused before it runs."""
        try:
            return self._run(environ, call)
        except (ServiceError, ConnectionCutError, TransferError):
            if call.container is None:
                self.identify(environ, call)
            raise

    def _run(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Run the operation that the method and the path of the request select.

        Raises IncompleteSignature, ContainerNotFoundException and ObjectNotFoundException (404), AccessDenied (403),
        RequestedRangeNotSatisfiableException (416) and ValidationException (400), and TransferError for a body, which
        is read once access is decided. A preflight selects no operation; it needs no signature, because browsers send
        none.
        """
        cross_origin = CorsRequest.from_environ(environ)
        if cross_origin and cross_origin.is_preflight:
            return self._preflight(environ, call, cross_origin)
        call.read_signature(environ)
        self.check_signature(call)
        call.region, endpoint_id, path = _address(environ, call.region)
        operation = _operation(environ["REQUEST_METHOD"], path)
        if operation is None:
            self.identify(environ, call)
            raise ServiceError("UnknownOperationException", _NO_OPERATION.format(environ["REQUEST_METHOD"]))
        call.operation = operation
        shape, members = self._inputs[operation]
        given = _given(members, environ, path)
        call.parameters = {name: value for name, value in given.items() if name != "Body"}
        if operation == "PutObject" and environ.get("CONTENT_LENGTH"):
            call.parameters["ContentLength"] = int(environ["CONTENT_LENGTH"])
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
            self.store.apply_lifecycle(container, path or None)
            if operation in self._operations:
                return self._operations[operation](container, parameters)
        if operation == "ListItems":
            return self._list_items(container, parameters)
        return self._put_object(environ, call, container, parameters)

    def identify(self, environ: WSGIEnvironment, call: Call) -> None:
        """Describe the operation, the path and the container in `call`."""
        call.region, endpoint_id, path = _address(environ, call.region)
        call.operation = _operation(environ["REQUEST_METHOD"], path) or call.operation
        call.parameters = call.parameters or ({"Path": path} if path else {})
        with self.store.lock, contextlib.suppress(ServiceError):
            container = self.store.at_endpoint(call.region, endpoint_id)
            call.account, call.container = container.account, container.name

    def reply_headers(self, environ: WSGIEnvironment, call: Call) -> dict[str, str]:
        """Return the headers by the CORS policy of the container, only Vary without an Origin header, and SANDBOX."""
        # A request that is refused for another reason than its container has been identified, too.
        container = self.store.get(call.account, call.region, call.container) if call.container else None
        if container is None:
            return SANDBOX
        headers = SANDBOX | (VARY_BY_ORIGIN if self._cors_rules(container) else {})
        cross_origin = CorsRequest.from_environ(environ)
        if cross_origin is None:
            return headers
        found, reason = self._decide(container, cross_origin)
        if not cross_origin.is_preflight:
            call.note_cors(reason, is_allowed=found.rule is not None)
        return headers | found.headers

    def _put_object(
        self, environ: WSGIEnvironment, call: Call, container: Container, parameters: dict[str, Any]
    ) -> Reply:
        """Receive an object and store it, without a lock while it arrives.

        With the upload availability STREAMING, it is readable from its first bytes on. An object that it replaces is
        kept until it is complete, and remains if the upload fails.
        """
        path, availability = parameters["Path"], parameters.get("UploadAvailability", STANDARD)
        headers = parameters.get("ContentType", "application/octet-stream"), parameters.get("CacheControl")
        check_head(environ, availability)
        upload, arriving = Upload(self._memory), None
        if availability == STREAMING:
            upload = ReadableUpload(self._memory)
            arriving = ArrivingObject(upload, *headers)
        kept: Content | None = None
        stored: MediaObject | None = None
        try:
            for piece in iter(partial(environ["wsgi.input"].read, _READ_BYTES), b""):
                is_first, call.received = not call.received, call.received + len(piece)
                check_length(call.received, availability)
                upload.append(piece)
                if is_first and arriving:
                    with self.store.lock:
                        container.arriving[path] = arriving
            call.parameters["ContentLength"] = upload.length
            kept = self.store.keep(upload.body)
            with self.store.lock:
                # The container can have been deleted meanwhile.
                self.store.at_endpoint(container.region, container.endpoint_id)
                stored = container.put_object(path, kept, *headers)
        finally:
            if kept and not stored:
                kept.discard()
            if arriving:
                with self.store.lock:
                    if container.arriving.get(path) is arriving:
                        del container.arriving[path]
            upload.end(is_complete=stored is not None)
        return json_reply({"ContentSHA256": stored.etag, "ETag": stored.etag, "StorageClass": "TEMPORAL"})

    def _preflight(self, environ: WSGIEnvironment, call: Call, cross_origin: CorsRequest) -> Reply:
        """Return an empty reply, to which the CORS headers are added; raises AccessForbidden (403) without a rule."""
        call.operation = "Preflight"
        call.parameters = {"Origin": cross_origin.origin, "Method": cross_origin.method}
        call.region, endpoint_id, _path = _address(environ, call.region)
        with self.store.lock:
            container = self.store.at_endpoint(call.region, endpoint_id)
        call.account, call.container = container.account, container.name
        found, reason = self._decide(container, cross_origin)
        if found.rule is None:
            raise ServiceError("AccessForbidden", reason, 403)
        call.reasons.append(reason)
        return Reply()

    def _list_items(self, container: Container, parameters: dict[str, Any]) -> Reply:
        """Return one page of a folder, without a lock while a container with many objects is searched."""
        path = parameters.get("Path", "").strip("/")
        folder = f"{path}/" if path else ""
        with self.store.lock:
            objects = dict(container.objects)
        items: dict[str, MediaObject | None] = {}
        for key, stored in objects.items():
            if key.startswith(folder) and not container.is_unlisted(key, stored):
                name, slash, _below = key[len(folder) :].partition("/")
                # The slash distinguishes a folder from an object of the same name.
                items[name + slash] = None if slash else stored
        names, token = page(items, parameters.get("NextToken"), parameters.get("MaxResults", _PAGE_SIZE))
        output: dict[str, Any] = {"Items": [_item(name, items[name]) for name in names]}
        if token:
            output["NextToken"] = token
        return json_reply(output)

    def _cors_rules(self, container: Container) -> list[Any]:
        return container.documents.get("CorsPolicy", []) if self.shared.settings.cors else []

    def _decide(self, container: Container, cross_origin: CorsRequest) -> tuple[CorsDecision, str]:
        """Return the decision of a container's CORS rules on a request, and a sentence about it."""
        found = decide(self._cors_rules(container), cross_origin)
        words = (
            found.sentence(f"container {container.name}", "CORS policy") if self.shared.settings.cors else SWITCHED_OFF
        )
        return found, words


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


class _Member(NamedTuple):
    """A member of an operation's input: its location in a request, and its name there, of a header as in WSGI."""

    name: str
    location: str | None
    wire_name: str
    is_integer: bool


def _members(shape: StructureShape) -> list[_Member]:
    members = []
    for name, member in shape.members.items():
        location, wire_name = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "header":
            key = wire_name.upper().replace("-", "_")
            wire_name = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        members.append(_Member(name, location, wire_name, member.type_name == "integer"))
    return members


def _given(members: Iterable[_Member], environ: WSGIEnvironment, path: str) -> dict[str, Any]:
    """Return the members of an operation's input, each read from the location that the model defines."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    given: dict[str, Any] = {}
    for name, location, wire_name, is_integer in members:
        value: Any
        if location == "uri":
            value = path or None
        elif location == "querystring":
            value = query.get(wire_name, [None])[0]
            if name == "Path" and value:
                value = _without_redundant_slashes(value)
        elif location == "header":
            value = environ.get(wire_name) or None
        else:
            # The body, which is read later.
            value = b""
        if is_integer and value is not None and re.fullmatch(r"-?[0-9]{1,18}", value):
            value = int(value)
        if value is not None:
            given[name] = value
    if "Range" in given and (_positions(given["Range"]) is None or "HTTP_IF_RANGE" in environ):
        # RFC 9110, 14.2: a server can ignore such a range and return the whole object. With If-Range it must do so
        # unless this is an ETag in quotes that matches (13.1.5), and those of MediaStore have no quotes.
        del given["Range"]
    return given


def _get_object(with_body: bool, container: Container, parameters: dict[str, Any]) -> Reply:
    arriving = container.arriving.get(parameters["Path"])
    if arriving:
        # The range of such an object is ignored (GetObject in the API Reference).
        return Reply(headers=_headers(arriving) | {"Transfer-Encoding": "chunked"}, chunks=arriving.content.pieces())
    stored = _stored(container, parameters["Path"])
    headers = {
        **_headers(stored),
        "ETag": stored.etag,
        "Last-Modified": http_date(int(stored.modified)),
    }
    if stored.is_archived:
        # The service has no header for the storage class.
        headers["x-mediastore-emulator-storage-class"] = "IA"
    length = stored.content.length
    if not with_body:
        return Reply(headers={**headers, "Content-Length": str(length)})
    if "Range" not in parameters:
        return _content_reply(stored, 0, length, headers)
    first, last = _byte_range(parameters["Range"], length)
    headers["Content-Range"] = f"bytes {first}-{last}/{length}"
    return _content_reply(stored, first, last + 1, headers, 206)


def _content_reply(stored: MediaObject, start: int, end: int, headers: dict[str, str], status: int = 200) -> Reply:
    headers["Content-Length"] = str(end - start)
    return Reply(headers=headers, status=status, chunks=stored.content.pieces(start, end))


def _headers(described: MediaObject | ArrivingObject) -> dict[str, str]:
    cache_control = {"Cache-Control": described.cache_control} if described.cache_control else {}
    return {"Content-Type": described.content_type, "Accept-Ranges": "bytes", **cache_control}


def _delete_object(container: Container, parameters: dict[str, Any]) -> Reply:
    _stored(container, parameters["Path"])
    container.change_objects({parameters["Path"]: None})
    return json_reply({})


def _item(name: str, stored: MediaObject | None) -> dict[str, Any]:
    """Return an object as an item of its folder; None and the name with a slash are a folder."""
    if stored is None:
        return {"Name": name.removesuffix("/"), "Type": "FOLDER"}
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
            "RequestedRangeNotSatisfiableException",
            f"The object has {length} bytes, none of them in the range.",
            416,
            headers={"Content-Range": f"bytes */{length}"},
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
