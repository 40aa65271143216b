# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container policies that are refused and accepted, which tests of the emulator and of the modules share.

All are for the container `live` of account 123456789012 in us-east-1. Each refused policy has one defect. Sources: the
IAM User Guide, "Grammar of the IAM JSON policy language", the pages of the policy elements, and "Condition operators";
for the scope of Resource, the service's own message.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

CONTAINER = "live"
ACCOUNT = "123456789012"
CONTAINERS = f"arn:aws:mediastore:us-east-1:{ACCOUNT}:container"
ARN = f"{CONTAINERS}/{CONTAINER}"


class Refused(NamedTuple):
    """A policy, as data or as JSON text, with the statement (from 1; None: no statement) and the element at fault."""

    id: str
    policy: Any
    statement: int | None
    element: str


class Accepted(NamedTuple):
    """A policy, as data or as JSON text."""

    id: str
    policy: Any


def as_text(policy):
    """Return a policy of these tables as JSON text."""
    return policy if isinstance(policy, str) else json.dumps(policy)


def statement(*left_out, **changes):
    """Return a valid statement with `changes` made; a Not element replaces its counterpart."""
    valid = {"Effect": "Allow", "Principal": "*", "Action": "mediastore:GetObject", "Resource": f"{ARN}/*"}
    kept = {key: value for key, value in valid.items() if key not in left_out and f"Not{key}" not in changes}
    return {**kept, **changes}


def policy(*statements, **changes):
    """Return a policy of `statements`, or else of one valid one, with `changes` made."""
    return {"Version": "2012-10-17", "Statement": list(statements) or [statement()], **changes}


def wrong(element, values):
    """Return a case for each value that `element` cannot have, in the second statement of a policy."""
    return [
        Refused(f"{element}: {name}", policy(statement(), statement(**{element: value})), 2, element)
        for name, value in values.items()
    ]


def twice(pair, number, element, valid):
    """Return the case of `valid` with a pair of its JSON text doubled."""
    return Refused(f"twice: {pair}", as_text(valid).replace(pair, f"{pair}, {pair}", 1), number, element)


def wrong_texts(element, valid):
    """Return a case for each value of an element that takes a string like `valid`, or a list of these."""
    values = {
        "null": None,
        "a number": 5,
        "a boolean": True,
        "an object": {"a": valid},
        "an empty list": [],
        "a list with null": [valid, None],
        "a list with a number": [5],
        "a list in a list": [[valid]],
        "an empty string": "",
        "a list with an empty string": [valid, ""],
    }
    return wrong(element, values)


