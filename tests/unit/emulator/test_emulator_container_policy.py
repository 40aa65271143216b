# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container policies that the emulator refuses and stores: the shared table, over boto3."""

from __future__ import annotations

import re

import pytest

from ansible_collections.elemental.mediastore.tests.unit import policy_cases
from ansible_collections.elemental.mediastore.tests.unit.policy_cases import ARN, CONTAINER, policy, statement


@pytest.fixture
def put(client):
    """Return the operation that stores a policy for the container of the shared table."""
    client.create_container(ContainerName=CONTAINER)
    return lambda policy: client.put_container_policy(ContainerName=CONTAINER, Policy=policy_cases.as_text(policy))


@pytest.fixture
def stored(client, put):
    """Return a function that returns the text of the stored policy."""
    return lambda: client.get_container_policy(ContainerName=CONTAINER)["Policy"]


def each(cases):
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases])


@each(policy_cases.BREAKS_GRAMMAR)
def test_what_breaks_the_grammar_is_refused(put, stored, refusal, case):
    before = stored()
    code, status, message = refusal(put, policy=case.policy)
    assert (code, status) == ("ValidationException", 400)
    assert re.search(rf"\b{case.element}\b", message), message
    assert re.findall(r"statement (\d+)", message, re.IGNORECASE) == ([str(case.statement)] if case.statement else [])
    assert re.fullmatch(r"[^.]+\.", message), message
    assert stored() == before


@each(policy_cases.OUTSIDE_CONTAINER + policy_cases.OUTSIDE_ACCOUNT_OR_REGION)
def test_a_resource_outside_the_container_is_refused(put, stored, refusal, case):
    before = stored()
    assert refusal(put, policy=case.policy) == (
        "ValidationException",
        400,
        f"Invalid Container Policy: Resource in statement '{case.statement}' must be scoped to files inside {ARN}",
    )
    assert stored() == before


def test_a_resource_outside_the_container_is_named_by_its_sid(put, refusal):
    message = refusal(put, policy=policy(statement(Sid="Mine"), statement(Sid="Everything", Resource="*")))[2]
    assert message == (
        f"Invalid Container Policy: Resource in statement 'Everything' must be scoped to files inside {ARN}"
    )


def test_an_empty_sid_names_no_statement(put, refusal):
    message = refusal(put, policy=policy(statement(Sid="", Resource="*")))[2]
    assert message == f"Invalid Container Policy: Resource in statement '1' must be scoped to files inside {ARN}"


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_the_scope_is_the_arn_of_the_container_in_every_partition(connect, region):
    client = connect(region=region)
    arn = client.create_container(ContainerName=CONTAINER)["Container"]["ARN"]
    text = policy_cases.as_text(policy(statement(Resource=f"{arn}/*")))
    client.put_container_policy(ContainerName=CONTAINER, Policy=text)
    assert client.get_container_policy(ContainerName=CONTAINER)["Policy"] == text


@each(policy_cases.ACCEPTED)
def test_a_valid_policy_is_stored_as_sent(put, stored, case):
    put(case.policy)
    assert stored() == policy_cases.as_text(case.policy)
