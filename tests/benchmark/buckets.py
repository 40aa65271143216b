# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mediastore_s3_buckets costs for many containers, beside a loop over the modules of amazon.aws and community.aws.

`benchmark.py` runs this; it prints a table like its own. Each bucket gets all that a container can declare. The
loop makes the same buckets: the task must find nothing to change in them. A new bucket of AWS has its ACLs disabled,
and s3_logging, which adds a grant to the ACL of the log bucket, fails; the emulator accepts the grant.

The last line counts the tasks that tell in check mode what they would change while no bucket exists.
"""

from __future__ import annotations

import argparse
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from benchmark import CONCURRENCY, COUNT, HEAD, Benchmark, Case, DelayedServer, declared, middle

LOOPED = 5
STEPS = ("created", "converged")
ALL_CHANGES = 9  # of a bucket: create, public access, policy, tags, CORS, lifecycle, two of metrics, logging
LOOP_CHANGES = ALL_CHANGES - 1  # S3 itself blocks public access to a new bucket: s3_bucket reads that first
DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE"
LOGS = "benchmark-logs"
BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
TASK = {
    "elemental.mediastore.mediastore_s3_buckets": {
        "containers": "{{ declared }}",
        "cloudfront_distribution": DISTRIBUTION,
        "log_bucket": LOGS,
        "max_concurrency": CONCURRENCY,
    }
}
NAME = {"name": "{{ item.name }}", "state": "present"}
METRICS = {"bucket_name": "{{ item.name }}", "state": "present"}
RULE = {"allowed_origins": ["https://player.example.com"], "allowed_methods": ["GET", "HEAD"], "max_age_seconds": 600}
LOOP: list[tuple[str, dict[str, Any]]] = [
    (
        "amazon.aws.s3_bucket",
        {
            **NAME,
            "policy": "{{ item.policy }}",
            "tags": "{{ item.tags }}",
            "public_access": dict.fromkeys(BLOCKS, True),
        },
    ),
    ("community.aws.s3_cors", {**NAME, "rules": [RULE]}),
    (
        "community.aws.s3_lifecycle",
        {**NAME, "rule_id": "mediastore-1-1", "prefix": "recordings/", "expiration_days": 31},
    ),
    ("community.aws.s3_metrics_configuration", {**METRICS, "id": "EntireBucket"}),
    ("community.aws.s3_metrics_configuration", {**METRICS, "id": "recordings", "filter_prefix": "recordings/"}),
    ("community.aws.s3_logging", {**NAME, "target_bucket": LOGS, "target_prefix": "{{ item.name }}/"}),
]


class Buckets(Benchmark):
    """Makes buckets of S3 that replace the containers of the other parts."""

    def empty(self) -> None:
        """Remove all buckets, and create the one for logs."""
        urllib.request.urlopen(urllib.request.Request(f"{self.server.url}/moto-api/reset", method="POST")).close()
        self.play({"amazon.aws.s3_bucket": {"name": LOGS, "policy": log_policy()}})

    def together(self, count: int) -> dict[str, Case]:
        """Create the buckets in one task, and converge them again."""
        self.empty()
        containers = logged(count)
        cases = (self.record(writes, TASK, declared=containers) for writes in (ALL_CHANGES * count, 0))
        return dict(zip(STEPS, cases, strict=True))

    def one_by_one(self, count: int) -> dict[str, Case]:
        """Do the same with the modules for one bucket."""
        self.empty()
        containers, tasks = buckets(count), looped()
        # The grant in the ACL of the log bucket is one more change.
        cases = (self.record(writes, *tasks, declared=containers) for writes in (LOOP_CHANGES * count + 1, 0))
        steps = dict(zip(STEPS, cases, strict=True))
        self.record(0, TASK, declared=logged(count))
        return steps

    def predicted(self, count: int) -> dict[str, tuple[int, int]]:
        """Return how many tasks have a result in check mode while no bucket exists, of how many: the task, the loop."""
        self.empty()
        ways = {"the task": ([TASK], logged(count)), "the loop": (looped(), buckets(count))}
        in_check_mode = {"check_mode": True, "ignore_errors": True}
        return {
            name: (
                len(self.play(*({**task, **in_check_mode} for task in tasks), declared=containers).times),
                len(tasks),
            )
            for name, (tasks, containers) in ways.items()
        }


def logged(count: int) -> list[dict[str, Any]]:
    """Return the declarations of the other parts, with access logging."""
    return [{**container, "access_logging_enabled": True} for container in declared(count)]


def buckets(count: int) -> list[dict[str, Any]]:
    """Return what differs from bucket to bucket, as the modules for one bucket take it."""
    return [
        {"name": container["name"], "tags": container["tags"], "policy": bucket_policy(container["name"])}
        for container in declared(count)
    ]


def bucket_policy(name: str) -> dict[str, Any]:
    """Return the policy of a bucket that the distribution reads."""
    statement = {
        "Sid": "Read",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": DISTRIBUTION}, "Bool": {"aws:SecureTransport": "true"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def log_policy() -> dict[str, Any]:
    """Return the policy with which S3 writes access logs to the log bucket."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{LOGS}/*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def looped() -> list[dict[str, Any]]:
    """Return the tasks of the loop."""
    loop = {"loop": "{{ declared }}", "loop_control": {"label": "{{ item.name }}"}}
    return [{module: options, **loop} for module, options in LOOP]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--containers", type=int, default=COUNT)
    parser.add_argument("--looped", type=int, default=LOOPED, help="containers of the loop")
    parser.add_argument("--repeat", type=int, default=3, help="times to measure, the loop apart; odd")
    options = parser.parse_args()
    with DelayedServer() as server, tempfile.TemporaryDirectory() as directory:
        benchmark = Buckets(server, Path(directory))
        cases = benchmark.together(options.containers)
        runs = [{step: benchmark.measure(case) for step, case in cases.items()} for _run in range(options.repeat)]
        rows = {step: middle(run[step] for run in runs) for step in STEPS}
        loop = {step: benchmark.measure(case) for step, case in benchmark.one_by_one(options.looped).items()}
        predicted = benchmark.predicted(options.looped)
    print(f"{'(f) containers as buckets of S3':<39}{HEAD}")
    for step, row in rows.items():
        print(row.line(f"{options.containers} {step}"))
    for step, row in loop.items():
        seconds = row.seconds * options.containers / options.looped
        times = f"for {options.containers}: {seconds:.1f}, {seconds / rows[step].seconds:.0f} times"
        print(f"    {f'loop of {options.looped}: {step}':<42}{row.calls:4}{row.seconds:13.2f}, {times}")
    for way, (told, tasks) in predicted.items():
        print(f"    check mode from nothing, {way}: {told} of {tasks} tasks tell what they would change")
    for text, reached in (row.aim(f"(f) {step}", 1.3) for step, row in rows.items()):
        print(f"{'reached' if reached else 'NOT REACHED':<12} {text}", flush=True)


if __name__ == "__main__":
    main()
