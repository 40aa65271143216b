# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that ends before a request for a bucket still says what every bucket would keep."""

from __future__ import annotations

import pytest

NEWS = {
    "name": "not-started-news",
    "bucket": "not-started-bucket",
    "tags": {"channel": "news"},
    "cors_policy": [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "expose_headers": ["*"]}],
}
SPORTS = {"name": "not-started-sports", "tags": {}}
OLD = {"name": "Old", "state": "absent"}


@pytest.mark.parametrize(
    ("accept", "message"),
    [
        ([], "1 impossible finding is not accepted: "),
        (["cors.expose_headers"], "find out the account of the credentials"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_what_is_refused_or_cannot_be_sent_is_described_completely(run, closed_endpoint, accept, message, check):
    """Nothing listens at the endpoint: a refusal sends no request, and the other task fails at its first."""
    result = run(
        "mediastore_s3_buckets",
        check=check,
        endpoint_url=closed_endpoint,
        containers=[NEWS, SPORTS, OLD],
        accept=accept,
        wait_timeout=0,
    )
    assert message in result["msg"]
    assert (result["failed"], result["changed"]) == (True, False)
    shown = [(one["name"], one["bucket"], one["declared"], one["exact"]) for one in result["containers"]]
    assert shown == [
        ("not-started-news", "not-started-bucket", {"tags": 1, "cors_rules": 1}, {"tags": 1, "cors_rules": 0}),
        ("not-started-sports", "not-started-sports", {"tags": 0}, {"tags": 0}),
        ("Old", None, {}, {}),
    ]
    assert {(one["action"], one["changed"], one["error"]) for one in result["containers"]} == {
        ("not_started", False, None)
    }
    codes = [(one["name"], finding["code"]) for one in result["containers"] for finding in one["findings"]]
    assert codes == [("not-started-news", "cors.expose_headers"), ("Old", "container.absent")]


def test_a_bucket_of_a_run_has_the_same_description(run):
    result = run("mediastore_s3_buckets", check=True, containers=[NEWS], accept=["cors.expose_headers"])
    (one,) = result["containers"]
    assert (one["action"], one["declared"], one["exact"]) == (
        "created",
        {"tags": 1, "cors_rules": 1},
        {"tags": 1, "cors_rules": 0},
    )


def test_the_problems_of_all_containers_are_in_one_message(run, closed_endpoint):
    containers = [{"name": "channel_news"}, NEWS, {"name": "Sports"}]
    result = run("mediastore_s3_buckets", endpoint_url=closed_endpoint, containers=containers)
    assert result["msg"] == (
        "Container channel_news: set bucket, because channel_news is not a valid bucket name: it contains '_' (use a-z,"
        " 0-9, '.' and '-'); Container Sports: set bucket, because Sports is not a valid bucket name: it contains 'S'"
        " (use a-z, 0-9, '.' and '-')"
    )


def test_a_problem_of_an_option_for_all_is_told_once(run):
    result = run("mediastore_s3_buckets", containers=[NEWS, SPORTS], cloudfront_distribution="E2EXAMPLE")
    assert result["msg"].count("cloudfront_distribution 'E2EXAMPLE'") == 1


def described(result):
    """Return name, bucket, parts that are exact, codes of findings and error of each container."""
    assert (result["failed"], result["changed"]) == (True, False)
    assert {(one["action"], one["changed"]) for one in result["containers"]} == {("not_started", False)}
    return [
        (one["name"], one["bucket"], one["exact"], [finding["code"] for finding in one["findings"]], one["error"])
        for one in result["containers"]
    ]


def test_an_entry_that_is_invalid_does_not_hide_the_others(run, closed_endpoint):
    """No request is sent: nothing listens at the endpoint."""
    containers = [
        {"name": "Sports"},
        NEWS,
        {"name": "weather", "tags": {"aws:": "b"}},
        {**NEWS, "bucket": "other"},
        OLD,
        {"name": "template", "bucket": "x-{channel}"},
    ]
    result = run("mediastore_s3_buckets", endpoint_url=closed_endpoint, containers=containers)
    name = "it contains 'S' (use a-z, 0-9, '.' and '-')"
    aws = "'aws:' are reserved for AWS"
    known = "use {name}, {name_lower}, {region}, {account}"
    errors = [
        f"Container Sports: set bucket, because Sports is not a valid bucket name: {name}",
        f"Entry 3 of containers, 'weather': The tag key 'aws:' is refused: keys that start with {aws}",
        "Entry 4 of containers, 'not-started-news': it is declared more than once",
        f"Container template: bucket 'x-{{channel}}' contains {{channel}}, which is not a placeholder: {known}",
    ]
    assert described(result) == [
        ("Sports", None, {}, [], errors[0]),
        ("not-started-news", "not-started-bucket", {"tags": 1, "cors_rules": 0}, ["cors.expose_headers"], None),
        ("weather", None, {}, [], errors[1]),
        ("not-started-news", None, {}, [], errors[2]),
        ("Old", None, {}, ["container.absent"], None),
        ("template", None, {}, [], errors[3]),
    ]
    assert result["msg"] == "; ".join(errors)


def test_containers_with_one_bucket_are_described(run, closed_endpoint):
    containers = [{"name": "one", "bucket": "shared", "tags": {"a": "b"}}, {"name": "two", "bucket": "shared"}, SPORTS]
    result = run("mediastore_s3_buckets", endpoint_url=closed_endpoint, containers=containers)
    error = "Containers one and two would share bucket shared: set a different bucket for each"
    assert described(result) == [
        ("one", "shared", {"tags": 1}, [], error),
        ("two", "shared", {}, [], error),
        ("not-started-sports", "not-started-sports", {"tags": 0}, [], None),
    ]
    assert result["msg"] == error


@pytest.mark.parametrize(
    "option",
    [
        {"account": "12345"},
        {"bucket": "{channel}"},
        {"log_bucket": "Logs"},
        {"cloudfront_distribution": "E2EXAMPLE"},
        {"expose_headers": ["*"]},
    ],
)
def test_an_option_for_all_that_is_invalid_is_an_error_of_each(run, closed_endpoint, option):
    containers = [SPORTS, {"name": "Live"}]
    result = run("mediastore_s3_buckets", endpoint_url=closed_endpoint, containers=containers, **option)
    (name,) = option
    assert result["msg"].startswith(f"{name} ")
    assert [one[4] for one in described(result)] == [result["msg"]] * 2


def test_entries_are_invalid_where_names_need_the_account(run, closed_endpoint):
    """The account is asked for only after the entries are checked, so that the buckets have no names."""
    containers = [{"name": "a b"}, SPORTS, {"name": "c d"}]
    result = run("mediastore_s3_buckets", endpoint_url=closed_endpoint, containers=containers, bucket="{account}-x")
    assert "containers" not in result
    assert result["msg"].startswith("Entry 1 of containers, 'a b': ")
    assert "; Entry 3 of containers, 'c d': " in result["msg"]


def test_replacements(run):
    result = run("mediastore_s3_buckets", check=True, containers=[SPORTS, OLD])
    sports, old = (one["replacements"] for one in result["containers"])
    assert sports == {
        "endpoint": "https://not-started-sports.s3.us-east-1.amazonaws.com",
        "origin": "not-started-sports.s3.us-east-1.amazonaws.com",
        "destination": "s3ssl://not-started-sports",
    }
    assert old == {}
