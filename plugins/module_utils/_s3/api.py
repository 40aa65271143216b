# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations of Amazon S3 on buckets: the only file that calls its client.

One method for each operation, each of which sends one request. Every request names the account that is expected to own
the bucket, so that S3 refuses to show or to change the bucket of another account. A document that a bucket does not
have is None, never an error; a failure is an ApiError whose message names the bucket and the action.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .._errors import ApiError, expect, expect_member
from .._sender import Budget, Sender, open_client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .._document import Document

_Result = TypeVar("_Result")

NO_SUCH_BUCKET = "NoSuchBucket"
# HeadBucket has no body, so that botocore takes the status for the code.
_NO_BUCKET = frozenset([NO_SUCH_BUCKET, "404"])
_OTHER_REGION = frozenset(["PermanentRedirect", "AuthorizationHeaderMalformed", "301", "400"])
# Another change of the same bucket is in progress: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_SETTLING = frozenset(["OperationAborted"])
# CreateBucket needs no constraint there, and S3 refuses one with its name.
_DEFAULT_REGION = "us-east-1"
# Refused for a bucket with ABAC: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAbac.html, which does not
# name the error code.
_TAG_CHANGES = frozenset(["PutBucketTagging", "DeleteBucketTagging"])
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
_NAMESPACE_SUFFIX = "-an"


class S3Api:
    """The operations of one region's S3 for the buckets of one account, within one budget of time."""

    def __init__(self, client: Any, account: str, sender: Sender) -> None:
        """Use botocore's `s3` `client` for the buckets of `account`."""
        self._client = client
        self._account = account
        self._sender = sender

    @classmethod
    def of(cls, client: Any, account: str, budget: Budget) -> S3Api:
        """Return the API with a new sender."""
        return cls(client, account, Sender(budget, settling=_SETTLING))

    def with_budget(self, budget: Budget) -> S3Api:
        """Return the same API with another budget; it shares the client and the throttle."""
        return S3Api(self._client, self._account, self._sender.with_budget(budget))

    @property
    def budget(self) -> Budget:
        """Return the time that may be spent."""
        return self._sender.budget

    @property
    def region(self) -> str:
        """Return the name of the region."""
        return str(self._client.meta.region_name)

    def has_bucket(self, name: str) -> bool:
        """Return whether the bucket exists."""
        send = partial(self._client.head_bucket, **self._target(name))
        return self._find(name, f"look for bucket {name}", send, lambda reply: True, _NO_BUCKET) is not None

    def create_bucket(self, name: str) -> None:
        """Create a bucket, in the namespace of the account if its name has the form of one."""
        arguments: dict[str, Any] = {}
        if self.region != _DEFAULT_REGION:
            arguments["CreateBucketConfiguration"] = {"LocationConstraint": self.region}
        if name.endswith(_NAMESPACE_SUFFIX):
            arguments["BucketNamespace"] = "account-regional"
        send = partial(self._client.create_bucket, Bucket=name, **arguments)
        self._change(name, f"create bucket {name}", send)

    def check_new_name(self, name: str) -> None:
        """Raise ApiError for the name of a new bucket in a namespace that S3 or botocore does not accept."""
        if not name.endswith(_NAMESPACE_SUFFIX):
            return
        suffix = f"-{self._account}-{self.region}{_NAMESPACE_SUFFIX}"
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

    def get_document(self, name: str, document: Document) -> Any:
        """Return a document of the bucket as the API stores it, None if the bucket has none."""

        def parse(reply: Any) -> Any:
            if not document.not_found and document.member not in expect(reply, dict, "the reply"):
                return None
            return expect_member(reply, document.member, document.wire_type)

        send = partial(getattr(self._client, document.method("get")), **self._target(name))
        absent = frozenset(filter(None, [document.not_found]))
        return self._find(name, f"read the {document.title} of bucket {name}", send, parse, absent)

    def put_document(self, name: str, document: Document, content: Any, is_new: bool = False) -> None:
        """Set a document of the bucket to `content`, in the form that the API stores; see _change for `is_new`."""
        send = partial(getattr(self._client, document.method("put")), **self._target(name), **document.request(content))
        self._change(name, f"set the {document.title} of bucket {name}", send, is_new)

    def delete_document(self, name: str, document: Document) -> None:
        """Remove a document of the bucket."""
        if document.not_found:
            send = partial(getattr(self._client, document.method("delete")), **self._target(name))
        else:
            empty: dict[str, Any] = {document.envelope: {}}
            send = partial(getattr(self._client, document.method("put")), **self._target(name), **empty)
        self._change(name, f"delete the {document.title} of bucket {name}", send)

    def list_metrics(self, name: str) -> dict[str, Any]:
        """Return the metrics configurations of the bucket (model shape MetricsConfiguration) by Id."""
        action = f"list the metrics configurations of bucket {name}"
        found: dict[str, Any] = {}
        token: str | None = None
        while True:
            page: dict[str, str] = {"ContinuationToken": token} if token else {}
            send = partial(self._client.list_bucket_metrics_configurations, **self._target(name), **page)
            configurations, next_token = self._find(name, action, send, _metrics_page, frozenset()) or ([], None)
            found.update((expect_member(one, "Id", str), one) for one in configurations)
            if not next_token:
                return found
            if next_token == token:
                raise ApiError(f"Failed to {action}: the endpoint returned the same page twice")
            token = next_token

    def put_metrics(self, name: str, identifier: str, configuration: Mapping[str, Any], is_new: bool = False) -> None:
        """Set the metrics configuration with an Id; see _change for `is_new`."""
        arguments = {**self._target(name), "Id": identifier, "MetricsConfiguration": configuration}
        send = partial(self._client.put_bucket_metrics_configuration, **arguments)
        self._change(name, f"set the metrics configuration {identifier} of bucket {name}", send, is_new)

    def delete_metrics(self, name: str, identifier: str) -> None:
        """Remove the metrics configuration with an Id."""
        send = partial(self._client.delete_bucket_metrics_configuration, **self._target(name), Id=identifier)
        self._change(name, f"delete the metrics configuration {identifier} of bucket {name}", send)

    def _target(self, name: str) -> dict[str, str]:
        return {"Bucket": name, "ExpectedBucketOwner": self._account}

    def _find(
        self,
        name: str,
        action: str,
        send: Callable[[], Any],
        parse: Callable[[Any], _Result],
        absent: frozenset[str],
    ) -> _Result | None:
        try:
            return self._sender.find(action, send, parse, absent)
        except ApiError as error:
            raise self._explained(name, error) from error

    def _change(self, name: str, action: str, send: Callable[[], Any], is_new: bool = False) -> None:
        """Send a change. A bucket that this task has created, `is_new`, may not be found everywhere at once."""
        settling = _SETTLING | {NO_SUCH_BUCKET} if is_new else None
        try:
            self._sender.change(action, send, lambda reply: None, settling=settling)
        except ApiError as error:
            raise self._explained(name, error) from error

    def _explained(self, name: str, error: ApiError) -> ApiError:
        """Return the error with what to do about a bucket of another region or another account."""
        response = getattr(error.exception, "response", None) or {}
        headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        region = headers.get("x-amz-bucket-region", self.region)
        failure = error.failure
        advice = ""
        if error.code in _OTHER_REGION and region != self.region:
            advice = f"the bucket is in {region}: set region to it, or choose another bucket"
        elif "BlockPublicPolicy" in str(error.exception):
            advice = (
                f"account {self._account} or its organization blocks public policies; allow them there, or set public"
                " to false"
            )
        elif error.code == "MalformedPolicy" and "principal" in str(error.exception):
            advice = (
                "the policy names a user or role that does not exist; correct its statement, or create the principal"
            )
        elif error.code == "InvalidTargetBucketForLogging":
            target = response.get("Error", {}).get("TargetBucket", "the log bucket")
            advice = (
                f"{target} must be a bucket of account {self._account} in {self.region} whose policy has the statement"
                " of the finding logging.permission"
            )
        elif error.code in ("AccessDenied", "403"):
            advice = (
                f"either the bucket does not belong to account {self._account},"
                " or the credentials lack the permission; choose another bucket, or grant it"
            )
        elif error.code == "BucketAlreadyExists":
            advice = "another account has a bucket of this name: choose another bucket"
        elif getattr(error.exception, "operation_name", "") in _TAG_CHANGES and not (
            failure.is_transient or failure.affects_all_resources
        ):
            advice = (
                "if ABAC is enabled for the bucket, tag it with aws s3control tag-resource, or disable ABAC; omit tags"
                " in the declaration to leave them alone"
            )
        return error.with_reason(advice) if advice else error


