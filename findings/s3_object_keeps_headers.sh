#!/usr/bin/env bash
# What: amazon.aws.s3_object does not change the content type and the cache control of an object whose content is equal.
# Versions: ansible 12.3.0, which includes amazon.aws 10.1.2; boto3 1.42.0 sends the requests to moto 5.2.5.
# Expected: a task that declares other headers than the object has changes the object, and reports it.
# Seen: the task is "ok", and HeadObject returns the headers of the first task: text/plain max-age=6
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

directory=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$directory"' EXIT
cd "$directory"
python3 -m venv venv
venv/bin/pip install --quiet 'ansible==12.3.0' 'boto3==1.42.0' 'moto[s3]==5.2.5' flask flask-cors
port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
venv/bin/python -m moto.server --port "$port" >log 2>&1 &
export AWS_URL="http://127.0.0.1:$port" AWS_REGION=us-east-1 HOME="$directory"
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=example ANSIBLE_LOCALHOST_WARNING=false

cat >playbook.yml <<'END'
- hosts: localhost
  gather_facts: false
  module_defaults:
    amazon.aws.s3_object: {mode: put, bucket: example, object: status, content: on air}
  tasks:
    - ansible.builtin.wait_for: {port: "{{ lookup('env', 'AWS_URL') | urlsplit('port') }}"}
    - amazon.aws.s3_bucket: {name: example}
    - amazon.aws.s3_object: {headers: {ContentType: text/plain, CacheControl: max-age=6}}
    - amazon.aws.s3_object: {headers: {ContentType: text/html, CacheControl: max-age=60}}
      register: second
    - ansible.builtin.assert: {that: second is not changed}
END
venv/bin/ansible-playbook playbook.yml >play.log 2>&1 || { cat play.log; exit 1; }

venv/bin/python - <<'END'
import os
import sys

import boto3

s3 = boto3.client("s3", endpoint_url=os.environ["AWS_URL"], region_name="us-east-1")
head = s3.head_object(Bucket="example", Key="status")
print(head["ContentType"], head["CacheControl"])
sys.exit((head["ContentType"], head["CacheControl"]) != ("text/plain", "max-age=6"))
END
