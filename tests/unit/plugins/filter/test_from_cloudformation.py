# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""from_cloudformation: containers of templates, worked out by hand from the documentation of the functions."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from jinja2 import StrictUndefined

from ansible_collections.elemental.mediastore.plugins.filter.declarations import FilterModule
from ansible_collections.elemental.mediastore.plugins.plugin_utils import _data, _parameters

FILES = Path(__file__).resolve().parents[3] / "integration" / "targets" / "filters" / "files"
PSEUDO = {"AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012", "AWS::StackName": "news"}
from_cloudformation = FilterModule().filters()["from_cloudformation"]


def template(properties, **sections):
    """Return a template with one container, whose name is live unless the properties contain another."""
    container = {"Type": "AWS::MediaStore::Container", "Properties": {"ContainerName": "live", **properties}}
    return {"Resources": {"Live": container}, **sections}


def resolved(expression, parameters=None, imports=None, resources=None, **sections):
    """Return what an expression becomes as the value of a tag."""
    source = template({"Tags": [{"Key": "tag", "Value": expression}]}, **sections)
    [container] = from_cloudformation(source, parameters or PSEUDO, imports, resources)
    return container["tags"]["tag"]


def message(source, *arguments):
    with pytest.raises(AnsibleFilterError) as caught:
        from_cloudformation(source, *arguments)
    return str(caught.value)


def message_of(expression, **sections):
    return message(template({"Tags": [{"Key": "tag", "Value": expression}]}, **sections))


def test_a_template_with_all_properties_becomes_all_options():
    properties = {
        "AccessLoggingEnabled": True,
        "Tags": [{"Key": "channel", "Value": "news"}, {"Key": "number", "Value": 1}, {"Key": "live", "Value": True}],
        "Policy": '{"Version": "2012-10-17", "Statement": []}',
        "CorsPolicy": [
            {
                "AllowedOrigins": ["*"],
                "AllowedMethods": ["GET"],
                "AllowedHeaders": ["Range"],
                "ExposeHeaders": ["ETag"],
                "MaxAgeSeconds": "3000",
            },
            {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["PUT"]},
        ],
        "LifecyclePolicy": '{"rules": []}',
        "MetricPolicy": {
            "ContainerLevelMetrics": "DISABLED",
            "MetricPolicyRules": [{"ObjectGroup": "live/*", "ObjectGroupName": "live"}],
        },
    }
    expected = {
        "name": "live",
        "access_logging_enabled": True,
        "tags": {"channel": "news", "number": "1", "live": "true"},
        "policy": {"Version": "2012-10-17", "Statement": []},
        "cors_policy": [
            {
                "allowed_origins": ["*"],
                "allowed_methods": ["GET"],
                "allowed_headers": ["Range"],
                "expose_headers": ["ETag"],
                "max_age_seconds": 3000,
            },
            {"allowed_origins": ["https://a.example"], "allowed_methods": ["PUT"]},
        ],
        "lifecycle_policy": {"rules": []},
        "metric_policy": {
            "container_level_metrics": False,
            "rules": [{"object_group": "live/*", "object_group_name": "live"}],
        },
    }
    assert from_cloudformation(template(properties)) == [expected]
    assert from_cloudformation(json.dumps(template(properties))) == [expected]


def test_a_property_that_the_template_omits_is_no_option():
    assert from_cloudformation(template({})) == [{"name": "live"}]


def test_a_metric_policy_without_rules_has_no_rules():
    source = template({"MetricPolicy": {"ContainerLevelMetrics": "ENABLED"}})
    assert from_cloudformation(source)[0]["metric_policy"] == {"container_level_metrics": True, "rules": []}


def test_a_policy_can_be_an_object():
    source = template({"Policy": {"Version": "2012-10-17", "Statement": {"Resource": {"Fn::Sub": "${AWS::Region}"}}}})
    assert from_cloudformation(source, PSEUDO)[0]["policy"]["Statement"] == {"Resource": "eu-west-1"}


def test_other_resources_and_sections_are_ignored():
    source = template(
        {}, Outputs={"Endpoint": {"Value": {"Fn::GetAtt": ["Live", "Endpoint"]}}}, Metadata={"any": {"Ref": "None"}}
    )
    source["Resources"]["Live"].update(DependsOn="Topic", DeletionPolicy="Retain", Metadata={"aws:cdk:path": "a"})
    source["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic", "Properties": {"Name": {"Ref": "None"}}}
    source["Resources"]["Fn::ForEach::Topics"] = ["Name", ["a"], {"T${Name}": {"Type": "AWS::SNS::Topic"}}]
    source["Transform"] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"]
    assert from_cloudformation(source) == [{"name": "live"}]


def test_the_case_of_a_secret_between_cdn_and_container():
    [container] = from_cloudformation((FILES / "cloudformation-cdn-secret.json").read_text(), PSEUDO)
    assert container == {
        "name": "news",
        "access_logging_enabled": True,
        "cors_policy": [
            {
                "allowed_headers": ["*"],
                "allowed_methods": ["GET"],
                "allowed_origins": ["*"],
                "expose_headers": ["*"],
                "max_age_seconds": 3000,
            }
        ],
        "lifecycle_policy": {
            "rules": [
                {
                    "definition": {"path": [{"wildcard": "*"}], "days_since_create": [{"numeric": [">", 30]}]},
                    "action": "EXPIRE",
                }
            ]
        },
        "metric_policy": {"container_level_metrics": True, "rules": []},
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "MediaStoreDefaultPolicy",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": ["mediastore:GetObject", "mediastore:DescribeObject"],
                    "Resource": "arn:aws:mediastore:eu-west-1:123456789012:container/news/*",
                    "Condition": {
                        "StringEquals": {"aws:UserAgent": "not-a-secret"},
                        "Bool": {"aws:SecureTransport": "true"},
                    },
                }
            ],
        },
    }


