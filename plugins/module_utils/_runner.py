# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runner: read, plan, apply, and report it as Ansible expects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.botocore import gather_sdk_versions
from ansible_collections.amazon.aws.plugins.module_utils.cloud import BackoffIterator

from ansible_collections.elemental.mediastore.plugins.module_utils._api import (
    CONTAINER_IN_USE,
    MediaStoreApi,
    MediaStoreError,
    open_api,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._apply import OutdatedError, apply_plan
from ansible_collections.elemental.mediastore.plugins.module_utils._input import (
    InvalidInputError,
    check_limits,
    check_name,
    check_tags,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._plan import Change, Declaration, Plan, make_plan
from ansible_collections.elemental.mediastore.plugins.module_utils._read import (
    read_containers,
    read_current,
    refuse_items,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._results import container_result, shown_container

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from ansible_collections.elemental.mediastore.plugins.module_utils._document import Document

_MAX_CONCURRENCY = 64
# Seconds that info, which has no wait_timeout, may spend on requests that have to be sent again.
_INFO_TIMEOUT = 600


@dataclass(frozen=True)
class Outcome:
    """What became of a declaration, or would in check mode.

    - before: the diff's side of the state that the first change found
    - plan: the last plan, whose diff and values tell the state that was reached
    - container: the container as last seen (model shape Container), None if there is none or it was not asked for
    """

    changed: bool
    before: Mapping[str, Any]
    plan: Plan
    container: Mapping[str, Any] | None


def converge(
    api: MediaStoreApi, wanted: Declaration, *, check_mode: bool, made: list[Change], warn: Callable[[str], None]
) -> Outcome:
    """Read, plan and apply, and again when somebody else changed the container in between.

    Appends every change that was made to I(made), so that a failure can tell. Raises MediaStoreError.
    """
    delays = iter(BackoffIterator(delay=0.1, backoff=2, max_delay=5, jitter=True))
    before: Mapping[str, Any] = {}
    in_use: MediaStoreError | None = None
    while True:
        current = read_current(api, wanted)
        plan = make_plan(current, wanted)
        if in_use:
            refuse_items(api, wanted, current, in_use)
        if not made:
            before = plan.before
        try:
            container = apply_plan(api, wanted, current, plan, check_mode=check_mode, made=made, warn=warn)
            return Outcome(changed=bool(made or plan.changes), before=before, plan=plan, container=container)
        except OutdatedError as outdated:
            in_use = outdated.error if outdated.error.code == CONTAINER_IN_USE else None
            if not api.budget.sleep(next(delays)):
                raise MediaStoreError(
                    message=f"{outdated.error.message} (the wait_timeout of {api.budget.seconds:g} seconds is used up)",
                    exception=outdated.error.exception,
                ) from outdated


def run_container(module: AnsibleAWSModule) -> NoReturn:
    """Run a module whose options declare a container, its tags and its access logging."""
    params = module.params

    def declare() -> Declaration:
        return Declaration(
            name=check_name(params["name"]),
            state=params["state"],
            tags=None if params["tags"] is None else check_tags(params["tags"]),
            purge_tags=params["purge_tags"],
            access_logging_enabled=params["access_logging_enabled"],
            wait=params["wait"],
        )

    _run(
        module,
        declare,
        lambda wanted, outcome: {"container": container_result(wanted, outcome.plan, outcome.container)},
    )


def run_document(module: AnsibleAWSModule, document: Document, given: Any) -> NoReturn:
    """Run a module whose options declare one I(document), as I(given) when state=present."""
    params = module.params

    def declare() -> Declaration:
        value = document.check(given) if params["state"] == "present" else None
        return Declaration(name=check_name(params["name"]), documents={document: value})

    _run(module, declare, lambda wanted, outcome: {document.key: outcome.plan.documents[document]})


def run_info(module: AnsibleAWSModule, documents: Collection[Document]) -> NoReturn:
    """Run a module that lists containers with those of I(documents), and the tags, that its options include."""
    params = module.params
    include = params["include"]
    everything = "all" in include
    try:
        check_limits("max_concurrency", params["max_concurrency"], 1, _MAX_CONCURRENCY)
        names = params["names"] and [check_name(name) for name in params["names"]]
        found = read_containers(
            open_api(module, _INFO_TIMEOUT, connections=params["max_concurrency"]),
            names,
            tags=everything or "tags" in include,
            documents=[document for document in documents if everything or document.key in include],
            max_concurrency=params["max_concurrency"],
        )
    except InvalidInputError as error:
        module.fail_json(msg=str(error))
    except MediaStoreError as error:
        fail(module, error)
    containers = [{**shown_container(container["Name"], container), **asked} for container, asked in found]
    module.exit_json(changed=False, containers=containers)


def _run(
    module: AnsibleAWSModule,
    declare: Callable[[], Declaration],
    report: Callable[[Declaration, Outcome], dict[str, Any]],
) -> NoReturn:
    made: list[Change] = []
    try:
        check_limits("wait_timeout", module.params["wait_timeout"], 0)
        wanted = declare()
        api = open_api(module, module.params["wait_timeout"])
        outcome = converge(api, wanted, check_mode=module.check_mode, made=made, warn=warn)
    except InvalidInputError as error:
        module.fail_json(msg=str(error))
    except MediaStoreError as error:
        fail(module, error, changed=bool(made))
    result = {"changed": outcome.changed, **report(wanted, outcome)}
    if module._diff:
        result["diff"] = {"before": outcome.before, "after": outcome.plan.after}
    module.exit_json(**result)


def fail(module: AnsibleAWSModule, error: MediaStoreError, **result: Any) -> NoReturn:
    """End the task with the error's message and amazon.aws's keys for the service's answer."""
    if error.exception:
        module.fail_json_aws(error.exception, msg=error.message, **result)
    module.fail_json(msg=error.message, **gather_sdk_versions(), **result)
