# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations of MediaStore: the only file that calls its clients.

One method for each operation, each of which sends one request. A document that a container does not have is None, never
an error; a failure is an ApiError whose message names the container and the action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import urlsplit

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from .._client import AWS_DOMAINS, make_client, open_client
from .._declaration.document import Place
from .._errors import ApiError, expect, expect_member
from .._mediastore_data.api import CONTAINER_NOT_FOUND, END_OF_SERVICE, IN_USE, DataApi, valid_endpoint
from .._partitions import partition_of
from .._sender import Budget, Sender
from .._service import DocumentApi, pages

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .._document import Document

# Model shape ContainerStatus.
ACTIVE = "ACTIVE"
CREATING = "CREATING"
DELETING = "DELETING"

# The endpoints in botocore's endpoint rules for mediastore. Other endpoints can also have a name in amazonaws.com.
_AWS_HOST = re.compile(rf"mediastore(-fips)?\.[a-z0-9-]+\.{AWS_DOMAINS}")
# The maximum of ListContainers: model shape ContainerListLimit.
_PAGE_SIZE = 100


class MediaStoreApi(DocumentApi):
    """The operations of one region's MediaStore, within one budget of time."""

    def __init__(self, client: Any, open_data_client: Callable[[str], Any], budget: Budget) -> None:
        """Use botocore's `mediastore` `client`; `open_data_client` makes a `mediastore-data` one for an endpoint."""
        is_aws = _AWS_HOST.fullmatch(urlsplit(client.meta.endpoint_url).hostname or "")
        end_of_service = END_OF_SERVICE if is_aws else ""
        super().__init__(client, Sender(budget, end_of_service=end_of_service, settling=frozenset([IN_USE])))
        self._open_data_client = open_data_client
        self._data: DataApi | None = None

    def with_budget(self, budget: Budget) -> MediaStoreApi:
        """Return the same API with another budget, for another container."""
        other = super().with_budget(budget)
        other._data = None
        return other

    def objects(self, name: str, endpoint: str) -> DataApi:
        """Return the API for the objects of a container, which is opened once, and closed with this API."""
        if self._data is None:
            client = self._open_data_client(valid_endpoint(name, endpoint))
            # Each container has its own endpoint.
            self._data = DataApi(client, name, self.budget, is_shared=False)
        return self._data

    def close(self) -> None:
        """Close the API for the objects of a container, if it was opened."""
        if self._data:
            self._data.close()
            self._data = None

    def place(self, container: Mapping[str, Any] | None) -> Place:
        """Return the place in the ARN of a container (model shape Container), or else that of the endpoint."""
        fields = str((container or {}).get("ARN", "")).split(":", 5)
        if len(fields) == 6:
            return Place(fields[1], fields[3], fields[4])
        return Place(partition_of(self.region).name, self.region)

    def describe_container(self, name: str) -> dict[str, Any] | None:
        """Return the container (model shape Container), None if it does not exist."""
        return self._sender.find(
            f"describe container {name}",
            partial(self._client.describe_container, ContainerName=name),
            partial(_container_of, name),
            absent=CONTAINER_NOT_FOUND,
        )

    def list_containers(self) -> Iterator[tuple[list[dict[str, Any]], bool]]:
        """Yield the containers (model shape Container) of the region page by page, and whether it is the last page."""
        action = "list the containers"

        def read(token: Any) -> tuple[list[dict[str, Any]], Any]:
            more = {"NextToken": token} if token else {}
            send = partial(self._client.list_containers, MaxResults=_PAGE_SIZE, **more)
            return self._sender.read(action, send, _page)

        return pages(action, read)

    def create_container(self, name: str, tags: Mapping[str, str]) -> dict[str, Any]:
        """Create a container with `tags`; return it (model shape Container)."""
        arguments = {"Tags": ansible_dict_to_boto3_tag_list(tags)} if tags else {}
        return self._sender.change(
            f"create container {name}",
            partial(self._client.create_container, ContainerName=name, **arguments),
            partial(_container_of, name),
            settling=frozenset(),
        )

    def delete_container(self, name: str) -> None:
        """Delete an empty container."""
        send = partial(self._client.delete_container, ContainerName=name)
        self._sender.change(f"delete container {name}", send, _nothing, settling=frozenset())

    def delete_object(self, name: str, endpoint: str, path: str) -> None:
        """Delete an object of the container."""
        self.objects(name, endpoint).delete_object(path)

    def list_tags(self, name: str, arn: str) -> dict[str, str]:
        """Return the tags of the container with `arn`."""
        send = partial(self._client.list_tags_for_resource, Resource=arn)
        return self._sender.read(f"list the tags of container {name}", send, _tags)

    def tag_container(self, name: str, arn: str, tags: Mapping[str, str]) -> None:
        """Add `tags`, and replace the values of existing keys."""
        boto3_tags = ansible_dict_to_boto3_tag_list(tags)
        send = partial(self._client.tag_resource, Resource=arn, Tags=boto3_tags)
        self._sender.change(f"tag container {name}", send, _nothing)

    def untag_container(self, name: str, arn: str, keys: list[str]) -> None:
        """Remove the tags with these `keys`."""
        send = partial(self._client.untag_resource, Resource=arn, TagKeys=keys)
        self._sender.change(f"untag container {name}", send, _nothing)

    def start_access_logging(self, name: str) -> None:
        """Send the container's access logs to CloudWatch Logs."""
        self._change(f"start access logging of container {name}", self._client.start_access_logging, name)

    def stop_access_logging(self, name: str) -> None:
        """Stop sending the access logs of the container."""
        self._change(f"stop access logging of container {name}", self._client.stop_access_logging, name)

    def get_document(self, name: str, document: Document) -> Any:
        """Return a document of the container as the API stores it, None if the container has none."""
        return self._sender.find(
            f"read the {document.title} of container {name}",
            partial(self._operation("get", document), ContainerName=name),
            lambda reply: expect_member(reply, document.member, document.wire_type),
            absent=frozenset([document.not_found]),
        )

    def put_document(self, name: str, document: Document, content: Any) -> None:
        """Set a document of the container to `content`, in the form that the API stores."""
        action = f"set the {document.title} of container {name}"
        self._change(action, self._operation("put", document), name, **document.request(content))

    def delete_document(self, name: str, document: Document) -> None:
        """Remove a document of the container."""
        self._change(f"delete the {document.title} of container {name}", self._operation("delete", document), name)

    def _operation(self, verb: str, document: Document) -> Callable[..., Any]:
        operation: Callable[..., Any] = getattr(self._client, document.method(verb))
        return operation

    def _change(self, action: str, operation: Callable[..., Any], name: str, **arguments: Any) -> None:
        self._sender.change(action, partial(operation, ContainerName=name, **arguments), _nothing)


