# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks under Mitogen, beside the same tasks with plain Ansible: a user sees the same, and they take a similar time.

`nox -s mitogen` runs this file, which needs Mitogen and a version of Ansible that Mitogen supports.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import ansible_mitogen
from test_in_process import IN_PROCESS, MANY_HOSTS, OPTIONS, PLAYS, ROOT, play_of, sent, task, visible

pytest_plugins = ["test_in_process"]

PLAIN = {}
MITOGEN = {
    "ANSIBLE_STRATEGY": "mitogen_linear",
    "ANSIBLE_STRATEGY_PLUGINS": str(Path(ansible_mitogen.__file__).with_name("plugins") / "strategy"),
}
STRATEGY_WARNING = "Use of strategy plugins not included in ansible.builtin"
# Ansible prints this before the first of such warnings.
ADVICE = "Deprecation warnings can be disabled"
ROUNDS, TASKS = 7, 10
# Seconds under Mitogen for each second with plain Ansible.
MOST = 1.2


def shown(output):
    """Return what a user sees of the plays, except that Ansible warns of the strategy."""
    lines = visible(output[output.index("\nPLAY [") :])
    return [line for line in lines if STRATEGY_WARNING not in line and ADVICE not in line]


def test_every_task_is_seen_to_do_the_same(play):
    output, requests = play(PLAYS, True, **MITOGEN)
    plain_output, plain_requests = play(PLAYS, True, **PLAIN)
    assert STRATEGY_WARNING in output
    assert output.count(f"runs in {IN_PROCESS}") == output.count(" runs ") > 30
    assert shown(output) == shown(plain_output)
    assert sent(requests) == sent(plain_requests)


def test_many_hosts_are_seen_to_do_the_same(play):
    output, requests = play(MANY_HOSTS, True, **MITOGEN)
    plain_output, plain_requests = play(MANY_HOSTS, True, **PLAIN)
    assert output.count(f"runs in {IN_PROCESS}") == 16
    assert sorted(shown(output)) == sorted(shown(plain_output))
    assert sent(requests) == sent(plain_requests)


def test_mitogen_runs_other_modules(play):
    plays = [play_of("controller", [task("any", vars={"mediastore_in_process": False})], **OPTIONS)]
    output, requests = play(plays, True, **MITOGEN)
    assert "runs as ansible_mitogen.mixins runs modules: mediastore_in_process is false\n" in output
    assert IN_PROCESS not in output
    assert ("us-east-1", "CreateContainer") in sent(requests)


def test_the_tasks_of_a_play_take_a_similar_time(play, tmp_path, capsys):
    times = tmp_path / "times"
    callback = {
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "benchmark" / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "benchmark_times",
        "BENCHMARK_TIMES": str(times),
    }
    plain, mitogen = [], []
    for _round in range(ROUNDS):
        for measured, settings in ((plain, PLAIN), (mitogen, MITOGEN)):
            times.write_text("")
            play([play_of("controller", [task("any")] * TASKS, **OPTIONS)], True, **settings, **callback)
            # The first task counts, too: a new interpreter would import everything in it.
            *tasks, _processes = times.read_text().splitlines()
            seconds = [json.loads(task)[1] for task in tasks]
            assert len(seconds) == TASKS
            measured.append(sum(seconds) / TASKS)
    ratio = median(mitogen) / median(plain)
    with capsys.disabled():
        print(f"\n{median(plain):.3f} s with plain Ansible, {median(mitogen):.3f} s under Mitogen: {ratio:.2f} times")
    assert ratio <= MOST
