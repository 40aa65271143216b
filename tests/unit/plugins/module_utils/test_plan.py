# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exact changes for the current and the desired state, as a table and as properties."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._declaration.container import Declaration
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.api import MediaStoreApi
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container_policy import CONTAINER_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.cors_policy import CORS_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.lifecycle_policy import LIFECYCLE_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.metric_policy import METRIC_POLICY
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.plan import (
    CurrentState,
    Wait,
    make_plan,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._plan import Change, Effect, diff_after
from ansible_collections.elemental.mediastore.tests.unit import samples

properties = settings(deadline=None, max_examples=200, database=None)

NAME = "live"
ARN = "arn:aws:mediastore:us-east-1:123456789012:container/live"
MISSING = CurrentState(exists=False)
FORTY_NINE = {f"k{number}": "v" for number in range(49)}


def there(status="ACTIVE", logging=False, tags=None):
    container = {"Name": NAME, "ARN": ARN, "Status": status, "AccessLoggingEnabled": logging}
    return CurrentState(exists=True, container=container, tags=tags)


def by_key(values):
    return {document.key: value for document, value in values.items()}


def present(**options):
    return Declaration(name=NAME, state="present", **options)


def absent(**options):
    return Declaration(name=NAME, state="absent", **options)


def create(wait_for=None, **tags):
    return Change(MediaStoreApi.create_container, {"name": NAME, "tags": tags}, wait_for, effect=Effect.CREATED)


def untag(*keys):
    return Change(MediaStoreApi.untag_container, {"name": NAME, "arn": ARN, "keys": list(keys)}, wait_for=Wait.ACTIVE)


def tag(**tags):
    return Change(MediaStoreApi.tag_container, {"name": NAME, "arn": ARN, "tags": tags}, wait_for=Wait.ACTIVE)


START = Change(MediaStoreApi.start_access_logging, {"name": NAME}, wait_for=Wait.ACTIVE)
STOP = Change(MediaStoreApi.stop_access_logging, {"name": NAME}, wait_for=Wait.ACTIVE)


def put_change(document, content, wait_for=None):
    return Change(MediaStoreApi.put_document, {"name": NAME, "document": document, "content": content}, wait_for)


def delete_change(document, wait_for=None):
    return Change(MediaStoreApi.delete_document, {"name": NAME, "document": document}, wait_for)


def side(**shown):
    return {"name": NAME, **shown}


ALL = {"tags": {"a": "1"}, "access_logging_enabled": True}
NO_LOGGING = {"access_logging_enabled": False}

NEW = [
    # id, current, wanted, changes, after (before it is {})
    ("missing", MISSING, present(), [create()], side()),
    ("missing-tags", MISSING, present(tags={"a": "1"}), [create(a="1")], side(tags={"a": "1"})),
    ("missing-no-tags", MISSING, present(tags={}), [create()], side(tags={})),
    ("missing-tags-kept", MISSING, present(tags={"a": ""}, purge_tags=False), [create(a="")], side(tags={"a": ""})),
    ("missing-no-logging", MISSING, present(**NO_LOGGING), [create()], side(**NO_LOGGING)),
    ("missing-all", MISSING, present(**ALL), [create(a="1"), START], side(**ALL)),
    ("missing-not-waited-for", MISSING, present(wait=False, **ALL), [create(a="1"), START], side(**ALL)),
    ("deleting", there("DELETING"), present(), [create(Wait.GONE)], side()),
    (
        "deleting-all",
        there("DELETING", True, {"b": "2"}),
        present(**ALL),
        [create(Wait.GONE, a="1"), START],
        side(**ALL),
    ),
    ("deleting-no-logging", there("DELETING", True), present(**NO_LOGGING), [create(Wait.GONE)], side(**NO_LOGGING)),
]

STAYS = [
    # id, current, wanted, both sides of the diff
    ("present", there(), present(), side()),
    ("present-creating", there("CREATING"), present(), side()),
    ("present-alone", there(logging=True, tags={"a": "1"}), present(), side()),
    ("absent-missing", MISSING, absent(), {}),
    ("absent-deleting", there("DELETING"), absent(), {}),
]

LOGGING = [
    # id, status, enabled, wanted, changes
    ("start", "ACTIVE", False, True, [START]),
    ("start-creating", "CREATING", False, True, [START]),
    ("started", "ACTIVE", True, True, []),
    ("stop", "ACTIVE", True, False, [STOP]),
    ("stop-creating", "CREATING", True, False, [STOP]),
    ("stopped", "ACTIVE", False, False, []),
]

PURGE, KEPT = True, False
AWS = {"aws:x": "1"}
TAGS = [
    # id, stored, wanted, purge_tags, changes, reached
    ("same", {"a": "1", "b": "2"}, {"b": "2", "a": "1"}, PURGE, [], {"a": "1", "b": "2"}),
    ("none", {}, {}, PURGE, [], {}),
    ("add-to-none", {}, {"a": "1"}, PURGE, [tag(a="1")], {"a": "1"}),
    ("add", {"a": "1"}, {"a": "1", "b": "2"}, PURGE, [tag(b="2")], {"a": "1", "b": "2"}),
    ("change", {"a": "1", "b": "2"}, {"a": "1", "b": "3"}, PURGE, [tag(b="3")], {"a": "1", "b": "3"}),
    ("change-to-empty", {"a": "1"}, {"a": ""}, PURGE, [tag(a="")], {"a": ""}),
    ("change-case", {"a": "x"}, {"a": "X"}, PURGE, [tag(a="X")], {"a": "X"}),
    ("key-case", {"a": "1"}, {"A": "1"}, PURGE, [untag("a"), tag(A="1")], {"A": "1"}),
    ("remove", {"c": "3", "b": "2", "a": "1"}, {"b": "2"}, PURGE, [untag("a", "c")], {"b": "2"}),
    ("replace", {"a": "1"}, {"b": "2"}, PURGE, [untag("a"), tag(b="2")], {"b": "2"}),
    ("clear", {"a": "1", "b": ""}, {}, PURGE, [untag("a", "b")], {}),
    ("kept-add", {"a": "1"}, {"b": "2"}, KEPT, [tag(b="2")], {"a": "1", "b": "2"}),
    ("kept-change", {"a": "1", "b": "2"}, {"a": "x"}, KEPT, [tag(a="x")], {"a": "x", "b": "2"}),
    ("kept-same", {"a": "1", "b": "2"}, {"a": "1"}, KEPT, [], {"a": "1", "b": "2"}),
    ("kept-none", {"a": "1"}, {}, KEPT, [], {"a": "1"}),
    ("of-aws", {**AWS, "a": "1"}, {}, PURGE, [untag("a")], AWS),
    ("of-aws-alone", AWS, {}, PURGE, [], AWS),
    ("of-aws-replace", {**AWS, "a": "1"}, {"b": "2"}, PURGE, [untag("a"), tag(b="2")], {**AWS, "b": "2"}),
    (
        "fifty-of-which-one-is-replaced",
        {**FORTY_NINE, "old": "v"},
        {**FORTY_NINE, "new": "v"},
        PURGE,
        [untag("old"), tag(new="v")],
        {**FORTY_NINE, "new": "v"},
    ),
]

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "mediastore:GetObject"}],
}
RESPELLED = {
    "Statement": {"Action": ["MEDIASTORE:getobject"], "Effect": "Allow", "Principal": {"AWS": "*"}},
    "Version": "2012-10-17",
}
OTHER_POLICY = {"Statement": []}
RULE = {"allowed_origins": ["b", "a"], "allowed_methods": ["PUT", "GET"], "allowed_headers": ["X-A"]}
RULE_RESPELLED = {"allowed_origins": ["a", "b"], "allowed_methods": ["GET", "PUT"], "allowed_headers": ["x-a"]}
OTHER_RULE = {"allowed_origins": ["c"], "allowed_methods": ["GET"], "allowed_headers": []}
OTHER_RULE_SENT = {"AllowedOrigins": ["c"], "AllowedMethods": ["GET"], "AllowedHeaders": []}


