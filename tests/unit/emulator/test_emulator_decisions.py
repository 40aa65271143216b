# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about access: their forms, their answers, and what is wrong with those that are refused."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediastore_emulator import EmulatorServer
from mediastore_emulator.turns import Turns

CONTAINER = "arn:aws:mediastore:us-east-1:123456789012:container/movies"
OWNER = "arn:aws:iam::123456789012:root"
OTHER = "arn:aws:iam::111122223333:root"
USER = "arn:aws:iam::123456789012:user/ann"
CLOUDFRONT = "cloudfront.amazonaws.com"
DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E1"
CDN = {
    "Sid": "Cdn",
    "Effect": "Allow",
    "Principal": {"Service": CLOUDFRONT},
    "Action": "mediastore:GetObject",
    "Resource": f"{CONTAINER}/*",
    "Condition": {"StringEquals": {"aws:SourceArn": DISTRIBUTION}},
}
READ = {"Effect": "Allow", "Principal": "*", "Action": "mediastore:GetObject", "Resource": f"{CONTAINER}/public/*"}
NEVER = {"Sid": "Never", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": f"{CONTAINER}/secret/*"}
POLICY = {"Version": "2012-10-17", "Statement": [CDN, READ, NEVER]}
QUESTION = {"container": "movies", "principal": None, "action": "mediastore:GetObject", "resource": "a.ts"}
IDENTITY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "mediastore:Put*", "Resource": "*"}]}
NO_IDENTITY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
REFUSING = {"Statement": {"Sid": "Stop", "Effect": "Deny", "Action": "*", "Resource": "*"}}
OF_POLICY = {"container": ..., "policy": POLICY, "account": "123456789012", "resource": f"{CONTAINER}/a"}

NEAREST_CDN = "no statement of the container policy allows it: statement 1 (Cdn) comes nearest, its condition"
DENIED = {"decision": "ImplicitlyDenied", "statements": []}


def allowed(*statements):
    return {"decision": "Allowed", "statements": list(statements)}


def denied(*statements):
    return {"decision": "ExplicitlyDenied", "statements": list(statements)}


@pytest.fixture
def ask(http):
    """Return a function that asks questions over HTTP and returns (status, answer), as without_reasons."""

    def ask(*questions):
        status, _headers, body = http("POST", "/mediastore-emulator/decisions", json.dumps(questions))
        return status, without_reasons(json.loads(body)) if status == 200 else json.loads(body)

    return ask


def without_reasons(answers):
    """Return answers without their reasons, which those have that refuse."""
    for answer in answers:
        reason = answer.pop("reason")
        assert "rule" in answer or bool(reason) == (answer["decision"] != "Allowed")
    return answers


@pytest.fixture
def declared(client, movies):
    """Put the policy of the container movies."""
    client.put_container_policy(ContainerName="movies", Policy=json.dumps(POLICY))


@pytest.fixture
def bucket(connect, http):
    """Return the name of a bucket, in a moto whose data is removed at the end."""
    s3 = connect("s3")
    s3.create_bucket(Bucket="films")
    s3.delete_public_access_block(Bucket="films")
    statement = {**READ, "Sid": "Read", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/public/*"}
    listing = {**READ, "Sid": "List", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::films"}
    s3.put_bucket_policy(Bucket="films", Policy=json.dumps({**POLICY, "Statement": [statement, listing]}))
    yield "films"
    http("POST", "/moto-api/reset")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({}, DENIED),
        ({"resource": "public/a.ts"}, allowed({"number": 2, "sid": None})),
        ({"resource": "/public//a.ts"}, allowed({"number": 2, "sid": None})),
        ({"resource": f"{CONTAINER}/public/a.ts"}, allowed({"number": 2, "sid": None})),
        ({"action": "MediaStore:getobject", "resource": "public/a.ts"}, allowed({"number": 2, "sid": None})),
        ({"resource": "secret/a.ts"}, denied({"number": 3, "sid": "Never"})),
        ({"principal": CLOUDFRONT}, DENIED),
        ({"principal": CLOUDFRONT, "context": {"aws:SourceArn": DISTRIBUTION}}, allowed({"number": 1, "sid": "Cdn"})),
        ({"principal": CLOUDFRONT, "context": {"AWS:sourcearn": [DISTRIBUTION]}}, allowed({"number": 1, "sid": "Cdn"})),
        ({"principal": CLOUDFRONT, "context": {"aws:SourceArn": f"{DISTRIBUTION}2"}}, DENIED),
        ({"principal": OTHER}, DENIED),
        ({"principal": OTHER, "resource": "public/a.ts"}, allowed({"number": 2, "sid": None})),
        ({"principal": OWNER}, allowed()),
        ({"principal": OWNER, "resource": "secret/a.ts"}, denied({"number": 3, "sid": "Never"})),
        ({"principal": USER}, allowed()),
        ({"principal": USER, "identity": []}, DENIED),
        ({"principal": USER, "identity": NO_IDENTITY}, DENIED),
        (
            {"principal": USER, "identity": [NO_IDENTITY, IDENTITY], "action": "mediastore:PutObject"},
            allowed({"number": 1, "sid": None, "identity": 2}),
        ),
        (
            {"principal": USER, "identity": REFUSING, "resource": "public/a.ts"},
            denied({"number": 1, "sid": "Stop", "identity": 1}),
        ),
        ({"principal": USER, "region": "us-east-1", "account": "123456789012"}, allowed()),
    ],
)
@pytest.mark.usefixtures("declared")
def test_container(emulator, ask, question, answer):
    assert ask({**QUESTION, **question}) == (200, [answer])
    assert without_reasons(emulator.decisions({**QUESTION, **question})) == [answer]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ({"principal": OWNER}, None),
        (
            {"principal": CLOUDFRONT},
            f"{NEAREST_CDN} StringEquals aws:SourceArn {DISTRIBUTION} is not met, aws:SourceArn is absent",
        ),
        ({"resource": "secret/a.ts"}, "statement 3 (Never) of the container policy denies it"),
        (
            {"principal": USER, "identity": REFUSING},
            "statement 1 (Stop) of identity policy 1 denies it",
        ),
    ],
)
@pytest.mark.usefixtures("declared")
def test_reason(emulator, question, reason):
    [answer] = emulator.decisions({**QUESTION, **question})
    assert answer["reason"] == reason


def test_reason_names_the_kind_of_the_resource(emulator, bucket):
    of_bucket = {**QUESTION, "bucket": bucket, "action": "s3:GetObject"}
    del of_bucket["container"]
    of_policy = {key: value for key, value in {**QUESTION, **OF_POLICY}.items() if value is not ...}
    reasons = [answer["reason"] for answer in emulator.decisions(of_bucket, of_policy)]
    assert reasons[0].startswith("no statement of the bucket policy allows it: statement 1 (Read) comes nearest, ")
    assert reasons[1].startswith("no statement of the resource policy allows it: statement 2 comes nearest, ")


def long_policy(size):
    """Return a policy whose JSON text has a number of characters."""
    text = json.dumps({**POLICY, "Id": ""}, separators=(",", ":"))
    return {**POLICY, "Id": "x" * (size - len(text))}


def test_questions_within_the_limits(declared, ask):
    largest = {**OF_POLICY, "policy": long_policy(20_480), "resource": f"{CONTAINER}/{'a' * (2047 - len(CONTAINER))}"}
    values = ["x" * 160] * 100
    context = {"context": {"aws:TagKeys": values, "x" * 373: []}}
    question = {key: value for key, value in {**QUESTION, **largest, **context}.items() if value is not ...}
    assert ask(*[QUESTION] * 999, question)[0] == 200


@pytest.mark.parametrize("count", [1001, 5000])
def test_too_many_questions(emulator, ask, count):
    message = f"A request can have at most 1000 questions, this one has {count}."
    assert ask(*[QUESTION] * count) == (400, {"error": message})
    with pytest.raises(ValueError, match="at most 1000 questions"):
        emulator.decisions(*[QUESTION] * count)


def test_questions_that_are_too_long(http):
    body = b"[" + b" " * 1024**2
    status, _headers, answer = http("POST", "/mediastore-emulator/decisions", body)
    message = "The questions can have at most 1048576 bytes, these have 1048577."
    assert (status, json.loads(answer)) == (400, {"error": message})


def test_questions_are_answered_in_their_order(declared, ask):
    status, answers = ask(QUESTION, {**QUESTION, "resource": "public/a.ts"}, {**QUESTION, "resource": "secret/a.ts"})
    assert status == 200
    assert [answer["decision"] for answer in answers] == ["ImplicitlyDenied", "Allowed", "ExplicitlyDenied"]
    assert ask() == (200, [])


def test_questions_of_several_requests_are_answered_one_at_a_time(declared, emulator, ask, monkeypatch):
    find_container = emulator._emulator.find_container
    at_once: list[int] = []
    running: list[str] = []

    def find_slowly(name, places):
        running.append(name)
        at_once.append(len(running))
        time.sleep(0.005)
        running.pop()
        return find_container(name, places)

    monkeypatch.setattr(emulator._emulator, "find_container", find_slowly)
    with ThreadPoolExecutor(4) as clients:
        assert [status for status, _answer in clients.map(lambda _number: ask(*[QUESTION] * 3), range(4))] == [200] * 4
    assert at_once == [1] * 12


def test_turns_are_taken_in_the_order_in_which_threads_enter():
    turns, order = Turns(), []

    def enter(name):
        with turns:
            order.append(name)

    with turns:
        threads = [threading.Thread(target=enter, args=(name,)) for name in "abc"]
        for number, thread in enumerate(threads, 2):
            thread.start()
            while len(turns._gates) < number:
                time.sleep(0.001)
    enter("the thread that had the first turn")
    assert order == ["a", "b", "c", "the thread that had the first turn"]


def test_the_default_policy_is_evaluated(movies, ask):
    https = {"context": {"aws:SecureTransport": "true"}}
    full = {"number": 1, "sid": "MediaStoreFullAccess"}
    assert ask(QUESTION, {**QUESTION, **https}) == (200, [DENIED, DENIED])
    assert ask({**QUESTION, "principal": OWNER, **https}) == (200, [allowed(full)])
    assert ask({**QUESTION, "principal": OTHER, **https}) == (200, [DENIED])


def test_container_without_policy(client, movies, ask):
    client.delete_container_policy(ContainerName="movies")
    assert ask(QUESTION, {**QUESTION, "principal": OWNER}) == (200, [DENIED, allowed()])


def test_a_question_is_no_request(emulator, declared, ask):
    emulator.clear_requests()
    ask(QUESTION)
    assert emulator.requests() == []


@pytest.mark.parametrize(("resource", "decision"), [("", "Allowed"), ("a", "ImplicitlyDenied")])
def test_empty_path_is_the_root_of_a_container(client, movies, ask, resource, decision):
    statement = {**READ, "Action": "mediastore:ListItems", "Resource": f"{CONTAINER}/"}
    client.put_container_policy(ContainerName="movies", Policy=json.dumps({**POLICY, "Statement": statement}))
    [answer] = ask({**QUESTION, "action": "mediastore:ListItems", "resource": resource})[1]
    assert answer["decision"] == decision


@pytest.mark.parametrize("value", [True, "true", ["true"], [True]])
def test_context_values_can_be_booleans(ask, value):
    statement = {**READ, "Resource": "arn:x:y:z:w:v", "Condition": {"StringEquals": {"aws:SecureTransport": "true"}}}
    question = {
        "policy": {"Statement": statement},
        "account": "123456789012",
        "principal": None,
        "action": "mediastore:GetObject",
        "resource": "arn:x:y:z:w:v",
        "context": {"aws:SecureTransport": value},
    }
    assert ask(question) == (200, [allowed({"number": 1, "sid": None})])
    assert ask({**question, "context": {"aws:SecureTransport": False}}) == (200, [DENIED])


def test_context_values_can_be_numbers(ask):
    statement = {**READ, "Resource": "arn:x:y:z:w:v", "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": 9.5}}}
    question = {"policy": {"Statement": statement}, "account": "123456789012", "principal": None}
    question |= {"action": "mediastore:GetObject", "resource": "arn:x:y:z:w:v"}
    answers = ask(*({**question, "context": {"aws:MultiFactorAuthAge": age}} for age in (9, 9.25, 10)))[1]
    assert [answer["decision"] for answer in answers] == ["Allowed", "Allowed", "ImplicitlyDenied"]


def test_policy_that_is_not_stored(ask):
    question = {**QUESTION, "policy": POLICY, "account": "123456789012", "resource": f"{CONTAINER}/public/a.ts"}
    del question["container"]
    assert ask(question) == (200, [allowed({"number": 2, "sid": None})])
    assert ask({**question, "resource": f"{CONTAINER}/a.ts", "principal": OTHER}) == (200, [DENIED])
    assert ask({**question, "resource": f"{CONTAINER}/a.ts", "principal": OTHER, "account": "111122223333"}) == (
        200,
        [allowed()],
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({"resource": "public/a.ts"}, allowed({"number": 1, "sid": "Read"})),
        ({"resource": "/public/a.ts"}, DENIED),
        ({"resource": "arn:aws:s3:::films/public/a.ts"}, allowed({"number": 1, "sid": "Read"})),
        ({"resource": "a.ts"}, DENIED),
        ({"resource": "a.ts", "principal": OWNER}, allowed()),
        ({"resource": "", "action": "s3:ListBucket"}, allowed({"number": 2, "sid": "List"})),
    ],
)
def test_bucket(bucket, ask, question, answer):
    asked = {"bucket": bucket, "principal": None, "action": "s3:GetObject", **question}
    assert ask(asked) == (200, [answer])


def test_bucket_without_policy(connect, bucket, ask):
    connect("s3").delete_bucket_policy(Bucket=bucket)
    asked = {"bucket": bucket, "principal": None, "action": "s3:GetObject", "resource": "public/a.ts"}
    assert ask(asked) == (200, [DENIED])


@pytest.mark.parametrize("text", ["[]", "{", "null"])
def test_bucket_with_a_policy_that_is_no_object(emulator, connect, bucket, ask, text):
    emulator.configure(s3_rules=False)
    connect("s3").put_bucket_policy(Bucket=bucket, Policy=text)
    asked = {"bucket": bucket, "principal": None, "action": "s3:GetObject", "resource": "public/a.ts"}
    assert ask(asked) == (400, {"error": "Question 1: the policy of the bucket films must be a JSON object."})


def test_region_and_account_select_one_of_several_containers(client, connect, movies, ask):
    connect(region="eu-west-1").create_container(ContainerName="movies")
    statement = {**READ, "Resource": f"{CONTAINER}/*"}
    client.put_container_policy(ContainerName="movies", Policy=json.dumps({"Statement": statement}))
    places = [{"region": "us-east-1"}, {"region": "eu-west-1"}, {"region": "eu-west-1", "account": "123456789012"}]
    answers = ask(*({**QUESTION, **place} for place in places))[1]
    assert [answer["decision"] for answer in answers] == ["Allowed", "ImplicitlyDenied", "ImplicitlyDenied"]
    assert ask(QUESTION) == (
        400,
        {"error": "Question 1: 2 containers have the name movies, so account and region are required."},
    )
    assert ask({**QUESTION, "region": "eu-west-2"}) == (
        400,
        {"error": "Question 1: the container movies does not exist in region eu-west-2."},
    )


def test_deleted_container_is_not_found(client, movies, ask):
    client.delete_container(ContainerName="movies")
    assert ask(QUESTION) == (400, {"error": "Question 1: the container movies does not exist."})


KEYS_OF_ALL = "principal, action, resource, identity, context"
NO_PRINCIPALS: list[Any] = ["", "*", "123456789012", "arn:aws:s3:::x", 5, [], False, "ann"]
NO_VALUES: list[Any] = [None, {}, [None], [["a"]]]
PRINCIPALS = (
    "principal must be null for an anonymous client, the ARN of a root user, user, role, assumed role or federated "
    "user, or the name of a service, such as cloudfront.amazonaws.com"
)
ACTIONS = "action must be SERVICE:ACTION without wildcards, such as mediastore:GetObject"
ACCOUNTS = "account must be the 12 digits of the account that owns the policy"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"container": ...}, "exactly one of container, bucket, policy is required"),
        ({"bucket": "films"}, "exactly one of container, bucket, policy is required"),
        (
            {"principals": None},
            f"the key 'principals' is unknown: the keys with container are container, account, region, {KEYS_OF_ALL}",
        ),
        (
            {"container": ..., "bucket": "films", "region": "us-east-1"},
            f"the key 'region' is unknown: the keys with bucket are bucket, {KEYS_OF_ALL}",
        ),
        ({"principal": ...}, "the key principal is required"),
        ({"action": ...}, "the key action is required"),
        ({"resource": ...}, "the key resource is required"),
        ({"container": "none"}, "the container none does not exist"),
        ({"container": ["movies"]}, "the container ['movies'] does not exist"),
        ({"account": 123456789012}, "the container movies does not exist in account 123456789012"),
        ({"container": ..., "bucket": "none"}, "the bucket none does not exist"),
        ({"container": ..., "bucket": {}}, "the bucket {} does not exist"),
        *(({"principal": bad}, PRINCIPALS) for bad in NO_PRINCIPALS),
        ({"principal": "arn:aws:iam::123456789012:user"}, PRINCIPALS),
        ({"principal": f"arn:aws:iam::123456789012:user/{'x' * 2048}"}, PRINCIPALS),
        ({"resource": "x" * 2049}, "resource can have at most 2048 characters, this one has 2049"),
        (
            {**OF_POLICY, "policy": long_policy(20_481)},
            "policy can have at most 20480 characters, this one has 20481",
        ),
        (
            {"context": {"aws:TagKeys": ["x"] * 101}},
            "context can have at most 100 values and 16384 characters, this one has 101 and 112",
        ),
        (
            {"context": {"aws:Referer": "x" * 16_374}},
            "context can have at most 100 values and 16384 characters, this one has 1 and 16385",
        ),
        *(({"action": bad}, ACTIONS) for bad in (None, "GetObject", "mediastore:*", "", ["s3:GetObject"], "s3:Get ")),
        *(({"resource": bad}, "resource must be a path or an ARN") for bad in (None, 5, ["a"])),
        ({**OF_POLICY, "account": "1234"}, ACCOUNTS),
        ({**OF_POLICY, "account": ...}, ACCOUNTS),
        ({**OF_POLICY, "policy": json.dumps(POLICY)}, "policy must be an IAM policy as an object"),
        ({**OF_POLICY, "policy": {}}, "policy is invalid, exactly one Statement element is required"),
        (
            {**OF_POLICY, "policy": {"Statement": [READ, {**READ, "Effect": "allow"}]}},
            "policy is invalid, Effect in statement 2 must be Allow or Deny",
        ),
        (
            {**OF_POLICY, "resource": "a.ts"},
            "resource must be an ARN, because policy is given and not a container or a bucket",
        ),
        ({"identity": None}, "identity policy 1 must be an IAM policy as an object"),
        ({"identity": [IDENTITY, "x"]}, "identity policy 2 must be an IAM policy as an object"),
        (
            {"identity": {"Statement": READ}},
            "identity policy 1 is invalid, the element Principal in statement 1 is unknown",
        ),
        (
            {"identity": {"Statement": {"Effect": "Allow", "Action": "*"}}},
            "identity policy 1 is invalid, exactly one Resource or NotResource element is required in statement 1",
        ),
        ({"context": None}, "context must be an object of condition keys and their values"),
        ({"context": [["a", "b"]]}, "context must be an object of condition keys and their values"),
        ({"context": {"a": "1", "A": "2"}}, "context must not have two keys that differ only in case"),
        *(
            ({"context": {"k": bad}}, "context key 'k' must have a string, number or boolean or a list of these")
            for bad in NO_VALUES
        ),
    ],
)
def test_bad_question_is_named(declared, ask, emulator, change, message):
    bad = {key: value for key, value in {**QUESTION, **change}.items() if value is not ...}
    expected = f"Question 2: {message}."
    assert ask(QUESTION, bad, QUESTION) == (400, {"error": expected})
    with pytest.raises(ValueError, match=r"^Question 1: ") as caught:
        emulator.decisions(bad)
    assert str(caught.value) == f"Question 1: {message}."


CORS_RULES = [
    {"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET"], "AllowedHeaders": []},
    {"AllowedOrigins": ["https://a"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["x-*"]},
]
OF_CORS = {"container": "movies", "origin": "https://a", "method": "GET"}
NO_RULE = "no CORS rule allows it: rule"
KEYS_OF_CORS = "origin, container, account, region, method, headers, preflight"
NOT_ORIGIN = "its AllowedOrigins https://*.example.com do not match"


@pytest.mark.parametrize(
    ("changes", "rule", "reason"),
    [
        ({}, 2, "CORS rule 2 is the first that allows it"),
        ({"origin": "https://b.example.com"}, 1, "CORS rule 1 is the first that allows it"),
        ({"method": "PUT", "headers": ["X-A"], "preflight": True}, 2, "CORS rule 2 is the first that allows it"),
        (
            {"method": "DELETE"},
            None,
            f"{NO_RULE} 2 comes nearest, its AllowedMethods GET, PUT do not contain DELETE",
        ),
        (
            {"headers": ["x-a", "range"], "preflight": True},
            None,
            f"{NO_RULE} 2 comes nearest, its AllowedHeaders x-* do not match range",
        ),
        (
            {"origin": "https://b.example.com", "headers": ["range"], "preflight": True},
            None,
            f"{NO_RULE} 1 comes nearest, it has no AllowedHeaders for range",
        ),
        (
            {"origin": "https://b", "method": "DELETE"},
            None,
            f"{NO_RULE} 1 comes nearest, {NOT_ORIGIN} https://b and its AllowedMethods GET do not contain DELETE",
        ),
    ],
    ids=str,
)
def test_cors(client, movies, emulator, changes, rule, reason):
    client.put_cors_policy(ContainerName="movies", CorsPolicy=CORS_RULES)
    [answer] = emulator.decisions({**OF_CORS, **changes})
    assert (answer["decision"], answer["rule"]) == ("Refused" if rule is None else "Allowed", rule)
    assert answer["reason"] == reason
    assert bool(answer["headers"]) == (rule is not None)


def test_cors_of_an_empty_name_of_a_header(client, movies, emulator):
    client.put_cors_policy(ContainerName="movies", CorsPolicy=CORS_RULES)
    [answer] = emulator.decisions({**OF_CORS, "headers": [""], "preflight": True})
    assert (answer["decision"], answer["rule"]) == ("Refused", None)


def test_cors_answers_as_the_container_replies(client, movies, ask, http):
    client.put_cors_policy(ContainerName="movies", CorsPolicy=CORS_RULES)
    sent = {"Origin": "https://a", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-a, x-b"}
    _status, headers, _body = http("OPTIONS", f"{movies['Endpoint']}/a", None, sent)
    question = {**OF_CORS, "method": "PUT", "headers": ["x-a", "x-b"], "preflight": True}
    [answer] = ask(question)[1]
    assert answer["headers"]["Access-Control-Allow-Headers"] == "x-a, x-b"
    assert {name: headers[name] for name in answer["headers"]} == answer["headers"]


def test_cors_of_a_bucket_answers_as_it_replies(connect, bucket, emulator, http):
    connect("s3").put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": CORS_RULES})
    sent = {"Origin": "https://a", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "X-A"}
    _status, headers, _body = http("OPTIONS", f"/{bucket}/a", None, sent)
    question = {"bucket": bucket, "origin": "https://a", "method": "PUT", "headers": ["X-A"], "preflight": True}
    [answer, refused] = emulator.decisions(question, {**question, "method": "DELETE"})
    assert (answer["decision"], answer["rule"]) == ("Allowed", 2)
    assert answer["headers"]["Access-Control-Allow-Headers"] == "x-a"
    assert {name: headers[name] for name in answer["headers"]} == answer["headers"]
    assert (refused["decision"], refused["rule"], refused["headers"]) == ("Refused", None, {})
    assert refused["reason"] == f"{NO_RULE} 2 comes nearest, its AllowedMethods GET, PUT do not contain DELETE"


def test_cors_of_a_bucket_without_s3():
    with EmulatorServer(services=[]) as server, pytest.raises(ValueError, match="needs the service s3"):
        server.decisions({"bucket": "films", "origin": "https://a", "method": "GET"})


def test_cors_without_rules(movies, emulator):
    [answer] = emulator.decisions(OF_CORS)
    assert answer == {"decision": "Refused", "rule": None, "headers": {}, "reason": "no CORS rules are set"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"container": "none"}, "the container none does not exist"),
        ({"region": "eu-west-1"}, "the container movies does not exist in region eu-west-1"),
        ({"container": ...}, "exactly one of container, bucket is required"),
        ({"bucket": "films"}, "exactly one of container, bucket is required"),
        ({"container": ..., "bucket": "none"}, "the bucket none does not exist"),
        (
            {"container": ..., "bucket": "films", "region": "eu-west-1"},
            "the key 'region' is unknown: the keys with origin are origin, bucket, method, headers, preflight",
        ),
        ({"method": ...}, "the key method is required"),
        (
            {"principal": None},
            f"the key 'principal' is unknown: the keys with origin are {KEYS_OF_CORS}",
        ),
        ({"origin": ""}, "origin must be a text of 1 to 4096 characters, such as https://example.com"),
        ({"origin": None}, "origin must be a text of 1 to 4096 characters, such as https://example.com"),
        ({"origin": "x" * 4097}, "origin must be a text of 1 to 4096 characters, such as https://example.com"),
        ({"method": 5}, "method must be a method of HTTP, such as GET"),
        ({"preflight": 1}, "preflight must be true or false"),
        ({"headers": "x-a", "preflight": True}, "headers must be a list of names of headers"),
        ({"headers": [5], "preflight": True}, "headers must be a list of names of headers"),
        ({"headers": ["x-a"]}, "headers need preflight true, because only a preflight request names headers"),
    ],
    ids=str,
)
def test_bad_question_about_cors(movies, ask, changes, message):
    bad = {key: value for key, value in {**OF_CORS, **changes}.items() if value is not ...}
    assert ask(bad) == (400, {"error": f"Question 1: {message}."})


@pytest.mark.parametrize("question", [None, "movies", [QUESTION], 5])
def test_question_that_is_no_object(ask, question):
    assert ask(question) == (400, {"error": "Question 1: a question must be an object."})


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"null", b"\xff", b"[" * 5000])
def test_body_that_is_no_list(http, body):
    status, _headers, answer = http("POST", "/mediastore-emulator/decisions", body)
    assert (status, json.loads(answer)) == (400, {"error": "The questions must be a JSON array."})


# Any JSON value, and often one that is valid at some place.
WORDS = [
    "movies",
    "films",
    "",
    "*",
    "aws:SourceIp",
    "mediastore:GetObject",
    "Allow",
    "Deny",
    "${aws:username}",
    "x" * 999,
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([*WORDS, OTHER, CLOUDFRONT]),
)
STATEMENTS = st.dictionaries(
    st.sampled_from(["Sid", "Effect", "Principal", "Action", "Resource", "NotAction", "Condition", "x"]),
    SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2),
)
POLICIES = st.sampled_from([POLICY, IDENTITY]) | st.fixed_dictionaries({"Statement": STATEMENTS | st.lists(STATEMENTS)})
VALUES = (
    SCALARS | POLICIES | st.lists(SCALARS | POLICIES, max_size=3) | st.dictionaries(st.sampled_from(WORDS), SCALARS)
)
QUESTIONS = st.dictionaries(st.sampled_from([*QUESTION, "bucket", "policy", "account", "identity", "context"]), VALUES)


@settings(deadline=None, max_examples=300, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(VALUES, QUESTIONS, QUESTIONS.map(lambda changes: {**QUESTION, **changes})), max_size=3))
def test_any_json_is_answered_or_refused(declared, ask, questions):
    status, answer = ask(*questions)
    assert (status, type(answer)) == (200, list) or (status, list(answer)) == (400, ["error"])
    if status == 400:
        assert answer["error"].startswith("Question ")
        assert answer["error"].endswith(".")
    else:
        assert {tuple(item) for item in answer} <= {("decision", "statements")}
        assert len(answer) == len(questions)
