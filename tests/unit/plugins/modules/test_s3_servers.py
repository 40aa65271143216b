# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Buckets on servers that lack aspects: nothing is deleted, and only what was done is reported."""

from __future__ import annotations

import inspect

import botocore.endpoint
import pytest
from moto.server import ThreadedMotoServer

from ansible_collections.elemental.mediastore.plugins.module_utils._s3 import runner
from ansible_collections.elemental.mediastore.tests.unit import samples
from ansible_collections.elemental.mediastore.tests.unit.partial_s3 import IDENTITY, SUB_RESOURCES, PartialS3

STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::444455556666:role/reader"},
    "Action": "mediastore:GetObject",
    "Resource": "arn:aws:mediastore:us-east-1:123456789012:container/example-live/*",
}
RULE = samples.lifecycle_rule([{"prefix": "old/"}], ("days", ">=", 30))
GROUP = {"object_group": "sports/*", "object_group_name": "sports"}
# For each option of an entry: the aspects that it declares, a value, and the value that removes it.
DECLARED = {
    "policy": (["public_access_block", "policy"], {"Version": "2012-10-17", "Statement": STATEMENT}, {}),
    "tags": (["tags"], {"channel": "news", "empty": ""}, {}),
    "cors_policy": (["cors"], [{"allowed_origins": ["https://a.example"], "allowed_methods": ["GET"]}], []),
    "lifecycle_policy": (["lifecycle"], {"rules": [RULE]}, {}),
    "metric_policy": (["metrics"], {"container_level_metrics": True, "rules": [GROUP]}, {}),
    "access_logging_enabled": (["logging"], True, False),
}
EVERYTHING = {option: value for option, (_aspects, value, _nothing) in DECLARED.items()}
NOTHING = {option: nothing for option, (_aspects, _value, nothing) in DECLARED.items()}
ASPECTS = list(SUB_RESOURCES)
each_option = pytest.mark.parametrize("option", DECLARED)
each_state = pytest.mark.parametrize("wanted", [EVERYTHING, NOTHING], ids=["set", "removed"])


@pytest.fixture
def buckets(run):
    """A function that runs the module for one container at a server."""

    def buckets(server, declared, bucket="example-live", check=False, diff=False, **options):
        container = {"name": "example-live", "bucket": bucket, "log_bucket": "example-logs", **declared}
        return run(
            "mediastore_s3_buckets", check=check, diff=diff, endpoint_url=server.url, containers=[container], **options
        )

    return buckets


@pytest.fixture
def warned(monkeypatch):
    """The warnings of the module."""
    warned = []
    monkeypatch.setattr(runner, "warn", warned.append)
    return warned


def codes(result):
    codes = [finding["code"] for one in result["containers"] for finding in one["findings"]]
    return [code for code in codes if code.startswith("server.")]


def changes(server):
    """Return the requests that may change something."""
    return [request for request in server.requests if request[0] not in ("GET", "HEAD", "POST")]


@pytest.mark.parametrize("deleted", [200, 204])
@pytest.mark.parametrize("check", [True, False])
@each_state
@each_option
def test_a_server_that_takes_sub_resources_for_the_bucket_keeps_the_bucket(buckets, option, wanted, check, deleted):
    aspects = DECLARED[option][0]
    with PartialS3(deleted=deleted) as server:
        failed = buckets(server, {option: wanted[option]}, check=check)
        skipped = buckets(server, {option: wanted[option]}, check=check, skip_unsupported=ASPECTS)
    assert (server.buckets, server.objects) == ({"example-live": {}}, {"example-live": ["object"]})
    assert changes(server) == []
    assert (failed["failed"], failed["changed"]) == (True, False)
    for aspect in aspects:
        assert f"with ListBucketResult: it does not implement {aspect}" in failed["msg"]
        assert f"omit {option}, or add {aspect} to skip_unsupported" in failed["msg"]
    assert (skipped["changed"], codes(skipped)) == (False, [f"server.{aspect}" for aspect in aspects])


