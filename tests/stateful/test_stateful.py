# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random sequences of tasks, faults and changes by other clients, and what has to hold after each of them.

Every task is run by its module against the emulator, all in this process, where time passes only as it is slept.
STATEFUL_STEPS or STATEFUL_MINUTES set the length, STATEFUL_SEED the sequences; the seed is printed.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import random
import re
import shutil
import time
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from moto.core.botocore_stubber import MockRawResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app

from ansible_collections.elemental.mediastore.plugins.module_utils import _client
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore import api
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore.documents import DOCUMENTS
from mediastore_emulator import clock as emulator_clock
from mediastore_emulator import faults
from mediastore_emulator.errors import ConnectionCutError

pytest_plugins = [
    "ansible_collections.elemental.mediastore.tests.unit.conftest",
    "ansible_collections.elemental.mediastore.tests.unit.plugins.conftest",
]

NAMES = ["one", "two", "three"]
ACCOUNT = "123456789012"
# The policies below are for any container, whose name replaces NAME.
RESOURCE = f"arn:aws:mediastore:us-east-1:{ACCOUNT}:container/NAME/*"

# --- documents: a few that differ, each in several spellings that mean the same


def statement(**changes):
    plain = {"Effect": "Allow", "Principal": "*", "Action": "mediastore:GetObject", "Resource": RESOURCE}
    return {**plain, **changes}


HTTPS = {"Bool": {"aws:SecureTransport": "true"}}
WRITE = {"Sid": "Write", "Action": ["mediastore:PutObject", "mediastore:DeleteObject"], "Condition": HTTPS}
POLICIES = {
    "read": [
        {"Version": "2012-10-17", "Statement": [statement(Condition=HTTPS)]},
        {"Version": "2012-10-17", "Statement": statement(Condition={"Bool": {"AWS:securetransport": True}})},
        {"Statement": [statement(Principal={"AWS": ["*"]}, Condition=HTTPS)], "Version": "2012-10-17"},
        {"Version": "2012-10-17", "Statement": statement(Action=["MEDIASTORE:getobject"] * 2, Condition=HTTPS)},
    ],
    "read, older version": [
        {"Statement": [statement(Condition=HTTPS)]},
        {"Version": "2008-10-17", "Statement": [statement(Condition=HTTPS, Resource=[RESOURCE])]},
    ],
    "read, named": [{"Version": "2012-10-17", "Statement": [statement(Condition=HTTPS, Sid="Read")]}],
    "read and write": [
        {
            "Version": "2012-10-17",
            "Statement": [statement(), statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, **WRITE)],
        },
        {
            "Version": "2012-10-17",
            "Statement": [
                statement(
                    Principal={"AWS": ACCOUNT},
                    **{**WRITE, "Action": ["mediastore:DeleteObject", "mediastore:PutObject"]},
                ),
                statement(),
            ],
        },
    ],
}


# The policy of a new container.
FULL = {"Sid": "MediaStoreFullAccess", "Effect": "Allow", "Resource": RESOURCE, "Condition": HTTPS}
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
DEFAULT_POLICIES = [
    {"Version": "2012-10-17", "Statement": [{**FULL, "Principal": {"AWS": ROOT}, "Action": "mediastore:*"}]},
    {"Version": "2012-10-17", "Statement": {**FULL, "Principal": {"AWS": [ACCOUNT]}, "Action": ["mediastore:*"]}},
]
# By the name of the container and of the policy.
SPELLINGS = {
    (container, name): [json.loads(json.dumps(policy).replace("NAME", container)) for policy in policies]
    for container in NAMES
    for name, policies in {"default": DEFAULT_POLICIES, **POLICIES}.items()
}
POLICY_NAMES = {json.dumps(text, sort_keys=True): names for names, texts in SPELLINGS.items() for text in texts}

