# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of the collection's modules; private to the collection."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/elemental.mediastore.aws) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - elemental.mediastore.aws
  check_mode:
    description: Can run in check mode and predict what it would change without changing anything.
  diff_mode:
    description: Returns what has changed, or would change in check mode, when in diff mode.
  idempotent:
    description: When run a second time with the same options, and nothing else has changed since, it changes nothing.
"""

    STATE = r"""
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This action does not modify state.
  diff_mode:
    support: N/A
    details:
      - This action does not modify state.
  idempotent:
    support: full
    details:
      - This action does not modify state.
"""
