# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A data directory: what the next start finds there, which directories are refused, and what a failing disk does."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import mediastore_emulator
from mediastore_emulator import EmulatorServer, clock
from mediastore_emulator.mediastore import disk_storage

SOURCE = Path(mediastore_emulator.__file__).parents[1]
DAY = 86_400
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "mediastore:GetObject",
            "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/movies/*",
        },
    }
)
CORS = [{"AllowedOrigins": ["*"], "AllowedHeaders": ["*"], "AllowedMethods": ["GET"], "MaxAgeSeconds": 5}]
METRICS = {"ContainerLevelMetrics": "ENABLED", "MetricPolicyRules": [{"ObjectGroup": "a/*", "ObjectGroupName": "a"}]}


def lifecycle(*rules):
    """Return a lifecycle policy of rules, each (path, unit, number, action)."""
    return json.dumps(
        {
            "rules": [
                {"definition": {"path": [{"wildcard": path}], unit: [{"numeric": [">", number]}]}, "action": action}
                for path, unit, number, action in rules
            ]
        }
    )


def test_threads_change_the_database_one_after_the_other(tmp_path):
    begun = threading.Event()

    class Changes(dict[str, None]):
        def items(self):
            begun.set()
            time.sleep(0.1)
            return super().items()

    storage = disk_storage.DiskStorage(tmp_path)
    with contextlib.closing(storage), ThreadPoolExecutor(1) as pool:
        changing = pool.submit(storage.change_objects, "endpoint", Changes(a=None))
        assert begun.wait(30)
        storage.put_clock(1.0, 0.0)
        changing.result()


class Restartable:
    """An emulator of a data directory that can be stopped and started again, with clients of it."""

    def __init__(self, data, connect):
        self.data = data
        self._connect = connect
        self._start()

    def start(self, **settings):
        """Stop the emulator, and start it."""
        self.server.stop()
        self._start(**settings)

    def _start(self, **settings):
        self.server = EmulatorServer(services=[], data=self.data, **settings)
        self.server.start()
        self.control = self._connect(endpoint=self.server.url)

    def media(self, name="movies"):
        """Return a client of the data plane at the endpoint of a container."""
        endpoint = self.control.describe_container(ContainerName=name)["Container"]["Endpoint"]
        return self._connect("mediastore-data", endpoint=endpoint)

    def container(self, name="movies"):
        """Return the description of a container, without the port in its endpoint."""
        found = self.control.describe_container(ContainerName=name)["Container"]
        return {
            key: re.sub(r"127\.0\.0\.1:\d+", "", value) if key == "Endpoint" else value for key, value in found.items()
        }

    def files(self):
        """Return the names of the files with content."""
        return sorted(os.listdir(self.data / "objects"))


@pytest.fixture
def lasting(tmp_path, connect):
    """An emulator of a new data directory, which runs, with the container movies."""
    found = Restartable(tmp_path / "data", connect)
    found.control.create_container(ContainerName="movies", Tags=[{"Key": "stage", "Value": "test"}])
    yield found
    found.server.stop()


def test_a_container_comes_back_with_all_that_it_has(lasting):
    control = lasting.control
    control.put_container_policy(ContainerName="movies", Policy=POLICY)
    control.put_cors_policy(ContainerName="movies", CorsPolicy=CORS)
    control.put_lifecycle_policy(
        ContainerName="movies", LifecyclePolicy=lifecycle(("a", "days_since_create", 1, "EXPIRE"))
    )
    control.put_metric_policy(ContainerName="movies", MetricPolicy=METRICS)
    control.start_access_logging(ContainerName="movies")
    arn = control.describe_container(ContainerName="movies")["Container"]["ARN"]
    control.tag_resource(Resource=arn, Tags=[{"Key": "Stadt", "Value": "Köln"}])
    control.untag_resource(Resource=arn, TagKeys=["stage"])
    before = lasting.container()
    lasting.start()
    control = lasting.control
    assert lasting.container() == before
    assert before["AccessLoggingEnabled"] is True
    assert control.get_container_policy(ContainerName="movies")["Policy"] == POLICY
    assert control.get_cors_policy(ContainerName="movies")["CorsPolicy"] == CORS
    assert '"a"' in control.get_lifecycle_policy(ContainerName="movies")["LifecyclePolicy"]
    assert control.get_metric_policy(ContainerName="movies")["MetricPolicy"] == METRICS
    assert control.list_tags_for_resource(Resource=arn)["Tags"] == [{"Key": "Stadt", "Value": "Köln"}]


