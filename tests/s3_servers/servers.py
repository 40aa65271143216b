# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""S3 servers that others wrote, each on loopback, in a directory that is removed with it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS, STOP_SECONDS = 300, 30
# Where the session has installed the servers, each in a directory of its name.
INSTALLED = Path(os.environ["MEDIASTORE_S3_SERVERS"])
VERSION = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that the system has just given, and that nothing uses."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _number in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


class Server:
    """One S3 server: how it is started and stopped, and how a task uses it."""

    name: str  # in results and in the names of tests
    title: str
    needs: str  # what is to be installed, for the sentence of a skipped test
    health = "/"
    account = "123456789012"  # that owns the buckets; any, where the server knows no accounts
    access_key = "AKIAIOSFODNN7EXAMPLE"
    secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

    def __init__(self, directory: Path) -> None:
        """Use `directory`, which exists, for all files of the server."""
        self.directory = directory
        self.log = directory / "log"
        [self.port] = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self._processes: list[subprocess.Popen[bytes]] = []

    @classmethod
    def installed(cls) -> Path | None:
        """Return a program of the server, None if it is not installed."""
        python = INSTALLED / cls.name / "bin" / "python"
        return python if python.exists() else None

    @classmethod
    def version(cls) -> str:
        """Return the version of the installed server."""
        return _output(str(cls.installed()), "-c", VERSION, cls.name)

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> Iterator[Server]:
        """Start the server; end its processes and remove its directory afterwards."""
        with tempfile.TemporaryDirectory(prefix="s3-server-") as directory:
            server = cls(Path(directory))
            try:
                server.start()
                server.wait()
                yield server
            finally:
                server.stop()

    def start(self) -> None:
        """Start the processes of the server, and create its credentials."""
        raise NotImplementedError

    def spawn(self, *command: str | Path, **environment: str) -> None:
        """Start a process of the server."""
        with self.log.open("a") as log:
            process = subprocess.Popen(
                command, env={**os.environ, **environment}, cwd=self.directory, stdout=log, stderr=log
            )
        self._processes.append(process)

    def wait(self) -> None:
        """Wait until the server answers, with whatever status."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and all(process.poll() is None for process in self._processes):
            try:
                urllib.request.urlopen(self.url + self.health, timeout=5).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError(f"{self.title} did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End the processes, the newest first."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def client(self, access_key: str = "") -> Any:
        """Return a boto3 client of S3, with other credentials if `access_key` is given."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=access_key or self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(s3={"addressing_style": "path"}),
        )


class LocalStack(Server):
    """LocalStack with S3 and STS, and with the part of the emulator's interface that tests of buckets use."""

    name, title = "localstack", "LocalStack"
    needs = "needs Python 3.13 on the PATH"
    account = "000000000000"
    health = "/_localstack/health"
    _request = re.compile(r"localstack\.request\.aws +: AWS (\w+)\.(\w+) =>")
    _read = 0

    @classmethod
    def version(cls) -> str:
        return _output(str(cls.installed()), "-c", VERSION, "localstack-core")

    def start(self) -> None:
        self.spawn(
            *(str(self.installed()), "-m", "localstack.runtime.main"),
            GATEWAY_LISTEN=f"127.0.0.1:{self.port}",
            GATEWAY_SERVER="hypercorn",  # the default one listens on all interfaces, whatever GATEWAY_LISTEN says
            DNS_ADDRESS="0",
            SERVICES="s3,sts",
            DISABLE_EVENTS="1",
            SKIP_SSL_CERT_DOWNLOAD="1",
            OVERRIDE_IN_DOCKER="0",  # in a container, LocalStack would write to /var/lib
            FILESYSTEM_ROOT=str(self.directory),
            HOME=str(self.directory),
        )

    def requests(self) -> list[dict[str, str]]:
        """Return the service and the operation of each request since clear_requests, in their order.

        LocalStack logs a request before it sends the reply.
        """
        found = self._request.findall(self.log.read_text()[self._read :])
        return [{"service": service, "operation": operation} for service, operation in found]

    def clear_requests(self) -> None:
        """Forget all requests until now."""
        self._read = len(self.log.read_text())


