# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many containers in one task: the requests, and the result if some containers fail."""

from __future__ import annotations

import json
import re
import threading
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.elemental.mediastore.plugins.module_utils._converge import Outcome
from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.container import Declaration
from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError, Failure
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore import api as mediastore_api
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore import runner
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container import converge_containers
from ansible_collections.elemental.mediastore.plugins.module_utils._runner import exit_with_all
from ansible_collections.elemental.mediastore.tests.unit import samples

MODULE = "mediastore_containers"
DOCUMENTS = {
    "policy": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "mediastore:GetObject",
                "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/live/*",
            }
        ],
    },
    "cors_policy": [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": []}],
    "lifecycle_policy": samples.lifecycle([{"prefix": "a/"}], ("days", ">", 30)),
    "metric_policy": {
        "container_level_metrics": True,
        "rules": [{"object_group": "a/*", "object_group_name": "A"}],
    },
}
FULL = {"tags": {"a": "1"}, "access_logging_enabled": True, **DOCUMENTS}
READS = ["GetContainerPolicy", "GetCorsPolicy", "GetLifecyclePolicy", "GetMetricPolicy", "ListTagsForResource"]
WRITES = [
    "CreateContainer",
    "StartAccessLogging",
    "PutContainerPolicy",
    "PutCorsPolicy",
    "PutLifecyclePolicy",
    "PutMetricPolicy",
]


def full(*names, **changes):
    text = json.dumps(FULL)
    return [{"name": name, **json.loads(text.replace("/live/", f"/{name}/")), **changes} for name in names]


def by_container(taken):
    found = {}
    for call in taken:
        found.setdefault(call["container"], []).append(call["operation"])
    return found


def test_create_one_container(run, calls):
    predicted = run(MODULE, containers=full("live"), check=True, diff=True)
    assert calls().names == ["DescribeContainer"]
    made = run(MODULE, containers=full("live"), diff=True)
    assert calls().names == ["DescribeContainer", "CreateContainer", "DescribeContainer", *WRITES[1:]]
    assert predicted["diff"] == made["diff"]
    assert made["diff"] == [
        {
            "before_header": "live",
            "after_header": "live",
            "before": {},
            "after": {
                "name": "live",
                "tags": {"a": "1"},
                "access_logging_enabled": True,
                "policy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "mediastore:GetObject",
                            "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/live/*",
                        }
                    ],
                },
                **{key: DOCUMENTS[key] for key in ("cors_policy", "lifecycle_policy", "metric_policy")},
            },
        }
    ]
    [entry] = made["containers"]
    assert {key: entry[key] for key in ("name", "changed", "action", "changes", "error")} == {
        "name": "live",
        "changed": True,
        "action": "created",
        "changes": [
            "created",
            "tags: a",
            "access logging enabled",
            "policy added",
            "CORS policy added",
            "lifecycle policy added",
            "metric policy added",
        ],
        "error": None,
    }
    assert {key: entry[key] for key in DOCUMENTS} == DOCUMENTS
    assert (entry["container"]["status"], entry["container"]["tags"]) == ("ACTIVE", {"a": "1"})
    again = run(MODULE, containers=full("live"), diff=True)
    assert (again["changed"], again["diff"], again["containers"][0]["action"]) == (False, [], "unchanged")
    assert sorted(calls().names) == sorted(["DescribeContainer", *READS])


