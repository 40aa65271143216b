# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module in the process that Ansible has forked for its task, instead of in a new Python.

Most of the time of a task passes while a Python starts and imports boto3. _InProcess replaces three steps of
ActionBase._execute_module: it builds no payload, makes no temporary directory, and calls the module in place of the
connection. Everything else is Ansible's own code, so that arguments and results are the same.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import importlib
import io
import json
import locale
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.executor import module_common
from ansible.module_utils import basic
from ansible.module_utils.common import json as common_json
from ansible.module_utils.common import warnings
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.action.normal import ActionModule as NormalActionModule
from ansible.utils.display import Display

try:
    # ansible-core 2.19 and newer: profiles of JSON, crashes that are results, and warnings that a module that knows
    # that it runs in the controller would display itself.
    from ansible.module_utils import _internal
    from ansible.module_utils._internal import _traceback
    from ansible.module_utils._internal._ansiballz import _loader
except ImportError:
    _internal = _traceback = None

VARIABLE = "mediastore_in_process"
PLUGINS = __package__.rpartition(".")[0]
# The only one that modules in Python can have.
PROFILE = "legacy"
# An attribute with its value while a module runs: owner, name, value.
Attribute = tuple[Any, str, Any]
IN_MODULE: Attribute = (_internal, "is_controller", False)
# What warn() and deprecate() record while this file imports what modules import. In a new process each module records
# it, so the result of each task has it.
IMPORT_WARNINGS: list[Attribute] = [
    (warnings, name, type(getattr(warnings, name))()) for name in ("_global_warnings", "_global_deprecations")
]

display = Display()


@contextlib.contextmanager
def _replaced(attributes: list[Attribute]) -> Iterator[None]:
    """Set attributes, except those that this version of Ansible does not have, and restore them at the end."""
    attributes = [attribute for attribute in attributes if hasattr(*attribute[:2])]
    saved = [(owner, name, getattr(owner, name)) for owner, name, _value in attributes]
    try:
        for attribute in attributes:
            setattr(*attribute)
        yield
    finally:
        for attribute in saved:
            setattr(*attribute)


@functools.cache
def _create_loader(search_path: str | None = None) -> Any:
    """Return botocore's loader, which reads each file once."""
    from botocore import loaders

    return loaders.create_loader(search_path)


def preload(runner: str, *services: str) -> str:
    """Import what a module with this runner imports, and let botocore parse what it reads for clients of `services`.

    Ansible loads action plugins before it forks a process for each task, so all of these processes have it. Returns why
    the import failed, or an empty string.
    """
    # A module that has not yet read its arguments records each warning with a traceback.
    with_traceback: Attribute = (_traceback, "_is_traceback_enabled", lambda _event: True)
    try:
        import botocore.exceptions
        import botocore.session

        with _replaced([IN_MODULE, *IMPORT_WARNINGS, with_traceback]):
            importlib.import_module("ansible_collections.amazon.aws.plugins.module_utils.modules")
            importlib.import_module(f"{PLUGINS}.module_utils.{runner}")
    except ImportError as error:
        return str(error)
    # A version of botocore that lacks one of these is for the module to report.
    with contextlib.suppress(botocore.exceptions.BotoCoreError):
        for service in services:
            for model in ("service-2", "endpoint-rule-set-1"):
                _create_loader(None).load_service_model(service, model)
        for data in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
            _create_loader(None).load_data(data)
    # The garbage collector would visit all of this in each process, which also copies it.
    gc.freeze()
    return ""


OBSTACLE = preload("_mediastore.runner", "mediastore")


