# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Equality of IAM policy documents, as a table and as properties."""

from __future__ import annotations

import copy
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.container_policy import CONTAINER_POLICY
from ansible_collections.elemental.mediastore.tests.unit import samples
from ansible_collections.elemental.mediastore.tests.unit.policy_rewritings import (
    ID,
    OTHER_ID,
    REWRITINGS,
    rewrite_json_key_order,
    rewrite_statement_or_list,
    rewritten,
    statements_of,
)
from ansible_collections.elemental.mediastore.tests.unit.policy_strategies import (
    CN_LIVE,
    CN_ROOT,
    GET,
    LIVE,
    PUT,
    ROOT,
    USER,
    anything,
    policies,
    statements,
)

SAME, DIFFERENT = "same", "different"
properties = settings(deadline=None, max_examples=100, database=None)

GOV_ROOT = f"arn:aws-us-gov:iam::{ID}:root"
OTHER_CN_ROOT = f"arn:aws-cn:iam::{OTHER_ID}:root"


def equal(one, other):
    """Compare two documents as the service would store them; a str is the stored text itself."""
    return samples.equal(CONTAINER_POLICY, *(CONTAINER_POLICY.load(as_text(document)) for document in (one, other)))


def as_text(document):
    return document if isinstance(document, str) else json.dumps(document)


def policy(*statements, **elements):
    return {"Version": "2012-10-17", "Statement": list(statements), **elements}


def statement(**elements):
    return {"Effect": "Allow", "Action": GET, **elements}


def of(**elements):
    return policy(statement(**elements))


def aws(*ids, kind="Principal", **elements):
    return of(**{kind: {"AWS": list(ids)}}, **elements)


def who(**kinds):
    return of(Principal=kinds)


def when(operator, key, value):
    return of(Condition={operator: {key: value}})


def text(value):
    return when("StringEquals", "aws:UserAgent", value)


def address(value, operator="IpAddress"):
    return when(operator, "aws:SourceIp", value)


def bare_and_32(operator="IpAddress"):
    return address("192.0.2.1", operator), address("192.0.2.1/32", operator)


def secure(operator):
    return when(operator, "aws:SecureTransport", "true")


def equals(keys):
    return of(Condition={"StringEquals": keys})


def raw(number):
    """A policy with a condition value that is spelled in JSON as given."""
    return as_text(text("NUMBER")).replace('"NUMBER"', number)


READ, WRITE = statement(Sid="read"), statement(Sid="write", Action=PUT)
BARE = policy(READ)
NO_VERSION = {"Statement": [READ]}

