# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of mediastore_container_info: for 1,000 containers, for inactive containers, and as input of modules."""

from __future__ import annotations

import datetime
import json
import time

import pytest
from botocore.exceptions import ClientError

from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container_policy import CONTAINER_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.cors_policy import CORS_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.read import read_containers
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.results import shown_container
from ansible_collections.elemental.mediastore.tests.unit import samples

DOCUMENTS = ["policy", "cors_policy", "lifecycle_policy", "metric_policy"]
POLICY = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "mediastore:GetObject",
        "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/full/*",
    },
}
LIFECYCLE = samples.lifecycle([{"wildcard": "b*"}, {"wildcard": "a*"}], ("seconds", ">", 20))


@pytest.fixture
def full(client):
    """A container with everything attached to it, and one with nothing."""
    client.create_container(ContainerName="full", Tags=[{"Key": "Channel", "Value": "One"}])
    client.start_access_logging(ContainerName="full")
    client.put_container_policy(ContainerName="full", Policy=json.dumps(POLICY))
    client.put_cors_policy(
        ContainerName="full",
        CorsPolicy=[
            {
                "AllowedOrigins": ["https://b.example", "https://a.example"],
                "AllowedMethods": ["HEAD", "GET"],
                "AllowedHeaders": ["X-Custom"],
                "ExposeHeaders": ["ETag"],
                "MaxAgeSeconds": 0,
            },
            {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": []},
        ],
    )
    client.put_lifecycle_policy(ContainerName="full", LifecyclePolicy=json.dumps(LIFECYCLE))
    client.put_metric_policy(
        ContainerName="full",
        MetricPolicy={
            "ContainerLevelMetrics": "ENABLED",
            "MetricPolicyRules": [{"ObjectGroup": "a/*", "ObjectGroupName": "A"}],
        },
    )
    client.create_container(ContainerName="empty")
    client.delete_container_policy(ContainerName="empty")


@pytest.mark.usefixtures("full")
def test_info_returns_all_includes(run, client):
    empty, container = run("mediastore_container_info", include=["all"])["containers"]
    arn = "arn:aws:mediastore:us-east-1:123456789012:container/full"
    described = client.describe_container(ContainerName="full")["Container"]
    assert container == {
        "name": "full",
        "arn": arn,
        "endpoint": described["Endpoint"],
        "status": "ACTIVE",
        "creation_time": described["CreationTime"].astimezone(datetime.UTC).isoformat(),
        "access_logging_enabled": True,
        "tags": {"Channel": "One"},
        "policy": POLICY,
        "cors_policy": [
            {
                "allowed_origins": ["https://b.example", "https://a.example"],
                "allowed_methods": ["HEAD", "GET"],
                "allowed_headers": ["X-Custom"],
                "expose_headers": ["ETag"],
                "max_age_seconds": 0,
            },
            {"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": []},
        ],
        "lifecycle_policy": LIFECYCLE,
        "metric_policy": {
            "container_level_metrics": True,
            "rules": [{"object_group": "a/*", "object_group_name": "A"}],
        },
    }
    assert {key: empty[key] for key in ["name", "tags", "access_logging_enabled", *DOCUMENTS]} == {
        "name": "empty",
        "tags": {},
        "access_logging_enabled": False,
        **dict.fromkeys(DOCUMENTS),
    }


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("name", ["full", "empty"])
def test_modules_accept_what_info_returns(run, calls, name):
    [container] = run("mediastore_container_info", names=[name], include=["all"])["containers"]
    calls()
    parts = {
        "mediastore_container": {key: container[key] for key in ("tags", "access_logging_enabled")},
        "mediastore_container_policy": {"policy": container["policy"]},
        "mediastore_cors_policy": {"rules": container["cors_policy"]},
        "mediastore_lifecycle_policy": {"policy": container["lifecycle_policy"]},
        "mediastore_metric_policy": container["metric_policy"] or {"container_level_metrics": None},
    }
    for module, options in parts.items():
        state = "absent" if None in options.values() else "present"
        result = run(module, name=name, state=state, diff=True, **options)
        assert result["changed"] is False, (module, result)
        assert result["diff"]["before"] == result["diff"]["after"]
    assert calls().mutating == []


@pytest.mark.usefixtures("full")
def test_info_returns_only_what_is_included(run):
    properties = {"name", "arn", "endpoint", "status", "creation_time", "access_logging_enabled"}
    for include in ([], ["tags"], ["policy", "metric_policy"]):
        [container] = run("mediastore_container_info", names=["full"], include=include)["containers"]
        assert set(container) == properties | set(include)


def test_container_that_is_not_active(run, client, emulator, calls):
    emulator.configure(create_delay=60)
    client.create_container(ContainerName="slow")
    calls()
    [container] = run("mediastore_container_info", include=["all"])["containers"]
    assert (container["status"], container["endpoint"]) == ("CREATING", None)
    assert {key: container[key] for key in ["tags", *DOCUMENTS]} == dict.fromkeys(["tags", *DOCUMENTS])
    assert calls().names == ["ListContainers"]


@pytest.mark.usefixtures("full")
def test_container_deleted_during_the_task_is_omitted(interfere, client, open_api):
    def hook(send, **arguments):
        if arguments["ContainerName"] == "empty":
            client.delete_container(ContainerName="empty")
        return send(**arguments)

    found = read_containers(open_api(interfere(get_cors_policy=hook)), None, False, [CORS_POLICY], 4)
    assert [container["Name"] for container, asked in found] == ["full"]


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ({"Policy": ["no text"]}, r"Policy is \['no text'\]"),
        ({}, "it has no Policy"),
    ],
    ids=["a policy that is no text", "a reply without the policy"],
)
def test_invalid_reply_is_an_error(interfere, open_api, clock, reply, message):
    api = open_api(interfere(get_container_policy=lambda send, **arguments: reply))
    with pytest.raises(ApiError, match=rf"^Failed to read the policy of container (full|empty): .*{message}"):
        read_containers(api, None, False, [CONTAINER_POLICY], 4)


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(("member", "key"), [("ARN", "arn"), ("Status", "status")])
def test_list_without_a_member_shows_null(interfere, client, open_api, member, key):
    def hook(send, **arguments):
        containers = client.list_containers()["Containers"]
        return {"Containers": [{name: one[name] for name in one if name != member} for one in containers]}

    [_empty, (container, asked)] = read_containers(
        open_api(interfere(list_containers=hook)), None, False, [CORS_POLICY], 4
    )
    assert shown_container("full", container)[key] is None
    assert len(asked["cors_policy"]) == 2