@pytest.mark.parametrize(
    ("stage", "logging", "days"), [(None, {"access_logging_enabled": True}, 28), ("test", {}, 1)], ids=["prod", "test"]
)
def test_the_case_of_short_forms(stage, logging, days):
    parameters = {**PSEUDO, **({"Stage": stage} if stage else {})}
    [container] = from_cloudformation((FILES / "cloudformation-short-forms.template").read_text(), parameters)
    name = f"live-{stage or 'prod'}"
    objects = f"arn:aws:mediastore:eu-west-1:123456789012:container/{name}/*"
    encoder, cdn = container["policy"]["Statement"]
    assert encoder["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/encoder"}
    assert (encoder["Resource"], cdn["Resource"]) == (objects, objects)
    source = "arn:aws:cloudfront::123456789012:distribution/EXAMPLE"
    assert cdn["Condition"] == {"StringEquals": {"AWS:SourceArn": source}}
    by_days, by_seconds = container["lifecycle_policy"]["rules"]
    assert by_days["definition"]["days_since_create"] == [{"numeric": [">", days]}]
    assert by_seconds["definition"]["seconds_since_create"] == [{"numeric": [">", 8]}]
    assert container["cors_policy"][0] == {
        "allowed_origins": ["http://*.example.com", "https://player.example.com:8443"],
        "allowed_methods": ["GET", "HEAD"],
        "allowed_headers": ["Range"],
        "max_age_seconds": 0,
    }
    assert container["metric_policy"]["rules"] == [
        {"object_group": "baseball/saturday", "object_group_name": "baseballGroup"},
        {"object_group": "football/*", "object_group_name": "footballGroup"},
    ]
    assert {key: container[key] for key in ("name", "tags")} == {"name": name, "tags": {"Stage": stage or "prod"}}
    assert {key: value for key, value in container.items() if key == "access_logging_enabled"} == logging


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "Days"}, "30"),
        ({"Ref": "Other"}, "other-eu-west-1"),
        ({"Fn::GetAtt": ["Other", "Arn"]}, "arn:aws:mediastore:eu-west-1:123456789012:container/other-eu-west-1"),
        ({"Fn::GetAtt": "Role.Arn"}, "arn:aws:iam::123456789012:role/encoder"),
        ({"Ref": "Role"}, "encoder"),
        ({"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-cdn"}}, "imported"),
        ({"Fn::Sub": "a-${Days}-${!Literal}-${Role.Arn}"}, "a-30-${Literal}-arn:aws:iam::123456789012:role/encoder"),
        ({"Fn::Sub": ["${one}${AWS::Region}", {"one": {"Ref": "Days"}}]}, "30eu-west-1"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Days"}, {"Ref": "AWS::NoValue"}, 5]]}, "a-30-5"),
        ({"Fn::Join": ["+", {"Ref": "List"}]}, "x+y"),
        ({"Fn::Select": [1, {"Fn::Split": ["//", "https://host"]}]}, "host"),
        ({"Fn::Select": ["0", {"Ref": "List"}]}, "x"),
        ({"Fn::FindInMap": ["Map", {"Ref": "AWS::AccountId"}, "Key"]}, "mapped"),
        ({"Fn::FindInMap": ["Map", "no", "Key", {"DefaultValue": {"Ref": "Days"}}]}, "30"),
        ({"Fn::If": ["IsEu", "yes", {"Ref": "Unknown"}]}, "yes"),
        ({"Fn::If": ["IsNotEu", {"Ref": "Unknown"}, "no"]}, "no"),
        ({"Fn::If": ["Both", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Neither", "yes", "no"]}, "no"),
        ({"Fn::If": ["NumberIsText", "yes", "no"]}, "yes"),
        ({"Fn::Base64": "news"}, "bmV3cw=="),
        ({"Fn::Length": {"Ref": "List"}}, "2"),
        ({"Fn::ToJsonString": {"a": [1, {"Ref": "Days"}]}}, '{"a":[1,"30"]}'),
    ],
)
def test_functions_are_resolved(expression, expected):
    sections = {
        "Parameters": {"Days": {"Type": "Number", "Default": 30}, "List": {"Type": "CommaDelimitedList"}},
        "Mappings": {"Map": {"123456789012": {"Key": "mapped"}}},
        "Conditions": {
            "IsEu": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
            "IsNotEu": {"Fn::Not": [{"Condition": "IsEu"}]},
            "Both": {"Fn::And": [{"Condition": "IsEu"}, {"Fn::Or": [{"Condition": "IsNotEu"}, {"Condition": "IsEu"}]}]},
            "Neither": {"Fn::Or": [{"Condition": "IsNotEu"}, {"Fn::Not": [{"Condition": "Both"}]}]},
            "NumberIsText": {"Fn::Equals": [{"Ref": "Days"}, 30]},
        },
    }
    source = template({"Tags": [{"Key": "tag", "Value": expression}]}, **sections)
    other = {"ContainerName": {"Fn::Sub": "other-${AWS::Region}"}}
    source["Resources"]["Other"] = {"Type": "AWS::MediaStore::Container", "Properties": other}
    source["Resources"]["Role"] = {"Type": "AWS::IAM::Role"}
    resources = {"Role": "encoder", "Role.Arn": "arn:aws:iam::123456789012:role/encoder"}
    parameters = {**PSEUDO, "List": "x, y"}
    containers = from_cloudformation(source, parameters, {"news-cdn": "imported"}, resources)
    assert containers == [{"name": "live", "tags": {"tag": expected}}, {"name": "other-eu-west-1"}]


@pytest.mark.parametrize(
    ("short", "expected"),
    [
        ("!Ref AWS::Region", "eu-west-1"),
        ("!Sub 'a-${AWS::Region}'", "a-eu-west-1"),
        ("!Sub ['${x}', {x: !Ref AWS::StackName}]", "news"),
        ("!Join [':', [a, !Ref AWS::Region]]", "a:eu-west-1"),
        ("!Select [1, !Split [',', 'a,b']]", "b"),
        ("!FindInMap [Accounts, 012345670123, Name]", "octal"),
        ("!If [IsEu, !ImportValue export, b]", "imported"),
        ("!GetAtt Role.Outputs.Arn", "role"),
        ("!GetAtt [Role, Outputs.Arn]", "role"),
        ("!Base64 news", "bmV3cw=="),
        ("Fn::Sub: '${AWS::Region}'", "eu-west-1"),
        ("2025-11-13", "2025-11-13"),
        ("012345670123", "012345670123"),
        ("1_000", "1_000"),
        ("1.10", "1.10"),
        ("yes", "true"),
        ("!!str 5", "5"),
        ("&anchor text", "text"),
    ],
)
def test_short_forms_and_scalars_of_yaml(short, expected):
    text = f"""
AWSTemplateFormatVersion: 2010-09-09
Mappings:
  Accounts:
    012345670123: {{Name: octal}}
Conditions:
  IsNotEu: !Not [!Equals [!Ref AWS::Region, eu-west-1]]
  IsEu: !And [!Not [!Condition IsNotEu], !Or [!Condition IsNotEu, Condition: IsAlsoEu]]
  IsAlsoEu: !Equals [eu-west-1, !Ref AWS::Region]
Resources:
  Live:
    Type: AWS::MediaStore::Container
    Properties:
      ContainerName: live
      Tags:
        - Key: tag
          Value:
            {short}
"""
    [container] = from_cloudformation(text, PSEUDO, {"export": "imported"}, {"Role.Outputs.Arn": "role"})
    assert container["tags"] == {"tag": expected}


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ({"Type": "String", "Default": "a"}, {}, "a"),
        ({"Type": "String", "Default": "a"}, {"P": "b"}, "b"),
        ({"Type": "Number"}, {"P": 5}, "5"),
        ({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/key"}, {"P": "value"}, "value"),
        ({"Type": "AWS::SSM::Parameter::Name", "Default": "/key"}, {}, "/key"),
        ({"Type": "Number", "AllowedValues": ["1", 5]}, {"P": 5}, "5"),
    ],
)
def test_values_of_parameters(declared, given, expected):
    assert resolved({"Ref": "P"}, given, Parameters={"P": declared}) == expected


def test_aliases_and_a_byte_order_mark_are_accepted():
    text = """\ufeffResources:
  A: {Type: "AWS::MediaStore::Container", Properties: {ContainerName: a, CorsPolicy: &cors [
    {AllowedOrigins: ["*"], AllowedMethods: [GET]}]}}
  B: {Type: "AWS::MediaStore::Container", Properties: {ContainerName: b, CorsPolicy: *cors}}
"""
    cors = [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]
    assert from_cloudformation(text) == [{"name": "a", "cors_policy": cors}, {"name": "b", "cors_policy": cors}]


def test_a_condition_that_is_false_omits_the_container():
    source = template({}, Conditions={"Never": {"Fn::Equals": ["a", "b"]}})
    source["Resources"]["Live"]["Condition"] = "Never"
    assert from_cloudformation(source) == []


def test_no_value_omits_the_property_and_the_item():
    no_value = {"Ref": "AWS::NoValue"}
    tags = [{"Fn::If": ["Never", {"Key": "a", "Value": "a"}, no_value]}, {"Key": "b", "Value": "b"}]
    source = template({"Policy": no_value, "Tags": tags}, Conditions={"Never": {"Fn::Equals": ["a", "b"]}})
    assert from_cloudformation(source) == [{"name": "live", "tags": {"b": "b"}}]


class TaggedText(str):
    """Text with a __str__ of its own, as Ansible's text has."""

    def __str__(self):
        raise AssertionError


def test_values_of_ansible_become_plain_ones():
    source = {TaggedText("Resources"): {TaggedText("Live"): template({})["Resources"]["Live"]}}
    source["Resources"]["Live"]["Properties"]["ContainerName"] = TaggedText("live")
    [container] = from_cloudformation(source)
    assert not isinstance(container["name"], TaggedText)


class VaultText:
    """Text in a vault, as ansible-core before 2.19 has it."""

    __ENCRYPTED__ = True

    def __str__(self):
        return "live"


def test_dates_of_yaml_and_text_of_a_vault_become_text():
    source = template({"ContainerName": VaultText(), "Tags": [{"Key": "a", "Value": datetime.date(2025, 11, 13)}]})
    source[datetime.date(2025, 11, 13)] = datetime.date(2010, 9, 9)
    assert from_cloudformation(source) == [{"name": "live", "tags": {"a": "2025-11-13"}}]


def test_an_undefined_variable_is_left_to_ansible():
    undefined = StrictUndefined(name="template")
    assert from_cloudformation(undefined) is undefined


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ({"Ref": "AWS::Region"}, ["Ref AWS::Region", "parameters"]),
        ({"Ref": "Stage"}, ["parameter Stage", "parameters"]),
        ({"Ref": "Key"}, ["parameter Key", "parameters"]),
        ({"Ref": "Role"}, ["Ref Role", "resources"]),
        ({"Fn::GetAtt": ["Live", "Endpoint"]}, ["Fn::GetAtt Live.Endpoint", "resources"]),
        ({"Fn::Sub": "${Role.Arn}"}, ["Fn::GetAtt Role.Arn", "resources"]),
        ({"Fn::ImportValue": "cdn"}, ["Fn::ImportValue cdn", "imports"]),
        ({"Fn::FindInMap": ["Map", "a", "b"]}, ["Fn::FindInMap", "Map, a, b"]),
        ({"Fn::GetAZs": ""}, ["Fn::GetAZs", "CloudFormation"]),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, ["Fn::Transform", "get-template"]),
        ({"Fn::Cidr": ["10.0.0.0/8", 1, 8]}, ["Fn::Cidr", "CloudFormation"]),
        ({"Fn::If": ["Missing", "a", "b"]}, ["no condition Missing"]),
        ({"Fn::Select": [2, ["a", "b"]]}, ["Fn::Select", "2 items"]),
        ({"Fn::Join": ["", "text"]}, ["Fn::Join", "must be a list"]),
        ({"Fn::Join": [""]}, ["Fn::Join has 1 arguments, but takes 2"]),
        ({"Fn::Split": ["", "a"]}, ["Fn::Split", "empty"]),
        ({"Fn::Sub": {"a": "b"}}, ["Fn::Sub", "must be text"]),
        ({"Fn::Sub": "a", "other": "b"}, ["Fn::Sub", "only member"]),
        ({"Ref": ["a"]}, ["Ref must contain a name"]),
        ({"Fn::ToJsonString": {"Ref": "AWS::NoValue"}}, ["Fn::ToJsonString has no value"]),
        ({"Fn::Sub": ["${a}", {"a": {"Ref": "AWS::NoValue"}}]}, ["a in Fn::Sub", "must be text"]),
        ({"Fn::Sub": ["a", []]}, ["variables of Fn::Sub", "must be an object"]),
        ({"Fn::Sub": "${}"}, ["Ref "]),
        ({"Fn::FindInMap": ["Map", "a"]}, ["Fn::FindInMap has 2 arguments, but takes 3"]),
        ({"Fn::Length": "abc"}, ["Fn::Length", "must be a list"]),
        ({"Fn::Base64": []}, ["Fn::Base64", "must be text"]),
        ({"Fn::GetAtt": "Live"}, ["Fn::GetAtt", "attribute"]),
        ("{{resolve:ssm:/secret}}", ["dynamic reference"]),
        ({"Fn::Sub": "{{resolve:secretsmanager:${AWS::Partition}}}"}, ["dynamic reference"]),
        ({"no": "text"}, ["must be text"]),
    ],
)
def test_what_cannot_be_resolved_is_named(expression, words):
    sections = {
        "Parameters": {
            "Stage": {"Type": "String"},
            "Key": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/key"},
        }
    }
    said = message_of(expression, **sections)
    assert said.startswith("Resource Live, Tags")
    for word in words:
        assert word in said


