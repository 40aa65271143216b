# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The callback: which events it takes, and the file that it writes."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.utils.context_objects import CLIArgs

from ansible_collections.elemental.mediastore.plugins.callback.review import CallbackModule
from ansible_collections.elemental.mediastore.plugins.plugin_utils._review import MAX_BYTES

DIFF = {"before": {"policy": {"Id": "a"}}, "after": {"policy": {"Id": "b"}}}
CHANGED = {"changed": True, "diff": DIFF}


@pytest.fixture
def review(tmp_path, monkeypatch):
    """A callback that writes to review.md, as ansible-playbook --check makes it."""
    options = {"path": str(tmp_path / "review.md"), "result_format": "json", "pretty_results": None}
    monkeypatch.setattr(CallbackBase, "get_option", lambda self, name: options[name])
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"check": True}))
    callback = CallbackModule()
    callback.v2_playbook_on_start(SimpleNamespace(_file_name="/srv/project/site.yml"))
    return callback


def result(values, loop=None, **fields):
    task = SimpleNamespace(get_name=lambda: "The policy", loop=loop, _uuid="1")
    host = SimpleNamespace(get_name=lambda: "localhost")
    return SimpleNamespace(_result=values, _task=task, _host=host, _task_fields={"args": {"name": "live"}, **fields})


def test_changes_with_their_diff(review, tmp_path):
    review.v2_runner_on_ok(result(CHANGED))
    review.v2_playbook_on_stats(None)
    written = (tmp_path / "review.md").read_text()
    assert "| `localhost` | `live` | `policy` |" in written
    assert '\n-        "Id": "a"\n+        "Id": "b"\n' in written


def test_other_callbacks_get_the_same_result(review):
    review.v2_runner_on_ok(result(CHANGED))
    assert DIFF == {"before": {"policy": {"Id": "a"}}, "after": {"policy": {"Id": "b"}}}


def test_a_diff_without_the_colors_of_the_terminal(review, tmp_path, monkeypatch):
    monkeypatch.setattr("ansible.utils.color.ANSIBLE_COLOR", True)
    review.v2_runner_on_ok(result(CHANGED))
    review.v2_playbook_on_stats(None)
    assert "\x1b" not in (tmp_path / "review.md").read_text()


def test_a_loop_is_its_items(review, tmp_path):
    items = ["live", "news", "sports"]
    review.v2_runner_item_on_ok(result({"changed": False}, items))
    review.v2_runner_item_on_ok(result(CHANGED, items))
    review.v2_runner_item_on_failed(result({"failed": True, "msg": "Refused."}, items))
    review.v2_runner_on_failed(result({"failed": True, "changed": True, "msg": "One or more", "results": []}, items))
    review.v2_playbook_on_stats(None)
    written = (tmp_path / "review.md").read_text()
    assert (written.count("| `live` |"), written.count("Refused."), "One or more" in written) == (1, 1, False)


def test_a_loop_with_no_log_is_its_items(review, tmp_path):
    """Its last result has no key `results`."""
    censored = {"changed": True, "censored": "the output has been hidden"}
    review.v2_runner_item_on_ok(result(censored, ["secret"]))
    review.v2_runner_on_ok(result(censored, ["secret"]))
    review.v2_runner_on_ok(result(CHANGED, "{{ a list that is run again }}"))
    review.v2_playbook_on_stats(None)
    written = (tmp_path / "review.md").read_text()
    assert (written.count("| `The policy` |"), written.count("| `live` |"), "secret" in written) == (1, 1, False)


def job(number, finished, **values):
    return {"ansible_job_id": f"j{number}.1", "started": True, "finished": finished, **values}


