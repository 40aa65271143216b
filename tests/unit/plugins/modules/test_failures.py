# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys of failures: those of amazon.aws for the reply of the service, in all modules."""

from __future__ import annotations

import pytest

RULES = [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]
MODULES = {
    "mediastore_container_policy": {"state": "absent"},
    "mediastore_cors_policy": {"rules": RULES},
    "mediastore_lifecycle_policy": {"state": "absent"},
    "mediastore_metric_policy": {"container_level_metrics": True},
}


@pytest.mark.parametrize(("module", "options"), MODULES.items(), ids=MODULES)
@pytest.mark.parametrize("check", [True, False])
def test_a_missing_container(run, module, options, check):
    """The removal of a document of a missing container has nothing to do."""
    result = run(module, name="live", check=check, **options)
    if options.get("state") == "absent" or check:
        assert "failed" not in result
        return
    assert result["msg"].startswith("Container live does not exist in us-east-1, create it")
    assert result["error"]["code"] == "ContainerNotFoundException"
    # https://docs.aws.amazon.com/mediastore/latest/apireference/API_PutCorsPolicy.html
    assert result["response_metadata"]["http_status_code"] == 400
    assert {"boto3_version", "botocore_version"} <= result.keys()


def test_a_refused_account(run, emulator):
    """The failure of a task for many resources has these keys if nothing was changed and the cause is one for all."""
    emulator.faults({"operation": "GetBucketTagging", "kind": "expired_token", "count": None})
    containers = [{"name": name, "tags": {}} for name in ("example-a", "example-b")]
    result = run("mediastore_s3_buckets", containers=containers)
    assert result["error"]["code"] == "ExpiredToken"
    assert result["response_metadata"]["http_status_code"] == 400
    assert [one["action"] for one in result["containers"]].count("failed") >= 1
