# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages: every text of a client is escaped, and each page shows what the emulator has."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediastore_emulator import EmulatorServer
from mediastore_emulator.page import views
from mediastore_emulator.page.markup import element, joined
from mediastore_emulator.page.snapshots import ContainerDetail, ContainerRow, Item, Page, paged

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGES = "/mediastore-emulator/page"
CONTAINERS, CONTAINER, REQUESTS = f"{PAGES}/containers", f"{PAGES}/container", f"{PAGES}/requests"
ACCOUNT = "123456789012"
# A text that ends an attribute, an element, a comment or a style wherever it is not escaped.
HOSTILE = '\'" onmouseover="alert(1)"><script>alert(1)</script><!--</style></title></pre>&lt;'
TEXTS = st.one_of(st.just(HOSTILE), st.text(min_size=1), st.text("<>&\"'=/!- ai", min_size=1))


class Outline(HTMLParser):
    """The elements of a page with the names of their attributes, its texts, and the values of its attributes."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.texts, self.values = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, *(name for name, _value in attrs)))
        self.values += [value for _name, value in attrs]

    def handle_data(self, data):
        self.texts.append(data)


def entry(text):
    keys = ["client", "user_agent", "method", "path", "operation", "service", "caller", "error", "reason"]
    members = dict.fromkeys([*keys, "container", "region", "account"], text)
    return {**members, "status": 403, "refused": True, "time": "2030-01-02T03:04:05.678+00:00"}


def pages_with(text):
    """Return each kind of page, with a text wherever clients can put one."""
    row = ContainerRow(text, text, text, "ACTIVE", 1, ["CorsPolicy"], 1, True)
    shape = {"ARN": text, "Name": text, "Status": "ACTIVE", "CreationTime": 0, "AccessLoggingEnabled": False}
    documents = {"ContainerPolicy": json.dumps({"Id": text}), "CorsPolicy": [{"AllowedOrigins": [text]}]}
    detail = ContainerDetail(text, text, {**shape, "Endpoint": text}, {"key": text}, documents, False)
    places = {"container": text, "region": text, "account": text}
    return [
        views.containers_page(Page([row], 2, 3, 201), text, {"Clock": text}, [entry(text)]),
        views.container_page(detail, "folder/", Page([Item(f"{text}/", None)], 1, 1, 1), [entry(text)]),
        views.requests_page(places, True, [entry(text)]),
        views.missing_page(text),
    ]


PLAIN = [Outline(page) for page in pages_with("x")]


@given(TEXTS)
def test_no_text_of_a_client_adds_to_the_elements_and_attributes_of_a_page(text):
    for page, plain in zip(pages_with(text), PLAIN, strict=True):
        assert Outline(page).elements == plain.elements


@given(TEXTS, TEXTS)
def test_an_element_has_the_texts_that_it_was_given(text, value):
    found = Outline(element("p", text, element("b", value), title=value))
    assert found.elements == [("p", "title"), ("b",)]
    assert ("".join(found.texts), found.values) == (text + value, [value])


def test_only_markup_is_not_escaped():
    assert joined("<b>", element("b", "<"), None) == "&lt;b&gt;<b>&lt;</b>"
    assert joined(f"{element('b', 'x')}") == "&lt;b&gt;x&lt;/b&gt;"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, ([1, 2], 1)), (2, ([3, 4], 2)), (3, ([5], 3)), (0, ([1, 2], 1)), (9, ([5], 3))],
)
def test_pages_of_a_list(number, expected):
    page = paged([1, 2, 3, 4, 5], number, 2)
    assert (page.items, page.number) == expected
    assert (page.count, page.total) == (3, 5)


def test_an_empty_list_has_one_page():
    assert paged([], 1, 100) == Page([], 1, 1, 0)


def policy(container, identifier):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "mediastore:*", "Resource": f"{container['ARN']}/*"}
    return {"Version": "2012-10-17", "Id": identifier, "Statement": [statement]}


@pytest.fixture
def read(http):
    """Return a function that reads a page as a browser does; returns its status and its texts, each on a line."""

    def read(path, **query):
        address = f"{path}?{urllib.parse.urlencode(query)}" if query else path
        status, headers, body = http("GET", address, headers=BROWSER)
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        return status, "\n".join(Outline(body.decode()).texts)

    return read


@pytest.fixture
def of_movies(read, movies):
    """Return a function that returns the texts of the page of the container movies."""
    place = {"container": "movies", "region": "us-east-1", "account": ACCOUNT}
    return lambda **query: read(CONTAINER, **place, **query)[1]


def test_a_browser_at_the_root_gets_the_page_and_other_clients_do_not(http, movies, read):
    status, text = read("/")
    assert status == 200
    assert "movies" in text
    for path, headers in [
        ("/", {}),
        ("/", {"Accept": "*/*"}),
        ("/", {**BROWSER, "Authorization": "AWS4-HMAC-SHA256 x"}),
        ("/?Action=ListUsers", BROWSER),
    ]:
        assert b"<html" not in http("GET", path, headers=headers)[2]


def test_everything_on_a_page_comes_from_the_emulator_and_nothing_is_stored(http):
    for path in ("/", CONTAINERS, REQUESTS, f"{PAGES}/style.css", f"{PAGES}/script.js"):
        status, headers, _body = http("GET", path, headers=BROWSER)
        assert status == 200
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert {policy[kind] for kind in ("script-src", "style-src", "connect-src", "form-action")} == {"'self'"}
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


def test_a_page_can_only_be_read(http):
    status, headers, _body = http("POST", REQUESTS)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")
    status, headers, body = http("HEAD", REQUESTS)
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 0


def test_pages_are_not_in_the_record(read, emulator):
    read("/")
    read(REQUESTS)
    assert emulator.requests() == []


def test_the_pages_of_an_emulator_without_anything(read):
    assert "The emulator has no containers." in read("/")[1]
    assert "No container has film in its name." in read(CONTAINERS, name="film")[1]
    assert "No requests." in read(REQUESTS)[1]


def test_the_first_page_shows_how_the_emulator_was_started(read, emulator, tmp_path):
    shown = read("/")[1]
    assert f"Endpoint URL\n{emulator.url}\nData\nin memory\nSignatures\nnot verified\n" in shown
    with EmulatorServer(services=[], data=tmp_path / "data", credentials={"KEY": "SECRET"}) as other:
        answer = urllib.request.urlopen(f"{other.url}{CONTAINERS}").read().decode()
    shown = "\n".join(Outline(answer).texts)
    assert f"Data\n{tmp_path}/data\nSignatures\nverified\n" in shown


def test_containers_of_all_accounts_and_regions_are_listed_by_name(connect, movies, read):
    connect(region="eu-west-1").create_container(ContainerName="films")
    text = read("/")[1]
    assert text.index("films\neu-west-1") < text.index("movies\nus-east-1")
    text = read(CONTAINERS, name="film")[1].partition("Last requests")[0]
    assert "films" in text
    assert "movies" not in text


def test_a_container_that_is_deleted_is_not_listed(client, movies, emulator, read):
    client.delete_container(ContainerName="movies")
    emulator.clear_requests()
    assert "movies" not in read(CONTAINERS)[1]


def test_thousands_of_containers_are_on_several_pages(client, read):
    for number in range(101):
        client.create_container(ContainerName=f"c{number:03}")
    first, last = (
        set(re.findall("c[0-9]{3}", read(CONTAINERS, name="c", page=number)[1].partition("Last requests")[0]))
        for number in (1, 2)
    )
    assert (len(first), last) == (100, {"c100"})
    assert "Page 2 of 2, 101 in all." in read(CONTAINERS, page="9" * 8)[1]
    for invalid in ("9" * 5000, "x", "-1"):
        assert "Page 1 of 2, 101 in all." in read(CONTAINERS, page=invalid)[1]


def test_a_container_that_does_not_exist(read):
    assert read(CONTAINER, container="none")[0] == 404
    assert read(CONTAINER)[0] == 404


def test_a_container_has_its_documents_and_tags(client, movies, of_movies):
    assert "(the default, which does not restrict access)" in of_movies()
    client.put_container_policy(ContainerName="movies", Policy=json.dumps(policy(movies, "films")))
    rule = {"AllowedOrigins": [f"https://{HOSTILE}"], "AllowedMethods": ["GET"], "AllowedHeaders": []}
    client.put_cors_policy(ContainerName="movies", CorsPolicy=[rule])
    client.tag_resource(Resource=movies["ARN"], Tags=[{"Key": "team", "Value": "news"}])
    text = of_movies()
    assert movies["Endpoint"] in text
    assert "the default" not in text
    assert '{\n  "Version": "2012-10-17",\n  "Id": "films",' in text
    assert json.dumps([rule], indent=2) in text
    assert "team\nnews" in text


def test_objects_are_shown_by_folder(media, of_movies):
    for path in ("a.ts", "films/b.ts", "films/old/c.ts"):
        media.put_object(Path=path, Body=b"x" * 1234, ContentType="video/mp2t")

    def items(**query):
        text = of_movies(**query).partition("Storage class")[2].partition("Last requests")[0]
        return re.findall(r"^(.+)\n(?:1,234\nvideo/mp2t|–\nfolder)$", text, re.MULTILINE)

    assert items() == ["a.ts", "films/"]
    assert items(folder="films/") == items(folder="films") == ["b.ts", "old/"]
    assert items(folder="films/old/") == ["c.ts"]
    assert "The folder is empty." in of_movies(folder="none/")


def test_objects_that_expired_are_not_shown(client, media, emulator, of_movies, read):
    definition = {"path": [{"wildcard": "*"}], "days_since_create": [{"numeric": [">", 1]}]}
    rules = {"rules": [{"definition": definition, "action": "EXPIRE"}]}
    client.put_lifecycle_policy(ContainerName="movies", LifecyclePolicy=json.dumps(rules))
    media.put_object(Path="a.ts", Body=b"x")
    assert "a.ts\n1\napplication" in of_movies()
    emulator.advance(2 * 86400)
    assert "ACTIVE\n0\nLifecycle policy" in read("/")[1]
    assert "The container has no objects." in of_movies()


def test_a_refused_request_is_shown_with_caller_decision_and_reason(http, movies, read):
    agent = f"{HOSTILE}/1"
    http("GET", f"{movies['Endpoint']}/none.ts", headers={"User-Agent": agent})
    for path in ("/", REQUESTS):
        text = read(path)[1]
        assert "GetObject\nmediastore-data GET /mediastore_us-east-1/" in text
        assert "anonymous" in text
        assert "Refused \n404 ObjectNotFoundException" in text
        assert "The object none.ts does not exist." in text


def test_requests_are_selected_by_container_and_refusal(http, connect, movies, read):
    connect(region="eu-west-1").create_container(ContainerName="movies")
    http("GET", f"{movies['Endpoint']}/none.ts")

    def operations(**query):
        return re.findall(r"(CreateContainer|DescribeContainer|GetObject)\nmediastore", read(REQUESTS, **query)[1])

    assert operations() == ["GetObject", "CreateContainer", "DescribeContainer", "CreateContainer"]
    assert operations(status="refused") == ["GetObject"]
    assert operations(container="movies", region="eu-west-1") == ["CreateContainer"]
    assert operations(container="none") == []


def test_half_of_a_surrogate_pair_is_shown_as_a_replacement(client, movies, of_movies):
    client.put_container_policy(ContainerName="movies", Policy=json.dumps(policy(movies, "\ud800")))
    assert '"Id": "?"' in of_movies()
