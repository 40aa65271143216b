# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations of Amazon S3, found in a request by botocore's model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

from botocore.model import OperationModel
from moto.s3.responses import S3Response
from moto.s3.utils import bucket_name_from_url

from ..model_check import service_model
from .errors import S3Error, method_not_allowed

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SERVICE = "s3"
# Operations on directory buckets, and those for which no client has an address.
_OTHERS = {"ListDirectoryBuckets", "WriteGetObjectResponse"}
# By their path in the model: what operations are for.
_PLACES = {"/": "account", "/{Bucket}": "bucket", "/{Bucket}/{Key+}": "objects"}
# What botocore adds to requests by itself.
_TRANSPORT = {"ContentMD5", "ChecksumAlgorithm"}
# Service Authorization Reference, "Actions defined by Amazon S3": operations whose action has another name.
_CONFIGURATIONS = {
    "BucketAccelerateConfiguration": "AccelerateConfiguration",
    "BucketCors": "BucketCORS",
    "BucketEncryption": "EncryptionConfiguration",
    "BucketInventoryConfiguration": "InventoryConfiguration",
    "BucketInventoryConfigurations": "InventoryConfiguration",
    "BucketLifecycle": "LifecycleConfiguration",
    "BucketLifecycleConfiguration": "LifecycleConfiguration",
    "BucketMetricsConfiguration": "MetricsConfiguration",
    "BucketMetricsConfigurations": "MetricsConfiguration",
    "BucketNotificationConfiguration": "BucketNotification",
    "BucketReplication": "ReplicationConfiguration",
    "ObjectLockConfiguration": "BucketObjectLockConfiguration",
    "PublicAccessBlock": "BucketPublicAccessBlock",
}
_ACTIONS = {
    "HeadBucket": "ListBucket",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    **{f"Get{name}": f"Get{action}" for name, action in _CONFIGURATIONS.items()},
    **{f"List{name}": f"Get{action}" for name, action in _CONFIGURATIONS.items()},
    **{f"{verb}{name}": f"Put{action}" for verb in ("Put", "Delete") for name, action in _CONFIGURATIONS.items()},
}


class Operation(NamedTuple):
    """An operation: what must be in the query of its requests, and the parameters there that it requires.

    `headers` are the headers that it requires, as WSGI variables.
    """

    model: OperationModel
    query: Mapping[str, str | None]
    required: frozenset[str]
    headers: frozenset[str]

    @property
    def name(self) -> str:
        """The name of the operation, "GetBucketPolicy"."""
        return str(self.model.name)

    @property
    def action(self) -> str:
        """The action in policies that permits the operation, "s3:GetBucketPolicy"."""
        return f"s3:{_ACTIONS.get(self.name, self.name)}"

    @property
    def parameters(self) -> Iterator[str]:
        """The parameters in the query of its requests, by their names on the wire."""
        for member in self.model.input_shape.members.values():
            if member.serialization.get("location") == "querystring":
                yield member.serialization["name"]

    def selects(self, query: Mapping[str, list[str]]) -> bool:
        """Return whether a request with this query can be for the operation."""
        return all(key in query and text in (None, query[key][0]) for key, text in self.query.items())


def address(environ: WSGIEnvironment) -> tuple[str, str]:
    """Return the bucket and the key of a request, "" for none, in the path or the host as moto's server finds them."""
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace").removeprefix("/")
    in_host = _bucket_in_host(environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}")
    if in_host is not None:
        return in_host, path
    bucket, _slash, key = path.partition("/")
    return bucket, key


@lru_cache(maxsize=64)
def _bucket_in_host(host: str) -> str | None:
    """Return the bucket that a host names, "" for none; None for a host whose buckets are in paths."""
    request = SimpleNamespace(headers={"host": host})
    return (bucket_name_from_url(f"http://{host}") or "") if S3Response.subdomain_based_buckets(request) else None


def query_of(environ: WSGIEnvironment) -> dict[str, list[str]]:
    """Return the values of each parameter in the query of a request."""
    return parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)