PLAYER = {"allowed_origins": ["https://a.example", "https://b.example"], "allowed_methods": ["GET", "HEAD"]}
ANYONE = {"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": ["Range", "x-a"]}
CORS = [
    [PLAYER],
    [PLAYER, ANYONE],
    [ANYONE, PLAYER],
    [{**PLAYER, "max_age_seconds": 0}],
    [{**PLAYER, "max_age_seconds": 60, "expose_headers": ["ETag"]}],
]
OLD = {"path": [{"prefix": "old/"}, {"prefix": "hot/"}], "days_since_create": [{"numeric": [">", 30]}]}
NEW = {"path": [{"wildcard": "live/*.ts"}], "seconds_since_create": [{"numeric": [">=", 60]}]}
LIFECYCLE = [
    {"rules": [{"definition": OLD, "action": "EXPIRE"}]},
    {"rules": [{"definition": OLD, "action": "ARCHIVE"}]},
    {"rules": [{"definition": OLD, "action": "EXPIRE"}, {"definition": NEW, "action": "EXPIRE"}]},
    {"rules": [{"definition": NEW, "action": "EXPIRE"}, {"definition": OLD, "action": "EXPIRE"}]},
]
GROUPS = [
    {"object_group": "live/*", "object_group_name": "live"},
    {"object_group": "vod/*", "object_group_name": "vod"},
]


def shuffled(items, rng):
    return rng.sample(list(items), len(items))


def respelled(value, rng):
    """The same value in JSON with another order of keys and other whitespace."""
    if isinstance(value, dict):
        value = dict(shuffled(value.items(), rng))
    return json.dumps(value, indent=rng.choice([None, 2]))


def respelled_cors(rules, rng):
    """CORS rules of options or of the API, with sets in another order and header names in another case."""
    other = copy.deepcopy(rules)
    for one in other:
        for key, value in one.items():
            if isinstance(value, list):
                one[key] = shuffled(value, rng)
                if "eader" in key:
                    one[key] = [rng.choice([name.lower(), name.upper()]) for name in one[key]]
    return other


def respelled_lifecycle(policy, rng):
    other = copy.deepcopy(policy)
    for one in other["rules"]:
        one["definition"]["path"] = shuffled(one["definition"]["path"], rng)
    return respelled(other, rng)


# --- states: the state of a container in the service, each part in one form


def new_state(tags):
    documents = {"policy": "default", "cors": None, "lifecycle": None, "metric": None}
    return {"tags": tags, "logging": False, **documents, "objects": {}}


def cors_state(rules):
    """The state of CORS rules of options or of model shapes: ordered rules of sets, with header names in lower case."""

    def read(one, key):
        value = {name.replace("_", "").lower(): value for name, value in one.items()}.get(key)
        if key == "maxageseconds":
            return value
        return tuple(sorted(name.lower() if "headers" in key else name for name in value or []))

    keys = ["allowedorigins", "allowedmethods", "allowedheaders", "exposeheaders", "maxageseconds"]
    return tuple(tuple(read(one, key) for key in keys) for one in rules)


def lifecycle_state(policy):
    return tuple(
        json.dumps({**one["definition"], "path": sorted(map(str, one["definition"]["path"])), "do": one["action"]})
        for one in policy["rules"]
    )


def metric_state(enabled, groups):
    return (enabled, tuple(sorted(groups)))


def read_state(container):
    """Return the state of the emulator's container."""
    held = container.documents
    metric = held.get("MetricPolicy")
    return {
        "tags": dict(container.tags),
        "logging": container.access_logging,
        "policy": held.get("ContainerPolicy")
        and POLICY_NAMES[json.dumps(json.loads(held["ContainerPolicy"]), sort_keys=True)][1],
        "cors": held.get("CorsPolicy") and cors_state(held["CorsPolicy"]),
        "lifecycle": held.get("LifecyclePolicy") and lifecycle_state(json.loads(held["LifecyclePolicy"])),
        "metric": metric
        and metric_state(
            metric["ContainerLevelMetrics"] == "ENABLED",
            [(one["ObjectGroupName"], one["ObjectGroup"]) for one in metric.get("MetricPolicyRules", [])],
        ),
        "objects": {path: object_state(stored) for path, stored in container.objects.items()},
    }


