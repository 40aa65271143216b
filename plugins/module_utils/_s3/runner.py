# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main function of the module for buckets: from declarations of containers to buckets, and to the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, NoReturn

from ansible.module_utils.common.warnings import warn

from .._converge import Outcome, converge_all
from .._declaration.container import Declaration, check_declared, declare_each
from .._document import Document
from .._errors import ApiError
from .._input import InvalidInputError
from .._runner import check_common, exit_with_all, fail, failing
from .._s3_translation import (
    APPROXIMATE,
    CODES,
    IMPOSSIBLE,
    Choices,
    Finding,
    check_choices,
    count_parts,
    expand_name,
    needs_account,
    replacements,
    shared_names,
    translate,
    without_aspects,
)
from .._sender import Budget
from .api import find_account, is_account, open_s3_api
from .bucket import Bucket
from .documents import ASPECTS, CORS, LIFECYCLE, LOGGING, METRICS, MORE_TAGS, POLICY, PUBLIC_ACCESS_BLOCK, TAGS
from .plan import BucketPlan, DesiredBucket

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

BucketOutcome = Outcome[DesiredBucket, BucketPlan]

_SERVER = "server."


@dataclass(frozen=True)
class Translated:
    """What replaces the container `name`: the bucket, None if the container is declared absent or its entry is invalid.

    - parts: the numbers of parts of the declaration, see count_parts
    - replaced: the values for clients of the bucket, see replacements
    - error: why no bucket can replace the container, None if one can
    """

    name: str
    desired: DesiredBucket | None
    findings: Sequence[Finding]
    parts: Mapping[str, Mapping[str, int]]
    replaced: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def bucket(self) -> str | None:
        """Return the name of the bucket."""
        return self.desired.name if self.desired else None


def run_buckets(module: AnsibleAWSModule) -> NoReturn:
    """Run a module whose options declare containers, each of which a bucket replaces."""
    params = module.params
    with failing(module):
        check_common(params)
        budget = Budget(params["wait_timeout"])
        declared = list(declare_each(params["containers"]))
        account = params["account"]
        if _is_account_in_names(params):
            check_declared(declared)
            account = find_account(module, budget)
    translated = _translate_all(declared, params, module.region, account)
    _check_problems(module, translated)
    _check_findings(module, translated)
    outcomes = _converge(module, translated, account, budget)
    by_bucket: dict[str | None, BucketOutcome] = {outcome.desired.name: outcome for outcome in outcomes}
    done = [_with_server_findings(one, by_bucket.get(one.bucket)) for one in translated]
    _warn_once(finding for finding in _all_findings(done) if finding.code.startswith(_SERVER))
    exit_with_all(module, outcomes, containers=[_result(one, by_bucket.get(one.bucket)) for one in done])


def _check_problems(module: AnsibleAWSModule, translated: Sequence[Translated]) -> None:
    """Fail if no bucket can replace one of the containers, with the problems of all, each of them once."""
    problems = dict.fromkeys(one.error for one in translated if one.error)
    if problems:
        module.fail_json(msg="; ".join(map(str, problems)), **_not_started(translated))


def _check_account(account: str | None) -> None:
    if account and not is_account(account):
        raise InvalidInputError(f"account is {account!r}; it must be 12 digits in quotes, which keep leading zeros")


def _is_account_in_names(params: Mapping[str, Any]) -> bool:
    given = [params["bucket"], *(entry["bucket"] for entry in params["containers"])]
    return any(needs_account(template) for template in given if template)


def _converge(
    module: AnsibleAWSModule, translated: Sequence[Translated], account: str | None, budget: Budget
) -> list[BucketOutcome]:
    buckets = [one.desired for one in translated if one.desired]
    if not buckets:
        return []
    most = module.params["max_concurrency"]
    try:
        api = open_s3_api(module, account or find_account(module, budget), budget, connections=most)
    except ApiError as error:
        fail(module, error, **_not_started(translated))
    return converge_all(api, buckets, Bucket, most, check_mode=module.check_mode, warn=warn)