def needed(container: Mapping[str, Any], member: str) -> str:
    """Return a member of a container (model shape Container) that the task needs, though the model does not require it.

    Raises ApiError if the endpoint omitted it.
    """
    if member not in container:
        raise ApiError(f"Failed to read container {container['Name']}: the endpoint's reply has no {member}")
    return str(container[member])


def open_api(module: AnsibleAWSModule, budget: Budget, connections: int = 10) -> MediaStoreApi:
    """Return the API with the module's credentials, region and endpoint; see make_client for `connections`."""

    def open_data_client(endpoint: str) -> Any:
        return make_client(module, "mediastore-data", budget, connections, endpoint=endpoint)

    return MediaStoreApi(open_client(module, "mediastore", budget, connections), open_data_client, budget)


def _nothing(reply: Any) -> None:
    """Ignore the reply to a change, which has no members."""


def _container_of(name: str, reply: Any) -> dict[str, Any]:
    return _container({**expect_member(reply, "Container", dict), "Name": name})


def _container(container: Any) -> dict[str, Any]:
    """Return a container (model shape Container) whose members have the types of the model; only Name is required."""
    checked: dict[str, Any] = expect(container, dict, "a container")
    for member in ("Name", *({"ARN", "Endpoint", "Status"} & checked.keys())):
        expect_member(checked, member, str)
    return checked


def _page(reply: Any) -> tuple[list[dict[str, Any]], str | None]:
    return [_container(container) for container in expect_member(reply, "Containers", list)], reply.get("NextToken")


def _tags(reply: Any) -> dict[str, str]:
    tags = expect(reply, dict, "the reply").get("Tags") or []
    return {
        expect_member(tag, "Key", str): expect_member({"Value": "", **tag}, "Value", str)
        for tag in (expect(tag, dict, "a tag") for tag in tags)
    }
