# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about a failed request for a bucket. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._errors import ApiError

_OTHER_REGION = frozenset(["PermanentRedirect", "AuthorizationHeaderMalformed", "301", "400"])
_LOCATION = frozenset(["InvalidLocationConstraint", "IllegalLocationConstraintException"])
# CreateBucket needs no constraint there, and S3 refuses one with its name.
DEFAULT_REGION = "us-east-1"
# Refused for a bucket with ABAC: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAbac.html, which does not
# name the error code. These have another cause: .../API/API_PutBucketTagging.html
_TAG_CHANGES = frozenset(["PutBucketTagging", "DeleteBucketTagging"])
_TAG_ERRORS = frozenset(["InvalidTag", "MalformedXML", "NoSuchBucket", "OperationAborted"])


@dataclass(frozen=True)
class Circumstances:
    """What is known about a request for a bucket beside its failure.

    - account: the account that is expected to own the bucket
    - is_owner_checked: whether the endpoint knows accounts, and so compares the owner
    - is_aws: whether the endpoint is one of AWS
    - is_blocked: whether the bucket blocks public policies, None if this is unknown
    """

    account: str
    region: str
    is_owner_checked: bool = True
    is_aws: bool = False
    is_blocked: bool | None = None


def advice(error: ApiError, known: Circumstances) -> str:
    """Return what to do about the error of a request for a bucket, "" if nothing more than the error is known."""
    rules = (_region, _block, _principal, _log_bucket, _location, _access, _name, _abac)
    return next(filter(None, (rule(error, known) for rule in rules)), "")


def _region(error: ApiError, known: Circumstances) -> str:
    response = _response(error)
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region") or response.get("Error", {}).get("Region") or known.region
    if error.code in _OTHER_REGION and region != known.region:
        return f"the bucket is in {region}: set region to it, or choose another bucket"
    # The reply to HeadBucket has no body that could name the region.
    if error.code == "400" and not known.is_aws:
        return f"the endpoint may not know the region {known.region}: set region to the name that it uses"
    return ""


def _block(error: ApiError, known: Circumstances) -> str:
    if "BlockPublicPolicy" in str(error.exception):
        if known.is_blocked:
            return "S3 treats the policy as public; name its principals, or set public to true"
        return (
            f"account {known.account} or its organization blocks public policies; allow them there, or set public to"
            " false"
        )
    if known.is_aws or known.is_blocked is False or _operation(error) != "PutBucketPolicy" or not _is_denied(error):
        return ""
    state = "are" if known.is_blocked else "may be"
    return (
        f"the Block Public Access settings of the bucket {state} enabled, so the endpoint may reject this policy; omit"
        " policy in the declaration and set both with another tool, or grant the credentials the permission if they"
        " lack it"
    )


def _principal(error: ApiError, known: Circumstances) -> str:
    if error.code != "MalformedPolicy" or "invalid principal" not in str(error.exception).lower():
        return ""
    return "the policy names a user or role that does not exist; correct its statement, or create the principal"


def _log_bucket(error: ApiError, known: Circumstances) -> str:
    if error.code != "InvalidTargetBucketForLogging":
        return ""
    target = _response(error).get("Error", {}).get("TargetBucket", "the log bucket")
    return (
        f"{target} must be a bucket of account {known.account} in {known.region} whose policy has the statement of the"
        " finding logging.permission"
    )


def _location(error: ApiError, known: Circumstances) -> str:
    if error.code not in _LOCATION or known.is_aws:
        return ""
    if known.region == DEFAULT_REGION:
        return f"no LocationConstraint is sent for {DEFAULT_REGION}; set region to the name of the endpoint's region"
    return (
        f"the endpoint does not accept LocationConstraint {known.region}; set region to the name of its region, or to"
        f" {DEFAULT_REGION}, for which none is sent"
    )


def _access(error: ApiError, known: Circumstances) -> str:
    if not _is_denied(error):
        return ""
    if _operation(error) == "CreateBucket" or not known.is_owner_checked:
        return "the credentials lack the permission; grant it, or choose another bucket"
    return (
        f"either the bucket does not belong to account {known.account}, or the credentials lack the permission; choose"
        " another bucket, or grant it"
    )


def _name(error: ApiError, known: Circumstances) -> str:
    if error.code != "BucketAlreadyExists":
        return ""
    return "another account has a bucket of this name: choose another bucket"


def _abac(error: ApiError, known: Circumstances) -> str:
    failure = error.failure
    is_other = failure.is_transient or failure.affects_all_resources or error.code in _TAG_ERRORS
    if not known.is_aws or is_other or _operation(error) not in _TAG_CHANGES:
        return ""
    return (
        "if ABAC is enabled for the bucket, tag it with aws s3control tag-resource, or disable ABAC; omit tags in the"
        " declaration to leave them alone"
    )


def _response(error: ApiError) -> dict[str, Any]:
    return getattr(error.exception, "response", None) or {}


def _operation(error: ApiError) -> str:
    return getattr(error.exception, "operation_name", "")


def _is_denied(error: ApiError) -> bool:
    return error.code in ("AccessDenied", "403")
