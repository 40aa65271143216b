# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access logging: server access logs.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
"""

from __future__ import annotations

import json

from .choices import Choices
from .findings import ACCESS_LOGGING, Report


def translate_logging(
    container: str, enabled: bool, bucket: str, partition: str, choices: Choices, report: Report
) -> dict[str, dict[str, str] | None]:
    """Return LoggingEnabled as the aspect logging, None for no logging (G4), no aspect if it cannot be declared (G2).

    G1: logs are files in a bucket. G3: the policy of the log bucket is not written, its statement is in the finding.
    G6: readers of a bucket that replaces a container, this one or another, can read the logs in it.
    """
    note = report.at(ACCESS_LOGGING)
    if not enabled:
        return {"logging": None}
    if choices.log_bucket is None:
        note(
            "logging.no_bucket",
            "access logging is enabled, but log_bucket is not set: set it. If you accept this finding, the module does"
            " not change the logging of the bucket.",
        )
        return {}
    target = choices.log_bucket
    prefix = f"{bucket}/" if choices.log_prefix is None else choices.log_prefix
    if target == bucket or target in choices.buckets:
        note(
            "logging.same_bucket",
            f"log_bucket is {target}, which replaces a container: anyone who can read its objects can also read the"
            f" logs of {bucket}. Set another log_bucket. If you accept this finding, S3 writes the logs to {target}.",
        )
    note(
        "logging.files",
        f"S3 writes access logs to s3://{target}/{prefix} as files. The log group /aws/mediastore/{container} in"
        " CloudWatch Logs gets no new events and remains until you delete it.",
    )
    note(
        "logging.permission",
        f"the policy of {target} must contain this statement, with your account ID in place of ACCOUNT_ID:"
        f" {json.dumps(_permission(target, prefix, bucket, partition))}",
    )
    return {"logging": {"TargetBucket": target, "TargetPrefix": prefix}}


def _permission(target: str, prefix: str, bucket: str, partition: str) -> dict[str, object]:
    """Return the statement that lets S3 write logs of `bucket`: G3."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:{partition}:s3:::{target}/{prefix}*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:{partition}:s3:::{bucket}"},
            "StringEquals": {"aws:SourceAccount": "ACCOUNT_ID"},
        },
    }
