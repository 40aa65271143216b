# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys of every kind of failure, of every module.

Those of amazon.aws: a failure that a reply caused has its `error` and `response_metadata`, and every failure of a
request has the versions of the libraries. Input that is refused before the first request has none of them.
"""

from __future__ import annotations

import boto3
import botocore
import pytest

from ansible_collections.elemental.mediastore.tests.unit.stub_mediastore import StubMediaStore

POLICY = {
    "Statement": {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "mediastore:GetObject",
        "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/live/*",
    }
}
RULES = [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]
DEFINITION = {"path": [{"prefix": "a/"}], "days_since_create": [{"numeric": [">", 5]}]}
LIFECYCLE = {"rules": [{"definition": DEFINITION, "action": "EXPIRE"}]}
CONTAINER = ("mediastore_container", {"name": "live"})
DOCUMENTS = [
    ("mediastore_container_policy", {"name": "live", "policy": POLICY}),
    ("mediastore_cors_policy", {"name": "live", "rules": RULES}),
    ("mediastore_lifecycle_policy", {"name": "live", "policy": LIFECYCLE}),
    ("mediastore_metric_policy", {"name": "live", "container_level_metrics": True}),
]
INFO = ("mediastore_container_info", {})
CONTAINERS = ("mediastore_containers", {"containers": [{"name": "live"}]})
BUCKETS = ("mediastore_s3_buckets", {"containers": [{"name": "live", "tags": {}}]})
OBJECTS = [
    ("mediastore_object", {"container": "live", "path": "a.txt", "content": "text"}),
    ("mediastore_objects", {"container": "live", "path": "/", "state": "absent"}),
    ("mediastore_object_info", {"container": "live"}),
]
# Each module with the keys that its failures have, whatever the failure is.
MODULES = [
    *((*one, set()) for one in (CONTAINER, *DOCUMENTS, INFO, *OBJECTS)),
    (*CONTAINERS, {"containers"}),
    (*BUCKETS, {"containers"}),
]
each_module = pytest.mark.parametrize(("module", "options", "more"), MODULES, ids=[one[0] for one in MODULES])
both_modes = pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
VERSIONS = {"boto3_version": boto3.__version__, "botocore_version": botocore.__version__}
REPLY = {"error", "response_metadata"}
# What Ansible adds, and the message that botocore adds to errors of the service's model.
OF_OTHERS = {"failed", "msg", "invocation", "warnings", "deprecations", "exception", "message"}


def keys(result):
    return set(result) - OF_OTHERS


def check_failure(result, *, code=None, more=frozenset()):
    """Require the keys of a failure of a request, with the error of the service unless `code` is None."""
    assert result["failed"]
    assert result["changed"] is False
    assert {key: result.get(key) for key in VERSIONS} == VERSIONS
    assert keys(result) == {"changed", *VERSIONS, *(REPLY if code else ()), *more}
    if code:
        assert result["error"]["code"] == code
        assert result["error"]["message"]
        assert result["response_metadata"]["http_status_code"] >= 400


@both_modes
@each_module
def test_a_refusal_of_all_requests(run, emulator, module, options, more, check):
    """Credentials that the service rejects: the failure of the first request is that of the task."""
    emulator.faults({"operation": "*", "kind": "expired_token", "count": None})
    result = run(module, check=check, **options)
    code = "ExpiredToken" if module == BUCKETS[0] else "ExpiredTokenException"
    check_failure(result, code=code, more=more)
    assert f"({code})" in result["msg"]


@both_modes
@each_module
@pytest.mark.usefixtures("clock")
def test_an_endpoint_that_is_not_reached(run, closed_endpoint, module, options, more, check):
    """No reply, so no error of the service."""
    result = run(module, check=check, endpoint_url=closed_endpoint, **options)
    check_failure(result, more=more)
    assert "Could not connect to the endpoint" in result["msg"]


@both_modes
@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(("module", "options"), DOCUMENTS)
def test_a_container_that_does_not_exist(run, module, options, state, check):
    result = run(module, check=check, **options, state=state)
    if state == "absent" or check:
        assert "failed" not in result
        return
    check_failure(result, code="ContainerNotFoundException")
    assert result["msg"].startswith("Container live does not exist in us-east-1; create it with elemental.mediastore.")


READS = {
    "mediastore_container": "DescribeContainer",
    "mediastore_container_policy": "GetContainerPolicy",
    "mediastore_cors_policy": "GetCorsPolicy",
    "mediastore_lifecycle_policy": "GetLifecyclePolicy",
    "mediastore_metric_policy": "GetMetricPolicy",
    "mediastore_container_info": "ListContainers",
}


@both_modes
@pytest.mark.parametrize(("module", "options"), [CONTAINER, *DOCUMENTS, INFO])
def test_a_read_that_is_refused(run, client, emulator, module, options, check):
    client.create_container(ContainerName="live")
    emulator.faults({"operation": READS[module], "kind": "access_denied", "count": None})
    result = run(module, check=check, **options)
    check_failure(result, code="AccessDeniedException")


@both_modes
@pytest.mark.parametrize(
    ("module", "options", "operation"),
    [(*task, read) for task, read in zip(OBJECTS, ("DescribeObject", "ListItems", "ListItems"), strict=True)],
)
@pytest.mark.usefixtures("data")
def test_a_read_of_objects_that_is_refused(run, emulator, module, options, operation, check):
    """A list that is refused is the failure of the task, as the container that is refused."""
    for one in ("DescribeContainer", operation):
        emulator.faults({"operation": one, "kind": "access_denied", "count": None})
        check_failure(run(module, check=check, **options), code="AccessDeniedException")


def test_an_upload_that_is_refused(run, data, emulator):
    module, options = OBJECTS[0]
    emulator.faults({"operation": "PutObject", "kind": "access_denied"})
    check_failure(run(module, **options, diff=True), code="AccessDeniedException", more={"diff"})


@pytest.mark.parametrize("count", [1, None], ids=["one", "all"])
def test_failures_of_many_objects(run, data, emulator, count):
    """Each can have another error, as with many containers."""
    for path in ("a.ts", "b.ts"):
        data.put_object(Path=path, Body=b"x")
    emulator.faults({"operation": "DeleteObject", "kind": "access_denied", "count": count})
    result = run("mediastore_objects", container="live", path="/", state="absent", max_concurrency=1)
    assert (result["failed"], result["changed"]) == (True, count == 1)
    assert keys(result) == {"changed", *VERSIONS, "objects", "counts", "not_followed"}
    assert [one["action"] for one in result["objects"]] == ["failed", "deleted" if count else "failed"]
    assert "AccessDeniedException" in result["objects"][0]["error"]


def test_a_local_file_that_is_refused(run, emulator, tmp_path):
    """No request was sent, but the failure is one of the task's work."""
    check_failure(run("mediastore_object", container="live", path="a.ts", src=str(tmp_path / "none")))
    assert emulator.requests() == []


