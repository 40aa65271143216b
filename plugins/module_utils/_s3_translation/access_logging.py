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
    G6: logs in a bucket that stands for a container, this one or another, can be read by its readers.
    """
    note = report.at(ACCESS_LOGGING)
    if not enabled:
        return {"logging": None}
    if choices.log_bucket is None:
        note(
            "logging.no_bucket",
            "access logging is on: give log_bucket. Accepted, logging of the bucket stays as it is.",
        )
        return {}
    target = choices.log_bucket
    prefix = f"{bucket}/" if choices.log_prefix is None else choices.log_prefix
    if target == bucket or target in choices.buckets:
        note(
            "logging.same_bucket",
            f"the logs of {bucket} go to {target}, which stands for a container: anyone who can read its objects can"
            " also read the logs. Give another log_bucket. If you accept this finding, the logs go there.",
        )
    note(
        "logging.files",
        f"access logs go to s3://{target}/{prefix} as files, no longer to the group /aws/mediastore/{container} of"
        " CloudWatch Logs, which stays until you delete it.",
    )
    note(
        "logging.permission",
        f"the policy of {target} needs this statement, with the ID of your account:"
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
