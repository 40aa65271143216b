# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's S3 refuses what Amazon S3 refuses.

Expectations follow the Amazon S3 User Guide and API Reference, and the errors that users of S3 have published.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import random
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from mediastore_emulator.wsgi import WsgiReply

OWNER, STRANGER = "123456789012", "111122223333"
BUCKET, OBJECTS = "arn:aws:s3:::films", "arn:aws:s3:::films/*"
READ = {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "s3:GetObject", "Resource": OBJECTS}
ALL_BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
DISTRIBUTION = f"arn:aws:cloudfront::{OWNER}:distribution/E1"
CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}


@pytest.fixture
def films(s3):
    """Return the name of a new bucket in us-east-1."""
    s3.create_bucket(Bucket="films")
    return "films"


@pytest.fixture
def stranger(connect):
    """Return a client of S3 with the root user of another account."""
    client = connect("s3")
    client.meta.events.register(
        "before-sign.s3", lambda request, **_: request.headers.add_header("X-Moto-Account-Id", STRANGER)
    )
    return client


@pytest.fixture
def outcome():
    """Return a function that makes a call, and returns (error code, HTTP status), or None if it succeeds."""

    def outcome(call, **parameters):
        try:
            call(**parameters)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        return None

    return outcome


def signed(region="us-east-1", **headers):
    scope = f"EXAMPLEKEY/20260101/{region}/s3/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0", **headers}


def policy(*statements, **elements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **elements})


def statement(**elements):
    return {**READ, **elements}


def code_in(body):
    return ElementTree.fromstring(body).findtext("Code")


# General purpose bucket naming rules.
@pytest.mark.parametrize("name", ["abc", "a" * 63, "a.b", "a--b", "1a2", "192.168.5.400x", "xn-a", "film-s3alia"])
def test_valid_bucket_name(s3, outcome, name):
    assert outcome(s3.create_bucket, Bucket=name) is None


@pytest.mark.parametrize(
    "name",
    [
        *("ab", "a" * 64, "Second_Bucket", "films_1", "Films", "-films", "films-", ".films", "films.", "a..b", "a b"),
        *("192.168.5.4", "xn--films", "sthree-films", "amzn-s3-demo-films", "films-s3alias", "films--ol-s3"),
        *("films.mrap", "films--x-s3", "films--table-s3", "films-an"),
    ],
)
def test_invalid_bucket_name(s3, http, name):
    status, _headers, body = http("PUT", f"/{name.replace(' ', '%20')}", headers=signed())
    assert (status, code_in(body)) == (400, "InvalidBucketName")
    assert s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("name", "namespace", "expected"),
    [
        (f"films-{OWNER}-us-east-1-an", "account-regional", None),
        (f"films-{OWNER}-us-east-1-an", None, ("InvalidBucketName", 400)),
        (f"films-{OWNER}-us-east-1-an", "global", ("InvalidBucketName", 400)),
        ("films", "account-regional", ("InvalidNamespaceHeader", 400)),
        (f"films-{STRANGER}-us-east-1-an", "account-regional", ("InvalidNamespaceHeader", 400)),
        (f"films-{OWNER}-eu-west-1-an", "account-regional", ("InvalidNamespaceHeader", 400)),
        ("films", "global", None),
        ("films", "galactic", ("InvalidArgument", 400)),
    ],
)
def test_bucket_namespace(s3, http, name, namespace, expected):
    headers = signed() if namespace is None else signed(**{"x-amz-bucket-namespace": namespace})
    status, _headers, body = http("PUT", f"/{name}", headers=headers)
    assert (None if status == 200 else (code_in(body), status)) == expected


@pytest.mark.parametrize(
    ("region", "location", "expected"),
    [
        ("us-east-1", None, None),
        ("us-east-1", "eu-west-1", None),
        ("us-east-1", "us-east-1", ("InvalidLocationConstraint", 400)),
        ("us-east-1", "mars", ("InvalidLocationConstraint", 400)),
        ("eu-west-1", "eu-west-1", None),
        ("eu-west-1", None, ("IllegalLocationConstraintException", 400)),
        ("eu-west-1", "eu-central-1", ("IllegalLocationConstraintException", 400)),
    ],
)
def test_location_constraint(s3, connect, outcome, region, location, expected):
    configuration = {} if location is None else {"CreateBucketConfiguration": {"LocationConstraint": location}}
    assert outcome(connect("s3", region).create_bucket, Bucket="films", **configuration) == expected


def test_empty_value_of_a_tag_is_an_empty_element(s3, films):
    """API Reference, "GetBucketTagging": a Tag has a Key and a Value."""
    s3.put_bucket_tagging(Bucket=films, Tagging={"TagSet": [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "1"}]})
    assert s3.get_bucket_tagging(Bucket=films)["TagSet"] == [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "1"}]


def test_tags_of_a_new_bucket_are_stored_or_refused(s3, http):
    body = b"""<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Tags><Tag><Key>team</Key><Value>video</Value></Tag></Tags>
    </CreateBucketConfiguration>"""
    status, _headers, reply = http("PUT", "/films", body, signed())
    # The emulator validates requests against botocore's model, and the oldest supported one lacks the tags.
    if "Tags" in s3.meta.service_model.shape_for("CreateBucketConfiguration").members:
        assert status == 200
        assert s3.get_bucket_tagging(Bucket="films")["TagSet"] == [{"Key": "team", "Value": "video"}]
    else:
        assert (status, code_in(reply)) == (400, "MalformedXML")
        assert s3.list_buckets()["Buckets"] == []


def test_bucket_that_exists(s3, connect, stranger, outcome):
    europe = connect("s3", "eu-west-1")
    location = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    s3.create_bucket(Bucket="films")
    europe.create_bucket(Bucket="europe", **location)
    assert outcome(s3.create_bucket, Bucket="films") is None
    assert outcome(europe.create_bucket, Bucket="europe", **location) == ("BucketAlreadyOwnedByYou", 409)
    assert outcome(stranger.create_bucket, Bucket="films") == ("BucketAlreadyExists", 409)


