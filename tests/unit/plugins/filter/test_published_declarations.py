# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declarations as people published them: what a careful reader expects of each when it moves to Amazon S3.

The findings were worked out by hand from the declarations and from the documentation of both services. The files are
those of the integration target of the filters.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule
from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import CODES, IMPOSSIBLE

FILES = Path(__file__).resolve().parents[4] / "tests" / "integration" / "targets" / "filters" / "files"
FILTERS = FilterModule().filters()
PARAMETERS = {"AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012", "AWS::StackName": "vod-stack"}
CHOICES = {
    "cloudfront_distribution": "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE",
    "log_bucket": "example-logs",
    "expose_headers": ["ETag"],
}


def template(name):
    return FILTERS["from_cloudformation"]((FILES / name).read_text(), PARAMETERS)


def state():
    containers = FILTERS["from_terraform"]((FILES / "terraform-state.json").read_text())
    return [{**one, "bucket": one["name"].replace("_", "-")} for one in containers]


# A secret in the header User-Agent makes nothing non-public in S3. The one rule expires everything by days.
STACK = [
    ("vod-stack", "policy statement MediaStoreDefaultPolicy", "policy.secret_header"),
    ("vod-stack", "container", "policy.empty"),
    ("vod-stack", "CORS rule 1", "cors.expose_headers"),
    ("vod-stack", "lifecycle rule 1", "lifecycle.more_than"),
    ("vod-stack", "container", "lifecycle.age"),
    ("vod-stack", "container", "metrics.names"),
    ("vod-stack", "access logging", "logging.no_bucket"),
]
# With choices, the distribution may read and the secret stays a condition; headers and logs have a place.
STACK_WITH_CHOICES = [
    ("vod-stack", "policy statement MediaStoreDefaultPolicy", "policy.cloudfront_only"),
    ("vod-stack", "container", "policy.missing_object"),
    ("vod-stack", "CORS rule 1", "cors.expose_headers_given"),
    ("vod-stack", "lifecycle rule 1", "lifecycle.more_than"),
    ("vod-stack", "container", "lifecycle.age"),
    ("vod-stack", "container", "metrics.names"),
    ("vod-stack", "access logging", "logging.files"),
    ("vod-stack", "access logging", "logging.permission"),
]
# The encoder's statement is exact, and so are both CORS rules and the group football/*.
LIVE = [
    ("live-prod", "policy statement Cdn", "policy.cloudfront_origin"),
    ("live-prod", "container", "policy.missing_object"),
    ("live-prod", "lifecycle rule 1", "lifecycle.more_than"),
    ("live-prod", "lifecycle rule 2", "lifecycle.seconds"),
    ("live-prod", "container", "lifecycle.age"),
    ("live-prod", "metric rule baseballGroup", "metrics.prefix"),
    ("live-prod", "container", "metrics.names"),
    ("live-prod", "access logging", "logging.no_bucket"),
]
LIVE_WITH_CHOICES = [
    *LIVE[:-1],
    ("live-prod", "access logging", "logging.files"),
    ("live-prod", "access logging", "logging.permission"),
]
# The only statement is the default of the service, for the account itself. The other container has only tags.
STATE = [
    ("channel_news", "policy statement MediaStoreFullAccess", "policy.owner_statement"),
    ("channel_news", "container", "policy.empty"),
]
SHORT_FORMS = "cloudformation-short-forms.template"


@pytest.mark.parametrize(
    ("containers", "choices", "expected"),
    [
        (template("cloudformation-cdn-secret.json"), {}, STACK),
        (template("cloudformation-cdn-secret.json"), CHOICES, STACK_WITH_CHOICES),
        (template(SHORT_FORMS), {}, LIVE),
        (template(SHORT_FORMS), CHOICES, LIVE_WITH_CHOICES),
        (state(), {}, STATE),
        (state(), CHOICES, STATE),
    ],
    ids=["secret", "secret with choices", "short forms", "short forms with choices", "state", "state with choices"],
)
def test_findings_are_those_of_a_careful_reader(run, containers, choices, expected):
    impossible = [code for code, meaning in CODES.items() if meaning.level == IMPOSSIBLE]
    result = run("mediastore_s3_buckets", check=True, containers=containers, accept=impossible, **choices)
    found = [
        (one["name"], finding["where"], finding["code"]) for one in result["containers"] for finding in one["findings"]
    ]
    assert sorted(found) == sorted(expected)
    assert [one["name"] for one in result["containers"]] == [one["name"] for one in containers]


def test_the_statement_of_the_secret_is_limited_to_the_distribution(run):
    containers = template("cloudformation-cdn-secret.json")
    result = run("mediastore_s3_buckets", check=True, containers=containers, **CHOICES)
    assert result["containers"][0]["policy"]["Statement"] == [
        {
            "Sid": "MediaStoreDefaultPolicy",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::vod-stack/*",
            "Condition": {
                "StringEquals": {
                    "aws:UserAgent": "not-a-secret",
                    "AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE",
                },
                "Bool": {"aws:SecureTransport": "true"},
            },
        }
    ]


@pytest.mark.parametrize("name", ["channel_news", "channel_sports"])
def test_the_names_of_the_state_need_names_of_buckets(run, name):
    containers = FILTERS["from_terraform"]((FILES / "terraform-state.json").read_text())
    result = run("mediastore_s3_buckets", check=True, containers=containers)
    assert f"Container {name}: set bucket" in result["msg"]
