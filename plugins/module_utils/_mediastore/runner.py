# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main functions of the modules: from a declaration to containers, and from their outcomes to a result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from ansible.module_utils.common.warnings import warn

from .._declaration.container import Declaration, check_name, declare, declare_all, declare_document, warnings_of
from .._runner import INFO_TIMEOUT, check_common, exit_with, exit_with_all, failing
from .._sender import Budget
from .api import open_api
from .container import converge_container, converge_containers
from .documents import DOCUMENTS
from .read import read_containers
from .results import (
    ContainerOutcome,
    container_result,
    deleted_objects,
    document_result,
    listed_result,
    shown_container,
)

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .._declaration.document import DocumentOption


def run_container(module: AnsibleAWSModule) -> NoReturn:
    """Run a module whose options declare a container, its tags and its access logging."""
    _run_one(module, lambda: declare(module.params, module.params["wait"]), container_result)


def run_document(module: AnsibleAWSModule, option: DocumentOption, given: Any) -> NoReturn:
    """Run a module whose options declare one document, with the value `given` if state=present."""
    name, state = module.params["name"], module.params["state"]
    _run_one(module, lambda: declare_document(name, option, state, given), document_result)


def run_containers(module: AnsibleAWSModule) -> NoReturn:
    """Run a module whose options declare many containers, each with any documents."""
    params = module.params
    with failing(module):
        check_common(params)
        declared = declare_all(params["containers"], params["wait"])
    _warn_of(declared)
    api = open_api(module, Budget(params["wait_timeout"]), connections=params["max_concurrency"])
    outcomes = converge_containers(
        api, declared, params["max_concurrency"], check_mode=module.check_mode, is_diff=module._diff, warn=warn
    )
    exit_with_all(module, outcomes, containers=[listed_result(outcome) for outcome in outcomes])


def run_info(module: AnsibleAWSModule) -> NoReturn:
    """Run a module that lists containers with the documents and the tags that its options include."""
    params = module.params
    include = params["include"]
    everything = "all" in include
    with failing(module):
        check_common(params)
        names = params["names"] and [check_name(name) for name in params["names"]]
        budget = Budget(INFO_TIMEOUT, name="time limit")
        found = read_containers(
            open_api(module, budget, connections=params["max_concurrency"]),
            names,
            tags=everything or "tags" in include,
            documents=[document for document in DOCUMENTS if everything or document.key in include],
            max_concurrency=params["max_concurrency"],
        )
    containers = [{**shown_container(container["Name"], container), **included} for container, included in found]
    module.exit_json(changed=False, containers=containers)


def _run_one(
    module: AnsibleAWSModule,
    declare_one: Callable[[], Declaration],
    result_of: Callable[[ContainerOutcome], dict[str, Any]],
) -> NoReturn:
    with failing(module):
        check_common(module.params)
        desired = declare_one()
    _warn_of([desired])
    api = open_api(module, Budget(module.params["wait_timeout"]))
    outcome = converge_container(api, desired, check_mode=module.check_mode, is_diff=module._diff, warn=warn)
    exit_with(module, outcome, result_of, **deleted_objects(outcome))


def _warn_of(declared: Iterable[Declaration]) -> None:
    for warning in warnings_of(declared):
        warn(warning)
