# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""from_files: which tool wrote each file, and the containers of all."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule
from ansible_collections.elemental.mediastore.plugins.plugin_utils._tools import TOOLS
from ansible_collections.elemental.mediastore.tests.unit.plugins.filter.saved_texts import COLUMNS, ERRORS, FAILURES

ROOT = Path(__file__).resolve().parents[4]
FILES = ROOT / "tests" / "integration" / "targets" / "filters" / "files"
PARAMETERS = {"AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012", "AWS::StackName": "stack"}
from_files = FilterModule().filters()["from_files"]
URN = "urn:pulumi:prod::media::aws:mediastore/container:Container::live"
CLOUDFORMATION = ("a CloudFormation template", "from_cloudformation")
CLI = ("an answer of aws mediastore", "from_aws_cli")
# The format and the filter of each file, and the names of its containers.
FORMATS = {
    "cloudformation-cdn-secret.json": (*CLOUDFORMATION, "stack"),
    "cloudformation-short-forms.template": (*CLOUDFORMATION, "live-prod"),
    "get-template.json": (*CLOUDFORMATION, "it-filters-template"),
    "get-generated-template.json": (*CLOUDFORMATION, "it-filters-generated"),
    "terraform-state.json": ("a Terraform state of version 4", "from_terraform", "channel_news", "channel_sports"),
    "terraform-0.11.tfstate": ("a Terraform state of version 3", "from_terraform", "it_filters_old"),
    "terraform-0.12.tfstate": ("a Terraform state of version 4", "from_terraform", "it_filters_flat"),
    "cdk.tf.json": ("a configuration of Terraform in JSON", "from_terraform", "it_filters_cdktf"),
    "crossplane.manifests": ("manifests of Crossplane", "from_terraform", "it-filters-crossplane"),
    "stack.json": ("an exported stack of Pulumi", "from_pulumi", "it-filters-pulumi"),
    "answers/list-containers.json": (*CLI, "it-filters-saved"),
    "get-resource.json": ("an answer of aws cloudcontrol", "from_aws_cli", "it-filters-control"),
    "steampipe.json": ("rows of Steampipe", "from_aws_cli", "it-filters-steampipe"),
    **{f"answers/it-filters-saved/{path.name}": CLI for path in (FILES / "answers" / "it-filters-saved").iterdir()},
}


def file(path, content="", **more):
    return {"path": path, "content": content, **more}


def files(*names):
    return [file(name, (FILES / name).read_text()) for name in names]


def message(*arguments):
    with pytest.raises(AnsibleFilterError) as caught:
        from_files(*arguments)
    return str(caught.value)


def test_files_of_all_tools():
    result = from_files(files(*FORMATS), PARAMETERS)
    shown = [(one["path"], one["format"], one["filter"]) for one in result["formats"]]
    assert shown == [(name, expected, filter_name) for name, (expected, filter_name, *_containers) in FORMATS.items()]
    expected = [container for _format, _filter, *containers in FORMATS.values() for container in containers]
    assert [container["name"] for container in result["containers"]] == expected


def test_what_a_format_never_contains():
    """The resources of Terraform's provider are a container, with tags, and its policy; Steampipe has three columns."""
    names = ["cloudformation-short-forms.template", "terraform-state.json", "stack.json", "steampipe.json"]
    of_provider = ["cors_policy", "lifecycle_policy", "metric_policy", "access_logging_enabled"]
    formats = from_files(files(*names), PARAMETERS)["formats"]
    assert [one["omits"] for one in formats] == [[], of_provider, of_provider, of_provider[:3]]
    assert [one["containers"] for one in formats] == [
        list(FORMATS[names[0]][2:]),
        list(FORMATS[names[1]][2:]),
        list(FORMATS[names[2]][2:]),
        [],
    ]


def test_the_hosts_of_containers():
    """Neither a template nor rows of Steampipe have the endpoint, and what is no endpoint of AWS is omitted."""
    names = [name for name in FORMATS if not name.startswith("answers/it-filters-saved/")]
    hosts = from_files(files(*names), PARAMETERS)["hosts"]
    first, second = (f"{one}.data.mediastore.eu-west-1.amazonaws.com" for one in ("abcdefgh123456", "ijklmnop123456"))
    assert hosts == {
        "it-filters-saved": first,
        "channel_news": first,
        "channel_sports": second,
        "it_filters_old": first,
        "it_filters_flat": first,
        "it-filters-pulumi": first,
        "it-filters-control": first,
    }
    other = {"Container": {"Name": "live", "Endpoint": "http://127.0.0.1:5110/live", "Status": "ACTIVE"}}
    assert from_files([file("a.json", other)])["hosts"] == {}


