# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Object lifecycle policies take effect, by a clock that tests can move.

Expectations follow the MediaStore User Guide, "Components of an object lifecycle policy" and its examples.
"""

from __future__ import annotations

import datetime
import json
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediastore_emulator import EmulatorServer, clock
from mediastore_emulator.iam.wildcards import is_like
from mediastore_emulator.mediastore import lifecycle
from mediastore_emulator.mediastore.lifecycle import Rules, due_action, is_unlisted, next_due

DAY = 86_400
NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
NOW_TEXT = "2027-01-15T08:00:00+00:00"
CLASS_HEADER = "x-mediastore-emulator-storage-class"


def rule(path, unit, operator, number, action="EXPIRE"):
    """One rule; the path is a list of prefixes, or one wildcard."""
    paths = [{"prefix": prefix} for prefix in path] if isinstance(path, list) else [{"wildcard": path}]
    return {"definition": {"path": paths, f"{unit}_since_create": [{"numeric": [operator, number]}]}, "action": action}


def policy(*rules):
    return json.dumps({"rules": list(rules)})


# The policy that the User Guide explains sentence by sentence.
LIVE_EVENTS = policy(
    rule(["Football/", "Baseball/"], "days", ">", 28),
    rule(["AwardsShow/"], "days", ">=", 15),
    rule([""], "days", ">", 40),
    rule("Football/*.ts", "days", ">", 20),
    rule("Football/index*.m3u8", "seconds", ">", 15),
    rule(["Program/"], "days", ">=", 30, "ARCHIVE"),
)

# Policy, path, age in seconds, and what is due. Whole units count: an object is older than 28 days on its 29th day.
DUE = {
    "first rule, on the day": (LIVE_EVENTS, "Football/a", 28 * DAY, None),
    "first rule, before the next day": (LIVE_EVENTS, "Football/a", 29 * DAY - 1, None),
    "first rule, on the next day": (LIVE_EVENTS, "Football/a", 29 * DAY, "EXPIRE"),
    "first rule, second prefix": (LIVE_EVENTS, "Baseball/b/c", 29 * DAY, "EXPIRE"),
    "second rule, before": (LIVE_EVENTS, "AwardsShow/a", 15 * DAY - 0.5, None),
    "second rule, at 15 days": (LIVE_EVENTS, "AwardsShow/a", 15 * DAY, "EXPIRE"),
    "third rule, before": (LIVE_EVENTS, "top", 40 * DAY, None),
    "third rule, an object without folder": (LIVE_EVENTS, "top", 41 * DAY, "EXPIRE"),
    "third rule, a folder of no other rule": (LIVE_EVENTS, "Basketball/a", 41 * DAY, "EXPIRE"),
    "fourth rule, before": (LIVE_EVENTS, "Football/a.ts", 20 * DAY, None),
    "fourth rule, before the first one": (LIVE_EVENTS, "Football/a.ts", 21 * DAY, "EXPIRE"),
    "fourth rule, in a subfolder": (LIVE_EVENTS, "Football/a/b.ts", 21 * DAY, "EXPIRE"),
    "fifth rule, before": (LIVE_EVENTS, "Football/index1.m3u8", 15.9, None),
    "fifth rule, 16 seconds after": (LIVE_EVENTS, "Football/index1.m3u8", 16, "EXPIRE"),
    "fifth rule, nothing for the star": (LIVE_EVENTS, "Football/index.m3u8", 16, "EXPIRE"),
    "fifth rule, another name": (LIVE_EVENTS, "Football/main.m3u8", 16, None),
    "fifth rule, a longer name": (LIVE_EVENTS, "Football/index1.m3u8x", 16, None),
    "sixth rule, before": (LIVE_EVENTS, "Program/a", 30 * DAY - 1, None),
    "sixth rule, at 30 days": (LIVE_EVENTS, "Program/a", 30 * DAY, "ARCHIVE"),
    "deletion beats transition": (LIVE_EVENTS, "Program/a", 41 * DAY, "EXPIRE"),
    "a new object": (LIVE_EVENTS, "Football/index1.m3u8", 0, None),
    "at least so many seconds, before": (policy(rule("*", "seconds", ">=", 1)), "a", 0.9, None),
    "at least so many seconds": (policy(rule("*", "seconds", ">=", 1)), "a", 1, "EXPIRE"),
    "the longest rule in seconds": (policy(rule("*", "seconds", ">", 300)), "a", 301, "EXPIRE"),
    "one day": (policy(rule("*", "days", ">=", 1)), "a/b/c", DAY, "EXPIRE"),
    "the longest rule in days": (policy(rule("*", "days", ">=", 36_500)), "a", 36_500 * DAY - 1, None),
    "archive with a wildcard": (policy(rule("*.ts", "days", ">=", 30, "ARCHIVE")), "a.ts", 30 * DAY, "ARCHIVE"),
    "a prefix is a text": (policy(rule(["April"], "days", ">=", 1)), "April2/a", DAY, "EXPIRE"),
    "a prefix with a slash is a folder": (policy(rule(["April/"], "days", ">=", 1)), "April2/a", DAY, None),
    "a prefix is not inside": (policy(rule(["April"], "days", ">=", 1)), "a/April", DAY, None),
    "a star in a prefix is a star": (policy(rule(["a*"], "days", ">=", 1)), "ab", DAY, None),
    "case counts": (policy(rule(["april/"], "days", ">=", 1)), "April/a", DAY, None),
    "a leading slash of a prefix": (policy(rule(["/April/"], "days", ">=", 1)), "April/a", DAY, "EXPIRE"),
    "a leading slash of a wildcard": (policy(rule("/April/*", "days", ">=", 1)), "April/a", DAY, "EXPIRE"),
    "a wildcard without a star is one object": (policy(rule("April/a", "days", ">=", 1)), "April/a1", DAY, None),
    "two stars": (policy(rule("*/seg*.ts", "days", ">=", 1)), "a/b/seg1.ts", DAY, "EXPIRE"),
    "parts in another order": (policy(rule("*b*a*", "days", ">=", 1)), "ab", DAY, None),
    "a part that occurs twice": (policy(rule("a*b*b", "days", ">=", 1)), "abb", DAY, "EXPIRE"),
    "a part that is needed twice": (policy(rule("a*b*b", "days", ">=", 1)), "ab", DAY, None),
    "the end after an earlier occurrence": (policy(rule("*.ts", "days", ">=", 1)), "a.ts.b.ts", DAY, "EXPIRE"),
    "many stars": (policy(rule("*a" * 150 + "*b", "days", ">=", 1)), "a" * 900, DAY, None),
    "only the star is special": (policy(rule("a.?*", "days", ">=", 1)), "abc", DAY, None),
}


@pytest.mark.parametrize(("text", "path", "age", "action"), DUE.values(), ids=DUE)
def test_what_is_due(text, path, age, action):
    assert due(text, path, age) == action


def test_an_object_that_is_added_after_a_list_expires(client, media, emulator):
    client.put_lifecycle_policy(ContainerName="movies", LifecyclePolicy=policy(rule("*", "days", ">=", 1)))
    assert media.list_items()["Items"] == []
    media.put_object(Path="a", Body=b"film")
    emulator.advance(DAY)
    assert media.list_items()["Items"] == []


def due(text, path, age, is_newer=True):
    """Return what is due for an object by the text of a policy."""
    return due_action(Rules(text).applying(path, is_newer), age)


@pytest.mark.parametrize(
    ("path", "age", "seconds"),
    [
        ("Football/index1.m3u8", 0, 16),
        ("Football/index1.m3u8", 16, 29 * DAY - 16),
        ("Football/index1.m3u8", 29 * DAY, 12 * DAY),
        ("Program/a", 30 * DAY, 11 * DAY),
        ("Program/a", 41 * DAY, float("inf")),
        ("top", 41 * DAY - 0.5, 0.5),
    ],
)
def test_when_the_next_rule_is_due(path, age, seconds):
    assert next_due(Rules(LIVE_EVENTS).applying(path, True), age) == seconds


def test_a_rule_in_seconds_applies_only_to_newer_objects():
    text = policy(rule("*.ts", "seconds", ">", 5), rule(["a"], "days", ">=", 1))
    assert due(text, "b.ts", 40 * DAY, False) is None
    assert due(text, "a.ts", DAY, False) == "EXPIRE"
    assert [is_unlisted(Rules(text).applying("a.ts", newer)) for newer in (True, False)] == [True, False]
    assert is_unlisted(Rules(text).applying("a", True)) is False


RULES = st.lists(
    st.builds(
        rule,
        st.sampled_from(["*", "a*", "a/*.ts", ["a"], ["b/", "a/"]]),
        st.just("days"),
        st.sampled_from([">", ">="]),
        st.integers(1, 5),
        st.sampled_from(["EXPIRE", "ARCHIVE"]),
    ),
    min_size=1,
    max_size=4,
)


@given(RULES, st.sampled_from(["a", "a/b.ts", "b/a"]), st.integers(0, 7), st.integers(0, 3))
def test_what_is_due_stays_due(rules, path, days, later):
    order = [None, "ARCHIVE", "EXPIRE"]
    actions = [due(policy(*rules), path, day * DAY) for day in (days, days + later)]
    assert order.index(actions[0]) <= order.index(actions[1])


@given(RULES, st.sampled_from(["a", "a/b.ts", "b/a"]), st.integers(0, 7))
def test_the_order_of_rules_does_not_matter(rules, path, days):
    orders = (rules, rules[::-1])
    assert len({due(policy(*each), path, days * DAY) for each in orders}) == 1


class StandingTime:
    """Time that passes only where a test says so."""

    now = NOW

    def time(self):
        return self.now

    def monotonic(self):
        return self.now - NOW


@pytest.fixture(autouse=True)
def standing_time(monkeypatch):
    """The time of this machine, as the emulator sees it."""
    standing = StandingTime()
    monkeypatch.setattr(clock, "time", standing)
    return standing


@pytest.fixture
def put_policy(client, movies):
    """A function that replaces the lifecycle policy of movies."""
    return lambda *rules: client.put_lifecycle_policy(ContainerName="movies", LifecyclePolicy=policy(*rules))


@pytest.fixture
def put(media):
    """A function that puts objects at paths."""

    def put(*paths):
        for path in paths:
            media.put_object(Path=path, Body=path.encode())

    return put


@pytest.fixture
def admin(http):
    """A function that sends a request to the admin interface, and returns (status, answer)."""

    def admin(method, name, body=None):
        status, _headers, answer = http(method, f"/mediastore-emulator/{name}", body and json.dumps(body))
        return status, json.loads(answer)

    return admin


def names(media, **parameters):
    return [item["Name"] for item in media.list_items(**parameters)["Items"]]


def storage_class(media, path):
    headers = [call(Path=path)["ResponseMetadata"]["HTTPHeaders"] for call in (media.get_object, media.describe_object)]
    [shown] = {each.get(CLASS_HEADER) for each in headers}
    return shown


def test_an_expired_object_is_gone_for_every_operation(emulator, put_policy, put, media, refusal):
    put_policy(rule(["old/"], "days", ">", 1))
    put("old/a", "new/a")
    emulator.advance(2 * DAY - 1)
    assert media.get_object(Path="old/a")["Body"].read() == b"old/a"
    emulator.advance(1)
    for call in (media.get_object, media.describe_object, media.delete_object):
        assert refusal(call, Path="old/a")[:2] == ("ObjectNotFoundException", 404)
    assert (names(media), names(media, Path="old")) == (["new"], [])


def test_listing_alone_shows_what_is_left(emulator, put_policy, put, media):
    put_policy(rule("*.ts", "days", ">=", 1))
    put("a/1.ts", "a/1.m3u8", "b/1.ts")
    emulator.advance(DAY)
    assert (names(media), names(media, Path="a")) == (["a"], ["1.m3u8"])


def test_a_container_whose_objects_have_expired_can_be_deleted(emulator, put_policy, put, client, refusal_code):
    put_policy(rule(["a"], "days", ">=", 1))
    put("a")
    assert refusal_code(client.delete_container, ContainerName="movies") == "ContainerInUseException"
    emulator.advance(DAY)
    client.delete_container(ContainerName="movies")
    assert client.list_containers()["Containers"] == []


def test_an_object_that_replaces_another_has_its_own_age(emulator, put_policy, put, media):
    put_policy(rule(["a"], "days", ">=", 2))
    put("a")
    emulator.advance(DAY)
    put("a")
    emulator.advance(DAY)
    assert names(media) == ["a"]
    emulator.advance(DAY)
    assert names(media) == []


def test_an_object_put_where_one_has_expired_is_there(emulator, put_policy, put, media):
    put_policy(rule(["a"], "days", ">=", 1))
    put("a")
    emulator.advance(DAY)
    put("a")
    assert names(media) == ["a"]


def test_a_rule_in_days_applies_to_objects_that_exist(emulator, put_policy, put, media):
    put("a")
    emulator.advance(DAY)
    put_policy(rule(["a"], "days", ">=", 1))
    assert names(media) == []


def test_a_rule_in_seconds_applies_to_objects_added_after_it(emulator, standing_time, put_policy, put, media, refusal):
    put("1.ts")
    standing_time.now += 1
    put_policy(rule("*.ts", "seconds", ">", 15))
    put("2.ts")
    assert names(media) == ["1.ts"]
    emulator.advance(15)
    assert media.get_object(Path="2.ts")["Body"].read() == b"2.ts"
    emulator.advance(1)
    assert refusal(media.get_object, Path="2.ts")[:2] == ("ObjectNotFoundException", 404)
    emulator.advance(400)
    assert media.get_object(Path="1.ts")["Body"].read() == b"1.ts"


def test_time_that_passes_expires_objects(standing_time, put_policy, put, media):
    put_policy(rule("*", "seconds", ">=", 1))
    put("a")
    standing_time.now += 0.9
    media.get_object(Path="a")
    standing_time.now += 0.1
    with pytest.raises(media.exceptions.ObjectNotFoundException):
        media.get_object(Path="a")


def test_an_archived_object_stays_archived(emulator, client, put_policy, put, media):
    put_policy(rule(["a"], "days", ">=", 30, "ARCHIVE"))
    put("a", "b")
    emulator.advance(30 * DAY - 1)
    assert storage_class(media, "a") is None
    emulator.advance(1)
    before = media.get_object(Path="b")["LastModified"]
    assert (storage_class(media, "a"), storage_class(media, "b")) == ("IA", None)
    assert media.get_object(Path="a")["Body"].read() == b"a"
    assert media.get_object(Path="a")["LastModified"] == before
    client.delete_lifecycle_policy(ContainerName="movies")
    assert storage_class(media, "a") == "IA"
    put("a")
    assert storage_class(media, "a") is None


def test_what_was_due_happens_before_the_policy_changes(emulator, client, put_policy, put, media):
    put_policy(rule(["a"], "days", ">=", 1), rule(["b"], "days", ">=", 1, "ARCHIVE"))
    put("a", "b")
    emulator.advance(DAY)
    client.delete_lifecycle_policy(ContainerName="movies")
    assert (names(media), storage_class(media, "b")) == (["b"], "IA")


def test_a_rule_of_one_container_is_for_that_container(emulator, client, connect, put_policy):
    put_policy(rule("*", "days", ">=", 1))
    client.create_container(ContainerName="music")
    endpoint = client.describe_container(ContainerName="music")["Container"]["Endpoint"]
    music = connect("mediastore-data", endpoint=endpoint)
    music.put_object(Path="a", Body=b"")
    emulator.advance(400 * DAY)
    assert names(music) == ["a"]


def test_the_setting_lifecycle_switches_it_off(emulator, put_policy, put, media, client, refusal_code):
    put_policy(rule(["a"], "days", ">=", 1), rule(["b"], "days", ">=", 1, "ARCHIVE"))
    put("a", "b")
    emulator.configure(lifecycle=False)
    emulator.advance(DAY)
    assert (names(media), storage_class(media, "b")) == (["a", "b"], None)
    assert refusal_code(client.delete_container, ContainerName="movies") == "ContainerInUseException"
    emulator.configure(lifecycle=True)
    assert (names(media), storage_class(media, "b")) == (["b"], "IA")


def test_an_earlier_time_does_not_expire_or_bring_back(emulator, put_policy, put, media):
    put_policy(rule("*", "days", ">=", 1))
    put("a")
    emulator.set_time(NOW - 400 * DAY)
    assert names(media) == ["a"]
    put("b")
    emulator.set_time(NOW)
    assert names(media) == ["a"]
    emulator.set_time(NOW - 400 * DAY)
    assert names(media) == ["a"]


def test_a_rule_in_seconds_knows_what_was_added_after_it_at_an_earlier_time(emulator, put_policy, put, media):
    put_policy(rule("*", "seconds", ">=", 10))
    emulator.set_time(NOW - DAY)
    put("a")
    emulator.advance(9)
    media.get_object(Path="a")
    emulator.advance(1)
    with pytest.raises(media.exceptions.ObjectNotFoundException):
        media.get_object(Path="a")


def test_everything_tells_the_time_of_the_clock(emulator, client, connect, http):
    emulator.set_time("2030-02-01T12:00:00Z")
    expected = datetime.datetime(2030, 2, 1, 12, tzinfo=datetime.UTC)
    client.create_container(ContainerName="movies")
    container = client.describe_container(ContainerName="movies")["Container"]
    media = connect("mediastore-data", endpoint=container["Endpoint"])
    media.put_object(Path="a", Body=b"")
    assert container["CreationTime"] == expected
    assert media.get_object(Path="a")["LastModified"] == expected
    assert media.list_items()["Items"][0]["LastModified"] == expected
    assert parsedate_to_datetime(http("GET", f"{container['Endpoint']}/a")[1]["Date"]) == expected


def test_moving_the_clock_ends_the_delays(emulator, client):
    def status():
        return [container["Status"] for container in client.list_containers()["Containers"]]

    emulator.configure(create_delay=60, delete_delay=60)
    client.create_container(ContainerName="movies")
    emulator.advance(59)
    assert status() == ["CREATING"]
    emulator.advance(1)
    assert status() == ["ACTIVE"]
    emulator.set_time(NOW - DAY)
    assert status() == ["ACTIVE"]
    client.delete_container(ContainerName="movies")
    emulator.set_time(NOW - DAY + 59)
    assert status() == ["DELETING"]
    emulator.set_time(NOW - 2 * DAY)
    assert status() == ["DELETING"]
    emulator.set_time(NOW - 2 * DAY + 1)
    assert status() == []


def test_admin_clock(admin, standing_time, emulator):
    start = {"time": NOW_TEXT, "offset": 0}
    assert admin("GET", "clock") == (200, start)
    assert admin("POST", "clock", {"advance": 90.5}) == (
        200,
        {"time": "2027-01-15T08:01:30.500000+00:00", "offset": 90.5},
    )
    standing_time.now += 1
    assert admin("GET", "clock")[1]["time"] == "2027-01-15T08:01:31.500000+00:00"
    assert admin("POST", "clock", {"advance": 0})[1]["offset"] == 90.5
    assert admin("PUT", "clock", {"time": NOW + DAY}) == (200, {"time": "2027-01-16T08:00:00+00:00", "offset": DAY - 1})
    assert admin("POST", "reset")[0] == 200
    standing_time.now -= 1
    assert admin("GET", "clock") == (200, start)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("2027-01-15T08:00:00+00:00", 0),
        ("2027-01-15T08:00:00Z", 0),
        ("2027-01-15T08:00:00", 0),
        ("2027-01-15 08:00:01", 1),
        ("2027-01-15T08:00:00+01:00", -3600),
        ("2027-01-15", -8 * 3600),
        (int(NOW) + 5, 5),
        (NOW + 0.5, 0.5),
        (0, -NOW),
        ("9998-12-31T23:59:59Z", 253_370_764_799 - NOW),
        (datetime.datetime(2027, 1, 15, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=1))), 0),
        (datetime.datetime(2027, 1, 15, 8), 0),
    ],
)
def test_times_that_can_be_set(emulator, admin, given, seconds):
    emulator.set_time(given)
    assert admin("GET", "clock")[1]["offset"] == seconds


@pytest.mark.parametrize(
    "time",
    [
        "",
        "Z",
        "tomorrow",
        "15:00",
        True,
        None,
        [],
        {},
        -1,
        float("nan"),
        float("inf"),
        1e12,
        10**400,
        "1969-12-31",
        "9999-01-01",
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_times_that_cannot_be_set(admin, emulator, time):
    status, answer = admin("PUT", "clock", {"time": time})
    assert status == 400
    assert answer == {
        "error": "The time of the clock must be ISO 8601 text or seconds since 1970, from the year 1970 to 9998."
    }
    with pytest.raises(ValueError, match="time of the clock"):
        emulator.set_time(time)
    assert admin("GET", "clock")[1]["offset"] == 0


@pytest.mark.parametrize("seconds", ["1", True, None, [], -1, float("nan"), float("inf"), 1e12, 10**400])
def test_seconds_that_the_clock_cannot_advance(admin, emulator, seconds):
    status, answer = admin("POST", "clock", {"advance": seconds})
    assert status == 400
    assert answer["error"].startswith("The clock can advance by a number of seconds of at least 0")
    with pytest.raises(ValueError, match="clock can advance"):
        emulator.advance(seconds)
    assert admin("GET", "clock")[1]["offset"] == 0


@pytest.mark.parametrize(("method", "member"), [("PUT", "time"), ("POST", "advance")])
@pytest.mark.parametrize("body", [[], 5, {}, {"times": 1}, {"time": 1, "advance": 1}])
def test_a_body_that_does_not_move_the_clock(admin, method, member, body):
    message = f"The body must be a JSON object with only the member {member}."
    assert admin(method, "clock", body) == (400, {"error": message})


def test_each_server_has_its_own_clock(emulator):
    with EmulatorServer() as other:
        emulator.advance(DAY)
        clocks = [server._emulator.shared.clock.shown()["offset"] for server in (emulator, other)]
    assert clocks == [DAY, 0]


def test_reset_puts_the_clock_back(emulator, client, admin):
    emulator.advance(400 * DAY)
    emulator.reset()
    assert admin("GET", "clock")[1] == {"time": NOW_TEXT, "offset": 0}
    emulator.configure(create_delay=60)
    client.create_container(ContainerName="movies")
    assert client.list_containers()["Containers"][0]["Status"] == "CREATING"


def test_objects_that_exist_are_matched_without_the_lock(emulator, client, put, media, monkeypatch):
    """A policy that is put on many objects does not hold up other requests."""
    store, held = emulator._emulator._store, []
    put("a", "b")
    monkeypatch.setattr(lifecycle, "is_like", lambda *_texts: held.append(store.lock._is_owned()))
    for text in (policy(rule("*", "days", ">=", 2)), policy(rule("*", "days", ">=", 1))):
        client.put_lifecycle_policy(ContainerName="movies", LifecyclePolicy=text)
    emulator.advance(DAY)
    assert names(media) == ["a", "b"]
    assert held == [False] * 4


def test_objects_are_matched_once_and_only_when_one_can_be_due(emulator, client, put_policy, put, monkeypatch):
    """The work of control requests does not grow with the number of objects."""
    matched = []

    def spy(pattern, path):
        matched.append(path)
        return is_like(pattern, path)

    monkeypatch.setattr(lifecycle, "is_like", spy)
    put_policy(rule("a/*", "days", ">=", 2), rule("b/*", "days", ">=", 1))
    for path in ("a/1", "b/1", "c/1"):
        put(path)
    client.describe_container(ContainerName="movies")
    for _time in range(3):
        emulator.advance(DAY // 3)
        client.get_container_policy(ContainerName="movies")
    assert sorted(matched) == sorted(["a/1", "b/1", "c/1"] * 2)
