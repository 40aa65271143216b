# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags in the emulator's S3: those that belong to AWS stay, and empty values are values.

Sources: AWS General Reference, "Tagging AWS resources" (users cannot edit or delete tags whose keys start with aws:),
Amazon S3 API Reference ("PutBucketTagging", "PutObjectTagging", "Tag"), and errors that users of S3 have published.
"""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

OF_STACK = {"aws:cloudformation:stack-name": "video", "aws:cloudformation:logical-id": "Films"}
ADDED, REMOVED = (f"System tags cannot be {done} by requester" for done in ("added/updated", "removed"))
TWICE = "Cannot provide multiple Tags with the same key"


def tag_set(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@pytest.fixture
def films(s3):
    """Return the name of a new bucket."""
    s3.create_bucket(Bucket="films")
    return "films"


@pytest.fixture
def put(s3, films):
    """A function that replaces the tags of films."""
    return lambda tags: s3.put_bucket_tagging(Bucket=films, Tagging={"TagSet": tag_set(tags)})


@pytest.fixture
def tags(s3, films):
    """A function that returns the tags of films."""
    return lambda: {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=films)["TagSet"]}


@pytest.fixture
def of_stack(put, emulator):
    """Tags of films that a stack of CloudFormation created: without its rules, S3 takes them from anyone."""
    emulator.configure(s3_rules=False)
    put({**OF_STACK, "team": "video"})
    emulator.configure(s3_rules=True)


@pytest.mark.parametrize(
    "desired",
    [OF_STACK, {**OF_STACK, "team": ""}, {**OF_STACK, "team": "audio", "aws-x": "1", "AWS:x": "2", "x:aws:y": "3"}],
)
def test_tags_beside_those_of_aws(of_stack, put, tags, desired):
    put(desired)
    assert tags() == desired


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        ({}, REMOVED),
        ({"team": "audio"}, REMOVED),
        ({"aws:cloudformation:stack-name": "video"}, REMOVED),
        ({**OF_STACK, "aws:cloudformation:stack-name": "audio"}, ADDED),
        ({**OF_STACK, "aws:cloudformation:stack-name": ""}, ADDED),
        ({**OF_STACK, "aws:new": "1"}, ADDED),
    ],
)
def test_tags_of_aws_cannot_be_added_changed_or_removed(of_stack, put, tags, refusal, desired, message):
    assert refusal(put, tags=desired) == ("InvalidTag", 400, message)
    assert tags() == {**OF_STACK, "team": "video"}


def test_a_bucket_without_tags_of_aws_takes_none(put, tags, refusal, s3):
    put({"team": "video"})
    assert refusal(put, tags={"aws:new": "1"}) == ("InvalidTag", 400, ADDED)
    assert tags() == {"team": "video"}


def test_a_new_bucket_takes_none(http, s3):
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, "
        "Signature=0"
    }
    tag = "<Tag><Key>aws:new</Key><Value>1</Value></Tag>"
    body = f"<CreateBucketConfiguration><Tags>{tag}</Tags></CreateBucketConfiguration>"
    status, _headers, answer = http("PUT", "/films", body, headers)
    # Models of botocore before 1.40.31 lack the tags.
    assert (status, ElementTree.fromstring(answer).findtext("Code")) in [(400, "InvalidTag"), (400, "MalformedXML")]
    assert s3.list_buckets()["Buckets"] == []


def test_delete_removes_all_others(of_stack, tags, s3, films, emulator, refusal_code):
    s3.delete_bucket_tagging(Bucket=films)
    assert tags() == OF_STACK
    s3.delete_bucket_tagging(Bucket=films)
    assert tags() == OF_STACK
    emulator.configure(s3_rules=False)
    s3.delete_bucket_tagging(Bucket=films)
    assert refusal_code(s3.get_bucket_tagging, Bucket=films) == "NoSuchTagSet"


def test_a_key_twice(s3, films, refusal):
    tagging = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "1"}]}
    assert refusal(s3.put_bucket_tagging, Bucket=films, Tagging=tagging) == ("InvalidTag", 400, TWICE)


def test_no_tags(put, s3, films, refusal_code):
    put({"team": "video"})
    put({})
    assert refusal_code(s3.get_bucket_tagging, Bucket=films) == "NoSuchTagSet"


def test_an_empty_value_of_a_bucket(put, tags, http):
    put({"team": "", "site": "1"})
    assert tags() == {"team": "", "site": "1"}
    signed = "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"Authorization": signed, "x-amz-account-id": "123456789012"}
    status, _headers, body = http("GET", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Afilms", headers=headers)
    found = [[item.text for item in tag] for tag in ElementTree.fromstring(body).iterfind(".//{*}Tag")]
    assert (status, found) == (200, [["team", None], ["site", "1"]])
    assert body.count(b"Value>") == 4


@pytest.fixture
def control(http):
    """A function that sends a request to S3 Control for the tags of films; returns the status and the error code."""
    scope = "KEY/20260101/us-east-1/s3/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "x-amz-account-id": "123456789012",
    }

    def control(method, query="", body=None):
        status, _headers, answer = http(method, f"/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Afilms{query}", body, headers)
        return status, ElementTree.fromstring(answer).findtext(".//{*}Code") if answer else None

    return control


def tagging(key, value):
    tag = f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"
    return f"<TagResourceRequest><Tags>{tag}</Tags></TagResourceRequest>"


def test_s3_control_keeps_the_tags_of_aws_too(of_stack, tags, control, emulator):
    stack = "aws:cloudformation:stack-name"
    assert control("POST", body=tagging(stack, "audio")) == (400, "InvalidTag")
    assert control("POST", body=tagging("aws&#58;new", "1")) == (400, "InvalidTag")
    assert control("DELETE", f"?tagKeys={stack}") == (400, "InvalidTag")
    assert control("DELETE", "?tagKeys=team&tagKeys=aws%3Anew") == (400, "InvalidTag")
    assert control("POST", body="<Tag") == (400, "MalformedXML")
    assert tags() == {**OF_STACK, "team": "video"}
    assert control("POST", body=tagging("aws-x", "")) == (204, None)
    assert control("DELETE", "?tagKeys=team") == (204, None)
    assert tags() == {**OF_STACK, "aws-x": ""}
    emulator.configure(s3_rules=False)
    assert control("DELETE", f"?tagKeys={stack}") == (204, None)
    assert stack not in tags()


def test_an_empty_value_of_an_object(s3, films):
    s3.put_object(Bucket=films, Key="a", Body=b"", Tagging="team=&site=1")
    assert s3.get_object_tagging(Bucket=films, Key="a")["TagSet"] == tag_set({"team": "", "site": "1"})
    s3.put_object_tagging(Bucket=films, Key="a", Tagging={"TagSet": tag_set({"team": ""})})
    assert s3.get_object_tagging(Bucket=films, Key="a")["TagSet"] == tag_set({"team": ""})


def test_no_tags_of_an_object(s3, films, refusal_code):
    s3.put_object(Bucket=films, Key="a", Body=b"", Tagging="team=1")
    reply = s3.put_object_tagging(Bucket=films, Key="a", Tagging={"TagSet": []})
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_object_tagging(Bucket=films, Key="a")["TagSet"] == []
    assert refusal_code(s3.put_object_tagging, Bucket=films, Key="none", Tagging={"TagSet": []}) == "NoSuchKey"
    assert refusal_code(s3.put_object_tagging, Bucket=films, Key="a", Tagging={}) == "MalformedXML"
