# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CORS: the headers of replies to cross-origin requests and preflights, by the first rule that matches.

Expectations follow the MediaStore User Guide ("Troubleshooting CORS issues") and, where it is silent, the Amazon S3
User Guide ("Using cross-origin resource sharing") and API Reference ("OPTIONS object").
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediastore_emulator.cors import CorsRequest, decide

VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
# Of a reply without other CORS headers, so that a cache does not use it for another origin.
VARIES = {"Vary": "Origin"}
SITE = "https://www.example.com"
OTHER = "https://www.example.org"
NONE: dict[str, str] = {}


def rule(origins, methods=("GET",), headers=(), **more):
    lists = {"AllowedOrigins": origins, "AllowedMethods": methods, "AllowedHeaders": headers}
    return {name: list(values) for name, values in lists.items()} | more


def allowed(origin, methods="GET", *, credentials=True, **more):
    """The headers of a reply; `more` names them without their prefix."""
    headers = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": methods, "Vary": VARY}
    if credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    return headers | {f"Access-Control-{name.replace('_', '-')}": value for name, value in more.items()}


def public(methods="GET", **more):
    return allowed("*", methods, credentials=False, **more)


READ_BY_ALL = rule(["*"], ["GET", "HEAD"], ["*"], MaxAgeSeconds=3000)
# The three rules of "CORS configuration" in the S3 User Guide, less POST, which MediaStore does not know.
THREE = [
    rule(["http://www.example1.com"], ["PUT", "DELETE"], ["*"], ExposeHeaders=[]),
    rule(["http://www.example2.com"], ["PUT", "DELETE"], ["*"], ExposeHeaders=[]),
    rule(["*"], ["GET"], [], ExposeHeaders=[]),
]

# Rules, the request's origin and method, and the headers of the reply.
SIMPLE = {
    "any origin": ([READ_BY_ALL], SITE, "GET", public("GET, HEAD", Max_Age="3000")),
    "any origin, another method": ([READ_BY_ALL], SITE, "PUT", NONE),
    "null as origin": ([READ_BY_ALL], "null", "HEAD", public("GET, HEAD", Max_Age="3000")),
    "the origin of the rule": ([rule([SITE])], SITE, "GET", allowed(SITE)),
    "another origin": ([rule([SITE])], OTHER, "GET", NONE),
    "another scheme": ([rule([SITE])], "http://www.example.com", "GET", NONE),
    "a port, the default one": ([rule(["http://www.example.com"])], "http://www.example.com:80", "GET", NONE),
    "another case": ([rule([SITE])], "https://WWW.example.com", "GET", NONE),
    "HEAD is not GET": ([rule([SITE])], SITE, "HEAD", NONE),
    "methods have case": ([rule([SITE])], SITE, "get", NONE),
    "a slash after the origin of the rule": ([rule([f"{SITE}/"])], SITE, "GET", NONE),
    "a subdomain": ([rule(["https://*.example.com"])], SITE, "GET", allowed(SITE)),
    "two subdomains": (
        [rule(["https://*.example.com"])],
        "https://a.b.example.com",
        "GET",
        allowed("https://a.b.example.com"),
    ),
    "the domain itself": ([rule(["https://*.example.com"])], "https://example.com", "GET", NONE),
    "a longer domain": ([rule(["https://*.example.com"])], "https://www.example.com.evil.org", "GET", NONE),
    "start and end overlap": ([rule(["https://a*a"])], "https://a", "GET", NONE),
    "nothing for the star": ([rule(["https://a*a"])], "https://aa", "GET", allowed("https://aa")),
    "a dot is no wildcard": ([rule([SITE])], "https://www-example.com", "GET", NONE),
    "every port": ([rule(["http://localhost:*"])], "http://localhost:8080", "GET", allowed("http://localhost:8080")),
    "every secure origin": ([rule(["https://*"])], OTHER, "GET", allowed(OTHER)),
    "two origins in a rule": ([rule([SITE, OTHER])], OTHER, "GET", allowed(OTHER)),
    "an origin beside the wildcard": ([rule(["*", SITE])], SITE, "GET", allowed(SITE)),
    "only the wildcard beside an origin": ([rule(["*", SITE])], OTHER, "GET", public()),
    "no headers are required of a simple request": ([rule([SITE], headers=[])], SITE, "GET", allowed(SITE)),
    "exposed headers": (
        [rule([SITE], ExposeHeaders=["ETag", "Content-Range"])],
        SITE,
        "GET",
        allowed(SITE, Expose_Headers="ETag, Content-Range"),
    ),
    "all headers exposed": ([rule(["*"], ExposeHeaders=["*"])], SITE, "GET", public(Expose_Headers="*")),
    "an age of 0": ([rule(["*"], MaxAgeSeconds=0)], SITE, "GET", public(Max_Age="0")),
    "the first of two rules": (
        [rule([SITE], MaxAgeSeconds=1), rule([SITE], ["GET", "PUT"], MaxAgeSeconds=2)],
        SITE,
        "GET",
        allowed(SITE, Max_Age="1"),
    ),
    "the second of two rules": (
        [rule([SITE], MaxAgeSeconds=1), rule([SITE], ["GET", "PUT"], MaxAgeSeconds=2)],
        SITE,
        "PUT",
        allowed(SITE, "GET, PUT", Max_Age="2"),
    ),
    "rules are not added up": ([rule([SITE]), rule([OTHER], ["PUT"])], SITE, "PUT", NONE),
    "S3's example, first rule": (
        THREE,
        "http://www.example1.com",
        "DELETE",
        allowed("http://www.example1.com", "PUT, DELETE"),
    ),
    "S3's example, third rule": (THREE, "http://www.example1.com", "GET", public()),
    "S3's example, no rule": (THREE, "http://www.example3.com", "PUT", NONE),
    "no rules": ([], SITE, "GET", NONE),
}

