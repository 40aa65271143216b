# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulator with a data directory that is killed at random times, while several clients change what it keeps.

After each kill, the next start must have every change that was acknowledged, and of one that was not either all or
nothing. STATEFUL_KILLS is the number of kills, by default 5, and 50 with STATEFUL_MINUTES. STATEFUL_SEED sets the
changes and the times; the seed is printed.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

import mediastore_emulator

SOURCE = Path(mediastore_emulator.__file__).parents[1]
CLIENTS = 4
# A kill comes between these, in seconds after the emulator responds, or after its process has begun.
SOONEST, LATEST = 0.01, 0.4
DURING_START = 0.2
OBJECT_SIZES = [0, 10, 5_000, 300_000]


class RefusedError(Exception):
    """A request that was refused."""


class Client:
    """One client, whose containers and objects no other changes, so it knows what they must be.

    `known` are values by what has them, such as ("object", container, path); None is absent. While a request is
    running, `pending` are the values that it leads to.
    """

    def __init__(self, number, chance):
        self.number = number
        self.chance = chance
        self.known = {}
        self.pending = {}
        self.acknowledged = 0

    def connect(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def send(self, method, path, body=b"", headers=None):
        """Return the status and the body of a reply; raises an exception if the emulator is killed before."""
        self._connection.request(method, path, body, headers or {})
        reply = self._connection.getresponse()
        return reply.status, reply.read()

    def control(self, operation, **parameters):
        """Return the reply of an operation of the control plane, None if what it needs does not exist."""
        credential = "Credential=EXAMPLEKEY/20260101/us-east-1/mediastore/aws4_request"
        headers = {
            "X-Amz-Target": f"MediaStore_20170901.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0",
        }
        status, body = self.send("POST", "/", json.dumps(parameters), headers)
        reply = json.loads(body)
        if status == 200:
            return reply
        if reply["__type"].endswith("NotFoundException"):
            return None
        raise RefusedError(body)

    def data(self, method, container, path, body=b""):
        """Return the body of the reply at the endpoint of a container, None if the object does not exist."""
        endpoint = self.control("DescribeContainer", ContainerName=container)["Container"]["Endpoint"]
        status, reply = self.send(method, f"{urllib.parse.urlsplit(endpoint).path}/{path}", body)
        if status not in (200, 404):
            raise RefusedError(reply)
        return reply if status == 200 else None

    def change(self, sent, values):
        """Send a request by a function; `values` are what it leads to."""
        self.pending = values
        sent()
        self.known |= values
        self.pending = {}
        self.acknowledged += 1

    def step(self):
        """Make one random change."""
        container = f"client-{self.number}-{self.chance.randrange(3)}"
        if self.known.get(("container", container)) is None:
            tags = {"made": str(self.chance.random())}
            given = [{"Key": key, "Value": value} for key, value in tags.items()]
            new = {("container", container): True, ("tags", container): tags, ("logging", container): False}
            self.change(lambda: self.control("CreateContainer", ContainerName=container, Tags=given), new)
            return
        self.chance.choice(
            [self.put, self.put, self.put, self.put, self.delete, self.tag, self.log, self.cors, self.drop]
        )(container)

    def put(self, container):
        path = f"folder/{self.chance.randrange(8)}"
        body = self.chance.randbytes(self.chance.choice(OBJECT_SIZES))
        digest = hashlib.sha256(body).hexdigest()
        self.change(lambda: self.data("PUT", container, path, body), {("object", container, path): digest})

    def delete(self, container):
        path = f"folder/{self.chance.randrange(8)}"
        self.change(lambda: self.data("DELETE", container, path), {("object", container, path): None})

    def tag(self, container):
        tags = {f"key-{self.chance.randrange(3)}": str(self.chance.random()) for _number in range(3)}
        given = [{"Key": key, "Value": value} for key, value in tags.items()]
        arn = f"arn:aws:mediastore:us-east-1:123456789012:container/{container}"
        merged = {**self.known["tags", container], **tags}
        self.change(lambda: self.control("TagResource", Resource=arn, Tags=given), {("tags", container): merged})

    def log(self, container):
        enabled = self.chance.random() < 0.5
        operation = "StartAccessLogging" if enabled else "StopAccessLogging"
        self.change(lambda: self.control(operation, ContainerName=container), {("logging", container): enabled})

    def cors(self, container):
        origins = [f"https://{self.chance.random()}.example.com" for _number in range(self.chance.randrange(4))]
        rules = [{"AllowedOrigins": origins, "AllowedHeaders": ["*"], "AllowedMethods": ["GET"]}] if origins else None
        self.change(
            lambda: (
                self.control("PutCorsPolicy", ContainerName=container, CorsPolicy=rules)
                if rules
                else self.control("DeleteCorsPolicy", ContainerName=container)
            ),
            {("cors", container): rules},
        )

    def drop(self, container):
        """Delete a container, with its objects before."""
        for kind, *rest in list(self.known):
            if kind == "object" and rest[0] == container and self.known["object", *rest]:
                path = rest[1]
                self.change(lambda path=path: self.data("DELETE", container, path), {("object", container, path): None})
        gone = dict.fromkeys([key for key in self.known if key[1] == container])
        self.change(lambda: self.control("DeleteContainer", ContainerName=container), gone)

    def run(self):
        """Make changes until the emulator is killed."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            while True:
                self.step()

    def actual(self, kind, container, *path):
        """Return the value that the emulator has for a key of `known`."""
        described = self.control("DescribeContainer", ContainerName=container)
        if described is None:
            return None
        if kind == "container":
            return True
        if kind == "logging":
            return described["Container"]["AccessLoggingEnabled"]
        if kind == "tags":
            tags = self.control("ListTagsForResource", Resource=described["Container"]["ARN"])["Tags"]
            return {tag["Key"]: tag["Value"] for tag in tags}
        if kind == "cors":
            found = self.control("GetCorsPolicy", ContainerName=container)
            return found and found["CorsPolicy"]
        body = self.data("GET", container, path[0])
        return None if body is None else hashlib.sha256(body).hexdigest()

    def verify(self):
        """Compare with what the emulator has; a change that was not acknowledged has taken place or has not."""
        found = {key: self.actual(*key) for key in {**self.known, **self.pending}}
        without = {key: self.known.get(key) for key in found}
        assert found in (without, {**without, **self.pending})
        self.known, self.pending = found, {}


def start(directory):
    """Start an emulator; return its process."""
    command = [sys.executable, "-m", "mediastore_emulator", "--port=0", "--services=", f"--data={directory}"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def port_of(process):
    """Return the port of an emulator, once it responds."""
    line = process.stdout.readline()
    assert "listening" in line
    return int(re.search(r":(\d+)$", line)[1])


def kill(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_killed_emulator_has_every_acknowledged_change_and_no_half_one(tmp_path):
    seed = int(os.environ.get("STATEFUL_SEED") or random.SystemRandom().randrange(2**32))
    kills = int(os.environ.get("STATEFUL_KILLS") or (50 if "STATEFUL_MINUTES" in os.environ else 5))
    print(f"\nSTATEFUL_SEED={seed}", flush=True)
    chance = random.Random(seed)
    clients = [Client(number, random.Random(chance.random())) for number in range(CLIENTS)]
    directory = tmp_path / "data"
    for _number in range(kills):
        if chance.random() < DURING_START:
            starting = start(directory)
            time.sleep(chance.uniform(SOONEST, LATEST))
            kill(starting)
        process = start(directory)
        try:
            port = port_of(process)
            for client in clients:
                client.connect(port)
                client.verify()
                # The first request of a process takes longer, because it loads the models of botocore.
                client.step()
            threads = [threading.Thread(target=client.run) for client in clients]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(SOONEST, LATEST))
        finally:
            kill(process)
        for thread in threads:
            thread.join()
    process = start(directory)
    try:
        port = port_of(process)
        for client in clients:
            client.connect(port)
            client.verify()
    finally:
        kill(process)
    objects = [value for client in clients for key, value in client.known.items() if key[0] == "object" and value]
    assert len(os.listdir(directory / "objects")) == len(objects)
    acknowledged = sum(client.acknowledged for client in clients)
    print(f"{kills} kills, {acknowledged} acknowledged changes, {len(objects)} objects at the end")
    assert acknowledged >= kills * CLIENTS