def test_answers_are_read_together():
    result = from_files(files("answers/it-filters-saved/list-tags-for-resource.json", "answers/list-containers.json"))
    expected = {"name": "it-filters-saved", "access_logging_enabled": True, "tags": {"channel": "news"}}
    assert result["containers"] == [expected]


def test_every_file_is_named_here():
    assert sorted(FORMATS) == sorted(str(path.relative_to(FILES)) for path in FILES.rglob("*") if path.is_file())


def test_empty_files_are_answers():
    found = {"path": "list.json", "content": {"Containers": []}}
    formats = from_files([found, file("live/cors.json"), file("live/policy.json", "\n")])["formats"]
    assert [one["format"] for one in formats[1:]] == ["an empty answer of the AWS CLI"] * 2


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"format_version": "1.2", "planned_values": {}}, "an output of terraform show -json"),
        ([{"Name": "a"}], "an answer of aws mediastore"),
    ],
)
def test_other_sources(content, expected):
    assert from_files([file("a", content)])["formats"][0]["format"] == expected


def test_the_arguments_are_those_of_the_filters():
    nested = {"Resources": {"A": {"Type": "AWS::CloudFormation::Stack"}}}
    assert from_files([file("a", nested)], {}, {}, {}, {"A": None})["containers"] == []
    assert "a: Resource A is a nested stack" in message([file("a", nested)])
    said = message(files("stack.json"), {}, {}, {}, {}, False, "us-east-1")
    assert said.startswith(
        "No container is in the region us-east-1: the source has containers in eu-west-1 (stack.json: "
    )


CONTAINER = "AWS::MediaStore::Container"


def template(**properties):
    return {"Resources": {"Live": {"Type": CONTAINER, "Properties": {"ContainerName": "live", **properties}}}}


def arn(name, region="eu-west-1", account="123456789012"):
    return f"arn:aws:mediastore:{region}:{account}:container/{name}"


def state(name, region="eu-west-1", account="123456789012"):
    attributes = {"name": name, "arn": arn(name, region, account)}
    resource = {"mode": "managed", "type": "aws_media_store_container", "name": name}
    return {"version": 4, "resources": [{**resource, "instances": [{"attributes": attributes}]}]}


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (
            [state("x"), state("y", "us-east-1")],
            "in the regions eu-west-1 (0.json: aws_media_store_container.x) and us-",
        ),
        ([state("x"), {"Container": {"Name": "y", "ARN": arn("y", account="9" * 12)}}], "in the accounts 123456789012"),
        ([template(), state("x", "us-east-1")], "in the regions eu-west-1 (0.json: Resource Live) and us-east-1"),
        ([template(), {"Container": {"Name": "y", "ARN": arn("y", account="9" * 12)}}], "in the accounts 123456789012"),
    ],
)
def test_files_of_several_regions_or_accounts_are_an_error(contents, words):
    given = [file(f"{number}.json", content) for number, content in enumerate(contents)]
    assert words in message(given, PARAMETERS)


def test_a_region_selects_the_containers_of_all_files():
    answer = {"Containers": [{"Name": name, "ARN": arn(name, region)} for name, region in REGIONS.items()]}
    given = [file("a", state("a")), file("b", state("b", "us-east-1")), file("t", template()), file("d", answer)]
    east = from_files(given, PARAMETERS, region="us-east-1")["containers"]
    assert [one["name"] for one in east] == ["b", "d"]
    west = from_files(given, PARAMETERS, region="eu-west-1")["containers"]
    assert [one["name"] for one in west] == ["a", "live", "c"]
    said = message(given, {}, {}, {}, {}, False, "eu-west-1")
    assert said.startswith("The region of t: Resource Live is not known: give AWS::Region in parameters, or omit")


REGIONS = {"c": "eu-west-1", "d": "us-east-1"}


