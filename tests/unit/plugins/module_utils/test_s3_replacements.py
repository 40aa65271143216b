# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values for a bucket that clients use in place of those of the container.

Worked out from the sources that replacements.py names.
"""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import (
    Choices,
    replacements,
    translate,
)

DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE"
CHOICES = Choices(bucket="example-news")


def statement(principal):
    return {
        "Statement": {
            "Effect": "Allow",
            "Principal": principal,
            "Action": "mediastore:GetObject",
            "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/news/*",
            "Condition": {"StringEquals": {"AWS:SourceArn": DISTRIBUTION}},
        }
    }


def values(container, choices=CHOICES, region="us-east-1"):
    bucket, _aspects, findings = translate({"name": "news", **container}, choices)
    return replacements({"name": "news", **container}, bucket, region, findings)


def test_a_container_without_documents():
    assert values({}) == {
        "endpoint": "https://example-news.s3.us-east-1.amazonaws.com",
        "origin": "example-news.s3.us-east-1.amazonaws.com",
        "destination": "s3ssl://example-news",
    }


def test_a_name_with_dots():
    """A certificate of S3 does not cover the host name, and MediaLive does not accept the name."""
    assert values({}, Choices(bucket="example.news")) == {
        "endpoint": "https://s3.us-east-1.amazonaws.com/example.news",
        "origin": "example.news.s3.us-east-1.amazonaws.com",
        "destination": None,
    }


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "example-news.s3.eu-west-1.amazonaws.com"),
        ("cn-north-1", "example-news.s3.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "example-news.s3.us-gov-west-1.amazonaws.com"),
        ("eu-isoe-west-1", "example-news.s3.eu-isoe-west-1.cloud.adc-e.uk"),
        ("eusc-de-east-1", "example-news.s3.eusc-de-east-1.amazonaws.eu"),
        ("us-isof-south-1", "example-news.s3.us-isof-south-1.csp.hci.ic.gov"),
        ("us-iso-east-1", "example-news.s3.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "example-news.s3.us-isob-east-1.sc2s.sgov.gov"),
        (None, "example-news.s3.REGION.amazonaws.com"),
    ],
)
def test_the_domain_of_a_region(region, host):
    assert values({}, region=region)["origin"] == host


@pytest.mark.parametrize(
    ("policy", "choices"),
    [
        pytest.param(statement({"Service": "cloudfront.amazonaws.com"}), CHOICES, id="A3, it signed"),
        pytest.param(
            {"Statement": {**statement("*")["Statement"], "Condition": {}}},
            Choices(bucket="example-news", cloudfront_distribution=DISTRIBUTION),
            id="B5, it replaces everyone",
        ),
    ],
)
def test_an_origin_access_control(policy, choices):
    assert values({"policy": policy}, choices)["origin_access_control"] == {
        "Name": "example-news",
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }


def test_no_origin_access_control_for_others():
    policy = statement({"AWS": "arn:aws:iam::111122223333:role/player"})
    assert "origin_access_control" not in values({"policy": policy})


def test_alarms():
    """M1, M3, M6, M8: what S3 does not count has no counterpart."""
    rules = [
        {"object_group": "live/*", "object_group_name": "live"},
        {"object_group": "*.m3u8", "object_group_name": "playlists"},
        {"object_group": "*", "object_group_name": "EntireBucket"},
    ]
    policy = {"container_level_metrics": True, "rules": rules}
    assert values({"metric_policy": policy})["alarms"] == [
        {"ObjectGroupName": None, "FilterId": "EntireBucket"},
        {"ObjectGroupName": "live", "FilterId": "live"},
        {"ObjectGroupName": "playlists", "FilterId": None},
        {"ObjectGroupName": "EntireBucket", "FilterId": None},
    ]


@pytest.mark.parametrize("policy", [None, {}, {"container_level_metrics": False}])
def test_no_alarms(policy):
    assert "alarms" not in values({"metric_policy": policy})
