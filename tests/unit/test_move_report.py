# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of the role move_to_s3, as text and as Markdown, from the result of the module."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.elemental.mediastore.plugins.module_utils._s3_translation import CODES
from ansible_collections.elemental.mediastore.tests.unit.templates import render, render_file, role_variables

ROOT = Path(__file__).resolve().parents[2]
VARIABLES = role_variables("move_to_s3")
OLD_HOST = "ID.data.mediastore.REGION.amazonaws.com"


def finding(where, code, message):
    return {"container": "news", "where": where, "code": code, "level": CODES[code].level, "message": message}


def translated(name, *findings, bucket=None, declared=None, exact=None, error=None, **replacements):
    return {
        "name": name,
        "bucket": bucket,
        "findings": list(findings),
        "declared": declared or {},
        "exact": exact or {},
        "replacements": replacements,
        "error": error,
    }


LOGGING = finding(
    "access logging", "logging.no_bucket", "access logging is enabled, but log_bucket is not set: set it."
)
MISSING = finding("container", "policy.missing_object", "Missing objects return 403. Set missing_objects to 404.")
NEWS = translated(
    "news",
    MISSING,
    LOGGING,
    bucket="example-news",
    declared={"tags": 2, "policy_statements": 1, "cors_rules": 0, "access_logging": 1},
    exact={"tags": 2, "policy_statements": 1, "cors_rules": 0, "access_logging": 0},
    endpoint="https://example-news.s3.us-east-1.amazonaws.com",
    destination=None,
    origin_access_control={"Name": "example-news", "SigningBehavior": "always"},
    alarms=[
        {"ObjectGroupName": None, "FilterId": "EntireBucket"},
        {"ObjectGroupName": "playlists", "FilterId": None},
    ],
)
BAD_NAME = "Container Old: set bucket, because Old is not a valid bucket name: it contains 'O'"
OLD = translated("Old", error=BAD_NAME)
GONE = translated("gone", finding("container", "container.absent", "it is declared absent."))


def variables(*containers, **more):
    """Return the variables of the role after the first task, which returned these containers."""
    problems = {"msg": "text"} if any(one["error"] for one in containers) else {}
    return {
        **VARIABLES,
        "move_to_s3_containers": [{"name": one["name"]} for one in containers],
        "__move_to_s3_all": {"containers": list(containers), **problems},
        "__move_to_s3_each": {"results": []},
        **more,
    }


def text(*containers, **more):
    """Return the lines of the report before what is the same for all buckets."""
    lines = render_file("roles/move_to_s3/templates/report.txt.j2", **variables(*containers, **more))
    return lines[: lines.index("For every bucket:")]


def markdown(*containers, **more):
    return render_file("roles/move_to_s3/templates/report.md.j2", **variables(*containers, **more))


def test_the_text_of_one_container():
    assert text(NEWS) == [
        "Containers: 1. Findings: 2. Parts that are not declared: 2. Not",
        "accepted: logging.no_bucket. Change the declarations, or add the codes",
        "to move_to_s3_accept. Until then no bucket is changed.",
        "",
        "news -> example-news",
        "  exact: tags 2 of 2, policy statements 1 of 1, access logging 0 of 1",
        "  not declared: lifecycle policy, metric policy",
        "  impossible, not accepted: logging.no_bucket (access logging)",
        "    access logging is enabled, but move_to_s3_log_bucket is not set: set",
        "    it.",
        "  approximate: policy.missing_object (container)",
        "    Missing objects return 403. Set move_to_s3_missing_objects to 404.",
        "  to change afterwards:",
        "    endpoint",
        f"      https://{OLD_HOST}/PATH",
        "      -> https://example-news.s3.us-east-1.amazonaws.com/PATH",
        "    origin access control of CloudFront",
        '      {"OriginAccessControlOriginType": "mediastore"}',
        '      -> {"Name": "example-news", "SigningBehavior": "always"}',
        "    destination of MediaLive",
        f"      mediastoressl://{OLD_HOST}/PATH",
        "      -> nothing, Amazon S3 has no counterpart",
        "    alarms",
        "      AWS/MediaStore ContainerName=news",
        "      -> AWS/S3 BucketName=example-news FilterId=EntireBucket",
        "      AWS/MediaStore ContainerName=news ObjectGroupName=playlists",
        "      -> nothing, Amazon S3 has no counterpart",
        "",
    ]


