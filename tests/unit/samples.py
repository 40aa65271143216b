# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Input that several unit tests use: keys, and documents of a container."""

from __future__ import annotations

import boto3

# The keys of AWS's documentation, as options of modules, and as arguments of boto3.
KEYS = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
BOTO3_KEYS = {"aws_access_key_id": KEYS["access_key"], "aws_secret_access_key": KEYS["secret_key"]}


def session(region="us-east-1"):
    """Return a session of boto3 with these keys."""
    return boto3.session.Session(**BOTO3_KEYS, region_name=region)


def canonical(document, value):
    """Return the form that all values of a document share that mean the same."""
    return document.parts(value).meaning


def equal(document, one, other):
    """Return whether two values of a document mean the same."""
    return document.parts(one).text == document.parts(other).text


def default_policy(container):
    """Return the policy of a new container: MediaStore User Guide, "Container policies"."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "MediaStoreFullAccess",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "mediastore:*",
                "Resource": f"arn:aws:mediastore:us-east-1:123456789012:container/{container}/*",
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            }
        ],
    }


def lifecycle_rule(paths, age, action="EXPIRE"):
    """Return a lifecycle rule for paths, a list of {kind: text}, and an age, such as ("days", ">", 30)."""
    unit, *condition = age
    return {"definition": {"path": paths, f"{unit}_since_create": [{"numeric": condition}]}, "action": action}


def lifecycle(paths, age, action="EXPIRE"):
    """Return a lifecycle policy with one rule, see lifecycle_rule."""
    return {"rules": [lifecycle_rule(paths, age, action)]}


# The kinds of faults of the emulator: those after which the same request may succeed, and those of every request.
TRANSIENT_FAULTS = [
    *("throttled", "too_many_requests", "internal_error", "unavailable", "in_use"),
    *("cut_before", "cut_after", "slow", "malformed"),
]
PERMANENT_FAULTS = ["access_denied", "expired_token", *(kind for kind in TRANSIENT_FAULTS if kind != "slow")]
