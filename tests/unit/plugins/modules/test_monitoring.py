# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task declares about metrics and access logging is visible in CloudWatch and CloudWatch Logs."""

from __future__ import annotations

import json

import pytest

from ansible_collections.elemental.mediastore.tests.unit import samples

METRICS = {
    "container_level_metrics": True,
    "rules": [{"object_group": "sports/*", "object_group_name": "sports"}],
}


# The fixture removes the data of moto at the end.
@pytest.mark.usefixtures("s3")
def test_declared_metrics_and_access_logs_are_sent(run, client, emulator):
    container = {"name": "measured", "access_logging_enabled": True, "metric_policy": METRICS}
    run("mediastore_containers", containers=[container])
    connect = samples.session().client
    endpoint = client.describe_container(ContainerName="measured")["Container"]["Endpoint"]
    for path in ("sports/a.ts", "news/b.ts"):
        connect("mediastore-data", endpoint_url=endpoint).put_object(Path=path, Body=b"film")
    cloudwatch, logs = (connect(service, endpoint_url=emulator.url) for service in ("cloudwatch", "logs"))
    # moto keeps what other tests in this process have sent, too.
    of_container = [{"Name": "ContainerName", "Value": "measured"}]
    metrics = cloudwatch.list_metrics(MetricName="RequestCount", Dimensions=of_container)["Metrics"]
    assert [[item["Value"] for item in metric["Dimensions"]] for metric in metrics] == [
        ["measured", "Put"],
        ["measured", "sports", "Put"],
    ]
    events = logs.filter_log_events(logGroupName="/aws/mediastore/measured")["events"]
    assert [json.loads(event["message"])["Path"] for event in events] == ["/sports/a.ts", "/news/b.ts"]
