# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations of Amazon S3 on buckets: the only file that calls its client.

One method for each operation, each of which sends one request. Every request names the account that is expected to own
the bucket, so that S3 refuses to show or to change the bucket of another account. A document that a bucket does not
have is None, never an error; a failure is an ApiError whose message names the bucket and the action.

Other endpoints than AWS's may lack an operation on a document, which is an UnsupportedError, or take its request for
one about the bucket. So a document is written only after a reply has shown that the endpoint knows it: a reply about
this bucket or about another one, or else a read before the first write. A document is deleted only after the endpoint
has returned it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, TypeVar
from urllib.parse import urlsplit

try:
    from botocore import handlers
    from botocore.parsers import ResponseParserError
except ImportError:
    pass  # AnsibleAWSModule reports the missing library

from .._client import AWS_DOMAINS, open_client
from .._errors import ApiError, InvalidReplyError, OtherReplyError, expect, expect_member
from .._s3_translation import OPTIONS
from .._sender import Budget, Sender
from .._service import DocumentApi, pages
from .advice import DEFAULT_REGION, Circumstances, advice
from .documents import METRICS
from .replies import check_content, check_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .._document import Document

_Result = TypeVar("_Result")

NO_SUCH_BUCKET = "NoSuchBucket"
# HeadBucket has no body, so that botocore takes the status for the code.
_NO_BUCKET = frozenset([NO_SUCH_BUCKET, "404"])
# Another change of the same bucket is in progress: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_SETTLING = frozenset(["OperationAborted"])
# Compatible servers return the second code in place of the first.
_ALSO_NOT_FOUND = {"NoSuchTagSet": "NoSuchTagSetError"}
# The hosts in botocore's endpoint rules for s3 and sts, in all partitions; load balancers and other services also have
# names in amazonaws.com.
_AWS_HOST = re.compile(
    rf"(.+\.)?(s3|sts)(-[a-z0-9-]+)?(\.dualstack)?(\.[a-z]{{2,4}}(-[a-z]+)+-[0-9]+)?(\.vpce)?\.{AWS_DOMAINS}"
)
_ACCOUNT_ID = re.compile("[0-9]{12}")
_CHECKSUM = "CRC32"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
_NAMESPACE_SUFFIX = "-an"


class UnsupportedError(ApiError):
    """The endpoint does not implement the operations on an aspect of buckets, a key of OPTIONS."""

    def __init__(self, aspect: str, error: ApiError) -> None:
        way_out = f"omit {OPTIONS[aspect]}, or add {aspect} to skip_unsupported"
        super().__init__(f"{error.message} ({way_out})", error.exception, error.failure)
        self.aspect = aspect