def test_public_access_block(s3, films, refusal):
    assert s3.get_public_access_block(Bucket=films)["PublicAccessBlockConfiguration"] == ALL_BLOCKED
    s3.delete_public_access_block(Bucket=films)
    code, status, _message = refusal(s3.get_public_access_block, Bucket=films)
    assert (code, status) == ("NoSuchPublicAccessBlockConfiguration", 404)
    s3.create_bucket(Bucket=films)
    assert refusal(s3.get_public_access_block, Bucket=films)[0] == "NoSuchPublicAccessBlockConfiguration"


CONDITIONS_NOT_PUBLIC = [
    {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.9", "2001:db8::/32"]}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    {"StringLike": {"AWS:SourceArn": DISTRIBUTION}},
    {"ArnLike": {"aws:SourceArn": DISTRIBUTION}},
    {"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}, "Bool": {"aws:SecureTransport": "true"}},
    {"ForAnyValue:StringEquals": {"aws:SourceVpc": "vpc-1"}},
]
CONDITIONS_PUBLIC = [
    {},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"StringEquals": {"aws:Referer": "secret"}},
    {"StringEquals": {"aws:UserAgent": "secret"}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/7"}},
    {"IpAddress": {"aws:SourceIp": ["203.0.113.9", "0.0.0.0/0"]}},
    {"IpAddress": {"aws:SourceIp": "2001:db8::/31"}},
    {"NotIpAddress": {"aws:SourceIp": "203.0.113.9"}},
    {"StringLike": {"aws:SourceArn": "arn:aws:cloudfront::*"}},
    {"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}},
    {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}},
    {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}},
    {"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}},
    {"Null": {"aws:SourceVpc": "false"}},
]


@pytest.mark.parametrize("condition", CONDITIONS_NOT_PUBLIC)
def test_policy_for_everybody_that_is_not_public(s3, films, outcome, condition):
    text = policy(statement(Principal="*", Condition=condition))
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=text) is None


@pytest.mark.parametrize("condition", CONDITIONS_PUBLIC)
@pytest.mark.parametrize("principal", [{"Principal": "*"}, {"Principal": {"AWS": [OWNER, "*"]}}])
def test_public_policy(s3, films, refusal, outcome, condition, principal):
    text = policy(READ, statement(**principal, Condition=condition))
    code, status, message = refusal(s3.put_bucket_policy, Bucket=films, Policy=text)
    assert (code, status) == ("AccessDenied", 403)
    assert "BlockPublicPolicy" in message
    s3.put_public_access_block(Bucket=films, PublicAccessBlockConfiguration={**ALL_BLOCKED, "BlockPublicPolicy": False})
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=text) is None


@pytest.mark.parametrize(
    "other",
    [
        {"Effect": "Deny", "Principal": "*"},
        {"Principal": CLOUDFRONT},
        {"Principal": CLOUDFRONT, "Condition": {"StringEquals": {"AWS:SourceArn": DISTRIBUTION}}},
        {"Principal": {"AWS": f"arn:aws:iam::{STRANGER}:root"}},
    ],
)
def test_policy_that_is_not_public(s3, films, outcome, other):
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=policy(statement(**other))) is None


def test_policy_that_allows_all_but_one_is_public(s3, films, outcome):
    allowed = {key: value for key, value in READ.items() if key != "Principal"}
    text = policy({**allowed, "NotPrincipal": {"AWS": STRANGER}})
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=text) == ("AccessDenied", 403)


def test_public_access_block_of_the_account(s3, films, http, outcome):
    s3.delete_public_access_block(Bucket=films)
    path, headers = "/v20180820/configuration/publicAccessBlock", signed(**{"x-amz-account-id": OWNER})
    body = '<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">'
    body += "<BlockPublicPolicy>true</BlockPublicPolicy></PublicAccessBlockConfiguration>"
    text = policy(statement(Principal="*"))
    assert http("PUT", path, body, headers)[0] < 300
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=text) == ("AccessDenied", 403)
    assert http("DELETE", path, headers=headers)[0] < 300
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=text) is None


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"Action": ["s3:getobject", "S3:PutObject", "s3:Get*Tagging"]},
        {"Action": "s3:*"},
        {"Action": "*", "Resource": [BUCKET, OBJECTS]},
        {"Action": ["s3:ListBucket", "s3:GetObject"], "Resource": [BUCKET, OBJECTS]},
        {"Action": "s3:ListBucket", "Resource": BUCKET, "Condition": {"StringLike": {"s3:prefix": ["a/*"]}}},
        {"Action": "s3:ListBucket*", "Resource": BUCKET, "Condition": {"StringEquals": {"S3:Delimiter": "/"}}},
        {"Action": "s3:GetMetricsConfiguration", "Resource": BUCKET},
        {"Resource": f"{BUCKET}/${{aws:username}}/*"},
        {"Resource": [f"{BUCKET}/a?.ts", f"{BUCKET}/b"]},
        {"Principal": {"AWS": [OWNER, f"arn:aws:iam::{OWNER}:user/media/ann", f"arn:aws:iam::{OWNER}:role/encoder"]}},
        {"Principal": {"AWS": f"arn:aws:sts::{OWNER}:assumed-role/encoder/session"}},
        {"Principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1ABC"}},
        {"Principal": {"CanonicalUser": "ab" * 32}},
        {"Principal": {"Federated": "cognito-identity.amazonaws.com"}},
        {"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ],
)
def test_valid_policy(s3, films, elements):
    text = policy(statement(**elements))
    s3.put_bucket_policy(Bucket=films, Policy=text)
    assert s3.get_bucket_policy(Bucket=films)["Policy"] == text


