# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another client interferes, or a reply is lost: the run ends converged, and `changed` is correct."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from ansible_collections.elemental.mediastore.plugins.module_utils._apply import Ledger
from ansible_collections.elemental.mediastore.plugins.module_utils._converge import _attempts, converge
from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.container import Declaration
from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError, Failure
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container import (
    Container,
    converge_container,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.plan import CurrentState
from ansible_collections.elemental.mediastore.plugins.module_utils._plan import Change, Plan
from ansible_collections.elemental.mediastore.plugins.module_utils._resource import Resource
from ansible_collections.elemental.mediastore.plugins.module_utils._sender import Budget

RULES = [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": []}]
PRESENT = Declaration("live", state="present", tags={"a": "1"})
ABSENT = Declaration("live", state="absent")
WITH_CORS = Declaration("live", documents={"cors_policy": RULES})
WITHOUT_CORS = Declaration("live", documents={"cors_policy": None})


def cut():
    return ConnectionClosedError(endpoint_url="http://127.0.0.1")


def once(act):
    """Return a hook that calls `act(send, **arguments)` the first time, and the real operation from then on."""
    left = [act]

    def hook(send, **arguments):
        return left.pop()(send, **arguments) if left else send(**arguments)

    return hook


def cut_after(send, **arguments):
    send(**arguments)
    raise cut()


def cut_before(send, **arguments):
    raise cut()


def preceded_by(other):
    """Return an act that lets another client act before the operation."""

    def act(send, **arguments):
        other()
        return send(**arguments)

    return act


def followed_by(other):
    """Return an act that lets another client act after the operation."""

    def act(send, **arguments):
        answer = send(**arguments)
        other()
        return answer

    return act


@pytest.fixture
def converge_live(open_api):
    """A function that converges a declaration and returns the outcome."""

    def converge_live(client, wanted, seconds=30):
        outcome = converge_container(open_api(client, seconds), wanted, check_mode=False, warn=pytest.fail)
        if outcome.error:
            outcome.error.outcome = outcome
            raise outcome.error
        return outcome

    return converge_live


@pytest.fixture
def tags(client):
    def tags():
        arn = client.describe_container(ContainerName="live")["Container"]["ARN"]
        return {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(Resource=arn)["Tags"]}

    return tags


@pytest.mark.parametrize("act", [cut_before, cut_after])
def test_create_with_a_lost_connection(converge_live, interfere, tags, act):
    outcome = converge_live(interfere(create_container=once(act)), PRESENT)
    assert outcome.changed
    assert outcome.described["Status"] == "ACTIVE"
    assert outcome.before == {}
    assert outcome.plan.after == {"name": "live", "tags": {"a": "1"}}
    assert tags() == {"a": "1"}


def test_another_client_creates_the_same_container(converge_live, interfere, client, calls):
    other = preceded_by(lambda: client.create_container(ContainerName="live", Tags=[{"Key": "a", "Value": "1"}]))
    outcome = converge_live(interfere(create_container=once(other)), PRESENT)
    assert not outcome.changed
    assert outcome.before == outcome.plan.after == {"name": "live", "tags": {"a": "1"}}
    assert outcome.described["Status"] == "ACTIVE"
    assert calls().names.count("CreateContainer") == 2


def test_another_client_creates_it_with_other_tags(converge_live, interfere, client, tags):
    other = preceded_by(lambda: client.create_container(ContainerName="live", Tags=[{"Key": "b", "Value": "2"}]))
    outcome = converge_live(interfere(create_container=once(other)), PRESENT)
    assert outcome.changed
    assert outcome.before == {"name": "live", "tags": {"b": "2"}}
    assert tags() == {"a": "1"}


def test_create_refused_as_in_use_without_a_container_is_retried(converge_live, interfere, calls):
    def refuse(send, **arguments):
        raise ClientError({"Error": {"Code": "ContainerInUseException"}}, "CreateContainer")

    outcome = converge_live(interfere(create_container=once(refuse)), PRESENT)
    assert outcome.changed
    assert calls().names[:3] == ["DescribeContainer", "DescribeContainer", "CreateContainer"]


def test_create_always_refused_as_in_use_ends_with_the_budget(converge_live, interfere, clock):
    def refuse(send, **arguments):
        raise ClientError({"Error": {"Code": "ContainerInUseException"}}, "CreateContainer")

    with pytest.raises(ApiError, match=r"Failed to create container live .*wait_timeout of 7 seconds"):
        converge_live(interfere(create_container=refuse), PRESENT, seconds=7)
    assert clock.now == pytest.approx(7)


def test_create_while_an_earlier_container_is_being_deleted(converge_live, client, emulator):
    emulator.configure(delete_delay=0.3)
    client.create_container(ContainerName="live")
    client.delete_container(ContainerName="live")
    outcome = converge_live(client, PRESENT)
    assert outcome.changed
    assert outcome.described["Status"] == "ACTIVE"


def test_another_client_deletes_the_container_that_is_being_created(converge_live, interfere, client, emulator):
    emulator.configure(create_delay=0.2)

    def gone(send, **arguments):
        emulator.configure(create_delay=0)
        emulator.reset()
        return send(**arguments)

    describe = iter([None, gone])

    def hook(send, **arguments):
        act = next(describe, None)
        return act(send, **arguments) if act else send(**arguments)

    outcome = converge_live(interfere(describe_container=hook), PRESENT)
    assert outcome.changed
    assert outcome.described["Status"] == "ACTIVE"


@pytest.mark.parametrize("act", [cut_before, cut_after])
def test_delete_with_a_lost_connection(converge_live, interfere, client, act):
    client.create_container(ContainerName="live")
    outcome = converge_live(interfere(delete_container=once(act)), ABSENT)
    assert outcome.changed
    assert (outcome.before, outcome.plan.after) == ({"name": "live"}, {})
    assert client.list_containers()["Containers"] == []


@pytest.mark.parametrize("delay", [0, 0.3])
def test_slow_delete_with_a_lost_reply(converge_live, interfere, client, emulator, delay):
    emulator.configure(delete_delay=delay)
    client.create_container(ContainerName="live")
    assert converge_live(interfere(delete_container=once(cut_after)), ABSENT).changed
    assert client.list_containers()["Containers"] == []


@pytest.mark.parametrize("delay", [0, 0.3])
def test_another_client_deletes_the_container(converge_live, interfere, client, emulator, delay):
    emulator.configure(delete_delay=delay)
    client.create_container(ContainerName="live")
    other = preceded_by(lambda: client.delete_container(ContainerName="live"))
    outcome = converge_live(interfere(delete_container=once(other)), ABSENT)
    assert not outcome.changed
    assert outcome.before == outcome.plan.after == {}
    assert client.list_containers()["Containers"] == []


def test_delete_while_the_container_is_being_created(converge_live, client, emulator):
    emulator.configure(create_delay=0.3)
    client.create_container(ContainerName="live")
    assert converge_live(client, ABSENT).changed
    assert client.list_containers()["Containers"] == []


def test_delete_of_an_empty_container_in_use_is_retried(converge_live, interfere, client, calls):
    client.create_container(ContainerName="live")
    calls()

    def refuse(send, **arguments):
        raise ClientError({"Error": {"Code": "ContainerInUseException"}}, "DeleteContainer")

    assert converge_live(interfere(delete_container=once(refuse)), ABSENT).changed
    assert calls().names == [
        "DescribeContainer",
        "DescribeContainer",
        "ListItems",
        "DeleteContainer",
        "DescribeContainer",
    ]


def test_delete_of_a_container_with_objects_fails(converge_live, client, open_api, calls):
    client.create_container(ContainerName="live")
    endpoint = client.describe_container(ContainerName="live")["Container"]["Endpoint"]
    open_api(client)._open_data_client(endpoint).put_object(Path="folder/segment.ts", Body=b"x")
    calls()
    with pytest.raises(ApiError, match=r"^Container live cannot be deleted because it is not empty"):
        converge_live(client, ABSENT)
    taken = calls()
    assert taken.names == ["DescribeContainer", "DeleteContainer", "DescribeContainer", "ListItems"]
    assert taken[-1]["parameters"] == {"MaxResults": 1}


@pytest.mark.usefixtures("clock")
def test_delete_fails_if_objects_cannot_be_listed(client, interfere, open_api):
    client.create_container(ContainerName="live")

    def refuse(send, **arguments):
        raise ClientError({"Error": {"Code": "ContainerInUseException"}}, "DeleteContainer")

    class Unreachable:
        meta = SimpleNamespace(endpoint_url="http://127.0.0.1:9")

        def list_items(self, **arguments):
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

        def close(self):
            pass

    api = open_api(interfere(delete_container=refuse), seconds=600)
    api._open_data_client = lambda endpoint: Unreachable()
    outcome = converge_container(api, ABSENT, check_mode=False, warn=pytest.fail)
    assert str(outcome.error).startswith("Failed to look for objects in container live (tried 11 times): Could not")
    # Each container has a separate endpoint, so the others may be reachable.
    assert not outcome.error.failure.affects_all_resources


@pytest.mark.parametrize("act", [cut_before, cut_after])
def test_put_document_with_a_lost_connection(converge_live, interfere, client, act):
    client.create_container(ContainerName="live")
    outcome = converge_live(interfere(put_cors_policy=once(act)), WITH_CORS)
    assert outcome.changed
    assert (outcome.before, outcome.plan.after) == ({}, {"cors_policy": RULES})
    assert client.get_cors_policy(ContainerName="live")["CorsPolicy"][0]["AllowedOrigins"] == ["*"]


@pytest.mark.parametrize("act", [cut_before, cut_after])
def test_delete_document_with_a_lost_connection(converge_live, interfere, client, act):
    client.create_container(ContainerName="live")
    converge_live(client, WITH_CORS)
    outcome = converge_live(interfere(delete_cors_policy=once(act)), WITHOUT_CORS)
    assert outcome.changed
    assert (outcome.before, outcome.plan.after) == ({"cors_policy": RULES}, {})


def test_another_client_deletes_the_document(converge_live, interfere, client):
    client.create_container(ContainerName="live")
    converge_live(client, WITH_CORS)
    other = preceded_by(lambda: client.delete_cors_policy(ContainerName="live"))
    assert not converge_live(interfere(delete_cors_policy=once(other)), WITHOUT_CORS).changed


def test_another_client_deletes_the_container_of_the_document(converge_live, interfere, client):
    client.create_container(ContainerName="live")
    other = preceded_by(lambda: client.delete_container(ContainerName="live"))
    with pytest.raises(ApiError, match=r"^Container live does not exist in us-east-1"):
        converge_live(interfere(put_cors_policy=once(other)), WITH_CORS)


def test_another_client_creates_and_deletes_the_container(converge_live, interfere, client, emulator):
    emulator.configure(create_delay=60)
    client.create_container(ContainerName="live")
    describe = iter([False, True])

    def hook(send, **arguments):
        if next(describe, False):
            emulator.reset()
        return send(**arguments)

    outcome = converge_live(interfere(describe_container=hook), PRESENT)
    assert outcome.action == "created"
    assert outcome.described["Status"] == "ACTIVE"


def test_another_client_deletes_the_container_before_its_tags_are_read(converge_live, interfere, client):
    client.create_container(ContainerName="live")
    other = preceded_by(lambda: client.delete_container(ContainerName="live"))
    outcome = converge_live(interfere(list_tags_for_resource=once(other)), PRESENT)
    assert outcome.changed
    assert outcome.before == {}


def test_changes_before_a_failure_are_reported(converge_live, interfere, client):
    def refuse(send, **arguments):
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "StartAccessLogging")

    wanted = Declaration("live", state="present", access_logging_enabled=True)
    with pytest.raises(ApiError, match=r"^Failed to start access logging of container live") as caught:
        converge_live(interfere(start_access_logging=refuse), wanted)
    outcome = caught.value.outcome
    assert outcome.changed
    assert outcome.diff == {"before": {}, "after": {"name": "live", "access_logging_enabled": False}}


def test_wait_longer_than_the_budget_fails(converge_live, client, emulator):
    emulator.configure(create_delay=60)
    with pytest.raises(
        ApiError, match=r"^Container live is not active after 0\.3 seconds; its last status was CREATING"
    ):
        converge_live(client, PRESENT, seconds=0.3)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("act", "sent"), [(cut_before, 11), (cut_after, 1)])
