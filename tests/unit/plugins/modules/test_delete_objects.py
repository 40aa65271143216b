# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that are deleted with their objects: what is counted, sent and reported, also if others interfere."""

from __future__ import annotations

import json
import threading
import time

import pytest
from botocore.awsrequest import AWSHTTPConnection
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.httpsession import URLLib3Session

from ansible_collections.elemental.mediastore.plugins.module_utils import _sender
from ansible_collections.elemental.mediastore.plugins.module_utils._converge import converge
from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.container import Declaration
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container import (
    Container,
    Share,
    converge_container,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.results import listed_result
from ansible_collections.elemental.mediastore.tests.unit import samples

NESTED = ["a.ts", *(f"news/{folder}/{number}.ts" for folder in ("a", "b") for number in range(5)), "news/index.m3u8"]
EMPTIED = Declaration("live", state="absent", delete_objects=True)
ABSENT = {"name": "live", "state": "absent", "delete_objects": True}
HIDING = json.dumps(samples.lifecycle([{"wildcard": "hot/*"}], ("seconds", ">", 60)))


def denied(operation):
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)


def cut():
    return ConnectionClosedError(endpoint_url="http://127.0.0.1")


@pytest.fixture
def names(client):
    """A function that returns the names of the containers that exist."""
    return lambda: [container["Name"] for container in client.list_containers()["Containers"]]


@pytest.fixture
def paths(emulator):
    """A function that returns the paths of the objects of the container live."""
    return lambda: sorted(emulator._emulator._store.find("123456789012", "us-east-1", "live").objects)


@pytest.fixture
def empty(open_api, client):
    """A function that deletes the container live with its objects, and returns the outcome."""

    def empty(control=client, seconds=30, **hooks):
        api = open_api(control, seconds, **hooks)
        return converge_container(api, EMPTIED, check_mode=False, warn=pytest.fail)

    return empty


def test_one_container(run, fill, names, calls):
    fill("live", NESTED)
    calls()
    predicted = run("mediastore_container", **ABSENT, check=True, diff=True)
    assert calls().mutating == []
    result = run("mediastore_container", **ABSENT, diff=True)
    assert calls().mutating == [*["DeleteObject"] * 12, "DeleteContainer"]
    assert predicted["diff"]["before"]["objects"] == 12
    for one in (predicted, result):
        assert (one["changed"], one["container"], one["deleted_objects"]) == (True, None, 12)
        assert one["diff"] == {"before": predicted["diff"]["before"], "after": {}}
    assert names() == []
    again = run("mediastore_container", **ABSENT, diff=True)
    assert (again["changed"], again["deleted_objects"]) == (False, 0)
    assert again["diff"] == {"before": {}, "after": {}}


def test_the_fewest_requests(run, fill, calls):
    fill("live", NESTED)
    calls()
    reads = ["DescribeContainer", *["ListItems"] * 4]
    assert run("mediastore_container", **ABSENT, check=True)["changed"]
    assert calls().names == reads
    assert run("mediastore_container", **ABSENT)["changed"]
    assert calls().names == [*reads, *["DeleteObject"] * 12, "DeleteContainer", "DescribeContainer"]


def test_many_containers(run, fill, names, calls):
    fill("live", NESTED)
    fill("one", ["a.ts"])
    fill("none", [])
    entries = [ABSENT, {**ABSENT, "name": "one"}, {**ABSENT, "name": "none"}, {**ABSENT, "name": "missing"}]
    calls()
    predicted = run("mediastore_containers", containers=entries, check=True, diff=True)
    assert calls().mutating == []
    result = run("mediastore_containers", containers=entries, diff=True)
    assert calls().mutating.count("DeleteObject") == 13
    assert predicted["containers"] == result["containers"]
    assert predicted["diff"] == result["diff"]
    assert [entry["changes"] for entry in result["containers"]] == [
        ["deleted", "12 objects deleted"],
        ["deleted", "1 object deleted"],
        ["deleted"],
        [],
    ]
    assert [entry["deleted_objects"] for entry in result["containers"]] == [12, 1, 0, 0]
    assert ["objects" in diff["before"] for diff in result["diff"]] == [True, True, False]
    assert names() == []


def test_a_folder_of_several_pages(run, fill, names, calls):
    fill("live", [f"news/{number:04}.ts" for number in range(1001)])
    calls()
    assert run("mediastore_container", **ABSENT)["deleted_objects"] == 1001
    assert [call["parameters"].get("Path") for call in calls() if call["operation"] == "ListItems"] == [
        None,
        "news",
        "news",
    ]
    assert names() == []