def properties_of(**properties):
    return template(properties)


CYCLE = {"A": {"Condition": "B"}, "B": {"Fn::Not": [{"Condition": "A"}]}}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", ["not a CloudFormation template", "Resources"]),
        ("just text", ["not a CloudFormation template"]),
        ([], ["not a CloudFormation template"]),
        (5, ["not a CloudFormation template"]),
        (None, ["not a CloudFormation template"]),
        ({"Resources": []}, ["not a CloudFormation template"]),
        (object(), ["the type object"]),
        ('{"Resources": {', ["not valid JSON"]),
        ('{"Resources": {}, "Resources": {}}', ["'Resources' occurs twice"]),
        ("Resources: [", ["not valid YAML", "line "]),
        ("Resources: {}\nResources: {}", ["line 2", "Resources occurs twice"]),
        ("Resources: {}\n---\nResources: {}", ["not valid YAML", "line 2"]),
        ("a: &a {b: c}\nResources:\n  <<: *a", ["line 3", "merge keys"]),
        ("Resources: !!binary aGk=", ["line 1", "binary"]),
        ("Resources: !!set {a}", ["line 1", "set"]),
        ("Resources: !!python/object/apply:os.getcwd []", ["line 1", "python/object"]),
        ("Resources: \x00", ["not valid YAML"]),
        ("? [a]\n: b", ["line 1", "a key must be text"]),
        (template({}, Transform="Macro"), ["transform Macro", "get-template"]),
        (template({}, Transform=[{"Name": "AWS::Include"}]), ["transform AWS::Include"]),
        (template({}, Parameters=["a"]), ["section Parameters", "must be an object"]),
        (
            {"Resources": {"Fn::ForEach::A": ["Name", [], {"${Name}": template({})}]}},
            ["Fn::ForEach::A", "get-template"],
        ),
        (template({}, **{"Fn::Transform": {"Name": "AWS::Include"}}), ["The template contains Fn::Transform"]),
        ({"Resources": {"Fn::Transform": {"Name": "AWS::Include"}}}, ["Resources contains Fn::Transform"]),
        ({"Resources": {"A": {"Fn::Transform": {"Name": "AWS::Include"}}}}, ["Resource A contains Fn::Transform"]),
        (
            {"Resources": {"A": {"Type": "AWS::MediaStore::Container", "Fn::Transform": {"Name": "Macro"}}}},
            ["Resource A contains Fn::Transform", "get-template"],
        ),
        ({"Resources": {"Live": {"Type": "AWS::MediaStore::Container"}}}, ["Resource Live", "ContainerName"]),
        (properties_of(ContainerName={"Ref": "AWS::NoValue"}), ["Resource Live", "ContainerName"]),
        (properties_of(ContainerName={"Ref": "Live"}), ["resource Live depends on itself"]),
        (properties_of(Name="x"), ["Resource Live", "property Name"]),
        ({"Resources": {"Live": {**template({})["Resources"]["Live"], "Condition": "A"}}}, ["no condition A"]),
        (
            "Resources: {Live: {Type: AWS::MediaStore::Container, Properties: {ContainerName: ~}}}",
            ["Resource Live, ContainerName must be text, but it is null"],
        ),
        (properties_of(Tags=None), ["Resource Live, Tags must be a list, but it is null"]),
        (properties_of(Policy="{"), ["Resource Live, Policy", "not valid JSON"]),
        (properties_of(Policy="[]"), ["Resource Live, Policy", "it is a list"]),
        (properties_of(LifecyclePolicy=5), ["Resource Live, LifecyclePolicy", "it is a number"]),
        (properties_of(AccessLoggingEnabled="on"), ["AccessLoggingEnabled", "true or false"]),
        (properties_of(CorsPolicy={}), ["CorsPolicy", "must be a list"]),
        (properties_of(CorsPolicy=[{"MaxAgeSeconds": "1 h"}]), ["CorsPolicy rule 1", "whole number"]),
        (properties_of(CorsPolicy=[{"Origins": []}]), ["CorsPolicy rule 1", "member Origins"]),
        (properties_of(CorsPolicy=[{"AllowedOrigins": "*"}]), ["AllowedOrigins", "must be a list"]),
        (properties_of(MetricPolicy={}), ["ContainerLevelMetrics", "ENABLED or DISABLED"]),
        (properties_of(MetricPolicy={"ContainerLevelMetrics": [1]}), ["ContainerLevelMetrics", "ENABLED or DISABLED"]),
        (
            properties_of(
                MetricPolicy={"ContainerLevelMetrics": "ENABLED", "MetricPolicyRules": [{"ObjectGroup": "a"}]}
            ),
            ["MetricPolicy rule 1", "ObjectGroupName"],
        ),
        (properties_of(Tags=[{"Key": "a"}, {"Key": "a"}]), ["'a' twice"]),
        (properties_of(Tags=["a"]), ["Tags item 1", "must be an object"]),
        (
            {"Resources": {"A": template({})["Resources"]["Live"], "B": template({})["Resources"]["Live"]}},
            ["Resource A and Resource B", "container live"],
        ),
    ],
)
def test_bad_templates_are_one_sentence(source, words):
    said = message(source)
    assert "\n" not in said
    for word in words:
        assert word in said


