# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/awx/awx_import.json from playbooks/vars/awx.yml: python hacking/awx_import.py.

The file is for `awx import` of awxkit. A unit test fails if it differs from the description.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

Data = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
DESCRIPTION = ROOT / "playbooks" / "vars" / "awx.yml"
FILE = ROOT / "docs" / "awx" / "awx_import.json"
# The type of the objects of a kind, and the fields by which awxkit finds one: NATURAL_KEY of awxkit's pages.
KEYS = {
    "credential_types": ("credential_type", ("name", "kind")),
    "projects": ("project", ("organization", "name")),
    "inventories": ("inventory", ("organization", "name")),
    "hosts": ("host", ("name", "inventory")),
    "job_templates": ("job_template", ("organization", "name")),
    "workflow_job_templates": ("workflow_job_template", ("organization", "name")),
    "workflow_job_template_nodes": ("workflow_job_template_node", ("workflow_job_template", "identifier")),
}
# Objects that awxkit has within another one: the field with its name, and where they are among what is related to it.
WITHIN = {
    "inventories": ("hosts", "inventory", "hosts"),
    "workflow_job_templates": ("workflow_job_template_nodes", "workflow_job_template", "workflow_nodes"),
}


class Loader(yaml.SafeLoader):
    """Reads YAML of Ansible, in which !unsafe marks a text that is no template."""

    def text(self, node: yaml.ScalarNode) -> str:
        """Return the text of a node."""
        return str(self.construct_scalar(node))


Loader.add_constructor("!unsafe", Loader.text)


def generate(description: str) -> dict[str, list[Data]]:
    """Return what `awx import` takes, lists of assets by kind, from the text of the description.

    An object that another one refers to is there by its natural key. Credentials are no part: an import would delete
    the keys of those that exist.
    """
    variables = yaml.load(description, Loader)
    return Assets(variables["__awx_objects"], variables["__awx_references"]).all()


class Assets:
    """The objects of the description, by kind; and the kind that a field refers to."""

    def __init__(self, objects: dict[str, list[Data]], references: dict[str, str]) -> None:
        self.objects = objects
        self.references = references

    def all(self) -> dict[str, list[Data]]:
        """Return the assets by kind; awxkit calls inventories `inventory`."""
        within = {kind for kind, _field, _place in WITHIN.values()}
        return {
            "inventory" if kind == "inventories" else kind: [self.asset(kind, one) for one in objects]
            for kind, objects in self.objects.items()
            if kind not in within
        }

    def asset(self, kind: str, one: Data) -> Data:
        """Return an object with its natural key, and what is related to it."""
        related = {name: value for name, value in one.get("related", {}).items() if name != "credential_type"}
        if "success_nodes" in related:
            related["success_nodes"] = [self.natural_key(kind, name) for name in related["success_nodes"]]
        if kind in WITHIN:
            inner, field, place = WITHIN[kind]
            related[place] = [self.asset(inner, each) for each in self.objects[inner] if each[field] == one["name"]]
        fields = {field: self.value(field, one[field]) for field in one if field != "related"}
        return {**fields, "related": related, "natural_key": self.natural_key(kind, name_of(one))}

    def natural_key(self, kind: str, name: str) -> Data:
        """Return the natural key of the object of a kind with a name."""
        one = next(one for one in self.objects.get(kind, [{"name": name}]) if name_of(one) == name)
        type_, fields = KEYS.get(kind, ("organization", ("name",)))
        return {**{field: self.value(field, one[field]) for field in fields}, "type": type_}

    def value(self, field: str, value: Any) -> Any:
        """Return the value of a field, a natural key where it refers to an object."""
        return self.natural_key(self.references[field], value) if field in self.references else value


def name_of(one: Data) -> str:
    """Return the name of an object; a node of a workflow has an identifier instead."""
    name: str = one.get("identifier") or one["name"]
    return name


if __name__ == "__main__":
    FILE.write_text(json.dumps(generate(DESCRIPTION.read_text()), indent=2) + "\n")