class S3Api(DocumentApi):
    """The operations of one region's S3 for the buckets of one account, within one budget of time."""

    def __init__(self, client: Any, account: str, budget: Budget, is_owner_checked: bool = True) -> None:
        """Use botocore's `s3` `client` for the buckets of `account`; see Circumstances for `is_owner_checked`."""
        super().__init__(client, Sender(budget, settling=_SETTLING))
        is_aws = is_of_aws(client)
        self._known = Circumstances(account, self.region, is_owner_checked, is_aws)
        # The aspects that the endpoint is known to implement.
        self._confirmed = set(OPTIONS) if is_aws else set()

    def has_bucket(self, name: str) -> bool:
        """Return whether the bucket exists."""
        send = partial(self._client.head_bucket, **self._target(name))
        return self._find(f"look for bucket {name}", send, lambda reply: True, _NO_BUCKET) is not None

    def create_bucket(self, name: str) -> None:
        """Create a bucket, in the namespace of the account if its name has the form of one."""
        arguments: dict[str, Any] = {}
        if self._known.region != DEFAULT_REGION:
            arguments["CreateBucketConfiguration"] = {"LocationConstraint": self._known.region}
        if name.endswith(_NAMESPACE_SUFFIX):
            arguments["BucketNamespace"] = "account-regional"
        send = partial(self._client.create_bucket, Bucket=name, **arguments)
        self._change(f"create bucket {name}", send)

    def check_new_name(self, name: str) -> None:
        """Raise ApiError for the name of a new bucket in a namespace that S3 or botocore does not accept."""
        if not name.endswith(_NAMESPACE_SUFFIX):
            return
        suffix = f"-{self._known.account}-{self._known.region}{_NAMESPACE_SUFFIX}"
        members = self._client.meta.service_model.operation_model("CreateBucket").input_shape.members
        problem = ""
        if not name.endswith(suffix):
            problem = f"its name is in the namespace of another account or region; end it with {suffix}, or without -an"
        elif "BucketNamespace" not in members:
            problem = (
                "a name in the namespace of an account needs botocore 1.42.67 or newer; update botocore, or choose a"
                " name with another ending"
            )
        if problem:
            raise ApiError(f"Bucket {name} cannot be created: {problem}")

    def get_document(self, name: str, document: Document, is_there: bool = False) -> Any:
        """Return a document of the bucket as the API stores it, None if it has none; see _change for `is_there`."""

        def parse(reply: Any) -> Any:
            if document.member not in expect(reply, dict, "the reply"):
                return None
            return expect_member(reply, document.member, document.wire_type)

        send = partial(getattr(self._client, document.method("get")), **self._target(name))
        absent = frozenset(filter(None, [document.not_found, _ALSO_NOT_FOUND.get(document.not_found)]))
        action = f"read the {document.title} of bucket {name}"
        stored = self._find(action, send, parse, absent, aspect=document.key, is_there=is_there)
        self._confirmed.add(document.key)
        return stored

    def put_document(
        self, name: str, document: Document, content: Any, is_there: bool = False, is_blocked: bool | None = None
    ) -> None:
        """Set a document of the bucket to `content`, in the form that the API stores.

        See _change for `is_there`, and Circumstances for `is_blocked`.
        """
        if document.key not in self._confirmed:
            self.get_document(name, document, is_there)
        send = self._call(document.method("put"), name, **document.request(content))
        action = f"set the {document.title} of bucket {name}"
        self._change(action, send, aspect=document.key, is_there=is_there, is_blocked=is_blocked)

    def delete_document(self, name: str, document: Document) -> None:
        """Remove a document that the bucket was read to have."""
        if document.not_found:
            send = partial(getattr(self._client, document.method("delete")), **self._target(name))
        else:
            empty: dict[str, Any] = {document.envelope: {}}
            send = self._call(document.method("put"), name, **empty)
        self._change(f"delete the {document.title} of bucket {name}", send, aspect=document.key)

    def list_metrics(self, name: str, is_there: bool = False) -> dict[str, Any]:
        """Return the metrics configurations of the bucket (model shape MetricsConfiguration) by Id.

        See _change for `is_there`.
        """
        action = f"list the metrics configurations of bucket {name}"

        def read(token: Any) -> tuple[dict[str, Any], Any]:
            more = {"ContinuationToken": token} if token else {}
            send = partial(self._client.list_bucket_metrics_configurations, **self._target(name), **more)
            found = self._find(action, send, _metrics_page, frozenset(), aspect=METRICS, is_there=is_there)
            return found or ({}, None)

        listed = {key: one for page, _is_last in pages(action, read) for key, one in page.items()}
        self._confirmed.add(METRICS)
        return listed

    def put_metrics(self, name: str, identifier: str, configuration: Mapping[str, Any], is_there: bool = False) -> None:
        """Set the metrics configuration with an Id; see _change for `is_there`."""
        if METRICS not in self._confirmed:
            self.list_metrics(name, is_there)
        send = self._call("put_bucket_metrics_configuration", name, Id=identifier, MetricsConfiguration=configuration)
        action = f"set the metrics configuration {identifier} of bucket {name}"
        self._change(action, send, aspect=METRICS, is_there=is_there)

    def delete_metrics(self, name: str, identifier: str) -> None:
        """Remove a metrics configuration that the bucket was read to have, by its Id."""
        send = partial(self._client.delete_bucket_metrics_configuration, **self._target(name), Id=identifier)
        action = f"delete the metrics configuration {identifier} of bucket {name}"
        self._change(action, send, aspect=METRICS)

    def _target(self, name: str) -> dict[str, str]:
        return {"Bucket": name, "ExpectedBucketOwner": self._known.account}

    def _call(self, method: str, name: str, **arguments: Any) -> partial[Any]:
        """Return the call of an operation that sets something, with the checksum that botocore would add since 1.36.

        An older botocore adds MD5, which a Python in FIPS mode does not have.
        """
        operation = self._client.meta.method_to_api_mapping[method]
        shape = self._client.meta.service_model.operation_model(operation).input_shape
        checksum = {"ChecksumAlgorithm": _CHECKSUM} if "ChecksumAlgorithm" in shape.members else {}
        return partial(getattr(self._client, method), **self._target(name), **arguments, **checksum)

    def _find(
        self,
        action: str,
        send: Callable[[], Any],
        parse: Callable[[Any], _Result],
        absent: frozenset[str],
        *,
        aspect: str = "",
        is_there: bool = False,
    ) -> _Result | None:
        try:
            return self._sender.find(action, send, parse, absent, settling=_settling(is_there))
        except ApiError as error:
            raise self._with_advice(error, self._known, aspect) from error

    def _change(
        self,
        action: str,
        send: Callable[[], Any],
        *,
        aspect: str = "",
        is_there: bool = False,
        is_blocked: bool | None = None,
    ) -> None:
        """Send a change. A bucket that this task has created or read, `is_there`, may not be found at once again."""
        try:
            self._sender.change(action, send, lambda reply: None, settling=_settling(is_there))
        except ApiError as error:
            raise self._with_advice(error, replace(self._known, is_blocked=is_blocked), aspect) from error

    def _with_advice(self, error: ApiError, known: Circumstances, aspect: str) -> ApiError:
        """Return the error with what to do about it, an UnsupportedError if the endpoint does not know the `aspect`."""
        if aspect and _is_unsupported(error, known.is_aws):
            return UnsupportedError(aspect, error)
        text = advice(error, known)
        return error.with_reason(text) if text else error


