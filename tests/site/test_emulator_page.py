# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of the emulator in headless Chromium: what they load, their colors and widths, and how they change."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from mediastore_emulator import EmulatorServer

SCREENSHOTS = Path(os.environ["MEDIASTORE_SCREENSHOTS"])
WINDOWS = {"desktop": (1280, 900), "phone": (390, 844)}
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "example-secret"}
PLACE = "container=movies&region=us-east-1&account=123456789012"
PAGES = {
    "containers": "/",
    "container": f"/mediastore-emulator/page/container?{PLACE}",
    "requests": "/mediastore-emulator/page/requests",
    "refused": "/mediastore-emulator/page/requests?status=refused",
}
# Ends an attribute and an element, and then adds elements with a script; without spaces, so a page shows all of it.
HOSTILE = "'\"></pre></td><script>document.title='hostile'</script><img/src=x/onerror=\"document.title='hostile'\">"
# WCAG 2.2, 1.4.3: the contrast of text and its background is at least this.
LEAST_CONTRAST = 4.5
# The texts whose contrast to the nearest background is below a limit.
LOW_CONTRAST = """
const [least] = arguments;
const parts = color => color.match(/[0-9.]+/g).map(Number);
const luminance = color => {
  const [red, green, blue] = parts(color).map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const background = element => {
  for (let one = element; one; one = one.parentElement) {
    const color = getComputedStyle(one).backgroundColor;
    if (parts(color)[3] !== 0) return color;
  }
  return "rgb(255, 255, 255)";
};
const found = [];
for (const element of document.body.querySelectorAll("*")) {
  if ([...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())) {
    const pair = [getComputedStyle(element).color, background(element)].map(luminance).sort((a, b) => a - b);
    const contrast = (pair[1] + 0.05) / (pair[0] + 0.05);
    if (contrast < least) found.push(`${element.outerHTML.slice(0, 80)}: ${contrast}`);
  }
}
return found;
"""
OUTSIDE = """
const edge = document.documentElement.clientWidth;
return [...document.body.querySelectorAll("*")]
  .filter(element => element.getBoundingClientRect().right > edge + 0.5)
  .map(element => element.outerHTML.slice(0, 80));
"""


@pytest.fixture(scope="module")
def emulator():
    with EmulatorServer(services=[]) as server:
        yield server


@pytest.fixture(scope="module")
def client(emulator):
    return boto3.client("mediastore", endpoint_url=emulator.url, region_name="us-east-1", **KEYS)


@pytest.fixture(scope="module")
def get(emulator, client):
    """A function that gets an object of the container movies, which refuses it."""
    client.create_container(ContainerName="movies", Tags=[{"Key": "team", "Value": "news"}])
    movies = client.describe_container(ContainerName="movies")["Container"]
    media = boto3.client("mediastore-data", endpoint_url=movies["Endpoint"], region_name="us-east-1", **KEYS)
    media.put_object(Path="films/a.ts", Body=b"film", ContentType="video/mp2t")
    rule = {"AllowedOrigins": [HOSTILE], "AllowedMethods": ["GET"], "AllowedHeaders": []}
    client.put_cors_policy(ContainerName="movies", CorsPolicy=[rule])
    client.put_container_policy(ContainerName="movies", Policy=json.dumps(policy(movies["ARN"])))

    def get(path):
        request = urllib.request.Request(f"{movies['Endpoint']}/{path}", headers={"User-Agent": HOSTILE})
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(request)

    get("films/a.ts")
    get("a/" * 50 + '"onmouseover="document.title=1"')
    return get


def policy(arn):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "mediastore:GetObject", "Resource": f"{arn}/*"}
    return {"Version": "2012-10-17", "Id": HOSTILE, "Statement": [statement]}


@pytest.fixture(params=WINDOWS)
def window(request, browser):
    width, height = WINDOWS[request.param]
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": request.param == "phone"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    return request.param


@pytest.fixture(params=["light", "dark"])
def scheme(request, browser):
    features = [{"name": "prefers-color-scheme", "value": request.param}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    yield request.param
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.fixture
def visit(browser, emulator, get):
    """A function that opens a page; at the end, the browser must have reported no problem, such as a refused script."""
    browser.get_log("browser")

    def visit(name):
        browser.get(emulator.url + PAGES[name])

    yield visit
    assert browser.get_log("browser") == []


@pytest.fixture
def until(browser):
    """A function that waits until a text is in an element, or is not."""

    def until(selector, text, is_there=True):
        script = "return document.querySelector(arguments[0]).textContent.includes(arguments[1])"
        WebDriverWait(browser, 10, 0.1).until(lambda _: browser.execute_script(script, selector, text) == is_there)

    return until


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable(browser, visit, window, scheme, name):
    visit(name)
    assert browser.execute_script(OUTSIDE) == []
    assert browser.execute_script(LOW_CONTRAST, LEAST_CONTRAST) == []
    image = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / f"emulator-{name}-{window}-{scheme}.png").write_bytes(base64.b64decode(image["data"]))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_only_from_the_emulator_and_runs_no_script_of_a_client(browser, visit, emulator, name):
    visit(name)
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert {Path(address).name for address in loaded} >= {"style.css", "script.js"}
    assert [address for address in loaded if not address.startswith(f"{emulator.url}/")] == []
    assert HOSTILE in browser.execute_script("return document.body.textContent")
    assert browser.title.endswith("MediaStore emulator")
    assert browser.execute_script("return document.querySelectorAll('body script, img, [onmouseover]').length") == 0


def test_a_page_shows_changes_as_they_come(visit, until, client, get):
    visit("containers")
    until("#updates", "This page shows changes as they come.")
    client.create_container(ContainerName="newcomer")
    get("later.ts")
    until("#containers", "newcomer")
    until("#requests", "container/movies/later.ts")
    client.delete_container(ContainerName="newcomer")
    until("#containers", "newcomer", is_there=False)


def test_a_page_keeps_the_focus_and_the_selection(browser, visit, until, get):
    visit("container")
    browser.execute_script("document.querySelector('#requests a').focus()")
    browser.execute_script("getSelection().selectAllChildren(document.querySelector('#tags'))")
    get("focus.ts")
    until("#requests", "focus.ts")
    assert browser.execute_script("return document.activeElement.textContent") == "More requests"
    assert browser.execute_script("return getSelection().toString()") == "Tags\nteam\nnews"


def test_a_hidden_page_waits_until_it_is_visible(browser, visit, until, get):
    visit("refused")
    hide = "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
    browser.execute_script(hide, True)
    loads = "return performance.getEntriesByType('resource').length"
    before = browser.execute_script(loads)
    get("hidden.ts")
    time.sleep(2.2)
    assert browser.execute_script(loads) <= before + 1  # one that was under way
    browser.execute_script(f"{hide} document.dispatchEvent(new Event('visibilitychange'))", False)
    until("#requests", "hidden.ts")


def test_only_refused_requests_are_shown(browser, visit, until):
    visit("requests")
    until("#requests", "PutContainerPolicy")
    browser.find_element(By.NAME, "status").click()
    browser.find_element(By.TAG_NAME, "button").click()
    until("#requests", "PutContainerPolicy", is_there=False)
    until("#requests", "AccessDenied")
