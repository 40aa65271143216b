# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test, with the arguments given, against the servers that integration tests need: all on free ports."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from moto.server import ThreadedMotoServer

from mediastore_emulator import EmulatorServer

SETTINGS = {
    "aws_region": "us-east-1",
    "aws_access_key": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "python": sys.executable,
    # ansible-test hands no environment variables on.
    "ansible_async_dir": os.environ["ANSIBLE_ASYNC_DIR"],
    "ansible_remote_tmp": os.environ["ANSIBLE_REMOTE_TMP"],
}


# Modules run in Ansible's process with the first of these settings, and in new processes with the others. The targets
# of roles run playbooks as commands, which do not have these settings, so they run once.
ROLES = "role_.*"
WAYS = [
    ({"ansible_python_interpreter": "{{ ansible_playbook_python }}"}, ["--exclude", ROLES]),
    ({"mediastore_in_process": "false"}, []),
]


def main(arguments: list[str]) -> int:
    """Run the targets in all their ways; return the exit status: not 0, too, when ansible-test has skipped a target."""
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    # At closed_endpoint_url nothing listens: its port is taken, so that no other program can.
    with EmulatorServer() as emulator, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = SETTINGS | {
            "endpoint_url": emulator.url,
            "stock_endpoint_url": "http://{}:{}".format(*moto.get_host_and_port()),
            "closed_endpoint_url": "http://{}:{}".format(*taken.getsockname()),
        }
        statuses = [run([*arguments, *more], settings | way) for way, more in ways(arguments)]
    moto.stop()
    # A process that a signal has ended has a negative status.
    return int(any(statuses))


def ways(arguments: list[str]) -> list[tuple[dict[str, str], list[str]]]:
    """Return WAYS without the first one if the arguments name only targets of roles."""
    named = [argument for argument in arguments if Path("tests", "integration", "targets", argument).is_dir()]
    return WAYS[1:] if named and all(re.fullmatch(ROLES, target) for target in named) else WAYS


def run(arguments: list[str], settings: dict[str, str]) -> int:
    """Run ansible-test with the settings of the targets; return its exit status, or 1 when it has skipped a target."""
    config = Path("tests", "integration", "integration_config.yml")
    config.write_text("---\n" + "".join(f'{name}: "{value}"\n' for name, value in settings.items()))
    skipped = False
    with subprocess.Popen(
        ["ansible-test", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            skipped = skipped or bool(re.search("All targets skipped|Excluding tests", line))
    if skipped:
        print("ansible-test has skipped targets.")
    return process.returncode or skipped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
