# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulator knows about the buckets of moto's S3: how to find one, and the configurations that moto lacks.

moto keeps its state in the process, so servers in one process share it, and what is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from moto.s3.models import FakeBucket, s3_backends
from moto.s3control.models import s3control_backends

from ..iam.authorization import stored_policy


@dataclass
class Kept:
    """The configurations of one bucket that moto does not keep whole, as shapes of botocore's model.

    `metrics` is by id. `documents` is by moto's attribute of the bucket ("rules", "logging"), each with the value of
    the attribute: a document counts while moto has the same value.
    """

    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    documents: dict[str, tuple[Any, dict[str, Any]]] = field(default_factory=dict)


# Members of a CORSRule as moto reads them from XML, where numbers are text.
_CORS_MEMBERS = {
    "ID": "ID",
    "AllowedHeaders": "AllowedHeader",
    "AllowedMethods": "AllowedMethod",
    "AllowedOrigins": "AllowedOrigin",
    "ExposeHeaders": "ExposeHeader",
}
_kept: WeakKeyDictionary[Any, Kept] = WeakKeyDictionary()


def find_bucket(name: str) -> FakeBucket | None:
    """Return the bucket of a name in any account; None if it does not exist."""
    partition, account = s3_backends.bucket_accounts.get(name, ("", ""))
    return s3_backends[account][partition].buckets.get(name) if account else None


def bucket_policy(bucket: FakeBucket) -> Mapping[str, Any] | None:
    """Return the policy of a bucket; None without one, or if it is no JSON object, which moto accepts without rules."""
    try:
        return stored_policy(bucket.policy)
    except ValueError:
        return None


def kept(bucket: FakeBucket) -> Kept:
    """Return what is kept for a bucket; it is lost when moto deletes the bucket."""
    return _kept.setdefault(bucket, Kept())


def bucket_tags(bucket: FakeBucket) -> dict[str, str]:
    """Return the tags of a bucket; moto has None for a value that is empty, if it put the tag."""
    tags = s3_backends[bucket.account_id][bucket.partition].get_bucket_tagging(bucket.name)["Tags"]
    return {tag["Key"]: tag["Value"] or "" for tag in tags}


def put_bucket_tags(bucket: FakeBucket, tags: Mapping[str, str]) -> None:
    """Replace the tags of a bucket."""
    s3_backends[bucket.account_id][bucket.partition].put_bucket_tagging(bucket.name, dict(tags))


def cors_rules(bucket: FakeBucket) -> list[dict[str, Any]]:
    """Return the CORS rules of a bucket as shapes of botocore's model; moto has None for a text that is empty."""
    rules = (
        {
            "ID": rule.id_,
            "AllowedHeaders": _texts(rule.allowed_headers),
            "AllowedMethods": _texts(rule.allowed_methods),
            "AllowedOrigins": _texts(rule.allowed_origins),
            "ExposeHeaders": _texts(rule.exposed_headers),
            "MaxAgeSeconds": rule.max_age_seconds,
        }
        for rule in bucket.cors
    )
    return [{name: value for name, value in rule.items() if value is not None} for rule in rules]


def put_cors_rules(bucket: FakeBucket, rules: Iterable[Mapping[str, Any]]) -> None:
    """Replace the CORS rules of a bucket; `rules` are shapes of botocore's model, with methods that S3 knows."""
    bucket.set_cors(
        [
            {moto_name: rule[name] for name, moto_name in _CORS_MEMBERS.items() if name in rule}
            | ({"MaxAgeSeconds": str(rule["MaxAgeSeconds"])} if "MaxAgeSeconds" in rule else {})
            for rule in rules
        ]
    )


def _texts(values: list[str | None] | None) -> list[str] | None:
    return None if values is None else [value or "" for value in values]


def blocks(bucket: FakeBucket, setting: str) -> bool:
    """Return whether the public access block of a bucket or of its account has a setting, "block_public_policy"."""
    account = s3control_backends[bucket.account_id][bucket.partition]
    return any(getattr(block, setting, False) for block in (bucket.public_access_block, account.public_access_block))


def keep_document(bucket: FakeBucket, attribute: str, document: dict[str, Any]) -> None:
    """Keep the document that a client put, whose moto's form is now the value of an attribute of the bucket."""
    kept(bucket).documents[attribute] = getattr(bucket, attribute), document


def kept_document(bucket: FakeBucket, attribute: str) -> dict[str, Any] | None:
    """Return the document that a client put, None if it was deleted since, or not put through the emulator."""
    value, document = kept(bucket).documents.get(attribute, (None, None))
    return document if value is getattr(bucket, attribute) else None