def test_put_document_with_always_lost_replies(converge_live, interfere, client, calls, act, sent):
    client.create_container(ContainerName="live")
    sends = []

    def hook(send, **arguments):
        sends.append(arguments)
        act(send, **arguments)

    changing = interfere(put_cors_policy=hook)
    if act is cut_after:
        assert converge_live(changing, WITH_CORS, seconds=600).changed
    else:
        with pytest.raises(ApiError, match=r"^Failed to set the CORS policy of container live .tried 11") as caught:
            converge_live(changing, WITH_CORS, seconds=600)
        assert not caught.value.outcome.changed
    assert len(sends) == sent


@pytest.mark.parametrize("act", [cut_before, cut_after])
def test_state_is_read_after_a_lost_reply_although_no_time_is_left(converge_live, interfere, client, act):
    client.create_container(ContainerName="live")
    changing = interfere(put_cors_policy=act)
    if act is cut_after:
        assert converge_live(changing, WITH_CORS, seconds=0).changed
    else:
        with pytest.raises(ApiError, match="wait_timeout of 0 seconds exceeded") as caught:
            converge_live(changing, WITH_CORS, seconds=0)
        assert not caught.value.outcome.changed


def test_unknown_result_is_reported_as_changed(converge_live, interfere, client):
    client.create_container(ContainerName="live")
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetCorsPolicy")
    reads = iter([None, denied])

    def read(send, **arguments):
        error = next(reads)
        if error:
            raise error
        return send(**arguments)

    with pytest.raises(ApiError, match=r"^Failed to read the CORS policy of container live") as caught:
        converge_live(interfere(get_cors_policy=read, put_cors_policy=cut_after), WITH_CORS)
    assert caught.value.outcome.changed