@pytest.mark.parametrize(
    ("elements", "named"),
    [
        ({"Action": "mediastore:GetObject"}, "invalid action"),
        ({"Action": "s3:GetFilm"}, "invalid action"),
        ({"Action": ["s3:GetObject", "s3:Film*"]}, "invalid action"),
        ({"Resource": "arn:aws:s3:::other/*"}, "invalid resource"),
        ({"Resource": "arn:aws:s3:::films2/*"}, "invalid resource"),
        ({"Resource": "arn:aws-cn:s3:::films/*"}, "invalid resource"),
        ({"Resource": [OBJECTS, "*"]}, "invalid resource"),
        ({"Action": "s3:ListBucket"}, "Action does not apply to any resource(s) in statement"),
        ({"Resource": BUCKET}, "Action does not apply to any resource(s) in statement"),
        ({"Action": ["s3:GetObject", "s3:ListBucket"]}, "Action does not apply to any resource(s) in statement"),
        ({"Action": "s3:List*Versions"}, "Action does not apply to any resource(s) in statement"),
        (
            {"Condition": {"StringEquals": {"s3:prefix": "a"}}},
            "Conditions do not apply to combination of actions and resources in statement",
        ),
        (
            {
                "Action": ["s3:ListBucket", "s3:GetObject"],
                "Resource": [BUCKET, OBJECTS],
                "Condition": {"NumericLessThan": {"s3:max-keys": 10}},
            },
            "Conditions do not apply to combination of actions and resources in statement",
        ),
        ({"Principal": {"AWS": "12345"}}, "Invalid principal in policy"),
        ({"Principal": {"AWS": "arn:aws:iam::12345:root"}}, "Invalid principal in policy"),
        ({"Principal": {"AWS": f"arn:aws:iam::{OWNER}:user/*"}}, "Invalid principal in policy"),
        ({"Principal": {"AWS": [OWNER, "AIDAEXAMPLE"]}}, "Invalid principal in policy"),
        ({"Principal": {"Service": "cloudfront"}}, "Invalid principal in policy"),
        ({"Principal": {"CanonicalUser": "ab"}}, "Invalid principal in policy"),
        ({"Effect": "allow"}, "Effect in statement 2"),
        ({"Extra": "x"}, "Extra in statement 2"),
    ],
)
def test_malformed_policy(s3, films, refusal, elements, named):
    text = policy(READ, statement(**elements))
    code, status, message = refusal(s3.put_bucket_policy, Bucket=films, Policy=text)
    assert (code, status) == ("MalformedPolicy", 400)
    assert named in message
    assert "statement 2" in message
    assert refusal(s3.get_bucket_policy, Bucket=films)[0] == "NoSuchBucketPolicy"


@pytest.mark.parametrize("text", ["{", "[]", "x", '{"Statement": []}', "{}", '{"Statement": NaN}', "[" * 5000])
def test_text_that_is_no_policy(s3, films, outcome, text):
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=text) == ("MalformedPolicy", 400)


def test_size_of_a_policy(s3, films, outcome):
    spare = 20_480 - len(policy(READ, Id=""))
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=policy(READ, Id="x" * spare)) is None
    longer = policy(READ, Id="x" * (spare + 1))
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=longer) == ("MalformedPolicy", 400)


def rule(**elements):
    return {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"], **elements}


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([rule(AllowedMethods=["GET", "PUT", "POST", "DELETE", "HEAD"])], None),
        ([rule(AllowedOrigins=["*", "https://*.a.example"], AllowedHeaders=["x-*", "*"])], None),
        ([rule(ExposeHeaders=["ETag"], MaxAgeSeconds=0, ID="a")], None),
        ([rule()] * 100, None),
        ([rule()] * 101, "MalformedXML"),
        ([], "MalformedXML"),
        ([{"AllowedMethods": ["GET"]}], "MalformedXML"),
        ([{"AllowedOrigins": ["*"]}], "MalformedXML"),
        ([rule(MaxAgeSeconds="soon")], "MalformedXML"),
        ([rule(), rule(ExposeHeaders=["*"])], "InvalidRequest"),
        ([rule(ExposeHeaders=["x-*"])], "InvalidRequest"),
        ([rule(AllowedOrigins=["https://*.*.example"])], "InvalidRequest"),
        ([rule(AllowedHeaders=["*-x-*"])], "InvalidRequest"),
        ([rule(AllowedMethods=["PATCH"])], "InvalidRequest"),
        ([rule(AllowedMethods=["get"])], "InvalidRequest"),
        ([rule(AllowedHeaders=["x" * 65_000])], None),
        ([rule(AllowedHeaders=["x" * 66_000])], "MaxMessageLengthExceeded"),
    ],
)
def test_cors(s3, films, outcome, rules, code):
    put = outcome(s3.put_bucket_cors, Bucket=films, CORSConfiguration={"CORSRules": rules})
    assert put == (code and (code, 400))
    if code is None:
        assert s3.get_bucket_cors(Bucket=films)["CORSRules"] == rules


def expiring(**elements):
    return {"Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": 1}, **elements}


def moving(days, storage_class="STANDARD_IA", **elements):
    moved = {"Status": "Enabled", "Filter": {"Prefix": ""}, **elements}
    return {**moved, "Transitions": [{"Days": days, "StorageClass": storage_class}]}


TWO_TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
OLD_RULE = {"Status": "Enabled", "Prefix": "a/", "Expiration": {"Days": 1}}


@pytest.mark.parametrize(
    "rules",
    [
        [expiring(ID="x" * 255)],
        [expiring(ID=f"rule-{number}") for number in range(1000)],
        [moving(30, ID="a"), moving(31, "ONEZONE_IA", ID="b"), moving(0, "GLACIER", ID="c")],
        [moving(30, ID="a", Expiration={"Days": 31})],
        [expiring(ID="a", Filter={"And": {"Prefix": "a/", "ObjectSizeGreaterThan": 500}})],
        [expiring(ID="a", Filter={"And": {"Tags": TWO_TAGS}})],
        [expiring(ID="a", Filter={"ObjectSizeLessThan": 131072}), expiring(ID="b", Filter={"Tag": TWO_TAGS[0]})],
        [{**OLD_RULE, "ID": "a"}, {**OLD_RULE, "ID": "b", "Prefix": ""}],
        [expiring(ID="a", Expiration={"ExpiredObjectDeleteMarker": True})],
        [{**OLD_RULE, "ID": "a", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}],
    ],
)
def test_valid_lifecycle(s3, films, rules):
    s3.put_bucket_lifecycle_configuration(Bucket=films, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=films)["Rules"] == rules
    s3.delete_bucket_lifecycle(Bucket=films)
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=films)


