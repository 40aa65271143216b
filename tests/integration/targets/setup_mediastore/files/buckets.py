# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read, create or delete buckets with boto3, the reference for what the module has stored.

`read` prints a bucket's documents by the keys of the module's results, null where the bucket has none; `log` creates a
bucket that takes access logs; `delete` removes buckets.
"""

from __future__ import annotations

import json
import sys

import boto3
from botocore.exceptions import ClientError

action, connection, *names = sys.argv[1], json.loads(sys.argv[2]), *sys.argv[3:]
client = boto3.client(
    "s3",
    endpoint_url=connection["endpoint_url"],
    region_name=connection["region"],
    aws_access_key_id=connection["access_key"],
    aws_secret_access_key=connection["secret_key"],
)


def document(operation, member, name):
    """Return a member of the reply of an operation, None if the bucket has no such document."""
    try:
        return getattr(client, operation)(Bucket=name).get(member)
    except ClientError as error:
        if error.response["Error"]["Code"].startswith("NoSuch"):
            return None
        raise


def read(name):
    policy = document("get_bucket_policy", "Policy", name)
    tags = document("get_bucket_tagging", "TagSet", name)
    metrics = document("list_bucket_metrics_configurations", "MetricsConfigurationList", name)
    return {
        "policy": policy and json.loads(policy),
        "tags": tags and {tag["Key"]: tag["Value"] for tag in tags},
        "public_access_block": document("get_public_access_block", "PublicAccessBlockConfiguration", name),
        "cors": document("get_bucket_cors", "CORSRules", name),
        "lifecycle": document("get_bucket_lifecycle_configuration", "Rules", name),
        "metrics": metrics or None,
        "logging": document("get_bucket_logging", "LoggingEnabled", name),
    }


def make_log_bucket(name):
    client.create_bucket(Bucket=name)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    client.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def delete(name):
    try:
        # The emulator delivers access logs to the bucket for logs.
        for item in client.list_objects_v2(Bucket=name).get("Contents", []):
            client.delete_object(Bucket=name, Key=item["Key"])
        # moto keeps the tags of a deleted bucket for the next one of the same name.
        client.delete_bucket_tagging(Bucket=name)
        client.delete_bucket(Bucket=name)
    except client.exceptions.NoSuchBucket:
        return


print(json.dumps([{"read": read, "log": make_log_bucket, "delete": delete}[action](name) for name in names]))