def test_an_accepted_finding():
    lines = text(NEWS, move_to_s3_accept=["logging.no_bucket"])
    assert lines[0] == "Containers: 1. Findings: 2. Parts that are not declared: 2."
    assert "  impossible, accepted: logging.no_bucket (access logging)" in lines


def test_errors_do_not_hide_other_containers():
    lines = text(OLD, NEWS, GONE)
    assert lines[:13] == [
        "Containers: 3. Findings: 3. Parts that are not declared: 2. Errors: 1.",
        "Correct the declarations. Options of single containers are in",
        "move_to_s3_choices. Not accepted: logging.no_bucket. Change the",
        "declarations, or add the codes to move_to_s3_accept. Until then no",
        "bucket is changed.",
        "  error: Container Old: set move_to_s3_bucket, because Old is not a",
        "    valid bucket name: it contains 'O'",
        "",
        "Old -> no bucket, see the errors",
        "",
        "news -> example-news",
        "  exact: tags 2 of 2, policy statements 1 of 1, access logging 0 of 1",
        "  not declared: lifecycle policy, metric policy",
    ]
    assert lines[-5:-1] == [
        "gone -> no bucket",
        "  exact: nothing to keep",
        "  approximate: container.absent (container)",
        "    it is declared absent.",
    ]


SHARED = "Containers news and two would share bucket x: set a different bucket for each"


def test_an_error_of_several_containers_is_said_once():
    lines = text(translated("news", bucket="x", error=SHARED), translated("two", bucket="x", error=SHARED))
    assert lines[3:6] == [
        "  error: Containers news and two would share bucket x: set a different",
        "    bucket for each",
        "",
    ]
    assert [line for line in lines if "->" in line] == ["news -> x", "two -> x"]


def test_an_entry_that_the_argument_spec_refuses():
    """The second task found the entry, and the third translated the others."""
    refused = {
        "__move_to_s3_entry": {"name": "sports"},
        "msg": "Unsupported parameters: containers.logging. Supported: name.",
    }
    others = {"__move_to_s3_entry": {"name": "news"}, "containers": [OLD], "msg": "account is 'none'"}
    lines = text(
        move_to_s3_containers=[{"name": "news"}, {"name": "sports"}],
        __move_to_s3_all={"msg": refused["msg"]},
        __move_to_s3_each={"results": [others, refused]},
        __move_to_s3_others={"containers": [NEWS]},
    )
    assert lines[0] == "Containers: 2. Findings: 2. Parts that are not declared: 2. Errors: 1."
    assert "  error: Container sports: Unsupported parameters: containers.logging." in lines
    assert "news -> example-news" in lines


def test_choices_for_no_container():
    lines = text(NEWS, move_to_s3_choices={"nwes": {"bucket": "a"}, "news": "b"})
    assert "  error: move_to_s3_choices has no declared container for nwes:" in lines
    assert "  error: move_to_s3_choices for news must be a dictionary of options," in lines
    assert "news -> example-news" in lines


@pytest.mark.parametrize("name", [2024, "2024", True])
@pytest.mark.parametrize("key", [2024, "2024", True])
def test_choices_for_a_name_without_quotes(name, key):
    """YAML reads 2024 as a number, and yes as a boolean. The module takes the name as text."""
    containers, choices = [{"name": name}], {key: {"bucket": "example"}}
    declared = {**VARIABLES, "move_to_s3_containers": containers, "move_to_s3_choices": choices}
    bucket = {"bucket": "example"} if str(name) == str(key) else {}
    assert render("__move_to_s3_declared", **declared) == [{"name": name, **bucket}]
    assert render("__move_to_s3_unknown", **declared) == ([] if bucket else [str(key)])


def is_invalid(**result):
    return render("__move_to_s3_is_invalid", **variables(NEWS, __move_to_s3_all=result, __move_to_s3_others=result))


def test_a_failed_request_does_not_keep_the_role_from_changing_the_other_buckets():
    """The last task fails for the same reason. Only failures of requests have versions of libraries."""
    denied = {"containers": [translated("news", error="denied")], "msg": "denied"}
    assert is_invalid(**denied)
    assert not is_invalid(**denied, boto3_version="1.44.8")
    assert not is_invalid(msg="no reply of AWS STS", boto3_version="1.44.8")