@pytest.mark.parametrize("number", [1, 3, 7])
def test_all_containers_together_send_at_most_max_concurrency_requests(run, fill, names, monkeypatch, number):
    for one in range(number):
        fill(f"c{one}", [f"folder{path % 3}/{path}.ts" for path in range(30)])
    lock = threading.Lock()
    active, peak, opened, most_open = set(), [0], set(), [0]
    send, connect, close = URLLib3Session.send, AWSHTTPConnection.connect, AWSHTTPConnection.close

    def counting_send(self, request):
        with lock:
            active.add(id(request))
            peak[0] = max(peak[0], len(active))
        time.sleep(0.002)
        try:
            return send(self, request)
        finally:
            with lock:
                active.remove(id(request))

    def counting_connect(self):
        connect(self)
        with lock:
            opened.add(self)
            most_open[0] = max(most_open[0], len(opened))

    def counting_close(self):
        with lock:
            opened.discard(self)
        close(self)

    monkeypatch.setattr(URLLib3Session, "send", counting_send)
    monkeypatch.setattr(AWSHTTPConnection, "connect", counting_connect)
    monkeypatch.setattr(AWSHTTPConnection, "close", counting_close)
    entries = [{**ABSENT, "name": f"c{one}"} for one in range(number)]
    result = run("mediastore_containers", containers=entries, max_concurrency=6)
    assert [entry["deleted_objects"] for entry in result["containers"]] == [30] * number
    assert names() == []
    assert 3 < peak[0] <= 6
    # Those for containers are kept for the next task, those for objects are closed.
    assert most_open[0] <= 2 * 6
    assert len(opened) <= 6


def test_share_of_a_container_grows_when_others_are_finished():
    share = Share(10, 3)
    sizes = []
    for _container in range(3):
        sizes.append(share.size)
        share.finish()
    assert sizes == [3, 5, 10]
    assert Share(4, 9).size == 1


def test_a_container_that_is_finished_leaves_its_share_to_the_others(open_api, client, fill):
    fill("live", NESTED)
    share = Share(10, 2)
    resource = Container(open_api(client), EMPTIED, share=share)
    converge(EMPTIED, resource, check_mode=False, warn=pytest.fail)
    assert share.size == 10


def test_objects_that_are_uploaded_meanwhile_end_the_task(empty, fill, interfere, paths):
    data = fill("live", NESTED)

    def delete(send, **arguments):
        for number in range(5):
            data.put_object(Path=f"new/{number}.ts", Body=b"x")
        return send(**arguments)

    outcome = empty(interfere(delete_container=delete))
    assert outcome.error.message == (
        "Container live cannot be deleted because it is not empty: other clients have uploaded new/0.ts, new/1.ts,"
        " new/2.ts, and 2 others since this task deleted the objects; stop these clients, and run the task again"
    )
    assert outcome.error.exception.response["Error"]["Code"] == "ContainerInUseException"
    assert outcome.changed
    assert outcome.diff == {"before": {"name": "live", "objects": 12}, "after": {"name": "live"}}
    assert listed_result(outcome)["deleted_objects"] == 12
    assert paths() == [f"new/{number}.ts" for number in range(5)]


def test_an_object_that_is_uploaded_while_the_others_are_deleted(empty, fill):
    """It is deleted if the objects are listed again for another reason."""
    data = fill("live", ["a.ts", "b.ts"])
    left = {"a.ts": cut()}

    def delete(send, **arguments):
        if error := left.pop(arguments["Path"], None):
            data.put_object(Path="c.ts", Body=b"x")
            data.put_object(Path="d.ts", Body=b"x")
            raise error
        return send(**arguments)

    outcome = empty(delete_object=delete)
    assert outcome.error is None
    assert listed_result(outcome)["deleted_objects"] == 4
    assert outcome.diff == {"before": {"name": "live", "objects": 2}, "after": {}}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("is_gone", [True, False])
def test_an_object_that_another_client_deletes_is_not_counted(empty, fill, emulator, is_gone):
    """Also if the service does not complete the deletion of the container in time."""
    emulator.configure(delete_delay=0 if is_gone else 60)
    data = fill("live", ["a.ts", "b.ts"])

    def delete(send, **arguments):
        if arguments["Path"] == "a.ts":
            data.delete_object(Path="a.ts")
        return send(**arguments)

    outcome = empty(seconds=1, delete_object=delete)
    assert (outcome.error is None) is is_gone
    assert listed_result(outcome)["deleted_objects"] == 1
    assert outcome.diff == {"before": {"name": "live", "objects": 2}, "after": {}}


