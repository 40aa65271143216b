# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container policy as users give it: an IAM policy document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._input import InvalidInputError, parse_json_object
from .._policy_grammar import (
    check_grammar,
    items_of,
    matches_pattern,
    statements_of,
)
from .document import DocumentOption, Place, check_text_length

_PUT_OBJECT = "mediastore:PutObject"


def check_policy(text: str) -> dict[str, Any]:
    """Return the policy document in a user's JSON; raise InvalidInputError if the service would refuse it."""
    policy = parse_json_object("The container policy", text)
    if not policy:
        raise InvalidInputError("The container policy is empty: use state=absent to remove the policy of a container")
    check_text_length("container policy", policy)
    check_grammar(policy, "container policy")
    return policy


def check_resources(policy: dict[str, Any], name: str) -> None:
    """Raise InvalidInputError if a Resource is certainly not inside the container `name`.

    The service refuses such a policy: "Resource in statement must be scoped to files inside ARN".
    """
    for number, statement in enumerate(statements_of(policy), start=1):
        for resource in items_of(statement.get("Resource", [])):
            arn, _partition, service, _region, _account, path = (resource.split(":", 5) + [""] * 5)[:6]
            if (arn, service) != ("arn", "mediastore") or not path.startswith(f"container/{name}/"):
                raise InvalidInputError(
                    f"Statement {number} of the container policy: Resource {resource!r} is not inside container {name}:"
                    f" it must begin with arn:PARTITION:mediastore:REGION:ACCOUNT:container/{name}/"
                )


def check_place(policy: dict[str, Any], name: str, place: Place) -> None:
    """Raise InvalidInputError if a Resource is in another partition, region or account than the container `name`.

    `policy` has passed check_resources. An unknown account can still be no pattern.
    """
    for number, statement in enumerate(statements_of(policy), start=1):
        for resource in items_of(statement.get("Resource", [])):
            _arn, partition, _service, region, account, _path = resource.split(":", 5)
            for field, found in zip(Place._fields, (partition, region, account)):
                expected = getattr(place, field)
                if found != expected and (expected is not None or set(found) & set("*?$") or not found):
                    known = f"it must be {expected!r}" if expected else "it must be the ID of an account"
                    raise InvalidInputError(
                        f"Statement {number} of the container policy: Resource {resource!r} is not inside container"
                        f" {name}: its {field} is {found!r}; {known}"
                    )


def policy_warnings(policy: dict[str, Any]) -> Iterator[str]:
    """Yield warnings about parts of a policy that are valid, but almost certainly a mistake.

    Source: https://docs.aws.amazon.com/mediastore/latest/ug/policies.html, which requires HTTPS for PutObject.
    """
    for number, statement in enumerate(statements_of(policy), start=1):
        where = f"statement {number} of the container policy"
        if _allows_put(statement) and not _demands_https(statement):
            yield (
                f"{where} allows {_PUT_OBJECT} without the condition Bool aws:SecureTransport true,"
                " which MediaStore requires"
            )
        element = "Action" if "Action" in statement else "NotAction"
        for action in items_of(statement[element]):
            if not matches_pattern(action.partition(":")[0], "mediastore"):
                yield f"{where} names {action} in {element}, which is not an action of MediaStore"


def _allows_put(statement: dict[str, Any]) -> bool:
    element = "Action" if "Action" in statement else "NotAction"
    is_named = any(matches_pattern(action, _PUT_OBJECT) for action in items_of(statement[element]))
    return statement["Effect"] == "Allow" and is_named == (element == "Action")


def _demands_https(statement: dict[str, Any]) -> bool:
    conditions = {operator.lower(): keys for operator, keys in statement.get("Condition", {}).items()}
    values = [values for key, values in conditions.get("bool", {}).items() if key.lower() == "aws:securetransport"]
    return [str(item).lower() for value in values for item in items_of(value)] == ["true"]


CONTAINER_POLICY_OPTION = DocumentOption(
    key="policy",
    argument=dict(type="json"),
    check=check_policy,
    check_container=check_resources,
    check_place=check_place,
    warnings=policy_warnings,
)
