#!/usr/bin/env bash
# What: a request for metrics configurations of a bucket is one for the bucket itself.
# Versions: moto 5.2.5, ministack 1.5.33; boto3 1.42.0 sends the requests.
# Amazon S3: GetBucketMetricsConfiguration of a bucket without configurations answers 404, PutBucketMetricsConfiguration
# stores one, and DeleteBucketMetricsConfiguration removes one, or answers 404.
# Seen on both servers: GET answers the listing of the bucket, PUT answers 200 and stores nothing, and DELETE
# answers 204 and deletes the empty bucket.
# Exits with 0 while this is so, and with 1 if a server does something else.
set -euo pipefail

directory=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$directory"' EXIT
cd "$directory"

cat >look.py <<'EOF'
import sys
import time

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError

name, url = sys.argv[1:]
keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "example"}
s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
bodies = []
s3.meta.events.register("before-parse.s3", lambda response_dict, **_: bodies.append(response_dict["body"]))


def ask(operation, **arguments):
    try:
        return getattr(s3, operation)(Bucket="example", **arguments)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


for _ in range(300):
    try:
        s3.create_bucket(Bucket="example")
        break
    except EndpointConnectionError:
        time.sleep(0.2)
whole = {"Id": "EntireBucket"}
seen = {"get": ask("get_bucket_metrics_configuration", **whole), "listing": b"<ListBucketResult" in bodies[-1]}
seen["put"] = ask("put_bucket_metrics_configuration", **whole, MetricsConfiguration=whole)
seen["stored"] = b"EntireBucket" in (ask("get_bucket_metrics_configuration", **whole), bodies[-1])[1]
seen["delete"] = ask("delete_bucket_metrics_configuration", **whole)
seen["bucket"] = ask("head_bucket")
print(name, seen)
expected = {"get": 200, "listing": True, "stored": False, "delete": 204, "bucket": 404}
sys.exit({key: seen[key] for key in expected} != expected)
EOF

install() {
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet "${@:2}"
}

install client 'boto3==1.42.0'
install moto 'moto[s3]==5.2.5' flask flask-cors
install ministack 'ministack==1.5.33'
changed=0
for package in moto ministack; do
  port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
  server=(ministack)
  if [[ $package == moto ]]; then server=(moto.server --port "$port"); fi
  BIND_HOST=127.0.0.1 GATEWAY_PORT=$port "$package/bin/python" -m "${server[@]}" >"$package.log" 2>&1 &
  client/bin/python look.py "$package" "http://127.0.0.1:$port" || changed=1
done
exit "$changed"
