# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures are verified if the emulator knows the secret, and presigned URLs expire by its clock."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import urllib.parse
from types import SimpleNamespace

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from mediastore_emulator import EmulatorServer, clock
from mediastore_emulator.credentials import read_credentials
from mediastore_emulator.http.body import ArrivingBody, SizedFraming
from mediastore_emulator.iam import signatures

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
OTHER_SECRET = SECRET[::-1]
HOUR = 3600


@pytest.fixture
def emulator():
    """An emulator that was given credentials."""
    with EmulatorServer(credentials={KEY: SECRET}) as server:
        yield server


@pytest.fixture
def signed(emulator):
    """Return a function that makes a client with some access key and secret."""

    def signed(service="mediastore", key=KEY, secret=SECRET, endpoint=None, **config):
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=endpoint or emulator.url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(retries={"max_attempts": 0}, **config),
        )

    return signed


@pytest.fixture
def endpoint(signed):
    """Return the endpoint of the container movies."""
    client = signed()
    client.create_container(ContainerName="movies")
    return client.describe_container(ContainerName="movies")["Container"]["Endpoint"]


@pytest.fixture
def media(signed, endpoint):
    """Return a data-plane client with the right secret."""
    return signed("mediastore-data", endpoint=endpoint)


@pytest.fixture
def film(media):
    """Return the path of an object, with characters that must be encoded."""
    media.put_object(Path="a=b/film:1~.ts", Body=b"film")
    return "a=b/film:1~.ts"


@pytest.fixture
def url(media, film):
    """Return a presigned URL for the object."""
    return media.generate_presigned_url("get_object", {"Path": film}, ExpiresIn=HOUR)


@pytest.fixture
def send(http):
    """Return a function that sends a request to the data plane and returns (status, error code, message)."""

    def send(method, url, headers=None, body=None):
        status, answered, content = http(method, url, body, headers)
        code = answered.get("x-amzn-ErrorType")
        return status, code, json.loads(content)["message"] if code and content else None

    return send


def sign(method, url, headers, body=b"", key=KEY, secret=SECRET, service="mediastore"):
    """Return the headers of a request with a signature of all of them."""
    request = AWSRequest(method, url, headers, body)
    SigV4Auth(Credentials(key, secret), service, "us-east-1").add_auth(request)
    return dict(request.headers)


def describe(url, **changes):
    """Return the headers and the body of a signed request for the control plane."""
    body = b'{"ContainerName": "movies"}'
    headers = {"X-Amz-Target": "MediaStore_20170901.DescribeContainer", "Content-Type": "application/x-amz-json-1.1"}
    return sign("POST", f"{url}/", headers, body, **changes), body


# The right secret.


def test_clients_with_the_right_secret(media, film):
    assert media.get_object(Path=film)["Body"].read() == b"film"
    assert media.get_object(Path=film, Range="bytes=1-2")["Body"].read() == b"il"
    assert media.describe_object(Path=film)["ContentLength"] == 4
    assert [item["Name"] for item in media.list_items(Path="a=b")["Items"]] == ["film:1~.ts"]
    media.delete_object(Path=film)


def test_presigned_url(url, film, http, media):
    assert http("GET", url)[::2] == (200, b"film")
    assert http("GET", media.generate_presigned_url("list_items", {"Path": "a=b"}))[0] == 200


def test_body_whose_hash_is_signed(endpoint, http):
    target = f"{endpoint}/a.ts"
    headers = sign("PUT", target, {}, b"film")
    assert http("PUT", target, b"film", headers)[0] == 200
    assert http("GET", target)[::2] == (200, b"film")


