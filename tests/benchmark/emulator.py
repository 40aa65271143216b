# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a second the emulator serves, and how much memory it needs, beside another version of it.

    .venv/bin/nox -s benchmark -- tests/benchmark/emulator.py --compare DIRECTORY

The directory is one of the collection, for example a clone of an earlier commit. Each version runs in its own process,
this one also with its state on disk, and has 5,000 containers, and 20,000 objects in one of them. One client sends the
requests of boto3 over one connection. Each round measures the versions in turn, each request for the same time; the
figures are the medians of all rounds, of requests a second, and of the milliseconds of processor time that the server
needs for one, which depend less on other programs on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

import boto3
from botocore.config import Config

PACKAGE = Path("roles") / "emulator" / "files"
HERE = Path(__file__).resolve().parents[2]
CONTAINERS, OBJECTS = 5_000, 20_000
KILOBYTE, MEGABYTE = b"k" * 1024, b"m" * 1024**2
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
# The least ratio of a version to the other one.
LEAST = {"after": {"control": 1.0, "data": 1.0, "s3": 1.5}, "on disk": {"control": 0.7, "data": 0.7}}
POLICY = {"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "%s", "Resource": "%s/*"}}
RULE = {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"], "AllowedHeaders": ["*"]}
TAGS = [{"Key": "stage", "Value": "production"}]
LIFECYCLE = {"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": 5}}]}
METRICS = {"Id": "all"}


class _PreparedError(Exception):
    """A request that boto3 would send now."""


class Requests:
    """The requests of boto3 for one URL, as bytes; nothing is sent."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._clients: dict[tuple[str, str], Any] = {}

    def of(self, service: str, operation: str, path: str = "", **parameters: Any) -> bytes:
        """Return the request of an operation, at the path of a container's endpoint for objects."""
        client = self._client(service, self._url + path)
        try:
            getattr(client, operation)(**parameters)
        except _PreparedError as prepared:
            return _as_bytes(prepared.args[0])
        raise RuntimeError(f"boto3 sends no request for {operation}.")

    def _client(self, service: str, url: str) -> Any:
        if (service, url) not in self._clients:
            client = boto3.client(
                service,
                region_name="us-east-1",
                endpoint_url=url,
                aws_access_key_id="EXAMPLE",
                aws_secret_access_key="EXAMPLE",
                config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
            )
            client.meta.events.register("before-send", _stop)
            self._clients[service, url] = client
        return self._clients[service, url]


def _stop(request: Any, **_others: Any) -> None:
    raise _PreparedError(request)


def _as_bytes(request: Any) -> bytes:
    target = urllib.parse.urlsplit(request.url)
    body = request.body or b""
    body = body.read() if hasattr(body, "read") else body.encode() if isinstance(body, str) else body
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    # The client does not wait for it.
    headers.pop("expect", None)
    headers |= {"host": target.netloc, "content-length": str(len(body))}
    lines = [f"{request.method} {target.path or '/'}{'?' * bool(target.query)}{target.query} HTTP/1.1"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode() + body


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@dataclass
class Version:
    """An emulator in a separate process.

    By the name of the case, `rates` are requests a second, and `costs` milliseconds of processor time for a request.
    """

    name: str
    tree: Path
    options: list[str]
    rates: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[float]] = field(default_factory=dict)

    def __enter__(self) -> Version:
        command = [sys.executable, "-m", "mediastore_emulator", "--port", "0", "--services", "s3", *self.options]
        environment = {**os.environ, "PYTHONPATH": str(self.tree / PACKAGE)}
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        self.url = self._process.stdout.readline().decode().split()[-1]
        place = urllib.parse.urlsplit(self.url)
        self._connection = socket.create_connection((place.hostname, place.port))
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = Requests(self.url)
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    @property
    def megabytes(self) -> float:
        """The resident memory of the process."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    @property
    def _processor(self) -> float:
        # The clock of another process on Linux: clock_getcpuclockid(3).
        return time.clock_gettime(~self._process.pid << 3 | 2)

    def send(self, request: bytes) -> bytes:
        """Send one request, and return the content of its reply; raises RuntimeError unless it has a status of 2xx."""
        self._connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._connection.recv(65_536)
        head, _blank, content = received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        rest = (int(length[1]) if length and not request.startswith(b"HEAD") else 0) - len(content)
        pieces = [content]
        while rest > 0:
            pieces.append(self._connection.recv(min(rest, 1024**2)))
            rest -= len(pieces[-1])
        if not head.startswith((b"HTTP/1.1 2", b"HTTP/1.1 404")):
            raise RuntimeError(f"{self.name}: {request[:200]!r} returns {received[:500]!r}")
        return b"".join(pieces)

    def measure(self, case: str, requests: list[bytes], seconds: float) -> None:
        """Send requests in turn for some seconds, and add to the figures."""
        count, started, processor = 0, time.perf_counter(), self._processor
        while (passed := time.perf_counter() - started) < seconds:
            for request in requests:
                self.send(request)
            count += len(requests)
        self.rates.setdefault(case, []).append(count / passed)
        self.costs.setdefault(case, []).append((self._processor - processor) * 1000 / count)

    def fill(self) -> str:
        """Create containers and objects; return the path of the endpoint of the container that has the objects."""
        for number in range(CONTAINERS):
            self.send(self.requests.of("mediastore", "create_container", ContainerName=f"channel{number}"))
        described = self.send(self.requests.of("mediastore", "describe_container", ContainerName="channel0"))
        path = urllib.parse.urlsplit(json.loads(described)["Container"]["Endpoint"]).path
        put = self.requests.of("mediastore-data", "put_object", path, Path="a/number", Body=KILOBYTE)
        for number in range(OBJECTS):
            self.send(put.replace(b"a/number ", b"a/%06d " % number))
        return path


def cases_of(version: Version, path: str) -> dict[str, list[bytes]]:
    """Return the requests of each case, whose name starts with its kind."""
    of = version.requests.of
    arn = "arn:aws:mediastore:us-east-1:123456789012:container/channel7"
    named, bucket = {"ContainerName": "channel7"}, {"Bucket": "benchmark"}
    policy = json.dumps(POLICY) % ("mediastore:GetObject", arn)
    cases = {
        "control: change": [
            of("mediastore", "put_container_policy", **named, Policy=policy),
            of("mediastore", "put_cors_policy", **named, CorsPolicy=[RULE]),
            of("mediastore", "tag_resource", Resource=arn, Tags=TAGS),
        ],
        "control: read": [
            of("mediastore", "describe_container", **named),
            of("mediastore", "get_container_policy", **named),
            of("mediastore", "get_cors_policy", **named),
            of("mediastore", "list_tags_for_resource", Resource=arn),
        ],
        "control: list": [of("mediastore", "list_containers")],
        "data: put 1 kB": [of("mediastore-data", "put_object", path, Path="b/k", Body=KILOBYTE)],
        "data: put 1 MB": [of("mediastore-data", "put_object", path, Path="b/m", Body=MEGABYTE)],
        "data: get 1 kB": [of("mediastore-data", "get_object", path, Path="b/k")],
        "data: get 1 MB": [of("mediastore-data", "get_object", path, Path="b/m")],
        "data: list 20,000": [of("mediastore-data", "list_items", path, Path="a")],
    }
    deny = {**POLICY["Statement"], "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::benchmark/*"}
    cors = {"CORSRules": [RULE]}
    version.send(of("s3", "create_bucket", **bucket))
    changes = [
        of("s3", "put_bucket_tagging", **bucket, Tagging={"TagSet": TAGS}),
        of("s3", "put_bucket_policy", **bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})),
        of("s3", "put_bucket_cors", **bucket, CORSConfiguration=cors),
        of("s3", "put_bucket_lifecycle_configuration", **bucket, LifecycleConfiguration=LIFECYCLE),
        of("s3", "put_bucket_metrics_configuration", **bucket, Id="all", MetricsConfiguration=METRICS),
    ]
    reads = ("location", "tagging", "policy", "cors", "lifecycle_configuration", "logging")
    return cases | {
        "s3: change": changes,
        "s3: read": [
            of("s3", "head_bucket", **bucket),
            of("s3", "get_public_access_block", **bucket),
            of("s3", "list_bucket_metrics_configurations", **bucket),
            *(of("s3", f"get_bucket_{name}", **bucket) for name in reads),
        ],
    }


def print_table(versions: list[Version]) -> None:
    """Print the figures of all versions."""
    print(f"{'':<20}", *(f"{version.name + ': a second':>20}{'ms':>8}" for version in versions), sep="")
    for case in versions[0].rates:
        cells = [f"{median(each.rates[case]):>20.0f}{median(each.costs[case]):>8.3f}" for each in versions]
        print(f"{case:<20}", *cells, sep="")
    print(f"{'memory, MB':<20}", *(f"{version.megabytes:>20.0f}{'':8}" for version in versions), sep="")


def print_aims(versions: list[Version]) -> None:
    """Print whether each kind of request is fast enough beside the first version."""
    first, *others = versions
    for other in others:
        for kind, least in LEAST[other.name].items():
            names = [case for case in first.rates if case.startswith(kind)]
            ratio = geometric_mean([median(other.rates[name]) / median(first.rates[name]) for name in names])
            costs = geometric_mean([median(first.costs[name]) / median(other.costs[name]) for name in names])
            text = f"{other.name}, {kind}: {ratio:.2f} of {first.name} a second, at least {least}"
            print(f"{'reached' if ratio >= least else 'NOT REACHED':<12} {text}; by processor time {costs:.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compare", type=Path, required=True, help="directory of another version of the collection")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each request in a round")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as data,
        Version("before", options.compare.resolve(), []) as before,
        Version("after", HERE, []) as after,
        Version("on disk", HERE, ["--data", data]) as on_disk,
    ):
        versions = [before, after, on_disk]
        cases = {version.name: cases_of(version, version.fill()) for version in versions}
        for number in range(options.rounds):
            for case in cases[before.name]:
                for version in versions if number % 2 else reversed(versions):
                    version.measure(case, cases[version.name][case], options.seconds)
        print_table(versions)
        print_aims(versions)


if __name__ == "__main__":
    main()