def test_lifecycle_rule_without_an_id_gets_one(s3, films):
    s3.put_bucket_lifecycle_configuration(Bucket=films, LifecycleConfiguration={"Rules": [expiring(), expiring()]})
    first, second = s3.get_bucket_lifecycle_configuration(Bucket=films)["Rules"]
    assert first["ID"] != second["ID"]
    assert first == expiring(ID=first["ID"])


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([], "MalformedXML"),
        ([expiring(Status="On")], "MalformedXML"),
        ([expiring(Filter={"Prefix": "a", "ObjectSizeLessThan": 5})], "MalformedXML"),
        ([expiring(Filter={"And": {"Prefix": "a/"}})], "MalformedXML"),
        ([expiring(Filter={"And": {"Tags": TWO_TAGS[:1]}})], "MalformedXML"),
        ([expiring(Prefix="a/")], "MalformedXML"),
        ([{"Status": "Enabled", "Expiration": {"Days": 1}}], "MalformedXML"),
        ([moving(40, "COLD")], "MalformedXML"),
        ([expiring(ID=str(number)) for number in range(1001)], "MalformedXML"),
        ([expiring(), OLD_RULE], "InvalidRequest"),
        ([{"Status": "Enabled", "Filter": {"Prefix": ""}}], "InvalidRequest"),
        ([expiring(ID="a"), expiring(ID="a")], "InvalidArgument"),
        ([expiring(ID="x" * 256)], "InvalidArgument"),
        ([expiring(Expiration={"Days": 0})], "InvalidArgument"),
        ([expiring(Expiration={"Days": -1})], "InvalidArgument"),
        ([moving(29)], "InvalidArgument"),
        ([moving(10, "ONEZONE_IA")], "InvalidArgument"),
        ([moving(-1, "GLACIER")], "InvalidArgument"),
        ([moving(30, Expiration={"Days": 30})], "InvalidArgument"),
        (
            [expiring(Expiration={"Date": datetime.datetime(2027, 1, 1, 5, tzinfo=datetime.UTC)})],
            "InvalidArgument",
        ),
    ],
)
def test_invalid_lifecycle(s3, films, outcome, rules, code):
    put = outcome(s3.put_bucket_lifecycle_configuration, Bucket=films, LifecycleConfiguration={"Rules": rules})
    assert put == (code, 400)


def metrics(name, **elements):
    return {"Id": name, "MetricsConfiguration": {"Id": name, **elements}}


METRICS: list[dict[str, Any]] = [
    {"Id": "EntireBucket"},
    {"Id": "a.b_c-D9", "Filter": {"Prefix": "a/"}},
    {"Id": "both", "Filter": {"And": {"Prefix": "a/", "Tags": [TWO_TAGS[0]]}}},
    {"Id": "tag", "Filter": {"Tag": TWO_TAGS[0]}},
]


def test_metrics_configurations(s3, films, refusal):
    for configuration in METRICS:
        s3.put_bucket_metrics_configuration(Bucket=films, Id=configuration["Id"], MetricsConfiguration=configuration)
    changed = {"Id": "tag", "Filter": {"Prefix": "b/"}}
    s3.put_bucket_metrics_configuration(Bucket=films, Id="tag", MetricsConfiguration=changed)
    got = s3.get_bucket_metrics_configuration(Bucket=films, Id="both")["MetricsConfiguration"]
    listed = s3.list_bucket_metrics_configurations(Bucket=films)
    assert got == METRICS[2]
    assert listed["MetricsConfigurationList"] == [METRICS[0], METRICS[1], METRICS[2], changed]
    assert listed["IsTruncated"] is False
    s3.delete_bucket_metrics_configuration(Bucket=films, Id="both")
    for call in (s3.get_bucket_metrics_configuration, s3.delete_bucket_metrics_configuration):
        assert refusal(call, Bucket=films, Id="both")[:2] == ("NoSuchConfiguration", 404)
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [films]
    s3.delete_bucket(Bucket=films)
    s3.create_bucket(Bucket=films)
    assert "MetricsConfigurationList" not in s3.list_bucket_metrics_configurations(Bucket=films)


def test_pages_of_metrics_configurations(s3, films, refusal):
    names = [f"m{number:04}" for number in range(1000)]
    for name in names:
        s3.put_bucket_metrics_configuration(Bucket=films, **metrics(name))
    more = refusal(s3.put_bucket_metrics_configuration, Bucket=films, **metrics("more"))
    assert more[:2] == ("TooManyConfigurations", 400)
    s3.put_bucket_metrics_configuration(Bucket=films, **metrics("m0000"))
    pages: list[list[str]] = []
    token: dict[str, str] | None = {}
    while token is not None:
        page = s3.list_bucket_metrics_configurations(Bucket=films, **token)
        pages.append([item["Id"] for item in page["MetricsConfigurationList"]])
        token = {"ContinuationToken": page["NextContinuationToken"]} if page["IsTruncated"] else None
    assert pages == [names[first : first + 100] for first in range(0, 1000, 100)]
    bad = refusal(s3.list_bucket_metrics_configurations, Bucket=films, ContinuationToken="x")
    assert bad[:2] == ("InvalidArgument", 400)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (metrics("x" * 64), None),
        (metrics("x" * 65), "InvalidArgument"),
        (metrics("a b"), "InvalidArgument"),
        (metrics("a/b"), "InvalidArgument"),
        ({**metrics("a"), "Id": "b"}, "InvalidArgument"),
        (metrics("a", Filter={}), "MalformedXML"),
        (metrics("a", Filter={"Prefix": "a", "Tag": TWO_TAGS[0]}), "MalformedXML"),
        (metrics("a", Filter={"And": {"Prefix": "a"}}), "MalformedXML"),
        ({"Id": "a", "MetricsConfiguration": {}}, "MalformedXML"),
    ],
)
def test_metrics_configuration(s3, films, outcome, parameters, code):
    assert outcome(s3.put_bucket_metrics_configuration, Bucket=films, **parameters) == (code and (code, 400))