WRONG_ACTIONS = {
    "no service": "GetObject",
    "an empty service": ":GetObject",
    "an empty action": "mediastore:",
    "no service in a list": ["mediastore:GetObject", "PutObject"],
}
WRONG_PRINCIPALS = {
    "null": None,
    "a boolean": True,
    "an empty string": "",
    "an account": ACCOUNT,
    "an ARN": f"arn:aws:iam::{ACCOUNT}:root",
    "a list": ["*"],
    "an empty list": [],
    "an empty object": {},
    "an unknown type": {"IAM": f"arn:aws:iam::{ACCOUNT}:root"},
    "a type in lower case": {"aws": "*"},
    "a wildcard as type": {"*": "*"},
    "null as name": {"AWS": None},
    "an account as number": {"AWS": 123456789012},
    "an object as name": {"AWS": {"*": "*"}},
    "an empty name": {"AWS": ""},
    "no names": {"AWS": []},
    "an empty name in a list": {"Service": ["mediaconvert.amazonaws.com", ""]},
    "a list in a list of names": {"CanonicalUser": [["*"]]},
    "a right and a wrong type": {"AWS": "*", "User": "*"},
    "right and no names": {"AWS": "*", "Federated": []},
}
WRONG_CONDITIONS = {
    "null": None,
    "a string": "Bool",
    "a boolean": True,
    "an empty list": [],
    "a list": [{"Bool": {"aws:SecureTransport": "true"}}],
    "no operator": {"aws:SecureTransport": "true"},
    "key and operator exchanged": {"aws:SecureTransport": {"Bool": "true"}},
    "an empty operator": {"": {"aws:SecureTransport": "true"}},
    "strings without a comparison": {"String": {"aws:UserAgent": "x"}},
    "numbers without a comparison": {"Numeric": {"s3:max-keys": "1"}},
    "a letter outside ASCII": {"\u017ftringEquals": {"aws:UserAgent": "x"}},
    "a comparison that strings lack": {"StringContains": {"aws:UserAgent": "x"}},
    "a comparison that numbers lack": {"NumericLike": {"s3:max-keys": "1"}},
    "a comparison that dates lack": {"DateLike": {"aws:CurrentTime": "2026-*"}},
    "a negation that booleans lack": {"NotBool": {"aws:SecureTransport": "true"}},
    "words of an operator exchanged": {"IpAddressNot": {"aws:SourceIp": "192.0.2.0/24"}},
    "text after an operator": {"StringEqualsAlways": {"aws:UserAgent": "x"}},
    "a space in an operator": {"String Equals": {"aws:UserAgent": "x"}},
    "Null with IfExists": {"NullIfExists": {"aws:TokenIssueTime": "true"}},
    "IfExists before the operator": {"IfExistsBool": {"aws:SecureTransport": "true"}},
    "IfExists twice": {"BoolIfExistsIfExists": {"aws:SecureTransport": "true"}},
    "an unknown set operator": {"ForSomeValues:StringEquals": {"aws:TagKeys": "x"}},
    "a set operator without a colon": {"ForAllValuesStringEquals": {"aws:TagKeys": "x"}},
    "a set operator alone": {"ForAnyValue:": {"aws:TagKeys": "x"}},
    "a set operator twice": {"ForAnyValue:ForAnyValue:StringEquals": {"aws:TagKeys": "x"}},
    "a right and a wrong operator": {"Bool": {"aws:SecureTransport": "true"}, "Like": {"aws:UserAgent": "x"}},
    "null for keys": {"Bool": None},
    "a string for keys": {"Bool": "true"},
    "a list for keys": {"Bool": [{"aws:SecureTransport": "true"}]},
    "an empty key": {"Bool": {"": "true"}},
    "null for values": {"Bool": {"aws:SecureTransport": None}},
    "an object for values": {"StringEquals": {"aws:UserAgent": {"x": "y"}}},
    "no values": {"StringEquals": {"aws:UserAgent": []}},
    "null in values": {"StringEquals": {"aws:UserAgent": ["x", None]}},
    "a list in values": {"StringEquals": {"aws:UserAgent": [["x"]]}},
    "right and no values": {"StringEquals": {"aws:UserAgent": "x", "aws:Referer": []}},
}
HTTPS = statement(Condition={"Bool": {"aws:SecureTransport": "true"}})
ROOT = statement(Principal={"AWS": ACCOUNT})

