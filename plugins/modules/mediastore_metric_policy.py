#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_metric_policy
short_description: Manage the metric policy of AWS Elemental MediaStore containers
version_added: 1.0.0
description:
  - Sets and removes the policy that defines which metrics of a container the service sends to Amazon CloudWatch.
options:
  state:
    description:
      - Whether the container has this metric policy, or no metric policy.
    type: str
    choices: [present, absent]
    default: present
  container_level_metrics:
    description:
      - Whether the service sends metrics of the container as a whole. Required if O(state=present).
    type: bool
  rules:
    description:
      - The groups of objects whose metrics the service sends, at most 300; AWS's default quota was 5. Their order makes
        no difference.
      - All current rules are replaced. If omitted, the current rules are kept. An empty list removes them.
    type: list
    elements: dict
    suboptions:
      object_group:
        description:
          - The path of the objects, up to 10 folders and 900 characters, with C(*) for any text.
        type: str
        required: true
      object_group_name:
        description:
          - The name of the group in CloudWatch, 1 to 30 letters, digits and C(_), different for each rule.
        type: str
        required: true
seealso:
  - module: elemental.mediastore.mediastore_container
  - name: Monitoring with Amazon CloudWatch metrics
    description: What the rules mean, with examples.
    link: https://docs.aws.amazon.com/mediastore/latest/ug/policies-metric.html
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
- name: Send metrics of the container, and of two groups of objects
  elemental.mediastore.mediastore_metric_policy:
    name: live
    container_level_metrics: true
    rules:
      - object_group: live/*.m3u8
        object_group_name: playlists
      - object_group: live/*.ts
        object_group_name: segments

- name: Stop the metrics of the container as a whole, and keep the rules
  elemental.mediastore.mediastore_metric_policy:
    name: live
    container_level_metrics: false

- name: Remove the metric policy
  elemental.mediastore.mediastore_metric_policy:
    name: live
    state: absent
"""

RETURN = r"""
metric_policy:
  description: The metric policy after the task, predicted in check mode. V(null) if the container has none.
  returned: success
  type: dict
  contains:
    container_level_metrics:
      description: Whether the service sends metrics of the container as a whole.
      type: bool
      returned: always
      sample: true
    rules:
      description: The groups of objects whose metrics the service sends, empty if the policy has no rules.
      type: list
      elements: dict
      returned: always
      sample: [{"object_group": "live/*.ts", "object_group_name": "segments"}]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._declaration.container import ONE_CONTAINER
from ..module_utils._declaration.metric_policy import METRIC_POLICY_OPTION
from ..module_utils._mediastore.runner import run_document


def main() -> None:
    options = METRIC_POLICY_OPTION.argument["options"]
    module = AnsibleAWSModule(
        argument_spec=dict(ONE_CONTAINER, **options),
        required_if=[("state", "present", ["container_level_metrics"])],
        supports_check_mode=True,
    )
    run_document(module, METRIC_POLICY_OPTION, {option: module.params[option] for option in options})


if __name__ == "__main__":
    main()