@pytest.mark.parametrize("condition", ["A", "B"])
def test_conditions_that_depend_on_themselves(condition):
    said = message_of({"Fn::If": [condition, "a", "b"]}, Conditions=CYCLE)
    assert f"the condition {condition} depends on itself" in said


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("text", ["must be one function"]),
        ({"Fn::Sub": "a"}, ["cannot contain Fn::Sub"]),
        ({"Fn::Not": []}, ["Fn::Not has 0 arguments"]),
        ({"Fn::Equals": ["a"]}, ["Fn::Equals has 1 arguments"]),
        ({"Fn::Equals": ["a", None]}, ["an argument of Fn::Equals must be text, but it is null"]),
        ({"Fn::Equals": ["a", {"Ref": "AWS::NoValue"}]}, ["an argument of Fn::Equals must be text"]),
        ({"Fn::And": []}, ["Fn::And has 0 conditions, but takes 2 to 10"]),
        ({"Fn::Or": [{"Fn::Equals": ["a", "a"]}]}, ["Fn::Or has 1 conditions, but takes 2 to 10"]),
        ({"Fn::Or": "a"}, ["Fn::Or must be a list"]),
        ({"Fn::Equals": [{"Ref": "AWS::Region"}, "a"]}, ["Ref AWS::Region"]),
        ({"Condition": "Missing"}, ["no condition Missing"]),
    ],
)
def test_bad_conditions_are_named(expression, words):
    said = message_of({"Fn::If": ["A", "a", "b"]}, Conditions={"A": expression})
    assert said.startswith("Condition A")
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (({"Missing": "a"},), "no parameter Missing"),
        ((["a"],), "parameters must be an object"),
        (({}, ["a"]), "imports must be an object"),
        (({}, {}, "text"), "resources must be an object"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    assert words in message(template({}), *arguments)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Stage", "tset", "The parameter Stage must be one of prod, test"),
        ("Stages", "prod,tset", "The parameter Stages must be one of prod, test"),
        ("Stage", ["prod"], "Parameter Stage must be text"),
        ("AWS::AccountId", 12345678901, "AWS::AccountId must have 12 digits"),
    ],
)
def test_bad_values_of_parameters_are_named(name, value, words):
    values = ["prod", "test"]
    parameters = {
        "Stage": {"Type": "String", "AllowedValues": values},
        "Stages": {"Type": "CommaDelimitedList", "AllowedValues": values},
    }
    source = template({"Tags": [{"Key": "tag", "Value": {"Ref": name}}]}, Parameters=parameters)
    assert words in message(source, {name: value})


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


