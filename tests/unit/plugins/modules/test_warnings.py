# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A policy that is valid but almost certainly a mistake: the same warning in check mode and in the run."""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore import runner

PUT = (
    "statement 1 of the container policy allows mediastore:PutObject without the condition"
    " Bool aws:SecureTransport true, which MediaStore requires"
)
FOREIGN = "statement 1 of the container policy names s3:GetObject in Action, which is not an action of MediaStore"


def policy(name, *actions):
    resource = f"arn:aws:mediastore:us-east-1:123456789012:container/{name}/*"
    return {"Statement": {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": resource}}


@pytest.fixture
def warned(monkeypatch):
    """The warnings of the tasks so far. Ansible keeps those of one process, in a form that depends on its version."""
    warned = []
    monkeypatch.setattr(runner, "warn", warned.append)
    return warned


@pytest.mark.parametrize(
    ("actions", "warnings"),
    [
        (["mediastore:GetObject"], []),
        (["mediastore:PutObject"], [f"Container live: {PUT}"]),
        (["mediastore:GetObject", "s3:GetObject"], [f"Container live: {FOREIGN}"]),
    ],
)
def test_warnings_about_the_policy_of_one_container(run, client, warned, actions, warnings):
    client.create_container(ContainerName="live")
    for check, changed in [(True, True), (False, True), (False, False)]:
        result = run("mediastore_container_policy", name="live", policy=policy("live", *actions), check=check)
        assert result["changed"] == changed
        assert warned == warnings
        warned.clear()


@pytest.mark.parametrize("check", [True, False])
def test_warning_names_all_containers_it_applies_to(run, warned, check):
    entries = [{"name": name, "policy": policy(name, "mediastore:PutObject")} for name in ("one", "two")]
    entries += [
        {"name": "three", "policy": policy("three", "mediastore:GetObject", "s3:GetObject")},
        {"name": "gone", "state": "absent", "policy": policy("gone", "mediastore:PutObject")},
        {"name": "bare", "policy": {}},
    ]
    assert not run("mediastore_containers", containers=entries, check=check).get("failed")
    assert warned == [f"Containers one, two: {PUT}", f"Container three: {FOREIGN}"]
