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
from ansible_collections.elemental.mediastore.tests.unit.plugins.filter.saved_texts import COLUMNS, ERRORS, FAILURES

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


@pytest.mark.parametrize(
    "place", [{"path": "news/p.json"}, {"path": "saved/p.json"}, {"name": "live"}, {"name": arn("live")}]
)
def test_a_policy_that_names_its_container_is_not_of_the_directory(place):
    answers = [{"Containers": [description("live"), description("news")]}, {**place, "answer": {"Policy": POLICY}}]
    live, news = from_aws_cli(answers)
    assert (live["policy"], "policy" in news) == (POLICY, False)


@pytest.mark.parametrize("name", ["news", arn("news"), arn("live", "us-east-1")])
def test_a_name_that_contradicts_the_policy_is_an_error(name):
    answers = [{"Containers": [description("live"), description("news")]}, named(name, Policy=POLICY)]
    said = message(answers)
    assert said.startswith("Answer 2 (")
    assert "get-container-policy is about another container, live: correct the name" in said


OTHER_ARNS = ["arn:aws:s3:::live", "arn:aws:lightsail:us-east-1:123456789012:container/live", "live", 5]


@pytest.mark.parametrize("other", OTHER_ARNS)
def test_what_has_the_arn_of_another_service_is_no_container(other):
    assert "Answer 1: ARN is not that of a container" in message([{"Container": {"Name": "live", "ARN": other}}])
    row = {"name": "live", "arn": other, "region": "us-east-1", "tags": {"a": "b"}}
    assert "Answer 1, row 1: arn is not that of a container" in message([[row]])


GO_RULE = {
    "AllowedOrigins": ["*"],
    "AllowedMethods": ["GET"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["ETag"],
    "MaxAgeSeconds": 0,
}


@pytest.mark.parametrize("go", [{"ResultMetadata": {}}, {"ExposeHeaders": None}])
def test_the_zero_of_the_go_sdk_is_not_known(go):
    metadata = {key: value for key, value in go.items() if key == "ResultMetadata"}
    rule = {**GO_RULE, **{key: value for key, value in go.items() if key == "ExposeHeaders"}}
    of_go = named("live", CorsPolicy=[rule], **metadata)
    containers = {"Containers": [description("live")]}
    assert "max_age_seconds" not in from_aws_cli([containers, of_go])[0]["cors_policy"][0]
    of_cli = {key: value for key, value in rule.items() if value is not None}
    without_age = {key: value for key, value in of_cli.items() if key != "MaxAgeSeconds"}
    for answer, expected in ((of_cli, 0), (without_age, None)):
        for answers in itertools.permutations([of_go, named("live", CorsPolicy=[answer])]):
            [container] = from_aws_cli([containers, *answers])
            assert container["cors_policy"][0].get("max_age_seconds") == expected
    assert "contradict" in message([containers, of_go, named("live", CorsPolicy=[{**of_cli, "MaxAgeSeconds": 5}])])
    assert "contradict" in message(
        [containers, named("live", CorsPolicy=[of_cli]), named("live", CorsPolicy=[without_age])]
    )


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


SDK_MEMBERS = [
    {"$metadata": {"httpStatusCode": 200, "requestId": "a", "attempts": 1, "totalRetryDelay": 0}},
    {"ResultMetadata": {}, "NextToken": None},
    {"ResponseMetadata": {"RequestId": "a"}},
    {"@metadata": {"statusCode": 200}},
]


@pytest.mark.parametrize("more", SDK_MEMBERS, ids=["JavaScript", "Go", "Python", "PHP"])
def test_answers_of_sdks(more):
    answers = [
        {"Containers": [description("live")], **more},
        *({**one, "answer": {**one["answer"], **more}} for one in ANSWERS[1:]),
    ]
    # The SDK for Go writes an age that is not set as 0.
    first, second = LIVE["cors_policy"]
    without_age = {key: value for key, value in first.items() if key != "max_age_seconds"}
    expected = {**LIVE, "cors_policy": [without_age, second]} if "ResultMetadata" in more else LIVE
    assert from_aws_cli(answers) == [expected]


def test_null_lists_of_the_go_sdk():
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": None, "ExposeHeaders": None}
    answers = [
        {"Containers": None, "NextToken": None, "ResultMetadata": {}},
        {"Container": description("a", AccessLoggingEnabled=None)},
        named("a", Tags=None),
        named("a", CorsPolicy=[rule]),
        named("a", MetricPolicy={"ContainerLevelMetrics": "ENABLED", "MetricPolicyRules": None}),
    ]
    assert from_aws_cli(answers) == [
        {
            "name": "a",
            "tags": {},
            "cors_policy": [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}],
            "metric_policy": {"container_level_metrics": True, "rules": []},
        }
    ]
    assert from_aws_cli([{"Container": description("a")}, named("a", CorsPolicy=None)])[0] == {
        "name": "a",
        "access_logging_enabled": True,
    }