def test_create_that_is_applied_after_its_lost_reply_is_reported(converge_live, interfere, client):
    """The server acts on the request after it was looked into, so that the next one is refused as in use."""
    late = iter([cut_before, preceded_by(lambda: client.create_container(ContainerName="live"))])

    def create(send, **arguments):
        return next(late)(send, **arguments)

    outcome = converge_live(interfere(create_container=create), Declaration("live", state="present"))
    assert outcome.action == "created"


def test_another_client_creates_the_container_again_after_the_delete(converge_live, interfere, client):
    client.create_container(ContainerName="live")
    again = followed_by(lambda: client.create_container(ContainerName="live"))
    outcome = converge_live(interfere(delete_container=once(again)), ABSENT, seconds=2)
    assert outcome.changed
    assert client.describe_container(ContainerName="live")["Container"]["Status"] == "ACTIVE"


@pytest.mark.parametrize(("wanted", "changed"), [(ABSENT, False), (PRESENT, True)])
@pytest.mark.parametrize("knows_time", [True, False])
def test_another_client_creates_the_container_again_during_the_wait(
    converge_live, interfere, client, emulator, wanted, changed, knows_time
):
    client.create_container(ContainerName="live")
    emulator.configure(delete_delay=600)
    client.delete_container(ContainerName="live")
    described = []

    def describe(send, **arguments):
        if len(described) == 2:
            emulator.reset()
            client.create_container(ContainerName="live", Tags=[{"Key": "b", "Value": "2"}])
        answer = send(**arguments)
        if not knows_time:
            del answer["Container"]["CreationTime"]
        described.append(answer["Container"]["Status"])
        return answer

    outcome = converge_live(interfere(describe_container=describe), wanted, seconds=5)
    assert described[:3] == ["DELETING", "DELETING", "ACTIVE"]
    assert outcome.changed is changed


