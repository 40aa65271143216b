# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks, each callable alone: .venv/bin/nox -s NAME.

They share the virtual environment that `make` has made, where they can: building one for each would take minutes.
`make test` runs all of them, see LANES in hacking/toolchain.py.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).resolve().parent / "hacking"))

from toolchain import BIN, COLLECTIONS, GALAXY, ROOT, TREE, environment, git_files, obstacle, servers, stage

# Of the lines and branches of plugins/, in percent, unit and integration tests together.
COVERAGE_FLOOR = os.environ.get("COVERAGE_FLOOR", "95")
SITE = ROOT / ".cache" / "docs" / "html"

nox.options.default_venv_backend = "none"
nox.options.envdir = str(ROOT / ".cache" / "nox")
nox.options.stop_on_first_error = False

# So that a run that is ended stops its servers.
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


def run(session: nox.Session, program: str, *arguments: str, cwd: Path = TREE, **env: str) -> None:
    """Run one of the virtual environment's programs, in the staged collection and a clean environment."""
    if "MEDIASTORE_STAGED" not in os.environ:
        stage()
    with session.chdir(cwd):
        full_env = {**environment(), **env}
        session.run(str(BIN / program), *arguments, env=full_env, include_outer_env=False, external=True)


def local() -> list[str]:
    """Return what keeps ansible-test from trying every interpreter on the PATH, or a container."""
    return ["--local", "--python", "{}.{}".format(*sys.version_info)]


def forget_coverage(command: str) -> None:
    """Remove what an earlier run of an ansible-test command has recorded."""
    for path in (TREE / "tests" / "output" / "coverage").glob(f"{command}=*"):
        path.unlink()


@nox.session
def sanity(session: nox.Session) -> None:
    """ansible-test sanity."""
    run(session, "ansible-test", "sanity", *local(), *session.posargs)


@nox.session
def units(session: nox.Session) -> None:
    """ansible-test units; name files to run only these."""
    forget_coverage("units")
    run(session, "ansible-test", "units", *local(), "--coverage", *session.posargs)


