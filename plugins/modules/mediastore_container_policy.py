#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_container_policy
short_description: Manage the access policy of AWS Elemental MediaStore containers
version_added: 1.0.0
description:
  - Sets and removes the container policy, an IAM policy document that defines who can access the container and its
    objects.
  - The policy is updated only if its meaning differs from that of the current policy. The order of statements, a single
    value instead of a list of one, and the case of action names make no difference.
options:
  state:
    description:
      - Whether the container has this policy, or no policy.
    type: str
    choices: [present, absent]
    default: present
  policy:
    description:
      - The policy document, as JSON text or as a dictionary. Required if O(state=present).
      - The entire current policy is replaced. At most 8192 characters, without whitespace.
      - Each C(Resource) must be inside the container, and so begin with
        C(arn:PARTITION:mediastore:REGION:ACCOUNT:container/NAME/).
      - The task warns if the policy allows C(mediastore:PutObject) without the condition C(aws:SecureTransport) of
        C(true), which the service requires, or if it names an action of another service.
    type: json
seealso:
  - module: elemental.mediastore.mediastore_container
  - name: Container policies
    description: The policies that MediaStore understands, with examples.
    link: https://docs.aws.amazon.com/mediastore/latest/ug/policies.html
extends_documentation_fragment:
  - elemental.mediastore.container
  - elemental.mediastore.container.document
  - elemental.mediastore.endpoint
  - elemental.mediastore.attributes
  - elemental.mediastore.attributes.state
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - elemental.mediastore.requirements
author:
  - Contributors to the elemental.mediastore project (@elemental-mediastore)
"""

EXAMPLES = r"""
- name: Let anyone read over HTTPS
  elemental.mediastore.mediastore_container_policy:
    name: live
    policy:
      Version: "2012-10-17"
      Statement:
        - Sid: PublicReadOverHttps
          Effect: Allow
          Principal: "*"
          Action:
            - mediastore:GetObject
            - mediastore:DescribeObject
          Resource: arn:aws:mediastore:us-east-1:123456789012:container/live/*
          Condition:
            Bool:
              aws:SecureTransport: "true"

- name: Take the policy from a file
  elemental.mediastore.mediastore_container_policy:
    name: live
    policy: "{{ lookup('ansible.builtin.file', 'live-policy.json') }}"

- name: Remove the policy
  elemental.mediastore.mediastore_container_policy:
    name: live
    state: absent
"""

RETURN = r"""
policy:
  description: The policy document after the task, predicted in check mode. V(null) if the container has none.
  returned: success
  type: dict
  sample:
    Version: "2012-10-17"
    Statement:
      - Sid: PublicReadOverHttps
        Effect: Allow
        Principal: "*"
        Action: [mediastore:GetObject, mediastore:DescribeObject]
        Resource: arn:aws:mediastore:us-east-1:123456789012:container/live/*
        Condition:
          Bool:
            aws:SecureTransport: "true"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._declaration.container import ONE_CONTAINER
from ..module_utils._declaration.container_policy import CONTAINER_POLICY_OPTION
from ..module_utils._mediastore.runner import run_document


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(ONE_CONTAINER, policy=dict(type="json")),
        required_if=[("state", "present", ["policy"])],
        supports_check_mode=True,
    )
    run_document(module, CONTAINER_POLICY_OPTION, module.params["policy"])


if __name__ == "__main__":
    main()