def object_state(stored):
    """Return the content, the content type and the cache control of the emulator's object."""
    content = b"".join(stored.content.pieces(0, stored.content.length)).decode()
    return content, stored.content_type, stored.cache_control


# --- tasks: a module, its options, and a function that returns the states after the task, for the states before it, and
# whether the task can succeed

tags = st.none() | st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"))
optional_bool = st.none() | st.booleans()
rngs = st.integers(0, 2**32).map(random.Random)


@st.composite
def documents(draw, kind, container):
    """Return a document of a container as an option, and the state that it declares."""
    rng = draw(rngs)
    if kind == "policy":
        name = draw(st.sampled_from(sorted(POLICIES)))
        return respelled(rng.choice(SPELLINGS[container, name]), rng), name
    if kind == "cors":
        rules = draw(st.sampled_from(CORS))
        return respelled_cors(rules, rng), cors_state(rules)
    if kind == "lifecycle":
        policy = draw(st.sampled_from(LIFECYCLE))
        return respelled_lifecycle(policy, rng), lifecycle_state(policy)
    enabled, groups = draw(st.booleans()), draw(st.none() | st.lists(st.sampled_from(GROUPS), unique_by=str))
    asked = groups if groups is None else [(one["object_group_name"], one["object_group"]) for one in groups]
    return {"container_level_metrics": enabled, "rules": groups}, (enabled, asked)


OPTION = {"policy": "policy", "cors": "rules", "lifecycle": "policy"}
MODULE = {
    "policy": "container_policy",
    "cors": "cors_policy",
    "lifecycle": "lifecycle_policy",
    "metric": "metric_policy",
}
KEY = {"policy": "policy", "cors": "cors_policy", "lifecycle": "lifecycle_policy", "metric": "metric_policy"}


@st.composite
def document_tasks(draw):
    kind, name = draw(st.sampled_from(sorted(MODULE))), draw(st.sampled_from(NAMES))
    if draw(st.integers(0, 3)) == 0:
        return f"mediastore_{MODULE[kind]}", {"name": name, "state": "absent"}, reaching({name: {kind: None}})
    option, asked = draw(documents(kind, name))
    options = option if kind == "metric" else {OPTION[kind]: option}
    return f"mediastore_{MODULE[kind]}", {"name": name, **options}, reaching({name: {kind: asked}})


@st.composite
def entries(draw, name, with_documents):
    """Return the options of the container `name` without its name, and the state that they declare."""
    if draw(st.integers(0, 4)) == 0:
        entry = {"state": "absent", "delete_objects": draw(st.booleans())}
        return entry, entry
    entry = {
        "state": "present",
        "tags": draw(tags),
        "purge_tags": draw(st.booleans()),
        "access_logging_enabled": draw(optional_bool),
    }
    asked = dict(entry)
    for kind in KEY if with_documents else ():
        what = draw(st.sampled_from(["leave", "leave", "remove", "set"]))
        if what == "remove":
            entry[KEY[kind]], asked[kind] = ([] if kind == "cors" else {}), None
        elif what == "set":
            entry[KEY[kind]], asked[kind] = draw(documents(kind, name))
    return entry, asked


@st.composite
def container_tasks(draw):
    name = draw(st.sampled_from(NAMES))
    entry, asked = draw(entries(name, with_documents=False))
    return "mediastore_container", {"name": name, "wait": draw(st.booleans()), **entry}, reaching({name: asked})


@st.composite
def containers_tasks(draw):
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1))
    drawn = {name: draw(entries(name, with_documents=True)) for name in names}
    containers = [{"name": name, **entry} for name, (entry, _asked) in drawn.items()]
    options = {"containers": containers, "max_concurrency": draw(st.integers(1, 4)), "wait": draw(st.booleans())}
    return "mediastore_containers", options, reaching({name: asked for name, (_entry, asked) in drawn.items()})