def _with_server_findings(translated: Translated, outcome: BucketOutcome | None) -> Translated:
    """Return what replaces a container, with what the endpoint does not implement."""
    skipped = outcome.plan.skipped if outcome and outcome.plan else {}
    found = [_not_implemented(translated.name, aspect, error) for aspect, error in skipped.items()]
    parts = without_aspects(translated.parts, skipped)
    return replace(translated, findings=[*translated.findings, *found], parts=parts)


def _not_implemented(container: str, aspect: str, error: ApiError) -> Finding:
    code = f"{_SERVER}{aspect}"
    message = f"it is skipped. {error.exception}"
    return Finding(container, aspect, code, CODES[code].level, message)


def _translate_all(
    declared: Iterable[Declaration | InvalidInputError],
    params: Mapping[str, Any],
    region: str | None,
    account: str | None,
) -> list[Translated]:
    """Return what replaces each container, or the error that says why none can.

    An option for all containers that is invalid is the error of each of them.
    """
    entries = params["containers"]
    try:
        _check_account(params["account"])
        check_choices(_choices({}, params))
        if params["bucket"]:
            expand_name(params["bucket"], "name", region, account)
    except InvalidInputError as error:
        return [_invalid(entry["name"], error) for entry in entries]
    chosen = [_chosen(one, entry, params, region, account) for one, entry in zip(declared, entries)]
    valid = [one for one in chosen if not isinstance(one, InvalidInputError)]
    buckets = [choices.bucket or declaration.name for declaration, choices in valid if declaration.state != "absent"]
    skip_unsupported = frozenset(params["skip_unsupported"])
    translated = [
        _invalid(entry["name"], one)
        if isinstance(one, InvalidInputError)
        else _translate(one[0], replace(one[1], buckets=buckets, region=region), skip_unsupported)
        for one, entry in zip(chosen, entries)
    ]
    shared = shared_names({one.name: one.bucket for one in translated if one.bucket})
    return [replace(one, error=one.error or shared.get(one.name)) for one in translated]


def _chosen(
    declaration: Declaration | InvalidInputError,
    entry: Mapping[str, Any],
    params: Mapping[str, Any],
    region: str | None,
    account: str | None,
) -> tuple[Declaration, Choices] | InvalidInputError:
    """Return a declaration with the choices for it, in which the name of the bucket replaces its template."""
    if isinstance(declaration, InvalidInputError):
        return declaration
    choices = _choices(entry, params)
    if choices.bucket is None:
        return declaration, choices
    try:
        return declaration, replace(choices, bucket=expand_name(choices.bucket, declaration.name, region, account))
    except InvalidInputError as error:
        return InvalidInputError(f"Container {declaration.name}: {error}")


def _invalid(name: str, error: InvalidInputError) -> Translated:
    return Translated(name, None, [], count_parts({}, []), error=str(error))


def _translate(declaration: Declaration, choices: Choices, skip_unsupported: frozenset[str]) -> Translated:
    name = declaration.name
    if declaration.state == "absent":
        return Translated(name, None, [_left_alone(name)], count_parts({}, []))
    container = _container(declaration)
    try:
        bucket, aspects, findings = translate(container, choices)
    except InvalidInputError as error:
        return _invalid(name, error)
    documents = {
        document: aspects[document.key] for document in _documents(declaration.purge_tags) if document.key in aspects
    }
    return Translated(
        name,
        DesiredBucket(bucket, documents, aspects.get(METRICS), skip_unsupported),
        findings,
        count_parts(container, findings),
        replacements(container, bucket, choices.region, findings),
    )


