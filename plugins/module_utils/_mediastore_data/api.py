# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations of MediaStore's data plane: the only file that calls its client.

One method for each operation, each of which sends one request. An object that does not exist is None, never an error; a
failure is an ApiError whose message names the object, the container and the action.

Properties of an object are a dict with the names of results: path, content_type, content_length in bytes, etag,
last_modified (a datetime), cache_control, which a list does not contain, and sha256 if the content was read. What the
service did not return is None.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

try:
    from botocore.exceptions import HTTPClientError, IncompleteReadError, ResponseStreamingError
    from botocore.utils import is_valid_endpoint_url
    from urllib3.exceptions import HTTPError
except ImportError:
    pass  # AnsibleAWSModule reports the missing library

from .._arguments import OBJECT_OPERATIONS
from .._client import AWS_DOMAINS, open_client
from .._errors import ApiError, Failure, InvalidReplyError, expect, expect_member
from .._rate import Rate
from .._sender import Budget, Sender
from .._service import ServiceApi, pages
from .content import CHUNK_BYTES, Source, remove_file, replacing
from .paths import is_segment

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

_Value = TypeVar("_Value")

END_OF_SERVICE = (
    "AWS ended MediaStore on 13 November 2025: set endpoint_url to an endpoint that speaks its API,"
    " see the guide to endpoints of elemental.mediastore"
)
IN_USE = "ContainerInUseException"
# Compatible servers return the second code in place of the first.
CONTAINER_NOT_FOUND = frozenset(["ContainerNotFoundException", "ResourceNotFoundException"])
OBJECT_NOT_FOUND = frozenset(["ObjectNotFoundException"])
# The reply to HEAD has no body, so a server that does not send the code as a header returns only the status.
_NOT_DESCRIBED = OBJECT_NOT_FOUND | {"404"}
# The maximum of ListItems: model shape ListLimit.
_PAGE_SIZE = 1000
_AWS_HOST = re.compile(rf"[a-z0-9]+\.data\.mediastore\.[a-z0-9-]+\.{AWS_DOMAINS}")


@dataclass(frozen=True)
class Location:
    """Where the objects of a container are.

    - endpoint: None if the container does not exist
    - may_hide_objects: whether it may have objects that a list does not contain
    """

    container: str
    region: str
    endpoint: str | None = None
    may_hide_objects: bool = False


