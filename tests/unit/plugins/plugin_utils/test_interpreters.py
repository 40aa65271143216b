# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interpreter of the host that runs a task decides whether the module runs in Ansible's process."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from ansible_collections.elemental.mediastore.plugins.plugin_utils import in_process

OWN, OTHER = sys.executable, "/usr/bin/python-of-another-host"
OF_OTHER = f"ansible_python_interpreter is {OTHER}"
AUTO = {"ansible_python_interpreter": "auto_silent"}


def discovered(path):
    return {**AUTO, "ansible_facts": {"discovered_interpreter_python": path}}


@pytest.fixture
def obstacle(monkeypatch):
    """A function that returns why a task with these variables does not run in this process, "" if it does."""
    monkeypatch.setattr(sys, "platform", "linux")

    def obstacle(task_vars, delegate_to=None, **task):
        action = in_process.InProcessActionModule.__new__(in_process.InProcessActionModule)
        action._task = SimpleNamespace(delegate_to=delegate_to, async_val=0, **task)
        action._connection = SimpleNamespace(transport="local", become=None)
        action._templar = SimpleNamespace(template=lambda value: value)
        return action._obstacle(task_vars)

    return obstacle


@pytest.mark.parametrize(
    ("host_vars", "reason"),
    [
        ({"ansible_python_interpreter": OWN}, ""),
        ({"ansible_python_interpreter": OTHER}, OF_OTHER),
        (discovered(OWN), ""),
        (discovered(OTHER), OF_OTHER),
        (AUTO, "ansible_python_interpreter is auto_silent"),
        ({**discovered(OTHER), "ansible_python_interpreter": OWN}, ""),
        ({"ansible_python_interpreter": OWN, "mitogen_via": "host"}, "mitogen_via is host"),
    ],
)
@pytest.mark.parametrize("of_play", [discovered(OWN), discovered(OTHER), {"ansible_python_interpreter": OTHER}, {}])
def test_the_interpreter_is_that_of_the_host_that_runs_the_task(obstacle, host_vars, of_play, reason):
    assert obstacle(host_vars) == reason
    delegated = {"ansible_delegated_vars": {"other": host_vars, "third": {"mitogen_via": "x"}}}
    assert obstacle({**of_play, **delegated}, delegate_to="other") == reason


def test_the_variable_is_that_of_the_task(obstacle):
    """It can be set for a task, which is not a variable of the host to which the task is delegated."""
    host = {"ansible_python_interpreter": OWN}
    for value in (False, "false", "no"):
        off = {in_process.VARIABLE: value}
        assert obstacle({**host, **off}) == "mediastore_in_process is false"
        delegated = {"ansible_delegated_vars": {"other": host}, **off}
        assert obstacle(delegated, delegate_to="other") == "mediastore_in_process is false"