def wanted_state(name, current, asked):
    """Return the state after the task, for the current state (None: no container), and whether the task can succeed."""
    if asked.get("state") == "absent":
        is_kept = bool(current and current["objects"] and not asked["delete_objects"])
        return (current, False) if is_kept else (None, True)
    if current is None and "state" not in asked:
        return None, all(value is None for value in asked.values())
    state = dict(current or new_state({}))
    if asked.get("tags") is not None:
        state["tags"] = asked["tags"] if asked["purge_tags"] else {**state["tags"], **asked["tags"]}
    if asked.get("access_logging_enabled") is not None:
        state["logging"] = asked["access_logging_enabled"]
    for kind in KEY.keys() & asked.keys():
        state[kind] = asked[kind]
        if kind == "metric" and asked[kind]:
            enabled, groups = asked[kind]
            kept = current["metric"][1] if current and current["metric"] else ()
            state[kind] = metric_state(enabled, kept if groups is None else groups)
    return state, True


def reaching(asked):
    """Return the function of a task that declares these containers."""

    def reach(before):
        wanted = {name: wanted_state(name, before.get(name), asked[name]) for name in asked}
        after = {**before, **{name: state for name, (state, _can) in wanted.items()}}
        return {name: state for name, state in after.items() if state}, all(can for _state, can in wanted.values())

    return reach


# --- objects: the state of an object is its content, content type and cache control; LOCAL are the files fetched

LOCAL = "local files"
# No rule of LIFECYCLE with seconds or for a few days applies to them.
PATHS = ["a.ts", "vod/1.m3u8", "vod/2.ts", "vod/hd/1.ts"]
CONTENTS = ["", "x", "y", "xyz"]
TYPES = {"ts": "video/mp2t", "m3u8": "application/vnd.apple.mpegurl"}
cache_controls = st.sampled_from([None, None, "max-age=2", "no-cache"])
compares = st.sampled_from(["content", "content", "size"])


def is_below(path, folder):
    return path.startswith(f"{folder}/") if folder else True


def same(content, other, compare):
    return len(content) == len(other) and (compare == "size" or content == other)


def put(objects, path, content, options):
    """Return the objects after an upload, which leaves an equal one alone."""
    wanted = options.get("content_type") or TYPES[path.rpartition(".")[2]]
    stored, kind, cache_control = objects.get(path, (None, None, None))
    is_equal = (
        stored is not None
        and same(stored, content, options["compare"])
        and kind == wanted
        and options["cache_control"] in (None, cache_control)
    )
    return objects if is_equal else {**objects, path: (content, wanted, options["cache_control"] or cache_control)}


def fetch(files, dest, stored, compare):
    """Return the local files after a fetch, which leaves an equal one alone."""
    return files if dest in files and same(files[dest], stored, compare) else {**files, dest: stored}


def with_objects(before, name, objects):
    return {**before, name: {**before[name], "objects": objects}}


def with_files(before, files):
    return {**{name: state for name, state in before.items() if name != LOCAL}, **({LOCAL: files} if files else {})}


@st.composite
def object_tasks(draw):
    """Return a task of mediastore_object."""
    name, path, state = (draw(st.sampled_from(some)) for some in (NAMES, PATHS, ["present", "absent", "fetched"]))
    options = {"container": name, "path": path, "state": state, "compare": draw(compares)}
    content, dest = draw(st.sampled_from(CONTENTS)), f"{name}/{path}"
    if state == "present":
        options |= {
            "content": content,
            "cache_control": draw(cache_controls),
            "content_type": draw(st.sampled_from([None, None, "video/mp4"])),
        }
    if state == "fetched":
        options["dest"] = str(Sequences.directory / "fetched" / dest)

    def reach(before):
        if name not in before:
            return before, state == "absent"
        objects, files = before[name]["objects"], before.get(LOCAL, {})
        if state == "present":
            return with_objects(before, name, put(objects, path, content, options)), True
        if state == "absent":
            return with_objects(before, name, {one: objects[one] for one in objects if one != path}), True
        if path not in objects:
            return before, False
        return with_files(before, fetch(files, dest, objects[path][0], options["compare"])), True

    return "mediastore_object", options, reach