@pytest.mark.parametrize("wanted", [PRESENT, Declaration("live", state="present", access_logging_enabled=True)])
def test_unknown_status(converge_live, interfere, client, clock, calls, wanted):
    client.create_container(ContainerName="live", Tags=[{"Key": "a", "Value": "1"}])

    def describe(send, **arguments):
        answer = send(**arguments)
        answer["Container"]["Status"] = "UPDATING"
        return answer

    with pytest.raises(ApiError, match=r"^Container live is not active after 20 seconds; .* was UPDATING"):
        converge_live(interfere(describe_container=describe), wanted, seconds=20)
    assert clock.now == 20
    assert len(calls()) < 30


def test_change_sent_again_after_a_lost_reply_is_reported_once(converge_live, interfere, client, tags):
    client.create_container(ContainerName="live", Tags=[{"Key": "a", "Value": "1"}])
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "StartAccessLogging")
    logging = iter([cut(), denied])

    def start(send, **arguments):
        raise next(logging)

    wanted = Declaration("live", state="present", tags={"b": "2"}, access_logging_enabled=True)
    with pytest.raises(ApiError, match="AccessDenied") as caught:
        converge_live(interfere(untag_resource=once(cut_before), start_access_logging=start), wanted)
    outcome = caught.value.outcome
    assert tags() == {"b": "2"}
    assert [change.method.__name__ for change in outcome.ledger.applied] == ["untag_container", "tag_container"]
    assert outcome.diff["after"] == {"name": "live", "tags": {"b": "2"}, "access_logging_enabled": False}