def test_each_template_gets_the_parameters_and_stacks_that_it_declares():
    def declared(parameter, stack):
        container = {"Type": CONTAINER, "Properties": {"ContainerName": {"Ref": parameter}}}
        resources = {"Live": container, stack: {"Type": "AWS::CloudFormation::Stack"}}
        return {"Parameters": {parameter: {"Type": "String"}}, "Resources": resources}

    given = [file("a", declared("A", "S")), file("b", declared("B", "T"))]
    stacks = {"S": None, "T": None}
    result = from_files(given, {"A": "one", "B": "two"}, stacks=stacks)
    assert result["containers"] == [{"name": "one"}, {"name": "two"}]
    said = message(given, {"A": "one", "B": "two", "C": "three"}, {}, {}, stacks)
    assert said == "No template has the parameter C: remove it from parameters, or correct it"
    said = message(given, {"A": "one", "B": "two"}, {}, {}, {**stacks, "U": None})
    assert said == "No template has the nested stack U: remove it from stacks, or correct it"


def test_the_places_of_several_files():
    rules = [{"AllowedOrigins": ["*"]}]
    answers = [file("list.json", {"Containers": [{"Name": "a"}]}), file("a/cors.json", {"CorsPolicy": rules})]
    assert message(answers).startswith("Answer 2 (a/cors.json): CORS rule 1 of the container a has no AllowedMethods")
    given = [file("a", template()), file("b/c.json", {"Container": {"Name": "live"}})]
    assert message(given).startswith("a: Resource Live and Answer 1 (b/c.json) both declare the container live")
    assert message([file("a", template(CorsPolicy=rules))]).startswith("a: Resource Live: CORS rule 1 of the")


def test_an_empty_file_beside_a_template():
    assert from_files([file("a", template()), file("b/cors.json")])["containers"] == [{"name": "live"}]
    for given in ([], [file("a")]):
        assert message(given) == "All files are empty: give files with declarations or answers"


def test_saved_errors_are_named_although_the_file_may_be_yaml():
    for text in (*ERRORS, *FAILURES, *COLUMNS):
        said = message([file("a/b.txt", text)])
        assert "error" in said or "in columns" in said


def test_only_formats_that_can_be_read_are_listed():
    said = message([file("a", {})])
    assert "a Terraform state of version 3" in said
    assert "a Terraform state," not in said
    assert "an output of terraform," not in said


@pytest.mark.parametrize("content", [None, 5, [], {}, {"a": "b"}, "text", "[]", '{"a": 1}', "\udcff\udcfe{\x00"])
def test_a_file_without_a_format_is_named(content):
    said = message([file("dir/a.json", content)])
    assert said.startswith("dir/a.json ")
    assert ": " in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("text", "The files must be a list"),
        (["text"], "File 1 must be an object"),
        ([{"path": "a"}], "File 1 must have path and content"),
        ([file([], "")], "File 1: path must be text"),
        ([file("a", {"Resources": {}}, filter="from_other")], "a: filter must be one of from_cloudformation"),
        ([file("a", "", filter="from_terraform")], "it is neither a state nor a plan"),
        ([file("a", {"Resources": {}}, filter=[])], "a: filter must be one of from_cloudformation"),
        (
            [file("a", {"Containers": []}, filter="from_terraform")],
            "a is an answer of aws mediastore: use the filter elemental.mediastore.from_aws_cli, or give the output of",
        ),
        (
            [*files("stack.json"), *files("stack.json")],
            f"stack.json: {URN} and stack.json: {URN} both declare the container it-filters-pulumi",
        ),
        ([file("a/b.json", {"CorsPolicy": []})], "Answer 1 (a/b.json)"),
        ([file("main.tf", 'resource "aws_media_store_container" "a" {\n  name = "a"\n}\n')], "main.tf is HCL"),
        ([file("main.tf", "terraform {\n}\n")], "main.tf is HCL"),
        ([file("policy.txt", "An error occurred (PolicyNotFoundException) when calling")], "does not exist"),
        ([file("b.json", {"format_version": "1.0"})], "b.json: The Terraform data has no values"),
    ],
)
def test_bad_files_are_named(given, words):
    assert words in message(given)


def test_the_documentation_names_all_formats():
    text = (ROOT / "plugins" / "filter" / "from_files.yml").read_text()
    description = " ".join(yaml.safe_load(text)["DOCUMENTATION"]["description"]).replace("C(", "").replace(")", "")
    for tool in TOOLS:
        assert tool.name.partition(" of version")[0] in description