def lifecycle(number, *paths):
    return samples.lifecycle([{"prefix": path} for path in paths], ("days", ">", number))


def metric(*names, metrics=True):
    return {"container_level_metrics": metrics, "rules": [{"object_group": "*", "object_group_name": n} for n in names]}


def keeping(metrics):
    return {"container_level_metrics": metrics, "rules": None}


def minified(document):
    return json.dumps(document, separators=(",", ":"))


def sent(*names, metrics="ENABLED"):
    rules = [{"ObjectGroup": "*", "ObjectGroupName": name} for name in names]
    return {"ContainerLevelMetrics": metrics, **({"MetricPolicyRules": rules} if rules else {})}


PUT, KEEP, REMOVE = "put", "keep", "delete"
P, C, L, M = CONTAINER_POLICY, CORS_POLICY, LIFECYCLE_POLICY, METRIC_POLICY
L30A = lifecycle(30, "a")
OTHER_AGED, OTHER_AGED_SENT = {**OTHER_RULE, "max_age_seconds": 0}, {**OTHER_RULE_SENT, "MaxAgeSeconds": 0}
TRUE = {"Statement": [], "Id": True}
DOCUMENTS = [
    # id, document, stored, wanted, action, the document that is put, value reached
    ("policy-new", P, None, POLICY, PUT, minified(POLICY), POLICY),
    ("policy-same", P, POLICY, POLICY, KEEP, None, POLICY),
    ("policy-respelled", P, RESPELLED, POLICY, KEEP, None, RESPELLED),
    ("policy-other", P, OTHER_POLICY, POLICY, PUT, minified(POLICY), POLICY),
    ("policy-stored-no-json", P, "no {json", POLICY, PUT, minified(POLICY), POLICY),
    ("policy-type", P, {"Statement": [], "Id": 1}, TRUE, PUT, '{"Statement":[],"Id":true}', TRUE),
    ("policy-remove", P, POLICY, None, REMOVE, None, None),
    ("policy-none", P, None, None, KEEP, None, None),
    ("cors-new", C, None, [OTHER_RULE], PUT, [OTHER_RULE_SENT], [OTHER_RULE]),
    ("cors-same", C, [RULE], [RULE], KEEP, None, [RULE]),
    ("cors-respelled", C, [RULE], [RULE_RESPELLED], KEEP, None, [RULE]),
    (
        "cors-rule-order",
        C,
        [OTHER_AGED, OTHER_RULE],
        [OTHER_RULE, OTHER_AGED],
        PUT,
        [OTHER_RULE_SENT, OTHER_AGED_SENT],
        [OTHER_RULE, OTHER_AGED],
    ),
    ("cors-other", C, [RULE], [OTHER_RULE], PUT, [OTHER_RULE_SENT], [OTHER_RULE]),
    ("cors-remove", C, [RULE], None, REMOVE, None, None),
    ("cors-stored-empty", C, [], [OTHER_RULE], PUT, [OTHER_RULE_SENT], [OTHER_RULE]),
    ("cors-stored-empty-remove", C, [], None, REMOVE, None, None),
    ("cors-none", C, None, None, KEEP, None, None),
    ("lifecycle-new", L, None, L30A, PUT, minified(L30A), L30A),
    (
        "lifecycle-respelled",
        L,
        lifecycle("30", "b", "a"),
        lifecycle(30, "a", "b"),
        KEEP,
        None,
        lifecycle("30", "b", "a"),
    ),
    ("lifecycle-other", L, lifecycle(31, "a"), L30A, PUT, minified(L30A), L30A),
    ("lifecycle-remove", L, L30A, None, REMOVE, None, None),
    ("lifecycle-none", L, None, None, KEEP, None, None),
    ("metric-new", M, None, metric("a"), PUT, sent("a"), metric("a")),
    ("metric-new-left-out", M, None, keeping(False), PUT, sent(metrics="DISABLED"), metric(metrics=False)),
    ("metric-respelled", M, metric("b", "a"), metric("a", "b"), KEEP, None, metric("b", "a")),
    ("metric-left-out-same", M, metric("b", "a"), keeping(True), KEEP, None, metric("b", "a")),
    (
        "metric-left-out-other",
        M,
        metric("b", "a"),
        keeping(False),
        PUT,
        sent("b", "a", metrics="DISABLED"),
        metric("b", "a", metrics=False),
    ),
    ("metric-rules-removed", M, metric("a"), metric(), PUT, sent(), metric()),
    ("metric-other", M, metric("a"), metric("b"), PUT, sent("b"), metric("b")),
    ("metric-remove", M, metric(), None, REMOVE, None, None),
    ("metric-none", M, None, None, KEEP, None, None),
]


