#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_cors_policy
short_description: Manage the CORS policy of AWS Elemental MediaStore containers
version_added: 1.0.0
description:
  - Sets and removes the rules for cross-origin requests to a container, such as those of a player in a browser.
  - The rules are updated only if their meaning differs from that of the current rules.
options:
  state:
    description:
      - Whether the container has these rules, or no CORS policy.
    type: str
    choices: [present, absent]
    default: present
  rules:
    description:
      - The rules, 1 to 100. The first rule that matches a request applies. Required if O(state=present).
      - All current rules are replaced.
    type: list
    elements: dict
    suboptions:
      allowed_origins:
        description:
          - The origins to allow, such as V(https://player.example.com). At least one; each can contain one C(*).
        type: list
        elements: str
        required: true
      allowed_methods:
        description:
          - The methods to allow, at least one.
        type: list
        elements: str
        choices: [PUT, GET, DELETE, HEAD]
        required: true
      allowed_headers:
        description:
          - The request headers to allow; each can contain one C(*). Case makes no difference.
        type: list
        elements: str
        default: []
      expose_headers:
        description:
          - The response headers that scripts of the page can read. Case makes no difference.
        type: list
        elements: str
      max_age_seconds:
        description:
          - How many seconds the browser can cache the response to a preflight request.
        type: int
seealso:
  - module: elemental.mediastore.mediastore_container
  - name: Cross-origin resource sharing (CORS) policies
    description: What the rules mean, with examples.
    link: https://docs.aws.amazon.com/mediastore/latest/ug/cors-policy.html
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
- name: Let the player's pages read
  elemental.mediastore.mediastore_cors_policy:
    name: live
    rules:
      - allowed_origins:
          - https://player.example.com
        allowed_methods:
          - GET
          - HEAD
        allowed_headers:
          - "*"
        max_age_seconds: 3000

- name: Remove the CORS policy
  elemental.mediastore.mediastore_cors_policy:
    name: live
    state: absent
"""

RETURN = r"""
cors_policy:
  description: The rules after the task, predicted in check mode. V(null) if the container has no CORS policy.
  returned: success
  type: list
  elements: dict
  contains:
    allowed_origins:
      description: The origins that are allowed.
      type: list
      elements: str
      returned: always
      sample: ["https://player.example.com"]
    allowed_methods:
      description: The methods that are allowed.
      type: list
      elements: str
      returned: always
      sample: ["GET", "HEAD"]
    allowed_headers:
      description: The request headers that are allowed.
      type: list
      elements: str
      returned: always
      sample: ["*"]
    expose_headers:
      description: The response headers that scripts of the page can read.
      type: list
      elements: str
      returned: when it is set
      sample: ["ETag"]
    max_age_seconds:
      description: How many seconds the browser can cache the response to a preflight request.
      type: int
      returned: when it is set
      sample: 3000
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._declaration.container import ONE_CONTAINER
from ..module_utils._declaration.cors_policy import CORS_POLICY_OPTION
from ..module_utils._mediastore.runner import run_document


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(ONE_CONTAINER, rules=CORS_POLICY_OPTION.argument),
        required_if=[("state", "present", ["rules"])],
        supports_check_mode=True,
    )
    run_document(module, CORS_POLICY_OPTION, module.params["rules"])


if __name__ == "__main__":
    main()