@st.composite
def objects_tasks(draw):
    """Return a task of mediastore_objects."""
    name, folder, state = (
        draw(st.sampled_from(some)) for some in (NAMES, ["", "vod"], ["present", "present", "absent", "fetched"])
    )
    options = {
        "container": name,
        "path": folder or "/",
        "state": state,
        "compare": draw(compares),
        "max_concurrency": draw(st.integers(1, 4)),
        "delete_others": draw(st.booleans()),
    }
    below = [path for path in PATHS if is_below(path, folder)]
    tree = draw(st.dictionaries(st.sampled_from(below), st.sampled_from(CONTENTS), min_size=1))
    if state == "present":
        relative = {path[len(folder) :].lstrip("/"): content for path, content in tree.items()}
        options |= {"src": Sequences.write_tree(relative), "cache_control": draw(cache_controls)}
    if state == "fetched":
        options["dest"] = str(Sequences.directory / "fetched" / name / folder)

    def reach(before):
        if name not in before:
            return before, state == "absent"
        objects, files = before[name]["objects"], before.get(LOCAL, {})
        if state == "fetched":
            fetched = {f"{name}/{path}": objects[path][0] for path in objects if is_below(path, folder)}
            for dest, stored in fetched.items():
                files = fetch(files, dest, stored, options["compare"])
            root = f"{name}/{folder}" if folder else name
            if options["delete_others"]:
                files = {dest: files[dest] for dest in files if dest in fetched or not is_below(dest, root)}
            return with_files(before, files), True
        others = {path for path in objects if is_below(path, folder) and path not in tree}
        if state == "absent":
            return with_objects(
                before, name, {path: objects[path] for path in objects if not is_below(path, folder)}
            ), True
        for path, content in tree.items():
            objects = put(objects, path, content, options)
        gone = others if options["delete_others"] else set()
        return with_objects(before, name, {path: objects[path] for path in objects if path not in gone}), True

    return "mediastore_objects", options, reach


tasks = document_tasks() | container_tasks() | containers_tasks() | object_tasks() | objects_tasks()


# --- faults

LOST = ["internal_error", "unavailable", "cut_before", "cut_after", "malformed"]
PASSING = ["throttled", "too_many_requests", "in_use", "slow", *LOST]
CONTAINER_OPERATIONS = [f"{verb}Container" for verb in ("Create", "Describe", "Delete")]
OTHER_OPERATIONS = ["TagResource", "UntagResource", "StartAccessLogging", "StopAccessLogging", "ListTagsForResource"]
DOCUMENT_OPERATIONS = [
    f"{verb}{kind}Policy" for verb in ("Get", "Put", "Delete") for kind in ("Container", "Cors", "Lifecycle", "Metric")
]
OBJECT_OPERATIONS = ["ListItems", *(f"{verb}Object" for verb in ("Put", "Get", "Describe", "Delete"))]
OPERATIONS = [
    "*",
    "ListContainers",
    *CONTAINER_OPERATIONS,
    *OTHER_OPERATIONS,
    *DOCUMENT_OPERATIONS,
    *OBJECT_OPERATIONS,
]
READS = ("*", "Describe", "Get", "List")
fault_lists = st.lists(
    st.fixed_dictionaries(
        {
            "operation": st.sampled_from(OPERATIONS),
            "kind": st.sampled_from([*PASSING, "access_denied"]),
            "count": st.integers(1, 3),
        }
    ),
    max_size=3,
)
SENTENCE = re.compile(r"([0-9]+ of [0-9]+ (container|object|file)s failed: )?(Failed to|Container) \S.*")
IMPOSSIBLE = (
    "Container .* does not exist in us-east-1|Container .* is not empty: delete its objects first|"
    "Object .* does not exist in container"
)
# What check mode cannot know, or a task knows only after it has read an object again after a lost reply; and documents,
# whose spelling in a result is that of the task or of the service.
UNKNOWN = {"arn", "endpoint", "status", "creation_time", "etag", "last_modified", "sha256", *KEY.values()}


