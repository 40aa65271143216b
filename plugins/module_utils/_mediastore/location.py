# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the endpoint of a container's objects, for the modules of the data plane."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._errors import ApiError
from .._mediastore_data.api import Location
from .._sender import Budget
from .api import CREATING, DELETING, MediaStoreApi, needed, open_api
from .lifecycle_policy import LIFECYCLE_POLICY
from .read import read_document
from .waiters import wait_active

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule


def find_location(module: AnsibleAWSModule, name: str, budget: Budget, asks_for_hidden: bool) -> Location:
    """Return where the objects of a container are, which must be active before they can be read.

    `asks_for_hidden`: whether to read the lifecycle policy, too. A list does not contain the objects under a rule with
    seconds (User Guide, "Lifecycle policies").
    """
    api = open_api(module, budget, connections=1)
    container = api.describe_container(name)
    if container and needed(container, "Status") == CREATING:
        container = wait_active(api, name)
    if container is None or container["Status"] == DELETING:
        return Location(name, api.region)
    may_hide_objects = not asks_for_hidden or _may_hide_objects(api, name)
    return Location(name, api.region, needed(container, "Endpoint"), may_hide_objects)


def _may_hide_objects(api: MediaStoreApi, name: str) -> bool:
    try:
        policy = read_document(api, name, LIFECYCLE_POLICY)
    except ApiError:
        # Then it is not known, and the objects are described.
        return True
    return "seconds_since_create" in json.dumps(policy)
