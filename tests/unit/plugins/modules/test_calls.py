# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exact requests of the modules, from the record of the server."""

from __future__ import annotations

import json

import boto3
import botocore
import pytest
from botocore.exceptions import ClientError

from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.container import Declaration
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container import converge_container

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["mediastore:GetObject"],
            "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/live/*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        }
    ],
}
RULES = [{"allowed_origins": ["https://example.com"], "allowed_methods": ["GET"]}]
DOCUMENTS = [
    pytest.param("mediastore_container_policy", {"policy": POLICY}, "ContainerPolicy", id="policy"),
    pytest.param("mediastore_cors_policy", {"rules": RULES}, "CorsPolicy", id="cors"),
]


@pytest.fixture
def live(client, calls):
    """A container with two tags and access logging, and nothing recorded so far."""
    client.create_container(ContainerName="live", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    client.start_access_logging(ContainerName="live")
    calls()


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("options", "reads", "writes"),
    [
        pytest.param({}, ["DescribeContainer"], [], id="nothing given"),
        pytest.param(
            {"tags": {"a": 1, "b": 2}}, ["DescribeContainer", "ListTagsForResource"], [], id="tags as they are"
        ),
        pytest.param(
            {"tags": {"a": 1, "c": 3}},
            ["DescribeContainer", "ListTagsForResource"],
            ["UntagResource", "TagResource"],
            id="tags replaced",
        ),
        pytest.param({"tags": {}}, ["DescribeContainer", "ListTagsForResource"], ["UntagResource"], id="tags removed"),
        pytest.param(
            {"tags": {"c": 3}, "purge_tags": False},
            ["DescribeContainer", "ListTagsForResource"],
            ["TagResource"],
            id="tag added",
        ),
        pytest.param({"access_logging_enabled": True}, ["DescribeContainer"], [], id="logging as it is"),
        pytest.param({"access_logging_enabled": False}, ["DescribeContainer"], ["StopAccessLogging"], id="logging off"),
        pytest.param({"wait": False}, ["DescribeContainer"], [], id="nothing to wait for"),
    ],
)
def test_container_that_exists(run, calls, options, reads, writes, check):
    assert run("mediastore_container", name="live", check=check, **options)["changed"] is bool(writes)
    assert calls().names == reads + ([] if check else writes)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, ["DescribeContainer", "CreateContainer", "DescribeContainer"], id="bare"),
        pytest.param(
            {"tags": {"a": 1}}, ["DescribeContainer", "CreateContainer", "DescribeContainer"], id="with its tags"
        ),
        pytest.param(
            {"access_logging_enabled": True},
            ["DescribeContainer", "CreateContainer", "DescribeContainer", "StartAccessLogging"],
            id="logging after it is active",
        ),
        pytest.param(
            {"access_logging_enabled": False},
            ["DescribeContainer", "CreateContainer", "DescribeContainer"],
            id="logging is off on a new one",
        ),
        pytest.param({"wait": False}, ["DescribeContainer", "CreateContainer"], id="not waited for"),
    ],
)
def test_container_that_is_missing(run, calls, options, expected):
    assert run("mediastore_container", name="live", check=True, **options)["changed"]
    assert calls().names == ["DescribeContainer"]
    assert run("mediastore_container", name="live", **options)["changed"]
    taken = calls()
    assert taken.names == expected
    create = taken[1]["parameters"]
    assert create == {
        "ContainerName": "live",
        **({"Tags": [{"Key": "a", "Value": "1"}]} if "tags" in options else {}),
    }


