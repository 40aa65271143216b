# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No page of another origin can use the emulator: by the headers that browsers set, and pages cannot.

The headers of each case are those that the Fetch standard and Fetch Metadata prescribe for it.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import urllib.parse

import pytest

from mediastore_emulator import EmulatorServer
from mediastore_emulator.guard import Guard

ORIGIN = "https://page.example"
EVERY_ADDRESS = str(ipaddress.IPv4Address(0))
# A page that requests something of another site, of another port of the same host, and in a sandboxed frame.
CROSS_SITE = {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
OTHER_PORT = {**CROSS_SITE, "Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}
SANDBOXED = {**CROSS_SITE, "Origin": "null"}
# A simple request of fetch with the mode no-cors, an image, a form, and a browser without Fetch Metadata.
IMAGE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
FORM = {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
OLD_BROWSER = {"Origin": ORIGIN}
PAGES = [CROSS_SITE, OTHER_PORT, SANDBOXED, IMAGE, FORM, OLD_BROWSER]
TEXT = {"Content-Type": "text/plain"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
SIGNED = "AWS4-HMAC-SHA256 Credential=EXAMPLEKEY/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
DELETE_CONTAINER = {"X-Amz-Target": "MediaStore_20170901.DeleteContainer", "Authorization": SIGNED.format("mediastore")}
RULE = {"AllowedOrigins": [ORIGIN], "AllowedMethods": ["GET"], "AllowedHeaders": []}


def environ(method="GET", path="/mediastore-emulator/health", headers=(), address="127.0.0.1", host="127.0.0.1:5111"):
    """Return the WSGI environment of a request to an emulator at an address."""
    path, _mark, query = path.partition("?")
    variables = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in dict(headers).items()}
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": address,
        "HTTP_HOST": host,
        "wsgi.url_scheme": "http",
        **variables,
    }


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:5111", "127.1.2.3:80", "[::1]", "[::1]:5111", "localhost", "LOCALHOST:5111", ""),
        *("bucket.localhost:5111", "a.b.localhost", "localhost.", "localhost.:5111", "a.localhost."),
    ],
)
def test_names_of_loopback_are_served(host):
    assert Guard().why_wrong_host(environ(host=host)) is None
    assert Guard(allowed=["emulator.example"]).why_wrong_host(environ(host=host, address=EVERY_ADDRESS)) is None


@pytest.mark.parametrize(
    "host",
    [
        *("rebind.example", "rebind.example:5111", "127.0.0.1.rebind.example", "localhost.rebind.example"),
        EVERY_ADDRESS,
        *(
            "rebindlocalhost",
            "192.168.1.2:5111",
            "[::2]:5111",
            "[::ffff:7f00:1]",
            "::1",
            "127.0.0.1:80:80",
            "localhost:x",
        ),
    ],
)
def test_another_host_is_refused_on_loopback(host):
    for address in ("127.0.0.1", "127.0.1.1", "::1"):
        sentence = Guard(address).why_wrong_host(environ(host=host, address=address))
        assert re.search("--allow-host.*emulator_allowed_hosts", sentence or "")


@pytest.mark.parametrize(
    ("allowed", "host", "is_served"),
    [
        (["emulator.example"], "emulator.example:5111", True),
        (["Emulator.Example"], "EMULATOR.example", True),
        (["emulator.example"], "emulator.example.:5111", True),
        (["emulator.example"], "emulator.example..", False),
        (["emulator.example"], "a.emulator.example", False),
        (["*.amazonaws.com"], "bucket.s3.us-east-1.amazonaws.com", True),
        (["*.amazonaws.com"], "amazonaws.com", False),
        (["*.amazonaws.com"], "rebind-amazonaws.com", False),
        (["*"], "rebind.example", True),
        (["fd00::1"], "[fd00::1]:5111", True),
        (["192.168.1.2"], "192.168.1.2:5111", True),
    ],
)
def test_allowed_hosts_are_served(allowed, host, is_served):
    for address in ("127.0.0.1", EVERY_ADDRESS, "192.168.1.9"):
        sentence = Guard(address, allowed).why_wrong_host(environ(host=host, address=address))
        assert (sentence is None) == is_served


