# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name, tags, CORS, lifecycle, metrics and access logging of a bucket that replaces a container.

Cases are named after the rules: N, names; T, tags; K, CORS; L, lifecycle; M, metrics; G, access logging.
"""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._input import InvalidInputError
from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import (
    APPROXIMATE,
    CODES,
    IMPOSSIBLE,
    Choices,
    expand_name,
    shared_names,
    translate,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import findings as findings_module

DAYS, SECONDS = "days_since_create", "seconds_since_create"


def bucket_of(choices=None, name="live", **container):
    """Return the aspects of the bucket, with its name, and the codes of its findings."""
    bucket, aspects, findings = translate({"name": name, **container}, choices or Choices())
    return {"name": bucket, **aspects}, [finding.code for finding in findings]


def refused(choices=None, name="live", **container):
    """Return the message with which a container is refused."""
    with pytest.raises(InvalidInputError) as error:
        translate({"name": name, **container}, choices or Choices())
    return str(error.value)


# Names


REGIONAL = "-123456789012-us-east-1-an"


@pytest.mark.parametrize(
    ("name", "chosen", "expected", "codes"),
    [
        pytest.param("Live_1", "live-1", "live-1", [], id="N1 chosen"),
        pytest.param("live-1", None, "live-1", [], id="N2 legal already"),
        pytest.param("a" * 63, None, "a" * 63, [], id="N2 longest"),
        pytest.param("abc", None, "abc", [], id="N2 shortest"),
        pytest.param("live", f"live{REGIONAL}", f"live{REGIONAL}", [], id="N3 account regional"),
        pytest.param("live", f"{'a' * 37}{REGIONAL}", f"{'a' * 37}{REGIONAL}", [], id="N3 longest"),
        pytest.param("live", "live.example.com", "live.example.com", ["name.dots"], id="N8 dots"),
        pytest.param("xn-", "1.2.3", "1.2.3", ["name.dots"], id="N8 three numbers are no address"),
    ],
)
def test_the_name_of_the_bucket(name, chosen, expected, codes):
    bucket, found = bucket_of(Choices(bucket=chosen), name=name)
    assert (bucket["name"], found) == (expected, codes)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("Live_1", "it contains 'L', '_' (use a-z, 0-9, '.' and '-')", id="N4 upper case and underscore"),
        pytest.param("ab", "it has 2 characters (use 3 to 63)", id="N4 short"),
        pytest.param("a" * 64, "it has 64 characters (use 3 to 63)", id="N4 long"),
        pytest.param("-live", "it must begin and end with a letter or a digit", id="N4 begins with a hyphen"),
        pytest.param("live-", "it must begin and end with a letter or a digit", id="N4 ends with a hyphen"),
        *(
            pytest.param(f"{prefix}live", f"it begins with one of {'xn--, sthree-, amzn-s3-demo-'}, which", id=prefix)
            for prefix in ("xn--", "sthree-", "amzn-s3-demo-")
        ),
        *(
            pytest.param(f"live{suffix}", "it ends with one of -s3alias, --ol-s3, .mrap, --x-s3, --table-s3", id=suffix)
            for suffix in ("-s3alias", "--ol-s3", "--x-s3", "--table-s3")
        ),
        pytest.param(
            "live-an", "it ends with -an, which needs -ACCOUNT-REGION before it", id="N3 suffix without account"
        ),
    ],
)
def test_N4_a_container_whose_name_is_no_bucket_name(name, problem):
    assert refused(name=name).startswith(
        f"Container {name}: set bucket, because {name} is not a valid bucket name: {problem}"
    )


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        pytest.param("", "it has 0 characters", id="empty"),
        pytest.param("live..com", "it has two adjacent dots", id="two dots"),
        pytest.param("192.0.2.1", "it has the form of an IP address", id="address"),
        pytest.param("live.mrap", "it ends with one of", id=".mrap"),
        pytest.param("lïve", "it contains 'ï' (use a-z", id="letter outside ASCII"),
        pytest.param(f"{'a' * 38}{REGIONAL}", "its suffix leaves 37 characters for the name", id="N3 too long"),
    ],
)
def test_N1_a_chosen_name_that_is_none(chosen, problem):
    message = refused(Choices(bucket=chosen))
    assert message.startswith(f"Container live: bucket {chosen!r} is not a valid bucket name: {problem}")


def test_N5_containers_with_one_bucket():
    assert shared_names({"Live": "live", "other": "other"}) == {}
    live = "Containers Live, live and LIVE would share bucket live: set a different bucket for each"
    two = "Containers a and b would share bucket o: set a different bucket for each"
    buckets = {"Live": "live", "other": "other", "live": "live", "a": "o", "LIVE": "live", "b": "o"}
    assert shared_names(buckets) == {"Live": live, "live": live, "LIVE": live, "a": two, "b": two}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("example-live", "example-live"),
        ("example-{name}", "example-News_1"),
        ("{name_lower}", "news_1"),
        ("{name_lower}-{account}-{region}-an", "news_1-123456789012-eu-west-1-an"),
        ("{name}{name}", "News_1News_1"),
        ("a{b", "a{b"),
    ],
)
def test_N1_a_name_with_placeholders(template, expected):
    assert expand_name(template, "News_1", "eu-west-1", "123456789012") == expected


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (
            "x-{Name}",
            (
                "bucket 'x-{Name}' contains {Name}, which is not a placeholder: use {name}, {name_lower}, {region},"
                " {account}"
            ),
        ),
        (
            "x-{}",
            "bucket 'x-{}' contains {}, which is not a placeholder: use {name}, {name_lower}, {region}, {account}",
        ),
        ("x-{region}", "bucket 'x-{region}' contains {region}, but the task has no region: set region"),
        ("x-{account}", "bucket 'x-{account}' contains {account}, but the task has no account: set account"),
    ],
)
def test_N1_a_placeholder_that_has_no_value(template, problem):
    with pytest.raises(InvalidInputError) as caught:
        expand_name(template, "live", None, None)
    assert str(caught.value) == problem


# Tags, and what is not given


@pytest.mark.parametrize(
    "tags", [{"Team": "live", "team": ""}, {}, {"k" * 128: "ü" * 256}], ids=["T1 case", "T2 none", "T1 limits"]
)
def test_tags_are_the_same(tags):
    bucket, codes = bucket_of(tags=tags)
    assert (bucket, codes) == ({"name": "live", "tags": tags}, [])


@pytest.mark.parametrize("value", [{}, dict.fromkeys(["tags", "cors_policy", "lifecycle_policy", "metric_policy"])])
def test_what_is_not_given_is_unset(value):
    bucket, codes = bucket_of(access_logging_enabled=None, **value)
    assert codes == []
    assert bucket == {"name": "live"}


# CORS


def cors(**options):
    return {"allowed_origins": ["https://a"], "allowed_methods": ["GET"], "allowed_headers": [], **options}


def rule(**members):
    return {"AllowedOrigins": ["https://a"], "AllowedMethods": ["GET"], **members}


@pytest.mark.parametrize(
    ("rules", "expected", "codes"),
    [
        pytest.param([cors()], [rule()], [], id="K4 K9 no headers and no ID"),
        pytest.param(
            [cors(allowed_origins=["https://b"]), cors()],
            [rule(AllowedOrigins=["https://b"]), rule()],
            [],
            id="K1 order",
        ),
        pytest.param(
            [cors(allowed_methods=["PUT", "GET", "DELETE", "HEAD"])],
            [rule(AllowedMethods=["PUT", "GET", "DELETE", "HEAD"])],
            [],
            id="K2 methods",
        ),
        pytest.param(
            [cors(allowed_origins=["*", "https://*.a"])],
            [rule(AllowedOrigins=["*", "https://*.a"])],
            [],
            id="K3 origins",
        ),
        pytest.param(
            [cors(allowed_headers=["*", "x-amz-*"])], [rule(AllowedHeaders=["*", "x-amz-*"])], [], id="K4 headers"
        ),
        pytest.param([cors(expose_headers=["ETag"])], [rule(ExposeHeaders=["ETag"])], [], id="K5 exposed names"),
        pytest.param([cors(expose_headers=["*"])], [rule()], ["cors.expose_headers"], id="K6 all"),
        pytest.param(
            [cors(expose_headers=["ETag", "x-*"])],
            [rule(ExposeHeaders=["ETag"])],
            ["cors.expose_headers"],
            id="K6 names are kept",
        ),
        pytest.param([cors(max_age_seconds=0)], [rule(MaxAgeSeconds=0)], [], id="K7 age 0"),
        pytest.param([cors(max_age_seconds=3000)], [rule(MaxAgeSeconds=3000)], [], id="K7 age"),
        pytest.param([], [], [], id="K10 removed"),
    ],
)
def test_cors(rules, expected, codes):
    bucket, found = bucket_of(cors_policy=rules)
    assert (bucket["cors"], found) == (expected, codes)


@pytest.mark.parametrize(
    ("exposed", "given", "expected", "codes"),
    [
        pytest.param(["*"], ["ETag"], ["ETag"], ["cors.expose_headers_given"], id="given"),
        pytest.param(
            ["etag", "x-*"], ["ETag", "Age"], ["ETag", "Age"], ["cors.expose_headers_given"], id="one of both"
        ),
        pytest.param(["Age"], ["ETag"], ["Age"], [], id="no wildcard"),
        pytest.param(["*"], [], None, ["cors.expose_headers_given"], id="none given"),
    ],
)
def test_K6_given_names_replace_wildcards(exposed, given, expected, codes):
    bucket, found = bucket_of(Choices(expose_headers=given), cors_policy=[cors(expose_headers=exposed)])
    assert (bucket["cors"][0].get("ExposeHeaders"), found) == (expected, codes)


def test_K6_given_names_without_wildcard():
    message = refused(Choices(expose_headers=["x-*"]), cors_policy=[cors()])
    assert (
        message
        == "Container live: expose_headers contains '*', which S3 does not accept: list the names of the headers"
    )


def test_K8_the_size_of_the_document():
    """The XML document of API_PutBucketCors, with one character too many."""
    start = '<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><CORSRule><AllowedOrigin>'
    rest = "</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>10</MaxAgeSeconds>"
    end = "</CORSRule></CORSConfiguration>"
    room = 65536 - len(start + rest + end)
    # `&` has five characters in XML, and a letter outside ASCII two bytes.
    origin = "&ü" + (room - 7) * "a"
    bucket, _codes = bucket_of(cors_policy=[cors(allowed_origins=[origin], max_age_seconds=10)])
    assert bucket["cors"] == [rule(AllowedOrigins=[origin], MaxAgeSeconds=10)]
    message = refused(cors_policy=[cors(allowed_origins=[f"{origin}a"], max_age_seconds=10)])
    assert message == "The CORS rules of container live have 65,537 bytes, but S3 accepts at most 65,536: remove rules"


# Lifecycle


def days(*paths, kind="prefix", operator=">=", number=5, action="EXPIRE"):
    """A rule in days for paths, all prefixes or all wildcards."""
    definition = {"path": [{kind: path} for path in paths], DAYS: [{"numeric": [operator, number]}]}
    return {"definition": definition, "action": action}


def wildcard(*paths, **options):
    return days(*paths, kind="wildcard", **options)


def seconds(path="*.ts", operator=">", number=15):
    return {
        "definition": {"path": [{"wildcard": path}], SECONDS: [{"numeric": [operator, number]}]},
        "action": "EXPIRE",
    }


def expire(prefix, number=5, place="1-1"):
    return {
        "ID": f"mediastore-{place}",
        "Filter": {"Prefix": prefix},
        "Status": "Enabled",
        "Expiration": {"Days": number},
    }


def archive(prefix, number, place="1-1"):
    transition = {"Days": number, "StorageClass": "STANDARD_IA"}
    return {
        "ID": f"mediastore-{place}",
        "Filter": {"Prefix": prefix},
        "Status": "Enabled",
        "Transitions": [transition],
    }


ARCHIVED = ["lifecycle.archive", "lifecycle.archive_days"]


def lifecycle_cases():
    """Yield rules, the rules in S3, and the codes of findings beside `lifecycle.age`, with the name of the case."""
    yield "L1 >= N days", [days("a/")], [expire("a/")], []
    yield "L1 one day", [days("a/", number=1)], [expire("a/", 1)], []
    yield "L2 > N days", [days("a/", operator=">")], [expire("a/", 6)], ["lifecycle.more_than"]
    yield "L2 most days", [days("a/", operator=">", number=36500)], [expire("a/", 36501)], ["lifecycle.more_than"]
    yield "L3 several paths", [days("a/", "b/")], [expire("a/"), expire("b/", place="1-2")], []
    yield "L3 a path twice", [days("a/", "a/", "b/")], [expire("a/"), expire("b/", place="1-3")], []
    yield "L4 all", [days("")], [expire("")], []
    yield "L5 no / at the end", [days("April")], [expire("April")], ["lifecycle.string_prefix"]
    yield "L6 / at the start", [days("/a/")], [expire("a/")], ["lifecycle.leading_slash"]
    yield "L6 / at the start of a wildcard", [wildcard("/a*")], [expire("a")], ["lifecycle.leading_slash"]
    yield "L6 / only", [days("/")], [], ["lifecycle.root"]
    yield "L6 / and a star", [wildcard("/*")], [], ["lifecycle.root"]
    yield "L7 *", [wildcard("*")], [expire("")], []
    yield "L7 **", [wildcard("**")], [expire("")], []
    yield "L8 star at the end", [wildcard("a/b*")], [expire("a/b")], []
    yield "L9 no star", [wildcard("a/b.ts")], [], ["lifecycle.one_object"]
    yield "L10 star at the start", [wildcard("*.m3u8")], [], ["lifecycle.wildcard"]
    yield "L10 two stars", [wildcard("a/*b*")], [], ["lifecycle.wildcard"]
    yield "L10 escaped star", [wildcard("a\\*")], [], ["lifecycle.wildcard"]
    yield "L10 the other paths are kept", [wildcard("*.ts", "a/*")], [expire("a/", place="1-2")], ["lifecycle.wildcard"]
    yield "L11 seconds", [seconds()], [], ["lifecycle.seconds"]
    yield "L11 seconds, all objects", [seconds("*", ">=", 300)], [], ["lifecycle.seconds"]
    yield "L12 ARCHIVE >= 30", [days("a/", action="ARCHIVE", number=30)], [archive("a/", 30)], ["lifecycle.archive"]
    yield "L12 ARCHIVE >= 90", [days("a/", action="ARCHIVE", number=90)], [archive("a/", 90)], ["lifecycle.archive"]
    yield "L13 ARCHIVE >= 10", [days("a/", action="ARCHIVE", number=10)], [archive("a/", 30)], ARCHIVED
    yield "L13 ARCHIVE > 30", [days("a/", action="ARCHIVE", number=30, operator=">")], [archive("a/", 31)], ARCHIVED
    yield "L13 ARCHIVE > 29", [days("a/", action="ARCHIVE", number=29, operator=">")], [archive("a/", 30)], ARCHIVED
    yield (
        "L14 overlapping rules",
        [days("a/"), days("a/b/", number=2)],
        [expire("a/"), expire("a/b/", 2, "2-1")],
        [],
    )
    yield (
        "L14 one prefix twice",
        [days("a/", number=9), wildcard("a/*", number=5), days("a/", action="ARCHIVE", number=30)],
        [expire("a/", 5, "2-1"), archive("a/", 30, "3-1")],
        ["lifecycle.archive"],
    )
    yield "L18 nothing is left", [seconds(), wildcard("*.ts")], [], ["lifecycle.seconds", "lifecycle.wildcard"]


@pytest.mark.parametrize(
    ("rules", "expected", "codes"), [pytest.param(*case, id=name) for name, *case in lifecycle_cases()]
)
def test_lifecycle(rules, expected, codes):
    bucket, found = bucket_of(lifecycle_policy={"rules": rules})
    assert (bucket["lifecycle"], found) == (expected, [*codes, *(["lifecycle.age"] if expected else [])])


def test_L15_no_lifecycle_policy():
    assert bucket_of(lifecycle_policy={}) == ({"name": "live", "lifecycle": []}, [])


# Metrics


ALL = {"EntireBucket": {"Id": "EntireBucket"}}


def group(object_group, object_group_name="g"):
    return {"object_group": object_group, "object_group_name": object_group_name}


def counted(prefix, name="g"):
    return {name: {"Id": name, "Filter": {"Prefix": prefix}}}


@pytest.mark.parametrize(
    ("of_container", "rules", "expected", "codes"),
    [
        pytest.param(True, [], ALL, ["metrics.names"], id="M1 container"),
        pytest.param(False, [], {}, [], id="M2 no metrics"),
        pytest.param(False, [group("a/*")], counted("a/"), ["metrics.names"], id="M3 a folder"),
        pytest.param(False, [group("a/b*")], counted("a/b"), ["metrics.names"], id="M3 a text"),
        pytest.param(
            False, [group("/a/*")], counted("a/"), ["metrics.leading_slash", "metrics.names"], id="M3 / at the start"
        ),
        pytest.param(False, [group("/")], {}, ["metrics.root"], id="M3 / only"),
        pytest.param(False, [group("//")], {}, ["metrics.root"], id="M3 slashes only"),
        pytest.param(
            False,
            [group("/*")],
            {"g": {"Id": "g"}},
            ["metrics.leading_slash", "metrics.names"],
            id="M4 all, and / at the start",
        ),
        pytest.param(False, [group("*")], {"g": {"Id": "g"}}, ["metrics.names"], id="M4 all"),
        pytest.param(False, [group("a/b")], counted("a/b"), ["metrics.prefix", "metrics.names"], id="M5 no star"),
        pytest.param(False, [group("*.m3u8")], {}, ["metrics.wildcard"], id="M6 star at the start"),
        pytest.param(False, [group("a/*/b*")], {}, ["metrics.wildcard"], id="M6 two stars"),
        pytest.param(
            True,
            [group("a/*", "EntireBucket")],
            ALL,
            ["metrics.entire_bucket", "metrics.names"],
            id="M8 the name of the bucket's metrics",
        ),
        pytest.param(True, None, ALL, ["metrics.rules_missing", "metrics.names"], id="M9 rules not given"),
        pytest.param(
            True,
            [group("a/*", "a"), group("b/*", "b")],
            {**ALL, **counted("a/", "a"), **counted("b/", "b")},
            ["metrics.names"],
            id="M1 M3 M7 several",
        ),
    ],
)
def test_metrics(of_container, rules, expected, codes):
    bucket, found = bucket_of(metric_policy={"container_level_metrics": of_container, "rules": rules})
    assert (bucket["metrics"], found) == (expected, codes)


def test_an_empty_metric_policy_removes():
    assert bucket_of(metric_policy={}) == ({"name": "live", "metrics": {}}, [])


def test_the_number_of_metrics_configurations():
    rules = [group("a/*", f"g{number}") for number in range(1000)]
    bucket, _codes = bucket_of(metric_policy={"container_level_metrics": False, "rules": rules})
    assert len(bucket["metrics"]) == 1000
    message = refused(metric_policy={"container_level_metrics": True, "rules": rules})
    assert message == "The number of metrics configurations of container live is 1001; it must be 0 to 1000"


# Access logging


@pytest.mark.parametrize(
    ("enabled", "choices", "expected", "codes"),
    [
        pytest.param(
            True,
            Choices(log_bucket="logs", log_prefix="cdn/"),
            {"TargetBucket": "logs", "TargetPrefix": "cdn/"},
            ["logging.files", "logging.permission"],
            id="G1 G3 on",
        ),
        pytest.param(
            True,
            Choices(bucket="live-1", log_bucket="logs"),
            {"TargetBucket": "logs", "TargetPrefix": "live-1/"},
            ["logging.files", "logging.permission"],
            id="G1 no prefix given",
        ),
        pytest.param(
            True,
            Choices(log_bucket="logs", log_prefix=""),
            {"TargetBucket": "logs", "TargetPrefix": ""},
            ["logging.files", "logging.permission"],
            id="G1 an empty prefix",
        ),
        pytest.param(True, Choices(), "left alone", ["logging.no_bucket"], id="G2 no log bucket"),
        pytest.param(
            True,
            Choices(bucket="logs", log_bucket="logs"),
            {"TargetBucket": "logs", "TargetPrefix": "logs/"},
            ["logging.same_bucket", "logging.files", "logging.permission"],
            id="G6 the bucket itself",
        ),
        pytest.param(False, Choices(bucket="logs", log_bucket="logs"), None, [], id="G6 off"),
        pytest.param(False, Choices(log_bucket="logs"), None, [], id="G4 off"),
    ],
)
def test_access_logging(enabled, choices, expected, codes):
    bucket, found = bucket_of(choices, access_logging_enabled=enabled)
    assert (bucket.get("logging", "left alone"), found) == (expected, codes)


def test_G3_the_statement_of_the_log_bucket():
    _name, _aspects, findings = translate(
        {"name": "live", "access_logging_enabled": True}, Choices(bucket="live-1", log_bucket="logs", log_prefix="cdn/")
    )
    statement = json.loads(re.search(r"\{.*\}", findings[-1].message).group())
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/cdn/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:s3:::live-1"},
            "StringEquals": {"aws:SourceAccount": "ACCOUNT_ID"},
        },
    }


def test_G3_the_partition_is_that_of_the_container():
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "444455556666"},
        "Action": "mediastore:PutObject",
        "Resource": "arn:aws-cn:mediastore:cn-north-1:123456789012:container/live/*",
    }
    container = {"name": "live", "access_logging_enabled": True, "policy": {"Statement": statement}}
    _name, _aspects, findings = translate(container, Choices(log_bucket="logs"))
    assert "arn:aws-cn:s3:::logs/live/*" in findings[-1].message


def test_a_log_bucket_whose_name_is_none():
    message = refused(Choices(log_bucket="Logs"), access_logging_enabled=True)
    assert (
        message
        == "Container live: log_bucket 'Logs' is not a valid bucket name: it contains 'L' (use a-z, 0-9, '.' and '-')"
    )


# Findings


def test_the_parts_of_a_finding():
    container = {"name": "live", "cors_policy": [cors(), cors(expose_headers=["*"])], "access_logging_enabled": True}
    _name, _aspects, (exposed, logs) = translate(container, Choices())
    assert (exposed.container, exposed.where, exposed.code, exposed.level) == (
        *("live", "CORS rule 2", "cors.expose_headers", IMPOSSIBLE),
    )
    assert exposed.message.startswith("it exposes the headers *, but S3 accepts only header names.")
    assert (logs.where, logs.level) == ("access logging", IMPOSSIBLE)
    _name, _aspects, (wildcards, age) = translate(
        {"name": "live", "lifecycle_policy": {"rules": [wildcard("*.ts", "*.ts", "live/*")]}}, Choices()
    )
    assert (age.where, age.level) == ("container", APPROXIMATE)
    assert age.message == (
        "Object age restarts when an object is copied, so lifecycle rules count from the time of the copy."
    )
    assert wildcards.where == "lifecycle rule 1"
    _name, _aspects, findings = translate(
        {"name": "live", "metric_policy": {"container_level_metrics": False, "rules": [group("*.ts", "baseball")]}},
        Choices(bucket="a.b.c"),
    )
    assert [finding.where for finding in findings] == ["container", "metric rule baseball"]


def test_codes_are_documented():
    """Each code has a level and a sentence."""
    for code, (level, meaning) in CODES.items():
        assert re.fullmatch(r"(container|name|policy|cors|lifecycle|metrics|logging|server)\.[a-z_]+", code)
        assert level in (APPROXIMATE, IMPOSSIBLE)
        assert re.fullmatch(r"[A-Z].*\.", meaning)


def test_a_code_that_is_not_documented_cannot_be_noted():
    with pytest.raises(KeyError):
        findings_module.Report("live").at("name")("name.unknown", "text")


def test_every_code_has_a_case():
    """Of the policy, test_s3_translation_policy.py has the cases; of absent containers, test_s3_buckets.py.

    The findings about a server are not of the translation, see test_s3_servers.py.
    """
    tests = (test_the_name_of_the_bucket, test_cors, test_K6_given_names_replace_wildcards, test_lifecycle)
    marks = [mark for test in (*tests, test_metrics, test_access_logging) for mark in test.pytestmark]
    codes = {code for mark in marks for case in mark.args[1] for code in case.values[-1]}
    assert {*codes, "lifecycle.age", "container.absent"} == {
        code for code in CODES if not code.startswith(("policy.", "server."))
    }
