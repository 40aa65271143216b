# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for one object and for one file: exact changes and diffs as a table, and properties of every plan."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.api import DataApi
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.content import Source
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.declaration import (
    FileDeclaration,
    ObjectDeclaration,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._mediastore_data.plan import (
    CurrentFile,
    CurrentObject,
    plan_file,
    plan_object,
)
from ansible_collections.elemental.mediastore.plugins.module_utils._plan import missing

properties = settings(deadline=None, max_examples=200, database=None)

ONE, TWO = (hashlib.sha256(text).hexdigest() for text in (b"one", b"two"))


def source(text=b"one"):
    made = Source.of_bytes(text)
    made.read()
    return made


def desired(text=b"one", content_type="video/mp2t", cache_control=None, compares_content=True):
    return ObjectDeclaration("a.ts", source(text), content_type, cache_control, compares_content)


def stored(length=3, content_type="video/mp2t", **more):
    """Return the properties of an object in a list."""
    return {"path": "a.ts", "content_type": content_type, "content_length": length, "etag": "e", **more}


def described(cache_control=None, **more):
    return stored(cache_control=cache_control, **more)


def side(length=3, content_type="video/mp2t", **more):
    """Return a side of a diff."""
    return {"path": "a.ts", "content_type": content_type, "content_length": length, **more}


# The properties of the object, what is desired, whether it is uploaded with which cache control, and both sides.
OBJECTS = {
    "absent": (None, desired(), (True, None), {}, side(sha256=ONE)),
    "absent, with cache control": (
        None,
        desired(cache_control="no-cache"),
        (True, "no-cache"),
        {},
        side(cache_control="no-cache", sha256=ONE),
    ),
    "absent, with empty cache control": (None, desired(cache_control=""), (True, None), {}, side(sha256=ONE)),
    "equal": (described(sha256=ONE), desired(), (False, None), side(sha256=ONE), side(sha256=ONE)),
    "other content": (described(sha256=TWO), desired(), (True, None), side(sha256=TWO), side(sha256=ONE)),
    "other length": (described(length=4), desired(), (True, None), side(length=4), side()),
    "other type": (
        described(content_type="text/plain"),
        desired(),
        (True, None),
        side(content_type="text/plain"),
        side(),
    ),
    "its cache control is kept": (
        described("max-age=6", sha256=TWO),
        desired(),
        (True, "max-age=6"),
        side(sha256=TWO),
        side(sha256=ONE),
    ),
    "its cache control does not matter": (
        described("max-age=6", sha256=ONE),
        desired(),
        (False, None),
        side(sha256=ONE),
        side(sha256=ONE),
    ),
    "other cache control": (
        described("max-age=6"),
        desired(cache_control="no-cache"),
        (True, "no-cache"),
        side(cache_control="max-age=6"),
        side(cache_control="no-cache"),
    ),
    "no cache control yet": (
        described(),
        desired(cache_control="no-cache"),
        (True, "no-cache"),
        side(),
        side(cache_control="no-cache"),
    ),
    "cache control to remove": (
        described("max-age=6"),
        desired(cache_control=""),
        (True, None),
        side(cache_control="max-age=6"),
        side(),
    ),
    "no cache control to remove": (
        described(sha256=ONE),
        desired(cache_control=""),
        (False, None),
        side(sha256=ONE),
        side(sha256=ONE),
    ),
    "equal by the list": (stored(), desired(compares_content=False), (False, None), side(), side()),
    "without type and length": (
        {"path": "a.ts", "content_type": None, "content_length": None, "sha256": ONE},
        desired(),
        (False, None),
        {"path": "a.ts", "sha256": ONE},
        {"path": "a.ts", "sha256": ONE},
    ),
}


@pytest.mark.parametrize(("current", "wanted", "put", "before", "after"), OBJECTS.values(), ids=OBJECTS)
def test_object(current, wanted, put, before, after):
    plan = plan_object(CurrentObject(current), wanted)
    changes, cache_control = put
    assert bool(plan.changes) == changes
    assert (plan.before, plan.after) == (before, after)
    if changes:
        [change] = plan.changes
        assert (change.method, change.effect.value) == (DataApi.put_object, "changed" if current else "created")
        assert change.arguments == {
            "path": "a.ts",
            "source": wanted.source,
            "content_type": "video/mp2t",
            "cache_control": cache_control,
        }
        assert plan.properties == {**side(sha256=ONE), "cache_control": cache_control}
    else:
        assert plan.properties == current


def test_object_that_is_to_be_absent():
    plan = plan_object(CurrentObject(described("no-cache")), ObjectDeclaration("a.ts"))
    [change] = plan.changes
    assert (change.method, change.arguments) == (DataApi.delete_object, {"path": "a.ts"})
    assert (plan.before, plan.after, plan.properties) == (side(), {}, None)
    nothing = plan_object(CurrentObject(None), ObjectDeclaration("a.ts"))
    assert (nothing.changes, nothing.before, nothing.after) == ((), {}, {})


FETCHED = FileDeclaration("a.ts", "/srv/a.ts")
BY_SIZE = FileDeclaration("a.ts", "/srv/a.ts", compares_content=False)
REMOVED = FileDeclaration("a.ts", "/srv/a.ts", is_present=False)


def local(length=3, **more):
    return {"content_length": length, **more}


def shown(length=3, **more):
    return {"dest": "/srv/a.ts", "content_length": length, **more}


# The properties of the file and of the object, what is desired, the effect, and both sides.
FILES = {
    "absent": (None, stored(), FETCHED, "created", {}, shown()),
    "equal": (local(sha256=ONE), stored(sha256=ONE), FETCHED, None, shown(sha256=ONE), shown(sha256=ONE)),
    "other content": (
        local(sha256=TWO),
        stored(sha256=ONE),
        FETCHED,
        "changed",
        shown(sha256=TWO),
        shown(sha256=ONE),
    ),
    "other length": (local(4), stored(), FETCHED, "changed", shown(4), shown()),
    "equal by size": (local(), stored(), BY_SIZE, None, shown(), shown()),
    "empty": (local(0), stored(0), BY_SIZE, None, shown(0), shown(0)),
    "to remove": (local(), None, REMOVED, "deleted", shown(), {}),
    "removed": (None, None, REMOVED, None, {}, {}),
}


@pytest.mark.parametrize(("current", "object_", "wanted", "effect", "before", "after"), FILES.values(), ids=FILES)
def test_file(current, object_, wanted, effect, before, after):
    plan = plan_file(CurrentFile(current, object_), wanted)
    assert [change.effect.value for change in plan.changes] == ([effect] if effect else [])
    assert (plan.before, plan.after) == (before, after)
    if effect == "deleted":
        assert plan.changes[0].method is DataApi.remove_file
    elif effect:
        assert plan.changes[0].method is DataApi.fetch_object
        expected = {"path": "a.ts", "dest": "/srv/a.ts", "length": object_["content_length"]}
        assert plan.changes[0].arguments == expected


def test_a_fetch_without_an_object():
    absence = missing("Object a.ts does not exist in container live", "uploads it", "check the path")
    for current in (None, local()):
        plan = plan_file(CurrentFile(current, absence=absence), FETCHED)
        assert len(plan.changes) == 1
        assert plan.obstacle is absence


texts = st.sampled_from([b"", b"one", b"two", b"three"])
types = st.sampled_from(["video/mp2t", "text/plain"])
kept = st.sampled_from([None, "no-cache", "max-age=6"])
declarations = st.builds(desired, texts, types, st.one_of(kept, st.just("")), st.booleans()) | st.just(
    ObjectDeclaration("a.ts")
)
states = st.none() | st.tuples(texts, types, kept)


def read(state, wanted):
    """Return the properties of an object that the service has, as far as StoredObject reads them."""
    if state is None:
        return None
    text, content_type, cache_control = state
    found = described(cache_control, length=len(text), content_type=content_type)
    is_read = wanted.source and wanted.compares_content
    return {**found, "sha256": hashlib.sha256(text).hexdigest()} if is_read else found


def applied(state, plan):
    """Return the state after the changes."""
    for change in plan.changes:
        given_ = change.arguments
        if change.method is DataApi.delete_object:
            state = None
        else:
            with given_["source"].open() as upload:
                state = (upload.read(), given_["content_type"], given_["cache_control"])
    return state


@properties
@given(states, declarations)
def test_a_plan_leads_to_the_desired_state(state, wanted):
    plan = plan_object(CurrentObject(read(state, wanted)), wanted)
    assert bool(plan.changes) == (plan.before != plan.after)
    reached = applied(state, plan)
    again = plan_object(CurrentObject(read(reached, wanted)), wanted)
    assert (again.changes, again.before) == ((), again.after)
    if wanted.source is None:
        assert reached is None
        return
    text, content_type, cache_control = reached
    assert len(text) == wanted.source.length
    assert content_type == wanted.content_type
    if wanted.compares_content:
        assert hashlib.sha256(text).hexdigest() == wanted.source.sha256
    kept_before = state[2] if state else None
    assert cache_control == (kept_before if wanted.cache_control is None else wanted.cache_control or None)


@properties
@given(states, declarations)
def test_no_diff_has_the_content(state, wanted):
    plan = plan_object(CurrentObject(read(state, wanted)), wanted)
    for one in (plan.before, plan.after):
        assert set(one) <= {"path", "content_type", "content_length", "cache_control", "sha256"}
