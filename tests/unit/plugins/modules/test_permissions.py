# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide to permissions lists the actions that each module needs, and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ansible_collections.elemental.mediastore.tests.unit import policy_cases, samples

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "docsite" / "rst" / "guide_permissions.rst"
TEXT = GUIDE.read_text()
BLOCKS = re.findall(r"\.\. code-block:: json\n\n((?:  .*\n)+)", TEXT)
STATEMENTS, S3_STATEMENTS = (json.loads(block)["Statement"] for block in BLOCKS)
ROW = re.compile(r" +\* - .*`(mediastore_\w+) <.*\n +- (.*(?:\n {7}.*)*)\n +- (.*(?:\n {7}.*)*)\n")
ACTIONS = {
    item["Sid"]: {action.partition(":")[2] for action in item["Action"]} for item in (*STATEMENTS, *S3_STATEMENTS)
}
# Operations of S3 whose action has another name, by hand from the API Reference, "Permissions" of each operation.
S3_ACTIONS = {
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}


def actions(cell):
    """Return the actions that a cell of the table names; the Sid of a statement names all actions of the statement."""
    return set().union(*(ACTIONS.get(name, {name}) for name in re.findall(r"``(\w+)``", cell)))


def sent(calls):
    """Return the actions that requests need; GetCallerIdentity needs none."""
    return {S3_ACTIONS.get(name, name) for name in calls.names if name != "GetCallerIdentity"}


PERMISSIONS = {module: (actions(reads), actions(changes)) for module, reads, changes in ROW.findall(TEXT)}

POLICY = policy_cases.policy()
RULES = [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]
LIFECYCLE = samples.lifecycle([{"prefix": "a"}], ("days", ">", 1))
DOCUMENTS = {
    "mediastore_container_policy": {"policy": POLICY},
    "mediastore_cors_policy": {"rules": RULES},
    "mediastore_lifecycle_policy": {"policy": LIFECYCLE},
    "mediastore_metric_policy": {"container_level_metrics": True},
}
OBJECT = {"container": "live", "path": "news/index.m3u8"}
FOLDER = {"container": "live", "path": "news"}
UPLOADED = {**FOLDER, "src": str(GUIDE.parents[3] / "meta")}
TAGS = [{"tags": {"a": "1"}, "access_logging_enabled": True}, {"tags": {"b": "1"}, "access_logging_enabled": False}]
ABSENT = {"state": "absent"}
ENTRIES = [
    {"policy": POLICY, "cors_policy": RULES, "lifecycle_policy": LIFECYCLE},
    {"metric_policy": {"container_level_metrics": True}},
    {"policy": {}, "cors_policy": [], "lifecycle_policy": {}, "metric_policy": {}},
]


def named(options):
    return {"name": "live", **options}


# Tasks that, one after the other, use everything that a module can do.
TASKS = {
    "mediastore_container": [named(options) for options in (*TAGS, {**ABSENT, "delete_objects": True, "diff": True})],
    **{module: [named(options), named(ABSENT)] for module, options in DOCUMENTS.items()},
    "mediastore_containers": [
        {"containers": [named(entry)], "max_concurrency": concurrency}
        for entry, concurrency in zip(
            [*TAGS, *ENTRIES, {**ABSENT, "delete_objects": True}], [1, 2, 2, 2, 2, 2], strict=True
        )
    ],
    "mediastore_container_info": [{"include": ["all"]}, {"names": ["live"]}],
    "mediastore_object": [
        *[{**OBJECT, "content": "#EXTM3U"}] * 2,
        {**OBJECT, "state": "fetched", "dest": "index.m3u8"},
        {**OBJECT, **ABSENT},
    ],
    "mediastore_objects": [
        UPLOADED,
        {**UPLOADED, "content_types": {".yml": "text/plain"}},
        {**FOLDER, "state": "fetched", "dest": "news"},
        {**FOLDER, **ABSENT},
    ],
    "mediastore_object_info": [FOLDER, {"container": "live", "include": ["cache_control", "sha256"]}],
    "mediastore_s3_buckets": [
        {"containers": [named({"bucket": "permissions-live", "public": True, **entry})]}
        for entry in (
            {},
            {"tags": {"a": "1"}, "access_logging_enabled": False, **ENTRIES[0], **ENTRIES[1]},
            {"tags": {}, "access_logging_enabled": True, "log_bucket": "permissions-logs", **ENTRIES[2]},
        )
    ],
}


def test_every_module_is_in_the_table():
    modules = Path(__file__).resolve().parents[4] / "plugins" / "modules"
    assert PERMISSIONS.keys() == TASKS.keys() == {path.stem for path in modules.glob("*.py")}


def test_the_policy_allows_actions_of_mediastore_on_containers():
    container = "arn:aws:mediastore:us-east-1:123456789012:container/*"
    assert {item["Effect"] for item in STATEMENTS} == {"Allow"}
    assert all(action.startswith("mediastore:") for item in STATEMENTS for action in item["Action"])
    assert [item["Resource"] for item in STATEMENTS] == ["*", *[container] * 4]


def test_the_policy_for_buckets_allows_actions_of_s3_on_buckets():
    assert {item["Effect"] for item in S3_STATEMENTS} == {"Allow"}
    assert all(action.startswith("s3:") for item in S3_STATEMENTS for action in item["Action"])
    assert {item["Resource"] for item in S3_STATEMENTS} == {"arn:aws:s3:::example-*"}


@pytest.fixture
def log_bucket(emulator):
    """A bucket to which S3 may write access logs."""
    client = samples.session().client("s3", endpoint_url=emulator.url)
    client.create_bucket(Bucket="permissions-logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::permissions-logs/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    client.put_bucket_policy(Bucket="permissions-logs", Policy=json.dumps(policy))


def upload(client):
    """Upload an object to each container, so that a deletion also deletes objects."""
    for container in client.list_containers()["Containers"]:
        data = samples.session().client("mediastore-data", endpoint_url=container["Endpoint"])
        data.put_object(Path="index.m3u8", Body=b"#EXTM3U")


@pytest.mark.usefixtures("log_bucket")
@pytest.mark.parametrize("module", TASKS)
def test_the_table_names_what_a_module_sends(run, client, emulator, calls, module, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    if module not in ("mediastore_container", "mediastore_containers"):
        client.create_container(ContainerName="live")
    read, changed = set(), set()
    for options in TASKS[module]:
        upload(client)
        calls()
        assert not run(module, check=True, **options).get("failed")
        read |= sent(calls())
        emulator.faults({"operation": "DeleteContainer", "kind": "in_use"})
        assert not run(module, **options).get("failed")
        changed |= sent(calls())
    assert PERMISSIONS[module] == (read, changed - read)
