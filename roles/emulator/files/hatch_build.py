# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata of the Python package that have another home: its version and its requirements."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface
from packaging.version import Version

_FILES = Path(__file__).resolve().parent
_COLLECTION = _FILES.parents[2]


class MetadataHook(MetadataHookInterface):
    """Adds the version of the collection, and the requirements of the role."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add what pyproject.toml lists as dynamic."""
        # Python writes 1.1.0-dev0 as 1.1.0.dev0.
        metadata["version"] = str(Version(_version()))
        metadata["dependencies"] = _requirements("requirements.txt")
        metadata["optional-dependencies"] = {"services": _requirements("requirements-services.txt")}


def _version() -> str:
    """Return the version of the collection, from the file that its source has, or from that of an installed one."""
    source, manifest = _COLLECTION / "galaxy.yml", _COLLECTION / "MANIFEST.json"
    if source.exists():
        return str(re.findall(r"^version: (\S+)$", source.read_text(encoding="utf-8"), re.MULTILINE)[0])
    if manifest.exists():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    raise ValueError(f"The version is that of the collection, but {_COLLECTION} is none: install from the collection.")


def _requirements(name: str) -> list[str]:
    """Return the requirements in a file; those that it includes are dependencies of the package anyway."""
    lines = (_FILES / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith(("#", "-r "))]