class DataApi(ServiceApi):
    """The operations on the objects of one container, within one budget of time."""

    def __init__(
        self,
        client: Any | None,
        container: str,
        budget: Budget,
        rates: Mapping[str, int | None] | None = None,
        is_shared: bool = True,
    ) -> None:
        """Use botocore's `mediastore-data` `client`; without a client, no operation can be used.

        - rates: requests a second by operation, see OBJECT_OPERATIONS; None does not limit them
        - is_shared: whether the task has resources of this container only
        """
        endpoint = client.meta.endpoint_url if client else ""
        end_of_service = END_OF_SERVICE if _AWS_HOST.fullmatch(urlsplit(endpoint).hostname or "") else ""
        settling = frozenset([IN_USE])
        super().__init__(client, Sender(budget, None, end_of_service, settling, is_shared))
        self.container = container
        self._rates = {operation: Rate((rates or {}).get(operation)) for operation in OBJECT_OPERATIONS}

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def list_folder(self, folder: str) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the properties of the objects directly in a folder, "" for the root, and the paths of its folders."""
        action = f"list the objects of {self._place(folder)}"
        where = {"Path": folder} if folder else {}

        def read(token: Any) -> tuple[list[Any], Any]:
            more = {"NextToken": token} if token else {}
            send = self._paced("list", self._client.list_items, MaxResults=_PAGE_SIZE, **where, **more)
            return self._sender.read(action, send, partial(_page, folder))

        # Pages can overlap if an object is stored meanwhile.
        objects: dict[str, dict[str, Any]] = {}
        folders: dict[str, None] = {}
        for page, _is_last in pages(action, read):
            for item in page:
                if isinstance(item, str):
                    folders[item] = None
                else:
                    objects[item["path"]] = item
        return list(objects.values()), list(folders)

    def has_items(self) -> bool:
        """Return whether the container has an object or a folder."""
        action = f"look for objects in container {self.container}"
        send = self._paced("list", self._client.list_items, MaxResults=1)
        return bool(self._sender.find(action, send, lambda reply: _page("", reply)[0], absent=CONTAINER_NOT_FOUND))

    def describe_object(self, path: str) -> dict[str, Any] | None:
        """Return the properties of an object, None if it does not exist."""
        return self._sender.find(
            f"describe {self._object(path)}",
            self._paced("describe", self._client.describe_object, Path=path),
            partial(_properties, path),
            absent=_NOT_DESCRIBED,
        )

    def digest_object(self, path: str, is_relevant: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any] | None:
        """Return the properties of an object with the SHA-256 of its content, None if it does not exist.

        The content of an object whose properties are not relevant is not read.
        """

        def parse(reply: Any) -> dict[str, Any]:
            properties = _properties(path, reply)
            with closing(reply["Body"]) as body:
                if is_relevant(properties):
                    digest = hashlib.sha256()
                    _read(reply, body, digest.update)
                    properties["sha256"] = digest.hexdigest()
            return properties

        send = self._paced("get", self._client.get_object, Path=path)
        return self._sender.find(f"read {self._object(path)}", send, parse, absent=OBJECT_NOT_FOUND)

    def fetch_object(self, path: str, dest: str, length: int | None) -> None:
        """Write the content of an object to the local file `dest`, which is replaced when all content has arrived.

        The file gets the time at which the object was last modified, as from the AWS CLI for S3, so that tools such as
        aws s3 sync know which files are new. `length` is the one that the object had before, None if it is unknown.
        """

        def parse(reply: Any) -> None:
            with closing(reply["Body"]) as body, replacing(dest, _modified(reply)) as write:
                received = _read(reply, body, write)
                headers = reply["ResponseMetadata"]["HTTPHeaders"]
                # RFC 9112, section 6.3: then the end of the connection is the end of the content, also if it is cut.
                is_delimited = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "")
                if not is_delimited and length not in (None, received):
                    raise IncompleteReadError(actual_bytes=received, expected_bytes=length)

        send = self._paced("get", self._client.get_object, Path=path)
        self._sender.read(f"fetch {self._object(path)}", send, parse)

    def remove_file(self, dest: str) -> None:
        """Remove the local file `dest`, which has no object."""
        remove_file(dest)

    def put_object(self, path: str, source: Source, content_type: str, cache_control: str | None) -> None:
        """Upload the content of `source` as an object.

        Raises ApiError if the file has changed since its SHA-256 was computed: then the request is not completed.
        """
        headers = {"ContentType": content_type, **({"CacheControl": cache_control} if cache_control else {})}

        def send() -> Any:
            self._rates["put"].wait()
            with source.open() as upload:
                try:
                    return self._client.put_object(Path=path, Body=upload, **headers)
                except HTTPClientError as error:
                    # botocore replaces what the body raises.
                    raise upload.error or error from error

        action = f"upload {self._object(path)}"
        stored = self._sender.change(action, send, lambda reply: expect(reply, dict, "the reply").get("ContentSHA256"))
        if stored not in (None, source.sha256):
            raise ApiError(
                f"Failed to {action}: the endpoint stored content with the SHA-256 {stored}, not {source.sha256}",
                failure=Failure(was_applied=True),
            )

    def delete_object(self, path: str) -> None:
        """Delete an object."""
        send = self._paced("delete", self._client.delete_object, Path=path)
        self._sender.change(f"delete {self._object(path)}", send, lambda reply: None)

    def _paced(self, operation: str, method: Callable[..., Any], **arguments: Any) -> Callable[[], Any]:
        def send() -> Any:
            self._rates[operation].wait()
            return method(**arguments)

        return send

    def _object(self, path: str) -> str:
        return f"object {path} of container {self.container}"

    def _place(self, folder: str) -> str:
        return f"folder {folder} of container {self.container}" if folder else f"container {self.container}"


def open_data_api(
    module: AnsibleAWSModule,
    location: Location,
    budget: Budget,
    connections: int,
    rates: Mapping[str, int | None] | None = None,
) -> DataApi:
    """Return the API for the objects of a container, with the module's credentials and region; see open_client.

    The API for a container that does not exist has no client.
    """
    if location.endpoint is None:
        return DataApi(None, location.container, budget)
    endpoint = valid_endpoint(location.container, location.endpoint)
    client = open_client(module, "mediastore-data", budget, connections, endpoint=endpoint)
    client.meta.events.register("before-sign.mediastore-data.PutObject", _sign_digest, unique_id=_sign_digest.__name__)
    return DataApi(client, location.container, budget, rates)


def valid_endpoint(container: str, endpoint: str) -> str:
    """Return the endpoint of a container; raise ApiError if it is not a URL."""
    if not is_valid_endpoint_url(endpoint):
        raise ApiError(f"Failed to look for objects in container {container}: {endpoint!r} is not a valid endpoint URL")
    return endpoint


def _sign_digest(request: Any, **event: Any) -> None:
    """Sign the SHA-256 of the content, which is known, so that the service refuses other content.

    By the model of PutObject, botocore would sign that the content is not signed, and replace the header.
    """
    request.context["payload_signing_enabled"] = True
    request.headers["X-Amz-Content-SHA256"] = request.body.sha256


def _read(reply: Any, body: Any, receive: Callable[[bytes], object]) -> int:
    """Pass the content of a reply to GetObject on in parts, and return its length in bytes.

    Raises InvalidReplyError if it is not the whole object, and an error of botocore if it is cut off.
    """
    status = reply["ResponseMetadata"]["HTTPStatusCode"]
    if status != HTTPStatus.OK:
        raise InvalidReplyError(f"its HTTP status is {status}, and not 200 as for a whole object")
    # botocore asks for identity, and does not decode the content.
    encoding = reply["ResponseMetadata"]["HTTPHeaders"].get("content-encoding", "identity")
    if encoding != "identity":
        raise InvalidReplyError(f"its Content-Encoding is {encoding}, as of a proxy that compresses")
    length = 0
    try:
        for piece in body.iter_chunks(CHUNK_BYTES):
            receive(piece)
            length += len(piece)
    except HTTPError as error:
        # botocore translates only some errors of urllib3.
        raise ResponseStreamingError(error=error) from error
    return length


def _properties(path: str, reply: Any) -> dict[str, Any]:
    """Return the properties of an object from the reply to GetObject or DescribeObject."""
    return {**_listed_properties(path, reply), "cache_control": _optional(reply, "CacheControl", str)}


def _listed_properties(path: str, item: Any) -> dict[str, Any]:
    """Return the properties of an object that a list contains (model shape Item)."""
    return {
        "path": path,
        "content_type": _optional(item, "ContentType", str),
        "content_length": _optional(item, "ContentLength", int),
        "etag": _optional(item, "ETag", str),
        "last_modified": _modified(item),
    }


def _modified(structure: Any) -> datetime | None:
    return _optional(structure, "LastModified", datetime)


def _optional(structure: Any, member: str, kind: type[_Value]) -> _Value | None:
    value = structure.get(member)
    return None if value is None else expect(value, kind, member)


def _page(folder: str, reply: Any) -> tuple[list[Any], str | None]:
    """Return the items of a page, the properties of each object and the path of each folder, and the next token.

    Raises InvalidReplyError for a name that would lead to another folder.
    """
    items: list[Any] = []
    for item in expect(reply, dict, "the reply").get("Items") or []:
        name = expect_member(item, "Name", str)
        if not is_segment(name):
            raise InvalidReplyError(f"an item has the name {name!r}")
        path = f"{folder}/{name}" if folder else name
        items.append(path if item.get("Type") == "FOLDER" else _listed_properties(path, item))
    return items, _optional(reply, "NextToken", str)
