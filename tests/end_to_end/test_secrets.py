# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's output contains no secret keys and tokens, at any verbosity; other values are not masked."""

from __future__ import annotations

import json

import pytest

KEYS = {"access_key": "live", "secret_key": "zzSecret/Key+yy", "session_token": "zzSessionToken=="}
VARIABLES = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}


@pytest.mark.parametrize("way", ["options", "environment"])
@pytest.mark.parametrize(("endpoint", "status"), [("endpoint_url", 0), ("closed_endpoint_url", 2)])
def test_verbose_output_contains_no_secrets(run, request, way, endpoint, status):
    options = {
        "endpoint_url": request.getfixturevalue(endpoint),
        "region": "us-east-1",
        "name": "live",
        "wait_timeout": 1,
    }
    environment = {}
    if way == "options":
        options |= KEYS
    else:
        environment = {VARIABLES[name]: key for name, key in KEYS.items()}
    command = ["ansible", "localhost", "-vvv", "--diff", "-m", "elemental.mediastore.mediastore_container", "-a"]
    printed = run(*command, json.dumps(options), status=status, **environment)
    assert '"name": "live"' in printed
    assert [name for name in ("secret_key", "session_token") if KEYS[name] in printed] == []
