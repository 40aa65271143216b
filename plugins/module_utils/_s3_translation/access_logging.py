# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access logging: server access logs.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
"""

from __future__ import annotations

import json

from .findings import ACCESS_LOGGING, Report
from .wanted import UNSET, Choices, Unset


def translate_logging(
    container: str, enabled: bool, bucket: str, partition: str, choices: Choices, report: Report
) -> dict[str, str] | Unset | None:
    """Return LoggingEnabled, None for no logging (G4), UNSET if it cannot be declared (G2).

    G1: logs are files in a bucket. G3: the policy of the log bucket is not written, its statement is in the finding.
    G6: who reads the objects of a bucket that has its own logs can read the logs, and each delivery is logged again.
    """
    note = report.at(ACCESS_LOGGING)
    if not enabled:
        return None
    if choices.log_bucket is None:
        note(
            "logging.no_bucket",
            "access logging is on: give log_bucket. Accepted, logging of the bucket stays as it is.",
        )
        return UNSET
    target = choices.log_bucket
    prefix = f"{bucket}/" if choices.log_prefix is None else choices.log_prefix
    if target == bucket:
        note(
            "logging.same_bucket",
            f"the logs of {bucket} go to the bucket itself: who can read its objects can read its logs, and S3 logs the"
            " delivery of each log. Give another log_bucket. If you accept this finding, the logs go there.",
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
    return {"TargetBucket": target, "TargetPrefix": prefix}


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