def test_what_query_leaves_of_answers():
    answers = [
        json.dumps([description("live")]),
        {"name": "live", "answer": json.dumps(json.dumps(POLICY))},
        {"name": "live", "answer": json.dumps(CORS)},
        {"name": "live", "answer": json.dumps(LIFECYCLE)},
        {"name": "live", "answer": METRIC},
        {"name": "live", "answer": TAGS},
    ]
    assert from_aws_cli(answers) == [LIVE]
    assert from_aws_cli([description("live")]) == [{"name": "live", "access_logging_enabled": True}]


def test_a_policy_of_output_text_is_of_the_container_of_its_place():
    other = {"Version": "2012-10-17", "Statement": [{"Sid": "A", "Resource": "*"}]}
    expected = [{"name": "live", "access_logging_enabled": True, "policy": other}]
    described = {"Container": description("live")}
    for place in ({"name": "live"}, {"name": arn("live")}, {"path": "answers/live/policy.txt"}):
        assert from_aws_cli([described, {**place, "answer": json.dumps(other)}]) == expected
    assert "does not name its container" in message([described, json.dumps(other)])
    assert from_aws_cli([described, json.dumps(POLICY)])[0]["policy"] == POLICY


def test_text_in_a_page_of_yaml_stream():
    pages = [{"Container": description("live")}, named("live"), named("live")]
    pages[1]["answer"] = [json.dumps(POLICY)]
    pages[2]["answer"] = json.dumps([json.dumps(LIFECYCLE)])
    [container] = from_aws_cli(pages)
    assert (container["policy"], container["lifecycle_policy"]) == (POLICY, LIFECYCLE)


def test_pages_of_yaml_stream():
    pages = [{"Containers": [description("a")], "NextToken": "b"}, {"Containers": [{"Name": "b"}]}]
    expected = [{"name": "a", "access_logging_enabled": True}, {"name": "b"}]
    assert from_aws_cli([pages]) == expected
    assert from_aws_cli([{"path": "answers/list.json", "answer": pages}, named("b", Tags=[])])[1] == {
        "name": "b",
        "tags": {},
    }


def test_answers_about_one_container_are_merged():
    answers = [
        {"Containers": [{"Name": "a"}]},
        {"Container": {"Name": "a", "AccessLoggingEnabled": True}},
        {"Container": {"Name": "a", "ARN": arn("a"), "Status": "ACTIVE"}},
    ]
    for order in itertools.permutations(answers):
        assert from_aws_cli(list(order)) == [{"name": "a", "access_logging_enabled": True}]


def test_a_list_that_is_null_does_not_contradict_an_empty_one():
    null = [{**CORS[0], "AllowedHeaders": None}, CORS[1]]
    assert from_aws_cli([*ANSWERS, named("live", CorsPolicy=null)]) == [LIVE]
    assert "contradict" in message(
        [*ANSWERS, named("live", CorsPolicy=[{**CORS[0], "AllowedHeaders": ["*"]}, CORS[1]])]
    )