def test_a_policy_that_was_declared_is_still_enforced(lasting, http):
    lasting.media().put_object(Path="a", Body=b"film")
    lasting.control.delete_container_policy(ContainerName="movies")
    lasting.start()
    endpoint = lasting.control.describe_container(ContainerName="movies")["Container"]["Endpoint"]
    assert http("GET", f"{endpoint}/a")[0] == 403


def test_deleted_containers_and_documents_stay_deleted(lasting):
    for name in ("films", "songs"):
        lasting.control.create_container(ContainerName=name)
    lasting.control.put_cors_policy(ContainerName="films", CorsPolicy=CORS)
    lasting.control.delete_cors_policy(ContainerName="films")
    lasting.control.delete_container(ContainerName="songs")
    lasting.start()
    assert {found["Name"] for found in lasting.control.list_containers()["Containers"]} == {"films", "movies"}
    with pytest.raises(lasting.control.exceptions.CorsPolicyNotFoundException):
        lasting.control.get_cors_policy(ContainerName="films")


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_an_object_comes_back(lasting, size):
    body = os.urandom(size)
    put = lasting.media().put_object(Path="a/b", Body=body, ContentType="video/mp2t", CacheControl="max-age=5")
    before = lasting.media().describe_object(Path="a/b")
    lasting.start()
    found = lasting.media().get_object(Path="a/b")
    assert found["Body"].read() == body
    assert (found["ETag"], found["ContentType"], found["CacheControl"]) == (put["ETag"], "video/mp2t", "max-age=5")
    assert found["LastModified"] == before["LastModified"]


def test_a_range_of_an_object_is_read_from_its_file(lasting):
    lasting.media().put_object(Path="a", Body=bytes(range(256)) * 4096)
    found = lasting.media().get_object(Path="a", Range="bytes=262142-524289")
    assert found["ContentRange"] == "bytes 262142-524289/1048576"
    assert found["Body"].read() == b"\xfe\xff" + bytes(range(256)) * 1024 + b"\x00\x01"


def test_replaced_and_deleted_objects_leave_no_files(lasting):
    media = lasting.media()
    media.put_object(Path="a", Body=b"old")
    media.put_object(Path="a", Body=b"new")
    media.put_object(Path="b", Body=b"film")
    media.delete_object(Path="b")
    assert len(lasting.files()) == 1
    lasting.start()
    assert lasting.media().get_object(Path="a")["Body"].read() == b"new"
    assert [item["Name"] for item in lasting.media().list_items()["Items"]] == ["a"]


def test_a_refused_upload_leaves_no_file(lasting):
    with pytest.raises(ClientError, match="at most 25 MB"):
        lasting.media().put_object(Path="a", Body=b"x" * (25 * 1024**2 + 1))
    assert lasting.files() == []


def test_the_clock_goes_on_from_where_it_was(lasting):
    lasting.server.set_time("2030-01-01T00:00:00Z")
    lasting.start()
    assert lasting.container()["CreationTime"].year < 2030
    lasting.control.create_container(ContainerName="films")
    assert lasting.container("films")["CreationTime"].isoformat() > "2030-01-01"


def test_delays_go_on_after_a_restart(lasting):
    lasting.server.configure(create_delay=60, delete_delay=60)
    lasting.control.delete_container(ContainerName="movies")
    lasting.control.create_container(ContainerName="films")
    lasting.server.advance(50)
    lasting.start()
    assert (lasting.container()["Status"], lasting.container("films")["Status"]) == ("DELETING", "CREATING")
    lasting.server.advance(11)
    lasting.start()
    assert [found["Name"] for found in lasting.control.list_containers()["Containers"]] == ["films"]
    assert lasting.container("films")["Status"] == "ACTIVE"


