# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""LocalStack's S3 in a process of its own, in place of the emulator."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3
import pytest

START_SECONDS, STOP_SECONDS = 300, 30
REQUEST = re.compile(r"localstack\.request\.aws +: AWS (\w+)\.(\w+) =>")


class LocalStack:
    """A LocalStack on loopback, with the part of the emulator's interface that tests of buckets use."""

    def __init__(self, directory: Path) -> None:
        self._log = directory / "log"
        self._read = 0
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "GATEWAY_SERVER": "hypercorn",  # the default one listens on all interfaces, whatever GATEWAY_LISTEN says
            "DNS_ADDRESS": "0",
            "SERVICES": "s3,sts",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "OVERRIDE_IN_DOCKER": "0",  # in a container, LocalStack would write to /var/lib
            "FILESYSTEM_ROOT": str(directory),
            "HOME": str(directory),
        }
        command = [sys.executable, "-m", "localstack.runtime.main"]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(command, env=environment, cwd=directory, stdout=log, stderr=log)

    def wait(self) -> None:
        """Wait until the server answers; fails with its log when it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/_localstack/health", timeout=5).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        pytest.fail(f"LocalStack has not started within {START_SECONDS} seconds:\n{self._log.read_text()}")

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def requests(self) -> list[dict[str, str]]:
        """Return the service and the operation of each request since clear_requests, in their order.

        LocalStack logs a request before it sends the reply.
        """
        found = REQUEST.findall(self._log.read_text()[self._read :])
        return [{"service": service, "operation": operation} for service, operation in found]

    def clear_requests(self) -> None:
        """Forget all requests until now."""
        self._read = len(self._log.read_text())

    def client(self, access_key: str) -> object:
        """Return a boto3 client of S3; LocalStack takes an access key of twelve digits for the account."""
        keys = {"aws_access_key_id": access_key, "aws_secret_access_key": "example"}
        return boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **keys)


@pytest.fixture(scope="session")
def localstack(tmp_path_factory):
    """A LocalStack for all tests."""
    server = LocalStack(tmp_path_factory.mktemp("localstack"))
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture
def emulator(localstack):
    """LocalStack under the name by which fixtures of unit tests ask for their server."""
    localstack.clear_requests()
    return localstack


@pytest.fixture
def s3(emulator):
    """A client of LocalStack's S3, which has no buckets after a test."""
    client = emulator.client("AKIAIOSFODNN7EXAMPLE")
    yield client
    for bucket in client.list_buckets()["Buckets"]:
        client.delete_bucket(Bucket=bucket["Name"])