BREAKS_GRAMMAR = [
    Refused("Version: unknown", policy(Version="2012-10-18"), None, "Version"),
    Refused("Version: an empty string", policy(Version=""), None, "Version"),
    Refused("Version: null", policy(Version=None), None, "Version"),
    Refused("Version: a number", policy(Version=20121017), None, "Version"),
    Refused("Version: a list", policy(Version=["2012-10-17"]), None, "Version"),
    Refused("Id: null", policy(Id=None), None, "Id"),
    Refused("Id: a number", policy(Id=5), None, "Id"),
    Refused("Id: a list", policy(Id=["a"]), None, "Id"),
    Refused("Statement: missing", {"Version": "2012-10-17"}, None, "Statement"),
    Refused("Statement: null", policy(Statement=None), None, "Statement"),
    Refused("Statement: a string", policy(Statement="Allow"), None, "Statement"),
    Refused("Statement: a boolean", policy(Statement=True), None, "Statement"),
    Refused("Statement: an empty list", policy(Statement=[]), None, "Statement"),
    Refused("Statement: a list of strings", policy("Allow"), 1, "Statement"),
    Refused("Statement: a list with null", policy(statement(), None), 2, "Statement"),
    Refused("Statement: a list in a list", policy(statement(), statement(), [statement()]), 3, "Statement"),
    Refused("unknown: Comment", policy(Comment="x"), None, "Comment"),
    Refused("unknown: version", {"version": "2012-10-17", "Statement": [statement()]}, None, "version"),
    Refused("unknown: ID", policy(ID="x"), None, "ID"),
    Refused("unknown: Effect of a policy", policy(Effect="Allow"), None, "Effect"),
    Refused("unknown: Version of a statement", policy(statement(Version="2012-10-17")), 1, "Version"),
    Refused("unknown: Conditions", policy(statement(), statement(Conditions={})), 2, "Conditions"),
    Refused("unknown: condition", policy(statement(), statement(condition={})), 2, "condition"),
    Refused("unknown: sid", policy(Statement=statement(sid="a")), 1, "sid"),
    Refused("unknown: NotEffect", policy(statement() | {"NotEffect": "Deny"}), 1, "NotEffect"),
    Refused("missing: Effect", policy(statement(), statement("Effect")), 2, "Effect"),
    Refused("missing: Principal", policy(statement(), statement("Principal")), 2, "Principal"),
    Refused("missing: Action", policy(statement(), statement("Action")), 2, "Action"),
    Refused("missing: Resource", policy(statement(), statement("Resource")), 2, "Resource"),
    Refused("missing: Resource of a single statement", policy(Statement=statement("Resource")), 1, "Resource"),
    Refused("both: Principal", policy(statement() | {"NotPrincipal": {"AWS": ACCOUNT}}), 1, "NotPrincipal"),
    Refused("both: Action", policy(statement() | {"NotAction": "mediastore:PutObject"}), 1, "NotAction"),
    Refused("both: Resource", policy(statement() | {"NotResource": f"{ARN}/a/*"}), 1, "NotResource"),
    *wrong("Effect", {"null": None, "a boolean": True, "a list": ["Allow"], "an object": {}, "an empty string": ""}),
    *wrong("Effect", {"in lower case": "allow", "in upper case": "DENY", "unknown": "Permit", "a space": "Allow "}),
    *wrong("Sid", {"null": None, "a number": 5, "a boolean": True, "a list": ["a"]}),
    Refused("Sid: twice", policy(statement(Sid="a"), statement(Sid="a")), 2, "Sid"),
    Refused("Sid: twice, not in a row", policy(statement(Sid="a"), statement(), statement(Sid="a")), 3, "Sid"),
    *wrong("Principal", WRONG_PRINCIPALS),
    *wrong("NotPrincipal", WRONG_PRINCIPALS),
    *wrong_texts("Action", "mediastore:GetObject"),
    *wrong_texts("NotAction", "mediastore:GetObject"),
    *wrong("Action", WRONG_ACTIONS),
    *wrong("NotAction", WRONG_ACTIONS),
    *wrong_texts("Resource", f"{ARN}/*"),
    *wrong_texts("NotResource", f"{ARN}/*"),
    *wrong("Condition", WRONG_CONDITIONS),
    twice('"Version": "2012-10-17"', None, "Version", policy()),
    twice('"Id": "a"', None, "Id", policy(Id="a")),
    twice(f'"Statement": {json.dumps(statement())}', None, "Statement", policy(Statement=statement())),
    twice('"Sid": "a"', 2, "Sid", policy(statement(), statement(Sid="a"))),
    twice('"Effect": "Deny"', 2, "Effect", policy(statement(), statement(Effect="Deny"))),
    twice('"Action": "s3:GetObject"', 2, "Action", policy(statement(), statement(Action="s3:GetObject"))),
    twice(f'"AWS": "{ACCOUNT}"', 2, "Principal", policy(statement(), ROOT)),
    twice('"aws:SecureTransport": "true"', 2, "Condition", policy(statement(), HTTPS)),
    twice('"Bool": {"aws:SecureTransport": "true"}', 2, "Condition", policy(statement(), HTTPS)),
    Refused(
        "twice: Effect with two values",
        as_text(policy()).replace('"Effect": "Allow"', '"Effect": "Deny", "Effect": "Allow"'),
        1,
        "Effect",
    ),
    Refused(
        "twice: Effect spelled with an escape",
        as_text(policy()).replace('"Effect": "Allow"', '"\\u0045ffect": "Allow", "Effect": "Allow"'),
        1,
        "Effect",
    ),
]