def strict(value):
    """JSON text, which unlike == distinguishes true, 1 and 1.0."""
    return json.dumps(value, sort_keys=True)


def given_params(rows):
    return [pytest.param(*row, id=name) for name, *row in rows]


@pytest.mark.parametrize(("current", "wanted", "changes", "after"), given_params(NEW))
def test_new_container(current, wanted, changes, after):
    plan = make_plan(current, wanted)
    assert (list(plan.changes), plan.before, plan.after) == (changes, {}, after)
    assert plan.predicted is None  # least of all the one that is being deleted
    assert plan.tags == wanted.tags


@pytest.mark.parametrize(("current", "wanted", "shown"), given_params(STAYS))
def test_existing_container(current, wanted, shown):
    plan = make_plan(current, wanted)
    assert (list(plan.changes), plan.before, plan.after) == ([], shown, shown)
    assert plan.predicted == current.container


@pytest.mark.parametrize("status", ["ACTIVE", "CREATING"])
@pytest.mark.parametrize("wait", [True, False])
def test_container_is_deleted(status, wait):
    """Once it is active, if it is being created."""
    plan = make_plan(there(status), absent(wait=wait))
    delete = Change(MediaStoreApi.delete_container, {"name": NAME}, wait_for=Wait.ACTIVE, effect=Effect.DELETED)
    assert (list(plan.changes), plan.before, plan.after) == ([delete], side(), {})


