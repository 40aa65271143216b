# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record has every request to the services beside MediaStore: for objects, to other services, and refused ones."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from mediastore_emulator import EmulatorServer
from mediastore_emulator.cloudwatch import CloudWatch
from mediastore_emulator.error_documents import read_error
from mediastore_emulator.iam.directory import Directory
from mediastore_emulator.services.operations import operation_of
from mediastore_emulator.services.recorded import Recorded
from mediastore_emulator.settings import Settings
from mediastore_emulator.shared import Shared

ROOT = "arn:aws:iam::123456789012:root"
SHOWN = ("service", "operation", "mutating", "status", "error")
PAGE = {"Origin": "https://page.example"}


def signed(service="s3", **headers):
    scope = f"EXAMPLEKEY/20260101/us-east-1/{service}/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    return {"Authorization": authorization, **{name.replace("_", "-"): text for name, text in headers.items()}}


@pytest.fixture
def films(s3, emulator):
    """Return the name of a new bucket, and empty the record."""
    s3.create_bucket(Bucket="films")
    emulator.clear_requests()
    return "films"


# Method, path, body, headers of a request for objects; its operation, parameters beside the bucket, and status.
OBJECTS = {
    "put": ("PUT", "/films/a/b", b"film", {}, "PutObject", {"Key": "a/b"}, 200),
    "put with a class": (
        "PUT",
        "/films/a",
        b"",
        {"x_amz_storage_class": "STANDARD_IA", "x_amz_meta_secret": "x"},
        "PutObject",
        {"Key": "a", "StorageClass": "STANDARD_IA"},
        200,
    ),
    "customer keys": (
        "PUT",
        "/films/a",
        b"",
        {
            "x_amz_server_side_encryption_customer_algorithm": "AES256",
            "x_amz_server_side_encryption_customer_key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        },
        "PutObject",
        {"Key": "a", "SSECustomerAlgorithm": "AES256"},
        200,
    ),
    "get": ("GET", "/films/o", None, {"Range": "bytes=0-1"}, "GetObject", {"Key": "o", "Range": "bytes=0-1"}, 206),
    "head": ("HEAD", "/films/o", None, {}, "HeadObject", {"Key": "o"}, 200),
    "head none": ("HEAD", "/films/none", None, {}, "HeadObject", {"Key": "none"}, 404),
    "get none": ("GET", "/films/none", None, {}, "GetObject", {"Key": "none"}, 404),
    "copy": (
        "PUT",
        "/films/c",
        None,
        {"x_amz_copy_source": "/films/o"},
        "CopyObject",
        {"Key": "c", "CopySource": "/films/o"},
        200,
    ),
    "tags": ("GET", "/films/o?tagging", None, {}, "GetObjectTagging", {"Key": "o"}, 200),
    "attributes": (
        "GET",
        "/films/o?attributes",
        None,
        {"x_amz_object_attributes": "ETag"},
        "GetObjectAttributes",
        {"Key": "o", "ObjectAttributes": "ETag"},
        200,
    ),
    "uploads": ("POST", "/films/u?uploads", None, {}, "CreateMultipartUpload", {"Key": "u"}, 200),
    "abort": (
        "DELETE",
        "/films/u?uploadId=none",
        None,
        {},
        "AbortMultipartUpload",
        {"Key": "u", "UploadId": "none"},
        404,
    ),
    "delete": ("DELETE", "/films/o?x-id=DeleteObject", None, {}, "DeleteObject", {"Key": "o"}, 204),
    "delete many": (
        "POST",
        "/films?delete",
        b"<Delete><Object><Key>o</Key></Object></Delete>",
        {},
        "DeleteObjects",
        {},
        200,
    ),
    "a form": ("POST", "/films", b"", {}, "PostObject", {}, 400),
    "a method that S3 lacks": ("PATCH", "/films/o", None, {}, "Unknown", {}, 405),
}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "operation", "parameters", "status"), OBJECTS.values(), ids=OBJECTS
)
def test_objects(s3, films, http, emulator, method, path, body, headers, operation, parameters, status):
    s3.put_object(Bucket=films, Key="o", Body=b"old film")
    emulator.clear_requests()
    assert http(method, path, body, signed(**headers))[0] == status
    [entry] = emulator.requests()
    assert (entry["service"], entry["operation"], entry["status"]) == ("s3", operation, status)
    assert entry["parameters"] == ({} if operation == "Unknown" else {"Bucket": films, **parameters})
    assert (entry["method"], entry["path"], entry["caller"]) == (method, path.partition("?")[0], ROOT)
    assert entry["received_bytes"] == len(body or b"")
    assert (entry["error"] is None) == (status < 400)


def test_a_part(s3, films, http, emulator):
    upload = s3.create_multipart_upload(Bucket=films, Key="u")["UploadId"]
    assert http("PUT", f"/films/u?partNumber=1&uploadId={upload}", b"film", signed())[0] == 200
    entry = emulator.requests()[-1]
    assert (entry["operation"], entry["received_bytes"]) == ("UploadPart", 4)
    assert entry["parameters"] == {"Bucket": films, "Key": "u", "PartNumber": "1", "UploadId": upload}


