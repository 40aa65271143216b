# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of mediastore_s3_buckets: findings, and failures that name buckets."""

from __future__ import annotations


def test_findings_are_said_once(run):
    """With the container, whose name the message does not repeat."""
    rules = [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "expose_headers": ["*"]}]
    container = {"name": "example-live", "cors_policy": rules}
    result = run("mediastore_s3_buckets", check=True, containers=[container], accept=["cors.expose_headers"])
    assert "findings" not in result
    [finding] = result["containers"][0]["findings"]
    assert finding.keys() == {"container", "where", "code", "level", "message"}
    assert "example-live" not in finding["message"]


def test_failures_name_buckets(run, other_account):
    """A declared container that is absent has no bucket, so that it is not counted."""
    other_account.create_bucket(Bucket="example-1")
    containers = [
        {"name": "Left", "state": "absent"},
        {"name": "One", "bucket": "example-1"},
        {"name": "Two", "bucket": "example-2"},
    ]
    result = run("mediastore_s3_buckets", containers=containers)
    assert result["msg"].startswith("1 of 2 buckets failed: Failed to look for bucket example-1 (")
    assert [one["action"] for one in result["containers"]] == ["unchanged", "failed", "created"]


def test_failures_name_buckets_that_were_not_started(run, emulator):
    emulator.faults({"operation": "PutBucketTagging", "kind": "expired_token", "count": None})
    containers = [{"name": name, "bucket": f"example-{name}", "tags": {"a": "1"}} for name in ("1", "2", "3")]
    result = run("mediastore_s3_buckets", containers=containers, max_concurrency=1)
    assert result["msg"].startswith("3 of 3 buckets failed: Failed to set the tags of bucket example-1: ")
    assert result["msg"].endswith("; not started: example-2, example-3")
