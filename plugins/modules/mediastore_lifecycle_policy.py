#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_lifecycle_policy
short_description: Manage the lifecycle policy of AWS Elemental MediaStore containers
version_added: 1.0.0
description:
  - Sets and removes the rules by which the objects of a container expire or are archived.
  - The policy is updated only if its meaning differs from that of the current policy. The order of the paths within a
    rule and the spelling of numbers make no difference.
options:
  state:
    description:
      - Whether the container has this lifecycle policy, or no lifecycle policy.
    type: str
    choices: [present, absent]
    default: present
  policy:
    description:
      - The lifecycle policy, as JSON text or as a dictionary. Required if O(state=present).
      - The entire current policy is replaced. At most 8192 characters, without whitespace.
      - The policy has 1 to 10 C(rules), each with an C(action) and a C(definition). The C(definition) has a C(path), a
        list of 1 to 10 objects with either a C(prefix) or a C(wildcard), all of one kind, and an age in
        C(days_since_create), 1 to 36500, or C(seconds_since_create), 1 to 300.
      - The C(action) is C(EXPIRE) or, with C(days_since_create) only, C(ARCHIVE), which moves objects to the storage
        class for infrequent access. C(seconds_since_create) takes C(wildcard) paths and C(EXPIRE) only.
      - A changed lifecycle policy takes effect within 20 minutes.
    type: json
seealso:
  - module: elemental.mediastore.mediastore_container
  - name: Components of an object lifecycle policy
    description: What the rules mean, with examples.
    link: https://docs.aws.amazon.com/mediastore/latest/ug/policies-object-lifecycle-components.html
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
- name: Keep segments for five minutes, and recordings for thirty days
  elemental.mediastore.mediastore_lifecycle_policy:
    name: live
    policy:
      rules:
        - definition:
            path:
              - wildcard: live/*.ts
            seconds_since_create:
              - numeric: [">", 300]
          action: EXPIRE
        - definition:
            path:
              - prefix: recordings/
            days_since_create:
              - numeric: [">", 30]
          action: EXPIRE

- name: Remove the lifecycle policy
  elemental.mediastore.mediastore_lifecycle_policy:
    name: live
    state: absent
"""

RETURN = r"""
lifecycle_policy:
  description: The lifecycle policy after the task, predicted in check mode. V(null) if the container has none.
  returned: success
  type: dict
  sample:
    rules:
      - definition:
          path:
            - prefix: recordings/
          days_since_create:
            - numeric: [">", 30]
        action: EXPIRE
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._declaration.container import ONE_CONTAINER
from ..module_utils._declaration.lifecycle_policy import LIFECYCLE_POLICY_OPTION
from ..module_utils._mediastore.runner import run_document


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(ONE_CONTAINER, policy=dict(type="json")),
        required_if=[("state", "present", ["policy"])],
        supports_check_mode=True,
    )
    run_document(module, LIFECYCLE_POLICY_OPTION, module.params["policy"])


if __name__ == "__main__":
    main()