def is_for_objects(environ: WSGIEnvironment, key: str) -> bool:
    """Return whether a request is for objects: a key, DeleteObjects, the form of a browser, or a preflight."""
    method = environ["REQUEST_METHOD"]
    is_form = method == "POST" and not any(name.startswith("metadata") for name in query_of(environ))
    return bool(key) or method == "OPTIONS" or is_form


def find_operation(environ: WSGIEnvironment, bucket: str) -> Operation:
    """Return the operation of a request that is not for objects.

    Raises MethodNotAllowed (405), NotImplemented (501) for a subresource that the model lacks, and InvalidArgument for
    a request without a parameter that its operation requires.
    """
    query = query_of(environ)
    known = _operations().get((environ["REQUEST_METHOD"], "bucket" if bucket else "account"), [])
    found = [item for item in known if item.selects(query)]
    if not found:
        raise method_not_allowed()
    best = max(found, key=lambda item: (len(item.query), item.required <= set(query), len(item.required)))
    known_keys = {*best.query, *best.parameters}
    unknown = sorted(key for key, values in query.items() if values == [""] and key not in known_keys)
    if unknown:
        raise S3Error("NotImplemented", f"The emulator's S3 does not implement the subresource {unknown[0]}.", 501)
    missing = sorted(best.required - set(query))
    if missing:
        raise S3Error("InvalidArgument", f"The query parameter {missing[0]} is required by {best.name}.")
    return best


def find_object_operation(environ: WSGIEnvironment) -> Operation | None:
    """Return the operation of a request for objects, None for the form of a browser and for what the model lacks."""
    query = query_of(environ)
    found = [
        item
        for item in _operations().get((environ["REQUEST_METHOD"], "objects"), [])
        if item.selects(query) and item.required <= set(query) and item.headers <= set(environ)
    ]
    return max(found, key=lambda item: (len(item.query), len(item.required), len(item.headers)), default=None)


def parameters(operation: Operation, environ: WSGIEnvironment, bucket: str, key: str = "") -> dict[str, Any]:
    """Return the parameters of a request that are in its path, query and headers, by their names in the model.

    Customer keys and metadata of objects are not among them.
    """
    query = query_of(environ)
    in_query, in_headers = _parameter_names(operation.name)
    return {
        **{name: text for name, text in (("Bucket", bucket), ("Key", key)) if text},
        **{name: query[parameter][0] for parameter, name in in_query.items() if parameter in query},
        **{name: environ[variable] for variable, name in in_headers.items() if variable in environ},
    }


@cache
def _parameter_names(operation: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the members of the model that are in the query, by their names there, and in headers, by WSGI variable."""
    in_query, in_headers = {}, {}
    for name, member in service_model(SERVICE).operation_model(operation).input_shape.members.items():
        location, wire_name = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "querystring":
            in_query[wire_name] = name
        elif location == "header" and name not in _TRANSPORT and not member.metadata.get("sensitive"):
            in_headers[_variable(wire_name)] = name
    return in_query, in_headers


@cache
def _operations() -> dict[tuple[str, str], list[Operation]]:
    """Return the operations by their method and what they are for: the "account", a "bucket" or "objects"."""
    model = service_model(SERVICE)
    found: dict[tuple[str, str], list[Operation]] = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _mark, query = operation.http["requestUri"].partition("?")
        # DeleteObjects has the address of a bucket.
        place = "objects" if name == "DeleteObjects" else _PLACES.get(path)
        if place and name not in _OTHERS and not operation.deprecated:
            pairs = [pair.partition("=") for pair in query.split("&") if pair and not pair.startswith("x-id=")]
            item = Operation(
                operation,
                {key: text if mark else None for key, mark, text in pairs},
                _required(operation, "querystring"),
                frozenset(map(_variable, _required(operation, "header"))),
            )
            found.setdefault((operation.http["method"], place), []).append(item)
    return found


def _required(operation: OperationModel, location: str) -> frozenset[str]:
    """Return the names on the wire of the parameters at a location that an operation requires."""
    required = (operation.input_shape.members[name].serialization for name in operation.input_shape.required_members)
    return frozenset(member["name"] for member in required if member.get("location") == location)


def _variable(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"