PROPERTIES = {
    "ContainerName": "live",
    "AccessLoggingEnabled": True,
    "Endpoint": "https://abcd.data.mediastore.eu-west-1.amazonaws.com",
    "Policy": json.dumps(POLICY),
    "CorsPolicy": CORS,
    "LifecyclePolicy": json.dumps(LIFECYCLE),
    "MetricPolicy": METRIC,
    "Tags": TAGS,
}
DESCRIBED = {"Identifier": "live", "Properties": json.dumps(PROPERTIES)}


@pytest.mark.parametrize(
    "answer",
    [
        {"TypeName": "AWS::MediaStore::Container", "ResourceDescription": DESCRIBED},
        {"TypeName": "AWS::MediaStore::Container", "ResourceDescriptions": [DESCRIBED], "$metadata": {}},
        DESCRIBED,
        PROPERTIES,
    ],
    ids=["get-resource", "list-resources", "query", "properties"],
)
def test_answers_of_cloud_control(answer):
    assert from_aws_cli([json.dumps(answer)]) == [LIVE]
    assert from_aws_cli([json.dumps(answer), *ANSWERS]) == [LIVE]


def test_a_resource_that_cloud_control_only_lists():
    answer = {"ResourceDescriptions": [{"Identifier": "a", "Properties": '{"ContainerName":"a","Tags":null}'}]}
    assert from_aws_cli([answer]) == [{"name": "a"}]


ROW = {
    "name": "live",
    "arn": arn("live"),
    "status": "ACTIVE",
    "access_logging_enabled": True,
    "creation_time": "2024-05-01T10:00:00Z",
    "endpoint": "https://abcd.data.mediastore.eu-west-1.amazonaws.com",
    "policy": POLICY,
    "policy_std": {"Version": "2012-10-17"},
    "tags_src": TAGS,
    "title": "live",
    "tags": {"channel": "news", "aws:cloudformation:stack-name": "a"},
    "akas": [arn("live")],
    "partition": "aws",
    "region": "eu-west-1",
    "account_id": "123456789012",
    "_ctx": {"connection_name": "aws"},
}
SAID = {"name": "live", "access_logging_enabled": True, "policy": POLICY, "tags": {"channel": "news"}}


@pytest.mark.parametrize(
    "answer",
    [
        [ROW],
        {"columns": [{"name": "name", "data_type": "text"}], "rows": [ROW], "metadata": {}},
        ROW,
        {**ROW, "policy": json.dumps(POLICY), "tags": None},
    ],
    ids=["rows", "rows and columns", "row", "tags_src"],
)
def test_rows_of_steampipe(answer):
    assert from_aws_cli([json.dumps(answer)]) == [SAID]
    assert from_aws_cli([answer, *ANSWERS]) == [LIVE]


def test_columns_of_steampipe_that_are_null_or_false_are_not_known():
    row = {**ROW, "access_logging_enabled": False, "policy": None, "policy_std": None, "tags": None, "tags_src": None}
    assert from_aws_cli([[row]]) == [{"name": "live"}]
    assert from_aws_cli([[row], *ANSWERS]) == [LIVE]


def test_the_same_answer_twice():
    assert from_aws_cli(ANSWERS * 2) == [LIVE]


def test_a_container_that_is_being_deleted_is_omitted():
    answers = [{"Containers": [description("old", Status="DELETING")]}, named("old", Policy="{}")]
    assert from_aws_cli(answers) == []


