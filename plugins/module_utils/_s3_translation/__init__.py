# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The translation of a container's declaration to the S3 bucket that replaces it. Pure functions, no requests.

- translate: from a container and the choices of the user to the bucket, and to findings: what is not exact
- check_choices: refuses choices that are valid for no bucket
- expand_name, needs_account: from a template to the name of a bucket
- shared_names: which containers would have one bucket
- count_parts, without_aspects: how much of a declaration is exact
- replacements: the values for a bucket that clients use in place of those of the container
- CODES: what the codes of findings mean

Each rule has a number in its docstring, such as P7 or L2, which docs/docsite/rst/guide_s3_rules.rst explains, and its
source: S3:PAGE is a page of the Amazon S3 User Guide, API:NAME one of the Amazon S3 API Reference, MS:PAGE one of the
MediaStore User Guide, CF-S3 and CF-MS the pages of the CloudFront Developer Guide about access to origins, EML the page
of the MediaLive User Guide about permissions.

Two rules stand above all. The bucket never allows a request that the container did not allow, and nothing is omitted
without a finding. A finding is approximate, or impossible; what is impossible is only done if the user accepts its
code: then an Allow is omitted, and a Deny denies more.
"""

from __future__ import annotations

from .choices import OPTIONS, Choices
from .counts import count_parts, without_aspects
from .findings import APPROXIMATE, CODES, IMPOSSIBLE, Code, Finding
from .names import expand_name, needs_account, shared_names
from .principals import public_access_block
from .replacements import replacements
from .translation import check_choices, translate

__all__ = [
    "APPROXIMATE",
    "CODES",
    "IMPOSSIBLE",
    "OPTIONS",
    "Choices",
    "Code",
    "Finding",
    "check_choices",
    "count_parts",
    "expand_name",
    "needs_account",
    "public_access_block",
    "replacements",
    "shared_names",
    "translate",
    "without_aspects",
]
