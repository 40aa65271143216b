# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics and access logs of containers, read back from CloudWatch and CloudWatch Logs.

Expectations are from the MediaStore User Guide, "Monitoring AWS Elemental MediaStore with Amazon CloudWatch Metrics",
"Metric policies", "Example metric policies", "CloudWatch Logs" and "Access log format".
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from mediastore_emulator import EmulatorServer
from mediastore_emulator.cloudwatch import MetricSet, MetricValue, Place
from mediastore_emulator.mediastore import monitoring
from mediastore_emulator.services import moto_cloudwatch

NOON = datetime.fromisoformat("2030-01-02T12:00:00+00:00")
SATURDAY = {"ObjectGroup": "sports/football/saturday", "ObjectGroupName": "footballGroup1"}
FOOTBALL = {"ObjectGroup": "sports/football", "ObjectGroupName": "footballGroup2"}
INDEX = {"ObjectGroup": "*.m3u8", "ObjectGroupName": "index"}
ENABLED = {"ContainerLevelMetrics": "ENABLED"}
PUT = monitoring.Observation(
    operation="PutObject",
    path="FootballMatch/West",
    status=200,
    error=None,
    received=1000,
    sent=184,
    arrived=1544703726.245,
    total=0.147,
    turnaround=0.007,
    client="192.0.2.3",
    requester="arn:aws:iam::111122223333:user/maria-garcia",
    account="111122223333",
    request_id="aaaAAA111",
)


def test_log_record_has_the_documented_fields():
    assert monitoring.log_record("LiveEvents", PUT) == {
        "Path": "/FootballMatch/West",
        "Requester": "arn:aws:iam::111122223333:user/maria-garcia",
        "AWSAccountId": "111122223333",
        "RequestID": "aaaAAA111",
        "ContainerName": "LiveEvents",
        "TotalTime": 147,
        "BytesSent": 184,
        "ReceivedTime": "2018-12-13T12:22:06.245Z",
        "Operation": "PutObject",
        "ErrorCode": "-",
        "Source": "192.0.2.3",
        "HTTPStatus": 200,
        "TurnAroundTime": 7,
    }


def test_log_record_of_an_anonymous_client_without_a_path():
    record = monitoring.log_record(
        "LiveEvents", replace(PUT, path="", requester=None, account=None, error="AccessDenied")
    )
    assert (record["Path"], record["Requester"], record["AWSAccountId"], record["ErrorCode"]) == (
        "-",
        "anonymous",
        None,
        "AccessDenied",
    )


@pytest.mark.parametrize(
    ("rules", "path", "groups"),
    [
        ([SATURDAY, FOOTBALL], "sports/football/saturday/a.ts", ["footballGroup1", "footballGroup2"]),
        ([SATURDAY, FOOTBALL], "sports/football/a.ts", ["footballGroup2"]),
        ([SATURDAY, FOOTBALL], "sports/football", ["footballGroup2"]),
        ([SATURDAY, FOOTBALL], "sports/football2/a.ts", []),
        ([SATURDAY, FOOTBALL], "old/sports/football/a.ts", []),
        ([{"ObjectGroup": "/sports/", "ObjectGroupName": "sports"}], "sports/a.ts", ["sports"]),
        ([INDEX], "a/b/index.m3u8", ["index"]),
        ([INDEX], "index.m3u8", ["index"]),
        ([INDEX], "a/b/index.m3u8.ts", []),
        ([{"ObjectGroup": "a/*/c.ts", "ObjectGroupName": "c"}], "a/x/y/c.ts", ["c"]),
        ([{"ObjectGroup": "a.ts", "ObjectGroupName": "dot"}], "axts", []),
        ([{"ObjectGroup": "*", "ObjectGroupName": "all"}], "a", ["all"]),
        ([{"ObjectGroup": "*", "ObjectGroupName": "all"}], "", ["all"]),
        ([], "a", []),
    ],
)
def test_object_groups(rules, path, groups):
    assert monitoring.object_groups(rules, path) == groups


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ENABLED, [(("ContainerName", "movies"), ("RequestType", "Put"))]),
        (
            {**ENABLED, "MetricPolicyRules": [{"ObjectGroup": "*West", "ObjectGroupName": "west"}, INDEX]},
            [
                (("ContainerName", "movies"), ("RequestType", "Put")),
                (("ContainerName", "movies"), ("ObjectGroupName", "west"), ("RequestType", "Put")),
            ],
        ),
        (
            {
                "ContainerLevelMetrics": "DISABLED",
                "MetricPolicyRules": [{"ObjectGroup": "FootballMatch", "ObjectGroupName": "match"}],
            },
            [(("ContainerName", "movies"), ("ObjectGroupName", "match"), ("RequestType", "Put"))],
        ),
        ({"ContainerLevelMetrics": "DISABLED"}, []),
    ],
)
def test_dimensions(policy, expected):
    assert monitoring.dimension_sets("movies", policy, PUT) == expected