# Rules, Access-Control-Request-Method and -Headers of a preflight from SITE, and the headers of the reply.
PREFLIGHTS = {
    "no headers": ([rule([SITE], ["PUT"])], "PUT", None, allowed(SITE, "PUT")),
    "empty headers": ([rule([SITE], ["PUT"])], "PUT", " , ", allowed(SITE, "PUT")),
    "another method": ([rule([SITE], ["PUT"])], "DELETE", None, NONE),
    "a method that MediaStore does not know": (
        [rule(["*"], ["PUT", "GET", "DELETE", "HEAD"], ["*"])],
        "POST",
        None,
        NONE,
    ),
    "a header": ([rule([SITE], ["PUT"], ["X-One"])], "PUT", "X-One", allowed(SITE, "PUT", Allow_Headers="X-One")),
    "a header in another case": (
        [rule([SITE], ["PUT"], ["X-One"])],
        "PUT",
        "x-oNE",
        allowed(SITE, "PUT", Allow_Headers="x-oNE"),
    ),
    "a header too many": ([rule([SITE], ["PUT"], ["X-One"])], "PUT", "x-one, x-two", NONE),
    "a header, none allowed": ([rule([SITE], ["PUT"])], "PUT", "x-one", NONE),
    "only the headers that were requested": (
        [rule([SITE], ["PUT"], ["x-one", "x-two", "x-three"])],
        "PUT",
        "x-three,x-one",
        allowed(SITE, "PUT", Allow_Headers="x-three, x-one"),
    ),
    "a wildcard in a header": (
        [rule([SITE], ["PUT"], ["x-amz-*"])],
        "PUT",
        "x-amz-date,X-Amz-Content-SHA256",
        allowed(SITE, "PUT", Allow_Headers="x-amz-date, X-Amz-Content-SHA256"),
    ),
    "a wildcard in a header, another header": ([rule([SITE], ["PUT"], ["x-amz-*"])], "PUT", "x-amz", NONE),
    "all headers": (
        [rule(["*"], ["PUT"], ["*"], MaxAgeSeconds=600, ExposeHeaders=["ETag"])],
        "PUT",
        "authorization,x-any",
        public("PUT", Allow_Headers="authorization, x-any", Max_Age="600", Expose_Headers="ETag"),
    ),
    "the first rule that allows the header": (
        [rule([SITE], ["PUT"], [], MaxAgeSeconds=1), rule([SITE], ["PUT"], ["x-one"], MaxAgeSeconds=2)],
        "PUT",
        "x-one",
        allowed(SITE, "PUT", Allow_Headers="x-one", Max_Age="2"),
    ),
    "another origin": ([rule([OTHER], ["PUT"], ["*"])], "PUT", None, NONE),
}


def of_cors(headers):
    return {name: value for name, value in headers.items() if name.startswith("Access-Control-") or name == "Vary"}


@pytest.fixture
def put_rules(client, movies):
    """A function that replaces the CORS policy of movies."""
    return lambda *rules: client.put_cors_policy(ContainerName="movies", CorsPolicy=list(rules))


