# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main functions of the modules: from options to objects and local files, and from their outcomes to a result."""

from __future__ import annotations

import base64
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, NoReturn, Union

from ansible.module_utils.common.warnings import warn

from .._apply import check_obstacle
from .._converge import Outcome, converge, converge_all
from .._declaration.container import check_name
from .._errors import ApiError, join_some
from .._input import InvalidInputError, check_limits
from .._plan import missing_container
from .._resource import Resource
from .._runner import INFO_TIMEOUT, check_common, exit_with, exit_with_all, failing, shown_time
from .._sender import Budget
from .api import DataApi, Location, open_data_api
from .content import Source, Tree, read_tree, removing_parts
from .content_types import guess_content_type
from .declaration import FileDeclaration, ObjectDeclaration, declare_object
from .folder import Folder, declare_deletions, declare_downloads, declare_folder, declare_others, declare_uploads
from .paths import check_folder, check_path, shown_path
from .plan import ObjectPlan
from .read import complete_objects, list_objects
from .resources import FetchedFile, Known, StoredObject

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

Declaration = Union[ObjectDeclaration, FileDeclaration]
ObjectOutcome = Outcome[Declaration, ObjectPlan]
# In the order of results.
_PROPERTIES = ("path", "content_type", "content_length", "cache_control", "etag", "last_modified", "sha256")
# The options of which a state needs one; a module has some of them.
_NEEDED = {"present": ("src", "content", "content_base64"), "fetched": ("dest",), "absent": ()}
# Requests a second, more than a client can send.
_MAX_RATE = 100_000
# How many failed objects the message describes.
_MAX_NAMED = 10
# Returns where the objects of the container with a name are, and, if asked, whether lists may not contain all.
FindLocation = Callable[["AnsibleAWSModule", str, Budget, bool], Location]


class KeptOutcome(NamedTuple):
    """What is kept of an Outcome for the result, see _runner.Finished: a task can have tens of thousands."""

    desired: Declaration
    action: str
    changed: bool
    error: ApiError | None
    started: bool
    diff: dict[str, Mapping[str, Any]]


def run_object(module: AnsibleAWSModule, find_location: FindLocation) -> NoReturn:
    """Run a module whose options declare one object, or one file with its content."""
    params = module.params
    with failing(module):
        check_common(params)
        check_name(params["container"])
        desired = _declare_one(params)
        budget = Budget(params["wait_timeout"])
        location = find_location(module, params["container"], budget, False)
        _check_container(module, location)
        api = open_data_api(module, location, budget, connections=1)
    resource = _resource(api, desired, _known(location, {}))
    outcome = converge(desired, resource, check_mode=module.check_mode, warn=warn)
    exit_with(module, outcome, _one_result)


def run_objects(module: AnsibleAWSModule, find_location: FindLocation) -> NoReturn:
    """Run a module whose options declare a folder with its objects, or a directory with their content."""
    params = module.params
    concurrency = params["max_concurrency"]
    with failing(module):
        check_common(params)
        check_name(params["container"])
        _check_rates(params["max_rate"])
        folder = declare_folder(params)
        _check_local(params)
        tree = _read_tree(params, folder)
        uploads = declare_uploads(folder, _sources(folder, tree)) if params["state"] == "present" else []
        budget = Budget(params["wait_timeout"])
        location = find_location(module, params["container"], budget, params["state"] == "present")
        _check_container(module, location)
        api = open_data_api(module, location, budget, concurrency, rates=params["max_rate"])
        listed = list_objects(api, folder.path, concurrency) if location.endpoint else {}
        if not listed and location.endpoint and params["state"] != "present":
            _check_is_folder(api, folder.path)
        known = _known(location, listed, module._diff)
        declared = _declare_all(params, folder, tree, uploads, known)
    not_followed = {shown_path(path): kind for path, kind in tree.not_followed.items() if not folder.excludes(path)}
    if not_followed:
        warn(_warning_of(not_followed))
    with removing_parts():
        outcomes: list[KeptOutcome] = converge_all(
            api,
            declared,
            partial(_resource, known=known),
            concurrency,
            check_mode=module.check_mode,
            warn=warn,
            keep=partial(_kept, is_diff=module._diff),
        )
    counts = Counter(outcome.action for outcome in outcomes)
    exit_with_all(
        module,
        outcomes,
        _MAX_NAMED,
        objects=[_listed_result(outcome) for outcome in outcomes if outcome.changed or outcome.error],
        counts={action: counts[action] for action in ("created", "changed", "deleted", "unchanged", "failed")},
        not_followed=list(not_followed),
    )


