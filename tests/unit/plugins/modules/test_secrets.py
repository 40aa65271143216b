# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and tokens are in nothing that a module answers, and in nothing that the emulator keeps."""

from __future__ import annotations

import json

import pytest

SECRETS = {"access_key": "AKIAZZZZYYYYXXXX", "secret_key": "zzSecret/Key+yy", "session_token": "zzSessionToken=="}
VARIABLES = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}
POLICY = {"Statement": []}
TASKS = {
    "mediastore_container": {"name": "live", "tags": {"a": "1"}, "access_logging_enabled": True},
    "mediastore_container_policy": {"name": "live", "policy": POLICY},
    "mediastore_cors_policy": {"name": "live", "rules": [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]},
    "mediastore_lifecycle_policy": {"name": "live", "state": "absent"},
    "mediastore_metric_policy": {"name": "live", "container_level_metrics": True},
    "mediastore_containers": {"containers": [{"name": "live", "policy": {}}, {"name": "other"}]},
    "mediastore_container_info": {"include": ["all"]},
}


@pytest.fixture(params=["options", "environment"])
def run_with_secrets(request, run, monkeypatch):
    """A function that runs a module with secrets, and returns the whole of its answer as text."""
    options = SECRETS
    if request.param == "environment":
        options = dict.fromkeys(SECRETS)
        for name, secret in SECRETS.items():
            monkeypatch.setenv(VARIABLES[name], secret)

    def run_with_secrets(module, **how):
        return json.dumps(run(module, diff=True, **{**TASKS[module], **options, **how}))

    return run_with_secrets


def search(text):
    return [secret for secret in SECRETS.values() if secret in text]


@pytest.mark.parametrize("module", TASKS)
@pytest.mark.parametrize("check", [True, False])
def test_results(run_with_secrets, client, emulator, module, check):
    client.create_container(ContainerName="live")
    assert search(run_with_secrets(module, check=check, debug_botocore_endpoint_logs=True)) == []
    assert search(json.dumps(emulator.requests())) == []


@pytest.mark.parametrize("module", TASKS)
@pytest.mark.parametrize("kind", ["access_denied", "cut_before", "malformed"])
@pytest.mark.usefixtures("clock")
def test_failures(run_with_secrets, client, emulator, module, kind):
    client.create_container(ContainerName="live")
    emulator.faults({"operation": "*", "kind": kind, "count": None})
    text = run_with_secrets(module)
    assert '"failed": true' in text
    assert search(text) == []
    assert search(json.dumps(emulator.requests())) == []


@pytest.mark.parametrize("module", TASKS)
@pytest.mark.usefixtures("clock")
def test_nobody_answers(run_with_secrets, module):
    text = run_with_secrets(module, endpoint_url="http://127.0.0.1:9")
    assert "Could not connect" in text
    assert search(text) == []