def test_many_are_listed_instead_of_described(run, calls):
    names = [f"c{number:02}" for number in range(20)]
    assert run(MODULE, containers=full(*names), max_concurrency=10)["changed"]
    taken = by_container(calls())
    assert taken.pop(None) == ["ListContainers"]
    assert taken == {name: ["CreateContainer", "DescribeContainer", *WRITES[1:]] for name in names}
    result = run(MODULE, containers=full(*reversed(names)), max_concurrency=10)
    assert not result["changed"]
    assert [entry["name"] for entry in result["containers"]] == names[::-1]
    taken = by_container(calls())
    assert taken.pop(None) == ["ListContainers"]
    assert {name: sorted(asked) for name, asked in taken.items()} == {name: sorted(READS) for name in names}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        pytest.param(0, ["ListContainers"], id="the list is short"),
        pytest.param(88, ["ListContainers"], id="one page tells all"),
        pytest.param(100, ["ListContainers"] + ["DescribeContainer"] * 12, id="more pages would cost more"),
    ],
)
def test_list_is_read_if_it_takes_fewer_requests(run, client, calls, others, expected):
    for number in range(others):
        client.create_container(ContainerName=f"a{number:03}")
    client.create_container(ContainerName="z")
    calls()
    run(MODULE, containers=[{"name": f"m{number:02}"} for number in range(12)], max_concurrency=10, check=True)
    assert calls().names == expected


def test_only_what_differs_is_written(run, calls):
    run(MODULE, containers=full("one", "two"))
    calls()
    declared = [*full("one", access_logging_enabled=False), *full("two", tags={"a": "2"}, cors_policy=[])]
    predicted = run(MODULE, containers=declared, check=True, diff=True)
    assert calls().mutating == []
    result = run(MODULE, containers=declared, diff=True)
    assert sorted(calls().mutating) == ["DeleteCorsPolicy", "StopAccessLogging", "TagResource"]
    assert predicted["diff"] == result["diff"]
    assert [entry["before_header"] for entry in result["diff"]] == ["one", "two"]
    assert result["diff"][0]["before"]["access_logging_enabled"] is True
    assert "cors_policy" not in result["diff"][1]["after"]
    assert result["containers"][1]["cors_policy"] is None


@pytest.mark.parametrize(
    ("key", "empty"),
    [("policy", {}), ("policy", " { } "), ("cors_policy", []), ("lifecycle_policy", {}), ("metric_policy", {})],
)
def test_empty_value_deletes_the_document(run, client, key, empty):
    run(MODULE, containers=full("live"))
    result = run(MODULE, containers=[{"name": "live", key: empty}])
    assert (result["changed"], result["containers"][0][key]) == (True, None)
    [left] = run("mediastore_container_info", include=["all"])["containers"]
    assert {other: left[other] for other in DOCUMENTS} == {**DOCUMENTS, key: None}
    assert not run(MODULE, containers=[{"name": "live", key: empty}])["changed"]


def test_empty_policy_deletes_the_default_policy(run, calls):
    assert run(MODULE, containers=[{"name": "live", "policy": {}, "cors_policy": []}])["changed"]
    assert calls().mutating == ["CreateContainer", "DeleteContainerPolicy"]
    assert not run(MODULE, containers=[{"name": "live", "policy": {}, "cors_policy": []}])["changed"]


def test_module_accepts_what_info_returns(run, client, calls):
    run(MODULE, containers=[*full("one"), {"name": "two", "policy": {}}])
    declared = [
        {key: value for key, value in container.items() if key not in ("arn", "endpoint", "status", "creation_time")}
        for container in run("mediastore_container_info", include=["all"])["containers"]
    ]
    calls()
    assert not run(MODULE, containers=declared)["changed"]
    assert calls().mutating == []


def test_absent_among_others(run, client):
    for name in ("one", "two"):
        client.create_container(ContainerName=name)
    declared = [{"name": name, "state": "absent"} for name in ("two", "three")] + [{"name": "one"}]
    result = run(MODULE, containers=declared)
    assert [entry["action"] for entry in result["containers"]] == ["deleted", "unchanged", "unchanged"]
    assert [entry["container"] and entry["container"]["name"] for entry in result["containers"]] == [None, None, "one"]


