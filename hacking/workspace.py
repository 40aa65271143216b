# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the checks run: collections as Ansible finds them, and an environment without the user's settings."""

from __future__ import annotations

import contextlib
import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# make test-all names a file of requirements/matrix here.
MATRIX_VERSIONS = os.environ.get("MEDIASTORE_VERSIONS", "")
CACHE = ROOT / ".cache" / MATRIX_VERSIONS
COLLECTIONS = CACHE / "collections"
TREE = COLLECTIONS / "ansible_collections" / "elemental" / "mediastore"
EMULATOR = TREE / "roles" / "emulator" / "files"
HOME = CACHE / "home"
# Collections that only the benchmark runs, apart, so that no other check finds them.
COMPARED = CACHE / "compared"
# pip's settings that decide where packages come from, and the variables in which uv takes them: it reads no pip.conf.
UV_VARIABLES = {
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "constraint": "UV_CONSTRAINT",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "index-url": "UV_DEFAULT_INDEX",
    "no-index": "UV_NO_INDEX",
    "proxy": "ALL_PROXY",
    "trusted-host": "UV_INSECURE_HOST",
}


def stage() -> None:
    """Copy the files that git knows to where Ansible finds them as elemental.mediastore.

    ansible-test does not accept a symbolic link there, and tests the files that the innermost git repository tracks:
    therefore the copy is a git repository. git ignores what tests write there, such as coverage, so it remains.
    """
    if not (TREE / ".git").exists():
        TREE.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "-q", "--template=", str(TREE)], check=True)
    wanted = own_files()
    for path in git_files(TREE) - wanted:
        (TREE / path).unlink(missing_ok=True)
        # antsibull-docs fails for a directory of plugins that is empty.
        with contextlib.suppress(OSError):
            os.removedirs((TREE / path).parent)
    copy_files(wanted, TREE)


def own_files() -> set[str]:
    """List the files of the repository that git knows."""
    return {path for path in git_files(ROOT) if (ROOT / path).is_file()}


def copy_files(paths: set[str], directory: Path) -> None:
    """Copy files of the repository to a directory, unless they are equal there."""
    for path in paths:
        source, target = ROOT / path, directory / path
        if not target.is_file() or not filecmp.cmp(source, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def git_files(directory: Path) -> set[str]:
    """List the files under a git work tree that are tracked, or not ignored."""
    command = ["git", "-C", str(directory), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {path for path in output.split("\0") if path}


def fetch_collection(name: str, python: str, directory: Path = COLLECTIONS) -> None:
    """Take a collection out of the package ansible for a Python such as 3.13: Ansible Galaxy is not needed that way."""
    files = [os.environ.get("PIP_CONSTRAINT"), "requirements/collections.txt"]
    folder = f"ansible_collections/{name.replace('.', '/')}/"
    made_of = CACHE / f"{name.replace('.', '_')}_made_of.txt"
    wanted = "\n".join([python, *((ROOT / file).read_text() for file in files if file)])
    if made_of.exists() and made_of.read_text() == wanted:
        return
    shutil.rmtree(directory / folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--only-binary", ":all:"]
    with tempfile.TemporaryDirectory() as wheels:
        subprocess.run([*pip, "--python-version", python, "-d", wheels, "-r", str(files[-1])], cwd=ROOT, check=True)
        (wheel,) = Path(wheels).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(directory, [file for file in archive.namelist() if file.startswith(folder)])
    made_of.write_text(wanted)


def make_home() -> None:
    """Make the HOME of everything that runs, so that the user's credentials and settings are not found."""
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / "ansible.cfg").touch()  # an empty one, so that Ansible does not look for another
    # ansible-test and the emulator role run pip, which keeps the user's settings. A link: they may hold a password.
    settings = Path.home() / ".config" / "pip"
    if settings.is_dir() and not (HOME / ".config").exists():
        (HOME / ".config").mkdir()
        (HOME / ".config" / "pip").symlink_to(settings)


def environment(programs: str) -> dict[str, str]:
    """Return the caller's environment without settings of AWS and Ansible; `programs` comes first on the PATH."""
    drop = re.compile("(AWS|EC2|S3|BOTO|BOTO3|ANSIBLE|MOTO|XDG|PYTEST|NOX|GIT)_|PYTHON|VIRTUAL_ENV|MAKE|MFLAGS")
    env = {name: value for name, value in os.environ.items() if not drop.match(name)}
    return env | {
        "HOME": str(HOME),
        "PATH": f"{programs}{os.pathsep}{env.get('PATH', os.defpath)}",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "GIT_CEILING_DIRECTORIES": str(CACHE),  # amazon.aws in there does not belong to this repository
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_CONFIG": str(HOME / "ansible.cfg"),
        "ANSIBLE_NOCOWS": "1",
        "ANSIBLE_ASYNC_DIR": str(HOME / ".ansible_async"),  # Ansible looks for these two in the home that the user
        "ANSIBLE_REMOTE_TMP": str(HOME / ".ansible" / "tmp"),  # database knows, whatever HOME says
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def installer_settings() -> dict[str, str]:
    """Return the variables with which uv installs as pip does on this machine, and both retry for about two minutes."""
    settings = {"UV_CACHE_DIR": str(ROOT / ".cache" / "uv"), "UV_INDEX_STRATEGY": "unsafe-best-match"}
    settings |= {"UV_HTTP_RETRIES": "10", "PIP_RETRIES": "10", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    for section in ("global", "install", ":env:"):  # pip lets the later ones override the earlier ones
        for name, value in re.findall(rf"^{section}\.([\w-]+)='(.*)'$", listed.stdout, re.MULTILINE):
            if name in UV_VARIABLES:
                settings[UV_VARIABLES[name]] = " ".join(value.split("\\n")).strip()
    return settings | {name: value for name, value in os.environ.items() if name in settings}
