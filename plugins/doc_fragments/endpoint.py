# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Which endpoint the collection's modules need; private to the collection."""

    DOCUMENTATION = r"""
options: {}
notes:
  - AWS ended its own MediaStore service on 13 November 2025. Set O(endpoint_url), or C(AWS_URL) in the environment, to
    an endpoint that speaks the MediaStore API, such as the emulator of the role P(elemental.mediastore.emulator#role).
"""