@pytest.mark.usefixtures("full")
def test_list_without_a_required_arn_is_an_error(interfere, open_api, clock):
    def hook(send, **arguments):
        return {"Containers": [{"Name": "full", "Status": "ACTIVE"}]}

    with pytest.raises(ApiError, match=r"^Failed to read container full: the endpoint's reply has no ARN$"):
        read_containers(open_api(interfere(list_containers=hook)), None, True, [], 4)
    assert clock.now == 0


def test_info_lists_1000_containers(run, client, calls):
    names = [f"c{number:04}" for number in range(1000)]
    for name in names:
        client.create_container(ContainerName=name)
    calls()
    containers = run("mediastore_container_info", include=["all"], max_concurrency=20)["containers"]
    assert [container["name"] for container in containers] == names
    assert all(container["policy"]["Statement"] for container in containers)
    taken = calls().names
    assert taken.count("ListContainers") == 10
    assert len(taken) == 10 + 5 * 1000


@pytest.mark.usefixtures("clock")
def test_failure_names_the_container_and_the_cause(run, closed_endpoint):
    result = run("mediastore_container_info", names=["live"], endpoint_url=closed_endpoint)
    assert result["failed"]
    assert not result["changed"]
    assert result["msg"].startswith(
        "Failed to describe container live (tried 11 times): Could not connect to the endpoint"
    )
    assert "boto3_version" in result


def test_nothing_more_is_read_after_the_first_failure(interfere, client, open_api):
    for number in range(40):
        client.create_container(ContainerName=f"c{number:02}")
    asked = []

    def refuse(send, **arguments):
        asked.append(arguments["ContainerName"])
        time.sleep(0.02)
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetCorsPolicy")

    with pytest.raises(ApiError, match=r"^Failed to read the CORS policy of container c\d\d"):
        read_containers(open_api(interfere(get_cors_policy=refuse)), None, False, [CORS_POLICY], 2)
    assert len(asked) < 10


def test_the_time_of_info_is_limited(run, client, emulator, clock):
    client.create_container(ContainerName="live")
    emulator.faults({"operation": "GetCorsPolicy", "kind": "in_use", "count": None})
    result = run("mediastore_container_info", include=["cors_policy"])
    assert result["msg"].startswith(
        "Failed to read the CORS policy of container live (time limit of 600 seconds exceeded): "
    )
    assert clock.now == pytest.approx(600)
