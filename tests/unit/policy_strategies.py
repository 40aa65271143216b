# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM policies with unusual values for hypothesis, from pools that contain several spellings of the same value."""

from __future__ import annotations

from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.tests.unit.policy_rewritings import ID, OTHER_ID, SET_ELEMENTS

ROOT = f"arn:aws:iam::{ID}:root"
CN_ROOT = f"arn:aws-cn:iam::{ID}:root"
USER = f"arn:aws:iam::{ID}:user/bob"
LIVE = f"arn:aws:mediastore:us-east-1:{ID}:container/live/*"
CN_LIVE = f"arn:aws-cn:mediastore:cn-north-1:{ID}:container/live/*"
GET, PUT = "mediastore:GetObject", "mediastore:PutObject"

awkward = st.sampled_from([None, True, False, 0, 1, 5, -3, 1.0, 1.5, "", "1", "true", "True", "null", "é\n"])


def one_or_more(values):
    return values | st.lists(values, max_size=3)


actions = one_or_more(st.sampled_from(["*", "mediastore:*", GET, GET.lower(), PUT, "a:B?"]) | awkward)
resources = one_or_more(st.sampled_from(["*", LIVE, LIVE.upper(), CN_LIVE, ID, ROOT]))
identities = one_or_more(st.sampled_from(["*", ID, OTHER_ID, ROOT, CN_ROOT, USER, "11112222333"]) | awkward)
kinds = st.dictionaries(st.sampled_from(["AWS", "Service", "Federated", "aws"]), identities, max_size=2)
principals = st.sampled_from(["*", {"AWS": "*"}, {"AWS": ["*"]}]) | kinds | awkward
operators = st.sampled_from(
    ["Bool", "StringEquals", "NumericLessThan", "IpAddress", "ForAnyValue:NotIpAddressIfExists", "Null", "ipaddress"]
)
condition_values = one_or_more(
    st.sampled_from(["a", "5", "1.5", "2001:db8::1", "192.0.2.1", "192.0.2.1/32", "192.0.2.0/24", ID]) | awkward
)
condition_keys = st.dictionaries(
    st.sampled_from(["aws:SecureTransport", "AWS:SourceIp", "aws:useragent"]), condition_values, max_size=2
)
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Allow", "Deny", "allow"])},
    optional={
        "Sid": awkward,
        **dict.fromkeys(["Action", "NotAction"], actions),
        **dict.fromkeys(["Resource", "NotResource"], resources),
        **dict.fromkeys(["Principal", "NotPrincipal"], principals),
        "Condition": st.dictionaries(operators, condition_keys, max_size=2),
        "Unknown": awkward | st.lists(awkward, max_size=2),
    },
)
policies = st.fixed_dictionaries(
    {"Statement": statements | st.lists(statements, max_size=3)},
    optional={"Version": st.sampled_from(["2008-10-17", "2012-10-17"]), "Id": awkward},
)

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
names = operators | st.text()
names |= st.sampled_from(["Version", "Statement", *SET_ELEMENTS, "Principal", "NotPrincipal", "Effect", "Condition"])
anything = st.recursive(
    scalars | awkward,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=15,
)
