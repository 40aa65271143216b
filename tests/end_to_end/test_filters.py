# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples in the documentation of the filters run, and a second run changes nothing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "tests" / "integration" / "targets" / "filters" / "files"
FILTERS = sorted(path.stem for path in (ROOT / "plugins" / "filter").glob("*.yml"))
# Names in the examples that differ from those of the files.
NAMES = {
    "channels.yaml": "cloudformation-short-forms.template",
    "crossplane.yaml": "crossplane.manifests",
    "terraform.tfstate": "terraform-state.json",
}
# The policies in the files name a region.
REGION = "eu-west-1"
# The containers of a variable, each with the name of a bucket, which cannot contain an underscore. All tests share the
# buckets of one S3, so that the name of the filter is in it.
BUCKETS = """{{ found | zip(found | map(attribute='name') | map('replace', '_', '-')
  | map('regex_replace', '^(.*)$', '{"bucket": "FILTER-\\1"}') | map('from_json')) | map('combine') | list }}"""


@pytest.fixture
def play(run, endpoint_url, tmp_path):
    """A function that runs tasks in a directory with the files of the examples, and returns the output."""
    shutil.copytree(FILES, tmp_path, dirs_exist_ok=True)
    for name, file in NAMES.items():
        shutil.copy(FILES / file, tmp_path / name)

    def play(tasks, *arguments):
        playbook = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
        (tmp_path / "play.yml").write_text(yaml.safe_dump(playbook, sort_keys=False))
        return run(
            *["ansible-playbook", "play.yml", *arguments],
            *["--extra-vars", f"ansible_python_interpreter={sys.executable}"],
            AWS_URL=endpoint_url,
            AWS_REGION=REGION,
            AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
            AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        )

    return play


@pytest.mark.parametrize("name", FILTERS)
def test_examples_converge(play, name):
    documented = yaml.safe_load((ROOT / "plugins" / "filter" / f"{name}.yml").read_text())
    tasks = yaml.safe_load(documented["EXAMPLES"])
    assert f"| elemental.mediastore.{name}" in documented["EXAMPLES"]
    assert "changed=0" not in play(tasks)
    assert "changed=0" in play(tasks)


@pytest.mark.parametrize("name", FILTERS)
def test_examples_are_translated_to_s3(play, name):
    documented = yaml.safe_load((ROOT / "plugins" / "filter" / f"{name}.yml").read_text())
    tasks = []
    for task in yaml.safe_load(documented["EXAMPLES"]):
        declared = task.pop("elemental.mediastore.mediastore_containers", None)
        tasks.append({**task, "ansible.builtin.set_fact": {"found": declared["containers"]}} if declared else task)
        if declared:
            accept = ["lifecycle.seconds", "logging.no_bucket", "policy.public"]
            containers = BUCKETS.replace("FILTER", name.replace("_", "-"))
            tasks.append({"elemental.mediastore.mediastore_s3_buckets": {"containers": containers, "accept": accept}})
    assert "changed=0" not in play(tasks)
    assert "changed=0" in play(tasks)


def test_a_file_that_is_not_utf_8_is_named(play, tmp_path):
    text = (FILES / "get-template.json").read_text()
    (tmp_path / "utf-16.json").write_bytes(text.encode("utf-16"))
    (tmp_path / "latin-1.json").write_bytes((text + "\xe9").encode("latin-1"))
    lookup = "lookup('ansible.builtin.file', item) | elemental.mediastore.from_cloudformation"
    tasks = [
        {
            "elemental.mediastore.mediastore_containers": {"containers": "{{ " + lookup + " }}"},
            "loop": ["utf-16.json", "latin-1.json"],
            "register": "result",
            "ignore_errors": True,
        }
    ]
    said = play(tasks)
    assert "The template is not UTF-8 but UTF-16, as Windows PowerShell 5.1" in said
    assert "The template is not UTF-8 in line" in said


@pytest.mark.parametrize("name", FILTERS)
def test_ansible_doc_shows_the_documentation(run, name):
    shown = run("ansible-doc", "-t", "filter", f"elemental.mediastore.{name}")
    for heading in ("OPTIONS", "NOTES", "SEE ALSO", "EXAMPLES", "RETURN VALUES"):
        assert heading in shown