def test_more_objects_than_were_counted_first(empty, fill, interfere):
    """The side of the diff after a failure has no negative number of objects."""
    data = fill("live", ["a.ts", "b.ts"])
    left = {"a.ts": cut()}

    def delete(send, **arguments):
        if error := left.pop(arguments["Path"], None):
            data.put_object(Path="c.ts", Body=b"x")
            raise error
        return send(**arguments)

    def refuse(send, **arguments):
        raise denied("DeleteContainer")

    outcome = empty(interfere(delete_container=refuse), delete_object=delete)
    assert outcome.error.message == "Failed to delete container live"
    assert listed_result(outcome)["deleted_objects"] == 3
    assert outcome.diff == {"before": {"name": "live", "objects": 2}, "after": {"name": "live"}}


@pytest.fixture
def fill_hiding(fill, client):
    """A function that creates the container live with an object that is listed and one that is not."""

    def fill_hiding():
        data = fill("live", ["a.ts"])
        client.put_lifecycle_policy(ContainerName="live", LifecyclePolicy=HIDING)
        data.put_object(Path="hot/a.ts", Body=b"x")

    return fill_hiding


def test_an_object_that_is_not_listed_is_waited_for(empty, fill_hiding, emulator, interfere, names):
    fill_hiding()
    attempts = []

    def delete(send, **arguments):
        attempts.append(arguments)
        if len(attempts) == 3:
            emulator.advance(61)
        return send(**arguments)

    outcome = empty(interfere(delete_container=delete))
    assert outcome.error is None
    assert len(attempts) == 3
    assert listed_result(outcome)["deleted_objects"] == 1
    assert names() == []


@pytest.mark.parametrize("delete_objects", [True, False])
def test_an_object_that_is_not_listed_is_the_reason_of_the_failure(
    run, fill_hiding, client, clock, paths, delete_objects
):
    fill_hiding()
    if not delete_objects:
        run("mediastore_object", container="live", path="a.ts", state="absent")
    result = run("mediastore_container", **{**ABSENT, "delete_objects": delete_objects}, wait_timeout=20)
    assert clock.now <= 20
    assert result["msg"].startswith(
        "Failed to delete container live (it may contain objects under a lifecycle rule with seconds_since_create,"
        " which are not listed and expire later; wait_timeout of 20 seconds exceeded): An error occurred"
        " (ContainerInUseException)"
    )
    assert result["changed"] is delete_objects
    assert paths() == ["hot/a.ts"]


MANY = [f"f{number % 7}/{number}.ts" for number in range(1000)]


@pytest.mark.parametrize(
    "kind", ["cut_after", "cut_before", "internal_error", "malformed", "unavailable", "throttled", "in_use"]
)
@pytest.mark.usefixtures("clock")
def test_many_faults(run, fill, emulator, names, monkeypatch, kind):
    fill("live", MANY)
    predicted = run("mediastore_container", **ABSENT, check=True, diff=True)
    emulator.faults({"operation": "DeleteObject", "kind": kind, "count": 100})
    # Waiting takes no time here, so one thread may get all faults before another thread runs.
    monkeypatch.setattr(_sender, "MAX_RETRIES", 100)
    result = run("mediastore_container", **ABSENT, diff=True, wait_timeout=10_000)
    assert not result.get("failed"), result["msg"]
    assert emulator.faults_left() == []
    for one in (predicted, result):
        assert (one["changed"], one["deleted_objects"]) == (True, 1000)
    assert result["diff"] == predicted["diff"]
    assert names() == []


@pytest.mark.parametrize("kind", ["throttled", "internal_error", "cut_before", "cut_after", "malformed", "in_use"])
@pytest.mark.usefixtures("clock")
def test_faults_of_the_list(run, fill, emulator, names, kind):
    fill("live", NESTED)
    emulator.faults({"operation": "ListItems", "kind": kind, "count": 8})
    assert run("mediastore_container", **ABSENT)["deleted_objects"] == 12
    assert emulator.faults_left() == []
    assert names() == []


