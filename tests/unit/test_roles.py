# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The defaults of roles are as documented, and the emulator listens only on loopback by default."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"


def load(role, file):
    return yaml.safe_load((ROLES / role / file).read_text())


@pytest.mark.parametrize("role", ["emulator", "move_to_s3", "provision"])
def test_documented_defaults(role):
    options = load(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    assert load(role, "defaults/main.yml") == documented


def test_the_emulator_listens_on_loopback_by_default():
    assert ipaddress.ip_address(load("emulator", "defaults/main.yml")["emulator_host"]).is_loopback