DOCUMENTS = [
    ("json-whitespace", SAME, json.dumps(BARE, indent=4), json.dumps(BARE, separators=(",", ":"))),
    ("json-newline-around", SAME, f"\r\n\t{json.dumps(BARE)} \n", BARE),
    ("action-letter-outside-ascii", DIFFERENT, of(Action="mediastore:\u212aey"), of(Action="mediastore:key")),
    ("key-letter-outside-ascii", DIFFERENT, equals({"aws:To\u212aen": "x"}), equals({"aws:Token": "x"})),
    ("json-key-order-document", SAME, {"Statement": [READ], "Version": "2012-10-17"}, BARE),
    ("json-key-order-statement", SAME, BARE, policy(dict(reversed(READ.items())))),
    ("json-escaped-letter", SAME, as_text(BARE).replace("read", r"r\u0065ad"), BARE),
    ("json-escaped-slash", SAME, as_text(of(Resource=LIVE)).replace("/", r"\/"), of(Resource=LIVE)),
    ("json-escaped-key", SAME, as_text(BARE).replace('"Sid"', r'"\u0053id"'), BARE),
    ("json-non-ascii", SAME, json.dumps(text("é😀")), json.dumps(text("é😀"), ensure_ascii=False)),
    ("json-whitespace-in-string", DIFFERENT, of(Sid="a b"), of(Sid="a  b")),
    ("statement-or-list-of-one", SAME, {"Statement": READ}, {"Statement": [READ]}),
    ("statement-list-in-list", DIFFERENT, {"Statement": [READ]}, {"Statement": [[READ]]}),
    ("statement-order", SAME, policy(READ, WRITE), policy(WRITE, READ)),
    ("statement-order-of-three", SAME, policy(READ, WRITE, statement()), policy(statement(), READ, WRITE)),
    ("statement-order-and-spelling", SAME, policy(READ, WRITE), policy({**WRITE, "Action": [PUT]}, READ)),
    ("statement-twice", DIFFERENT, policy(READ), policy(READ, READ)),
    ("statement-twice-either", DIFFERENT, policy(READ, READ, WRITE), policy(READ, WRITE, WRITE)),
    ("statement-less", DIFFERENT, policy(READ, WRITE), policy(READ)),
    ("statement-split", DIFFERENT, of(Action=[GET, PUT]), policy(statement(Action=GET), statement(Action=PUT))),
    ("statement-none-or-missing", DIFFERENT, policy(), {"Version": "2012-10-17"}),
    ("statement-none-or-empty-one", DIFFERENT, policy(), policy({})),
    ("version-missing-is-2008", SAME, NO_VERSION, {**NO_VERSION, "Version": "2008-10-17"}),
    ("version-missing-is-not-2012", DIFFERENT, NO_VERSION, BARE),
    ("version-2008-is-not-2012", DIFFERENT, {**BARE, "Version": "2008-10-17"}, BARE),
    ("version-missing-is-not-null", DIFFERENT, NO_VERSION, {**NO_VERSION, "Version": None}),
    ("version-missing-is-not-empty", DIFFERENT, NO_VERSION, {**NO_VERSION, "Version": ""}),
    ("version-list", DIFFERENT, BARE, {**BARE, "Version": ["2012-10-17"]}),
    ("version-key-case", DIFFERENT, BARE, {"version": "2012-10-17", "Statement": [READ]}),
    ("id", DIFFERENT, policy(READ, Id="a"), policy(READ, Id="b")),
    ("id-case", DIFFERENT, policy(READ, Id="a"), policy(READ, Id="A")),
    ("id-missing", DIFFERENT, policy(READ, Id="a"), BARE),
    ("id-missing-or-empty", DIFFERENT, policy(READ, Id=""), BARE),
    ("id-list", DIFFERENT, policy(READ, Id="a"), policy(READ, Id=["a"])),
    ("id-number", DIFFERENT, policy(READ, Id=5), policy(READ, Id="5")),
    ("unknown-element-of-document", DIFFERENT, policy(READ, Note="a"), BARE),
    ("unknown-element-of-document-order", DIFFERENT, policy(READ, Note=[1, 2]), policy(READ, Note=[2, 1])),
    ("statement-key-case", DIFFERENT, BARE, {"Version": "2012-10-17", "statement": [READ]}),
    ("no-object-list", DIFFERENT, "[]", "{}"),
    ("no-object-null", DIFFERENT, "null", "{}"),
    ("no-object-list-of-it", DIFFERENT, [BARE], BARE),
    ("no-object-numbers", DIFFERENT, "1", "1.0"),
    ("no-object-true-or-1", DIFFERENT, "true", "1"),
    ("no-object-same", SAME, "[1,  2]", "[1,2]"),
    ("no-object-order", DIFFERENT, "[1,2]", "[2,1]"),
    ("no-json-same", SAME, "not {json", "not {json"),
    ("no-json-different", DIFFERENT, "not {json", "not  {json"),
    ("no-json-or-policy", DIFFERENT, as_text(BARE)[:-1], BARE),
    ("ambiguous-key-twice", DIFFERENT, '{"Statement":[],"Statement":[]}', '{"Statement":[]}'),
]