class Machine:
    """The time of a machine."""

    now = 1_800_000_000.0
    up = 1000.0

    def time(self):
        return self.now

    def monotonic(self):
        return self.up


def test_time_passes_while_no_process_runs(lasting, monkeypatch):
    machine = Machine()
    monkeypatch.setattr(clock, "time", machine)
    lasting.start(create_delay=60)
    lasting.control.create_container(ContainerName="films")
    # The machine is started again, so its monotonic time begins again.
    machine.now, machine.up = machine.now + 59, 3.0
    lasting.start()
    assert lasting.container("films")["Status"] == "CREATING"
    machine.now, machine.up = machine.now + 1, 1.0
    lasting.start()
    assert lasting.container("films")["Status"] == "ACTIVE"


def test_the_order_of_objects_and_lifecycle_policies_survives_an_earlier_time_of_the_machine(lasting, monkeypatch):
    machine = Machine()
    monkeypatch.setattr(clock, "time", machine)
    lasting.start()
    lasting.media().put_object(Path="before", Body=b"film")
    machine.up += 1
    rules = lifecycle(("*", "seconds_since_create", 60, "EXPIRE"))
    lasting.control.put_lifecycle_policy(ContainerName="movies", LifecyclePolicy=rules)
    machine.now, machine.up = machine.now - DAY, 1.0
    lasting.start()
    lasting.media().put_object(Path="after", Body=b"film")
    # A rule in seconds applies to objects that were added after the policy, and ListItems omits them.
    assert [item["Name"] for item in lasting.media().list_items()["Items"]] == ["before"]
    lasting.server.advance(2 * DAY)
    lasting.start()
    with pytest.raises(lasting.media().exceptions.ObjectNotFoundException):
        lasting.media().describe_object(Path="after")
    lasting.media().describe_object(Path="before")


def test_what_a_lifecycle_policy_has_done_is_not_undone(lasting, http):
    media = lasting.media()
    for path in ("expired", "archived", "kept"):
        media.put_object(Path=path, Body=b"film")
    rules = [("expired", "days_since_create", 1, "EXPIRE"), ("archived", "days_since_create", 1, "ARCHIVE")]
    lasting.control.put_lifecycle_policy(ContainerName="movies", LifecyclePolicy=lifecycle(*rules))
    lasting.server.advance(2 * DAY)
    assert len(media.list_items()["Items"]) == 2
    lasting.control.delete_lifecycle_policy(ContainerName="movies")
    lasting.start()
    assert len(lasting.media().list_items()["Items"]) == len(lasting.files()) == 2
    endpoint = lasting.control.describe_container(ContainerName="movies")["Container"]["Endpoint"]
    assert http("HEAD", f"{endpoint}/archived")[1]["x-mediastore-emulator-storage-class"] == "IA"
    assert http("HEAD", f"{endpoint}/kept")[1]["x-mediastore-emulator-storage-class"] is None


def test_a_reset_is_kept(lasting):
    lasting.media().put_object(Path="a", Body=b"film")
    lasting.server.advance(10 * DAY)
    lasting.server.reset()
    assert lasting.files() == []
    lasting.start()
    assert lasting.control.list_containers()["Containers"] == []
    assert -5 < lasting.server._emulator.shared.clock.shown()["offset"] < 5


def test_the_reset_of_moto_leaves_the_clock(lasting, http):
    lasting.server.advance(10 * DAY)
    http("POST", f"{lasting.server.url}/moto-api/reset", b"")
    lasting.start()
    assert lasting.control.list_containers()["Containers"] == []
    assert lasting.server._emulator.shared.clock.shown()["offset"] == 10 * DAY


def test_settings_faults_and_requests_are_not_kept(lasting):
    lasting.server.configure(create_delay=60)
    lasting.server.faults({"operation": "*", "kind": "throttled"})
    lasting.start()
    assert lasting.server.requests() == lasting.server.faults_left() == []
    lasting.control.create_container(ContainerName="films")
    assert lasting.container("films")["Status"] == "ACTIVE"


