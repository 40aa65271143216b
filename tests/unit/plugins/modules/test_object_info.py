# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What mediastore_object_info returns of objects beside what a list contains, and the requests for it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.read import complete_objects
from ansible_collections.elemental.mediastore.tests.unit import samples

# printf '#EXTM3U' | sha256sum, and printf '' | sha256sum
PLAYLIST = "00691126fdad8bc78e8720731ae14addc22e3517d920000fd9979395c86c7bdb"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def data(client):
    """A client for the objects of the container live, which has two objects."""
    client.create_container(ContainerName="live")
    endpoint = client.describe_container(ContainerName="live")["Container"]["Endpoint"]
    data = samples.session().client("mediastore-data", endpoint_url=endpoint)
    data.put_object(Path="news/index.m3u8", Body=b"#EXTM3U", CacheControl="max-age=2")
    data.put_object(Path="status", Body=b"")
    return data


def listed(run, **options):
    done = run("mediastore_object_info", container="live", recursive=True, **options)
    return [(found["path"], found.get("cache_control", "-"), found.get("sha256", "-")) for found in done["objects"]]


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("include", "expected", "requests"),
    [
        ([], [("news/index.m3u8", "-", "-"), ("status", "-", "-")], []),
        (["cache_control"], [("news/index.m3u8", "max-age=2", "-"), ("status", None, "-")], ["DescribeObject"] * 2),
        (["sha256"], [("news/index.m3u8", "max-age=2", PLAYLIST), ("status", None, EMPTY)], ["GetObject"] * 2),
        (
            ["cache_control", "sha256"],
            [("news/index.m3u8", "max-age=2", PLAYLIST), ("status", None, EMPTY)],
            ["GetObject"] * 2,
        ),
    ],
)
def test_included_properties_cost_one_request_an_object(run, calls, include, expected, requests):
    calls()
    assert listed(run, include=include) == expected
    assert calls().names == ["DescribeContainer", *["ListItems"] * 2, *requests]


@pytest.mark.usefixtures("data")
def test_one_object_is_described_once(run, calls):
    calls()
    done = run("mediastore_object_info", container="live", path="status", include=["cache_control"])
    assert done["objects"][0]["cache_control"] is None
    assert calls().names == ["DescribeContainer", "DescribeObject"]


def test_an_object_that_is_deleted_meanwhile_is_omitted():
    api = SimpleNamespace(describe_object=lambda path: {"path": path, "cache_control": None} if path == "a" else None)
    assert complete_objects(api, [{"path": "a"}, {"path": "b"}], ["cache_control"], 2) == [
        {"path": "a", "cache_control": None}
    ]