def test_failed_container_does_not_stop_the_others(run, client, open_api):
    client.create_container(ContainerName="full")
    endpoint = client.describe_container(ContainerName="full")["Container"]["Endpoint"]
    data = open_api(client)._open_data_client(endpoint)
    data.put_object(Path="a.ts", Body=b"x")
    declared = [{"name": "one"}, {"name": "full", "state": "absent"}, {"name": "two"}]
    result = run(MODULE, containers=declared, diff=True, max_concurrency=1)  # so that it fails before the last begins
    assert result["failed"]
    assert result["changed"]
    assert result["msg"].startswith(
        "1 of 3 containers failed: Container full cannot be deleted because it is not empty"
    )
    assert [entry["action"] for entry in result["containers"]] == ["created", "failed", "created"]
    assert [bool(entry["error"]) for entry in result["containers"]] == [False, True, False]
    assert [entry["changes"] for entry in result["containers"]] == [["created"], [], ["created"]]
    assert [entry["after_header"] for entry in result["diff"]] == ["one", "two"]
    data.delete_object(Path="a.ts")
    result = run(MODULE, containers=declared)
    assert [entry["action"] for entry in result["containers"]] == ["unchanged", "deleted", "unchanged"]


def test_changes_name_what_differs(run):
    """In check mode as in the run, and then nothing."""
    assert run(MODULE, containers=full("live", "other"))["changed"]
    declared = full("live", "other")
    declared[0]["policy"]["Statement"][0]["Resource"] += "a/*"
    declared[0]["metric_policy"]["rules"].append({"object_group": "b/*", "object_group_name": "B"})
    declared[0] |= {"tags": {"a": "2", "b": ""}, "access_logging_enabled": False, "cors_policy": []}
    declared[1] = {"name": "other", "state": "absent"}
    expected = [
        ["tags: a, b", "access logging disabled", "policy: statement 1", "CORS policy removed", "metric rule B added"],
        ["deleted"],
    ]
    for check in (True, False):
        result = run(MODULE, containers=declared, check=check)
        assert [entry["changes"] for entry in result["containers"]] == expected
    assert [entry["changes"] for entry in run(MODULE, containers=declared)["containers"]] == [[], []]


def test_the_side_after_is_a_declaration_that_changes_nothing(run):
    """Also if a server has stored the documents in another spelling."""
    declared = full("live")
    declared[0]["policy"]["Statement"][0]["Action"] = ["mediastore:getobject", "mediastore:ListItems"]
    [diff] = run(MODULE, containers=declared, diff=True)["diff"]
    assert run(MODULE, containers=[diff["after"]], diff=True)["diff"] == []


def test_failure_after_a_change_reports_the_change(interfere, open_api):
    def refuse(send, **arguments):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "StartAccessLogging")

    api = open_api(interfere(start_access_logging=refuse))
    wanted = [Declaration(name, state="present", access_logging_enabled=name == "one") for name in ("one", "two")]
    one, two = converge_containers(api, wanted, 2, check_mode=False, warn=pytest.fail)
    assert (one.action, two.action) == ("failed", "created")
    assert one.changed
    assert one.diff == {"before": {}, "after": {"name": "one", "access_logging_enabled": False}}


@pytest.mark.parametrize("number", [3, 30])
def test_failure_that_affects_all_resources_is_reported_once(run, closed_endpoint, number):
    result = run(
        MODULE,
        containers=[{"name": f"c{n}"} for n in range(number)],
        endpoint_url=closed_endpoint,
        wait_timeout=0,
    )
    assert result["failed"]
    assert not result["changed"]
    assert result["msg"].count("Could not connect to the endpoint URL") == 1


def test_failure_that_affects_all_resources_ends_the_task(interfere, open_api):
    asked = []

    def refuse(send, **arguments):
        asked.append(arguments)
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    api = open_api(interfere(describe_container=refuse), seconds=0)
    outcomes = converge_containers(
        api, [Declaration(f"c{n}", state="present") for n in range(3)], 1, check_mode=False, warn=pytest.fail
    )
    assert asked == [{"ContainerName": "c0"}]
    assert all("Could not connect" in str(outcome.error) for outcome in outcomes)
    assert [str(outcome.error).partition(": ")[0] for outcome in outcomes[1:]] == [
        "Container c1 was not started",
        "Container c2 was not started",
    ]