def shown(result, has_faults):
    """Return the part of a result that check mode must predict.

    What is deleted with a container may be missing from the diff if a request for it fails.
    """

    def less(value):
        if isinstance(value, list):
            return [less(item) for item in value]
        return {key: value[key] for key in value.keys() - UNKNOWN} if isinstance(value, dict) else value

    def named(entry):
        # The number of a statement that is removed is that in the reply.
        return sorted(re.sub(r" \d+ removed$", " removed", text) for text in entry["changes"])

    entries = result.get("containers", [])
    containers = [{**less(one), "container": less(one["container"]), "changes": named(one)} for one in entries]
    diffs = sides(result)
    for diff in diffs.values():
        if has_faults and not diff["after"]:
            diff["before"] = {key: value for key, value in diff["before"].items() if key in ("name", "objects", "path")}
        if has_faults:
            diff["after"].pop("sha256", None)
    others = [less(result.get(key)) for key in ("container", "deleted_objects", "object", "objects", "counts")]
    return result["changed"], diffs, others, containers


def sides(result):
    """Return the sides of the diff in a result, by container name if the diff is a list.

    Documents have their canonical form, because the spelling of what differs is that of the reply, here at random.
    """
    known = {document.key: document for document in DOCUMENTS}
    diffs = result["diff"] if isinstance(result["diff"], list) else [result["diff"]]
    return {
        diff.get("before_header"): {
            side: {key: known[key].parts(value).meaning if key in known else value for key, value in diff[side].items()}
            for side in ("before", "after")
        }
        for diff in diffs
    }


def deleted_objects(result, options):
    """Return by the names of containers how many of their objects a task has deleted, if it is to delete them."""
    entries = result.get("containers", [{**result, "name": options.get("name")}])
    return {entry["name"]: entry["deleted_objects"] for entry in entries if "deleted_objects" in entry}