@pytest.fixture
def cross(http, movies):
    """A function that sends a cross-origin request for the object a, and returns (status, CORS headers, body)."""

    def cross(method, origin=SITE, path="/a", body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, answered, content = http(method, f"{movies['Endpoint']}{path}", body, {"Origin": origin, **named})
        return status, of_cors(answered), content

    return cross


@pytest.fixture
def preflight(cross):
    """A function that sends a preflight request, and returns (status, CORS headers, body)."""

    def preflight(method, names=None, **more):
        listed = {} if names is None else {"Access_Control_Request_Headers": names}
        return cross("OPTIONS", Access_Control_Request_Method=method, **listed, **more)

    return preflight


@pytest.mark.parametrize(("rules", "origin", "method", "headers"), SIMPLE.values(), ids=SIMPLE)
def test_headers_of_a_reply(rules, origin, method, headers):
    assert decide(rules, CorsRequest(origin, method)).headers == headers


@pytest.mark.parametrize(("rules", "method", "names", "headers"), PREFLIGHTS.values(), ids=PREFLIGHTS)
def test_preflight(put_rules, preflight, rules, method, names, headers):
    put_rules(*rules)
    status, answered, body = preflight(method, names)
    assert (status, answered) == (200 if headers else 403, headers or VARIES)
    assert (body == b"") == (status == 200)


ORIGINS = st.sampled_from(["*", SITE, OTHER, "https://*.example.com", "http://*"])
METHODS = st.sampled_from(["GET", "PUT", "HEAD", "DELETE"])
NAMES = st.sampled_from(["*", "x-amz-*", "x-amz-date", "X-One", "range"])
RULES = st.builds(
    rule,
    st.lists(ORIGINS, min_size=1, max_size=3),
    st.lists(METHODS, min_size=1, max_size=4, unique=True),
    st.lists(NAMES, max_size=3),
    MaxAgeSeconds=st.integers(0, 9),
)
REQUESTS = st.builds(
    CorsRequest,
    st.sampled_from([SITE, OTHER, "http://localhost:1", "null"]),
    METHODS,
    st.lists(st.sampled_from(["x-amz-date", "x-one", "RANGE", "accept"]), max_size=3).map(tuple),
    st.just(True),
)


@given(st.lists(RULES, max_size=5), REQUESTS)
def test_the_first_rule_that_matches_decides(rules, request):
    alone = [decide([one], request).headers for one in rules]
    assert decide(rules, request).headers == next((headers for headers in alone if headers), {})


@given(RULES, REQUESTS)
def test_a_reply_names_the_origin_or_is_public_without_credentials(one, request):
    headers = decide([one], request).headers
    credentials = headers.get("Access-Control-Allow-Credentials")
    shown = (headers.get("Access-Control-Allow-Origin"), credentials)
    assert shown in [(None, None), ("*", None), (request.origin, "true")]
    assert shown[0] != "*" or "*" in one["AllowedOrigins"]


def test_every_operation_has_the_headers(put_rules, cross):
    put_rules(rule([SITE], ["GET", "PUT", "HEAD", "DELETE"], ExposeHeaders=["ETag"]))
    headers = allowed(SITE, "GET, PUT, HEAD, DELETE", Expose_Headers="ETag")
    for method, path, status in [
        ("PUT", "/a", 200),
        ("GET", "/a", 200),
        ("HEAD", "/a", 200),
        ("GET", "", 200),
        ("DELETE", "/a", 200),
    ]:
        assert cross(method, path=path)[:2] == (status, headers)
        assert cross(method, OTHER, path=path)[1] == VARIES


def test_a_range_has_the_headers(put_rules, cross):
    put_rules(rule([SITE], ["GET", "PUT"]))
    cross("PUT", body=b"film")
    assert cross("GET", Range="bytes=1-2") == (206, allowed(SITE, "GET, PUT"), b"il")


def test_the_reply_to_another_origin_has_the_content(put_rules, cross):
    put_rules(rule([SITE], ["GET"]))
    cross("PUT", OTHER, body=b"film")
    assert cross("GET", OTHER) == (200, VARIES, b"film")


def test_refusals_have_the_headers(put_rules, cross, emulator):
    put_rules(rule([SITE], ["GET", "PUT"]))
    headers = allowed(SITE, "GET, PUT")
    status, answered, body = cross("GET")
    assert (status, answered, json.loads(body)["__type"]) == (404, headers, "ObjectNotFoundException")
    assert cross("PUT", path="/")[:2] == (400, headers)
    assert cross("GET", path="?MaxResults=0")[:2] == (400, headers)
    emulator.faults({"operation": "GetObject", "kind": "unavailable"})
    assert cross("GET")[:2] == (503, headers)


def test_an_invalid_authorization_header_does_not_take_the_headers(put_rules, cross):
    put_rules(rule([SITE], ["GET"]))
    status, answered, body = cross("GET", Authorization="Bearer x")
    assert (status, answered, json.loads(body)["__type"]) == (400, allowed(SITE), "IncompleteSignature")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "", 200), ("GET", "/a", 404), ("POST", "/a", 400)])
def test_a_reply_to_a_request_without_origin_varies_by_it(put_rules, http, movies, method, path, status):
    put_rules(READ_BY_ALL)
    answered, headers, _body = http(method, f"{movies['Endpoint']}{path}")
    assert (answered, of_cors(headers)) == (status, VARIES)


