#!/usr/bin/python
# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mediastore_object
short_description: Manage one object in an AWS Elemental MediaStore container
version_added: 1.2.0
description:
  - Uploads an object to a container, fetches it to a file, or deletes it.
  - Files are on the host that runs the module. With the connection V(local), a relative path is relative to the
    directory of the playbook, also in a role.
options:
  path:
    description:
      - The path of the object, for example V(news/1080p/segment-1.ts). Folders are created with the object.
      - Each name in it can have the letters A-Z and a-z, digits, and C(_), C(=), C(:), C(.), C(-) and C(~).
      - It has at most 900 characters and 10 folders.
    type: str
    required: true
  state:
    description:
      - V(present) uploads the object if it does not exist or differs.
      - V(fetched) writes its content to O(dest) if this file does not exist or differs.
      - V(absent) deletes the object. To delete a folder, use M(elemental.mediastore.mediastore_objects).
    type: str
    choices: [present, absent, fetched]
    default: present
  src:
    description:
      - The file with the content of the object, at most 25 MB (26214400 bytes).
      - With O(state=present), exactly one of O(src), O(content) and O(content_base64) is required.
    type: path
  content:
    description:
      - The content of the object as text, which is stored as UTF-8. A value of another type is stored as JSON.
    type: raw
  content_base64:
    description:
      - The content of the object, encoded with base64, in one line or several.
    type: str
  content_type:
    description:
      - The content type of the object, without parameters such as C(charset).
      - If omitted, the extension of O(path) determines it, for example V(application/vnd.apple.mpegurl) for C(.m3u8),
        and V(application/octet-stream) for an extension that the module does not know.
    type: str
  cache_control:
    description:
      - The header C(Cache-Control) with which the object is served, for example V(max-age=6).
      - If omitted, an existing object keeps the one that it has. An empty string removes it.
    type: str
  dest:
    description:
      - The file to which O(state=fetched) writes the content, never a directory. Directories that do not exist are
        created.
      - The task writes a new file in the same directory, which replaces O(dest) when it is complete, and gets the
        permissions of the file that it replaces and, if the system allows it, its owner and group. If O(dest) is a
        symbolic link, the file that it leads to is replaced.
      - The file gets the time of the last modification of the object, by which C(aws s3 sync), for example, finds the
        files that are new.
    type: path
seealso:
  - module: elemental.mediastore.mediastore_objects
  - module: elemental.mediastore.mediastore_object_info
extends_documentation_fragment:
  - elemental.mediastore.objects
  - elemental.mediastore.objects.wait_timeout
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
- name: Upload a playlist
  elemental.mediastore.mediastore_object:
    container: live
    path: news/index.m3u8
    src: files/index.m3u8
    cache_control: max-age=6

- name: Upload data as JSON
  elemental.mediastore.mediastore_object:
    container: live
    path: news/status.json
    content: "{{ {'on_air': true} | to_json }}"

- name: Fetch the playlist
  elemental.mediastore.mediastore_object:
    container: live
    path: news/index.m3u8
    state: fetched
    dest: /tmp/index.m3u8

- name: Delete the playlist
  elemental.mediastore.mediastore_object:
    container: live
    path: news/index.m3u8
    state: absent
"""

RETURN = r"""
object:
  description:
    - The object after the task, or as it would be in check mode. V(null) if it is absent.
    - After an upload, C(etag) and C(last_modified) are V(null), because the task does not read the object again.
  returned: success
  type: dict
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
      description: The length in bytes, V(null) while the object is being uploaded by another client.
      type: int
      returned: always
      sample: 312
    cache_control:
      description: The header C(Cache-Control) with which the object is served, V(null) if it has none.
      type: str
      returned: always
      sample: max-age=6
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
    sha256:
      description: The SHA-256 of the content in hexadecimal, V(null) if the task did not read the content.
      type: str
      returned: always
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
dest:
  description:
    - The file. Ansible adds what it returns for files, such as C(mode), C(owner), C(size) and C(state).
  returned: when O(state=fetched)
  type: str
  sample: /tmp/index.m3u8
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..module_utils._arguments import COMPARE, CONTAINER, WAIT_TIMEOUT
from ..module_utils._mediastore.location import find_location
from ..module_utils._mediastore_data.runner import run_object

CONTENTS = ["src", "content", "content_base64"]


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=dict(
            container=CONTAINER,
            path=dict(type="str", required=True),
            state=dict(type="str", choices=["present", "absent", "fetched"], default="present"),
            src=dict(type="path"),
            content=dict(type="raw"),
            content_base64=dict(type="str"),
            content_type=dict(type="str"),
            cache_control=dict(type="str"),
            dest=dict(type="path"),
            compare=COMPARE,
            wait_timeout=WAIT_TIMEOUT,
        ),
        required_if=[("state", "present", CONTENTS, True), ("state", "fetched", ["dest"])],
        mutually_exclusive=[CONTENTS],
        supports_check_mode=True,
    )
    run_object(module, find_location)


if __name__ == "__main__":
    main()