@each_option
def test_a_new_bucket_at_such_a_server_is_only_created(buckets, option):
    with PartialS3() as server:
        predicted = buckets(server, {option: EVERYTHING[option]}, bucket="example-new", check=True)
        failed = buckets(server, {option: EVERYTHING[option]}, bucket="example-new")
        assert (failed["failed"], failed["changed"], failed["containers"][0]["action"]) == (True, True, "failed")
        again = buckets(server, {option: EVERYTHING[option]}, bucket="example-new", skip_unsupported=ASPECTS)
        assert (again["changed"], codes(again)) == (False, [f"server.{aspect}" for aspect in DECLARED[option][0]])
    assert predicted["changed"]
    assert changes(server) == [("PUT", "example-new", "")]
    assert "example-new" in server.buckets


@each_state
def test_the_other_aspects_are_converged_first(buckets, warned, wanted):
    with PartialS3("tags", "cors", "logging") as server:
        stored = server.buckets["example-live"]
        if wanted is NOTHING:
            buckets(server, EVERYTHING, skip_unsupported=ASPECTS)
        before = dict(stored)
        predicted = buckets(server, wanted, check=True, diff=True)
        assert stored == before
        failed = buckets(server, wanted, diff=True)
        assert (failed["failed"], failed["changed"], predicted["changed"]) == (True, True, True)
        assert predicted["diff"] == failed["diff"]
        assert predicted["msg"] == failed["msg"]
        for aspect in ("public_access_block", "policy", "lifecycle", "metrics"):
            assert f"add {aspect} to skip_unsupported" in failed["msg"]
        assert set(stored) == ({"tagging", "cors", "logging"} if wanted is EVERYTHING else {"logging"})
        again = buckets(server, wanted, diff=True)
        assert (again["failed"], again["changed"], again["diff"]) == (True, False, [])
        warned.clear()
        done = [buckets(server, wanted, check=check, skip_unsupported=ASPECTS) for check in (True, False)]
    skipped = ["server.public_access_block", "server.policy", "server.lifecycle", "server.metrics"]
    for result in done:
        assert (result["changed"], codes(result)) == (False, skipped)
        [container] = result["containers"]
        assert "policy" not in container
        assert container["exact"]["policy_statements"] == container["exact"]["metrics"] == 0
    assert len([text for text in warned if "(server.policy)" in text]) == 2


def test_new_bucket_at_such_a_server_gets_what_it_implements(buckets):
    with PartialS3("tags", "logging") as server:
        made = buckets(server, EVERYTHING, bucket="example-new", skip_unsupported=ASPECTS)
        assert (made["containers"][0]["action"], made["changed"]) == ("created", True)
        assert set(server.buckets["example-new"]) == {"tagging", "logging"}
        assert changes(server) == [
            ("PUT", "example-new", ""),
            ("PUT", "example-new", "tagging"),
            ("PUT", "example-new", "logging"),
        ]
        assert not buckets(server, EVERYTHING, bucket="example-new", skip_unsupported=ASPECTS)["changed"]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param((501, "<Error><Code>NotImplemented</Code></Error>"), "(NotImplemented)", id="501"),
        pytest.param((501, ""), "(501)", id="501 without a body"),
        pytest.param((405, "<Error><Code>MethodNotAllowed</Code></Error>"), "HTTP status 405", id="405 without text"),
        pytest.param((200, ""), "answered GetBucketCors with no content", id="nothing"),
        pytest.param((200, "<html/>"), "answered GetBucketCors with HTML", id="HTML"),
        pytest.param((200, "<Other/>"), "answered GetBucketCors with Other", id="another document"),
        pytest.param(
            (200, '<?xml version="1.0" encoding="x"?><CORSConfiguration/>'), "does not implement cors", id="an encoding"
        ),
    ],
)
def test_what_a_server_answers_that_lacks_an_aspect(buckets, reply, said):
    cors = {"cors_policy": EVERYTHING["cors_policy"]}
    with PartialS3("cors") as server:
        server.replies["GET", "cors"] = reply
        failed = buckets(server, cors)
        assert said in failed["msg"]
        assert "omit cors_policy, or add cors to skip_unsupported" in failed["msg"]
        assert "None" not in failed["msg"]
        # It is asked once, and whether the bucket exists.
        assert server.requests.count(("GET", "example-live", "cors")) == 1
        assert codes(buckets(server, cors, skip_unsupported=["cors"])) == ["server.cors"]
    assert changes(server) == []