def test_only_the_owner_can_read_the_files(lasting):
    lasting.media().put_object(Path="a", Body=b"film")
    found = [lasting.data, *lasting.data.rglob("*")]
    assert {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in found} == {True: 0o700, False: 0o600}
    assert len(found) >= 5


def test_the_health_names_the_data_directory(lasting, http):
    _status, _headers, body = http("GET", f"{lasting.server.url}/mediastore-emulator/health")
    assert json.loads(body)["data"] == str(lasting.data)


# --- a reader and a change at the same time


def test_a_reader_gets_the_content_that_it_began_to_read(lasting):
    body = os.urandom(20 * 1024**2)
    media = lasting.media()
    media.put_object(Path="a", Body=body)
    endpoint = lasting.control.describe_container(ContainerName="movies")["Container"]["Endpoint"]
    target = urllib.parse.urlsplit(endpoint)
    with socket.create_connection((target.hostname, target.port), timeout=20) as connection:
        connection.sendall(f"GET {target.path}/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        received = connection.recv(4096)
        media.put_object(Path="a", Body=b"new")
        media.delete_object(Path="a")
        assert lasting.files() == []
        received += b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.partition(b"\r\n\r\n")[2] == body


# --- directories that are refused, and stay as they are


def refused(data):
    with pytest.raises(ValueError, match=r"^[^\n]+\.$") as caught:
        EmulatorServer(services=[], data=data)
    return str(caught.value)


def test_a_second_emulator_is_refused(lasting):
    assert refused(lasting.data) == (
        f"The emulator with the process ID {os.getpid()} uses the data directory {lasting.data}: stop it, or "
        "name another directory."
    )
    lasting.start()
    assert lasting.container()["Status"] == "ACTIVE"


def test_a_directory_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("text")
    assert refused(tmp_path) == (
        f"The directory {tmp_path} is not a data directory of the emulator, because it contains thesis.txt: name an "
        "empty directory, or one that does not exist."
    )
    assert os.listdir(tmp_path) == ["thesis.txt"]


def test_a_file_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("text")
    assert refused(tmp_path / "thesis.txt") == f"The data directory {tmp_path}/thesis.txt cannot be used: File exists."


def test_a_file_system_without_locks_is_refused(tmp_path, monkeypatch):
    def flock(_file, _operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    assert refused(tmp_path) == (
        f"The file system of the data directory {tmp_path} cannot lock files (No locks available): name a directory of "
        "another file system."
    )


@pytest.mark.parametrize("version", [0, 2])
def test_a_database_of_another_version_is_refused_and_not_changed(lasting, version):
    lasting.server.stop()
    database = lasting.data / "mediastore.sqlite3"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("CREATE TABLE any (thing)")
    before = database.read_bytes()
    assert refused(lasting.data) == (
        f"The data directory {lasting.data} has the format {version}, and this version of the emulator reads the "
        "format 1: use the version that wrote it, or name another directory."
    )
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda content: b"damaged " * 1000, "file is not a database"),
        (lambda content: content[:4096] + bytes(len(content) - 4096), "database disk image is malformed"),
    ],
    ids=["all of it", "all but its first page"],
)
def test_a_damaged_database_is_refused_and_not_changed(lasting, damage, reason):
    lasting.server.stop()
    database = lasting.data / "mediastore.sqlite3"
    damaged = damage(database.read_bytes())
    database.write_bytes(damaged)
    assert refused(lasting.data) == f"The data directory {lasting.data} cannot be used: {reason}."
    assert database.read_bytes() == damaged
    # Also in this process, the directory is released.
    assert refused(lasting.data).endswith(f"{reason}.")


@pytest.mark.parametrize("left", [None, b""])
def test_objects_without_their_database_are_refused_and_not_removed(lasting, left):
    lasting.media().put_object(Path="a", Body=b"film")
    lasting.server.stop()
    (lasting.data / "mediastore.sqlite3").unlink()
    if left is not None:
        (lasting.data / "mediastore.sqlite3").write_bytes(left)
    assert refused(lasting.data) == (
        f"The data directory {lasting.data} has objects in objects that its database mediastore.sqlite3 does not know: "
        "restore the database, or name another directory."
    )
    assert [(lasting.data / "objects" / name).read_bytes() for name in lasting.files()] == [b"film"]