STATE = {"format": "a Terraform state of version 4", "filter": "from_terraform", "containers": ["news"]}
OMITS = ["cors_policy", "lifecycle_policy", "metric_policy", "access_logging_enabled"]


@pytest.mark.parametrize(
    ("declared", "formats", "shown"),
    [
        pytest.param(
            [], [], "tags, container policy, CORS rules, lifecycle policy, metric policy, access logging", id="all"
        ),
        pytest.param(
            ["policy_statements"],
            [{**STATE, "omits": OMITS}],
            "tags, CORS rules, lifecycle policy, metric policy, access logging; from_terraform cannot know CORS rules,"
            " lifecycle policy, metric policy, access logging",
            id="a state without tags",
        ),
        pytest.param(
            ["tags", "policy_statements", "cors_rules"],
            [{**STATE, "omits": OMITS}],
            "lifecycle policy, metric policy, access logging; from_terraform cannot know them",
            id="a state, and a choice",
        ),
        pytest.param(
            ["tags", "policy_statements", "cors_rules", "lifecycle_rules", "metrics"],
            [{**STATE, "omits": OMITS, "containers": ["other"]}],
            "access logging",
            id="the state is of another container",
        ),
    ],
)
def test_what_is_not_declared(declared, formats, shown):
    one = translated("news", bucket="news", declared=dict.fromkeys(declared, 1), exact=dict.fromkeys(declared, 1))
    assert f"| news | {shown} |" in [line.replace("\\", "") for line in markdown(one, __move_to_s3_formats=formats)]


def test_all_is_declared():
    parts = {one["key"]: 1 for one in VARIABLES["__move_to_s3_parts"]}
    one = translated("news", bucket="news", declared=parts, exact=parts)
    assert "| news | nothing |" in markdown(one)
    assert not [line for line in text(one) if "not declared" in line]


def test_the_host_of_a_container_whose_source_contains_it():
    host = "abcdefgh123456.data.mediastore.eu-west-1.amazonaws.com"
    more = {"__move_to_s3_hosts": {"news": host}}
    assert f"      https://{host}/PATH" in text(NEWS, **more)
    assert [line for line in markdown(NEWS, **more) if line.startswith(f"| endpoint | `https://{host}/PATH` | ")]
    assert f"      https://{OLD_HOST}/PATH" in text(NEWS, __move_to_s3_hosts={"other": host})


def test_markdown():
    """A line of Markdown needs a backslash before each _ that is no code."""
    lines = markdown(OLD, NEWS)
    assert lines[lines.index("## Errors") + 2] == (
        "- Container Old: set move\\_to\\_s3\\_bucket, because Old is not a valid bucket name: it contains 'O'"
    )
    kept = lines.index("| Container | Bucket | Exact | Not exact | What it means, what to do |")
    assert lines[kept + 2 : kept + 5] == [
        (
            "| news | example-news | tags 2 of 2, policy statements 1 of 1, access logging 0 of 1 | access logging:"
            " logging.no\\_bucket, impossible, not accepted | access logging is enabled, but"
            " move\\_to\\_s3\\_log\\_bucket is not set: set it. |"
        ),
        (
            "|  |  |  | container: policy.missing\\_object, approximate | Missing objects return 403. Set"
            " move\\_to\\_s3\\_missing\\_objects to 404. |"
        ),
        "",
    ]
    values = lines.index("| Container news | Value of MediaStore | Value of Amazon S3 |")
    assert lines[values + 2 : values + 8] == [
        f"| endpoint | `https://{OLD_HOST}/PATH` | `https://example-news.s3.us-east-1.amazonaws.com/PATH` |",
        (
            '| origin access control of CloudFront | `{"OriginAccessControlOriginType": "mediastore"}` |'
            ' `{"Name": "example-news", "SigningBehavior": "always"}` |'
        ),
        f"| destination of MediaLive | `mediastoressl://{OLD_HOST}/PATH` | no counterpart |",
        ("| alarms | `AWS/MediaStore ContainerName=news` | `AWS/S3 BucketName=example-news FilterId=EntireBucket` |"),
        "| alarms | `AWS/MediaStore ContainerName=news ObjectGroupName=playlists` | no counterpart |",
        "",
    ]
    assert "| TurnaroundTime | FirstByteLatency |" in lines


