# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let pytest and a debugger import the collection and the emulator from where they are.

For ansible-test, the collection is on the path already, in the place that Ansible requires.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent
PACKAGES = {
    "ansible_collections": [str(ROOT / ".cache" / "collections" / "ansible_collections")],
    "ansible_collections.elemental": [],
    "ansible_collections.elemental.mediastore": [str(ROOT)],
}

sys.path.insert(0, str(ROOT / "roles" / "emulator" / "files"))
try:
    importlib.import_module("ansible_collections.elemental.mediastore")
except ImportError:
    for name, path in PACKAGES.items():
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__path__ = path