def run_object_info(module: AnsibleAWSModule, find_location: FindLocation) -> NoReturn:
    """Run a module that lists objects, or describes one."""
    params = module.params
    with failing(module):
        check_common(params)
        check_name(params["container"])
        _check_rates(params["max_rate"])
        may_be_object = bool(params["path"].strip("/")) and not params["path"].endswith("/")
        path = check_path(params["path"]) if may_be_object else check_folder(params["path"])
        budget = Budget(INFO_TIMEOUT, name="time limit")
        location = find_location(module, params["container"], budget, False)
        api = open_data_api(module, location, budget, params["max_concurrency"], rates=params["max_rate"])
        objects: Sequence[Mapping[str, Any]] = []
        folders: Sequence[str] = []
        one = api.describe_object(path) if location.endpoint and may_be_object else None
        if location.endpoint is None:
            warn(f"Container {location.container} does not exist in {location.region}")
        elif one:
            objects = [one]
        elif params["recursive"]:
            objects = list(list_objects(api, path, params["max_concurrency"]).values())
        else:
            objects, folders = api.list_folder(path)
        objects = complete_objects(api, objects, params["include"], params["max_concurrency"])
    module.exit_json(changed=False, objects=[_shown(found) for found in objects], folders=folders)


def _check_local(params: Mapping[str, Any]) -> None:
    """Raise InvalidInputError if what `state` needs is null, or for a path that Python does not pass to the system.

    Ansible's own check of required options accepts null.
    """
    needed = [option for option in _NEEDED[params["state"]] if option in params]
    if needed and all(params[option] is None for option in needed):
        raise InvalidInputError(f"state={params['state']} requires a value of {' or '.join(needed)}, not null")
    for option in ("src", "dest"):
        path = params[option]
        if path is not None and (not path or "\0" in path):
            raise InvalidInputError(f"The option {option} is {path!r}; it must be the path of a file or a directory")


@contextmanager
def _naming(option: str, path: str) -> Iterator[None]:
    """Add to an ApiError which option has this local path, and what a relative one is relative to."""
    try:
        yield
    except ApiError as error:
        start = "" if os.path.isabs(path) else f", relative to {os.getcwd()}"
        raise error.with_reason(f"option {option}{start}") from error


def _declare_one(params: Mapping[str, Any]) -> Declaration:
    path = check_path(params["path"])
    _check_local(params)
    compares_content = params["compare"] == "content"
    if params["state"] == "absent":
        return ObjectDeclaration(path)
    if params["state"] == "fetched":
        _check_is_file(path, params["dest"])
        return FileDeclaration(path, os.path.realpath(params["dest"]), True, compares_content)
    content_type = params["content_type"] or guess_content_type(path)
    return declare_object(path, _source(params), content_type, params["cache_control"], compares_content)


def _check_is_file(path: str, dest: str) -> None:
    """Raise InvalidInputError for a directory, in which other modules would make a file with the name of the object."""
    if dest.endswith("/") or os.path.isdir(dest):
        meant = os.path.join(dest, path.rpartition("/")[2])
        raise InvalidInputError(f"The option dest is {dest!r}, a directory; it must be a file, for example {meant!r}")


def _source(params: Mapping[str, Any]) -> Source:
    if params["src"] is not None:
        with _naming("src", params["src"]):
            return Source.of_file(params["src"])
    content = params["content"]
    if content is not None:
        # As ansible.builtin.copy does: Ansible can make data of a text that looks like JSON.
        try:
            text = content if isinstance(content, str) else json.dumps(content, allow_nan=False)
            return Source.of_bytes(text.encode())
        except ValueError as error:
            # NaN, and what the filter b64decode makes of binary content
            raise InvalidInputError(f"content is not text or JSON: {error}; give bytes as content_base64") from error
    try:
        # RFC 2045, section 6.8: lines of at most 76 characters
        return Source.of_bytes(base64.b64decode("".join(params["content_base64"].split()), validate=True))
    except ValueError as error:
        raise InvalidInputError(f"content_base64 is not valid base64: {error}") from error


