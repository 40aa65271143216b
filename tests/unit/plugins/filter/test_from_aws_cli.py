# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""from_aws_cli: containers of answers of the AWS CLI, in the form that its reference documents."""

from __future__ import annotations

import itertools
import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule

from_aws_cli = FilterModule().filters()["from_aws_cli"]


def arn(name, region="eu-west-1"):
    return f"arn:aws:mediastore:{region}:123456789012:container/{name}"


def description(name, **more):
    return {
        "ARN": arn(name),
        "Name": name,
        "Status": "ACTIVE",
        "Endpoint": f"https://abcd.data.mediastore.eu-west-1.amazonaws.com/{name}",
        "CreationTime": "2024-05-01T10:00:00+00:00",
        "AccessLoggingEnabled": True,
        **more,
    }


def named(name, **answer):
    return {"name": name, "answer": answer}


def message(answers):
    with pytest.raises(AnsibleFilterError) as caught:
        from_aws_cli(answers)
    return str(caught.value)


POLICY = {"Version": "2012-10-17", "Statement": [{"Sid": "A", "Resource": f"{arn('live')}/*"}]}
LIFECYCLE = {"rules": []}
CORS = [
    {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": [], "MaxAgeSeconds": 0},
    {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["PUT"], "ExposeHeaders": ["ETag"]},
]
METRIC = {
    "ContainerLevelMetrics": "ENABLED",
    "MetricPolicyRules": [{"ObjectGroup": "live/*", "ObjectGroupName": "live"}],
}
TAGS = [{"Key": "channel", "Value": "news"}, {"Key": "aws:cloudformation:stack-name", "Value": "a"}]
ANSWERS = [
    {"Container": description("live")},
    named("live", Policy=json.dumps(POLICY)),
    named("live", CorsPolicy=CORS),
    named("live", LifecyclePolicy=json.dumps(LIFECYCLE)),
    named("live", MetricPolicy=METRIC),
    named(arn("live"), Tags=TAGS),
]
LIVE = {
    "name": "live",
    "access_logging_enabled": True,
    "policy": POLICY,
    "cors_policy": [
        {"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": [], "max_age_seconds": 0},
        {"allowed_origins": ["https://a.example"], "allowed_methods": ["PUT"], "expose_headers": ["ETag"]},
    ],
    "lifecycle_policy": LIFECYCLE,
    "metric_policy": {
        "container_level_metrics": True,
        "rules": [{"object_group": "live/*", "object_group_name": "live"}],
    },
    "tags": {"channel": "news"},
}


@pytest.mark.parametrize("order", list(itertools.islice(itertools.permutations(range(6)), 0, 720, 97)))
def test_all_answers_become_all_options_in_any_order(order):
    assert from_aws_cli([ANSWERS[number] for number in order]) == [LIVE]


def test_answers_can_be_text():
    answers = [json.dumps(ANSWERS[0]), *({**item, "answer": json.dumps(item["answer"])} for item in ANSWERS[1:])]
    assert from_aws_cli(answers) == [LIVE]


def test_the_directory_of_a_path_names_the_container():
    answers = [
        {"path": "/saved/list-containers.json", "answer": json.dumps({"Containers": [description("live")]})},
        {"path": "/saved/live/policy.json", "answer": json.dumps({"Policy": json.dumps(POLICY)})},
        {"path": "/saved/live/cors.json", "answer": "\n"},
        {"path": "/saved/all/container.json", "answer": {"Container": description("live")}},
    ]
    assert from_aws_cli(answers) == [{"name": "live", "access_logging_enabled": True, "policy": POLICY}]


def test_a_policy_names_its_container_in_its_resources():
    answers = [{"Containers": [description("live"), description("other")]}, {"Policy": json.dumps(POLICY)}]
    live, other = from_aws_cli(answers)
    assert (live["policy"], "policy" in other) == (POLICY, False)


def test_lists_and_descriptions_of_the_same_containers_agree():
    answers = [
        {"Containers": [description("a"), description("b", AccessLoggingEnabled=False)], "NextToken": "next"},
        {"Containers": [{"Name": "c"}], "ResponseMetadata": {"HTTPStatusCode": 200}},
        {"Container": description("b", AccessLoggingEnabled=False)},
    ]
    assert from_aws_cli(answers) == [
        {"name": "a", "access_logging_enabled": True},
        {"name": "b", "access_logging_enabled": False},
        {"name": "c"},
    ]


def test_the_same_answer_twice():
    assert from_aws_cli(ANSWERS * 2) == [LIVE]


def test_a_container_that_is_being_deleted_is_omitted():
    answers = [{"Containers": [description("old", Status="DELETING")]}, named("old", Policy="{}")]
    assert from_aws_cli(answers) == []


def test_no_answers():
    assert from_aws_cli([]) == []
    assert from_aws_cli([{"Containers": []}]) == []


def test_a_metric_policy_without_rules_has_no_rules():
    answers = [{"Container": description("a")}, named("a", MetricPolicy={"ContainerLevelMetrics": "DISABLED"})]
    assert from_aws_cli(answers)[0]["metric_policy"] == {"container_level_metrics": False, "rules": []}


BOTH = json.dumps({"Statement": [{"Resource": f"{arn('a')}/*"}, {"Resource": [f"{arn('b')}/*"]}]})


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, ["The answers must be a list"]),
        ("text", ["The answers must be a list"]),
        (None, ["The answers must be a list"]),
        ([5], ["Answer 1 must be an object"]),
        (["{"], ["Answer 1 is not valid JSON"]),
        ([{}], ["Answer 1 is not the answer of describe-container"]),
        ([{"Buckets": []}], ["Answer 1 is not the answer of"]),
        ([{"Policy": "{}", "CorsPolicy": []}], ["Answer 1 is not the answer of"]),
        ([{"name": "a", "path": "b", "answer": {}}], ["Answer 1", "either name or path"]),
        ([{"answer": {}}], ["Answer 1", "either name or path"]),
        ([{"name": [], "answer": {}}], ["Answer 1: name must be text"]),
        ([{"path": "a/b.json", "answer": "{"}], ["Answer 1 (a/b.json) is not valid JSON"]),
        ([{"Container": "a"}], ["Answer 1 must be an object"]),
        ([named("a", Container=description("b"))], ["Answer 1 (a) describes another container, b"]),
        ([{"Containers": "a"}], ["Answer 1: Containers must be a list"]),
        ([{"Container": {}}], ["Answer 1: Name must be text"]),
        ([{"Containers": [], "NextToken": "a"}], ["Answer 1 has a NextToken"]),
        ([{"CorsPolicy": []}], ["Answer 1", "get-cors-policy does not name its container"]),
        ([{"Container": description("a")}, {"Policy": BOTH}], ["Answer 2", "get-container-policy does not name"]),
        ([{"Container": description("a")}, {"Policy": '{"Statement": {"Resource": "*"}}'}], ["does not name"]),
        ([named("a", CorsPolicy=[])], ["Answer 1 (a)", "describe-container or list-containers", "container a"]),
        (
            [{"Container": description("a")}, {"Container": description("a", AccessLoggingEnabled=False)}],
            ["Answer 1 and Answer 2 contradict each other", "container a"],
        ),
        (
            [{"Container": description("a")}, {"Containers": [description("a", Status="DELETING")]}],
            ["Answer 1 and Answer 2 contradict each other"],
        ),
        (
            [{"Container": description("a")}, named("a", Policy="{}"), named("a", Policy='{"Id": "b"}')],
            ["Answer 2 (a) and Answer 3 (a) contradict each other about policy of the container a", "keep"],
        ),
        (
            [{"Container": description("a")}, named(arn("a", "us-east-1"), Tags=[])],
            ["Answer 1 and Answer 2", "contradict each other about the ARN of the container a"],
        ),
        (
            [{"Containers": [description("a"), description("b", ARN=arn("b", "us-east-1"))]}],
            ["regions eu-west-1", "us-east-1"],
        ),
        ([{"Container": description("a")}, named("a", Policy="[]")], ["Answer 2 (a), Policy must be a JSON object"]),
        ([{"Container": description("a")}, named("a", Policy="{")], ["Answer 2 (a), Policy is not valid JSON"]),
        ([{"Container": description("a")}, named("a", CorsPolicy="*")], ["Answer 2 (a), CorsPolicy must be a list"]),
        ([{"Container": description("a")}, named("a", MetricPolicy=[])], ["MetricPolicy must be an object"]),
        ([{"Container": description("a")}, named("a", Tags=TAGS * 2)], ["Tags contains the key 'channel' twice"]),
        (['{"a":' * 1_000_000], ["Answer 1", "nested too deeply"]),
        ([{"Policy": [0] * 100_001}], ["Answer 1", "100,000 values"]),
    ],
)
def test_bad_answers_are_one_sentence(answers, words):
    said = message(answers)
    assert "\n" not in said
    for word in words:
        assert word in said
