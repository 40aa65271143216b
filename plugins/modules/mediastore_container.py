#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_container
short_description: Manage AWS Elemental MediaStore containers
version_added: 1.0.0
description:
  - Creates and deletes AWS Elemental MediaStore containers, and manages their tags and access logging.
  - Other modules manage policies, CORS rules, lifecycle rules and metrics; see below.
options:
  state:
    description:
      - Whether the container exists.
      - A container that contains objects is deleted only with O(delete_objects=true).
    type: str
    choices: [present, absent]
    default: present
  tags:
    description:
      - The tags of the container, at most 50. Values are converted to text.
      - If omitted, tags are neither read nor changed. An empty dictionary removes all tags, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether to remove tags that are not in O(tags).
      - Tags whose key begins with C(aws:) belong to AWS and are never removed.
    type: bool
    default: true
  access_logging_enabled:
    description:
      - Whether the service sends the container's access logs to Amazon CloudWatch Logs.
      - If omitted, access logging is not changed. The service creates containers with access logging disabled.
    type: bool
  delete_objects:
    description:
      - Whether to delete the objects of the container first, if O(state=absent). They cannot be restored.
      - If V(false), a container with objects is not deleted, and the task fails.
      - The service does not list objects under a lifecycle rule with C(seconds_since_create). The task waits until they
        have expired, at most O(wait_timeout).
    type: bool
    default: false
    version_added: 1.2.0
  wait:
    description:
      - Whether to wait until a container is active after it was created, and until it is gone after it was deleted.
      - The task always waits for what it depends on, for example until an earlier deletion has finished before it
        creates the container again.
    type: bool
    default: true
notes:
  - A task sends one request to read the container, one more to read its tags if O(tags) is given, and one for each
    change. After it creates or deletes the container, it reads the container until it is active or gone. Check mode
    sends only the requests that read the current state. In diff mode, a task that deletes a container also reads its
    tags and documents, with five requests, because the diff shows them. If it cannot read one of them, it warns, and
    deletes the container.
seealso:
  - module: elemental.mediastore.mediastore_container_info
  - module: elemental.mediastore.mediastore_container_policy
  - module: elemental.mediastore.mediastore_cors_policy
extends_documentation_fragment:
  - elemental.mediastore.container
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
- name: Create a container with tags and access logging
  elemental.mediastore.mediastore_container:
    name: live
    tags:
      channel: one
      stage: production
    access_logging_enabled: true

- name: Add a tag and keep the others
  elemental.mediastore.mediastore_container:
    name: live
    tags:
      owner: playout
    purge_tags: false

- name: Delete the container
  elemental.mediastore.mediastore_container:
    name: live
    state: absent

- name: Delete the container with its objects
  elemental.mediastore.mediastore_container:
    name: live
    state: absent
    delete_objects: true
"""

RETURN = r"""
container:
  description:
    - The container after the task, predicted in check mode.
    - V(null) if it is absent. In check mode, what the service assigns to a new container is V(null).
  returned: success
  type: dict
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
      sample: true
    tags:
      description: All tags of the container.
      type: dict
      returned: when O(tags) is set
      sample: {"channel": "one", "stage": "production"}
deleted_objects:
  description: How many objects were deleted with the container, or would be in check mode.
  returned: when O(state=absent) and O(delete_objects=true)
  type: int
  sample: 12
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._declaration.container import ONE_CONTAINER
from ..module_utils._mediastore.runner import run_container


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(
            ONE_CONTAINER,
            tags=dict(type="dict", aliases=["resource_tags"]),
            purge_tags=dict(type="bool", default=True),
            access_logging_enabled=dict(type="bool"),
            delete_objects=dict(type="bool", default=False),
            wait=dict(type="bool", default=True),
        ),
        supports_check_mode=True,
    )
    run_container(module)


if __name__ == "__main__":
    main()