def test_metrics_requests_without_an_id_have_no_effect(s3, films, http):
    for method in ("PUT", "DELETE"):
        status, _headers, body = http(method, "/films?metrics", b"x", signed())
        assert (status, code_in(body)) == (400, "InvalidArgument")
    assert s3.list_bucket_metrics_configurations(Bucket=films)["IsTruncated"] is False


@pytest.mark.parametrize("subresource", ["analytics", "inventory", "intelligent-tiering", "metadataTable", "unknown"])
def test_delete_of_what_moto_lacks_keeps_the_bucket(s3, films, http, subresource):
    status, _headers, body = http("DELETE", f"/films?{subresource}&id=a", headers=signed())
    assert (status, code_in(body)) == (501, "NotImplemented")
    s3.head_bucket(Bucket=films)


LOG_WRITER = {
    "Effect": "Allow",
    "Principal": {"Service": "logging.s3.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::logs/films/*",
    "Condition": {"ArnLike": {"aws:SourceArn": BUCKET}, "StringEquals": {"aws:SourceAccount": OWNER}},
}


@pytest.mark.parametrize(
    ("writer", "prefix", "accepted"),
    [
        ({}, "films/", True),
        ({"Resource": ["arn:aws:s3:::logs/x", "arn:aws:s3:::logs/*"]}, "", True),
        ({"Principal": {"Service": ["s3.amazonaws.com", "logging.s3.amazonaws.com"]}}, "films/", True),
        ({}, "other/", False),
        ({"Principal": {"Service": "s3.amazonaws.com"}}, "films/", False),
        ({"Action": "s3:GetObject"}, "films/", False),
        ({"Effect": "Deny"}, "films/", False),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"}}}, "films/", False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": STRANGER}}}, "films/", False),
    ],
)
def test_logging(s3, films, outcome, writer, prefix, accepted):
    s3.create_bucket(Bucket="logs")
    s3.put_bucket_policy(Bucket="logs", Policy=policy({**LOG_WRITER, **writer}))
    enabled = {"TargetBucket": "logs", "TargetPrefix": prefix}
    put = outcome(s3.put_bucket_logging, Bucket=films, BucketLoggingStatus={"LoggingEnabled": enabled})
    assert put == (None if accepted else ("InvalidTargetBucketForLogging", 400))
    assert s3.get_bucket_logging(Bucket=films).get("LoggingEnabled") == (enabled if accepted else None)


def test_logging_keeps_the_key_format_and_ends(s3, films):
    s3.create_bucket(Bucket="logs")
    s3.put_bucket_policy(Bucket="logs", Policy=policy(LOG_WRITER))
    enabled = {"TargetBucket": "logs", "TargetPrefix": "films/", "TargetObjectKeyFormat": {"SimplePrefix": {}}}
    s3.put_bucket_logging(Bucket=films, BucketLoggingStatus={"LoggingEnabled": enabled})
    assert s3.get_bucket_logging(Bucket=films)["LoggingEnabled"] == enabled
    s3.put_bucket_logging(Bucket=films, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=films)


def test_logging_to_a_bucket_that_cannot_take_logs(s3, films, connect, stranger, outcome):
    enabled = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "films/"}}
    refused = ("InvalidTargetBucketForLogging", 400)
    assert outcome(s3.put_bucket_logging, Bucket=films, BucketLoggingStatus=enabled) == refused
    stranger.create_bucket(Bucket="logs")
    stranger.put_bucket_policy(Bucket="logs", Policy=policy(LOG_WRITER))
    assert outcome(s3.put_bucket_logging, Bucket=films, BucketLoggingStatus=enabled) == refused
    stranger.delete_bucket(Bucket="logs")
    s3.create_bucket(Bucket="logs")
    assert outcome(s3.put_bucket_logging, Bucket=films, BucketLoggingStatus=enabled) == refused
    s3.put_bucket_policy(Bucket="logs", Policy=policy({**LOG_WRITER, "Principal": {"AWS": OWNER}}))
    assert outcome(s3.put_bucket_logging, Bucket=films, BucketLoggingStatus=enabled) == refused
    s3.delete_bucket(Bucket="logs")
    location = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    europe = connect("s3", "eu-west-1")
    europe.create_bucket(Bucket="logs", **location)
    europe.put_bucket_policy(Bucket="logs", Policy=policy(LOG_WRITER))
    put = outcome(s3.put_bucket_logging, Bucket=films, BucketLoggingStatus=enabled)
    assert put == ("CrossLocationLoggingProhibited", 403)


BUCKET_CALLS = {
    "head_bucket": {},
    "list_objects_v2": {},
    "get_bucket_policy": {},
    "delete_bucket_policy": {},
    "put_bucket_policy": {"Policy": policy(READ)},
    "get_public_access_block": {},
    "delete_public_access_block": {},
    "put_public_access_block": {"PublicAccessBlockConfiguration": ALL_BLOCKED},
    "get_bucket_cors": {},
    "delete_bucket_cors": {},
    "put_bucket_cors": {"CORSConfiguration": {"CORSRules": [rule()]}},
    "get_bucket_lifecycle_configuration": {},
    "delete_bucket_lifecycle": {},
    "put_bucket_lifecycle_configuration": {"LifecycleConfiguration": {"Rules": [expiring()]}},
    "get_bucket_tagging": {},
    "delete_bucket_tagging": {},
    "put_bucket_tagging": {"Tagging": {"TagSet": TWO_TAGS}},
    "get_bucket_logging": {},
    "put_bucket_logging": {"BucketLoggingStatus": {}},
    "list_bucket_metrics_configurations": {},
    "get_bucket_metrics_configuration": {"Id": "a"},
    "put_bucket_metrics_configuration": metrics("a"),
    "delete_bucket_metrics_configuration": {"Id": "a"},
    "delete_bucket": {},
}