@pytest.mark.parametrize("objects", [[], ["a.ts"], ["a.ts", "b/a.ts", "b/c/d.ts"]])
def test_container_is_deleted_after_its_objects(objects):
    there_with_objects = replace(there(), objects=objects)
    there_with_objects.container["Endpoint"] = "https://e"
    plan = make_plan(there_with_objects, absent(delete_objects=True))
    deletions = [
        Change(MediaStoreApi.delete_object, {"name": NAME, "endpoint": "https://e", "path": path}, is_independent=True)
        for path in objects
    ]
    delete = Change(MediaStoreApi.delete_container, {"name": NAME}, wait_for=Wait.ACTIVE, effect=Effect.DELETED)
    assert list(plan.changes) == [*deletions, delete]
    assert len({change.key for change in plan.changes}) == len(plan.changes)
    sides = [*(side(objects=number) for number in range(len(objects), 0, -1)), side()]
    assert (plan.before, plan.after) == (sides[0], {})
    # In any order; and other clients can have uploaded more than were counted.
    sent = [*plan.changes[-2::-1], *plan.changes[:1]] if objects else []
    assert [diff_after(plan.before, sent[:number]) for number in range(len(sent) + 1)] == [*sides, side()][
        : len(sent) + 1
    ]


@pytest.mark.parametrize(("status", "enabled", "wanted", "changes"), given_params(LOGGING))
def test_access_logging(status, enabled, wanted, changes):
    plan = make_plan(there(status, enabled), present(access_logging_enabled=wanted))
    assert list(plan.changes) == changes
    assert plan.before == side(access_logging_enabled=enabled)
    assert plan.after == side(access_logging_enabled=wanted)


