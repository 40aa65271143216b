# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation site in headless Chromium, in windows as wide as those of a desktop and a phone."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ["MEDIASTORE_SITE"])
SCREENSHOTS = Path(os.environ["MEDIASTORE_SCREENSHOTS"])
PAGES = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html"))
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("mediastore_*.py"))
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
PHOTOGRAPHED = [
    "index.html",
    "docsite/guide_first_steps.html",
    "docsite/guide_many_containers.html",
    "mediastore_containers_module.html",
    "provision_role.html",
    "changelog.html",
]
WINDOWS = {"desktop": (1280, 900), "phone": (390, 844)}

# The texts and elements in an element that end to the right of an edge, except code blocks, which scroll.
STICKING_OUT = """
const [selector, edge] = arguments;
const kinds = NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT;
const walker = document.createTreeWalker(document.querySelector(selector), kinds);
const found = [];
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const isText = node.nodeType === Node.TEXT_NODE;
  const range = document.createRange();
  range.selectNode(node);
  const {right, width} = (isText ? range : node).getBoundingClientRect();
  if (width && right > edge + 0.5 && !node.parentElement.closest("pre")) {
    found.push(`${isText ? node.data.trim() : node.outerHTML.slice(0, 80)} ends at ${right}`);
  }
}
return found;
"""


@pytest.fixture(params=WINDOWS)
def window(request, browser):
    """The kind of the browser's window, and its width in pixels."""
    width, height = WINDOWS[request.param]
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": request.param == "phone"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    return request.param, width


def visit(browser, page):
    browser.get((SITE / page).as_uri())


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_the_window_or_the_sidebar(browser, window, page):
    _name, width = window
    visit(browser, page)
    assert browser.execute_script("return document.scrollingElement.scrollWidth") <= width
    assert browser.execute_script(STICKING_OUT, "body", width) == []
    edge = browser.execute_script("return document.querySelector('.wy-nav-side').getBoundingClientRect().right")
    assert browser.execute_script(STICKING_OUT, ".wy-menu-vertical", edge) == []


@pytest.mark.parametrize("page", PHOTOGRAPHED)
def test_screenshot(browser, window, page):
    name, _width = window
    visit(browser, page)
    image = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / f"{Path(page).stem}-{name}.png").write_bytes(base64.b64decode(image["data"]))


def test_images_and_links_within_the_site_resolve(browser):
    images, links, targets = [], set(), set()
    for page in PAGES:
        visit(browser, page)
        images += browser.execute_script("return [...document.images].map(image => [image.src, image.naturalWidth])")
        links |= set(browser.execute_script("return [...document.links].map(link => link.href)"))
        ids = browser.execute_script("return [...document.querySelectorAll('[id]')].map(element => element.id)")
        address = (SITE / page).as_uri()
        targets |= {address, *(f"{address}#{name}" for name in ["", *ids])}
    assert images
    assert [source for source, width in images if not width] == []
    local = {link for link in links if link.startswith("file:")}
    assert len(local) > len(PAGES)
    assert sorted(local - targets) == []


def test_the_landing_page_and_the_sidebar_name_each_module_and_role(browser):
    visit(browser, "index.html")
    texts = "return [...document.querySelectorAll(arguments[0])].map(link => link.textContent)"
    for selector in ("[role=main] li a", ".wy-menu-vertical a"):
        assert {*MODULES, *ROLES} <= set(browser.execute_script(texts, selector))
