# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault at every operation: the task converges, or fails with one sentence and loses nothing."""

from __future__ import annotations

import json
import re
import socket

import pytest
from botocore.exceptions import ClientError

from ansible_collections.elemental.mediastore.tests.unit import samples

RESOURCE = "arn:aws:mediastore:us-east-1:123456789012:container/live/*"
# It leaves ListItems allowed, which the modules need to delete a container.
DENY_PUT = {"Effect": "Deny", "Principal": "*", "Action": "mediastore:PutObject", "Resource": RESOURCE}
POLICY = {"Version": "2012-10-17", "Statement": [DENY_PUT]}
OTHER_POLICY = {**POLICY, "Id": "other"}
DEFAULT_POLICY = samples.default_policy("live")
LIFECYCLE = samples.lifecycle([{"prefix": "hot/"}], ("days", ">", 5))
OTHER_LIFECYCLE = samples.lifecycle([{"prefix": "hot/"}], ("days", ">", 5), "ARCHIVE")
CORS = [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": []}]
OTHER_CORS = [{"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["HEAD"], "AllowedHeaders": []}]
CORS_RULES = [{"allowed_origins": ["https://a.example"], "allowed_methods": ["HEAD"]}]
METRIC = {"ContainerLevelMetrics": "ENABLED"}
OTHER_METRIC = {"ContainerLevelMetrics": "DISABLED"}

# The state of a container in the service: one with everything, and a new one.
FULL = {
    "tags": {"a": "1"},
    "access_logging": False,
    "container_policy": POLICY,
    "cors_policy": CORS,
    "lifecycle_policy": LIFECYCLE,
    "metric_policy": METRIC,
}
NEW = {**dict.fromkeys(FULL), "tags": {"b": "2"}, "access_logging": False, "container_policy": DEFAULT_POLICY}

TAGS = {"tags": {"b": "2"}}
LOGGING = {"access_logging_enabled": True}
ABSENT = {"state": "absent"}

# The operation; the options of a module that needs it, and the same as an entry of mediastore_containers; the state in
# the service before and after.
CASES = [
    ("CreateContainer", "container", TAGS, TAGS, None, NEW),
    ("DescribeContainer", "container", LOGGING, LOGGING, FULL, {**FULL, "access_logging": True}),
    ("DeleteContainer", "container", ABSENT, ABSENT, FULL, None),
    ("ListItems", "container", ABSENT, ABSENT, FULL, None),
    ("ListTagsForResource", "container", TAGS, TAGS, FULL, {**FULL, "tags": {"b": "2"}}),
    ("TagResource", "container", TAGS, TAGS, FULL, {**FULL, "tags": {"b": "2"}}),
    ("UntagResource", "container", TAGS, TAGS, FULL, {**FULL, "tags": {"b": "2"}}),
    ("StartAccessLogging", "container", LOGGING, LOGGING, FULL, {**FULL, "access_logging": True}),
    (
        "StopAccessLogging",
        "container",
        {"access_logging_enabled": False},
        {"access_logging_enabled": False},
        {**FULL, "access_logging": True},
        FULL,
    ),
]
for resource, given, key, value, empty, stored in [
    ("container_policy", {"policy": OTHER_POLICY}, "policy", OTHER_POLICY, {}, OTHER_POLICY),
    ("cors_policy", {"rules": CORS_RULES}, "cors_policy", CORS_RULES, [], OTHER_CORS),
    ("lifecycle_policy", {"policy": OTHER_LIFECYCLE}, "lifecycle_policy", OTHER_LIFECYCLE, {}, OTHER_LIFECYCLE),
    (
        "metric_policy",
        {"container_level_metrics": False},
        "metric_policy",
        {"container_level_metrics": False},
        {},
        OTHER_METRIC,
    ),
]:
    kind = resource.title().replace("_", "")
    changed, removed = {**FULL, resource: stored}, {**FULL, resource: None}
    CASES += [
        (f"Get{kind}", resource, given, {key: value}, FULL, changed),
        (f"Put{kind}", resource, given, {key: value}, FULL, changed),
        (f"Delete{kind}", resource, ABSENT, {key: empty}, FULL, removed),
    ]

each_case = pytest.mark.parametrize(
    ("operation", "module", "options", "entry", "before", "after"), CASES, ids=[case[0] for case in CASES]
)
each_way = pytest.mark.parametrize("way", ["one", "many"])


def store(client, state):
    """Make the container live what `state` says."""
    client.create_container(
        ContainerName="live", Tags=[{"Key": key, "Value": state["tags"][key]} for key in state["tags"]]
    )
    client.put_container_policy(ContainerName="live", Policy=json.dumps(state["container_policy"]))
    client.put_cors_policy(ContainerName="live", CorsPolicy=state["cors_policy"])
    client.put_lifecycle_policy(ContainerName="live", LifecyclePolicy=json.dumps(state["lifecycle_policy"]))
    client.put_metric_policy(ContainerName="live", MetricPolicy=state["metric_policy"])
    if state["access_logging"]:
        client.start_access_logging(ContainerName="live")


def stored_state(client):
    """Return what the container live is, None if it is not."""

    def read(resource, member):
        try:
            value = getattr(client, f"get_{resource}")(ContainerName="live")[member]
        except ClientError as error:
            if error.response["Error"]["Code"].endswith("NotFoundException"):
                return None
            raise
        return json.loads(value) if isinstance(value, str) else value

    names = [container["Name"] for container in client.list_containers()["Containers"]]
    assert names in ([], ["live"])
    if not names:
        return None
    container = client.describe_container(ContainerName="live")["Container"]
    tags = client.list_tags_for_resource(Resource=container["ARN"])["Tags"]
    return {
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
        "access_logging": container["AccessLoggingEnabled"],
        "container_policy": read("container_policy", "Policy"),
        "cors_policy": read("cors_policy", "CorsPolicy"),
        "lifecycle_policy": read("lifecycle_policy", "LifecyclePolicy"),
        "metric_policy": read("metric_policy", "MetricPolicy"),
    }


def faults(operation, kind, count):
    fault = {"operation": operation, "kind": kind, "count": count, "seconds": 0.02}
    # The objects are listed only after a deletion that is refused as in use.
    first = [{"operation": "DeleteContainer", "kind": "in_use"}] if operation == "ListItems" else []
    return [*first, fault]


@pytest.fixture
def task(run, clock):
    """A function that runs the task of a case, by the module for one container or by that for many."""

    def task(way, module, options, entry, **how):
        if way == "one":
            return run(f"mediastore_{module}", name="live", **options, **how)
        return run("mediastore_containers", containers=[{"name": "live", **entry}], max_concurrency=2, **how)

    return task


@each_case
@each_way
@pytest.mark.parametrize("kind", samples.TRANSIENT_FAULTS)
def test_transient_fault_is_retried(
    task, client, emulator, kind, way, operation, module, options, entry, before, after
):
    if before:
        store(client, before)
    predicted = task(way, module, options, entry, check=True, diff=True)
    emulator.faults(*faults(operation, kind, 1))
    result = task(way, module, options, entry, diff=True)
    assert not result.get("failed"), result["msg"]
    assert emulator.faults_left() == []
    assert result["changed"] is predicted["changed"] is True
    assert result["diff"] == predicted["diff"]
    assert stored_state(client) == after
    assert task(way, module, options, entry)["changed"] is False


@each_case
@each_way
@pytest.mark.parametrize("kind", samples.PERMANENT_FAULTS)
def test_permanent_fault_fails_cleanly(
    task, client, emulator, clock, kind, way, operation, module, options, entry, before, after
):
    if before:
        store(client, before)
    emulator.faults(*faults(operation, kind, None))
    result = task(way, module, options, entry, wait_timeout=60)
    assert clock.now <= 60
    emulator.faults()
    reads = operation.startswith(("Describe", "Get", "List"))
    if kind in ("cut_after", "malformed") and not reads:
        # The change was applied, and the task read this.
        assert not result.get("failed"), result["msg"]
        assert stored_state(client) == after
    else:
        assert result["failed"]
        # A failure that affects all containers is reported once, without a count, if nothing was changed before.
        is_counted = way == "many" and (kind != "expired_token" or result["changed"])
        count = "1 of 1 containers failed: " if is_counted else ""
        assert re.fullmatch(rf"{count}Failed to [a-zA-Z ]+ container live( \([^()]+\))?: \S.*", result["msg"])
        assert result["changed"] == (stored_state(client) != before)
        again = task(way, module, options, entry)
        assert not again.get("failed"), again["msg"]
        assert again["changed"]
    assert stored_state(client) == after
    assert task(way, module, options, entry)["changed"] is False


INFO_READS = [operation for operation, *_rest in CASES if operation.startswith(("Get", "ListTags"))]


@pytest.mark.parametrize("kind", samples.TRANSIENT_FAULTS)
@pytest.mark.parametrize("operation", ["ListContainers", "DescribeContainer", *INFO_READS])
@pytest.mark.usefixtures("clock")
def test_info_retries_a_transient_fault(run, client, emulator, operation, kind):
    store(client, FULL)
    options = {"include": ["all"], "names": ["live"] if operation == "DescribeContainer" else None}
    expected = run("mediastore_container_info", **options)
    emulator.faults(*faults(operation, kind, 1))
    assert run("mediastore_container_info", **options) == expected
    assert emulator.faults_left() == []
    assert expected["containers"][0]["tags"] == {"a": "1"}


@pytest.mark.parametrize("kind", samples.PERMANENT_FAULTS)
@pytest.mark.parametrize("operation", ["ListContainers", "DescribeContainer", *INFO_READS])
@pytest.mark.usefixtures("clock")
def test_info_fails_cleanly_on_a_permanent_fault(run, client, emulator, operation, kind):
    store(client, FULL)
    options = {"include": ["all"], "names": ["live"] if operation == "DescribeContainer" else None}
    emulator.faults(*faults(operation, kind, None))
    result = run("mediastore_container_info", **options)
    assert result["failed"]
    what = "list the containers" if operation == "ListContainers" else "[a-zA-Z ]+ container live"
    assert re.fullmatch(rf"Failed to {what}( \([^()]+\))?: \S.*", result["msg"])


@pytest.mark.parametrize("kind", samples.TRANSIENT_FAULTS)
@pytest.mark.usefixtures("clock")
def test_transient_fault_of_the_list_is_retried(run, client, emulator, kind):
    store(client, FULL)
    emulator.faults(*faults("ListContainers", kind, 1))
    result = run("mediastore_containers", containers=[{"name": "live", "tags": {"b": "2"}}], max_concurrency=1)
    assert result["changed"]
    assert emulator.faults_left() == []
    assert stored_state(client) == {**FULL, "tags": {"b": "2"}}


def test_refused_change_leaves_the_rest_to_the_next_run(task, client, emulator):
    """Of several changes the first is made and the second refused: the report tells it, the next run does the rest."""
    store(client, FULL)
    options = {**TAGS, **LOGGING}
    emulator.faults({"operation": "TagResource", "kind": "access_denied"})
    result = task("one", "container", options, options, diff=True)
    assert result["failed"]
    assert result["changed"]
    assert stored_state(client) == {**FULL, "tags": {}}
    sides = {"name": "live", "access_logging_enabled": False}
    assert result["diff"] == {"before": {**sides, "tags": {"a": "1"}}, "after": {**sides, "tags": {}}}
    again = task("one", "container", options, options, diff=True)
    assert again["diff"]["before"] == result["diff"]["after"]
    assert stored_state(client) == {**FULL, "tags": {"b": "2"}, "access_logging": True}


def test_message_when_wait_timeout_is_exceeded(task, client, emulator):
    """The sentence says what was waited for, how long, and what was seen last."""
    store(client, FULL)
    emulator.faults({"operation": "PutCorsPolicy", "kind": "in_use", "count": None})
    result = task("one", "cors_policy", {"rules": CORS_RULES}, {}, wait_timeout=20)
    assert result["msg"] == (
        "Failed to set the CORS policy of container live (wait_timeout of 20 seconds exceeded):"
        " An error occurred (ContainerInUseException) when calling the PutCorsPolicy operation:"
        " The container is being updated."
    )


def test_end_of_service_is_in_messages_about_aws(run, monkeypatch):
    """Without an endpoint the request goes to AWS, whose endpoint cannot be reached."""

    def resolve(host, *arguments, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    for module, options in [
        ("mediastore_container", {"name": "live"}),
        ("mediastore_container_info", {}),
        ("mediastore_containers", {"containers": [{"name": "live"}]}),
        ("mediastore_object", {"container": "live", "path": "a.txt", "state": "absent"}),
        ("mediastore_objects", {"container": "live", "path": "/", "state": "absent"}),
        ("mediastore_object_info", {"container": "live"}),
    ]:
        result = run(module, endpoint_url=None, **options)
        assert result["failed"]
        assert "AWS ended MediaStore on 13 November 2025: set endpoint_url" in result["msg"]
        assert "https://mediastore.us-east-1.amazonaws.com" in result["msg"]
