# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Invalid input is refused before the first request, in one sentence with the problem, its place and the limit."""

from __future__ import annotations

import json

import pytest

CONTAINER = "mediastore_container"
POLICY = "mediastore_container_policy"
CORS = "mediastore_cors_policy"
LIFECYCLE = "mediastore_lifecycle_policy"
METRIC = "mediastore_metric_policy"
CONTAINERS = "mediastore_containers"
INFO = "mediastore_container_info"


def rule(**changes):
    return {"allowed_origins": ["https://example.com"], "allowed_methods": ["GET"], **changes}


def lifecycle(action="EXPIRE", **definition):
    fine = {"path": [{"prefix": "a/"}], "days_since_create": [{"numeric": [">", 1]}]}
    return {"rules": [{"definition": {**fine, **definition}, "action": action}]}


def seconds(number):
    return {"path": [{"wildcard": "a*"}], "seconds_since_create": [{"numeric": [">", number]}]}


def policy(**changes):
    fine = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "mediastore:GetObject",
        "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/live/*",
    }
    return {"Statement": [{**fine, **changes}]}


def policy_of_length(length):
    """Return a policy that is `length` characters long without whitespace."""
    rest = len(json.dumps(policy(Sid=""), separators=(",", ":")))
    return policy(Sid="x" * (length - rest))


def group(**changes):
    return {"object_group": "a/*", "object_group_name": "A", **changes}


def second(**entry):
    """Return the options of mediastore_containers that declare a good container and a second one."""
    return {"containers": [{"name": "fine"}, {"name": "live", **entry}]}