ELEMENTS = [
    ("effect", DIFFERENT, of(Effect="Allow"), of(Effect="Deny")),
    ("effect-case", DIFFERENT, of(Effect="Deny"), of(Effect="deny")),
    ("effect-missing", DIFFERENT, of(Effect="Allow"), policy({"Action": GET})),
    ("effect-list", DIFFERENT, of(Effect="Allow"), of(Effect=["Allow"])),
    ("sid", DIFFERENT, of(Sid="a"), of(Sid="b")),
    ("sid-case", DIFFERENT, of(Sid="a"), of(Sid="A")),
    ("sid-missing-or-empty", DIFFERENT, of(Sid=""), of()),
    ("sid-missing-or-null", DIFFERENT, of(Sid=None), of()),
    ("sid-number", DIFFERENT, of(Sid=1), of(Sid="1")),
    ("sid-boolean", DIFFERENT, of(Sid=True), of(Sid="true")),
    ("sid-true-or-1", DIFFERENT, of(Sid=True), of(Sid=1)),
    ("sid-1-or-1.0", DIFFERENT, of(Sid=1), of(Sid=1.0)),
    ("sid-list", DIFFERENT, of(Sid="a"), of(Sid=["a"])),
    ("sid-swapped", DIFFERENT, policy(READ, WRITE), policy({**READ, "Sid": "write"}, {**WRITE, "Sid": "read"})),
    ("unknown-element", DIFFERENT, of(Note="a"), of()),
    ("unknown-element-order", DIFFERENT, of(Note=["a", "b"]), of(Note=["b", "a"])),
    ("unknown-element-list", DIFFERENT, of(Note="a"), of(Note=["a"])),
    ("unknown-element-case", DIFFERENT, of(Note="a"), of(Note="A")),
    ("element-key-case", DIFFERENT, of(Resource=LIVE), of(resource=LIVE)),
    ("action-list-of-one", SAME, of(Action=GET), of(Action=[GET])),
    ("action-order", SAME, of(Action=[GET, PUT]), of(Action=[PUT, GET])),
    ("action-twice", SAME, of(Action=[GET, PUT, GET]), of(Action=[GET, PUT])),
    ("action-twice-alone", SAME, of(Action=[GET, GET]), of(Action=GET)),
    ("action-case", SAME, of(Action="mediastore:getobject"), of(Action="mediastore:GETOBJECT")),
    ("action-case-of-prefix", SAME, of(Action="MediaStore:GetObject"), of(Action=GET)),
    ("action-case-twice", SAME, of(Action=[GET, GET.lower()]), of(Action=GET.upper())),
    ("action-case-wildcard", SAME, of(Action="mediastore:get*"), of(Action="mediastore:Get*")),
    ("action-less", DIFFERENT, of(Action=[GET, PUT]), of(Action=GET)),
    ("action-other", DIFFERENT, of(Action=GET), of(Action=PUT)),
    ("action-wildcard-or-name", DIFFERENT, of(Action="mediastore:GetObject*"), of(Action=GET)),
    ("action-wildcard-or-all", DIFFERENT, of(Action="mediastore:*"), of(Action="*")),
    ("action-wildcard-twice", DIFFERENT, of(Action="**"), of(Action="*")),
    ("action-wildcard-covers", DIFFERENT, of(Action=["*", GET]), of(Action="*")),
    ("action-wildcard-one", DIFFERENT, of(Action="mediastore:GetObjec?"), of(Action="mediastore:GetObjec*")),
    ("action-space", DIFFERENT, of(Action=GET), of(Action=f" {GET}")),
    ("action-none-or-missing", DIFFERENT, of(Action=[]), policy({"Effect": "Allow"})),
    ("action-none-or-empty", DIFFERENT, of(Action=[]), of(Action="")),
    ("action-joined", DIFFERENT, of(Action=f"{GET},{PUT}"), of(Action=[GET, PUT])),
    ("action-number", DIFFERENT, of(Action=5), of(Action="5")),
    ("action-true", DIFFERENT, of(Action=True), of(Action="true")),
    ("action-true-or-1", DIFFERENT, of(Action=[True]), of(Action=[1])),
    ("not-action-list-of-one", SAME, of(NotAction=GET), of(NotAction=[GET])),
    ("not-action-order", SAME, of(NotAction=[GET, PUT]), of(NotAction=[PUT, GET])),
    ("not-action-twice", SAME, of(NotAction=[GET, PUT, PUT]), of(NotAction=[GET, PUT])),
    ("not-action-case", SAME, of(NotAction=GET.upper()), of(NotAction=GET)),
    ("not-action-or-action", DIFFERENT, policy({"NotAction": GET}), policy({"Action": GET})),
    ("resource-list-of-one", SAME, of(Resource=LIVE), of(Resource=[LIVE])),
    ("resource-order", SAME, of(Resource=[LIVE, "*"]), of(Resource=["*", LIVE])),
    ("resource-twice", SAME, of(Resource=[LIVE, "*", LIVE]), of(Resource=["*", LIVE])),
    ("resource-case", DIFFERENT, of(Resource=LIVE), of(Resource=LIVE.replace("live", "Live"))),
    ("resource-case-in-list", DIFFERENT, of(Resource=[LIVE, LIVE.upper()]), of(Resource=LIVE)),
    ("resource-wildcard", DIFFERENT, of(Resource=LIVE), of(Resource=LIVE[:-1])),
    ("resource-wildcard-covers", DIFFERENT, of(Resource=[LIVE, "*"]), of(Resource="*")),
    ("resource-partition", DIFFERENT, of(Resource=LIVE), of(Resource=LIVE.replace("aws", "aws-cn"))),
    ("resource-none-or-missing", DIFFERENT, of(Resource=[]), of()),
    ("resource-number", DIFFERENT, of(Resource=5), of(Resource="5")),
    ("resource-account-or-root", DIFFERENT, of(Resource=ID), of(Resource=ROOT)),
    ("not-resource-account-or-root", DIFFERENT, of(NotResource=ID), of(NotResource=ROOT)),
    ("not-resource-list-of-one", SAME, of(NotResource=LIVE), of(NotResource=[LIVE])),
    ("not-resource-order", SAME, of(NotResource=[LIVE, "*"]), of(NotResource=["*", LIVE, "*"])),
    ("not-resource-case", DIFFERENT, of(NotResource=LIVE), of(NotResource=LIVE.upper())),
    ("not-resource-or-resource", DIFFERENT, of(NotResource=LIVE), of(Resource=LIVE)),
]