class Sequences(RuleBasedStateMachine):
    """One sequence. `run`, `emulator`, `counts` and `directory` are set by the test.

    `rng` selects the spelling of replies, `directory` is for local files.
    """

    run = emulator = counts = directory = None
    rng = random.Random(0)

    def __init__(self):
        super().__init__()
        self.emulator.reset()
        shutil.rmtree(self.directory / "fetched", ignore_errors=True)

    @classmethod
    def write_tree(cls, files):
        """Return a directory with these files, by their relative paths."""
        root = cls.directory / hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
        for relative, content in files.items():
            (root / relative).parent.mkdir(parents=True, exist_ok=True)
            (root / relative).write_text(content)
        return str(root)

    def containers(self):
        return self.emulator._emulator._store.containers(ACCOUNT, "us-east-1")

    def states(self):
        """Return the state of each container that exists and is not being deleted, and the files that were fetched."""
        states = {name: read_state(one) for name, one in self.containers().items() if one.status != "DELETING"}
        root = self.directory / "fetched"
        found = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
        return with_files(states, found)

    def play(self, module, options, **how):
        """Run a task; return its result and the changes that it sent to the emulator."""
        self.emulator.clear_requests()
        self.counts["tasks"] += 1
        result = self.run(module, diff=True, **options, **how)
        assert "exception" not in result or "Traceback" not in result["msg"]
        return result, [entry for entry in self.emulator.requests() if entry["mutating"]]

    @rule(create=st.sampled_from([0, 20]), delete=st.sampled_from([0, 20]))
    def pace(self, create, delete):
        self.emulator.configure(create_delay=create, delete_delay=delete)

    @rule(task=tasks)
    def somebody_else(self, task):
        module, options, _reach = task
        self.run(module, **options)

    @rule(name=st.sampled_from(NAMES), path=st.sampled_from(PATHS), content=st.none() | st.sampled_from(CONTENTS))
    def another_client(self, name, path, content):
        """Put or delete an object."""
        store = self.emulator._emulator._store
        container = self.containers().get(name)
        if container and container.status == "ACTIVE" and content is None:
            container.change_objects({path: None})
        elif container and container.status == "ACTIVE":
            container.put_object(path, store.keep(content.encode()), "video/mp2t", None)

    @rule(name=st.sampled_from(NAMES), recursive=st.booleans())
    def look_at_objects(self, name, recursive):
        result, changes = self.play("mediastore_object_info", {"container": name, "recursive": recursive})
        assert not result.get("failed"), result["msg"]
        assert not changes
        objects = self.states().get(name, {"objects": {}})["objects"]
        assert {one["path"]: (one["content_length"], one["content_type"]) for one in result["objects"]} == {
            path: (len(content), kind)
            for path, (content, kind, _cache_control) in objects.items()
            if recursive or "/" not in path
        }

    @rule(include=st.lists(st.sampled_from(["tags", *KEY.values()]), unique=True))
    def look(self, include):
        result, changes = self.play("mediastore_container_info", {"include": include})
        assert not changes
        assert not result["changed"]
        states = self.states()
        for container in result["containers"]:
            if container["status"] != "ACTIVE":
                continue
            state = states[container["name"]]
            assert container["access_logging_enabled"] == state["logging"]
            assert "tags" not in include or container["tags"] == state["tags"]
            for kind, key in KEY.items():
                assert key not in include or (container[key] is None) == (state[kind] is None)

    @rule(task=tasks, troubles=fault_lists, only_check=st.booleans(), rng=rngs)
    def task(self, task, troubles, only_check, rng):
        self.counts["steps"] += 1
        Sequences.rng = rng
        module, options, reach = task
        before = self.states()
        after, possible = reach(before)

        predicted, changes = self.play(module, options, check=True)
        assert not predicted.get("failed"), predicted["msg"]
        assert not changes, "check mode wrote"
        assert self.states() == before
        assert predicted["changed"] == (before != after or not possible)
        if only_check:
            return

        self.counts["faults"] += len(troubles)
        self.emulator.faults(*troubles)
        result, changes = self.play(module, options)
        self.emulator.faults()
        kinds = {trouble["kind"] for trouble in troubles}
        if result.get("failed") and possible:
            assert "access_denied" in kinds, result["msg"]
            assert SENTENCE.fullmatch(result["msg"])
            halfway = self.states()
            assert result["changed"] >= (halfway != before), "a change is not reported"
            assert result["changed"] == (halfway != before) or kinds & set(LOST), "what is reported was not changed"
            if not any(one["kind"] == "access_denied" and one["operation"].startswith(READS) for one in troubles):
                made, left = sides(result), sides(self.play(module, options, check=True)[0])
                for name in made.keys() & left.keys():
                    reached, found = made[name]["after"], left[name]["before"]
                    if name in halfway.keys() - before.keys() and halfway[name]["policy"] == "default":
                        # The policy that the service attached to a container that this task created was never read.
                        found = {key: value for key, value in found.items() if key != "policy"}
                    assert reached == found
                for name, number in deleted_objects(result, options).items():
                    left = halfway[name]["objects"] if name in halfway else ()
                    assert number == len(before[name]["objects"]) - len(left) if name in before else number == 0
            result, changes = self.play(module, options)
            assert not result.get("failed"), result["msg"]
            assert result["changed"] == (halfway != after)
            assert bool(changes) == (with_files(halfway, {}) != with_files(after, {}))
        elif possible:
            assert shown(result, bool(troubles)) == shown(predicted, bool(troubles))
        else:
            assert result["failed"]
            assert "AccessDenied" in result["msg"] or re.search(IMPOSSIBLE, result["msg"])
            # Entries beside one that is impossible can have failed because of a fault.
            assert re.search(IMPOSSIBLE, self.play(module, options)[0]["msg"])
        assert self.states() == after
        if possible:
            again, changes = self.play(module, options)
            assert not again.get("failed"), again["msg"]
            assert not again["changed"]
            assert not changes
            assert self.states() == after
            for diff in sides(again).values():
                assert diff["before"] == diff["after"]

    @classmethod
    def respell_answer(cls, parsed, **event):
        """Change the order and the spelling of the server's reply (a botocore event handler)."""
        rng = cls.rng
        for key in {"Tags", "Containers"} & parsed.keys():
            parsed[key] = shuffled(parsed[key], rng)
        if "Policy" in parsed:
            names = POLICY_NAMES[json.dumps(json.loads(parsed["Policy"]), sort_keys=True)]
            parsed["Policy"] = respelled(rng.choice(SPELLINGS[names]), rng)
        if "CorsPolicy" in parsed:
            parsed["CorsPolicy"] = respelled_cors(parsed["CorsPolicy"], rng)
        if "LifecyclePolicy" in parsed:
            parsed["LifecyclePolicy"] = respelled_lifecycle(json.loads(parsed["LifecyclePolicy"]), rng)
        if "MetricPolicyRules" in parsed.get("MetricPolicy", {}):
            parsed["MetricPolicy"]["MetricPolicyRules"] = shuffled(parsed["MetricPolicy"]["MetricPolicyRules"], rng)