def test_clients_of_moto(signed, http):
    s3 = signed("s3")
    s3.create_bucket(Bucket="films")
    s3.put_bucket_tagging(Bucket="films", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.list_objects_v2(Bucket="films", Prefix="a b+/é")["KeyCount"] == 0
    assert signed("sts").get_caller_identity()["Account"] == "123456789012"
    http("POST", "/moto-api/reset")


def test_unsigned_requests_are_anonymous(endpoint, film, http):
    assert http("GET", f"{endpoint}/{urllib.parse.quote(film)}")[0] == 200


# Another secret, and another key.


def test_wrong_secret(signed, endpoint, film, refusal):
    wrong = signed(secret=OTHER_SECRET)
    code, status, message = refusal(wrong.describe_container, ContainerName="movies")
    assert (code, status) == ("InvalidSignatureException", 400)
    assert message == (
        "The signature does not match: the request was changed after it was signed, or it was signed with another "
        f"secret than that of the access key {KEY}."
    )
    reader = signed("mediastore-data", secret=OTHER_SECRET, endpoint=endpoint)
    assert refusal(reader.get_object, Path=film)[:2] == ("SignatureDoesNotMatch", 403)
    assert refusal(signed("s3", secret=OTHER_SECRET).list_buckets)[:2] == ("SignatureDoesNotMatch", 403)
    assert refusal(signed("sts", secret=OTHER_SECRET).get_caller_identity)[:2] == ("SignatureDoesNotMatch", 403)


def test_the_operation_of_a_refused_signature_is_recorded(emulator, signed, endpoint, refusal):
    emulator.clear_requests()
    refusal(signed(secret=OTHER_SECRET).describe_container, ContainerName="movies")
    refusal(signed("mediastore-data", secret=OTHER_SECRET, endpoint=endpoint).put_object, Path="a.ts", Body=b"film")
    s3 = signed("s3", secret=OTHER_SECRET)
    refusal(s3.put_object, Bucket="films", Key="a.ts", Body=b"film")
    refusal(s3.get_bucket_cors, Bucket="films")
    entries = [(entry["operation"], entry["parameters"].get("Bucket")) for entry in emulator.requests()]
    assert entries == [
        ("DescribeContainer", None),
        ("PutObject", None),
        ("PutObject", "films"),
        ("GetBucketCors", "films"),
    ]


def test_key_that_is_not_known(signed, endpoint, film, refusal):
    code, status, message = refusal(signed(key="AKIANOBODY").list_containers)
    assert (code, status) == ("UnrecognizedClientException", 400)
    assert message == "The emulator's credentials do not have the access key AKIANOBODY."
    reader = signed("mediastore-data", key="AKIANOBODY", endpoint=endpoint)
    assert refusal(reader.get_object, Path=film)[:2] == ("InvalidClientTokenId", 403)
    assert refusal(signed("s3", key="AKIANOBODY").list_buckets)[:2] == ("InvalidAccessKeyId", 403)
    assert refusal(signed("sts", key="AKIANOBODY").get_caller_identity)[:2] == ("InvalidClientTokenId", 403)


def test_key_of_iam(signed, refusal_code, http):
    iam = signed("iam")
    iam.create_user(UserName="ann")
    keys = iam.create_access_key(UserName="ann")["AccessKey"]
    assert signed(key=keys["AccessKeyId"], secret=keys["SecretAccessKey"]).list_containers()["Containers"] == []
    wrong = signed(key=keys["AccessKeyId"])
    assert refusal_code(wrong.list_containers) == "InvalidSignatureException"
    http("POST", "/moto-api/reset")


# A request that differs from what was signed.


@pytest.mark.parametrize("change", ["method", "path", "query", "header", "signature", "no signature"])
def test_changed_request(endpoint, send, change):
    target = f"{endpoint}/a.ts?x=1"
    headers = sign("GET", target, {"Range": "bytes=0-1"})
    assert send("GET", target, headers)[:2] == (404, "ObjectNotFoundException")
    method = "DELETE" if change == "method" else "GET"
    target = {"path": f"{endpoint}/b.ts?x=1", "query": f"{endpoint}/a.ts?x=2"}.get(change, target)
    if change == "header":
        headers["Range"] = "bytes=0-2"
    if "signature" in change:
        replaced = "" if change == "no signature" else f"Signature={'0' * 64}"
        headers["Authorization"] = re.sub("Signature=.*", replaced, headers["Authorization"])
    assert send(method, target, headers)[:2] == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("stated", [True, False], ids=["hash in a header", "hash of the body"])
def test_changed_body(emulator, endpoint, send, stated):
    target = f"{endpoint}/a.ts"
    digest = "000000000000000000000000000000000000000000000000000000000000000"
    headers = sign("PUT", target, {"X-Amz-Content-SHA256": f"{digest}0"} if stated else {}, b"film")
    assert send("PUT", target, headers, b"game")[:2] == (403, "SignatureDoesNotMatch")
    signed_headers, body = describe(emulator.url)
    status, code, _message = send("POST", f"{emulator.url}/", signed_headers, body.replace(b"movies", b"series"))
    assert (status, code) == (400, "InvalidSignatureException")


def test_body_that_arrives_can_be_read_after_its_hash():
    rest = iter([b"lm"])
    environ = {"wsgi.input": ArrivingBody(SizedFraming(4, b"fi", lambda _deadline: next(rest)), seconds=30)}
    assert signatures._hash_body(environ) == hashlib.sha256(b"film").hexdigest()
    assert environ["wsgi.input"].read() == b"film"
    assert environ["wsgi.input"].received == 4


def test_body_that_is_too_long_has_no_hash(monkeypatch):
    monkeypatch.setattr(signatures, "_MAX_BODY", 3)
    environ = {"wsgi.input": io.BytesIO(b"film")}
    assert signatures._hash_body(environ) is None
    assert environ["wsgi.input"].read() == b"film"


def test_changed_body_of_s3(emulator, http):
    body = b"<Tagging><TagSet/></Tagging>"
    target = f"{emulator.url}/films?tagging="
    unsigned = {"X-Amz-Content-SHA256": "0" * 64}
    status, _headers, answer = http("PUT", target, body, sign("PUT", target, unsigned, service="s3"))
    assert (status, b"<Code>XAmzContentSHA256Mismatch</Code>" in answer) == (400, True)


@pytest.mark.parametrize(
    ("part", "other"),
    [("film", "game"), (f"X-Amz-Expires={HOUR}", "X-Amz-Expires=7200"), ("us-east-1%2Fm", "eu-west-1%2Fm")],
)
def test_changed_presigned_url(url, send, part, other):
    assert part in url
    assert send("GET", url.replace(part, other))[:2] == (403, "SignatureDoesNotMatch")
    assert send("DELETE", url)[:2] == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        ("X-Amz-Date=[^&]*", "X-Amz-Date=today", "The request must have the date of its signature in X-Amz-Date."),
        ("%2F[0-9]{8}%2F", "%2F20200101%2F", "The request must have the date of its signature in X-Amz-Date."),
        ("X-Amz-Expires=[^&]*", "", "X-Amz-Expires must be a number of seconds from 1 to 604800."),
        ("X-Amz-Expires=[^&]*", "X-Amz-Expires=604801", "X-Amz-Expires must be a number of seconds from 1 to 604800."),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=range", "The header host must be signed."),
        ("SignedHeaders=host", "SignedHeaders=host" + "%3Ba" * 100, "At most 100 headers can be signed."),
    ],
)
def test_incomplete_presigned_url(url, send, pattern, replacement, message):
    assert send("GET", re.sub(pattern, replacement, url)) == (400, "IncompleteSignature", message)