@pytest.mark.usefixtures("clock")
def test_replies_that_are_always_lost(run, fill, emulator, calls, paths):
    """What was deleted is counted; what was not is tried eleven times."""
    fill("live", NESTED)
    emulator.faults({"operation": "DeleteObject", "kind": "cut_after", "count": None})
    assert run("mediastore_container", **ABSENT)["deleted_objects"] == 12
    emulator.reset()
    fill("live", NESTED)
    calls()
    emulator.faults({"operation": "DeleteObject", "kind": "cut_before", "count": None})
    result = run("mediastore_container", **ABSENT)
    assert result["msg"].startswith("Failed to delete object ")
    assert " of container live (tried 11 times): " in result["msg"]
    assert (result["changed"], result["deleted_objects"]) == (False, 0)
    assert calls().names.count("DeleteObject") == 11 * 12
    assert paths() == NESTED


@pytest.mark.parametrize("operation", ["ListItems", "DeleteObject"])
@pytest.mark.parametrize("kind", ["access_denied", "expired_token"])
def test_refused_operation(run, fill, emulator, paths, operation, kind):
    fill("live", NESTED)
    emulator.faults({"operation": operation, "kind": kind, "count": None})
    result = run("mediastore_container", **ABSENT, diff=True)
    emulator.faults()
    verb = "list the objects of" if operation == "ListItems" else "delete object"
    assert result["msg"].startswith(f"Failed to {verb} ")
    assert " container live: An error occurred" in result["msg"]
    assert (result["changed"], result["deleted_objects"]) == (False, 0)
    assert result["diff"]["before"] == result["diff"]["after"]
    assert paths() == NESTED


def test_one_object_that_cannot_be_deleted(run, fill, client, paths):
    """A policy denies it: the error names it, and the result has what was deleted."""
    resource = "arn:aws:mediastore:us-east-1:123456789012:container/live/"
    statement = {"Principal": "*", "Action": "mediastore:*"}
    allowed = {"Effect": "Allow", "Resource": f"{resource}*", **statement}
    kept = {"Effect": "Deny", "Resource": f"{resource}m.ts", **statement, "Action": "mediastore:DeleteObject"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed, kept]})
    fill("live", [*(f"a/{number}.ts" for number in range(40)), "m.ts", *(f"z/{number}.ts" for number in range(400))])
    client.put_container_policy(ContainerName="live", Policy=policy)
    fill("other", ["a.ts"])
    for way in ("one", "many"):
        before = len(paths())
        if way == "one":
            result = run("mediastore_container", **ABSENT, diff=True)
            found, diff = result, result["diff"]
        else:
            result = run("mediastore_containers", containers=[ABSENT, {**ABSENT, "name": "other"}], diff=True)
            (found, other), [diff, _diff] = result["containers"], result["diff"]
            assert found["changes"] == [f"{before - len(paths())} objects deleted"]
            assert (found["action"], other["action"]) == ("failed", "deleted")
        left = len(paths())
        assert "Failed to delete object m.ts of container live: An error occurred (AccessDenied" in result["msg"]
        assert result["failed"]
        # The requests that were sent at the same time were not stopped.
        assert 1 <= left < before
        assert (found["changed"], found["deleted_objects"]) == (True, before - left)
        assert (diff["before"]["objects"], diff["after"]["objects"]) == (before, left)
        assert diff["after"]["name"] == "live"
        fill_again = [f"b/{number}.ts" for number in range(30)]
        for path in fill_again if way == "one" else ():
            run("mediastore_object", container="live", path=path, content="x")


def test_lost_replies_beside_a_refusal(empty, fill, paths):
    """The state is read once more, so that what was deleted is known."""
    fill("live", ["a.ts", "b.ts", "c.ts"])
    arrived = threading.Barrier(3)

    def delete(send, **arguments):
        arrived.wait()
        if arguments["Path"] == "a.ts":
            raise denied("DeleteObject")
        if arguments["Path"] == "b.ts":
            send(**arguments)
        raise cut()

    outcome = empty(delete_object=delete)
    assert str(outcome.error).startswith("Failed to delete object a.ts of container live: An error occurred")
    assert listed_result(outcome)["deleted_objects"] == 1
    assert outcome.diff == {"before": {"name": "live", "objects": 3}, "after": {"name": "live", "objects": 2}}
    assert paths() == ["a.ts", "c.ts"]


def test_objects_that_expire_meanwhile(empty, fill, names):
    """They are not counted, and the objects are listed again before the container is deleted."""
    data = fill("live", NESTED)
    lists = []

    def delete(send, **arguments):
        if arguments["Path"].startswith("news/a/"):
            data.delete_object(Path=arguments["Path"])
        return send(**arguments)

    def list_items(send, **arguments):
        lists.append(arguments)
        return send(**arguments)

    outcome = empty(delete_object=delete, list_items=list_items)
    assert outcome.error is None
    assert listed_result(outcome)["deleted_objects"] == 7
    assert len(lists) == 4 + 1
    assert names() == []


