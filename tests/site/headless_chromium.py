# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Headless Chromium."""

from __future__ import annotations

import shutil

import pytest
from selenium import webdriver


def chromium(profile):
    """Return a driver of a new Chromium with an empty directory as its profile, a context manager."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    # Chromium's sandbox refuses to run as root, and the memory that it shares is larger than a container's /dev/shm.
    for argument in (
        *["headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run"],
        *["disable-background-networking", "disable-component-update", "disable-sync"],
        # As if an attacker had bound these names to loopback.
        "host-resolver-rules=MAP *.rebind.example 127.0.0.1",
        f"user-data-dir={profile}",
    ):
        options.add_argument(f"--{argument}")
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A driver of one Chromium for all tests."""
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver
