# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of the modules for objects; private to the collection."""

    DOCUMENTATION = r"""
options:
  container:
    description:
      - The name of the container, which must exist, unless the task deletes.
      - In check mode, a container that does not exist is a warning, because an earlier task may create it.
    type: str
    required: true
    aliases: [container_name]
  compare:
    description:
      - How to find out whether an object is equal, if its length, content type and cache control are.
      - V(content) compares the SHA-256. The service does not return one, so the task reads the content of the object.
      - V(size) treats the object as equal.
    type: str
    choices: [content, size]
    default: content
"""

    INFO = r"""
options:
  container:
    description:
      - The name of the container. If it does not exist, the task lists no object, with a warning.
    type: str
    required: true
    aliases: [container_name]
"""

    WAIT_TIMEOUT = r"""
options:
  wait_timeout:
    description:
      - Total seconds, 0 to 604800, that the task may spend on retries for each object, and on waiting until the
        container is active.
    type: int
    default: 600
"""

    MANY = r"""
options:
  max_concurrency:
    description:
      - How many requests to send at the same time, each over one connection, 1 to 64.
    type: int
    default: 10
  max_rate:
    description:
      - The most requests that the task sends in a second, by operation. If omitted, an operation is not limited.
      - If the service throttles requests, the task always delays all of them, and retries.
    type: dict
    suboptions:
      put:
        description: For C(PutObject). The service's default quota is 100.
        type: int
      get:
        description: For C(GetObject). The service's default quota is 1000.
        type: int
      describe:
        description: For C(DescribeObject). The service's default quota is 1000.
        type: int
      list:
        description: For C(ListItems). The service's default quota is 5.
        type: int
      delete:
        description: For C(DeleteObject). The service's default quota is 100.
        type: int
"""