def test_absent_container(run, calls, client):
    assert not run("mediastore_container", name="live", state="absent")["changed"]
    assert calls().names == ["DescribeContainer"]
    client.create_container(ContainerName="live")
    calls()
    assert run("mediastore_container", name="live", state="absent", check=True)["changed"]
    assert calls().names == ["DescribeContainer"]
    assert run("mediastore_container", name="live", state="absent")["changed"]
    assert calls().names == ["DescribeContainer", "DeleteContainer", "DescribeContainer"]
    client.create_container(ContainerName="live")
    calls()
    assert run("mediastore_container", name="live", state="absent", wait=False)["changed"]
    assert calls().names == ["DescribeContainer", "DeleteContainer"]


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("mediastore_container", {"name": "live", "state": "absent"}),
        ("mediastore_containers", {"containers": [{"name": "live", "state": "absent"}]}),
    ],
)
def test_the_diff_of_a_deletion_shows_what_is_deleted_with_the_container(run, calls, client, module, options):
    """Contract, section 6: only with a diff, the tags and the four documents are read."""
    client.delete_container_policy(ContainerName="live")
    client.put_cors_policy(
        ContainerName="live",
        CorsPolicy=[{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": []}],
    )
    calls()
    reads = ["GetContainerPolicy", "GetCorsPolicy", "GetLifecyclePolicy", "GetMetricPolicy", "ListTagsForResource"]
    predicted = run(module, check=True, diff=True, **options)
    taken = calls().names
    assert (taken[0], sorted(taken[1:])) == ("DescribeContainer", reads)
    deleted = run(module, diff=True, **options)
    assert calls().names == [*taken, "DeleteContainer", "DescribeContainer"]
    assert deleted["diff"] == predicted["diff"]
    [diff] = deleted["diff"] if isinstance(deleted["diff"], list) else [deleted["diff"]]
    assert (diff["before"], diff["after"]) == (
        {
            "name": "live",
            "tags": {"a": "1", "b": "2"},
            "cors_policy": [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": []}],
        },
        {},
    )


LOST = ["ListTagsForResource", "GetContainerPolicy", "GetCorsPolicy", "GetLifecyclePolicy", "GetMetricPolicy"]


@pytest.mark.usefixtures("live", "clock")
@pytest.mark.parametrize("operation", LOST)
@pytest.mark.parametrize("kind", ["access_denied", "internal_error"])
def test_what_only_the_diff_needs_does_not_stop_a_deletion(open_api, client, emulator, operation, kind):
    """The diff lacks it, with a warning."""
    emulator.faults({"operation": operation, "kind": kind, "count": None})
    diffs = []
    for check_mode in (True, False):
        warnings = []
        wanted = Declaration("live", state="absent")
        outcome = converge_container(
            open_api(client), wanted, check_mode=check_mode, is_diff=True, warn=warnings.append
        )
        [warning] = warnings
        assert warning.startswith("The diff of container live is incomplete: Failed to ")
        assert (outcome.action, outcome.error) == ("deleted", None)
        diffs.append(outcome.diff)
    emulator.faults()
    assert diffs[0] == diffs[1]
    assert ("tags" in diffs[0]["before"]) == (operation != "ListTagsForResource")


@pytest.mark.usefixtures("live", "clock")
@pytest.mark.parametrize(("seconds", "limit"), [(300, 5), (3, 3)])
def test_what_only_the_diff_needs_is_waited_for_shortly(open_api, client, emulator, seconds, limit):
    emulator.faults({"operation": "ListTagsForResource", "kind": "internal_error", "count": None})
    warnings = []
    wanted = Declaration("live", state="absent")
    converge_container(open_api(client, seconds), wanted, check_mode=True, is_diff=True, warn=warnings.append)
    assert f"(time limit for the diff of {limit} seconds exceeded)" in warnings[0]


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("operation", LOST)
def test_only_describe_container_decides_whether_a_container_is_deleted(interfere, open_api, operation):
    """moto's ListTagsForResource knows names and not ARNs, so it answers that the container does not exist."""

    def missing(send, **arguments):
        raise ClientError({"Error": {"Code": "ContainerNotFoundException", "Message": "none"}}, operation)

    api = open_api(interfere(**{botocore.xform_name(operation): missing}))
    wanted = Declaration("live", state="absent")
    outcome = converge_container(api, wanted, check_mode=False, is_diff=True, warn=pytest.fail)
    assert (outcome.action, outcome.error) == ("deleted", None)


@pytest.mark.usefixtures("live", "clock")
def test_the_diff_of_a_deletion_is_read_once(interfere, open_api, calls):
    """Although the container is in use three times, and then described again."""
    refused = []

    def in_use(send, **arguments):
        refused.append(arguments)
        if len(refused) < 4:
            raise ClientError({"Error": {"Code": "ContainerInUseException", "Message": "no"}}, "DeleteContainer")
        return send(**arguments)

    api = open_api(interfere(delete_container=in_use))
    wanted = Declaration("live", state="absent")
    assert converge_container(api, wanted, check_mode=False, is_diff=True, warn=pytest.fail).action == "deleted"
    names = calls().names
    assert (len(refused), [names.count(operation) for operation in LOST]) == (4, [1] * 5)


@pytest.mark.parametrize("status", ["CREATING", "DELETING"])
def test_the_diff_of_a_deletion_waits_for_nothing(run, calls, client, emulator, status):
    """A container that is not active has no documents that can be read."""
    emulator.configure(create_delay=60 if status == "CREATING" else 0, delete_delay=60)
    client.create_container(ContainerName="live")
    if status == "DELETING":
        client.delete_container(ContainerName="live")
    calls()
    result = run("mediastore_container", name="live", state="absent", wait=False, check=True, diff=True)
    assert calls().names == ["DescribeContainer"]
    before = {"name": "live"} if status == "CREATING" else {}
    assert (result["changed"], result["diff"]) == (status == "CREATING", {"before": before, "after": {}})


def test_polling_ends_when_the_container_is_ready(run, calls, emulator):
    emulator.configure(create_delay=0.3, delete_delay=0.3)
    assert run("mediastore_container", name="live")["container"]["status"] == "ACTIVE"
    names = calls().names
    assert names[:2] == ["DescribeContainer", "CreateContainer"]
    # Polls after 0, 0.1, 0.25 and 0.475 s.
    assert set(names[2:]) == {"DescribeContainer"}
    assert 2 <= len(names[2:]) <= 4


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(("module", "options", "resource"), DOCUMENTS)
def test_document(run, calls, module, options, resource):
    get, put, delete = f"Get{resource}", f"Put{resource}", f"Delete{resource}"
    assert run(module, name="live", check=True, **options)["changed"]
    assert calls().names == [get]
    assert run(module, name="live", **options)["changed"]
    assert calls().names == [get, put]
    assert not run(module, name="live", **options)["changed"]
    assert calls().names == [get]
    assert run(module, name="live", state="absent", check=True)["changed"]
    assert calls().names == [get]
    assert run(module, name="live", state="absent")["changed"]
    assert calls().names == [get, delete]
    assert not run(module, name="live", state="absent")["changed"]
    assert calls().names == [get]


@pytest.mark.parametrize(("module", "options", "resource"), DOCUMENTS)
def test_document_without_container(run, calls, module, options, resource):
    predicted = run(module, name="live", check=True, **options)
    assert predicted["changed"]
    assert "Container live does not exist" in json.dumps(predicted["warnings"])
    failed = run(module, name="live", **options)
    assert failed["failed"]
    assert not failed["changed"]
    assert failed["msg"].startswith("Container live does not exist in us-east-1")
    for check in (True, False):
        assert not run(module, name="live", state="absent", check=check)["changed"]
    assert set(calls().names) == {f"Get{resource}"}


def test_info_sends_one_request_for_each_100_containers(run, calls, client):
    for number in range(101):
        client.create_container(ContainerName=f"c{number:03}")
    calls()
    result = run("mediastore_container_info")
    assert [container["name"] for container in result["containers"]] == [f"c{number:03}" for number in range(101)]
    taken = calls()
    assert taken.names == ["ListContainers", "ListContainers"]
    assert taken[0]["parameters"] == {"MaxResults": 100}


def test_info_reads_only_what_is_included(run, calls, client):
    for name in ("one", "two"):
        client.create_container(ContainerName=name)
    calls()
    run("mediastore_container_info", names=["two", "gone", "one", "two"], include=["tags", "cors_policy"])
    names = calls().names
    assert sorted(names[:3]) == ["DescribeContainer"] * 3
    assert sorted(names[3:]) == ["GetCorsPolicy", "GetCorsPolicy", "ListTagsForResource", "ListTagsForResource"]
    run("mediastore_container_info", names=[])
    assert calls() == []


@pytest.mark.parametrize("check", [True, False])
def test_unchanged_container_that_is_being_created_is_not_waited_for(run, client, emulator, calls, check):
    emulator.configure(create_delay=60)
    client.create_container(ContainerName="live")
    calls()
    result = run("mediastore_container", name="live", wait=False, check=check)
    assert (result["changed"], result["container"]["status"]) == (False, "CREATING")
    assert calls().names == ["DescribeContainer"]
    entry = {"name": "live", "access_logging_enabled": False}
    assert not run("mediastore_containers", containers=[entry], wait=False, check=check)["changed"]
    assert calls().names == ["DescribeContainer"]


def test_check_mode_of_an_unchanged_container_does_not_wait(run, client, emulator, calls):
    emulator.configure(create_delay=60)
    client.create_container(ContainerName="live")
    calls()
    assert not run("mediastore_container", name="live", check=True)["changed"]
    assert calls().names == ["DescribeContainer"]


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("mediastore_container", {"name": "live"}),
        ("mediastore_containers", {"containers": [{"name": "live"}]}),
        ("mediastore_cors_policy", {"name": "none", "rules": RULES}),
    ],
)
def test_failure_without_a_reply_names_the_versions(run, emulator, module, options):
    emulator.configure(create_delay=60)
    result = run(module, wait_timeout=0, **options)
    assert result["failed"]
    assert (result["boto3_version"], result["botocore_version"]) == (boto3.__version__, botocore.__version__)


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(("module", "options", "resource"), DOCUMENTS)
def test_absent_document_is_deleted_although_its_options_are_given(run, calls, module, options, resource):
    run(module, name="live", **options)
    calls()
    assert run(module, name="live", state="absent", **options)["changed"]
    assert calls().names == [f"Get{resource}", f"Delete{resource}"]
