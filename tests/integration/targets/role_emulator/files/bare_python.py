# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make DIRECTORY/bare, a virtual environment with pip and botocore, and DIRECTORY/wheels with the wheel of h11.

ansible-test needs coverage in each Python that runs modules.
"""

from __future__ import annotations

import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

LINKED = ("botocore", "jmespath", "python-dateutil", "six", "urllib3", "coverage")


def main(directory: Path) -> None:
    """Make both, of the packages of this Python."""
    venv.create(directory / "bare", with_pip=True)
    packages = Path(sysconfig.get_path("purelib", "posix_prefix", {"base": str(directory / "bare")}))
    for name in LINKED:
        found = distribution(name)
        for part in {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            (packages / part).symlink_to(found.locate_file(part))
    h11 = distribution("h11")
    wheels = directory / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / f"h11-{h11.version}-py3-none-any.whl", "w") as wheel:
        for file in h11.files or []:
            if file.suffix != ".pyc":
                wheel.write(file.locate(), str(file))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