def test_a_start_at_an_address_in_use_releases_the_directory(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = EmulatorServer(port=other.getsockname()[1], services=[], data=tmp_path)
        with pytest.raises(OSError, match="in use"):
            server.start()
    with EmulatorServer(services=[], data=tmp_path):
        pass


@pytest.mark.parametrize("left", [["mediastore-emulator.lock"], ["mediastore-emulator.lock", "mediastore.sqlite3"]])
def test_a_first_start_that_was_killed_is_repeated(tmp_path, left):
    for name in left:
        (tmp_path / name).touch()
    with EmulatorServer(services=[], data=tmp_path):
        pass
    assert sorted(os.listdir(tmp_path)) == ["mediastore-emulator.lock", "mediastore.sqlite3", "objects"]


def test_a_start_removes_the_content_that_no_object_has(lasting):
    lasting.media().put_object(Path="a", Body=b"film")
    [used] = lasting.files()
    (lasting.data / "objects" / ("0" * 32)).write_bytes(b"part")
    (lasting.data / "objects" / "notes.txt").write_bytes(b"mine")
    lasting.start()
    assert lasting.files() == sorted([used, "notes.txt"])


# --- a disk that fails


def message(lasting, reason):
    return f"The emulator cannot write to its data directory {lasting.data}: {reason}. The request has changed nothing."


def seen(lasting):
    """Return all that clients can see."""
    control, media = lasting.control, lasting.media()
    found = lasting.container()
    documents = {}
    for kind in ("container_policy", "cors_policy", "lifecycle_policy", "metric_policy"):
        with contextlib.suppress(ClientError):
            documents[kind] = getattr(control, f"get_{kind}")(ContainerName="movies")
            del documents[kind]["ResponseMetadata"]
    tags = control.list_tags_for_resource(Resource=found["ARN"])["Tags"]
    objects = {item["Name"]: item for item in media.list_items()["Items"]}
    contents = {name: media.get_object(Path=name)["Body"].read() for name in objects}
    names = [each["Name"] for each in control.list_containers()["Containers"]]
    return found, documents, tags, objects, contents, names


ARN = "arn:aws:mediastore:us-east-1:123456789012:container/movies"
CHANGES = {
    "CreateContainer": lambda control, media: control.create_container(ContainerName="films"),
    "DeleteContainer": lambda control, media: control.delete_container(ContainerName="empty"),
    "PutContainerPolicy": lambda control, media: control.put_container_policy(ContainerName="movies", Policy=POLICY),
    "DeleteContainerPolicy": lambda control, media: control.delete_container_policy(ContainerName="movies"),
    "TagResource": lambda control, media: control.tag_resource(Resource=ARN, Tags=[{"Key": "a", "Value": "b"}]),
    "UntagResource": lambda control, media: control.untag_resource(Resource=ARN, TagKeys=["stage"]),
    "StartAccessLogging": lambda control, media: control.start_access_logging(ContainerName="movies"),
    "PutObject, new": lambda control, media: media.put_object(Path="b", Body=b"new"),
    "PutObject, replaced": lambda control, media: media.put_object(Path="a", Body=b"new"),
    "DeleteObject": lambda control, media: media.delete_object(Path="a"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_that_the_database_does_not_take_is_refused_and_has_no_effect(lasting, refusal, change):
    lasting.control.create_container(ContainerName="empty")
    media = lasting.media()
    media.put_object(Path="a", Body=b"film")
    before, files = seen(lasting), lasting.files()
    lasting.server._emulator._storage._database.execute("PRAGMA query_only = 1")
    code, status, text = refusal(lambda: change(lasting.control, media))
    assert (code, status) == ("InternalServerError", 500)
    assert text == message(lasting, "attempt to write a readonly database")
    assert lasting.server.requests(status="500")[0]["reason"] == text
    assert (seen(lasting), lasting.files()) == (before, files)
    lasting.start()
    assert (seen(lasting), lasting.files()) == (before, files)
    change(lasting.control, lasting.media())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "reset", ""), ("POST", "clock", '{"advance": 5}'), ("PUT", "clock", '{"time": "2030-01-01"}')],
)
def test_the_admin_interface_refuses_what_the_database_does_not_take(lasting, http, method, path, body):
    before = seen(lasting)
    lasting.server._emulator._storage._database.execute("PRAGMA query_only = 1")
    status, _headers, reply = http(method, f"{lasting.server.url}/mediastore-emulator/{path}", body)
    assert status == 500
    assert json.loads(reply) == {"error": message(lasting, "attempt to write a readonly database")}
    assert lasting.server._emulator.shared.clock.shown()["offset"] == 0
    assert seen(lasting) == before


