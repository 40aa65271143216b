# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What describes one format of a tool, and the text that tools write. Pure functions."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, NamedTuple

from ._data import Budget, DeclarationError, load_json, readable
from ._yaml_text import load_yaml

# The way out for most data of Terraform.
SHOW = "give the output of `terraform show -json`"
_JSON = re.compile(r'\s*[\[{]\s*(?:["{}\[\]]|-?[0-9]|$)')
_LOG = re.compile(r'\{"@level":')
_MANIFEST = re.compile(r"^ *(?:- )?apiVersion:", re.MULTILINE)
# The first characters in which text is searched for an error: messages of errors are short.
_MAX_ERROR = 10_000
_CODE = r"An error occurred \(([\w.]+)\)|([A-Z]\w{1,80}Exception): "
_ERROR = re.compile(rf"\s*(?:aws: \[ERROR\]: )?(?:{_CODE})")
# After warnings, or as the SDK for Go writes it.
_LATER_ERROR = re.compile(rf"^(?:aws: \[ERROR\]: |operation error [^\n]*, )?(?:{_CODE})", re.MULTILINE)
# What the AWS CLI writes without a code.
_FAILURE = re.compile(
    r"\s*(?:aws: \[ERROR\]: |aws: error: |usage: (?:aws|Note: AWS)|Could not connect to |Unable to locate credentials"
    r"|Partial credentials found |You must specify a region|The config profile |Error (?:when retrieving|loading) "
    r"|(?:Connect|Read) timeout on endpoint |Connection was closed before "
    r"|SSL validation failed |Failed to connect to )"
)
_TABLE = re.compile(r"\s*(?:-{4,}|\+-[-+]*)[ \t]*\r?\n\s*\|")
_COLUMNS = re.compile(r"\s*[^\n]*\t")
# In YAML, which can contain tabs: the name of a member in capital letters, after what --query makes the first line.
_NAMED_COLUMNS = re.compile(r"\s*(?:[\w.-]+\r?\n)?[A-Z][A-Z0-9]*\t")
_YAML = re.compile(r"""\s*(?:---\s|-\s|["']?[\w:.-]+["']?:(?:\s|$))""")
_HCL = re.compile(r'^[ \t]*(?:(?:resource|module|provider|variable|data) +"|(?:terraform|locals) *\{)', re.MULTILINE)
# Lines that the AWS CLI prints after a template in YAML with --output text.
_STAGES = "STAGESAVAILABLE\t"
_ABSENT = (
    "PolicyNotFoundException",
    "CorsPolicyNotFoundException",
    "ContainerNotFoundException",
    "ResourceNotFoundException",
)


class Tool(NamedTuple):
    """A format: how messages name it, its filter, whether data has it, what reads it, and whether that is possible.

    `read` gets the data, its name in messages and the budget. What it returns is what the filter takes: the template,
    the resources of _provider.py, or the statements of _answers.py. `omits` are the options of containers that data in
    this format never has.
    """

    name: str
    filter: str
    recognizes: Callable[[Any], bool]
    read: Callable[[Any, str, Budget], Any]
    is_readable: bool = True
    omits: tuple[str, ...] = ()


def load_text(source: str, what: str, budget: Budget, is_yaml: bool = False) -> Any:
    """Return the data of JSON text, of manifests of Kubernetes, and if `is_yaml` of other YAML.

    Several manifests are a list. Raises DeclarationError for other text, with what it is.
    """
    source = readable(source, what)
    if _LOG.match(source):
        raise DeclarationError(f"{what} is the log of `terraform plan -json`: {SHOW}")
    if _is_json(source):
        return load_json(source, what, budget)
    _check_kind(source, what, is_yaml)
    has_manifests = bool(_MANIFEST.search(source))
    if not (is_yaml or has_manifests):
        _check_language(source, what)
        _check_yaml(source, what)
        return load_json(source, what, budget)
    try:
        documents = load_yaml(_without_stages(source), what, budget, is_single=not has_manifests)
    except DeclarationError:
        _check_language(source, what)
        raise
    first = documents[0] if documents else None
    if not isinstance(first, (dict, list)):
        _check_language(source, what)
    return documents if len(documents) > 1 else first


def _is_json(source: str) -> bool:
    """Return whether text is JSON, valid or not: an object, a list, or text as a whole."""
    stripped = source.strip()
    if not stripped.startswith('"'):
        return bool(_JSON.match(source))
    try:
        _value, end = json.JSONDecoder(strict=False).raw_decode(stripped)
    except ValueError:
        return False
    return end == len(stripped)


def _without_stages(source: str) -> str:
    if _STAGES not in source:
        return source
    lines = source.split("\n")
    while lines and (not lines[-1].strip() or lines[-1].startswith(_STAGES)):
        lines.pop()
    return "\n".join([*lines, ""])


def _check_kind(source: str, what: str, is_yaml: bool) -> None:
    """Raise DeclarationError for text that is known, and that does not contain what a filter needs."""
    if error := _ERROR.match(source):
        raise saved_error(error[1] or error[2], what)
    if _FAILURE.match(source):
        raise DeclarationError(f"{what} is an error message and not an answer: run the command again, or remove it")
    if _TABLE.match(source):
        raise DeclarationError(f"{what} is a table, as `--output table` prints: save it with `--output json`")
    if _NAMED_COLUMNS.match(source) or (not is_yaml and _COLUMNS.match(source)):
        raise DeclarationError(
            f"{what} is in columns, as `--output text` prints objects, without the names of their members: save it"
            " with `--output json`"
        )


def _check_language(source: str, what: str) -> None:
    """Raise DeclarationError for text in another language than JSON and YAML."""
    if _HCL.search(source):
        raise DeclarationError(f"{what} is HCL, which only Terraform can evaluate: {SHOW}")
    if error := _LATER_ERROR.search(source[:_MAX_ERROR]):
        raise saved_error(error[1] or error[2], what)


def _check_yaml(source: str, what: str) -> None:
    if _YAML.match(source):
        raise DeclarationError(
            f"{what} is not valid JSON but YAML: parse it with the filter ansible.builtin.from_yaml, or save it with"
            " `--output json`"
        )


def saved_error(code: str, what: str) -> DeclarationError:
    """Return the exception for an answer that is an error of the AWS CLI or an SDK."""
    if code in _ABSENT:
        return DeclarationError(f"{what} is the error {code}, so the configuration does not exist: remove it")
    return DeclarationError(f"{what} is the error {code} and not an answer: run the command again, or remove it")
