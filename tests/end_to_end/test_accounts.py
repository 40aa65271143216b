# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory and the playbook of the guide to many accounts, as AWX runs a sliced job: its slices side by side."""

from __future__ import annotations

import copy
import json

import ansible_runner
import boto3
import pytest
import yaml
from test_guides import blocks

FILES = {block.caption: block.text for block in blocks("docs/docsite/rst/guide_accounts.rst", {})}
TEMPLATE = json.loads(FILES["accounts_job_template.json"])
INVENTORY = yaml.safe_load(FILES["accounts_inventory.yml"])
# AWX sorts the enabled hosts of an inventory by name, and slice n of m has the hosts [n - 1::m]: get_script_data and
# get_sliced_hosts in awx/main/models/inventory.py.
SLICES = [["archive-eu-west-1", "playout-eu-west-1"], ["archive-us-east-1", "playout-us-east-1"]]
CONTAINERS = {
    ("archive", "eu-west-1"): {"recordings"},
    ("archive", "us-east-1"): {"recordings"},
    ("playout", "eu-west-1"): {"news"},
    ("playout", "us-east-1"): {"news", "sports"},
}


@pytest.fixture
def environment(tmp_path, endpoint_url, monkeypatch):
    """The environment of a job, which is that of the test too: the endpoint, and the profiles of the guide."""
    config = tmp_path / "aws_config"
    config.write_text(FILES["accounts_aws_config"])
    variables = {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL_STS": endpoint_url, "AWS_URL": endpoint_url}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def launch(tmp_path, environment):
    """A function that runs all slices of an inventory at the same time, and returns their runs."""

    def launch(inventory):
        jobs = []
        for number, hosts in enumerate(SLICES):
            data = tmp_path / f"slice-{number}"
            (data / "project").mkdir(parents=True, exist_ok=True)
            (data / "project" / TEMPLATE["playbook"]).write_text(FILES[TEMPLATE["playbook"]])
            part = {"all": {"hosts": {host: inventory["all"]["hosts"][host] for host in hosts}}}
            job = ansible_runner.run_async(
                private_data_dir=str(data),
                inventory=part,
                playbook=TEMPLATE["playbook"],
                envvars=environment,
                forks=TEMPLATE["forks"],
                quiet=True,
            )
            jobs.append(job)
        assert all(thread.is_alive() for thread, _run in jobs)
        for thread, _run in jobs:
            thread.join()
        return [run for _thread, run in jobs]

    return launch


@pytest.fixture
def listed(endpoint_url, environment):
    """A function that returns the names of the containers by profile and region."""

    def names(profile, region):
        client = boto3.Session(profile_name=profile, region_name=region).client("mediastore", endpoint_url=endpoint_url)
        return {container["Name"] for container in client.list_containers()["Containers"]}

    return lambda: {place: names(*place) for place in CONTAINERS}


def test_the_slices_are_those_of_the_job_template():
    names = sorted(INVENTORY["all"]["hosts"])
    count = TEMPLATE["job_slice_count"]
    assert [names[number::count] for number in range(count)] == SLICES


def test_slices_side_by_side_create_every_container_and_change_nothing_again(launch, listed, emulator):
    def changes():
        return [
            request for request in emulator.requests() if request["service"] == "mediastore" and request["mutating"]
        ]

    first = launch(INVENTORY)
    assert [run.status for run in first] == ["successful", "successful"]
    assert [run.stats["changed"] for run in first] == [dict.fromkeys(hosts, 1) for hosts in SLICES]
    assert listed() == CONTAINERS
    created = [request["parameters"] for request in changes()]
    assert sorted(one["ContainerName"] for one in created) == ["news", "news", "recordings", "recordings", "sports"]
    emulator.clear_requests()
    second = launch(INVENTORY)
    assert [run.stats["ok"] for run in second] == [dict.fromkeys(hosts, 1) for hosts in SLICES]
    assert [run.stats["changed"] for run in second] == [{}, {}]
    assert changes() == []


def test_a_host_that_fails_does_not_stop_the_others(launch, listed):
    broken = copy.deepcopy(INVENTORY)
    broken["all"]["hosts"]["archive-eu-west-1"]["profile"] = "missing"
    first, second = launch(broken)
    assert [first.status, second.status] == ["failed", "successful"]
    assert first.stats["failures"] == {"archive-eu-west-1": 1}
    assert first.stats["changed"] == {"playout-eu-west-1": 1}
    assert second.stats["changed"] == dict.fromkeys(SLICES[1], 1)
    assert listed() == {**CONTAINERS, ("archive", "eu-west-1"): set()}
    corrected = launch(INVENTORY)
    assert [run.status for run in corrected] == ["successful", "successful"]
    assert [run.stats["changed"] for run in corrected] == [{"archive-eu-west-1": 1}, {}]
    assert listed() == CONTAINERS
