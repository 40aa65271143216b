#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_containers
short_description: Manage many AWS Elemental MediaStore containers in one task
version_added: 1.0.0
description:
  - Creates, changes and deletes many containers, with everything attached to them, in one task that works on several of
    them at the same time. For hundreds of containers this takes seconds, and a loop over the other modules minutes.
  - Each container gets the same result as from the other modules. You can pass in what
    M(elemental.mediastore.mediastore_container_info) returns after removing the values that only the service sets
    (C(arn), C(endpoint), C(status), C(creation_time)).
  - If one container fails, the task continues with the others, unless the endpoint cannot be reached or rejects the
    credentials. The task then fails and reports the result of each container. Run it again to converge the rest.
options:
  containers:
    description:
      - The containers to declare, each of them once. What an entry omits is not changed.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - The name of the container.
        type: str
        required: true
      state:
        description:
          - Whether the container exists. With V(absent), the other options are validated but otherwise ignored.
          - In diff mode, the tags and documents of a container that is deleted are read, because the diff shows them.
        type: str
        choices: [present, absent]
        default: present
      tags:
        description:
          - The tags of the container, at most 50. Values are converted to text.
          - If omitted, tags are neither read nor changed. An empty dictionary removes all tags, unless
            C(purge_tags=false).
        type: dict
      purge_tags:
        description:
          - Whether to remove tags that are not in C(tags).
          - Tags whose key begins with C(aws:) belong to AWS and are never removed.
        type: bool
        default: true
      access_logging_enabled:
        description:
          - Whether the service sends the container's access logs to Amazon CloudWatch Logs.
        type: bool
      delete_objects:
        description:
          - Whether to delete the objects of the container first, if C(state=absent). They cannot be restored.
          - If V(false), a container with objects is not deleted, and fails.
          - The service does not list objects under a lifecycle rule with C(seconds_since_create). The task waits until
            they have expired, at most O(wait_timeout).
        type: bool
        default: false
        version_added: 1.2.0
      policy:
        description:
          - The container policy, as for M(elemental.mediastore.mediastore_container_policy). C({}) removes it, the
            default one that the service attaches to a new container included.
        type: json
      cors_policy:
        description:
          - The CORS rules, as for M(elemental.mediastore.mediastore_cors_policy). C([]) removes them.
        type: list
        elements: dict
        suboptions:
          allowed_origins:
            description:
              - The origins to allow. At least one; each can contain one C(*).
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
      lifecycle_policy:
        description:
          - The lifecycle policy, as for M(elemental.mediastore.mediastore_lifecycle_policy). C({}) removes it.
        type: json
      metric_policy:
        description:
          - The metric policy, as for M(elemental.mediastore.mediastore_metric_policy). C({}) removes it.
        type: dict
        suboptions:
          container_level_metrics:
            description:
              - Whether the service sends metrics of the container as a whole. Required, unless the policy is empty.
            type: bool
          rules:
            description:
              - The groups of objects whose metrics the service sends. If omitted, the current rules are kept.
            type: list
            elements: dict
            suboptions:
              object_group:
                description:
                  - The path of the objects, with C(*) for any text.
                type: str
                required: true
              object_group_name:
                description:
                  - The name of the group in CloudWatch, different for each rule.
                type: str
                required: true
  max_concurrency:
    description:
      - How many containers to work on at the same time, 1 to 64.
    type: int
    default: 10
  wait:
    description:
      - Whether to wait until a container is active after it was created, and until it is gone after it was deleted.
      - The task always waits until a container is active before it attaches something to it.
    type: bool
    default: true
  wait_timeout:
    description:
      - Total seconds that the task may spend for each container on waiting and on retries, 0 to 604800.
    type: int
    default: 600
