# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A third service, of queues with one document, needs only what this file has beside the shared files."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from botocore.exceptions import ClientError

from ansible_collections.elemental.mediastore.plugins.module_utils._converge import converge, converge_all
from ansible_collections.elemental.mediastore.plugins.module_utils._document import Document
from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError, expect_member
from ansible_collections.elemental.mediastore.plugins.module_utils._plan import Change, Effect, Plan
from ansible_collections.elemental.mediastore.plugins.module_utils._resource import Resource
from ansible_collections.elemental.mediastore.plugins.module_utils._runner import (
    check_common,
    exit_with,
    exit_with_all,
    failing,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._sender import Budget, Sender
from ansible_collections.elemental.mediastore.plugins.module_utils._service import ServiceApi
from ansible_collections.elemental.mediastore.tests.unit.plugins import conftest

LIMITS = Document("limits", "limits", "queue_limits", "Limits", dict, not_found="NoLimits")


class QueueApi(ServiceApi):
    """The operations on queues."""

    def create_queue(self, name):
        self._sender.change(f"create queue {name}", partial(self._client.create_queue, Name=name), lambda reply: None)

    def get_document(self, name, document):
        send = partial(getattr(self._client, document.method("get")), Name=name)
        parse = partial(expect_member, member=document.member, kind=document.wire_type)
        return self._sender.find(f"read the {document.title} of queue {name}", send, parse, {document.not_found})

    def put_document(self, name, document, content):
        send = partial(getattr(self._client, document.method("put")), Name=name, **document.request(content))
        self._sender.change(f"set the {document.title} of queue {name}", send, lambda reply: None)

    def delete_document(self, name, document):
        send = partial(getattr(self._client, document.method("delete")), Name=name)
        self._sender.change(f"delete the {document.title} of queue {name}", send, lambda reply: None)


@dataclass(frozen=True)
class DesiredQueue:
    name: str
    limits: dict[str, Any] | None = None
    noun: ClassVar[str] = "queue"


@dataclass(frozen=True)
class QueuePlan(Plan):
    limits: dict[str, Any] | None = None


class Queue(Resource[QueueApi, "tuple[bool, Any]", QueuePlan]):
    """A queue with its desired state; its current state is whether it exists, and its limits."""

    def __init__(self, api, desired):
        super().__init__(api)
        self._desired = desired

    def read(self, outdated):
        name = self._desired.name
        try:
            return True, LIMITS.value_of(self.api.get_document(name, LIMITS), f"queue {name}")
        except ApiError as error:
            if error.code != "NoQueue":
                raise
        return False, None

    def plan(self, current):
        (exists, stored), name = current, self._desired.name
        target, shown = LIMITS.compare(stored, self._desired.limits)
        create = Change(QueueApi.create_queue, {"name": name}, shows={"name": name}, effect=Effect.CREATED)
        changes = ([] if exists else [create]) + ([] if target is stored else [LIMITS.change(QueueApi, name, target)])
        before = {"name": name, **({} if shown is None else {"limits": shown})} if exists else {}
        return QueuePlan(tuple(changes), before, limits=target)

    def is_outdated(self, change, error):
        return error.code == "NoQueue"


def result_of(outcome):
    return {"name": outcome.desired.name, "limits": outcome.plan.limits if outcome.plan else None}


class QueueClient:
    """Queues in memory: the limits of each by its name, and the codes of the errors that changes of them return."""

    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self):
        self.stored, self.errors, self.sent = {}, {}, []

    def _change(self, operation, name):
        self.sent.append((operation, name))
        if name in self.errors:
            raise ClientError({"Error": {"Code": self.errors[name], "Message": "text"}}, operation)

    def create_queue(self, **arguments):
        self._change("create", arguments["Name"])
        self.stored[arguments["Name"]] = None

    def get_queue_limits(self, **arguments):
        found = self.stored.get(arguments["Name"])
        if found is None:
            code = "NoLimits" if arguments["Name"] in self.stored else "NoQueue"
            raise ClientError({"Error": {"Code": code}}, "get")
        return {"Limits": found}

    def put_queue_limits(self, **arguments):
        self._change("put", arguments["Name"])
        self.stored[arguments["Name"]] = arguments["Limits"]

    def delete_queue_limits(self, **arguments):
        self._change("delete", arguments["Name"])
        self.stored[arguments["Name"]] = None


@pytest.fixture
def queues(monkeypatch):
    """A client, with a module that declares one queue and one that declares many."""
    client = QueueClient()

    def main(many):
        one = dict(name=dict(type="str"), limits=dict(type="dict"))
        several = dict(
            queues=dict(type="list", elements="dict", options=one), max_concurrency=dict(type="int", default=1)
        )
        module = AnsibleAWSModule(argument_spec=several if many else one, supports_check_mode=True)
        how = {"check_mode": module.check_mode, "warn": warn}
        api = QueueApi(client, Sender(Budget(10)))
        with failing(module):
            check_common(module.params)
        if not many:
            desired = DesiredQueue(module.params["name"], module.params["limits"])
            exit_with(module, converge(desired, Queue(api, desired), **how), result_of)
        all_desired = [DesiredQueue(**given) for given in module.params["queues"]]
        outcomes = converge_all(api, all_desired, Queue, module.params["max_concurrency"], **how)
        exit_with_all(module, outcomes, queues=[result_of(outcome) for outcome in outcomes])

    for name, many in (("queue", False), ("queues", True)):
        monkeypatch.setitem(sys.modules, f"{conftest.MODULES}.{name}", SimpleNamespace(main=partial(main, many)))
    return client


def test_one_queue(run, queues):
    predicted = run("queue", name="a", limits={"size": 1}, check=True, diff=True)
    assert queues.sent == []
    made = run("queue", name="a", limits={"size": 1}, diff=True)
    assert made["diff"] == predicted["diff"] == {"before": {}, "after": {"name": "a", "limits": {"size": 1}}}
    assert (made["changed"], made["name"], made["limits"]) == (True, "a", {"size": 1})
    assert queues.sent == [("create", "a"), ("put", "a")]
    assert not run("queue", name="a", limits={"size": 1})["changed"]
    assert run("queue", name="a")["changed"]
    assert queues.stored == {"a": None}
    queues.errors = {"a": "Refused"}
    failed = run("queue", name="a", limits={"size": 2})
    assert failed["msg"].startswith("Failed to set the limits of queue a: ")
    assert failed["error"]["code"] == "Refused"


def test_many_queues(run, queues):
    declared = [{"name": name, "limits": {"size": 1}} for name in ("a", "b", "c")]
    assert run("queues", queues=declared, check=True)["changed"]
    assert queues.sent == []
    queues.errors = {"b": "ExpiredToken"}
    failed = run("queues", queues=declared, diff=True)
    assert failed["changed"]
    assert failed["diff"] == [
        {"before_header": "a", "after_header": "a", "before": {}, "after": {"name": "a", "limits": {"size": 1}}}
    ]
    assert failed["msg"].startswith("2 of 3 queues failed: Failed to create queue b: ")
    assert failed["msg"].endswith("; not started: c")
    assert "max_concurrency is 0" in run("queues", queues=declared, max_concurrency=0)["msg"]