@pytest.mark.parametrize(
    "rule",
    [
        {"AllowedOrigins": ["*", 1], "AllowedMethods": ["GET"], "AllowedHeaders": []},
        {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": [1]},
        {"AllowedOrigins": ["*"], "AllowedMethods": [["GET"]], "AllowedHeaders": []},
        {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": [], "MaxAgeSeconds": True},
        5,
    ],
)
def test_invalid_document_in_a_reply(converge_live, interfere, client, rule):
    client.create_container(ContainerName="live")
    with pytest.raises(ApiError, match=r"^Failed to read the CORS policy of container live: The endpoint returned"):
        converge_live(interfere(get_cors_policy=lambda send, **arguments: {"CorsPolicy": [rule]}), WITH_CORS)


RACES = {
    "create with tags": (
        None,
        Declaration("live", state="present", tags={"a": "1"}),
        Declaration("live", state="present", tags={"a": "2"}),
    ),
    "create and delete": (None, Declaration("live", state="present"), ABSENT),
    "delete and set": (PRESENT, ABSENT, WITH_CORS),
    "set and remove": (PRESENT, WITH_CORS, WITHOUT_CORS),
    "change tags": (
        Declaration("live", state="present", tags={"c": "0"}),
        Declaration("live", state="present", tags={"a": "1", "c": "1"}),
        Declaration("live", state="present", tags={"a": "2", "c": "2"}),
    ),
}


@pytest.fixture
def race(open_api, client, emulator, tags):
    """A function that prepares a race, runs it, and checks the state after it.

    Each of the two tasks succeeds or fails with one sentence, and each part of the state was declared by one of them.
    """

    def race(start, one, other, run):
        emulator.reset()
        emulator.configure(create_delay=0.02, delete_delay=0.02)
        if start:
            converge_container(open_api(client), start, check_mode=False, warn=pytest.fail)
        for outcome in run():
            if outcome.error:
                assert str(outcome.error).startswith("Container live does not exist in us-east-1")
                assert ABSENT in (one, other)
                assert WITH_CORS in (one, other)
                assert not outcome.changed
        names = [container["Name"] for container in client.list_containers()["Containers"]]
        if ABSENT not in (one, other):
            assert names == ["live"]
        if names and (one.tags or {}) != (other.tags or {}):
            assert all(value in (one.tags.get(key), other.tags.get(key)) for key, value in tags().items())

    return race


each_race = pytest.mark.parametrize(("start", "one", "other"), RACES.values(), ids=RACES)


@each_race
def test_two_tasks_at_the_same_time(race, open_api, client, start, one, other):
    def converge_now(wanted):
        return converge_container(open_api(client), wanted, check_mode=False, warn=pytest.fail)

    def run():
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(converge_now, (one, other)))

    for _round in range(10):
        race(start, one, other, run)


@each_race
@pytest.mark.parametrize("first", [True, False])
def test_other_task_runs_before_any_of_the_requests(race, open_api, interfere, client, start, one, other, first):
    one, other = (one, other) if first else (other, one)
    operations = [xform_name(name) for name in client.meta.service_model.operation_names]

    def run(before):
        outcomes, sent = [], []

        def hook(send, **arguments):
            sent.append(send)
            if len(sent) == before:
                outcomes.append(converge_container(open_api(client), other, check_mode=False, warn=pytest.fail))
            return send(**arguments)

        disturbed = interfere(**dict.fromkeys(operations, hook))
        outcomes.append(converge_container(open_api(disturbed), one, check_mode=False, warn=pytest.fail))
        return outcomes

    for before in range(1, 8):
        race(start, one, other, lambda before=before: run(before))


def test_tasks_plan_again_after_different_delays(clock):
    paces = set()
    for _task in range(5):
        started = clock.now
        pace = [clock.now - started for _attempt in itertools.islice(_attempts(Budget(1000), Ledger()), 4)]
        paces.add(tuple(pace))
        assert pace[0] == 0
        assert pace[-1] <= 0.1 + 0.2 + 0.4
    assert len(paces) == 5


def test_polling_starts_short_and_grows_to_five_seconds(converge_live, interfere, client, clock):
    client.create_container(ContainerName="live")
    times = []

    def describe(send, **arguments):
        times.append(clock.now)
        answer = send(**arguments)
        answer["Container"]["Status"] = "CREATING" if clock.now < 60 else "ACTIVE"
        return answer

    converge_live(interfere(describe_container=describe), Declaration("live", state="present"), seconds=600)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times[1:])]
    assert gaps[0] <= 0.1
    assert gaps == sorted(gaps)
    assert max(gaps) == 5


