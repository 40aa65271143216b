# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaStore without moto, and with some of moto's services."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mediastore_emulator
from mediastore_emulator import EmulatorServer
from mediastore_emulator.services.base import SERVICES

SOURCE = Path(mediastore_emulator.__file__).parents[1]
# A request of each service, by the protocols of botocore: XML, query, CBOR or query, JSON.
REQUESTS = {
    "s3": "list_buckets",
    "iam": "list_users",
    "sts": "get_caller_identity",
    "cloudwatch": "list_metrics",
    "logs": "describe_log_groups",
}
MOVIES = "arn:aws:mediastore:us-east-1:123456789012:container/movies"
REASON = (
    "no statement of the container policy allows it: statement 1 comes nearest, its Resource "
    f"{MOVIES}/open/* does not match {MOVIES}/closed/a"
)
WITHOUT_MOTO = """
import builtins, importlib.abc, json, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("moto", "flask", "flask_cors", "werkzeug", "responses", "requests"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
import boto3
from botocore.exceptions import ClientError
from mediastore_emulator import EmulatorServer

def client(service, url):
    keys = {"aws_access_key_id": "EXAMPLEKEY", "aws_secret_access_key": "example-secret"}
    return boto3.client(service, region_name="us-east-1", endpoint_url=url, **keys)

policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "mediastore:GetObject",
                        "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/movies/open/*"}}
shown = {}
with EmulatorServer() as server:
    control = client("mediastore", server.url)
    control.create_container(ContainerName="movies", Tags=[{"Key": "channel", "Value": "one"}])
    container = control.describe_container(ContainerName="movies")["Container"]
    control.put_container_policy(ContainerName="movies", Policy=json.dumps(policy))
    media = client("mediastore-data", container["Endpoint"])
    media.put_object(Path="open/a", Body=b"film")
    shown["arn"] = container["ARN"]
    shown["body"] = media.get_object(Path="open/a")["Body"].read().decode()
    shown["operations"] = [entry["operation"] for entry in server.requests()]
    shown["decisions"] = server.decisions(
        {"container": "movies", "principal": None, "action": "mediastore:GetObject", "resource": "closed/a"})
    try:
        client("s3", server.url).list_buckets()
    except ClientError as error:
        shown["s3"] = error.response["Error"]["Code"]
try:
    EmulatorServer(services=["s3", "sts"])
except ValueError as error:
    shown["services"] = str(error)
shown["imported"] = [name for name in sys.modules if name.partition(".")[0] in ("moto", "flask", "werkzeug")]
print(json.dumps(shown))
"""


@pytest.fixture
def emulator(request):
    """An emulator with the services of the test, by default none."""
    with EmulatorServer(services=getattr(request, "param", [])) as server:
        yield server


def run(*command):
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=60, check=False, env=env)


def test_it_serves_mediastore_without_moto():
    ended = run("-c", WITHOUT_MOTO)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "arn": "arn:aws:mediastore:us-east-1:123456789012:container/movies",
        "body": "film",
        "operations": ["CreateContainer", "DescribeContainer", "PutContainerPolicy", "PutObject", "GetObject"],
        "decisions": [{"decision": "ImplicitlyDenied", "statements": [], "reason": REASON}],
        "s3": "NotImplemented",
        "services": "s3, sts cannot be served without the Python package moto: install "
        "mediastore-emulator[services], or the packages of requirements-services.txt.",
        "imported": [],
    }


@pytest.mark.parametrize("service", REQUESTS)
def test_a_service_that_is_not_served_says_which_setting_adds_it(connect, refusal, service):
    code, status, message = refusal(getattr(connect(service), REQUESTS[service]))
    assert (code, status) == ("NotImplemented", 501)
    assert message == (
        f"The emulator does not serve {service}: the variable emulator_services of its role, or the option --services, "
        "adds s3, iam, sts, cloudwatch and logs to MediaStore."
    )


def test_a_service_that_moto_alone_has_is_refused_too(connect, refusal):
    assert refusal(connect("dynamodb").list_tables)[:2] == ("NotImplemented", 501)
    assert refusal(connect("ec2").describe_regions)[:2] == ("NotImplemented", 501)
    assert refusal(connect("apigateway").get_rest_apis)[:2] == ("NotImplemented", 501)


def test_a_request_without_a_signature_is_refused_as_one_for_s3(http):
    status, headers, body = http("GET", "/any")
    assert (status, headers["Content-Type"]) == (501, "application/xml")
    assert b"does not serve s3" in body
    assert http("HEAD", "/any")[0] == 501


@pytest.mark.parametrize("emulator", [["s3", "iam"]], indirect=True)
def test_it_serves_the_services_that_are_named_and_no_others(connect, http, refusal_code):
    connect("s3").create_bucket(Bucket="a-bucket")
    assert connect("iam").list_users()["Users"] == []
    assert refusal_code(connect("sts").get_caller_identity) == "NotImplemented"
    assert refusal_code(connect("dynamodb").list_tables) == "NotImplemented"
    assert json.loads(http("GET", "/mediastore-emulator/services")[2]) == {"services": ["s3", "iam"]}
    assert http("POST", "/moto-api/reset")[0] == 200
    assert connect("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize("emulator", [None], indirect=True)
def test_it_serves_what_is_installed_unless_told_otherwise(connect, http):
    assert connect("dynamodb").list_tables()["TableNames"] == []
    assert json.loads(http("GET", "/mediastore-emulator/services")[2]) == {"services": list(SERVICES)}


def test_the_reset_of_moto_removes_the_containers(http, client, movies):
    status, _headers, body = http("POST", "/moto-api/reset")
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    assert client.list_containers()["Containers"] == []


def test_a_question_about_a_bucket_names_the_service(emulator):
    question = {"bucket": "films", "principal": None, "action": "s3:GetObject", "resource": "a"}
    with pytest.raises(
        ValueError, match=r"^Question 1: the bucket films needs the service s3, which the emulator does"
    ):
        emulator.decisions(question)


@pytest.mark.parametrize("services", [["ec2"], ["s3", "S3"]])
def test_an_unknown_service_is_refused(services):
    with pytest.raises(
        ValueError, match=f"^Unknown service '{services[-1]}': the services beside MediaStore are s3, iam"
    ):
        EmulatorServer(services=services)


def test_the_program_takes_the_names_of_services():
    ended = run("-m", "mediastore_emulator", "--port", "0", "--services", "s3,ec2")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "Unknown service 'ec2'" in ended.stderr
