# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The replies of the control-plane operations, and their errors by the state of the container."""

from __future__ import annotations

import datetime
import json
import re
import time

import pytest

ARN = "arn:aws:mediastore:us-east-1:123456789012:container/movies"
POLICY = json.dumps({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": f"{ARN}/*"}})
CORS = [{"AllowedOrigins": ["*"], "AllowedHeaders": ["*"], "AllowedMethods": ["GET"], "MaxAgeSeconds": 0}]
LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "definition": {"path": [{"prefix": "a/"}], "days_since_create": [{"numeric": [">", 5]}]},
                "action": "EXPIRE",
            }
        ]
    }
)
METRIC = {
    "ContainerLevelMetrics": "ENABLED",
    "MetricPolicyRules": [{"ObjectGroup": "baseball/*", "ObjectGroupName": "baseballGroup"}],
}
# operation, the member that contains the document, a document, the code if the container has none
DOCUMENTS = [
    ("container_policy", "Policy", POLICY, "PolicyNotFoundException"),
    ("cors_policy", "CorsPolicy", CORS, "CorsPolicyNotFoundException"),
    ("lifecycle_policy", "LifecyclePolicy", LIFECYCLE, "PolicyNotFoundException"),
    ("metric_policy", "MetricPolicy", METRIC, "PolicyNotFoundException"),
]
# Every operation that returns ContainerInUseException while a container is CREATING or DELETING.
GUARDED = [
    ("delete_container", {}),
    ("start_access_logging", {}),
    ("stop_access_logging", {}),
    ("tag_resource", {"Tags": [{"Key": "a", "Value": "b"}]}),
    ("untag_resource", {"TagKeys": ["a"]}),
    ("list_tags_for_resource", {}),
]
for _name, _member, _content, _code in DOCUMENTS:
    GUARDED += [(f"put_{_name}", {_member: _content}), (f"get_{_name}", {}), (f"delete_{_name}", {})]


def addressed(operation, parameters):
    """Return the parameters with the container's name, or its ARN if the operation takes an ARN."""
    return {**parameters, **({"Resource": ARN} if "tag" in operation else {"ContainerName": "movies"})}


def test_create_answers_creating_without_an_endpoint(client):
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=2)
    container = client.create_container(ContainerName="movies", Tags=[{"Key": "env", "Value": "dev"}])["Container"]
    assert set(container) == {"ARN", "Name", "CreationTime", "Status"}
    assert (container["Name"], container["Status"], container["ARN"]) == ("movies", "CREATING", ARN)
    assert before < container["CreationTime"] < before + datetime.timedelta(seconds=30)
    assert client.list_tags_for_resource(Resource=ARN)["Tags"] == [{"Key": "env", "Value": "dev"}]


def test_describe_answers_an_active_container_with_a_lasting_endpoint(client, emulator):
    created = client.create_container(ContainerName="movies")["Container"]
    container = client.describe_container(ContainerName="movies")["Container"]
    endpoint = container.pop("Endpoint")
    assert container == {**created, "Status": "ACTIVE", "AccessLoggingEnabled": False}
    assert re.fullmatch(re.escape(emulator.url) + "/mediastore_us-east-1/[a-z0-9]{14}", endpoint)
    assert client.describe_container(ContainerName="movies")["Container"]["Endpoint"] == endpoint
    assert client.list_containers()["Containers"] == [{**container, "Endpoint": endpoint}]


def test_a_new_container_has_the_default_policy(client, movies):
    assert json.loads(client.get_container_policy(ContainerName="movies")["Policy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "MediaStoreFullAccess",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "mediastore:*",
                "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/movies/*",
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            }
        ],
    }


def test_deleted_is_gone_and_its_name_free(client, movies, refusal_code):
    client.delete_container(ContainerName="movies")
    assert refusal_code(client.describe_container, ContainerName="movies") == "ContainerNotFoundException"
    assert client.list_containers()["Containers"] == []
    client.create_container(ContainerName="movies")
    assert client.describe_container(ContainerName="movies")["Container"]["Endpoint"] != movies["Endpoint"]


def test_a_name_in_use_is_refused(client, movies, refusal):
    assert refusal(client.create_container, ContainerName="movies")[:2] == ("ContainerInUseException", 400)


def test_over_the_quota_is_refused(client, emulator, movies, refusal_code):
    emulator.configure(container_quota=1)
    assert refusal_code(client.create_container, ContainerName="more") == "LimitExceededException"
    client.delete_container(ContainerName="movies")
    client.create_container(ContainerName="more")


def test_a_container_with_objects_cannot_be_deleted(client, media, refusal_code):
    media.put_object(Path="a", Body=b"")
    assert refusal_code(client.delete_container, ContainerName="movies") == "ContainerInUseException"
    media.delete_object(Path="a")
    client.delete_container(ContainerName="movies")


def test_creating_lasts_for_the_delay(client, emulator):
    emulator.configure(create_delay=0.4)
    start = time.monotonic()
    client.create_container(ContainerName="movies")
    container = client.describe_container(ContainerName="movies")["Container"]
    assert container["Status"] == "CREATING"
    assert "Endpoint" not in container
    assert client.list_containers()["Containers"] == [container]
    while client.describe_container(ContainerName="movies")["Container"]["Status"] == "CREATING":
        time.sleep(0.02)
    assert 0.4 <= time.monotonic() - start < 10


def test_deleting_lasts_for_the_delay(client, emulator, movies, refusal_code):
    emulator.configure(delete_delay=0.4)
    start = time.monotonic()
    client.delete_container(ContainerName="movies")
    assert client.describe_container(ContainerName="movies")["Container"]["Status"] == "DELETING"
    while client.list_containers()["Containers"]:
        time.sleep(0.02)
    assert 0.4 <= time.monotonic() - start < 10
    assert refusal_code(client.describe_container, ContainerName="movies") == "ContainerNotFoundException"


@pytest.mark.parametrize("status", ["CREATING", "DELETING"])
def test_only_describe_and_list_serve_a_container_that_settles(client, emulator, refusal, status):
    emulator.configure(create_delay=60 if status == "CREATING" else 0, delete_delay=60)
    client.create_container(ContainerName="movies")
    if status == "DELETING":
        client.delete_container(ContainerName="movies")
    for operation, parameters in [*GUARDED, ("create_container", {})]:
        answer = refusal(getattr(client, operation), **addressed(operation, parameters))
        assert answer[:2] == ("ContainerInUseException", 400), operation
    assert client.describe_container(ContainerName="movies")["Container"]["Status"] == status


@pytest.mark.parametrize(("operation", "parameters"), [*GUARDED, ("describe_container", {})])
def test_a_missing_container_is_not_found(client, refusal, operation, parameters):
    answer = refusal(getattr(client, operation), **addressed(operation, parameters))
    assert answer[:2] == ("ContainerNotFoundException", 400)


@pytest.mark.parametrize(("name", "member", "content", "code"), DOCUMENTS)
def test_a_document_is_put_got_and_deleted(client, movies, refusal, name, member, content, code):
    put, get, delete = (getattr(client, f"{verb}_{name}") for verb in ("put", "get", "delete"))
    put(ContainerName="movies", **{member: content})
    assert get(ContainerName="movies")[member] == content
    delete(ContainerName="movies")
    assert refusal(get, ContainerName="movies")[:2] == (code, 400)
    assert refusal(delete, ContainerName="movies")[:2] == (code, 400)


def test_only_the_container_policy_is_there_from_the_start(client, movies, refusal_code):
    for name, _member, _content, code in DOCUMENTS[1:]:
        assert refusal_code(getattr(client, f"get_{name}"), ContainerName="movies") == code


def test_access_logging_shows_in_describe_and_list(client, movies):
    client.start_access_logging(ContainerName="movies")
    assert client.describe_container(ContainerName="movies")["Container"]["AccessLoggingEnabled"] is True
    assert client.list_containers()["Containers"][0]["AccessLoggingEnabled"] is True
    client.stop_access_logging(ContainerName="movies")
    assert client.describe_container(ContainerName="movies")["Container"]["AccessLoggingEnabled"] is False


def test_tags_are_merged_case_sensitive_and_removed(client, movies):
    assert client.list_tags_for_resource(Resource=ARN)["Tags"] == []
    tag = client.tag_resource
    tag(Resource=ARN, Tags=[{"Key": "customer", "Value": "CompanyA"}, {"Key": "priority", "Value": "High"}])
    tag(Resource=ARN, Tags=[{"Key": "priority", "Value": "Medium"}, {"Key": "Priority", "Value": ""}, {"Key": "Ünï 1"}])
    client.untag_resource(Resource=ARN, TagKeys=["customer", "never there"])
    tags = {item["Key"]: item["Value"] for item in client.list_tags_for_resource(Resource=ARN)["Tags"]}
    assert tags == {"priority": "Medium", "Priority": "", "Ünï 1": ""}


@pytest.mark.parametrize("arn", [ARN.replace("us-east-1", "eu-west-1"), ARN.replace("123456789012", "111122223333")])
def test_an_arn_of_elsewhere_is_not_found(client, movies, refusal_code, arn):
    assert refusal_code(client.list_tags_for_resource, Resource=arn) == "ContainerNotFoundException"


def test_accounts_and_regions_are_apart(client, connect, movies):
    assert connect(region="eu-west-1").list_containers()["Containers"] == []
    elsewhere = connect(region="eu-west-1")
    elsewhere.create_container(ContainerName="movies")
    assert elsewhere.describe_container(ContainerName="movies")["Container"]["ARN"] == ARN.replace(
        "us-east-1", "eu-west-1"
    )
    other = connect()
    other.meta.events.register(
        "before-sign.mediastore.*",
        lambda request, **_rest: request.headers.add_header("x-moto-account-id", "111122223333"),
    )
    assert other.list_containers()["Containers"] == []
    assert other.create_container(ContainerName="m")["Container"]["ARN"].split(":")[4] == "111122223333"


def test_the_partition_of_the_arn_is_that_of_the_region(connect):
    container = connect(region="cn-north-1").create_container(ContainerName="movies")["Container"]
    assert container["ARN"] == "arn:aws-cn:mediastore:cn-north-1:123456789012:container/movies"


def test_list_pages_hold_a_hundred(client):
    names = [f"c{number:03}" for number in range(250)]
    for name in reversed(names):
        client.create_container(ContainerName=name)
    pages = list(client.get_paginator("list_containers").paginate())
    assert [len(page["Containers"]) for page in pages] == [100, 100, 50]
    assert [container["Name"] for page in pages for container in page["Containers"]] == names
    assert "NextToken" not in pages[-1]
    assert re.fullmatch("[0-9A-Za-z=/+]{1,1024}", pages[0]["NextToken"])
    # The last page has no token although it is full.
    last = client.list_containers(
        MaxResults=50, NextToken=client.list_containers(MaxResults=100, NextToken=pages[0]["NextToken"])["NextToken"]
    )
    assert (len(last["Containers"]), "NextToken" in last) == (50, False)


def test_a_token_survives_containers_that_come_and_go(client):
    for name in "bdfhj":
        client.create_container(ContainerName=name)
    first = client.list_containers(MaxResults=2)
    assert [container["Name"] for container in first["Containers"]] == ["b", "d"]
    for name in "df":
        client.delete_container(ContainerName=name)
    for name in "ag":
        client.create_container(ContainerName=name)
    rest = client.list_containers(NextToken=first["NextToken"])
    assert [container["Name"] for container in rest["Containers"]] == ["g", "h", "j"]


@pytest.mark.parametrize("token", ["x", "abcd", "YWJjZA==", "////", "not a token"])
def test_a_foreign_token_is_refused(client, refusal_code, token):
    assert refusal_code(client.list_containers, NextToken=token) == "ValidationException"


def test_tags_of_another_region_are_not_found(connect, movies, refusal_code):
    elsewhere = connect(region="eu-west-1")
    elsewhere.create_container(ContainerName="movies")
    assert refusal_code(elsewhere.list_tags_for_resource, Resource=ARN) == "ContainerNotFoundException"
    assert refusal_code(elsewhere.untag_resource, Resource=ARN, TagKeys=["a"]) == "ContainerNotFoundException"
