# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server: admin interface, request record, command line, and moto's services."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import mediastore_emulator
from mediastore_emulator import EmulatorServer
from mediastore_emulator.services.base import SERVICES

ARN = "arn:aws:mediastore:us-east-1:123456789012:container/movies"
POLICY = json.dumps({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": f"{ARN}/*"}})
CORS = [{"AllowedOrigins": ["*"], "AllowedHeaders": [], "AllowedMethods": ["GET"]}]
LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "definition": {"path": [{"prefix": "a"}], "days_since_create": [{"numeric": [">", 1]}]},
                "action": "EXPIRE",
            }
        ]
    }
)
NAMED = {"ContainerName": "movies"}
# Every operation of both services in a valid order, with its parameters and whether it changes anything.
CONTROL_PLANE: list[tuple[str, dict[str, Any], bool]] = [
    ("CreateContainer", NAMED, True),
    ("DescribeContainer", NAMED, False),
    ("ListContainers", {"MaxResults": 5}, False),
    ("PutContainerPolicy", {**NAMED, "Policy": POLICY}, True),
    ("GetContainerPolicy", NAMED, False),
    ("DeleteContainerPolicy", NAMED, True),
    ("PutCorsPolicy", {**NAMED, "CorsPolicy": CORS}, True),
    ("GetCorsPolicy", NAMED, False),
    ("DeleteCorsPolicy", NAMED, True),
    ("PutLifecyclePolicy", {**NAMED, "LifecyclePolicy": LIFECYCLE}, True),
    ("GetLifecyclePolicy", NAMED, False),
    ("DeleteLifecyclePolicy", NAMED, True),
    ("PutMetricPolicy", {**NAMED, "MetricPolicy": {"ContainerLevelMetrics": "ENABLED"}}, True),
    ("GetMetricPolicy", NAMED, False),
    ("DeleteMetricPolicy", NAMED, True),
    ("StartAccessLogging", NAMED, True),
    ("StopAccessLogging", NAMED, True),
    ("TagResource", {"Resource": ARN, "Tags": [{"Key": "k", "Value": "v"}]}, True),
    ("ListTagsForResource", {"Resource": ARN}, False),
    ("UntagResource", {"Resource": ARN, "TagKeys": ["k"]}, True),
]
DATA_PLANE: list[tuple[str, dict[str, Any], bool]] = [
    ("PutObject", {"Path": "a"}, True),
    ("GetObject", {"Path": "a", "Range": "bytes=0-1"}, False),
    ("DescribeObject", {"Path": "a"}, False),
    ("ListItems", {"Path": "", "MaxResults": 5}, False),
    ("DeleteObject", {"Path": "a"}, True),
]


def python_name(operation):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]


def test_every_operation_is_recorded(client, connect, emulator, recorded):
    for operation, parameters, _mutating in CONTROL_PLANE:
        getattr(client, python_name(operation))(**parameters)
    endpoint = client.describe_container(**NAMED)["Container"]["Endpoint"]
    expected = [
        {
            "operation": operation,
            "service": "mediastore",
            "parameters": parameters,
            "mutating": mutating,
            "container": None if operation == "ListContainers" else "movies",
            "region": "us-east-1",
            "account": "123456789012",
            "status": 200,
            "error": None,
        }
        for operation, parameters, mutating in CONTROL_PLANE
    ]
    # The last request is for the endpoint.
    assert recorded(expected[0])[:-1] == expected
    emulator.clear_requests()
    media = connect("mediastore-data", endpoint=endpoint)
    for operation, parameters, _mutating in DATA_PLANE:
        body = {"Body": b"secret film"} if operation == "PutObject" else {}
        getattr(media, python_name(operation))(**parameters, **body)
    client.delete_container(**NAMED)
    entries = emulator.requests()
    assert entries.pop()["mutating"] is True
    for (operation, parameters, mutating), entry in zip(DATA_PLANE, entries, strict=True):
        length = {"ContentLength": 11} if operation == "PutObject" else {}
        kept = {key: value for key, value in entry["parameters"].items() if key != "ContentType"}
        assert kept == {**parameters, **length}
        assert (entry["operation"], entry["service"]) == (operation, "mediastore-data")
        assert (entry["mutating"], entry["container"], entry["error"]) == (mutating, "movies", None)
        assert entry["status"] == (206 if operation == "GetObject" else 200)


def test_refusals_are_recorded_with_their_code(client, emulator, media, refusal_code):
    emulator.clear_requests()
    refusal_code(client.get_cors_policy, ContainerName="movies")
    refusal_code(client.create_container, ContainerName="a.b")
    refusal_code(media.describe_object, Path="none")
    shown = [(entry["operation"], entry["status"], entry["error"]) for entry in emulator.requests()]
    assert shown == [
        ("GetCorsPolicy", 400, "CorsPolicyNotFoundException"),
        ("CreateContainer", 400, "ValidationException"),
        ("DescribeObject", 404, "ObjectNotFoundException"),
    ]


def test_the_record_holds_no_credentials_and_no_bodies(http, emulator, media, movies):
    media.put_object(Path="a", Body=b"secret film")
    http("GET", f"{movies['Endpoint']}/a?X-Amz-Credential=EXAMPLEKEY&X-Amz-Signature=0123abcd")
    text = json.dumps(emulator.requests())
    for secret in ("EXAMPLEKEY", "example-secret", "Signature", "0123abcd", "secret film", "AWS4"):
        assert secret not in text


def test_the_record_is_bounded(client, emulator):
    emulator.configure(record_limit=3)
    for size in range(1, 6):
        client.list_containers(MaxResults=size)
    assert [entry["parameters"]["MaxResults"] for entry in emulator.requests()] == [3, 4, 5]
    emulator.configure(record_limit=2)
    assert [entry["parameters"]["MaxResults"] for entry in emulator.requests()] == [4, 5]


def test_admin_health(http):
    status, headers, body = http("GET", "/mediastore-emulator/health")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body) == {"status": "ok", "service": "mediastore-emulator", "pid": os.getpid(), "data": None}


def test_admin_requests(http, client):
    client.list_containers()
    entries = json.loads(http("GET", "/mediastore-emulator/requests")[2])["requests"]
    assert [entry["operation"] for entry in entries] == ["ListContainers"]
    assert http("DELETE", "/mediastore-emulator/requests")[0] == 200
    assert json.loads(http("GET", "/mediastore-emulator/requests")[2]) == {"requests": []}


def test_admin_settings(http, client):
    start = {
        "create_delay": 0,
        "delete_delay": 0,
        "container_quota": 100000,
        "metric_rules_quota": 300,
        "record_limit": 200000,
        "access": True,
        "secure_transport": True,
        "cors": True,
        "lifecycle": True,
        "metrics": True,
        "access_logs": True,
        "s3_rules": True,
        "upload_timeout": 30,
        "signatures": False,
        "log_requests": False,
    }
    assert json.loads(http("GET", "/mediastore-emulator/settings")[2]) == start
    status, _headers, body = http("PUT", "/mediastore-emulator/settings", b'{"create_delay": 60.5}')
    assert (status, json.loads(body)) == (200, {**start, "create_delay": 60.5})
    client.create_container(ContainerName="a")
    assert http("PUT", "/mediastore-emulator/settings", b'{"create_delay": 0}')[0] == 200
    client.create_container(ContainerName="b")
    assert [container["Status"] for container in client.list_containers()["Containers"]] == ["CREATING", "ACTIVE"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"create_dealy": 1}', "create_dealy"),
        (b'{"create_delay": "1"}', "create_delay"),
        (b'{"create_delay": true}', "create_delay"),
        (b'{"delete_delay": -1}', "delete_delay"),
        (b'{"access": 1}', "true or false"),
        (b'{"secure_transport": "false"}', "true or false"),
        (b'{"delete_delay": NaN}', "delete_delay"),
        (b'{"delete_delay": null}', "delete_delay"),
        (b'{"cors": 1}', "cors"),
        (b'{"lifecycle": "false"}', "lifecycle"),
        (b'{"create_delay": 5, "container_quota": 1.5}', "container_quota"),
        (b"[]", "JSON object"),
        (b"{", "JSON object"),
    ],
)
def test_admin_refuses_bad_settings(http, body, named):
    before = http("GET", "/mediastore-emulator/settings")[2]
    status, _headers, answer = http("PUT", "/mediastore-emulator/settings", body)
    assert status == 400
    assert named in json.loads(answer)["error"]
    assert http("GET", "/mediastore-emulator/settings")[2] == before


def test_admin_reset_is_back_to_the_start(http, client, emulator):
    emulator.configure(container_quota=1, record_limit=1)
    client.create_container(ContainerName="movies")
    assert http("POST", "/mediastore-emulator/reset")[0] == 200
    assert emulator.requests() == []
    assert client.list_containers()["Containers"] == []
    assert json.loads(http("GET", "/mediastore-emulator/settings")[2])["container_quota"] == 100000
    assert http("GET", "/mediastore-emulator/requests")[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "nothing", 404), ("GET", "", 404), ("POST", "health", 405), ("GET", "reset", 405)],
)
def test_admin_refuses_what_it_does_not_have(http, method, path, status):
    answer = http(method, f"/mediastore-emulator/{path}")
    assert (answer[0], "error" in json.loads(answer[2])) == (status, True)


def test_the_reset_of_moto_takes_the_containers_too(http, client, connect, media):
    connect("s3").create_bucket(Bucket="a-bucket")
    media.put_object(Path="a", Body=b"")
    assert http("POST", "/moto-api/reset")[0] == 200
    assert client.list_containers()["Containers"] == []
    assert connect("s3").list_buckets()["Buckets"] == []
    client.create_container(ContainerName="movies")


def test_other_services_share_the_port(connect, movies, s3):
    s3.create_bucket(Bucket="a-bucket")
    s3.put_object(Bucket="a-bucket", Key="k", Body=b"x" * 200_000)
    assert s3.get_object(Bucket="a-bucket", Key="k")["Body"].read() == b"x" * 200_000
    assert s3.head_object(Bucket="a-bucket", Key="k")["ContentLength"] == 200_000
    assert connect("sts").get_caller_identity()["Account"] == "123456789012"
    assert connect("iam").list_users()["Users"] == []


def test_servers_of_one_process_are_apart(connect, movies):
    with EmulatorServer(create_delay=60) as second:
        other = connect(endpoint=second.url)
        assert other.list_containers()["Containers"] == []
        other.create_container(ContainerName="movies")
        assert other.describe_container(ContainerName="movies")["Container"]["Status"] == "CREATING"
    host, port = second.url.removeprefix("http://").split(":")
    with socket.socket() as probe:
        assert probe.connect_ex((host, int(port))) != 0


def test_a_stopped_server_leaves_no_connection_behind(connect):
    server = EmulatorServer()
    server.start()
    client = connect(endpoint=server.url, connect_timeout=1, read_timeout=5)
    client.list_containers()
    server.stop()
    with pytest.raises(Exception, match=r"Could not connect|Connection was closed"):
        client.list_containers()


@pytest.mark.parametrize("settings", [{"speed": 1}, {"create_delay": "x"}])
def test_a_server_refuses_settings_that_do_not_fit(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        EmulatorServer(**settings)


def test_connections_stay_open(emulator):
    request = b"GET /mediastore-emulator/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody"
    with socket.create_connection(("127.0.0.1", int(emulator.url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(request * 2)
        received = b""
        while received.count(b'"pid"') < 2:
            more = connection.recv(65536)
            assert more
            received += more
    assert received.count(b"HTTP/1.1 200 OK") == 2


def test_one_name_is_created_once_however_many_try(client, emulator):
    barrier = threading.Barrier(10)

    def create(number):
        barrier.wait()
        try:
            client.create_container(ContainerName="movies", Tags=[{"Key": "by", "Value": str(number)}])
        except client.exceptions.ContainerInUseException:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(create, range(10))) == 1
    assert len(emulator.requests()) == 10


def run(*arguments):
    """Run the program until it ends."""
    return subprocess.run(program(*arguments), capture_output=True, text=True, timeout=60, check=False, env=clean_env())


def program(*arguments):
    return [sys.executable, "-m", "mediastore_emulator", *arguments]


def clean_env():
    return {**os.environ, "PYTHONPATH": str(Path(mediastore_emulator.__file__).parents[1])}


def test_the_program_serves_until_it_is_told_to_end(connect):
    command = program("--port", "0", "--create-delay", "60")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_env()
    ) as process:
        assert process.stdout
        url = process.stdout.readline().removeprefix("MediaStore emulator listening on ").strip()
        client = connect(endpoint=url)
        client.create_container(ContainerName="movies")
        assert client.describe_container(ContainerName="movies")["Container"]["Status"] == "CREATING"
        process.terminate()
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_port_in_use_is_one_sentence(emulator):
    port = emulator.url.rpartition(":")[2]
    ended = run("--port", port)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr == (
        f"The emulator cannot start on 127.0.0.1 port {port}: Address already in use; end the program that uses it, or "
        "set another port with --port or emulator_port.\n"
    )


def test_detached_it_returns_once_it_answers(connect, http, tmp_path):
    files = ["--pid-file", str(tmp_path / "pid"), "--log-file", str(tmp_path / "log")]
    credentials = tmp_path / "credentials"
    credentials.write_text("[default]\naws_access_key_id = EXAMPLEKEY\naws_secret_access_key = example-secret\n")
    options = ["--log-requests", "--allow-host=emulator.example", "--upload-timeout=7"]
    ended = run("--port", "0", "--detach", "--credentials", str(credentials), *options, *files)
    assert (ended.returncode, ended.stderr) == (0, "")
    pid = int((tmp_path / "pid").read_text())
    url = ended.stdout.removeprefix("MediaStore emulator listening on ").strip()
    try:
        assert connect(endpoint=url).list_containers()["Containers"] == []
        settings = json.loads(http("GET", f"{url}/mediastore-emulator/settings")[2])
        assert (settings["signatures"], settings["upload_timeout"]) == (True, 7)
        assert " 127.0.0.1 POST / ListContainers - 200 - -\n" in (tmp_path / "log").read_text()
        assert http("GET", url, headers={"Host": "rebind.example"})[0] == 421
        assert http("GET", f"{url}/mediastore-emulator/health", headers={"Host": "emulator.example"})[0] == 200
        refused = run("--port", url.rpartition(":")[2], "--detach", "--pid-file", str(tmp_path / "other"), *files[2:])
        assert refused.returncode == 1
        assert "Address already in use" in refused.stderr
        assert not (tmp_path / "other").exists()
    finally:
        os.kill(pid, 15)
    deadline = time.monotonic() + 20
    while is_listening(int(url.rpartition(":")[2])):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_does_not_start_without_its_credentials_file(tmp_path):
    ended = run("--port", "0", "--credentials", str(tmp_path / "none"))
    reason = f"The credentials file {tmp_path / 'none'} cannot be read: No such file or directory."
    assert (ended.returncode, ended.stderr) == (1, f"The emulator cannot start on 127.0.0.1 port 0: {reason}\n")


def test_it_names_the_file_that_it_cannot_write(tmp_path):
    file = tmp_path / "none" / "file"
    for options in (["--pid-file", file], ["--detach", "--pid-file", tmp_path / "pid", "--log-file", file]):
        ended = run("--port", "0", *map(str, options))
        assert ended.returncode == 1
        assert ended.stderr.endswith(f": {file}: No such file or directory\n")


def test_help_names_all_services():
    assert ",".join(SERVICES) in run("--help").stdout


def test_detached_it_needs_its_files():
    ended = run("--detach")
    assert (ended.returncode, ended.stderr) == (1, "--detach needs --pid-file and --log-file.\n")


def test_it_listens_on_loopback_unless_told_otherwise():
    with EmulatorServer() as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert server._server
        assert server._server.socket.getsockname()[0] == "127.0.0.1"


def test_of_two_starts_at_once_one_starts_the_emulator(connect, tmp_path):
    files = ["--pid-file", str(tmp_path / "pid"), "--log-file", str(tmp_path / "log")]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda _number: run("--port", str(port), "--detach", *files), range(2)))
    try:
        assert [(one.returncode, one.stderr) for one in ended] == [(0, "")] * 2
        assert sorted(one.stdout for one in ended) == [
            f"MediaStore emulator already listening on http://127.0.0.1:{port}\n",
            f"MediaStore emulator listening on http://127.0.0.1:{port}\n",
        ]
        assert connect(endpoint=f"http://127.0.0.1:{port}").list_containers()["Containers"] == []
    finally:
        os.kill(int((tmp_path / "pid").read_text()), 15)


def test_the_process_that_serves_writes_its_id(tmp_path):
    command = program("--port", "0", "--pid-file", str(tmp_path / "pid"))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=clean_env()) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("MediaStore emulator listening on ")
        assert (tmp_path / "pid").read_text() == f"{process.pid}\n"
        process.terminate()
