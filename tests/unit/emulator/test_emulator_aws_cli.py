# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWS CLI against the emulator: every operation of both services once, and what Amazon S3 refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

ARN = "arn:aws:mediastore:us-east-1:123456789012:container/movies"
POLICY = json.dumps({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": f"{ARN}/*"}})
CORS = [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": ["*"]}]
AGE = [{"numeric": [">", 5]}]
LIFECYCLE = json.dumps(
    {"rules": [{"definition": {"path": [{"prefix": "a/"}], "days_since_create": AGE}, "action": "ARCHIVE"}]}
)
METRIC = {"ContainerLevelMetrics": "ENABLED", "MetricPolicyRules": [{"ObjectGroup": "a/*", "ObjectGroupName": "a"}]}
NAMED = ("--container-name", "movies")


@pytest.fixture
def aws(emulator):
    """Return a function that runs one command of the AWS CLI and returns its output, or expects the code `refused`."""
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "EXAMPLEKEY",
        "AWS_SECRET_ACCESS_KEY": "example-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }

    def aws(service, operation, *arguments, endpoint=emulator.url, refused=None):
        command = [sys.executable, "-m", "awscli", service, operation, "--endpoint-url", endpoint, "--output", "json"]
        ended = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=120, check=False, env=environment
        )
        if refused:
            assert f"({refused})" in ended.stderr
            return {}
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout) if ended.stdout.strip() else {}

    return aws


def test_all_operations_of_both_services(aws, emulator, tmp_path):
    created = aws("mediastore", "create-container", *NAMED, "--tags", "Key=env,Value=dev")
    assert (created["Container"]["ARN"], created["Container"]["Status"]) == (ARN, "CREATING")
    container = aws("mediastore", "describe-container", *NAMED)["Container"]
    assert container["Status"] == "ACTIVE"
    assert aws("mediastore", "list-containers")["Containers"] == [container]

    for kind, option, content in (
        ("container-policy", "Policy", POLICY),
        ("cors-policy", "CorsPolicy", CORS),
        ("lifecycle-policy", "LifecyclePolicy", LIFECYCLE),
        ("metric-policy", "MetricPolicy", METRIC),
    ):
        text = content if isinstance(content, str) else json.dumps(content)
        flag = "--policy" if option == "Policy" else f"--{kind}"
        aws("mediastore", f"put-{kind}", *NAMED, flag, text)
        assert aws("mediastore", f"get-{kind}", *NAMED)[option] == content
        aws("mediastore", f"delete-{kind}", *NAMED)

    aws("mediastore", "start-access-logging", *NAMED)
    aws("mediastore", "stop-access-logging", *NAMED)
    aws("mediastore", "tag-resource", "--resource", ARN, "--tags", "Key=team,Value=video")
    aws("mediastore", "untag-resource", "--resource", ARN, "--tag-keys", "env")
    tags = aws("mediastore", "list-tags-for-resource", "--resource", ARN)["Tags"]
    assert tags == [{"Key": "team", "Value": "video"}]

    film, copy = tmp_path / "film.ts", tmp_path / "copy.ts"
    film.write_bytes(b"0123456789")
    at, path = {"endpoint": container["Endpoint"]}, ("--path", "a/film.ts")
    put = aws("mediastore-data", "put-object", *path, "--body", str(film), "--content-type", "video/mp2t", **at)
    assert put["StorageClass"] == "TEMPORAL"
    described = aws("mediastore-data", "describe-object", *path, **at)
    assert (described["ContentLength"], described["ETag"]) == (10, put["ETag"])
    aws("mediastore-data", "get-object", *path, "--range", "bytes=2-4", str(copy), **at)
    assert copy.read_bytes() == b"234"
    [item] = aws("mediastore-data", "list-items", "--path", "a/", **at)["Items"]
    assert (item["Name"], item["Type"]) == ("film.ts", "OBJECT")
    aws("mediastore-data", "delete-object", *path, **at)
    aws("mediastore", "delete-container", *NAMED)

    requests = emulator.requests()
    assert len(requests) == 26
    assert len({entry["operation"] for entry in requests}) == 26
    assert {entry["error"] for entry in requests} == {None}


def test_what_s3_refuses(aws, emulator, http):
    films = ("--bucket", "films")
    aws("s3api", "create-bucket", "--bucket", "Films_1", refused="InvalidBucketName")
    aws("s3api", "create-bucket", *films)
    assert all(aws("s3api", "get-public-access-block", *films)["PublicAccessBlockConfiguration"].values())

    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"}
    listing = {**public, "Principal": {"AWS": "123456789012"}, "Action": "s3:ListBucket"}
    for statement, code in ((public, "AccessDenied"), (listing, "MalformedPolicy")):
        text = json.dumps({"Version": "2012-10-17", "Statement": statement})
        aws("s3api", "put-bucket-policy", *films, "--policy", text, refused=code)

    configuration = {"Id": "EntireBucket"}
    named = (*films, "--id", "EntireBucket")
    text = json.dumps(configuration)
    aws("s3api", "put-bucket-metrics-configuration", *named, "--metrics-configuration", text)
    listed = aws("s3api", "list-bucket-metrics-configurations", *films)
    assert listed["MetricsConfigurationList"] == [configuration]
    aws("s3api", "delete-bucket-metrics-configuration", *named)
    aws("s3api", "get-bucket-metrics-configuration", *named, refused="NoSuchConfiguration")
    aws("s3api", "delete-bucket", *films, "--expected-bucket-owner", "111122223333", refused="AccessDenied")
    aws("s3api", "delete-bucket", *films)
    assert [entry["operation"] for entry in emulator.requests() if entry["error"]] == [
        "CreateBucket",
        "PutBucketPolicy",
        "PutBucketPolicy",
        "GetBucketMetricsConfiguration",
        "DeleteBucket",
    ]
    http("POST", "/moto-api/reset")