def find_account(client: Any, budget: Budget) -> str:
    """Return the account of the credentials of botocore's `sts` `client`."""
    return Sender(budget).read(
        "find out the account of the credentials",
        client.get_caller_identity,
        lambda reply: expect_member(reply, "Account", str),
    )


def open_s3_api(module: AnsibleAWSModule, budget: Budget, connections: int) -> S3Api:
    """Return the API with the module's credentials, region and endpoint; see open_client for `connections`."""
    account = find_account(open_client(module, "sts", budget, 1), budget)
    # An endpoint of the user rarely has a host name for each bucket.
    settings = {"s3": {"addressing_style": "path"}} if module.params.get("endpoint_url") else {}
    client = open_client(module, "s3", budget, connections, settings)
    client.meta.events.register_last("before-parameter-build.s3", _stay_in_region, "elemental-mediastore-region")
    return S3Api.of(client, account, budget)


def _stay_in_region(context: dict[str, Any], **event: Any) -> None:
    """Let botocore not send the request again to the region of the bucket: a task changes one region only."""
    context.setdefault("s3_redirect", {})["redirected"] = True


def _metrics_page(reply: Any) -> tuple[list[Any], str | None]:
    listed = expect(reply, dict, "the reply").get("MetricsConfigurationList", [])
    return expect(listed, list, "MetricsConfigurationList"), reply.get("NextContinuationToken")