COUNTS = {"RequestCount": 1, "4xxErrorCount": 0, "5xxErrorCount": 0, "ThrottleCount": 0}
TIMES = {"TotalTime": 147, "TurnaroundTime": 7}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {**COUNTS, "BytesUploaded": 1000, "BytesDownloaded": 184}),
        ({"operation": "GetObject", "received": 0, "sent": 9}, {**COUNTS, "BytesDownloaded": 9}),
        ({"operation": "DescribeObject", "received": 0, "sent": 9}, COUNTS),
        ({"received": 0, "sent": 0}, COUNTS),
        ({"status": 404, "received": 0, "sent": 0}, {**COUNTS, "4xxErrorCount": 1}),
        ({"status": 500, "received": 0, "sent": 0}, {**COUNTS, "5xxErrorCount": 1}),
        (
            {"status": 400, "error": "ThrottlingException", "received": 0, "sent": 0},
            {**COUNTS, "4xxErrorCount": 1, "ThrottleCount": 1},
        ),
        (
            {"status": 429, "error": "TooManyRequestsException", "received": 0, "sent": 0},
            {**COUNTS, "4xxErrorCount": 1, "ThrottleCount": 1},
        ),
    ],
)
def test_metric_values(changes, expected):
    values = monitoring.metric_values(replace(PUT, **changes))
    assert {name: value for name, (value, _unit) in values.items()} == pytest.approx({**expected, **TIMES})


def test_units():
    assert {name: unit for name, (_value, unit) in monitoring.metric_values(PUT).items()} == {
        **dict.fromkeys(COUNTS, "Count"),
        **dict.fromkeys(("BytesUploaded", "BytesDownloaded"), "Bytes"),
        **dict.fromkeys(TIMES, "Milliseconds"),
    }


@pytest.fixture
def cloudwatch(connect, http, emulator):
    """Return a client of CloudWatch; the emulator's clock shows noon of a later year, and moto is reset at the end."""
    emulator.set_time(NOON)
    yield connect("cloudwatch", parameter_validation=True)
    http("POST", "/moto-api/reset")


@pytest.fixture
def logs(connect, cloudwatch):
    """Return a client of CloudWatch Logs."""
    return connect("logs")


def dimensions(request_type, group=None, container="movies"):
    """Return dimensions as boto3 takes them."""
    pairs = {"ContainerName": container, "ObjectGroupName": group, "RequestType": request_type}
    return [{"Name": name, "Value": value} for name, value in pairs.items() if value]


@pytest.fixture
def total(cloudwatch):
    """Return a function that returns the sum of a metric over the hours around noon, None without a data point."""

    def total(metric, *names):
        query = {"Namespace": "AWS/MediaStore", "MetricName": metric, "Dimensions": dimensions(*names)}
        window = {"StartTime": NOON - timedelta(hours=1), "EndTime": NOON + timedelta(hours=1)}
        points = cloudwatch.get_metric_statistics(**query, **window, Period=7200, Statistics=["Sum"])["Datapoints"]
        [result] = cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "a", "MetricStat": {"Metric": query, "Period": 7200, "Stat": "Sum"}}], **window
        )["MetricDataResults"]
        # Both ways to read statistics agree.
        assert [point["Sum"] for point in points] == result["Values"]
        return points[0]["Sum"] if points else None

    return total


@pytest.fixture
def records(logs):
    """Return a function that returns the records in the access log of movies."""

    def records():
        names = {"logGroupName": "/aws/mediastore/movies", "logStreamName": "movies"}
        return [json.loads(event["message"]) for event in logs.get_log_events(**names, startFromHead=True)["events"]]

    return records


def declare(client, *rules, level="ENABLED"):
    policy = {"ContainerLevelMetrics": level, **({"MetricPolicyRules": list(rules)} if rules else {})}
    client.put_metric_policy(ContainerName="movies", MetricPolicy=policy)


