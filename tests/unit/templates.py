# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates of the collection as Ansible renders them, with the variables of a role."""

from __future__ import annotations

from pathlib import Path

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 and older render every text
    trust_as_template = str

ROOT = Path(__file__).resolve().parents[2]


def _trusted(value):
    if isinstance(value, dict):
        return {key: _trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value


def role_variables(role):
    """Return the defaults and the variables of a role, in which Ansible resolves expressions."""
    files = (ROOT / "roles" / role / directory / "main.yml" for directory in ("defaults", "vars"))
    return _trusted({key: value for file in files for key, value in yaml.safe_load(file.read_text()).items()})


def render(expression, **variables):
    """Return the value of an expression, for which each variable is data, or what role_variables returned."""
    templar = Templar(loader=DataLoader(), variables=variables)
    return templar.template(trust_as_template("{{ " + expression + " }}"))


def render_file(path, **variables):
    """Return the lines of a template, of which the path is from the root of the repository."""
    return render("lookup('template', __path).splitlines()", __path=str(ROOT / path), **variables)