def nested_substitutions():
    expression = "x" * 1000
    for _level in range(20):
        expression = {"Fn::Sub": ["${a}${a}${a}", {"a": expression}]}
    return expression


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("[" * 1_000_000, ["nested too deeply"]),
        ('{"a":' * 1_000_000, ["nested too deeply"]),
        ("a: " + "[" * 1_000_000, ["nest"]),
        ("a: &a [*a]", ["line 1", "alias a contains itself"]),
        (BOMB, ["100,000 values"]),
        (json.dumps({"Resources": {"A": [0] * 200_000}}), ["100,000 values"]),
        (json.dumps({"Resources": {"A": [0] * 1_000_000}}), ["1,000,000 values"]),
        ({"Resources": {"A": [0] * 1_000_000}}, ["100,000 values"]),
        (template({"Tags": [{"Key": "a", "Value": nested_substitutions()}]}), ["Fn::Sub", "1,000,000 characters"]),
    ],
    ids=["JSON list", "JSON object", "YAML", "alias of itself", "aliases", "JSON values", "JSON", "data", "text"],
)
def test_growth_is_limited(source, words):
    said = message(source)
    for word in words:
        assert word in said
    assert len(said) < 200


def test_yaml_is_read_only_to_the_limit(monkeypatch):
    monkeypatch.setattr(_data, "_MAX_VALUES", 1000)
    assert "more than 1,000 values" in message("Resources:\n" + "  - value\n" * 1000 + "  - [")


def test_names_of_any_length_are_shortened_in_messages():
    said = message_of({"Ref": "a line\n" * 100_000})
    assert said.startswith("Resource Live, Tags: Ref a line a line ")
    assert len(said) <= 1000
    assert "\n" not in said


def test_a_chain_of_conditions_too_long_is_one_sentence():
    conditions = {f"C{n}": {"Fn::Not": [{"Condition": f"C{n + 1}"}]} for n in range(5000)}
    said = message_of({"Fn::If": ["C0", "a", "b"]}, Conditions={**conditions, "C5000": {"Fn::Equals": ["a", "a"]}})
    assert said == "The source is nested too deeply: give only the part needed"


def test_conditions_are_evaluated_once():
    conditions = {f"C{n}": {"Fn::And": [{"Condition": f"C{n + 1}"}] * 2} for n in range(60)}
    sections = {"Conditions": {**conditions, "C60": {"Fn::Equals": ["a", "a"]}}}
    assert resolved({"Fn::If": ["C0", "a", "b"]}, **sections) == "a"


YAML_BODY = """# a comment
Resources:
  Live:
    Type: AWS::MediaStore::Container
    Properties:
      ContainerName: !Sub "live-${AWS::Region}"
"""
JSON_BODY = template({"ContainerName": {"Fn::Sub": "live-${AWS::Region}"}})
# `--output yaml` of AWS CLI 2.9 for a template in JSON, and the same in yaml-stream.
OMAP = """StagesAvailable:
- Original
- Processed
TemplateBody: !!omap
- Resources: !!omap
  - Live: !!omap
    - Type: AWS::MediaStore::Container
    - Properties: !!omap
      - ContainerName: !!omap
        - Fn::Sub: live-${AWS::Region}
"""
OMAP_STREAM = "- " + OMAP.replace("\n", "\n  ").rstrip(" ")
STAGES = {"StagesAvailable": ["Original", "Processed"]}


@pytest.mark.parametrize(
    "source",
    [
        JSON_BODY,
        {"TemplateBody": JSON_BODY, **STAGES},
        json.dumps({"TemplateBody": JSON_BODY, **STAGES}),
        json.dumps({"TemplateBody": YAML_BODY, **STAGES}),
        json.dumps({"TemplateBody": json.dumps(JSON_BODY), "$metadata": {"httpStatusCode": 200}}),
        json.dumps({"TemplateBody": YAML_BODY, "StagesAvailable": None, "ResultMetadata": {}}),
        json.dumps({"Status": "COMPLETE", "TemplateBody": YAML_BODY}),
        json.dumps(YAML_BODY),
        json.dumps([YAML_BODY]),
        yaml.safe_dump([YAML_BODY]),
        [YAML_BODY],
        json.dumps(json.dumps(JSON_BODY)),
        f"{YAML_BODY}\nSTAGESAVAILABLE\tOriginal\nSTAGESAVAILABLE\tProcessed\n",
        f"{YAML_BODY}\n",
        OMAP,
        OMAP_STREAM,
        OMAP.partition("TemplateBody: ")[2],
        yaml.safe_dump({"TemplateBody": YAML_BODY, **STAGES}),
        yaml.safe_dump([{"TemplateBody": YAML_BODY, **STAGES}]),
        yaml.safe_dump(YAML_BODY, default_style='"'),
    ],
    ids=[
        *(
            "data",
            "answer",
            "json of json",
            "json of yaml",
            "JavaScript",
            "Go",
            "generated",
            "query yaml",
            *("query json stream", "query yaml stream", "parsed query yaml stream"),
            "query json",
        ),
        *("text", "query text", "omap", "omap stream", "query omap", "yaml", "yaml stream", "query as yaml"),
    ],
)
def test_templates_as_the_aws_cli_prints_them(source):
    assert from_cloudformation(source, PSEUDO) == [{"name": "live-eu-west-1"}]


def bytes_as_text(text, encoding):
    """Return the bytes of a file as Ansible reads them, as UTF-8 with surrogates for what is not."""
    return text.encode(encoding).decode(errors="surrogateescape")