# Time.


def test_presigned_url_expires_by_the_clock(emulator, url, send):
    emulator.advance(HOUR - 60)
    assert send("GET", url)[0] == 200
    emulator.advance(61)
    assert send("GET", url) == (403, "AccessDenied", "Request has expired")
    emulator.configure(signatures=False)
    assert send("GET", url)[:2] == (403, "AccessDenied")


def test_presigned_urls_of_version_2_expire_and_cannot_be_verified(emulator, signed, http):
    s3 = signed("s3")
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="a", Body=b"film")
    parameters = {"Bucket": "films", "Key": "a"}
    url = signed("s3", signature_version="s3").generate_presigned_url("get_object", parameters, ExpiresIn=HOUR)
    assert "AWSAccessKeyId=" in url
    status, _headers, answer = http("GET", url)
    assert (status, b"<Code>InvalidRequest</Code>" in answer) == (400, True)
    emulator.configure(signatures=False)
    assert http("GET", url)[::2] == (200, b"film")
    assert emulator.requests()[-1]["caller"] == "arn:aws:iam::123456789012:root"
    emulator.advance(HOUR + 1)
    status, _headers, answer = http("GET", url)
    assert (status, b"<Message>Request has expired</Message>" in answer) == (403, True)
    http("POST", "/moto-api/reset")