def test_access_logging_missing_in_a_reply_is_off():
    container = {"Name": NAME, "ARN": ARN, "Status": "ACTIVE"}
    plan = make_plan(CurrentState(exists=True, container=container), present(access_logging_enabled=False))
    assert list(plan.changes) == []
    assert plan.before == plan.after == side(access_logging_enabled=False)


@pytest.mark.parametrize("status", ["ACTIVE", "CREATING"])
@pytest.mark.parametrize(("stored", "wanted", "purge", "changes", "reached"), given_params(TAGS))
def test_tags(status, stored, wanted, purge, changes, reached):
    plan = make_plan(there(status, tags=stored), present(tags=wanted, purge_tags=purge))
    assert list(plan.changes) == changes
    assert (plan.before, plan.after) == (side(tags=stored), side(tags=reached))
    assert plan.tags == reached


def test_tags_and_access_logging():
    plan = make_plan(there(tags={"a": "1"}), present(tags={"b": "2"}, access_logging_enabled=True))
    assert list(plan.changes) == [untag("a"), tag(b="2"), START]
    assert plan.before == side(tags={"a": "1"}, access_logging_enabled=False)
    assert plan.after == side(tags={"b": "2"}, access_logging_enabled=True)


def test_omitted_tags_are_not_in_the_result():
    assert make_plan(there(), present()).tags is None
    assert make_plan(MISSING, present()).tags is None


@pytest.mark.parametrize(("document", "stored", "wanted", "done", "put", "reached"), given_params(DOCUMENTS))
def test_document(document, stored, wanted, done, put, reached):
    plan = make_plan(
        CurrentState(exists=True, documents={document: stored}),
        Declaration(name=NAME, documents={document.key: wanted}),
    )
    changes = {KEEP: [], PUT: [put_change(document, put)], REMOVE: [delete_change(document)]}
    assert list(plan.changes) == changes[done]
    assert strict(plan.documents[document]) == strict(reached)
    for shown, value in [(plan.before, stored), (plan.after, reached)]:
        assert set(shown) == (set() if value is None else {document.key})
        assert value is None or samples.equal(document, shown[document.key], value)
    assert (strict(plan.before) == strict(plan.after)) == (done == KEEP)


def test_the_diff_has_the_spelling_of_the_declaration():
    """On both sides where the meaning is the same; the rest is shown as it is stored."""
    statement = {"Effect": "Allow", "Action": ["mediastore:getobject", "mediastore:putobject"]}
    stored = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["MediaStore:*", "a:b"]}}
    wanted = {"Version": "2012-10-17", "Statement": [statement]}
    plan = make_plan(
        CurrentState(exists=True, documents={P: stored}), Declaration(name=NAME, documents={P.key: wanted})
    )
    assert plan.after == {"policy": wanted}
    assert plan.before == {"policy": {**wanted, "Statement": [{**statement, "Action": ["MediaStore:*", "a:b"]}]}}


@pytest.mark.parametrize("document", [P, C, L, M], ids=lambda document: document.key)
def test_document_of_a_missing_container(document):
    """Check mode predicts the write. Removal needs no change."""
    wanted = {P: POLICY, C: [OTHER_RULE], L: lifecycle(30, "a"), M: metric("a")}[document]
    current = CurrentState(exists=False, documents={document: None})
    plan = make_plan(current, Declaration(name=NAME, documents={document.key: wanted}))
    assert [change.key for change in plan.changes] == [(MediaStoreApi.put_document, document)]
    assert plan.before == {}
    assert list(plan.after) == [document.key]
    removal = make_plan(current, Declaration(name=NAME, documents={document.key: None}))
    assert (removal.changes, removal.before, removal.after, removal.documents) == ((), {}, {}, {document: None})


