// Copyright: Contributors to the elemental.mediastore project
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Keeps a page current: reads it again every two seconds while it is visible, and replaces the sections that changed.
// The server renders and escapes everything. A parsed document runs no scripts.
"use strict";

const INTERVAL = 2000;
const updates = document.getElementById("updates");

function say(text) {
  // A screen reader speaks each change of the text.
  if (updates.textContent !== text) {
    updates.textContent = text;
  }
}

function isSelectedIn(section) {
  const selection = document.getSelection();
  return !selection.isCollapsed && selection.containsNode(section, true);
}

function replace(section, fresh) {
  const focused = section.contains(document.activeElement) && document.activeElement.getAttribute("href");
  section.replaceWith(fresh);
  if (focused) {
    [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  }
}

async function update() {
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
  const current = new DOMParser().parseFromString(await reply.text(), "text/html");
  const sections = [...document.querySelectorAll("section")];
  const fresh = [...current.querySelectorAll("section")];
  if (!fresh.length) {
    throw new Error("not a page of the emulator");
  }
  if (sections.map((section) => section.id).join() !== fresh.map((section) => section.id).join()) {
    location.reload();
    return;
  }
  sections.forEach((section, index) => {
    if (section.outerHTML !== fresh[index].outerHTML && !isSelectedIn(section)) {
      replace(section, fresh[index]);
    }
  });
}

async function updateWhileVisible() {
  if (!document.hidden) {
    try {
      await update();
      say("This page shows changes as they come.");
    } catch {
      say("The emulator does not respond. This page shows what it had before.");
    }
  }
}

say("This page shows changes as they come.");
setInterval(updateWhileVisible, INTERVAL);
document.addEventListener("visibilitychange", updateWhileVisible);
