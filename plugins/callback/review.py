# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback that writes what a playbook changes as Markdown."""

from __future__ import annotations

DOCUMENTATION = r"""
name: review
type: notification
short_description: Write what a playbook changes as Markdown
version_added: 1.1.0
author:
  - Contributors to the elemental.mediastore project (@elemental-mediastore)
description:
  - At the end of a playbook, appends a section to a file. It contains a table of what changes, the diffs if the
    playbook runs with C(--diff), and the messages of tasks that failed.
  - With C(--check), this is what a run would change. As the summary of a CI job, it is what reviewers read.
  - The table has a line for each container that changes. For a module that names no container, it has a line for the
    task.
  - A task with C(poll=0) is listed as started, until C(ansible.builtin.async_status) returns its result.
requirements:
  - enable in configuration, with C(callbacks_enabled)
options:
  path:
    description:
      - The file to which the section is appended.
      - In GitHub Actions, this is by default the summary of the step.
    type: path
    required: true
    env:
      - name: MEDIASTORE_REVIEW_PATH
      - name: GITHUB_STEP_SUMMARY
    ini:
      - section: mediastore_review
        key: path
extends_documentation_fragment:
  - ansible.builtin.result_format_callback
"""

EXAMPLES = r"""
write_the_review: |
  # A shell command.
  ANSIBLE_CALLBACKS_ENABLED=elemental.mediastore.review MEDIASTORE_REVIEW_PATH=review.md \
    ansible-playbook site.yml --check --diff
"""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase

from ..plugin_utils._review import MAX_BYTES, Outcome, changes_of, markdown

_NO_MESSAGE = "The log has the result of the task."
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


class CallbackModule(CallbackBase):
    """Collects the results of tasks, and writes the section at the end of the playbook."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "elemental.mediastore.review"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._playbook = ""
        self._outcomes: list[Outcome] = []
        self._loops: set[tuple[str, str]] = set()
        self._jobs: dict[str, tuple[str, Outcome]] = {}

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Remember the name of the playbook."""
        self._playbook = Path(playbook._file_name).name
        self._outcomes = []
        self._jobs = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        """Take the changes of a task."""
        self._add(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Take the changes of a task that failed, and its message."""
        self._add(result, has_failed=True)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Take the message of a host that is unreachable."""
        self._add(result, has_failed=not result._task_fields.get("ignore_unreachable"))

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Take the changes of an item of a loop."""
        self._add_item(result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Take the changes of an item that failed, and its message."""
        self._add_item(result, has_failed=True)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Append the section to the file."""
        mode = "Check" if context.CLIARGS.get("check") else "Run"
        path = self.get_option("path")
        try:
            with open(path, "a", encoding="utf-8") as file:
                written = file.tell() if file.seekable() else 0
                file.write(markdown(f"{mode} of {self._playbook}", self._outcomes, MAX_BYTES - written))
        except OSError as error:
            self._display.warning(
                f"The review was not written to {path}: {error.strerror}. Set MEDIASTORE_REVIEW_PATH."
            )

    def _add(self, result: Any, has_failed: bool = False) -> None:
        loop = (result._task._uuid, result._host.get_name())
        if loop in self._loops:
            self._loops.remove(loop)  # The items have been added. With no_log, the result does not contain them.
        else:
            self._add_outcome(result, has_failed)

    def _add_item(self, result: Any, has_failed: bool = False) -> None:
        self._loops.add((result._task._uuid, result._host.get_name()))
        self._add_outcome(result, has_failed)

    def _add_outcome(self, result: Any, has_failed: bool) -> None:
        values, fields = result._result, result._task_fields
        task = result._task.get_name()
        # With no_log, Ansible shows no argument.
        name = str((None if "censored" in values else fields.get("args", {}).get("name")) or task)
        job, is_finished = values.get("ansible_job_id"), values.get("finished")
        if is_finished and job in self._jobs:
            name, earlier = self._jobs[job]
            self._outcomes.remove(earlier)
        changes = changes_of(values, name)
        # A list of diffs, or one. _get_diff puts text in them, and other callbacks get the same result.
        diff = _COLOR.sub("", self._get_diff(deepcopy(values.get("diff") or []))) if changes else ""
        is_reported = has_failed and not fields.get("ignore_errors")
        failure = str(values.get("msg") or _NO_MESSAGE) if is_reported else ""
        outcome = Outcome(task, result._host.get_name(), changes, diff, failure)
        self._outcomes.append(outcome)
        if job and (is_finished or job not in self._jobs):
            self._jobs[job] = (name, outcome)
