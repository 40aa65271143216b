# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A channel that a playbook declares in an emulator, and pages that play it in headless Chromium."""

from __future__ import annotations

import contextlib
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from headless_chromium import browser
from sites import PlayersSite, serving

from mediastore_emulator import EmulatorServer

__all__ = ["browser"]

PLAYBOOK = Path(__file__).with_name("channel.yml")
ACCESS_KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEYS = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET}


@pytest.fixture(scope="module")
def emulator():
    with EmulatorServer(services=[], credentials={ACCESS_KEY: SECRET}) as server:
        yield server


@pytest.fixture(scope="module")
def sites():
    """The origins of two sites with the same page: the channel allows only the first one."""
    with serving(PlayersSite) as port:
        yield f"http://127.0.0.1:{port}", f"http://localhost:{port}"


@pytest.fixture(scope="module")
def channel(emulator, sites):
    """The endpoint of the container that the playbook has declared."""
    variables = ["-e", f"endpoint_url={emulator.url}", "-e", f"origin={sites[0]}"]
    done = subprocess.run(["ansible-playbook", PLAYBOOK, *variables], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    client = boto3.client("mediastore", endpoint_url=emulator.url, region_name="us-east-1", **KEYS)
    return client.describe_container(ContainerName="channel")["Container"]["Endpoint"]


@pytest.fixture
def presign():
    """A function that signs a PUT to a URL with a secret."""

    def presign(url, secret=SECRET):
        request = AWSRequest("PUT", url)
        S3SigV4QueryAuth(Credentials(ACCESS_KEY, secret), "mediastore", "us-east-1", expires=60).add_auth(request)
        return request.url

    return presign


@pytest.fixture(scope="session")
def wait():
    """A function that returns the result of another one as soon as it is true, and fails after 30 seconds."""

    def wait(condition):
        deadline = time.monotonic() + 30
        while not (result := condition()):
            assert time.monotonic() < deadline, condition
            time.sleep(0.1)
        return result

    return wait


@pytest.fixture(scope="session")
def wait_for_object(wait):
    """A function that waits until a URL has an object with a text, which shows that an encoder has pushed enough."""

    def has(url, text):
        with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(url) as reply:
            return text in reply.read()

    return lambda url, text: wait(lambda: has(url, text))


@pytest.fixture
def play(browser):
    """A function that plays a URL in a page of a site; it returns a function that returns the progress."""

    def play(site, player, url, delay=None):
        browser.get(site)
        browser.execute_script("play(...arguments)", player, url, delay)
        return lambda: browser.execute_script("return progress()")

    return play