HTML = "<!DOCTYPE html><html><head><meta charset=utf-8><title>Welcome</title></head></html>"


# Old versions of botocore call no handlers before they parse a reply.
HAS_HANDLERS = "before-parse" in inspect.getsource(botocore.endpoint)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("body", [HTML, f"\n{HTML.lower()}", HTML.removeprefix("<!DOCTYPE html>")])
@pytest.mark.parametrize(("method", "tags"), [("GET", {"a": "1"}), ("PUT", {"a": "1"}), ("DELETE", {})])
def test_html_is_no_reply(buckets, method, tags, body):
    is_named = HAS_HANDLERS or method != "GET"
    with PartialS3("tags") as server:
        server.buckets["example-live"]["tagging"] = "<Tagging><TagSet><Tag><Key>b</Key></Tag></TagSet></Tagging>"
        server.replies[method, "tagging"] = (200, body)
        failed = buckets(server, {"tags": tags}, account="123456789012")
        assert (failed["failed"], failed["changed"]) == (True, False)
        said = "with HTML: it does not implement tags" if is_named else "Unable to parse response"
        assert said in failed["msg"]
        assert server.requests.count((method, "example-live", "tagging")) == (1 if is_named else 11)
        skipped = buckets(server, {"tags": tags}, account="123456789012", skip_unsupported=["tags"])
        assert codes(skipped) == (["server.tags"] if is_named else [])


@pytest.mark.parametrize("reply", [(200, "<ListBucketResult/>"), (200, "<CreateBucketResponse/>"), (200, "<x>y</x>")])
@pytest.mark.parametrize(
    ("option", "sub_resource"),
    [("tags", "tagging"), ("metric_policy", "metrics"), ("access_logging_enabled", "logging")],
)
def test_a_change_counts_only_with_a_reply_of_the_operation(buckets, option, sub_resource, reply):
    with PartialS3(*ASPECTS) as server:
        server.replies["PUT", sub_resource] = reply
        failed = buckets(server, {option: EVERYTHING[option]})
    assert (failed["failed"], failed["changed"]) == (True, False)
    assert f"add {DECLARED[option][0][0]} to skip_unsupported" in failed["msg"]


@pytest.mark.parametrize(("root", "is_created"), [("ListBucketResult", False), ("CreateBucketResponse", True)])
def test_a_bucket_is_created_only_with_a_reply_of_the_operation(buckets, root, is_created):
    with PartialS3() as server:
        server.replies["PUT", ""] = (200, f"<{root}/>")
        result = buckets(server, {}, bucket="example-new")
    assert (result["changed"], "failed" in result) == (is_created, not is_created)


@pytest.mark.parametrize(
    ("method", "option", "sub_resource"),
    [
        ("GET", "policy", "policy"),
        ("PUT", "tags", "tagging"),
        ("PUT", "cors_policy", "cors"),
    ],
)
def test_an_error_with_a_successful_status_is_the_error(buckets, method, option, sub_resource):
    with PartialS3(*ASPECTS) as server:
        server.replies[method, sub_resource] = (200, "<Error><Code>AccessDenied</Code><Message>text</Message></Error>")
        failed = buckets(server, {option: EVERYTHING[option]}, skip_unsupported=ASPECTS)
    assert failed["failed"]
    assert "AccessDenied" in failed["msg"]
    assert "does not implement" not in failed["msg"]


@pytest.mark.parametrize("root", ["GetBucketTaggingOutput", "GetBucketTaggingResult", "GetBucketTaggingResponse"])
def test_a_root_element_that_is_named_after_the_operation(buckets, root):
    with PartialS3("tags") as server:
        server.replies["GET", "tagging"] = (200, f"<{root}><TagSet><Tag><Key>a</Key></Tag></TagSet></{root}>")
        assert buckets(server, {"tags": {"a": ""}})["changed"] is False