# A Resource in these is outside the container because of the container's name.
OUTSIDE_CONTAINER = [
    *wrong(
        "Resource",
        {
            "everything": "*",
            "the container itself": ARN,
            "every container": f"{CONTAINERS}/*",
            "every container's objects": f"{CONTAINERS}/*/*",
            "another container": f"{CONTAINERS}/archive/*",
            "a name that begins alike": f"{CONTAINERS}/live2/*",
            "a name that ends alike": f"{CONTAINERS}/not-live/*",
            "a wildcard in the name": f"{CONTAINERS}/liv*/*",
            "a wildcard after the name": f"{ARN}*",
            "the name in another case": f"{CONTAINERS}/Live/*",
            "a variable as the name": f"{CONTAINERS}/${{aws:username}}/*",
            "a path": "live/*",
            "a path from the root": "/live/*",
            "the end of an ARN": "container/live/*",
            "text before the ARN": f"x{ARN}/*",
            "another service": "arn:aws:s3:::live/*",
            "the container of another service": f"arn:aws:s3:us-east-1:{ACCOUNT}:container/live/*",
            "one character of the name open": f"{CONTAINERS}/liv?/*",
            "one of a list": [f"{ARN}/a/*", f"{CONTAINERS}/archive/*"],
        },
    ),
    Refused("Resource: everything, denied", policy(statement(Effect="Deny", Resource="*")), 1, "Resource"),
    Refused("Resource: of a single statement", policy(Statement=statement(Resource="*")), 1, "Resource"),
]

# A Resource in these is outside the container because of its account, region or partition.
OUTSIDE_ACCOUNT_OR_REGION = wrong(
    "Resource",
    {
        "another account": "arn:aws:mediastore:us-east-1:210987654321:container/live/*",
        "no account": "arn:aws:mediastore:us-east-1::container/live/*",
        "every account": "arn:aws:mediastore:us-east-1:*:container/live/*",
        "another region": f"arn:aws:mediastore:eu-west-1:{ACCOUNT}:container/live/*",
        "every region": f"arn:aws:mediastore:*:{ACCOUNT}:container/live/*",
        "another partition": f"arn:aws-cn:mediastore:us-east-1:{ACCOUNT}:container/live/*",
        "another account in a list": [f"{ARN}/*", "arn:aws:mediastore:us-east-1:210987654321:container/live/*"],
    },
)

OPERATORS = {
    "StringEquals": {"aws:UserAgent": "player"},
    "StringNotEquals": {"aws:UserAgent": "player"},
    "StringEqualsIgnoreCase": {"aws:UserAgent": "player"},
    "StringNotEqualsIgnoreCase": {"aws:UserAgent": "player"},
    "StringLike": {"aws:UserAgent": "play*"},
    "StringNotLike": {"aws:UserAgent": "play?r"},
    "NumericEquals": {"aws:MultiFactorAuthAge": "5"},
    "NumericNotEquals": {"aws:MultiFactorAuthAge": "5"},
    "NumericLessThan": {"aws:MultiFactorAuthAge": "5"},
    "NumericLessThanEquals": {"aws:MultiFactorAuthAge": "5"},
    "NumericGreaterThan": {"aws:MultiFactorAuthAge": "5"},
    "NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "5"},
    "DateEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
    "DateNotEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
    "DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
    "DateLessThanEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
    "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
    "DateGreaterThanEquals": {"aws:EpochTime": "1767225600"},
    "Bool": {"aws:SecureTransport": "true"},
    "BinaryEquals": {"example:key": "QmluYXJ5"},
    "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
    "NotIpAddress": {"aws:SourceIp": "2001:db8::/32"},
    "ArnEquals": {"aws:SourceArn": "arn:aws:mediapackage:*:*:*"},
    "ArnLike": {"aws:SourceArn": "arn:aws:mediapackage:*:*:*"},
    "ArnNotEquals": {"aws:SourceArn": "arn:aws:mediapackage:*:*:*"},
    "ArnNotLike": {"aws:SourceArn": "arn:aws:mediapackage:*:*:*"},
}