def test_metrics_of_the_container_and_of_object_groups(client, media, cloudwatch, total):
    declare(client, SATURDAY, FOOTBALL)
    media.put_object(Path="sports/football/saturday/a.ts", Body=b"seven b")
    media.put_object(Path="sports/football/b.ts", Body=b"three")
    media.get_object(Path="sports/football/b.ts")
    media.describe_object(Path="sports/football/b.ts")
    media.list_items(Path="sports")
    with pytest.raises(ClientError):
        media.get_object(Path="sports/absent.ts")
    assert [total("RequestCount", kind) for kind in ("Put", "Get", "Delete", "Describe", "List")] == [2, 2, None, 1, 1]
    assert total("4xxErrorCount", "Get") == 1
    assert total("5xxErrorCount", "Get") == 0
    assert total("BytesUploaded", "Put") == 7 + 5
    groups = ("footballGroup1", "footballGroup2")
    assert [total("RequestCount", "Put", group) for group in groups] == [1, 2]
    assert [total("BytesUploaded", "Put", group) for group in groups] == [7, 7 + 5]
    assert [total("BytesDownloaded", "Get", group) for group in groups] == [None, 5]
    assert [total("RequestCount", "List", group) for group in groups] == [None, None]


def test_statistics_of_a_metric(client, media, cloudwatch):
    declare(client)
    for body in (b"1", b"four", b"ten bytes."):
        media.put_object(Path="a.ts", Body=body)
    [point] = cloudwatch.get_metric_statistics(
        Namespace="AWS/MediaStore",
        MetricName="BytesUploaded",
        Dimensions=dimensions("Put"),
        StartTime=NOON,
        EndTime=NOON + timedelta(minutes=1),
        Period=60,
        Statistics=["SampleCount", "Sum", "Average", "Minimum", "Maximum"],
    )["Datapoints"]
    assert point == {
        "Timestamp": NOON,
        "SampleCount": 3,
        "Sum": 15,
        "Average": 5,
        "Minimum": 1,
        "Maximum": 10,
        "Unit": "Bytes",
    }


def test_each_minute_of_the_clock_is_a_data_point(client, media, cloudwatch, emulator):
    declare(client)
    for _minute in range(3):
        media.put_object(Path="a.ts", Body=b"1")
        emulator.advance(60)
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/MediaStore",
        MetricName="RequestCount",
        Dimensions=dimensions("Put"),
        StartTime=NOON,
        EndTime=NOON + timedelta(hours=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    assert [(point["Timestamp"] - NOON, point["Sum"]) for point in points] == [
        (timedelta(minutes=minute), 1) for minute in range(3)
    ]


def test_metrics_are_listed_once(client, media, cloudwatch, emulator):
    declare(client, INDEX)
    for _minute in range(2):
        media.put_object(Path="index.m3u8", Body=b"1")
        emulator.advance(60)
    names = [*COUNTS, "BytesUploaded", "BytesDownloaded", *TIMES]

    def listed(**query):
        metrics = cloudwatch.list_metrics(Namespace="AWS/MediaStore", **query)["Metrics"]
        return sorted((metric["MetricName"], len(metric["Dimensions"])) for metric in metrics)

    assert listed() == sorted((name, count) for name in names for count in (2, 3))
    assert listed(Dimensions=[{"Name": "ObjectGroupName"}]) == sorted((name, 3) for name in names)
    assert listed(MetricName="RequestCount", Dimensions=[{"Name": "RequestType", "Value": "Put"}]) == [
        ("RequestCount", 2),
        ("RequestCount", 3),
    ]
    assert listed(Dimensions=[{"Name": "RequestType", "Value": "Get"}]) == []


def test_own_metrics_of_users_are_listed_as_before(cloudwatch, client, media):
    declare(client)
    media.put_object(Path="a.ts", Body=b"1")
    cloudwatch.put_metric_data(Namespace="Mine", MetricData=[{"MetricName": "Mine", "Value": 1}])
    assert [metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="Mine")["Metrics"]] == ["Mine"]


def test_metrics_stop_with_the_metric_policy(client, media, total, emulator):
    media.put_object(Path="a.ts", Body=b"1")
    assert total("RequestCount", "Put") is None
    declare(client)
    emulator.configure(metrics=False)
    media.put_object(Path="a.ts", Body=b"1")
    assert total("RequestCount", "Put") is None
    emulator.configure(metrics=True)
    media.put_object(Path="a.ts", Body=b"1")
    client.delete_metric_policy(ContainerName="movies")
    media.put_object(Path="a.ts", Body=b"1")
    assert total("RequestCount", "Put") == 1