ANY = {"AWS": "*"}
PRINCIPALS = [
    ("anyone-allow", SAME, of(Principal="*"), of(Principal=ANY)),
    ("anyone-allow-list", SAME, of(Principal="*"), who(AWS=["*"])),
    ("anyone-allow-list-of-one", SAME, of(Principal=ANY), who(AWS=["*"])),
    ("anyone-allow-twice", SAME, of(Principal="*"), who(AWS=["*", "*"])),
    ("anyone-deny", DIFFERENT, of(Principal="*", Effect="Deny"), of(Principal=ANY, Effect="Deny")),
    ("anyone-deny-list", DIFFERENT, of(Principal="*", Effect="Deny"), of(Principal={"AWS": ["*"]}, Effect="Deny")),
    ("anyone-deny-list-of-one", SAME, aws("*", Effect="Deny"), of(Principal=ANY, Effect="Deny")),
    ("anyone-no-effect", DIFFERENT, policy({"Principal": "*"}), policy({"Principal": ANY})),
    ("anyone-effect-case", DIFFERENT, of(Principal="*", Effect="allow"), of(Principal=ANY, Effect="allow")),
    ("anyone-not-principal", DIFFERENT, of(NotPrincipal="*"), of(NotPrincipal=ANY)),
    ("anyone-not-principal-list-of-one", SAME, of(NotPrincipal=ANY), of(NotPrincipal={"AWS": ["*"]})),
    ("anyone-in-bare-list", DIFFERENT, of(Principal="*"), of(Principal=["*"])),
    ("anyone-beside-service", DIFFERENT, of(Principal="*"), of(Principal={**ANY, "Service": "a.amazonaws.com"})),
    ("anyone-beside-account", DIFFERENT, of(Principal="*"), aws("*", ID)),
    ("anyone-or-missing", DIFFERENT, of(Principal="*"), of()),
    ("anyone-service", DIFFERENT, of(Principal="*"), who(Service="*")),
    ("anyone-federated", DIFFERENT, of(Principal=ANY), who(Federated="*")),
    ("principal-or-not-principal", DIFFERENT, aws(ID), aws(ID, kind="NotPrincipal")),
    ("principal-order", SAME, aws(USER, OTHER_ID), aws(OTHER_ID, USER)),
    ("principal-twice", SAME, aws(USER, USER), who(AWS=USER)),
    ("principal-twice-as-id-and-root", SAME, aws(ID, ROOT), who(AWS=ID)),
    ("principal-list-of-one-service", SAME, who(Service="a"), who(Service=["a"])),
    ("principal-list-of-one-federated", SAME, who(Federated="a"), who(Federated=["a"])),
    ("principal-order-canonical", SAME, who(CanonicalUser=["a", "b"]), who(CanonicalUser=["b", "a", "b"])),
    ("not-principal-list-of-one", SAME, of(NotPrincipal={"AWS": USER}), of(NotPrincipal={"AWS": [USER]})),
    ("principal-kinds-order", SAME, who(AWS=ID, Service="a"), who(Service="a", AWS=ID)),
    ("principal-kind", DIFFERENT, who(AWS="a"), who(Service="a")),
    ("principal-kind-case", DIFFERENT, who(AWS=ID), who(aws=ID)),
    ("principal-kind-more", DIFFERENT, who(AWS=ID), who(AWS=ID, Service="a")),
    ("principal-case", DIFFERENT, aws(USER), aws(USER.replace("bob", "Bob"))),
    ("principal-service-case", DIFFERENT, who(Service="a"), who(Service="A")),
    ("principal-none-or-missing", DIFFERENT, of(Principal={}), of()),
    ("principal-no-ids-or-missing", DIFFERENT, aws(), of(Principal={})),
    ("account-root", SAME, who(AWS=ID), who(AWS=ROOT)),
    ("account-root-list-of-one", SAME, who(AWS=ID), aws(ROOT)),
    ("account-root-not-principal", SAME, aws(ID, kind="NotPrincipal"), aws(ROOT, kind="NotPrincipal")),
    ("account-root-deny", SAME, aws(ID, Effect="Deny"), aws(ROOT, Effect="Deny")),
    ("account-root-among-others", SAME, aws(USER, ID, OTHER_ID), aws(OTHER_ID, ROOT, USER)),
    ("account-other", DIFFERENT, aws(ID), aws(ROOT.replace(ID, OTHER_ID))),
    ("account-user", DIFFERENT, aws(ID), aws(USER)),
    ("account-user-named-root", DIFFERENT, aws(ID), aws(f"arn:aws:iam::{ID}:user/root")),
    ("account-root-case", DIFFERENT, aws(ID), aws(f"arn:aws:iam::{ID}:Root")),
    ("account-sts", DIFFERENT, aws(ID), aws(f"arn:aws:sts::{ID}:root")),
    ("account-wildcard", DIFFERENT, aws(ID), aws(f"arn:aws:iam::{ID}:*")),
    ("account-11-digits", DIFFERENT, aws("11112222333"), aws("arn:aws:iam::11112222333:root")),
    ("account-13-digits", DIFFERENT, aws("1111222233334"), aws("arn:aws:iam::1111222233334:root")),
    ("account-newline", DIFFERENT, aws(f"{ID}\n"), aws(ROOT)),
    ("account-other-digits", DIFFERENT, aws("١" * 12), aws(f"arn:aws:iam::{'١' * 12}:root")),
    ("account-number", DIFFERENT, aws(int(ID)), aws(ID)),
    ("account-federated", DIFFERENT, who(Federated=ID), who(Federated=ROOT)),
    ("account-service", DIFFERENT, who(Service=ID), who(Service=ROOT)),
    ("account-canonical", DIFFERENT, who(CanonicalUser=ID), who(CanonicalUser=ROOT)),
    ("account-condition", DIFFERENT, when("ArnLike", "aws:a", ID), when("ArnLike", "aws:a", ROOT)),
    ("account-sid", DIFFERENT, of(Sid=ID), of(Sid=ROOT)),
    ("partition-resource", SAME, aws(ID, Resource=LIVE), aws(ROOT, Resource=LIVE)),
    ("partition-resource-cn", SAME, aws(ID, Resource=CN_LIVE), aws(CN_ROOT, Resource=CN_LIVE)),
    ("partition-resource-cn-not-aws", DIFFERENT, aws(ID, Resource=CN_LIVE), aws(ROOT, Resource=CN_LIVE)),
    ("partition-resource-gov", SAME, aws(ID, Resource="arn:aws-us-gov:a"), aws(GOV_ROOT, Resource="arn:aws-us-gov:a")),
    ("partition-resource-list", SAME, aws(ID, Resource=["*", CN_LIVE]), aws(CN_ROOT, Resource=["*", CN_LIVE])),
    ("partition-not-resource-cn", SAME, aws(ID, NotResource=CN_LIVE), aws(CN_ROOT, NotResource=CN_LIVE)),
    ("partition-not-resource-cn-not-aws", DIFFERENT, aws(ID, NotResource=[CN_LIVE]), aws(ROOT, NotResource=[CN_LIVE])),
    ("partition-not-principal-cn", SAME, *(aws(i, kind="NotPrincipal", Resource=CN_LIVE) for i in (ID, CN_ROOT))),
    ("partition-no-arn", SAME, aws(ID, Resource="*"), aws(ROOT, Resource="*")),
    ("partition-no-arn-not-cn", DIFFERENT, aws(ID, Resource="*"), aws(CN_ROOT, Resource="*")),
    ("partition-no-resource-not-cn", DIFFERENT, aws(ID), aws(CN_ROOT)),
    ("partition-of-other-principal", DIFFERENT, aws(ID, OTHER_CN_ROOT), aws(CN_ROOT, OTHER_CN_ROOT)),
    (
        "partition-of-other-statement",
        DIFFERENT,
        *(policy(statement(Principal={"AWS": i}), statement(Resource=CN_LIVE)) for i in (ID, CN_ROOT)),
    ),
    ("partition-mixed-not-aws", DIFFERENT, aws(ID, Resource=[LIVE, CN_LIVE]), aws(ROOT, Resource=[LIVE, CN_LIVE])),
    ("partition-mixed-not-cn", DIFFERENT, aws(ID, Resource=[LIVE, CN_LIVE]), aws(CN_ROOT, Resource=[LIVE, CN_LIVE])),
    ("partition-mixed-order", SAME, aws(ID, Resource=[LIVE, CN_LIVE]), aws(ID, Resource=[CN_LIVE, LIVE])),
    ("partition-roots", DIFFERENT, aws(ROOT), aws(CN_ROOT)),
    ("partition-roots-cn", DIFFERENT, aws(ROOT, Resource=CN_LIVE), aws(CN_ROOT, Resource=CN_LIVE)),
    ("partition-root-beside-id", DIFFERENT, aws(ID, CN_ROOT), aws(ID)),
]