def test_the_result_of_a_job_replaces_its_start(review, tmp_path):
    """Ansible reports the start of each job as a change. The arguments of async_status do not name the container."""
    for number, name in enumerate(["unchanged", "changed", "running"]):
        review.v2_runner_on_ok(result(job(number, False, changed=True), args={"name": name}))
    # With changed_when: false
    review.v2_runner_on_ok(result(job(3, False, changed=False), args={"name": "quiet"}))
    review.v2_runner_on_ok(result(job(1, False, changed=False), args={"jid": "j1.1"}))
    review.v2_runner_on_ok(result(job(0, True, changed=False), args={"jid": "j0.1"}))
    for _number in range(2):  # A playbook can ask for the result again.
        review.v2_runner_on_ok(result(job(1, True, **CHANGED), args={"jid": "j1.1"}))
    review.v2_runner_on_ok(result(job(3, True, **CHANGED), args={"jid": "j3.1"}))
    review.v2_playbook_on_stats(None)
    rows = [line for line in (tmp_path / "review.md").read_text().splitlines() if line.startswith("| `localhost` |")]
    assert rows == [
        "| `localhost` | `running` | `started` |",
        "| `localhost` | `changed` | `policy` |",
        "| `localhost` | `quiet` | `policy` |",
    ]


def test_the_result_of_a_job_that_an_earlier_playbook_started(review, tmp_path):
    review.v2_runner_on_ok(result(job(1, False, changed=True), args={"name": "changed"}))
    review.v2_playbook_on_start(SimpleNamespace(_file_name="second.yml"))
    review.v2_runner_on_failed(result(job(1, True, msg="Refused."), args={"jid": "j1.1"}))
    review.v2_playbook_on_stats(None)
    assert "Refused." in (tmp_path / "review.md").read_text()


def test_failures_unless_the_playbook_ignores_them(review, tmp_path):
    review.v2_runner_on_failed(result({"msg": "Refused."}))
    review.v2_runner_on_failed(result({"msg": "Expected."}, ignore_errors=True), ignore_errors=True)
    review.v2_runner_on_unreachable(result({"msg": "No route."}))
    review.v2_runner_on_unreachable(result({"msg": "No expected route."}, ignore_unreachable=True))
    review.v2_runner_on_failed(result({"rc": 1}))
    # A loop whose list is undefined has no items.
    review.v2_runner_on_failed(result({"msg": "Undefined."}, loop="{{ missing }}"))
    review.v2_playbook_on_stats(None)
    written = (tmp_path / "review.md").read_text()
    reported = [line for line in written.splitlines() if line.endswith(".")]
    assert reported == ["Refused.", "No route.", "The log has the result of the task.", "Undefined."]


def test_no_argument_of_a_task_with_no_log(review, tmp_path):
    review.v2_runner_on_ok(result({"changed": True, "censored": "the output has been hidden"}))
    review.v2_playbook_on_stats(None)
    assert "| `localhost` | `The policy` | `changed` |" in (tmp_path / "review.md").read_text()


def test_the_sections_of_two_playbooks(review, tmp_path):
    review.v2_runner_on_ok(result(CHANGED))
    review.v2_playbook_on_stats(None)
    review.v2_playbook_on_start(SimpleNamespace(_file_name="second.yml"))
    review.v2_playbook_on_stats(None)
    assert (tmp_path / "review.md").read_text().endswith("### Check of second.yml\n\nNo changes.\n")


def test_the_sections_of_a_file_are_together_not_too_large(review, tmp_path):
    (tmp_path / "review.md").write_text(" " * (MAX_BYTES - 300))
    review.v2_runner_on_ok(result({"changed": True, "diff": {"before": "", "after": "a" * 300}}))
    review.v2_playbook_on_stats(None)
    assert (tmp_path / "review.md").stat().st_size <= MAX_BYTES
    assert "The diff is too large" in (tmp_path / "review.md").read_text()


def test_a_pipe(review, tmp_path):
    os.mkfifo(tmp_path / "review.md")
    reader = os.open(tmp_path / "review.md", os.O_RDONLY | os.O_NONBLOCK)
    review.v2_playbook_on_stats(None)
    assert b"No changes." in os.read(reader, 1000)
    os.close(reader)


def test_a_file_that_cannot_be_written_is_a_warning(review, tmp_path, monkeypatch):
    warnings = []
    monkeypatch.setattr(review._display, "warning", warnings.append)
    (tmp_path / "review.md").mkdir()
    review.v2_playbook_on_stats(None)
    path = tmp_path / "review.md"
    assert warnings == [f"The review was not written to {path}: Is a directory. Set MEDIASTORE_REVIEW_PATH."]