class Ceph(Server):
    """Ceph's RADOS Gateway with one monitor, one manager and one OSD that stores in memory."""

    name, title = "rgw", "Ceph RGW"
    needs = "needs Debian's packages ceph-mon, ceph-mgr, ceph-osd and radosgw (apt-get install --no-install-recommends)"
    _programs = ("ceph-mon", "ceph-mgr", "ceph-osd", "radosgw")

    @classmethod
    def installed(cls) -> Path | None:
        found = [shutil.which(program) for program in cls._programs]
        return Path(str(found[-1])) if all(found) else None

    @classmethod
    def version(cls) -> str:
        return _output("radosgw", "--version").split()[2]

    def start(self) -> None:
        [monitor] = free_ports(1)
        cluster, osd = str(uuid.uuid4()), str(uuid.uuid4())
        for name in ("mon", "mgr", "osd"):
            (self.directory / name).mkdir()
        settings = {
            "fsid": cluster,
            "mon host": f"v2:127.0.0.1:{monitor}",
            **dict.fromkeys(("public addr", "cluster addr"), "127.0.0.1"),
            **dict.fromkeys((f"auth {side} required" for side in ("cluster", "service", "client")), "none"),
            "ms mon client mode": "crc",  # the default is encrypted, which needs cephx
            "mon allow pool size one": "true",
            "osd objectstore": "memstore",
            "memstore device bytes": str(2**28),
            **dict.fromkeys(("osd pool default size", "osd pool default min size", "osd pool default pg num"), "1"),
            "osd pool default pg autoscale mode": "off",
            "osd crush chooseleaf type": "0",
            **{f"{name} data": str(self.directory / name) for name in ("mon", "mgr", "osd")},
            "run dir": str(self.directory),
            "admin socket": f"{self.directory}/$name.asok",
            "pid file": f"{self.directory}/$name.pid",
            "log file": f"{self.directory}/$name.log",
            "rgw enable apis": "s3, admin, sts, iam",
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        (self.directory / "ceph.conf").write_text("\n".join(["[global]", *lines, ""]))
        map_file = self.directory / "monmap"
        _output("monmaptool", "--create", "--fsid", cluster, "--addv", "a", f"[v2:127.0.0.1:{monitor}]", str(map_file))
        self._call("ceph-mon", "--mkfs", "-i", "a", "--monmap", str(map_file))
        self._daemon("ceph-mon", "-i", "a")
        self._daemon("ceph-mgr", "-i", "a")
        self._call("ceph", "osd", "new", osd)
        self._call("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._daemon("ceph-osd", "-i", "0")
        keys = ["--access-key", self.access_key, "--secret-key", self.secret_key]
        self._call("radosgw-admin", "user", "create", "--uid", "owner", "--display-name", "Owner", *keys)
        self._daemon("radosgw", "-n", "client.admin", "--rgw-frontends", f"beast endpoint=127.0.0.1:{self.port}")

    def _call(self, program: str, *arguments: str) -> None:
        _output(program, "-c", str(self.directory / "ceph.conf"), *arguments)

    def _daemon(self, program: str, *arguments: str) -> None:
        self.spawn(program, "-c", self.directory / "ceph.conf", "-f", *arguments)


class Swift(Server):
    """OpenStack Swift with s3api and tempauth: a proxy, and one server each of accounts, containers and objects."""

    name, title = "swift", "Swift s3api"
    needs = "could not be installed"
    access_key, secret_key = "test:tester", "testing"
    _filters = ("catch_errors", "gatekeeper", "listing_formats", "s3api", "tempauth", "copy", "bulk", "slo", "dlo")

    def start(self) -> None:
        (self.directory / "devices" / "d1").mkdir(parents=True)
        hashes = "[swift-hash]\nswift_hash_path_suffix = example\n"
        policy = "[storage-policy:0]\nname = default\ndefault = yes\n"
        (self.directory / "swift.conf").write_text(hashes + policy)
        storage = {"account": "account", "container": "container", "object": "mem_object"}
        for (name, app), port in zip(storage.items(), free_ports(len(storage)), strict=True):
            self._ring(name, port)
            pipeline = f"[pipeline:main]\npipeline = {name}-server\n"
            self._server(name, port, f"{pipeline}[app:{name}-server]\nuse = egg:swift#{app}\n")
        settings = {"s3api": "location = us-east-1", "tempauth": "user_test_tester = testing .admin"}
        filters = [f"[filter:{name}]\nuse = egg:swift#{name}\n{settings.get(name, '')}\n" for name in self._filters]
        proxy = "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n"
        pipeline = f"[pipeline:main]\npipeline = {' '.join(self._filters)} proxy-server\n"
        self._server("proxy", self.port, pipeline + proxy + "".join(filters))

    def _ring(self, name: str, port: int) -> None:
        builder = [self._program("swift-ring-builder"), str(self.directory / f"{name}.builder")]
        _output(*builder, "create", "1", "1", "0")
        _output(*builder, "add", f"r1z1-127.0.0.1:{port}/d1", "1")
        _output(*builder, "rebalance")

    def _server(self, name: str, port: int, sections: str) -> None:
        settings = {
            "bind_ip": "127.0.0.1",
            "bind_port": port,
            "swift_dir": self.directory,
            "devices": self.directory / "devices",
            "mount_check": "false",
            "workers": 0,
        }
        lines = [f"{setting} = {value}" for setting, value in settings.items()]
        configuration = self.directory / f"{name}.conf"
        configuration.write_text("\n".join(["[DEFAULT]", *lines, sections]))
        self.spawn(self._program(f"swift-{name}-server"), configuration, "-v")

    def _program(self, name: str) -> str:
        return str(INSTALLED / self.name / "bin" / name)


class MiniStack(Server):
    """MiniStack, all of whose services are on one port."""

    name, title = "ministack", "MiniStack"
    needs = "could not be installed"
    account = "000000000000"

    def start(self) -> None:
        # Without BIND_HOST it listens on all interfaces.
        address = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port)}
        self.spawn(str(self.installed()), "-m", "ministack", **address, HOME=str(self.directory))


class S3rver(Server):
    """s3rver, which has one user and a key that cannot be changed."""

    name, title = "s3rver", "s3rver"
    needs = "needs Node.js with npm"
    access_key = secret_key = "S3RVER"
    _package = INSTALLED / name / "node_modules" / name

    @classmethod
    def installed(cls) -> Path | None:
        program = cls._package / "bin" / "s3rver.js"
        return program if program.exists() else None

    @classmethod
    def version(cls) -> str:
        return _output("node", str(cls.installed()), "--version")

    def start(self) -> None:
        address = ["--address", "127.0.0.1", "--port", str(self.port), "--no-vhost-buckets"]
        self.spawn("node", str(self.installed()), "--directory", self.directory / "data", *address)


class Moto(Server):
    """moto's server, without the rules that the emulator adds to its S3."""

    name, title = "moto", "moto server"
    needs = "could not be installed"

    @classmethod
    def installed(cls) -> Path | None:
        return Path(sys.executable)

    def start(self) -> None:
        self.spawn(sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(self.port))


SERVERS = {kind.name: kind for kind in (LocalStack, Ceph, Swift, MiniStack, S3rver, Moto)}


def _output(*command: str) -> str:
    """Return what a program prints; its errors become the message of the exception."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()