ACCEPTED = [
    Accepted("Version: missing", {"Statement": [statement()]}),
    Accepted("Version: 2008-10-17", policy(Version="2008-10-17")),
    Accepted("Id", policy(Id="Policy of live")),
    Accepted("Statement: an object", policy(Statement=statement())),
    Accepted("Statement: three", policy(statement(Sid="a"), statement(), statement(Sid="b", Effect="Deny"))),
    Accepted("order and white space", f'{{\n"Statement" : [ {json.dumps(HTTPS)} ] ,\n"Version" : "2012-10-17"\n}}'),
    Accepted("escapes", as_text(policy()).replace('"Effect": "Allow"', '"\\u0045ffect": "\\u0041llow"')),
    Accepted(
        "Not elements",
        policy(
            statement(
                Effect="Deny",
                NotPrincipal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/editor"},
                NotAction=["mediastore:GetObject", "mediastore:DescribeObject"],
                NotResource=[f"{ARN}/public/*"],
            )
        ),
    ),
    Accepted("Sid: empty twice", policy(statement(Sid=""), statement(Sid=""))),
    Accepted("Sid: spaces and signs", policy(statement(Sid="Read, over HTTPS (all)"))),
    Accepted("Principal: an account as AWS", policy(ROOT)),
    Accepted("Principal: everyone as AWS", policy(statement(Principal={"AWS": ["*"]}))),
    Accepted(
        "Principal: all types",
        policy(
            statement(
                Principal={
                    "AWS": [f"arn:aws:iam::{ACCOUNT}:root", "210987654321"],
                    "Federated": "cognito-identity.amazonaws.com",
                    "Service": ["mediaconvert.amazonaws.com", "medialive.amazonaws.com"],
                    "CanonicalUser": "0123456789abcdef" * 4,
                }
            )
        ),
    ),
    Accepted("Action: everything", policy(statement(Action="*", Condition=HTTPS["Condition"]))),
    Accepted("Action: wildcards", policy(statement(Action=["mediastore:Get*", "mediastore:Describe?bject"]))),
    Accepted("Action: another case", policy(statement(Action="MediaStore:getobject"))),
    Accepted("Action: another service", policy(statement(Action=["s3:GetObject", "mediastore:GetObject"]))),
    Accepted("Action: doubled in a list", policy(statement(Action=["mediastore:GetObject"] * 2))),
    Accepted("Action: PutObject over HTTP", policy(statement(Action="mediastore:PutObject"))),
    Accepted("NotAction: everything else over HTTP", policy(statement(NotAction="mediastore:DeleteObject"))),
    Accepted("Resource: one object", policy(statement(Resource=f"{ARN}/a/b.m3u8"))),
    Accepted("Resource: wildcards", policy(statement(Resource=[f"{ARN}/*/stream?/*.ts", f"{ARN}/a*"]))),
    Accepted("Resource: a variable", policy(statement(Resource=f"{ARN}/home/${{aws:username}}/*"))),
    Accepted("NotResource: everything", policy(statement(NotResource="*"))),
    Accepted("NotResource: another container", policy(statement(NotResource=f"{CONTAINERS}/archive/*"))),
    Accepted("Condition: empty", policy(statement(Condition={}))),
    Accepted(
        "Condition: a number as value",
        policy(statement(Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": 1.5}})),
    ),
    Accepted("Condition: a boolean as value", policy(statement(Condition={"Bool": {"aws:SecureTransport": True}}))),
    Accepted(
        "Condition: mixed values", policy(statement(Condition={"StringEquals": {"aws:UserAgent": ["a", 1, False]}}))
    ),
    Accepted("Condition: an empty value", policy(statement(Condition={"StringLike": {"aws:Referer": ["", "a/*"]}}))),
    Accepted(
        "Condition: two keys", policy(statement(Condition={"StringLike": {"aws:Referer": "a", "aws:UserAgent": "b"}}))
    ),
    Accepted(
        "Condition: a key in another case", policy(statement(Condition={"Bool": {"AWS:securetransport": "true"}}))
    ),
    Accepted(
        "Condition: an operator in another case", policy(statement(Condition={"bool": {"aws:SecureTransport": "true"}}))
    ),
    Accepted("Condition: Null", policy(statement(Condition={"Null": {"aws:TokenIssueTime": "true"}}))),
    Accepted("Condition: every operator", policy(statement(Condition=OPERATORS))),
    Accepted(
        "Condition: every operator with IfExists",
        policy(statement(Condition={f"{operator}IfExists": keys for operator, keys in OPERATORS.items()})),
    ),
    Accepted(
        "Condition: ForAnyValue", policy(statement(Condition={"ForAnyValue:StringLike": {"aws:TagKeys": ["a*"]}}))
    ),
    Accepted(
        "Condition: ForAllValues", policy(statement(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}))
    ),
    Accepted(
        "Condition: ForAllValues with IfExists",
        policy(statement(Condition={"ForAllValues:StringNotEqualsIfExists": {"aws:TagKeys": ["a", "b"]}})),
    ),
    Accepted(
        "Condition: a variable", policy(statement(Condition={"StringLike": {"aws:Referer": "${aws:username}/*"}}))
    ),
]