def _is_unsupported(error: ApiError, is_aws: bool) -> bool:
    """Return whether an error means that the endpoint does not implement an operation.

    AWS returns status 405 to an account that does not own the bucket: .../API/API_PutBucketPolicy.html
    """
    response = getattr(error.exception, "response", None) or {}
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    codes = ("NotImplemented",) if is_aws else ("NotImplemented", "MethodNotAllowed")
    statuses = (501,) if is_aws else (501, 405)
    return isinstance(error.exception, OtherReplyError) or error.code in codes or status in statuses


def is_of_aws(client: Any) -> bool:
    """Return whether the endpoint of a client of S3 or AWS STS is one of AWS."""
    return bool(_AWS_HOST.fullmatch(urlsplit(client.meta.endpoint_url).hostname or ""))


def find_account(module: AnsibleAWSModule, budget: Budget) -> str:
    """Return the account that owns the buckets: the option account, or else that of the credentials."""
    if module.params["account"]:
        return str(module.params["account"])
    client = open_client(module, "sts", budget, 1)
    is_aws = is_of_aws(client)
    send = client.get_caller_identity if is_aws else partial(_identity, client)
    try:
        return Sender(budget).read("find out the account of the credentials", send, _account)
    except ApiError as error:
        has_replied = error.code or isinstance(error.exception, InvalidReplyError)
        if is_aws or error.failure.affects_all_resources or not has_replied:
            raise
        raise error.with_reason(
            "if the endpoint does not implement AWS STS, set account to the ID of the account that owns the buckets"
        ) from error


def _identity(client: Any) -> Any:
    """Return the reply of an endpoint that may not implement AWS STS: what is not XML is not repeated."""
    try:
        return client.get_caller_identity()
    except ResponseParserError as error:
        raise InvalidReplyError("it is not XML") from error


def _account(reply: Any) -> str:
    account = expect_member(reply, "Account", str)
    if not is_account(account):
        raise InvalidReplyError(f"Account is {account!r}, not 12 digits")
    return account


def is_account(text: str) -> bool:
    """Return whether a text is the ID of an account."""
    return bool(_ACCOUNT_ID.fullmatch(text))


def open_s3_api(module: AnsibleAWSModule, account: str, budget: Budget, connections: int) -> S3Api:
    """Return the API with the module's credentials, region and endpoint; see make_client for `connections`."""
    # An endpoint of the user rarely has a host name for each bucket.
    settings = {"s3": {"addressing_style": "path"}} if module.params.get("endpoint_url") else {}
    client = open_client(module, "s3", budget, connections, settings)
    client.meta.events.register_last("before-parameter-build.s3", _stay_in_region, "elemental-mediastore-region")
    # New versions of botocore take what they cannot parse for an error of the server with status 500.
    if as_server_error := getattr(handlers, "_handle_200_error", None):
        client.meta.events.unregister("before-parse.s3.*", as_server_error)
    client.meta.events.register("before-parse.s3", _check_content, "elemental-mediastore-content")
    client.meta.events.register("after-call.s3", _check_reply, "elemental-mediastore-reply")
    # An endpoint without AWS STS knows no accounts.
    return S3Api(client, account, budget, is_owner_checked=is_of_aws(client) or not module.params["account"])


def _stay_in_region(context: dict[str, Any], **event: Any) -> None:
    """Let botocore not send the request again to the region of the bucket: a task changes one region only."""
    context.setdefault("s3_redirect", {})["redirected"] = True


def _check_content(operation_model: Any, response_dict: dict[str, Any], **event: Any) -> None:
    check_content(operation_model.name, response_dict["status_code"], response_dict["body"])


def _check_reply(model: Any, http_response: Any, **event: Any) -> None:
    check_reply(model.name, http_response.status_code, http_response.content)


def _settling(is_there: bool) -> frozenset[str] | None:
    return _SETTLING | {NO_SUCH_BUCKET} if is_there else None


def _metrics_page(reply: Any) -> tuple[dict[str, Any], str | None]:
    listed = expect(reply, dict, "the reply").get("MetricsConfigurationList", [])
    configurations = expect(listed, list, "MetricsConfigurationList")
    return {expect_member(one, "Id", str): one for one in configurations}, reply.get("NextContinuationToken")
