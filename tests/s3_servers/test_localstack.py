# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module for buckets against LocalStack: the unit tests that neither the emulator's faults nor its state need."""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.tests.unit.plugins.modules import test_s3_buckets as unit

pytestmark = pytest.mark.parametrize("server", ["localstack"], indirect=True, scope="session")
at_aws, buckets, sent = unit.at_aws, unit.buckets, unit.sent

test_requests_of_one_aspect = unit.test_requests_of_one_aspect
test_requests_of_a_bucket_with_everything = unit.test_requests_of_a_bucket_with_everything
test_choices_of_a_container_win_over_those_of_the_task = unit.test_choices_of_a_container_win_over_those_of_the_task
test_public_policy_needs_the_option = unit.test_public_policy_needs_the_option


@pytest.fixture
def emulator(server):
    """LocalStack itself, whose log has the operations that it was asked for."""
    server.clear_requests()
    return server


def test_everything_is_predicted_changed_and_removed(buckets):
    empty = {**{key: {} for key in ("policy", "tags", "lifecycle_policy", "metric_policy")}, "cors_policy": []}
    for declared in (unit.EVERYTHING, {**empty, "access_logging_enabled": False}):
        predicted = buckets(declared, check=True, diff=True)
        done = buckets(declared, diff=True)
        assert (predicted["changed"], done["changed"]) == (True, True)
        assert predicted["diff"] == done["diff"]
        assert not buckets(declared, check=True)["changed"]
        assert not buckets(declared)["changed"]
    [removed] = done["containers"]
    aspects = ("policy", "tags", "cors", "lifecycle", "metrics", "logging")
    assert [removed[aspect] for aspect in aspects] == [None] * len(aspects)


def test_bucket_of_another_account_is_not_touched(buckets, emulator):
    other = emulator.client("111122223333")
    other.create_bucket(Bucket="example-live")
    try:
        # LocalStack checks the expected owner in the operations on policies, and ignores it in others.
        failed = buckets({"policy": unit.POLICY})
        assert (failed["failed"], failed["changed"]) == (True, False)
        assert "does not belong to account 000000000000" in failed["msg"]
    finally:
        other.delete_bucket(Bucket="example-live")