def _documents(purge_tags: bool) -> list[Document]:
    """Return the documents in the order in which they are written.

    Block Public Access is before the policy, because S3 rejects a public policy while these settings block it.
    """
    return [PUBLIC_ACCESS_BLOCK, POLICY, TAGS if purge_tags else MORE_TAGS, CORS, LIFECYCLE, LOGGING]


def _all_findings(translated: Iterable[Translated]) -> list[Finding]:
    return [finding for one in translated for finding in one.findings]


def _container(declaration: Declaration) -> dict[str, Any]:
    """Return a declaration as an entry of `containers` whose documents are parsed; an empty one removes."""
    return {
        "name": declaration.name,
        "tags": declaration.tags,
        "access_logging_enabled": declaration.access_logging_enabled,
        **{key: value or {} for key, value in declaration.documents.items()},
    }


def _choices(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> Choices:
    """Return the choices for one container: its own, or else those for all.

    A container that is public itself does not take the distribution for all, which would win over it.
    """
    names = [field.name for field in fields(Choices) if field.name not in ("buckets", "region")]
    own = {name: entry[name] for name in names if entry.get(name) is not None}
    given: dict[str, Any] = {name: own.get(name, defaults.get(name)) for name in names}
    if own.get("public") and "cloudfront_distribution" not in own:
        given["cloudfront_distribution"] = None
    return Choices(**given)


def _left_alone(name: str) -> Finding:
    message = "it is declared absent. The module does not change or delete its bucket."
    return Finding(name, "container", "container.absent", CODES["container.absent"].level, message)


def _check_findings(module: AnsibleAWSModule, translated: Sequence[Translated]) -> None:
    """Warn of what is approximate, once for each code; fail for what is impossible and not accepted."""
    findings, accepted = _all_findings(translated), module.params["accept"]
    refused = [finding for finding in findings if finding.level == IMPOSSIBLE and finding.code not in accepted]
    if refused:
        causes = "; ".join(f"{finding.sentence} ({finding.code})" for finding in refused)
        number = "1 impossible finding is" if len(refused) == 1 else f"{len(refused)} impossible findings are"
        module.fail_json(
            msg=f"{number} not accepted: {causes} Change the declarations, or add to accept:"
            f" {', '.join(sorted({finding.code for finding in refused}))}",
            **_not_started(translated),
        )
    _warn_once(finding for finding in findings if finding.level == APPROXIMATE)


def _warn_once(findings: Iterable[Finding]) -> None:
    """Warn of findings, once for each code."""
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    for code, found in by_code.items():
        more = len(found) - 1
        others = {0: "", 1: " 1 more finding is of this kind."}.get(more, f" {more} more findings are of this kind.")
        warn(f"{found[0].sentence} ({code}){others}")


def _not_started(translated: Sequence[Translated]) -> dict[str, Any]:
    """Return the result of a task that ends before a request for a bucket was sent."""
    nothing = {"changed": False, "action": "not_started", "changes": []}
    containers = [{**_translation(one), **nothing, "error": one.error} for one in translated]
    return {"changed": False, "containers": containers}


def _translation(translated: Translated) -> dict[str, Any]:
    """Return the part of the result for one container that does not depend on its bucket."""
    return {
        "name": translated.name,
        "bucket": translated.bucket,
        "findings": [finding._asdict() for finding in translated.findings],
        **translated.parts,
        "replacements": translated.replaced,
    }


def _result(translated: Translated, outcome: BucketOutcome | None) -> dict[str, Any]:
    """Return the result for one container, with the documents of its bucket unless it failed."""
    result = _translation(translated)
    if outcome is None:
        return {**result, "changed": False, "action": "unchanged", "changes": [], "error": None}
    result |= {"changed": outcome.changed, "changes": outcome.changes(ASPECTS)}
    if outcome.error:
        return {**result, "action": outcome.action if outcome.started else "not_started", "error": str(outcome.error)}
    return {**result, "action": outcome.action, "error": None, **(outcome.plan.values if outcome.plan else {})}
