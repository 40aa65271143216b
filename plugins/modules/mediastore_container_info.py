#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_container_info
short_description: List AWS Elemental MediaStore containers and what is attached to them
version_added: 1.0.0
description:
  - Lists the containers of a region, or the containers with the given names, and what is attached to them as far as
    O(include) selects it.
  - The returned values use the same names and structure as the options of the other modules.
options:
  names:
    description:
      - The names of the containers to list. Names that match no container are omitted from the result.
      - If omitted, all containers of the region are listed. An empty list lists none.
    type: list
    elements: str
    aliases: [name, container_names]
  include:
    description:
      - What to read in addition to the properties of each container.
    type: list
    elements: str
    choices: [tags, policy, cors_policy, lifecycle_policy, metric_policy, all]
    default: []
  max_concurrency:
    description:
      - How many requests to send at the same time, 1 to 64.
    type: int
    default: 10
notes:
  - A task sends one request for each 100 containers of the region, or one for each name in O(names). Each entry of
    O(include) adds one request for each container that is active.
seealso:
  - module: elemental.mediastore.mediastore_container
extends_documentation_fragment:
  - elemental.mediastore.endpoint
  - elemental.mediastore.attributes
  - elemental.mediastore.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - elemental.mediastore.requirements
author:
  - Contributors to the elemental.mediastore project (@elemental-mediastore)
"""

EXAMPLES = r"""
- name: List all containers of the region
  elemental.mediastore.mediastore_container_info:
  register: all_containers

- name: List two containers with everything that is attached to them
  elemental.mediastore.mediastore_container_info:
    names:
      - live
      - archive
    include:
      - all
  register: two_containers
"""

RETURN = r"""
containers:
  description: The containers, in the order of O(names) if it is set.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the container.
      type: str
      returned: always
      sample: live
    arn:
      description: The ARN of the container.
      type: str
      returned: always
      sample: arn:aws:mediastore:us-east-1:123456789012:container/live
    endpoint:
      description: The endpoint of the container's objects, V(null) until the container is active.
      type: str
      returned: always
      sample: https://abcdefgh123456.data.mediastore.us-east-1.amazonaws.com
    status:
      description: V(ACTIVE), V(CREATING) or V(DELETING).
      type: str
      returned: always
      sample: ACTIVE
    creation_time:
      description: When the container was created, in UTC.
      type: str
      returned: always
      sample: "2025-06-01T08:30:00+00:00"
    access_logging_enabled:
      description: Whether access logs are sent to Amazon CloudWatch Logs.
      type: bool
      returned: always
      sample: false
    tags:
      description: The tags, empty if the container has none. V(null) if the container is not active.
      type: dict
      returned: when O(include) selects it
      sample: {"channel": "one"}
    policy:
      description: The container policy as a document. V(null) if the container has none, or is not active.
      type: dict
      returned: when O(include) selects it
      sample: {"Version": "2012-10-17", "Statement": []}
    cors_policy:
      description:
        - The CORS rules, as RV(elemental.mediastore.mediastore_cors_policy#module:cors_policy).
        - V(null) if the container has none, or is not active.
      type: list
      elements: dict
      returned: when O(include) selects it
      sample: [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": []}]
    lifecycle_policy:
      description: The lifecycle policy as a document. V(null) if the container has none, or is not active.
      type: dict
      returned: when O(include) selects it
      sample: {"rules": []}
    metric_policy:
      description: The metric policy. V(null) if the container has none, or is not active.
      type: dict
      returned: when O(include) selects it
      sample: {"container_level_metrics": true, "rules": []}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._arguments import MAX_CONCURRENCY
from ..module_utils._mediastore.documents import DOCUMENTS
from ..module_utils._mediastore.runner import run_info


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(
            names=dict(type="list", elements="str", aliases=["name", "container_names"]),
            include=dict(
                type="list",
                elements="str",
                choices=["tags", *(document.key for document in DOCUMENTS), "all"],
                default=[],
            ),
            max_concurrency=MAX_CONCURRENCY,
        ),
        supports_check_mode=True,
    )
    run_info(module)


if __name__ == "__main__":
    main()