@pytest.mark.usefixtures("clock")
def test_a_bucket_that_is_not_found_again_is_not_a_new_one(buckets):
    with PartialS3(*ASPECTS) as server:
        server.buckets["example-live"]["tagging"] = "<Tagging><TagSet><Tag><Key>b</Key></Tag></TagSet></Tagging>"
        server.replies["GET", "cors"] = (404, "<Error><Code>NoSuchBucket</Code></Error>")
        failed = buckets(server, {"tags": {"a": "1"}, "purge_tags": False, "cors_policy": EVERYTHING["cors_policy"]})
        assert failed["failed"]
        assert changes(server) == []


@pytest.mark.parametrize(
    ("option", "sub_resource", "reply"),
    [
        ("policy", "publicAccessBlock", (404, "<Error><Code>NoSuchPublicAccessBlockConfiguration</Code></Error>")),
        ("tags", "tagging", (200, "<Tagging><TagSet/></Tagging>")),
    ],
)
def test_a_document_of_a_bucket_that_does_not_exist(buckets, option, sub_resource, reply):
    declared = {option: EVERYTHING[option], "cors_policy": EVERYTHING["cors_policy"]}
    with PartialS3(*ASPECTS) as server:
        server.replies["GET", sub_resource] = reply
        made = buckets(server, declared, bucket="example-new", wait_timeout=0)
    assert (made["changed"], made["containers"][0]["action"]) == (True, "created")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("option", ["tags", "metric_policy"])
def test_a_new_bucket_that_is_not_found_at_once(buckets, option):
    class Slow(PartialS3):
        """A server that does not find a new bucket in the first two reads after it was created."""

        missed = 0

        def reply(self, method, bucket, query, body):
            """Answer that there is no such bucket."""
            if method == "GET" and bucket in self.buckets and self.missed < 2:
                self.missed += 1
                return 404, "<Error><Code>NoSuchBucket</Code></Error>"
            return super().reply(method, bucket, query, body)

    with Slow(*ASPECTS) as server:
        made = buckets(server, {option: EVERYTHING[option]}, bucket="example-new")
    assert (made["changed"], made.get("failed", False)) == (True, False)
    assert server.missed == 2


def test_other_changes_are_made_without_time(buckets):
    declared = {option: EVERYTHING[option] for option in ("tags", "cors_policy", "access_logging_enabled")}
    with PartialS3(*ASPECTS) as server:
        for sub_resource in ("tagging", "cors"):
            server.replies["PUT", sub_resource] = (501, "<Error><Code>NotImplemented</Code></Error>")
        done = buckets(server, declared, wait_timeout=0, skip_unsupported=ASPECTS)
        assert (done["changed"], codes(done)) == (True, ["server.tags", "server.cors"])
        assert set(server.buckets["example-live"]) == {"logging"}


def test_a_rule_with_a_date(buckets):
    rule = (
        "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix/></Filter>"
        "<Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration></Rule></LifecycleConfiguration>"
    )
    with PartialS3("lifecycle") as server:
        server.buckets["example-live"]["lifecycle"] = rule
        predicted = buckets(server, {"lifecycle_policy": {}}, check=True, diff=True)
        removed = buckets(server, {"lifecycle_policy": {}}, diff=True)
    assert removed["diff"] == predicted["diff"]
    assert removed["diff"][0]["before"]["lifecycle"][0]["Expiration"] == {"Date": "2030-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<MetricsConfiguration/>", "it has no Id"),
        ("<IsTruncated>true</IsTruncated><NextContinuationToken>a</NextContinuationToken>", "the same page twice"),
    ],
)
def test_metrics_that_cannot_be_read(buckets, page, said):
    with PartialS3() as server:
        server.replies["GET", "metrics"] = (
            200,
            f"<ListMetricsConfigurationsResult>{page}</ListMetricsConfigurationsResult>",
        )
        failed = buckets(server, {"metric_policy": {}}, wait_timeout=0)
    assert failed["failed"]
    assert said in failed["msg"]


def test_the_block_stays_on_without_the_policy(buckets):
    public = {"Version": "2012-10-17", "Statement": {**STATEMENT, "Principal": "*"}}
    with PartialS3("public_access_block") as server:
        for options in ({}, {"skip_unsupported": ["policy"]}):
            buckets(server, {"policy": public, "public": True}, **options)
    assert "<BlockPublicPolicy>true</BlockPublicPolicy>" in server.buckets["example-live"]["publicAccessBlock"]


