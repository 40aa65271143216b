# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input is refused before the first request, in one sentence that says what, where and the limit."""

from __future__ import annotations

import json

import pytest

CONTAINER = "mediastore_container"
POLICY = "mediastore_container_policy"
CORS = "mediastore_cors_policy"
LIFECYCLE = "mediastore_lifecycle_policy"
METRIC = "mediastore_metric_policy"


def rule(**changes):
    return {"allowed_origins": ["https://example.com"], "allowed_methods": ["GET"], **changes}


def lifecycle(action="EXPIRE", **definition):
    fine = {"path": [{"prefix": "a/"}], "days_since_create": [{"numeric": [">", 1]}]}
    return {"rules": [{"definition": {**fine, **definition}, "action": action}]}


def seconds(number):
    return {"path": [{"wildcard": "a*"}], "seconds_since_create": [{"numeric": [">", number]}]}


def statement(length):
    """Return a policy that is `length` characters long without whitespace."""
    policy = {"Statement": [{"Sid": ""}]}
    policy["Statement"][0]["Sid"] = "x" * (length - len(json.dumps(policy, separators=(",", ":"))))
    return policy


CASES = [
    pytest.param(CONTAINER, {"name": ""}, ["''", "1 to 255"], id="no name"),
    pytest.param(CONTAINER, {"name": "a" * 256}, ["1 to 255"], id="long name"),
    pytest.param(CONTAINER, {"name": "kanäle"}, ["'kanäle'"], id="unicode name"),
    pytest.param(CONTAINER, {"name": "live\n"}, ["'live\\n'"], id="name with a newline"),
    pytest.param(CONTAINER, {"name": "a b", "state": "absent"}, ["'a b'"], id="bad name of one to delete"),
    pytest.param(CONTAINER, {"wait_timeout": -1}, ["wait_timeout is -1", "at least 0"], id="negative timeout"),
    pytest.param(CONTAINER, {"tags": {f"k{n}": "" for n in range(51)}}, ["51", "50"], id="51 tags"),
    pytest.param(CONTAINER, {"tags": {"aws:x": "1"}}, ["'aws:x'", "reserved"], id="reserved tag key"),
    pytest.param(CONTAINER, {"tags": {"a": None}}, ["'a'"], id="tag without a value"),
    pytest.param(CONTAINER, {"tags": {"a": {"b": 1}}}, ["'a'"], id="tag whose value is a dictionary"),
    pytest.param(POLICY, {"policy": "{"}, ["not valid JSON"], id="no JSON"),
    pytest.param(POLICY, {"policy": "[]"}, ["JSON object", "[]"], id="a list"),
    pytest.param(POLICY, {"policy": "5"}, ["JSON object"], id="a number"),
    pytest.param(POLICY, {"policy": "null"}, ["JSON object"], id="null"),
    pytest.param(POLICY, {"policy": '{"Statement": [], "Statement": []}'}, ["'Statement'", "twice"], id="key twice"),
    pytest.param(POLICY, {"policy": '{"Statement": NaN}'}, ["NaN"], id="not a number"),
    pytest.param(POLICY, {"policy": "[" * 100000}, ["nested too deeply"], id="nested"),
    pytest.param(POLICY, {"policy": {}}, ["state=absent"], id="empty policy"),
    pytest.param(POLICY, {"policy": {"Version": "2012-10-17"}}, ["no Statement"], id="no statement"),
    pytest.param(POLICY, {"policy": statement(8193)}, ["8193", "8192"], id="8193 characters"),
    pytest.param(POLICY, {"policy": {"Statement": ["ä" * 1400]}}, ["8418", "8192"], id="escapes count"),
    pytest.param(CORS, {"rules": []}, ["state=absent", "1 to 100"], id="no rules"),
    pytest.param(CORS, {"rules": [rule()] * 101}, ["101", "1 to 100"], id="101 rules"),
    pytest.param(CORS, {"rules": [rule(), rule(allowed_origins=[])]}, ["rule 2", "allowed_origins"], id="no origin"),
    pytest.param(CORS, {"rules": [rule(), rule(allowed_methods=[])]}, ["rule 2", "allowed_methods"], id="no method"),
    pytest.param(CORS, {"rules": [rule(), rule(allowed_origins=["*.*"])]}, ["rule 2", "'*.*'", "one"], id="two stars"),
    pytest.param(CORS, {"rules": [rule(), rule(allowed_headers=["**"])]}, ["rule 2", "'**'"], id="stars in a header"),
    pytest.param(CORS, {"rules": [rule(max_age_seconds=-1)]}, ["rule 1", "-1", "0 to 2147483647"], id="negative age"),
    pytest.param(CORS, {"rules": [rule(max_age_seconds=2**31)]}, ["rule 1", "0 to 2147483647"], id="huge age"),
    pytest.param(CORS, {"rules": [rule(allowed_methods=["POST"])]}, ["POST"], id="unknown method"),
    pytest.param(LIFECYCLE, {"policy": {}}, ["state=absent"], id="empty lifecycle"),
    pytest.param(LIFECYCLE, {"policy": {"rules": []}}, ["rules", "0", "1 to 10"], id="no lifecycle rules"),
    pytest.param(LIFECYCLE, {"policy": {"rules": lifecycle()["rules"] * 11}}, ["11", "1 to 10"], id="11 rules"),
    pytest.param(LIFECYCLE, {"policy": lifecycle(path=[])}, ["rule 1", "1 to 10"], id="no path"),
    pytest.param(
        LIFECYCLE, {"policy": lifecycle(path=[{"prefix": "a"}, {"wildcard": "b"}])}, ["rule 1", "one kind"], id="mixed"
    ),
    pytest.param(LIFECYCLE, {"policy": lifecycle(action="DELETE")}, ["rule 1", "EXPIRE or ARCHIVE"], id="action"),
    pytest.param(
        LIFECYCLE,
        {"policy": lifecycle(days_since_create=[{"numeric": [">", 36501]}])},
        ["rule 1", "36501", "1 to 36500"],
        id="too many days",
    ),
    pytest.param(
        LIFECYCLE, {"policy": lifecycle(days_since_create=[{"numeric": ["<", 1]}])}, ["rule 1", "'<'"], id="operator"
    ),
    pytest.param(
        LIFECYCLE,
        {"policy": {"rules": [{"definition": seconds(301), "action": "EXPIRE"}]}},
        ["rule 1", "301", "1 to 300"],
        id="too many seconds",
    ),
    pytest.param(
        LIFECYCLE,
        {"policy": {"rules": [{"definition": seconds(30), "action": "ARCHIVE"}]}},
        ["rule 1", "seconds_since_create", "EXPIRE"],
        id="archive after seconds",
    ),
    pytest.param(
        LIFECYCLE, {"policy": lifecycle(seconds_since_create=[])}, ["rule 1", "one of", "it has 2"], id="two ages"
    ),
    pytest.param(
        METRIC,
        {"container_level_metrics": True, "rules": [{"object_group": "a b", "object_group_name": "A"}]},
        ["rule 1", "'a b'"],
        id="object group",
    ),
    pytest.param(
        METRIC,
        {"container_level_metrics": True, "rules": [{"object_group": "a", "object_group_name": "a-b"}]},
        ["rule 1", "'a-b'", "1 to 30"],
        id="object group name",
    ),
    pytest.param(
        METRIC,
        {"container_level_metrics": True, "rules": [{"object_group": "a", "object_group_name": "A"}] * 2},
        ["rule 2", "'A'", "rule 1"],
        id="a name twice",
    ),
    pytest.param(
        METRIC,
        {
            "container_level_metrics": True,
            "rules": [{"object_group": "a", "object_group_name": f"A{n}"} for n in range(301)],
        },
        ["301", "0 to 300"],
        id="301 rules",
    ),
    pytest.param(METRIC, {"rules": []}, ["container_level_metrics"], id="no container_level_metrics"),
    pytest.param(POLICY, {}, ["policy"], id="no policy"),
]


@pytest.mark.parametrize(("module", "options", "said"), CASES)
@pytest.mark.parametrize("check", [False, True])
def test_refused(run, calls, module, options, said, check):
    result = run(module, check=check, **{"name": "live", **options})
    assert result["failed"]
    for text in said:
        assert text in result["msg"]
    assert "Traceback" not in result["msg"]
    assert calls() == []


def test_the_largest_policy_is_accepted(run, client):
    client.create_container(ContainerName="live")
    assert run(POLICY, name="live", policy=statement(8192))["changed"]