@pytest.mark.parametrize("status", ["CREATING", "DELETING"])
def test_objects_are_listed_only_in_an_active_container(open_api, client, status):
    api = open_api(client)
    api.objects = lambda name, endpoint: pytest.fail("looked for objects")
    container = {"Name": "live", "Status": status, "Endpoint": "http://127.0.0.1/live"}
    refused = ApiError("in use", failure=Failure(code="ContainerInUseException"))
    assert Container(api, ABSENT).explain(CurrentState(exists=True, container=container), refused) is refused


def test_pauses_between_plans_grow_to_five_seconds(converge_live, interfere, clock):
    sent = []

    def refuse(send, **arguments):
        sent.append(clock.now)
        raise ClientError({"Error": {"Code": "ContainerInUseException"}}, "CreateContainer")

    with pytest.raises(ApiError, match="wait_timeout of 300 seconds"):
        converge_live(interfere(create_container=refuse), PRESENT, seconds=300)
    assert max(later - earlier for earlier, later in itertools.pairwise(sent)) <= 5
    # On average 2.5 seconds, half of the longest pause.
    assert len(sent) < 300


def test_container_deleted_before_its_objects_are_listed(open_api, interfere, client):
    client.create_container(ContainerName="live")

    def refuse(send, **arguments):
        raise ClientError({"Error": {"Code": "ContainerInUseException"}}, "DeleteContainer")

    api = open_api(interfere(delete_container=once(refuse)))
    open_data_client = api._open_data_client

    def open_late(endpoint):
        client.delete_container(ContainerName="live")
        return open_data_client(endpoint)

    api._open_data_client = open_late
    outcome = converge_container(api, ABSENT, check_mode=False, warn=pytest.fail)
    assert (outcome.error, outcome.changed) == (None, False)


class Things(Resource):
    """A resource of independent things, each of which is removed by one request, and then closed by another one.

    `acts` has for each thing the results of its requests, in order; "ok" after the last one.
    """

    def __init__(self, names, acts, width=1):
        super().__init__(SimpleNamespace(budget=Budget(30)))
        self.left = list(names)
        self.acts = {name: list(some) for name, some in acts.items()}
        self.sent = []
        self.widths = [width]
        self.lock = threading.Lock()
        self.closed = 0

    def close(self):
        self.closed += 1

    @property
    def max_concurrency(self):
        return self.widths.pop() if len(self.widths) > 1 else self.widths[0]

    def read(self, outdated):
        return None if self.left is None else list(self.left)

    def plan(self, current):
        if current is None:
            return Plan()
        removals = [Change(self.request, {"name": name}, part=name, is_independent=True) for name in current]
        return Plan((*removals, Change(self.request, {"name": "close"}, part="close")))

    def is_outdated(self, change, error):
        return error.code == "Gone"

    def explain(self, current, refused):
        return ApiError("explained") if refused.code == "AccessDenied" else refused

    def request(self, api, name):
        with self.lock:
            self.sent.append(name)
            act = self.acts[name].pop(0) if self.acts.get(name) else "ok"
            if act == "all gone":
                self.left = None
            elif act in ("ok", "lost", "gone"):
                self.left = None if name == "close" else [other for other in self.left if other != name]
        if act in ("lost", "cut"):
            raise ApiError("lost", failure=Failure(is_transient=True, may_have_been_applied=True))
        if act != "ok":
            raise ApiError(act, failure=Failure(code="Gone" if act in ("gone", "listed and gone") else "AccessDenied"))


