#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_object_info
short_description: List the objects in an AWS Elemental MediaStore container
version_added: 1.2.0
description:
  - Lists the objects of a folder, or describes one object.
options:
  path:
    description:
      - The path of an object or of a folder. If omitted, the root of the container.
      - If an object and a folder have the same path, it is the object. With a slash at its end, it is the folder.
    type: str
    default: ""
  recursive:
    description:
      - Whether to list the objects of all folders below, too.
    type: bool
    default: false
  include:
    description:
      - What to return of each object beside what a list contains. Both send one more request for each object.
      - V(cache_control) describes the object.
      - V(sha256) reads the content of the object, and also returns its cache control.
    type: list
    elements: str
    choices: [cache_control, sha256]
    default: []
notes:
  - A task sends one request to read the container, one to find out whether O(path) is an object, and at least one for
    each folder, which contains up to 1000 items.
  - The service does not list objects under a lifecycle rule with C(seconds_since_create). O(path) can be such an
    object.
seealso:
  - module: elemental.mediastore.mediastore_object
  - module: elemental.mediastore.mediastore_objects
extends_documentation_fragment:
  - elemental.mediastore.objects.info
  - elemental.mediastore.objects.many
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
- name: List a folder
  elemental.mediastore.mediastore_object_info:
    container: live
    path: news
  register: news

- name: List all objects of the container, with the SHA-256 of each
  elemental.mediastore.mediastore_object_info:
    container: live
    recursive: true
    include: [sha256]
  register: everything

- name: Describe one object
  elemental.mediastore.mediastore_object_info:
    container: live
    path: news/index.m3u8
  register: playlist
"""

RETURN = r"""
objects:
  description:
    - The objects, in the order of their paths if O(recursive=true). Empty if the container does not exist.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path of the object.
      type: str
      returned: always
      sample: news/index.m3u8
    content_type:
      description: The content type.
      type: str
      returned: always
      sample: application/vnd.apple.mpegurl
    content_length:
      description: The length in bytes, V(null) while the object is being uploaded.
      type: int
      returned: always
      sample: 312
    etag:
      description: The identifier of this version of the object. It is not a digest of the content.
      type: str
      returned: always
      sample: 5aa1e1d0d1b0b4b3b8a1c0b7f4d9e5c1a2b3c4d5e6f708192a3b4c5d6e7f8091
    last_modified:
      description: When the object was uploaded, in UTC.
      type: str
      returned: always
      sample: "2025-06-01T08:30:00+00:00"
    cache_control:
      description: The header C(Cache-Control) with which the object is served, V(null) if it has none.
      type: str
      returned: when O(path) is an object, or O(include) is not empty
      sample: max-age=6
    sha256:
      description: The SHA-256 of the content in hexadecimal.
      type: str
      returned: when O(include) contains V(sha256)
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
folders:
  description: The paths of the folders in the folder, empty if O(recursive=true).
  returned: success
  type: list
  elements: str
  sample: ["news/1080p"]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._arguments import CONTAINER, MAX_CONCURRENCY, MAX_RATE
from ..module_utils._mediastore.location import find_location
from ..module_utils._mediastore_data.runner import run_object_info


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(
            container=CONTAINER,
            path=dict(type="str", default=""),
            recursive=dict(type="bool", default=False),
            include=dict(type="list", elements="str", choices=["cache_control", "sha256"], default=[]),
            max_concurrency=MAX_CONCURRENCY,
            max_rate=MAX_RATE,
        ),
        supports_check_mode=True,
    )
    run_object_info(module, find_location)


if __name__ == "__main__":
    main()
