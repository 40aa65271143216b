# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of boto3: a module with only the one call that a converged mediastore_container sends."""

from __future__ import annotations

import os

import boto3
from ansible.module_utils.basic import AnsibleModule

if __name__ == "__main__":
    module = AnsibleModule({"name": {"required": True}})
    client = boto3.client("mediastore", endpoint_url=os.environ["AWS_URL"])
    container = client.describe_container(ContainerName=module.params["name"])["Container"]
    module.exit_json(changed=False, container={"name": container["Name"], "status": container["Status"]})
