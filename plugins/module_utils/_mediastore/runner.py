# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main functions of the modules: from options to a declaration, and from its outcome to a result."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from ansible.module_utils.common.warnings import warn

from .._converge import Outcome
from .._errors import ApiError
from .._input import InvalidInputError, check_name, check_tags, check_unmasked, load_json
from .._runner import check_max_concurrency, check_wait_timeout, exit_with, exit_with_all, fail
from .._sender import Budget
from .api import open_api
from .container import converge_container, converge_containers
from .documents import DOCUMENTS
from .plan import Declaration
from .read import read_containers
from .results import container_result, document_result, listed_result, shown_container

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .._document import Document

# Seconds that mediastore_container_info, which has no wait_timeout, may spend on retries.
_INFO_TIMEOUT = 600


def run_container(module: AnsibleAWSModule) -> NoReturn:
    """Run a module whose options declare a container, its tags and its access logging."""
    _run_one(module, lambda: _declare(module.params, module.params["wait"]), container_result)


def run_document(module: AnsibleAWSModule, document: Document, given: Any) -> NoReturn:
    """Run a module whose options declare one `document`, with the value `given` if state=present."""

    def declare() -> Declaration:
        name = check_name(module.params["name"])
        value = _check_document(document, given, name) if module.params["state"] == "present" else None
        return Declaration(name=name, documents={document: value})

    _run_one(module, declare, document_result)


def run_containers(module: AnsibleAWSModule) -> NoReturn:
    """Run a module whose options declare many containers, each with any documents."""
    params = module.params
    try:
        check_unmasked(params)
        check_wait_timeout(params)
        check_max_concurrency(params)
        declared = declare_all(params["containers"], params["wait"])
    except InvalidInputError as error:
        module.fail_json(msg=str(error))
    _warn_of_documents(declared)
    api = open_api(module, Budget(params["wait_timeout"]), connections=params["max_concurrency"])
    outcomes = converge_containers(api, declared, params["max_concurrency"], check_mode=module.check_mode, warn=warn)
    exit_with_all(module, outcomes, listed_result)


def run_info(module: AnsibleAWSModule) -> NoReturn:
    """Run a module that lists containers with the documents and the tags that its options include."""
    params = module.params
    include = params["include"]
    everything = "all" in include
    try:
        check_unmasked(params)
        check_max_concurrency(params)
        names = params["names"] and [check_name(name) for name in params["names"]]
        budget = Budget(_INFO_TIMEOUT, name="time limit")
        found = read_containers(
            open_api(module, budget, connections=params["max_concurrency"]),
            names,
            tags=everything or "tags" in include,
            documents=[document for document in DOCUMENTS if everything or document.key in include],
            max_concurrency=params["max_concurrency"],
        )
    except InvalidInputError as error:
        module.fail_json(msg=str(error))
    except ApiError as error:
        fail(module, error, changed=False)
    containers = [{**shown_container(container["Name"], container), **included} for container, included in found]
    module.exit_json(changed=False, containers=containers)


def _run_one(
    module: AnsibleAWSModule,
    declare: Callable[[], Declaration],
    report: Callable[[Outcome[Declaration]], dict[str, Any]],
) -> NoReturn:
    try:
        check_unmasked(module.params)
        check_wait_timeout(module.params)
        desired = declare()
    except InvalidInputError as error:
        module.fail_json(msg=str(error))
    _warn_of_documents([desired])
    api = open_api(module, Budget(module.params["wait_timeout"]))
    outcome = converge_container(api, desired, check_mode=module.check_mode, warn=warn)
    exit_with(module, outcome, report)


def _declare(given: dict[str, Any], wait: bool, documents: Collection[Document] = ()) -> Declaration:
    """Return the declaration in a module's options, or in an entry of a list of containers."""
    name = check_name(given["name"])
    return Declaration(
        name=name,
        state=given["state"],
        tags=None if given["tags"] is None else check_tags(given["tags"]),
        purge_tags=given["purge_tags"],
        access_logging_enabled=given["access_logging_enabled"],
        documents={
            document: None if _is_empty(given[document.key]) else _check_document(document, given[document.key], name)
            for document in documents
            if given[document.key] is not None
        },
        wait=wait,
    )


def declare_all(entries: list[dict[str, Any]], wait: bool = True) -> list[Declaration]:
    """Return the declarations in a list of containers; raise InvalidInputError for the first entry that is invalid."""
    declared: dict[str, Declaration] = {}
    for number, given in enumerate(entries, start=1):
        try:
            desired = _declare(given, wait, DOCUMENTS)
            if desired.name in declared:
                raise InvalidInputError("it is declared more than once")
        except InvalidInputError as error:
            raise InvalidInputError(f"Entry {number} of containers, {given['name']!r}: {error}") from error
        declared[desired.name] = desired
    return list(declared.values())


def _check_document(document: Document, given: Any, name: str) -> Any:
    """Return the value that the user specified for the container `name`; raise InvalidInputError if it is invalid."""
    value = document.check(given)
    document.check_container(value, name)
    return value


def _warn_of_documents(declared: Collection[Declaration]) -> None:
    """Warn of valid documents that are almost certainly a mistake, once for all containers with the same warning."""
    names: dict[str, list[str]] = {}
    for desired in declared:
        values = {} if desired.state == "absent" else desired.documents
        for document, value in values.items():
            for warning in () if value is None else document.warnings(value):
                names.setdefault(warning, []).append(desired.name)
    for warning, concerned in names.items():
        warn(f"{'Container' if len(concerned) == 1 else 'Containers'} {', '.join(concerned)}: {warning}")


def _is_empty(given: Any) -> bool:
    """Return whether a document is empty, which removes it; Ansible sets omitted options to None."""
    if isinstance(given, str):
        try:
            return bool(load_json(given) == {})
        except ValueError:
            return False
    return not any(value is not None for value in given.values()) if isinstance(given, dict) else not given
