# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main function of the module for buckets: from declarations of containers to buckets, and to the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Callable, NoReturn, cast

from ansible.module_utils.common.warnings import warn

from .._converge import Outcome
from .._document import Document
from .._errors import ApiError
from .._input import InvalidInputError, check_unmasked
from .._mediastore.plan import Declaration
from .._mediastore.runner import declare_all
from .._runner import check_max_concurrency, check_wait_timeout, exit_with_all, fail
from .._s3_translation import (
    APPROXIMATE,
    CODES,
    IMPOSSIBLE,
    UNSET,
    Choices,
    Finding,
    WantedBucket,
    check_buckets,
    translate,
)
from .._sender import Budget
from .api import open_s3_api
from .bucket import converge_buckets
from .documents import CORS, LIFECYCLE, LOGGING, MORE_TAGS, POLICY, PUBLIC_ACCESS_BLOCK, TAGS
from .plan import BucketPlan, DesiredBucket

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule


def run_buckets(module: AnsibleAWSModule) -> NoReturn:
    """Run a module whose options declare containers, for each of which a bucket stands."""
    params = module.params
    try:
        check_unmasked(params)
        check_wait_timeout(params)
        check_max_concurrency(params)
        declared = declare_all(params["containers"])
        desired, findings = _translate_all(declared, params)
    except InvalidInputError as error:
        module.fail_json(msg=str(error))
    _check_findings(module, findings)
    converged = {outcome.desired.container: outcome for outcome in _converge(module, desired, findings)}
    absent = {
        name: Outcome(DesiredBucket(name), plan=BucketPlan()) for name in (declaration.name for declaration in declared)
    }
    outcomes = list({**absent, **converged}.values())
    found = _grouped(findings, attrgetter("container"))

    def result_of(outcome: Outcome[DesiredBucket]) -> dict[str, Any]:
        return _result(outcome, found.get(outcome.desired.container, []))

    exit_with_all(module, outcomes, result_of, findings=_shown(findings))


def _converge(
    module: AnsibleAWSModule, desired: Sequence[DesiredBucket], findings: Iterable[Finding]
) -> list[Outcome[DesiredBucket]]:
    if not desired:
        return []
    budget, max_concurrency = Budget(module.params["wait_timeout"]), module.params["max_concurrency"]
    try:
        api = open_s3_api(module, budget, connections=max_concurrency)
    except ApiError as error:
        fail(module, error, changed=False, findings=_shown(findings))
    return converge_buckets(api, desired, max_concurrency, check_mode=module.check_mode, warn=warn)


def _translate_all(
    declared: Iterable[Declaration], params: Mapping[str, Any]
) -> tuple[list[DesiredBucket], list[Finding]]:
    """Return the buckets for the containers that are present, and the findings about all containers."""
    entries = {entry["name"]: entry for entry in params["containers"]}
    wanted: dict[str, WantedBucket] = {}
    desired: list[DesiredBucket] = []
    findings: list[Finding] = []
    for declaration in declared:
        entry = entries[declaration.name]
        if declaration.state == "absent":
            findings.append(_left_alone(declaration.name))
            continue
        bucket, found = translate(_container(declaration), _choices(entry, params))
        wanted[declaration.name] = bucket
        findings += found
        desired.append(_desired(declaration, bucket))
    check_buckets(list(wanted.items()))
    return desired, findings


def _container(declaration: Declaration) -> dict[str, Any]:
    """Return a declaration as an entry of `containers` whose documents are parsed; an empty one removes."""
    documents = {document.key: value or {} for document, value in declaration.documents.items()}
    return {
        "name": declaration.name,
        "tags": declaration.tags,
        "access_logging_enabled": declaration.access_logging_enabled,
        **documents,
    }


def _choices(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> Choices:
    """Return the choices for one container: its own, or else those for all."""
    names = [field.name for field in fields(Choices)]
    given: dict[str, Any] = {name: defaults.get(name) if entry[name] is None else entry[name] for name in names}
    return Choices(**given)


def _left_alone(name: str) -> Finding:
    message = (
        f"Container {name} is declared absent: its bucket, if it has one, is left alone, nothing deletes a bucket."
    )
    return Finding(name, "container", "container.absent", CODES["container.absent"].level, message)


def _desired(declaration: Declaration, wanted: WantedBucket) -> DesiredBucket:
    """Return the desired state of a bucket; documents are in the order in which they are written."""
    # The block of public access is before the policy, because S3 refuses a public policy until it is off.
    aspects: dict[Document, Any] = {
        PUBLIC_ACCESS_BLOCK: wanted.public_access_block,
        POLICY: wanted.policy,
        TAGS if declaration.purge_tags else MORE_TAGS: wanted.tags,
        CORS: wanted.cors,
        LIFECYCLE: wanted.lifecycle,
        LOGGING: wanted.logging,
    }
    return DesiredBucket(
        container=declaration.name,
        name=wanted.name,
        documents={document: value or None for document, value in aspects.items() if value is not UNSET},
        metrics=None if wanted.metrics is UNSET else wanted.metrics,
    )


def _check_findings(module: AnsibleAWSModule, findings: Iterable[Finding]) -> None:
    """Warn of what is approximate, once for each code; fail for what is impossible and not accepted."""
    accepted = module.params["accept"]
    refused = [finding for finding in findings if finding.level == IMPOSSIBLE and finding.code not in accepted]
    if refused:
        causes = "; ".join(f"{finding.message} ({finding.code})" for finding in refused)
        module.fail_json(
            msg=f"Amazon S3 cannot keep {len(refused)} of what is declared: {causes} To do without it, change the"
            f" declaration or add to accept: {', '.join(sorted({finding.code for finding in refused}))}",
            changed=False,
            findings=_shown(findings),
        )
    approximate = [finding for finding in findings if finding.level == APPROXIMATE]
    for code, found in _grouped(approximate, attrgetter("code")).items():
        more = len(found) - 1
        others = {0: "", 1: " 1 more finding is of this kind."}.get(more, f" {more} more findings are of this kind.")
        warn(f"{found[0].message} ({code}){others}")


def _grouped(findings: Iterable[Finding], key: Callable[[Finding], str]) -> dict[str, list[Finding]]:
    """Return the findings by `key`, in their order."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(key(finding), []).append(finding)
    return groups


def _shown(findings: Iterable[Finding]) -> list[dict[str, str]]:
    # asdict copies each value, which takes a noticeable part of a task with many containers.
    return [dict(vars(finding)) for finding in findings]


def _result(outcome: Outcome[DesiredBucket], findings: Iterable[Finding]) -> dict[str, Any]:
    """Return the result for one container; the documents are left out if it failed."""
    plan = cast(BucketPlan, outcome.plan)
    return {
        "name": outcome.desired.container,
        "bucket": outcome.desired.name or None,
        "changed": outcome.changed,
        "action": outcome.action,
        "findings": _shown(findings),
        "error": str(outcome.error) if outcome.error else None,
        **({} if outcome.error else plan.values),
    }