def test_documents_of_a_new_container():
    """Each change waits until the container is active. Only the policy is removed, because the service attaches one."""
    plan = make_plan(MISSING, present(documents={P.key: None, C.key: None, M.key: metric("a")}))
    assert list(plan.changes) == [
        create(),
        delete_change(P, Wait.ACTIVE),
        put_change(M, sent("a"), Wait.ACTIVE),
    ]


@pytest.mark.parametrize("document", [P, L], ids=lambda document: document.key)
@pytest.mark.parametrize("stored", ["null", "", "[]", "no {json"])
def test_any_stored_text_is_a_document_to_delete(document, stored):
    """What a server has stored, be it the text null, is not the absence of a document."""
    current = CurrentState(exists=True, documents={document: document.load(stored)})
    plan = make_plan(current, Declaration(name=NAME, documents={document.key: None}))
    assert list(plan.changes) == [delete_change(document)]


def test_several_documents_are_independent():
    current = CurrentState(exists=True, documents={P: POLICY, C: [RULE], L: None, M: metric("a")})
    wanted = {P: None, C: [RULE_RESPELLED], L: lifecycle(1, "a"), M: keeping(False)}
    plan = make_plan(current, Declaration(name=NAME, documents=by_key(wanted)))
    assert {change.key for change in plan.changes} == {
        (MediaStoreApi.delete_document, P),
        (MediaStoreApi.put_document, L),
        (MediaStoreApi.put_document, M),
    }
    assert set(plan.before) == {"policy", "cors_policy", "metric_policy"}
    assert set(plan.after) == {"cors_policy", "lifecycle_policy", "metric_policy"}


# A model of the service that applies the changes.


def applied(current, changes):
    for change in changes:
        current = applied_one(current, change)
    return current


def applied_one(current, change):
    arguments, container = change.arguments, dict(current.container or {})
    if change.method is MediaStoreApi.create_container:
        assert current.container is None or (container["Status"], change.wait_for) == ("DELETING", Wait.GONE)
        return there(tags=arguments["tags"])
    if change.method is MediaStoreApi.delete_container:
        return MISSING
    if change.method in (MediaStoreApi.untag_container, MediaStoreApi.tag_container):
        keys, more = arguments.get("keys", []), arguments.get("tags", {})
        tags = {key: value for key, value in {**current.tags, **more}.items() if key not in keys}
        assert len(tags) <= 50
        return CurrentState(True, container, tags, current.documents)
    if change.method in (MediaStoreApi.start_access_logging, MediaStoreApi.stop_access_logging):
        enabled = change.method is MediaStoreApi.start_access_logging
        return CurrentState(True, {**container, "AccessLoggingEnabled": enabled}, current.tags, current.documents)
    method, document = change.key
    value = document.load(arguments["content"]) if method is MediaStoreApi.put_document else None
    assert value or (method is MediaStoreApi.delete_document and current.documents[document] is not None)
    return CurrentState(True, current.container, current.tags, {**current.documents, document: value})


