# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies that the models of MediaStore and S3 allow, and that the emulator never gives.

Model shape Container requires no member, Tag only the key, and CorsRule only the origins and the headers. Pages of a
list can overlap if a container is created meanwhile, and a page can be empty although another one follows.
"""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.tests.unit.partial_s3 import SUB_RESOURCES, PartialS3
from ansible_collections.elemental.mediastore.tests.unit.stub_mediastore import StubMediaStore


def container(name, **more):
    arn = f"arn:aws:mediastore:us-east-1:123456789012:container/{name}"
    return {"Name": name, "ARN": arn, "Status": "ACTIVE", **more}


LIVE = container("live")
A, B, C = map(container, "abc")
PAGES = {
    "one": ([{"Containers": [A, B]}], "ab"),
    "a null token": ([{"Containers": [A], "NextToken": None}], "a"),
    "an empty token": ([{"Containers": [A], "NextToken": ""}], "a"),
    "none": ([{"Containers": []}], ""),
    "two": ([{"Containers": [A], "NextToken": "t"}, {"Containers": [B]}], "ab"),
    "overlapping": ([{"Containers": [A, B], "NextToken": "t"}, {"Containers": [B, C]}], "abc"),
    "the same containers": ([{"Containers": [A, B], "NextToken": "t"}, {"Containers": [A, B]}], "ab"),
    "an empty first page": ([{"Containers": [], "NextToken": "t"}, {"Containers": [A]}], "a"),
    "an empty page between": (
        [{"Containers": [A], "NextToken": "t"}, {"Containers": [], "NextToken": "u"}, {"Containers": [B]}],
        "ab",
    ),
    "an empty last page": ([{"Containers": [A], "NextToken": "t"}, {"Containers": []}], "a"),
}


@pytest.fixture
def at(run):
    """A function that runs a module at a server with these replies, and returns the result and the requests."""

    def at(module, options, check=False, **replies):
        with StubMediaStore(**replies) as server:
            result = run(module, endpoint_url=server.url, check=check, wait_timeout=0, **options)
        assert not result.get("failed"), result["msg"]
        return result, server.requests

    return at


def info(run, options, **replies):
    with StubMediaStore(**replies) as server:
        result = run("mediastore_container_info", endpoint_url=server.url, **options)
    assert not result.get("failed"), result["msg"]
    return result["containers"], server.requests


@pytest.mark.parametrize(("pages", "names"), PAGES.values(), ids=PAGES)
def test_pages_of_the_list(run, pages, names):
    tokens = [None, *(page["NextToken"] for page in pages[:-1])]
    containers, requests = info(run, {}, ListContainers=list(pages))
    assert [one["name"] for one in containers] == list(names)
    assert [given.get("NextToken") for _operation, given in requests] == tokens


@pytest.mark.parametrize(("pages", "names"), PAGES.values(), ids=PAGES)
def test_pages_of_the_list_for_many_containers(at, pages, names):
    """A container on none of the pages does not exist, and the task does not describe it."""
    declared = [{"name": name, "state": "absent"} for name in "xyz"]
    options = {"containers": declared, "max_concurrency": 1}
    result, requests = at("mediastore_containers", options, check=True, ListContainers=list(pages))
    assert result["changed"] is False
    assert {operation for operation, _given in requests} == {"ListContainers"}


def test_pages_that_repeat_end_the_task(run):
    with StubMediaStore(ListContainers=[{"Containers": [A], "NextToken": "t"}]) as server:
        result = run("mediastore_container_info", endpoint_url=server.url)
    assert result["msg"] == "Failed to list the containers: the endpoint returned the same page twice"
    assert len(server.requests) == 2


# What a container lacks in the reply, and what the result shows.
MEMBERS = {
    "ARN": ("arn", None),
    "Endpoint": ("endpoint", None),
    "CreationTime": ("creation_time", None),
    "AccessLoggingEnabled": ("access_logging_enabled", False),
    "Status": ("status", None),
}
COMPLETE = container("live", Endpoint="https://a.example", CreationTime=1714557600.0, AccessLoggingEnabled=True)


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("names", [None, ["live"]], ids=["list", "describe"])
def test_a_container_without_a_member(run, member, names):
    key, shown = MEMBERS[member]
    described = {name: value for name, value in COMPLETE.items() if name != member}
    replies = {"ListContainers": [{"Containers": [described]}], "DescribeContainer": [{"Container": described}]}
    [found], _requests = info(run, {"names": names}, **replies)
    complete = {
        "name": "live",
        "arn": LIVE["ARN"],
        "endpoint": "https://a.example",
        "status": "ACTIVE",
        "creation_time": "2024-05-01T10:00:00+00:00",
        "access_logging_enabled": True,
    }
    assert found == {**complete, key: shown}


@pytest.mark.parametrize("member", ["ARN", "Status"])
def test_a_list_without_a_member_that_the_task_needs(at, member):
    """DescribeContainer may return it."""
    listed = [{name: value for name, value in container(one).items() if name != member} for one in ("live", "other")]
    options = {"containers": [{"name": "live", "tags": {}}, {"name": "other", "tags": {}}], "max_concurrency": 1}
    replies = {
        "ListContainers": [{"Containers": listed}],
        "DescribeContainer": [{"Container": container("live")}, {"Container": container("other")}],
        "ListTagsForResource": [{"Tags": []}],
    }
    result, requests = at("mediastore_containers", options, **replies)
    assert result["changed"] is False
    assert [operation for operation, _given in requests].count("DescribeContainer") == 2


TAGS = {
    "a value": ([{"Key": "a", "Value": "1"}], {"a": "1"}),
    "an empty value": ([{"Key": "a", "Value": ""}], {"a": ""}),
    "no value": ([{"Key": "a"}], {"a": ""}),
    "one of each": ([{"Key": "a"}, {"Key": "b", "Value": "2"}], {"a": "", "b": "2"}),
    "an empty list": ([], {}),
    "null": (None, {}),
}


@pytest.mark.parametrize(("tags", "expected"), TAGS.values(), ids=TAGS)
def test_tags(at, run, tags, expected):
    replies = {"DescribeContainer": [{"Container": LIVE}], "ListTagsForResource": [{"Tags": tags}]}
    [found], _requests = info(run, {"names": ["live"], "include": ["tags"]}, **replies)
    assert found["tags"] == expected
    result, _requests = at("mediastore_container", {"name": "live", "tags": expected}, **replies)
    assert (result["changed"], result["container"]["tags"]) == (False, expected)
    changed, _requests = at(
        "mediastore_container", {"name": "live", "tags": {**expected, "z": ""}}, check=True, **replies
    )
    assert changed["changed"]


def test_tags_without_their_list(run):
    replies = {"DescribeContainer": [{"Container": LIVE}], "ListTagsForResource": [{}]}
    [found], _requests = info(run, {"names": ["live"], "include": ["tags"]}, **replies)
    assert found["tags"] == {}


ORIGINS = {"AllowedOrigins": ["*"], "AllowedHeaders": []}
RULE = {"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": []}
# For each document: the reply, its value, and whether a declaration of a value changes it.
DOCUMENTS = {
    "CORS without methods": (
        {"GetCorsPolicy": [{"CorsPolicy": [ORIGINS]}]},
        {"cors_policy": [{**RULE, "allowed_methods": []}]},
        [({"cors_policy": [RULE]}, True)],
    ),
    "CORS with null and empty lists": (
        {
            "GetCorsPolicy": [
                {"CorsPolicy": [{**ORIGINS, "AllowedMethods": ["GET"], "ExposeHeaders": [], "MaxAgeSeconds": None}]}
            ]
        },
        {"cors_policy": [RULE]},
        [({"cors_policy": [RULE]}, False), ({"cors_policy": [{**RULE, "max_age_seconds": 0}]}, True)],
    ),
    "metrics without rules": (
        {"GetMetricPolicy": [{"MetricPolicy": {"ContainerLevelMetrics": "ENABLED"}}]},
        {"metric_policy": {"container_level_metrics": True, "rules": []}},
        [({"metric_policy": {"container_level_metrics": on}}, not on) for on in (True, False)],
    ),
    "metrics with null": (
        {"GetMetricPolicy": [{"MetricPolicy": {"ContainerLevelMetrics": "DISABLED", "MetricPolicyRules": None}}]},
        {"metric_policy": {"container_level_metrics": False, "rules": []}},
        [({"metric_policy": {"container_level_metrics": on}}, on) for on in (True, False)],
    ),
}


@pytest.mark.parametrize(("replies", "value", "declared"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents(at, run, replies, value, declared):
    [key] = value
    known = {"DescribeContainer": [{"Container": LIVE}], **replies}
    [found], _requests = info(run, {"names": ["live"], "include": [key]}, **known)
    assert found[key] == value[key]
    for document, changed in declared:
        options = {"containers": [{"name": "live", **document}]}
        result, _requests = at("mediastore_containers", options, check=True, **known)
        assert result["changed"] is changed


@pytest.mark.parametrize("reply", [{}, {"Items": None}, {"Items": []}, {"NextToken": "t"}])
@pytest.mark.usefixtures("clock")
def test_a_container_in_use_without_objects(run, reply):
    """ListItems requires no member: without items the container may only be in use, so the deletion is sent again."""
    with StubMediaStore(ListItems=[reply]) as data:
        described = {"Container": {**LIVE, "Endpoint": data.url}}
        gone = [described, described, "ContainerNotFoundException"]
        with StubMediaStore(DescribeContainer=gone, DeleteContainer=["ContainerInUseException", {}]) as server:
            result = run("mediastore_container", name="live", state="absent", endpoint_url=server.url)
    assert (result.get("failed", False), result["changed"]) == (False, True)
    assert [operation for operation, _given in server.requests].count("DeleteContainer") == 2
    assert [operation for operation, _given in data.requests] == ["ListItems"]


class PagesOfMetrics(PartialS3):
    """A server that returns metrics in pages, by the token that the request has."""

    def __init__(self, pages):
        super().__init__(*SUB_RESOURCES)
        self.pages = pages
        self.tokens = []

    def reply(self, method, bucket, query, body):
        """Return the next page of metrics configurations."""
        if method != "GET" or "metrics" not in query:
            return super().reply(method, bucket, query, body)
        self.tokens.append(query.get("continuation-token", [None])[0])
        names, token = self.pages[len(self.tokens) - 1]
        listed = "".join(f"<MetricsConfiguration><Id>{name}</Id></MetricsConfiguration>" for name in names)
        more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
        return 200, f"<ListMetricsConfigurationsResult>{listed}{more}</ListMetricsConfigurationsResult>"


@pytest.mark.parametrize(
    "pages",
    [
        [(["EntireBucket"], None)],
        [([], "t"), (["EntireBucket"], None)],
        [(["EntireBucket"], "t"), ([], None)],
        [(["EntireBucket"], "t"), (["EntireBucket"], None)],
        [([], "t"), ([], "u"), (["EntireBucket"], None)],
    ],
    ids=["one", "an empty first page", "an empty last page", "overlapping", "empty pages"],
)
def test_pages_of_metrics(run, pages):
    containers = [{"name": "example-live", "metric_policy": {"container_level_metrics": True, "rules": []}}]
    options = {"account": "123456789012", "containers": containers, "wait_timeout": 0}
    with PagesOfMetrics(pages) as server:
        result = run("mediastore_s3_buckets", endpoint_url=server.url, **options)
    assert (result["changed"], result.get("failed", False)) == (False, False)
    assert server.tokens == [None, *(token for _names, token in pages[:-1])]


@pytest.mark.parametrize("more", ["", "<IsTruncated>false</IsTruncated>", "<NextContinuationToken/>"])
def test_a_bucket_without_metrics(run, more):
    """The list has no member if it is empty."""
    containers = [{"name": "example-live", "metric_policy": {}}]
    with PartialS3(*SUB_RESOURCES) as server:
        body = f"<ListMetricsConfigurationsResult>{more}</ListMetricsConfigurationsResult>"
        server.replies["GET", "metrics"] = (200, body)
        result = run("mediastore_s3_buckets", endpoint_url=server.url, account="123456789012", containers=containers)
    assert (result["changed"], result.get("failed", False)) == (False, False)
