# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a substitute for get-pip into ansible-test's cache, so that a sanity run needs only a package index.

ansible-test makes a virtual environment for each sanity test, and downloads get-pip for it from the file host of its
project. The versions that it wants are known only to an internal module of ansible-test: a release of ansible-core may
move it.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages

SUBSTITUTE = '''\
"""Install the packages named on the command line from the wheels beside this file, pip itself among them."""

import pathlib
import sys

wheels = pathlib.Path(__file__).resolve().parent / "wheels"
sys.path.insert(0, str(next(wheels.glob("pip-*.whl"))))

from pip._internal.cli.main import main

arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.exit(main(["install", "--no-index", "--find-links", str(wheels), *arguments]))
'''

cache = Path.home() / ".ansible" / "test" / "cache"
packages = get_venv_packages(SimpleNamespace(version=".".join(platform.python_version_tuple()[:2])))
substitute = cache / f"get_pip_{packages['pip'].replace('.', '_')}.py"
if not substitute.exists():
    wanted = [f"{name}=={version}" for name, version in packages.items()]
    pip = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "-d", str(cache / "wheels")]
    subprocess.run([*pip, *wanted], check=True)
    substitute.write_text(SUBSTITUTE)
