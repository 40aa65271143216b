# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bucket as a resource: what the common code needs to know to converge it."""

from __future__ import annotations

from dataclasses import replace

from .._errors import ApiError
from .._plan import Change
from .._resource import Resource
from .api import NO_SUCH_BUCKET, S3Api, UnsupportedError
from .plan import BucketPlan, CurrentBucket, DesiredBucket, plan_bucket
from .read import read_bucket


class Bucket(Resource[S3Api, CurrentBucket, BucketPlan]):
    """A bucket with its desired state."""

    def __init__(self, api: S3Api, desired: DesiredBucket) -> None:
        super().__init__(api)
        self._desired = desired
        self._refused: dict[str, UnsupportedError] = {}

    def read(self, outdated: ApiError | None) -> CurrentBucket:
        """Return the current state; raise ApiError also for a missing bucket whose name no new bucket can have."""
        current = read_bucket(self.api, self._desired)
        if not current.exists:
            self.api.check_new_name(self._desired.name)
        return replace(current, unsupported={**self._refused, **current.unsupported})

    def plan(self, current: CurrentBucket) -> BucketPlan:
        """Return the fewest changes that lead from the current to the desired state."""
        return plan_bucket(current, self._desired)

    def leave_out(self, change: Change, error: ApiError) -> bool:
        """Omit an aspect that the endpoint does not implement."""
        if isinstance(error, UnsupportedError):
            self._refused[error.aspect] = error
        return isinstance(error, UnsupportedError)

    def is_outdated(self, change: Change, error: ApiError) -> bool:
        """Return whether the error of a change contradicts what was read."""
        if change.method is S3Api.create_bucket:
            return error.code == "BucketAlreadyOwnedByYou"
        return error.code == NO_SUCH_BUCKET
