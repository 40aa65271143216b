# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pages in headless Chromium can do with an emulator on the same machine."""

from __future__ import annotations

import urllib.parse

import boto3
import pytest
from empty_page import site
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from mediastore_emulator import EmulatorServer

KEYS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
# Sends each request in its mode, and waits until all have a reply.
FETCH = """
const [requests, done] = arguments;
Promise.all(requests.map(([url, options]) => fetch(url, options).then(
  async reply => ({type: reply.type, status: reply.status, text: await reply.text()}),
  error => ({error: error.name}),
))).then(done);
"""
# Sends a form, of which the page sees no reply.
FORM = """
const [action, enctype, fields] = arguments;
const form = Object.assign(document.createElement("form"), {action, enctype, method: "POST"});
for (const [name, value] of Object.entries(fields))
  form.append(Object.assign(document.createElement("input"), {name, value}));
document.body.append(form);
form.submit();
"""
CREDENTIAL = "Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/mediastore/aws4_request"
SIGNED = {"Authorization": f"AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders=host, Signature=0"}
DELETE = {
    "method": "POST",
    "body": '{"ContainerName": "movies"}',
    "headers": {**SIGNED, "X-Amz-Target": "MediaStore_20170901.DeleteContainer", "Content-Type": "text/plain"},
}
ADVANCE, SETTINGS, FAULTS = '{"advance": 86400}', '{"access": false}', '[{"operation": "*", "kind": "throttled"}]'
# What fetch reports if the page must not send a request, or not read its reply; and the reply in the mode no-cors.
REFUSED = {"error": "TypeError"}
OPAQUE = {"type": "opaque", "status": 0, "text": ""}


@pytest.fixture(scope="module")
def page():
    """The URL of a page at another port of loopback."""
    with site() as origin:
        yield f"{origin}/"


@pytest.fixture
def emulator():
    with EmulatorServer() as server:
        server.set_time("2030-01-01")
        yield server


@pytest.fixture
def client(emulator):
    return boto3.client("mediastore", endpoint_url=emulator.url, region_name="us-east-1", **KEYS)


@pytest.fixture
def s3(emulator):
    """A client of a bucket with the name films, which moto's reset would remove."""
    client = boto3.client("s3", endpoint_url=emulator.url, region_name="us-east-1", **KEYS)
    client.create_bucket(Bucket="films")
    yield client
    client.delete_bucket(Bucket="films")


@pytest.fixture
def endpoint(client):
    """The path of an object in a container, movies."""
    client.create_container(ContainerName="movies")
    address = client.describe_container(ContainerName="movies")["Container"]["Endpoint"]
    boto3.client("mediastore-data", endpoint_url=address, region_name="us-east-1", **KEYS).put_object(
        Path="film", Body=b"film"
    )
    return urllib.parse.urlsplit(address).path + "/film"


def attempts(url):
    """Return what a page can send: simple requests without CORS, and those that need a preflight, or its reply."""
    admin = f"{url}/mediastore-emulator"
    simple = [
        (f"{admin}/reset", {"method": "POST"}),
        (f"{admin}/clock", {"method": "POST", "body": ADVANCE}),
        (f"{admin}/requests", {}),
        (f"{url}/moto-api/reset", {"method": "POST"}),
        (f"{url}/moto-api/data.json", {}),
        (f"{url}/", {}),
        (f"{url}/", DELETE),
        (f"{url}/films?delete", {"method": "POST", "body": "<Delete><Object><Key>a</Key></Object></Delete>"}),
    ]
    methods = [
        (f"{admin}/settings", {"method": "PUT", "body": SETTINGS}),
        (f"{admin}/faults", {"method": "PUT", "body": FAULTS}),
        (f"{admin}/requests", {"method": "DELETE"}),
        (f"{url}/", {"method": "DELETE", "headers": SIGNED}),
    ]
    without_cors = [(target, {**options, "mode": "no-cors"}) for target, options in simple]
    return without_cors, [*simple, *methods]


@pytest.fixture
def unchanged(emulator, client, s3, endpoint):
    """A function that checks that nothing has changed, and that all requests since it was made were refused."""
    emulator.clear_requests()

    def unchanged(status):
        entries = emulator.requests()
        assert {entry["status"] for entry in entries} == {status}
        assert all(entry["reason"] for entry in entries)
        assert emulator.faults_left() == []
        container = client.describe_container(ContainerName="movies")["Container"]
        assert (container["Status"], container["CreationTime"].year) == ("ACTIVE", 2030)
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["films"]
        assert emulator.requests()[-1]["time"].startswith("2030-01-01")
        return len(entries)

    return unchanged