AGENT, OTHER_AGENT = {"aws:UserAgent": "a"}, {"aws:Referer": "b"}
TWO_KEYS = {**AGENT, **OTHER_AGENT}
TWO = {"StringEquals": AGENT, "StringLike": OTHER_AGENT}
CONDITIONS = [
    ("value-list-of-one", SAME, text("a"), text(["a"])),
    ("value-order", SAME, text(["a", "b"]), text(["b", "a"])),
    ("value-twice", SAME, text(["a", "b", "a"]), text(["a", "b"])),
    ("value-less", DIFFERENT, text(["a", "b"]), text(["a"])),
    ("value-case", DIFFERENT, text("a"), text("A")),
    ("value-case-twice", DIFFERENT, text(["a", "A"]), text("a")),
    ("value-wildcard", DIFFERENT, when("StringLike", "aws:Referer", "a*"), when("StringLike", "aws:Referer", "a?")),
    (
        "value-case-ignored-by-operator",
        DIFFERENT,
        when("StringEqualsIgnoreCase", "a", "a"),
        when("StringEqualsIgnoreCase", "a", "A"),
    ),
    ("value-space", DIFFERENT, text("a"), text("a ")),
    ("value-none-or-empty", DIFFERENT, text([]), text("")),
    ("value-none-or-missing-key", DIFFERENT, text([]), equals({})),
    ("key-case", SAME, secure("Bool"), when("Bool", "AWS:securetransport", "true")),
    ("key-case-of-one-of-two", SAME, equals(TWO_KEYS), equals({**OTHER_AGENT, "aws:useragent": "a"})),
    ("key", DIFFERENT, text("a"), when("StringEquals", "aws:Referer", "a")),
    ("key-order", SAME, equals(TWO_KEYS), equals({**OTHER_AGENT, **AGENT})),
    ("key-less", DIFFERENT, equals(TWO_KEYS), text("a")),
    ("key-twice-in-other-case", DIFFERENT, equals({"aws:a": "1", "aws:A": "2"}), equals({"aws:a": "2", "aws:A": "1"})),
    ("key-twice-in-other-case-or-once", DIFFERENT, equals({"aws:a": "1", "aws:A": "2"}), equals({"aws:A": "2"})),
    ("operator", DIFFERENT, when("StringEquals", "aws:Referer", "a"), when("StringLike", "aws:Referer", "a")),
    ("operator-case", DIFFERENT, secure("Bool"), secure("bool")),
    ("operator-if-exists", DIFFERENT, secure("Bool"), secure("BoolIfExists")),
    ("operator-set", DIFFERENT, when("ForAnyValue:StringLike", "a", "b"), when("ForAllValues:StringLike", "a", "b")),
    ("operator-order", SAME, of(Condition=TWO), of(Condition=dict(reversed(TWO.items())))),
    ("operator-keys-moved", DIFFERENT, of(Condition=TWO), equals(TWO_KEYS)),
    ("empty-or-missing", DIFFERENT, of(Condition={}), of()),
    ("empty-operator-or-empty", DIFFERENT, of(Condition={"Bool": {}}), of(Condition={})),
    ("no-object", DIFFERENT, of(Condition="a"), of(Condition="b")),
    ("operator-no-object", DIFFERENT, equals("a"), equals("b")),
    ("list-of-conditions", DIFFERENT, of(Condition={"Bool": AGENT}), of(Condition=[{"Bool": AGENT}])),
    ("number-true", SAME, text(True), text("true")),
    ("number-false", SAME, text(False), text("false")),
    ("number-true-in-list", SAME, text([True, "a"]), text(["a", "true"])),
    ("number-true-and-its-string", SAME, text([True, "true"]), text("true")),
    ("number-true-or-false", DIFFERENT, text(True), text("false")),
    ("number-true-or-True", DIFFERENT, text(True), text("True")),
    ("number-string-true-or-True", DIFFERENT, text("true"), text("True")),
    ("number-true-or-1", DIFFERENT, text(True), text(1)),
    ("number-false-or-0", DIFFERENT, text(False), text(0)),
    ("number-false-or-empty", DIFFERENT, text(False), text("")),
    ("number-5", SAME, text(5), text("5")),
    ("number-5-list-of-one", SAME, text(5), text(["5"])),
    ("number-minus-5", SAME, text(-5), text("-5")),
    ("number-0", SAME, text(0), text("0")),
    ("number-large", SAME, text(12345678901234567890123), text("12345678901234567890123")),
    ("number-5-or-5.0", DIFFERENT, text(5), text(5.0)),
    ("number-5-or-string-5.0", DIFFERENT, text(5), text("5.0")),
    ("number-5-or-05", DIFFERENT, text(5), text("05")),
    ("number-5-or-plus-5", DIFFERENT, text(5), text("+5")),
    ("number-1.5", SAME, text(1.5), text("1.5")),
    ("number-1.5-or-1.50", SAME, raw("1.5"), raw("1.50")),
    ("number-strings-1.10-or-1.1", DIFFERENT, text("1.10"), text("1.1")),
    ("number-1.1-or-string-1.10", DIFFERENT, text(1.1), text("1.10")),
    ("number-null-or-string", DIFFERENT, text(None), text("null")),
    ("number-null-or-empty", DIFFERENT, text(None), text("")),
    ("number-null-or-none", DIFFERENT, text(None), text([])),
    ("number-null-operator", SAME, when("Null", "aws:a", True), when("Null", "aws:a", "true")),
    ("object-of-numbers", DIFFERENT, text({"a": 5}), text({"a": "5"})),
    ("address", SAME, *bare_and_32()),
    ("address-list-of-one", SAME, address("192.0.2.1"), address(["192.0.2.1/32"])),
    ("address-twice", SAME, address(["192.0.2.1", "192.0.2.1/32"]), address("192.0.2.1")),
    ("address-not", SAME, *bare_and_32("NotIpAddress")),
    ("address-other-operator", DIFFERENT, address("192.0.2.1", "NotIpAddress"), address("192.0.2.1/32")),
    ("address-if-exists", SAME, *bare_and_32("IpAddressIfExists")),
    ("address-not-if-exists", SAME, *bare_and_32("NotIpAddressIfExists")),
    ("address-any", SAME, *bare_and_32("ForAnyValue:IpAddress")),
    ("address-all-not-if-exists", SAME, *bare_and_32("ForAllValues:NotIpAddressIfExists")),
    ("address-31", DIFFERENT, address("192.0.2.1"), address("192.0.2.1/31")),
    ("address-0", DIFFERENT, address("192.0.2.1"), address("192.0.2.1/0")),
    ("address-128", DIFFERENT, address("192.0.2.1"), address("192.0.2.1/128")),
    ("address-mask", DIFFERENT, address("192.0.2.1"), address("192.0.2.1/255.255.255.255")),
    ("address-network-bits", DIFFERENT, address("192.0.2.1/24"), address("192.0.2.0/24")),
    ("address-leading-zero", DIFFERENT, address("192.0.2.1"), address("192.0.2.01")),
    ("address-string-equals", DIFFERENT, *bare_and_32("StringEquals")),
    ("address-arn-like", DIFFERENT, *bare_and_32("ArnLike")),
    ("address-operator-case", DIFFERENT, *bare_and_32("ipaddress")),
    ("address-resource", DIFFERENT, of(Resource="192.0.2.1"), of(Resource="192.0.2.1/32")),
    ("address-v6", SAME, address("2001:db8::1"), address("2001:db8::1/128")),
    ("address-v6-not", SAME, address("2001:db8::1", "NotIpAddress"), address("2001:db8::1/128", "NotIpAddress")),
    ("address-v6-32", DIFFERENT, address("2001:db8::1"), address("2001:db8::1/32")),
    ("address-v6-127", DIFFERENT, address("2001:db8::1"), address("2001:db8::1/127")),
    ("address-v6-spelling", DIFFERENT, address("2001:db8::1"), address("2001:db8:0:0:0:0:0:1")),
    ("address-v6-case", DIFFERENT, address("2001:db8::1"), address("2001:DB8::1")),
    ("address-none", DIFFERENT, address("host"), address("host/32")),
]