keys = st.sampled_from(["a", "b", "c", "A"])
tags = st.dictionaries(keys, st.sampled_from(["", "1", "2"]))
stored_tags = st.dictionaries(keys | st.just("aws:x"), st.sampled_from(["", "1", "2"]))
currents = st.just(MISSING) | st.builds(
    there, status=st.sampled_from(["ACTIVE", "CREATING", "DELETING"]), logging=st.booleans(), tags=stored_tags
)
containers = st.builds(
    present, tags=st.none() | tags, purge_tags=st.booleans(), access_logging_enabled=st.none() | st.booleans()
) | st.builds(absent, wait=st.booleans())
stored_values = st.fixed_dictionaries(
    {
        P: st.sampled_from([None, POLICY, RESPELLED, OTHER_POLICY, "no {json"]),
        C: st.sampled_from([None, [], [RULE], [RULE_RESPELLED], [RULE, OTHER_RULE]]),
        L: st.sampled_from(
            [None, lifecycle(30, "a", "b"), lifecycle("30", "b", "a"), lifecycle(1, "a"), {"rules": []}]
        ),
        M: st.sampled_from([None, metric(), metric("a", "b"), metric("b", "a"), metric("a", metrics=False)]),
    }
)
wanted_values = st.fixed_dictionaries(
    {},
    optional={
        P: st.sampled_from([None, POLICY, RESPELLED, OTHER_POLICY]),
        C: st.sampled_from([None, [RULE], [RULE_RESPELLED], [OTHER_RULE, RULE]]),
        L: st.sampled_from([None, lifecycle(30, "a", "b"), lifecycle(30, "b", "a"), lifecycle(2, "a")]),
        M: st.sampled_from([None, metric(), metric("a", "b"), metric("b", "a"), keeping(True), keeping(False)]),
    },
)


@properties
@given(currents, containers)
def test_container_plan_reaches_the_desired_state(current, wanted):
    before = copy.deepcopy((current, wanted))
    plan = make_plan(current, wanted)
    assert (current, wanted) == before
    reached = applied(current, plan.changes)
    assert (plan.before == plan.after) == (not plan.changes)
    again = make_plan(reached, wanted)
    assert again.changes == ()
    assert again.before == again.after == plan.after
    if wanted.state == "absent":
        assert reached.status in (None, "DELETING")
        return
    assert reached.status in ("ACTIVE", "CREATING")
    if wanted.access_logging_enabled is not None:
        assert reached.container["AccessLoggingEnabled"] == wanted.access_logging_enabled
    elif current.status in ("ACTIVE", "CREATING"):
        assert reached.container["AccessLoggingEnabled"] == current.container["AccessLoggingEnabled"]
    if wanted.tags is not None:
        assert plan.tags == reached.tags
        assert {**reached.tags, **wanted.tags} == reached.tags
        if wanted.purge_tags:
            assert {key for key in reached.tags if not key.startswith("aws:")} == set(wanted.tags)


@properties
@given(stored_values, wanted_values)
def test_document_plan_reaches_the_desired_value(stored, wanted):
    stored = {document: stored[document] for document in wanted}  # what is left alone is not read
    before = copy.deepcopy([list(stored.values()), list(wanted.values())])
    current, declaration = CurrentState(True, documents=stored), Declaration(name=NAME, documents=by_key(wanted))
    plan = make_plan(current, declaration)
    assert [list(stored.values()), list(wanted.values())] == before
    assert len(plan.changes) <= len(wanted)
    assert (strict(plan.before) == strict(plan.after)) == (not plan.changes)
    reached = applied(current, plan.changes)
    again = make_plan(reached, declaration)
    assert again.changes == ()
    assert strict(again.before) == strict(again.after) == strict(plan.after)
    for document, value in reached.documents.items():
        if wanted[document] is None:
            assert value is None
        else:
            assert samples.equal(document, value, document.merge(stored[document], wanted[document]))
            assert samples.equal(document, value, plan.documents[document])


@properties
@given(currents.filter(lambda current: current.status in ("ACTIVE", "CREATING")), st.booleans())
def test_plan_for_the_current_state_is_empty(current, purge_tags):
    wanted = present(
        tags=current.tags, access_logging_enabled=current.container["AccessLoggingEnabled"], purge_tags=purge_tags
    )
    assert make_plan(current, wanted).changes == ()


@properties
@given(stored_values)
def test_plan_for_the_current_documents_is_empty(stored):
    plan = make_plan(CurrentState(True, documents=stored), Declaration(name=NAME, documents=by_key(stored)))
    assert plan.changes == ()
    assert dict(plan.documents) == stored