def _sources(folder: Folder, tree: Tree) -> dict[str, Source]:
    return {relative: Source.of_file(path) for relative, path in tree.files.items() if folder.selects(relative)}


def _read_tree(params: Mapping[str, Any], folder: Folder) -> Tree:
    """Return the local files that the task needs to know; a directory that is fetched to may not exist yet.

    Raises ApiError for an unreadable directory that is not excluded.
    """
    option = {"present": "src", "fetched": "dest"}.get(params["state"])
    if option is None or (option == "dest" and not os.path.lexists(params["dest"])):
        return Tree()
    with _naming(option, params[option]):
        tree = read_tree(params[option])
    for relative, failure in tree.unreadable.items():
        if not folder.excludes_directory(relative):
            raise failure.with_reason(f"to leave it alone, exclude {shown_path(relative)}/*")
    return tree


def _check_is_folder(api: DataApi, path: str) -> None:
    """Raise InvalidInputError if the path of a folder that contains nothing is the path of an object."""
    if path and api.describe_object(path):
        raise InvalidInputError(
            f"The path {path} in container {api.container} is an object, not a folder: use"
            " elemental.mediastore.mediastore_object"
        )


def _declare_all(
    params: Mapping[str, Any], folder: Folder, tree: Tree, uploads: list[ObjectDeclaration], known: Known
) -> list[Declaration]:
    if params["state"] == "absent":
        return [*declare_deletions(folder, known.listed, [])]
    if params["state"] == "present":
        return [*uploads, *declare_others(folder, known.listed, uploads, params["src"], tree)]
    if not known.has_container:
        # What the directory will contain is not known, so that check mode predicts that it changes.
        return [FileDeclaration(folder.path or "/", params["dest"])]
    return [*declare_downloads(folder, known.listed, params["dest"], tree)]


def _resource(api: DataApi, desired: Declaration, known: Known) -> Resource[DataApi, Any, ObjectPlan]:
    if isinstance(desired, FileDeclaration):
        return FetchedFile(api, desired, known)
    return StoredObject(api, desired, known)


def _check_container(module: AnsibleAWSModule, location: Location) -> None:
    """Raise ApiError if the container does not exist, unless an earlier task may create it."""
    if location.endpoint is None and module.params["state"] != "absent":
        absence = missing_container(f"Container {location.container} does not exist in {location.region}")
        check_obstacle(absence, check_mode=module.check_mode, warn=warn)


def _known(location: Location, listed: Mapping[str, Mapping[str, Any]], is_diff: bool = False) -> Known:
    return Known(listed, not location.may_hide_objects, location.endpoint is not None, is_diff)


def _check_rates(rates: Mapping[str, int | None] | None) -> None:
    for operation, rate in (rates or {}).items():
        if rate is not None:
            check_limits(f"max_rate of {operation}", rate, 1, _MAX_RATE)


def _warning_of(not_followed: Mapping[str, str]) -> str:
    entries = [f"{path} ({kind})" for path, kind in not_followed.items()]
    return f"Left alone because they are not regular files: {join_some(entries, ', ')}"


def _shown(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {**properties, "last_modified": shown_time(properties.get("last_modified"))}


def _one_result(outcome: ObjectOutcome) -> dict[str, Any]:
    """Return the result of a task for one object, None if the object is absent or would be."""
    found = outcome.plan.properties if outcome.plan else None
    result = {"object": None if found is None else {**dict.fromkeys(_PROPERTIES), **_shown(found)}}
    return {**result, "dest": outcome.desired.dest} if isinstance(outcome.desired, FileDeclaration) else result


def _kept(outcome: ObjectOutcome, is_diff: bool) -> KeptOutcome:
    diff = outcome.diff if is_diff else {}
    return KeptOutcome(outcome.desired, outcome.action, outcome.changed, outcome.error, outcome.started, diff)


def _listed_result(outcome: KeptOutcome) -> dict[str, Any]:
    return {
        "path": outcome.desired.name,
        "action": outcome.action,
        "error": str(outcome.error) if outcome.error else None,
    }
