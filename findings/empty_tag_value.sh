#!/usr/bin/env bash
# What: GetBucketTagging leaves out the Value of a tag whose value is empty.
# Version: moto 5.2.5; boto3 1.42.0 sends the requests.
# Amazon S3: Value is a required member of Tag, an empty one is <Value/> in the reply, so that boto3 returns "".
# Seen: PutBucketTagging with Value "" is accepted, and boto3 returns the tag without Value: {'Key': 'empty'}.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

directory=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$directory"' EXIT
cd "$directory"
python3 -m venv venv
venv/bin/pip install --quiet 'moto[s3]==5.2.5' flask flask-cors 'boto3==1.42.0'
port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
venv/bin/python -m moto.server --port "$port" >log 2>&1 &

venv/bin/python - "http://127.0.0.1:$port" <<'EOF'
import sys
import time

import boto3
from botocore.exceptions import EndpointConnectionError

keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "example"}
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", **keys)
for _ in range(300):
    try:
        s3.create_bucket(Bucket="example")
        break
    except EndpointConnectionError:
        time.sleep(0.2)
s3.put_bucket_tagging(Bucket="example", Tagging={"TagSet": [{"Key": "empty", "Value": ""}]})
tags = s3.get_bucket_tagging(Bucket="example")["TagSet"]
print(tags)
sys.exit(tags != [{"Key": "empty"}])
EOF
