# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of botocore's model and of AWS's documentation: each at the limit and one step beyond."""

from __future__ import annotations

import json

import pytest

ARN = "arn:aws:mediastore:us-east-1:123456789012:container/movies"
POLICY = json.dumps({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": f"{ARN}/*"}})


def tags(count, first=0):
    return [{"Key": f"k{number}", "Value": "v"} for number in range(first, first + count)]


def cors(**changes):
    rule = {"AllowedOrigins": ["https://a"], "AllowedHeaders": [], "AllowedMethods": ["GET"], **changes}
    return {"CorsPolicy": [{key: value for key, value in rule.items() if value is not None}]}


def metric(count=1, **changes):
    rules = [{"ObjectGroup": f"p{number}/*", "ObjectGroupName": f"n{number}"} for number in range(count)]
    return {"MetricPolicy": {"ContainerLevelMetrics": "ENABLED", "MetricPolicyRules": rules, **changes}}


def group(path="a/*", name="n"):
    return metric(MetricPolicyRules=[{"ObjectGroup": path, "ObjectGroupName": name}])


def lifecycle(*rules):
    return {"LifecyclePolicy": json.dumps({"rules": list(rules)})}


def rule(paths=None, age="days_since_create", numeric=(">", 5), action="EXPIRE", **more):
    path = [{"prefix": "a/"}] if paths is None else paths
    return {"definition": {"path": path, age: [{"numeric": list(numeric)}], **more}, "action": action}


def seconds(paths=None, number=300, action="EXPIRE"):
    wild = [{"wildcard": "a/*.ts"}] if paths is None else paths
    return rule(wild, "seconds_since_create", (">=", number), action)


ACCEPTED = [
    ("create_container", {"ContainerName": "a"}),
    ("create_container", {"ContainerName": "-_9" + "x" * 252}),
    ("create_container", {"ContainerName": "new", "Tags": tags(50)}),
    ("tag_resource", {"Resource": ARN, "Tags": tags(50)}),
    ("tag_resource", {"Resource": ARN, "Tags": [{"Key": "é" * 128, "Value": "日 1_.:/=+-@".ljust(256, "x")}]}),
    ("tag_resource", {"Resource": ARN, "Tags": [{"Key": "xaws:y", "Value": None}]}),
    ("untag_resource", {"Resource": ARN, "TagKeys": []}),
    ("list_containers", {"MaxResults": 1}),
    ("list_containers", {"MaxResults": 100}),
    ("put_container_policy", {"Policy": POLICY.ljust(8192)}),
    ("put_cors_policy", {"CorsPolicy": cors()["CorsPolicy"] * 100}),
    ("put_cors_policy", cors(AllowedMethods=["PUT", "GET", "DELETE", "HEAD"], MaxAgeSeconds=2147483647)),
    ("put_cors_policy", cors(AllowedOrigins=["http://*.example.com"] * 100, AllowedHeaders=["x-*"] * 100)),
    ("put_cors_policy", cors(ExposeHeaders=["x" * 8192], AllowedOrigins=["x" * 2048])),
    ("put_lifecycle_policy", lifecycle(*[rule()] * 10)),
    ("put_lifecycle_policy", lifecycle(rule([{"prefix": "a"}] * 10, numeric=(">=", 36500), action="ARCHIVE"))),
    ("put_lifecycle_policy", lifecycle(rule([{"wildcard": "*"}], numeric=(">", 1)))),
    ("put_lifecycle_policy", lifecycle(seconds(), seconds(number=1))),
    ("put_metric_policy", metric(300)),
    ("put_metric_policy", {"MetricPolicy": {"ContainerLevelMetrics": "DISABLED"}}),
    ("put_metric_policy", group("/" + "a/" * 10 + "b*=:.-~_", "A_9" + "x" * 27)),
]

REFUSED = [
    ("create_container", {}),
    ("create_container", {"ContainerName": None}),
    ("create_container", {"ContainerName": ""}),
    ("create_container", {"ContainerName": "x" * 256}),
    ("create_container", {"ContainerName": "a.b"}),
    ("create_container", {"ContainerName": "é"}),
    ("create_container", {"ContainerName": "a\n"}),
    ("create_container", {"ContainerName": 5}),
    ("create_container", {"ContainerName": ["a"]}),
    ("create_container", {"ContainerName": "new", "Tags": []}),
    ("create_container", {"ContainerName": "new", "Tags": tags(51)}),
    ("create_container", {"ContainerName": "new", "Tags": [{"Key": "aws:x", "Value": "y"}]}),
    ("describe_container", {}),
    ("list_containers", {"MaxResults": 0}),
    ("list_containers", {"MaxResults": 101}),
    ("list_containers", {"MaxResults": "5"}),
    ("list_containers", {"MaxResults": True}),
    ("list_containers", {"NextToken": "a-b"}),
    ("list_containers", {"NextToken": "a" * 1025}),
    ("list_tags_for_resource", {}),
    ("list_tags_for_resource", {"Resource": "movies"}),
    ("list_tags_for_resource", {"Resource": ARN.replace("123456789012", "12345678901")}),
    ("list_tags_for_resource", {"Resource": ARN + "/x"}),
    ("list_tags_for_resource", {"Resource": ARN + "x" * 250}),
    ("tag_resource", {"Resource": ARN}),
    ("tag_resource", {"Resource": ARN, "Tags": []}),
    ("tag_resource", {"Resource": ARN, "Tags": tags(51)}),
    ("tag_resource", {"Resource": ARN, "Tags": tags(201)}),
    ("tag_resource", {"Resource": ARN, "Tags": [{"Value": "x"}]}),
    ("tag_resource", {"Resource": ARN, "Tags": [{"Key": ""}]}),
    ("tag_resource", {"Resource": ARN, "Tags": [{"Key": "x" * 129}]}),
    ("tag_resource", {"Resource": ARN, "Tags": [{"Key": "x", "Value": "x" * 257}]}),
    ("tag_resource", {"Resource": ARN, "Tags": [{"Key": "a*b"}]}),
    ("tag_resource", {"Resource": ARN, "Tags": [{"Key": "a", "Value": "tab\there"}]}),
    ("tag_resource", {"Resource": ARN, "Tags": [{"Key": "AWS:x", "Value": "y"}]}),
    ("untag_resource", {"Resource": ARN}),
    ("untag_resource", {"Resource": ARN, "TagKeys": ["x" * 129]}),
    ("untag_resource", {"Resource": ARN, "TagKeys": ["aws:x"]}),
    ("put_container_policy", {}),
    ("put_container_policy", {"Policy": ""}),
    ("put_container_policy", {"Policy": POLICY.ljust(8193)}),
    ("put_container_policy", {"Policy": POLICY.replace("{", '{"Id": "é", ', 1)}),
    ("put_container_policy", {"Policy": "{"}),
    (
        "put_container_policy",
        {"Policy": POLICY.replace('"Deny"', '"Deny", "Condition": {"NumericEquals": {"a:b": NaN}}')},
    ),
    ("put_container_policy", {"Policy": "[" * 8000}),
    ("put_container_policy", {"Policy": f'{{"Statement": {"[" * 4000}{"]" * 4000}}}'}),
    ("put_container_policy", {"Policy": f'{{"Statement": {"[" * 400}{"]" * 400}}}'}),
    ("put_container_policy", {"Policy": "[]"}),
    ("put_container_policy", {"Policy": "{}"}),
    ("put_cors_policy", {"CorsPolicy": []}),
    ("put_cors_policy", {"CorsPolicy": cors()["CorsPolicy"] * 101}),
    ("put_cors_policy", cors(AllowedOrigins=None)),
    ("put_cors_policy", cors(AllowedOrigins=[])),
    ("put_cors_policy", cors(AllowedOrigins=["x"] * 101)),
    ("put_cors_policy", cors(AllowedOrigins=["x" * 2049])),
    ("put_cors_policy", cors(AllowedOrigins=["http://*.*.com"])),
    ("put_cors_policy", cors(AllowedOrigins=["日"])),
    ("put_cors_policy", cors(AllowedHeaders=None)),
    ("put_cors_policy", cors(AllowedHeaders=["x"] * 101)),
    ("put_cors_policy", cors(AllowedHeaders=["x" * 8193])),
    ("put_cors_policy", cors(AllowedHeaders=["**"])),
    ("put_cors_policy", cors(ExposeHeaders=["x"] * 101)),
    ("put_cors_policy", cors(AllowedMethods=None)),
    ("put_cors_policy", cors(AllowedMethods=[])),
    ("put_cors_policy", cors(AllowedMethods=["POST"])),
    ("put_cors_policy", cors(AllowedMethods=["get"])),
    ("put_cors_policy", cors(AllowedMethods=["GET"] * 5)),
    ("put_cors_policy", cors(MaxAgeSeconds=-1)),
    ("put_cors_policy", cors(MaxAgeSeconds=2147483648)),
    ("put_cors_policy", cors(MaxAgeSeconds=1.5)),
    ("put_cors_policy", cors(AllowedHeaders=["x" * 8000] * 50)),
    ("put_lifecycle_policy", {"LifecyclePolicy": ""}),
    ("put_lifecycle_policy", {"LifecyclePolicy": "[]"}),
    ("put_lifecycle_policy", {"LifecyclePolicy": '{"rules": 5}'}),
    ("put_lifecycle_policy", {"LifecyclePolicy": lifecycle(rule())["LifecyclePolicy"].ljust(8193)}),
    ("put_lifecycle_policy", {"LifecyclePolicy": json.dumps({"rules": [rule()], "more": 1})}),
    *(
        (
            "put_lifecycle_policy",
            {"LifecyclePolicy": lifecycle(rule())["LifecyclePolicy"].replace(one, f"{one}, {one}")},
        )
        for one in ('"action": "EXPIRE"', '"prefix": "a/"', '"numeric": [">", 5]', '"path": [{"prefix": "a/"}]')
    ),
    ("put_lifecycle_policy", lifecycle()),
    ("put_lifecycle_policy", lifecycle(*[rule()] * 11)),
    ("put_lifecycle_policy", lifecycle("x")),
    ("put_lifecycle_policy", lifecycle({"definition": {}, "action": "EXPIRE"})),
    ("put_lifecycle_policy", lifecycle({"definition": rule()["definition"]})),
    ("put_lifecycle_policy", lifecycle({**rule(), "more": 1})),
    ("put_lifecycle_policy", lifecycle(rule(more=1))),
    ("put_lifecycle_policy", lifecycle(rule(seconds_since_create=[{"numeric": [">", 5]}]))),
    ("put_lifecycle_policy", lifecycle(rule([]))),
    ("put_lifecycle_policy", lifecycle(rule([{"prefix": "a"}] * 11))),
    ("put_lifecycle_policy", lifecycle(rule([{"prefix": "a"}, {"wildcard": "a*"}]))),
    ("put_lifecycle_policy", lifecycle(rule([{"prefix": "a", "wildcard": "a*"}]))),
    ("put_lifecycle_policy", lifecycle(rule([{"suffix": "a"}]))),
    ("put_lifecycle_policy", lifecycle(rule([{"prefix": 5}]))),
    ("put_lifecycle_policy", lifecycle(rule(["a"]))),
    ("put_lifecycle_policy", lifecycle(rule(numeric=("<", 5)))),
    ("put_lifecycle_policy", lifecycle(rule(numeric=(">", "5")))),
    ("put_lifecycle_policy", lifecycle(rule(numeric=(">", 0)))),
    ("put_lifecycle_policy", lifecycle(rule(numeric=(">", 36501)))),
    ("put_lifecycle_policy", lifecycle(rule(numeric=(">", 1.5)))),
    ("put_lifecycle_policy", lifecycle(rule(numeric=(">", True)))),
    ("put_lifecycle_policy", lifecycle(rule(numeric=(">",)))),
    ("put_lifecycle_policy", lifecycle(rule(action="DELETE"))),
    ("put_lifecycle_policy", lifecycle(seconds(number=0))),
    ("put_lifecycle_policy", lifecycle(seconds(number=301))),
    ("put_lifecycle_policy", lifecycle(seconds(action="ARCHIVE"))),
    ("put_lifecycle_policy", lifecycle(seconds([{"prefix": "a/"}]))),
    ("put_metric_policy", {"MetricPolicy": {}}),
    ("put_metric_policy", metric(ContainerLevelMetrics="enabled")),
    ("put_metric_policy", metric(0)),
    ("put_metric_policy", metric(301)),
    ("put_metric_policy", metric(MetricPolicyRules=[{"ObjectGroup": "a", "ObjectGroupName": "n"}] * 2)),
    ("put_metric_policy", metric(MetricPolicyRules=[{"ObjectGroup": "a"}])),
    ("put_metric_policy", group(path="a b")),
    ("put_metric_policy", group(path="a/" * 11 + "b")),
    ("put_metric_policy", group(path="x" * 901)),
    ("put_metric_policy", group(name="x" * 31)),
    ("put_metric_policy", group(name="a-b")),
]


def complete(operation, parameters):
    named = operation.startswith("put_")
    return {"ContainerName": "movies", **parameters} if named else parameters


@pytest.mark.parametrize(("operation", "parameters"), ACCEPTED)
def test_within_the_limits(client, movies, operation, parameters):
    getattr(client, operation)(**complete(operation, parameters))


@pytest.mark.parametrize(("operation", "parameters"), REFUSED)
def test_beyond_the_limits(client, emulator, movies, refusal, operation, parameters):
    before = client.list_containers()["Containers"]
    code, status, message = refusal(getattr(client, operation), **complete(operation, parameters))
    assert (code, status) == ("ValidationException", 400)
    assert 10 < len(message) < 2000
    assert client.list_containers()["Containers"] == before


def test_tags_are_counted_after_merging(client, movies, refusal_code):
    client.tag_resource(Resource=ARN, Tags=tags(50))
    assert refusal_code(client.tag_resource, Resource=ARN, Tags=tags(1, first=50)) == "ValidationException"
    client.tag_resource(Resource=ARN, Tags=tags(50))
    client.untag_resource(Resource=ARN, TagKeys=["k0"])
    client.tag_resource(Resource=ARN, Tags=tags(1, first=50))


def test_the_quota_of_metric_rules_can_be_set(client, emulator, movies, refusal_code):
    emulator.configure(metric_rules_quota=5)
    client.put_metric_policy(ContainerName="movies", **metric(5))
    assert refusal_code(client.put_metric_policy, ContainerName="movies", **metric(6)) == "ValidationException"


def test_messages_are_in_the_words_of_aws(client, movies, refusal):
    assert refusal(client.create_container, ContainerName="a.b")[2] == (
        "1 validation error detected: Value 'a.b' at 'containerName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\w-]+"
    )
    assert refusal(client.put_cors_policy, **cors(AllowedMethods=["POST"]))[2] == (
        "2 validation errors detected: Value null at 'containerName' failed to satisfy constraint: Member must not be "
        "null; Value 'POST' at 'corsPolicy.1.member.allowedMethods.1.member' failed to satisfy constraint: "
        "Member must satisfy enum value set: [PUT, GET, DELETE, HEAD]"
    )
    assert refusal(client.describe_container)[2] == (
        "1 validation error detected: Value null at 'containerName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_members_that_the_model_does_not_know_are_dropped(client, movies, post):
    request = {"ContainerName": "movies", "Unknown": [5], **cors(Unknown="x")}
    assert post("PutCorsPolicy", json.dumps(request).encode()) == (200, {})
    assert client.get_cors_policy(ContainerName="movies")["CorsPolicy"] == cors()["CorsPolicy"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(post, body):
    status, answer = post("ListContainers", body)
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("operation", ["MakeContainer", "describeContainer", ""])
def test_an_unknown_operation_is_refused(post, operation):
    status, answer = post(operation, b"{}")
    assert (status, answer["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize("value", [{"Key": "x"}, ["x"], [["Key", "x"]], [{"Key": 5}], "x"])
def test_nested_members_are_held_to_their_types(post, value):
    status, answer = post("CreateContainer", json.dumps({"ContainerName": "new", "Tags": value}).encode())
    assert (status, answer["__type"]) == (400, "ValidationException")


def test_a_request_without_a_body_has_no_parameters(post):
    assert post("ListContainers", b"") == (200, {"Containers": []})
