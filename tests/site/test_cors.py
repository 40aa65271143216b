# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CORS rules that a playbook declares, as headless Chromium applies them to pages of two origins."""

from __future__ import annotations

import hashlib
import json
import subprocess

import boto3
import pytest
from empty_page import site

from mediastore_emulator import EmulatorServer

KEYS = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
FETCH = """
const [url, options, done] = arguments;
fetch(url, options).then(
  async reply => done({
    status: reply.status,
    text: await reply.text(),
    etag: reply.headers.get("ETag"),
    requestId: reply.headers.get("x-amzn-RequestId"),
  }),
  error => done({error: error.name}),
);
"""
# The type that a browser sends for a text, text/plain;charset=UTF-8, does not match the service's pattern.
FILM = {"method": "PUT", "body": "film", "headers": {"Content-Type": "text/plain"}}
# What fetch reports if the rules do not allow a request.
REFUSED = {"error": "TypeError"}


def with_header(name):
    return {**FILM, "headers": {**FILM["headers"], name: "1"}}


@pytest.fixture(scope="module")
def origins():
    """The origins of two sites: the rules allow only the first one."""
    with site() as first, site() as second:
        yield [first, second]


@pytest.fixture(scope="module")
def emulator():
    with EmulatorServer() as server:
        yield server


@pytest.fixture(scope="module")
def client(emulator):
    keys = {"aws_access_key_id": KEYS["access_key"], "aws_secret_access_key": KEYS["secret_key"]}
    return boto3.client("mediastore", endpoint_url=emulator.url, region_name="us-east-1", **keys)


@pytest.fixture(scope="module")
def endpoint(origins, emulator, client, tmp_path_factory):
    """The endpoint of a container for which a playbook has declared the rules."""
    rules = {
        "allowed_origins": [origins[0]],
        "allowed_methods": ["GET", "PUT"],
        "allowed_headers": ["x-trace"],
        "expose_headers": ["ETag"],
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {
            "group/elemental.mediastore.aws": {"endpoint_url": emulator.url, "region": "us-east-1", **KEYS}
        },
        "tasks": [
            {"elemental.mediastore.mediastore_container": {"name": "movies"}},
            {"elemental.mediastore.mediastore_cors_policy": {"name": "movies", "rules": [rules]}},
        ],
    }
    playbook = tmp_path_factory.mktemp("playbook") / "rules.yml"
    playbook.write_text(json.dumps([play]))
    done = subprocess.run(["ansible-playbook", playbook], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return client.describe_container(ContainerName="movies")["Container"]["Endpoint"]


@pytest.fixture
def fetch(browser, endpoint, emulator):
    """A function that fetches a path of the container in a page of an origin, and returns what the page reads."""

    def fetch(origin, path, **options):
        browser.get(origin)
        emulator.clear_requests()
        return browser.execute_async_script(FETCH, f"{endpoint}/{path}", options)

    return fetch


@pytest.fixture
def answered(emulator):
    """A function that returns the requests since the last fetch, with the status of their replies."""
    return lambda: [(entry["operation"], entry["status"]) for entry in emulator.requests()]


def test_a_page_of_the_allowed_origin_reads(origins, fetch):
    assert fetch(origins[0], "read", **FILM)["status"] == 200
    read = fetch(origins[0], "read")
    assert (read["status"], read["text"]) == (200, "film")


def test_a_page_of_another_origin_does_not_read(origins, fetch, answered):
    assert fetch(origins[1], "read") == REFUSED
    assert [operation for operation, _status in answered()] == ["GetObject"]


def test_a_page_reads_the_status_of_an_error(origins, fetch):
    read = fetch(origins[0], "none")
    assert (read["status"], json.loads(read["text"])["__type"]) == (404, "ObjectNotFoundException")
    assert fetch(origins[1], "none") == REFUSED


def test_only_an_exposed_header_is_readable(origins, fetch):
    fetch(origins[0], "exposed", **FILM)
    read = fetch(origins[0], "exposed")
    assert read["etag"] == hashlib.sha256(b"film").hexdigest()
    assert read["requestId"] is None


def test_a_put_with_an_allowed_header_is_sent_after_its_preflight(origins, fetch, answered):
    assert fetch(origins[0], "put", **with_header("X-Trace"))["status"] == 200
    assert answered() == [("Preflight", 200), ("PutObject", 200)]


def test_a_put_of_another_origin_is_not_sent(origins, fetch, answered):
    assert fetch(origins[1], "other", **with_header("X-Trace")) == REFUSED
    assert answered() == [("Preflight", 403)]


def test_a_put_with_a_header_that_is_not_allowed_is_not_sent(origins, fetch, answered):
    assert fetch(origins[0], "header", **with_header("X-Span")) == REFUSED
    assert answered() == [("Preflight", 403)]


def test_a_method_that_is_not_allowed_is_not_sent(origins, fetch, answered):
    assert fetch(origins[0], "read", method="DELETE") == REFUSED
    assert answered() == [("Preflight", 403)]


def test_a_page_reads_with_credentials(origins, fetch):
    fetch(origins[0], "credentials", **FILM)
    assert fetch(origins[0], "credentials", credentials="include")["text"] == "film"