@nox.session
def histories(session: nox.Session) -> None:
    """Random histories of tasks; HISTORY_STEPS or HISTORY_MINUTES and HISTORY_SEED say how many and which."""
    search = os.pathsep.join([str(COLLECTIONS), str(TREE / "roles" / "emulator" / "files")])
    run(session, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/histories", PYTHONPATH=search)


@nox.session
def integration(session: nox.Session) -> None:
    """ansible-test integration against the emulator; name targets to run only these."""
    if "MEDIASTORE_STAGED" not in os.environ:
        stage()
    forget_coverage("integration")
    with servers() as settings:
        # ansible-test hands no environment variables on, so the tests find their servers in this file.
        settings |= {
            "aws_region": "us-east-1",
            "aws_access_key": "AKIAIOSFODNN7EXAMPLE",
            "aws_secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "python": str(BIN / "python"),
            "ansible_async_dir": environment()["ANSIBLE_ASYNC_DIR"],
            "ansible_remote_tmp": environment()["ANSIBLE_REMOTE_TMP"],
        }
        config = TREE / "tests" / "integration" / "integration_config.yml"
        config.write_text("---\n" + "".join(f'{name}: "{value}"\n' for name, value in settings.items()))
        command = [str(BIN / "ansible-test"), "integration", *local(), "--coverage", *session.posargs]
        process = subprocess.Popen(
            command, cwd=TREE, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout
        skipped = False
        for line in process.stdout:
            print(line, end="", flush=True)
            skipped = skipped or bool(re.search("All targets skipped|Excluding tests", line))
        if process.wait() != 0:
            session.error(f"ansible-test ended with status {process.returncode}")
        if skipped:
            session.error("ansible-test has skipped targets")


@nox.session
def end_to_end(session: nox.Session) -> None:
    """Run what users run, with the programs they use; name files to run only these."""
    if "MEDIASTORE_STAGED" not in os.environ:
        stage()
    with servers() as settings:
        files = session.posargs or ["tests/end_to_end"]
        known = {
            "MEDIASTORE_ENDPOINT": settings["endpoint_url"],
            "MEDIASTORE_CLOSED_ENDPOINT": settings["closed_endpoint_url"],
            "MEDIASTORE_REPOSITORY": str(ROOT),
            "MEDIASTORE_PYTHON": os.path.realpath(sys._base_executable),
        }
        run(session, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, **known)


@nox.session
def galaxy(session: nox.Session) -> None:
    """galaxy-importer: Galaxy takes the artefact."""
    directory = Path(session.create_tmp())
    for old in directory.glob("*.tar.gz"):
        old.unlink()
    run(session, "ansible-galaxy", "collection", "build", "--output-path", str(directory))
    (artefact,) = directory.glob("*.tar.gz")
    # The importer shows Ansible only the artefact; amazon.aws, which Galaxy would have, is found on Python's own path.
    path = os.pathsep.join([str(GALAXY / "bin"), environment()["PATH"]])
    env = {**environment(), "PATH": path, "PYTHONPATH": str(COLLECTIONS)}
    importer = [str(GALAXY / "bin" / "python"), "-m", "galaxy_importer.main", artefact.name]
    with session.chdir(directory):
        printed = str(session.run(*importer, env=env, include_outer_env=False, silent=True, external=True))
    session.log(printed)
    if "Importer processing completed successfully" not in printed or re.search("^(ERROR|WARNING)", printed, re.M):
        session.error("galaxy-importer has found something")


@nox.session
def coverage(session: nox.Session) -> None:
    """Coverage of plugins/, of what units and integration have recorded."""
    run(session, "ansible-test", "coverage", "combine", "--all")
    data = ["--data-file", "tests/output/coverage/coverage", "--rcfile", "pyproject.toml"]
    run(session, "python", "-m", "coverage", "report", *data, "--fail-under", COVERAGE_FLOOR)


@nox.session
def ansible_lint(session: nox.Session) -> None:
    """ansible-lint, production profile."""
    run(session, "ansible-lint")


@nox.session
def docs_lint(session: nox.Session) -> None:
    """antsibull-docs: the documentation of modules and roles, and its references."""
    references = ["--validate-collection-refs", "dependent", "--disallow-unknown-collection-refs"]
    run(session, "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--check-extra-docs-refs", *references, ".")


@nox.session
def docs(session: nox.Session) -> None:
    """antsibull-docs and Sphinx: the documentation site, in .cache/docs."""
    pages = ROOT / ".cache" / "docs" / "rst"
    pages.mkdir(mode=0o755, parents=True, exist_ok=True)
    current = ["--use-current", "--squash-hierarchy", "--fail-on-error", "elemental.mediastore"]
    run(session, "antsibull-docs", "collection", "--cleanup", "everything", "--dest-dir", str(pages), *current)
    shutil.copytree(ROOT / "docs" / "docsite" / "images", pages / "images", dirs_exist_ok=True)
    shutil.copy(ROOT / "docs" / "site" / "index.rst", pages)
    shutil.copy(ROOT / "CHANGELOG.rst", pages / "changelog.rst")
    shutil.rmtree(SITE, ignore_errors=True)
    config = ["-c", str(TREE / "docs" / "site")]
    run(session, "sphinx-build", "-q", "-E", "-W", "--keep-going", *config, str(pages), str(SITE))
    session.log(f"The site begins at {SITE / 'index.html'}")


@nox.session
def browser(session: nox.Session) -> None:
    """Open the site that docs has built in headless Chromium; save screenshots in .cache/site-screenshots."""
    if reason := obstacle("browser"):
        session.error(reason)
    if not SITE.is_dir():
        session.error("build the site first: .venv/bin/nox -s docs browser")
    known = {"MEDIASTORE_SITE": str(SITE), "MEDIASTORE_SCREENSHOTS": str(ROOT / ".cache" / "site-screenshots")}
    run(session, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/site", **known)


@nox.session
def changelog(session: nox.Session) -> None:
    """antsibull-changelog: the fragments."""
    run(session, "antsibull-changelog", "lint")


@nox.session
def ruff(session: nox.Session) -> None:
    """Ruff's linter."""
    run(session, "ruff", "check", cwd=ROOT)


@nox.session
def formatting(session: nox.Session) -> None:
    """Ruff's formatter, which only looks here; `.venv/bin/ruff format` is the remedy."""
    run(session, "ruff", "format", "--diff", cwd=ROOT)


@nox.session
def mypy(session: nox.Session) -> None:
    """mypy, strict, on the code that modules share, the emulator, the tool chain and the site's configuration."""
    emulator = TREE / "roles" / "emulator" / "files"
    module_utils = (TREE / "plugins" / "module_utils").relative_to(COLLECTIONS)
    site = TREE / "docs" / "site" / "conf.py"
    paths = [str(module_utils), str(emulator / "mediastore_emulator"), str(TREE / "hacking"), str(site)]
    search = os.pathsep.join([str(COLLECTIONS), str(emulator), str(TREE / "hacking")])
    config = ["--config-file", str(TREE / "pyproject.toml"), "--cache-dir", str(ROOT / ".cache" / "mypy")]
    run(session, "mypy", *config, *paths, cwd=COLLECTIONS, MYPYPATH=search)


@nox.session
def reuse(session: nox.Session) -> None:
    """reuse: each file has a copyright and a licence."""
    run(session, "reuse", "lint", "--quiet", cwd=ROOT)


@nox.session
def codespell(session: nox.Session) -> None:
    """codespell: spelling."""
    run(session, "codespell", *sorted(git_files(ROOT) - {"LICENSE", "LICENSES/GPL-3.0-or-later.txt"}), cwd=ROOT)