@pytest.mark.parametrize(
    ("kind", "counted"),
    [
        ("throttled", {"ThrottleCount": 1, "4xxErrorCount": 1, "5xxErrorCount": 0}),
        ("unavailable", {"ThrottleCount": 0, "4xxErrorCount": 0, "5xxErrorCount": 1}),
    ],
)
def test_faults_are_in_metrics_and_logs(client, media, total, records, emulator, kind, counted):
    declare(client, INDEX)
    client.start_access_logging(ContainerName="movies")
    emulator.faults({"operation": "PutObject", "kind": kind})
    with pytest.raises(ClientError) as caught:
        media.put_object(Path="index.m3u8", Body=b"1")
    assert {name: total(name, "Put", "index") for name in counted} == counted
    assert [record["ErrorCode"] for record in records()] == [caught.value.response["Error"]["Code"]]


def test_access_log_of_a_container(client, media, records, logs, emulator):
    client.start_access_logging(ContainerName="movies")
    [group] = logs.describe_log_groups()["logGroups"]
    assert group["logGroupName"] == "/aws/mediastore/movies"
    replies = [
        media.put_object(Path="a/b.ts", Body=b"film"),
        media.describe_object(Path="a/b.ts"),
        media.list_items(),
    ]
    found = records()
    assert [record["RequestID"] for record in found] == [reply["ResponseMetadata"]["RequestId"] for reply in replies]
    assert [(record["Operation"], record["Path"], record["HTTPStatus"], record["ErrorCode"]) for record in found] == [
        ("PutObject", "/a/b.ts", 200, "-"),
        ("DescribeObject", "/a/b.ts", 200, "-"),
        ("ListItems", "-", 200, "-"),
    ]
    # DescribeObject: the bytes that GetObject would have sent.
    assert found[1]["BytesSent"] == 4
    for record in found:
        assert record["ReceivedTime"].startswith("2030-01-02T12:00:")
        assert record["Source"] == "127.0.0.1"
        assert (record["Requester"], record["AWSAccountId"]) == ("arn:aws:iam::123456789012:root", "123456789012")
        assert 0 <= record["TurnAroundTime"] <= record["TotalTime"] < 10_000


def test_log_events_have_the_time_of_the_emulator(client, media, logs):
    client.start_access_logging(ContainerName="movies")
    media.put_object(Path="a.ts", Body=b"1")
    start, minute = int(NOON.timestamp() * 1000), 60_000
    group = {"logGroupName": "/aws/mediastore/movies"}
    [event] = logs.filter_log_events(**group, startTime=start, endTime=start + minute)["events"]
    assert start <= event["timestamp"] < start + minute
    assert event["logStreamName"] == "movies"


@pytest.mark.parametrize(
    ("headers", "code", "status"),
    [({}, "AccessDenied", 403), ({"Authorization": "Basic eA=="}, "IncompleteSignature", 400)],
)
def test_refused_requests_are_in_metrics_and_logs(client, movies, http, total, records, headers, code, status):
    declare(client, INDEX)
    client.start_access_logging(ContainerName="movies")
    client.delete_container_policy(ContainerName="movies")
    assert http("GET", f"{movies['Endpoint']}/index.m3u8", headers=headers)[0] == status
    assert total("4xxErrorCount", "Get", "index") == 1
    keys = ("Operation", "Path", "Requester", "AWSAccountId", "ErrorCode", "HTTPStatus")
    assert [tuple(record[key] for key in keys) for record in records()] == [
        ("GetObject", "/index.m3u8", "anonymous", None, code, status)
    ]


def test_an_upload_that_is_cut_off_is_in_metrics_and_logs(client, movies, raw, total, records):
    declare(client)
    client.start_access_logging(ContainerName="movies")
    path = movies["Endpoint"].partition("/mediastore_")[2]
    raw(f"PUT /mediastore_{path}/a.ts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nfilm".encode())
    assert total("4xxErrorCount", "Put") == 1
    assert total("BytesUploaded", "Put") == 4
    keys = ("Operation", "Path", "ErrorCode", "HTTPStatus")
    assert [tuple(record[key] for key in keys) for record in records()] == [("PutObject", "/a.ts", "BadRequest", 400)]


def test_preflights_and_operations_of_the_control_plane_are_not_monitored(client, movies, http, cloudwatch, records):
    declare(client)
    client.start_access_logging(ContainerName="movies")
    headers = {"Origin": "https://page.example", "Access-Control-Request-Method": "GET"}
    http("OPTIONS", f"{movies['Endpoint']}/a.ts", headers=headers)
    client.describe_container(ContainerName="movies")
    assert cloudwatch.list_metrics(Namespace="AWS/MediaStore")["Metrics"] == []
    assert records() == []


