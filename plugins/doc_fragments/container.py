# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of the modules that change one container; private to the collection."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - The name of the container.
      - 1 to 255 characters, each a letter C(A-Z) or C(a-z), a digit, C(_) or C(-).
    type: str
    required: true
    aliases: [container_name]
  wait_timeout:
    description:
      - Total seconds that the task may spend on waiting for the container and on retries, 0 to 604800.
    type: int
    default: 600
"""

    DOCUMENT = r"""
options: {}
notes:
  - A task sends one request to read the current state, and one more if it changes something. Check mode sends only the
    first.
"""