@pytest.mark.parametrize(
    "data",
    [
        'resource "a" "b" {',
        "apiVersion: v1",
        "a\tb",
        "An error occurred (A) when",
        "STAGESAVAILABLE\tOriginal",
    ],
)
def test_text_of_other_tools_in_a_template(data):
    lines = [f"# a comment\twith a tab\n{YAML_BODY}  Other:", "    Type: AWS::EC2::Instance", "    Properties:"]
    source = "\n".join([*lines, "      UserData: |", f"        {data}", "        end"])
    assert from_cloudformation(source, PSEUDO) == [{"name": "live-eu-west-1"}]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("LIVE\tAWS::MediaStore::Container\nPROPERTIES\tlive\n", ["in columns", "--output json"]),
        ("STAGESAVAILABLE\tOriginal\nLIVE\tAWS::MediaStore::Container\n", ["in columns", "--output json"]),
        ({"Status": "CREATE_IN_PROGRESS", "TemplateBody": None}, ["CREATE_IN_PROGRESS", "get-template"]),
        ({"TemplateBody": "text"}, ["not a CloudFormation template", "get-template"]),
        (bytes_as_text(YAML_BODY, "utf-16"), ["not UTF-8 but UTF-16", "PowerShell", "Out-File -Encoding utf8"]),
        (bytes_as_text(YAML_BODY, "utf-16-be"), ["not UTF-8 but UTF-16", "PowerShell"]),
        (bytes_as_text(YAML_BODY + "# \xe9", "latin-1"), ["not UTF-8 in line 7", "PowerShell"]),
        (
            "\nAn error occurred (ValidationError) when calling the GetTemplate operation: x\n",
            ["error ValidationError"],
        ),
        (
            {"version": 4, "lineage": "a", "resources": []},
            ["a Terraform state of version 4", "use the filter", "from_terraform"],
        ),
        ({"Container": {"Name": "a"}}, ["an answer of aws mediastore", "from_aws_cli"]),
        ({"format_version": "1.0", "valid": True}, ["is an output of terraform: use the filter", "from_terraform"]),
        ({"version": 3, "deployment": {}}, ["an exported stack of Pulumi", "from_pulumi"]),
    ],
)
def test_other_sources_are_named(source, words):
    said = message(source)
    assert "\n" not in said
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("declared", "good", "bad", "words"),
    [
        (
            {"Type": "Number"},
            ["1", 0, "-1.5", "1e3", ".5", "1."],
            ["", "one", "1 2", "0x10", "NaN"],
            "must be a number",
        ),
        ({"Type": "Number", "MinValue": 1, "MaxValue": "36500"}, [1, "36500", 5.5], [0, 36501, "0.99"], "Value"),
        ({"Type": "String", "MinLength": 2, "MaxLength": "3"}, ["ab", "abc", 12], ["a", "abcd", ""], "Length"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, ["a", "live"], ["", "A", "live1", "1live"], "must match"),
        ({"Type": "String", "AllowedPattern": "^(?!aws)\\w{1,4}$"}, ["live"], ["aws1", "lives"], "must match"),
        (
            {"Type": "CommaDelimitedList"},
            ["a" * 4096, ["a"] * 2048],
            [",".join(["a"] * 2049), ["a"] * 2049],
            "4,096 bytes",
        ),
        (
            {"Type": "CommaDelimitedList", "AllowedValues": ["a", 5]},
            ["a,5", [5]],
            ["a,6", ["b"]],
            "must be one of a, 5",
        ),
        ({"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]+"}, ["a, b", ["a"]], ["a,B", "a,,b"], "must match"),
        ({"Type": "List<Number>", "MaxValue": 5}, ["1, 5", [1, 2]], ["1,a", "1,6", [6]], "The parameter P must be"),
        ({"Type": "AWS::SSM::Parameter::Value<String>", "MaxLength": 1, "AllowedValues": ["k"]}, ["value"], [], ""),
        ({"Type": "String"}, ["a" * 4096], ["a" * 4097, "\xe9" * 2049], "4,096 bytes"),
    ],
)
def test_constraints_of_parameters(declared, good, bad, words):
    source = template({}, Parameters={"P": declared})
    for value in good:
        assert from_cloudformation(source, {"P": value}) == [{"name": "live"}]
    for value in bad:
        said = message(source, {"P": value})
        assert "The parameter P " in said
        assert words in said
        assert ": " in said


def test_a_default_is_checked_where_it_is_used():
    declared = {"Type": "Number", "Default": 0, "MinValue": 1}
    assert from_cloudformation(template({}, Parameters={"P": declared})) == [{"name": "live"}]
    assert "must be 1 or more, see MinValue" in message_of({"Ref": "P"}, Parameters={"P": declared})


@pytest.mark.parametrize(
    ("pattern", "cause"),
    [
        ("(a", "a group in it is not closed"),
        ("a)", "unexpected )"),
        ("[a", "not closed"),
        ("*a", "* is not supported at this place"),
        ("(?<=a)b", "not with (?:, (?= or (?!"),
        ("(a)\\1", "\\1 is not supported"),
        ("a++", "possessive"),
        ("[b-a]", "bad character range"),
        ("a{99999}", "10,000 times"),
        ("a" * 4097, "longer than 4,096 characters"),
        ("[a-z&&b-z]", "the class [a-z&&b-z] contains one of &&"),
        ("[a--z]", "the class [a--z] contains one of &&"),
    ],
)
def test_patterns_that_cannot_be_checked(pattern, cause):
    declared = {"Type": "String", "AllowedPattern": pattern}
    said = message(template({}, Parameters={"P": declared}), {"P": "a"})
    assert said.startswith("Parameter P: AllowedPattern cannot be checked")
    assert cause in said
    assert "remove it from the template" in said


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ({"Ref": "Rloe"}, "Ref Rloe names neither a parameter nor a resource of the template: correct the template"),
        ({"Fn::GetAtt": "Rloe.Arn"}, "Fn::GetAtt Rloe.Arn names neither a parameter nor a resource of the template"),
        ({"Fn::Sub": "${ AWS::Region }"}, "the variable ${ AWS::Region } in Fn::Sub must be a name as in Ref"),
        ({"Fn::Sub": "${}"}, "the variable ${} in Fn::Sub must be a name as in Ref"),
        ({"Fn::Sub": "${AWS::NoValue}"}, "AWS::NoValue in Fn::Sub must be text, but it is AWS::NoValue"),
        ({"Fn::Base64": {"Ref": "AWS::NoValue"}}, "Fn::Base64 must be text, but it is AWS::NoValue"),
        (
            {"Fn::If": [{"Fn::Equals": [1, 1]}, 1, 2]},
            "a condition must be the name of one, but it is an object: correct it",
        ),
        ({"Ref": "Other"}, "Resource Other, ContainerName must be text, but it is AWS::NoValue"),
        ({"Ref": "Role"}, "Ref Role is known only after CloudFormation has created the resource: give"),
    ],
)
def test_the_cause_is_that_of_cloudformation(expression, words):
    source = template({"Tags": [{"Key": "tag", "Value": expression}]})
    other = {"Type": "AWS::MediaStore::Container", "Properties": {"ContainerName": {"Ref": "AWS::NoValue"}}}
    source["Resources"].update(Other=other, Role={"Type": "AWS::IAM::Role"})
    assert words in message(source, {"AWS::Region": "eu-west-1"})


