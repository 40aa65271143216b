# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create or delete many containers with boto3: the modules would take a minute.

The first container gets everything that can be attached to it, the others remain as the service creates them.
"""

from __future__ import annotations

import json
import sys

import boto3

action, seed = sys.argv[1], json.loads(sys.argv[2])
client = boto3.client(
    "mediastore",
    endpoint_url=seed["endpoint"],
    region_name=seed["region"],
    aws_access_key_id=seed["access_key"],
    aws_secret_access_key=seed["secret_key"],
)
if action == "delete":
    for name in seed["names"]:
        try:
            client.delete_container(ContainerName=name)
        except client.exceptions.ContainerNotFoundException:
            continue
else:
    for name in seed["names"]:
        client.create_container(ContainerName=name)
    first = seed["names"][0]
    arn = client.describe_container(ContainerName=first)["Container"]["ARN"]
    client.tag_resource(Resource=arn, Tags=[{"Key": key, "Value": value} for key, value in seed["tags"].items()])
    client.start_access_logging(ContainerName=first)
    client.put_container_policy(ContainerName=first, Policy=json.dumps(seed["policy"]))
    client.put_cors_policy(ContainerName=first, CorsPolicy=seed["cors"])
    client.put_lifecycle_policy(ContainerName=first, LifecyclePolicy=json.dumps(seed["lifecycle"]))
    client.put_metric_policy(ContainerName=first, MetricPolicy=seed["metric"])
