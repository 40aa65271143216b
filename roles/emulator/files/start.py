# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the emulator in the background, with this Python and the packages that it has: `python start.py ...`.

Options that are not listed here are those of `python -m mediastore_emulator`. What this Python lacks is in a virtual
environment that also sees its packages: the first start builds it. The exit status is 0 when the emulator responds, and
1 with the reason, in one sentence, if it cannot start.
"""

from __future__ import annotations

import argparse
import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

FILES = Path(__file__).resolve().parent
_REQUIREMENT = re.compile(r"([\w-]+)(?:\[\w+\])?(?: >= ([\d.]+))?(?:, < ([\d.]+))?")


class CannotStartError(Exception):
    """The emulator cannot start, for a reason in one sentence."""


def main() -> int:
    """Start the emulator in place of this program; return the exit status if that fails."""
    options, others = _parser().parse_known_args()
    try:
        python = _find_python(options)
        command = [python, "-m", "mediastore_emulator", "--detach", f"--services={options.services}", *others]
        import_path = os.pathsep.join(filter(None, [str(FILES), os.environ.get("PYTHONPATH")]))
        os.execve(python, command, {**os.environ, "PYTHONPATH": import_path})
    except (CannotStartError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False, description="Start the emulator in the background.")
    parser.add_argument("--services", default="", metavar="NAMES", help="services beside MediaStore, as s3,iam,sts")
    parser.add_argument("--environment", type=Path, metavar="DIR", help="virtual environment for missing packages")
    return parser


def _find_python(options: argparse.Namespace) -> str:
    """Return a Python with all packages; build the virtual environment if it is needed and not complete."""
    file = FILES / ("requirements-services.txt" if options.services else "requirements.txt")
    _check_version(with_services=bool(options.services))
    wanted = _read_requirements(file)
    lacking = _lacking(wanted, sys.path)
    if not lacking:
        return sys.executable
    if options.environment is None:
        raise CannotStartError(
            f"{sys.executable} lacks {'; '.join(lacking)}: install the packages of {file} there, or leave "
            "emulator_python empty."
        )
    if not _is_complete(options.environment, wanted):
        _build(options.environment, wanted, lacking)
    return str(options.environment / "bin" / "python")


def _check_version(*, with_services: bool) -> None:
    oldest = (3, 10) if with_services else (3, 9)
    if sys.version_info < oldest:
        found, needed = (".".join(map(str, version[:2])) for version in (sys.version_info, oldest))
        reason = f"{sys.executable} is Python {found}, and the emulator needs {needed} or later"
        raise CannotStartError(f"{reason}: set emulator_python to such a Python.")


def _read_requirements(file: Path) -> list[str]:
    """Return the lines of a file of requirements and of the files that it includes, without comments."""
    requirements = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            requirements += _read_requirements(file.with_name(line[3:]))
        elif not line.startswith("#"):
            requirements.append(line)
    return requirements


def _lacking(requirements: list[str], import_path: list[str]) -> list[str]:
    """Return the requirements that no package in the directories of `import_path` meets."""
    return [requirement for requirement in requirements if not _is_met(requirement, import_path)]


def _is_met(requirement: str, import_path: list[str]) -> bool:
    # Python 3.7 lacks it, and _check_version refuses that.
    from importlib.metadata import distributions

    [(name, oldest, first_unknown)] = _REQUIREMENT.findall(requirement)
    found = next(iter(distributions(name=name, path=import_path)), None)
    if found is None:
        return False
    version = _numbers(found.version)
    return version >= _numbers(oldest or "0") and (not first_unknown or version < _numbers(first_unknown))


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _site_packages(environment: Path) -> Path:
    return Path(sysconfig.get_path("purelib", "posix_prefix", {"base": str(environment)}))


def _link(environment: Path) -> Path:
    """Return the file through which a virtual environment sees the packages of this Python."""
    return _site_packages(environment) / "emulator.pth"


def _linked() -> str:
    """Return the directories with the packages of this Python, one a line.

    The option --system-site-packages does not include those of a virtual environment.
    """
    return "".join(f"{path}\n" for path in sys.path if Path(path).name in ("site-packages", "dist-packages"))


def _is_complete(environment: Path, requirements: list[str]) -> bool:
    """Return whether a virtual environment belongs to this Python and has all packages."""
    link = _link(environment)
    if not (environment / "bin" / "python").exists() or not link.exists() or link.read_text() != _linked():
        return False
    return not _lacking(requirements, [str(link.parent), *sys.path])


def _build(environment: Path, wanted: list[str], lacking: list[str]) -> None:
    """Build a virtual environment beside its place, and move it there once it is complete.

    Of several starts at once, one builds it, and the others wait for that.
    """
    environment.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with environment.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_complete(environment, wanted):
            return
        new = environment.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        venv.create(new, symlinks=True)
        _link(new).write_text(_linked())
        _install(new, lacking, environment.with_suffix(".log"), lock.fileno())
        shutil.rmtree(environment, ignore_errors=True)
        new.rename(environment)


def _install(environment: Path, requirements: list[str], log: Path, lock: int) -> None:
    """Install packages with the pip of this Python, or with the one that Python includes."""
    python = str(environment / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    commands = [[*pip, *requirements]]
    if importlib.util.find_spec("pip") is None:
        commands.insert(0, [python, "-m", "ensurepip"])
    with log.open("w") as output:
        for command in commands:
            # The lock is open in pip, too: if this program is killed, the next start waits until pip has ended.
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PIP_USER": "0"},
                pass_fds=[lock],
                check=False,
            )
            if ended.returncode:
                raise CannotStartError(
                    f'pip cannot install {"; ".join(requirements)} for {sys.executable}, because of "{_reason(log)}" '
                    f"(all output: {log}): give pip a package index, such as PIP_INDEX_URL in the environment of the "
                    "task, or set emulator_python to a Python that has these packages."
                )


def _reason(log: Path) -> str:
    """Return the last line that pip calls an error, or its last line, with the error of the system that it had."""
    text = log.read_text(errors="replace").strip() or "no output"
    errors = re.findall("^ERROR: (.*)", text, re.MULTILINE) or text.splitlines()
    return " ".join([errors[-1], *re.findall(r"\[Errno -?[0-9]+\] [A-Za-z ]+", text)[-1:]])


if __name__ == "__main__":
    sys.exit(main())