@pytest.mark.parametrize("name", BUCKET_CALLS)
def test_another_owner_than_expected(s3, films, emulator, outcome, name):
    call, parameters = getattr(s3, name), BUCKET_CALLS[name]
    refused = ("403", 403) if name == "head_bucket" else ("AccessDenied", 403)
    assert outcome(call, Bucket=films, ExpectedBucketOwner=STRANGER, **parameters) == refused
    assert emulator.requests()[-1]["error"] == "AccessDenied"
    assert outcome(call, Bucket=films, ExpectedBucketOwner=OWNER, **parameters) not in (refused, ("404", 404))


def test_expected_owner_that_is_no_account(s3, films, outcome):
    assert outcome(s3.get_bucket_cors, Bucket=films, ExpectedBucketOwner="me") == (
        "InvalidBucketOwnerAWSAccountID",
        400,
    )


@pytest.mark.parametrize("name", BUCKET_CALLS)
def test_bucket_that_does_not_exist(s3, outcome, name):
    missing = ("404", 404) if name == "head_bucket" else ("NoSuchBucket", 404)
    assert outcome(getattr(s3, name), Bucket="films", **BUCKET_CALLS[name]) == missing


@pytest.mark.parametrize("name", BUCKET_CALLS)
def test_bucket_of_another_account(s3, films, stranger, outcome, name):
    refused = ("403", 403) if name == "head_bucket" else ("AccessDenied", 403)
    assert outcome(getattr(stranger, name), Bucket=films, **BUCKET_CALLS[name]) == refused


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_tagging", "NoSuchTagSet"),
    ],
)
def test_configuration_that_does_not_exist(s3, films, outcome, name, code):
    assert outcome(getattr(s3, name), Bucket=films) == (code, 404)


def test_policy_that_allows_another_account(s3, films, stranger, outcome):
    listing = statement(
        Principal={"AWS": STRANGER},
        Action="s3:ListBucket",
        Resource=BUCKET,
        Condition={"StringEquals": {"s3:prefix": "public/"}},
    )
    managing = statement(Principal={"AWS": STRANGER}, Action="s3:*BucketPolicy", Resource=BUCKET)
    s3.put_bucket_policy(Bucket=films, Policy=policy(listing, managing))
    assert outcome(stranger.list_objects_v2, Bucket=films, Prefix="public/") is None
    assert outcome(stranger.list_objects_v2, Bucket=films, Prefix="other/") == ("AccessDenied", 403)
    assert outcome(stranger.get_bucket_cors, Bucket=films) == ("AccessDenied", 403)
    assert outcome(stranger.put_bucket_policy, Bucket=films, Policy=policy(READ)) == ("MethodNotAllowed", 405)
    assert outcome(stranger.get_bucket_policy, Bucket=films) == ("MethodNotAllowed", 405)


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [("s3:prefix", "a", "Prefix"), ("s3:delimiter", "/", "Delimiter"), ("s3:max-keys", 7, "MaxKeys")],
)
def test_condition_keys_of_a_listing(s3, stranger, films, outcome, key, value, name):
    operator = "NumericEquals" if isinstance(value, int) else "StringEquals"
    listing = statement(
        Principal={"AWS": STRANGER}, Action="s3:ListBucket", Resource=BUCKET, Condition={operator: {key: value}}
    )
    s3.put_bucket_policy(Bucket=films, Policy=policy(listing))
    assert outcome(stranger.list_objects_v2, Bucket=films, **{name: value}) is None
    assert outcome(stranger.list_objects_v2, Bucket=films) == ("AccessDenied", 403)


def test_owner_can_always_replace_a_policy_that_denies_all(s3, films, outcome):
    denying = statement(Effect="Deny", Principal="*", Action="s3:*", Resource=[BUCKET, OBJECTS])
    s3.put_bucket_policy(Bucket=films, Policy=policy(denying))
    assert outcome(s3.get_bucket_cors, Bucket=films) == ("AccessDenied", 403)
    assert outcome(s3.delete_bucket_policy, Bucket=films) is None
    assert outcome(s3.get_bucket_cors, Bucket=films) == ("NoSuchCORSConfiguration", 404)


def test_anonymous_client(s3, films, http):
    assert http("GET", "/films?cors")[0] == 403
    s3.delete_public_access_block(Bucket=films)
    listing = statement(Principal="*", Action="s3:ListBucket", Resource=BUCKET)
    s3.put_bucket_policy(Bucket=films, Policy=policy(listing))
    assert http("GET", "/films")[0] == 200
    assert http("GET", "/films?cors")[0] == 403
    assert http("PUT", "/more-films")[0] == 403