@pytest.mark.parametrize(
    ("expected", "left", "right"),
    [pytest.param(*row, id=name) for name, *row in [*DOCUMENTS, *ELEMENTS, *PRINCIPALS, *CONDITIONS]],
)
def test_equality(expected, left, right):
    assert [equal(left, right), equal(right, left)] == [expected == SAME] * 2
    assert equal(left, left)
    assert equal(right, right)


each_rewriting = pytest.mark.parametrize("rewriting", REWRITINGS, ids=lambda function: function.__name__)
randoms = st.integers(0, 2**32).map(random.Random)


@each_rewriting
@properties
@given(policies, randoms)
def test_rewriting_means_the_same(rewriting, document, rng):
    changed = copy.deepcopy(document)
    result = rewriting(changed, rng)
    assert equal(document, changed if result is None else result)


@each_rewriting
def test_every_rewriting_changes_a_document(rewriting):
    """A rewriting that changed nothing would prove nothing."""
    rng = random.Random(0)
    document = {
        "Statement": [
            {
                "Sid": "é",
                "Effect": "Allow",
                "Principal": {"AWS": [ID, OTHER_ID, ROOT]},
                "Action": [GET, PUT],
                "Resource": LIVE,
                "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.1", "2001:db8::1"], "aws:Number": [5, True]}},
            },
            {"Effect": "Allow", "Principal": "*", "NotAction": "a"},
        ]
    }
    if rewriting is rewrite_statement_or_list:
        document["Statement"].pop()

    texts = set()
    for _attempt in range(40):
        changed = copy.deepcopy(document)
        result = rewriting(changed, rng)
        texts.add(as_text(changed if result is None else result))
    assert texts - {as_text(document)}