def test_without_cors_no_reply_varies_by_origin(put_rules, http, movies, emulator):
    put_rules(READ_BY_ALL)
    emulator.configure(cors=False)
    assert of_cors(http("GET", movies["Endpoint"])[1]) == {}


def test_a_container_without_a_policy_sends_no_headers(client, put_rules, cross, preflight):
    assert cross("GET", path="")[:2] == (200, {})
    status, headers, body = preflight("GET")
    assert (status, headers, json.loads(body)["__type"]) == (403, {}, "AccessForbidden")
    assert json.loads(body)["message"] == (
        "The container movies has no CORS policy: put one that has a rule for the request."
    )
    put_rules(READ_BY_ALL)
    assert preflight("GET")[0] == 200
    client.delete_cors_policy(ContainerName="movies")
    assert (preflight("GET")[0], cross("GET", path="")[1]) == (403, {})


def test_a_refused_preflight_says_what_the_nearest_rule_does_not_allow(put_rules, preflight):
    put_rules(rule([SITE]))
    answer = json.loads(preflight("PUT", "x-one,x-two")[2])
    assert answer["__type"] == "AccessForbidden"
    assert answer["message"] == (
        "In the CORS policy of the container movies, no CORS rule allows it: rule 1 comes nearest, its AllowedMethods "
        "GET do not contain PUT and it has no AllowedHeaders for x-one, x-two."
    )
    assert json.loads(preflight("PUT")[2])["message"].endswith(", its AllowedMethods GET do not contain PUT.")


@pytest.mark.parametrize("authorization", ["Bearer x", "", "AWS4-HMAC-SHA256 Credential=/"])
def test_a_preflight_needs_no_valid_signature(put_rules, preflight, authorization):
    put_rules(rule([SITE]))
    assert preflight("GET", Authorization=authorization) == (200, allowed(SITE), b"")


def test_a_preflight_is_for_any_path_of_an_existing_container(put_rules, preflight, http, movies):
    put_rules(rule([SITE], ["GET"]))
    for path in ("", "/", "/none", "/a/b/c", "?Path=a"):
        assert preflight("GET", path=path)[:2] == (200, allowed(SITE))
    headers = {"Origin": SITE, "Access-Control-Request-Method": "GET"}
    status, answered, _body = http("OPTIONS", f"{movies['Endpoint']}x/a", headers=headers)
    assert (status, answered["x-amzn-ErrorType"], of_cors(answered)) == (404, "ContainerNotFoundException", {})


def test_options_without_the_headers_of_a_preflight_is_no_operation(put_rules, cross, http, movies):
    put_rules(READ_BY_ALL)
    assert cross("OPTIONS")[0] == 400
    headers = {"Access-Control-Request-Method": "GET"}
    assert http("OPTIONS", movies["Endpoint"], headers=headers)[0] == 400


def test_a_preflight_is_recorded_as_a_request_that_changes_nothing(put_rules, preflight, emulator):
    put_rules(rule([SITE]))
    emulator.clear_requests()
    preflight("GET")
    preflight("PUT")
    shown = ["operation", "container", "mutating", "status", "error", "parameters"]
    assert [tuple(entry[key] for key in shown) for entry in emulator.requests()] == [
        ("Preflight", "movies", False, 200, None, {"Origin": SITE, "Method": "GET"}),
        ("Preflight", "movies", False, 403, "AccessForbidden", {"Origin": SITE, "Method": "PUT"}),
    ]


def test_a_preflight_takes_no_fault(put_rules, preflight, cross, emulator):
    put_rules(rule([SITE]))
    emulator.faults({"operation": "*", "kind": "unavailable"})
    assert preflight("GET")[0] == 200
    assert cross("GET")[0] == 503


def test_the_setting_cors_switches_it_off(put_rules, preflight, cross, emulator):
    put_rules(READ_BY_ALL)
    emulator.configure(cors=False)
    assert cross("GET", path="")[:2] == (200, {})
    status, headers, body = preflight("GET")
    assert (status, headers) == (403, {})
    assert "setting cors" in json.loads(body)["message"]
    emulator.configure(cors=True)
    assert preflight("GET")[0] == 200


def test_line_breaks_in_a_rule_do_not_end_a_header(put_rules, cross):
    put_rules(rule(["*"], ExposeHeaders=["ETag\r\nX-Injected: 1"]))
    assert cross("GET", path="")[1] == public(Expose_Headers="ETag X-Injected: 1")


def test_the_rules_of_one_container_are_not_those_of_another(put_rules, client, http):
    put_rules(READ_BY_ALL)
    client.create_container(ContainerName="music")
    endpoint = client.describe_container(ContainerName="music")["Container"]["Endpoint"]
    assert of_cors(http("GET", endpoint, headers={"Origin": SITE})[1]) == {}
