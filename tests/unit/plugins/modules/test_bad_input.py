# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input is refused before the first request, in one sentence that says what, where and the limit.

What each check refuses is tested beside it, in module_utils. Here every option reaches its check or its argument spec.
"""

from __future__ import annotations

import json

import pytest

from ansible_collections.elemental.mediastore.tests.unit import samples

CONTAINER = "mediastore_container"
POLICY = "mediastore_container_policy"
CORS = "mediastore_cors_policy"
LIFECYCLE = "mediastore_lifecycle_policy"
METRIC = "mediastore_metric_policy"
CONTAINERS = "mediastore_containers"
INFO = "mediastore_container_info"

LIFECYCLE_RULE = samples.lifecycle_rule([{"prefix": "a/"}], ("days", ">", 0))


def rule(**changes):
    return {"allowed_origins": ["https://example.com"], "allowed_methods": ["GET"], **changes}


def policy(**changes):
    fine = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "mediastore:GetObject",
        "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/live/*",
    }
    return {"Statement": [{**fine, **changes}]}


def metrics(*names):
    rules = [{"object_group": "a/*", "object_group_name": name} for name in names]
    return {"container_level_metrics": True, "rules": rules}


def second(**entry):
    """Return the options of mediastore_containers that declare a valid container and a second one."""
    return {"containers": [{"name": "fine"}, {"name": "live", **entry}]}


CASES = [
    pytest.param(CONTAINER, {"name": "a/b"}, ["'a/b'", "1 to 255"], id="name"),
    pytest.param(CONTAINER, {"name": ""}, ["''", "1 to 255"], id="empty name"),
    pytest.param(CONTAINER, {"name": None}, ["name"], id="null name"),
    pytest.param(CONTAINER, {"name": "a b", "state": "absent"}, ["'a b'"], id="name of a container to delete"),
    pytest.param(CONTAINER, {"state": "deleted"}, ["state", "present, absent", "deleted"], id="state"),
    pytest.param(CONTAINER, {"wait_timeout": -1}, ["wait_timeout is -1", "0 to 604800"], id="negative timeout"),
    pytest.param(CONTAINER, {"wait_timeout": 604801}, ["604801", "0 to 604800"], id="long timeout"),
    pytest.param(CONTAINER, {"wait_timeout": 10**400}, ["wait_timeout", "0 to 604800"], id="huge timeout"),
    pytest.param(CONTAINER, {"wait_timeout": "soon"}, ["wait_timeout", "int"], id="timeout in words"),
    pytest.param(CONTAINER, {"wait_timeout": 1.5}, ["wait_timeout", "int"], id="fraction as timeout"),
    pytest.param(CONTAINER, {"tags": {"aws:x": "1"}}, ["'aws:x'", "reserved"], id="tags"),
    pytest.param(CONTAINER, {"tags": ["a"]}, ["tags", "dict"], id="list of tags"),
    pytest.param(CONTAINER, {"access_logging_enabled": "maybe"}, ["access_logging_enabled", "bool"], id="logging"),
    pytest.param(POLICY, {"policy": policy(), "name": "a.b"}, ["'a.b'", "1 to 255"], id="name in policy module"),
    pytest.param(POLICY, {}, ["missing: policy"], id="policy omitted"),
    pytest.param(POLICY, {"policy": ""}, ["container policy", "not valid JSON"], id="empty text as policy"),
    pytest.param(POLICY, {"policy": {}}, ["state=absent"], id="empty policy"),
    pytest.param(POLICY, {"policy": None}, ["Container live: the document is null", "state=absent"], id="null policy"),
    pytest.param(POLICY, {"policy": ["Statement"]}, ["JSON object"], id="list as policy"),
    pytest.param(POLICY, {"policy": policy(Effect="allow")}, ["Statement 1", "Effect", "'allow'"], id="statement"),
    pytest.param(
        POLICY,
        {"policy": policy(Resource="arn:aws:mediastore:us-east-1:123456789012:container/lively/*")},
        ["Statement 1", "Resource", "container/lively/*", "container/live/"],
        id="resource",
    ),
    pytest.param(CORS, {"rules": [rule()], "name": "a b"}, ["'a b'", "1 to 255"], id="name in CORS module"),
    pytest.param(CORS, {}, ["missing: rules"], id="CORS rules omitted"),
    pytest.param(CORS, {"rules": []}, ["state=absent", "1 to 100"], id="empty list of CORS rules"),
    pytest.param(CORS, {"rules": None}, ["document is null", "state=absent"], id="null CORS rules"),
    pytest.param(CORS, {"rules": "GET"}, ["dictionary requested"], id="text as CORS rules"),
    pytest.param(CORS, {"rules": [5]}, ["'rules'"], id="number as CORS rule"),
    pytest.param(
        CORS, {"rules": [{"allowed_methods": ["GET"]}]}, ["missing required", "allowed_origins"], id="origins omitted"
    ),
    pytest.param(
        CORS, {"rules": [{"allowed_origins": ["*"]}]}, ["missing required", "allowed_methods"], id="methods omitted"
    ),
    pytest.param(CORS, {"rules": [rule(), rule(allowed_origins=[])]}, ["rule 2", "allowed_origins"], id="CORS rule"),
    pytest.param(CORS, {"rules": [rule(allowed_methods=["POST"])]}, ["POST"], id="method"),
    pytest.param(CORS, {"rules": [rule(allowed_methods=["get"])]}, ["PUT, GET, DELETE, HEAD", "get"], id="method case"),
    pytest.param(CORS, {"rules": [rule(max_age="1")]}, ["max_age"], id="unknown member of a CORS rule"),
    pytest.param(CORS, {"rules": [rule(max_age_seconds="soon")]}, ["max_age_seconds", "int"], id="age in words"),
    pytest.param(LIFECYCLE, {}, ["missing: policy"], id="lifecycle policy omitted"),
    pytest.param(LIFECYCLE, {"policy": {}}, ["state=absent"], id="empty lifecycle policy"),
    pytest.param(LIFECYCLE, {"policy": None}, ["document is null", "state=absent"], id="null lifecycle policy"),
    pytest.param(LIFECYCLE, {"policy": "rules"}, ["lifecycle policy", "not valid JSON"], id="lifecycle text"),
    pytest.param(LIFECYCLE, {"policy": {"rules": [LIFECYCLE_RULE]}}, ["rule 1", "1 to 36500"], id="lifecycle rule"),
    pytest.param(METRIC, {"rules": []}, ["missing: container_level_metrics"], id="metrics omitted"),
    pytest.param(METRIC, {"container_level_metrics": None}, ["container_level_metrics"], id="null metrics"),
    pytest.param(METRIC, {"container_level_metrics": "maybe"}, ["container_level_metrics", "bool"], id="metrics"),
    pytest.param(METRIC, metrics("A", "A"), ["rule 2", "'A'", "rule 1"], id="metric rule"),
    pytest.param(
        METRIC, {**metrics(), "rules": [{"object_group": "a"}]}, ["object_group_name"], id="group name omitted"
    ),
    pytest.param(CONTAINERS, {}, ["containers"], id="containers omitted"),
    pytest.param(CONTAINERS, {"containers": "live"}, ["dictionary requested"], id="text as containers"),
    pytest.param(CONTAINERS, {"containers": [5]}, ["'containers'"], id="number as container"),
    pytest.param(CONTAINERS, {"containers": [{}]}, ["name"], id="container without a name"),
    pytest.param(CONTAINERS, second(name="a b"), ["Entry 2", "'a b'", "1 to 255"], id="name of an entry"),
    pytest.param(CONTAINERS, second(name="fine"), ["Entry 2", "'fine'", "more than once"], id="two entries of a name"),
    pytest.param(
        CONTAINERS,
        {"containers": [{"name": "a b"}, {"name": "fine"}, {"name": "live", "tags": {"aws:a": ""}}]},
        ["Entry 1 of containers, 'a b': ", "; Entry 3 of containers, 'live': "],
        id="two entries",
    ),
    pytest.param(CONTAINERS, second(state="gone"), ["state", "present, absent"], id="state of an entry"),
    pytest.param(CONTAINERS, second(polcy={}), ["polcy"], id="unknown option of an entry"),
    pytest.param(CONTAINERS, second(arn="x"), ["arn"], id="what only the service sets"),
    pytest.param(CONTAINERS, second(tags={"aws:a": ""}), ["Entry 2", "'live'", "'aws:a'"], id="tags of an entry"),
    pytest.param(CONTAINERS, second(state="absent", tags={"aws:a": ""}), ["Entry 2", "'aws:a'"], id="absent entry"),
    pytest.param(CONTAINERS, second(tags="a"), ["tags", "dict"], id="text as tags of an entry"),
    pytest.param(CONTAINERS, second(policy="{"), ["Entry 2", "not valid JSON"], id="policy of an entry"),
    pytest.param(
        CONTAINERS, second(policy=policy(Resource="*")), ["Entry 2", "Statement 1", "Resource '*'"], id="its resource"
    ),
    pytest.param(
        CONTAINERS,
        second(cors_policy=[rule(), rule(allowed_origins=[])]),
        ["Entry 2", "CORS rule 2", "allowed_origins"],
        id="its CORS rule",
    ),
    pytest.param(
        CONTAINERS,
        second(lifecycle_policy={"rules": [LIFECYCLE_RULE]}),
        ["Entry 2", "Lifecycle rule 1", "1 to 36500"],
        id="its lifecycle rule",
    ),
    pytest.param(
        CONTAINERS, second(metric_policy={"rules": []}), ["Entry 2", "container_level_metrics"], id="its metrics"
    ),
    pytest.param(
        CONTAINERS, second(metric_policy=metrics("A", "A")), ["Entry 2", "rule 2", "'A'"], id="its metric rule"
    ),
    pytest.param(CONTAINERS, {**second(), "max_concurrency": 0}, ["max_concurrency is 0", "1 to 64"], id="0 at once"),
    pytest.param(
        CONTAINERS, {**second(), "max_concurrency": 65}, ["max_concurrency is 65", "1 to 64"], id="65 at once"
    ),
    pytest.param(CONTAINERS, {**second(), "wait_timeout": -1}, ["wait_timeout is -1", "0 to 604800"], id="its timeout"),
    pytest.param(INFO, {"names": ["fine", "a b"]}, ["'a b'", "1 to 255"], id="one of the names"),
    pytest.param(INFO, {"names": {"a": 1}}, ["names"], id="dictionary as names"),
    pytest.param(INFO, {"include": ["tag"]}, ["include", "tags", "tag"], id="include"),
    pytest.param(INFO, {"max_concurrency": 0}, ["max_concurrency is 0", "1 to 64"], id="info, 0 at once"),
    pytest.param(INFO, {"max_concurrency": 65}, ["max_concurrency is 65", "1 to 64"], id="info, 65 at once"),
]


@pytest.mark.parametrize(("module", "options", "words"), CASES)
@pytest.mark.parametrize("check", [False, True])
def test_bad_input_is_refused_before_any_request(run, calls, module, options, words, check):
    name = {} if module in (CONTAINERS, INFO) else {"name": "live"}
    result = run(module, check=check, **{**name, **options})
    assert result["failed"]
    assert [word for word in words if word not in result["msg"]] == []
    assert "\n" not in result["msg"]
    assert "Traceback" not in result["msg"]
    assert calls() == []


def test_a_policy_of_8192_characters_is_sent(run, client, calls):
    client.create_container(ContainerName="live")
    calls()
    rest = len(json.dumps(policy(Sid=""), separators=(",", ":")))
    assert run(POLICY, name="live", policy=policy(Sid="x" * (8192 - rest)))["changed"]
    assert len(calls()[-1]["parameters"]["Policy"]) == 8192