def test_actions_of_a_user(s3, films, connect, http):
    iam = connect("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    headers = {"Authorization": signed()["Authorization"].replace("EXAMPLEKEY", key)}
    assert http("GET", "/films?lifecycle", headers=headers)[0] == 403
    allowed = {"Effect": "Allow", "Action": "s3:GetLifecycleConfiguration", "Resource": BUCKET}
    iam.put_user_policy(UserName="ann", PolicyName="read", PolicyDocument=policy(allowed))
    assert http("GET", "/films?lifecycle", headers=headers)[0] == 404
    assert http("GET", "/films?cors", headers=headers)[0] == 403


def test_signature_for_another_region(s3, films, http):
    status, headers, body = http("GET", "/films?policy", headers=signed("eu-west-1"))
    assert (status, code_in(body), headers["x-amz-bucket-region"]) == (301, "PermanentRedirect", "us-east-1")
    assert ElementTree.fromstring(body).findtext("Endpoint") == "s3.us-east-1.amazonaws.com"
    status, headers, _body = http("HEAD", "/films", headers=signed("eu-west-1"))
    assert (status, headers["x-amz-bucket-region"]) == (301, "us-east-1")
    status, headers, body = http("GET", "/?policy", headers=signed("eu-west-1", Host="films.s3.amazonaws.com"))
    assert (status, code_in(body), headers["x-amz-bucket-region"]) == (400, "AuthorizationHeaderMalformed", "us-east-1")
    assert ElementTree.fromstring(body).findtext("Region") == "us-east-1"
    assert http("GET", "/films?location", headers=signed("eu-west-1"))[0] == 200


def test_client_of_another_region_follows_the_redirect(films, connect, emulator):
    connect("s3", "eu-west-1").head_bucket(Bucket=films)
    seen = [(entry["operation"], entry["region"], entry["error"]) for entry in emulator.requests()]
    assert ("HeadBucket", "eu-west-1", "PermanentRedirect") in seen
    assert seen[-1] == ("HeadBucket", "us-east-1", None)


@pytest.mark.parametrize("host", ["films.s3.amazonaws.com", "films.s3.us-east-1.amazonaws.com", "films.localhost:5111"])
def test_bucket_in_the_host(s3, films, http, emulator, host):
    status, _headers, body = http("GET", "/?cors", headers=signed(Host=host))
    assert (status, code_in(body)) == (404, "NoSuchCORSConfiguration")
    assert emulator.requests()[-1]["parameters"] == {"Bucket": films}
    s3.put_object(Bucket=films, Key="a", Body=b"x")
    assert http("GET", "/a", headers=signed(Host=host))[2] == b"x"


def test_checksum_of_an_object(s3, films, outcome):
    digest = base64.b64encode(hashlib.sha256(b"0123456789").digest()).decode()
    wrong = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    put = {"Bucket": films, "Key": "a", "Body": b"0123456789"}
    assert outcome(s3.put_object, **put, ChecksumSHA256=wrong) == ("BadDigest", 400)
    assert outcome(s3.put_object, **put, ChecksumSHA256="AAAA") == ("InvalidRequest", 400)
    assert s3.list_objects_v2(Bucket=films)["KeyCount"] == 0
    assert outcome(s3.put_object, **put, ChecksumSHA256=digest) is None
    assert s3.get_object(Bucket=films, Key="a")["Body"].read() == b"0123456789"
    assert s3.head_object(Bucket=films, Key="a", ChecksumMode="ENABLED")["ChecksumSHA256"] == digest


def test_delete_of_several_objects(s3, films):
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=films, Key=key, Body=b"x")
    s3.delete_objects(Bucket=films, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=films)["Contents"]] == ["c"]


def test_upload_in_parts(s3, films):
    upload = {"Bucket": films, "Key": "a"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]}
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    assert s3.get_object(Bucket=films, Key="a")["Body"].read() == b"x"


def test_record(s3, recorded):
    s3.create_bucket(Bucket="films")
    s3.list_buckets()
    s3.put_bucket_cors(
        Bucket="films", CORSConfiguration={"CORSRules": [rule(MaxAgeSeconds=5)]}, ExpectedBucketOwner=OWNER
    )
    with pytest.raises(ClientError):
        s3.get_bucket_policy(Bucket="films")
    with pytest.raises(ClientError):
        s3.head_bucket(Bucket="none")
    entry = {"service": "s3", "container": None, "region": "us-east-1", "account": OWNER}
    films = {"Bucket": "films"}
    cors = {**films, "ExpectedBucketOwner": OWNER, "CORSConfiguration": {"CORSRules": [rule(MaxAgeSeconds=5)]}}
    rows = [
        ("CreateBucket", True, 200, None, films),
        ("ListBuckets", False, 200, None, {}),
        ("PutBucketCors", True, 200, None, cors),
        ("GetBucketPolicy", False, 404, "NoSuchBucketPolicy", films),
        ("HeadBucket", False, 404, "NoSuchBucket", {"Bucket": "none"}),
    ]
    expected = [
        {**entry, "operation": name, "mutating": mutating, "status": status, "error": error, "parameters": parameters}
        for name, mutating, status, error, parameters in rows
    ]
    assert recorded(expected[0]) == expected


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("throttled", "SlowDown", 503),
        ("too_many_requests", "TooManyRequests", 429),
        ("internal_error", "InternalError", 500),
        ("unavailable", "ServiceUnavailable", 503),
        ("in_use", "OperationAborted", 409),
        ("access_denied", "AccessDenied", 403),
        ("expired_token", "ExpiredToken", 400),
    ],
)
@pytest.mark.parametrize("operation", ["PutBucketPolicy", "*"])
def test_faults(s3, films, emulator, outcome, kind, code, status, operation):
    emulator.faults({"operation": operation, "kind": kind})
    assert outcome(s3.put_bucket_policy, Bucket=films, Policy=policy(READ)) == (code, status)
    assert emulator.requests()[-1]["error"] == code
    assert outcome(s3.get_bucket_policy, Bucket=films) == ("NoSuchBucketPolicy", 404)


@pytest.mark.parametrize(("kind", "created"), [("cut_before", []), ("cut_after", ["films"])])
def test_cut_connection(s3, emulator, kind, created):
    emulator.faults({"operation": "CreateBucket", "kind": kind})
    with pytest.raises(ConnectionClosedError):
        s3.create_bucket(Bucket="films")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == created


def test_malformed_reply(s3, films, emulator, http):
    emulator.faults({"operation": "GetPublicAccessBlock", "kind": "malformed"})
    body = http("GET", "/films?publicAccessBlock", headers=signed())[2]
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(body)
    ElementTree.fromstring(body + b">")
    assert s3.get_public_access_block(Bucket=films)["PublicAccessBlockConfiguration"] == ALL_BLOCKED


def test_faults_of_objects(s3, films, emulator, outcome):
    emulator.faults({"operation": "PutObject", "kind": "access_denied"}, {"operation": "*", "kind": "unavailable"})
    assert outcome(s3.put_object, Bucket=films, Key="a", Body=b"x") == ("AccessDenied", 403)
    assert outcome(s3.get_object, Bucket=films, Key="a") == ("ServiceUnavailable", 503)
    assert outcome(s3.get_object, Bucket=films, Key="a") == ("NoSuchKey", 404)
    s3.put_object(Bucket=films, Key="a", Body=b"x")
    assert emulator.faults_left() == []


