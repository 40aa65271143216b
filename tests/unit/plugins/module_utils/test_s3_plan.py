# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a bucket: which changes, in which order, and what the diff shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._errors import ApiError
from ansible_collections.elemental.mediastore.plugins.module_utils._plan import Change, Effect
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.api import S3Api, UnsupportedError
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.documents import (
    CORS,
    LIFECYCLE,
    LOGGING,
    MORE_TAGS,
    POLICY,
    PUBLIC_ACCESS_BLOCK,
    TAGS,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._s3.plan import (
    CurrentBucket,
    DesiredBucket,
    plan_bucket,
)

NAME = "example-live"
STATEMENT = {
    "Sid": "Read",
    "Effect": "Allow",
    "Principal": {"AWS": "111122223333"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::example-live/*",
}
POLICY_VALUE = {"Version": "2012-10-17", "Statement": [STATEMENT]}
BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
RULE = {"AllowedOrigins": ["https://a.example", "https://b.example"], "AllowedMethods": ["GET"]}
OLD = {"ID": "mediastore-1-1", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 31}}
NEW = {"ID": "mediastore-2-1", "Status": "Enabled", "Filter": {"Prefix": "new/"}, "Expiration": {"Days": 5}}
LOGS = {"TargetBucket": "example-logs", "TargetPrefix": "example-live/"}
ENTIRE, SPORTS = {"Id": "EntireBucket"}, {"Id": "sports", "Filter": {"Prefix": "sports/"}}
VALUES = {
    PUBLIC_ACCESS_BLOCK: BLOCK,
    POLICY: POLICY_VALUE,
    TAGS: {"a": "1"},
    CORS: [RULE],
    LIFECYCLE: [OLD],
    LOGGING: LOGS,
}


def desired(documents, metrics=None):
    return DesiredBucket(NAME, documents, metrics)


def there(documents, metrics=None):
    return CurrentBucket(True, documents, metrics or {})


def put(document, content, is_new=False):
    arguments = {"name": NAME, "document": document, "content": content, "is_there": is_new}
    if document is POLICY:
        arguments["is_blocked"] = True
    return Change(S3Api.put_document, arguments)


def put_metrics(configuration, is_new=False):
    arguments = {
        "name": NAME,
        "identifier": configuration["Id"],
        "configuration": configuration,
        "is_there": is_new,
    }
    return Change(S3Api.put_metrics, arguments)


def test_new_bucket_gets_everything_in_order():
    plan = plan_bucket(CurrentBucket(False), desired(VALUES, {"EntireBucket": ENTIRE, "sports": SPORTS}))
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Principal":{"AWS":"111122223333"},'
        '"Action":"s3:GetObject","Resource":"arn:aws:s3:::example-live/*"}]}'
    )
    assert plan.changes == (
        Change(S3Api.create_bucket, {"name": NAME}, effect=Effect.CREATED),
        put(PUBLIC_ACCESS_BLOCK, BLOCK, is_new=True),
        put(POLICY, policy, is_new=True),
        put(TAGS, [{"Key": "a", "Value": "1"}], is_new=True),
        put(CORS, [RULE], is_new=True),
        put(LIFECYCLE, [OLD], is_new=True),
        put_metrics(ENTIRE, is_new=True),
        put_metrics(SPORTS, is_new=True),
        put(LOGGING, LOGS, is_new=True),
    )
    assert plan.before == {}
    assert plan.after["name"] == NAME
    assert plan.after["metrics"] == [ENTIRE, SPORTS]
    assert plan.after["logging"] == LOGS
    assert plan.values["tags"] == {"a": "1"}


def test_new_bucket_without_documents_has_nothing_to_remove():
    plan = plan_bucket(CurrentBucket(False), desired(dict.fromkeys(VALUES), {}))
    assert [change.method for change in plan.changes] == [S3Api.create_bucket]
    assert plan.after == {"name": NAME}


@pytest.mark.parametrize(
    ("document", "stored", "wanted"),
    [
        pytest.param(
            POLICY,
            {
                "Version": "2012-10-17",
                "Statement": {**STATEMENT, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
            },
            POLICY_VALUE,
            id="policy: S3 stores an account as its root",
        ),
        pytest.param(
            PUBLIC_ACCESS_BLOCK,
            {"BlockPublicAcls": True},
            {**dict.fromkeys(BLOCK, False), "BlockPublicAcls": True},
            id="block: omitted is false",
        ),
        pytest.param(TAGS, {"a": "1", "aws:createdBy": "root"}, {"a": "1"}, id="tags: of AWS"),
        pytest.param(TAGS, {"aws:createdBy": "root"}, {}, id="tags: only those of AWS are left"),
        pytest.param(TAGS, None, {}, id="tags: none"),
        pytest.param(MORE_TAGS, {"a": "1", "b": "2"}, {"a": "1"}, id="tags: not purged"),
        pytest.param(MORE_TAGS, {"a": "1"}, {}, id="tags: none to add"),
        pytest.param(
            CORS,
            [{"ID": "x", "AllowedMethods": ["GET"], "AllowedOrigins": ["https://b.example", "https://a.example"]}],
            [RULE],
            id="CORS: order in a list, ID",
        ),
        pytest.param(
            CORS,
            [{**RULE, "AllowedHeaders": ["x-a"], "ExposeHeaders": ["ETag"]}],
            [{**RULE, "AllowedHeaders": ["X-A"], "ExposeHeaders": ["etag"]}],
            id="CORS: case of headers",
        ),
        pytest.param(CORS, [RULE], [{**RULE, "AllowedHeaders": []}], id="CORS: an empty list is none"),
        pytest.param(LIFECYCLE, [NEW, OLD], [OLD, NEW], id="lifecycle: order of rules"),
        pytest.param(LIFECYCLE, [{**OLD, "ID": "other"}], [OLD], id="lifecycle: ID"),
        pytest.param(
            LIFECYCLE,
            [{"Status": "Enabled", "Prefix": "old/", "Expiration": {"Days": 31}}],
            [OLD],
            id="lifecycle: Prefix in place of Filter",
        ),
        *(
            pytest.param(
                LIFECYCLE,
                [{"Status": "Enabled", "Expiration": {"Days": 31}, **everything}],
                [{**OLD, "Filter": {"Prefix": ""}}],
                id=f"lifecycle: all objects as {everything}",
            )
            for everything in ({"Prefix": ""}, {"Filter": {}}, {"Filter": {"Prefix": ""}}, {"Filter": {}, "Prefix": ""})
        ),
        pytest.param(LOGGING, dict(reversed(LOGS.items())), LOGS, id="logging: order of keys"),
    ],
)
def test_equal_documents_are_left_alone(document, stored, wanted):
    plan = plan_bucket(there({document: stored}), desired({document: wanted}))
    assert plan.changes == ()
    assert plan.before == plan.after


@pytest.mark.parametrize(
    ("document", "stored", "wanted", "content"),
    [
        pytest.param(TAGS, {"a": "1", "b": "2", "aws:x": "y"}, {"a": "2"}, [("a", "2"), ("aws:x", "y")], id="tags"),
        pytest.param(TAGS, {"a": "1", "aws:x": "y"}, {}, [("aws:x", "y")], id="tags: those of AWS stay"),
        pytest.param(MORE_TAGS, {"a": "1", "b": "2"}, {"a": "2"}, [("a", "2"), ("b", "2")], id="tags not purged"),
        pytest.param(
            CORS,
            [RULE, {**RULE, "AllowedMethods": ["PUT"]}],
            [{**RULE, "AllowedMethods": ["PUT"]}, RULE],
            None,
            id="CORS: order of rules",
        ),
        pytest.param(CORS, [RULE], [{**RULE, "MaxAgeSeconds": 0}], None, id="CORS: no age is not 0"),
        pytest.param(
            CORS,
            [{**RULE, "AllowedOrigins": ["https://A.example"]}],
            [{**RULE, "AllowedOrigins": ["https://a.example"]}],
            None,
            id="CORS: case of origins",
        ),
        pytest.param(LIFECYCLE, [OLD, NEW], [OLD], None, id="lifecycle: a rule of others"),
        pytest.param(
            LIFECYCLE,
            [{"Status": "Enabled", "Prefix": "", "Expiration": {"Days": 31}}],
            [OLD],
            None,
            id="lifecycle: another Prefix",
        ),
        pytest.param(LIFECYCLE, [{**OLD, "Status": "Disabled"}], [OLD], None, id="lifecycle: disabled"),
        pytest.param(LOGGING, {**LOGS, "TargetPrefix": ""}, LOGS, None, id="logging: prefix"),
        pytest.param(PUBLIC_ACCESS_BLOCK, {**BLOCK, "BlockPublicPolicy": False}, BLOCK, None, id="block"),
    ],
)
def test_different_documents_are_put_whole(document, stored, wanted, content):
    [change] = plan_bucket(there({document: stored}), desired({document: wanted})).changes
    if content:
        assert sorted((tag["Key"], tag["Value"]) for tag in change.arguments["content"]) == content
    else:
        assert change == put(document, wanted)


@pytest.mark.parametrize(
    ("document", "nothing"),
    [*((document, None) for document in VALUES), (TAGS, {}), (CORS, []), (LIFECYCLE, [])],
    ids=lambda value: getattr(value, "key", str(value)),
)
def test_document_is_removed(document, nothing):
    plan = plan_bucket(there({document: VALUES[document]}), desired({document: nothing}))
    assert plan.changes == (Change(S3Api.delete_document, {"name": NAME, "document": document}),)
    assert plan.after == {"name": NAME}
    assert plan.values == {document.key: None}
    assert plan_bucket(there({document: None}), desired({document: nothing})).changes == ()


def test_metrics_are_owned_whole():
    current = {"EntireBucket": ENTIRE, "sports": {"Id": "sports", "Filter": {"Prefix": "s/"}}, "other": {"Id": "other"}}
    plan = plan_bucket(there({}, current), desired({}, {"EntireBucket": ENTIRE, "sports": SPORTS}))
    assert plan.changes == (
        Change(S3Api.delete_metrics, {"name": NAME, "identifier": "other"}),
        put_metrics(SPORTS),
    )
    assert plan.before == {"name": NAME, "metrics": [ENTIRE, {"Id": "other"}, current["sports"]]}
    assert plan.after == {"name": NAME, "metrics": [ENTIRE, SPORTS]}
    removed = plan_bucket(there({}, {"EntireBucket": ENTIRE}), desired({}, {}))
    assert removed.after == {"name": NAME}
    assert removed.values == {"metrics": None}


def test_what_is_not_declared_is_not_changed():
    plan = plan_bucket(there({}), desired({}))
    assert (plan.changes, plan.before, plan.values) == ((), {"name": NAME}, {})


def test_changes_of_different_parts_differ():
    plan = plan_bucket(CurrentBucket(False), desired(VALUES, {"EntireBucket": ENTIRE, "sports": SPORTS}))
    assert len({change.key for change in plan.changes}) == len(plan.changes)


UNSUPPORTED = {
    aspect: UnsupportedError(aspect, ApiError(f"Failed to read {aspect}")) for aspect in ("tags", "metrics", "logging")
}


@pytest.mark.parametrize("exists", [True, False])
def test_an_aspect_that_the_endpoint_lacks_is_not_changed(exists):
    current = CurrentBucket(exists, unsupported=UNSUPPORTED)
    wanted = replace(desired({TAGS: {"a": "1"}, CORS: [RULE], LOGGING: None}, {}), skip_unsupported=frozenset(["tags"]))
    plan = plan_bucket(current, wanted)
    assert [change.part for change in plan.changes] == [*([] if exists else [None]), CORS]
    assert plan.values == {"cors": [RULE]}
    assert plan.skipped == {"tags": UNSUPPORTED["tags"]}
    assert str(plan.refusal) == (
        "Failed to read metrics (omit metric_policy, or add metrics to skip_unsupported); Failed to read logging (omit"
        " access_logging_enabled, or add logging to skip_unsupported)"
    )
    everything = replace(wanted, skip_unsupported=frozenset(UNSUPPORTED))
    assert plan_bucket(current, everything).refusal is None
