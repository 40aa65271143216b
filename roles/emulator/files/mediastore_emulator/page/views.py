# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages as HTML. Pure functions.

All names, documents and members of the record come from clients: markup.element escapes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

from ..addresses import ADMIN_PREFIX
from ..record import PLACES, REFUSED
from .markup import Markup, element, empty_element, joined
from .snapshots import ContainerDetail, ContainerRow, Item, Page

CONTAINERS_PATH = f"{ADMIN_PREFIX}page/containers"
CONTAINER_PATH = f"{ADMIN_PREFIX}page/container"
REQUESTS_PATH = f"{ADMIN_PREFIX}page/requests"
STYLE_PATH = f"{ADMIN_PREFIX}page/style.css"
SCRIPT_PATH = f"{ADMIN_PREFIX}page/script.js"
_TITLES = {
    "ContainerPolicy": "Container policy",
    "CorsPolicy": "CORS policy",
    "LifecyclePolicy": "Lifecycle policy",
    "MetricPolicy": "Metric policy",
}
_REQUEST_HEADINGS = ("Time (UTC)", "Request", "Container", "Caller", "Decision", "Reason")
_CONTAINER_HEADINGS = ("Name", "Region", "Account", "Status", "Objects", "Documents", "Tags", "Access logging")
_ITEM_HEADINGS = ("Name", "Bytes", "Type", "Modified (UTC)", "Storage class")
_NONE = "–"
_REFUSED, _KEPT = "Refused ", "Kept from the page "
_TIME = "%Y-%m-%d %H:%M:%S"


def containers_page(
    rows: Page[ContainerRow], text: str, facts: Mapping[str, str], entries: Sequence[Mapping[str, Any]]
) -> Markup:
    """Return the first page: the containers whose name contains `text`, `facts` of the emulator, and the requests."""
    field = empty_element("input", type="search", name="name", value=text)
    table = _table(_CONTAINER_HEADINGS, [_container_cells(row) for row in rows.items])
    if not rows.total:
        table = element("p", f"No container has {text} in its name." if text else "The emulator has no containers.")
    return _document(
        "Containers",
        _form(CONTAINERS_PATH, element("label", "Name contains ", field)),
        _section("containers", None, table, _pages(rows, CONTAINERS_PATH, {"name": text})),
        _requests_section(entries, {}),
        _section("emulator", "Emulator", _facts(facts)),
    )


def container_page(
    container: ContainerDetail, folder: str, items: Page[Item], entries: Sequence[Mapping[str, Any]]
) -> Markup:
    """Return the page of a container, with the items of one folder and the requests for the container."""
    shape = container.shape
    place = _place(shape["Name"], container.region, container.account)
    facts = {
        "ARN": shape["ARN"],
        "Status": shape["Status"],
        "Endpoint": shape.get("Endpoint", "none until the container is ACTIVE"),
        "Created (UTC)": time_text(shape["CreationTime"]),
        "Access logging": "on" if shape["AccessLoggingEnabled"] else "off",
    }
    return _document(
        f"Container {shape['Name']}",
        _section("container", None, _facts(facts)),
        _section("documents", "Documents", *_documents(container)),
        _section("tags", "Tags", _facts(container.tags) if container.tags else element("p", "No tags.")),
        _objects_section(place, folder, items),
        _requests_section(entries, place),
    )


