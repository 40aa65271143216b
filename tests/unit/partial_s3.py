# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of S3 that implements only some aspects of buckets, as servers do that others than AWS wrote."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SUB_RESOURCES = {
    "public_access_block": "publicAccessBlock",
    "policy": "policy",
    "tags": "tagging",
    "cors": "cors",
    "lifecycle": "lifecycle",
    "metrics": "metrics",
    "logging": "logging",
}
NOT_FOUND = {
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "policy": "NoSuchBucketPolicy",
    "tagging": "NoSuchTagSet",
    "cors": "NoSuchCORSConfiguration",
    "lifecycle": "NoSuchLifecycleConfiguration",
}
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:root</Arn>"
    "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
LISTING = "<ListBucketResult><Name>example-live</Name><Contents><Key>object</Key></Contents></ListBucketResult>"


class PartialS3:
    """A server with the bucket example-live, which has one object; it takes a sub-resource for the bucket.

    - implemented: the aspects that it implements, keys of SUB_RESOURCES
    - replies: (status, body) instead, by method and sub-resource, such as ("GET", "policy"), or ("POST", "") for STS
    - requests: what was sent: method, bucket, and sub-resource
    """

    def __init__(self, *implemented: str) -> None:
        self.implemented = {SUB_RESOURCES[aspect] for aspect in implemented}
        self.replies: dict[tuple[str, str], tuple[int, str]] = {("POST", ""): (200, IDENTITY)}
        self.buckets: dict[str, dict[str, str]] = {"example-live": {}}
        self.requests: list[tuple[str, str, str]] = []
        methods = {f"do_{method}": _Handler.serve for method in ("GET", "PUT", "DELETE", "HEAD", "POST")}
        handler = type("Handler", (_Handler,), {"s3": self, **methods})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> PartialS3:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reply(self, method: str, bucket: str, query: dict[str, list[str]], body: str) -> tuple[int, str]:
        """Return the status and the body of a reply."""
        sub_resource = next((name for name in SUB_RESOURCES.values() if name in query), "")
        self.requests.append((method, bucket, sub_resource))
        if (method, sub_resource) in self.replies:
            return self.replies[method, sub_resource]
        if bucket not in self.buckets and method != "PUT":
            return _error(404, "NoSuchBucket")
        if sub_resource in self.implemented and bucket in self.buckets:
            return self._document(method, self.buckets[bucket], sub_resource, query.get("id", [""])[0], body)
        if method == "PUT":
            self.buckets.setdefault(bucket, {})
        elif method == "DELETE":
            del self.buckets[bucket]
            return 204, ""
        return 200, LISTING if method == "GET" else ""

    def _document(
        self, method: str, stored: dict[str, str], sub_resource: str, identifier: str, body: str
    ) -> tuple[int, str]:
        if method == "PUT":
            stored[sub_resource + identifier] = body
            return 200, ""
        if method == "DELETE":
            stored.pop(sub_resource + identifier, None)
            return 204, ""
        if sub_resource == "metrics":
            listed = "".join(text for name, text in stored.items() if name.startswith("metrics"))
            return 200, f"<ListMetricsConfigurationsResult>{listed}</ListMetricsConfigurationsResult>"
        if sub_resource == "logging":
            return 200, stored.get("logging", "<BucketLoggingStatus/>")
        return (200, stored[sub_resource]) if sub_resource in stored else _error(404, NOT_FOUND[sub_resource])


def _error(status: int, code: str) -> tuple[int, str]:
    return status, f"<Error><Code>{code}</Code><Message>text</Message></Error>"


class _Handler(BaseHTTPRequestHandler):
    s3: PartialS3
    protocol_version = "HTTP/1.1"

    def serve(self) -> None:
        """Serve one request."""
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        query = parse_qs(address.query, keep_blank_values=True)
        status, text = self.s3.reply(self.command, address.path.strip("/"), query, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    def log_message(self, *text: object) -> None:
        """Write nothing."""