@pytest.mark.parametrize(
    ("given", "address", "host", "is_served"),
    [
        # An emulator that listens elsewhere can have any name.
        (EVERY_ADDRESS, EVERY_ADDRESS, "emulator.example", True),
        ("192.168.1.2", "192.168.1.2", "emulator.example", True),
        # The name of the machine is loopback, as on Debian.
        ("build-host", "127.0.1.1", "build-host:5111", True),
        ("build-host", "127.0.1.1", "other-host:5111", False),
    ],
)
def test_the_address_at_which_it_listens_is_served(given, address, host, is_served):
    assert (Guard(given).why_wrong_host(environ(host=host, address=address)) is None) == is_served


@pytest.mark.parametrize(
    "name", ["http://emulator.example", "emulator.example:5111", "", "a b", "e*.example", "*example"]
)
def test_an_allowed_host_is_a_name(name):
    with pytest.raises(ValueError, match=re.escape(f"host {name!r} must be a name without scheme and port")):
        EmulatorServer(allowed_hosts=[name])


@pytest.mark.parametrize(
    ("method", "headers", "is_foreign"),
    [
        ("POST", {}, False),
        ("POST", {"Origin": "http://127.0.0.1:5111"}, False),
        ("POST", {"Origin": "http://127.0.0.1:5111", "Sec-Fetch-Site": "same-origin"}, False),
        ("GET", {"Sec-Fetch-Site": "same-origin"}, False),
        ("GET", {"Sec-Fetch-Site": "none"}, False),
        ("HEAD", {"Sec-Fetch-Site": "none"}, False),
        ("POST", {"Sec-Fetch-Site": "none"}, True),
        ("POST", {"Origin": "http://127.0.0.1:5112"}, True),
        ("POST", {"Origin": "http://127.0.0.1"}, True),
        ("POST", {"Origin": "https://127.0.0.1:5111"}, True),
        # The same machine, but the request is for another name.
        ("POST", {"Origin": "http://localhost:5111"}, True),
        ("POST", {"Origin": "null"}, True),
        ("POST", {"Origin": ""}, True),
        ("POST", {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ("GET", {"Sec-Fetch-Site": "same-site"}, True),
        ("GET", {"Sec-Fetch-Site": "cross-site"}, True),
        ("GET", {"Sec-Fetch-Site": "unknown"}, True),
        ("GET", {"Origin": "http://127.0.0.1:5111", "Sec-Fetch-Site": "cross-site"}, True),
        ("OPTIONS", {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}, True),
        *[(method, page, True) for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS") for page in PAGES],
        ("GET", LINK, True),
    ],
)
def test_pages_of_other_origins_are_foreign(method, headers, is_foreign):
    assert (Guard().why_foreign(environ(method, headers=headers)) is not None) == is_foreign


@pytest.mark.parametrize(
    ("method", "path", "change", "is_foreign"),
    [
        ("GET", "/", {}, False),
        ("GET", "/?Action=DeleteUser", {}, True),
        ("POST", "/", {"Origin": ORIGIN}, True),
        ("GET", "/moto-api/", {}, True),
        ("GET", "/", {"Sec-Fetch-Dest": "iframe"}, True),
        ("GET", "/", {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"}, True),
    ],
)
def test_a_link_opens_only_the_start_page(method, path, change, is_foreign):
    assert (Guard().why_foreign(environ(method, path, {**LINK, **change})) is not None) == is_foreign


def test_an_allowed_host_can_be_a_proxy_with_tls():
    request = environ("POST", headers={"Origin": "https://emulator.example"}, host="emulator.example")
    assert Guard(allowed=["emulator.example"]).why_foreign(request) is None
    assert Guard(allowed=["other.example"]).why_foreign(request) is not None


# What the server does with it.


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("POST", "/mediastore-emulator/reset", TEXT, b""),
        ("POST", "/mediastore-emulator/clock", TEXT, b'{"advance": 86400}'),
        ("PUT", "/mediastore-emulator/clock", TEXT, b'{"time": 0}'),
        ("PUT", "/mediastore-emulator/settings", TEXT, b'{"access": false}'),
        ("PUT", "/mediastore-emulator/faults", TEXT, b'[{"operation": "*", "kind": "throttled"}]'),
        ("DELETE", "/mediastore-emulator/requests", {}, None),
        ("GET", "/mediastore-emulator/requests", {}, None),
        ("POST", "/", DELETE_CONTAINER, b'{"ContainerName": "movies"}'),
        ("POST", "/?X-Amz-Credential=K%2F20260101%2Fus-east-1%2Fmediastore%2Faws4_request", DELETE_CONTAINER, b"{}"),
        ("POST", "/moto-api/reset", TEXT, b""),
        ("GET", "/moto-api/data.json", {}, None),
        ("GET", "/", {}, None),
        ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=AssumeRoleWithWebIdentity"),
        ("POST", "/", {"Authorization": SIGNED.format("iam")}, b"Action=CreateUser&UserName=eve"),
        ("GET", "/?Action=CreateUser&X-Amz-Credential=K%2F20260101%2Fus-east-1%2Fiam%2Faws4_request", {}, None),
        ("POST", "/films", {"Content-Type": "multipart/form-data; boundary=x"}, b"--x--"),
        ("POST", "/films?delete", TEXT, b"<Delete/>"),
        ("GET", "//mediastore-emulator/requests", {}, None),
    ],
)
def test_a_page_of_another_origin_is_refused(emulator, client, http, movies, method, path, headers, body):
    emulator.set_time("2030-01-01")
    emulator.clear_requests()
    for page in PAGES:
        status, reply_headers, answer = http(method, path, body, {**headers, **page})
        assert status == 403
        assert b"can use only the endpoints of containers" in answer
        assert not [name for name in reply_headers if name.lower().startswith("access-control-")]
    assert len(emulator.requests()) == len(PAGES)
    for entry in emulator.requests():
        assert (entry["status"], entry["error"], entry["refused"]) == (403, "Forbidden", True)
        assert entry["reason"].startswith("A page of ")
    assert emulator.faults_left() == []
    assert client.describe_container(ContainerName="movies")["Container"] == movies
    assert json.loads(http("GET", "/mediastore-emulator/settings")[2])["access"] is True
    assert json.loads(http("GET", "/mediastore-emulator/clock")[2])["time"].startswith("2030-01-01")


@pytest.mark.parametrize("path", ["/", "/mediastore-emulator/reset", "/moto-api/reset", "/latest/meta-data/"])
def test_a_preflight_is_refused_without_cors_headers(http, path):
    headers = {**CROSS_SITE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-target"}
    status, reply_headers, _body = http("OPTIONS", path, headers=headers)
    assert status == 403
    assert not [name for name in reply_headers if name.lower().startswith("access-control-")]


def test_the_operation_of_a_refused_page_is_recorded(http, recorded):
    http("POST", "/", b"{}", {**DELETE_CONTAINER, **CROSS_SITE})
    http("POST", "/mediastore-emulator/reset", b"", CROSS_SITE)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": SIGNED.format("iam")}
    http("POST", "/", b"Action=CreateUser&UserName=eve", {**form, **CROSS_SITE})
    keys = ("service", "operation", "method", "path")
    assert [tuple(entry.values()) for entry in recorded(keys)] == [
        ("mediastore", "DeleteContainer", "POST", "/"),
        ("http", "Unknown", "POST", "/mediastore-emulator/reset"),
        ("iam", "CreateUser", "POST", "/"),
    ]


@pytest.mark.parametrize(
    ("method", "path", "headers", "operation"),
    [
        ("POST", "/films", {}, "PostObject"),
        ("POST", "/films?delete", {}, "DeleteObjects"),
        ("POST", "/films/a?uploads", {}, "CreateMultipartUpload"),
        ("GET", "/films/a", {"Host": "rebind.example"}, "GetObject"),
        ("PUT", "/films/a", {"Host": "[rebind.example"}, "Unknown"),
    ],
)
def test_the_operation_of_a_refused_page_on_a_bucket_is_recorded(s3, http, recorded, method, path, headers, operation):
    s3.create_bucket(Bucket="films")
    assert http(method, path, b"", {**CROSS_SITE, **headers})[0] in (403, 421)
    entry = {"service": "s3", "operation": operation, "caller": None, "refused": True}
    assert recorded(entry)[-1] == entry


def test_a_page_of_the_emulator_uses_it(emulator, http):
    own = {"Origin": emulator.url, "Sec-Fetch-Site": "same-origin"}
    assert http("PUT", "/mediastore-emulator/settings", b'{"access": false}', own)[0] == 200
    assert http("POST", "/mediastore-emulator/reset", b"", own)[0] == 200


def test_the_cors_rules_of_a_container_decide_on_pages(client, media, movies, http):
    media.put_object(Path="a", Body=b"film")
    client.put_cors_policy(ContainerName="movies", CorsPolicy=[RULE])
    path = f"{urllib.parse.urlsplit(movies['Endpoint']).path}/a"
    status, headers, body = http("GET", path, headers=CROSS_SITE)
    assert (status, headers["Access-Control-Allow-Origin"], body) == (200, ORIGIN, b"film")
    assert http("GET", path, headers=IMAGE)[2] == b"film"


def test_the_cors_rules_of_a_bucket_decide_on_pages(s3, http):
    s3.create_bucket(Bucket="films")
    for page in (CROSS_SITE, IMAGE):
        assert http("GET", "/films?location", headers={"Authorization": SIGNED.format("s3"), **page})[0] == 200


@pytest.mark.parametrize(
    "path", ["/", "/mediastore-emulator/health", "/mediastore_us-east-1/x/a", "/films/a", "/moto-api/"]
)
def test_another_host_is_refused_everywhere(emulator, http, path):
    status, headers, body = http("GET", path, headers={"Host": "rebind.example:5111", "Sec-Fetch-Site": "same-origin"})
    assert status == 421
    assert b"The emulator does not serve the host rebind.example:" in body
    assert "Access-Control-Allow-Origin" not in headers
    [entry] = emulator.requests()
    assert (entry["status"], entry["error"], entry["path"]) == (421, "MisdirectedRequest", path)
    assert entry["reason"].startswith("The emulator does not serve the host rebind.example:")


def test_clients_read_why_a_host_is_refused(connect, refusal, http):
    def to_another_host(request, **_kwargs):
        request.headers["Host"] = "rebind.example"

    for service, call in (("mediastore", "list_containers"), ("s3", "list_buckets"), ("iam", "list_users")):
        client = connect(service)
        client.meta.events.register("before-send", to_another_host)
        code, status, message = refusal(getattr(client, call))
        assert (code, status) == ("MisdirectedRequest", 421)
        assert message.startswith("The emulator does not serve the host rebind.example:")


def test_the_url_of_a_request_names_the_host(raw):
    answer = raw(b"GET http://rebind.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 421 Misdirected Request\r\n")


def test_a_client_without_host_is_served(emulator):
    place = urllib.parse.urlsplit(emulator.url)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(b"GET /mediastore-emulator/health HTTP/1.0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("account", ["", "1" * 13, "1" * 60_000, "\u0661" * 12, "a" * 12])
@pytest.mark.parametrize("path", ["/", "/films", "/moto-api/reset", "/mediastore-emulator/reset"])
def test_the_header_of_moto_with_an_account_is_checked(emulator, http, account, path):
    given = {"X-Moto-Account-Id": account.encode()}
    status, _headers, body = http("POST", path, headers=given)
    assert status == 400
    assert b"The header X-Moto-Account-Id must be the 12 digits of an account." in body
    assert emulator.requests()[-1]["error"] == "BadRequest"
