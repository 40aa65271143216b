# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CORS of the emulator's S3: the first rule of the bucket that matches decides, for its objects and for the bucket.

Expectations follow the Amazon S3 User Guide ("Using cross-origin resource sharing", "Troubleshooting CORS") and the API
Reference ("OPTIONS object"); texts of errors and elements beside them are those that users of S3 have published.
"""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
SITE, OTHER = "https://www.example.com", "https://www.example.org"
NONE: dict[str, str] = {}
DELETE_A = b"<Delete><Object><Key>a</Key></Object></Delete>"
NO_ORIGIN = "Insufficient information. Origin request header needed."
NO_BUCKET = "CORSResponse: Bucket not found"
NO_RULES = "CORSResponse: CORS is not enabled for this bucket."
NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, "
    "Signature=0"
}


def rule(methods, origins=(SITE,), **more):
    return {"AllowedMethods": list(methods), "AllowedOrigins": list(origins), **more}


def allowed(methods, origin=SITE, **more):
    """The headers of a reply; `more` names them without their prefix."""
    headers = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": methods, "Vary": VARY}
    if origin != "*":
        headers["Access-Control-Allow-Credentials"] = "true"
    return headers | {f"Access-Control-{name.replace('_', '-')}": value for name, value in more.items()}


READ, WRITE = rule(["GET", "HEAD"], MaxAgeSeconds=1), rule(["PUT"], AllowedHeaders=["x-amz-*"], MaxAgeSeconds=2)
TAGS = b"<Tagging><TagSet></TagSet></Tagging>"
PUBLIC = rule(["GET"], ["*"], ExposeHeaders=["ETag", "x-amz-meta-a"])


@pytest.fixture
def films(s3):
    """Return the name of a new bucket with the object a."""
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="a", Body=b"film", Metadata={"Rating": "5"})
    return "films"


@pytest.fixture
def put_rules(s3, films):
    """A function that replaces the CORS configuration of films."""
    return lambda *rules: s3.put_bucket_cors(Bucket=films, CORSConfiguration={"CORSRules": list(rules)})


@pytest.fixture
def cross(http, films):
    """A function that sends a cross-origin request, and returns (status, CORS headers, body)."""

    def cross(method, path=f"/{films}/a", origin=SITE, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, answered, content = http(method, path, body, SIGNED | ({"Origin": origin} if origin else {}) | named)
        found = {key: text for key, text in answered.items() if key.startswith("Access-Control-") or key == "Vary"}
        return status, found, content

    return cross


@pytest.fixture
def preflight(cross):
    """A function that sends a preflight request, and returns (status, CORS headers, elements of the error)."""

    def preflight(method=None, names=None, **more):
        announced = {"Access_Control_Request_Method": method, "Access_Control_Request_Headers": names}
        given = {name: value for name, value in announced.items() if value is not None}
        status, headers, body = cross("OPTIONS", Authorization="", **given, **more)
        return status, headers, {item.tag: item.text for item in ElementTree.fromstring(body)} if body else {}

    return preflight


def refused(message, method, resource="OBJECT", code="AccessForbidden"):
    return {"Code": code, "Message": message, "Method": method, "ResourceType": resource}


# Rules, Access-Control-Request-Method and -Headers of a preflight from SITE, and the headers of the reply.
PREFLIGHTS = {
    "a rule for GET does not allow PUT": ([READ], "PUT", None, NONE),
    "the first rule": ([READ, WRITE], "GET", None, allowed("GET, HEAD", Max_Age="1")),
    "the second rule, and nothing of the first": ([READ, WRITE], "PUT", None, allowed("PUT", Max_Age="2")),
    "headers in lower case": (
        [READ, WRITE],
        "PUT",
        "X-Amz-Date,x-amz-ACL",
        allowed("PUT", Max_Age="2", Allow_Headers="x-amz-date, x-amz-acl"),
    ),
    "one header too many": ([READ, WRITE], "PUT", "x-amz-date, range", NONE),
    "no headers allowed": ([READ], "GET", "range", NONE),
    "another origin": ([rule(["GET"], [OTHER])], "GET", None, NONE),
    "a wildcard in the origin": ([rule(["GET"], ["https://*.example.com"])], "GET", None, allowed("GET")),
    "any origin": ([PUBLIC], "GET", None, allowed("GET", "*", Expose_Headers="ETag, x-amz-meta-a")),
    "POST": ([rule(["POST", "DELETE"])], "POST", None, allowed("POST, DELETE")),
    "methods have case": ([READ], "get", None, NONE),
    "an ID has no effect": ([READ | {"ID": "one"}], "GET", None, allowed("GET, HEAD", Max_Age="1")),
    "an empty origin": ([rule(["GET"], ["", OTHER]), READ], "GET", None, allowed("GET, HEAD", Max_Age="1")),
}


@pytest.mark.parametrize(("rules", "method", "names", "headers"), PREFLIGHTS.values(), ids=PREFLIGHTS)
def test_preflight(put_rules, preflight, rules, method, names, headers):
    put_rules(*rules)
    status, answered, error = preflight(method, names)
    assert (status, answered) == (200 if headers else 403, headers)
    assert (error == {}) == (status == 200)
    assert headers or error.pop("RequestId")
    assert headers or error == refused(NOT_ALLOWED, method)


def test_a_preflight_is_for_any_object_and_for_the_bucket(put_rules, preflight):
    put_rules(READ)
    for path in ("/films", "/films/", "/films?policy", "/films/none", "/films/a/b", "/films/a?tagging"):
        assert preflight("GET", path=path)[:2] == (200, allowed("GET, HEAD", Max_Age="1"))
    assert preflight("PUT", path="/films")[2].items() >= refused(NOT_ALLOWED, "PUT", "BUCKET").items()


def test_a_preflight_without_rules_or_bucket(preflight, put_rules, s3, films):
    assert preflight("PUT", path="/")[:2] == (403, {})
    for path, message in (("/films/a", NO_RULES), ("/films", NO_RULES), ("/none/a", NO_BUCKET)):
        status, headers, error = preflight("PUT", path=path)
        assert (status, headers) == (403, {})
        assert error.items() >= refused(message, "PUT", "BUCKET").items()
    put_rules(READ)
    assert preflight("GET")[0] == 200
    s3.delete_bucket_cors(Bucket=films)
    assert preflight("GET")[2]["Message"] == NO_RULES


def test_options_without_what_a_preflight_has(preflight, put_rules):
    put_rules(READ)
    status, headers, error = preflight("GET", origin=None)
    assert (status, headers, error["Code"], error["Message"]) == (400, {}, "BadRequest", NO_ORIGIN)
    status, headers, error = preflight()
    assert (status, headers) == (403, {})
    assert error.items() >= refused(NOT_ALLOWED, "OPTIONS").items()


def test_a_preflight_needs_no_permission(preflight, put_rules, s3, films):
    put_rules(READ)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::films/*"}
    s3.put_bucket_policy(Bucket=films, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    assert preflight("GET")[0] == 200


def test_replies_have_the_headers_of_one_rule(put_rules, cross):
    put_rules(READ, WRITE)
    read, write = allowed("GET, HEAD", Max_Age="1"), allowed("PUT", Max_Age="2")
    assert cross("GET") == (200, read, b"film")
    assert cross("HEAD")[:2] == (200, read)
    assert cross("GET", Range="bytes=1-2") == (206, read, b"il")
    assert cross("PUT", body=b"show")[:2] == (200, write)
    assert cross("GET", path="/films?cors")[:2] == (200, read)
    assert cross("HEAD", path="/films")[:2] == (200, read)
    assert cross("GET", path="/films?list-type=2")[:2] == (200, read)
    assert cross("PUT", path="/films/a?tagging", body=TAGS)[:2] == (200, write)
    assert cross("DELETE")[:2] == (204, NONE)


def test_errors_have_the_headers(put_rules, cross, emulator):
    put_rules(READ)
    headers = allowed("GET, HEAD", Max_Age="1")
    assert cross("GET", path="/films/none")[:2] == (404, headers)
    assert cross("HEAD", path="/films/none")[:2] == (404, headers)
    assert cross("GET", path="/films?policy")[:2] == (404, headers)
    assert cross("GET", Range="bytes=9-")[:2] == (416, headers)
    assert cross("GET", Authorization="AWS key:signature")[:2] == (400, headers)
    emulator.faults({"operation": "ListObjectsV2", "kind": "unavailable"})
    assert cross("GET", path="/films?list-type=2")[:2] == (503, headers)


def test_a_reply_to_another_origin_has_the_content_and_no_headers(put_rules, cross):
    put_rules(READ)
    assert cross("GET", origin=OTHER) == (200, NONE, b"film")
    assert cross("GET", origin=None) == (200, NONE, b"film")
    assert cross("PUT", body=b"show")[:2] == (200, NONE)
    assert cross("GET", path="/films?cors", origin=OTHER)[:2] == (200, NONE)


def test_a_bucket_without_rules_and_the_list_of_buckets_have_no_headers(cross, s3):
    s3.create_bucket(Bucket="shows")
    for path in ("/films/a", "/films", "/films?policy", "/none/a", "/none?cors", "/shows"):
        assert cross("GET", path=path)[1] == NONE
    # The emulator refuses them, because a browser sends them without a preflight.
    assert cross("GET", path="/")[:2] == (403, NONE)
    assert cross("POST", path="/films", body=b"")[:2] == (403, NONE)
    assert cross("POST", path="/films?delete", body=DELETE_A)[:2] == (403, NONE)
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"film"


def test_a_page_can_post_if_a_rule_allows_it(put_rules, cross):
    put_rules({**READ, "AllowedMethods": ["POST"]})
    assert cross("POST", path="/films?delete", body=DELETE_A)[0] == 200


def test_the_rules_of_one_bucket_are_not_those_of_another(put_rules, cross, s3):
    put_rules(PUBLIC)
    s3.create_bucket(Bucket="shows")
    assert cross("GET", path="/shows/a", body=b"")[1] == NONE
    assert cross("PUT", path="/films/a", x_amz_copy_source="/films/a", x_amz_metadata_directive="REPLACE")[1] == NONE


def test_what_an_ordinary_request_announces_counts(put_rules, cross):
    put_rules(READ, WRITE)
    assert cross("GET", Access_Control_Request_Method="PUT")[:2] == (200, allowed("PUT", Max_Age="2"))
    assert cross("GET", Access_Control_Request_Headers="range")[:2] == (200, NONE)
    assert cross("GET", Range="bytes=0-", x_one="1")[1] == allowed("GET, HEAD", Max_Age="1")


def test_a_bucket_in_the_host(put_rules, cross, preflight):
    put_rules(READ)
    host = {"Host": "films.s3.us-east-1.amazonaws.com"}
    headers = allowed("GET, HEAD", Max_Age="1")
    assert cross("GET", path="/a", **host) == (200, headers, b"film")
    assert cross("GET", path="/?cors", **host)[:2] == (200, headers)
    assert preflight("GET", path="/a", **host)[:2] == (200, headers)
    assert preflight("PUT", path="/a", **host)[2].items() >= refused(NOT_ALLOWED, "PUT").items()
    assert preflight("PUT", path="/", **host)[2].items() >= refused(NOT_ALLOWED, "PUT", "BUCKET").items()


def test_the_setting_cors_switches_it_off(put_rules, preflight, cross, emulator):
    put_rules(READ)
    emulator.configure(cors=False)
    assert cross("GET") == (200, NONE, b"film")
    status, headers, error = preflight("GET")
    assert (status, headers, error["Code"]) == (403, NONE, "AccessForbidden")
    assert "setting cors" in error["Message"]


def test_rules_that_were_put_without_checks(put_rules, preflight, emulator):
    emulator.configure(s3_rules=False)
    put_rules(rule(["GET"], ["*"], ExposeHeaders=["*"]))
    assert preflight("GET")[:2] == (200, allowed("GET", "*", Expose_Headers="*"))


def test_objects_keep_their_headers(put_rules, http, films):
    put_rules(PUBLIC)
    status, headers, body = http("GET", "/films/a", None, SIGNED | {"Origin": SITE})
    assert (status, body, headers["x-amz-meta-rating"], headers["Content-Length"]) == (200, b"film", "5", "4")
    assert {"ETag", "x-amz-request-id"} <= set(headers)
    status, headers, _body = http("HEAD", "/films/a", None, SIGNED)
    assert (status, headers["Content-Length"]) == (200, "4")
    status, headers, body = http("GET", "/films/a", None, SIGNED | {"If-None-Match": headers["ETag"]})
    assert (status, body, headers["Content-Type"], headers["Content-Length"]) == (304, b"", None, None)
