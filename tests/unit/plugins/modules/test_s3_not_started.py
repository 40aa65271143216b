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
