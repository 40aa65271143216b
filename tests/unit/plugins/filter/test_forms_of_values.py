# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of each type in each source: what is text becomes text, and nothing else is guessed."""

from __future__ import annotations

import datetime
import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule

CONTAINER = "aws_media_store_container"
PULUMI = "aws:mediastore/container:Container"
FILTERS = FilterModule().filters()
from_files = FILTERS["from_files"]
from_cloudformation = FILTERS["from_cloudformation"]


def read(content, **options):
    """Return the one container of a source."""
    [container] = from_files([{"path": "a", "content": content}], **options)["containers"]
    return container


def message(content, **options):
    with pytest.raises(AnsibleFilterError) as caught:
        from_files([{"path": "a", "content": content}], **options)
    return str(caught.value)


def template(**properties):
    known = {"ContainerName": "live", **properties}
    return {"Resources": {"Live": {"Type": "AWS::MediaStore::Container", "Properties": known}}}


def state(**attributes):
    resource = {"mode": "managed", "type": CONTAINER, "name": "a", "instances": [{"attributes": attributes}]}
    return {"version": 4, "resources": [resource]}


def shown(**values):
    resource = {"address": f"{CONTAINER}.a", "mode": "managed", "type": CONTAINER, "values": values}
    return {"format_version": "1.0", "values": {"root_module": {"resources": [resource]}}}


def configuration(**values):
    return {"resource": {CONTAINER: {"a": values}}}


def manifest(name, tags):
    metadata = {"name": "a", "annotations": {"crossplane.io/external-name": name}}
    spec = {"forProvider": {"tags": tags}}
    return {"apiVersion": "mediastore.aws.upbound.io/v1beta1", "kind": "Container", "metadata": metadata, "spec": spec}


def stack(**outputs):
    resource = {"urn": f"urn:pulumi:prod::media::{PULUMI}::a", "type": PULUMI, "outputs": outputs}
    return {"version": 3, "deployment": {"resources": [resource]}}


def properties(**given):
    return {"ResourceDescription": {"Identifier": given["ContainerName"], "Properties": given}}


def listed(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


# A source with a container of a name and tags, for each format.
SOURCES = {
    "template": lambda name, tags: template(ContainerName=name, Tags=listed(tags)),
    "state": lambda name, tags: state(name=name, tags=tags),
    "shown": lambda name, tags: shown(name=name, tags=tags),
    "configuration": lambda name, tags: configuration(name=name, tags=tags),
    "manifest": manifest,
    "stack": lambda name, tags: stack(name=name, tags=tags),
    "cloud control": lambda name, tags: properties(ContainerName=name, Tags=listed(tags)),
    "rows": lambda name, tags: [{"name": name, "arn": None, "tags": tags, "status": "ACTIVE"}],
    "rows with tags_src": lambda name, tags: [{"name": name, "tags_src": listed(tags), "status": "ACTIVE"}],
}
# Model shape Tag, whose value can be missing.
LISTS_OF_TAGS = ("template", "cloud control", "rows with tags_src")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("live", "live"),
        ("", ""),
        (5, "5"),
        (0, "0"),
        (-5, "-5"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        (datetime.date(2025, 11, 13), "2025-11-13"),
        ("123456789012", "123456789012"),
    ],
)
def test_what_can_be_text_is_text(value, text):
    for name, source in SOURCES.items():
        assert read(source(value or "live", {"a": value})) == {
            "name": text if value else "live",
            "tags": {"a": text},
        }, name


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "must be text, but it is null"),
        ([], "must be text, but it is a list"),
        (["a"], "must be text, but it is a list"),
        ({"a": "b"}, "must be text, but it is an object"),
    ],
)
def test_what_is_no_text_is_named(value, words):
    for name, source in SOURCES.items():
        assert words in message(source(value, {})), name
        if value is not None or name not in LISTS_OF_TAGS:
            assert words in message(source("live", {"a": value})), name


