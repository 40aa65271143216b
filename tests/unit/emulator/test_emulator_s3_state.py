# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on buckets that the emulator runs in place of moto read and write the state of moto, as moto does."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.test import Client

from mediastore_emulator.services.handlers import Handlers

SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, "
    "Signature=0"
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "123456789012"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::films/ä*",
        }
    ],
}
BLOCK = "<PublicAccessBlockConfiguration>{}</PublicAccessBlockConfiguration>"
RULE = (
    "<CORSRule><ID>one</ID><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>"
    "<AllowedOrigin>https://a.example</AllowedOrigin><AllowedOrigin>https://*.b.example</AllowedOrigin>"
    "<AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule>"
)
OTHER_RULE = "<CORSRule><AllowedMethod>HEAD</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>"
TAG = "<Tag><Key>a &amp; b</Key><Value>1</Value></Tag>"
EXPIRING = (
    "<Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix>x</Prefix></Filter><Expiration><Days>3</Days></Expiration>"
    "</Rule>"
)
# The query of the requests on a document of a bucket, and two of its values.
DOCUMENTS = {
    "policy": (json.dumps(POLICY, ensure_ascii=False), json.dumps({**POLICY, "Id": "other"})),
    "publicAccessBlock": (
        BLOCK.format("<BlockPublicAcls>true</BlockPublicAcls><BlockPublicPolicy>TRUE</BlockPublicPolicy>"),
        BLOCK.format("<RestrictPublicBuckets>false</RestrictPublicBuckets>"),
    ),
    "cors": tuple(
        f"<CORSConfiguration>{rules}</CORSConfiguration>" for rules in (RULE, RULE + OTHER_RULE + OTHER_RULE)
    ),
    "tagging": tuple(
        f"<Tagging><TagSet>{tags}</TagSet></Tagging>" for tags in (TAG, f"{TAG}<Tag><Key>c</Key><Value>2</Value></Tag>")
    ),
    "lifecycle": tuple(
        f"<LifecycleConfiguration>{rules}</LifecycleConfiguration>"
        for rules in (EXPIRING, EXPIRING.replace("<Days>3", "<Days>4"))
    ),
}


def seen(status, body):
    """What a client sees: the status, and the document without what differs in each reply."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return status, body
    for name in ("RequestId", "HostId", "BucketName"):
        for element in root.findall(name):
            root.remove(element)
    return status, ElementTree.canonicalize(ElementTree.tostring(root))


@pytest.fixture
def films(s3):
    """Return the path of a new bucket."""
    s3.create_bucket(Bucket="films")
    return "/films"


@pytest.fixture
def emulated(http, films):
    """A function that sends a request to the emulator, and returns its status and document."""

    def emulated(method, query, body=None):
        status, _headers, answer = http(method, f"{films}?{query}", body and body.encode(), SIGNED)
        return seen(status, answer)

    return emulated


@pytest.fixture
def moto(films):
    """A function that sends a request to moto's application alone, and returns its status and document."""
    client = Client(create_backend_app("s3"))

    def moto(method, query, body=None):
        reply = client.open(f"{films}?{query}", method=method, data=body and body.encode(), headers=SIGNED)
        return seen(reply.status_code, reply.data)

    return moto


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/", None),
        ("GET", "/films?list-type=2", None),
        ("GET", "/films/", None),
        ("GET", "/films/a", None),
        ("HEAD", "/films/a", None),
        ("GET", "/films/none", None),
        ("HEAD", "/films/none", None),
        ("GET", "//films", None),
        ("GET", "/films//a", None),
        ("PUT", "/films/%C3%A4%2Fb%2B", b"show"),
        ("PUT", "/films/a?tagging", DOCUMENTS["tagging"][0].encode()),
        ("PATCH", "/none", None),
        ("TRACE", "/films/a", None),
    ],
)
def test_handlers_reply_as_with_flask(films, s3, method, path, body):
    s3.put_object(Bucket="films", Key="a", Body=b"film", ContentType="video/mp4")
    app = create_backend_app("s3")
    replies: list[Any] = []
    for application in (app, Handlers(app)):
        try:
            reply = Client(application).open(path, method=method, data=body, headers=SIGNED)
        except NotImplementedError as error:
            replies.append(str(error))
        else:
            own = ("x-amzn-requestid", "date", "last-modified", "access-control-allow-origin")
            headers = {name.lower(): text for name, text in reply.headers.items() if name.lower() not in own}
            replies.append((*seen(reply.status_code, reply.data), headers))
    assert replies[0] == replies[1]


@pytest.mark.parametrize(("query", "values"), DOCUMENTS.items(), ids=DOCUMENTS)
def test_a_document_is_that_of_moto(emulated, moto, query, values):
    first, second = values
    emulated("DELETE", query)
    assert emulated("GET", query) == moto("GET", query)
    assert emulated("PUT", query, first)[0] == (204 if query in ("policy", "tagging") else 200)
    stored = moto("GET", query)
    assert stored[0] == 200
    assert emulated("GET", query) == stored
    moto("PUT", query, second)
    assert emulated("GET", query) == moto("GET", query) != stored
    moto("PUT", query, first)
    assert emulated("GET", query) == moto("GET", query) == stored
    for first_way, other_way in ((emulated, moto), (moto, emulated)):
        moto("PUT", query, first)
        assert first_way("DELETE", query) == (204, b"")
        missing = first_way("GET", query)
        assert missing[0] == 404
        assert other_way("GET", query) == missing


def test_a_bucket_without_logging_is_that_of_moto(emulated, moto):
    assert emulated("GET", "logging") == moto("GET", "logging")
    assert emulated("GET", "logging")[0] == 200


def test_logging_that_moto_put_is_that_of_moto(emulated, moto, s3, films):
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::films/*",
    }
    s3.put_bucket_policy(Bucket="films", Policy=json.dumps({"Version": "2012-10-17", "Statement": [grant]}))
    enabled = "<TargetBucket>films</TargetBucket><TargetPrefix>log/</TargetPrefix>"
    moto("PUT", "logging", f"<BucketLoggingStatus><LoggingEnabled>{enabled}</LoggingEnabled></BucketLoggingStatus>")
    stored = moto("GET", "logging")
    assert "log/" in stored[1]
    assert emulated("GET", "logging") == stored


def test_the_region_of_a_bucket(http, s3, films):
    status, headers, body = http("HEAD", films, headers=SIGNED)
    assert (status, headers["x-amz-bucket-region"], headers["Content-Length"], body) == (200, "us-east-1", "0", b"")


def test_without_rules_moto_decides_on_cors(emulated, moto, emulator):
    emulator.configure(s3_rules=False)
    rules = f"<CORSConfiguration>{OTHER_RULE.replace('HEAD', 'PATCH')}</CORSConfiguration>"
    assert emulated("PUT", "cors", rules) == moto("PUT", "cors", rules)
    assert emulated("PUT", "cors", rules)[0] == 400


@pytest.mark.parametrize("query", [*DOCUMENTS, "logging"])
def test_a_request_without_a_document(emulated, query):
    status, document = emulated("PUT", query, "")
    assert (status, ElementTree.fromstring(document).findtext("Code")) == (400, "MissingRequestBodyError")


def test_a_public_access_block_without_settings(emulated):
    status, document = emulated("PUT", "publicAccessBlock", BLOCK.format(""))
    assert (status, ElementTree.fromstring(document).findtext("Code")) == (400, "InvalidRequest")