@pytest.mark.parametrize("mark", list("\\`*_|<[]"))
def test_a_message_is_one_cell_of_plain_text(mark):
    """These characters have a meaning in a cell of Markdown at GitHub, unless they follow a backslash."""
    lines = markdown(translated("news", finding("statement 1", "policy.public", f"Sid a{mark}b"), bucket="news"))
    [row] = [line for line in lines if "Sid" in line]
    assert row.endswith(f" | Sid a\\{mark}b |")


def test_the_names_of_metrics_are_only_in_a_report_with_alarms():
    silent = translated("news", bucket="news", endpoint="https://a")
    lines = render_file("roles/move_to_s3/templates/report.txt.j2", **variables(silent))
    assert not [line for line in lines if "TurnaroundTime" in line]
    lines = render_file("roles/move_to_s3/templates/report.txt.j2", **variables(NEWS))
    assert lines[lines.index("  TurnaroundTime") + 1] == "    -> FirstByteLatency"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "log_bucket is example-logs, which ... Set another log_bucket.",
            "{}log_bucket is example-logs, which ... Set another {}log_bucket.",
        ),
        (
            "Set cloudfront_distribution, which replaces everyone, or set public to true",
            "Set {}cloudfront_distribution, which replaces everyone, or set {}public to true",
        ),
        ("Set missing_objects to 404", "Set {}missing_objects to 404"),
        ("only letters: 'log_bucket' becomes 'logbucket'", "only letters: 'log_bucket' becomes 'logbucket'"),
        ("Set expose_headers, for example to ETag", "Set {}expose_headers, for example to ETag"),
        ("expose_headers replaces '*' with ETag.", "{}expose_headers replaces '*' with ETag."),
        (
            "expose_headers contains '*', which S3 does not accept",
            "{}expose_headers contains '*', which S3 does not accept",
        ),
        ("(omit tags, or add tags to skip_unsupported)", "(omit tags, or add tags to {}skip_unsupported)"),
        ("value of accept must be one or more of: a", "value of {}accept must be one or more of: a"),
        ("If you accept this finding, it is omitted.", "If you accept this finding, it is omitted."),
        ("set account to the ID of the account", "set {}account to the ID of the account"),
        ("account is '12'; it must be 12 digits", "{}account is '12'; it must be 12 digits"),
        ("Container news: set bucket, because news_1 is", "Container news: set {}bucket, because news_1 is"),
        (
            "bucket policies are public; the account and the bucket are not",
            "bucket policies are public; the account and the bucket are not",
        ),
        (
            "S3 writes access logs to s3://logs/log_prefix/ of /aws/mediastore/log_bucket",
            "S3 writes access logs to s3://logs/log_prefix/ of /aws/mediastore/log_bucket",
        ),
    ],
)
def test_options_have_the_names_of_the_role(message, expected):
    lines = markdown(translated("news", finding("container", "policy.public", message), bucket="news"))
    assert any(expected.format(*["move_to_s3_"] * 2) in line.replace("\\", "") for line in lines)


def test_an_entry_has_the_name_of_its_container():
    """The module quotes the name, and counts the entries that it got."""
    error = "Entry 2 of containers, 'sports': The tag key 'aws:x' is refused"
    assert "  error: Container sports: The tag key 'aws:x' is refused" in text(translated("sports", error=error))


@pytest.mark.parametrize("name", [name for name in VARIABLES if name.startswith("__") and not name.endswith("_lines")])
def test_no_variable_contains_the_translations(name):
    """ansible-core 2.17 and 2.18 write the value of a variable as text and parse it, at each evaluation."""
    assert NEWS["replacements"]["endpoint"] not in str(render(name, **variables(NEWS, __move_to_s3_others={})))


@pytest.mark.parametrize("name", ["all", "findings", "refused", "errors", "is_invalid"])
def test_the_report_reads_a_variable_once(name):
    """ansible-core 2.17 evaluates it at each read. In a loop, time would grow with the square of the containers."""
    templates = (ROOT / "roles" / "move_to_s3" / "templates").iterdir()
    assert sum(template.read_text().count(f"__move_to_s3_{name}") for template in templates) == 1
