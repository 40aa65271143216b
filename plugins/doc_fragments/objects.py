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
      - The name of the container, which must exist.
      - In check mode, a container that does not exist is a warning, because an earlier task may create it.
    type: str
    required: true
    aliases: [container_name]
  compare:
    description:
      - What must be equal so that nothing is transferred, after the lengths, the content types and the cache control.
      - V(content) compares the SHA-256 of the content. The service does not return a digest, so the task reads the
        content of each object whose other properties are equal.
      - V(size) does not compare the content.
    type: str
    choices: [content, size]
    default: content
"""

    CONTAINER = r"""
options:
  container:
    description:
      - The name of the container. If it does not exist, the task warns, and lists no object.
    type: str
    required: true
    aliases: [container_name]
"""

    WAIT_TIMEOUT = r"""
options:
  wait_timeout:
    description:
      - Total seconds that the task may spend on waiting for the container and on retries, for each object, 0 to 604800.
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
      - The requests a second that the task sends at most, for each operation. An operation that is omitted is not
        limited.
      - If the service throttles requests, all of them are delayed, with or without this option.
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
