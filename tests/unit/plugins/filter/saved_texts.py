# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the AWS CLI and SDKs write in place of an answer in JSON, and people save with the answers."""

from __future__ import annotations

_ERROR = "An error occurred (PolicyNotFoundException) when calling the GetContainerPolicy operation: none"
ERRORS = [
    f"\n{_ERROR}\n",
    f"\naws: [ERROR]: {_ERROR}\n",
    f"/usr/lib/x.py:1: InsecureRequestWarning: Unverified\n  warnings.warn(\n\n{_ERROR}\n",
    "PolicyNotFoundException: none\n    at x",
    "operation error MediaStore: GetContainerPolicy, RequestID: x, PolicyNotFoundException: none",
]
FAILURES = [
    '\nCould not connect to the endpoint URL: "https://mediastore.us-east-1.amazonaws.com/"\n',
    '\naws: [ERROR]: Could not connect to the endpoint URL: "https://mediastore.us-east-1.amazonaws.com/"\n',
    '\nUnable to locate credentials. You can configure credentials by running "aws configure".\n',
    "usage: aws [options] <command>\n",
    "\nusage: aws [options]\naws: error: argument operation: Invalid choice\n",
    "\nError when retrieving token from sso: Token has expired and refresh failed\n",
]
# Of --output text, some with --query.
COLUMNS = ["3000\nALLOWEDHEADERS\t*\n", "ENABLED\nMETRICPOLICYRULES\ta/*\ta\n", "TAGS\ta\tb\n"]