@pytest.fixture
def no_network(monkeypatch, emulator):
    """All clients call the emulator without a network, and change the spelling of its replies.

    Tasks share a client of MediaStore.
    """
    make_client, opened = _client.make_client, {}

    def ask(request, **event):
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        asked = EnvironBuilder(
            base_url=emulator.url,
            path=urlsplit(request.url).path,
            query_string=urlsplit(request.url).query,
            method=request.method,
            headers=headers,
            input_stream=BytesIO(request.body.read() if hasattr(request.body, "read") else request.body or b""),
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )
        try:
            chunks, status, headers = run_wsgi_app(emulator._emulator, asked.get_environ())
        except ConnectionCutError as cut:
            raise ConnectionClosedError(endpoint_url=request.url) from cut
        return AWSResponse(request.url, int(status.split()[0]), dict(headers), MockRawResponse(b"".join(chunks)))

    def make(module, service, *arguments, **options):
        if service not in opened:
            client = make_client(module, service, *arguments, **options)
            client.meta.events.register("before-send", ask)
            client.meta.events.register("after-call", Sequences.respell_answer)
            if service == "mediastore-data":
                return client
            opened[service] = client
        return opened[service]

    monkeypatch.setattr(_client, "make_client", make)
    monkeypatch.setattr(api, "make_client", make)


@pytest.mark.usefixtures("no_network")
def test_random_sequences(run, emulator, clock, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(emulator_clock, "time", clock)
    monkeypatch.setattr(faults, "time", clock)
    first = int(os.environ.get("STATEFUL_SEED") or random.SystemRandom().randrange(2**32))
    steps, seconds = int(os.environ.get("STATEFUL_STEPS", 2000)), 60 * float(os.environ.get("STATEFUL_MINUTES", 0))
    Sequences.run, Sequences.emulator, Sequences.directory = staticmethod(run), emulator, tmp_path
    Sequences.counts = counts = dict.fromkeys(["steps", "tasks", "faults"], 0)
    how = settings(
        max_examples=20,
        stateful_step_count=50,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    started, number = time.monotonic(), first
    with capsys.disabled():
        print(f"\nSTATEFUL_SEED={first}", flush=True)
    while counts["steps"] < steps or time.monotonic() - started < seconds:
        try:
            run_state_machine_as_test(seed(number)(type("Sequences", (Sequences,), {})), settings=how)
        except BaseException:
            with capsys.disabled():
                print(f"To repeat this sequence: STATEFUL_SEED={number}", flush=True)
            raise
        number += 1
        with capsys.disabled():
            told = ", ".join(f"{count} {what}" for what, count in counts.items())
            print(f"{told} in {time.monotonic() - started:.0f} s", flush=True)
