# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The 21 operations of the MediaStore control plane (AWS JSON 1.1, target prefix MediaStore_20170901)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import strict_json
from ..call import Call, Reply
from ..errors import ServiceError
from ..model_check import checked, missing, service_model
from ..paging import page
from ..shared import Shared
from . import documents
from .models import Container, Store
from .plane import MediaStorePlane, json_reply

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

TARGET_PREFIX = "MediaStore_20170901"
_PAGE_SIZE = 100
# Above the longest CORS policy (398,000 characters) with every character escaped.
_MAX_BODY_BYTES = 16 * 1024**2
_MAX_NAME_LENGTH = 255


class _Document(NamedTuple):
    """One kind of policy: its member in requests, its not-found code, and the check of its content for a container."""

    member: str
    not_found: str
    check: Callable[[Any, Container], None]


class ControlPlane(MediaStorePlane):
    """Create, describe, list, delete, the four policies, tags and access logging."""

    service = "mediastore"
    content_type = "application/x-amz-json-1.1"

    def __init__(self, shared: Shared, store: Store) -> None:
        super().__init__(shared, store)
        self._model = service_model(self.service)
        self._operations: dict[str, Callable[[Call], dict[str, Any]]] = {
            "CreateContainer": self._create_container,
            "DescribeContainer": self._describe_container,
            "ListContainers": self._list_containers,
            "DeleteContainer": self._delete_container,
            "StartAccessLogging": partial(self._set_access_logging, True),
            "StopAccessLogging": partial(self._set_access_logging, False),
            "TagResource": self._tag_resource,
            "UntagResource": self._untag_resource,
            "ListTagsForResource": self._list_tags,
        }
        self._documents = {
            "ContainerPolicy": _Document(
                "Policy",
                "PolicyNotFoundException",
                lambda policy, container: documents.check_container_policy(policy, container.arn),
            ),
            "CorsPolicy": _Document(
                "CorsPolicy",
                "CorsPolicyNotFoundException",
                lambda rules, _container: documents.check_cors_policy(rules),
            ),
            "LifecyclePolicy": _Document(
                "LifecyclePolicy",
                "PolicyNotFoundException",
                lambda policy, _container: documents.check_lifecycle_policy(policy),
            ),
            "MetricPolicy": _Document(
                "MetricPolicy",
                "PolicyNotFoundException",
                lambda policy, _container: documents.check_metric_policy(policy, shared.settings.metric_rules_quota),
            ),
        }
        for kind in self._documents:
            self._operations[f"Put{kind}"] = partial(self._put_document, kind)
            self._operations[f"Get{kind}"] = partial(self._get_document, kind)
            self._operations[f"Delete{kind}"] = partial(self._delete_document, kind)

    def handle(self, environ: WSGIEnvironment, call: Call) -> Reply:
        """Run the operation that X-Amz-Target names.

        Raises MissingAuthenticationToken (403) for an unsigned request. All other errors have HTTP 400:
        IncompleteSignature, UnknownOperationException, SerializationException for a body that is not a JSON object,
        ValidationException for a body that violates the model, and the errors of the operation.
        """
        name = _target(environ)
        operation = self._operations.get(name) if environ["REQUEST_METHOD"] == "POST" else None
        if operation:
            call.operation = name
        call.read_signature(environ)
        self.check_signature(call)
        if call.access_key is None:
            raise ServiceError("MissingAuthenticationToken", "The request is not signed.", 403)
        if not operation:
            raise ServiceError("UnknownOperationException", "The request must be a POST that names an operation.")
        body = _json_body(environ)
        call.parameters = body
        call.container = _container_name(body)
        call.parameters = checked(self._model.operation_model(call.operation).input_shape, body)
        self.inject_fault(call)
        if call.operation == "PutLifecyclePolicy":
            self._match_objects(call)
        with self.store.lock:
            return json_reply(operation(call))

    def _match_objects(self, call: Call) -> None:
        name, text = call.parameters["ContainerName"], call.parameters["LifecyclePolicy"]
        # The operation refuses the policy, after what it checks before.
        with contextlib.suppress(ServiceError):
            documents.check_lifecycle_policy(text)
            self.store.match_objects(call.account, call.region, name, text)

    def identify(self, environ: WSGIEnvironment, call: Call) -> None:
        """Describe the operation of a request that is not run in `call`."""
        name = _target(environ)
        call.operation = name if name in self._operations else call.operation

    def _create_container(self, call: Call) -> dict[str, Any]:
        tags = _tags(call)
        documents.check_tag_keys(tags)
        documents.check_tag_count(tags)
        container = self.store.create(call.account, call.region, call.parameters["ContainerName"], tags)
        # AWS returns CREATING, no endpoint and no access logging, also if the container is ACTIVE immediately.
        shape = {key: value for key, value in container.to_shape("").items() if key in ("ARN", "Name", "CreationTime")}
        return {"Container": {**shape, "Status": "CREATING"}}

    def _describe_container(self, call: Call) -> dict[str, Any]:
        if "ContainerName" not in call.parameters:
            raise missing("ContainerName")
        container = self.store.find(call.account, call.region, call.parameters["ContainerName"])
        return {"Container": container.to_shape(call.base_url)}

    def _list_containers(self, call: Call) -> dict[str, Any]:
        present = self.store.containers(call.account, call.region)
        size = call.parameters.get("MaxResults", _PAGE_SIZE)
        names, token = page(present, call.parameters.get("NextToken"), size)
        output: dict[str, Any] = {"Containers": [present[name].to_shape(call.base_url) for name in names]}
        if token:
            output["NextToken"] = token
        return output

    def _delete_container(self, call: Call) -> dict[str, Any]:
        self.store.delete(self._active_container(call))
        return {}

    def _set_access_logging(self, enabled: bool, call: Call) -> dict[str, Any]:
        container = self._active_container(call)
        container.change(access_logging=enabled)
        if enabled:
            self.monitoring.start_access_log(container)
        return {}

    def _tag_resource(self, call: Call) -> dict[str, Any]:
        given = _tags(call)
        documents.check_tag_keys(given)
        container = self._container_of_arn(call)
        merged = container.tags | given
        documents.check_tag_count(merged)
        container.change(tags=merged)
        return {}

    def _untag_resource(self, call: Call) -> dict[str, Any]:
        keys = call.parameters["TagKeys"]
        documents.check_tag_keys(keys)
        container = self._container_of_arn(call)
        container.change(tags={key: value for key, value in container.tags.items() if key not in keys})
        return {}

    def _list_tags(self, call: Call) -> dict[str, Any]:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self._container_of_arn(call).tags.items()]}

    def _put_document(self, kind: str, call: Call) -> dict[str, Any]:
        document = self._documents[kind]
        content = call.parameters[document.member]
        container = self._active_container(call)
        document.check(content, container)
        container.put_document(kind, content)
        return {}

    def _get_document(self, kind: str, call: Call) -> dict[str, Any]:
        return {self._documents[kind].member: self._container_with(kind, call).documents[kind]}

    def _delete_document(self, kind: str, call: Call) -> dict[str, Any]:
        self._container_with(kind, call).delete_document(kind)
        return {}

    def _active_container(self, call: Call) -> Container:
        return self.store.get_active(call.account, call.region, call.parameters["ContainerName"])

    def _container_with(self, kind: str, call: Call) -> Container:
        container = self._active_container(call)
        if kind not in container.documents:
            raise ServiceError(self._documents[kind].not_found, f"The container {container.name} has no {kind}.")
        return container

    def _container_of_arn(self, call: Call) -> Container:
        """Return the container that an ARN names, which must be of the caller's account and region."""
        arn = call.parameters["Resource"]
        _arn, _partition, _service, region, account, resource = arn.split(":")
        if (region, account) != (call.region, call.account):
            raise ServiceError("ContainerNotFoundException", f"The container {arn} does not exist.")
        return self.store.get_active(account, region, resource.partition("/")[2])


