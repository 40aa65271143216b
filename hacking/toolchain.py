# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks and the quickstart need: a virtual environment, a staged collection, a clean environment, servers.

Standard library only, because it is what makes the virtual environment. Called by the Makefile, imported by noxfile.py.
Everything lives in two ignored directories: .venv, and .cache with

    collections/   ansible_collections/amazon/aws, and beside it a copy of this repository as elemental/mediastore
    home/          HOME of everything that runs, so that nobody's credentials and settings are found
    logs/          the output of the last run's steps and servers
    galaxy/        a virtual environment for galaxy-importer, which pins old packages
"""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
CACHE = ROOT / ".cache"
COLLECTIONS = CACHE / "collections"
AMAZON_AWS = COLLECTIONS / "ansible_collections" / "amazon" / "aws"
TREE = COLLECTIONS / "ansible_collections" / "elemental" / "mediastore"
HOME = CACHE / "home"
LOGS = CACHE / "logs"
GALAXY = CACHE / "galaxy"
PICTURES = ROOT / "docs" / "docsite" / "images"  # what make benchmark draws

# What is installed, by level, and the files that decide it.
QUICKSTART_FILES = [
    "requirements/quickstart.txt",
    "requirements/collections.txt",
    "roles/emulator/files/requirements.txt",
]
TEST_FILES = [
    "requirements/test.txt",
    "requirements/docs.txt",
    "requirements/galaxy.txt",
    "tests/unit/requirements.txt",
    "tests/integration/requirements.txt",
    "tests/end_to_end/requirements.txt",
    "tests/site/requirements.txt",
]
BENCHMARK_FILES = ["requirements/benchmark.txt"]
LEVELS = {
    "quickstart": QUICKSTART_FILES,
    "test": QUICKSTART_FILES + TEST_FILES,
    "benchmark": QUICKSTART_FILES + BENCHMARK_FILES,
}

# Run side by side, in each lane one step after another; the lanes are about as long as each other.
LANES = [
    ["integration", "end_to_end", "galaxy"],
    [
        *["units", "histories", "sanity", "ansible_lint", "docs_lint", "docs", "browser"],
        *["changelog", "ruff", "formatting", "mypy", "reuse", "codespell"],
    ],
]
# Run after them, because coverage needs what units and integration have recorded.
LAST = ["coverage"]

# ansible-test makes a virtual environment of its own for each sanity test, and for the pip in it downloads get-pip from
# its project's file host. This stands in its place, so that a package index is the only thing that must be reachable.
GET_PIP = '''\
"""Install the packages named on the command line from the wheels beside this file, pip itself among them."""

import pathlib
import sys

wheels = pathlib.Path(__file__).resolve().parent / "wheels"
sys.path.insert(0, str(next(wheels.glob("pip-*.whl"))))

from pip._internal.cli.main import main

arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.exit(main(["install", "--no-index", "--find-links", str(wheels), *arguments]))
'''


def say(message: str) -> None:
    """Print at once, so that the order is kept among the output of the programs that are started."""
    print(message, flush=True)


# --- the virtual environment and amazon.aws


def setup(level: str) -> None:
    """Make .venv and .cache fit for a level: quickstart, or test or benchmark, which include it.

    They are made anew when the interpreter or the requirements have changed, or the repository was moved.
    """
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            major, minor = sys.version_info[:2]
            sys.exit(
                f"{sys.executable} has no module {module}: install the Debian package python{major}.{minor}-venv, "
                "or name another interpreter with PYTHON=..."
            )
    stamp = VENV / "stamp.json"
    made_by = [sys.version, os.path.realpath(getattr(sys, "_base_executable", sys.executable)), str(ROOT)]
    if constraints := os.environ.get("PIP_CONSTRAINT"):
        made_by.append(digest(Path(constraints)))
    wanted = {name: [*made_by, *(digest(ROOT / file) for file in files)] for name, files in LEVELS.items()}
    try:
        found = json.loads(stamp.read_text())
    except (OSError, ValueError):
        found = {}
    if not found or any(found[name] != wanted[name] for name in found):
        found = {}
        say(f"Creating .venv with Python {sys.version.split()[0]}")
        for directory in (COLLECTIONS, HOME):
            shutil.rmtree(directory, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        make_home()
    install = {"quickstart": install_quickstart, "test": install_test, "benchmark": install_benchmark}
    for name in dict.fromkeys(["quickstart", level]):
        if name not in found:
            say(f"Installing what {name} needs")
            install[name]()
            found[name] = wanted[name]
            stamp.write_text(json.dumps(found))


def make_home() -> None:
    """Make the HOME of everything that runs."""
    HOME.mkdir(parents=True)
    (HOME / "ansible.cfg").touch()  # an empty one, so that no other is looked for
    # A package index that is configured in the real home stays in use. A link, because it may hold a password.
    settings = Path.home() / ".config" / "pip"
    if settings.is_dir():
        (HOME / ".config").mkdir()
        (HOME / ".config" / "pip").symlink_to(settings)


def digest(path: Path) -> str:
    """Return a fingerprint of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(*command: str, cwd: Path, env: dict[str, str] | None = None) -> None:
    """Run what needs a package index, and again in case that was out of reach for a moment; show only failures."""
    for pause in (5, 30, None):
        done = subprocess.run(
            command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if not done.returncode:
            return
        say(done.stdout)
        if pause:
            say(f"Trying again in {pause} seconds")
            time.sleep(pause)
    sys.exit("This failed, see above: " + " ".join(command))


def pip(*arguments: str, venv: Path = VENV) -> None:
    """Run a virtual environment's pip, which prints only errors."""
    python = str(venv / "bin" / "python")
    fetch(python, "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq", *arguments, cwd=ROOT)


def install_quickstart() -> None:
    """Install ansible-core and the emulator's needs, and take amazon.aws out of the ansible package."""
    pip("install", "-r", "requirements/quickstart.txt")
    with tempfile.TemporaryDirectory() as directory:
        pip("download", "--no-deps", "--only-binary", ":all:", "-d", directory, "-r", "requirements/collections.txt")
        (wheel,) = Path(directory).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            prefix = AMAZON_AWS.relative_to(COLLECTIONS).as_posix() + "/"
            archive.extractall(COLLECTIONS, [name for name in archive.namelist() if name.startswith(prefix)])


def install_test() -> None:
    """Install the test tools, and what they would fetch for themselves in the middle of a check."""
    ask = (
        "import json, platform, types, ansible.release, ansible_test;"
        "from ansible_test._internal.python_requirements import get_venv_packages;"
        "version = '.'.join(platform.python_version_tuple()[:2]);"
        "packages = get_venv_packages(types.SimpleNamespace(version=version));"
        "print(json.dumps([ansible.release.__version__, ansible_test.__path__[0], packages]))"
    )
    answer = subprocess.run([str(BIN / "python"), "-c", ask], check=True, capture_output=True, text=True).stdout
    core, found, packages = json.loads(answer)

    requirements = Path(found) / "_data" / "requirements"
    # With --requirements ansible-test would do this itself: at every run, and while other steps use the environment.
    own = ["-r", str(requirements / "ansible-test.txt"), "-r", str(requirements / "units.txt")]
    pip("install", "-r", "requirements/test.txt", *own, "-c", str(requirements / "constraints.txt"))

    cache = HOME / ".ansible" / "test" / "cache"
    pip("download", "--no-deps", "-d", str(cache / "wheels"), *(f"{name}=={packages[name]}" for name in packages))
    (cache / f"get_pip_{packages['pip'].replace('.', '_')}.py").write_text(GET_PIP)
    stage()
    sanity = ("sanity", "--prime-venvs", "--local", "--python", "{}.{}".format(*sys.version_info))
    fetch(str(BIN / "ansible-test"), *sanity, cwd=TREE, env=environment())

    subprocess.run([sys.executable, "-m", "venv", "--clear", str(GALAXY)], check=True)
    pip("install", "-r", "requirements/galaxy.txt", f"ansible-core=={core}", venv=GALAXY)


def install_benchmark() -> None:
    """Install what draws the benchmark's pictures."""
    pip("install", "-r", "requirements/benchmark.txt")


# --- the staged collection and the environment


def stage(tree: Path = TREE) -> None:
    """Copy the files that git knows, by default to where Ansible finds them as elemental.mediastore.

    ansible-test takes no symbolic link there, and lists what the innermost git repository knows: hence one of its own.
    What tests have left there (coverage) is ignored by git and stays.
    """
    if not (tree / ".git").exists():
        tree.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "-q", "--template=", str(tree)], check=True)
    wanted = {path for path in git_files(ROOT) if (ROOT / path).is_file()}
    for path in git_files(tree) - wanted:
        (tree / path).unlink(missing_ok=True)
    for path in wanted:
        source, target = ROOT / path, tree / path
        if not target.is_file() or not filecmp.cmp(source, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def git_files(directory: Path) -> set[str]:
    """List the files under a git work tree that are tracked, or not ignored."""
    command = ["git", "-C", str(directory), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {path for path in output.split("\0") if path}


def environment() -> dict[str, str]:
    """Return the environment of all that runs: the caller's without credentials and settings of AWS and Ansible."""
    drop = re.compile("(AWS|EC2|S3|BOTO|BOTO3|ANSIBLE|MOTO|XDG|PYTEST|NOX|GIT)_|PYTHON|VIRTUAL_ENV|MAKE|MFLAGS")
    env = {name: value for name, value in os.environ.items() if not drop.match(name)}
    env.update(
        HOME=str(HOME),
        PATH=f"{BIN}{os.pathsep}{env.get('PATH', os.defpath)}",
        NO_PROXY="127.0.0.1,localhost",
        no_proxy="127.0.0.1,localhost",
        GIT_CEILING_DIRECTORIES=str(CACHE),  # amazon.aws in there is no part of this repository
        ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
        ANSIBLE_CONFIG=str(HOME / "ansible.cfg"),
        ANSIBLE_NOCOWS="1",
        ANSIBLE_ASYNC_DIR=str(HOME / ".ansible_async"),  # Ansible looks for these two in the home that the user
        ANSIBLE_REMOTE_TMP=str(HOME / ".ansible" / "tmp"),  # database knows, whatever HOME says
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
    )
    return env


# --- servers


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Run the emulator and a stock moto server on free ports of loopback, and yield the integration tests' settings.

    At closed_endpoint_url nothing listens: its port is taken, so that no other program can.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    python = str(BIN / "python")
    commands = {
        "endpoint_url": [python, "-u", "-m", "mediastore_emulator", "--host", "127.0.0.1", "--port", "0"],
        "stock_endpoint_url": [python, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
    }
    with contextlib.ExitStack() as stack:
        started = {}
        for name, command in commands.items():
            # To a file, not to a pipe that nobody would read on.
            log = LOGS / f"server-{name}.log"
            with log.open("w") as output:
                env = {**environment(), "PYTHONPATH": str(TREE / "roles" / "emulator" / "files")}
                server = subprocess.Popen(command, env=env, cwd=TREE, stdout=output, stderr=subprocess.STDOUT)
            stack.callback(stop, server)
            started[name] = (server, log)
        taken = stack.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        settings = {name: wait_for_url(server, log) for name, (server, log) in started.items()}
        yield {**settings, "closed_endpoint_url": f"http://127.0.0.1:{taken.getsockname()[1]}"}


def wait_for_url(server: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until a server has printed its address."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if match := re.search(r"http://127\.0\.0\.1:\d+", log.read_text(errors="replace")):
            return match.group()
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"The test server did not start. It said:\n{log.read_text(errors='replace')}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, kindly at first."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# --- make quickstart, make benchmark and make test


def quickstart() -> int:
    """Run the quickstart playbook and return its exit status."""
    stage()
    env = environment()
    env.update(
        ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
        ANSIBLE_DEPRECATION_WARNINGS="false",
        ANSIBLE_DISPLAY_SKIPPED_HOSTS="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        ANSIBLE_LOCALHOST_WARNING="false",
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]  # a free one, because the playbook's own may be in use
    settings = json.dumps({"emulator_port": port, "emulator_python": str(BIN / "python")})
    command = [str(BIN / "ansible-playbook"), "playbooks/quickstart.yml", "--extra-vars", settings]
    return subprocess.run(command, cwd=TREE, env=env, check=False).returncode


def benchmark() -> int:
    """Run the benchmark and return its exit status."""
    stage()
    env = {**environment(), "PYTHONPATH": str(TREE / "roles" / "emulator" / "files")}
    command = [str(BIN / "python"), "-B", "tests/benchmark/benchmark.py", "--pictures", str(PICTURES)]
    return subprocess.run(command, cwd=TREE, env=env, check=False).returncode


def test() -> int:
    """Run every step, however the others end, and sum up; the output of those that failed comes last."""
    stage()
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    results: dict[str, tuple[bool, float]] = {}
    temporary = tempfile.mkdtemp(prefix="mediastore-test-")  # because not every tool cleans up behind itself
    running: set[subprocess.Popen[bytes]] = set()
    ending = threading.Event()

    def run_lane(steps: list[str]) -> None:
        for step in steps:
            if ending.is_set():
                return
            if obstacle(step):
                continue
            started = time.monotonic()
            log = LOGS / f"{step}.log"
            with log.open("w") as output:
                process = subprocess.Popen(
                    [str(BIN / "nox"), "--session", step],
                    cwd=ROOT,
                    env={**environment(), "MEDIASTORE_STAGED": "1", "NO_COLOR": "1", "TMPDIR": temporary},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # so that an interrupted run can end all that a step has started
                )
                running.add(process)
                passed = process.wait() == 0
                running.discard(process)
            results[step] = (passed, time.monotonic() - started)
            say(row(step, *results[step]))

    def end(signum: int, frame: object) -> None:
        ending.set()
        for process in list(running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        time.sleep(1)
        shutil.rmtree(temporary, ignore_errors=True)
        os._exit(128 + signum)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)

    steps = [step for lane in (*LANES, LAST) for step in lane]
    say(f"Running {len(steps)} steps, two at a time. Their output is in {LOGS.relative_to(ROOT)}.")
    threads = [threading.Thread(target=run_lane, args=(lane,)) for lane in LANES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_lane(LAST)
    shutil.rmtree(temporary, ignore_errors=True)

    not_run = {step: reason for step in steps if (reason := obstacle(step))}
    return sum_up({step: results[step] for step in steps if step not in not_run}, not_run)


def obstacle(step: str) -> str:
    """Return why a step cannot run on this machine, or an empty string."""
    if step == "browser" and not (shutil.which("chromium") and shutil.which("chromedriver")):
        return "not run: no browser; install Debian's packages chromium and chromium-driver"
    return ""


def row(step: str, passed: bool, seconds: float) -> str:
    """Return the line about a step that ended."""
    return f"{step:<14} {'passed' if passed else 'FAILED':<8} {seconds:7.0f} seconds"


def sum_up(results: dict[str, tuple[bool, float]], not_run: dict[str, str]) -> int:
    """Print the output of the steps that failed, and once more the lines of all that did not pass.

    `not_run` holds, for each step that this machine cannot run, the reason: it does not count as passed. Returns an
    exit status.
    """
    failed = [step for step, (passed, _seconds) in results.items() if not passed]
    for step in failed:
        say(f"\n{'=' * 20} {step} {'=' * 20}\n" + (LOGS / f"{step}.log").read_text(errors="replace"))
    for step in failed:
        say(row(step, *results[step]))
    for step, reason in not_run.items():
        say(f"{step:<14} {reason}")
    skipped = f", {len(not_run)} skipped" if not_run else ""
    say(f"{len(results) - len(failed)} passed, {len(failed)} failed{skipped}")
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    """Do what the Makefile asks for."""
    match arguments:
        case ["setup", ("quickstart" | "test" | "benchmark") as level]:
            setup(level)
            return 0
        case ["quickstart"]:
            return quickstart()
        case ["test"]:
            return test()
        case ["benchmark"]:
            return benchmark()
        case _:
            sys.exit("usage: toolchain.py [setup] quickstart | test | benchmark")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