class InProcessActionModule(NormalActionModule):
    """Runs the module of the same name, in this process if it would run on the same interpreter anyway."""

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task and return its result."""
        if obstacle := self._obstacle(task_vars or {}):
            # A strategy can run modules in another way than Ansible does.
            owner = self._execute_module.__module__
            way = "in a new process" if owner == ActionBase.__module__ else f"as {owner} runs modules"
            _show(self, f"{way}: {obstacle}")
            result: dict[str, Any] = super().run(tmp, task_vars)
        else:
            result = _InProcess(
                self._task, self._connection, self._play_context, self._loader, self._templar, self._shared_loader_obj
            ).run(tmp, task_vars)
        return result

    def _obstacle(self, task_vars: dict[str, Any]) -> str:
        """Return why the module cannot run in this process, or an empty string."""
        host_vars = task_vars
        if self._task.delegate_to:
            host_vars = task_vars["ansible_delegated_vars"][self._task.delegate_to]
        if not boolean(self._templar.template(task_vars.get(VARIABLE, True)), strict=False):
            return f"{VARIABLE} is false"
        if self._connection.transport != "local":
            return f"the connection is {self._connection.transport}"
        if via := host_vars.get("mitogen_via"):
            # Mitogen's connection is local, but to that host.
            return f"mitogen_via is {via}"
        if self._connection.become:
            return "become is set"
        if self._task.async_val:
            return "async is set"
        if constants.DEFAULT_KEEP_REMOTE_FILES:
            return "keep_remote_files is set"
        interpreter = self._templar.template(
            constants.config.get_config_value("INTERPRETER_PYTHON", variables=host_vars)
        )
        if str(interpreter).startswith("auto"):
            interpreter = host_vars.get("ansible_facts", {}).get("discovered_interpreter_python", interpreter)
        if not _is_own_interpreter(str(interpreter)):
            return f"ansible_python_interpreter is {interpreter}"
        if sys.platform == "darwin" and not _omits_proxies({**os.environ, **_environment_of(self)}):
            return "macOS ends a forked process that looks up the proxies of the system, unless no_proxy is *"
        return OBSTACLE


class _InProcess(NormalActionModule):
    """Runs the module of a task in this process.

    Ansible does not load this class as a plugin, so no strategy can put its own methods before these, as Mitogen does.
    """

    def _is_pipelining_enabled(self, module_style: str, wrap_async: bool = False) -> bool:
        # With pipelining, Ansible makes no temporary directory.
        return True

    def _configure_module(self, module_name: str, module_args: dict[str, Any], task_vars: dict[str, Any]) -> Any:
        found = self._shared_loader_obj.module_loader.find_plugin_with_context(
            module_name, collection_list=self._task.collections
        )
        self._module, self._module_args = Path(found.plugin_resolved_path).stem, module_args
        return _built_module(f"#!{sys.executable}", found.plugin_resolved_path)

    def _low_level_execute_command(self, *args: Any, **kwargs: Any) -> Any:
        _show(self, "in Ansible's process")
        # The working directory is the one in which ActionBase runs commands of local connections.
        directory = self._loader.get_basedir()
        rc, stdout, stderr = run_module(self._module, self._module_args, _environment_of(self), directory)
        lines = {"stdout_lines": stdout.splitlines(), "stderr_lines": stderr.splitlines()}
        return {"rc": rc, "stdout": stdout, "stderr": stderr, **lines}


def _show(action: ActionBase, way: str) -> None:
    """Show with -vvv how a module runs."""
    display.vvv(f"{action._task.action} runs {way}", host=action._play_context.remote_addr)


def _environment_of(action: ActionBase) -> dict[str, str]:
    """Return the variables that the task adds to those of Ansible."""
    environment: dict[str, Any] = {}
    action._compute_environment_string(environment)
    return {variable: str(value) for variable, value in environment.items()}


def _omits_proxies(environment: Mapping[str, str]) -> bool:
    """Return whether urllib uses no proxy for any host, so that it does not look up those of the system."""
    # urllib prefers the variable in lower case, even if it is empty.
    return environment.get("no_proxy", environment.get("NO_PROXY")) == "*"


def run_module(
    name: str, arguments: dict[str, Any], environment: dict[str, str], directory: str = "."
) -> tuple[int, str, str]:
    """Call main() of a module of this collection; return its exit status and what it wrote to stdout and stderr.

    `arguments` are the module's options, with those that Ansible adds to them; `environment` are more variables, and
    `directory` is the working directory. Afterwards the process is as it was.
    """
    rc = 0
    with _module_process() as (stdout, stderr):
        os.environ.update(environment)
        os.chdir(directory)
        basic._ANSIBLE_ARGS = _to_json({"ANSIBLE_MODULE_ARGS": arguments})
        try:
            importlib.import_module(f"{PLUGINS}.modules.{name}").main()
        except SystemExit as end:
            rc = int(end.code or 0)
        except Exception as error:
            rc = 1
            _report_crash(error)
        except BaseException as error:
            # Ansible interrupts the module for the timeout of the task. It would show the context to the user: another
            # exception, which the module was handling at that moment.
            raise error from None
    return rc, stdout.getvalue(), stderr.getvalue()


@contextlib.contextmanager
def _module_process() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """Give a module what a new process gives it, and restore all of it; yield its stdout and stderr."""
    stdout, stderr = io.StringIO(), io.StringIO()
    values = [
        *[(sys, "stdout", stdout), (sys, "stderr", stderr)],
        *[(basic, "_ANSIBLE_ARGS", None), (basic, "_ANSIBLE_PROFILE", PROFILE), (basic, "_PARSED_MODULE_ARGS", None)],
        *[(owner, name, copy.copy(recorded)) for owner, name, recorded in IMPORT_WARNINGS],
        *[IN_MODULE, (sys.modules.get("botocore.session"), "create_loader", _create_loader)],
    ]
    # amazon.aws adds a handler for debug_botocore_endpoint_logs.
    log = logging.getLogger("botocore.endpoint")
    values += [(log, "handlers", [])]
    variables, language, level = dict(os.environ), locale.setlocale(locale.LC_ALL), log.level
    directory = os.open(".", os.O_RDONLY)
    os.umask(umask := os.umask(0))
    try:
        with _replaced(values):
            yield stdout, stderr
    finally:
        os.environ.clear()
        os.environ.update(variables)
        os.fchdir(directory)
        os.close(directory)
        os.umask(umask)
        locale.setlocale(locale.LC_ALL, language)
        log.setLevel(level)


def _is_own_interpreter(path: str) -> bool:
    """Return whether a path is the Python that runs Ansible: the same file in the same virtual environment."""

    def identity(path: str) -> tuple[str, bool | str]:
        directory = os.path.dirname(os.path.abspath(path))
        in_venv = os.path.exists(os.path.join(directory, os.pardir, "pyvenv.cfg"))
        return os.path.realpath(path), in_venv and os.path.realpath(directory)

    return identity(path) == identity(sys.executable)


def _built_module(shebang: str, path: str) -> Any:
    """Return what ActionBase._configure_module returns for a module with an empty payload."""
    if _internal:
        built = module_common._BuiltModule(
            b_module_data=b"", module_style="new", shebang=shebang, serialization_profile=PROFILE
        )
        return built, path
    return "new", shebang, b"", path


def _to_json(arguments: dict[str, Any]) -> bytes:
    """Return the arguments as Ansible sends them to a module."""
    if _internal:
        encoder = common_json.get_module_encoder(PROFILE, common_json.Direction.CONTROLLER_TO_MODULE)
        return json.dumps(arguments, cls=encoder).encode()
    return json.dumps(arguments, cls=common_json.AnsibleJSONEncoder, vault_to_text=True).encode()


def _report_crash(error: Exception) -> None:
    """Write what the process of a module writes for an exception that the module does not handle."""
    if _internal:
        with contextlib.suppress(SystemExit):
            _loader._handle_exception(error, PROFILE)
    else:
        traceback.print_exception(error)