@pytest.mark.parametrize(
    ("acts", "sent", "applied", "left", "error"),
    [
        pytest.param({}, "abc.", "abc.", None, None, id="none"),
        pytest.param({"a": ["lost"]}, "abc.", "bca.", None, None, id="the others are sent after a lost reply"),
        pytest.param({"b": ["cut"]}, "abcb.", "acb.", None, None, id="what was not applied is sent again"),
        pytest.param({"a": ["cut", "lost"], "b": ["lost"]}, "abca.", "cba.", None, None, id="lost replies again"),
        pytest.param({"b": ["gone"]}, "abc.", "ac.", None, None, id="another client has removed one"),
        pytest.param({"b": ["denied"]}, "ab", "a", "bc", "denied", id="none is sent after a refusal"),
        pytest.param({"a": ["lost"], "b": ["denied"]}, "ab", "a", "bc", "denied", id="applied before a refusal"),
        pytest.param({"a": ["cut"], "b": ["denied"]}, "ab", "", "abc", "denied", id="not applied before a refusal"),
        pytest.param({"b": ["all gone"]}, "ab", "a", None, None, id="nothing is left to do after a refusal"),
        pytest.param({"close": ["cut"]}, "abc..", "abc.", None, None, id="the last change is sent again alone"),
        pytest.param({"close": ["denied"]}, "abc.", "abc", "", "denied", id="the last change is refused"),
    ],
)
def test_independent_changes(acts, sent, applied, left, error):
    things = Things("abc", acts)
    outcome = converge(SimpleNamespace(name="x", noun="thing"), things, check_mode=False, warn=pytest.fail)
    assert [name.replace("close", ".") for name in things.sent] == list(sent)
    done = [change.arguments["name"].replace("close", ".") for change in outcome.ledger.applied]
    assert sorted(done) == sorted(applied)
    assert things.left == (None if left is None else list(left))
    assert (outcome.error.message if outcome.error else None) == error
    assert outcome.changed is bool(applied)
    assert things.closed == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("act", ["cut", "lost", "gone"])
def test_many_independent_changes_at_the_same_time(act):
    names = [str(number) for number in range(1000)]
    things = Things(names, {name: [act] for name in names[::10]}, width=8)
    outcome = converge(SimpleNamespace(name="x", noun="thing"), things, check_mode=False, warn=pytest.fail)
    assert outcome.error is None
    assert len(things.sent) == 1001 + 100 * (act == "cut")
    assert len({change.key for change in outcome.ledger.applied}) == len(outcome.ledger.applied)
    assert len(outcome.ledger.applied) == 1001 - 100 * (act == "gone")


@pytest.mark.usefixtures("clock")
def test_independent_changes_that_are_never_answered():
    things = Things("abc", {name: ["cut"] * 99 for name in "abc"}, width=3)
    outcome = converge(SimpleNamespace(name="x", noun="thing"), things, check_mode=False, warn=pytest.fail)
    assert outcome.error.message == "lost (tried 11 times)"
    assert len(things.sent) == 11 * 3
    assert not outcome.changed


@pytest.mark.usefixtures("clock")
def test_a_lost_reply_counts_beside_a_thing_that_is_listed_and_gone():
    things = Things("ab", {"a": ["listed and gone"] * 99, "b": ["cut"] * 99})
    outcome = converge(SimpleNamespace(name="x", noun="thing"), things, check_mode=False, warn=pytest.fail)
    assert outcome.error.message == "lost (tried 11 times)"
    assert things.sent == ["a", "b"] * 11


def test_more_changes_are_sent_at_the_same_time_when_more_are_allowed():
    things = Things([str(number) for number in range(600)], {})
    things.widths = [4, 2, 1]
    converge(SimpleNamespace(name="x", noun="thing"), things, check_mode=False, warn=pytest.fail)
    assert things.widths == [4]


def test_check_mode_sends_no_independent_change():
    things = Things("abc", {})
    outcome = converge(SimpleNamespace(name="x", noun="thing"), things, check_mode=True, warn=pytest.fail)
    assert (outcome.changed, things.sent) == (True, [])


@pytest.mark.parametrize("reason", ["tried 11 times", ""])
def test_a_reason_is_added_once(reason):
    error = ApiError("Failed").with_reason("it is busy").with_reason(reason).with_reason(reason)
    assert error.message == "Failed (it is busy; tried 11 times)" if reason else "Failed (it is busy)"