@pytest.mark.parametrize("value", [{}, {"Value": None}, {"Value": ""}])
@pytest.mark.parametrize("source", LISTS_OF_TAGS)
def test_a_tag_without_a_value_is_empty(source, value):
    """Model shape TagValue allows an empty value, and model shape Tag requires only the key."""
    content = json.dumps(SOURCES[source]("live", {"a": "VALUE"}))
    written = json.dumps({"Key": "a", "Value": "VALUE"})
    assert read(content.replace(written, json.dumps({"Key": "a", **value}))) == {"name": "live", "tags": {"a": ""}}


@pytest.mark.parametrize("source", ["cloud control", "rows", "rows with tags_src"])
def test_tags_of_aws_are_no_declaration(source):
    """The prefix is reserved in any case: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html."""
    others = {"awsx": "b", "a:aws:": "c"}
    reserved = dict.fromkeys(["aws:cloudformation:stack-name", "AWS:x", "Aws:x", "aWs:"], "a")
    assert read(SOURCES[source]("live", {**reserved, **others})) == {"name": "live", "tags": others}


LOGGED = {
    "template": lambda value: template(AccessLoggingEnabled=value),
    "cloud control": lambda value: properties(ContainerName="live", AccessLoggingEnabled=value),
    "answer": lambda value: {"Container": {"Name": "live", "AccessLoggingEnabled": value}},
    "rows": lambda value: [{"name": "live", "status": "ACTIVE", "access_logging_enabled": value}],
}


@pytest.mark.parametrize("source", LOGGED)
def test_booleans_can_be_text(source):
    for value in (True, "true", "True", "TRUE"):
        assert read(LOGGED[source](value)) == {"name": "live", "access_logging_enabled": True}, value
    # Steampipe writes false for what the service did not say.
    known = {} if source == "rows" else {"access_logging_enabled": False}
    for value in (False, "false", "False"):
        assert read(LOGGED[source](value)) == {"name": "live", **known}, value


@pytest.mark.parametrize("source", LOGGED)
def test_what_is_no_boolean_is_named(source):
    for value in ("", "yes", "on", "1", 1, 0, 1.0):
        assert "must be true or false" in message(LOGGED[source](value)), value
    for value in ([], {}, [True]):
        assert "must be text" in message(LOGGED[source](value)), value


@pytest.mark.parametrize(("value", "is_included"), [(True, True), ("True", True), ("yes", None), (False, False)])
def test_include_sensitive_can_be_text(value, is_included):
    source = state(name="live", tags={})
    marks = [[{"type": "get_attr", "value": "tags"}]]
    source["resources"][0]["instances"][0]["sensitive_attributes"] = marks
    if is_included:
        assert read(source, include_sensitive=value) == {"name": "live", "tags": {}}
    else:
        words = "include_sensitive must be true or false" if is_included is None else "is sensitive"
        assert words in message(source, include_sensitive=value)


RULED = {
    "template": lambda rule: template(CorsPolicy=[rule]),
    "cloud control": lambda rule: properties(ContainerName="live", CorsPolicy=[rule]),
    "answer": lambda rule: [{"Container": {"Name": "live"}}, {"CorsPolicy": [rule]}],
}


def read_rule(source, **members):
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], **members}
    content = RULED[source](rule)
    if source != "answer":
        return read(content)["cors_policy"][0]
    [container] = FILTERS["from_aws_cli"]([content[0], {"name": "live", "answer": content[1]}])
    return container["cors_policy"][0]


@pytest.mark.parametrize("source", RULED)
def test_ages_can_be_text(source):
    """Model shape MaxAgeSeconds is 0 to 2147483647."""
    fine = {"allowed_origins": ["*"], "allowed_methods": ["GET"]}
    for age in (0, 3000, 2147483647):
        for written in (age, str(age)):
            assert read_rule(source, MaxAgeSeconds=written) == {**fine, "max_age_seconds": age}


@pytest.mark.parametrize("source", RULED)
def test_what_is_no_age_is_named(source):
    for age in (True, 1.5, -1, "", "1.0", "1 h", "-1", "１", [], {}):
        with pytest.raises(AnsibleFilterError, match=r"rule 1: MaxAgeSeconds must be "):
            read_rule(source, MaxAgeSeconds=age)


