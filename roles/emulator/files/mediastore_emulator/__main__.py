# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: `python -m mediastore_emulator`."""

from __future__ import annotations

import argparse
import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from .addresses import ADMIN_PREFIX, SERVICE_NAME, url_of
from .credentials import read_credentials

DEFAULT_PORT = 5111
_LISTENING = "MediaStore emulator listening on "
_LAST_LINES = 10
# The detached emulator runs on this machine, so a proxy that the environment sets must not be used.
_WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main(arguments: list[str] | None = None) -> int:
    """Run the emulator in the foreground until SIGTERM or SIGINT, or start it detached; return the exit status."""
    options = _parser().parse_args(arguments)
    if not options.detach:
        return _serve(options)
    if not (options.pid_file and options.log_file):
        return _failed("--detach needs --pid-file and --log-file.")
    try:
        return _detach(options)
    except OSError as error:
        return _failed(f"The emulator cannot start: {_reason(error)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mediastore-emulator", description="Emulate AWS Elemental MediaStore.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port, 0 for a free one (default: %(default)s)")
    parser.add_argument("--create-delay", type=float, default=0.0, metavar="S", help="seconds a container is CREATING")
    parser.add_argument("--delete-delay", type=float, default=0.0, metavar="S", help="seconds a container is DELETING")
    parser.add_argument(
        "--upload-timeout",
        type=float,
        default=30.0,
        metavar="S",
        help="seconds after which an upload is cancelled, 0 for never (default: %(default)s)",
    )
    parser.add_argument(
        "--services",
        type=lambda names: names.split(",") if names else [],
        metavar="NAMES",
        help="services of moto, of s3,iam,sts,cloudwatch,logs; none if empty (default: all, if moto is installed)",
    )
    parser.add_argument(
        "--credentials",
        type=Path,
        metavar="FILE",
        help="verify signatures with the keys of this file, which has the format of ~/.aws/credentials",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host that clients can use besides loopback, or *.NAME; repeatable (default: any, unless on loopback)",
    )
    parser.add_argument("--data", metavar="DIR", help="directory that keeps the data (default: in memory)")
    parser.add_argument("--log-requests", action="store_true", help="log each request with the reason for its reply")
    parser.add_argument("--verbose", action="store_true", help="the same as --log-requests", dest="log_requests")
    parser.add_argument("--detach", action="store_true", help="serve in the background; return when it is ready")
    parser.add_argument("--pid-file", type=Path, metavar="FILE", help="file for the process ID")
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="with --detach: file for the output")
    parser.add_argument("--start-timeout", type=float, default=30.0, metavar="S", help="with --detach: seconds to wait")
    return parser


def _serve(options: argparse.Namespace) -> int:
    # Only the process that serves needs it: importing it takes longer than all else that the other process does.
    from .server import EmulatorServer

    # A handler that sets an Event could deadlock: it can run while the main thread holds the lock of the Event.
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        server = EmulatorServer(
            options.host,
            options.port,
            services=options.services,
            credentials=read_credentials(options.credentials) if options.credentials else None,
            allowed_hosts=options.allow_host,
            log_requests=options.log_requests,
            data=options.data,
            create_delay=options.create_delay,
            delete_delay=options.delete_delay,
            upload_timeout=options.upload_timeout,
        )
        with server:
            if options.pid_file:
                options.pid_file.write_text(f"{os.getpid()}\n")
            print(f"{_LISTENING}{server.url}", flush=True)
            signal.sigwait(signals)
    except (OSError, OverflowError, ValueError) as error:
        return _failed(f"The emulator cannot start on {options.host} port {options.port}: {_reason(error)}")
    return 0


def _detach(options: argparse.Namespace) -> int:
    """Start the emulator in the background, unless that of the process ID file responds at the address.

    Of several starts at once with the same file, one does so, and the others wait for that.
    """
    options.pid_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with options.pid_file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        url = url_of(options.host, options.port)
        health = _read_health(url) if options.pid_file.exists() else {}
        if not health or str(health["pid"]) != options.pid_file.read_text().strip():
            return _start(options)
        data = options.data and os.path.abspath(options.data)
        if data not in (None, health.get("data")):
            kept = f"in {health['data']}" if health.get("data") else "in memory"
            return _failed(f"The emulator at {url} already runs, with its data {kept}, not in {data}: stop it first.")
        print(f"MediaStore emulator already listening on {url}")
        return 0


def _start(options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", __package__, "--host", options.host, "--port", str(options.port)]
    command += ["--create-delay", str(options.create_delay), "--delete-delay", str(options.delete_delay)]
    command += ["--upload-timeout", str(options.upload_timeout)]
    # The new process writes the file, so that it can be stopped even if this process ends before.
    command += ["--pid-file", str(options.pid_file), *["--log-requests"] * options.log_requests]
    command += [f"--allow-host={name}" for name in options.allow_host]
    if options.services is not None:
        command.append(f"--services={','.join(options.services)}")
    if options.credentials is not None:
        command += ["--credentials", str(options.credentials)]
    if options.data is not None:
        command.append(f"--data={options.data}")
    import_path = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, import_path))}
    with options.log_file.open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
    url = _wait_until_ready(process, options)
    if url is None:
        process.terminate()
        process.wait()
        last_lines = options.log_file.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return _failed("\n".join(last_lines or [f"The emulator did not respond within {options.start_timeout} s."]))
    print(f"{_LISTENING}{url}", flush=True)
    return 0


def _wait_until_ready(process: subprocess.Popen[bytes], options: argparse.Namespace) -> str | None:
    """Return the URL when the new process responds there, None if the process ends or the timeout expires."""
    deadline = time.monotonic() + options.start_timeout
    while time.monotonic() < deadline and process.poll() is None:
        lines = options.log_file.read_text(errors="replace").splitlines()
        urls = [line.removeprefix(_LISTENING) for line in lines if line.startswith(_LISTENING)]
        if urls and _read_health(urls[0]).get("pid") == process.pid:
            return str(urls[0])
        time.sleep(0.05)
    return None


def _read_health(url: str) -> dict[str, Any]:
    """Return what the emulator at a URL reports of itself, nothing if no emulator responds there."""
    try:
        with _WITHOUT_PROXY.open(f"{url}{ADMIN_PREFIX}health", timeout=1) as response:
            health = json.load(response)
    except (OSError, ValueError):
        return {}
    return health if isinstance(health, dict) and health.get("service") == SERVICE_NAME else {}


def _reason(error: Exception) -> str:
    """Return why the emulator cannot start, with the name of the file if the system gives one."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    if error.errno == errno.EADDRINUSE:
        return f"{error.strerror}; end the program that uses it, or set another port with --port or emulator_port."
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _failed(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
