# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new kind of document needs only two descriptions: one for the service, and one for users who declare it.

Check mode, diff, retries, info and many containers need nothing more.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.container import DOCUMENT_OPTIONS
from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.document import DocumentOption
from ansible_collections.elemental.mediastore.plugins.module_utils._document import Document
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore import runner
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.documents import DOCUMENTS
from ansible_collections.elemental.mediastore.plugins.module_utils._parts import Part

QUOTA = Document(
    key="quota",
    title="quota",
    operation="quota_policy",
    member="Quota",
    wire_type=dict,
    not_found="QuotaNotFoundException",
    load=lambda stored: {"gigabytes": stored["Gigabytes"]},
    dump=lambda value: {"Gigabytes": value["gigabytes"]},
    parts=lambda value: Part(value, {"gigabytes": int(value["gigabytes"])}),
)
QUOTA_OPTION = DocumentOption(key="quota", argument=dict(type="dict"), check=dict)


class QuotaClient:
    """The emulator's client with operations for quotas, each of which is throttled once."""

    def __init__(self, client):
        self._client = client
        self.stored = {}
        self.sent = []

    def __getattr__(self, name):
        return getattr(self._client, name)

    def _begin(self, operation):
        self.sent.append(operation)
        if self.sent.count(operation) == 1:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, operation)

    def get_quota_policy(self, **arguments):
        self._begin("get")
        if arguments["ContainerName"] not in self.stored:
            raise ClientError({"Error": {"Code": "QuotaNotFoundException"}}, "GetQuotaPolicy")
        return {"Quota": self.stored[arguments["ContainerName"]]}

    def put_quota_policy(self, **arguments):
        self._begin("put")
        self.stored[arguments["ContainerName"]] = arguments["Quota"]

    def delete_quota_policy(self, **arguments):
        self._begin("delete")
        del self.stored[arguments["ContainerName"]]


@pytest.fixture
def quota(client, open_api, monkeypatch):
    """The client of a service with quotas, which are added to the documents of the collection."""
    quota = QuotaClient(client)
    monkeypatch.setattr(runner, "open_api", lambda module, budget, connections=10: open_api(quota))
    DOCUMENTS.append(QUOTA)
    DOCUMENT_OPTIONS.append(QUOTA_OPTION)
    yield quota
    DOCUMENTS.remove(QUOTA)
    DOCUMENT_OPTIONS.remove(QUOTA_OPTION)


@pytest.mark.usefixtures("clock")
def test_one_description_adds_a_document_to_all_modules(run, client, quota):
    client.create_container(ContainerName="live")
    declared = {"containers": [{"name": "live", "quota": {"gigabytes": "5"}}]}
    sides = {"before": {"name": "live"}, "after": {"name": "live", "quota": {"gigabytes": "5"}}}

    predicted = run("mediastore_containers", **declared, check=True, diff=True)
    assert (predicted["changed"], quota.sent) == (True, ["get", "get"])
    made = run("mediastore_containers", **declared, diff=True)
    assert made["diff"] == predicted["diff"] == [{"before_header": "live", "after_header": "live", **sides}]
    assert quota.sent == ["get"] * 3 + ["put"] * 2
    assert quota.stored == {"live": {"Gigabytes": "5"}}

    assert made["containers"][0]["changes"] == ["quota added"]

    quota.stored["live"] = {"Gigabytes": 5}
    assert not run("mediastore_containers", **declared)["changed"]
    [listed] = run("mediastore_container_info", include=["all"])["containers"]
    assert listed["quota"] == {"gigabytes": 5}

    removed = run("mediastore_containers", containers=[{"name": "live", "quota": {}}], diff=True)
    stored = {"name": "live", "quota": {"gigabytes": 5}}
    assert (removed["diff"][0]["before"], removed["diff"][0]["after"]) == (stored, {"name": "live"})
    assert quota.stored == {}