@pytest.mark.parametrize("source", RULED)
def test_members_that_are_omitted_null_or_empty(source):
    lists = {"AllowedHeaders": "allowed_headers", "ExposeHeaders": "expose_headers"}
    fine = {"allowed_origins": ["*"], "allowed_methods": ["GET"]}
    assert read_rule(source) == fine
    for member, option in lists.items():
        assert read_rule(source, **{member: None}) == fine
        assert read_rule(source, **{member: []}) == {**fine, option: []}
        assert read_rule(source, **{member: ["a", 5]}) == {**fine, option: ["a", "5"]}


# The types that the template of a parameter can have, with what they are.
LISTS = [
    "CommaDelimitedList",
    "List<String>",
    "List<AWS::EC2::Subnet::Id>",
    "List<AWS::EC2::AvailabilityZone::Name>",
    "AWS::SSM::Parameter::Value<List<String>>",
    "AWS::SSM::Parameter::Value<CommaDelimitedList>",
    "AWS::SSM::Parameter::Value<List<AWS::EC2::Image::Id>>",
]
TEXTS = [
    "String",
    "AWS::EC2::Image::Id",
    "AWS::SSM::Parameter::Name",
    "AWS::SSM::Parameter::Value<String>",
    "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
]


def joined(kind, given, default=None):
    """Return the tag that Fn::Join makes of a parameter that is a list, or the tag that is the parameter."""
    reference = {"Ref": "P"}
    value = {"Fn::Join": ["+", reference]} if kind in LISTS or kind == "List<Number>" else reference
    source = template(Tags=[{"Key": "a", "Value": value}])
    source["Parameters"] = {"P": {"Type": kind, **({} if default is None else {"Default": default})}}
    [container] = from_cloudformation(source, {} if given is None else {"P": given})
    return container["tags"]["a"]


@pytest.mark.parametrize("kind", LISTS)
def test_parameters_that_are_lists(kind):
    for given in ("a,b", "a, b", " a ,b ", ["a", "b"], ["a,b"]):
        assert joined(kind, given) == "a+b", given


@pytest.mark.parametrize(("given", "expected"), [([1, 2.5], "1+2.5"), ("1, 2", "1+2"), ([1, "2"], "1+2"), (5, "5")])
def test_parameters_that_are_lists_of_numbers(given, expected):
    assert joined("List<Number>", given) == expected


@pytest.mark.parametrize("kind", LISTS[:4])
def test_items_of_a_list_that_are_no_text(kind):
    assert joined(kind, ["a", 1, True, 1.5]) == "a+1+true+1.5"


@pytest.mark.parametrize("kind", TEXTS)
def test_parameters_that_are_text(kind):
    for given, expected in (("a, b", "a, b"), (5, "5"), (True, "true"), (1.5, "1.5")):
        assert joined(kind, given) == expected


@pytest.mark.parametrize("kind", [*LISTS, *TEXTS])
def test_the_default_of_a_stored_value_is_its_key(kind):
    """The value is in AWS Systems Manager, and a key such as /media/names is not it."""
    if "::Value<" not in kind:
        assert joined(kind, None, "/media/names") == "/media/names"
        return
    with pytest.raises(AnsibleFilterError, match=r"the parameter P has no value: give it in parameters"):
        joined(kind, None, "/media/names")
    assert joined(kind, "given", "/media/names") == "given"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ('"5"', "5"),
        ("true", True),
        ("True", True),
        ("yes", True),
        ("off", False),
        ('"true"', "true"),
        ("~", None),
        ("null", None),
        ("", None),
        # CloudFormation treats dates as text, and an account ID is no octal number.
        ("2012-10-17", "2012-10-17"),
        ("012345670123", "012345670123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.5", "1.5"),
        ("1e3", "1e3"),
        ("12:30:45", "12:30:45"),
        ("[1, a]", [1, "a"]),
        ("{a: -1}", {"a": -1}),
    ],
)
def test_scalars_of_yaml_in_documents(written, expected):
    text = f"""
Resources:
  Live:
    Type: AWS::MediaStore::Container
    Properties:
      ContainerName: live
      Policy:
        Value: {written}
"""
    assert read(text)["policy"] == {"Value": expected}