def test_failure_that_affects_all_resources_is_that_of_the_container_that_was_started():
    """With several threads, it need not be the first container."""
    ended = []

    def fail_json(**result):
        ended.append(result)
        raise SystemExit

    module = SimpleNamespace(_diff=False, fail_json=fail_json)
    error = ApiError("Failed to describe container two", failure=Failure(affects_all_resources=True))
    other = ApiError("Container one was not started: Failed to describe container two", failure=error.failure)
    one, two = (Declaration(name, state="present") for name in ("one", "two"))
    with pytest.raises(SystemExit):
        exit_with_all(module, [Outcome(one, error=other, started=False), Outcome(two, error=error)])
    assert (ended[0]["msg"], ended[0]["changed"]) == ("Failed to describe container two", False)


def test_failure_that_affects_all_resources_names_those_not_started(run, client, emulator):
    for name in ("one", "two"):
        client.create_container(ContainerName=name)
    emulator.faults({"operation": "StopAccessLogging", "kind": "expired_token"})
    client.start_access_logging(ContainerName="two")
    entries = [{"name": name, "access_logging_enabled": name == "one"} for name in ("one", "two", "three", "four")]
    result = run(MODULE, containers=entries, max_concurrency=1)
    assert result["changed"]
    said = r"3 of 4 containers failed: Failed to stop access logging of container two: .*; not started: three, four"
    assert re.fullmatch(said, result["msg"])


def test_refused_list_is_reported_once(run, emulator):
    emulator.faults({"operation": "ListContainers", "kind": "access_denied"})
    result = run(MODULE, containers=[{"name": f"c{n}"} for n in range(3)], max_concurrency=1)
    assert result["msg"].startswith("3 of 3 containers failed: Failed to list the containers: ")
    assert result["msg"].count("Failed to list the containers") == 1


@pytest.mark.parametrize("member", ["ARN", "Status"])
def test_list_without_a_member_is_not_used(interfere, client, open_api, calls, member):
    def hook(send, **arguments):
        return {"Containers": [{name: one[name] for name in one if name != member} for one in send()["Containers"]]}

    for name in ("one", "two"):
        client.create_container(ContainerName=name)
    calls()
    wanted = [Declaration(name, state="present", tags={}) for name in ("one", "two")]
    outcomes = converge_containers(
        open_api(interfere(list_containers=hook)), wanted, 1, check_mode=False, warn=pytest.fail
    )
    assert [outcome.action for outcome in outcomes] == ["unchanged", "unchanged"]
    assert calls().names == ["ListContainers", *["DescribeContainer", "ListTagsForResource"] * 2]


def test_description_without_a_status_is_an_error_at_once(interfere, open_api, clock):
    api = open_api(interfere(describe_container=lambda send, **arguments: {"Container": {"Name": "live"}}))
    [outcome] = converge_containers(api, [Declaration("live", state="absent")], 2, check_mode=False, warn=pytest.fail)
    assert str(outcome.error) == "Failed to read container live: the endpoint's reply has no Status"
    assert clock.now == 0


def test_create_with_an_empty_reply_is_reported(interfere, open_api, calls):
    def hook(send, **arguments):
        send(**arguments)
        return {"Container": {}}

    api = open_api(interfere(create_container=hook))
    [outcome] = converge_containers(api, [Declaration("live", state="present")], 1, check_mode=False, warn=pytest.fail)
    assert (outcome.action, outcome.error) == ("created", None)
    assert calls().mutating == ["CreateContainer"]


