# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects whose requests are refused: again and again, or for good, with a message that can be read."""

from __future__ import annotations

import pytest

DENIED = "An error occurred (AccessDeniedException) when calling the DeleteObject operation"


@pytest.fixture
def fill(run, client, tmp_path):
    """A function that uploads empty objects to a new container, and returns the directory of their files."""

    def fill(number):
        client.create_container(ContainerName="live")
        for name in range(number):
            (tmp_path / f"{name:02}.ts").write_bytes(b"")
        assert run("mediastore_objects", container="live", src=str(tmp_path))["counts"]["created"] == number
        return tmp_path

    return fill


@pytest.mark.parametrize(
    ("number", "end"), [(3, ""), (10, ""), (11, "; and 1 other"), (25, "; and 15 others")], ids=str
)
def test_the_message_has_the_first_ten_causes(run, emulator, fill, number, end):
    fill(number)
    emulator.faults({"operation": "DeleteObject", "kind": "access_denied", "count": None})
    failed = run("mediastore_objects", container="live", path="/", state="absent")
    start = f"{number} of {number} objects failed: Failed to delete object 00.ts of container live: {DENIED}"
    assert failed["msg"].startswith(start)
    assert failed["msg"].count(DENIED) == min(number, 10)
    assert failed["msg"].endswith(end)
    assert [found["path"] for found in failed["objects"]] == [f"{name:02}.ts" for name in range(number)]
    assert all(DENIED in found["error"] for found in failed["objects"])
    assert failed["counts"]["failed"] == number
    assert not failed["changed"]


def test_the_message_names_ten_objects_that_were_not_started(run, emulator, fill):
    directory = fill(15)
    for name in range(15):
        (directory / f"{name:02}.ts").unlink()
    (directory / "new.ts").write_bytes(b"")
    emulator.faults({"operation": "DeleteObject", "kind": "expired_token", "count": None})
    failed = run(
        "mediastore_objects",
        container="live",
        path="/",
        src=str(directory),
        delete_others=True,
        max_concurrency=1,
        diff=True,
    )
    assert failed["msg"].startswith("15 of 16 objects failed: Failed to delete object 00.ts of container live: ")
    names = ", ".join(f"{name:02}.ts" for name in range(1, 11))
    assert failed["msg"].endswith(f"; not started: {names}, and 4 others")
    assert (failed["counts"]["created"], failed["counts"]["failed"]) == (1, 15)
    assert [part["before_header"] for part in failed["diff"]] == ["new.ts"]


def test_containers_are_all_named(run, emulator):
    emulator.faults({"operation": "CreateContainer", "kind": "access_denied", "count": None})
    names = [f"channel-{number}" for number in range(12)]
    failed = run("mediastore_containers", containers=[{"name": name} for name in names])
    assert failed["msg"].startswith("12 of 12 containers failed: ")
    assert all(f"container {name}: " in failed["msg"] for name in names)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("kind", ["throttled", "too_many_requests", "unavailable"])
def test_an_object_that_is_throttled_ten_times_does_not_fail(run, client, emulator, kind):
    client.create_container(ContainerName="live")
    emulator.faults(*({"operation": name, "kind": kind, "count": 10} for name in ("PutObject", "DeleteObject")))
    given = {"container": "live", "path": "a.ts"}
    assert run("mediastore_object", content="a", **given)["changed"]
    assert run("mediastore_object", state="absent", **given)["changed"]
    assert not run("mediastore_object", state="absent", **given)["changed"]


@pytest.mark.usefixtures("clock")
def test_an_object_that_is_throttled_more_often_fails_with_the_reason(run, client, emulator):
    client.create_container(ContainerName="live")
    emulator.faults({"operation": "PutObject", "kind": "throttled", "count": 11})
    failed = run("mediastore_object", container="live", path="a.ts", content="a")
    assert failed["msg"].startswith("Failed to upload object a.ts of container live (tried 11 times): ")
    assert not failed["changed"]
