# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people write without the collection: list, upload or delete the objects of a container with ten threads.

    objects_boto3.py list|upload|delete URL CONTAINER [DIRECTORY]

It prints the seconds from the first use of boto3 to the end, without the start of Python and its imports.
"""

from __future__ import annotations

import mimetypes
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

THREADS = 10


def list_folder(client: Any, folder: str) -> list[dict[str, Any]]:
    """Return the items of a folder, with their paths."""
    arguments: dict[str, Any] = {"MaxResults": 1000, **({"Path": folder} if folder else {})}
    items = []
    while True:
        page = client.list_items(**arguments)
        items += [{**item, "Path": f"{folder}/{item['Name']}".lstrip("/")} for item in page["Items"]]
        if "NextToken" not in page:
            return items
        arguments["NextToken"] = page["NextToken"]


def list_all(client: Any, pool: ThreadPoolExecutor) -> list[dict[str, Any]]:
    """Return the objects of all folders."""
    objects, folders = [], [""]
    while folders:
        items = [item for page in pool.map(lambda folder: list_folder(client, folder), folders) for item in page]
        objects += [item for item in items if item["Type"] == "OBJECT"]
        folders = [item["Path"] for item in items if item["Type"] == "FOLDER"]
    return objects


def main() -> None:
    """Do it, and print the seconds."""
    what, url, container, *directory = sys.argv[1:]
    started = time.perf_counter()
    endpoint = boto3.client("mediastore", endpoint_url=url).describe_container(ContainerName=container)
    config = Config(max_pool_connections=THREADS)
    client = boto3.client("mediastore-data", endpoint_url=endpoint["Container"]["Endpoint"], config=config)

    def upload(path: Path) -> None:
        content_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
        with path.open("rb") as body:
            client.put_object(Path=str(path.relative_to(directory[0])), Body=body, ContentType=content_type)

    with ThreadPoolExecutor(THREADS) as pool:
        if what == "upload":
            list(pool.map(upload, sorted(path for path in Path(directory[0]).rglob("*") if path.is_file())))
        else:
            objects = list_all(client, pool)
        if what == "delete":
            list(pool.map(lambda item: client.delete_object(Path=item["Path"]), objects))
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
