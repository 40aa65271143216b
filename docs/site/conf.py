# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's configuration of the documentation site that `make docs` builds."""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path

import yaml

project = "elemental.mediastore"
project_copyright = "Contributors to the elemental.mediastore project"
release = yaml.safe_load((Path(__file__).parents[2] / "galaxy.yml").read_text())["version"]
version = release
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
# The links to headings in a page, as on other sites that show Markdown.
myst_heading_anchors = 3

# antsibull-docs writes this page. The only plugin that declares environment variables lists them, too.
exclude_patterns = ["environment_variables.rst"]

html_theme = "sphinx_ansible_theme"
html_title = f"{project} {release}"
html_short_title = project
html_theme_options = {"navigation_depth": 2}
html_static_path = ["static"]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_copy_source = False
html_use_index = False

# The labels of Ansible's documentation to which the pages refer. Sphinx would read all of its labels over the network.
_ANSIBLE = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "callback_plugins": "plugins/callback.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
_HEAD = """\
# Sphinx inventory version 2
# Project: Ansible
# Version:
# The remainder of this file is compressed using zlib.
"""
_directory = tempfile.TemporaryDirectory()
_inventory = Path(_directory.name) / "objects.inv"
_labels = "".join(f"{label} std:label -1 {page} {label}\n" for label, page in _ANSIBLE.items())
_inventory.write_bytes(_HEAD.encode() + zlib.compress(_labels.encode()))
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/ansible/latest/", str(_inventory))}
