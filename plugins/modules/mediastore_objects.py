#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_objects
short_description: Synchronise a folder of an AWS Elemental MediaStore container with a local directory
version_added: 1.2.0
description:
  - Uploads a directory to a folder of a container, fetches a folder to a directory, or deletes the objects of a folder.
    It transfers only what differs.
  - Directories are on the host that runs the module. With the connection V(local), a relative path is relative to the
    directory of the playbook, also in a role.
  - Symbolic links and special files are not followed. The task leaves them alone, with a warning unless
    O(exclude) matches them.
options:
  path:
    description:
      - The folder, for example V(news/1080p). If omitted, or V(/), the whole container.
      - Required with O(state=absent) or O(delete_others), so that a task with an empty variable deletes nothing.
    type: str
    default: ""
  state:
    description:
      - V(present) uploads the files in O(src), with those in directories below it.
      - V(fetched) writes the objects of the folder, with those in folders below it, to O(dest).
      - V(absent) deletes these objects.
    type: str
    choices: [present, absent, fetched]
    default: present
  src:
    description:
      - The directory to upload; required if O(state=present). Each file can have at most 25 MB (26214400 bytes).
    type: path
  dest:
    description:
      - The directory to which the folder is fetched, required if O(state=fetched). If it does not exist, it is created
        with the first file.
      - Each file gets the time of the last modification of its object.
    type: path
  delete_others:
    description:
      - With O(state=present), whether to delete objects that have no file in O(src). If the directory has no files, the
        task fails, because O(src) is probably wrong.
      - With O(state=fetched), whether to delete files in O(dest) that have no object. Directories are kept. If the
        folder has no objects, the task fails, because O(path) is probably wrong.
    type: bool
    default: false
  include:
    description:
      - Patterns for paths relative to the folder, for example V(*.m3u8) or V(1080p/*). C(*) matches any characters,
        also C(/). C(?) matches one character, and C([abc]) one of these.
      - The task manages only what matches one of them, also with O(delete_others).
    type: list
    elements: str
    default: ["*"]
  exclude:
    description:
      - Patterns, as in O(include), for what the task leaves alone.
    type: list
    elements: str
    default: []
  content_types:
    description:
      - Content types by extension, such as C(.m4s), in place of those that the module chooses.
      - For all other extensions, see O(elemental.mediastore.mediastore_object#module:content_type).
    type: dict
    default: {}
  cache_control:
    description:
      - The header C(Cache-Control) with which the objects are served. To give playlists and segments different ones,
        use two tasks, one with O(include) and one with O(exclude).
      - If omitted, an existing object keeps the one that it has. An empty string removes it.
    type: str
notes:
  - A task reads the container and lists the objects. Then it sends one request for each object that it uploads, fetches
    or deletes, and one for each object whose content it compares. In diff mode, or to keep the cache control of an
    object, it describes the object before it replaces it.
  - The service does not list objects under a lifecycle rule with C(seconds_since_create). O(state=fetched),
    O(state=absent) and O(delete_others) leave these objects alone. O(state=present) describes each object that is not
    in the list, if the container has such a rule.
  - If the folder contains no object, O(state=fetched) and O(state=absent) also describe O(path), and fail if it is an
    object.
seealso:
  - module: elemental.mediastore.mediastore_object
  - module: elemental.mediastore.mediastore_object_info
extends_documentation_fragment:
  - elemental.mediastore.objects
  - elemental.mediastore.objects.wait_timeout
  - elemental.mediastore.objects.many
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
- name: Upload the segments of a channel, and delete those that the directory does not have
  elemental.mediastore.mediastore_objects:
    container: live
    path: news
    src: channel
    exclude: ["*.m3u8", "*.mpd"]
    cache_control: max-age=86400
    content_types:
      .m4s: video/mp4
    delete_others: true

- name: Upload the playlists of HLS and the manifests of DASH, which change often
  elemental.mediastore.mediastore_objects:
    container: live
    path: news
    src: channel
    include: ["*.m3u8", "*.mpd"]
    cache_control: max-age=2
    delete_others: true

- name: Fetch the channel
  elemental.mediastore.mediastore_objects:
    container: live
    path: news
    state: fetched
    dest: /srv/news

- name: Delete the channel, at the rate that the service allows by default
  elemental.mediastore.mediastore_objects:
    container: live
    path: news
    state: absent
    max_rate:
      delete: 100
      list: 5
"""

RETURN = r"""
objects:
  description: The objects or files that the task changed or would change in check mode, and those that failed.
  returned: always, unless the task fails before it begins with the objects
  type: list
  elements: dict
  contains:
    path:
      description: The path of the object. For a file that was deleted, its path relative to O(dest).
      type: str
      returned: always
      sample: news/index.m3u8
    action:
      description: V(created), V(changed), V(deleted) or V(failed).
      type: str
      returned: always
      sample: created
    error:
      description: Why it failed, V(null) if it did not.
      type: str
      returned: always
      sample: null
counts:
  description: The numbers of objects or files that were created, changed, deleted, unchanged and failed.
  returned: always, unless the task fails before it begins with the objects
  type: dict
  sample: {"created": 2, "changed": 1, "deleted": 0, "unchanged": 57, "failed": 0}
not_followed:
  description: The paths, relative to O(src) or O(dest), of symbolic links and special files, which are left alone.
  returned: always, unless the task fails before it begins with the objects
  type: list
  elements: str
  sample: []
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._arguments import COMPARE, CONTAINER, MAX_CONCURRENCY, MAX_RATE, WAIT_TIMEOUT
from ..module_utils._mediastore.location import find_location
from ..module_utils._mediastore_data.runner import run_objects


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(
            container=CONTAINER,
            path=dict(type="str", default=""),
            state=dict(type="str", choices=["present", "absent", "fetched"], default="present"),
            src=dict(type="path"),
            dest=dict(type="path"),
            delete_others=dict(type="bool", default=False),
            include=dict(type="list", elements="str", default=["*"]),
            exclude=dict(type="list", elements="str", default=[]),
            content_types=dict(type="dict", default={}),
            cache_control=dict(type="str"),
            compare=COMPARE,
            max_concurrency=MAX_CONCURRENCY,
            max_rate=MAX_RATE,
            wait_timeout=WAIT_TIMEOUT,
        ),
        required_if=[("state", "present", ["src"]), ("state", "fetched", ["dest"])],
        mutually_exclusive=[("src", "dest")],
        supports_check_mode=True,
    )
    run_objects(module, find_location)


if __name__ == "__main__":
    main()
