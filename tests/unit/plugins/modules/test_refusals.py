# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the service will refuse because of the container, or of what it has: check mode and the run refuse it before."""

from __future__ import annotations

import pytest

both_modes = pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
# Where a Resource is, and what a message says about it.
PLACES = [
    pytest.param(
        "aws:mediastore:eu-west-1:123456789012", "its region is 'eu-west-1'; it must be 'us-east-1'", id="region"
    ),
    pytest.param("aws:mediastore:*:123456789012", "its region is '*'; it must be 'us-east-1'", id="any region"),
    pytest.param(
        "aws:mediastore:us-*-1:123456789012", "its region is 'us-*-1'; it must be 'us-east-1'", id="a pattern"
    ),
    pytest.param("aws:mediastore::123456789012", "its region is ''; it must be 'us-east-1'", id="no region"),
    pytest.param(
        "aws-cn:mediastore:us-east-1:123456789012", "its partition is 'aws-cn'; it must be 'aws'", id="partition"
    ),
    pytest.param("*:mediastore:us-east-1:123456789012", "its partition is '*'; it must be 'aws'", id="any partition"),
    pytest.param("aws:mediastore:us-east-1:*", "its account is '*'; it must be", id="any account"),
    pytest.param("aws:mediastore:us-east-1:", "its account is ''; it must be", id="no account"),
]


def policy(place, name="live"):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "mediastore:PutObject"}
    fine = f"arn:aws:mediastore:us-east-1:123456789012:container/{name}/*"
    return {
        "Statement": [{**statement, "Resource": fine}, {**statement, "Resource": f"arn:{place}:container/{name}/*"}]
    }


@both_modes
@pytest.mark.parametrize(("place", "said"), PLACES)
@pytest.mark.parametrize("exists", [True, False], ids=["exists", "new"])
def test_a_policy_of_another_place(run, client, calls, place, said, exists, check):
    if exists:
        client.create_container(ContainerName="live")
    calls()
    declared = [{"name": "live", "tags": {"a": "1"}, "policy": policy(place)}]
    refused = run("mediastore_containers", containers=declared, check=check, diff=True)
    assert (refused["failed"], refused["changed"], refused["diff"]) == (True, False, [])
    assert (
        f"Container live: Statement 2 of the container policy: Resource 'arn:{place}:container/live/*' is not"
        in (refused["msg"])
    )
    assert said in refused["msg"]
    assert calls().mutating == []


@both_modes
@pytest.mark.parametrize(("place", "said"), PLACES)
def test_a_policy_of_another_place_in_its_own_module(run, client, calls, place, said, check):
    client.create_container(ContainerName="live")
    calls()
    refused = run("mediastore_container_policy", name="live", policy=policy(place), check=check)
    assert (refused["failed"], refused["changed"]) == (True, False)
    assert said in refused["msg"]
    assert calls().mutating == []
    # Also of a container that an earlier task would create.
    assert said in run("mediastore_container_policy", name="new", policy=policy(place, "new"), check=check)["msg"]


@both_modes
def test_a_policy_of_another_account(run, client, calls, check):
    """The account is that in the ARN of the container, which only a container that exists has."""
    client.create_container(ContainerName="live")
    calls()
    declared = [{"name": "live", "policy": policy("aws:mediastore:us-east-1:111122223333")}]
    refused = run("mediastore_containers", containers=declared, check=check)
    assert "its account is '111122223333'; it must be '123456789012'" in refused["msg"]
    assert calls().mutating == []


def test_the_place_is_that_of_the_container(run, client):
    client.create_container(ContainerName="live")
    for check in (True, False):
        done = run(
            "mediastore_container_policy",
            name="live",
            policy=policy("aws:mediastore:us-east-1:123456789012"),
            check=check,
        )
        assert done["changed"]


@both_modes
@pytest.mark.parametrize("module", ["mediastore_container", "mediastore_containers"])
def test_more_tags_than_a_container_can_have(run, client, calls, module, check):
    tags = [{"Key": f"old{number}", "Value": ""} for number in range(30)]
    client.create_container(ContainerName="live", Tags=tags)
    calls()
    declared = {"name": "live", "tags": {f"new{number}": "" for number in range(21)}, "purge_tags": False}
    options = {"containers": [declared]} if module.endswith("s") else declared
    refused = run(module, check=check, **options)
    assert (refused["failed"], refused["changed"]) == (True, False)
    assert "Container live: The number of tags is 51; it must be 0 to 50" in refused["msg"]
    assert calls().mutating == []
    declared["tags"].popitem()
    assert run(module, check=check, **options)["changed"]