def test_sizes_and_reasons_of_objects(films, http, recorded):
    http("PUT", "/films/a", b"film", signed())
    http("GET", "/films/a", None, signed())
    http("GET", "/films/none", None, signed())
    keys = ("received_bytes", "sent_bytes", "error", "reason")
    put, got, missing = ([entry[key] for key in keys] for entry in recorded(keys))
    assert (put, got) == ([4, 0, None, None], [0, 4, None, None])
    assert missing[2:] == ["NoSuchKey", "The specified key does not exist."]


def test_an_object_that_the_emulator_refuses(films, http, recorded):
    http("PUT", "/films/a", b"film", signed(x_amz_checksum_sha256="00"))
    reason = "Value for x-amz-checksum-sha256 header is invalid."
    assert recorded(["operation", "error", "reason"]) == [
        {"operation": "PutObject", "error": "InvalidRequest", "reason": reason}
    ]


def test_what_cors_keeps_from_a_page_has_its_reason(s3, films, http, recorded):
    http("GET", "/films?list-type=2", None, {**signed(), **PAGE})
    rule = {"AllowedOrigins": ["https://page.example"], "AllowedMethods": ["PUT"]}
    s3.put_bucket_cors(Bucket=films, CORSConfiguration={"CORSRules": [rule]})
    http("GET", "/films?list-type=2", None, {**signed(), **PAGE})
    http("OPTIONS", "/films/a", None, {**PAGE, "Access-Control-Request-Method": "DELETE"})
    http("OPTIONS", "/films/a", None, {**PAGE, "Access-Control-Request-Method": "PUT"})
    nearest = (
        "the CORS configuration of the bucket films, no CORS rule allows it: rule 1 comes nearest, its "
        "AllowedMethods PUT do not contain"
    )
    answers = "CORS rule 1 of the bucket films answers the request."
    kept = "A browser keeps the reply from the page:"
    empty = "the bucket films has no CORS configuration: put one that has a rule for the request."
    seen = [
        (entry["operation"], entry["status"], entry["refused"])
        for entry in recorded(("operation", "status", "refused"))
    ]
    assert seen == [
        ("ListObjectsV2", 200, True),
        ("PutBucketCors", 200, False),
        ("ListObjectsV2", 200, True),
        ("Preflight", 403, True),
        ("Preflight", 200, False),
    ]
    first, _put, second, refused, allowed = (entry["reason"] for entry in recorded(["reason"]))
    assert (first, second, allowed) == (f"{kept} {empty}", f"{kept} in {nearest} GET.", answers)
    assert refused.startswith(f"In {nearest} DELETE. CORSResponse: This CORS request is not allowed.")


def test_other_services(connect, emulator, recorded, s3):
    connect("iam").create_user(UserName="ann")
    for call, parameters in (
        (connect("iam").get_user, {"UserName": "bob"}),
        (connect("logs").describe_log_streams, {"logGroupName": "none"}),
        (connect("cloudwatch").get_dashboard, {"DashboardName": "none"}),
    ):
        with pytest.raises(ClientError):
            call(**parameters)
    connect("sts").get_session_token()
    keys = (*SHOWN, "reason", "caller")
    assert [tuple(entry[key] for key in keys) for entry in recorded(keys)] == [
        ("iam", "CreateUser", True, 200, None, None, ROOT),
        ("iam", "GetUser", False, 404, "NoSuchEntity", "The user with name bob cannot be found.", ROOT),
        (
            *("logs", "DescribeLogStreams", False, 400, "ResourceNotFoundException"),
            *("The specified log group does not exist.", ROOT),
        ),
        ("cloudwatch", "GetDashboard", False, 404, "ResourceNotFound", "Dashboard does not exist", ROOT),
        ("sts", "GetSessionToken", False, 200, None, None, ROOT),
    ]


