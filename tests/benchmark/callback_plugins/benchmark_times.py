# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Append a line to the file BENCHMARK_TIMES for each task: its name, the seconds from its start to its result, and the
size of the result as JSON. The last line has the processor seconds of the processes that ran the tasks, and the largest
resident memory of one of them in KiB.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import time
from pathlib import Path

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Measures the times. The result of a loop is that of its last item."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "benchmark_times"

    def v2_playbook_on_task_start(self, task, is_conditional):
        """Record when a task begins."""
        self._started = time.perf_counter()

    def v2_runner_on_ok(self, result):
        """Write the seconds of the task."""
        seconds = time.perf_counter() - self._started
        shown = {key: value for key, value in result._result.items() if key != "invocation"}
        self._write([result.task_name, seconds, len(json.dumps(shown, default=str))])

    def v2_playbook_on_stats(self, stats):
        """Write the processor seconds and the memory of the processes that have ended."""
        for process in multiprocessing.active_children():
            process.join()
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._write([usage.ru_utime + usage.ru_stime, usage.ru_maxrss])

    def _write(self, value):
        with Path(os.environ["BENCHMARK_TIMES"]).open("a") as times:
            times.write(json.dumps(value) + "\n")
