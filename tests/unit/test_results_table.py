# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines that the playbooks provision and move_to_s3 print about each container."""

from __future__ import annotations

import pytest

from ansible_collections.elemental.mediastore.tests.unit.templates import render_file


def lines(*containers, check=False, **result):
    return render_file(
        "playbooks/templates/results.j2", ansible_check_mode=check, result={**result, "containers": list(containers)}
    )


def one(name, action, *changes, error=None, **more):
    return {"name": name, "action": action, "changes": list(changes), "error": error, **more}


MIXED = [
    one("weather", "unchanged"),
    one("sports", "changed", "policy: statement Encoder", "tags: stage"),
    one("old", "deleted", "deleted"),
    one("news", "created", "created"),
]


def test_a_run():
    assert lines(*MIXED) == [
        "4 containers: 1 created, 1 changed, 1 deleted, 1 unchanged.",
        "created    news",
        "changed    sports: policy: statement Encoder; tags: stage",
        "deleted    old",
        "unchanged  weather",
    ]


def test_check_mode():
    assert lines(*MIXED, check=True) == [
        "4 containers: 1 would be created, 1 would be changed, 1 would be deleted, 1 unchanged.",
        "would be created  news",
        "would be changed  sports: policy: statement Encoder; tags: stage",
        "would be deleted  old",
        "unchanged         weather",
    ]


def test_one_container():
    assert lines(one("news", "unchanged")) == ["1 container: 1 unchanged.", "unchanged  news"]


def test_no_container():
    assert lines() == ["0 containers."]


def test_a_container_that_fails_is_last_with_its_changes_and_its_error():
    """The message of the task repeats the errors of its containers."""
    failed = one("news", "failed", "tags: stage", error="Failed to set the CORS policy of container news")
    assert lines(failed, one("sports", "created", "created"), msg="1 of 2 containers failed: ...") == [
        "2 containers: 1 created, 1 failed.",
        "created  sports",
        "failed   news: Failed to set the CORS policy of container news",
        "    (changed: tags: stage)",
    ]


def test_a_failure_of_no_container_is_that_of_the_task():
    result = lines(one("news", "not_started"), msg="Failed to find out the account of the credentials: no reply")
    assert result == [
        "1 container: 1 not started.",
        "not started  news",
        "Failed to find out the account of the credentials: no reply",
    ]


def test_a_failure_of_all_containers_is_printed_once():
    error = "Failed to list the containers: no reply"
    result = lines(one("news", "failed", error=error), one("sports", "failed", "tags: stage", error=error), msg=error)
    assert result == [
        "2 containers: 2 failed.",
        "failed  news",
        "failed  sports: changed: tags: stage",
        error,
    ]


@pytest.mark.parametrize(
    ("bucket", "shown"), [("news", "news"), ("example-news", "news (bucket example-news)"), (None, "news")]
)
def test_the_bucket_of_a_container(bucket, shown):
    """None is the bucket of a container that is declared absent."""
    assert lines(one("news", "unchanged", bucket=bucket))[1] == f"unchanged  {shown}"


def test_many_containers_that_are_unchanged_are_a_number():
    ten = [one(f"c{number}", "unchanged") for number in range(10)]
    assert len(lines(*ten)) == 11
    many = lines(*(one(f"c{number}", "unchanged") for number in range(199)), one("news", "changed", "tags: stage"))
    assert many == ["200 containers: 1 changed, 199 unchanged.", "changed    news: tags: stage"]


def test_results_without_changes():
    assert lines({"name": "news", "action": "created", "error": None}) == ["1 container: 1 created.", "created  news"]