@pytest.mark.parametrize("expression", [{"Ref": "Other"}, {"Fn::GetAtt": "Other.Arn"}, {"Fn::Sub": "${Other.Arn}"}])
@pytest.mark.parametrize(
    ("kind", "word"), [("AWS::MediaStore::Container", "container"), ("AWS::IAM::Role", "resource")]
)
def test_a_reference_to_what_does_not_exist(expression, kind, word):
    source = template({"Tags": [{"Key": "a", "Value": expression}]}, Conditions={"Never": {"Fn::Equals": ["a", "b"]}})
    source["Resources"]["Other"] = {"Type": kind, "Condition": "Never", "Properties": {"ContainerName": "a"}}
    said = message(source, PSEUDO, {}, {"Other": "given", "Other.Arn": "given"})
    assert f"the {word} Other does not exist, because its condition Never is false" in said


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (None, "Resource A must be an object, but it is null"),
        ({"Properties": {"ContainerName": "a"}}, "Resource A has no Type, which is required"),
        ({"Type": None}, "Resource A has no Type, which is required"),
    ],
)
def test_resources_without_a_type_are_named(resource, words):
    assert words in message({"Resources": {"A": resource}})


def test_a_ref_to_a_container_whose_condition_is_false():
    source = template(
        {"Tags": [{"Key": "a", "Value": {"Ref": "Other"}}]}, Conditions={"Never": {"Fn::Equals": ["a", "b"]}}
    )
    other = {"Type": "AWS::MediaStore::Container", "Condition": "Never", "Properties": {"ContainerName": "other"}}
    source["Resources"]["Other"] = other
    said = message(source)
    assert said.startswith(
        "Resource Live, Tags: the container Other does not exist, because its condition Never is false"
    )


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({1: "a", "1": "b"}, "the key 1 occurs twice"),
        ({True: "a", "true": "b"}, "the key true occurs twice"),
        ({datetime.date(2020, 1, 1): "a", "2020-01-01": "b"}, "the key 2020-01-01 occurs twice"),
    ],
)
def test_keys_that_are_equal_as_text(section, words):
    assert words in message(template({}, Metadata=section))
    assert words in message(template({}), {"AWS::Region": "a", **section})


def nested_source(**sections):
    stack = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://x", "Parameters": {"Name": {"Fn::Sub": "inner-${AWS::Region}"}}},
    }
    source = template({}, **sections)
    source["Resources"]["Nested"] = stack
    return source


INNER = {
    "Parameters": {"Name": {"Type": "String"}},
    "Resources": {
        "Role": {"Type": "AWS::IAM::Role"},
        "Inner": {
            "Type": "AWS::MediaStore::Container",
            "Properties": {
                "ContainerName": {"Ref": "Name"},
                "Tags": [{"Key": "a", "Value": {"Fn::GetAtt": ["Role", "Arn"]}}],
            },
        },
    },
}


def test_nested_stacks_are_read_if_they_are_given():
    given = {"Nested": json.dumps(INNER)}
    assert from_cloudformation(nested_source(), PSEUDO, {}, {"Nested.Role.Arn": "role"}, given) == [
        {"name": "live"},
        {"name": "inner-eu-west-1", "tags": {"a": "role"}},
    ]
    assert from_cloudformation(nested_source(), PSEUDO, {}, {}, {"Nested": None}) == [{"name": "live"}]


def test_a_nested_stack_in_a_nested_stack():
    middle = {"Resources": {"Nested": {"Type": "AWS::Serverless::Application"}}}
    stacks = {"Nested": middle, "Nested.Nested": template({"ContainerName": "deep"})}
    source = {"Resources": {"Nested": {"Type": "AWS::CloudFormation::Stack"}}}
    assert from_cloudformation(source, {}, {}, {}, stacks) == [{"name": "deep"}]
    assert "Resource Nested: Resource Nested is a nested stack" in message(source, {}, {}, {}, {"Nested": middle})


@pytest.mark.parametrize(
    ("stacks", "words"),
    [
        ({}, "Resource Nested is a nested stack: give its template as Nested in stacks"),
        ({"Nested": INNER, "Other": None}, "no nested stack Other"),
        ({"Nested": INNER}, "Resource Nested: Resource Inner, Tags: Fn::GetAtt Role.Arn is known only after"),
        ({"Nested": {"Resources": {}}}, "Resource Nested: The template has no parameter Name"),
        (["Nested"], "stacks must be an object, but it is a list"),
    ],
)
def test_nested_stacks_that_cannot_be_read(stacks, words):
    assert words in message(nested_source(), PSEUDO, {}, {}, stacks)


def test_the_way_out_for_parameters_of_nested_stacks():
    source = {"Resources": {"S": {"Type": "AWS::CloudFormation::Stack"}}}
    said = message(source, {}, {}, {}, {"S": INNER})
    assert said == (
        "Resource S: Resource Inner, ContainerName: the parameter Name has no value: give it in the Parameters of the"
        " resource S"
    )
    source["Resources"]["S"]["Properties"] = {"Parameters": {"Name": "a", "Other": "b"}}
    said = message(source, {}, {}, {}, {"S": INNER})
    assert said.startswith(
        "Resource S: The template has no parameter Other: remove it from the Parameters of the resource S"
    )


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ({"Transform": "Macro", "Resources": {}}, "The transform Macro"),
        ({"Parameters": ["a"], "Resources": {}}, "The section Parameters"),
        (template({"ContainerName": {"Fn::If": ["A", 1, 2]}}, Conditions={"A": []}), "Condition A: a condition must"),
        (
            template({"ContainerName": {"Ref": "P"}}, Parameters={"P": {"Type": "Number", "Default": "a"}}),
            "The parameter P",
        ),
        (template({"ContainerName": {"Ref": "AWS::StackName"}}), "Resource Live, ContainerName: Ref AWS::StackName"),
    ],
)
def test_errors_in_nested_stacks_name_the_stack(inner, words):
    source = {"Resources": {"S": {"Type": "AWS::CloudFormation::Stack"}}}
    assert message(source, {}, {}, {}, {"S": inner}).startswith(f"Resource S: {words}")


@pytest.mark.parametrize("stack", ["Live", "Topic", "Missing"])
def test_a_stack_for_what_is_no_nested_stack_is_an_error(stack):
    source = template({})
    source["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic"}
    assert f"The template has no nested stack {stack}" in message(source, {}, {}, {}, {stack: None})