def requests_page(places: Mapping[str, str], only_refused: bool, entries: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the page of the last requests that have the values of PLACES in `places`, or only the refused ones."""
    inputs = {name: empty_element("input", name=name, value=places.get(name, "")) for name in PLACES}
    fields = [element("label", f"{name.capitalize()} ", field) for name, field in inputs.items()]
    checked = "" if only_refused else None
    box = empty_element("input", type="checkbox", name="status", value=REFUSED, checked=checked)
    return _document(
        "Requests",
        _form(REQUESTS_PATH, *fields, element("label", box, " Refused only")),
        _section("requests", None, _requests_table(entries)),
    )


def missing_page(message: str) -> Markup:
    """Return the page for what does not exist."""
    return _document("Not found", _section("container", None, element("p", message)))


def _document(title: str, *content: str) -> Markup:
    head = element(
        "head",
        empty_element("meta", charset="utf-8"),
        empty_element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title} – MediaStore emulator"),
        # Otherwise a browser asks for /favicon.ico, which is a request for S3.
        empty_element("link", rel="icon", href="data:,"),
        empty_element("link", rel="stylesheet", href=STYLE_PATH),
        element("script", src=SCRIPT_PATH, defer=""),
    )
    pages = {"Containers": CONTAINERS_PATH, "Requests": REQUESTS_PATH}
    links = [
        element("a", name, href=path, aria_current="page" if name == title else None) for name, path in pages.items()
    ]
    header = element("header", element("strong", "MediaStore emulator"), element("nav", *links))
    updates = element("p", "Reload this page to see changes.", id="updates", role="status")
    body = element("body", header, element("main", element("h1", title), *content, updates))
    return joined(Markup("<!DOCTYPE html>"), element("html", head, body, lang="en"))


def _section(name: str, heading: str | None, *content: str | None) -> Markup:
    """Return a part of a page, which the script replaces when it changes."""
    return element("section", element("h2", heading) if heading else None, *content, id=name)


def _form(path: str, *fields: str) -> Markup:
    return element("form", *fields, element("button", "Show"), action=path)


def _facts(facts: Mapping[str, str]) -> Markup:
    pairs = (element("div", element("dt", name), element("dd", value)) for name, value in facts.items())
    return element("dl", *pairs)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], classes: Sequence[str | None] = ()) -> Markup:
    """Return a table, with the class of each row in `classes`.

    A narrow window shows each row as a block, in which the cells have their headings.
    """
    head = element("tr", *(element("th", name, scope="col") for name in headings))
    body = [
        element("tr", *map(_cell, headings, cells), class_=classes[number] if classes else None)
        for number, cells in enumerate(rows)
    ]
    return element("table", element("thead", head), element("tbody", *body))


def _cell(heading: str, content: str) -> Markup:
    return element("td", content, data_heading=heading, class_="empty" if content == _NONE else None)


def _pages(page: Page[Any], path: str, query: Mapping[str, str]) -> Markup | None:
    """Return links to the previous and the next page, None if everything is on one page."""
    if page.count == 1:
        return None
    others = (("Previous", page.number - 1), ("Next", page.number + 1))
    links = [
        element("a", name, href=_address(path, {**query, "page": str(number)}), rel=name[:4].lower())
        for name, number in others
        if 1 <= number <= page.count
    ]
    return element("p", f"Page {page.number} of {page.count}, {page.total:,} in all. ", *links, class_="pages")


def _container_cells(row: ContainerRow) -> list[str]:
    return [
        _container_link(row.name, row.region, row.account),
        row.region,
        row.account,
        row.status,
        f"{row.objects:,}",
        ", ".join(_TITLES[kind] for kind in row.documents) or _NONE,
        str(row.tags or _NONE),
        "on" if row.access_logging else _NONE,
    ]


def _documents(container: ContainerDetail) -> list[Markup]:
    parts = []
    for kind, title in _TITLES.items():
        if kind in container.documents:
            is_default = kind == "ContainerPolicy" and container.has_default_policy
            note = " (the default, which does not restrict access)" if is_default else ""
            parts += [
                element("h3", f"{title}{note}"),
                element("pre", _indented(container.documents[kind]), tabindex="0"),
            ]
    return parts or [element("p", "No documents.")]


def _indented(document: Any) -> str:
    """Return a document as indented JSON; the service keeps some documents as text."""
    value = json.loads(document) if isinstance(document, str) else document
    return json.dumps(value, indent=2, ensure_ascii=False)


def _objects_section(place: Mapping[str, str], folder: str, items: Page[Item]) -> Markup:
    names = folder.split("/")[:-1]
    steps = [element("a", "all folders", href=_address(CONTAINER_PATH, place))] if names else []
    for number, name in enumerate(names, 1):
        path = "".join(f"{parent}/" for parent in names[:number])
        steps.append(joined(" / ", element("a", name, href=_address(CONTAINER_PATH, {**place, "folder": path}))))
    content: Markup = element("p", "The folder is empty." if folder else "The container has no objects.")
    if items.total:
        content = _table(_ITEM_HEADINGS, [_item_cells(item, folder, place) for item in items.items])
    links = _pages(items, CONTAINER_PATH, {**place, "folder": folder})
    return _section("objects", "Objects", element("p", *steps) if steps else None, content, links)


def _item_cells(item: Item, folder: str, place: Mapping[str, str]) -> list[str]:
    if item.stored is None:
        link = element("a", item.name, href=_address(CONTAINER_PATH, {**place, "folder": folder + item.name}))
        return [link, _NONE, "folder", _NONE, _NONE]
    stored = item.stored
    storage = "IA" if stored.is_archived else "TEMPORAL"
    return [item.name, f"{stored.content.length:,}", stored.content_type, time_text(stored.modified), storage]


def _requests_section(entries: Sequence[Mapping[str, Any]], places: Mapping[str, str]) -> Markup:
    links = (
        element("a", "More requests", href=_address(REQUESTS_PATH, places)),
        element("a", "Refused only", href=_address(REQUESTS_PATH, {**places, "status": REFUSED})),
    )
    return _section("requests", "Last requests", element("p", *links, class_="pages"), _requests_table(entries))


def _requests_table(entries: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the requests, newest first; `entries` are members of the record, oldest first."""
    newest_first = list(reversed(entries))
    if not newest_first:
        return element("p", "No requests.")
    classes = [REFUSED if entry["refused"] else None for entry in newest_first]
    return _table(_REQUEST_HEADINGS, [_request_cells(entry) for entry in newest_first], classes)


def _request_cells(entry: Mapping[str, Any]) -> list[str]:
    name, status, agent = entry["container"], entry["status"], entry["user_agent"] or ""
    return [
        element("time", datetime.fromisoformat(entry["time"]).strftime(_TIME), datetime=entry["time"]),
        joined(
            element("b", entry["operation"]),
            element("small", _words(entry["service"], entry["method"], entry["path"])),
        ),
        _container_link(name, entry["region"], entry["account"]) if name else _NONE,
        joined(
            entry["caller"] or "anonymous",
            # The first word of a user agent names the program.
            element("small", _words(entry["client"], agent.partition(" ")[0]), title=agent),
        ),
        joined(
            element("b", _REFUSED if status is None or status >= 400 else _KEPT) if entry["refused"] else None,
            _words(status or "no reply", entry["error"]),
        ),
        entry["reason"] or _NONE,
    ]


def _words(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part is not None)


def _container_link(name: str, region: str, account: str) -> Markup:
    return element("a", name, href=_address(CONTAINER_PATH, _place(name, region, account)))


def _place(name: str, region: str, account: str) -> dict[str, str]:
    return dict(zip(PLACES, (name, region, account)))


def _address(path: str, query: Mapping[str, str]) -> str:
    """Return a path with those parameters of a query that are not empty."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given, errors='replace')}" if given else path


def time_text(timestamp: float) -> str:
    """Return a Unix timestamp as a time in UTC."""
    return datetime.fromtimestamp(timestamp, timezone.utc).strftime(_TIME)