@settings(properties, max_examples=300)
@given(policies, st.lists(st.sampled_from(REWRITINGS), max_size=8), randoms)
def test_rewritings_together_mean_the_same(document, rewritings, rng):
    changed = document
    for rewriting in rewritings:
        changed = rewritten(rewriting, changed, rng)
    assert equal(document, changed)
    assert equal(changed, document)


# Edits of a document that are different by every rule.

FRESH = "never-seen-before"


def walk(value, lonely=True, path=()):
    """Yield (path, value, lonely) of all values; an item of a list of several is not lonely."""
    if path:
        yield path, value, lonely
    if isinstance(value, (dict, list)):
        alone = isinstance(value, dict) or len(value) < 2
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from walk(inner, alone, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def leaves(document):
    return [found for found in walk(document) if not isinstance(found[1], (dict, list))]


def members(document):
    """Return the paths of the members of objects."""
    return [path for path, value, lonely in walk(document) if isinstance(path[-1], str)]


def in_place(document, path, *names):
    """Return whether the path is that of an element with one of the names in a statement, or below it."""
    return path[0] == "Statement" and any(key in names for key in path[1:3])


def edited(document, path, value):
    result = copy.deepcopy(document)
    at(result, path[:-1])[path[-1]] = value
    return result


@settings(properties, max_examples=300)
@given(policies, st.data())
def test_new_leaf_differs(document, data):
    path, value, _lonely = data.draw(st.sampled_from(leaves(document) or [(("Id",), "", True)]))
    new = data.draw(st.sampled_from([FRESH, f"{value}{FRESH}", 1000003, 1000003.5, {FRESH: value}]))
    assert not equal(document, edited(document, path, new))


@settings(properties, max_examples=300)
@given(policies, st.data())
def test_retyped_or_respelled_leaf_differs(document, data):
    found = [(path, value) for path, value, lonely in leaves(document) if lonely]
    path, value = data.draw(st.sampled_from(found or [(("Id",), None)]))
    is_value = in_place(document, path, "Condition")
    candidates = [f" {value}", f"{value} "]
    if isinstance(value, str) and not in_place(document, path, "Action", "NotAction"):
        candidates += [case for case in (value.upper(), value.lower(), value.swapcase()) if case != value]
    if value is None:
        candidates += ["null", "None", "", False, 0, {}]
    if isinstance(value, bool):
        candidates += [str(value), int(value), float(value), not value, *([] if is_value else [json.dumps(value)])]
    elif isinstance(value, (int, float)):
        candidates += [value + 1, str(value + 1), *([] if is_value else [str(value)])]
        candidates += [bool(value)] + ([float(value)] if isinstance(value, int) else [])
    new = data.draw(st.sampled_from(candidates))
    assert not equal(document, edited(document, path, new))


@properties
@given(policies, st.data())
def test_new_name_or_no_member_differs(document, data):
    path = data.draw(st.sampled_from(members(document)))
    *owner, name = path
    removed = copy.deepcopy(document)
    value = at(removed, owner).pop(name)
    if (name, value) != ("Version", "2008-10-17"):
        assert not equal(document, removed)
    is_condition_key = len(path) > 3 and path[-3] == "Condition"
    for new in [name + FRESH, *([] if is_condition_key else [name.swapcase()])]:
        if new not in at(removed, owner):
            renamed = copy.deepcopy(removed)
            at(renamed, owner)[new] = value
            assert not equal(document, renamed)


@properties
@given(policies, statements)
def test_statement_more_or_less_differs(document, another):
    more = {**document, "Statement": [*statements_of(document), another]}
    assert not equal(document, more)
    assert not equal(more, {**more, "Statement": [*more["Statement"], another]})


# Equality is an equivalence relation.


@properties
@given(policies, policies, policies, randoms)
def test_equality_is_an_equivalence(one, other, third, rng):
    documents = [one, other, third, *(rewritten(rng.choice(REWRITINGS), document, rng) for document in (one, other))]
    for first in documents:
        assert equal(first, first)
        for second in documents:
            assert equal(first, second) == equal(second, first)
            for last in documents:
                assert equal(first, last) or not (equal(first, second) and equal(second, last))


@properties
@given(policies | anything)
def test_canonical_form_is_equal_and_final(document):
    canonical = samples.canonical(CONTAINER_POLICY, document)
    again = samples.canonical(CONTAINER_POLICY, canonical)
    assert json.dumps(again, sort_keys=True) == json.dumps(canonical, sort_keys=True)
    assert samples.equal(CONTAINER_POLICY, canonical, document)


@properties
@given(policies | anything, randoms)
def test_equal_documents_share_the_canonical_form(document, rng):
    other = json.loads(rewrite_json_key_order(document, rng))
    forms = {json.dumps(samples.canonical(CONTAINER_POLICY, value), sort_keys=True) for value in (document, other)}
    assert len(forms) == 1


@properties
@given(anything, anything)
def test_any_json_is_compared(left, right):
    before = json.dumps([left, right])
    assert samples.equal(CONTAINER_POLICY, left, left)
    assert samples.equal(CONTAINER_POLICY, left, right) == samples.equal(CONTAINER_POLICY, right, left)
    assert json.dumps([left, right]) == before


def test_any_nesting_that_can_be_read_is_compared():
    for depth in [10, 100, *range(800, 1100), 2000, 4000]:
        stored = f'{{"Statement":{{"Action":{"[" * depth}{"]" * depth}}}}}'
        assert not equal(stored, BARE)