def test_without_rules(s3, emulator, stranger, outcome):
    emulator.configure(s3_rules=False)
    s3.create_bucket(Bucket="Second_Bucket")
    bucket = {"Bucket": "Second_Bucket"}
    assert outcome(s3.get_public_access_block, **bucket) == ("NoSuchPublicAccessBlockConfiguration", 404)
    text = policy(statement(Principal="*", Action="mediastore:GetObject", Resource="*"))
    assert outcome(s3.put_bucket_policy, **bucket, Policy=text) is None
    transition = {"Rules": [moving(10, ID="a")]}
    assert outcome(s3.put_bucket_lifecycle_configuration, **bucket, LifecycleConfiguration=transition) is None
    wildcard = {"CORSRules": [rule(ExposeHeaders=["*"])]}
    assert outcome(s3.put_bucket_cors, **bucket, CORSConfiguration=wildcard, ExpectedBucketOwner=STRANGER) is None
    assert outcome(stranger.get_bucket_cors, **bucket) is None
    assert outcome(s3.put_bucket_metrics_configuration, **bucket, **metrics("a")) is None
    assert s3.list_bucket_metrics_configurations(**bucket)["MetricsConfigurationList"] == [{"Id": "a"}]


BODIES = [
    *(b"", b"x", b"<", b"<a/>", b"\x00", b"\xff\xfe<", b"{}", b"<a>" * 5000, b"<CORSConfiguration/>"),
    *(b'<?xml version="1.0" encoding="x"?><a/>', b'<?xml version="1.0" encoding="utf-16"?><a/>'),
    b'<!DOCTYPE a [<!ENTITY b "c">]><CORSConfiguration>&b;</CORSConfiguration>',
    b"<CORSConfiguration><CORSRule><AllowedMethod><a/></AllowedMethod></CORSRule></CORSConfiguration>",
    b"<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration><Days>" + b"9" * 5000,
    b"<LifecycleConfiguration><Rule><Expiration><Date>x</Date></Expiration></Rule></LifecycleConfiguration>",
    *(b"<Tagging><TagSet><Tag/></TagSet></Tagging>", b"<Tagging/>", b"<PublicAccessBlockConfiguration/>"),
    *(b"<BucketLoggingStatus/>", b"<BucketLoggingStatus><LoggingEnabled/></BucketLoggingStatus>"),
    *(b"<VersioningConfiguration/>", b"<WebsiteConfiguration/>", b"<AccessControlPolicy/>"),
    *(b"<NotificationConfiguration/>", b"<ServerSideEncryptionConfiguration/>", b"<InventoryConfiguration/>"),
    *(b"<ReplicationConfiguration/>", b"<OwnershipControls/>", b"<ObjectLockConfiguration/>"),
    *(b"<AccelerateConfiguration/>", b"<MetricsConfiguration/>", b"<CreateBucketConfiguration/>"),
    b"x" * 1_100_000,
]
SUBRESOURCES = [
    *("policy", "cors", "lifecycle", "tagging", "logging", "publicAccessBlock", "metrics", "metrics&id=a"),
    *("versioning", "website", "acl", "notification", "encryption", "inventory&id=a", "replication", "accelerate"),
    *(
        "ownershipControls",
        "object-lock",
        "requestPayment",
        "abac",
        "analytics",
        "x",
        "list-type=2",
        "uploads",
        "delete",
        "",
    ),
]


def test_nonsense_has_no_5xx_but_not_implemented(s3, films, http):
    chance = random.Random(20251113)
    for _number in range(400):
        method = chance.choice(["PUT", "PUT", "PUT", "GET", "HEAD", "DELETE", "POST", "OPTIONS", "PATCH", "TRACE"])
        path = chance.choice(["/films", "/films", "/films/", "/none-such", "/", "/%ff", "/Bad_Name", "/%00"])
        target = f"{path}?{chance.choice(SUBRESOURCES)}"
        headers = chance.choice(
            [signed(), signed(), signed("mars"), {}, {"Authorization": "AWS key:signature"}, signed(Host="[")]
        )
        status, _headers, body = http(method, target, chance.choice(BODIES), headers)
        assert status < 500 or status == 501, (method, target, headers, status, body)
        if status >= 400 and method != "HEAD" and b"<" in body:
            ElementTree.fromstring(body)


@pytest.mark.parametrize("reply", [WsgiReply("500 INTERNAL SERVER ERROR", [], b""), None])
def test_clients_do_not_retry_what_moto_fails_to_run(s3, films, outcome, recorded, monkeypatch, reply):
    def run(_moto, _environ):
        if reply is None:
            raise KeyError("versions")
        return reply

    monkeypatch.setattr("mediastore_emulator.moto_plane.run_application", run)
    assert outcome(s3.list_object_versions, Bucket=films) == ("InvalidRequest", 400)
    assert recorded(["status", "reason"])[-1] == {
        "status": 400,
        "reason": "moto failed to run ListObjectVersions: see the log of the emulator.",
    }


def test_authorization_that_is_not_version_4(s3, films, http):
    status, _headers, body = http("GET", "/films?cors", headers={"Authorization": "AWS key:signature"})
    assert (status, code_in(body)) == (400, "InvalidRequest")


def test_policy_that_denies_all_binds_users_of_the_owner(s3, films, connect, http):
    iam = connect("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    headers = {"Authorization": signed()["Authorization"].replace("EXAMPLEKEY", key)}
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=policy(allowed))
    assert http("GET", "/films?policy", headers=headers)[0] == 404
    denying = statement(Effect="Deny", Principal="*", Action="s3:*", Resource=[BUCKET, OBJECTS])
    s3.put_bucket_policy(Bucket=films, Policy=policy(denying))
    assert http("GET", "/films?policy", headers=headers)[0] == 403


def test_caller_identity_is_recorded_and_can_have_faults(connect, emulator, outcome, recorded):
    sts = connect("sts")
    assert sts.get_caller_identity()["Account"] == OWNER
    emulator.faults({"operation": "GetCallerIdentity", "kind": "throttled"})
    assert outcome(sts.get_caller_identity) == ("Throttling", 400)
    sts.get_session_token()
    entry = {"operation": "GetCallerIdentity", "service": "sts", "parameters": {}, "mutating": False, "container": None}
    entry |= {"region": "us-east-1", "account": OWNER, "status": 200, "error": None}
    refused, other = {"status": 400, "error": "Throttling"}, {"operation": "GetSessionToken"}
    assert recorded(entry) == [entry, {**entry, **refused}, {**entry, **other}]