def test_an_upload_to_a_full_disk_is_refused_and_has_no_effect(lasting, refusal, monkeypatch):
    media = lasting.media()
    media.put_object(Path="a", Body=b"film")
    before, files = seen(lasting), lasting.files()

    def on_full_disk(path, flags):
        os.close(os.open(path, flags))
        return os.open("/dev/full", os.O_WRONLY)

    with monkeypatch.context() as patched:
        patched.setattr(disk_storage, "_private", on_full_disk)
        for path in ("a", "b"):
            text = message(lasting, "No space left on device")
            assert refusal(media.put_object, Path=path, Body=b"new") == ("InternalServerError", 500, text)
    assert (seen(lasting), lasting.files()) == (before, files)
    media.put_object(Path="a", Body=b"new")
    assert media.get_object(Path="a")["Body"].read() == b"new"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(os.unlink, "No such file or directory"), (lambda path: os.truncate(path, 1), "it has 1 bytes in place of 4")],
    ids=["missing", "cut off"],
)
def test_an_object_whose_file_is_not_there_can_be_put_again(lasting, refusal, damage, reason):
    lasting.media().put_object(Path="a", Body=b"film")
    [name] = lasting.files()
    path = lasting.data / "objects" / name
    lasting.server.stop()
    damage(path)
    lasting.start()
    media = lasting.media()
    assert refusal(media.get_object, Path="a") == (
        "InternalServerError",
        500,
        f"The emulator cannot read the content of the object, the file {path}: {reason}. Put the object again.",
    )
    assert media.describe_object(Path="a")["ContentLength"] == 4
    media.put_object(Path="a", Body=b"film")
    assert media.get_object(Path="a")["Body"].read() == b"film"


# --- the command line


def run(*arguments):
    command = [sys.executable, "-m", "mediastore_emulator", "--services=", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    return ended.returncode, ended.stdout, ended.stderr


def test_the_program_says_why_it_cannot_use_a_directory(lasting):
    code, output, errors = run("--port=0", "--data", lasting.data)
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert f"The emulator with the process ID {os.getpid()} uses the data directory {lasting.data}: stop it" in errors


def test_a_detached_emulator_has_one_data_directory(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    files = ["--pid-file", tmp_path / "pid", "--log-file", tmp_path / "log"]
    start = ["--detach", f"--port={port}", *files]
    url = f"http://127.0.0.1:{port}"
    try:
        assert run(*start, "--data", tmp_path / "one") == (0, f"MediaStore emulator listening on {url}\n", "")
        already = (0, f"MediaStore emulator already listening on {url}\n", "")
        assert run(*start, "--data", tmp_path / "one") == run(*start) == already
        code, output, errors = run(*start, "--data", tmp_path / "two")
        assert (code, output) == (1, "")
        kept = f"with its data in {tmp_path}/one, not in {tmp_path}/two"
        assert errors == f"The emulator at {url} already runs, {kept}: stop it first.\n"
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)


def test_a_python_without_sqlite3_keeps_data_in_memory(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    monkeypatch.delitem(sys.modules, disk_storage.__name__)
    with EmulatorServer(services=[]):
        pass
    assert refused(tmp_path).startswith("This Python cannot use a data directory: import of sqlite3 halted")