notes:
  - For each container, a task sends one request to read it, one for its tags and one for each document that are given,
    and one for each change. The task lists the containers of the region, 100 with one request, where this takes less
    time than to read each of them. Check mode sends only the requests that read the current state.
  - The role P(elemental.mediastore.provision#role) runs this module with containers from your inventory.
seealso:
  - module: elemental.mediastore.mediastore_container_info
  - module: elemental.mediastore.mediastore_container
  - plugin: elemental.mediastore.from_cloudformation
    plugin_type: filter
  - plugin: elemental.mediastore.from_terraform
    plugin_type: filter
  - plugin: elemental.mediastore.from_aws_cli
    plugin_type: filter
extends_documentation_fragment:
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
- name: Declare two channels, and remove a third
  elemental.mediastore.mediastore_containers:
    containers:
      - name: news
        tags:
          channel: news
        access_logging_enabled: true
        cors_policy:
          - allowed_origins: ["https://player.example.com"]
            allowed_methods: [GET, HEAD]
        lifecycle_policy:
          rules:
            - definition:
                path:
                  - prefix: recordings/
                days_since_create:
                  - numeric: [">", 30]
              action: EXPIRE
        metric_policy:
          container_level_metrics: true
      - name: sports
        tags:
          channel: sports
        policy: {}
      - name: weather
        state: absent

- name: Read the containers of one region
  elemental.mediastore.mediastore_container_info:
    include: [all]
  register: here

- name: Declare the same containers in another region, with the ARNs in their policies adapted
  elemental.mediastore.mediastore_containers:
    region: eu-west-1
    containers: >-
      {{ here.containers | map('dict2items') | map('rejectattr', 'key', 'in', assigned) | map('items2dict')
      | to_json | replace(':mediastore:us-east-1:', ':mediastore:eu-west-1:') | from_json }}
  vars:
    assigned: [arn, endpoint, status, creation_time]
"""

RETURN = r"""
containers:
  description: The result for each container, in the order given; the predicted result in check mode.
  returned: when the options are valid
  type: list
  elements: dict
  contains:
    name:
      description: The name of the container.
      type: str
      returned: always
      sample: news
    changed:
      description: Whether the container, or anything attached to it, was changed.
      type: bool
      returned: always
      sample: true
    action:
      description: V(created), V(changed), V(deleted), V(unchanged) or V(failed).
      type: str
      returned: always
      sample: changed
    changes:
      description:
        - What the task changed, or would change in check mode, in short texts; empty if nothing.
        - They name the statements and rules of a document that differ, by C(Sid), by the name of an object group or of
          a metrics configuration, or else by their number. The number of what is removed is that before the change.
      type: list
      elements: str
      returned: always
      version_added: 1.1.0
      sample: ["tags: stage", "policy: statement EncoderWrites", "lifecycle rule 2 added"]
    error:
      description: Why the container failed, V(null) if it did not.
      type: str
      returned: always
      sample: null
    container:
      description:
        - The container, as RV(elemental.mediastore.mediastore_container#module:container).
        - V(null) if the container is absent, or if it failed.
      type: dict
      returned: always
      sample: {"name": "news", "status": "ACTIVE", "access_logging_enabled": true, "tags": {"channel": "news"}}
    deleted_objects:
      description: How many objects were deleted with the container, or would be in check mode.
      returned: when the entry has C(state=absent) and C(delete_objects=true)
      type: int
      sample: 12
    policy:
      description: The container policy, V(null) if the container has none.
      type: dict
      returned: when the entry contains it
      sample: {"Version": "2012-10-17", "Statement": []}
    cors_policy:
      description: The CORS rules, V(null) if the container has none.
      type: list
      elements: dict
      returned: when the entry contains it
      sample: [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": []}]
    lifecycle_policy:
      description: The lifecycle policy, V(null) if the container has none.
      type: dict
      returned: when the entry contains it
      sample: {"rules": []}
    metric_policy:
      description: The metric policy, V(null) if the container has none.
      type: dict
      returned: when the entry contains it
      sample: {"container_level_metrics": true, "rules": []}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._arguments import MAX_CONCURRENCY, WAIT_TIMEOUT
from ..module_utils._declaration.container import one_of_many
from ..module_utils._mediastore.runner import run_containers


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(
            containers=dict(type="list", elements="dict", required=True, options=one_of_many()),
            max_concurrency=MAX_CONCURRENCY,
            wait=dict(type="bool", default=True),
            wait_timeout=WAIT_TIMEOUT,
        ),
        supports_check_mode=True,
    )
    run_containers(module)


if __name__ == "__main__":
    main()
