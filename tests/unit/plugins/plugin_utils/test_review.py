# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The review of a playbook: which results are changes, and the Markdown."""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.plugins.plugin_utils._review import (
    MAX_BYTES,
    Change,
    Task,
    changes_of,
    diffs_of,
    failures_of,
    markdown,
)


def container(name, action, error=None, **more):
    changed = action in ("created", "changed", "deleted")
    return {"name": name, "action": action, "changed": changed, "error": error, **more}


def single(diff, changed=True, name="live"):
    return {"changed": changed, "diff": diff, "invocation": {"module_args": {"name": name}}}


TAGS = {
    "before": {"name": "live", "tags": {"a": "1", "b": "1", "c": "1"}},
    "after": {"name": "live", "tags": {"a": "2", "c": "1"}},
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
        (
            single({"before": TAGS["before"], "after": {**TAGS["before"], "access_logging_enabled": True}}),
            [("live", ["access_logging_enabled"])],
        ),
        (single(NEW), [("live", ["created"])]),
        (single(GONE), [("live", ["deleted"])]),
        (single(POLICY), [("live", ["policy"])]),
        (single(TAGS, changed=False), []),
        ({"changed": True, "invocation": {"module_args": {"name": "live"}}}, [("live", ["changed"])]),
        # Modules of other collections, whose diff is text or a list.
        ({"changed": True, "diff": {"before": "a\n", "after": "b\n"}}, [("The task", ["changed"])]),
        ({"changed": True, "diff": [], "containers": ["of Docker"]}, [("The task", ["changed"])]),
        ({"changed": True, "censored": "the output has been hidden"}, [("The task", ["changed"])]),
        (
            {"changed": True, "results": [single(TAGS), single(TAGS, changed=False), single(NEW, name="two")]},
            [("live", ["tags: a", "tags: b"]), ("two", ["created"])],
        ),
    ],
)
def test_what_a_result_changes(result, expected):
    assert list(changes_of(result, "The task")) == expected


def test_the_info_module_changes_nothing():
    assert list(changes_of({"changed": False, "containers": [{"name": "live", "status": "ACTIVE"}]}, "List")) == []


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"failed": True, "msg": "Container live does not exist."}, ["Container live does not exist."]),
        ({"failed": True, "rc": 1}, ["The task failed. The log of the job contains its result."]),
        (
            {"msg": "One or more items failed", "results": [{"failed": True, "msg": "One."}, {"changed": True}]},
            ["One."],
        ),
    ],
)
def test_why_a_task_failed(result, expected):
    assert failures_of(result) == expected


def test_the_diffs_of_a_task_and_of_a_loop():
    assert diffs_of({"changed": True}) == []
    assert diffs_of({"diff": NEW}) == [NEW]
    assert diffs_of({"diff": [NEW, GONE]}) == [NEW, GONE]
    assert diffs_of({"results": [{"diff": NEW}, {}, {"diff": [GONE]}]}) == [NEW, GONE]


def test_the_section_has_the_table_then_the_diff():
    tasks = [
        Task("Unchanged", "east", [], "", []),
        Task("The containers", "west", [Change("news", ["tags: stage", "cors rule 2"])], "-  a\n+  b\n\n", []),
    ]
    assert markdown("Check of site.yml", tasks) == (
        "### Check of site.yml\n\n"
        "| Host | Container | Changes |\n"
        "| --- | --- | --- |\n"
        "| `west` | `news` | `tags: stage`<br>`cors rule 2` |\n\n"
        "`The containers` on `west`:\n\n"
        "```diff\n-  a\n+  b\n```\n\n"
    )


def test_no_changes():
    assert markdown("Check of site.yml", []) == "### Check of site.yml\n\nNo changes.\n"


def test_failures_come_first():
    tasks = [Task("The containers", "west", [Change("news", ["failed"])], "", ["Container news: no * allowed."])]
    assert markdown("Check of site.yml", tasks) == (
        "### Check of site.yml\n\n"
        "`The containers` failed on `west`:\n\n"
        "```text\nContainer news: no * allowed.\n```\n\n"
        "| Host | Container | Changes |\n"
        "| --- | --- | --- |\n"
        "| `west` | `news` | `failed` |\n\n"
    )


def test_text_of_a_pull_request_does_not_leave_its_cell_or_its_block():
    changes = [Change("news", ["tags: a|b", "tags: `<b>\n| x"])]
    section = markdown("Check of site.yml", [Task("Task", "west", changes, "+ ```\n+ ````\n+ <b>\n", [])])
    assert "| `west` | `news` | `tags: a\\|b`<br>`tags: '<b> \\| x` |\n" in section
    assert "\n`````diff\n+ ```\n+ ````\n+ <b>\n`````\n" in section


def test_a_diff_that_github_would_not_take_is_left_to_the_log():
    changes = [Change("news", ["policy"])]
    fits = markdown("Check", [Task("Task", "west", changes, "+" * (MAX_BYTES - 1000), [])])
    assert "`news`" in fits
    assert "```diff" in fits
    # Two bytes each.
    section = markdown("Check", [Task("Task", "west", changes, "é" * (MAX_BYTES // 2), [])])
    assert "`news`" in section
    assert section.endswith("\n\nThe diff is too large for this summary. The log of the job contains it.\n")