def test_another_client_deletes_the_container_with_its_objects(empty, fill, client, calls, names):
    """The requests for the other objects are not sent."""
    data = fill("live", [f"{number:04}.ts" for number in range(100)])
    lock, sent = threading.Lock(), []

    def delete(send, **arguments):
        with lock:
            sent.append(arguments["Path"])
            if len(sent) == 20:
                for item in data.list_items()["Items"]:
                    data.delete_object(Path=item["Name"])
                client.delete_container(ContainerName="live")
            return send(**arguments)

    outcome = empty(delete_object=delete)
    assert outcome.error is None
    assert outcome.changed
    assert listed_result(outcome)["deleted_objects"] == 19
    assert len(sent) <= 20 + 10
    assert names() == []


def test_another_client_deletes_the_container_before_its_objects_are_listed(empty, fill, client):
    fill("live", [])

    def list_items(send, **arguments):
        client.delete_container(ContainerName="live")
        return send(**arguments)

    outcome = empty(list_items=list_items)
    assert (outcome.error, outcome.changed) == (None, False)


@pytest.mark.parametrize("act", [lambda send, **arguments: send(**arguments), lambda send, **arguments: None])
def test_the_reply_to_the_deletion_of_the_container_is_lost(empty, fill, interfere, names, act):
    fill("live", NESTED)
    left = [act]

    def delete(send, **arguments):
        if left:
            left.pop()(send, **arguments)
            raise cut()
        return send(**arguments)

    outcome = empty(interfere(delete_container=delete))
    assert outcome.error is None
    assert listed_result(outcome)["deleted_objects"] == 12
    assert outcome.diff == {"before": {"name": "live", "objects": 12}, "after": {}}
    assert names() == []


def test_wait_that_takes_too_long_after_the_deletion(run, fill, emulator, clock):
    fill("live", NESTED)
    emulator.configure(delete_delay=600)
    result = run("mediastore_container", **ABSENT, wait_timeout=5, diff=True)
    assert result["msg"].startswith("Container live is not deleted after 5 seconds")
    assert (result["changed"], result["deleted_objects"]) == (True, 12)
    assert result["diff"]["after"] == {}


def test_container_that_is_being_created(empty, client, emulator, interfere, calls, names):
    emulator.configure(create_delay=600)
    client.create_container(ContainerName="live")

    def describe(send, **arguments):
        answer = send(**arguments)
        emulator.advance(600)
        return answer

    outcome = empty(interfere(describe_container=describe))
    assert outcome.error is None
    assert listed_result(outcome)["deleted_objects"] == 0
    assert "ListItems" not in calls().names
    assert names() == []


def test_container_that_is_being_deleted(run, client, emulator, calls):
    emulator.configure(delete_delay=600)
    client.create_container(ContainerName="live")
    client.delete_container(ContainerName="live")
    calls()
    result = run("mediastore_container", **ABSENT, wait=False)
    assert (result["changed"], result["deleted_objects"]) == (False, 0)
    assert set(calls().names) == {"DescribeContainer"}


@pytest.mark.parametrize("options", [{}, {"delete_objects": False}])
def test_without_the_option_no_object_is_deleted(run, fill, paths, calls, options):
    fill("live", NESTED)
    calls()
    result = run("mediastore_container", name="live", state="absent", **options)
    assert calls().names == ["DescribeContainer", "DeleteContainer", "DescribeContainer", "ListItems"]
    assert result["msg"].startswith(
        "Container live cannot be deleted because it is not empty: delete its objects first, or set delete_objects"
    )
    assert "deleted_objects" not in result
    assert paths() == NESTED


def test_container_that_is_present_keeps_its_objects(run, fill, paths, calls):
    fill("live", NESTED)
    calls()
    for module, options in [
        ("mediastore_container", {"name": "live", "delete_objects": True}),
        ("mediastore_containers", {"containers": [{"name": "live", "delete_objects": True}]}),
    ]:
        result = run(module, **options)
        assert not result["changed"]
        assert "deleted_objects" not in {**result, **result.get("containers", [{}])[0]}
    assert calls().names == ["DescribeContainer"] * 2
    assert paths() == NESTED


def test_buckets_are_declared_by_the_same_entries(run, s3):
    entries = [{"name": "live", "bucket": "live-0123", "delete_objects": True}]
    assert run("mediastore_s3_buckets", containers=entries, check=True)["changed"]
