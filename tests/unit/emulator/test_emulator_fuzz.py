# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""20,000 mutated requests on both planes: each gets a reply other than 5xx, or its connection is closed."""

from __future__ import annotations

import json
import random
import socket
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

REQUESTS = 20_000
SEED = 20251113
# The longest time to a reply, in seconds.
PATIENCE = 20
REGIONS = ("us-east-1", "us-gov-west-1", "cn-north-1")
NAMES = [f"name-{number}" for number in range(12)]
KEPT = ("kept-1", "kept-2")
POLICY = '{"Statement": []}'
CORS = [{"AllowedOrigins": ["*"], "AllowedHeaders": [], "AllowedMethods": ["GET"]}]
AGE = [{"numeric": [">", 30]}]
RULE = {"definition": {"path": [{"wildcard": "a*"}], "seconds_since_create": AGE}, "action": "EXPIRE"}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "ContainerPolicy": {"Policy": POLICY},
    "CorsPolicy": {"CorsPolicy": CORS},
    "LifecyclePolicy": {"LifecyclePolicy": json.dumps({"rules": [RULE]})},
    "MetricPolicy": {"MetricPolicy": {"ContainerLevelMetrics": "ENABLED"}},
}
ODD_VALUES: list[Any] = [
    *(None, True, 0, -1, 10**400, 1.5, float("nan"), float("inf")),
    *("", "x" * 300, "\ud800", "\x00", "é", "a b", "\n", "aws:x", "arn:aws:mediastore:::", "after:", "YWZ0ZXI6/w=="),
    *([], {}, [[]], [None] * 300, {"Key": None}),
]
ODD_HEADERS = [
    *((b"Range", value) for value in (b"bytes=" + b"9" * 5000 + b"-", b"bytes=0-0,5-6", b"\xff", b"bytes=-0", b"=")),
    *((b"Authorization", value) for value in (b"Bearer x", b"", b"AWS4-HMAC-SHA256 Credential=/", b"AWS K:s")),
    *((b"Content-Type", value) for value in (b"a b", b"\xe9", b"application/x-www-form-urlencoded")),
    *((b"x-amz-upload-availability", value) for value in (b"STREAMING", b"?")),
    *((b"Cache-Control", b"\xff\xfe"), (b"Expect", b"100-continue"), (b"x-amz-storage-class", b"x")),
    *((b"Accept-Encoding", b"gzip"), (b"X_A", b"1"), (b"X-A", b"x" * 9000)),
    *((b"Origin", value) for value in (b"https://a", b"null", b"", b"\xff", b"a, b")),
    *((b"Access-Control-Request-Method", value) for value in (b"GET", b"", b"\xff")),
    *((b"Access-Control-Request-Headers", value) for value in (b"x-a", b",", b"\xff", b"x," * 4000)),
    *((b"Connection", b"x"), (b"Content-Encoding", b"aws-chunked"), (b"Upgrade", b"h2c"), (b"Host_", b"y")),
]
ODD_QUERIES = [
    *(b"Path", b"Path=%FF", b"Path=a//b", b"Path=" + b"x" * 901, b"%", b"=", b"&&", b"?", b"acl", b"a=1&a=2"),
    *(b"MaxResults=x", b"MaxResults=-1", b"MaxResults=" + b"9" * 5000, b"NextToken=%00", b"NextToken=YWZ0ZXI6"),
    b"X-Amz-Credential=x",
]
ODD_PATHS = [
    *(b"/", b"//", b"/..", b"/%2e%2e/", b"/%", b"/%zz", b"/%00", b"/%ff", b"/a%2Fb", b"#f", b";p", b"\xe9"),
    b"/" + b"x/" * 20,
]
ODD_HEADS = [
    *(b"Content-Length: %s\r\n" % value for value in (b"x", b"-1", b"3", b"5, 5", b"99999999999", b"9" * 5000)),
    *(b"Transfer-Encoding: %s\r\n" % value for value in (b"chunked", b"x", b"")),
    *(b"no colon\r\n", b" folded\r\n", b"X: \x00\r\n", b"Host: y\r\n", b"\r\n", b"\n"),
    b"X: " + b"y" * 200_000 + b"\r\n",
]
METHODS = [b"GET", b"PUT", b"POST", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH", b"CONNECT", b"TRACE", b"get", b"X-Y"]


@dataclass
class Request:
    """One request; `call` is (operation, region, parameters) for the control plane."""

    method: bytes
    path: bytes
    body: bytes = b""
    query: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    call: tuple[str, str, dict[str, Any]] | None = None

    def head(self, framing):
        target = self.path + (b"?" + self.query if self.query else b"")
        lines = b"".join(b"%s: %s\r\n" % header for header in self.headers)
        return b"%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n" % (self.method, target, lines, framing)

    def message(self):
        return self.head(b"Content-Length: %d\r\n" % len(self.body)) + self.body


def signature(region):
    scope = f"EXAMPLEKEY/20260101/{region}/mediastore/aws4_request"
    return b"Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0".encode()


class Fuzzer:
    """Generates and sends requests, and records the containers in the replies."""

    def __init__(self, server):
        self.chance = random.Random(SEED)
        self.address = ("127.0.0.1", urllib.parse.urlsplit(server.url).port)
        self.connection = None
        self.arns = set()
        self.seen = {}
        self.endpoints = []

    def prepare(self):
        for name in KEPT:
            self.send(self.control("CreateContainer", "us-east-1", ContainerName=name))
            self.send(self.control("PutCorsPolicy", "us-east-1", ContainerName=name, CorsPolicy=CORS))
            answer = self.send(self.control("DescribeContainer", "us-east-1", ContainerName=name))
            self.endpoints.append(urllib.parse.urlsplit(json.loads(answer)["Container"]["Endpoint"]).path.encode())

    def control(self, operation, region, **parameters):
        target = (b"X-Amz-Target", f"MediaStore_20170901.{operation}".encode())
        body = json.dumps(parameters).encode()
        return Request(b"POST", b"/", body, headers=[target, signature(region)], call=(operation, region, parameters))

    def valid(self):
        return self.valid_call() if self.chance.random() < 0.6 else self.valid_object()

    def valid_call(self):
        choose = self.chance.choice
        region, name = choose(REGIONS), choose(NAMES)
        arn = min(self.arns) if self.chance.random() < 0.5 else "arn:aws:mediastore:us-east-1:123456789012:container/x"
        kind = choose(list(DOCUMENTS))
        operations: list[tuple[str, dict[str, Any]]] = [
            *[("CreateContainer", {"ContainerName": name, "Tags": [{"Key": "k", "Value": "v"}]})] * 3,
            *[("DeleteContainer", {"ContainerName": name})] * 2,
            ("DescribeContainer", {"ContainerName": name}),
            ("ListContainers", {"MaxResults": 2}),
            ("StartAccessLogging", {"ContainerName": name}),
            ("StopAccessLogging", {"ContainerName": name}),
            ("TagResource", {"Resource": arn, "Tags": [{"Key": "a", "Value": "b"}]}),
            ("UntagResource", {"Resource": arn, "TagKeys": ["a"]}),
            ("ListTagsForResource", {"Resource": arn}),
            *[(f"Put{kind}", {"ContainerName": name, **DOCUMENTS[kind]})] * 2,
            (f"Get{kind}", {"ContainerName": name}),
            (f"Delete{kind}", {"ContainerName": name}),
        ]
        operation, parameters = choose(operations)
        return self.control(operation, region, **parameters)

    def valid_object(self):
        choose = self.chance.choice
        endpoint = choose(self.endpoints)
        method = choose([b"PUT", b"PUT", b"GET", b"GET", b"HEAD", b"DELETE", b"OPTIONS"])
        path = endpoint + choose([b"/a", b"/b/c", b"/b/d=e:f", b"//a", b"/" + b"d/" * 10 + b"x"])
        body = self.chance.randbytes(20) if method == b"PUT" else b""
        headers = [signature("us-east-1")] if self.chance.random() < 0.5 else []
        if method == b"OPTIONS":
            headers += [(b"Origin", b"https://a"), (b"Access-Control-Request-Method", b"GET")]
        if method == b"GET" and self.chance.random() < 0.4:
            return Request(method, endpoint, query=choose([b"Path=b", b"MaxResults=1", b""]), headers=headers)
        if method == b"GET":
            headers.append((b"Range", choose([b"bytes=0-4", b"bytes=-1", b"bytes=50-", b"bytes=3-1"])))
        return Request(method, path, body, headers=headers)

    def mutate(self, request):
        choose = self.chance.choice
        kind = choose(["method", "path", "query", "headers", "unsigned", "body", "body", "flip"])
        if kind == "method":
            request.method = choose(METHODS)
        elif kind == "path":
            # The part that selects the plane is kept: a path of the data plane keeps its first letters.
            kept = (
                request.path[: self.chance.randrange(len(b"/mediastore_"), len(request.path) + 1)]
                if not request.call
                else b"/"
            )
            request.path = kept + choose(ODD_PATHS)
        elif kind == "query":
            request.query = b"&".join(filter(None, [request.query, choose(ODD_QUERIES)]))
        elif kind == "headers":
            odd = choose(ODD_HEADERS)
            request.headers = [header for header in request.headers if header[0] != odd[0]] + [odd]
        elif kind == "unsigned":
            request.headers = [header for header in request.headers if header[0] != b"Authorization"]
        elif kind == "flip" and request.body:
            body = bytearray(request.body)
            for _time in range(self.chance.randrange(1, 4)):
                body[self.chance.randrange(len(body))] = self.chance.randrange(256)
            request.body = bytes(body)
        elif kind == "body":
            self.mutate_body(request)

    def mutate_body(self, request):
        choose = self.chance.choice
        if not request.call:
            request.body = choose([b"", b"x" * 70_000, self.chance.randbytes(300)])
            return
        parameters, odd = request.call[2], choose(ODD_VALUES)
        strange = [odd, [odd], {"x": odd}, [{"Key": odd}], json.dumps({"Statement": odd})]
        parameters[choose([*parameters, "Unknown"])] = choose(strange)
        text = json.dumps(parameters).encode()
        request.body = choose([text, text, text, b"[" * 3000, text[:-1], b"\xff" + text, text.replace(b"}", b"}}")])

    def run(self):
        for _number in range(REQUESTS):
            request = self.valid()
            for _time in range(self.chance.choice([0, 1, 1, 2, 3])):
                self.mutate(request)
            if self.chance.random() < 0.1:
                self.send_alone(request)
            else:
                self.send(request)

    def send_alone(self, request):
        """Send a request whose framing is mutated, and read to the end of the connection."""
        body = request.body
        size = b"%x" % len(body)
        chunked = request.head(b"Transfer-Encoding: chunked\r\n")
        messages = [
            request.message()[: -self.chance.randrange(1, 60)],
            request.head(self.chance.choice(ODD_HEADS)) + body,
            chunked + b"%s\r\n%s\r\n0\r\n\r\n" % (size, body),
            chunked + b"%s;x=y\r\n%s\r\n0\r\nT: 1\r\n\r\n" % (size, body),
            chunked + b"%s\r\n%s0\r\n\r\n" % (size, body),
            chunked + b"-%s\r\n%s" % (size, body),
        ]
        with socket.create_connection(self.address, timeout=PATIENCE) as connection:
            connection.sendall(self.chance.choice(messages))
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        if answer:
            self.note(request, *self.parsed(answer, request.method))

    def send(self, request):
        """Send a request on the connection that stays open, and return the content of its reply."""
        if self.connection is None:
            self.connection = socket.create_connection(self.address, timeout=PATIENCE)
        self.connection.sendall(request.message())
        received = b""
        while not (complete := self.parsed(received, request.method)):
            more = self.connection.recv(65536)
            assert more, (request, received)
            received += more
        status, headers, content = complete
        if headers.get(b"connection") == b"close":
            self.connection.close()
            self.connection = None
        self.note(request, status, headers, content)
        return content

    @staticmethod
    def parsed(received, method=b"GET"):
        """Return (status, headers, content) of the first complete reply in bytes, None if it is incomplete."""
        if received.startswith(b"HTTP/1.1 100 "):
            received = received.partition(b"\r\n\r\n")[2]
        head, blank, rest = received.partition(b"\r\n\r\n")
        if not blank:
            return None
        first, *lines = head.split(b"\r\n")
        headers = {name.lower(): value for name, _colon, value in (line.partition(b": ") for line in lines)}
        length = 0 if method == b"HEAD" else int(headers[b"content-length"])
        return (int(first.split()[1]), headers, rest[:length]) if len(rest) >= length else None

    def note(self, request, status, headers, content):
        assert 200 <= status < 500, (request, status, content)
        self.seen[status] = self.seen.get(status, 0) + 1
        if status != 200 or not request.call or b"application/x-amz-json-1.1" not in headers.get(b"content-type", b""):
            return
        operation, region, _parameters = request.call
        if operation == "CreateContainer":
            self.arns.add(json.loads(content)["Container"]["ARN"])
        elif operation == "DeleteContainer":
            suffix = f":{region}:123456789012:container/{json.loads(request.body)['ContainerName']}"
            self.arns -= {arn for arn in self.arns if arn.endswith(suffix)}


def test_mutated_requests(emulator, connect):
    fuzzer = Fuzzer(emulator)
    fuzzer.prepare()
    fuzzer.run()
    kept = {
        container["ARN"]
        for region in REGIONS
        for page in connect(region=region).get_paginator("list_containers").paginate()
        for container in page["Containers"]
    }
    assert kept == fuzzer.arns
    # The requests had every kind of reply: success, error of either plane, not found, invalid HTTP.
    assert {200, 206, 400, 403, 404, 413, 416, 431} <= set(fuzzer.seen)
    assert fuzzer.seen[200] > REQUESTS / 5
