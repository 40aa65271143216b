# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the declaration of a container to the bucket, one aspect after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._input import InvalidInputError
from .access_logging import translate_logging
from .choices import Choices
from .cors import check_expose_headers, translate_cors
from .findings import Finding, Report
from .lifecycle import translate_lifecycle
from .metrics import translate_metrics
from .names import bucket_name, check_bucket_name
from .policy import translate_policy
from .principals import check_distribution, public_access_block
from .resources import scope_of


def translate(container: Mapping[str, Any], choices: Choices) -> tuple[str, dict[str, Any], list[Finding]]:
    """Return the name of the bucket for a container, its aspects, and the findings about it.

    `container` is an entry of the option `containers`, its documents checked and parsed. The aspects have the keys of
    OPTIONS, and the shapes of the S3 API. One that the declaration does not give is missing: it is left alone. An empty
    document removes it. Raises InvalidInputError for what S3 can never accept.

    - policy: the bucket policy, None for no policy; public_access_block is given whenever policy is
    - tags, cors: CORSRules, lifecycle: Rules; an empty value removes them
    - metrics: MetricsConfiguration by Id
    - logging: LoggingEnabled, None for no logging
    """
    name = container["name"]
    try:
        check_choices(choices)
    except InvalidInputError as error:
        raise InvalidInputError(f"Container {name}: {error}") from error
    report = Report(name)
    bucket = bucket_name(name, choices.bucket, report.at("container"))
    aspects: dict[str, Any] = {}
    if container.get("tags") is not None:
        # T1: keys, values and their limits are the same.
        aspects["tags"] = container["tags"]
    policy = container.get("policy")
    if policy is not None:
        aspects["policy"], is_public = translate_policy(name, policy, bucket, choices, report)
        aspects["public_access_block"] = public_access_block(is_public)
    if container.get("cors_policy") is not None:
        aspects["cors"] = translate_cors(name, container["cors_policy"], choices.expose_headers, report)
    if container.get("lifecycle_policy") is not None:
        aspects["lifecycle"] = translate_lifecycle(container["lifecycle_policy"], report)
    if container.get("metric_policy") is not None:
        aspects["metrics"] = translate_metrics(name, container["metric_policy"], report)
    enabled = container.get("access_logging_enabled")
    if enabled is not None:
        partition = scope_of(name, policy or {}, choices.region).partition
        aspects.update(translate_logging(name, enabled, bucket, partition, choices, report))
    return bucket, aspects, report.findings


def check_choices(choices: Choices) -> None:
    """Raise InvalidInputError for a choice that is valid for no bucket."""
    if choices.cloudfront_distribution is not None:
        check_distribution(choices.cloudfront_distribution)
    if choices.log_bucket is not None:
        check_bucket_name("log_bucket", choices.log_bucket)
    check_expose_headers(choices.expose_headers or ())