def test_a_page_of_another_origin_changes_and_reads_nothing(browser, page, emulator, unchanged):
    browser.get(page)
    without_cors, with_cors = attempts(emulator.url)
    assert browser.execute_async_script(FETCH, without_cors) == [OPAQUE] * len(without_cors)
    assert browser.execute_async_script(FETCH, with_cors) == [REFUSED] * len(with_cors)
    # A simple request has no preflight, and a request that has one is not sent.
    assert unchanged(403) == len(without_cors) + len(with_cors)


@pytest.mark.parametrize(
    ("path", "enctype", "fields"),
    [
        ("/mediastore-emulator/reset", "text/plain", {}),
        ("/mediastore-emulator/clock", "text/plain", {'{"advance": 86400, "': '": 1}'}),
        ("/moto-api/reset", "application/x-www-form-urlencoded", {}),
        ("/", "application/x-www-form-urlencoded", {"Action": "AssumeRoleWithWebIdentity"}),
        ("/films", "multipart/form-data", {"key": "a", "file": "content"}),
    ],
)
def test_a_form_of_another_origin_changes_nothing(browser, page, emulator, unchanged, path, enctype, fields):
    browser.get(page)
    browser.execute_script(FORM, f"{emulator.url}{path}", enctype, fields)
    WebDriverWait(browser, 30).until(lambda driver: driver.current_url != page and emulator.requests())
    assert "can use only the endpoints of containers" in browser.find_element(By.TAG_NAME, "body").text
    assert unchanged(403) == 1


def test_a_name_that_is_bound_again_to_loopback_reads_and_changes_nothing(browser, emulator, unchanged, endpoint):
    # For Chromium, each name below rebind.example is loopback: see the fixture browser.
    url = f"http://a.rebind.example:{urllib.parse.urlsplit(emulator.url).port}"
    browser.get(f"{url}{endpoint}")
    assert "The emulator does not serve the host a.rebind.example:" in browser.find_element(By.TAG_NAME, "body").text
    _without_cors, same_origin = attempts(url)
    replies = browser.execute_async_script(FETCH, same_origin)
    assert [reply["status"] for reply in replies] == [421] * len(same_origin)
    assert unchanged(421) >= 1 + len(same_origin)


def test_a_page_of_the_emulator_uses_it(browser, emulator, endpoint):
    browser.get(f"{emulator.url}/mediastore-emulator/health")
    clock, settings = browser.execute_async_script(
        FETCH,
        [
            (f"{emulator.url}/mediastore-emulator/clock", {"method": "POST", "body": ADVANCE}),
            (f"{emulator.url}/mediastore-emulator/settings", {"method": "PUT", "body": SETTINGS}),
        ],
    )
    assert clock["text"].startswith('{"time": "2030-01-02')
    assert settings["status"] == 200


def test_a_script_in_an_object_does_not_have_the_origin_of_the_emulator(browser, emulator, s3, endpoint, client):
    script = "fetch('/mediastore-emulator/reset', {method: 'POST'}).then(() => 'sent', () => 'refused')"
    content = f"<script>{script}.then(result => document.title = result)</script>".encode()
    directory = endpoint.rpartition("/")[0]
    media = boto3.client("mediastore-data", endpoint_url=emulator.url + directory, region_name="us-east-1", **KEYS)
    media.put_object(Path="page", Body=content, ContentType="text/html")
    s3.put_object(Bucket="films", Key="page", Body=content, ContentType="text/html")
    # The emulator's clock is some years ahead.
    signed = s3.generate_presigned_url("get_object", {"Bucket": "films", "Key": "page"}, ExpiresIn=10 * 365 * 86_400)
    for url in (f"{emulator.url}{directory}/page", signed):
        browser.get(url)
        WebDriverWait(browser, 30).until(lambda driver: driver.title in ("sent", "refused"))
        assert browser.title == "refused"
    assert client.list_containers()["Containers"]
    s3.delete_object(Bucket="films", Key="page")


def test_a_page_that_cors_rules_allow_reads_an_object(browser, page, emulator, client, endpoint):
    rule = {"AllowedOrigins": [page.rstrip("/")], "AllowedMethods": ["GET"], "AllowedHeaders": []}
    client.put_cors_policy(ContainerName="movies", CorsPolicy=[rule])
    browser.get(page)
    [read] = browser.execute_async_script(FETCH, [(f"{emulator.url}{endpoint}", {})])
    assert read == {"type": "cors", "status": 200, "text": "film"}