def test_access_logging_stops(client, media, records, emulator):
    client.start_access_logging(ContainerName="movies")
    media.put_object(Path="a.ts", Body=b"1")
    emulator.configure(access_logs=False)
    media.put_object(Path="b.ts", Body=b"1")
    emulator.configure(access_logs=True)
    client.stop_access_logging(ContainerName="movies")
    media.put_object(Path="c.ts", Body=b"1")
    assert [record["Path"] for record in records()] == ["/a.ts"]


def test_no_log_group_while_access_logs_are_off(client, movies, logs, emulator):
    emulator.configure(access_logs=False)
    client.start_access_logging(ContainerName="movies")
    assert logs.describe_log_groups()["logGroups"] == []


def test_a_log_group_that_was_deleted_comes_back(client, media, logs, records):
    client.start_access_logging(ContainerName="movies")
    logs.delete_log_group(logGroupName="/aws/mediastore/movies")
    media.put_object(Path="a.ts", Body=b"1")
    assert len(records()) == 1


def test_moto_removes_metrics_and_logs_and_the_emulator_keeps_them(client, media, cloudwatch, logs, http, emulator):
    declare(client)
    client.start_access_logging(ContainerName="movies")
    media.put_object(Path="a.ts", Body=b"1")
    emulator.reset()
    assert cloudwatch.list_metrics()["Metrics"]
    assert logs.describe_log_groups()["logGroups"]
    http("POST", "/moto-api/reset")
    assert cloudwatch.list_metrics()["Metrics"] == []
    assert logs.describe_log_groups()["logGroups"] == []


@pytest.mark.parametrize("services", [[], ["s3"]])
def test_a_declared_container_works_without_cloudwatch(connect, services):
    with EmulatorServer(services=services) as server:
        client = connect(endpoint=server.url)
        client.create_container(ContainerName="movies")
        endpoint = client.describe_container(ContainerName="movies")["Container"]["Endpoint"]
        declare(client, INDEX)
        client.start_access_logging(ContainerName="movies")
        connect("mediastore-data", endpoint=endpoint).put_object(Path="index.m3u8", Body=b"1")


def test_a_region_that_moto_does_not_have(connect, cloudwatch):
    client = connect(region="xx-north-9")
    client.create_container(ContainerName="movies")
    endpoint = client.describe_container(ContainerName="movies")["Container"]["Endpoint"]
    declare(client)
    client.start_access_logging(ContainerName="movies")
    connect("mediastore-data", endpoint=endpoint).put_object(Path="a.ts", Body=b"1")


PLACE = Place("123456789012", "eu-west-1")
SET = MetricSet("AWS/MediaStore", (("ContainerName", "movies"),))


@pytest.fixture
def kept():
    """Return the class that keeps data points, which are removed at the end."""
    yield moto_cloudwatch.Metrics
    moto_cloudwatch.clear()


def test_data_points_are_bounded(kept, monkeypatch):
    monkeypatch.setattr(moto_cloudwatch, "_MAX_MINUTES", 3)
    for minute in range(5):
        kept.add(PLACE, SET, minute * 60, {"A": MetricValue(1, "Count"), "B": MetricValue(1, "Count")})
    points = kept.get_cloudwatch_metrics(*PLACE)
    assert sorted({point.timestamp.minute for point in points}) == [2, 3, 4]
    assert len(points) == 3 * 2
    assert kept.get_cloudwatch_metrics(PLACE.account, "us-east-1") == []


def test_log_events_are_bounded(client, media, records, monkeypatch):
    client.start_access_logging(ContainerName="movies")
    media.put_object(Path="0", Body=b"1")
    monkeypatch.setattr(moto_cloudwatch, "_MAX_LOG_BYTES", 3 * len(json.dumps(records()[0])) + 9)
    for number in range(1, 6):
        media.put_object(Path=str(number), Body=b"1")
    assert [record["Path"] for record in records()] == ["/3", "/4", "/5"]


def test_a_subscription_filter_that_fails_does_not_fail_the_request(client, media, records, monkeypatch):
    def fail(*_arguments):
        raise ValueError("the destination is gone")

    client.start_access_logging(ContainerName="movies")
    monkeypatch.setattr("moto.logs.models.LogStream.put_log_events", fail)
    assert media.put_object(Path="a.ts", Body=b"1")["ResponseMetadata"]["HTTPStatusCode"] == 200