@pytest.mark.parametrize(
    ("module", "options", "operation", "changed"),
    [
        (
            "mediastore_container",
            {"name": "live", "tags": {"a": "1"}, "access_logging_enabled": True},
            "StartAccessLogging",
            True,
        ),
        ("mediastore_container", {"name": "new", "tags": {"a": "1"}}, "CreateContainer", False),
        ("mediastore_cors_policy", {"name": "live", "rules": RULES}, "PutCorsPolicy", False),
    ],
)
def test_a_change_that_is_refused(run, client, emulator, module, options, operation, changed):
    client.create_container(ContainerName="live")
    emulator.faults({"operation": operation, "kind": "access_denied", "count": None})
    result = run(module, **options, diff=True)
    assert (result["failed"], result["changed"]) == (True, changed)
    assert keys(result) == {"changed", "diff", *VERSIONS, *REPLY}
    assert result["error"]["code"] == "AccessDeniedException"


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("operation", ["DescribeContainer", "PutCorsPolicy"])
def test_a_failure_whose_reason_is_the_time(run, client, emulator, operation):
    """The reason is added to the error of the service."""
    client.create_container(ContainerName="live")
    emulator.faults({"operation": operation, "kind": "throttled", "count": None})
    module, options = CONTAINER if operation == "DescribeContainer" else DOCUMENTS[1]
    result = run(module, wait_timeout=1, **options)
    check_failure(result, code="ThrottlingException")
    assert "(wait_timeout of 1 seconds exceeded)" in result["msg"]


@pytest.mark.usefixtures("clock")
def test_a_change_whose_replies_are_all_lost(run, client, emulator):
    client.create_container(ContainerName="live")
    emulator.faults({"operation": "TagResource", "kind": "internal_error", "count": None})
    result = run("mediastore_container", name="live", tags={"a": "1"}, wait_timeout=1)
    check_failure(result, code="InternalServerError")
    assert "(wait_timeout of 1 seconds exceeded)" in result["msg"]


def test_a_container_that_is_not_empty(run):
    """The error is that of the deletion, which the service refuses as in use."""
    with StubMediaStore(ListItems=[{"Items": [{"Name": "a.ts", "Type": "OBJECT"}]}]) as data:
        described = {"Container": {"Name": "live", "Status": "ACTIVE", "Endpoint": data.url}}
        with StubMediaStore(DescribeContainer=[described], DeleteContainer=["ContainerInUseException"]) as server:
            result = run("mediastore_container", name="live", state="absent", endpoint_url=server.url)
    check_failure(result, code="ContainerInUseException")
    assert result["msg"].startswith("Container live cannot be deleted because it is not empty")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ({}, "it has no Container"),
        ({"Container": {"Status": 5}}, "Status is 5"),
        ({"Container": {"Name": "live"}}, "the endpoint's reply has no Status"),
    ],
)
def test_a_reply_that_the_model_does_not_allow(run, reply, message):
    """The service returned no error, so the failure has none."""
    with StubMediaStore(DescribeContainer=[reply]) as server:
        result = run("mediastore_container", name="live", endpoint_url=server.url)
    check_failure(result)
    assert message in result["msg"]