def _target(environ: WSGIEnvironment) -> str:
    """Return the name of an operation, as a request has it."""
    return str(environ.get("HTTP_X_AMZ_TARGET", "")).removeprefix(f"{TARGET_PREFIX}.")


def _json_body(environ: WSGIEnvironment) -> dict[str, Any]:
    text = environ["wsgi.input"].read(_MAX_BODY_BYTES + 1)
    if len(text) > _MAX_BODY_BYTES:
        raise ServiceError("SerializationException", f"The request body can have at most {_MAX_BODY_BYTES} bytes.")
    if not strict_json.has_few_values(text):
        message = f"The request body can have at most {strict_json.MAX_VALUES} values."
        raise ServiceError("SerializationException", message)
    try:
        body = strict_json.parse(text or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ServiceError("SerializationException", "The request body is not a JSON object.")
    return body


def _container_name(body: dict[str, Any]) -> str | None:
    """Return the container name of a request for the record, from its ContainerName or its ARN."""
    name, arn = body.get("ContainerName"), body.get("Resource")
    if not isinstance(name, str):
        name = arn.rpartition("/")[2] if isinstance(arn, str) else None
    return name if name and len(name) <= _MAX_NAME_LENGTH else None


def _tags(call: Call) -> dict[str, str]:
    """Return the tags of a request; the value of a tag without a value is empty."""
    return {tag["Key"]: tag.get("Value", "") for tag in call.parameters.get("Tags", [])}