CASES = [
    pytest.param(CONTAINER, {"name": ""}, ["''", "1 to 255"], id="no name"),
    pytest.param(CONTAINER, {"name": "a" * 256}, ["1 to 255"], id="long name"),
    pytest.param(CONTAINER, {"name": "kanäle"}, ["'kanäle'"], id="unicode name"),
    pytest.param(CONTAINER, {"name": "live\n"}, ["'live\\n'"], id="name with a newline"),
    pytest.param(CONTAINER, {"name": "a b", "state": "absent"}, ["'a b'"], id="bad name of one to delete"),
    pytest.param(CONTAINER, {"wait_timeout": -1}, ["wait_timeout is -1", "0 to 604800"], id="negative timeout"),
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
    pytest.param(POLICY, {"policy": policy_of_length(8193)}, ["8193", "8192"], id="8193 characters"),
    pytest.param(POLICY, {"policy": {"Statement": ["ä" * 1400]}}, ["8418", "8192"], id="escapes count"),
    pytest.param(POLICY, {"policy": policy(Effect="allow")}, ["Statement 1", "Effect", "'allow'"], id="effect"),
    pytest.param(
        POLICY,
        {"policy": policy(Resource="arn:aws:mediastore:us-east-1:123456789012:container/lively/*")},
        ["Statement 1", "Resource", "container/lively/*", "container/live/"],
        id="another container",
    ),
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
    pytest.param(CONTAINER, {"name": "a/b"}, ["'a/b'", "1 to 255"], id="name with a slash"),
    pytest.param(CONTAINER, {"name": "ｌｉｖｅ"}, ["'ｌｉｖｅ'", "1 to 255"], id="full-width letters"),
    pytest.param(CONTAINER, {"name": "live٣"}, ["'live٣'", "a digit"], id="a digit that is not ASCII"),
    pytest.param(CONTAINER, {"name": None}, ["name"], id="name is null"),
    pytest.param(CONTAINER, {"state": "deleted"}, ["state", "present, absent", "deleted"], id="unknown state"),
    pytest.param(CONTAINER, {"wait_timeout": "soon"}, ["wait_timeout", "int"], id="timeout is a word"),
    pytest.param(CONTAINER, {"wait_timeout": 1.5}, ["wait_timeout", "int"], id="timeout is a fraction"),
    pytest.param(CONTAINER, {"wait_timeout": -(10**30)}, ["wait_timeout", "0 to 604800"], id="hugely negative timeout"),
    pytest.param(CONTAINER, {"wait_timeout": 604801}, ["604801", "0 to 604800"], id="patience for more than a week"),
    pytest.param(CONTAINER, {"wait_timeout": 10**400}, ["wait_timeout", "0 to 604800"], id="huge timeout"),
    pytest.param(CONTAINER, {"tags": ["a"]}, ["tags", "dict"], id="tags are a list"),
    pytest.param(CONTAINER, {"tags": {"": "1"}}, ["tag key ''", "1 to 128"], id="empty tag key"),
    pytest.param(CONTAINER, {"tags": {"k" * 129: "1"}}, ["129", "1 to 128"], id="long tag key"),
    pytest.param(CONTAINER, {"tags": {"a": "v" * 257}}, ["'a'", "257", "0 to 256"], id="long tag value"),
    pytest.param(CONTAINER, {"tags": {"AWS:x": "1"}}, ["'AWS:x'", "reserved"], id="reserved in capitals"),
    pytest.param(CONTAINER, {"tags": {"a": "1;2"}}, ["'a'", "_ . : / = + - @"], id="character of a tag value"),
    pytest.param(CONTAINER, {"tags": {"a": ["1"]}}, ["'a'"], id="tag whose value is a list"),
    pytest.param(CONTAINER, {"access_logging_enabled": "maybe"}, ["access_logging_enabled", "bool"], id="maybe"),
    pytest.param(POLICY, {"policy": ""}, ["container policy", "not valid JSON"], id="no text"),
    pytest.param(POLICY, {"policy": "true"}, ["JSON object", "true"], id="true"),
    pytest.param(POLICY, {"policy": '"Statement"'}, ["JSON object"], id="a string"),
    pytest.param(POLICY, {"policy": '{"Statement": [],}'}, ["not valid JSON"], id="a comma too many"),
    pytest.param(POLICY, {"policy": '{"Statement": [{"a": 1, "a": 1}]}'}, ["'a'", "twice"], id="key twice inside"),
    pytest.param(POLICY, {"policy": '{"Statement": 1e999}'}, ["1e999"], id="infinite"),
    pytest.param(POLICY, {"policy": '{"Statement": [-Infinity]}'}, ["-Infinity"], id="minus infinity"),
    pytest.param(POLICY, {"policy": '{"Statement": "' + "x" * 9000 + '"}'}, ["8192"], id="long statement"),
    pytest.param(POLICY, {"policy": '{"Statement": ' + "9" * 9000 + "}"}, ["container policy"], id="huge number"),
    pytest.param(POLICY, {"policy": {"statement": []}}, ["'statement'"], id="statement in lower case"),
    pytest.param(POLICY, {"policy": ["Statement"]}, ["JSON object"], id="a list as YAML"),
    pytest.param(CORS, {}, ["rules"], id="rules left out"),
    pytest.param(CORS, {"rules": "GET"}, ["dictionary requested"], id="rules are a word"),
    pytest.param(CORS, {"rules": [5]}, ["'rules'"], id="a rule is a number"),
    pytest.param(CORS, {"rules": [{"allowed_methods": ["GET"]}]}, ["allowed_origins"], id="origins left out"),
    pytest.param(CORS, {"rules": [{"allowed_origins": ["*"]}]}, ["allowed_methods"], id="methods left out"),
    pytest.param(CORS, {"rules": [rule(allowed_methods=["get"])]}, ["PUT, GET, DELETE, HEAD", "get"], id="lower case"),
    pytest.param(CORS, {"rules": [rule(max_age="1")]}, ["max_age"], id="unknown member of a rule"),
    pytest.param(CORS, {"rules": [rule(max_age_seconds="soon")]}, ["max_age_seconds", "int"], id="age is a word"),
    pytest.param(CORS, {"rules": [rule(), rule(allowed_origins=[""])]}, ["rule 2", "1 to 2048"], id="empty origin"),
    pytest.param(
        CORS, {"rules": [rule(allowed_origins=["x" * 2049])]}, ["rule 1", "2049", "1 to 2048"], id="long origin"
    ),
    pytest.param(
        CORS,
        {"rules": [rule(), rule(allowed_origins=[f"https://{n}" for n in range(101)])]},
        ["rule 2", "101", "0 to 100", "allowed_origins"],
        id="101 origins",
    ),
    pytest.param(
        CORS, {"rules": [rule(allowed_headers=["x" * 8193])]}, ["rule 1", "8193", "1 to 8192"], id="long header"
    ),
    pytest.param(CORS, {"rules": [rule(expose_headers=["x-*-*"])]}, ["rule 1", "'x-*-*'"], id="stars exposed"),
    pytest.param(CORS, {"rules": [rule(expose_headers=["日付"])]}, ["rule 1", "'日付'"], id="header not Latin-1"),
    pytest.param(CORS, {"rules": [rule(allowed_headers=["a\0"])]}, ["rule 1", "control"], id="control character"),
    pytest.param(
        CORS,
        {"rules": [rule(allowed_headers=[f"{n:02}" + "x" * 4100 for n in range(98)])]},
        ["length of the CORS policy", "398000"],
        id="long CORS policy",
    ),
    pytest.param(LIFECYCLE, {}, ["policy"], id="no lifecycle"),
    pytest.param(LIFECYCLE, {"policy": "rules"}, ["lifecycle policy", "not valid JSON"], id="lifecycle is no JSON"),
    pytest.param(LIFECYCLE, {"policy": "[]"}, ["lifecycle policy", "JSON object"], id="lifecycle is a list"),
    pytest.param(LIFECYCLE, {"policy": '{"rules": [], "rules": []}'}, ["'rules'", "twice"], id="rules twice"),
    pytest.param(LIFECYCLE, {"policy": {"rules": {}}}, ["rules must be a list"], id="rules are an object"),
    pytest.param(LIFECYCLE, {"policy": {"rules": [], "more": []}}, ["nothing else"], id="more than rules"),
    pytest.param(
        LIFECYCLE,
        {"policy": {"Rules": [{"ID": "old", "Status": "Enabled", "Expiration": {"Days": 30}}]}},
        ["Amazon S3", '{"rules": [{"definition": {"path": [{"prefix": "a/"}], "days_since_create"'],
        id="lifecycle of S3",
    ),
    pytest.param(LIFECYCLE, {"policy": {"rules": [*lifecycle()["rules"], 5]}}, ["rule 2", "object"], id="rule 2 is 5"),
    pytest.param(
        LIFECYCLE, {"policy": {"rules": [{"definition": {}}]}}, ["rule 1", "definition and action"], id="no action"
    ),
    pytest.param(
        LIFECYCLE,
        {"policy": {"rules": [{"definition": [], "action": "EXPIRE"}]}},
        ["rule 1"],
        id="definition is a list",
    ),
    pytest.param(
        LIFECYCLE,
        {"policy": {"rules": [{"definition": {"path": []}, "action": "EXPIRE"}]}},
        ["rule 1", "one of", "it has 0"],
        id="no age",
    ),
    pytest.param(
        LIFECYCLE, {"policy": lifecycle(path=[{"prefix": "a"}] * 11)}, ["rule 1", "11", "1 to 10"], id="11 paths"
    ),
    pytest.param(LIFECYCLE, {"policy": lifecycle(path="a/")}, ["rule 1", "path must be a list"], id="path is a word"),
    pytest.param(LIFECYCLE, {"policy": lifecycle(path=[{"prefix": 5}])}, ["rule 1", "prefix"], id="prefix is a number"),
    pytest.param(LIFECYCLE, {"policy": lifecycle(path=[{"suffix": "a"}])}, ["rule 1", "wildcard"], id="suffix"),
    pytest.param(
        LIFECYCLE,
        {"policy": lifecycle(path=[{"prefix": "a", "wildcard": "a"}])},
        ["rule 1", "one of"],
        id="prefix and wildcard",
    ),
    *(
        pytest.param(
            LIFECYCLE,
            {"policy": lifecycle(days_since_create=[{"numeric": [">", number]}])},
            ["Lifecycle rule 1: days_since_create", said],
            id=f"{name} days",
        )
        for name, number, said in [
            ("no", 0, "1 to 36500"),
            ("negative", -1, "1 to 36500"),
            ("huge", 10**25, "1 to 36500"),
            ("half", 1.5, "whole number"),
            ("many", "many", "whole number"),
            ("true", True, "whole number"),
            ("null", None, "whole number"),
        ]
    ),
    pytest.param(LIFECYCLE, {"policy": lifecycle(days_since_create=30)}, ["rule 1", "numeric"], id="plain days"),
    pytest.param(
        LIFECYCLE,
        {"policy": lifecycle(days_since_create=[{"numeric": [">", 1]}, {"numeric": [">", 2]}])},
        ["rule 1", "numeric"],
        id="two conditions",
    ),
    pytest.param(
        LIFECYCLE,
        {
            "policy": {
                "rules": [{"definition": {**seconds(30), "path": [{"prefix": "a"}]}, "action": "EXPIRE"}],
            }
        },
        ["rule 1", "seconds_since_create", "wildcard"],
        id="seconds of a prefix",
    ),
    pytest.param(
        LIFECYCLE, {"policy": lifecycle(path=[{"prefix": "x" * 9000}])}, ["lifecycle policy", "8192"], id="long prefix"
    ),
    pytest.param(METRIC, {"container_level_metrics": "maybe"}, ["container_level_metrics", "bool"], id="metrics maybe"),
    pytest.param(
        METRIC, {"container_level_metrics": True, "rules": [{"object_group": "a"}]}, ["object_group_name"], id="unnamed"
    ),
    pytest.param(
        METRIC,
        {"container_level_metrics": True, "rules": [group(), group(object_group="")]},
        ["rule 2", "1 to 900"],
        id="empty object group",
    ),
    pytest.param(
        METRIC,
        {"container_level_metrics": True, "rules": [group(object_group="x" * 901)]},
        ["rule 1", "901", "1 to 900"],
        id="long object group",
    ),
    pytest.param(
        METRIC,
        {"container_level_metrics": True, "rules": [group(object_group_name="x" * 31)]},
        ["rule 1", "1 to 30"],
        id="long object group name",
    ),
    pytest.param(CONTAINERS, {}, ["containers"], id="no containers"),
    pytest.param(CONTAINERS, {"containers": "live"}, ["dictionary requested"], id="containers are a word"),
    pytest.param(CONTAINERS, {"containers": [5]}, ["'containers'"], id="a container is a number"),
    pytest.param(CONTAINERS, {"containers": [{}]}, ["name"], id="a container without a name"),
    pytest.param(CONTAINERS, second(name="a b"), ["Entry 2", "'a b'", "1 to 255"], id="name of entry 2"),
    pytest.param(CONTAINERS, second(name="fine"), ["Entry 2", "'fine'", "more than once"], id="a container twice"),
    pytest.param(CONTAINERS, second(state="gone"), ["state", "present, absent"], id="state of entry 2"),
    pytest.param(CONTAINERS, second(polcy={}), ["polcy"], id="misspelled option of entry 2"),
    pytest.param(CONTAINERS, second(arn="x"), ["arn"], id="what the service sets"),
    pytest.param(
        CONTAINERS, second(tags={f"k{n}": "" for n in range(51)}), ["Entry 2", "'live'", "51", "0 to 50"], id="its tags"
    ),
    pytest.param(CONTAINERS, second(tags={"aws:a": ""}), ["Entry 2", "'aws:a'"], id="its reserved tag"),
    pytest.param(CONTAINERS, second(tags="a"), ["tags", "dict"], id="its tags are a word"),
    pytest.param(CONTAINERS, second(policy="[]"), ["Entry 2", "JSON object"], id="its policy is a list"),
    pytest.param(CONTAINERS, second(policy="{"), ["Entry 2", "not valid JSON"], id="its policy is no JSON"),
    pytest.param(CONTAINERS, second(policy=policy_of_length(8193)), ["Entry 2", "8193", "8192"], id="its long policy"),
    pytest.param(CONTAINERS, second(policy={"Id": "a"}), ["Entry 2", "no Statement"], id="its policy has no statement"),
    pytest.param(
        CONTAINERS, second(policy=policy(Resource="*")), ["Entry 2", "Statement 1", "Resource '*'"], id="its resource"
    ),
    pytest.param(
        CONTAINERS,
        second(cors_policy=[rule(), rule(allowed_origins=[])]),
        ["Entry 2", "CORS rule 2", "allowed_origins"],
        id="its CORS rule",
    ),
    pytest.param(CONTAINERS, second(cors_policy=[rule()] * 101), ["Entry 2", "101", "1 to 100"], id="its CORS rules"),
    pytest.param(
        CONTAINERS,
        second(lifecycle_policy=lifecycle(action="DELETE")),
        ["Entry 2", "Lifecycle rule 1", "EXPIRE or ARCHIVE"],
        id="its lifecycle",
    ),
    pytest.param(
        CONTAINERS, second(metric_policy={"rules": []}), ["Entry 2", "container_level_metrics"], id="its metrics"
    ),
    pytest.param(
        CONTAINERS,
        second(metric_policy={"container_level_metrics": True, "rules": [group(), group()]}),
        ["Entry 2", "rule 2", "'A'"],
        id="its metric name twice",
    ),
    pytest.param(
        CONTAINERS, {**second(), "max_concurrency": 0}, ["max_concurrency is 0", "1 to 64"], id="none at once"
    ),
    pytest.param(
        CONTAINERS, {**second(), "max_concurrency": 65}, ["max_concurrency is 65", "1 to 64"], id="65 at once"
    ),
    pytest.param(CONTAINERS, {**second(), "wait_timeout": -1}, ["wait_timeout is -1", "0 to 604800"], id="no patience"),
    pytest.param(INFO, {"names": ["fine", "a b"]}, ["'a b'", "1 to 255"], id="name to look for"),
    pytest.param(INFO, {"names": [""]}, ["''", "1 to 255"], id="no name to look for"),
    pytest.param(INFO, {"names": {"a": 1}}, ["names"], id="names are a dictionary"),
    pytest.param(INFO, {"include": ["tag"]}, ["include", "tags", "tag"], id="unknown thing to include"),
    pytest.param(INFO, {"max_concurrency": 0}, ["max_concurrency is 0", "1 to 64"], id="info, none at once"),
    pytest.param(INFO, {"max_concurrency": 65}, ["max_concurrency is 65", "1 to 64"], id="info, 65 at once"),
]


@pytest.mark.parametrize(("module", "options", "said"), CASES)
@pytest.mark.parametrize("check", [False, True])
def test_refused(run, calls, module, options, said, check):
    name = {} if module in (CONTAINERS, INFO) else {"name": "live"}
    result = run(module, check=check, **{**name, **options})
    assert result["failed"]
    for text in said:
        assert text in result["msg"]
    assert "\n" not in result["msg"]
    assert "Traceback" not in result["msg"]
    assert calls() == []


def test_the_largest_policy_is_accepted(run, client):
    client.create_container(ContainerName="live")
    assert run(POLICY, name="live", policy=policy_of_length(8192))["changed"]