def test_logs_in_a_bucket_of_another_container(run):
    with PartialS3() as server:
        containers = [{"name": "example-a", "access_logging_enabled": True}, {"name": "example-b"}]
        refused = run("mediastore_s3_buckets", endpoint_url=server.url, log_bucket="example-b", containers=containers)
    assert "logging.same_bucket" in refused["msg"]
    assert server.requests == []


@pytest.mark.usefixtures("clock")
def test_a_server_that_lacks_only_the_change(buckets):
    declared = {option: EVERYTHING[option] for option in ("tags", "cors_policy", "access_logging_enabled")}
    with PartialS3(*ASPECTS) as server:
        server.replies["PUT", "cors"] = (501, "<Error><Code>NotImplemented</Code></Error>")
        failed = buckets(server, declared)
        assert (failed["failed"], failed["changed"]) == (True, True)
        assert "Failed to set the CORS configuration of bucket example-live (omit cors_policy" in failed["msg"]
        assert set(server.buckets["example-live"]) == {"tagging", "logging"}
        assert server.requests.count(("PUT", "example-live", "cors")) == 1
        skipped = buckets(server, declared, skip_unsupported=["cors"])
    assert (skipped["changed"], codes(skipped)) == (False, ["server.cors"])


@pytest.mark.parametrize("skip", [[], ["policy"]])
def test_a_policy_that_is_no_object_is_not_one(buckets, skip):
    with PartialS3("public_access_block") as server:
        for text in ("[]", '"policy"', "null", "{}", '{"Name": "example-live", "Contents": []}'):
            server.replies["GET", "policy"] = (200, text)
            result = buckets(server, {"policy": {}}, skip_unsupported=skip)
            assert result.get("failed", False) == (skip == [])
            if not skip:
                assert (
                    "answered GetBucketPolicy with an unknown document: it does not implement policy" in result["msg"]
                )
    assert ("DELETE", "example-live", "policy") not in server.requests


@pytest.mark.usefixtures("clock")
def test_a_policy_that_is_not_json_may_be_truncated(buckets):
    with PartialS3("public_access_block") as server:
        server.replies["GET", "policy"] = (200, '{"Version": ')
        failed = buckets(server, {"policy": {}}, skip_unsupported=["policy"])
    assert "tried 11 times): The endpoint returned an invalid response (it is not JSON" in failed["msg"]
    assert server.requests.count(("GET", "example-live", "policy")) == 11


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param((405, "<Error><Code>MethodNotAllowed</Code></Error>"), id="Ceph"),
        pytest.param((400, "<Error><Code>InvalidRequest</Code><Message>text</Message></Error>"), id="Swift"),
        pytest.param((403, "<Error><Code>AccessDenied</Code></Error>"), id="nanio"),
        pytest.param((501, "<Error><Code>NotImplemented</Code></Error>"), id="localbucket"),
        pytest.param((404, "Not Found"), id="s3rver"),
        pytest.param((200, "<ListAllMyBucketsResult/>"), id="the list of buckets"),
        pytest.param((200, ""), id="nothing"),
        pytest.param((200, IDENTITY.replace("123456789012</Account>", "x</Account>")), id="an account that is none"),
    ],
)
def test_a_server_without_sts(buckets, reply):
    with PartialS3("tags") as server:
        server.replies["POST", ""] = reply
        failed = buckets(server, {"tags": {"a": "1"}})
        assert "set account to the ID of the account that owns the buckets" in failed["msg"]
        assert "if the endpoint does not implement AWS STS, set account" in failed["msg"]
        assert "Unknown" not in failed["msg"]
        assert "None" not in failed["msg"]
        assert server.requests == [("POST", "", "")]
        assert buckets(server, {"tags": {"a": "1"}}, account="123456789012")["changed"]
    assert len([request for request in server.requests if request[0] == "POST"]) == 1


