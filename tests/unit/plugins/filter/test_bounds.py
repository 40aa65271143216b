# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small sources that ask for much work are converted or refused within 5 seconds and 300 MiB."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ansible_collections.elemental.mediastore.tests.unit.plugins.filter import hostile_sources


@pytest.mark.parametrize("name", hostile_sources.CASES)
def test_a_hostile_source_takes_little(name):
    command = [sys.executable, hostile_sources.__file__, name]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    measured = json.loads(result.stdout)
    assert measured["seconds"] < 5
    assert measured["MiB"] < 300
    assert "\n" not in measured["said"]
