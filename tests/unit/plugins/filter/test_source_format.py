# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""source_format: which tool wrote a source."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule
from ansible_collections.elemental.mediastore.plugins.plugin_utils._tools import TOOLS

ROOT = Path(__file__).resolve().parents[4]
FILES = ROOT / "tests" / "integration" / "targets" / "filters" / "files"
source_format = FilterModule().filters()["source_format"]
CLOUDFORMATION = ("a CloudFormation template", "from_cloudformation")
CLI = ("an answer of aws mediastore", "from_aws_cli")
FORMATS = {
    "cloudformation-cdn-secret.json": CLOUDFORMATION,
    "cloudformation-short-forms.template": CLOUDFORMATION,
    "get-template.json": CLOUDFORMATION,
    "get-generated-template.json": CLOUDFORMATION,
    "terraform-state.json": ("a Terraform state of version 4", "from_terraform"),
    "terraform-0.11.tfstate": ("a Terraform state of version 3", "from_terraform"),
    "cdk.tf.json": ("a configuration of Terraform in JSON", "from_terraform"),
    "crossplane.yaml": ("manifests of Crossplane", "from_terraform"),
    "stack.json": ("an exported stack of Pulumi", "from_pulumi"),
    "get-resource.json": ("an answer of aws cloudcontrol", "from_aws_cli"),
    "steampipe.json": ("rows of Steampipe", "from_aws_cli"),
    "answers/list-containers.json": CLI,
    **{f"answers/it-filters-saved/{path.name}": CLI for path in (FILES / "answers" / "it-filters-saved").iterdir()},
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_of_each_file(name):
    expected, filter_name = FORMATS[name]
    assert source_format((FILES / name).read_text()) == {"format": expected, "filter": filter_name}


def test_every_file_has_a_format():
    assert sorted(FORMATS) == sorted(str(path.relative_to(FILES)) for path in FILES.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", "an empty answer of the AWS CLI"),
        ("\n", "an empty answer of the AWS CLI"),
        ({"format_version": "1.2", "planned_values": {}}, "an output of terraform show -json"),
        ({"encrypted_data": "a", "lineage": "b"}, "a Terraform state"),
        ([{"Name": "a"}], "an answer of aws mediastore"),
    ],
)
def test_other_sources(source, expected):
    assert source_format(source)["format"] == expected


@pytest.mark.parametrize("source", [None, 5, [], {}, {"a": "b"}, "text", "[]", '{"a": 1}', "\udcff\udcfe{\x00"])
def test_a_source_without_a_format_is_one_sentence(source):
    with pytest.raises(AnsibleFilterError) as caught:
        source_format(source)
    assert str(caught.value).startswith("The source ")
    assert ": " in str(caught.value)


def test_the_documentation_names_all_formats():
    text = (ROOT / "plugins" / "filter" / "source_format.yml").read_text()
    description = " ".join(yaml.safe_load(text)["DOCUMENTATION"]["description"]).replace("C(", "").replace(")", "")
    for name in {tool.name for tool in TOOLS} - {"a Terraform state of version 4", "a Terraform state of version 3"}:
        assert name.removeprefix("a Terraform state") in description
