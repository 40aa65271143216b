# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many parts of a declaration there are, and how many of them are exact."""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import (
    Choices,
    count_parts,
    translate,
    without_aspects,
)
from ansible_collections.elemental.mediastore.tests.unit import samples

OBJECTS = "arn:aws:mediastore:us-east-1:123456789012:container/news/*"
READER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Resource": OBJECTS}
READS = {**READER, "Action": "mediastore:GetObject"}
LISTS = {**READER, "Action": "mediastore:ListItems"}
CORS = {"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": []}


def rule(operator):
    return samples.lifecycle_rule([{"prefix": "live/"}], ("days", operator, 7))


@pytest.mark.parametrize(
    ("declared", "aspect", "parts", "exact"),
    [
        ({"tags": {"a": "1", "b": "2"}}, "tags", 2, 2),
        ({"tags": {}}, "tags", 0, 0),
        ({"policy": {}}, "policy_statements", 0, 0),
        ({"policy": {"Statement": READS}}, "policy_statements", 1, 1),
        # A statement that lists is approximate (P7), with its Sid or its number.
        ({"policy": {"Statement": [READS, LISTS]}}, "policy_statements", 2, 1),
        ({"policy": {"Statement": [{"Sid": "Lists", **LISTS}, READS]}}, "policy_statements", 2, 1),
        # A Sid can be the number of another statement: findings then name both by their numbers.
        ({"policy": {"Statement": [{"Sid": "2", **LISTS}, READS]}}, "policy_statements", 2, 1),
        ({"policy": {"Statement": [{"Sid": "2", **LISTS}, LISTS]}}, "policy_statements", 2, 0),
        ({"cors_policy": []}, "cors_rules", 0, 0),
        ({"cors_policy": [CORS, {**CORS, "expose_headers": ["*"]}]}, "cors_rules", 2, 1),
        ({"lifecycle_policy": {}}, "lifecycle_rules", 0, 0),
        # L1: at least N days is exact; L2: more than N days is not.
        ({"lifecycle_policy": {"rules": [rule(">="), rule(">")]}}, "lifecycle_rules", 2, 1),
        ({"metric_policy": {}}, "metrics", 0, 0),
        ({"metric_policy": {"container_level_metrics": False, "rules": None}}, "metrics", 0, 0),
        (
            {
                "metric_policy": {
                    "container_level_metrics": True,
                    "rules": [
                        {"object_group": "live/*", "object_group_name": "live"},
                        {"object_group": "*.ts", "object_group_name": "segments"},
                    ],
                }
            },
            "metrics",
            3,
            2,
        ),
        ({"access_logging_enabled": False}, "access_logging", 1, 1),
        ({"access_logging_enabled": True}, "access_logging", 1, 0),
    ],
)
def test_parts_are_counted_and_exact_without_a_finding(declared, aspect, parts, exact):
    container = {"name": "news", **declared}
    _name, _aspects, findings = translate(container, Choices())
    assert count_parts(container, findings) == {"declared": {aspect: parts}, "exact": {aspect: exact}}


def test_aspects_that_a_declaration_omits_are_not_counted():
    container = {"name": "news", "tags": None, "policy": None}
    assert count_parts(container, []) == {"declared": {}, "exact": {}}


def test_nothing_is_exact_of_an_aspect_that_the_endpoint_lacks():
    parts = count_parts({"name": "news", "tags": {"a": "1"}, "policy": {"Statement": READS}, "cors_policy": [CORS]}, [])
    assert parts["exact"] == {"tags": 1, "policy_statements": 1, "cors_rules": 1}
    assert without_aspects(parts, ["cors", "public_access_block"]) == {
        "declared": {"tags": 1, "policy_statements": 1, "cors_rules": 1},
        "exact": {"tags": 1, "policy_statements": 1, "cors_rules": 0},
    }