@pytest.mark.usefixtures("clock")
def test_throttling_delays_all_requests(interfere, open_api, calls):
    lock = threading.Lock()
    count = [0, 0]

    def third_is_throttled(send, **arguments):
        with lock:
            count[0] += 1
            throttled = count[0] % 3 == 0
            count[1] += throttled
        if throttled:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "Operation")
        return send(**arguments)

    operations = ("create_container", "describe_container", "list_containers", "start_access_logging")
    api = open_api(interfere(**dict.fromkeys(operations, third_is_throttled)), seconds=120)
    wanted = [Declaration(f"c{n:02}", state="present", access_logging_enabled=True) for n in range(30)]
    outcomes = converge_containers(api, wanted, 10, check_mode=False, warn=pytest.fail)
    assert [outcome.action for outcome in outcomes] == ["created"] * 30
    assert [outcome.error for outcome in outcomes] == [None] * 30
    # What was not throttled was sent once.
    assert count[0] - count[1] == len(calls())


def test_empty_list_of_containers(run, calls):
    result = run(MODULE, containers=[], diff=True)
    assert (result["changed"], result["containers"], result["diff"]) == (False, [], [])
    assert calls() == []
    assert json.dumps(result)


def test_wait_false_does_not_wait_until_a_container_is_active(run, emulator, calls):
    emulator.configure(create_delay=60)
    result = run(MODULE, containers=[{"name": "live"}], wait=False)
    assert (result["containers"][0]["action"], result["containers"][0]["container"]["status"]) == (
        "created",
        "CREATING",
    )
    assert calls().names == ["DescribeContainer", "CreateContainer"]


def test_each_container_has_the_whole_wait_timeout(interfere, open_api, clock):
    created = {}

    def create(send, **arguments):
        created[arguments["ContainerName"]] = clock.now
        return send(**arguments)

    def describe(send, **arguments):
        answer = send(**arguments)
        if clock.now - created[arguments["ContainerName"]] < 8:
            answer["Container"]["Status"] = "CREATING"
        return answer

    api = open_api(interfere(create_container=create, describe_container=describe), seconds=10)
    wanted = [Declaration(name, state="present") for name in ("one", "two", "three")]
    outcomes = converge_containers(api, wanted, 1, check_mode=False, warn=pytest.fail)
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert clock.now >= 24


@pytest.mark.parametrize(
    ("module", "options"), [(MODULE, {"containers": [{"name": "live"}]}), ("mediastore_container_info", {})]
)
def test_the_client_has_a_connection_for_each_concurrent_request(run, monkeypatch, module, options):
    opened = []

    def open_api(module, budget, connections=10):
        opened.append(connections)
        return mediastore_api.open_api(module, budget, connections)

    monkeypatch.setattr(runner, "open_api", open_api)
    assert not run(module, max_concurrency=33, **options).get("failed")
    assert opened == [33]


def test_list_is_not_used_after_a_container_differs_from_it(interfere, client, open_api, calls):
    refusals = [ClientError({"Error": {"Code": "ContainerInUseException", "Message": "no"}}, "DeleteContainer")]

    def delete(send, **arguments):
        if refusals:
            raise refusals.pop()
        return send(**arguments)

    client.create_container(ContainerName="live")
    calls()
    api = open_api(interfere(delete_container=delete))
    [outcome] = converge_containers(api, [Declaration("live", state="absent")], 1, check_mode=False, warn=pytest.fail)
    assert outcome.action == "deleted"
    assert calls().names[:3] == ["ListContainers", "DescribeContainer", "ListItems"]


def test_list_is_read_until_all_containers_are_found(run, client, calls):
    names = [f"c{number:03}" for number in range(101)]
    for name in names:
        client.create_container(ContainerName=name)
    calls()
    run(MODULE, containers=[{"name": name} for name in names[:20]], max_concurrency=10)
    assert calls().names == ["ListContainers"]


def test_other_options_of_an_absent_container_are_not_read(run, client, calls):
    client.create_container(ContainerName="live")
    calls()
    assert run(MODULE, containers=full("live", state="absent"))["changed"]
    assert calls().names == ["DescribeContainer", "DeleteContainer", "DescribeContainer"]
