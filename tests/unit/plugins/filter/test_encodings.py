# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same text in every encoding in which tools and shells save it, for a file of each tool."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule
from ansible_collections.elemental.mediastore.tests.unit.plugins.filter.saved_texts import COLUMNS, ERRORS, FAILURES

FILES = Path(__file__).resolve().parents[3] / "integration" / "targets" / "filters" / "files"
NAMES = sorted(str(path.relative_to(FILES)) for path in FILES.rglob("*") if path.is_file())
PARAMETERS = {"AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012", "AWS::StackName": "stack"}
TABLES = ["-------\n|  X  |\n+-----+\n", "+-----+\n|  X  |\n+-----+\n", "\n--------------\n| ListContainers |\n"]
from_files = FilterModule().filters()["from_files"]


def from_windows(text):
    return text.replace("\n", "\r\n")


def with_mark(text):
    return f"\ufeff{text}"


# What an editor or a shell makes of the same text.
SAVED = {
    "byte order mark": with_mark,
    "CRLF": from_windows,
    "byte order mark and CRLF": lambda text: with_mark(from_windows(text)),
    "a line before and after": lambda text: f"\n{text}\n",
    "spaces after": lambda text: f"{text}  \n",
}


def read(name, change=lambda text: text):
    """Return the formats and containers of a file, and of the list of containers that answers refer to."""
    text = (FILES / name).read_text()
    listed = "answers/list-containers.json"
    others = [{"path": listed, "content": (FILES / listed).read_text()}] if name.startswith("answers/it") else []
    return from_files([{"path": name, "content": change(text)}, *others], PARAMETERS)


def said_about(content):
    with pytest.raises(AnsibleFilterError) as caught:
        from_files([{"path": "a.txt", "content": content}])
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_means_the_same_however_it_is_saved(name):
    expected = read(name)
    for how, change in SAVED.items():
        assert read(name, change) == expected, how


@pytest.mark.parametrize("text", [*ERRORS, *FAILURES, *COLUMNS, *TABLES])
def test_what_is_no_answer_is_named_however_it_is_saved(text):
    said = said_about(text)
    assert " is the error " in said or " is an error message " in said or " in columns" in said or " a table" in said
    for how, change in SAVED.items():
        assert said_about(change(text)) == said, how


# Ansible reads a file as UTF-8 and keeps other bytes as surrogates; other programs read each byte as a character.
@pytest.mark.parametrize("decode", [("utf-8", "surrogateescape"), ("latin-1", "strict")], ids=["Ansible", "Latin-1"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(encoding, decode):
    for name in ("stack.json", "cloudformation-short-forms.template", "crossplane.manifests"):
        for text in ((FILES / name).read_text(), with_mark((FILES / name).read_text())):
            said = said_about(text.encode(encoding).decode(*decode))
            assert said.startswith("a.txt is not UTF-8 but UTF-16, as Windows PowerShell 5.1 redirects output"), name


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp437"])
def test_another_encoding_is_named_with_its_line(encoding):
    text = '{\n  "Containers": [\n    {"Name": "é"}]}'.encode(encoding).decode("utf-8", "surrogateescape")
    assert said_about(text).startswith("a.txt is not UTF-8 in line 3: convert it")
