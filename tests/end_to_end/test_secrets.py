# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and tokens are in nothing that Ansible prints, however much it is asked to."""

from __future__ import annotations

import json

import pytest

SECRETS = {
    "access_key": "AKIAZZZZYYYYXXXX",
    "secret_key": "zzSecret/Key+yy",
    "session_token": "zzSessionToken==",
}
VARIABLES = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}


@pytest.mark.parametrize("way", ["options", "environment"])
@pytest.mark.parametrize(("endpoint", "status"), [(None, 0), ("http://127.0.0.1:9", 2)])
def test_a_task_that_tells_all(run, endpoint_url, way, endpoint, status):
    options = {"endpoint_url": endpoint or endpoint_url, "region": "us-east-1", "name": "live", "wait_timeout": 1}
    environment = {}
    if way == "options":
        options |= SECRETS
    else:
        environment = {VARIABLES[name]: secret for name, secret in SECRETS.items()}
    command = ["ansible", "localhost", "-vvv", "--diff", "-m", "elemental.mediastore.mediastore_container", "-a"]
    printed = run(*command, json.dumps(options), status=status, **environment)
    assert "live" in printed
    assert [secret for secret in SECRETS.values() if secret in printed] == []
