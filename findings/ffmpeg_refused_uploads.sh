#!/usr/bin/env bash
# What: the HLS muxer of ffmpeg does not report that a server refuses its uploads.
# Version: ffmpeg 9.0.2 of the package imageio-ffmpeg 0.8.1; 5.1.9 of Debian 12 does the same.
# Expected: a message, as for a file in a directory that does not exist: "Failed to open file".
# Seen: the server answers each PUT with 403; ffmpeg prints nothing at the log level error, and its exit status is 0.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
python3 -m venv venv
venv/bin/pip install --quiet 'imageio-ffmpeg==0.8.1'

venv/bin/python - <<'EOF'
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import imageio_ffmpeg

refused = []


class Refuse(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        while size := int(self.rfile.readline(), 16):
            self.rfile.read(size + 2)
        refused.append(self.path)
        self.send_error(403)

    def log_message(self, *_arguments):
        pass


class Server(HTTPServer):
    def handle_error(self, *_arguments):  # ffmpeg closes the connection without reading the reply
        pass


with Server(("127.0.0.1", 0), Refuse) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    picture = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10", "-t", "3", "-pix_fmt", "yuv420p", "-c:v", "libx264"]
    output = ["-f", "hls", "-method", "PUT", f"http://127.0.0.1:{server.server_port}/index.m3u8"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", *picture, *output]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    server.shutdown()
print(f"refused {refused}; exit status {done.returncode}, output {done.stdout + done.stderr!r}")
is_silent = (done.returncode, done.stdout, done.stderr) == (0, "", "")
sys.exit(not (is_silent and {"/index0.ts", "/index.m3u8"} <= set(refused)))
EOF