def test_the_way_out_for_the_name_of_a_nested_stack():
    source = {"Resources": {"S": {"Type": "AWS::CloudFormation::Stack"}}}
    inner = template({"ContainerName": {"Ref": "AWS::StackName"}})
    said = message(source, PSEUDO, {}, {}, {"S": inner})
    assert "because CloudFormation chooses it for a nested stack: write the value in the template" in said
    inner = template({"ContainerName": {"Ref": "AWS::Region"}})
    assert message(source, {}, {}, {}, {"S": inner}).endswith("Ref AWS::Region has no value: give it in parameters")


def test_an_unknown_pseudo_parameter_is_an_error():
    assert "no pseudo parameter AWS::RegionName: correct the name" in message_of({"Ref": "AWS::RegionName"})
    said = message(template({}), {"AWS::RegionName": "a"})
    assert "no pseudo parameter AWS::RegionName: use one of AWS::AccountId" in said


TWO = [template({}), template({"ContainerName": "two"})]


@pytest.mark.parametrize(
    "source",
    [
        TWO,
        [{"TemplateBody": one} for one in TWO],
        yaml.safe_dump([{"TemplateBody": json.dumps(one)} for one in TWO]),
        f"# apiVersion\n{yaml.safe_dump({**TWO[0], 'Metadata': {'apiVersion': 'v1'}})}---\n{yaml.safe_dump(TWO[1])}",
        [{"apiVersion": "v1", "kind": "List", "items": []}, template({})],
    ],
)
def test_a_second_template_is_an_error(source):
    assert "has 2 documents, and a template is one" in message(source)


def test_a_nested_stack_whose_condition_is_false_is_omitted():
    source = nested_source(Conditions={"Never": {"Fn::Equals": ["a", "b"]}})
    source["Resources"]["Nested"]["Condition"] = "Never"
    assert from_cloudformation(source) == [{"name": "live"}]


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"Type": {"Fn::Sub": "AWS::MediaStore::Container"}}, "Resource A has a Type that a function assembles"),
        ({"Type": "AWS::${Service}::Container"}, "Resource A has a Type that a function assembles"),
        ({"Type": "Example::Media::Origin::MODULE"}, "Resource A is the module Example::Media::Origin::MODULE"),
    ],
)
def test_resources_that_may_be_containers_are_named(resource, words):
    said = message({"Resources": {"A": resource}})
    assert words in said
    assert "--template-stage Processed" in said


@pytest.mark.parametrize(
    "kind",
    [
        *("AWS::${Service}::Container", {"Fn::Sub": "AWS::${Service}::Container"}, "&{Type}"),
        *("AWS::CloudFormation::Stack", "AWS::Serverless::Application", "Example::Media::Origin::MODULE"),
    ],
)
def test_loops_whose_types_a_function_assembles_are_named(kind):
    source = {"Resources": {"Fn::ForEach::All": ["Service", {"Ref": "Services"}, {"A${Service}": {"Type": kind}}]}}
    assert "Fn::ForEach::All" in message(source)


def test_a_cors_rule_without_methods_is_named():
    rules = [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}, {"AllowedOrigins": ["*"], "AllowedMethods": []}]
    said = message(template({"CorsPolicy": rules}))
    assert said.startswith("Resource Live: CORS rule 2 of the container live has no AllowedMethods")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([{"AWS::Region": {"a": 1}}], "parameters, AWS::Region must be text, but it is an object: correct it"),
        ([{"AWS::Region": [["a"]]}], "parameters, AWS::Region, item 1 must be text, but it is a list"),
        ([{"AWS::Region": ["eu-west-1"]}], "parameters, AWS::Region must be text, but it is a list"),
        ([{"AWS::AccountId": 12345678901}], "AWS::AccountId must have 12 digits: write it in quotes"),
        ([{"AWS::Region": None}], "parameters, AWS::Region must be text, but it is null"),
        ([{"AWS::Region": b"a"}], "parameters, AWS::Region contains a value of the type bytes"),
        ([{"AWS::Region": "\ud800"}], "parameters, AWS::Region contains a surrogate"),
        ([{"AWS::Region": 10**5000}], "parameters, AWS::Region is a number of more than 40 digits"),
        ([[]], "parameters must be an object, but it is a list"),
        ([{}, {"export": {}}], "imports, export must be text, but it is an object"),
        ([{}, {}, {"Role.Arn": None}], "resources, Role.Arn must be text, but it is null"),
        ([{}, {}, {"Role.Arn": float("inf")}], "resources, Role.Arn is a number that JSON does not have"),
    ],
)
def test_wrong_types_of_arguments_are_named(arguments, words):
    assert words in message(template({}), *arguments)


@pytest.mark.parametrize("value", ["\ud800", 10**5000], ids=["surrogate", "integer"])
def test_values_that_json_cannot_hold_are_named(value):
    place = "The template, Resources, Live, Properties, Tags, 1, Value"
    assert message(template({"Tags": [{"Key": "a", "Value": value}]})).startswith(place)


def test_an_undefined_argument_is_left_to_ansible():
    undefined = StrictUndefined(name="parameters")
    assert from_cloudformation(template({}), undefined) is undefined


def test_the_documentation_names_all_functions_and_constraints():
    text = (Path(__file__).resolve().parents[4] / "plugins" / "filter" / "from_cloudformation.yml").read_text()
    documentation = yaml.safe_load(text)["DOCUMENTATION"]
    read = next(item for item in documentation["description"] if item.startswith("Resolves "))
    functions = re.findall(r"C\(((?:Fn::)?\w+)\)", read)
    conditions = ["Condition", "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"]
    for function in functions:
        if function in conditions:
            said = message_of({"Fn::If": ["A", "a", "b"]}, Conditions={"A": {function: []}})
            assert "cannot contain" not in said
        else:
            said = message_of({function: {"Ref": "Missing"}})
            assert "cannot be resolved without CloudFormation" not in said
    others = {"Fn::Cidr", "Fn::GetAZs", "Fn::Transform", "Fn::GetStackOutput"}
    assert all("cannot be resolved without CloudFormation" in message_of({name: {}}) for name in others)
    expected = "Base64 FindInMap GetAtt If ImportValue Join Length Select Split Sub ToJsonString"
    assert functions == ["Ref", *(f"Fn::{name}" for name in expected.split()), *conditions]
    parameters = " ".join(documentation["options"]["parameters"]["description"])
    assert set(_parameters.CONSTRAINTS) == set(re.findall(r"C\(((?:Allowed|Min|Max)\w+)\)", parameters))
