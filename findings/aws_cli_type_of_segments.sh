#!/usr/bin/env bash
# What: `aws s3 cp` uploads the segments of a channel with a content type that depends on the machine.
# Versions: awscli 1.46.3, moto 5.2.5; /etc/mime.types of the package media-types 10.0.0, which Debian 12 installs.
# Players need: video/mp2t for .ts (RFC 8216, section 3.2), video/mp4 for .cmfv (ISO/IEC 23000-19).
# Seen: 1.ts text/vnd.trolltech.linguist, and 1.cmfv binary/octet-stream; without that file, both are the latter.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

grep -q '^text/vnd.trolltech.linguist.*ts$' /etc/mime.types || { echo "install the package media-types" >&2; exit 1; }
directory=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$directory"' EXIT
cd "$directory"
python3 -m venv venv
venv/bin/pip install --quiet 'awscli==1.46.3' 'moto[s3]==5.2.5' flask flask-cors
port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
venv/bin/python -m moto.server --port "$port" >log 2>&1 &
export AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_DEFAULT_REGION=us-east-1 HOME="$directory"
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=example

mkdir channel
printf 'segment' | tee channel/1.ts >channel/1.cmfv
for _ in 1 2 3 4 5 6 7 8 9 10; do
  venv/bin/aws s3 mb s3://example >mb.log 2>&1 && break
  sleep 1
done
venv/bin/aws s3 cp --recursive --quiet channel s3://example
for name in 1.ts 1.cmfv; do
  echo "$name $(venv/bin/aws s3api head-object --bucket example --key $name --query ContentType --output text)"
done | tee types
printf '1.ts text/vnd.trolltech.linguist\n1.cmfv binary/octet-stream\n' | diff - types