def test_credentials_that_sts_refuses(buckets):
    refusal = "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>text</Message></Error></ErrorResponse>"
    with PartialS3() as server:
        server.replies["POST", ""] = (403, refusal)
        failed = buckets(server, {"tags": {}})
    assert "InvalidClientTokenId" in failed["msg"]
    assert "set account" not in failed["msg"]


@pytest.mark.parametrize("account", ["12345678901", "1234567890123", "arn:aws:iam", "１２３４５６７８９０１２"])
def test_an_account_that_is_none(buckets, account):
    with PartialS3() as server:
        assert buckets(server, {}, account=account)["msg"].startswith(f"account is '{account}'; it must be 12 digits")
    assert server.requests == []


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_in_the_environment(run, monkeypatch, variable):
    """A host name has no names of buckets before it, also where botocore would add them."""
    with PartialS3("tags") as server:
        monkeypatch.setenv(variable, server.url.replace("127.0.0.1", "localhost"))
        containers = [{"name": "example-live", "tags": {"a": "1"}}]
        made = run("mediastore_s3_buckets", endpoint_url=None, account="123456789012", containers=containers)
    assert made["containers"][0]["action"] == "changed"
    assert server.requests == [("GET", "example-live", "tagging"), ("PUT", "example-live", "tagging")]


def test_names_from_a_template(buckets, run):
    with PartialS3() as server:
        containers = [{"name": "News"}, {"name": "live", "bucket": "x-{region}-{name}"}, {"name": "old"}]
        made = run(
            "mediastore_s3_buckets",
            check=True,
            endpoint_url=server.url,
            bucket="{name_lower}-{account}",
            containers=containers,
        )
    assert [one["bucket"] for one in made["containers"]] == [
        "news-123456789012",
        "x-us-east-1-live",
        "old-123456789012",
    ]
    assert len([request for request in server.requests if request[0] == "POST"]) == 1


def test_a_problem_of_the_template_is_reported_once(run):
    containers = [{"name": name} for name in ("example-a", "example-b")]
    refused = run("mediastore_s3_buckets", bucket="x-{Name}", containers=containers)
    assert refused["msg"].startswith("bucket 'x-{Name}' contains {Name}, which is not a placeholder: use {name}")
    assert refused["msg"].count("not a placeholder") == 1


def test_all_names_that_no_bucket_can_have_are_refused_together(run):
    names = ["News", "news", "Sports", "sports", "a", "b_1"]
    with PartialS3() as server:
        for check in (True, False):
            refused = run(
                "mediastore_s3_buckets",
                check=check,
                endpoint_url=server.url,
                bucket="x-{name_lower}",
                containers=[{"name": name} for name in names],
            )
            assert refused["msg"] == (
                "Containers News and news would share bucket x-news: set a different bucket for each;"
                " Containers Sports and sports would share bucket x-sports: set a different bucket for each;"
                " Container b_1: bucket 'x-b_1' is not a valid bucket name: it contains '_' (use a-z, 0-9, '.' and '-')"
            )
    assert server.requests == []


def test_metrics_at_a_stock_moto_server(buckets):
    """moto lists the bucket for ?metrics, creates it at PUT, and deletes it at DELETE."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        server.url = "http://{}:{}".format(*server.get_host_and_port())
        s3 = samples.session().client("s3", endpoint_url=server.url)
        s3.create_bucket(Bucket="example-live")
        s3.put_object(Bucket="example-live", Key="object", Body=b"text")
        for option in ("metric_policy", *DECLARED):
            for wanted in (EVERYTHING, NOTHING):
                result = buckets(server, {option: wanted[option]}, skip_unsupported=["metrics"])
                assert (option == "metric_policy") == (codes(result) == ["server.metrics"])
                assert not buckets(server, {option: wanted[option]}, skip_unsupported=["metrics"])["changed"]
                if option == "metric_policy":
                    assert not result["changed"]
                    assert "add metrics to skip_unsupported" in buckets(server, {option: wanted[option]})["msg"]
        assert s3.get_object(Bucket="example-live", Key="object")["Body"].read() == b"text"
    finally:
        s3.delete_object(Bucket="example-live", Key="object")
        s3.delete_bucket(Bucket="example-live")
        server.stop()
