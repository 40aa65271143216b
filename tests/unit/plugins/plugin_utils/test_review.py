# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The review of a playbook: which results are changes, and the Markdown."""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.plugins.plugin_utils._review import (
    MAX_BYTES,
    Change,
    Outcome,
    changes_of,
    markdown,
)


def container(name, action, error=None, **more):
    changed = action in ("created", "changed", "deleted")
    return {"name": name, "action": action, "changed": changed, "error": error, **more}


def single(diff):
    return {"changed": True, "diff": diff}


TAGS = {
    "before": {"name": "live", "tags": {"a": "1", "b": "1", "c": "1"}},
    "after": {"name": "live", "tags": {"a": "2", "c": "1"}},
}
LOGGING = {
    "before": {"name": "live", "access_logging_enabled": False},
    "after": {"name": "live", "access_logging_enabled": True},
}
NEW = {"before": {}, "after": {"name": "live"}}
GONE = {"before": {"name": "live"}, "after": {}}
POLICY = {"before": {}, "after": {"policy": {"Version": "2012-10-17"}}}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"changed": False}, []),
        ({"changed": False, "containers": [container("news", "unchanged", changes=[])]}, []),
        ({"changed": True, "containers": [container("news", "created", changes=["created"])]}, [("news", ["created"])]),
        (
            {"changed": True, "containers": [container("news", "changed", changes=["tags: stage", "cors rule 2"])]},
            [("news", ["tags: stage", "cors rule 2"])],
        ),
        # An older module without `changes`.
        ({"changed": True, "containers": [container("news", "deleted")]}, [("news", ["deleted"])]),
        (
            {"changed": False, "containers": [container("news", "failed", "Denied"), container("live", "unchanged")]},
            [("news", ["failed"])],
        ),
        # It failed after it was changed.
        (
            {
                "changed": True,
                "containers": [{**container("news", "failed", "No", changes=["created"]), "changed": True}],
            },
            [("news", ["created", "failed"])],
        ),
        (single(TAGS), [("live", ["tags: a", "tags: b"])]),
        (single(LOGGING), [("live", ["access_logging_enabled"])]),
        (single(NEW), [("live", ["created"])]),
        (single(GONE), [("live", ["deleted"])]),
        (single(POLICY), [("live", ["policy"])]),
        ({"changed": True}, [("live", ["changed"])]),
        # Ansible reports the start of each job as a change, and async_status reports its result.
        ({"changed": True, "ansible_job_id": "j1.2", "started": 1, "finished": 0}, [("live", ["started"])]),
        ({"changed": False, "ansible_job_id": "j1.2", "started": 1, "finished": 0}, []),
        ({**single(TAGS), "ansible_job_id": "j1.2", "started": 1, "finished": 1}, [("live", ["tags: a", "tags: b"])]),
        # Modules of other collections.
        ({"changed": True, "diff": {"before": "a\n", "after": "b\n"}}, [("live", ["changed"])]),
        ({"changed": True, "diff": [], "containers": ["of Docker"]}, [("live", ["changed"])]),
        ({"changed": True, "containers": [{"name": "one", "action": "pull"}]}, [("live", ["changed"])]),
        ({"changed": True, "containers": "text"}, [("live", ["changed"])]),
        ({"changed": False, "containers": [{"name": "live", "status": "ACTIVE"}]}, []),
    ],
)
def test_what_a_result_changes(result, expected):
    assert changes_of(result, "live") == expected


def test_the_section_has_the_table_then_the_diffs():
    outcomes = [
        Outcome("Unchanged", "east", [], "", ""),
        Outcome(
            "All", "west", [Change("news", ["tags: stage", "CORS rule 2"]), Change("live", ["created"])], "-  a\n", ""
        ),
        Outcome("One", "west", [Change("sports", ["policy"])], "-  b\n+  c\n\n", ""),
        Outcome("Another module", "west", [Change("Another module", ["changed"])], "", ""),
    ]
    assert markdown("Check of site.yml", outcomes) == (
        "### Check of site.yml\n\n"
        "| Host | Container | Changes |\n"
        "| --- | --- | --- |\n"
        "| `west` | `news` | `tags: stage`<br>`CORS rule 2` |\n"
        "| `west` | `live` | `created` |\n"
        "| `west` | `sports` | `policy` |\n"
        "| `west` | `Another module` | `changed` |\n\n"
        "`west`: `All`:\n\n"
        "```diff\n-  a\n```\n\n"
        "`west`: `One`: `sports`:\n\n"
        "```diff\n-  b\n+  c\n```\n\n"
    )


def test_no_changes():
    assert markdown("Check of site.yml", []) == "### Check of site.yml\n\nNo changes.\n"


def test_failures_come_first():
    outcomes = [
        Outcome("Changed", "west", [Change("live", ["created"])], "", ""),
        Outcome("All", "west", [Change("news", ["failed"])], "", "Container news: no * allowed."),
    ]
    assert markdown("Check of site.yml", outcomes) == (
        "### Check of site.yml\n\n"
        "`west`: `All`: `news` failed:\n\n"
        "```text\nContainer news: no * allowed.\n```\n\n"
        "| Host | Container | Changes |\n"
        "| --- | --- | --- |\n"
        "| `west` | `live` | `created` |\n"
        "| `west` | `news` | `failed` |\n\n"
    )


def test_text_of_a_pull_request_does_not_leave_its_cell_or_its_block():
    changes = [Change("news", ["tags: a|b", "tags: `<b>\n| x"])]
    section = markdown("Check of site.yml", [Outcome("Task", "west", changes, "+ ```\n+ ````\n+ <b>\n", "")])
    assert "| `west` | `news` | `tags: a\\|b`<br>`tags: '<b> \\| x` |\n" in section
    assert "\n`````diff\n+ ```\n+ ````\n+ <b>\n`````\n" in section


def test_a_diff_that_github_would_not_take_is_left_to_the_log():
    changes = [Change("news", ["policy"])]
    fits = markdown("Check", [Outcome("Task", "west", changes, "+" * (MAX_BYTES - 1000), "")])
    assert "`news`" in fits
    assert "```diff" in fits
    # Two bytes each.
    section = markdown("Check", [Outcome("Task", "west", changes, "é" * (MAX_BYTES // 2), "")])
    assert "`news`" in section
    assert section.endswith("\n\nThe diff is too large for this summary. The log of the job contains it.\n")


def test_a_section_is_never_larger_than_what_is_left():
    """GitHub takes no summary that is larger, not even its beginning."""
    rows = [Change(f"news{number}", ["tags: é"]) for number in range(100)]
    outcome = Outcome("Task", "west", rows, "+ a\n", "é" * 100_000)
    section = markdown("Check", [outcome])
    assert " [...]\n```\n" in section
    assert len(section) < 20_000
    section = markdown("Check", [outcome], 22_000)
    assert len(section.encode()) <= 22_000
    assert "`news20`" in section
    assert "`news99`" not in section
    assert section.endswith(
        " |\n\nThe summary is incomplete, because it is too large. The log of the job contains the rest.\n"
    )


def test_a_backslash_does_not_end_a_cell():
    """By GitHub's grammar, a cell would end after two backslashes and |."""
    section = markdown("Check", [Outcome("Task", "west", [Change("news", ["a\\|b"])], "", "")])
    assert "| `a\\|b` |\n" in section