@both_modes
@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("mediastore_container", {"tags": {f"key{number}": "" for number in range(30)}, "purge_tags": False}),
        (
            "mediastore_container_policy",
            {"policy": {"Statement": {**POLICY["Statement"], "Resource": "arn:aws:mediastore:*:*:container/live/*"}}},
        ),
    ],
)
def test_what_the_service_will_refuse(run, client, module, options, check):
    """It is known after the reads, and no reply is an error."""
    client.create_container(ContainerName="live", Tags=[{"Key": f"old{number}", "Value": ""} for number in range(30)])
    check_failure(run(module, name="live", check=check, **options))


@both_modes
@each_module
def test_input_that_is_refused(run, emulator, module, options, more, check):
    """No request was sent, so the libraries played no part."""
    mask = {"aws_config": {"user_agent_extra": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}}
    result = run(module, check=check, **options, **mask)
    assert result["failed"]
    assert keys(result) <= {"changed"}
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in result["msg"]
    assert emulator.requests() == []


TWO = {"containers": [{"name": "live", "tags": {}}, {"name": "other", "tags": {}}]}
OF_MANY = {
    "mediastore_containers": ("ListTagsForResource", "AccessDeniedException", {"containers"}),
    "mediastore_s3_buckets": ("GetBucketTagging", "AccessDenied", {"containers"}),
}


@both_modes
@pytest.mark.parametrize("module", OF_MANY)
@pytest.mark.parametrize("count", [1, None], ids=["one", "all"])
def test_failures_of_many(run, client, s3, emulator, module, count, check):
    """Each can have another error: the task has no error of the service, and each container has its message."""
    operation, code, more = OF_MANY[module]
    for name in ("live", "other"):
        client.create_container(ContainerName=name)
        s3.create_bucket(Bucket=name)
    emulator.faults({"operation": operation, "kind": "access_denied", "count": count})
    result = run(module, check=check, **TWO, max_concurrency=1)
    check_failure(result, more=more)
    errors = [code in (one["error"] or "") for one in result["containers"]]
    assert errors == ([True, False] if count else [True, True])


@pytest.mark.parametrize("module", OF_MANY)
def test_a_general_failure_after_a_change(run, client, s3, emulator, module):
    """What was changed is reported, so that the failure is one of many."""
    operation = "CreateContainer" if module == "mediastore_containers" else "CreateBucket"
    emulator.faults(
        {"operation": operation, "kind": "slow", "seconds": 0},
        {"operation": operation, "kind": "expired_token", "count": None},
    )
    containers = [{"name": name} for name in ("example-a", "example-b", "example-c")]
    result = run(module, containers=containers, max_concurrency=1)
    assert (result["failed"], result["changed"]) == (True, True)
    assert keys(result) == {"changed", *VERSIONS, *OF_MANY[module][2]}
    assert [one["action"] for one in result["containers"]][:2] == ["created", "failed"]


def test_the_account_of_the_credentials(run, emulator):
    """STS refuses: no request for a bucket was sent, and every container is in the result."""
    emulator.faults({"operation": "GetCallerIdentity", "kind": "access_denied", "count": None})
    module, options = BUCKETS
    result = run(module, **options)
    check_failure(result, code="AccessDenied", more={"containers"})
    assert [one["action"] for one in result["containers"]] == ["not_started"]


def test_an_account_that_names_need(run, emulator):
    """Without the account, the names of the buckets are not known, and neither are the containers of the result."""
    emulator.faults({"operation": "GetCallerIdentity", "kind": "access_denied", "count": None})
    module, options = BUCKETS
    result = run(module, bucket="{name}-{account}", **options)
    assert result["failed"]
    assert result["error"]["code"] == "AccessDenied"
    assert {key: result.get(key) for key in VERSIONS} == VERSIONS


def test_what_is_impossible(run, emulator):
    """The translation sends no request."""
    segments = {"path": [{"wildcard": "a/*"}], "seconds_since_create": [{"numeric": [">", 60]}]}
    policy = {"rules": [{"definition": segments, "action": "EXPIRE"}]}
    result = run("mediastore_s3_buckets", containers=[{"name": "live", "lifecycle_policy": policy}])
    assert result["failed"]
    assert keys(result) == {"changed", "containers"}
    assert emulator.requests() == []