@pytest.fixture
def set_clock_back(monkeypatch):
    """A function that sets the clock of the service back by these seconds, so that dates of clients are later."""

    def set_clock_back(seconds):
        other = SimpleNamespace(monotonic=time.monotonic, time=lambda: time.time() - seconds)
        monkeypatch.setattr(clock, "time", other)

    return set_clock_back


@pytest.mark.parametrize("seconds", [-901, 901])
def test_date_that_differs_from_the_time(emulator, endpoint, http, send, set_clock_back, seconds):
    set_clock_back(seconds)
    headers, body = describe(emulator.url)
    status, code, message = send("POST", f"{emulator.url}/", headers, body)
    assert (status, code) == (400, "RequestExpired")
    assert re.fullmatch(r"The date of the request differs from the time of the service by -?90[0-9] s\.", message)
    list_buckets = sign("GET", f"{emulator.url}/", {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, service="s3")
    status, _headers, answer = http("GET", "/", None, list_buckets)
    assert (status, b"<Code>RequestTimeTooSkewed</Code>" in answer) == (403, True)


@pytest.mark.parametrize("seconds", [-840, 840])
def test_date_that_differs_by_less_than_15_minutes(emulator, endpoint, send, set_clock_back, seconds):
    set_clock_back(seconds)
    headers, body = describe(emulator.url)
    assert send("POST", f"{emulator.url}/", headers, body)[0] == 200


def test_presigned_url_that_was_signed_long_ago(media, film, send, set_clock_back):
    """It is valid until it expires, in contrast to a signature in a header."""
    set_clock_back(60 - HOUR)
    assert send("GET", media.generate_presigned_url("get_object", {"Path": film}, ExpiresIn=HOUR))[0] == 200


def test_no_date_is_compared_with_a_clock_that_was_moved(emulator, media, film):
    emulator.set_time("2030-01-01")
    assert media.get_object(Path=film)["Body"].read() == b"film"


# Whether signatures are verified.


def test_without_credentials_nothing_is_verified(refusal_code):
    with EmulatorServer() as plain:
        options = {"region_name": "us-east-1", "endpoint_url": plain.url, "aws_access_key_id": "AKIAANY"}
        client = boto3.client("mediastore", aws_secret_access_key="any", **options)
        assert client.list_containers()["Containers"] == []
        plain.configure(signatures=True)
        # Neither IAM nor credentials know the key.
        assert client.list_containers()["Containers"] == []


def test_setting(emulator, signed):
    emulator.configure(signatures=False)
    assert signed(secret=OTHER_SECRET).list_containers()["Containers"] == []
    emulator.reset()
    assert emulator._emulator.shared.settings.signatures is True


def test_secrets_are_not_shown(emulator, signed, endpoint, http, refusal):
    refusal(signed(secret=OTHER_SECRET).list_containers)
    shown = http("GET", "/mediastore-emulator/settings")[2] + http("GET", "/mediastore-emulator/requests")[2]
    assert b'"signatures": true' in shown
    assert SECRET.encode() not in shown
    assert OTHER_SECRET.encode() not in shown


# The file.


def test_credentials_file(tmp_path):
    path = tmp_path / "credentials"
    path.write_text(
        f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key={SECRET}\n# none\n"
        "[ann]\naws_access_key_id=AKIAANN\naws_secret_access_key=a%b;c\nregion = x\n[role]\nrole_arn = y\n"
    )
    assert read_credentials(path) == {KEY: SECRET, "AKIAANN": "a%b;c"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"secret", "is not a credentials file of AWS, which has profiles such as [default]."),
        (b"[default]\nsecret\n", "is not a credentials file of AWS, which has profiles such as [default]."),
        (b"[default]\n\xff\n", "is not a credentials file of AWS, which has profiles such as [default]."),
        (b"[a]\naws_secret_access_key=secret\n", "has no profile with aws_access_key_id and aws_secret_access_key."),
        (b"", "has no profile with aws_access_key_id and aws_secret_access_key."),
    ],
)
def test_file_without_credentials(tmp_path, content, message):
    path = tmp_path / "credentials"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="credentials") as caught:
        read_credentials(path)
    assert str(caught.value) == f"{path} {message}"