def test_no_answers():
    assert "All answers are empty" in message([])
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
        (
            ["\nAn error occurred (PolicyNotFoundException) when calling the GetCorsPolicy operation: x"],
            ["Answer 1", "error PolicyNotFoundException", "does not exist", "remove it"],
        ),
        (
            ["An error occurred (AccessDenied) when calling the ListContainers operation: x"],
            ["Answer 1", "error AccessDenied", "run the command again"],
        ),
        (
            [{"name": "PolicyNotFoundException", "$fault": "client", "$metadata": {}, "message": "x"}],
            ["Answer 1", "error PolicyNotFoundException", "does not exist"],
        ),
        ([{"__type": "com.amazonaws#InternalServerError"}], ["Answer 1", "error InternalServerError"]),
        ([{"Error": {"Code": "PolicyNotFoundException"}, "ResponseMetadata": {}}], ["error PolicyNotFoundException"]),
        (["Containers:\n- Name: a\n"], ["Answer 1", "YAML", "ansible.builtin.from_yaml", "--output json"]),
        (["- Containers:\n  - Name: a\n"], ["Answer 1", "YAML", "ansible.builtin.from_yaml"]),
        (["CONTAINER\tTrue\ta\n"], ["Answer 1", "in columns", "--output json"]),
        ([f"{arn('a')}\tTrue\ta\n"], ["Answer 1", "in columns"]),
        (["\udcff\udcfe{\x00}\x00"], ["Answer 1", "UTF-16", "PowerShell"]),
        *(([text], ["Answer 1", "error PolicyNotFoundException", "does not exist"]) for text in ERRORS),
        *(([text], ["Answer 1 is an error message and not an answer: run the command again"]) for text in FAILURES),
        *(([text], ["Answer 1 is in columns", "--output json"]) for text in COLUMNS),
        (["-------\n|  X  |\n+-----+\n"], ["Answer 1 is a table, as `--output table` prints", "--output json"]),
        (["+-----+\n|  X  |\n+-----+\n"], ["Answer 1 is a table"]),
        (
            [{"ResourceDescription": {"Identifier": "b", "Properties": '{"ContainerName":"a"}'}}],
            ["Identifier b and the"],
        ),
        (["[]"], ["Answer 1", "empty", "without `--query`"]),
        ([[]], ["Answer 1", "empty", "without `--query`"]),
        (["", "\n"], ["All answers are empty", "list-containers"]),
        (["[]"], ["Answer 1 must be an object, but it is a list"]),
        ([[{"Containers": []}, {"Buckets": []}]], ["Answer 1, page 2 is not the answer of"]),
        (
            [
                {"Container": description("a")},
                named("a", CorsPolicy=[{"AllowedOrigins": ["*"], "AllowedMethods": None}]),
            ],
            ["Answer 2 (a): CORS rule 1 of the container a has no AllowedMethods"],
        ),
        ([{"TypeName": "AWS::S3::Bucket", "ResourceDescription": {}}], ["Answer 1", "AWS::S3::Bucket"]),
        ([{"ResourceDescription": {"Properties": "{"}}], ["Answer 1, Properties is not valid JSON"]),
        ([{"ResourceDescription": {"Properties": "{}"}}], ["Answer 1: Identifier must be text"]),
        ([{"ResourceDescription": {"Properties": '{"Name": "a"}'}}], ["Answer 1", "property Name"]),
        ([{"ResourceDescriptions": [], "NextToken": "a"}], ["NextToken", "list-resources"]),
        ([[{"name": [], "arn": "a"}]], ["Answer 1, row 1: name must be text, but it is a list"]),
        (
            [[ROW], {"Containers": [description("live", ARN=arn("live", "us-east-1"))]}],
            ["the ARN of the container live"],
        ),
        ([{"Resources": {}}], ["Answer 1 is a CloudFormation template", "from_cloudformation"]),
        (
            [{"Container": description("a")}, named("a", Tags=[{"Key": "\ud800"}])],
            ["Answer 2 (a), Tags, 1, Key", "surrogate"],
        ),
    ],
)
def test_bad_answers_are_one_sentence(answers, words):
    said = message(answers)
    assert "\n" not in said
    for word in words:
        assert word in said