def test_s3_control(films, http, recorded):
    headers = signed(x_amz_account_id="123456789012")
    assert http("GET", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Afilms", None, headers)[0] == 200
    assert http("GET", "/v20180820/configuration/publicAccessBlock", None, headers)[0] == 404
    seen = [tuple(entry.values()) for entry in recorded(SHOWN)]
    assert seen == [
        ("s3control", "ListTagsForResource", False, 200, None),
        ("s3control", "GetPublicAccessBlock", False, 404, "NoSuchPublicAccessBlockConfiguration"),
    ]


def test_replies_of_other_services_allow_no_origin(http, s3):
    headers = {"Content-Type": "application/x-www-form-urlencoded", **signed("iam"), **PAGE}
    status, answered, _body = http("POST", "/", "Action=ListUsers&Version=2010-05-08", headers)
    assert status == 403
    assert not [name for name in answered if name.startswith("Access-Control-")]


@pytest.mark.parametrize("services", [["iam"], []])
def test_a_service_that_is_not_served(connect, services):
    with EmulatorServer(services=services) as server:
        with pytest.raises(ClientError):
            connect("logs", endpoint=server.url).describe_log_groups()
        with pytest.raises(ClientError):
            connect("s3", endpoint=server.url).list_buckets()
        logs, s3 = server.requests()
    assert [logs[key] for key in SHOWN] == ["logs", "DescribeLogGroups", False, 501, "NotImplemented"]
    assert (s3["service"], s3["status"], s3["error"], s3["caller"]) == ("s3", 501, "NotImplemented", ROOT)
    assert s3["reason"].startswith("The emulator does not serve s3: the variable emulator_services")


def test_a_service_that_fails():
    shared = Shared(Settings(), Directory(), CloudWatch(), {})

    def fail(_environ, start_response):
        start_response("200 OK", [])
        raise KeyError("streams")

    def start_response(*_arguments):
        raise AssertionError

    environ = {"REMOTE_ADDR": "127.0.0.1", "PATH_INFO": "/", "HTTP_X_AMZ_TARGET": "Logs_20140328.PutLogEvents"}
    with pytest.raises(KeyError):
        Recorded(shared, "logs", fail)(environ, start_response)
    [entry] = shared.record.entries()
    assert [entry[key] for key in SHOWN] == ["logs", "PutLogEvents", True, 500, "InternalFailure"]
    assert entry["reason"] == "The service failed, see the log of the emulator."


@pytest.mark.parametrize("target", ["", ".", "Logs_20140328.", "Logs_20140328.A B", "x." + "A" * 129])
def test_a_name_that_is_none_is_unknown(target):
    assert operation_of({"PATH_INFO": "/", "HTTP_X_AMZ_TARGET": target}, "logs") == "Unknown"


def test_an_operation_in_a_path():
    environ = {"PATH_INFO": "/service/GraniteServiceVersion20100801/operation/PutMetricData"}
    assert operation_of({**environ, "HTTP_SMITHY_PROTOCOL": "rpc-v2-cbor"}, "cloudwatch") == "PutMetricData"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<ErrorResponse><Error><Code>A</Code><Message>b &lt; c</Message></Error></ErrorResponse>", ("A", "b < c")),
        (b"<Error><Code>A</Code></Error>", ("A", None)),
        (json.dumps({"__type": "com.amazon#A", "message": "b"}).encode(), ("A", "b")),
        (json.dumps({"__type": "A", "Message": "b"}).encode(), ("A", "b")),
        (json.dumps({"__type": 1, "message": []}).encode(), ("NotFound", None)),
        (b"[" * 100_000, ("NotFound", None)),
        (b"[]", ("NotFound", None)),
        (b"", ("NotFound", None)),
        (b"\xff", ("NotFound", None)),
    ],
)
def test_errors_of_replies(body, found):
    assert read_error(404, body) == found
    assert read_error(302, body) is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_refusal_without_a_message_has_a_reason(films, s3, http, recorded, method):
    s3.put_object(Bucket=films, Key="a", Body=b"film")
    assert http(method, f"/{films}/a")[0] == 403
    [_put, refused] = recorded(["error", "reason"])
    assert refused == {"error": "Forbidden", "reason": "moto replied Forbidden without a message."}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("headers", [FORM, signed() | FORM])
def test_an_object_with_the_type_of_a_form_is_no_form(films, s3, http, recorded, headers):
    body = b"Action=AssumeRoleWithSAML&Version=2011-06-15"
    # As "curl --request PUT --data-binary @FILE" sends it.
    assert http("PUT", f"/{films}/a", body, headers)[0] == 200
    assert list(recorded(SHOWN)[0].values()) == ["s3", "PutObject", True, 200, None]
    assert s3.get_object(Bucket=films, Key="a")["Body"].read() == body


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        (signed("iam") | FORM, b"Action=ListUsers&" + b"a=1&" * 262_144, "A form can have at most 1048576 bytes."),
        (FORM, b"Action=AssumeRoleWithSAML&" + b"a=1&" * 262_144, "A form can have at most 1048576 bytes."),
        (
            signed("logs", X_Amz_Target="Logs_20140328.DescribeLogGroups", Content_Type="application/x-amz-json-1.1"),
            b'{"x": [' + b"1," * 50_000 + b"1]}",
            "A JSON body can have at most 50000 values.",
        ),
    ],
    ids=["form", "unsigned form", "json"],
)
def test_bodies_that_moto_parses_at_once_are_bounded(emulator, http, headers, body, message):
    status, _headers, answer = http("POST", "/", body, headers)
    assert (status, message in answer.decode()) == (413, True)
    assert (emulator.requests()[-1]["status"], emulator.requests()[-1]["reason"]) == (413, message)


def test_regions_in_signatures_fill_no_memory(emulator):
    dispatcher = emulator._emulator._services._moto
    for number in range(1000):
        dispatcher.get_backend_for_host(f"s3.region-{number}.amazonaws.com")
    assert dispatcher._backend_for_host.cache_info().currsize < 1000
