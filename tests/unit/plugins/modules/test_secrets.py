# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of modules and the data of the emulator contain no secret keys and tokens."""

from __future__ import annotations

import json

import pytest

from ansible_collections.elemental.mediastore.tests.unit import policy_cases

SECRETS = {"secret_key": "zzSecret/Key+yy", "session_token": "zzSessionToken=="}
VARIABLES = {
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}
POLICY = policy_cases.policy()
TASKS = {
    "mediastore_container": {"name": "live", "tags": {"a": "1"}, "access_logging_enabled": True},
    "mediastore_container_policy": {"name": "live", "policy": POLICY},
    "mediastore_cors_policy": {"name": "live", "rules": [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]},
    "mediastore_lifecycle_policy": {"name": "live", "state": "absent"},
    "mediastore_metric_policy": {"name": "live", "container_level_metrics": True},
    "mediastore_containers": {"containers": [{"name": "live", "policy": {}}, {"name": "other"}]},
    "mediastore_container_info": {"include": ["all"]},
    "mediastore_object": {"container": "live", "path": "a.txt", "content": "text"},
    "mediastore_objects": {"container": "live", "path": "/", "state": "absent"},
    "mediastore_object_info": {"container": "live"},
}


@pytest.fixture(params=["options", "environment"])
def run_with_secrets(request, run, monkeypatch):
    """A function that runs a module with secrets, and returns its whole result as text."""
    options = SECRETS
    if request.param == "environment":
        options = dict.fromkeys([*SECRETS, "access_key"])
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAZZZZYYYYXXXX")
        for name, secret in SECRETS.items():
            monkeypatch.setenv(VARIABLES[name], secret)

    def run_with_secrets(module, **how):
        return json.dumps(run(module, diff=True, **{**TASKS[module], **options, **how}))

    return run_with_secrets


def search(text):
    return [secret for secret in SECRETS.values() if secret in text]


@pytest.mark.parametrize("module", TASKS)
@pytest.mark.parametrize("check", [True, False])
def test_results_contain_no_secrets(run_with_secrets, client, emulator, module, check):
    client.create_container(ContainerName="live")
    text = run_with_secrets(module, check=check, debug_botocore_endpoint_logs=True)
    assert '"invocation"' in text
    assert search(text) == []
    assert search(json.dumps(emulator.requests())) == []


@pytest.mark.parametrize("module", TASKS)
@pytest.mark.parametrize("kind", ["access_denied", "cut_before", "malformed"])
@pytest.mark.usefixtures("clock")
def test_failures_contain_no_secrets(run_with_secrets, client, emulator, module, kind):
    client.create_container(ContainerName="live")
    emulator.faults({"operation": "*", "kind": kind, "count": None})
    text = run_with_secrets(module)
    assert '"failed": true' in text
    assert search(text) == []
    assert search(json.dumps(emulator.requests())) == []


@pytest.mark.parametrize("module", TASKS)
@pytest.mark.usefixtures("clock")
def test_unreachable_endpoint_shows_no_secrets(run_with_secrets, module, closed_endpoint):
    text = run_with_secrets(module, endpoint_url=closed_endpoint)
    assert "Could not connect" in text
    assert search(text) == []


def test_the_id_of_an_access_key_masks_no_other_value(run):
    options = {"access_key": "test", "name": "test", "tags": {"stage": "test"}}
    assert run("mediastore_container", **options)["container"]["tags"] == {"stage": "test"}
    [listed] = run("mediastore_container_info", access_key="test", include=["tags"])["containers"]
    assert (listed["name"], listed["tags"]) == ("test", {"stage": "test"})


MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@pytest.mark.parametrize(
    ("module", "options", "named"),
    [
        ("mediastore_container", {"name": "live", "tags": {"stage": MASK}}, "tags"),
        ("mediastore_container_policy", {"name": "live", "policy": {MASK: 1}}, "policy"),
        ("mediastore_containers", {"containers": [{"name": "a"}, {"name": "b", "tags": {MASK: "x"}}]}, "containers"),
        ("mediastore_container_info", {"names": [MASK]}, "names"),
        ("mediastore_object", {"container": "live", "path": "a.txt", "content": MASK}, "content"),
        ("mediastore_objects", {"container": "live", "path": "/", "state": "absent", "exclude": [MASK]}, "exclude"),
        ("mediastore_object_info", {"container": "live", "path": MASK}, "path"),
    ],
)
def test_masked_value_that_is_fed_back_is_refused(run, calls, module, options, named):
    result = run(module, **options)
    assert result["failed"]
    assert result["msg"].startswith(f"The option {named} holds {MASK}")
    assert "\n" not in result["msg"]
    assert calls() == []
